# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a scenario refers to: an id, label or code that nothing has given is a mistake of the file, found before play.

Source: tests/scenarios/README.md ("an unknown key, verb, code or id is an error, never ignored").
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import assets
from kiosk.domain.admission import RULE_IDS
from kiosk.domain.instants import ms_of, parse_hours
from kiosk.domain.policy import BadPolicy, parameter, parse_policy

Fault = tuple[str, str]
"""A key and what is wrong with it."""

STREET = "STREET"
_DEFAULT_COMPOUNDS = ("C01", "C02")
_DEFAULT_GATES = ("G01",)
_REGION = re.compile(r"\d{6}|[A-Z]{2}|[\u4e00-\u9fff]+")

NEEDED: dict[str, tuple[str, ...]] = {
    "arrive": ("category",),
    "return_home": ("person",),
    "reading": ("celsius",),
    "tick": ("items",),
    "press": ("button",),
    "override": ("verdict",),
    "party": ("occupants",),
    "tailgate": ("count",),
    "release": ("person",),
    "lost": ("pass",),
    "revoke": ("pass",),
    "reissue": ("pass", "as"),
    "set_param": ("name", "value"),
    "sign_on": ("members",),
    "handover": ("members",),
    "home_temp": ("person", "slot", "celsius"),
    "report": ("day",),
    "tap": ("pass", "person"),
    "correct": ("celsius",),
    "allow": ("person", "from", "to"),
    "issue": ("as", "category", "leave_by"),
    "paper": ("when",),
    "call": ("kind", "who"),
    "close": ("kind",),
}
"""Keys without which a verb says nothing."""

_OPENING = frozenset({"scan", "arrive", "look_up", "return_home", "tap", "unread"})


@cache
def policy_versions() -> frozenset[str]:
    """The versions that are shipped."""
    folder = Path(assets.__file__).parent / "policies"
    return frozenset(
        parse_policy(path.read_text(encoding="utf-8"), RULE_IDS).version for path in sorted(folder.glob("*.toml"))
    )


class Ids:
    """The ids that `given` makes, and those that steps add."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        """Collect them, the defaults too."""
        size = given.get("street")
        if size is not None:
            self.compounds = {f"C{n:02d}" for n in range(1, size["compounds"] + 1)}
            self.gates = {f"G{n:02d}" for n in range(1, size["gates"] + 1)}
        else:
            self.compounds = _ids(given, "compound", _DEFAULT_COMPOUNDS)
            self.gates = _ids(given, "gate", _DEFAULT_GATES)
        self.persons = _ids(given, "person")
        self.passes = _ids(given, "pass")
        self.labels: set[str] = set()


def _ids(given: Mapping[str, Any], entity: str, default: Sequence[str] = ()) -> set[str]:
    return {row["id"] for row in given.get(entity, ()) if "id" in row} or set(default)


def given_fault(given: Mapping[str, Any]) -> Fault | None:
    """What is wrong with the heads of `given`: the policy named, the size of the street."""
    if "policy" in given and given["policy"] not in policy_versions():
        return "policy", f"unknown id {given['policy']!r}"
    size = given.get("street")
    if size is not None and not (1 <= size.get("compounds", 0) <= size.get("gates", 0)):
        return "street", "compounds and gates wanted, at least one gate for each compound"
    return None


def row_fault(entity: str, row: Mapping[str, Any], ids: Ids, before: Sequence[Mapping[str, Any]]) -> Fault | None:
    """What is wrong with one row of `given`; `before`: the rows of the same kind above it."""
    if entity not in ("isolation", "permit"):
        if "id" not in row:
            return "id", "'id' is missing"
        if any(other.get("id") == row["id"] for other in before):
            return "id", f"the id {row['id']!r} is given twice"
    needed = {"isolation": ("person", "d0"), "permit": ("person", "from", "to")}.get(entity, ())
    for key in needed:
        if key not in row:
            return key, f"{key!r} is missing"
    known: tuple[tuple[str, set[str]], ...] = (
        ("person", ids.persons), ("household", ids.persons), ("compound", ids.compounds),
    )  # fmt: skip
    for key, there in known:
        if key in row and row[key] not in there:
            return key, f"unknown id {row[key]!r}"
    for gate in row.get("gates", ()):
        if gate not in ids.gates:
            return "gates", f"unknown id {gate!r}"
    return _hours_fault(row) if entity == "gate" else None


def _hours_fault(row: Mapping[str, Any]) -> Fault | None:
    try:
        parse_hours(row.get("hours", "00:00-24:00"))
    except ValueError:
        return "hours", f"'hours': {row['hours']!r} does not fit"
    return None


def step_fault(verb: str, keys: Mapping[str, Any], expect: Mapping[str, Any], ids: Ids) -> Fault | None:
    """What is wrong with one step, after the steps before it; ids and labels that it makes are taken note of."""
    for key in NEEDED.get(verb, ()):
        if key not in keys:
            return "do", f"{verb!r} needs {key!r}"
    if verb == "scan" and sum(key in keys for key in ("pass", "text", "forged")) != 1:
        return "do", "'scan' needs one of 'pass', 'text', 'forged'"
    if verb in ("reissue", "issue"):
        if keys.get("pass", keys["as"]) in ids.passes and keys["as"] in ids.passes:
            return "as", f"the id {keys['as']!r} is given twice"
        ids.passes.add(keys["as"])
    occupants = keys.get("occupants", ())
    for key, value, there in _references(verb, keys, expect, occupants, ids):
        if value is not None and value not in there:
            return key, f"unknown id {value!r}"
    if verb == "set_param":
        return _parameter_fault(keys["name"], keys["value"])
    for key, value in _regions(keys):
        if _REGION.fullmatch(value) is None:
            return key, f"unknown code {value!r}"
    return None


def _references(
    verb: str, keys: Mapping[str, Any], expect: Mapping[str, Any], occupants: Sequence[Mapping[str, Any]], ids: Ids
) -> list[tuple[str, str | None, frozenset[str] | set[str]]]:
    label = keys.get("passage")
    opened = [label] if verb in _OPENING else [row.get("passage") for row in occupants]
    ids.labels |= {name for name in opened if name is not None}
    isolation, state = expect.get("isolation", {}), expect.get("pass_state", {})
    overdue = expect.get("overdue", ())
    out: list[tuple[str, str | None, frozenset[str] | set[str]]] = [
        ("gate", keys.get("gate"), ids.gates),
        ("passage", label, ids.labels),
        ("person", keys.get("person"), ids.persons),
        ("pass", keys.get("pass"), ids.passes),
        ("forged", keys.get("forged"), ids.passes),
        ("compound", keys.get("compound"), ids.compounds),
        ("scope", keys.get("scope"), ids.gates | ids.compounds | {STREET}),
        ("rule", expect.get("rule"), frozenset(RULE_IDS)),
        ("person", isolation.get("person"), ids.persons),
        ("pass", state.get("pass"), ids.passes),
    ]
    out += [("person", row.get("person"), ids.persons) for row in occupants]
    out += [("pass", row.get("pass"), ids.passes) for row in occupants]
    out += [("overdue", name, ids.passes) for name in (overdue if isinstance(overdue, list) else ())]
    return out


def _regions(keys: Mapping[str, Any]) -> list[tuple[str, str]]:
    out = [("from_region", keys["from_region"])] if "from_region" in keys else []
    return out + [("transit", place) for place in keys.get("transit", ())]


def _parameter_fault(name: str, value: object) -> Fault | None:
    try:
        parameter(name, value)
    except KeyError:
        return "name", f"unknown parameter {name!r}"
    except BadPolicy as error:
        return "value", f"parameter {name!r}: {error}"
    return None


class Times:
    """The clock of the steps, to find one that would go back."""

    def __init__(self, now: dt.datetime) -> None:
        """Begin at the scenario's `now`."""
        self._at_ms = ms_of(now)

    def fault(self, keys: Mapping[str, Any], seconds: Callable[[str], int]) -> Fault | None:
        """Move to a step; what is wrong if it lies before the step before."""
        at = keys.get("at")
        if isinstance(at, str):
            self._at_ms += seconds(at) * 1000
        elif at is not None:
            if ms_of(at) < self._at_ms:
                return "at", "lies before the step before"
            self._at_ms = ms_of(at)
        self._at_ms += (keys.get("times", 1) - 1) * seconds(keys.get("every", "0s")) * 1000
        return None

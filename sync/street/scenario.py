# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Scenario files: TOML that anyone can read, checked strictly before anything runs (tests/scenarios/README.md).

An unknown key, verb, code or id is an error with file and line, never ignored: a misspelt expectation would pass
silently.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.domain.codes import (
    Attr,
    Button,
    CaseKind,
    Category,
    CodeColour,
    Direction,
    GateKind,
    IsolationState,
    Lane,
    MemberSource,
    Note,
    PassState,
    Priority,
    Reason,
    RefusedInput,
    ReportStatus,
    ScanResult,
    Site,
    Slot,
    TempOutcome,
    Tick,
    Told,
    Validity,
    Verdict,
)
from kiosk.domain.figures import PASSAGE_COLUMNS
from kiosk.domain.instants import SHANGHAI
from kiosk.domain.policy import BadPolicy, parameter
from sync.street.scenario_ids import Ids, Times, given_fault, row_fault, step_fault

Check = Callable[[Any], bool]

NOW = dt.datetime(2020, 2, 20, 18, tzinfo=SHANGHAI)
"""The clock of a scenario that gives none."""

REPORT_COLUMNS = frozenset(
    (
        *PASSAGE_COLUMNS, "entered_persons", "fever", "issued", "reissued", "revoked", "stock", "increment",
        "isolation_yesterday", "isolation_new", "isolation_released", "isolation_today", "home_temp_due",
        "home_temp_taken", "on_duty_district", "on_duty_street", "on_duty_resident", "late_entries", "tailgated",
        "missing_days", "unsynced",
    )
)  # fmt: skip


class BadScenario(Exception):
    """A file that cannot be read: where, and what is wrong."""

    def __init__(self, path: Path, line: int, what: str) -> None:
        """Keep place and cause."""
        super().__init__(f"{path}:{line}: {what}")


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One step: its verb, its keys, what must be seen after it, and the line where it begins."""

    do: str
    keys: Mapping[str, Any]
    expect: Mapping[str, Any]
    line: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as read; `given` is checked, its defaults are filled in by the builder."""

    path: Path
    id: str
    title: str
    given: Mapping[str, Any]
    steps: tuple[StepSpec, ...] = field(default=())


def _text(value: object) -> bool:
    return isinstance(value, str)


def _whole(value: object) -> bool:
    return type(value) is int


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _moment(value: object) -> bool:
    return isinstance(value, dt.datetime) and value.tzinfo is not None


def _day(value: object) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _when(value: object) -> bool:
    return _moment(value) or (isinstance(value, str) and re.fullmatch(r"\+\d+s", value) is not None)


def _span(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d+s", value) is not None


def _code(cls: type) -> Check:
    values = {member.value for member in cls}  # type: ignore[attr-defined]
    return lambda value: isinstance(value, str) and value in values


def _list_of(item: Check) -> Check:
    return lambda value: isinstance(value, list) and all(item(x) for x in value)


def _amount(value: object) -> bool:
    return type(value) is int or (
        isinstance(value, str) and re.fullmatch(r"(>=|<=|>|<|==|!=)?\s*-?\d+", value) is not None
    )


def _table(**keys: Check) -> Check:
    return lambda value: (
        isinstance(value, dict) and set(value) <= set(keys) and all(keys[k](v) for k, v in value.items())
    )


def _report(value: object) -> bool:
    return isinstance(value, dict) and set(value) <= REPORT_COLUMNS and all(_amount(v) for v in value.values())


_PERSON_FACTS: dict[str, Check] = {
    "direction": _code(Direction),
    "mask": _flag,
    "code": _code(CodeColour),
}
_MEMBERS = _list_of(_table(name=_text, source=_code(MemberSource)))
_COMMON: dict[str, Check] = {
    "do": _text,
    "at": _when,
    "gate": _text,
    "passage": _text,
    "expect": lambda v: isinstance(v, dict),
}

FAULTS: frozenset[str] = frozenset({"lost_request", "lost_answer", "server_error", "captive_portal", "half_body"})
"""What may happen to one request of a sync."""

VERBS: dict[str, dict[str, Check]] = {
    "scan": {**_PERSON_FACTS, "pass": _text, "text": _text, "forged": _text, "byte": _whole,
             "times": _whole, "every": _span},
    "arrive": {**_PERSON_FACTS, "category": _code(Category), "consent": _flag, "host": _text, "plate": _text,
               "name": _text, "phone": _text},
    "look_up": {**_PERSON_FACTS, "compound": _text, "building": _text, "unit": _text, "room": _text, "name": _text,
                "phone_tail": _text},
    "return_home": {**_PERSON_FACTS, "person": _text, "from_region": _text, "transit": _list_of(_text),
                    "departed": _day, "arrived": _day, "home_fit": _flag, "signs": _flag, "contact": _flag},
    "reading": {"celsius": _text, "site": _code(Site)},
    "refuse_reading": {},
    "tick": {"items": _list_of(_code(Tick))},
    "press": {"button": _code(Button)},
    "override": {"verdict": _code(Verdict), "why": _text, "pin": _flag, "second_pin": _flag},
    "party": {**_PERSON_FACTS, "plate": _text, "occupants": _list_of(
        _table(**{"pass": _text, "person": _text, "celsius": _text, "site": _code(Site), "passage": _text,
                  "category": _code(Category)}))},
    "tailgate": {"count": _whole},
    "release": {"person": _text, "number": _text},
    "lost": {"pass": _text},
    "revoke": {"pass": _text},
    "reissue": {"pass": _text, "as": _text},
    "set_param": {"name": _text, "value": lambda _: True},
    "offline": {},
    "online": {},
    "sync": {"fault": lambda v: v in FAULTS},
    "crash": {},
    "clock": {"to": _moment, "confirm": _flag},
    "sign_on": {"members": _MEMBERS},
    "handover": {"members": _MEMBERS, "remarks": _text, "pin": _flag, "second_pin": _flag, "leader_pin": _flag},
    "home_temp": {"person": _text, "slot": _code(Slot), "celsius": _text},
    "report": {"day": _day, "scope": _text, "revision": _whole},
    "look": {},
}  # fmt: skip

EXPECT: dict[str, Check] = {
    "verdict": _code(Verdict),
    "reason": _code(Reason),
    "rule": _text,
    "outcome": _code(TempOutcome),
    "scan_result": _code(ScanResult),
    "recorded": _flag,
    "passages": _amount,
    "verdict_before": _code(Verdict),
    "notes": _list_of(_code(Note)),
    "party_size": _amount,
    "readings": _amount,
    "readings_validity": _list_of(_code(Validity)),
    "lane_free": _flag,
    "wait_left": _amount,
    "screen_has": _list_of(_text),
    "screen_lacks": _list_of(_text),
    "queue_screen_has": _list_of(_text),
    "queue_screen_lacks": _list_of(_text),
    "files_lack": _list_of(_text),
    "told": _list_of(_code(Told)),
    "cases": _list_of(_table(kind=_code(CaseKind), priority=_code(Priority))),
    "overdue": lambda v: _amount(v) or _list_of(_text)(v),
    "isolation": _table(person=_text, state=_code(IsolationState), day=_amount, d0=_day, due=_day),
    "pass_state": _table(**{"pass": _text, "state": _code(PassState)}),
    "found": _amount,
    "refused_input": _code(RefusedInput),
    "unsynced": _amount,
    "at_office": _amount,
    "office_duplicates": _amount,
    "office_passages": _amount,
    "shift_passages": _amount,
    "chain_ok": _flag,
    "report": _report,
    "status": _code(ReportStatus),
    "revision": _amount,
    "gates_reported": _amount,
    "gates_total": _amount,
    "policy_versions": _list_of(_text),
    "policy_version": _text,
}

_GIVEN: dict[str, Check] = {
    "now": _moment,
    "policy": _text,
    "list_made_at": _moment,
    "online": _flag,
    "street": _table(compounds=_whole, gates=_whole),
    "params": lambda v: isinstance(v, dict),
    "compound": lambda v: isinstance(v, list),
    "gate": lambda v: isinstance(v, list),
    "person": lambda v: isinstance(v, list),
    "pass": lambda v: isinstance(v, list),
    "isolation": lambda v: isinstance(v, list),
    "permit": lambda v: isinstance(v, list),
}
_ROWS: dict[str, dict[str, Check]] = {
    "compound": {"id": _text, "name": _text},
    "gate": {"id": _text, "compound": _text, "lane": _code(Lane), "hours": _text, "kind": _code(GateKind),
             "pickup_point": _text, "name": _text},
    "person": {"id": _text, "name": _text, "category": _code(Category), "compound": _text, "building": _text,
               "unit": _text, "room": _text, "phone": _text, "attrs": _list_of(_code(Attr)), "employer": _text,
               "employer_contact": _text, "approval_no": _text, "preferred_site": _code(Site)},
    "pass": {"id": _text, "person": _text, "category": _code(Category), "compound": _text, "state": _code(PassState),
             "issued_at": _moment, "valid_to": _moment, "listed": _flag, "leave_by": _moment,
             "gates": _list_of(_text)},
    "isolation": {"person": _text, "d0": _day, "mode": lambda v: v in ("HOME", "CENTRAL"), "notice": _flag,
                  "record": _flag, "commitment": _flag, "release_notice": _text},
    "permit": {"person": _text, "reason": _text, "from": _moment, "to": _moment},
}  # fmt: skip


class _Lines:
    """Where things stand in the file, for messages."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def header(self, name: str, index: int) -> int:
        seen = -1
        for number, line in enumerate(self._lines, 1):
            if re.match(rf"\s*\[\[{re.escape(name)}\]\]", line):
                seen += 1
                if seen == index:
                    return number
        return 1

    def key(self, start: int, name: str) -> int:
        for number, line in enumerate(self._lines[start - 1 :], start):
            if number > start and re.match(r"\s*\[\[", line):
                break
            if re.search(rf"\b{re.escape(name)}\b\s*=", line):
                return number
        return start


def read_scenario(path: Path) -> Scenario:
    """Read and check one file; raises `BadScenario`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadScenario(path, 1, f"cannot be read: {type(error).__name__}") from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise BadScenario(path, int(found[1]) if found else 1, str(error)) from None
    lines = _Lines(text)

    def bad(line: int, what: str) -> BadScenario:
        return BadScenario(path, line, what)

    for name in data:
        if name not in ("id", "title", "given", "step"):
            raise bad(lines.key(1, name), f"unknown key {name!r}")
    for name in ("id", "title"):
        if not isinstance(data.get(name), str):
            raise bad(1, f"{name!r} is missing")
    given = data.get("given", {})
    _check_given(given, lines, bad)
    raw_steps = data.get("step", [])
    if not isinstance(raw_steps, list):
        raise bad(lines.key(1, "step"), "'step' is no list of tables")
    steps = tuple(_step(raw, lines.header("step", i), lines, bad) for i, raw in enumerate(raw_steps))
    _check_references(given, steps, lines, bad)
    return Scenario(path, data["id"], data["title"], given, steps)


def _check_references(
    given: Mapping[str, Any], steps: Sequence[StepSpec], lines: _Lines, bad: Callable[[int, str], BadScenario]
) -> None:
    if (fault := given_fault(given)) is not None:
        raise bad(lines.key(1, fault[0]), fault[1])
    ids = Ids(given)
    for entity in _ROWS:
        rows = given.get(entity, [])
        for index, row in enumerate(rows):
            if (fault := row_fault(entity, row, ids, rows[:index])) is not None:
                raise bad(lines.key(lines.header(f"given.{entity}", index), fault[0]), fault[1])
    times = Times(given.get("now", NOW))
    for step in steps:
        fault = times.fault(step.keys, lambda text: int(text.strip("+s"))) or step_fault(
            step.do, step.keys, step.expect, ids
        )
        if fault is not None:
            raise bad(lines.key(step.line, fault[0]), fault[1])


def _check(
    keys: Mapping[str, Any],
    known: Mapping[str, Check],
    start: int,
    lines: _Lines,
    bad: Callable[[int, str], BadScenario],
) -> None:
    for name, value in keys.items():
        if name not in known:
            raise bad(lines.key(start, name), f"unknown key {name!r}")
        if not known[name](value):
            raise bad(lines.key(start, name), f"{name!r}: {value!r} does not fit")


def _check_given(given: object, lines: _Lines, bad: Callable[[int, str], BadScenario]) -> None:
    if not isinstance(given, dict):
        raise bad(1, "'given' is no table")
    _check(given, _GIVEN, 1, lines, bad)
    for name, value in given.get("params", {}).items():
        try:
            parameter(name, value)
        except (BadPolicy, KeyError) as error:
            raise bad(lines.key(1, name), f"parameter {name!r}: {error}") from None
    for entity, known in _ROWS.items():
        for index, row in enumerate(given.get(entity, [])):
            if not isinstance(row, dict):
                raise bad(lines.key(1, entity), f"{entity!r} is no list of tables")
            _check(row, known, lines.header(f"given.{entity}", index), lines, bad)


def _step(raw: object, start: int, lines: _Lines, bad: Callable[[int, str], BadScenario]) -> StepSpec:
    if not isinstance(raw, dict) or not isinstance(raw.get("do"), str):
        raise bad(start, "a step needs a verb in 'do'")
    verb = raw["do"]
    if verb not in VERBS:
        raise bad(lines.key(start, "do"), f"unknown verb {verb!r}")
    _check(raw, {**_COMMON, **VERBS[verb]}, start, lines, bad)
    expect = raw.get("expect", {})
    _check(expect, EXPECT, start, lines, bad)
    keys = {name: value for name, value in raw.items() if name not in ("do", "expect")}
    return StepSpec(verb, keys, expect, start)

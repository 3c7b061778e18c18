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

from kiosk.domain.instants import SHANGHAI
from kiosk.domain.policy import BadPolicy, parameter
from sync.street.scenario_ids import Ids, Times, given_fault, row_fault, step_fault
from sync.street.scenario_keys import COMMON, EXPECT, GIVEN, ROWS, VERBS, Check

NOW = dt.datetime(2020, 2, 20, 18, tzinfo=SHANGHAI)
"""The clock of a scenario that gives none."""


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
    for entity in ROWS:
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
    _check(given, GIVEN, 1, lines, bad)
    for name, value in given.get("params", {}).items():
        try:
            parameter(name, value)
        except (BadPolicy, KeyError) as error:
            raise bad(lines.key(1, name), f"parameter {name!r}: {error}") from None
    for entity, known in ROWS.items():
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
    _check(raw, {**COMMON, **VERBS[verb]}, start, lines, bad)
    expect = raw.get("expect", {})
    _check(expect, EXPECT, start, lines, bad)
    keys = {name: value for name, value in raw.items() if name not in ("do", "expect")}
    return StepSpec(verb, keys, expect, start)

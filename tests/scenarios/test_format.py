# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The format of scenarios is what its page says, and nothing of it is accepted without being played."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sync.street.scenario import BadScenario, read_scenario
from sync.street.scenario_keys import COMMON, EXPECT, FAULTS, GIVEN, REPORT_COLUMNS, ROWS, VERBS

HERE = Path(__file__).parent
PAGE = (HERE / "README.md").read_text(encoding="utf-8")
FILES = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.rglob("*.toml"))]


def tables(head: str) -> Iterator[list[str]]:
    """Rows of the tables of the page that begin with this head."""
    inside = False
    for line in PAGE.splitlines():
        if line.startswith(f"| {head} |"):
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def names(cell: str) -> list[str]:
    """What stands in backticks as a bare name."""
    return [name for name in re.findall(r"`([^`]+)`", cell) if re.fullmatch(r"[a-z_0-9]+", name)]


_VALUES = re.compile(r"= (`[^`]+`,? ?(or )?)+|(of|=) list of .*?\}|of (`[^`]+` ?)+|= list of `[^`]+`( \([^)]*\))?")


def documented_verbs() -> dict[str, set[str]]:
    """Verbs of the page with their keys; after a semicolon a key may belong to one verb of the row alone."""
    out: dict[str, set[str]] = {}
    for row, cell, *_ in tables("do"):
        verbs = names(row)
        for verb in verbs:
            mine = [p for p in cell.split(";") if not any(p.strip().startswith(f"`{v}`") for v in verbs if v != verb)]
            found = {name for part in mine for name in names(_VALUES.sub("", part))}
            out[verb] = found - set(VERBS) - FAULTS - set(COMMON)
    return out


def documented_expectations() -> set[str]:
    """Expectations of the page; a row may go on with further ones after a semicolon."""
    out: set[str] = set()
    for row in [*tables("key"), *tables("expect")]:
        for part in " | ".join(row).split(";"):
            out |= set(names(part.split(" | ")[0].split(" = ")[0]))
        out |= set(names(row[0]))
    return out & set(EXPECT) | {name for row in tables("key") for name in names(row[0])}


def used(part: str) -> set[tuple[str, ...]]:
    """What the files play: (verb, key) or (expectation,)."""
    out: set[tuple[str, ...]] = set()
    for step in (step for file in FILES for step in file.get("step", [])):
        if part == "keys":
            out |= {(step["do"], key) for key in step if key not in COMMON}
            out.add((step["do"], ""))
        else:
            out |= {(key,) for key in step.get("expect", {})}
    return out


def test_every_verb_of_the_page_is_accepted_with_its_keys_and_no_other_is_known() -> None:
    page = documented_verbs()
    assert set(page) == set(VERBS)
    for verb, keys in page.items():
        assert keys <= set(VERBS[verb]), verb
    undocumented = {(verb, key) for verb, keys in VERBS.items() for key in keys if not re.search(f"`{key}[` ]", PAGE)}
    assert undocumented == set()


def test_every_expectation_of_the_page_is_accepted_and_no_other_is_known() -> None:
    assert documented_expectations() == set(EXPECT)


def test_every_key_of_the_street_is_on_the_page() -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    for entity, keys in ROWS.items():
        for key in keys:
            assert re.search(rf"^#? ?{key} = |`{key}`|`{key} = ", PAGE, re.MULTILINE), (entity, key)
    for key in set(GIVEN) - set(ROWS):
        assert re.search(rf"^#? ?{key} = |\[given.{key}\]", example[1], re.MULTILINE), key


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_with_every_key_is_played_by_some_file(verb: str) -> None:
    there = used("keys")
    assert (verb, "") in there
    assert {key for key in VERBS[verb] if (verb, key) not in there} == set()


def test_every_expectation_and_every_report_column_is_asked_for_by_some_file() -> None:
    assert {key for key in EXPECT if (key,) not in used("expect")} == set()
    steps = (step for file in FILES for step in file.get("step", []))
    columns = {column for step in steps for column in step.get("expect", {}).get("report", {})}
    assert columns >= REPORT_COLUMNS


def test_every_key_of_a_row_is_given_by_some_file() -> None:
    given: list[Mapping[str, Any]] = [file.get("given", {}) for file in FILES]
    for entity, keys in ROWS.items():
        there = {key for street in given for row in street.get(entity, []) for key in row}
        assert set(keys) - there == set(), entity
    assert set(GIVEN) - {key for street in given for key in street} == set()


def _wrong(verb: str, key: str) -> str:
    return f'id = "X"\ntitle = "x"\n[[step]]\ndo = "{verb}"\n{key} = 7.5\n'


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_an_unknown_key_and_a_value_that_does_not_fit_name_line_and_cause(verb: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    for key in ("colour", *(key for key in VERBS[verb] if key != "value"), "gate", "at", "passage"):
        path.write_text(_wrong(verb, key), encoding="utf-8")
        with pytest.raises(BadScenario) as refused:
            read_scenario(path)
        assert str(refused.value).startswith(f"{path}:5: ")
        assert f"'{key}'" in str(refused.value)


@pytest.mark.parametrize("key", sorted(EXPECT))
def test_an_expectation_that_no_gate_could_show_is_refused(key: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(f'id = "X"\ntitle = "x"\n[[step]]\ndo = "look"\nexpect = {{ {key} = 7.5 }}\n', encoding="utf-8")
    with pytest.raises(BadScenario, match=f"{path}:5: '{key}'"):
        read_scenario(path)

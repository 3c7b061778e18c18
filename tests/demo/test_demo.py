# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The demonstration itself in small: the same programs and the same way, a short street and four people."""

import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass, replace

import pytest
from rich.console import Console

from tests.demo.cast import CAST
from tests.demo.gate_window import read_truth
from tests.demo.morning_before import gate_kiosk
from tests.demo.performance import perform
from tests.demo.production import Production
from tests.demo.tally import tally

HOLDS = {"easy": 1.6, "expired": 3.4, "payment": 1.6, "out_work": 1.2}
PARTS = tuple(replace(part, hold_s=HOLDS[part.key]) for part in CAST if part.key in HOLDS)


@dataclass(frozen=True, slots=True)
class Played:
    """One small demonstration that was played."""

    production: Production
    code: int
    said: str


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    production = Production(
        tmp_path_factory.mktemp("demo"), residents=300, compounds=2, gates=2, committees=2, size=(640, 480), cast=PARTS
    )
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as env, redirect_stdout(said):
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            env.delenv(name, raising=False)
        env.setenv("QT_QPA_PLATFORM", "offscreen")
        code = perform(production, Console(file=said, width=120))
    return Played(production, code, said.getvalue())


def test_all_that_is_shown_stands_at_the_gate_and_at_the_office(played: Played) -> None:
    last = played.said.strip().splitlines()[-1]
    assert last.startswith("demo: shown=3 recorded=3 at_office=3 duplicates=0 chain=ok list_age="), played.said
    assert played.code == 0


def test_every_answer_was_painted_and_kept_as_a_picture(played: Played) -> None:
    screens = played.production.screens
    lines = [json.loads(line) for line in (screens / "painted.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["scan_result"] for line in lines} == {"OK", "NOT_OURS"}
    assert {line.get("verdict") for line in lines} >= {"ADMIT", "ADMIT_REGISTER"}
    assert all((screens / line["picture"]).stat().st_size > 10_000 for line in lines)


def test_the_gates_file_is_whole_by_the_gates_own_word(played: Played) -> None:
    assert gate_kiosk("verify-log", str(played.production.gate / "gate-1.db")).startswith("OK ")


def test_a_passage_that_was_shown_and_is_nowhere_is_found_out(played: Played) -> None:
    production = played.production
    truth = read_truth(production.clip(production.street / "held.pdf").with_suffix(".json"))
    more = next(part for part in CAST if part.key == "glare")
    shown = [*truth, replace(truth[0], tag="glare")]
    found = tally((*PARTS, more), shown, production.gate, production.office, production.screens)
    assert (found.shown, found.recorded, found.at_office) == (4, 3, 3)
    assert not found.good
    assert len(found.differences) == 2
    other = replace(PARTS[0], truth=replace(PARTS[0].truth, rule="R99"))
    found = tally((other, *PARTS[1:]), truth, production.gate, production.office, production.screens)
    assert not found.good, "the numbers agree, the rule does not"

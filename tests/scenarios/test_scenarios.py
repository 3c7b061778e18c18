# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every scenario file is played by the product itself; a bad file is refused with file, line and cause."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import assets
from kiosk.app.texts import Catalogue
from sync.street.given import build_street
from sync.street.rehearsal import differences_table, never_reached
from sync.street.replay import Player, play_file
from sync.street.scenario import BadScenario, read_scenario
from ui.cli.replay import command

HERE = Path(__file__).parent
app = typer.Typer()
app.command()(command)
FILES = sorted((*HERE.glob("*.toml"), *(HERE / "own").glob("*.toml")))


@pytest.fixture(scope="module")
def texts() -> Catalogue:
    """The volunteer's language."""
    return Catalogue("zh_CN", *assets.texts("zh_CN"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_gate_does_what_the_scenario_says(path: Path, tmp_path: Path, texts: Catalogue) -> None:
    assert play_file(read_scenario(path), tmp_path, texts) is None


def test_a_difference_names_line_step_and_what_was_wanted(tmp_path: Path, texts: Catalogue) -> None:
    text = (HERE / "S02.toml").read_text(encoding="utf-8").replace('reason = "PASS_OK"', 'reason = "NO_PASS"')
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    wrong = play_file(read_scenario(path), tmp_path / "run", texts)
    assert wrong is not None
    assert (wrong.step, wrong.what) == (2, "reason: wanted 'NO_PASS', there is 'PASS_OK'")
    assert text.splitlines()[wrong.line - 1] == "[[step]]"


_HEAD = 'id = "X"\ntitle = "x"\n'


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ("id = ", 1, "Invalid value"),
        (_HEAD + 'colour = "red"', 3, "unknown key 'colour'"),
        (_HEAD + '[[step]]\ndo = "dance"', 4, "unknown verb 'dance'"),
        (_HEAD + '[[step]]\ndo = "look"\nexpect = { verdikt = "ADMIT" }', 5, "unknown key 'verdikt'"),
        (_HEAD + '[[step]]\ndo = "look"\nexpect = { verdict = "ADMITT" }', 5, "'verdict': 'ADMITT' does not fit"),
        (_HEAD + '[[step]]\ndo = "scan"\npas = "card1"', 5, "unknown key 'pas'"),
        (_HEAD + "[given.params]\nrest = 3", 4, "parameter 'rest'"),
        (_HEAD + '[given.params]\nrest_s = "3"', 4, "parameter 'rest_s'"),
        (_HEAD + '[[given.person]]\nid = "a"\ncategory = "KING"', 5, "'category'"),
        (_HEAD + "[given]\nnow = 2020-02-20T18:00:00", 4, "'now'"),
        (_HEAD + '[given]\npolicy = "2020-01-01"', 4, "unknown id '2020-01-01'"),
        (_HEAD + "[given]\nstreet = { compounds = 3 }", 4, "compounds and gates wanted"),
        (_HEAD + '[[given.person]]\nid = "p"\ncompound = "C77"', 5, "unknown id 'C77'"),
        (_HEAD + '[[given.person]]\nid = "p"\n[[given.person]]\nid = "p"', 6, "given twice"),
        (_HEAD + '[[given.isolation]]\nperson = "p"\nd0 = 2020-02-16', 4, "unknown id 'p'"),
        (_HEAD + '[[given.gate]]\nid = "G01"\nhours = "25:00-26:00"', 5, "'hours'"),
        (_HEAD + '[[step]]\ndo = "scan"', 4, "needs one of"),
        (_HEAD + '[[step]]\ndo = "scan"\npass = "c"', 5, "unknown id 'c'"),
        (_HEAD + '[[step]]\ndo = "press"', 4, "needs 'button'"),
        (_HEAD + '[[step]]\ndo = "look"\ngate = "G09"', 5, "unknown id 'G09'"),
        (_HEAD + '[[step]]\ndo = "look"\npassage = "a"', 5, "unknown id 'a'"),
        (_HEAD + '[[step]]\ndo = "look"\nexpect = { rule = "R77" }', 5, "unknown id 'R77'"),
        (_HEAD + '[[step]]\ndo = "report"\nday = 2020-02-20\nscope = "G99"', 6, "unknown id 'G99'"),
        (_HEAD + '[[step]]\ndo = "set_param"\nname = "rest"\nvalue = 3', 5, "unknown parameter 'rest'"),
        (_HEAD + '[[step]]\ndo = "look"\nat = 2020-02-20T17:00:00+08:00', 5, "before the step before"),
        (_HEAD + "step = 3", 3, "no list of tables"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(text: str, line: int, cause: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadScenario) as refused:
        read_scenario(path)
    assert str(refused.value).startswith(f"{path}:{line}: ")
    assert cause in str(refused.value)


def test_an_id_that_was_never_given_is_an_error_before_anything_is_played(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(_HEAD + '[[step]]\ndo = "scan"\npass = "card7"\n', encoding="utf-8")
    with pytest.raises(BadScenario, match="unknown id 'card7'"):
        build_street(read_scenario(path), tmp_path / "run")


def test_every_gate_reports_to_one_street(tmp_path: Path, texts: Catalogue) -> None:
    path = tmp_path / "street.toml"
    path.write_text(
        _HEAD
        + """[given]
street = { compounds = 6, gates = 7 }
[[step]]
do = "sync"
at = 2020-02-21T00:05:00+08:00
[[step]]
do = "report"
day = 2020-02-20
scope = "STREET"
expect = { status = "ZERO", gates_reported = 7, gates_total = 7 }
""",
        encoding="utf-8",
    )
    scenario = read_scenario(path)
    street = build_street(scenario, tmp_path / "run")
    try:
        assert len(street.gates) == 7
        assert Player(scenario, street, texts).play() is None
    finally:
        street.close()


A_POLICY = (Path(assets.__file__).parent / "policies" / "2020-02-14.toml").read_text(encoding="utf-8")


def test_a_rehearsal_says_in_the_leaders_words_what_would_change(texts: Catalogue) -> None:
    draft = A_POLICY.replace('version = "2020-02-14"', 'version = "draft"')
    draft = draft.replace("fever_tenths = 373", "fever_tenths = 375")
    lines = differences_table(draft, texts).splitlines()
    assert lines[0].startswith("演练 draft 对 2020-02-14: 2 种情况判定不同")
    assert lines[1:] == [
        f"  居民,额温 {degrees}℃: 请稍候 待复测 (R06) -> 放行 证件有效 (R25)" for degrees in ("37.3", "37.4")
    ]
    assert never_reached(draft) == ()


def test_a_policy_that_puts_rules_to_sleep_is_refused_with_their_names(tmp_path: Path) -> None:
    path = tmp_path / "asleep.toml"
    path.write_text(A_POLICY.replace('night_closure = "off"', 'night_closure = "00:00-24:00"'), encoding="utf-8")
    run = CliRunner().invoke(app, ["--policy", str(path), str(HERE / "S01.toml")])
    assert run.exit_code == 2
    assert "R31, R32, R33" in run.output

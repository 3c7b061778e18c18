# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk pass-check`: files in, a line per text out, exit codes as pass-format.md 12 says."""

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.trust import sign_bundle, sign_devices, sign_snapshot
from kiosk.launch import run
from tests.unit.passes.forge import signed
from tests.unit.trust.street import (
    CARD,
    GATE_KID,
    HOUR,
    LIST,
    LOST_CTI,
    NOW,
    PRACTICE_ISSUER,
    ROOT,
    VISIT,
    bundle,
    devices,
    private,
    revocations,
)
from ui.cli.main import PROGRAM

CARD_LINE = "790 382 856-6"  # the serial of card id 01 02 .. 08


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the signed files of the street."""
    sign = private(LIST.hex()).sign
    (tmp_path / "bundle").write_bytes(sign_bundle(bundle(), ROOT, private("root").sign))
    (tmp_path / "list").write_bytes(sign_snapshot(revocations(), LIST, sign))
    (tmp_path / "devices").write_bytes(sign_devices(devices(), LIST, sign))
    return tmp_path


def checked(desk: Path, text: str, *options: str, root: bool = True, at: str = "2020-02-20T08:00:00+08:00") -> int:
    file = desk / "texts"
    file.write_text(text, newline="")
    words = ["pass-check", "--bundle", str(desk / "bundle"), "--list", str(desk / "list"), "--at", at]
    words += ["--site", "12", "--gate", "G01", *(["--root", ROOT.hex()] if root else []), *options]
    return run(PROGRAM, [*words, str(file)])


def test_a_good_card_gives_its_serial_and_status_zero(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(desk, signed(CARD) + "\n") == 0
    assert capsys.readouterr().out == f"NONE\tOK\t{CARD_LINE}\n"


def test_each_line_is_a_text_of_its_own_and_one_bad_one_is_status_one(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = signed(replace(CARD, cti=LOST_CTI))
    texts = [signed(CARD), "https://example.cn", signed(CARD) + "\r", lost, "", signed(VISIT, GATE_KID)]
    assert checked(desk, "\n".join(texts)) == 1
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows] == ["NONE", "NOT_A_PASS", "MALFORMED", "LOST", "NOT_A_PASS", "KEY_UNKNOWN"]
    assert [row[1] for row in rows] == ["OK", "NOT_OURS", "FORGED", "OK", "NOT_OURS", "FORGED"]
    assert [row[2] == "-" for row in rows] == [False, True, True, False, True, True]


def test_a_device_list_lets_temporary_passes_in(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(desk, signed(VISIT, GATE_KID), "--devices", str(desk / "devices")) == 0
    assert capsys.readouterr().out.startswith("NONE\tOK\t")


def test_a_roster_brings_back_the_last_step(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roster = desk / "roster"
    row = {"pass_id": CARD.pass_id, "state": "ACTIVE", "valid_from": CARD.nbf, "valid_to": CARD.exp}
    roster.write_text(json.dumps(row) + "\n")
    assert checked(desk, signed(CARD), "--roster", str(roster)) == 0
    assert checked(desk, signed(replace(CARD, cti=b"not here")), "--roster", str(roster)) == 1
    assert capsys.readouterr().out.splitlines()[1].startswith("NOT_LISTED\tUNKNOWN\t")


def test_time_may_be_given_in_seconds(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(desk, signed(CARD), at=str(NOW)) == 0
    assert checked(desk, signed(CARD), at=str(NOW + 97 * HOUR)) == 1
    assert checked(desk, signed(CARD), "--hard-age", "168", at=str(NOW + 97 * HOUR)) == 0
    assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == ["NONE", "LIST_STALE", "NONE"]


def test_practice_cards_are_taken_only_when_asked_for(desk: Path) -> None:
    text = signed(CARD, PRACTICE_ISSUER)
    assert checked(desk, text) == 1
    assert checked(desk, text, "--practice") == 0


def test_an_unpinned_root_is_said_and_the_check_goes_on(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(desk, signed(CARD), root=False) == 0
    assert "not pinned" in capsys.readouterr().err


def test_texts_come_from_standard_input_by_themselves(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(signed(CARD).encode())))
    words = ["pass-check", "--bundle", str(desk / "bundle"), "--list", str(desk / "list"), "--root", ROOT.hex()]
    assert run(PROGRAM, [*words, "--site", "12", "--gate", "G01", "--at", str(NOW)]) == 0
    assert capsys.readouterr().out == f"NONE\tOK\t{CARD_LINE}\n"


@pytest.mark.parametrize(
    "options",
    [
        ["--bundle", "nowhere"],
        ["--list", "texts"],
        ["--root", "xyz"],
        ["--root", ROOT.hex()[::-1]],
        ["--at", "yesterday"],
        ["--at", "2020-02-20T08:00:00"],
        ["--devices", "texts"],
        ["--roster", "bundle"],
    ],
    ids=lambda options: options[0] + " " + options[1][:10],
)
def test_what_cannot_be_used_is_status_two_and_is_not_repeated(
    desk: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    name, value = options
    value = str(desk / value) if name in {"--bundle", "--list", "--devices", "--roster"} else value
    assert checked(desk, signed(CARD), name, value, root=name != "--root") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert any(word in captured.err for word in (name, value, "WRONG_SIGNER"))
    assert "EP1:" not in captured.err

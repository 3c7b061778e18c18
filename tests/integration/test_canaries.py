# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A thousand canaries through gate, line and office at DEBUG level: in no byte that was written (trust.md 12).

The control run has the sealing off and must find them, or the search proves nothing.
"""

import base64
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from kiosk.adapters.clock import SystemClock
from kiosk.adapters.ids import FreshIds
from kiosk.adapters.store_purge import purge_personal
from kiosk.domain.codes import Category, ClockState, PassKind, PassState
from kiosk.domain.events import Draft, Registration
from kiosk.domain.identity import DwellingId, EventId, PassId, PersonId
from kiosk.domain.instants import DAY_MS
from kiosk.domain.register import Dwelling, PassRow, Person
from sync.office.backup import Copied, make_copy
from sync.office.purge import purge
from sync.office.service.retention import Retention
from tests.integration.canaries import DOC, FLOCK, NAME, PHONE, ROOM, found_in, marks_in
from tests.integration.street import C1, Running, Tablet, enrolled, serving


class NullCipher:
    """What stands for the cipher when the sealing is off: the plain bytes and an empty tag."""

    def __init__(self, _key: bytes) -> None:
        pass

    def encrypt(self, _nonce: bytes, plain: bytes, _aad: bytes) -> bytes:
        return plain + bytes(16)

    def decrypt(self, _nonce: bytes, sealed: bytes, _aad: bytes) -> bytes:
        return sealed[:-16]


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[None]:
    """Every library's log, at its loudest, into a file that is searched too."""
    file = tmp_path / "everything" / "logs" / "debug.log"
    file.parent.mkdir(parents=True)
    handler = logging.FileHandler(file)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield
    root.setLevel(before)
    root.removeHandler(handler)
    handler.close()


def flock_on_the_register(running: Running) -> None:
    rows: list[Dwelling | Person | PassRow] = []
    now_ms = running.office.clock.wall_ms()
    for canary in FLOCK:
        home, who = DwellingId(f"{canary.number:032x}"), PersonId(f"{canary.number + 1000:032x}")
        rows += [
            Dwelling(home, C1, "3", "1", canary.room),
            Person(who, Category.LOCAL, C1, home, name=canary.name, phone=canary.phone),
            PassRow(
                PassId(f"{canary.number:016x}"), C1, PassKind.RESIDENT, Category.LOCAL, PassState.ACTIVE, now_ms,
                now_ms + 30 * DAY_MS, now_ms, now_ms, person=who, dwelling=home,
            ),
        ]  # fmt: skip
    with running.office.database.writing() as tx:
        running.office.book.put(tx, rows, now_ms)


def flock_at_the_gate(tablet: Tablet) -> None:
    clock = SystemClock()
    ids = FreshIds(clock)
    for canary in FLOCK:
        body = Registration(PersonId(ids.new_id()), "VISITOR", region="浙江温州")
        draft = Draft(
            EventId(ids.new_id()), clock.wall_ms(), clock.mono_ms(), 1, ClockState.OK, tablet.identity.gate, body,
            personal=canary.personal(),
        )  # fmt: skip
        tablet.store.commit([draft], lambda _event: ())


def flown(place: Path) -> list[str]:
    """Every flow, the files searched while all is open (as a kill would leave it), carried out, and after the purge."""
    office_folder, gate_folder, stick = place / "office", place / "gate", place / "stick"
    stick.mkdir()
    out: list[str] = []
    with serving(office_folder) as running:
        flock_on_the_register(running)
        tablet = enrolled(running, gate_folder)
        flock_at_the_gate(tablet)
        assert tablet.line.run_until_idle()
        office = running.office
        with office.database.reading() as tx:
            assert office.events.count(tx) >= len(FLOCK)
        assert sum(isinstance(row, Person) for row in tablet.store.rows()) == len(FLOCK)
        assert isinstance(make_copy(office.database, office_folder / "backup", office.clock.wall_ms()), Copied)
        for flags in ([], ["--redacted"]):
            exported(gate_folder, stick, flags)
        out += found_in(place)
        killed = place / "killed"
        shutil.copytree(gate_folder, killed)
        later_ms = office.clock.wall_ms() + 40 * DAY_MS
        assert purge_personal(tablet.store._folder, later_ms).rows == len(FLOCK)
        report = purge(office.database, Retention(office.database, office.book, office.devices, office.audit), later_ms)
        assert report.done
        out += [f"after the purge: {one}" for one in found_in(place)]
        tablet.close()
    return out


def exported(gate_folder: Path, stick: Path, flags: list[str]) -> None:
    import typer

    from ui.cli.export_log import command

    app = typer.Typer()
    app.command()(command)
    told = CliRunner().invoke(app, ["--to", str(stick), "--data", str(gate_folder), *flags])
    assert told.exit_code == 0, told.output


@pytest.mark.usefixtures("logged")
def test_a_thousand_canaries_are_in_no_byte(tmp_path: Path) -> None:
    assert flown(tmp_path / "everything") == []


@pytest.mark.usefixtures("logged")
def test_the_control_with_the_sealing_off_finds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.domain.trust.sealing.AESGCM", NullCipher)
    monkeypatch.setattr("kiosk.domain.trust.carrying.AESGCM", NullCipher)
    found = flown(tmp_path / "everything")
    where = {one.split(": ")[0].split("/")[0] for one in found if not one.startswith("after")}
    # a carried log packs each personal part before it seals it: what lies on the stick is not read so simply
    assert {"office", "gate"} <= where
    assert {mark for mark in (NAME, PHONE, ROOM, DOC) if any(mark in one for one in found)} == {NAME, PHONE, ROOM, DOC}
    # what is past its time is gone from the gate's own files even then; the roster is not past its time
    after = [one for one in found if one.startswith("after the purge: gate/gate-1.db") and DOC in one]
    assert after == []


@pytest.mark.parametrize("form", ["utf-8", "gbk", "utf-16-le", "hex", "base64", "url"])
def test_the_search_knows_every_form(form: str) -> None:
    text = f"x{FLOCK[7].name}y"
    data = {
        "hex": text.encode().hex().encode(),
        "base64": base64.b64encode(b"ab" + text.encode()),
        "url": quote(text).encode(),
    }.get(form) or text.encode(form)
    assert marks_in(b"..." + data + b"...") == {NAME}

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A badge that the office prints is one that a real gate's sign-on takes; in the drawer it is none (domain.md 14)."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from kiosk.app.ports import SyncStatus
from kiosk.compose import OpenGate
from kiosk.domain.codes import CodeColour, MemberSource
from kiosk.domain.identity import GateId, OperatorId
from kiosk.domain.register import Operator
from sync.office.service.applications import Evidence, PlatformRecord
from sync.office.service.badges import Badges, Borrower
from sync.office.service.issue import Issued
from tests.integration.street import C1, Running, enrolled, serving
from tests.integration.test_real_gate import opened, syncing, until
from ui.duty_door import AppDuty
from ui.pin_worker import PinWorker

BEFORE, ZHAO, AFTER = (OperatorId(digit * 32) for digit in "123")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("street") / "office") as found:
        yield found


@pytest.fixture
def gate(running: Running, tmp_path: Path) -> Iterator[OpenGate]:
    enrolled(running, tmp_path, "G01").close()
    found = opened(tmp_path)
    assert isinstance(found, OpenGate)
    yield found
    found.close()


def signs_on(gate: OpenGate, text: str) -> tuple[str, str, MemberSource] | None:
    """(id, name, source) of whom this badge signs on at a gate that has just heard from the office, or None."""
    with syncing(gate) as (thread, said):
        thread.sync_now()
        until(said, lambda status: status.pending == 0)
    gate.app.refresh()
    # The pad and the line have no part in reading a badge.
    door = AppDuty(lambda: gate.app, cast("PinWorker", None), lambda: cast("SyncStatus", None))
    found = door.staff_card(text.encode())
    return None if found is None else (found.id, found.name, found.source)


def badges(running: Running) -> tuple[Badges, Evidence, int]:
    office = running.office
    now_ms = office.clock.wall_ms()
    evidence = Evidence(CodeColour.GREEN, now_ms, platform=PlatformRecord.NONE)
    return Badges(office.book, office.issue, office.vault, office.ids, office.audit), evidence, now_ms


def test_a_volunteers_badge_signs_him_on_and_not_his_namesake(running: Running, gate: OpenGate) -> None:
    made_by, evidence, now_ms = badges(running)
    cards = [
        Operator(BEFORE, "V", "赵老师", MemberSource.RESIDENT, gates=(GateId("G01"),)),
        Operator(ZHAO, "V", "赵老师", MemberSource.DISTRICT, gates=(GateId("G01"),)),
        Operator(AFTER, "V", "赵老师", MemberSource.STREET, gates=(GateId("G01"),)),
    ]
    with running.office.database.writing() as tx:
        running.office.book.put(tx, cards, now_ms)
        made = made_by.make(tx, cards[1], C1, evidence, 30, now_ms, by="test")
    assert isinstance(made, Issued)
    assert signs_on(gate, made.text) == (ZHAO, "赵老师", MemberSource.DISTRICT)


def test_a_numbered_badge_signs_on_while_it_is_lent_and_as_the_borrower(running: Running, gate: OpenGate) -> None:
    made_by, evidence, now_ms = badges(running)
    with running.office.database.writing() as tx:
        made = made_by.make_numbered(tx, C1, 1, evidence, 30, now_ms, by="test")
        assert isinstance(made, list)
        (badge,) = made
        assert badge.row is not None
        text = running.office.issue.text_of(tx, badge.row.id)
    assert text is not None
    assert signs_on(gate, text) is None
    with running.office.database.writing() as tx:
        to = Borrower("周临时", MemberSource.STREET)
        assert made_by.lend(tx, C1, badge.id, to, running.office.clock.wall_ms(), by="test") is None
    assert signs_on(gate, text) == (badge.id, "周临时", MemberSource.STREET)
    with running.office.database.writing() as tx:
        assert made_by.back(tx, C1, badge.id, running.office.clock.wall_ms(), by="test") is None
    assert signs_on(gate, text) is None

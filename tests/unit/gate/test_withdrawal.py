# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A withdrawn gate decides nothing, gives everything away, keeps nothing; a kill loses nothing (trust.md 7)."""

import inspect
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.adapters.keystore import KeyFault
from kiosk.adapters.withdrawal import Stage, Withdrawal, forget, stage_of
from kiosk.app.desk import Arriving, Desk, Outsider
from kiosk.app.lookup import RoomQuestion
from kiosk.app.ports import SyncStatus
from kiosk.app.views import CodeView, LookClass, PassageView
from kiosk.app.withdrawn import StoppedDesk
from kiosk.compose import NotEnrolled, OpenGate, Withdrawn, open_gate
from kiosk.domain.codes import Button, Category, Site, Verdict
from sync.street.building import Street
from sync.street.gate_rig import GateRig
from tests.logfail import ExpectedLog
from tests.unit.gate.gates import (
    GUEST,
    GUEST_PHONE,
    PHONE,
    RESIDENT,
    at_office,
    come_home,
    forms,
    founded,
    fresh_gate,
    holds,
    sealed_parts,
    use_orders,
    visit,
    withdraw_at_office,
)

STEPS = ("order", "roster", "pieces", "closed", "copies", "personal", "cleared", "delivered", "destroy")


class Killed(BaseException):
    """The program ends here."""


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with founded(tmp_path_factory.mktemp("office")) as found:
        yield found


@pytest.fixture
def gate(street: Street, tmp_path: Path) -> Iterator[GateRig]:
    with fresh_gate(street, tmp_path) as found:
        yield found


@pytest.fixture
def rig(street: Street, gate: GateRig) -> GateRig:
    """A gate with delivered and unsent events, names among both, that the office has withdrawn meanwhile."""
    rig = gate
    come_home(rig, street)
    visit(rig, 0)
    street.sync(None)
    come_home(rig, street)
    visit(rig, 1)
    withdraw_at_office(street, rig)
    return rig


def hear(rig: GateRig) -> None:
    """One request: the answer carries the order."""
    rig.line.turn(asked=True)
    assert rig.gate.orders.stage is not None


def deliver(rig: GateRig) -> None:
    """Ask until nothing is left to say."""
    for _ in range(10):
        rig.line.turn(asked=True)


def nothing_left(rig: GateRig) -> None:
    assert [path.name for path in rig.folder.rglob("*") if path.is_file()] == ["withdrawn.json"]
    assert stage_of(rig.folder) is Stage.DONE
    assert rig.keys.kek() is KeyFault.MISSING
    assert rig.keys.public_key() is KeyFault.MISSING


# ------------------------------------------------------------------------------------------------------ it decides not


def test_a_withdrawn_gate_answers_every_card_with_whom_to_call(street: Street, rig: GateRig) -> None:
    hear(rig)
    view = rig.hold_up(street.pass_text("card"), Arriving()).view
    assert isinstance(view, CodeView)
    assert (view.look.cls, view.look.line and view.look.line.key) == (LookClass.CANNOT, "order.revoked")
    assert rig.app.status(SyncStatus(pending=0)).revoked
    before = rig.store.head()[0]
    rig.app.desk.arrive(Outsider(Category.VISITOR), Arriving())
    rig.app.look_up(RoomQuestion("3", "1", "502"), Arriving())
    assert rig.store.head()[0] == before


def test_a_passage_open_when_the_order_came_is_not_finished(street: Street, rig: GateRig) -> None:
    shown = rig.hold_up(street.pass_text("card"), Arriving())
    assert isinstance(shown.view, PassageView)
    passage = shown.view.passage
    hear(rig)
    after = rig.app.desk.reading(passage, "36.5", Site.FOREHEAD).view
    assert isinstance(after, PassageView)
    assert (after.verdict, after.look.cls, after.recorded) == (Verdict.LEADER, LookClass.CANNOT, False)
    assert rig.app.desk.press(passage, Button.ADMIT).view == after
    assert rig.app.desk.override(passage, Verdict.ADMIT, "knows him", by="L1").view == after
    assert rig.app.desk.tray() == ()


def test_an_ambulance_still_passes_and_is_recorded(rig: GateRig) -> None:
    hear(rig)
    before = rig.store.head()[0]
    view = rig.app.desk.arrive(Outsider(Category.EMERGENCY), Arriving()).view
    assert isinstance(view, PassageView)
    assert (view.verdict, view.recorded) == (Verdict.EMERGENCY, True)
    assert rig.store.head()[0] == before + 1


def test_an_ambulance_passes_unrecorded_once_the_log_is_gone(street: Street, rig: GateRig) -> None:
    street.sync(None)
    shown = rig.app.desk.arrive(Outsider(Category.EMERGENCY), Arriving())
    assert isinstance(shown.view, PassageView)
    assert (shown.view.verdict, shown.view.unrecorded) == (Verdict.EMERGENCY, True)
    assert not list(rig.folder.glob("gate-*.db*"))


def test_nothing_else_is_recorded_by_any_way(street: Street, rig: GateRig) -> None:
    hear(rig)
    before = rig.store.head()[0]
    assert rig.app.passes is not None
    rig.app.shifts.close_days()
    rig.app.desk.foreign_codes = 3
    street.advance(3_600_000)
    rig.app.refresh()
    assert rig.store.head()[0] == before
    assert list(rig.app.facts.roster.passes()) == []


def test_every_step_of_the_desk_is_stopped() -> None:
    steps = {name for name, what in inspect.getmembers(Desk, inspect.isfunction) if not name.startswith("_")}
    assert steps - {"record"} <= set(vars(StoppedDesk))


def test_it_stays_stopped_over_a_restart_without_the_office(street: Street, rig: GateRig) -> None:
    hear(rig)
    street.set_online(None, online=False)
    rig.crash()
    assert isinstance(rig.hold_up(street.pass_text("card"), Arriving()).view, CodeView)
    assert rig.app.status(SyncStatus(pending=0)).revoked
    assert rig.line.status().revoked


# ------------------------------------------------------------------------------------------------ what goes, what stays


def test_roster_and_delivered_names_go_and_what_is_unsent_stays_sealed(street: Street, rig: GateRig) -> None:
    roster, parts = sealed_parts(rig.folder)
    assert len(parts) == 2
    assert holds(rig.folder, roster)
    hear(rig)
    _, left = sealed_parts(rig.folder)
    assert len(left) == 1
    assert left < parts
    assert holds(rig.folder, roster | (parts - left)) == []
    assert rig.gate.orders.stage is Stage.CLEARED
    assert rig.gate.pending() > 0
    assert rig.chain_ok()
    for text in (RESIDENT, PHONE, GUEST, GUEST_PHONE):
        assert holds(rig.folder, forms(text)) == []


def test_a_bare_403_destroys_nothing(street: Street, rig: GateRig) -> None:
    roster, parts = sealed_parts(rig.folder)
    rig.fault = "server_error"
    rig.line.turn(asked=True)
    assert rig.gate.orders.stage is None
    assert sealed_parts(rig.folder) == (roster, parts)


def test_the_office_gets_everything_and_the_device_keeps_nothing(street: Street, rig: GateRig) -> None:
    head = rig.store.head()[0]
    deliver(rig)
    held = at_office(street, rig)
    assert held[:head] == [(1, seq) for seq in range(1, head + 1)]
    assert len(held) == len(set(held))
    nothing_left(rig)
    assert rig.line.status() == SyncStatus(pending=0, last_error="withdrawn", revoked=True)
    assert rig.line.turn(asked=True) > 0
    rig.app.refresh()
    assert rig.app.status(SyncStatus(pending=0)).revoked


def test_the_names_that_were_unsent_are_readable_at_the_office(street: Street, rig: GateRig) -> None:
    deliver(rig)
    with street.office.database.reading() as tx:
        kept = list(street.office.events.log(tx, rig.app.identity.device, 1))
    assert sum(b'"pc"' in bytes(event.canon) for event in kept) == 2


def test_a_lost_receipt_destroys_nothing(street: Street, rig: GateRig) -> None:
    hear(rig)
    rig.fault = "lost_answer"
    rig.line.turn(asked=True)
    assert rig.gate.orders.stage is Stage.CLEARED
    assert rig.gate.pending() > 0
    rig.exchange(None)
    nothing_left(rig)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_before_any_step_loses_nothing_and_is_taken_up(street: Street, rig: GateRig, step: str) -> None:
    def breaks_off(name: str) -> None:
        if name == step:
            raise Killed

    use_orders(rig, Withdrawal(rig.gate.opened.folder, rig.keys, breaks_off))
    head = rig.store.head()[0]
    with pytest.raises(Killed):
        deliver(rig)
    rig.store.close()
    rig.clock.reboot()
    ids = rig.gate.ids
    again = open_gate(rig.folder, rig.keys, rig.clock, ids, rig.policies)
    if isinstance(again, Withdrawn):
        assert step in {"delivered", "destroy"}
    else:
        assert isinstance(again, OpenGate)
        rig.gate = again
        rig.line = rig.new_line()
        assert (again.orders.stage is None) == (step == "order")
        deliver(rig)
    held = at_office(street, rig)
    assert held[:head] == [(1, seq) for seq in range(1, head + 1)]
    assert len(held) == len(set(held))
    nothing_left(rig)


def test_events_of_an_earlier_epoch_go_up_before_anything_is_destroyed(
    street: Street, rig: GateRig, expected_log: ExpectedLog
) -> None:
    expected_log(logging.WARNING, "kiosk.adapters.store_folder", "epoch 2 opened")
    rig.store.open_epoch(2, "OFFICE_ORDER")
    visit(rig, 2)
    head = rig.store.head()[0]
    hear(rig)
    assert sealed_parts(rig.folder)[0] == set()
    assert len(list(rig.folder.glob("gate-*.db"))) == 2
    deliver(rig)
    held = at_office(street, rig)
    assert {seq for epoch, seq in held if epoch == 2} >= set(range(1, head + 1))
    nothing_left(rig)


def test_a_withdrawn_folder_can_be_enrolled_anew(street: Street, rig: GateRig) -> None:
    deliver(rig)
    (rig.folder / "backup").mkdir(exist_ok=True)
    (rig.folder / "backup" / "gate-1-9.db").write_bytes(b"a copy that was being made meanwhile")
    again = open_gate(rig.folder, rig.keys, rig.clock, rig.gate.ids, rig.policies)
    assert again == Withdrawn(rig.folder)
    nothing_left(rig)
    forget(rig.folder)
    assert open_gate(rig.folder, rig.keys, rig.clock, rig.gate.ids, rig.policies) == NotEnrolled(rig.folder)


def test_a_mark_that_cannot_be_read_counts_as_an_order(rig: GateRig) -> None:
    (rig.folder / "withdrawn.json").write_bytes(b"\0\0")
    assert stage_of(rig.folder) is Stage.ORDERED
    forget(rig.folder)
    assert stage_of(rig.folder) is Stage.ORDERED


# ------------------------------------------------------------------------------------------------------ epochs by order


def test_an_ordered_epoch_is_opened_while_the_desk_goes_on(
    street: Street, gate: GateRig, expected_log: ExpectedLog
) -> None:
    """The office has another event in this place than the gate: a fork, so it orders a new epoch."""
    expected_log(logging.WARNING, "kiosk.adapters.store_folder", "epoch 5 opened")
    rig = gate
    come_home(rig, street)
    assert rig.gate.store.open_epoch(5, "OFFICE_ORDER") == 5
    shown = rig.hold_up(street.pass_text("card"), Arriving()).view
    assert isinstance(shown, PassageView)
    assert rig.app.desk.reading(shown.passage, "36.5", Site.FOREHEAD).view.verdict is Verdict.ADMIT  # type: ignore[union-attr]
    street.sync(None)
    held = at_office(street, rig)
    assert {epoch for epoch, _ in held} == {1, 5}
    assert rig.gate.pending() == 0
    assert rig.chain_ok()

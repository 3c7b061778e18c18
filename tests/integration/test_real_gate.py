# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A whole gate with its sync thread and an office over TLS: commits beside the sync, an ordered epoch, withdrawal."""

import logging
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import assets
from kiosk.adapters.clock import SystemClock
from kiosk.adapters.ids import FreshIds
from kiosk.adapters.keystore import GateKeys, KeyFault
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.adapters.withdrawal import Stage
from kiosk.app.desk import Arriving, Outsider
from kiosk.app.ports import SyncStatus
from kiosk.app.views import CodeView, PassageView
from kiosk.compose import OpenGate, Withdrawn, open_gate
from kiosk.domain.codes import Category, ClockState, CodeColour, Verdict
from kiosk.domain.events import DeviceNote, Draft
from kiosk.domain.identity import EventId, GateId, PersonId
from kiosk.domain.register import Person
from sync.client.http import HttpTransport
from sync.client.line import Line, Link
from sync.client.thread import SyncThread
from tests.integration.street import C1, Running, enrolled, serving
from tests.logfail import ExpectedLog
from tests.unit.gate.gates import forms, holds, sealed_parts

PATIENCE_S = 20
GUEST = "司徒敏仪"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("street") / "office") as found:
        yield found


def opened(folder: Path) -> OpenGate | Withdrawn:
    clock = SystemClock()
    found = open_gate(folder, GateKeys(DemoKeyStore(folder / "keys")), clock, FreshIds(clock), assets.policies())
    assert isinstance(found, OpenGate | Withdrawn)
    return found


@contextmanager
def syncing(gate: OpenGate) -> Iterator[tuple[SyncThread, "queue.Queue[SyncStatus]"]]:
    """The gate's line in a thread of its own, as the kiosk runs it."""
    sign = gate.keys.signer()
    assert callable(sign)
    transport = HttpTransport(gate.opened.folder.place.folder / "ca.pem", gate.clock)
    roots = tuple(bytes.fromhex(root) for root in gate.device.root_keys)
    link = Link(gate.store, transport, gate.clock, gate.ids, gate.device.identity(), roots, sign, gate.orders)
    said: queue.Queue[SyncStatus] = queue.Queue()
    thread = SyncThread(lambda: Line(link), said.put)
    thread.start()
    thread.sync_now()  # enrolment has just asked: the stored pause is not waited out
    try:
        yield thread, said
    finally:
        thread.stop()
        transport.close()


def until(said: "queue.Queue[SyncStatus]", wanted: Callable[[SyncStatus], bool]) -> SyncStatus:
    while not wanted(status := said.get(timeout=PATIENCE_S)):
        pass
    return status


def visit(gate: OpenGate) -> PassageView | CodeView:
    guest = Outsider(Category.VISITOR, consent=True, name=GUEST, phone="13987654321")
    view = gate.app.desk.arrive(guest, Arriving(code=CodeColour.GREEN)).view
    assert view is not None
    return view


def at_office(running: Running, gate: OpenGate) -> list[tuple[int, int]]:
    device = gate.device.device
    with running.office.database.reading() as tx:
        epochs = [head.epoch for head in running.office.devices.epochs(tx, device)]
        return [(e, kept.seq) for e in epochs for kept in running.office.events.log(tx, device, e, limit=10_000)]


def commits(gate: OpenGate, seconds: float, each: Callable[[int], None] = lambda _: None) -> list[float]:
    """Commits as the desk makes them, one after another: how long each took, ascending."""
    took: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        clock, ids = gate.clock, gate.ids
        body = DeviceNote("BATTERY", str(len(took)))
        draft = Draft(
            EventId(ids.new_id()), clock.wall_ms(), clock.mono_ms(), clock.boot, ClockState.OK, GateId("G01"), body
        )
        began = time.perf_counter()
        gate.store.commit([draft], lambda _event: ())
        took.append(time.perf_counter() - began)
        each(len(took))
    return sorted(took)


def test_the_desk_commits_as_fast_beside_the_sync_thread(running: Running, tmp_path: Path) -> None:
    """Two threads at one store for three seconds: no commit fails, and none waits for a page that is being applied."""
    enrolled(running, tmp_path, "G01").close()
    gate = opened(tmp_path)
    assert isinstance(gate, OpenGate)
    rows = [Person(PersonId(f"{n:032x}"), Category.LOCAL, C1, name=f"居民{n}") for n in range(2_000)]
    alone = commits(gate, 0.5)
    with syncing(gate) as (thread, said):
        until(said, lambda status: status.pending == 0)
        with running.office.database.writing() as tx:
            running.office.book.put(tx, rows, running.office.clock.wall_ms())
        beside = commits(gate, 3, lambda count: thread.sync_now() if count % 20 == 0 else None)
        thread.sync_now()
        until(said, lambda status: status.pending == 0)
    gate.app.refresh()
    assert gate.app.facts.roster.person(rows[-1].id) == rows[-1]
    head = gate.store.head()[0]
    assert at_office(running, gate) == [(1, seq) for seq in range(1, head + 1)]
    # the office, its client and the desk share one interpreter here: the usual commit feels that, none waits for a page
    assert beside[len(beside) // 2] <= 5 * alone[len(alone) // 2] + 0.02
    assert beside[-1] < 1.0
    gate.close()


def test_an_epoch_that_the_office_orders_is_opened_under_the_running_desk(
    running: Running, tmp_path: Path, expected_log: ExpectedLog
) -> None:
    expected_log(logging.WARNING, "kiosk.adapters.store_folder", "epoch 2 opened: OFFICE_ORDER")
    enrolled(running, tmp_path, "G02").close()
    gate = opened(tmp_path)
    assert isinstance(gate, OpenGate)
    with syncing(gate) as (thread, said):
        until(said, lambda status: status.pending == 0)
        visit(gate)
        assert gate.store.open_epoch(2, "OFFICE_ORDER") == 2
        view = visit(gate)
        assert isinstance(view, PassageView)
        assert not view.unrecorded
        thread.sync_now()
        until(said, lambda status: status.pending == 0)
    assert {epoch for epoch, _ in at_office(running, gate)} == {1, 2}
    gate.close()


def test_a_withdrawn_gate_stops_gives_everything_and_destroys_itself(running: Running, tmp_path: Path) -> None:
    enrolled(running, tmp_path, "G02").close()
    gate = opened(tmp_path)
    assert isinstance(gate, OpenGate)
    with syncing(gate) as (thread, said):
        visit(gate)
        thread.sync_now()
        until(said, lambda status: status.pending == 0)
    # between two runs of the line, so that no request is under way when the office withdraws the device
    visit(gate)
    register, parts = sealed_parts(tmp_path)
    head = gate.store.head()[0]
    with running.office.database.writing() as tx:
        now_ms = running.office.clock.wall_ms()
        assert running.office.enrolment.revoke(tx, gate.device.device, now_ms, by="test", why="stolen")
    with syncing(gate) as (_, said):
        until(said, lambda status: status.revoked and status.pending == 0 and gate.orders.stage is Stage.DONE)
    assert isinstance(visit(gate), CodeView)
    emergency = gate.app.desk.arrive(Outsider(Category.EMERGENCY), Arriving()).view
    assert isinstance(emergency, PassageView)
    assert emergency.verdict is Verdict.EMERGENCY
    gate.close()
    assert at_office(running, gate)[:head] == [(1, seq) for seq in range(1, head + 1)]
    assert holds(tmp_path, [*register, *parts, *forms(GUEST)]) == []
    assert gate.keys.kek() is KeyFault.MISSING
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["withdrawn.json"]
    assert opened(tmp_path) == Withdrawn(tmp_path)
    again = enrolled(running, tmp_path, "G02")
    again.close()
    fresh = opened(tmp_path)
    assert isinstance(fresh, OpenGate)
    fresh.close()

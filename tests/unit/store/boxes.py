# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A gate's folder with its clock, keys and ids, as the store's tests work on it; people and events are made up."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kiosk.adapters.clock import SettableClock
from kiosk.adapters.ids import FreshIds, seeded_ids
from kiosk.adapters.keystore import GateKeys, MemoryKeyStore
from kiosk.adapters.store import GateFolderStore
from kiosk.adapters.store_start import OpenedStore, StartFault, open_store
from kiosk.app.ports import GateIdentity, LiveChange, RowChange
from kiosk.domain.codes import (
    Category,
    ClockState,
    Direction,
    How,
    PassKind,
    PassState,
    ReadingSource,
    Reason,
    ScanResult,
    Site,
    TempOutcome,
    Validity,
    Verdict,
)
from kiosk.domain.events import Body, Draft, Event, PassageStep, ReadingTaken, Registration
from kiosk.domain.identity import CompoundId, EventId, GateId, PassageId, PassId, PersonId, ShiftId
from kiosk.domain.register import PassRow, Person, Row, row_key

DEVICE = GateIdentity("aa" * 16, GateId("G01"), "C01", 1, "0001", "bb" * 16, "https://office.example")
ROSTER = "roster:C01"
NOON_MS = 1_582_000_000_000
ROOMY = 10 * 1024**3
SHIFT = ShiftId("5f" * 16)


def roomy(_folder: Path) -> int:
    """A disk that never gets short."""
    return ROOMY


@dataclass
class Box:
    """A gate's folder; `open` opens it and may be called again after `close`."""

    folder: Path
    clock: SettableClock = field(default_factory=lambda: SettableClock(NOON_MS))
    place: MemoryKeyStore = field(default_factory=MemoryKeyStore)
    free: int = ROOMY
    opened: OpenedStore | None = None

    def __post_init__(self) -> None:
        self.ids: FreshIds = seeded_ids(self.clock, "box")
        self.keys = GateKeys(self.place)
        self.keys.make(self.ids.random)

    def try_open(self, **settings: Any) -> OpenedStore | StartFault:
        found = open_store(
            self.folder, DEVICE, self.keys, self.clock, self.ids, room=lambda _folder: self.free, **settings
        )
        if isinstance(found, OpenedStore):
            self.opened = found
        return found

    def open(self) -> GateFolderStore:
        found = self.try_open()
        assert isinstance(found, OpenedStore), found
        return found.store

    @property
    def store(self) -> GateFolderStore:
        assert self.opened is not None
        return self.opened.store

    def close(self) -> None:
        if self.opened is not None:
            self.opened.store.close()
            self.opened = None

    def again(self) -> GateFolderStore:
        """The program ends and starts again."""
        self.close()
        return self.open()

    def draft(self, body: Body, personal: dict[str, Any] | None = None, shift: ShiftId | None = SHIFT) -> Draft:
        return Draft(
            EventId(self.ids.new_id()), self.clock.wall_ms(), self.clock.mono_ms(), self.clock.boot, ClockState.OK,
            DEVICE.gate, body, shift, personal=personal,
        )  # fmt: skip

    def entry(self, passage: str | None = None, who: int = 0) -> tuple[Draft, ...]:
        """A reading and the admission of a resident."""
        self.clock.advance(3_500)
        name = PassageId(passage or self.ids.new_id())
        return (
            self.draft(
                ReadingTaken(name, 1, Site.FOREHEAD, ReadingSource.SERIAL, Validity.VALID, 365, device="th1")
            ),
            self.draft(
                PassageStep(
                    name, 1, Direction.IN, How.SCAN, pass_of(who), person_of(who), Category.LOCAL, ScanResult.OK,
                    mask=True, verdict=Verdict.ADMIT, reason=Reason.PASS_OK, rule="R38", outcome=TempOutcome.NORMAL,
                    recorded=True, final=True, policy="2020-02-14", list=12, list_age_s=3600,
                )
            ),
        )  # fmt: skip

    def usual(self, who: int = 0) -> tuple[tuple[Draft, ...], tuple[Draft, ...]]:
        """A usual entry as the desk records it: all facts with WAIT, then the reading and what it changed."""
        whole = self.entry(who=who)[1]
        assert isinstance(whole.body, PassageStep)
        first = replace(
            whole.body, verdict=Verdict.WAIT, reason=Reason.NEED_TEMP, outcome=TempOutcome.NOT_TAKEN, recorded=None,
            final=None,
        )  # fmt: skip
        opened = (self.draft(first),)
        reading = self.entry(whole.body.passage)[0]
        last = PassageStep(
            whole.body.passage, 2, Direction.IN, verdict=Verdict.ADMIT, reason=Reason.PASS_OK, rule="R38",
            outcome=TempOutcome.NORMAL, recorded=True, final=True,
        )  # fmt: skip
        return opened, (reading, self.draft(last))

    def registration(self, name: str = "张三", phone: str = "13800001111") -> tuple[Draft, ...]:
        """A visitor's registration with a personal part."""
        self.clock.advance(3_500)
        body = Registration(PersonId(self.ids.new_id()), "VISITOR", region="浙江温州")
        return (self.draft(body, {"name": name, "phone": phone, "room": "3-502"}),)

    def record(self, count: int, *, store: GateFolderStore | None = None) -> tuple[Event, ...]:
        """So many entries; each twentieth followed by a registration."""
        out: list[Event] = []
        for number in range(count):
            drafts = self.entry(who=number)
            out += (store or self.store).commit(drafts, fold)
            if number % 20 == 19:
                out += (store or self.store).commit(self.registration(), fold)
        return tuple(out)

    def acknowledge(self, seq: int | None = None) -> dict[str, Any]:
        """The office acknowledges the open epoch up to `seq` (all)."""
        store = self.store
        state = store.sync_state()
        upto = state.head_seq if seq is None else seq
        found = [out.hash for out in store.outgoing(upto - 1, 1, 1)]
        receipt = {
            "server": DEVICE.server, "device": DEVICE.device, "epoch": state.epoch, "seq": upto,
            "hash": found[0], "at_ms": self.clock.wall_ms(), "kid": "0009", "sig": "x",
        }  # fmt: skip
        assert store.acknowledge(state.epoch, upto, found[0], receipt)
        return receipt

    def file(self, epoch: int = 1) -> Path:
        return self.folder / f"gate-{epoch}.db"


def fold(event: Event) -> Iterable[LiveChange]:
    """A small folded present: where each person is, by the last event."""
    body = event.body
    if isinstance(body, PassageStep) and body.person is not None:
        yield LiveChange("presence", body.person, json.dumps({"seq": event.seq}, separators=(",", ":")))


def person_of(number: int) -> PersonId:
    return PersonId(f"{number + 1:032x}")


def pass_of(number: int) -> PassId:
    return PassId(f"{number + 1:016x}")


def person(number: int, name: str = "王小明") -> Person:
    return Person(
        person_of(number), Category.LOCAL, CompoundId("C01"), name=name, phone="13912345678", sex="F",
        birth_year=1950, initials=("wxm",),
    )  # fmt: skip


def pass_row(number: int, state: PassState = PassState.ACTIVE) -> PassRow:
    return PassRow(
        pass_of(number), CompoundId("C01"), PassKind.RESIDENT, Category.LOCAL, state, NOON_MS, NOON_MS + 10**9, NOON_MS,
        NOON_MS, person=person_of(number),
    )  # fmt: skip


def change(row: Row, rev: int, scope: str = ROSTER) -> RowChange:
    return RowChange(scope, row.ENTITY, row_key(row), rev, row)


def roster(count: int) -> Iterator[RowChange]:
    """A snapshot of `count` people with their passes."""
    for number in range(count):
        yield change(person(number), 2 * number + 1)
        yield change(pass_row(number), 2 * number + 2)

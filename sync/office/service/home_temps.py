# SPDX-License-Identifier: LicenseRef-Gatehouse
"""居家体温: two slots a day of who is isolated at home, due, taken, late, missing (domain.md 9).

A gate's event and the health centre's keyboard fill the same slot; a slot that was filled stays as it is. From 37.3 on
a case is opened at once: FEVER, P1. It is the office's own: no gate has it in its log, so no gate is told.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection, delete, select

from kiosk.domain.codes import CaseKind, IsolationState, Missed, Priority, Slot
from kiosk.domain.events import HomeTemp
from kiosk.domain.isolation import SlotDue, slot_key, slot_of, slots_due
from kiosk.domain.policy import Parameters
from kiosk.domain.register import Gate, Isolation, Person
from sync.office.ports import OfficeIds
from sync.office.service.audit import Audit, Entry
from sync.office.service.book import RegisterBook
from sync.office.service.work import as_text
from sync.office.store.tables import case_file, home_temp
from sync.office.store.upsert import add_new
from sync.office.store.vault import Vault

OFFICE = "office"
"""Instead of a device, in a case that the office opened itself."""
READINGS = range(340, 431)
_PART = 500


class SlotState(StrEnum):
    """时段状态."""

    TAKEN = "TAKEN"
    LATE = "LATE"
    MISSED = "MISSED"
    DUE = "DUE"
    MISSING = "MISSING"
    AHEAD = "AHEAD"


class TempFault(StrEnum):
    """为何没有记录."""

    NOT_A_READING = "not_a_reading"
    NO_RECORD = "no_record"
    NO_SLOT = "no_slot"
    FILLED = "filled"


@dataclass(frozen=True, slots=True)
class Taken:
    """一次居家体温: tenths, or why there is none."""

    temp_dc: int | None
    missed: Missed | None
    late: bool
    at_ms: int
    by: str


@dataclass(frozen=True, slots=True)
class SlotView:
    """一个时段: as the isolation's page shows it."""

    due: SlotDue
    state: SlotState
    taken: Taken | None


class HomeTemps:
    """居家体温用例."""

    def __init__(self, book: RegisterBook, vault: Vault, ids: OfficeIds, audit: Audit) -> None:
        """Take the register, what seals a reading, ids and the audit."""
        self._book = book
        self._vault = vault
        self._ids = ids
        self._audit = audit

    def from_gate(self, tx: Connection, told: HomeTemp, at_ms: int, now_ms: int) -> None:
        """A gate leader entered what was reported to him."""
        slot = slot_key(dt.date.fromisoformat(told.day), told.slot)
        taken = Taken(told.temp_dc, told.missed, bool(told.late), at_ms, told.by)
        record = self._book.register.get(tx, Isolation, told.isolation)
        if record is not None:
            self._keep(tx, record, slot, taken, now_ms)

    def enter(
        self,
        tx: Connection,
        isolation: str,
        params: Parameters,
        now_ms: int,
        *,
        temp_dc: int | None,
        missed: Missed | None,
        by: str,
    ) -> TempFault | Taken:
        """Fill the slot of this hour; 12:00 to 15:59 fills the morning, late."""
        record = self._book.register.get(tx, Isolation, isolation)
        if record is None or record.state not in (IsolationState.HOME, IsolationState.PENDING, IsolationState.BREACH):
            return TempFault.NO_RECORD
        if (temp_dc is None) == (missed is None) or (temp_dc is not None and temp_dc not in READINGS):
            return TempFault.NOT_A_READING
        found = slot_of(now_ms, params)
        if found is None:
            return TempFault.NO_SLOT
        slot, late = found
        day = next(iter(due.day for due in slots_due(record, 0, params) if due.opens_ms <= now_ms < _until(due)), None)
        if day is None:
            return TempFault.NO_SLOT
        key = slot_key(day, slot)
        known = self.of(tx, [isolation]).get(isolation, {}).get(key)
        if known is not None and known.temp_dc is not None:
            return TempFault.FILLED
        taken = Taken(temp_dc, missed, late, now_ms, by)
        self._keep(tx, record, key, taken, now_ms)
        self._audit.note(tx, Entry(by, "hometemp.enter", isolation), now_ms)
        if temp_dc is not None and temp_dc >= params.fever_tenths:
            self._case(tx, record, now_ms)
        return taken

    def of(self, tx: Connection, isolations: Iterable[str]) -> dict[str, dict[str, Taken]]:
        """Isolation -> slot -> what was taken."""
        wanted = list(isolations)
        out: dict[str, dict[str, Taken]] = {}
        for start in range(0, len(wanted), _PART):
            part = wanted[start : start + _PART]
            for row in tx.execute(select(home_temp).where(home_temp.c.isolation_id.in_(part))):
                told = self._vault.open_json("home_temp", f"{row.isolation_id}/{row.slot}", row.sealed)
                if told is not None:
                    missed = Missed(told["missed"]) if told["missed"] else None
                    taken = Taken(told["temp_dc"], missed, told["late"], row.at_ms, row.by)
                    out.setdefault(row.isolation_id, {})[row.slot] = taken
        return out

    def _keep(self, tx: Connection, record: Isolation, slot: str, taken: Taken, now_ms: int) -> None:
        key = {"isolation_id": record.id, "slot": slot}
        told = {"temp_dc": taken.temp_dc, "missed": None if taken.missed is None else taken.missed.value,
                "late": taken.late}  # fmt: skip
        sealed = self._vault.seal_json("home_temp", f"{record.id}/{slot}", told)
        if taken.temp_dc is not None:
            # A reading goes before an earlier note that nobody answered.
            mine = home_temp.c.isolation_id == record.id, home_temp.c.slot == slot
            tx.execute(delete(home_temp).where(*mine))
        add_new(tx, home_temp, [{**key, "at_ms": taken.at_ms, "by": taken.by, "sealed": sealed}])
        if taken.temp_dc is not None and slot not in record.slots_taken:
            self._book.put(tx, [replace(record, slots_taken=(*record.slots_taken, slot))], now_ms)

    def _case(self, tx: Connection, record: Isolation, now_ms: int) -> None:
        person = self._book.register.get(tx, Person, record.person)
        gates: Sequence[Gate] = [] if person is None else self._book.gates(tx, person.compound)
        if person is None or not gates:
            return
        doc = {"steps": {}, "notes": [], "told": ["HEALTH", "COMMITTEE"], "gates": [], "person": person.id}
        add_new(
            tx, case_file,
            [{"id": self._ids.new_id(), "device_id": OFFICE, "gate_id": gates[0].id, "compound_id": person.compound,
              "kind": CaseKind.FEVER.value, "priority": Priority.P1.value, "opened_at_ms": now_ms, "passage_id": None,
              "closed": 0, "doc": as_text(doc)}],
        )  # fmt: skip


def slots_of(record: Isolation, taken: Mapping[str, Taken], params: Parameters, now_ms: int) -> list[SlotView]:
    """Every slot of an isolation up to the end of today, oldest first."""
    registered = record.opened_at_ms if record.opened_at_ms is not None else 0
    out = []
    for due in slots_due(record, registered, params):
        if due.opens_ms > now_ms:
            break
        key = slot_key(due.day, due.slot)
        one = taken.get(key)
        known = one is not None or key in record.slots_taken
        out.append(SlotView(due, _state(due, one, now_ms, known=known), one))
    return out


def _state(due: SlotDue, taken: Taken | None, now_ms: int, *, known: bool) -> SlotState:
    if taken is not None and taken.missed is not None:
        return SlotState.MISSED
    if known:
        return SlotState.LATE if taken is not None and taken.late else SlotState.TAKEN
    return SlotState.DUE if now_ms < due.closes_ms else SlotState.MISSING


def _until(due: SlotDue) -> int:
    return due.late_until_ms if due.slot is Slot.AM else due.closes_ms

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""一个门岗: the gate's use cases over one store, put together by hand; the GUI thread owns it.

Everything that a screen, a replay or a script does at a gate goes through here. `refresh` takes over what the sync
thread has pulled meanwhile.
"""

import json
from collections.abc import Callable, Sequence
from typing import Protocol

from kiosk.app.desk import Arriving, Desk
from kiosk.app.facts import Facts, TrustedLists
from kiosk.app.issuing import PassDesk, Sign
from kiosk.app.leader import CASE_CLOSED, LeaderActions
from kiosk.app.leader_records import LeaderRecords
from kiosk.app.lookup import Found, RoomQuestion, find, label
from kiosk.app.paper import PaperSheet
from kiosk.app.ports import Clock, CommitFailed, GateIdentity, GateStore, Ids, PulledLists, SyncStatus
from kiosk.app.recorder import Recorder, Timekeeper
from kiosk.app.remote import RemoteLeader
from kiosk.app.roster import Roster, masked
from kiosk.app.shifts import Shifts
from kiosk.app.showing import Showing
from kiosk.app.turn import Done, Turn
from kiosk.app.views import LookupView, Shown, StatusView
from kiosk.domain.codes import Direction, RefusedInput
from kiosk.domain.events import DeviceNote
from kiosk.domain.identity import CompoundId, PassageId, PassId, PersonId
from kiosk.domain.instants import Instant
from kiosk.domain.passage import PassageRecord, fold_all
from kiosk.domain.policy import Policy
from kiosk.domain.present import LastSeen, Present
from kiosk.domain.register import Isolation, WorkItem

HOUR_MS = 3_600_000


class Stored(GateStore, PulledLists, Protocol):
    """A store that also keeps the pulled lists."""


class GateApp:
    """一个门岗."""

    def __init__(
        self,
        store: Stored,
        identity: GateIdentity,
        clock: Clock,
        ids: Ids,
        shipped: Sequence[Policy],
        load_lists: Callable[[], TrustedLists | None],
        known_rules: Sequence[str],
        sign: Sign | None = None,
    ) -> None:
        """Load the present and the register; nothing is scanned before this is done."""
        self._store = store
        self._load_lists = load_lists
        self.identity = identity
        self.present = Present(lambda passage: fold_all(store.events_of_passage(passage)))
        for change in store.live():
            if change.doc is not None:
                self.present.restore(change.kind, change.key, json.loads(change.doc))
        self._mark, _ = store.rows_changed_since(1 << 62)
        roster = Roster(store.rows(), known_rules)
        lists = load_lists()
        self.time = Timekeeper(clock, self.present, lists.issued_ms if lists is not None else 0)
        self.facts = Facts(identity, roster, self.present, lists, shipped)
        self.recorder = Recorder(store, ids, identity, self.present, self.time)
        self.showing = Showing(self.facts, self.present, self.time)
        self.desk = Desk(self.facts, self.recorder, self.showing)
        self.shifts = Shifts(self.recorder, store)
        self.leader = LeaderActions(self._turn)
        self.records = LeaderRecords(self._turn)
        self.paper = PaperSheet(self._turn, self._first_use_ms)
        self.passes = PassDesk(self._turn, ids, sign)
        self.remote = RemoteLeader(self._turn, ids)
        self._judged: set[str] = set()
        self._hour = self.time.now().at_ms // HOUR_MS

    def _turn(self) -> Turn:
        return Turn(self.facts, self.recorder)

    # -- what came down ------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Take over rows and lists that were pulled since the last time; nobody waits for it at the lane."""
        roster = self.facts.roster
        mark, changes = self._store.rows_changed_since(self._mark)
        self._mark = mark
        touched: set[PersonId] = set()
        for entity, key, row in changes:
            if row is None:
                roster.drop(entity, key)
            else:
                roster.put(row)
                if isinstance(row, Isolation):
                    touched.add(row.person)
                elif isinstance(row, WorkItem):
                    self.remote.answered(row)
        lists = self._load_lists()
        self.facts.lists = lists
        if lists is not None:
            self.time.lists_issued(lists.issued_ms)
        for person in touched:
            self.desk.decide_again(person)
        self._conflicts()

    def _conflicts(self) -> None:
        """Work items that the leader answers as cases, each once; those from before a restart too."""
        # What opens a case comes before what closes it: both may have come with one pull.
        for item in sorted(self.facts.roster.work(), key=lambda item: item.kind == CASE_CLOSED):
            if item.id in self._judged:
                continue
            closing = item.kind == CASE_CLOSED
            done = self.leader.closed_elsewhere(item) if closing else self.leader.conflict(item, self.identity.gate)
            if done.fault is None:
                self._judged.add(item.id)

    # -- look-up -------------------------------------------------------------------------------------------------

    def look_up(self, question: RoomQuestion, arriving: Arriving) -> LookupView:
        """忘带证: opens a passage only when exactly one person is confirmed by two facts, or nobody is found."""
        found = self.find(question)
        rows = tuple(label(person) for person in found.persons)
        if found.one is not None:
            return LookupView(rows, shown=self.desk.open_found(found.one.id, arriving))
        if not found.persons:
            return LookupView((), shown=self.desk.open_not_found(arriving))
        return LookupView(rows, shown=Shown(None, refused=RefusedInput.FACT_NEEDED))

    def find(self, question: RoomQuestion) -> Found:
        """Whom the facts given so far leave."""
        now = self.time.now().at_ms
        params = self.facts.policy_at(now).params
        return find(self.facts.roster, CompoundId(self.identity.compound), question, params, now)

    # -- leader and office ---------------------------------------------------------------------------------------

    def release(self, person: PersonId, number: str, by: str) -> tuple[Done, Shown | None]:
        """解除告知单: after it, the person's pending passages are decided again."""
        done = self.leader.release(person, number, by)
        if done.refused is not None or done.fault is not None:
            return done, None
        return done, self.desk.decide_again(person)

    # -- looking -------------------------------------------------------------------------------------------------

    def status(self, sync: SyncStatus, direction: Direction = Direction.IN) -> StatusView:
        """The status bar."""
        return self.showing.status(sync, direction, self.on_duty())

    def on_duty(self) -> str:
        """值班 王*: masked names of the open shift; empty where nobody has signed on."""
        shift = self.present.shift()
        if shift is None:
            return ""
        names: list[str] = []
        for member in shift.members:
            personal = self._store.personal(member.event) or {}
            names.append(masked(str(personal.get(member.id, ""))) or "*")
        return " ".join(names)

    def overdue(self) -> tuple[PassId, ...]:
        """逾时未离开: temporary passes whose holder is inside past the leave-by time; it never blocks the exit."""
        now = self.time.now().at_ms
        leave_by = {row.id: row.leave_by_ms for row in self.facts.roster.passes() if row.leave_by_ms is not None}
        leave_by |= {temp.id: temp.exp_ms for temp in self.present.all("temp_pass")}
        inside = (key for key, at in leave_by.items() if at <= now and self._inside(key))
        return tuple(inside)

    def _inside(self, pass_id: PassId) -> bool:
        seen: LastSeen | None = self.present.get("seen", pass_id)
        return seen is not None and seen.through is Direction.IN

    def passages_through(self) -> int:
        """Passages recorded as gone through at this gate so far, both ways."""
        tally = self.present.tally("all")
        return tally.get("entered", 0) + tally.get("left", 0)

    def each_second(self) -> tuple[PassageId, ...]:
        """Whatever time alone brings: counts of the hour, requests nobody answered, passages that time has closed."""
        self.hourly()
        self.remote.time_out()
        return self.desk.advance()

    def hourly(self) -> None:
        """Once an hour: the counts of codes that opened no passage; nothing else of them is kept."""
        hour = self.time.now().at_ms // HOUR_MS
        if hour == self._hour:
            return
        self._hour = hour
        if not (self.desk.foreign_codes or self.desk.repeats):
            return
        note = DeviceNote("HOUR", not_ours=self.desk.foreign_codes, duplicate=self.desk.repeats)
        try:
            self.recorder.commit([note])
        except CommitFailed:
            return  # counted again with the next hour
        self.desk.foreign_codes = self.desk.repeats = 0

    def _first_use_ms(self) -> int | None:
        first = next(iter(self._store.events(0, 1)), None)
        return first.at_ms if first is not None else None

    def now(self) -> Instant:
        """The gate's present instant."""
        return self.time.now()

    def record(self, passage: str) -> PassageRecord | None:
        """A passage's record."""
        return self.present.passage(passage)  # type: ignore[arg-type]

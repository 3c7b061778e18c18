# SPDX-License-Identifier: LicenseRef-Gatehouse
"""One gate of a simulation: the real desk, store and line, with people and time by the plan."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from kiosk.app.desk import Arriving, Outsider
from kiosk.app.views import PassageView, Shown
from kiosk.domain.events import Draft, Event, PassageStep, ReadingTaken
from kiosk.domain.identity import EventId, GateId, PassageId
from kiosk.domain.register import Sighting
from sync.street.gate_rig import GateRig
from sync.street.morning import Arrival, Shows
from sync.street.simulate_people import District
from sync.wire import scopes

_HTTP_CODE = b"https://qr.example/pay?x=1"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class SeenSighting:
    """A passage of a sister gate that this gate has just learned of; `at_ms` by the sister's own clock."""

    gate: GateId
    at_ms: int


@dataclass(frozen=True, slots=True)
class Turned:
    """一轮之后: when the next turn is due, what is acknowledged now, the delays of what newly is, sightings learned."""

    ended_ms: int
    next_ms: int
    acked_seq: int
    delays_ms: tuple[int, ...]
    revocations_rev: int
    sightings: tuple[SeenSighting, ...]


@dataclass(slots=True)
class SimGate:
    """模拟的门岗; times are virtual ms, the gate's own clock is `offset_ms` ahead."""

    number: int
    rig: GateRig
    district: District
    offset_ms: int
    busy_until_ms: int = 0
    acked_seq: int = 0
    head_seq: int = 0
    mark: int = 0
    written: deque[tuple[int, int]] = field(default_factory=deque)

    @property
    def id(self) -> GateId:
        """The gate's id."""
        return self.rig.app.identity.gate

    @property
    def pending(self) -> int:
        """How many events are not acknowledged."""
        return self.head_seq - self.acked_seq

    def now_ms(self) -> int:
        """Virtual time as this gate has it."""
        return self.rig.clock.wall_ms() - self.offset_ms

    def settle(self) -> None:
        """Take what is there as the beginning: nothing of it is measured."""
        self.head_seq, _ = self.rig.store.head()
        self.acked_seq = self.rig.store.sync_state().acked_seq
        self.mark, _ = self.rig.store.rows_changed_since(0)
        self.written.clear()

    def go_to(self, at_ms: int) -> None:
        """Time passes at the gate."""
        self.rig.clock.go_to(max(at_ms + self.offset_ms, self.rig.clock.wall_ms()))

    # -- people --------------------------------------------------------------------------------------------------

    def visit(self, arrival: Arrival, at_ms: int) -> int:
        """Somebody comes, is asked and measured, in one moment of virtual time; how many events that made."""
        self.go_to(at_ms)
        desk = self.rig.app.desk
        shown = self._opened(arrival, Arriving(arrival.direction, mask=arrival.mask))
        for reading in arrival.readings:
            view = shown.view
            if not isinstance(view, PassageView) or view.final:
                break
            shown = desk.reading(view.passage, f"{reading.tenths / 10:.1f}", reading.site)
        return self._wrote(self.now_ms())

    def _opened(self, arrival: Arrival, arriving: Arriving) -> Shown:
        desk = self.rig.app.desk
        card = self.district.cards.get(arrival.person) if arrival.person is not None else None
        if card is None:
            outsider = Outsider(arrival.category, consent=True, paper_seen=True, name="来访", phone="10000000000")
            return desk.arrive(outsider, arriving)
        match arrival.shows:
            case Shows.FORGOTTEN if arrival.person is not None:
                return desk.open_found(arrival.person, arriving)
            case Shows.PAYMENT_CODE | Shows.HEALTH_CODE:
                return desk.on_code(_HTTP_CODE, arriving)
            case Shows.FORGED:
                return desk.on_code(card.text[:-8] + card.text[:-9:-1], arriving)
            case _:
                return desk.on_code(card.text, arriving)

    def _wrote(self, at_ms: int) -> int:
        before, (self.head_seq, _) = self.head_seq, self.rig.store.head()
        if self.head_seq > before:
            self.written.append((self.head_seq, at_ms))
        return self.head_seq - before

    def write_waiting(self, count: int, at_ms: int) -> int:
        """Let so many events wait, in the likeness of those in the log, a passage after the other."""
        self.go_to(at_ms)
        like = [event for event in self.rig.store.events() if isinstance(event.body, PassageStep | ReadingTaken)]
        drafts = self._likenesses(like)
        while count > 0:
            part = [next(drafts) for _ in range(min(_BATCH, count))]
            self.rig.store.commit(part, lambda _event: ())
            count -= len(part)
        return self._wrote(at_ms)

    def _likenesses(self, like: list[Event]) -> Iterator[Draft]:
        ids = self.rig.gate.ids
        while True:
            passages: dict[str, PassageId] = {}
            for event in like:
                body = event.body
                if not isinstance(body, PassageStep | ReadingTaken):
                    continue
                passage = passages.setdefault(body.passage, PassageId(ids.new_id()))
                clock = self.rig.clock
                yield Draft(
                    EventId(ids.new_id()), clock.wall_ms(), clock.mono_ms(), event.boot, event.clock, event.gate,
                    replace(body, passage=passage), shift=event.shift, op=event.op,
                )  # fmt: skip

    # -- the line ------------------------------------------------------------------------------------------------

    def turn(self, at_ms: int) -> Turned:
        """One turn of the line, and what it brought."""
        self.go_to(at_ms)
        wait_ms = self.rig.line.turn()
        ended = self.now_ms()
        self.busy_until_ms = ended
        kept = self.rig.store.sync_state()
        self.acked_seq = kept.acked_seq
        delays: list[int] = []
        while self.written and self.written[0][0] <= kept.acked_seq:
            delays.append(ended - self.written.popleft()[1])
        sightings: tuple[SeenSighting, ...] = ()
        before = self.mark
        self.mark, changed = self.rig.store.rows_changed_since(before)
        if self.mark != before:
            self.rig.app.refresh()
            sightings = tuple(SeenSighting(row.gate, row.at_ms) for *_, row in changed if isinstance(row, Sighting))
        # what was pulled may close passages: those events wait for the next turn
        self._wrote(ended)
        rev = int(kept.cursors.get(scopes.revocations(), "0.0").rpartition(".")[2] or 0)
        return Turned(ended, ended + wait_ms, kept.acked_seq, tuple(delays), rev, sightings)

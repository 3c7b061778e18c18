# SPDX-License-Identifier: LicenseRef-Gatehouse
"""本机已停用: a gate that the office has withdrawn decides nothing and admits nobody, EMERGENCY excepted (trust.md 7).

Two things hold it. `GuardedStore` is the one way to the log: whatever asks for it, nothing but an EMERGENCY passage is
recorded once the order is there, and nothing at all once the log is gone. `StoppedDesk` answers every step with
本机已停用,请用纸质登记并联系街道. Both ask how the gate stands at each call: the order comes in by another thread.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Protocol

from kiosk.app.desk import Arriving, Desk, Occupant, Outsider, ReturnForm
from kiosk.app.facts import Facts, TrustedLists
from kiosk.app.gate import GateApp
from kiosk.app.issuing import Sign
from kiosk.app.ports import (
    Clock,
    CommitFailed,
    CommitFault,
    GateIdentity,
    GateStore,
    Ids,
    LiveChange,
    PulledLists,
    SyncStatus,
)
from kiosk.app.recorder import Recorder
from kiosk.app.roster import Roster
from kiosk.app.showing import Showing
from kiosk.app.views import CodeView, Line, Look, LookClass, PassageView, Shape, Shown, StatusView, Tone, TrayChip
from kiosk.domain.codes import (
    Button,
    Category,
    CodeColour,
    Direction,
    How,
    ReadingSource,
    Reason,
    ScanResult,
    Site,
    Tick,
    Verdict,
)
from kiosk.domain.events import Draft, Event
from kiosk.domain.identity import EventId, PassageId, PassId, PersonId
from kiosk.domain.policy import Policy
from kiosk.domain.register import Row


class Standing(StrEnum):
    """本机状况: in force; stopped by the office's order; gone, once log and keys are destroyed."""

    IN_FORCE = "IN_FORCE"
    STOPPED = "STOPPED"
    GONE = "GONE"


HowItStands = Callable[[], Standing]


class Stored(GateStore, PulledLists, Protocol):
    """A store that also keeps the pulled lists."""


class GuardedStore:
    """存储的门卫: a store as the desk reaches it; of a withdrawn gate it gives no roster and takes no record."""

    def __init__(self, store: Stored, standing: HowItStands) -> None:
        self._store = store
        self._standing = standing

    @property
    def _gone(self) -> bool:
        return self._standing() is Standing.GONE

    @property
    def _stopped(self) -> bool:
        return self._standing() is not Standing.IN_FORCE

    def commit(self, drafts: Sequence[Draft], fold: Callable[[Event], Iterable[LiveChange]]) -> tuple[Event, ...]:
        """Record, as long as this gate is in force; raises `CommitFailed` (READ_ONLY) otherwise, EMERGENCY excepted."""
        rescue = all(getattr(draft.body, "verdict", None) is Verdict.EMERGENCY for draft in drafts)
        if self._gone or (self._stopped and not rescue):
            raise CommitFailed(CommitFault.READ_ONLY)
        return self._store.commit(drafts, fold)

    def live(self) -> Iterator[LiveChange]:
        """All folded documents."""
        return iter(()) if self._gone else self._store.live()

    def head(self) -> tuple[int, str]:
        """The newest seq and its hash."""
        return self._store.head()

    def newest_at_ms(self) -> int | None:
        """Wall time of the newest stored event."""
        return self._store.newest_at_ms()

    def events_of_passage(self, passage: PassageId) -> tuple[Event, ...]:
        """All events of one passage."""
        return () if self._gone else self._store.events_of_passage(passage)

    def events(self, after_seq: int = 0, limit: int | None = None) -> Iterator[Event]:
        """Events in order."""
        return iter(()) if self._gone else self._store.events(after_seq, limit)

    def personal(self, event_id: EventId) -> Mapping[str, object] | None:
        """The opened personal part of an event: none of a withdrawn gate's are shown any more."""
        return None if self._stopped else self._store.personal(event_id)

    def rows(self) -> Iterator[Row]:
        """The register."""
        return iter(()) if self._stopped else self._store.rows()

    def rows_changed_since(self, mark: int) -> tuple[int, tuple[tuple[str, str, Row | None], ...]]:
        """What was pulled since."""
        return (mark, ()) if self._stopped else self._store.rows_changed_since(mark)

    def key_bundle(self) -> bytes | None:
        """The key bundle in force."""
        return None if self._stopped else self._store.key_bundle()

    def device_list(self) -> bytes | None:
        """The device list in force."""
        return None if self._stopped else self._store.device_list()

    def revocations(self) -> bytes | None:
        """The revocations as stored."""
        return None if self._stopped else self._store.revocations()

    def list_made_at_ms(self) -> int | None:
        """Of when the gate list is."""
        return None if self._stopped else self._store.list_made_at_ms()


def stopped_look() -> Look:
    """停用的外观: 无法核验, and whom to call; the class of a check that we could not make."""
    shape = Shape.DASHED_SQUARE
    line = Line("order.revoked")
    return Look(LookClass.CANNOT, shape, shape, Line("word.CANNOT"), line, Tone.T6, Line("phrase.leader"))


def stopped_code() -> Shown:
    """停用的回答: to a code, a tile or a look-up; it opens no passage."""
    return Shown(CodeView(ScanResult.NONE, stopped_look(), (Line("order.revoked"), Line("order.revoked_todo"))))


class StoppedDesk(Desk):
    """停用的门岗台: every step is answered, none does anything; EMERGENCY alone still passes."""

    def __init__(self, facts: Facts, recorder: Recorder, showing: Showing) -> None:
        super().__init__(facts, recorder, showing)
        self._pictures = showing

    def on_code(self, payload: bytes, arriving: Arriving, how: How = How.SCAN) -> Shown:
        """A code, whatever it is."""
        del payload, arriving, how
        return stopped_code()

    def open_member(self, pass_id: PassId, person: PersonId, arriving: Arriving) -> Shown:
        """A member of a household."""
        del pass_id, person, arriving
        return stopped_code()

    def on_not_ours(self) -> Shown:
        """A foreign code."""
        return stopped_code()

    def on_ambiguous(self) -> Shown:
        """Two passes at once."""
        return stopped_code()

    def on_unreadable(self, arriving: Arriving) -> Shown:
        """A symbol that was never read."""
        del arriving
        return stopped_code()

    def arrive(self, outsider: Outsider, arriving: Arriving) -> Shown:
        """紧急 passes, recorded or, once the log is gone, on paper; nobody else does."""
        if outsider.category is Category.EMERGENCY:
            return super().arrive(outsider, arriving)
        return stopped_code()

    def open_found(self, person: PersonId, arriving: Arriving) -> Shown:
        """A forgotten pass."""
        del person, arriving
        return stopped_code()

    def open_not_found(self, arriving: Arriving) -> Shown:
        """Not on the list."""
        del arriving
        return stopped_code()

    def return_home(self, form: ReturnForm, arriving: Arriving) -> Shown:
        """A first return."""
        del form, arriving
        return stopped_code()

    def party(self, occupants: Sequence[Occupant], arriving: Arriving, plate: str | None = None) -> tuple[Shown, ...]:
        """A vehicle."""
        del arriving, plate
        return tuple(stopped_code() for _ in occupants)

    def staff_card(self, payload: bytes) -> None:
        """A duty card: nobody signs on any more."""
        del payload

    def seen(self, passage: PassageId, *, mask: bool, code: CodeColour = CodeColour.NOT_SHOWN) -> Shown:
        """A mask, a colour."""
        del mask, code
        return self._stopped(passage)

    def reading(
        self,
        passage: PassageId,
        text: str,
        site: Site,
        source: ReadingSource = ReadingSource.TYPED,
        *,
        device: str | None = None,
        ambient_dc: int | None = None,
        method: str | None = None,
    ) -> Shown:
        """A temperature."""
        del text, site, source, device, ambient_dc, method
        return self._stopped(passage)

    def refuse_reading(self, passage: PassageId) -> Shown:
        """不愿测量."""
        return self._stopped(passage)

    def unlock_reading(self, passage: PassageId, by: str | None) -> Shown:
        """One reading more."""
        del by
        return self._stopped(passage)

    def tick(self, passage: PassageId, items: Sequence[Tick]) -> Shown:
        """Boxes ticked."""
        del items
        return self._stopped(passage)

    def press(self, passage: PassageId, button: Button) -> Shown:
        """A button."""
        del button
        return self._stopped(passage)

    def override(
        self, passage: PassageId, verdict: Verdict, why: str, *, by: str | None, second_by: str | None = None
    ) -> Shown:
        """改判: the leader cannot either."""
        del verdict, why, by, second_by
        return self._stopped(passage)

    def correct(self, passage: PassageId, text: str, *, by: str, leader: bool = False) -> Shown:
        """更正."""
        del text, by, leader
        return self._stopped(passage)

    def void(self, passage: PassageId, *, by: str, why: str) -> Shown:
        """撤销."""
        del by, why
        return self._stopped(passage)

    def advance(self) -> tuple[PassageId, ...]:
        """Nobody's rest runs out any more."""
        return ()

    def decide_again(self, person: PersonId) -> Shown | None:
        """Nothing is decided."""
        del person
        return None

    def view(self, passage: PassageId) -> PassageView:
        """A passage that was open when the order came: to be finished on paper."""
        view = self._pictures.passage(self._known(passage))
        if view.verdict is Verdict.EMERGENCY:
            return view
        return replace(
            view,
            verdict=Verdict.LEADER,
            reason=Reason.CHECK_FAILED,
            look=stopped_look(),
            staff=(Line("order.revoked"), Line("order.revoked_todo")),
            buttons=(),
            ticks_wanted=(),
            needs_reading=False,
            recorded=False,
        )

    def tray(self) -> tuple[TrayChip, ...]:
        """Nobody waits for this gate."""
        return ()

    def _stopped(self, passage: PassageId) -> Shown:
        return Shown(self.view(passage))


class WithdrawableGate(GateApp):
    """可停用的门岗: a gate that asks at each step whether it is still in force."""

    def __init__(  # noqa: PLR0913 - as its parent, and how it stands
        self,
        store: Stored,
        identity: GateIdentity,
        clock: Clock,
        ids: Ids,
        shipped: Sequence[Policy],
        load_lists: Callable[[], TrustedLists | None],
        known_rules: Sequence[str],
        sign: Sign | None = None,
        *,
        standing: HowItStands,
    ) -> None:
        self._standing = standing
        guarded = GuardedStore(store, standing)
        super().__init__(guarded, identity, clock, ids, shipped, load_lists, known_rules, sign)
        self._stopped = StoppedDesk(self.facts, self.recorder, self.showing)

    @property
    def desk(self) -> Desk:
        """The desk that answers now."""
        return self._deciding if self._standing() is Standing.IN_FORCE else self._stopped

    @desk.setter
    def desk(self, desk: Desk) -> None:
        """The desk that answers while the gate is in force."""
        self._deciding = desk

    def refresh(self) -> None:
        """Take over what was pulled; of a withdrawn gate the roster goes from memory too."""
        if self._standing() is Standing.IN_FORCE:
            super().refresh()
            return
        self.facts.roster = Roster(())
        self.facts.lists = None

    def status(self, sync: SyncStatus, direction: Direction = Direction.IN) -> StatusView:
        """The status bar; 本机已停用 also where no line has said so in this run."""
        return super().status(
            replace(sync, revoked=sync.revoked or self._standing() is not Standing.IN_FORCE), direction
        )

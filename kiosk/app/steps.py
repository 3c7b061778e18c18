# SPDX-License-Identifier: LicenseRef-Gatehouse
"""一步: what every step at the desk has in common: whom time has closed comes first, then commit, then show.

Nothing is shown that was not committed; after a failed commit nothing is shown that admits (domain.md 7.3).
"""

from collections.abc import Callable
from dataclasses import replace

from kiosk.app.facts import Facts
from kiosk.app.outcomes import abandoned
from kiosk.app.ports import CommitFailed, CommitFault
from kiosk.app.recorder import Recorder
from kiosk.app.showing import Showing
from kiosk.app.turn import Turn
from kiosk.app.views import PassageView, Shown
from kiosk.domain.codes import (
    RefusedInput,
    TempOutcome,
    Verdict,
)
from kiosk.domain.identity import PassageId
from kiosk.domain.instants import elapsed_ms
from kiosk.domain.passage import PassageRecord
from kiosk.domain.temperature import expired


class Steps:
    """步骤."""

    def __init__(self, facts: Facts, recorder: Recorder, showing: Showing) -> None:
        """`showing` turns records into what the screens say."""
        self.facts = facts
        self._recorder = recorder
        self._showing = showing

    def advance(self) -> tuple[PassageId, ...]:
        """Called each second and before each step: who rested too long is ABANDONED, who was forgotten is closed."""
        closed: list[PassageId] = []
        for record in self._recorder.present.open_passages():
            turn = self._turn()
            params = turn.policy(record).params
            if expired(record.temperature, turn.now, params):
                self._commit(turn, record, lambda t=turn, r=record: abandoned(t, r))  # type: ignore[misc]
            elif self._forgotten(record, turn, params.recheck_expires_s):
                self._commit(turn, record, lambda t=turn, r=record: t.step(replace(r, final=True)))  # type: ignore[misc]
            else:
                continue
            closed.append(record.passage)
        return tuple(closed)

    def view(self, passage: PassageId) -> PassageView:
        """The picture of one passage now."""
        return self._showing.passage(self._known(passage))

    def record(self, passage: PassageId) -> PassageRecord | None:
        """The folded record of a passage."""
        return self._recorder.present.passage(passage)

    def _turn(self) -> Turn:
        return Turn(self.facts, self._recorder)

    def _known(self, passage: PassageId) -> PassageRecord:
        record = self._recorder.present.passage(passage)
        if record is None:
            msg = "no such passage at this gate"
            raise KeyError(msg)
        return record

    def _commit(self, turn: Turn, before: PassageRecord, write: Callable[[], PassageRecord]) -> Shown:
        try:
            done = write()
            turn.commit()
        except CommitFailed as failed:
            return self._not_recorded(before, turn, failed.fault)
        return Shown(self._showing.passage(done))

    def _not_recorded(self, before: PassageRecord, turn: Turn, fault: CommitFault) -> Shown:
        """未记录: nothing that admits is shown, EMERGENCY excepted; HOLD, REFUSE and REFUSE_EXIT may stand, marked."""
        meant = turn.records.get(before.passage, before)
        stands = meant.verdict in (Verdict.EMERGENCY, Verdict.HOLD, Verdict.REFUSE, Verdict.REFUSE_EXIT)
        shown = replace(meant, recorded=False)
        return Shown(self._showing.unrecorded(shown, stands=stands), fault=fault)

    def _refused(self, record: PassageRecord, code: RefusedInput) -> Shown:
        return Shown(self._showing.passage(record), refused=code)

    @staticmethod
    def _forgotten(record: PassageRecord, turn: Turn, after_s: int) -> bool:
        waiting = record.verdict is Verdict.WAIT and record.outcome is not TempOutcome.FEVER_SUSPECT
        return waiting and elapsed_ms(record.decided, turn.now) >= after_s * 1000

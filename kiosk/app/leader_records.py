# SPDX-License-Identifier: LicenseRef-Gatehouse
"""留痕: what a leader looked at or took away is itself recorded (trust.md sections 3 and 10)."""

from collections.abc import Callable

from kiosk.app.shift_sheet import clean
from kiosk.app.turn import Done, Turn
from kiosk.domain.codes import RefusedInput
from kiosk.domain.events import Export, LeaderNote, OperatorUnlock, Reveal
from kiosk.domain.identity import CaseId, OperatorId, PassageId, PersonId

LONGEST_NOTE = 500
"""备注最长字数 (trust.md section 13)."""


class LeaderRecords:
    """留痕."""

    def __init__(self, new_turn: Callable[[], Turn]) -> None:
        """`new_turn` begins a turn over the gate's facts."""
        self._new_turn = new_turn

    def reveal(self, person: PersonId, why: str, by: str) -> Done:
        """查看姓名: for ten seconds, with a reason; shown only after this is committed."""
        if not why.strip():
            return Done(RefusedInput.WHY_NEEDED)
        return self._new_turn().done(Reveal(person, why.strip(), by))

    def exported(self, kind: str, from_seq: int, to_seq: int, sha256: str) -> Done:
        """导出: what left the gate; the file gets its name only after this is committed."""
        return self._new_turn().done(Export(kind, from_seq, to_seq, sha256))

    def note(self, text: str, by: str, passage: PassageId | None = None, case: CaseId | None = None) -> Done:
        """备注: free text of a passage, a case or the shift; sealed, never changed, never in the way of a decision."""
        said = clean(text).strip()[:LONGEST_NOTE]
        if not said:
            return Done(RefusedInput.WHY_NEEDED)
        turn = self._new_turn()
        turn.add(LeaderNote(by, passage, case), {"text": said})
        return turn.done()

    def unlock(self, operator: OperatorId, by: str) -> Done:
        """解锁: a locked volunteer may enter a PIN again."""
        return self._new_turn().done(OperatorUnlock(operator, by))

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""留痕: what a leader looked at or took away is itself recorded (trust.md sections 3 and 10)."""

from collections.abc import Callable

from kiosk.app.turn import Done, Turn
from kiosk.domain.codes import RefusedInput
from kiosk.domain.events import Export, OperatorUnlock, Reveal
from kiosk.domain.identity import OperatorId, PersonId


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

    def unlock(self, operator: OperatorId, by: str) -> Done:
        """解锁: a locked volunteer may enter a PIN again."""
        return self._new_turn().done(OperatorUnlock(operator, by))

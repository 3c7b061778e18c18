# SPDX-License-Identifier: LicenseRef-Gatehouse
"""测温: readings as they are keyed or come from a device, refusals, the leader's unlock, a reading keyed wrongly.

The procedure itself is kiosk.domain.temperature; here its outcome is written and the passage decided again.
"""

from dataclasses import replace

from kiosk.app.steps import Steps
from kiosk.app.views import Shown
from kiosk.domain.codes import (
    ReadingSource,
    RefusedInput,
    Site,
    TempOutcome,
    Verdict,
)
from kiosk.domain.events import (
    Correction,
    ReadingTaken,
    Refusal,
)
from kiosk.domain.identity import PassageId
from kiosk.domain.passage import PassageRecord
from kiosk.domain.temperature import corrected, deciding, measure, parse_reading, refuse


class Measuring(Steps):
    """测温步骤."""

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
        """A temperature, as the hand or the device gives it."""
        self.advance()
        turn = self._turn()
        record = self._known(passage)
        tenths = parse_reading(text)
        if isinstance(tenths, RefusedInput):
            return self._refused(record, tenths)
        if record.final:
            return self._refused(record, RefusedInput.PASSAGE_CLOSED)
        state = measure(record.temperature, tenths, site, turn.now, turn.policy(record).params, source)
        if isinstance(state, RefusedInput):
            return self._refused(record, state)
        taken = state.readings[-1]
        body = ReadingTaken(
            passage, taken.n, site, source, taken.validity, tenths, text.strip()[:16], method, device, ambient_dc
        )

        def write() -> PassageRecord:
            turn.add(body)
            measured = replace(turn.records[passage], outcome=state.outcome)
            if record.verdict is Verdict.HOLD and record.outcome is TempOutcome.FEVER_CONFIRMED:
                return turn.step(measured)  # NOTED: only the leader may override
            return turn.decided(measured)

        return self._commit(turn, record, write)

    def refuse_reading(self, passage: PassageId) -> Shown:
        """不愿测量: the person will not be measured."""
        self.advance()
        record = self._known(passage)
        if record.final:
            return self._refused(record, RefusedInput.PASSAGE_CLOSED)
        state = refuse(record.temperature)
        if isinstance(state, RefusedInput):
            return self._refused(record, state)
        turn = self._turn()

        def write() -> PassageRecord:
            turn.add(Refusal(passage))
            return turn.decided(replace(turn.records[passage], outcome=state.outcome))

        return self._commit(turn, record, write)

    def unlock_reading(self, passage: PassageId, by: str | None) -> Shown:
        """The leader's PIN gives one reading beyond the quota (domain.md section 6)."""
        record = self._known(passage)
        if by is None:
            return self._refused(record, RefusedInput.PIN_NEEDED)
        if record.final:
            return self._refused(record, RefusedInput.PASSAGE_CLOSED)
        turn = self._turn()
        return self._commit(turn, record, lambda: turn.step(replace(record, unlocked=record.unlocked + 1)))

    def correct(self, passage: PassageId, text: str, *, by: str, leader: bool = False) -> Shown:
        """更正: the newest reading that decided was keyed wrongly; both values stay, and the rules decide again.

        A confirmed fever is corrected by a leader alone; its case stays open until he closes it (interface.md
        5.2; domain.md section 15).
        """
        record = self._known(passage)
        tenths = parse_reading(text)
        if isinstance(tenths, RefusedInput):
            return self._refused(record, tenths)
        grave = record.verdict is Verdict.HOLD or record.outcome is TempOutcome.FEVER_CONFIRMED
        at = deciding(record.readings)
        if at is None or (grave and not leader) or record.first_event is None:
            return self._refused(record, RefusedInput.PIN_NEEDED if grave else RefusedInput.PASSAGE_CLOSED)
        turn = self._turn()
        old = record.readings[at]

        def write() -> PassageRecord:
            turn.add(
                Correction(
                    record.first_event,  # type: ignore[arg-type]  # checked above
                    "keyed wrongly",
                    by,
                    passage,
                    "temp_dc",
                    str(old.tenths),
                    str(tenths),
                )
            )
            again = corrected(record.temperature, tenths, turn.policy(record).params)
            reopened = replace(turn.records[passage], outcome=again.outcome, recorded=False, final=False)
            return turn.decided(reopened)

        return self._commit(turn, record, write)

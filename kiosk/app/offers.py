# SPDX-License-Identifier: LicenseRef-Gatehouse
"""可用操作: which ticks a passage wants and which buttons it offers now (domain.md section 7.3)."""

from kiosk.domain.admission import buttons, ticks_of
from kiosk.domain.codes import Button, Direction, How, ScanResult, TempOutcome, Tick, Verdict
from kiosk.domain.passage import PassageRecord
from kiosk.domain.temperature import GOOD


def wanted(record: PassageRecord) -> tuple[Tick, ...]:
    """Boxes that the verdict wants ticked; an overridden one wants none."""
    return () if record.overridden is not None else ticks_of(record.rule, record.verdict)


def offered(record: PassageRecord) -> tuple[Button, ...]:
    """Buttons of a passage now; an unmeasured entry never offers `admit` (I1)."""
    if record.final:
        return ()
    found = buttons(record.verdict, record.reason, wanted(record), record.ticks)
    safe = record.dir is Direction.OUT or record.outcome in GOOD or record.overridden is not None
    return found if safe else tuple(button for button in found if button is not Button.ADMIT)


def overridable(record: PassageRecord, verdict: Verdict) -> bool:
    """Whether the leader may put `verdict` in place of what stands; a resident's entry is never made a refusal (I3)."""
    if record.verdict not in _OVERRIDABLE or verdict not in _OVERRIDE_TO or verdict is record.verdict:
        return False
    if record.final and record.verdict not in (Verdict.REFUSE, Verdict.REDIRECT):
        return False
    resident = record.category is not None and record.category.resident
    known = record.person is not None or record.scan_result in _GENUINE
    turning_back = verdict in (Verdict.REFUSE, Verdict.REDIRECT)
    return not (turning_back and resident and known and record.dir is Direction.IN)


def returnable(record: PassageRecord) -> bool:
    """Whether a first return may be registered on a passage that goes on (domain.md section 11).

    A rest is never cut short by a form, nor one without a card or name begun; a leader's word stands.
    """
    return (
        record.dir is Direction.IN
        and not record.final
        and record.overridden is None
        and record.person is not None
        and record.category is not None
        and record.category.resident
        and record.how is not How.RETURN
        and record.outcome not in _FEVERISH
        and record.verdict in _BEFORE_FORM
    )


_FEVERISH = frozenset({TempOutcome.FEVER_SUSPECT, TempOutcome.FEVER_CONFIRMED})
_BEFORE_FORM = frozenset({Verdict.WAIT, Verdict.ADMIT_REGISTER, Verdict.ADMIT_ESCORT, Verdict.LEADER})
_GENUINE = frozenset({ScanResult.OK, ScanResult.UNKNOWN_NEW, ScanResult.WRONG_GATE})
_OVERRIDABLE = frozenset({Verdict.LEADER, Verdict.HOLD, Verdict.REFUSE, Verdict.REDIRECT})
_OVERRIDE_TO = frozenset(
    {
        Verdict.ADMIT,
        Verdict.ADMIT_REGISTER,
        Verdict.ADMIT_ESCORT,
        Verdict.HOLD,
        Verdict.REFUSE,
        Verdict.REDIRECT,
    }
)

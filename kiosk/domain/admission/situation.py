# SPDX-License-Identifier: LicenseRef-Gatehouse
"""情况: all facts that a verdict may depend on, and nothing else (I4: the verdict is a pure function of them)."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.codes import (
    Category,
    CodeColour,
    Direction,
    IsolationState,
    PassState,
    ScanResult,
    TempOutcome,
    Verdict,
)
from kiosk.domain.isolation import CONFINED


class Party(StrEnum):
    """同行人: the worst state among the others of one vehicle or party."""

    ALONE = "ALONE"
    UNMEASURED = "UNMEASURED"
    SUSPECT = "SUSPECT"
    CONFIRMED = "CONFIRMED"


class ReturnClass(StrEnum):
    """返沪类别: from a key region (or what counts as one), or from elsewhere."""

    KEY = "KEY"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class FirstReturn:
    """首次返沪: the registration form's answers that decide between R20, R21 and R22."""

    cls: ReturnClass
    home_fit: bool = True
    signs: bool = True
    contact: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """一次进出的全部事实.

    `category` is None for somebody of whom nothing is known (a forged pass, a look-up without result). `pass_state` is
    what the pass is now, EXPIRED and NOT_YET judged by the trusted clock; `expired_ms` how long it has been expired.
    `identified` says that the person was found on the register without a pass (look-up, first return). `repeat` is the
    final verdict given to the same pass, gate and direction within `repeat_s`.
    """

    direction: Direction
    category: Category | None = None
    scan: ScanResult = ScanResult.NONE
    pass_state: PassState | None = None
    expired_ms: int = 0
    identified: bool = False
    claims_resident: bool = False
    outsider_pass: bool = False
    practice: bool = False
    mask: bool = True
    mask_exempt: bool = False
    mask_refused: bool = False
    outcome: TempOutcome = TempOutcome.NOT_TAKEN
    party: Party = Party.ALONE
    repeat: Verdict | None = None
    cloned: bool = False
    isolation: IsolationState = IsolationState.NONE
    release_number: bool = False
    permit_valid: bool = False
    permit_out: bool = False
    cohab_confined: bool = False
    code: CodeColour = CodeColour.NOT_SHOWN
    first_return: FirstReturn | None = None
    key_history: bool = False
    consent: bool = False
    paper_seen: bool = False
    no_pass_alert: bool = False
    quota_used: bool = False
    in_hours: bool = True
    manned: bool = True
    open_gate: bool = False
    clock_bad: bool = False
    list_stale: bool = False

    @property
    def resident(self) -> bool:
        """居民 ("R"): the holder of a well-signed pass of this compound, or somebody found by look-up."""
        if self.category is None or not self.category.resident:
            return False
        return self.identified or self.scan in _WELL_SIGNED

    @property
    def confined(self) -> bool:
        """Belongs indoors: PENDING, HOME, CENTRAL or BREACH."""
        return self.isolation in CONFINED

    @property
    def has_pass(self) -> bool:
        """A genuine pass was shown, whatever its state."""
        return self.scan in _WELL_SIGNED or self.scan is ScanResult.WRONG_COMPOUND

    @property
    def no_pass(self) -> bool:
        """No pass, or one that could not be read (R32, R33)."""
        return self.scan in (ScanResult.NONE, ScanResult.NOT_OURS, ScanResult.UNREADABLE)

    @property
    def grave(self) -> bool:
        """What makes a fever P1: key-region return, an isolation, a RED code, or contact with a case (7.1)."""
        contact = self.first_return is not None and self.first_return.contact
        key = self.first_return is not None and self.first_return.cls is ReturnClass.KEY
        isolated = self.isolation not in (IsolationState.NONE, IsolationState.RELEASED)
        return contact or key or self.key_history or isolated or self.code is CodeColour.RED


_WELL_SIGNED = frozenset({ScanResult.OK, ScanResult.UNKNOWN, ScanResult.UNKNOWN_NEW, ScanResult.WRONG_GATE})

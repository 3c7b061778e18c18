# SPDX-License-Identifier: LicenseRef-Gatehouse
"""体温: a reading in tenths of a degree, and the recheck state machine (domain.md section 6).

`measure()` is the whole table: it takes the state and one reading and gives the next state, or says why the reading is
refused. Order decides: the first qualifying reading that settles the state wins; all readings are kept.
"""

import re
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from kiosk.domain.codes import ReadingSource, RefusedInput, Site, TempOutcome, Validity
from kiosk.domain.instants import Instant, elapsed_ms
from kiosk.domain.policy import Parameters

_TEXT_LIMIT = 16
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DEGREES = re.compile(r"([0-9]{2})(?:[.,]([0-9]{1,3}))?", re.ASCII)
_TENTHS = re.compile(r"[0-9]{3}", re.ASCII)
_UNIT = re.compile(r"\s*(?:℃|°?C)$")


def parse_reading(text: str) -> int | RefusedInput:
    """读数文字: tenths of a degree from what a hand or a device gives, rounded half up; no float anywhere.

    "36.5", "36,5", "３６.５", "36.5℃", "365" -> 365. Anything else is `READING_FORMAT`.
    """
    folded = text.translate(_FULL_WIDTH).strip() if len(text) <= _TEXT_LIMIT else ""
    folded = _UNIT.sub("", folded)
    if _TENTHS.fullmatch(folded):
        return int(folded)
    found = _DEGREES.fullmatch(folded)
    if found is None:
        return RefusedInput.READING_FORMAT
    degrees = Decimal(f"{found[1]}.{found[2] or '0'}")
    return int((degrees * 10).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Reading:
    """读数: one stored reading of a passage."""

    n: int
    tenths: int
    site: Site
    validity: Validity
    at: Instant
    source: ReadingSource = ReadingSource.TYPED


@dataclass(frozen=True, slots=True)
class Temperature:
    """测温过程: state of one passage's procedure. `since`: when the rest on the wait spot began."""

    outcome: TempOutcome = TempOutcome.NOT_TAKEN
    readings: tuple[Reading, ...] = ()
    since: Instant | None = None
    unlocked: int = 0


class _Band(StrEnum):
    """Where a value lies: N normal, H high, L low, X implausible."""

    N = "N"
    H = "H"
    L = "L"
    X = "X"


SETTLED = frozenset(
    {
        TempOutcome.NORMAL,
        TempOutcome.NORMAL_AFTER_LOW,
        TempOutcome.CLEARED,
        TempOutcome.REFUSED,
        TempOutcome.ABANDONED,
    }
)
"""已有结论: states that take no more readings."""

GOOD = frozenset({TempOutcome.NORMAL, TempOutcome.NORMAL_AFTER_LOW, TempOutcome.CLEARED})
"""体温正常的结论: the only ones with which an entry may be recorded (I1)."""

_LOW_STATES = frozenset({TempOutcome.NOT_TAKEN, TempOutcome.LOW, TempOutcome.INVALID, TempOutcome.LOW_UNRESOLVED})
_VALIDITY = {_Band.N: Validity.VALID, _Band.H: Validity.VALID, _Band.L: Validity.LOW, _Band.X: Validity.INVALID}


def threshold(params: Parameters, site: Site) -> int:
    """发热界限: a site's own threshold, else `fever_tenths` (inclusive)."""
    return params.site_thresholds.get(site, params.fever_tenths)


def measure(
    state: Temperature,
    tenths: int,
    site: Site,
    now: Instant,
    params: Parameters,
    source: ReadingSource = ReadingSource.TYPED,
) -> Temperature | RefusedInput:
    """One more reading: the next state, or why it is not taken."""
    if state.outcome in SETTLED:
        return RefusedInput.PASSAGE_CLOSED
    band = _band(tenths, site, params)
    if state.outcome is TempOutcome.FEVER_CONFIRMED:
        return _keep(state, tenths, site, Validity.NOTED, now, source)
    if site.contact:
        kept = _keep(state, tenths, site, _VALIDITY[band], now, source)
        return kept if band in (_Band.L, _Band.X) else replace(kept, outcome=_settled_by_contact(state, band))
    if _too_soon(state, site, now, params):
        return RefusedInput.READING_TOO_SOON
    resting = state.outcome is TempOutcome.FEVER_SUSPECT and not rested(state, now, params)
    if resting:
        early = sum(reading.validity is Validity.EARLY for reading in state.readings)
        if early >= params.max_early:
            return RefusedInput.READING_EARLY_LIMIT
        return _keep(state, tenths, site, Validity.EARLY, now, source)
    if _used(state) >= params.max_readings + state.unlocked:
        return RefusedInput.READING_LIMIT
    kept = _keep(state, tenths, site, _VALIDITY[band], now, source)
    if state.outcome is TempOutcome.FEVER_SUSPECT:
        return replace(kept, outcome=_AFTER_REST[band])
    return _first_reading(state, kept, band, now, params)


_AFTER_REST = {
    _Band.N: TempOutcome.CLEARED,
    _Band.H: TempOutcome.FEVER_CONFIRMED,
    _Band.L: TempOutcome.FEVER_SUSPECT,
    _Band.X: TempOutcome.FEVER_SUSPECT,
}


def _first_reading(state: Temperature, kept: Temperature, band: _Band, now: Instant, params: Parameters) -> Temperature:
    match band:
        case _Band.N:
            return replace(kept, outcome=_normal(state))
        case _Band.H:
            return replace(kept, outcome=TempOutcome.FEVER_SUSPECT, since=now)
        case _Band.L | _Band.X:
            if _used(kept) >= params.max_readings:
                return replace(kept, outcome=TempOutcome.LOW_UNRESOLVED)
            return replace(kept, outcome=TempOutcome.LOW if band is _Band.L else TempOutcome.INVALID)


def _settled_by_contact(state: Temperature, band: _Band) -> TempOutcome:
    if band is _Band.H:
        return TempOutcome.FEVER_CONFIRMED
    return TempOutcome.CLEARED if state.outcome is TempOutcome.FEVER_SUSPECT else _normal(state)


def _normal(state: Temperature) -> TempOutcome:
    low_before = any(r.validity is Validity.LOW and not r.site.contact for r in state.readings)
    return TempOutcome.NORMAL_AFTER_LOW if low_before else TempOutcome.NORMAL


def _band(tenths: int, site: Site, params: Parameters) -> _Band:
    if not params.plausible_min <= tenths <= params.plausible_max:
        return _Band.X
    if tenths >= threshold(params, site):
        return _Band.H
    return _Band.L if tenths < params.low_tenths else _Band.N


def _keep(
    state: Temperature, tenths: int, site: Site, validity: Validity, now: Instant, source: ReadingSource
) -> Temperature:
    reading = Reading(len(state.readings) + 1, tenths, site, validity, now, source)
    return replace(state, readings=(*state.readings, reading))


def _too_soon(state: Temperature, site: Site, now: Instant, params: Parameters) -> bool:
    return any(
        r.site is site
        and r.validity in (Validity.VALID, Validity.LOW)
        and elapsed_ms(r.at, now) < params.reading_gap_s * 1000
        for r in state.readings
    )


def _used(state: Temperature) -> int:
    """The quota: stored non-contact readings other than EARLY."""
    return sum(not r.site.contact and r.validity is not Validity.EARLY for r in state.readings)


def rested(state: Temperature, now: Instant, params: Parameters) -> bool:
    """已休息够: the rest of a suspect is over."""
    return state.since is not None and elapsed_ms(state.since, now) >= params.rest_s * 1000


def wait_left_s(state: Temperature, now: Instant, params: Parameters) -> int | None:
    """剩余休息秒数: seconds left on the wait spot, rounded up; None where nobody rests."""
    if state.outcome is not TempOutcome.FEVER_SUSPECT or state.since is None:
        return None
    left = params.rest_s * 1000 - elapsed_ms(state.since, now)
    return max(0, -(-left // 1000))


def expired(state: Temperature, now: Instant, params: Parameters) -> bool:
    """复测逾时: a suspect who has not been measured again in time is ABANDONED."""
    return (
        state.outcome is TempOutcome.FEVER_SUSPECT
        and state.since is not None
        and elapsed_ms(state.since, now) >= params.recheck_expires_s * 1000
    )


def deciding(readings: tuple[Reading, ...]) -> int | None:
    """可更正的读数: the place of the newest reading that decided something, as one EARLY or only NOTED did not."""
    idle = (Validity.NOTED, Validity.EARLY)
    places = [place for place, reading in enumerate(readings) if reading.validity not in idle]
    return places[-1] if places else None


def corrected(state: Temperature, tenths: int, params: Parameters) -> Temperature:
    """更正后的过程: the same readings at the same times with the newest deciding one as it should have been."""
    at = deciding(state.readings)
    again = Temperature(unlocked=state.unlocked)
    for place, reading in enumerate(state.readings):
        value = tenths if place == at else reading.tenths
        taken = measure(again, value, reading.site, reading.at, params, reading.source)
        if isinstance(taken, Temperature):
            again = taken
        else:  # it was taken then; now it would not have been asked for
            again = replace(again, readings=(*again.readings, replace(reading, validity=Validity.NOTED)))
    return again


def refuse(state: Temperature) -> Temperature | RefusedInput:
    """不愿测量: the person will not be measured. A suspect stays one: it ends by a recheck or as ABANDONED."""
    match state.outcome:
        case TempOutcome.NOT_TAKEN | TempOutcome.LOW | TempOutcome.INVALID:
            return replace(state, outcome=TempOutcome.REFUSED)
        case TempOutcome.FEVER_SUSPECT | TempOutcome.LOW_UNRESOLVED:
            return state
        case _:
            return RefusedInput.PASSAGE_CLOSED

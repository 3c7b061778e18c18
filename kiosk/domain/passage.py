# SPDX-License-Identifier: LicenseRef-Gatehouse
"""进出记录: one passage, folded from its events by one function for gate, office, report and replay."""

from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields, replace
from operator import attrgetter
from typing import Any

from kiosk.domain.codes import (
    Button,
    Category,
    CodeColour,
    Company,
    Direction,
    How,
    Note,
    PassState,
    Purpose,
    Reason,
    ScanResult,
    Site,
    TempOutcome,
    Tick,
    Told,
    Validity,
    Verdict,
)
from kiosk.domain.events import (
    Checklist,
    Correction,
    Event,
    LateEntry,
    Override,
    PassageStep,
    ReadingTaken,
    Refusal,
)
from kiosk.domain.identity import CaseId, EventId, GateId, PartyId, PassageId, PassId, PersonId, ShiftId
from kiosk.domain.instants import Instant
from kiosk.domain.temperature import Reading, Temperature, deciding


@dataclass(frozen=True, slots=True)
class Overridden:
    """改判: what stood before, why, and by whom."""

    verdict: Verdict
    reason: Reason
    why: str
    by: str
    second_by: str | None = None


@dataclass(frozen=True, slots=True)
class PassageRecord:
    """进出记录: what is known of one passage. `decided` is the instant of the newest verdict; `day` counts by it."""

    passage: PassageId
    gate: GateId
    dir: Direction
    how: How
    started: Instant
    decided: Instant
    verdict: Verdict
    reason: Reason
    rule: str
    scan_result: ScanResult
    outcome: TempOutcome
    policy: str
    steps: int = 1
    shift: ShiftId | None = None
    pass_id: PassId | None = None
    person: PersonId | None = None
    category: Category | None = None
    mask: bool = True
    mask_refused: bool = False
    code: CodeColour = CodeColour.NOT_SHOWN
    party: PartyId | None = None
    plate_ix: int | None = None
    button: Button | None = None
    recorded: bool = False
    final: bool = False
    list_version: int = 0
    list_age_s: int | None = None
    told: tuple[Told, ...] = ()
    notes: tuple[Note, ...] = ()
    case: CaseId | None = None
    mark: str | None = None
    consent: bool = False
    paper: bool = False
    host: PersonId | None = None
    claims: bool = False
    exp_ms: int | None = None
    practice: bool = False
    pass_site: str | None = None
    token: int | None = None
    ticks: frozenset[Tick] = frozenset()
    readings: tuple[Reading, ...] = ()
    rest_since: Instant | None = None
    unlocked: int = 0
    unwilling: bool = False
    overridden: Overridden | None = None
    late: bool = False
    differs: bool = False
    voided: bool = False
    first_event: EventId | None = None
    pass_state: PassState | None = None
    company: Company | None = None
    purpose: Purpose | None = None

    @property
    def temperature(self) -> Temperature:
        """The temperature procedure's state."""
        return Temperature(self.outcome, self.readings, self.rest_since, self.unlocked)

    @property
    def subject(self) -> str | None:
        """Who this is, as far as known: the person, else the pass."""
        return self.person or self.pass_id


_FIELDS = tuple(f.name for f in fields(PassageRecord))
_UNSAID: dict[str, Any] = {f.name: f.default for f in fields(PassageRecord) if f.default is not MISSING}


def instant(event: Event) -> Instant:
    """时刻: of an event."""
    return Instant(event.at_ms, event.mono_ms, event.boot)


class _Folding:
    """A passage between two events: the values of its record, which is made once, when the last event is in.

    Making a record of fifty fields costs more than an event's own work, and a batch has several events of a passage.
    """

    def __init__(self, values: dict[str, object]) -> None:
        self.__dict__ = values

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a field of the record, left at its default so far
        return _UNSAID[name]


def fold(record: PassageRecord | None, event: Event) -> PassageRecord | None:
    """One more event of a passage; events of other kinds, or without a first step, leave the record as it is."""
    return fold_all((event,), record)


def fold_all(events: Iterable[Event], record: PassageRecord | None = None) -> PassageRecord | None:
    """A passage from its events, in order, or from those that follow upon what is known of it."""
    folding: _Folding | None = None
    known = record
    for event in events:
        so_far = folding or known
        changed = _changed(so_far, event)
        if changed is None:
            continue
        if so_far is None or isinstance(event.body, LateEntry):
            folding = _Folding(changed)
        elif folding is None:
            folding = _Folding({name: getattr(so_far, name) for name in _FIELDS} | changed)
        else:
            folding.__dict__ |= changed
    return record if folding is None else PassageRecord(**folding.__dict__)


def _changed(record: PassageRecord | _Folding | None, event: Event) -> dict[str, Any] | None:
    """What an event says of a passage, by field of the record; None: nothing."""
    match event.body:
        case PassageStep() as step if record is None:
            return _opened(step, event) if step.n == 1 else None
        case PassageStep() as step if record is not None:
            return _stepped(record, step, instant(event))
        case ReadingTaken() as taken if record is not None:
            return _read(record, taken, instant(event))
        case Refusal() if record is not None:
            return {"unwilling": True}
        case Checklist(items=items) if record is not None:
            return {"ticks": frozenset(items)}
        case Override() as override if record is not None:
            return _overridden(record, override)
        case LateEntry() as late:
            return _late(late, event)
        case Correction() as correction if record is not None:
            return _corrected(record, correction)
        case _:
            return None


_DEFAULTS: dict[str, object] = {
    "how": How.SCAN,
    "verdict": Verdict.LEADER,
    "reason": Reason.CHECK_FAILED,
    "rule": "R99",
    "scan_result": ScanResult.NONE,
    "outcome": TempOutcome.NOT_TAKEN,
    "policy": "",
}

# Where a step's field has another name, or another unit, in the record.
_SAME = (
    "how", "pass_id", "person", "category", "scan_result", "mask", "mask_refused", "code", "party", "plate_ix",
    "verdict", "reason", "rule", "outcome", "button", "recorded", "final", "policy", "list_age_s", "told", "notes",
    "case", "mark", "consent", "paper", "host", "claims", "practice", "pass_state", "pass_site", "token", "unlocked",
    "company", "purpose",
)  # fmt: skip
_ALWAYS = frozenset({"mask", "recorded", "final"})
_RENAMED = (("list", "list_version"), ("exp", "exp_ms"))


_said = attrgetter(*_SAME, *(old for old, _ in _RENAMED))
_NAMES = (*_SAME, *(new for _, new in _RENAMED))


def _given(step: PassageStep) -> dict[str, Any]:
    return {name: value for name, value in zip(_NAMES, _said(step), strict=True) if value is not None}


def _opened(step: PassageStep, event: Event) -> dict[str, Any]:
    now = instant(event)
    values: dict[str, Any] = {**_DEFAULTS, **_given(step)}
    # A suspicion carried over: the rest counts from this scan (domain.md section 6).
    rest = now if step.outcome is TempOutcome.FEVER_SUSPECT else None
    values |= {
        "passage": step.passage, "gate": event.gate, "dir": step.dir, "started": now, "decided": now,
        "shift": event.shift, "rest_since": rest, "first_event": event.id,
    }  # fmt: skip
    return values


def _stepped(record: PassageRecord | _Folding, step: PassageStep, now: Instant) -> dict[str, Any]:
    values = _given(step)
    values |= {"dir": step.dir, "steps": step.n}
    if step.outcome is TempOutcome.FEVER_SUSPECT and record.rest_since is None:
        values["rest_since"] = _first_high(record) or now
    if step.verdict is not None or step.recorded is not None or step.final is not None:
        values["decided"] = now
    return values


def _first_high(record: PassageRecord | _Folding) -> Instant | None:
    """The reading that was just stored is the one that made a suspect of the person."""
    valid = [r.at for r in record.readings if r.validity is Validity.VALID]
    return valid[-1] if valid else None


def _read(record: PassageRecord | _Folding, taken: ReadingTaken, now: Instant) -> dict[str, Any]:
    reading = Reading(taken.n, taken.temp_dc or 0, taken.site, taken.validity, now, taken.source)
    return {"readings": (*record.readings, reading)}


def _overridden(record: PassageRecord | _Folding, override: Override) -> dict[str, Any] | None:
    if record.overridden is not None:
        return None
    kept = Overridden(override.old_verdict, override.old_reason, override.why, override.by, override.second_by)
    return {"overridden": kept}


def _late(late: LateEntry, event: Event) -> dict[str, Any]:
    # What the paper says happened stands; only its place in time is the paper's (domain.md section 18).
    moment = Instant(late.paper_at, event.mono_ms, event.boot)
    opened = _opened(replace(late.of, n=1), event)
    opened |= {"started": moment, "decided": moment, "late": True, "differs": bool(late.differs), "rest_since": None}
    if late.temp_dc is not None:
        opened["readings"] = (Reading(1, late.temp_dc, Site.FOREHEAD, Validity.VALID, moment),)
    return opened


def _corrected(record: PassageRecord | _Folding, correction: Correction) -> dict[str, Any] | None:
    """撤销 counts for nothing from here on; a corrected reading takes the place of the newest that decided."""
    if correction.void:
        return {"voided": True}
    at = deciding(tuple(record.readings))
    if correction.field == "temp_dc" and correction.new is not None and at is not None:
        right = replace(record.readings[at], tenths=int(correction.new))
        return {"readings": (*record.readings[:at], right, *record.readings[at + 1 :])}
    return None


def step_of(old: PassageRecord | None, new: PassageRecord) -> PassageStep:
    """步骤: the event body that leads from one record to the next; the first step carries all facts."""
    values: dict[str, object] = {}
    for name in _SAME:
        value = getattr(new, name)
        if (old is None and (value or name in _ALWAYS)) or (old is not None and getattr(old, name) != value):
            values[name] = value
    for name, ours in _RENAMED:
        value = getattr(new, ours)
        if (old is None and value) or (old is not None and getattr(old, ours) != value):
            values[name] = value
    n = 1 if old is None else old.steps + 1
    return PassageStep(passage=new.passage, n=n, dir=new.dir, **values)  # type: ignore[arg-type]

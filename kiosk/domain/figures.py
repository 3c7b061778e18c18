# SPDX-License-Identifier: LicenseRef-Gatehouse
"""日报栏目: what one passage adds to the day's columns; gate, handover, office and replay add up by this one function.

Because a column is a sum over passages, a running tally is kept by `new - old` when a passage changes, and a recount is
the same sum anew. Distinct persons cannot be summed: they are recounted per scope from `entered_subject` and
`fever_subject`. Columns and meanings: domain.md section 17.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kiosk.domain.codes import (
    Button,
    Category,
    CodeColour,
    Direction,
    Reason,
    ScanResult,
    TempOutcome,
    Validity,
    Verdict,
)
from kiosk.domain.passage import PassageRecord

PASSAGE_COLUMNS = (
    "entered", "left", "resident", "outsider", "measured", "normal", "first_high", "recheck_normal", "fever_passages",
    "transferred", "held", "low", "no_valid_reading", "refused_reading", "abandoned", "open_rechecks", "open_other",
    "turned_back", "redirected", "exit_stopped", "no_pass", "expired", "bad_pass", "first_return_key",
    "first_return_other", "isolation_breach", "exit_permit", "code_red", "code_yellow", "code_not_shown",
    "vehicles_in", "vehicles_out", "visitors", "overrides", "late_keyed",
)  # fmt: skip
"""由进出记录累计的栏目."""

_T = TempOutcome
_SUSPECTED = frozenset({_T.FEVER_SUSPECT, _T.FEVER_CONFIRMED, _T.CLEARED, _T.ABANDONED})
_UNDECIDED = frozenset({Verdict.WAIT, Verdict.LEADER, Verdict.ADMIT_REGISTER, Verdict.ADMIT_ESCORT})
_BAD_PASS = frozenset({Reason.PASS_FORGED, Reason.PASS_LOST, Reason.PASS_REVOKED, Reason.PASS_CLONED})
_RULE_COLUMN = {
    "R32": "no_pass",
    "R33": "no_pass",
    "R26": "expired",
    "R27": "expired",
    "R20": "first_return_key",
    "R21": "first_return_key",
    "R22": "first_return_other",
    "R14": "exit_permit",
}
_OUTCOME_COLUMN = {
    _T.NORMAL: "normal",
    _T.NORMAL_AFTER_LOW: "normal",
    _T.CLEARED: "recheck_normal",
    _T.FEVER_CONFIRMED: "fever_passages",
    _T.LOW_UNRESOLVED: "no_valid_reading",
    _T.REFUSED: "refused_reading",
    _T.ABANDONED: "abandoned",
}
_VERDICT_COLUMN = {
    Verdict.HOLD: "held",
    Verdict.REFUSE: "turned_back",
    Verdict.REDIRECT: "redirected",
    Verdict.REFUSE_EXIT: "exit_stopped",
}
_COLOUR_COLUMN = {CodeColour.RED: "code_red", CodeColour.YELLOW: "code_yellow"}


def columns_of(record: PassageRecord) -> list[str]:
    """计入的栏目: the columns to which this passage adds one each; a voided passage adds to none."""
    if record.voided:
        return []
    names = _traffic(record) + _temperatures(record)
    by_rule = _RULE_COLUMN.get(record.rule)
    if by_rule is not None:
        names.append(by_rule)
    if record.reason in _BAD_PASS or (record.scan_result is ScanResult.FORGED and not record.practice):
        names.append("bad_pass")
    if record.reason is Reason.ISOLATION_BREACH or _forced_exit(record):
        names.append("isolation_breach")
    if record.dir is Direction.IN and record.code in _COLOUR_COLUMN:
        names.append(_COLOUR_COLUMN[record.code])
    if record.reason is Reason.CODE_NOT_SHOWN:
        names.append("code_not_shown")
    if record.overridden is not None:
        names.append("overrides")
    if record.late:
        names.append("late_keyed")
    return names


def _traffic(record: PassageRecord) -> list[str]:
    names: list[str] = []
    entering = record.dir is Direction.IN
    if record.recorded:
        names.append("entered" if entering else "left")
        if entering:
            names.append("resident" if record.category is not None and record.category.resident else "outsider")
            if record.category is Category.VISITOR:
                names.append("visitors")
        if record.plate_ix == 1:
            names.append("vehicles_in" if entering else "vehicles_out")
    elif record.verdict in _VERDICT_COLUMN:
        names.append(_VERDICT_COLUMN[record.verdict])
    elif record.verdict in _UNDECIDED and record.outcome not in (_T.FEVER_SUSPECT, _T.ABANDONED):
        names.append("open_other")
    if record.button is Button.TRANSFER:
        names.append("transferred")
    return names


def _temperatures(record: PassageRecord) -> list[str]:
    names: list[str] = []
    if record.readings:
        names.append("measured")
    if record.outcome in _SUSPECTED:
        names.append("first_high")
    if record.outcome in _OUTCOME_COLUMN:
        names.append(_OUTCOME_COLUMN[record.outcome])
    elif record.outcome is _T.FEVER_SUSPECT:
        names.append("open_rechecks")
    if any(reading.validity is Validity.LOW for reading in record.readings):
        names.append("low")
    return names


def _forced_exit(record: PassageRecord) -> bool:
    return record.verdict is Verdict.REFUSE_EXIT and record.recorded


def entered_subject(record: PassageRecord) -> str | None:
    """进入者: whom an entry counts once for; somebody unknown counts by the passage itself. None: did not enter."""
    if record.voided or not record.recorded or record.dir is not Direction.IN:
        return None
    return record.subject or record.passage


def fever_subject(record: PassageRecord) -> str | None:
    """发热者: whom a confirmed fever counts once for."""
    if record.voided or record.outcome is not _T.FEVER_CONFIRMED:
        return None
    return record.subject or record.passage


@dataclass(frozen=True, slots=True)
class Alike:
    """同类进出: `many` passages that all add to the same columns, as a store groups them."""

    columns: tuple[str, ...]
    many: int


def summed(groups: Iterable[Alike], *, entered_persons: int, fever: int) -> dict[str, int]:
    """累计: all passage columns from groups of alike passages, and the two of distinct persons as they were counted."""
    out = dict.fromkeys(PASSAGE_COLUMNS, 0)
    for group in groups:
        for name in group.columns:
            out[name] += group.many
    return {**out, "entered_persons": entered_persons, "fever": fever}


def recount(records: Iterable[PassageRecord]) -> dict[str, int]:
    """重新计数: all passage columns and the two of distinct persons, from the passages of one day and scope."""
    kept = tuple(records)
    return summed(
        (Alike(tuple(columns_of(record)), 1) for record in kept),
        entered_persons=len({entered_subject(record) for record in kept} - {None}),
        fever=len({fever_subject(record) for record in kept} - {None}),
    )


def moved(tally: Mapping[str, int], old: PassageRecord | None, new: PassageRecord) -> dict[str, int]:
    """累计更新: a tally after a passage changed from `old` to `new`."""
    out = dict(tally)
    if old is not None:
        for name in columns_of(old):
            out[name] = out.get(name, 0) - 1
    for name in columns_of(new):
        out[name] = out.get(name, 0) + 1
    return {name: value for name, value in out.items() if value}

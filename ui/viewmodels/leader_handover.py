# SPDX-License-Identifier: LicenseRef-Gatehouse
"""交接单 made of what the gate knows: at the hand-over in figures, at the leader's desk with what to look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from kiosk.app.handover_paper import Cell, HandoverPaper, PaperSection
from kiosk.app.review import PassageQuery, Sieve
from kiosk.app.shift_sheet import without_numbers
from kiosk.app.showing import degrees
from kiosk.app.views import Line
from kiosk.domain.events import Event, HomeTemp, LeaderNote
from kiosk.domain.identity import EventId
from kiosk.domain.instants import DAY_MS, shanghai, start_of
from kiosk.domain.isolation import permit_out
from kiosk.domain.passage import PassageRecord
from kiosk.domain.present import Case, TempPass
from kiosk.domain.register import Permit
from ui.leader_door import LeaderDoor
from ui.viewmodels.leader_desk import LeaderDesk, Section, outcome
from ui.viewmodels.leader_isolation import slot_line
from ui.viewmodels.leader_log import clock, marks
from ui.viewmodels.leader_page import Fact, LeaderPage, LeaderTile
from ui.viewmodels.leader_tools import Place, Written

_EXCEPTIONS, _NOTES, _HEAD = 40, 40, 8
_FIRST = ("entered", "left", "measured", "first_high", "fever_passages", "low", "turned_back", "redirected")


@dataclass(frozen=True, slots=True)
class LookedUp:
    """查到的: what stands in the log alone; read in any thread."""

    exceptions: tuple[PassageRecord, ...] = ()
    notes: tuple[Event, ...] = ()
    texts: Mapping[EventId, str] | None = None
    temps: tuple[HomeTemp, ...] = ()


def looked_up(door: LeaderDoor) -> LookedUp:
    """For the leader's sheet."""
    period = door.shift_period() or door.period_of("TODAY")
    found = door.review.passages(PassageQuery(period, Sieve.EXCEPTIONS, limit=_EXCEPTIONS))
    notes = door.review.notes(period, _NOTES)
    temps = door.review.home_temps(door.now_ms - 2 * DAY_MS)
    return LookedUp(tuple(record for _, record in reversed(found.rows)), notes, door.said(notes), temps)


def handover_paper(door: LeaderDoor, pending: int, found: LookedUp | None = None) -> HandoverPaper:
    """The sheet as things stand now; `found` makes it the leader's. On the GUI thread."""
    app = door.app
    shift = app.present.shift()
    tally = dict(shift.tally) if shift is not None else dict(door.tally(door.today))
    now = door.now_ms
    temporary = cast("tuple[TempPass, ...]", tuple(app.present.all("temp_pass")))
    permits = cast("tuple[Permit, ...]", tuple(app.present.all("permit")))
    still = (
        ("cases", len(door.cases())),
        ("resting", len(door.resting())),
        ("temporary", sum(temp.exp_ms > now for temp in temporary)),
        ("permits", sum(permit_out(permit) for permit in permits)),
        ("pending", pending),
    )
    figures = (
        tuple((Line(f"sheet.{name}"), tally.get(name, 0)) for name in _FIRST),
        tuple((Line(f"handover_paper.{name}"), count) for name, count in still),
    )
    begun = shanghai(shift.opened_at_ms if shift is not None else start_of(door.today)).strftime("%m-%d %H:%M")
    when = Line("handover_paper.when", {"from": begun, "to": shanghai(now).strftime("%m-%d %H:%M")})
    sections = (_resting(door, named=found is not None), *(_named(door, found) if found is not None else ()))
    return HandoverPaper(
        f"{door.compound_name()} {app.facts.gate.name}", when, tuple(app.on_duty().split()), app.shifts.head()[:_HEAD],
        figures, sections, found is not None,
    )  # fmt: skip


def _titles(*names: str) -> tuple[Line, ...]:
    return tuple(Line(f"handover_paper.col_{name}") for name in names)


def _resting(door: LeaderDoor, *, named: bool) -> PaperSection:
    """Tokens and count-downs; why and who only on the leader's sheet."""
    rows: list[tuple[Cell, ...]] = []
    for one in door.resting():
        left = "" if one.left_s is None else f"{one.left_s // 60}:{one.left_s % 60:02d}"
        row: tuple[Cell, ...] = (Line("tray.token", {"n": one.token}), clock(one.since_ms), left)
        record = door.app.record(one.passage)
        who = door.record_name(record) if record is not None else ""
        rows.append((*row, who, Line(f"reason.{one.reason}")) if named else row)
    head, widths = ("token", "since", "left"), (2, 2, 2)
    if named:
        return PaperSection(Line("handover_paper.resting"), _titles(*head, "who", "why"), (*widths, 3, 4), tuple(rows))
    return PaperSection(Line("handover_paper.resting"), _titles(*head), widths, tuple(rows))


def _named(door: LeaderDoor, found: LookedUp) -> tuple[PaperSection, ...]:
    texts = found.texts or {}
    cases = tuple(_case(case) for case in door.cases())
    odd = tuple(_exception(door, record) for record in found.exceptions)
    isolated = tuple(
        (row.name, Line("leader_isolation.day", {"n": row.day}), _due(row.over), tuple(map(slot_line, row.missing)))
        for row in door.isolated(found.temps)
        if row.over or row.missing or row.due_now is not None
    )
    notes = tuple(
        (clock(event.at_ms), door.operator_name(event.body.by), without_numbers(texts.get(event.id, "")))
        for event in reversed(found.notes)
        if isinstance(event.body, LeaderNote)
    )
    return (
        PaperSection(Line("handover_paper.cases"), _titles("since", "what", "told", "untold"), (2, 3, 2, 5), cases),
        PaperSection(
            Line("handover_paper.exceptions"), _titles("since", "who", "verdict", "why", "temps", "marks"),
            (2, 3, 4, 4, 3, 4), odd,
        ),
        PaperSection(Line("handover_paper.isolated"), _titles("who", "day", "due", "missing"), (3, 2, 3, 5), isolated),
        PaperSection(Line("leader_note.title"), _titles("since", "by", "text"), (2, 2, 10), notes),
    )  # fmt: skip


def _case(case: Case) -> tuple[Cell, ...]:
    told = sum(step.told_at_ms is not None for step in case.steps)
    left = tuple(Line(f"told.{step.who.value}") for step in case.steps if step.told_at_ms is None)
    what = (case.priority.value, Line(f"case_kind.{case.kind.value}"))
    return (clock(case.opened_at_ms), what, f"{told}/{len(case.steps)}", left)


def _exception(door: LeaderDoor, record: PassageRecord) -> tuple[Cell, ...]:
    verdict = (Line(f"direction.{record.dir.value}"), Line(f"verdict.{record.verdict.value}"))
    temps = " / ".join(degrees(reading.tenths) for reading in record.readings)
    why = Line(f"reason.{record.reason.value}")
    return (clock(record.started.at_ms), door.record_name(record), verdict, why, temps, marks(record))


def _due(over: bool) -> Cell:  # noqa: FBT001
    return Line("handover_paper.over") if over else Line("handover_paper.temp_due")


class HandoverPage(Section):
    """交接单, at the desk."""

    def __init__(self, desk: LeaderDesk) -> None:
        super().__init__(desk)
        self._working = False

    def page(self) -> LeaderPage:
        """What stands on it, and one key."""
        facts = tuple(Fact(Line(f"handover_paper.says_{name}")) for name in ("what", "masked", "where"))
        keys = (LeaderTile("make", Line("handover_paper.make"), role="MAIN", enabled=not self._working),)
        notice = Line("leader_export.working") if self._working else self.notice
        return LeaderPage("screen.leader.handover", Line("handover_paper.title"), None, notice, facts, keys=keys)

    def chose(self, name: str) -> None:
        """Read, set, record, print."""
        if name == "make" and not self._working:
            self._working = True
            self.desk.redraw()
            self.desk.read(lambda: looked_up(self.desk.door), self._found, self._failed)

    def _found(self, found: LookedUp) -> None:
        desk = self.desk
        paper = handover_paper(desk.door, desk.tools.pending(), found)
        places = desk.tools.places()
        place = next((place for place in places if place.stick), places[0] if places else None)
        if place is None:
            self._failed()
            return
        at: Place = place
        desk.read(lambda: desk.tools.handover(paper, at), self._written, self._failed)

    def _written(self, written: Written) -> None:
        """Nothing leaves without a line in the log."""
        desk = self.desk
        done = desk.door.exported("HANDOVER", (0, desk.tools.head()), written.sha256, desk.by)
        if done.fault is not None or done.refused is not None:
            desk.tools.discard(written)
            self._working = False
            self.notice = outcome(done, None)
            return
        try:
            desk.tools.finish(written)
        except OSError:
            self._failed()
            return
        desk.read(lambda: desk.tools.print_file(written.final), lambda took: self._done(written, took), self._failed)

    def _done(self, written: Written, took: bool) -> None:  # noqa: FBT001
        self._working = False
        key = "printed" if took else "kept"
        self.notice = Line(f"handover_paper.{key}", {"name": written.final.name})

    def _failed(self) -> None:
        self._working = False
        self.notice = Line("leader_export.failed")

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""导出与核对: the redacted sheet to a stick, recorded before it has its name; the log checked, in words (5.13)."""

from collections.abc import Mapping

from kiosk.app.review import PassageQuery, Period
from kiosk.app.shift_sheet import COLUMNS, ShiftSheet, without_numbers
from kiosk.app.showing import degrees
from kiosk.app.views import Line
from kiosk.domain.events import Event, LeaderNote
from kiosk.domain.figures import PASSAGE_COLUMNS, columns_of
from kiosk.domain.log.findings import LogReport
from kiosk.domain.passage import PassageRecord
from ui.viewmodels.leader_asks import ChoiceAsk
from ui.viewmodels.leader_desk import LeaderDesk, Section, outcome
from ui.viewmodels.leader_log import clock, marks
from ui.viewmodels.leader_page import Fact, LeaderPage, LeaderTile
from ui.viewmodels.leader_tools import Place, SheetForm, Written

PERIODS = ("SHIFT", "TODAY", "YESTERDAY")
_PIECE, _NOTES = 50, 100


class ExportPage(Section):
    """导出."""

    def __init__(self, desk: LeaderDesk) -> None:
        super().__init__(desk)
        self._period = "SHIFT" if desk.door.shift_period() is not None else "TODAY"
        self._places: tuple[Place, ...] = ()
        self._working = False

    def opened(self) -> None:
        """Which sticks are in."""
        self._places = self.desk.tools.places()

    def second(self) -> None:
        """A stick may come while one looks."""
        self._places = self.desk.tools.places()

    def page(self) -> LeaderPage:
        """What is in the sheet, where it goes, three forms."""
        stick = next((place for place in self._places if place.stick), None)
        where = Line("leader_export.stick", {"name": stick.folder.name}) if stick else Line("leader_export.no_stick")
        facts = (
            Fact(Line("leader_export.holds")),
            Fact(Line("leader_export.not")),
            Fact(where, strong=True, grave=stick is None),
            Fact(Line("leader_export.logged")),
        )
        ready = bool(self._places) and not self._working
        keys = (
            LeaderTile("period", Line(f"leader_log.period_{self._period}"), Line("leader_log.period")),
            *(
                LeaderTile(form.value, Line(f"leader_export.{form.value}"), role="MAIN", enabled=ready)
                for form in SheetForm
            ),
            LeaderTile("unsent", Line("leader_export.unsent"), enabled=ready),
        )
        notice = Line("leader_export.working") if self._working else self.notice
        return LeaderPage("screen.leader.export", Line("leader_home.export"), None, notice, facts, keys=keys)

    def chose(self, name: str) -> None:
        """Another period, or a form."""
        desk = self.desk
        if name == "period":
            tiles = [LeaderTile(each, Line(f"leader_log.period_{each}")) for each in PERIODS]
            desk.open(ChoiceAsk(desk, Line("leader_log.period"), tiles, self._chosen))
            return
        place = next((place for place in self._places if place.stick), self._places[0] if self._places else None)
        if place is None or self._working:
            return
        self._working = True
        desk.redraw()
        if name == "unsent":
            desk.read(lambda: desk.tools.export_unsent(place), self._carried, self._failed)
            return
        form = SheetForm(name)
        period, named = desk.door.period_of(self._period), self._period
        day = desk.door.today.isoformat()

        def work() -> tuple[Written, tuple[int, int]]:
            sheet, span = made_sheet(desk, period, named)
            return desk.tools.write(form, sheet, place, f"{named.lower()}-{day}"), span

        desk.read(work, lambda found: self._written(form, *found), self._failed)

    def _chosen(self, name: str) -> None:
        self._period = name
        self.desk.until(self)

    def _failed(self) -> None:
        self._working = False
        self.notice = Line("leader_export.failed")

    def _carried(self, names: str) -> None:
        self._working = False
        self.notice = Line("leader_export.carried", {"name": names}) if names else Line("leader_export.all_sent")

    def _written(self, form: SheetForm, written: Written, span: tuple[int, int]) -> None:
        """Nothing leaves without a line in the log: the file gets its name once that is committed."""
        self._working = False
        done = self.desk.door.exported(form.value, span, written.sha256, self.desk.by)
        if done.fault is not None or done.refused is not None:
            self.desk.tools.discard(written)
            self.notice = outcome(done, None)
            return
        try:
            self.desk.tools.finish(written)
        except OSError:
            self._failed()
            return
        self.notice = Line("leader_export.done", {"name": written.final.name, "sum": written.sha256[:8]})


def made_sheet(desk: LeaderDesk, period: Period, named: str) -> tuple[ShiftSheet, tuple[int, int]]:
    """The sheet of a period, oldest first, and the places in the log that it spans; in any thread."""
    word, review = desk.tools.word, desk.door.review
    records: list[tuple[int, PassageRecord]] = []
    before: int | None = None
    while True:
        found = review.passages(PassageQuery(period, before_seq=before, limit=_PIECE))
        records += found.rows
        desk.tools.breathe()  # the screen has its turn between two pieces
        if not found.more or not found.rows:
            break
        before = found.rows[-1][0]
    records.reverse()
    notes = review.notes(period, _NOTES)
    texts = desk.door.said(notes)
    totals = _figures([record for _, record in records])
    figures = tuple((word(f"sheet.{name}"), totals[name]) for name in _SHOWN)
    gate = desk.door.app.facts.gate.name
    scope = f"{desk.door.compound_name()} {gate} {word(f'leader_log.period_{named}')} {desk.door.today.isoformat()}"
    sheet = ShiftSheet(
        word("sheet.title"), scope, word("sheet.purpose"), figures, tuple(word(f"sheet.{name}") for name in COLUMNS),
        tuple(_row(desk, record) for _, record in records),
        tuple(_note(desk, event, texts[event.id]) for event in reversed(notes)),
    )  # fmt: skip
    span = (records[0][0], desk.tools.head()) if records else (0, 0)
    return sheet, span


_SHOWN = (
    "entered",
    "left",
    "measured",
    "first_high",
    "fever_passages",
    "low",
    "turned_back",
    "redirected",
    "overrides",
)


def _figures(records: list[PassageRecord]) -> Mapping[str, int]:
    totals = dict.fromkeys(PASSAGE_COLUMNS, 0)
    for record in records:
        for name in columns_of(record):
            totals[name] += 1
    return totals


def _row(desk: LeaderDesk, record: PassageRecord) -> tuple[str, ...]:
    """Redacted by column: surname and building, no phone, no room (trust.md section 10)."""
    word = desk.tools.word
    return (
        clock(record.started.at_ms),
        word(f"direction.{record.dir.value}"),
        desk.door.record_name(record),
        word(f"category.{record.category.value}") if record.category is not None else "",
        word(f"verdict.{record.verdict.value}"),
        word(f"reason.{record.reason.value}"),
        " / ".join(degrees(reading.tenths) for reading in record.readings),
        " ".join(word(line.key) for line in marks(record)),
    )


def _note(desk: LeaderDesk, event: Event, text: str) -> str:
    """A leader's note as a line; what looks like a number of a phone or document stays here."""
    who = desk.door.operator_name(event.body.by) if isinstance(event.body, LeaderNote) else ""
    return f"{clock(event.at_ms)} {desk.tools.word('leader_note.note')} {who}: {without_numbers(text)}"


class VerifyPage(Section):
    """核对记录: whether the log is whole, in words; the first bad row is named."""

    def __init__(self, desk: LeaderDesk) -> None:
        super().__init__(desk)
        self._done, self._of = 0, 0
        self._report: LogReport | None = None
        self._unreadable = False

    def opened(self) -> None:
        """The check begins at once, beside the screen."""
        self._report, self._unreadable, self._done = None, False, 0
        self._of = self.desk.tools.head()
        self.desk.read(lambda: self.desk.tools.verify(self._progress), self._answer, self._failed)

    def _progress(self, done: int, of: int) -> None:
        """From the checking thread: numbers only, shown with the next second."""
        self._done, self._of = done, of

    def _answer(self, report: LogReport | None) -> None:
        self._report = report
        self._unreadable = report is None

    def _failed(self) -> None:
        self._unreadable = True

    def page(self) -> LeaderPage:
        """Progress, then what was found and what it means."""
        report = self._report
        facts: list[Fact] = []
        if self._unreadable:
            facts.append(Fact(Line("leader_verify.unreadable"), strong=True, grave=True))
        elif report is None:
            percent = min(99, self._done * 100 // self._of) if self._of else 0
            facts.append(Fact(Line("leader_verify.working", {"n": percent}), strong=True))
        elif report.whole:
            facts.append(Fact(Line("leader_verify.whole", {"n": report.count}), strong=True))
            facts.append(Fact(Line("leader_verify.head", {"head": report.head_hash[:8]})))
            receipt = report.receipt_seq
            facts.append(
                Fact(
                    Line("leader_verify.no_receipt")
                    if receipt is None
                    else Line("leader_verify.receipt", {"n": receipt})
                )
            )
        else:
            first = report.findings[0]
            facts.append(
                Fact(Line("leader_verify.broken", {"epoch": first.epoch, "n": first.seq}), strong=True, grave=True)
            )
            facts += [
                Fact((f"{found.epoch}/{found.seq}", Line(f"leader_verify.{found.fault.value}")))
                for found in report.findings[:8]
            ]
            facts.append(Fact(Line("leader_verify.todo")))
        keys = (LeaderTile("again", Line("leader_verify.again"), enabled=report is not None or self._unreadable),)
        return LeaderPage(
            "screen.leader.verify", Line("leader_home.verify"), None, self.notice, tuple(facts), keys=keys
        )

    def chose(self, name: str) -> None:
        """Once more."""
        if name == "again":
            self.opened()
            self.desk.redraw()

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""查看记录: passages of a shift, page by page, filtered and searched; one passage step by step (interface.md 5.13)."""

from dataclasses import dataclass, replace

from kiosk.app.review import PassagePage, PassageQuery, Sieve
from kiosk.app.screen import verdict_look
from kiosk.app.showing import degrees
from kiosk.app.views import Line
from kiosk.domain.codes import RefusedInput, Verdict
from kiosk.domain.events import (
    Body,
    Checklist,
    Correction,
    Event,
    LateEntry,
    LeaderNote,
    Override,
    PassageStep,
    ReadingTaken,
    Refusal,
    RemoteApproval,
)
from kiosk.domain.identity import EventId, PassageId, PersonId
from kiosk.domain.instants import shanghai
from kiosk.domain.passage import PassageRecord
from kiosk.domain.temperature import parse_reading
from ui.viewmodels.leader_asks import (
    ChoiceAsk,
    NumberAsk,
    PersonAsk,
    ask_pin,
    ask_second,
    ask_why,
    why_text,
)
from ui.viewmodels.leader_desk import LeaderDesk, Section, outcome
from ui.viewmodels.leader_note import NoteAsk
from ui.viewmodels.leader_page import Fact, LeaderPage, LeaderTile, PadKind, Text
from ui.viewmodels.tiles import OVERRIDES

ROWS = 9
PERIODS = ("SHIFT", "TODAY", "YESTERDAY", "LOG")
REVEAL_S = 10


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the list shows now."""

    period: str
    sieve: Sieve = Sieve.ALL
    person: PersonId | None = None
    pass_id: str | None = None


class LogList(Section):
    """记录列表: newest first."""

    def __init__(self, desk: LeaderDesk, sieve: str = "ALL") -> None:
        super().__init__(desk)
        period = "SHIFT" if desk.door.shift_period() is not None else "TODAY"
        self._asked = _Asked(period, Sieve(sieve))
        self._found: PassagePage | None = None
        self._busy = False
        self._count: int | None = None
        self._starts: list[int | None] = [None]

    def opened(self) -> None:
        """Ask for the page that stands, and how many there are in all."""
        self._read()

    def _query(self) -> PassageQuery:
        asked = self._asked
        return PassageQuery(
            self.desk.door.period_of(asked.period), asked.sieve, asked.person, asked.pass_id, self._starts[-1], ROWS
        )

    def _read(self) -> None:
        query = self._query()
        self._busy = True  # what stands stays until the answer comes
        counted = replace(query, before_seq=None)
        # of the whole log nothing is counted: that would look at every row of it
        count_it = self._asked.period != "LOG" and self._count is None
        review = self.desk.door.review

        def answer(found: tuple[PassagePage, int | None]) -> None:
            if query == self._query():
                self._busy = False
                self._found = found[0]
                self._count = found[1] if found[1] is not None else self._count

        self.desk.read(lambda: (review.passages(query), review.count(counted) if count_it else None), answer)

    def page(self) -> LeaderPage:
        """Nine passages, each a key; period, filter and search below."""
        rows = self._found.rows if self._found is not None else ()
        tiles = tuple(self._tile(seq, record) for seq, record in rows)
        asked = self._asked
        who = self.desk.door.person_name(asked.person) if asked.person is not None else ""
        found: Line | str = Line("leader_log.searching")
        if self._found is not None and not self._busy:
            found = Line("leader_log.count", {"n": self._count}) if self._count is not None else ""
            found = Line("leader_log.none") if not rows else found
        keys = (
            LeaderTile("period", Line(f"leader_log.period_{asked.period}"), Line("leader_log.period")),
            LeaderTile("sieve", Line(f"leader_log.sieve_{asked.sieve.value}"), Line("leader_log.sieve")),
            LeaderTile("search", Line("leader_log.search"), who or None, "MAIN" if who or asked.pass_id else "NORMAL"),
        )
        return LeaderPage(
            "screen.leader.log", (Line(f"leader_log.sieve_{asked.sieve.value}"), who),
            (Line(f"leader_log.period_{asked.period}"), found), self.notice, tiles=tiles, keys=keys, tile_mm=66.0,
            back=len(self._starts) > 1, forth=self._found is not None and self._found.more, busy=self._busy,
        )  # fmt: skip

    def _tile(self, seq: int, record: PassageRecord) -> LeaderTile:
        look = verdict_look(record.verdict, record.reason, record.scan_result, record.dir, record.rule)
        temps = "/".join(degrees(reading.tenths) for reading in record.readings)
        text = (clock(record.started.at_ms), Line(f"direction.{record.dir.value}"), temps)
        # the shape before it says the class of the verdict; its word stands where a mark does not
        odd: tuple[Line, ...] = marks(record)[:1] or (Line(f"verdict.{record.verdict.value}"),)
        hint: Text = (self.desk.door.record_name(record), *odd)
        role = "AMBER" if record.overridden is not None or record.voided else "NORMAL"
        return LeaderTile(f"row.{seq}", text, hint, role, look.shape)

    def chose(self, name: str) -> None:
        """A passage, or another list."""
        if name.startswith("row.") and self._found is not None:
            seq = int(name.removeprefix("row."))
            record = next(record for at, record in self._found.rows if at == seq)
            self.desk.open(PassageDetail(self.desk, record.passage))
        elif name == "period":
            tiles = [LeaderTile(each, Line(f"leader_log.period_{each}")) for each in PERIODS]
            self.desk.open(ChoiceAsk(self.desk, Line("leader_log.period"), tiles, self._period))
        elif name == "sieve":
            tiles = [LeaderTile(each.value, Line(f"leader_log.sieve_{each.value}")) for each in Sieve]
            self.desk.open(ChoiceAsk(self.desk, Line("leader_log.sieve"), tiles, self._sieve))
        elif name == "search":
            tiles = [LeaderTile(each, Line(f"leader_log.by_{each}")) for each in ("person", "serial", "nobody")]
            self.desk.open(ChoiceAsk(self.desk, Line("leader_log.search"), tiles, self._search))

    def _period(self, name: str) -> None:
        self._show(replace(self._asked, period=name))

    def _sieve(self, name: str) -> None:
        self._show(replace(self._asked, sieve=Sieve(name)))

    def _search(self, name: str) -> None:
        if name == "person":
            self.desk.open(PersonAsk(self.desk, Line("leader_log.by_person"), self._person))
        elif name == "serial":
            self.desk.open(NumberAsk(self.desk, Line("lookup.serial"), self._serial))
        else:
            self._show(replace(self._asked, person=None, pass_id=None))

    def _person(self, person: PersonId) -> None:
        self._show(_Asked("LOG", Sieve.ALL, person))

    def _serial(self, typed: str) -> Text:
        found = self.desk.door.app.facts.roster.by_serial(typed) if typed else ()
        if not found:
            return Line("lookup.serial_wrong")
        self._show(_Asked("LOG", Sieve.ALL, None, found[0].id))
        return None

    def _show(self, asked: _Asked) -> None:
        self._asked = asked
        self._starts = [None]
        self._count = None
        self.desk.until(self)

    def turn(self, by: int) -> None:
        """The next nine, or the nine before."""
        if self._busy:
            return  # a second tap before the page is there
        if by > 0 and self._found is not None and self._found.rows:
            self._starts.append(self._found.rows[-1][0])
        elif by < 0 and len(self._starts) > 1:
            self._starts.pop()
        self._read()
        self.desk.redraw()


class PassageDetail(Section):
    """一次进出: its steps in words; 改判, 更正, 撤销, 姓名."""

    def __init__(self, desk: LeaderDesk, passage: PassageId) -> None:
        super().__init__(desk)
        self._passage = passage
        self._steps: tuple[Event, ...] = ()
        self._said: dict[EventId, str] = {}
        self._revealed: str | None = None
        self._reveal_until_ms = 0

    def opened(self) -> None:
        """Its events are read beside the screen."""
        door = self.desk.door

        def work() -> tuple[tuple[Event, ...], dict[EventId, str]]:
            steps = door.review.steps(self._passage)
            return steps, door.said(steps)

        def answer(found: tuple[tuple[Event, ...], dict[EventId, str]]) -> None:
            self._steps, self._said = found

        self._revealed = None
        self.desk.read(work, answer)

    def page(self) -> LeaderPage:
        """Each step a line."""
        record = self.desk.door.app.record(self._passage)
        facts = [Fact(text) for event in self._steps if (text := self.step_text(event)) is not None]
        if self._revealed is not None:
            facts.insert(0, Fact(self._revealed, strong=True, grave=True))
        known = record is not None and record.person is not None
        keys = (
            LeaderTile("override", Line("leader_log.override_key")),
            LeaderTile("correct", Line("key.correct")),
            LeaderTile("void", Line("key.undo")),
            LeaderTile("reveal", Line("leader_log.reveal"), enabled=known),
            LeaderTile("note", Line("leader_note.note")),
        )
        title: Text = ""
        sub: Text = None
        if record is not None:
            title = (clock(record.started.at_ms), Line(f"verdict.{record.verdict.value}"))
            sub = (self.desk.door.record_name(record), Line(f"reason.{record.reason.value}"), *marks(record))
        return LeaderPage("screen.leader.passage", title, sub, self.notice, facts=tuple(facts[-MOST_STEPS:]), keys=keys)

    def step_text(self, event: Event) -> Text:
        """One event in words; None for what says nothing to a reader."""
        at = shanghai(event.at_ms).strftime("%H:%M:%S")
        said = _at_the_lane(event.body) or self._by_a_leader(event.body)
        if isinstance(event.body, LeaderNote):
            said = (Line("leader_note.note"), self._said.get(event.id, ""), self.desk.door.operator_name(event.body.by))
        return None if said is None else (at, *said)

    def _by_a_leader(self, body: Body) -> tuple[Line | str, ...] | None:
        name = self.desk.door.operator_name
        match body:
            case Override() as over:
                second = (Line("leader_log.and"), name(over.second_by)) if over.second_by else ()
                verdicts = (Line(f"verdict.{over.old_verdict.value}"), "→", Line(f"verdict.{over.verdict.value}"))
                return (Line("leader_log.overrode"), *verdicts, _flat(why_text(over.why)), name(over.by), *second)
            case Correction(void=True) as undone:
                return (Line("leader_log.voided"), _flat(why_text(undone.why)), name(undone.by))
            case Correction(old=old, new=new) as changed:
                return (Line("leader_log.corrected"), _temp(old), "→", _temp(new), name(changed.by))
            case LateEntry() as late:
                return (Line("leader_log.late", {"time": clock(late.paper_at)}), late.entered_by)
            case RemoteApproval() as asked:
                who = name(asked.by) if asked.by else ""
                return (Line(f"leader_log.remote_{asked.answer}", {"n": asked.request}), who)
            case _:
                return None

    def second(self) -> None:
        """A revealed name stands for ten seconds."""
        if self._revealed is not None and self.desk.door.app.now().mono_ms >= self._reveal_until_ms:
            self._revealed = None

    def chose(self, name: str) -> None:
        """One of the four."""
        desk = self.desk
        if name == "override":
            tiles = [
                LeaderTile(verdict.value, Line(text), role="MAIN" if verdict is Verdict.ADMIT else "NORMAL")
                for verdict, text in OVERRIDES.items()
            ]
            sub = self.page().title
            desk.open(ChoiceAsk(desk, Line("leader.choose"), tiles, self._override, sub=sub, tile_mm=60.0))
        elif name == "correct":
            desk.open(NumberAsk(desk, Line("leader_log.new_temp"), self._correct, kind=PadKind.TEMPERATURE))
        elif name == "void":
            ask_why(
                desk, lambda why: self._after(desk.door.void(self._passage, why, desk.by)), Line("leader_log.void_why")
            )
        elif name == "note":
            desk.open(NoteAsk(desk, self, passage=self._passage))
        elif name == "reveal":
            ask_why(desk, self._reveal, Line("leader_log.reveal_why"))

    def _override(self, verdict: str) -> None:
        ask_why(self.desk, lambda why: ask_pin(self.desk, lambda: self._overridden(Verdict(verdict), why)))

    def _overridden(self, verdict: Verdict, why: str, second: str | None = None) -> None:
        shown = self.desk.door.override(self._passage, verdict, why, self.desk.by, second)
        if shown.refused is not None and shown.refused.value == "SECOND_PIN_NEEDED" and second is None:
            ask_second(self.desk, lambda other: self._overridden(verdict, why, other))
        else:
            self._after(shown)

    def _correct(self, typed: str) -> Text:
        """A confirmed fever asks the PIN again: what is corrected there lets somebody in (interface.md 5.2)."""
        record = self.desk.door.app.record(self._passage)
        if record is not None and record.verdict is Verdict.HOLD and not isinstance(parse_reading(typed), RefusedInput):
            ask_pin(self.desk, lambda: self._pinned(typed))
            return None
        return self._corrected(typed)

    def _pinned(self, typed: str) -> None:
        notice = self._corrected(typed)
        if notice is not None:
            self.desk.until(self, notice)

    def _corrected(self, typed: str) -> Text:
        shown = self.desk.door.correct(self._passage, typed, self.desk.by)
        if shown.refused is not None:
            return Line(f"refused_input.{shown.refused.value}")
        self._after(shown)
        return None

    def _reveal(self, why: str) -> None:
        record = self.desk.door.app.record(self._passage)
        if record is None or record.person is None:
            return
        done = self.desk.door.reveal(record.person, why, self.desk.by)
        self.desk.until(self, outcome(done, None))
        if done.refused is None and done.fault is None:
            self._revealed = self.desk.door.revealed(record.person)
            self._reveal_until_ms = self.desk.door.app.now().mono_ms + REVEAL_S * 1000
            self.desk.redraw()

    def _after(self, shown: object) -> None:
        self.desk.until(self, outcome(shown, Line("leader_desk.done")))  # type: ignore[arg-type]
        self.desk.model.refresh()


def _at_the_lane(body: Body) -> tuple[Line | str, ...] | None:
    """What the volunteer did and what the rules said."""
    match body:
        case PassageStep(verdict=verdict, reason=reason) as step if verdict or reason or step.button:
            told = Line(f"verdict.{verdict.value}") if verdict is not None else ""
            why = Line(f"reason.{reason.value}") if reason is not None else ""
            pressed = Line(f"leader_log.button_{step.button.value}") if step.button is not None else ""
            return (told, why, step.rule or "", pressed, Line("leader_log.through") if step.recorded else "")
        case PassageStep(recorded=True):
            return (Line("leader_log.through"),)
        case ReadingTaken() as taken:
            how = (Line(f"site.{taken.site.value}"), Line(f"validity.{taken.validity.value}"))
            return (f"{degrees(taken.temp_dc or 0)}℃", *how, Line(f"reading_source.{taken.source.value}"))
        case Refusal():
            return (Line("temp_outcome.REFUSED"),)
        case Checklist(items=items):
            return (Line("leader_log.ticked"), *(Line(f"tick.{item.value}") for item in items))
        case _:
            return None


MOST_STEPS = 11
"""So many lines stand above the keys."""


def clock(at_ms: int) -> str:
    """14:02, in Shanghai."""
    return shanghai(at_ms).strftime("%H:%M")


def marks(record: PassageRecord) -> tuple[Line, ...]:
    """What is odd about a record."""
    found = {
        "overridden": record.overridden is not None,
        "voided": record.voided,
        "late": record.late,
        "differs": record.differs,
        "case": record.case is not None,
        "not_through": record.final and not record.recorded and record.verdict.admits,
    }
    return tuple(Line(f"leader_log.mark_{name}") for name, holds in found.items() if holds)


def _temp(tenths: str | None) -> str:
    return f"{degrees(int(tenths))}℃" if tenths and tenths.isdecimal() else ""


def _flat(text: Text) -> Line | str:
    return text if isinstance(text, Line | str) else ""

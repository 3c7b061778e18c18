# SPDX-License-Identifier: LicenseRef-Gatehouse
"""案件、待办、等候: cases with who was told and when, flags from the office, people at rest, the other gates (5.13)."""

from kiosk.app.review import Period
from kiosk.app.views import Line
from kiosk.domain.codes import CaseOutcome, Told
from kiosk.domain.events import CaseOpened, CaseStep, Event, LeaderNote
from kiosk.domain.identity import CaseId, PassageId
from kiosk.domain.instants import DAY_MS, shanghai
from kiosk.domain.present import Case, Step
from ui.leader_door import Resting
from ui.viewmodels.leader_asks import ChoiceAsk, ask_pin
from ui.viewmodels.leader_desk import LeaderDesk, Section, outcome
from ui.viewmodels.leader_issuing import IssuingPage
from ui.viewmodels.leader_log import PassageDetail, clock
from ui.viewmodels.leader_note import NoteAsk, said
from ui.viewmodels.leader_page import Fact, LeaderPage, LeaderTile, Text

ROWS = 9
_CLOSED_SHOWN, _NOTES_SHOWN = 40, 3
_CLOSED_MS = 3 * DAY_MS


class Paged(Section):
    """A list in memory, nine at a time."""

    def __init__(self, desk: LeaderDesk) -> None:
        super().__init__(desk)
        self.first = 0

    def turn(self, by: int) -> None:
        """The next nine, or the nine before."""
        self.first = max(0, self.first + by * ROWS)
        self.desk.redraw()

    def sheet(self, tiles: list[LeaderTile]) -> tuple[tuple[LeaderTile, ...], bool, bool]:
        """The tiles of this page, and whether there are others before and after."""
        if self.first >= len(tiles):
            self.first = max(0, (len(tiles) - 1) // ROWS * ROWS)
        last = self.first + ROWS
        return tuple(tiles[self.first : last]), self.first > 0, last < len(tiles)


class CaseList(Paged):
    """案件: open first; closed ones of the last days under a key."""

    def __init__(self, desk: LeaderDesk) -> None:
        super().__init__(desk)
        self._closed: tuple[Event, ...] | None = None

    def page(self) -> LeaderPage:
        """Open cases, or the closed ones."""
        door = self.desk.door
        cases = door.cases()
        if self._closed is None:
            tiles = [self._tile(case) for case in cases]
            sub: Text = Line("leader_case.open", {"n": len(cases)})
        else:
            tiles = [self._past(event) for event in self._closed]
            sub = Line("leader_case.closed_days", {"n": len(tiles)})
        shown, back, forth = self.sheet(tiles)
        which = "open_key" if self._closed is not None else "closed_key"
        return LeaderPage(
            "screen.leader.cases", Line("leader_home.cases"), sub, self.notice, tiles=shown,
            keys=(LeaderTile("which", Line(f"leader_case.{which}")),), tile_mm=66.0, back=back, forth=forth,
        )  # fmt: skip

    def _tile(self, case: Case) -> LeaderTile:
        late = self.desk.door.overdue(case)
        told = sum(step.told_at_ms is not None for step in case.steps)
        text = (case.priority.value, Line(f"case_kind.{case.kind.value}"), clock(case.opened_at_ms))
        hint = (Line("leader_case.told", {"n": told, "of": len(case.steps)}), Line("leader_case.late") if late else "")
        return LeaderTile(
            f"case.{case.id}", text, hint, "STOP" if late else "AMBER" if case.priority == "P1" else "NORMAL"
        )

    @staticmethod
    def _past(event: Event) -> LeaderTile:
        body = event.body
        result = Line(f"case_outcome.{body.outcome.value}") if isinstance(body, CaseStep) and body.outcome else ""
        when = shanghai(event.at_ms).strftime("%m-%d %H:%M")
        case = body.case if isinstance(body, CaseStep) else CaseId("")
        return LeaderTile(f"past.{case}", (when, result), (Line("leader_case.closed"), case[-4:]))

    def chose(self, name: str) -> None:
        """A case, or the other list."""
        if name.startswith("case."):
            self.desk.open(CaseDetail(self.desk, CaseId(name.removeprefix("case."))))
        elif name.startswith("past."):
            self.desk.open(PastCase(self.desk, CaseId(name.removeprefix("past."))))
        elif self._closed is not None:
            self._closed = None
            self.first = 0
            self.desk.redraw()
        else:
            since, review = self.desk.door.now_ms - _CLOSED_MS, self.desk.door.review
            self.desk.read(lambda: review.case_steps(since, _CLOSED_SHOWN * 5), self._read)

    def _read(self, events: tuple[Event, ...]) -> None:
        closed = [event for event in events if isinstance(event.body, CaseStep) and event.body.closed]
        self._closed = tuple(closed[:_CLOSED_SHOWN])
        self.first = 0


def _of(event: Event, case: CaseId) -> bool:
    return isinstance(event.body, LeaderNote) and event.body.case == case


class CaseDetail(Section):
    """一个案件: whom to tell, who was told, when and what he said; closing."""

    def __init__(self, desk: LeaderDesk, case: CaseId) -> None:
        super().__init__(desk)
        self._id = case
        self._events: tuple[Event, ...] = ()
        self._notes: tuple[tuple[Event, str], ...] = ()

    def opened(self) -> None:
        """A case that was opened twice became one: its findings are read from the log, and what was noted of it."""
        door, mine = self.desk.door, self._id
        since = door.now_ms - 14 * DAY_MS

        def work() -> tuple[tuple[Event, ...], tuple[tuple[Event, str], ...]]:
            found = [one for one in door.review.notes(Period(from_ms=since), 500) if _of(one, mine)]
            texts = door.said(found)
            return door.review.case_steps(since, 500), tuple((one, texts[one.id]) for one in reversed(found))

        def answer(found: tuple[tuple[Event, ...], tuple[tuple[Event, str], ...]]) -> None:
            events, self._notes = found
            self._events = tuple(one for one in events if isinstance(one.body, CaseOpened) and one.body.case == mine)

        self.desk.read(work, answer)

    def _case(self) -> Case | None:
        return next((case for case in self.desk.door.cases() if case.id == self._id), None)

    def page(self) -> LeaderPage:
        """Steps as keys: a tap says 已通知 or 无人接."""
        case = self._case()
        if case is None:
            return LeaderPage("screen.leader.case", Line("leader_home.cases"), notice=Line("leader_case.closed"))
        facts = [Fact((Line(f"note.{note.value}"),)) for note in case.notes]
        facts += [Fact(self._merged(event)) for event in reversed(self._events[:-1])]
        facts += [Fact(said(self.desk, event, text)) for event, text in self._notes[-_NOTES_SHOWN:]]
        tiles = tuple(self._step(step) for step in case.steps)
        keys = (
            LeaderTile("close", Line("leader_case.close"), role="MAIN"),
            LeaderTile("passage", Line("leader_case.passage"), enabled=case.passage is not None),
            LeaderTile("note", Line("leader_note.note")),
        )
        who = self.desk.door.app.record(case.passage) if case.passage is not None else None
        title = (case.priority.value, Line(f"case_kind.{case.kind.value}"))
        sub = (clock(case.opened_at_ms), self.desk.door.record_name(who) if who is not None else "")
        return LeaderPage("screen.leader.case", title, sub, self.notice, tuple(facts), tiles, keys, tile_mm=66.0)

    @staticmethod
    def _merged(event: Event) -> Text:
        body = event.body
        if not isinstance(body, CaseOpened):
            return ""
        return (
            clock(event.at_ms), Line("leader_case.merged"), Line(f"case_kind.{body.kind.value}"), body.priority.value
        )  # fmt: skip

    def _step(self, step: Step) -> LeaderTile:
        told: Text = (Line("leader_case.not_told"), self.desk.door.phone(step.who))
        role = "AMBER"
        if step.told_at_ms is not None:
            answer = Line(f"leader_case.answer_{step.answer}") if step.answer in ANSWERS else (step.answer or "")
            told = (clock(step.told_at_ms), answer, self.desk.door.operator_name(step.by))
            role = "NORMAL" if step.answer != "NO_ANSWER" else "AMBER"
        return LeaderTile(f"told.{step.who.value}", Line(f"told.{step.who.value}"), told, role)

    def chose(self, name: str) -> None:
        """Told, or not reached; closed with an outcome."""
        desk, case = self.desk, self._case()
        if case is None:
            return
        if name.startswith("told."):
            who = Told(name.removeprefix("told."))
            tiles = [LeaderTile(each, Line(f"leader_case.answer_{each}")) for each in ANSWERS]
            title = (Line(f"told.{who.value}"), Line("leader_case.what_said"))
            desk.open(ChoiceAsk(desk, title, tiles, lambda answer: self._told(who, answer), tile_mm=60.0))
        elif name == "close":
            untold = tuple(
                Fact((Line("leader_case.untold"), Line(f"told.{step.who.value}")), grave=True)
                for step in case.steps if step.told_at_ms is None
            )  # fmt: skip
            tiles = [LeaderTile(each.value, Line(f"case_outcome.{each.value}")) for each in CaseOutcome]
            desk.open(ChoiceAsk(desk, Line("leader_case.outcome"), tiles, self._close, facts=untold, tile_mm=60.0))
        elif name == "note":
            desk.open(NoteAsk(desk, self, case=self._id))
        elif name == "passage" and case.passage is not None:
            desk.open(PassageDetail(desk, case.passage))

    def _told(self, who: Told, answer: str) -> None:
        done = self.desk.door.told(self._id, who, answer, self.desk.by)
        self.desk.until(self, outcome(done, Line("leader_desk.done")))

    def _close(self, name: str) -> None:
        case = self._case()
        if case is not None and case.priority == "P1":
            ask_pin(self.desk, lambda: self._closed(CaseOutcome(name)))
        else:
            self._closed(CaseOutcome(name))

    def _closed(self, result: CaseOutcome) -> None:
        done = self.desk.door.close_case(self._id, result, self.desk.by)
        self.desk.until(self, outcome(done, Line("leader_case.closed")))
        self.desk.model.refresh()


class PastCase(Section):
    """一个已结案件: what happened, in order."""

    def __init__(self, desk: LeaderDesk, case: CaseId) -> None:
        super().__init__(desk)
        self._id = case
        self._events: tuple[Event, ...] = ()

    def opened(self) -> None:
        """Read from the log."""
        since, review = self.desk.door.now_ms - 14 * DAY_MS, self.desk.door.review

        def answer(events: tuple[Event, ...]) -> None:
            mine = (event for event in events if getattr(event.body, "case", None) == self._id)
            self._events = tuple(reversed(tuple(mine)))

        self.desk.read(lambda: review.case_steps(since, 500), answer)

    def page(self) -> LeaderPage:
        """A line each."""
        facts = tuple(Fact(self._text(event)) for event in self._events)
        return LeaderPage(
            "screen.leader.past", (Line("leader_case.closed"), self._id[-4:]), notice=self.notice, facts=facts
        )

    def _text(self, event: Event) -> Text:
        name = self.desk.door.operator_name
        at = shanghai(event.at_ms).strftime("%m-%d %H:%M")
        match event.body:
            case CaseOpened(kind=kind, priority=priority):
                return (at, Line("leader_case.opened"), Line(f"case_kind.{kind.value}"), priority.value)
            case CaseStep(closed=True, outcome=result, by=by) if result is not None:
                return (at, Line("leader_case.closed"), Line(f"case_outcome.{result.value}"), name(by))
            case CaseStep(who=who, answer=answer, by=by) if who is not None:
                said = Line(f"leader_case.answer_{answer}") if answer in ANSWERS else (answer or "")
                return (at, Line(f"told.{who.value}"), said, name(by))
            case _:
                return at


ANSWERS = ("TOLD", "COMING", "NO_ANSWER")
"""已通知, 马上到, 无人接."""


class WorkList(Paged):
    """待办与冲突: what came down from the office for this gate's leader."""

    def page(self) -> LeaderPage:
        """Newest first."""
        items = self.desk.door.work()
        tiles = []
        for item in items:
            detail = item.detail or {}
            card = self.desk.door.app.facts.roster.pass_row(item.pass_id)
            where: Text = self.desk.door.person_name(card.person) if card is not None else ""
            if item.kind == "CLONE":
                gates = [
                    self.desk.door.gate_name(detail[key]) for key in ("first_gate", "second_gate") if key in detail
                ]
                where = " / ".join(gates)
            name = f"leader_work.{item.kind}"
            text = (clock(item.made_at_ms), Line(name if item.kind in KINDS else "leader_work.other"))
            tiles.append(LeaderTile(f"item.{item.id}", text, where or item.id[-4:]))
        shown, back, forth = self.sheet(tiles)
        sub = Line("leader_work.n", {"n": len(items)})
        return LeaderPage(
            "screen.leader.work", Line("leader_home.work"), sub, self.notice, tiles=shown, tile_mm=66.0,
            back=back, forth=forth,
        )  # fmt: skip

    def chose(self, name: str) -> None:
        """A conflict leads to its case or its passage, a signed pass to the printer."""
        item = self.desk.door.app.facts.roster.work_item(name.removeprefix("item."))
        if item is None:
            return
        if item.kind == "PRINT":
            self.desk.open(IssuingPage(self.desk))
            return
        case = CaseId(f"{item.id[:-2]}00")
        if any(known.id == case for known in self.desk.door.cases()):
            self.desk.open(CaseDetail(self.desk, case))
        else:
            self.notice = Line("leader_work.settled")
            self.desk.redraw()


KINDS = ("CLONE", "PRINT", "REMOTE", "GAP")
"""Kinds of work that have a text of their own."""


class GatesList(Paged):
    """等候与他门: who rests here with the count-down, and passages at the other gates of this compound."""

    def __init__(self, desk: LeaderDesk) -> None:
        super().__init__(desk)
        self._others = False

    def page(self) -> LeaderPage:
        """People at rest, or the other gates."""
        door = self.desk.door
        tiles = [self._seen(number) for number in range(len(door.sightings()))] if self._others else [
            self._rests(one) for one in door.resting()
        ]  # fmt: skip
        shown, back, forth = self.sheet(tiles)
        heard = tuple(
            Fact(
                (
                    name,
                    Line("leader_gates.heard", {"time": clock(at)}) if at is not None else Line("leader_gates.never"),
                )
            )
            for name, at in door.heard()
        )
        keys = (LeaderTile("which", Line("leader_gates.here" if self._others else "leader_gates.others")),)
        sub = (
            Line("leader_gates.seen", {"n": len(tiles)})
            if self._others
            else Line("leader_gates.resting", {"n": len(tiles)})
        )
        return LeaderPage(
            "screen.leader.gates", Line("leader_home.gates"), sub, self.notice, facts=heard[:3] if self._others else (),
            tiles=shown, keys=keys, tile_mm=66.0, back=back, forth=forth,
        )  # fmt: skip

    def _rests(self, one: Resting) -> LeaderTile:
        left = "" if one.left_s is None else f"{one.left_s // 60}:{one.left_s % 60:02d}"
        text = (Line("tray.token", {"n": one.token}), Line(f"verdict.{one.verdict.value}"), left)
        hint = (clock(one.since_ms), Line(f"reason.{one.reason}"))
        return LeaderTile(f"rest.{one.passage}", text, hint, "AMBER" if one.left_s == 0 else "NORMAL")

    def _seen(self, number: int) -> LeaderTile:
        seen = self.desk.door.sightings()[number]
        text = (clock(seen.at_ms), self.desk.door.gate_name(seen.gate), Line(f"direction.{seen.dir.value}"))
        who = self.desk.door.person_name(seen.person)
        return LeaderTile(f"seen.{seen.event_id}", text, who or Line("leader_gates.unknown"))

    def chose(self, name: str) -> None:
        """A person at rest: his passage; else the other list."""
        if name.startswith("rest."):
            self.desk.open(PassageDetail(self.desk, PassageId(name.removeprefix("rest."))))
        elif name == "which":
            self._others = not self._others
            self.first = 0
            self.desk.redraw()

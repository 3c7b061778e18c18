# SPDX-License-Identifier: LicenseRef-Gatehouse
"""备注: free text of a passage, a case or the shift; put together from phrases by touch, or typed where a keyboard is
plugged in (interface.md 2: notes are the leader's only).
"""

from kiosk.app.leader_records import LONGEST_NOTE
from kiosk.app.review import Period
from kiosk.app.shift_sheet import clean
from kiosk.app.views import Line
from kiosk.domain.events import Event, LeaderNote
from kiosk.domain.identity import CaseId, EventId, PassageId
from kiosk.domain.instants import DAY_MS, shanghai
from ui.viewmodels.leader_desk import LeaderDesk, Section, outcome
from ui.viewmodels.leader_page import Fact, LeaderPage, LeaderTile, Text

PHRASES = ("family", "committee", "phoned", "delivered", "upset", "persuaded", "next", "equipment")
PARTS = (*"0123456789", "building", "unit", "room", "hour", "minute", "people", "comma", "stop")
_SHOWN, _KEPT = 8, 200


class NoteAsk(Section):
    """写备注."""

    def __init__(
        self, desk: LeaderDesk, end: Section, *, passage: PassageId | None = None, case: CaseId | None = None
    ) -> None:
        """`end`: the page that it goes back to."""
        super().__init__(desk)
        self._end = end
        self._passage = passage
        self._case = case
        self._pieces: list[str] = []
        self._parts = False

    @property
    def _text(self) -> str:
        return "".join(self._pieces)

    def page(self) -> LeaderPage:
        """The text so far, phrases or numbers, and three keys."""
        names = PARTS if self._parts else PHRASES
        tiles = tuple(LeaderTile(f"add.{name}", name if name.isdigit() else Line(_key(name))) for name in names)
        keys = (
            LeaderTile("other", Line("leader_note.phrases" if self._parts else "leader_note.parts")),
            LeaderTile("less", Line("key.delete"), enabled=bool(self._pieces)),
            LeaderTile("keep", Line("leader_note.keep"), role="MAIN", enabled=bool(self._text.strip())),
        )
        sub = Line("leader_note.room", {"n": len(self._text), "of": LONGEST_NOTE})
        return LeaderPage(
            "screen.leader.note", Line("leader_note.write"), sub, self.notice, tiles=tiles, keys=keys,
            tile_mm=20.0 if self._parts else 50.0, writing=self._text,
        )  # fmt: skip

    def wrote(self, text: str) -> None:
        """A keyboard, letter by letter."""
        if not text:
            if self._pieces:
                self._pieces[-1] = self._pieces[-1][:-1]
                self._pieces = [piece for piece in self._pieces if piece]
            return
        self._add(text)

    def _add(self, text: str) -> None:
        room = LONGEST_NOTE - len(self._text)
        if fits := clean(text)[:room]:
            self._pieces.append(fits)

    def chose(self, name: str) -> None:
        """A piece more or less, the other keys, or done."""
        if name.startswith("add."):
            what = name.removeprefix("add.")
            self._add(what if what.isdigit() else self.desk.tools.word(_key(what)))
            if not self._parts:
                self._add(self.desk.tools.word("leader_note.part_comma"))
        elif name == "other":
            self._parts = not self._parts
        elif name == "less":
            self._pieces = self._pieces[:-1]
        elif name == "keep":
            self._keep()
            return
        self.desk.redraw()

    def _keep(self) -> None:
        text = self._text.rstrip(f" {self.desk.tools.word('leader_note.part_comma').strip()}")
        done = self.desk.door.note(text, self.desk.by, self._passage, self._case)
        if done.fault is not None:
            self.notice = outcome(done, None)  # what was written stays
            self.desk.redraw()
        else:
            self.desk.until(self._end, outcome(done, Line("leader_desk.done")))


def _key(name: str) -> str:
    return f"leader_note.part_{name}" if name in PARTS else f"leader_note.say_{name}"


class NotesPage(Section):
    """备注: those of the shift, newest first, and a new one."""

    def __init__(self, desk: LeaderDesk) -> None:
        super().__init__(desk)
        self._notes: tuple[tuple[Event, str], ...] = ()
        self._first = 0

    def opened(self) -> None:
        """Read and opened beside the screen."""
        door = self.desk.door
        since = Period(from_ms=door.now_ms - 2 * DAY_MS)

        def work() -> tuple[tuple[Event, str], ...]:
            events = door.review.notes(since, _KEPT)
            texts: dict[EventId, str] = door.said(events)
            return tuple((event, texts.get(event.id, "")) for event in events)

        self.desk.read(work, self._read)

    def _read(self, notes: tuple[tuple[Event, str], ...]) -> None:
        self._notes = notes

    def page(self) -> LeaderPage:
        """A line each."""
        shown = self._notes[self._first : self._first + _SHOWN]
        facts = tuple(Fact(said(self.desk, event, text)) for event, text in shown)
        keys = (LeaderTile("write", Line("leader_note.write"), role="MAIN"),)
        sub = Line("leader_note.n", {"n": len(self._notes)})
        return LeaderPage(
            "screen.leader.notes", Line("leader_note.title"), sub, self.notice, facts, keys=keys,
            back=self._first > 0, forth=self._first + _SHOWN < len(self._notes),
        )  # fmt: skip

    def turn(self, by: int) -> None:
        """Others."""
        self._first = max(0, self._first + by * _SHOWN)
        self.desk.redraw()

    def chose(self, name: str) -> None:
        """A new one."""
        if name == "write":
            self.desk.open(NoteAsk(self.desk, self))


def said(desk: LeaderDesk, event: Event, text: str) -> Text:
    """When, of what, who, and the words."""
    body = event.body
    if not isinstance(body, LeaderNote):
        return ""
    of = "passage" if body.passage is not None else "case" if body.case is not None else "shift"
    at = shanghai(event.at_ms).strftime("%m-%d %H:%M")
    return (at, Line(f"leader_note.of_{of}"), desk.door.operator_name(body.by), text or Line("leader_note.gone"))

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A page of the leader's desk as a value: sentences, tiles, a pad or a picture, keys below (interface.md 5.13)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from kiosk.app.review import DayPicture
from kiosk.app.views import Line, Shape
from ui.words import Words

Text: TypeAlias = Line | str | tuple[Line | str, ...] | None
"""文字: a line, a text of the register as it stands, or several side by side."""


def say(words: Words, text: Text) -> str:
    """A text in the present language."""
    if text is None:
        return ""
    if isinstance(text, tuple):
        return " ".join(part for part in (say(words, each) for each in text) if part)
    return words.line(text) if isinstance(text, Line) else text


@dataclass(frozen=True, slots=True)
class LeaderTile:
    """One key: its id, its text, a second smaller line, how it stands out, a verdict's shape before it."""

    name: str
    text: Text
    hint: Text = None
    role: str = "NORMAL"
    shape: Shape | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Fact:
    """One sentence of a page: `strong` for what the page is about, `grave` for what must be looked at."""

    text: Text
    strong: bool = False
    grave: bool = False


class PadKind(StrEnum):
    """数字键: what is typed: a number, a PIN that nobody reads, a temperature."""

    NUMBER = "NUMBER"
    PIN = "PIN"
    TEMPERATURE = "TEMPERATURE"


@dataclass(frozen=True, slots=True)
class Pad:
    """A pad and what has been typed; of a PIN only how many digits there are."""

    kind: PadKind
    typed: str = ""


class Chart(StrEnum):
    """图: people by hour, passages by verdict, readings by tenth, and the same as a table."""

    PEOPLE = "PEOPLE"
    VERDICTS = "VERDICTS"
    TEMPS = "TEMPS"
    TABLE = "TABLE"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture to paint."""

    day: DayPicture
    chart: Chart


@dataclass(frozen=True, slots=True)
class LeaderPage:
    """A page. `name` is the screen's object name; `back`, `forth`: whether there are pages before and after.

    `ruler`: a bar as long as a bank card, to hold one against. `writing`: free text so far; keys
    of the page and a keyboard, if there is one, add to it.
    """

    name: str
    title: Text
    sub: Text = None
    notice: Text = None
    facts: tuple[Fact, ...] = ()
    tiles: tuple[LeaderTile, ...] = ()
    keys: tuple[LeaderTile, ...] = ()
    tile_mm: float = 50.0
    pad: Pad | None = None
    drawn: Drawn | None = None
    back: bool = False
    forth: bool = False
    busy: bool = False
    locked: bool = False
    ruler: bool = False
    writing: str | None = None


class DeskKeys(Protocol):
    """What the keys of a page work."""

    def chose(self, name: str) -> None:
        """A tile or a key below."""
        ...

    def digit(self, digit: str) -> None:
        """A digit; "" deletes one."""
        ...

    def wrote(self, text: str) -> None:
        """A keyboard's text; "" deletes the last letter."""
        ...

    def confirm(self) -> None:
        """确定."""
        ...

    def turn(self, by: int) -> None:
        """上一页, 下一页."""
        ...

    def leave(self) -> None:
        """返回."""
        ...

    def lock(self) -> None:
        """锁定."""
        ...

    def code(self, payload: bytes) -> bool:
        """Whether the page waits for this very code; any other one is the lane's."""
        ...

    def second(self) -> None:
        """Once a second."""
        ...


@dataclass(frozen=True, slots=True)
class LeaderDeskState:
    """门长台: a page of it stands on the screen."""

    page: LeaderPage
    desk: DeskKeys


MOST_KEYS = 6
"""Keys of the row below: each at least 20 mm wide beside the next."""

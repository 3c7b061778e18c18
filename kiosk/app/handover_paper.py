# SPDX-License-Identifier: LicenseRef-Gatehouse
"""交接单: what one shift gives to the next as a page: figures, what is open, who rests, what to look at (domain.md 14).

Two extents. Whoever hands over at the lane prints numbers, waiting tokens and counts; the leader's sheet names, masked,
exceptions, cases, isolation due and notes (trust.md 3 and 10). Each text stands in both languages.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kiosk.app.views import Line

Cell = Line | str | tuple[Line | str, ...]
"""一格: a line, a text as it stands, or several side by side."""
Both = tuple[str, str]
"""两种文字: 中文 and English."""
Said = Callable[[Line], Both]


@dataclass(frozen=True, slots=True)
class PaperSection:
    """一节: title, column titles, their widths in shares, rows."""

    title: Line
    head: tuple[Line, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class HandoverPaper:
    """交接单. `head` begins the log's head hash; `figures` are rows of title and number."""

    place: str
    when: Line
    members: tuple[str, ...]
    head: str
    figures: tuple[tuple[tuple[Line, int], ...], ...]
    sections: tuple[PaperSection, ...] = ()
    leader: bool = False


def printed(paper: HandoverPaper, said: Said) -> dict[str, object]:
    """As the template takes it: JSON values, each line as (中文, English)."""

    def cell(value: Cell) -> list[Both]:
        parts: Sequence[Line | str] = value if isinstance(value, tuple) else (value,)
        return [said(part) if isinstance(part, Line) else (part, part) for part in parts if part]

    def named(name: str) -> Both:
        return said(Line(f"handover_paper.{name}"))

    return {
        "title": named("title"),
        "purpose": said(Line("sheet.purpose")),
        "place": paper.place,
        "when": said(paper.when),
        "duty": named("duty"),
        "members": paper.members,
        "head": paper.head,
        "special": named("special"),
        "figures": [[[said(name), count] for name, count in row] for row in paper.figures],
        "sections": [
            {
                "title": said(section.title),
                "head": [said(name) for name in section.head],
                "widths": section.widths,
                "rows": [[cell(value) for value in row] for row in section.rows],
                "none": named("none"),
            }
            for section in paper.sections
        ],
        "signs": [named(name) for name in (("out", "in", "leader") if paper.leader else ("out", "in"))],
    }

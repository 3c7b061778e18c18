# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A gate's enrolment code on paper: one page, one symbol, until when it is good (interface.md 12, `/devices`)."""

from dataclasses import dataclass
from pathlib import Path

from sync.office.print.typeset import typeset

_TEMPLATE = Path(__file__).with_name("enrol_paper.typ")


@dataclass(frozen=True, slots=True)
class EnrolPage:
    """启用码一页: `rows` the symbol's modules, dark True; texts in the reader's language."""

    title: str
    gate: str
    until: str
    how: str
    rows: tuple[tuple[bool, ...], ...]


def enrol_page(page: EnrolPage) -> bytes:
    """The PDF. Raises `TypesetError`."""
    data = {
        "title": page.title, "gate": page.gate, "until": page.until, "how": page.how,
        "rows": ["".join("1" if dark else "0" for dark in row) for row in page.rows],
    }  # fmt: skip
    return typeset(_TEMPLATE.read_bytes(), data)

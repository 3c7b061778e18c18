# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Cells made even: full-width digits, rooms in all their spellings, phones as numbers, years of birth."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from sync.office.service.masking import masked_name, masked_phone

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_MARKED = re.compile(r"^'(?=[=+\-@])")
_WIDE_SPACE = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_SPACES = re.compile(r"\s+")
_PHONE = re.compile(r"\+?[0-9]{7,15}")
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9][0-9]{9})")
_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?P<building>[0-9]{1,4}[A-Z]?)\s*(?:号楼|幢|栋|号|楼|-|/)\s*"
    r"(?:(?P<unit>[0-9]{1,2}|[A-Z])\s*(?:单元|门|-|/)\s*)?"
    r"(?P<room>[0-9]{1,5}[A-Z]?)\s*(?:室|号|房)?",
    re.IGNORECASE,
)
_DOC_NO = re.compile(r"[0-9]{17}[0-9X]|[A-Z0-9]{6,18}", re.IGNORECASE)
_FIRST_YEAR = 1900
EXCEL_ZERO = dt.date(1899, 12, 30)
_DOC_TAIL = 4
_SUFFIXES = ("号楼", "单元", "室", "幢", "栋", "楼", "号", "房", "门")


@dataclass(frozen=True, slots=True)
class Place:
    """楼、单元、室, each without its word: "1", "2", "301"."""

    building: str
    unit: str
    room: str


def clean(cell: str) -> str:
    """Full-width digits and letters made narrow, signs that nobody sees taken out, spaces single.

    An apostrophe before a sign that begins a formula is how our own exports write such a text: it is not part of it.
    """
    return _MARKED.sub("", _SPACES.sub(" ", _CONTROL.sub("", unicodedata.normalize("NFKC", cell))).strip())


def name(cell: str) -> str:
    """张 三 is 张三; a space between two Latin words is part of the name."""
    return _WIDE_SPACE.sub("", cell)


def numbered(cell: str) -> str:
    """1号楼 and 301室 are 1 and 301; 01 stays as it is written."""
    text = cell.removesuffix(".0").replace(" ", "")
    for suffix in _SUFFIXES:
        text = text.removesuffix(suffix)
    return text


def place(cell: str) -> Place | None:
    """1-2-301, 1号楼2单元301室, 12号601."""
    found = _ADDRESS.search(cell.replace(" ", ""))
    if found is None:
        return None
    return Place(found["building"].upper(), (found["unit"] or "").upper(), found["room"].upper())


def rewritten(cell: str) -> bool:
    """Whether a spreadsheet rounded a number away: 1.38E+10 no longer holds the digits."""
    return _ROUNDED.fullmatch(cell.replace(" ", "")) is not None


def phone(cell: str) -> str | None:
    """A telephone number without spaces and dashes; None where it is none."""
    text = cell.removesuffix(".0")
    bare = re.sub(r"[ ()-]", "", text)
    mobile = _MOBILE.fullmatch(bare)
    if mobile is not None:
        return mobile[1]
    if _PHONE.fullmatch(bare) is None or (bare.startswith("1") and "-" not in text and len(bare) in (9, 10)):
        return None  # a mobile number that lost digits
    return text.replace(" ", "")


def year_of_birth(cell: str, today: dt.date) -> int | None:
    """The year of 1950, 1950-03-01, 1950年3月, 19500301 or a spreadsheet's day number; None where it is none."""
    text = cell.removesuffix(".0")
    found = re.fullmatch(r"([0-9]{4})(?:[年./-].*|[0-9]{2}|[0-9]{4})?", text)
    if found is not None and _FIRST_YEAR <= int(found[1]) <= today.year and _real(text):
        return int(found[1])
    if text.isdecimal() and len(text) == len("36526"):
        day = EXCEL_ZERO + dt.timedelta(days=int(text))
        return day.year if day.year >= _FIRST_YEAR and day <= today else None
    return None


def _real(text: str) -> bool:
    """Whether what looks like a whole date is one: 1950-02-30 is not."""
    parts = re.findall(r"[0-9]+", text)
    if len(parts) == 1 and len(text) == len("19500301"):
        parts = [text[:4], text[4:6], text[6:]]
    try:
        dt.date(int(parts[0]), int(parts[1]) if len(parts) > 1 else 1, int(parts[2]) if len(parts) > 2 else 1)  # noqa: PLR2004
    except ValueError:
        return False
    return True


def document(cell: str) -> str | None:
    """A document's number in capitals; None where it is none."""
    text = cell.replace(" ", "").upper()
    return text if _DOC_NO.fullmatch(text) else None


def masked(field: str, cell: str) -> str:
    """A value as an error may show it."""
    match field:
        case "phone":
            return masked_phone(cell)
        case "doc_no":
            return f"***{cell[-4:]}" if len(cell) > _DOC_TAIL * 2 else "***"
        case "name":
            return masked_name(cell)
        case _:
            return cell[:20]

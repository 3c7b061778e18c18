# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A given xlsx file with some cells filled; all else stays as it is, byte for byte (interface.md 12, `/report`).

The district's template is not rebuilt from what a library understands of it: cells are set in the sheet's own XML, a
cell with a formula is refused, and the file is marked to be calculated anew when it is opened.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from xml.parsers.expat import ExpatError, ParserCreate
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from sync.office.print.sheet import plain_text

LARGEST = 2 << 20
_UNPACKED = 40 << 20
_PARTS = 200
_REF = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


@dataclass(frozen=True, slots=True)
class FillFault:
    """填不了: `code` a text key's last part, `where` the cell or sheet."""

    code: str
    where: str = ""


@dataclass(slots=True)
class _Cell:
    """Where a cell stands in the XML (bytes), its style, whether it holds a formula."""

    start: int
    end: int
    style: str
    formula: bool = False


@dataclass(slots=True)
class _RowAt:
    start: int
    end: int
    inner: int
    """Where the row's first cell would stand; -1: the row is an empty element."""


def sheet_names(content: bytes) -> tuple[str, ...] | FillFault:
    """Names of the sheets, in order."""
    found = _parts(content)
    return found if isinstance(found, FillFault) else tuple(found)


def fill(content: bytes, cells: Mapping[tuple[str, str], int | str]) -> bytes | FillFault:
    """The file with these cells set; keys are (sheet name, "" for the first; reference as "C5")."""
    paths = _parts(content)
    if isinstance(paths, FillFault):
        return paths
    first = next(iter(paths))
    wanted: dict[str, dict[str, int | str]] = {}
    for (sheet, ref), value in cells.items():
        path = paths.get(sheet or first)
        if path is None:
            return FillFault("no_sheet", sheet)
        if _REF.fullmatch(ref) is None:
            return FillFault("no_cell", ref)
        wanted.setdefault(path, {})[ref] = value
    out = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename in wanted:
                filled = _filled(data, wanted[info.filename])
                if isinstance(filled, FillFault):
                    return filled
                data = filled
            elif info.filename == "xl/workbook.xml":
                data = _calculated_anew(data)
            if info.filename != "xl/calcChain.xml":
                new.writestr(info, data)
    return out.getvalue()


def _parts(content: bytes) -> dict[str, str] | FillFault:
    """Sheet name -> path of its part; a file that is no plain xlsx is refused before anything is unpacked."""
    try:
        with ZipFile(BytesIO(content)) as book:
            infos = book.infolist()
            too_big = len(infos) > _PARTS or sum(info.file_size for info in infos) > _UNPACKED
            if too_big or any(info.filename.endswith("vbaProject.bin") for info in infos):
                return FillFault("not_plain")
            workbook, relations = book.read("xl/workbook.xml"), book.read("xl/_rels/workbook.xml.rels")
    except (BadZipFile, KeyError, RuntimeError, NotImplementedError, OSError):
        return FillFault("not_xlsx")
    targets: dict[str, str] = {}
    sheets: dict[str, str] = {}

    def relation(name: str, given: dict[str, str]) -> None:
        if name.endswith("Relationship"):
            target = given.get("Target", "")
            targets[given.get("Id", "")] = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"

    def sheet(name: str, given: dict[str, str]) -> None:
        if name == "sheet":
            sheets[given.get("name", "")] = next((v for k, v in given.items() if k.endswith(":id")), "")

    if not (_parsed(relations, relation) and _parsed(workbook, sheet)) or not sheets:
        return FillFault("not_xlsx")
    return {name: targets.get(key, "") for name, key in sheets.items()}


class _Doctype(Exception):
    """A document type: no sheet has one."""


def _refuse_doctype(*_given: object) -> None:
    raise _Doctype


def _parsed(data: bytes, started: Callable[[str, dict[str, str]], None]) -> bool:
    """Read XML element by element; False if it is none, or has a document type."""
    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = started
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's own
    except (ExpatError, _Doctype):
        return False
    return True


def _calculated_anew(workbook: bytes) -> bytes:
    """The workbook's part, telling the program that opens it to calculate all formulas."""
    if re.search(rb"<calcPr\b", workbook):
        dropped = re.sub(rb'(<calcPr\b[^>]*?)\s+fullCalcOnLoad="[^"]*"', rb"\1", workbook)
        return re.sub(rb"<calcPr\b", b'<calcPr fullCalcOnLoad="1"', dropped, count=1)
    return re.sub(rb"</workbook>", b'<calcPr fullCalcOnLoad="1"/></workbook>', workbook, count=1)


def _filled(data: bytes, cells: Mapping[str, int | str]) -> bytes | FillFault:
    """The sheet's part with the cells set, one after the other: each place is found in what the last one left."""
    for ref, value in cells.items():
        done = _set(data, ref, value)
        if isinstance(done, FillFault):
            return done
        data = done
    return data


def _set(data: bytes, ref: str, value: int | str) -> bytes | FillFault:
    places = _Places()
    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = lambda name, given: places.began(parser.CurrentByteIndex, name, given)
    parser.EndElementHandler = lambda name: places.ended(data, parser.CurrentByteIndex, name)
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's own
    except (ExpatError, _Doctype):
        return FillFault("not_xlsx")
    column, row = _place(ref)
    cell = places.cells.get(ref)
    if cell is not None:
        if cell.formula:
            return FillFault("formula", ref)
        return data[: cell.start] + _xml(ref, value, cell.style) + data[cell.end :]
    there = places.rows.get(row)
    if there is None:
        after = min((at.start for number, at in places.rows.items() if number > row), default=places.rows_end)
        if after < 0:
            return FillFault("no_cell", ref)
        return data[:after] + f'<row r="{row}">'.encode() + _xml(ref, value, "") + b"</row>" + data[after:]
    if there.inner < 0:
        opened = data[there.start : there.end].rstrip(b"/>").rstrip() + b">"
        return data[: there.start] + opened + _xml(ref, value, "") + b"</row>" + data[there.end :]
    later = [c.start for r, c in places.cells.items() if _place(r)[1] == row and _place(r)[0] > column]
    at = min(later, default=there.inner)
    return data[:at] + _xml(ref, value, "") + data[at:]


class _Places:
    """Where rows and cells stand, found by the parser's own byte positions."""

    def __init__(self) -> None:
        """Nothing is found yet."""
        self.cells: dict[str, _Cell] = {}
        self.rows: dict[int, _RowAt] = {}
        self.rows_end = -1
        self._cell: _Cell | None = None
        self._row: _RowAt | None = None

    def began(self, at: int, name: str, given: dict[str, str]) -> None:
        """An element begins."""
        match name:
            case "c":
                self._cell = self.cells[given.get("r", "")] = _Cell(at, at, given.get("s", ""))
            case "row":
                self._row = self.rows[int(given.get("r", "0"))] = _RowAt(at, at, -1)
            case "f" if self._cell is not None:
                self._cell.formula = True
            case _:
                pass

    def ended(self, data: bytes, at: int, name: str) -> None:
        """An element ends: expat stands at its closing tag, or right behind an empty one."""
        closing = data.startswith(f"</{name}".encode(), at)
        end = data.index(b">", at) + 1 if closing else at
        match name:
            case "c" if self._cell is not None:
                self._cell.end = end
                self._cell = None
            case "row" if self._row is not None:
                self._row.inner = at if closing else -1
                self._row.end = end
                self._row = None
            case "sheetData":
                self.rows_end = at if closing else -1
            case _:
                pass


def _place(ref: str) -> tuple[int, int]:
    """(column, row) of a reference, counted from 1."""
    found = _REF.fullmatch(ref)
    if found is None:
        return (0, 0)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return column, int(found[2])


def _xml(ref: str, value: int | str, style: str) -> bytes:
    styled = f' s="{style}"' if style else ""
    if isinstance(value, int):
        return f'<c r="{ref}"{styled}><v>{value}</v></c>'.encode()
    return f'<c r="{ref}"{styled} t="inlineStr"><is><t>{escape(plain_text(value))}</t></is></c>'.encode()

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A clerk's spreadsheet (interface.md 12.1): whatever the committees send is read, told, taken, and taken back."""

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import xlsxwriter

from kiosk.domain.codes import Attr, Category, PassState
from kiosk.domain.instants import DAY_MS
from kiosk.domain.register import Compound, Dwelling, PassRow, Person
from sync.office.compose import Office
from sync.office.imports import cells
from sync.office.imports.columns import Field
from sync.office.imports.differences import Change
from sync.office.imports.roster import BadRow, Roster, RosterRow, RowFault, RowNote, read_roster
from sync.office.imports.workbook import BYTES_LIMIT, Book, FileFault, read_book
from sync.office.service.roster import ALL, Choice, Preview, RosterImport, TakeFault, Taken, category_words
from sync.office.service.upkeep import each_minute
from tests.unit.office.offices import C1, C2, START_MS, found_office

SHEETS = Path(__file__).parent / "sheets"
TODAY = dt.date(2020, 2, 20)
HEADER: list[object] = ["楼号", "单元", "室号", "姓名", "电话", "性别", "出生年", "类别"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def office(folder: Path) -> Office:
    return found_office(folder)


def xlsx(rows: Sequence[Sequence[object]], *, hidden: bool = False, merge: Sequence[int] | None = None) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("名册")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    if merge is not None:
        sheet.merge_range(*merge, "1")
    if hidden:
        other = book.add_worksheet("草稿")
        other.write_row(0, 0, HEADER)
        other.hide()
    book.close()
    return out.getvalue()


def read(data: bytes) -> Roster:
    book = read_book(data)
    assert isinstance(book, Book), book
    roster = read_roster(book, category_words(), TODAY)
    assert isinstance(roster, Roster)
    return roster


def only(data: bytes) -> RosterRow:
    (row,) = read(data).rows
    return row


def people(office: Office, compound: str = C1) -> dict[str, Person]:
    with office.database.reading() as tx:
        return {one.name: one for one in office.book.register.all(tx, Person, compound_id=compound)}


def look(office: Office, data: bytes, compound: str = C1, choice: Choice | None = None) -> Preview:
    importer = RosterImport(office.book, office.ids, office.audit, office.vault)
    with office.database.writing() as tx:
        offer = importer.offer(tx, compound, "a.xlsx", data, START_MS, by="clerk", choice=choice or Choice())
        assert not isinstance(offer, FileFault), offer
        seen = importer.preview(tx, offer, office.book.register.all(tx, Compound), START_MS)
        assert isinstance(seen, Preview)
    return seen


def take(
    office: Office,
    data: bytes,
    compound: str = C1,
    choice: Choice | None = None,
    good_rows: bool = False,
    gone_too: bool = False,
) -> Taken | TakeFault:
    seen = look(office, data, compound, choice)
    importer = RosterImport(office.book, office.ids, office.audit, office.vault)
    with office.database.writing() as tx:
        again = importer.preview(tx, seen.offer, office.book.register.all(tx, Compound), START_MS)
        assert isinstance(again, Preview)
        return importer.take(
            tx, again, START_MS, by="clerk", digest=seen.plan.digest, good_rows=good_rows, gone_too=gone_too
        )


# what a file may be --------------------------------------------------------------------------------------------------

CSV = """楼号,单元,室号,姓名,电话,性别,出生年,类别
1号楼,1单元,301室,张三,13800000000,男,1950,
１,1,302,曾小红,13800000000.0,女,1980,常住未离沪
"""


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8 (BOM)"), ("gb18030", "GB18030")]
)
def test_text_is_read_in_whatever_it_is_written_in_and_the_encoding_told(encoding: str, said: str) -> None:
    roster = read(CSV.encode(encoding))
    assert [(row.name, row.phone, row.place.room) for row in roster.rows] == [
        ("张三", "13800000000", "301"), ("曾小红", "13800000000", "302"),
    ]  # fmt: skip
    assert (roster.rows[1].category, roster.encoding) == (Category.LOCAL, said)


def test_an_old_xls_with_titles_a_sheet_per_building_merged_rooms_and_dates() -> None:
    roster = read((SHEETS / "two_buildings.xls").read_bytes())
    assert [(row.place.building, row.place.room, row.name, row.birth_year) for row in roster.rows] == [
        ("1", "301", "张三1", 1950), ("1", "301", "李四1", 1980),
        ("2", "301", "张三2", 1950), ("2", "301", "李四2", 1980),
    ]  # fmt: skip
    assert RowNote.FILLED in roster.rows[1].notes
    assert roster.bad == ()


def test_an_ods_with_whole_addresses() -> None:
    roster = read((SHEETS / "two_compounds.ods").read_bytes())
    assert [(row.compound, row.place) for row in roster.rows] == [
        ("甘泉一村", cells.Place("1", "2", "301")), ("西泰苑", cells.Place("3", "", "502")),
    ]  # fmt: skip


def test_an_xlsx_with_a_hidden_sheet_says_so_and_leaves_it_out() -> None:
    roster = read(xlsx([HEADER, [1, 1, 301, "张三", 13800000000]], hidden=True))
    assert (len(roster.rows), roster.hidden) == (1, ("草稿",))


def encrypted() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le")


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(3):
            packed.writestr(f"xl/{number}.xml", b"\0" * (80 << 20))
        packed.writestr("xl/workbook.xml", b"<workbook/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", FileFault.EMPTY),
        (b" \r\n", FileFault.EMPTY),
        (b"%PDF-1.7\n", FileFault.NOT_A_SHEET),
        (b"\xff\xff\xff", FileFault.NOT_A_SHEET),
        (b"GIF89a\0\0", FileFault.NOT_A_SHEET),
        (b"x" * (BYTES_LIMIT + 1), FileFault.TOO_LARGE),
        (b"PK\x03\x04 nothing more", FileFault.DAMAGED),
        (encrypted(), FileFault.ENCRYPTED),
        (xlsx([]), FileFault.EMPTY),
        (xlsx([HEADER])[:900], FileFault.DAMAGED),
    ],
)
def test_what_is_no_spreadsheet_is_refused_with_its_reason(data: bytes, fault: FileFault) -> None:
    assert read_book(data) is fault


def test_a_bomb_is_not_unpacked() -> None:
    data = bomb()
    assert len(data) < BYTES_LIMIT
    assert read_book(data) is FileFault.BOMB


# what a cell may hold ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        (13800000000, "13800000000"),
        (13800000000.0, "13800000000"),
        ("13800000000.0", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("138 0000 0000", "13800000000"),
        ("138-0000-0000", "13800000000"),
        ("+86 13800000000", "13800000000"),
        ("021-55550001", "021-55550001"),
        ("55550001", "55550001"),
        ("", ""),
    ],
    ids=repr,
)
def test_a_phone_comes_through_intact(cell: object, phone: str) -> None:
    assert only(xlsx([HEADER, [1, 1, 301, "张三", cell]])).phone == phone


@pytest.mark.parametrize("cell", ["1.38E+10", "1.38e10", "1380000000", "138000000"])
def test_a_phone_that_lost_digits_is_an_error_and_never_a_guess(cell: str) -> None:
    assert read(xlsx([HEADER, [1, 1, 301, "张三", cell]])).bad[0].fault is RowFault.REWRITTEN


def test_a_damaged_document_number_is_left_blank_and_the_row_is_good() -> None:
    rows: list[list[object]] = [[*HEADER, "身份证号"], [1, 1, 301, "张三", "", "", "", "", 310107195003011234.0]]
    assert RowNote.DOC_NO_BLANK in only(xlsx(rows)).notes


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("1-2-301", ("1", "2", "301")),
        ("1号楼2单元301室", ("1", "2", "301")),
        ("１２号６０１", ("12", "", "601")),
        ("甘泉路 12 号 601 室", ("12", "", "601")),
        ("3幢502", ("3", "", "502")),
        ("3栋A单元502A", ("3", "A", "502A")),
    ],
)
def test_a_room_in_all_its_spellings(address: str, place: tuple[str, str, str]) -> None:
    assert only(f"地址,姓名\n{address},张三\n".encode()).place == cells.Place(*place)


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        ("1950", 1950),
        ("1950-03-01", 1950),
        ("1950年3月", 1950),
        ("19500301", 1950),
        ("1950/3/1", 1950),
        ("18323", 1950),
    ],
)
def test_a_year_of_birth_however_it_is_written(cell: str, year: int) -> None:
    assert only(f"楼号,室号,姓名,出生日期\n1,301,张三,{cell}\n".encode()).birth_year == year


@pytest.mark.parametrize("cell", ["50", "1950-02-30", "19501301", "2030", "1850", "abc", "99999"])
def test_an_impossible_date_is_an_error(cell: str) -> None:
    (bad,) = read(f"楼号,室号,姓名,出生日期\n1,301,张三,{cell}\n".encode()).bad
    assert (bad.row, bad.column, bad.fault) == (2, "birth_year", RowFault.BIRTH)


def test_a_formula_is_an_error_at_its_cell() -> None:
    (bad,) = read(xlsx([HEADER, [1, 1, 301, "=A2&A1", 13800000000]])).bad
    assert (bad.row, bad.column, bad.fault) == (2, "name", RowFault.FORMULA)
    (bad,) = read("楼号,室号,姓名\n1,301,=cmd|' /C calc'!A0\n".encode()).bad
    assert (bad.fault, bad.value) == (RowFault.FORMULA, "=…")


def test_signs_that_nobody_sees_do_not_come_in() -> None:
    row = only("楼号,室号,姓名,备注\n1,301,张\u202e\u200b三,独居老人\n".encode())
    assert (row.name, row.attrs) == ("张三", frozenset({Attr.LIVES_ALONE, Attr.ELDERLY}))


BAD = CSV + "2,,101,王五,1.38E+10,,,\n,,,,,,,\n2,,,赵六,,,,\n1,1,301,张三,,,,\n3,,1,李四,abc,,,\n3,,2,孙七,,,,怪\n"


def test_each_bad_row_is_named_by_row_and_column_with_its_value_masked_and_the_row_it_collides_with() -> None:
    assert read(BAD.encode()).bad == (
        BadRow(4, "phone", RowFault.REWRITTEN, "****10"),
        BadRow(6, "room", RowFault.EMPTY),
        BadRow(7, "name", RowFault.DUPLICATE, "张*", 2),
        BadRow(8, "phone", RowFault.PHONE, "****bc"),
        BadRow(9, "category", RowFault.CATEGORY, "怪"),
    )


def test_one_document_in_two_rows_is_an_error_that_names_the_other() -> None:
    rows = "楼号,室号,姓名,身份证号\n1,301,张三,310107195003011234\n2,502,张山,310107195003011234\n"
    (bad,) = read(rows.encode()).bad
    assert (bad.row, bad.other, bad.fault, bad.value) == (3, 2, RowFault.ONE_DOCUMENT, "***1234")


def test_a_sheet_without_its_columns_says_which_one() -> None:
    assert read("小区,姓名\n甘泉一村,张三\n".encode()).bad == (BadRow(1, "room", RowFault.HEADER),)
    assert read_roster(Book(()), {}, TODAY) is FileFault.EMPTY


# what it changes ------------------------------------------------------------------------------------------------------


def test_the_preview_tells_new_changed_moved_gone_and_same_and_writes_nothing(office: Office) -> None:
    first: list[list[object]] = [HEADER, *([1, 1, 100 + n, f"甲{n}", 13800000000 + n] for n in range(20))]
    assert isinstance(take(office, xlsx(first)), Taken)
    before = people(office)
    second: list[list[object]] = [HEADER, *([1, 1, 100 + n, f"甲{n}", 13800000000 + n] for n in range(2, 20))]
    second[1][4] = 13911111111
    second[2][2] = 555
    second.append([1, 1, 777, "新来", 13700000000])
    plan = look(office, xlsx(second), choice=Choice(whole=True)).plan
    assert plan.count() == {Change.SAME: 16, Change.CHANGED: 1, Change.MOVED: 1, Change.NEW: 1, Change.GONE: 2}
    (changed,) = (one for one in plan.differences if one.change is Change.CHANGED)
    assert changed.fields() == (("phone", "13800000002", "13911111111"),)
    assert people(office) == before


def test_a_part_list_marks_nobody_as_gone(office: Office) -> None:
    take(office, CSV.encode())
    assert Change.GONE not in look(office, "楼号,单元,室号,姓名\n1,1,301,张三\n".encode()).plan.count()


def test_the_same_file_again_changes_nothing(office: Office) -> None:
    take(office, CSV.encode())
    with office.database.reading() as tx:
        rev = office.changes.rev(tx, "roster:C01")
    assert take(office, CSV.encode()) is TakeFault.NOTHING
    with office.database.reading() as tx:
        assert office.changes.rev(tx, "roster:C01") == rev


def test_all_or_nothing_unless_the_good_rows_are_chosen(office: Office) -> None:
    assert take(office, BAD.encode()) is TakeFault.BAD_ROWS
    assert people(office) == {}
    assert isinstance(take(office, BAD.encode(), good_rows=True), Taken)
    assert people(office).keys() == {"张三", "曾小红"}
    assert {"zxh", "cxh"} <= set(people(office)["曾小红"].initials)


def test_a_full_list_that_leaves_out_more_than_a_tenth_is_asked_about_again(office: Office) -> None:
    take(office, CSV.encode())
    half = "楼号,单元,室号,姓名,电话\n1,1,301,张三,13800000000\n".encode()
    assert take(office, half, choice=Choice(whole=True)) is TakeFault.GONE_MANY
    assert isinstance(take(office, half, choice=Choice(whole=True), gone_too=True), Taken)
    assert people(office).keys() == {"张三"}


def pass_of(office: Office, person: Person) -> PassRow:
    with office.database.reading() as tx:
        (row,) = office.book.register.all(tx, PassRow, person_id=person.id)
    return row


def test_cards_of_who_is_gone_rest_and_undo_opens_them_again(office: Office, given_pass: Mapping[str, object]) -> None:
    take(office, CSV.encode())
    zeng = people(office)["曾小红"]
    with office.database.writing() as tx:
        office.book.put(tx, [PassRow(person=zeng.id, compound=C1, **given_pass)], START_MS)  # type: ignore[arg-type]
    half = "楼号,单元,室号,姓名,电话\n1,1,301,张三,13800000000\n".encode()
    take(office, half, choice=Choice(whole=True), gone_too=True)
    assert pass_of(office, zeng).state is PassState.SUSPENDED
    assert undo(office) == 2
    assert pass_of(office, zeng).state is PassState.ACTIVE
    assert people(office)["曾小红"] == zeng


@pytest.fixture
def given_pass() -> Mapping[str, object]:
    return {
        "id": "ab" * 12, "kind": "RESIDENT", "category": Category.LOCAL, "state": PassState.ACTIVE, "valid_from_ms": 0,
        "valid_to_ms": 9, "issued_at_ms": 0, "changed_at_ms": 0,
    }  # fmt: skip


def undo(office: Office, compound: str = C1) -> int | None:
    importer = RosterImport(office.book, office.ids, office.audit, office.vault)
    with office.database.writing() as tx:
        return importer.undo(tx, compound, START_MS + 1, by="clerk")


def test_undo_brings_back_what_stood_before_and_only_the_last_file(office: Office) -> None:
    take(office, CSV.encode())
    before = people(office)
    take(office, CSV.replace("13800000000,", "13900000000,").encode() + "9,1,101,新来,,,,\n".encode(),
         choice=Choice(new_buildings=True))  # fmt: skip
    assert people(office) != before
    undo(office)
    assert people(office) == before
    with office.database.reading() as tx:
        homes = office.book.register.all(tx, Dwelling, compound_id=C1)
    assert {home.building for home in homes} == {"1"}
    assert undo(office) is None


def test_undo_leaves_what_somebody_changed_after_the_import(office: Office) -> None:
    import dataclasses

    take(office, CSV.encode())
    moved = dataclasses.replace(people(office)["张三"], category=Category.RET_KEY)
    with office.database.writing() as tx:
        office.book.put(tx, [moved], START_MS + 5)
    undo(office)
    assert people(office) == {"张三": moved}
    with office.database.reading() as tx:
        (home,) = office.book.register.all(tx, Dwelling, compound_id=C1)
    assert home.id == moved.dwelling


def test_a_building_that_the_compound_does_not_have_is_a_slip_until_the_clerk_says_it_is_new(office: Office) -> None:
    take(office, CSV.encode())
    new = "楼号,室号,姓名\n88,101,周八\n".encode()
    assert look(office, new).plan.bad == (BadRow(2, "building", RowFault.BUILDING, "88"),)
    assert look(office, new, choice=Choice(new_buildings=True)).plan.bad == ()


def test_two_of_one_name_are_never_taken_for_each_other(office: Office) -> None:
    take(office, "楼号,室号,姓名,电话\n1,301,张三,13800000001\n".encode())
    plan = look(office, "楼号,室号,姓名,电话\n1,502,张三,13800000002\n1,503,张三,\n".encode()).plan
    assert plan.count() == {Change.NEW: 2}


def test_a_file_of_several_compounds_goes_where_its_column_says_and_names_the_strange_one(office: Office) -> None:
    data = (SHEETS / "two_compounds.ods").read_bytes()
    assert isinstance(take(office, data, ALL), Taken)
    assert (list(people(office, C1)), list(people(office, C2))) == (["王五"], ["赵六"])
    strange = look(office, "小区,楼号,室号,姓名\n别的村,1,1,甲\n".encode(), ALL).plan
    assert strange.bad == (BadRow(2, "compound", RowFault.COMPOUND, "别的村"),)


def test_a_register_that_changed_after_the_preview_is_looked_at_again(office: Office) -> None:
    seen = look(office, CSV.encode())
    take(office, CSV.encode())
    importer = RosterImport(office.book, office.ids, office.audit, office.vault)
    with office.database.writing() as tx:
        again = importer.preview(tx, seen.offer, office.book.register.all(tx, Compound), START_MS)
        assert isinstance(again, Preview)
        assert importer.take(tx, again, START_MS, by="clerk", digest=seen.plan.digest) is TakeFault.CHANGED


def test_what_a_clerk_says_of_the_columns_is_remembered_for_the_committee(office: Office) -> None:
    data = "几栋,几室,谁,咋找他\n1,301,张三,13800000000\n".encode()
    columns = {"": {0: Field.BUILDING, 1: Field.ROOM, 2: Field.NAME, 3: Field.PHONE}}
    assert isinstance(take(office, data, choice=Choice(columns=columns)), Taken)
    again = data.replace(b"13800000000", b"13800000009") + "1,302,李四,\n".encode()
    remembered = look(office, "楼号,几室,谁,咋找他\n".encode() + again.split(b"\n", 1)[1])
    assert remembered.plan.count() == {Change.CHANGED: 1, Change.NEW: 1}


def test_neither_the_file_nor_what_it_changed_lies_open_in_the_database(office: Office, folder: Path) -> None:
    take(office, CSV.encode())
    look(office, CSV.replace("张三", "秘密人").encode())
    office.close()
    data = b"".join(file.read_bytes() for file in folder.glob("office.db*"))
    assert all(text.encode() not in data for text in ("曾小红", "秘密人", "13800000000"))


def test_after_thirty_days_neither_an_offer_nor_what_an_import_replaced_is_kept(office: Office) -> None:
    take(office, CSV.encode())
    offer = look(office, CSV.encode()).offer
    each_minute(office, START_MS + 30 * DAY_MS)
    assert kept(office, offer.id)
    each_minute(office, START_MS + 30 * DAY_MS + 1)
    assert not kept(office, offer.id)
    assert undo(office) is None


def kept(office: Office, offer: str) -> bool:
    importer = RosterImport(office.book, office.ids, office.audit, office.vault)
    with office.database.reading() as tx:
        return importer.get(tx, offer) is not None

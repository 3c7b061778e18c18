# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The returnee platform's lists: read, matched with the register, kept once, taken back (interface.md 12).

On both engines.
"""

import datetime as dt
import io

import pytest
import xlsxwriter
from sqlalchemy import delete, select

from kiosk.domain.admission.situation import ReturnClass
from kiosk.domain.codes import IsolationState
from kiosk.domain.identity import CompoundId, IsolationId
from kiosk.domain.register import Compound, Isolation, Person
from sync.office.compose import Office
from sync.office.imports.matching import Match, residents_of
from sync.office.imports.returns import ReturnFault, ReturnField, ReturnList, day, read_returns
from sync.office.imports.workbook import Book, FileFault, read_book
from sync.office.service.retention import Purged, Retention
from sync.office.service.return_import import ReturnImport, ReturnPreview
from sync.office.service.return_plan import Change
from sync.office.service.returns import Returns, regions_of
from sync.office.service.roster import ALL, TakeFault
from sync.office.service.screening import MorningLists
from sync.office.store.tables import purge_hold, returnee
from sync.office.store.upsert import put
from tests.unit.office.offices import C1, C2, START_MS, person_id, resident

TODAY = dt.date(2020, 2, 20)
HEAD = "记录编号,姓名,联系电话,小区,在沪地址,来自,途经,抵沪日期\n"
DAY_MS = 86_400_000


def listed(text: str) -> ReturnList:
    book = read_book(text.encode())
    assert isinstance(book, Book)
    read = read_returns(book, TODAY)
    assert isinstance(read, ReturnList)
    return read


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("2020-02-18", dt.date(2020, 2, 18)), ("2020/2/18 08:30", dt.date(2020, 2, 18)),
        ("2020年2月18日", dt.date(2020, 2, 18)), ("20200218", dt.date(2020, 2, 18)), ("43879.0", dt.date(2020, 2, 18)),
        ("20-2-18", None), ("2月18日", None), ("2020-02-30", None), ("", None),
    ],
)  # fmt: skip
def test_a_day_is_read_in_all_its_spellings_and_a_short_year_in_none(cell: str, told: dt.date | None) -> None:
    assert day(cell) == told


def test_a_list_is_read_past_titles_and_each_bad_row_names_its_column() -> None:
    read = listed(
        "普陀区返沪人员名单,,,,,,,\n" + HEAD +
        "P1,张三,13800000000,甘泉一村,1号楼2单元301室,湖北省武汉市,南京、合肥,2020-02-18\n"
        "P2,李四,1.38E+10,甘泉一村,1-302,安徽,,2020-02-18\n"
        "P3,王五,13900000000,甘泉一村,1-303,安徽,,2020-03-01\n"
        "P4,赵六,138****1234,甘泉一村,,安徽,,2020-02-19\n"
        "P4,钱七,,甘泉一村,,安徽,,2020-02-19\n"
        "P5,张三,13800000000,甘泉一村,,湖北,,2020-02-18\n"
        ",,,,,,,\n"
    )  # fmt: skip
    first = read.rows[0].record
    assert (first.building, first.unit, first.room, first.transit) == ("1", "2", "301", ("南京", "合肥"))
    assert [one.record.name for one in read.rows] == ["张三", "赵六"]
    assert read.rows[1].record.phone == ""
    assert [(one.row, one.column, one.fault, one.other) for one in read.bad] == [
        (4, "phone", ReturnFault.REWRITTEN, None),
        (5, "arrived", ReturnFault.AHEAD, None),
        (7, "name", ReturnFault.DUPLICATE, 6),
        (8, "name", ReturnFault.DUPLICATE, 3),
    ]


def test_gb18030_and_a_real_workbook_give_the_same_records() -> None:
    text = HEAD + "P1,张三,13800000000,甘泉一村,1-301,湖北,,2020-02-18\n"
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(text.splitlines()):
            for column, cell in enumerate(row.split(",")):
                sheet.write_string(at, column, cell)
        sheet.write_number(1, 2, 13800000000)
        sheet.write_datetime(1, 7, dt.datetime(2020, 2, 18), book.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001 - a cell has no zone
    for data in (text.encode("gb18030"), made.getvalue()):
        book_read = read_book(data)
        assert isinstance(book_read, Book)
        read = read_returns(book_read, TODAY)
        assert isinstance(read, ReturnList)
        assert [one.record for one in read.rows] == [one.record for one in listed(text).rows]


def test_a_list_without_the_day_of_arrival_says_so_and_takes_the_clerks_word() -> None:
    book = read_book("姓名,哪天\n张三,2020-02-18\n".encode())
    assert isinstance(book, Book)
    read = read_returns(book, TODAY)
    assert isinstance(read, ReturnList)
    assert [(one.column, one.fault) for one in read.bad] == [("arrived", ReturnFault.HEADER)]
    told = read_returns(book, TODAY, choice={"": {1: ReturnField.ARRIVED}})
    assert isinstance(told, ReturnList)
    assert len(told.rows) == 1
    assert read_returns(Book(()), TODAY) is FileFault.EMPTY


# -- with a register -------------------------------------------------------------------------------------------------


def moved_in(office: Office) -> None:
    """张三 and 李四 in C01, another 张三 and his namesake in C02."""
    with office.database.writing() as tx:
        for one in (resident(1), resident(2, name="李四"), resident(3, C2), resident(4, C2, name="王五")):
            office.book.put(tx, one, START_MS)


def importer(office: Office) -> ReturnImport:
    return ReturnImport(returns(office), office.ids, office.audit, office.vault)


def returns(office: Office) -> Returns:
    return Returns(office.book, office.vault, office.audit)


def seen(office: Office, text: str, *, everything: bool = True, compound: str = ALL) -> ReturnPreview:
    with office.database.writing() as tx:
        offer = importer(office).offer(
            tx, compound, "名单.csv", text.encode(), START_MS, by="clerk", everything=everything
        )  # fmt: skip
        assert not isinstance(offer, FileFault)
        compounds = office.book.register.all(tx, Compound)
        if not everything:
            compounds = [one for one in compounds if one.id == C1]
        parts = [MorningLists(office.book).roster(tx, one.id) for one in compounds]
        people = residents_of([(part.persons, part.dwellings) for part in parts])
        shown = importer(office).preview(tx, offer, people, compounds, regions_of(tx, office.book), START_MS)
    assert isinstance(shown, ReturnPreview)
    return shown


def taken(office: Office, shown: ReturnPreview, *, good_rows: bool = False) -> object:
    with office.database.writing() as tx:
        return importer(office).take(tx, shown, START_MS, by="clerk", digest=shown.digest, good_rows=good_rows)


def row(**told: str) -> str:
    names = {"ref": "P1", "name": "张三", "phone": "", "compound": "", "address": "", "from": "安徽", "transit": ""}
    return ",".join([*{**names, **told}.values()][:7]) + f",{told.get('arrived', '2020-02-18')}\n"


PHONE_1, PHONE_3 = "10000000001", "10000000003"
ROOM_1 = "2-1-202"


@pytest.mark.parametrize(
    ("told", "match", "who"),
    [
        ({"phone": PHONE_1}, Match.MATCHED, 1),
        ({"compound": "甘泉一村", "address": ROOM_1}, Match.MATCHED, 1),
        ({"phone": PHONE_3, "compound": "甘泉一村", "address": ROOM_1}, Match.DOUBTFUL, None),
        ({}, Match.DOUBTFUL, None),
        ({"compound": "甘泉一村"}, Match.DOUBTFUL, None),
        ({"name": "张四", "phone": PHONE_1}, Match.DOUBTFUL, None),
        ({"name": "张珊", "compound": "甘泉一村", "address": ROOM_1}, Match.DOUBTFUL, None),
        ({"name": "周八", "compound": "甘泉一村", "address": ROOM_1}, Match.NONE, None),
        ({"name": "周八", "phone": "13811112222"}, Match.NONE, None),
    ],
)
def test_only_two_facts_of_one_person_are_a_match_all_else_is_a_clerks(
    told: dict[str, str], match: Match, who: int | None
) -> None:
    lived = (resident(1), resident(2, name="李四"), resident(3, C2), resident(4, C2, "王五"))
    homes, people = [one[0] for one in lived], [one[1] for one in lived]
    (one,) = listed(HEAD + row(**told)).rows
    found = residents_of([(people, homes)]).match(one.record, C1 if one.record.compound else None)
    assert (found.match, found.person) == (match, None if who is None else person_id(who))


def test_a_region_is_key_by_the_list_of_the_day_of_arrival_by_transit_or_by_the_platforms_word(office: Office) -> None:
    text = "姓名,来自,途经,抵沪日期,重点地区\n" + "".join(
        f"{name},{region},{transit},{arrived},{key}\n"
        for name, region, transit, arrived, key in (
            ("甲", "湖北省武汉市", "", "2020-02-18", ""), ("乙", "湖北", "", "2020-01-20", ""),
            ("丙", "江西", "420100", "2020-02-18", ""), ("丁", "江西", "", "2020-02-18", ""),
            ("戊", "江西", "", "2020-02-18", "是"),
        )
    )  # fmt: skip
    found = {one.new.record.name: one.new.cls for one in seen(office, text).planned}
    key, other = ReturnClass.KEY, ReturnClass.OTHER
    assert found == {"甲": key, "乙": other, "丙": key, "丁": other, "戊": key}


def test_a_list_is_taken_whole_or_by_choice_its_good_rows_and_comes_once(office: Office) -> None:
    moved_in(office)
    text = HEAD + row(phone=PHONE_1) + row(ref="P2", name="李四", phone="10000000002") + row(ref="P3", arrived="x")
    shown = seen(office, text)
    assert taken(office, shown) is TakeFault.BAD_ROWS
    counts = taken(office, shown, good_rows=True)
    assert isinstance(counts, dict)
    assert (counts["new"], counts["MATCHED"]) == (2, 2)
    again = seen(office, text)
    assert [one.change for one in again.planned] == [Change.SAME, Change.SAME]
    assert taken(office, again, good_rows=True) is TakeFault.NOTHING
    # By hand and without a number: the same person on the same day is the same record.
    (one,) = seen(office, HEAD + row(ref="", phone=PHONE_1)).planned
    assert one.change is Change.CHANGED
    with office.database.reading() as tx:
        assert len(returns(office).all(tx)) == 2


def test_a_list_that_was_seen_against_another_register_is_not_taken(office: Office) -> None:
    shown = seen(office, HEAD + row(phone=PHONE_1))
    moved_in(office)
    with office.database.writing() as tx:
        compounds = office.book.register.all(tx, Compound)
        part = MorningLists(office.book).roster(tx, C1)
        people = residents_of([(part.persons, part.dwellings)])
        now = importer(office).preview(tx, shown.offer, people, compounds, regions_of(tx, office.book), START_MS)
        assert isinstance(now, ReturnPreview)
        told = importer(office).take(tx, now, START_MS, by="clerk", digest=shown.digest)
    assert told is TakeFault.CHANGED


def test_undo_brings_back_what_stood_before_but_not_what_a_clerk_decided_since(office: Office) -> None:
    moved_in(office)
    taken(office, seen(office, HEAD + row(phone=PHONE_1) + row(ref="P2", name="周八")))
    text = HEAD + row(phone=PHONE_1, transit="南京") + row(ref="P3") + row(ref="P4", name="郑九")
    taken(office, seen(office, text))
    with office.database.writing() as tx:
        doubtful = next(one for one in returns(office).all(tx) if one.record.ref == "P3")
        returns(office).decide(tx, doubtful, person_id(3), START_MS, by="clerk")
        last = importer(office).last_taken(tx)
        assert last is not None
        assert importer(office).undo(tx, last, START_MS, by="clerk") == 2
        left = {one.record.ref: one for one in returns(office).all(tx)}
        assert importer(office).last_taken(tx) is None
    assert set(left) == {"P1", "P2", "P3"}
    assert left["P1"].record.transit == ()
    assert (left["P3"].person, left["P3"].compound) == (person_id(3), C2)


def test_what_a_clerk_decided_stays_decided_when_the_list_comes_again(office: Office) -> None:
    moved_in(office)
    taken(office, seen(office, HEAD + row()))
    with office.database.writing() as tx:
        (doubtful,) = returns(office).all(tx)
        returns(office).decide(tx, doubtful, None, START_MS, by="clerk")
    (one,) = seen(office, HEAD + row(transit="南京")).planned
    assert (one.change, one.new.match) == (Change.CHANGED, Match.DISMISSED)


def test_a_committees_clerk_takes_only_what_is_his(office: Office) -> None:
    moved_in(office)
    text = HEAD + row(phone=PHONE_1) + row(ref="P2", name="王五", phone="10000000004", compound="西泰苑")
    text += row(ref="P3", name="周八")
    shown = seen(office, text, everything=False)
    assert [one.new.record.ref for one in shown.planned] == ["P1"]
    assert [one.fault for one in shown.bad] == [ReturnFault.COMPOUND, ReturnFault.NOBODY]
    (doubtful,) = seen(office, HEAD + row(), everything=False).planned
    assert (doubtful.new.match, doubtful.new.compound) == (Match.DOUBTFUL, C1)
    (anybodys,) = seen(office, HEAD + row()).planned
    assert (anybodys.new.match, anybodys.new.compound) == (Match.DOUBTFUL, None)
    mine = seen(office, HEAD + row(ref="P3", name="周八"), everything=False, compound=C1)
    assert [one.new.compound for one in mine.planned] == [C1]


def test_the_morning_asks_after_whoever_is_back_and_not_yet_registered(office: Office) -> None:
    moved_in(office)
    rows = (("P1", "张三", PHONE_1, "2020-02-18"), ("P2", "李四", "10000000002", "2020-02-01"))
    taken(office, seen(office, HEAD + "".join(row(ref=r, name=n, phone=p, arrived=a) for r, n, p, a in rows)))
    with office.database.writing() as tx:
        assert returns(office).unanswered(tx, C1, START_MS) == {person_id(1)}
        assert returns(office).unanswered(tx, CompoundId("C02"), START_MS) == frozenset()
        opened = Isolation(
            IsolationId("i1"), person_id(1), IsolationState.HOME, dt.date(2020, 2, 18), START_MS, opened_at_ms=START_MS
        )
        office.book.put(tx, [opened], START_MS)
        assert returns(office).unanswered(tx, C1, START_MS) == frozenset()


def test_records_go_thirty_days_after_their_fourteen_and_name_nobody_at_rest(office: Office) -> None:
    moved_in(office)
    taken(office, seen(office, HEAD + row(phone=PHONE_1)))
    with office.database.writing() as tx:
        (at_rest,) = tx.execute(select(returnee)).all()
        assert not any(told in bytes(at_rest.sealed) for told in ("张三".encode(), PHONE_1.encode(), "安徽".encode()))
        assert not any(told in str(at_rest) for told in ("张三", PHONE_1, "安徽"))
    retention = Retention(office.database, office.book, office.devices, office.audit)
    assert not gone(retention.run(START_MS + 42 * DAY_MS))
    with office.database.writing() as tx:
        put(tx, purge_hold, [{"subject": person_id(1), "until_ms": 2**60, "by": "a", "approved_by": "b", "why": "c"}])
    assert not gone(retention.run(START_MS + 43 * DAY_MS))
    with office.database.writing() as tx:
        tx.execute(delete(purge_hold))
    done = retention.run(START_MS + 43 * DAY_MS)
    assert gone(done)
    assert bytes(at_rest.sealed)[-16:] in done.marks
    with office.database.reading() as tx:
        assert returns(office).all(tx) == []


def gone(done: Purged) -> int:
    return next(line.rows for line in done.lines if line.table == "returnee")


def test_taking_a_list_changes_no_person(office: Office) -> None:
    moved_in(office)
    with office.database.reading() as tx:
        before = office.book.register.all(tx, Person)
    taken(office, seen(office, HEAD + row(phone=PHONE_1)))
    with office.database.reading() as tx:
        assert office.book.register.all(tx, Person) == before

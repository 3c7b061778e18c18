# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A roster of 100,000 rows looked at and taken, a compound's first issue, 1,000 cards on paper (interface.md 15).

One row of 100 is planted wrong, in six ways: all of them must be found, and no other.
"""

import io
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import xlsxwriter

from kiosk.domain.codes import CodeColour
from kiosk.domain.identity import CompoundId
from kiosk.domain.instants import DAY_MS
from kiosk.domain.register import Compound
from sync.office.compose import Office
from sync.office.imports.roster import RowFault
from sync.office.print.cards import card_sheets
from sync.office.service.applications import Evidence, PlatformRecord
from sync.office.service.first_issue import Batch, FirstIssue
from sync.office.service.printing import CardsToPrint
from sync.office.service.returns import Returns
from sync.office.service.roster import ALL, Choice, Offer, Preview, RosterImport, Taken
from sync.office.store.register import Committee
from tests.bench.rows import Row
from tests.browser.lively import plan
from tests.unit.office.offices import JU, START_MS, found_office

_HEAD = ("小区", "楼号", "单元", "室号", "姓名", "电话", "出生年")
_SURNAMES, _GIVEN = "张王李赵陈杨周吴徐孙", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
_WRONG = {
    RowFault.NAME: (4, ""), RowFault.PHONE: (5, "12345"), RowFault.REWRITTEN: (5, "1.38E+10"),
    RowFault.BIRTH: (6, "3019"), RowFault.COMPOUND: (0, "没有的小区"), RowFault.FORMULA: (4, "=cmd|' /C calc'!A0"),
}  # fmt: skip


def rows(quick: bool) -> list[Row]:
    """Preview, taking, first issue and cards."""
    many, cards = (2_000, 40) if quick else (100_000, 1_000)
    with tempfile.TemporaryDirectory() as name:
        office = found_office(Path(name))
        compounds = [replace(one, committee=JU) for one in plan().compounds]
        with office.database.writing() as tx:
            office.book.put(tx, [Committee(JU, "甘泉一村", "021-55001234"), *compounds], START_MS)
        data, planted = _file([one.name for one in compounds], many)
        out = [*_imported(office, data, planted, many), *_printed(office, Path(name) / "cards.pdf", cards)]
        office.close()
    return out


def _file(compounds: list[str], many: int) -> tuple[bytes, dict[int, RowFault]]:
    chance, out = Random(7), io.BytesIO()
    planted: dict[int, RowFault] = {}
    book = xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("名册")
    sheet.write_row(0, 0, _HEAD)
    for n in range(many):
        k = n // len(compounds)  # the place of the row in its compound; two in a flat, six on a floor
        # no two of a flat have one name: that would be a duplicate, and rightly found
        name = f"{chance.choice(_SURNAMES)}{chance.choice(_GIVEN[k % 2 :: 2])}{chance.choice(_GIVEN)}"
        values: list[str | int] = [
            compounds[n % len(compounds)], k // 144 + 1, k // 72 % 2 + 1, (k // 12 % 6 + 1) * 100 + k // 2 % 6 + 1,
            name, 13_800_000_000 + n, 1_940 + n % 70,
        ]  # fmt: skip
        if n % 100 == 99:
            fault = list(_WRONG)[n // 100 % len(_WRONG)]
            column, wrong = _WRONG[fault]
            values[column] = wrong
            planted[n + 2] = fault
        sheet.write_row(n + 1, 0, values)
    book.close()
    return out.getvalue(), planted


def _imported(office: Office, data: bytes, planted: dict[int, RowFault], many: int) -> list[Row]:
    importer = RosterImport(office.book, office.ids, office.audit, office.vault)
    told: list[int] = []
    began = time.perf_counter()
    with office.database.writing() as tx:
        offer = importer.offer(tx, ALL, "名册.xlsx", data, START_MS, by="bench", choice=Choice(new_buildings=True))
        assert isinstance(offer, Offer), offer
        seen = importer.preview(tx, offer, office.book.register.all(tx, Compound), START_MS)
        assert isinstance(seen, Preview), seen
    looked = time.perf_counter() - began
    found = {bad.row: bad.fault for bad in seen.plan.bad}
    missed, false = planted.keys() - found.keys(), found.keys() - planted.keys()
    began = time.perf_counter()
    with office.database.writing() as tx:
        taken = importer.take(
            tx, seen, START_MS, by="bench", digest=seen.plan.digest, good_rows=True,
            told=lambda done, _all: told.append(done),
        )  # fmt: skip
        assert isinstance(taken, Taken), taken
    took = time.perf_counter() - began
    return [
        Row(
            "import_preview", "100,000 rows <= 30 s, every planted error found, 0 false",
            looked <= 30 and not missed and not false, p50=looked,
            extra={
                "rows": many, "planted": len(planted), "missed": len(missed), "false": len(false),
                "faults": len(set(found.values())),
            },
        ),
        Row(
            "import_take", "100,000 rows <= 60 s, with progress", took <= 60 and len(told) > 1, p50=took,
            extra={"rows": many, "told": len(told)},
        ),
    ]  # fmt: skip


def _printed(office: Office, out: Path, many: int) -> list[Row]:
    """The first issue of a compound and its cards on paper, each read back."""
    evidence = Evidence(CodeColour.GREEN, START_MS, platform=PlatformRecord.NONE)
    asked = Batch(CompoundId("C01"), None, evidence, 30, "bench")
    returns = Returns(office.book, office.vault, office.audit)
    began = time.perf_counter()
    with office.database.writing() as tx:
        done = FirstIssue(office.book, office.issue, office.ids, returns).run(tx, asked, START_MS + DAY_MS)
    signed = time.perf_counter() - began
    with office.database.reading() as tx:
        cards = CardsToPrint(office.book, office.issue).find(tx, asked.compound)[:many]
    began = time.perf_counter()
    card_sheets(cards, out)
    printed = time.perf_counter() - began
    return [
        Row("first_issue", "beside the others; no goal of its own", done.signed > 0, rate=done.signed / signed),
        Row(
            "card_sheets", "1,000 passes <= 30 s, each read back", printed * 1_000 / len(cards) <= 30, p50=printed,
            extra={"cards": len(cards)},
        ),
    ]  # fmt: skip

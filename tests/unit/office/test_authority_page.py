# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A full export for an authority: two persons, a ground, a sealed archive, a line in the export log (trust.md 10)."""

import re
import struct
import zlib
from hashlib import pbkdf2_hmac, sha256
from itertools import count

import pytest
from sqlalchemy import select

from kiosk.domain.codes import CaseKind, Priority, Told
from kiosk.domain.events import CaseOpened, CaseStep
from kiosk.domain.identity import CaseId, PassageId
from sync.office.compose import Office
from sync.office.print.sealed_zip import sealed_zip, stream
from sync.office.store.tables import approval, export_log
from tests.unit.office.offices import START_MS, enrolled
from tests.unit.office.pages import PASSWORD, Visitor, signed_in
from tests.unit.office.test_people_page import ZHANG, lived_in

__all__ = ["lived_in"]
EVERYTHING = {f"part.{part}": "on" for part in ("PEOPLE", "PASSES", "ISOLATIONS", "CASES", "PASSAGES")}
FORM = {
    "for_whom": "普陀区疾控中心", "ground": "普疾控函〔2020〕7号", "first": "2020-02-01", "last": "2020-02-20",
    "place": "", "why": "流行病学调查", "password": PASSWORD, **EVERYTHING,
}  # fmt: skip


@pytest.fixture
def busy(lived_in: Office) -> Office:
    """One passage of 张三 and a fever of his."""
    tablet = enrolled(lived_in)
    key = PassageId(tablet.passage(1, person=ZHANG).c.partition('"passage":"')[2][:32])
    tablet.write(CaseOpened(CaseId("c" * 32), CaseKind.FEVER, Priority.P1, passage=key, told=(Told.HEALTH,)))
    tablet.write(CaseStep(CaseId("c" * 32), closed=False, who=Told.HEALTH, told_at=START_MS))
    tablet.send()
    return lived_in


def fetched(office: Office, form: dict[str, str]) -> tuple[str, bytes]:
    """Asked for by S, approved by S2, fetched by S: the passphrase and the file."""
    asker = signed_in(office, "S")
    page = asker.form("/authority/ask", form)
    phrase = re.search(r'class="pin keep">([A-Z2-7-]{29})<', page.text)
    assert phrase is not None, page.text
    found = re.search(r'name="id" value="([0-9a-f]+)"', asker.get("/approvals").text)
    assert found is not None
    second = signed_in(office, "S2")
    assert phrase[1] not in second.get("/approvals").text
    assert "普陀区疾控中心" in second.get("/approvals").text
    assert second.form("/approvals/approve", {"id": found[1], "password": PASSWORD}).status == 303
    job = asker.form("/approvals/fetch", {"id": found[1]})
    assert job.status == 303
    assert asker.form("/approvals/fetch", {"id": found[1]}).status == 409, "it is fetched once"
    return phrase[1], asker.get(f"{job.headers['location']}/file").content


def opened(data: bytes, phrase: str) -> dict[str, bytes] | None:
    """The archive read by the published form of AE-2, or None for a wrong passphrase."""
    out, at = {}, 0
    while data[at : at + 4] == b"PK\x03\x04":
        size, _, name, extra = struct.unpack("<LLHH", data[at + 18 : at + 30])
        begin = at + 30 + name + extra
        salt, check = data[begin : begin + 16], data[begin + 16 : begin + 18]
        text = data[begin + 18 : begin + size - 10]
        keys = pbkdf2_hmac("sha1", phrase.encode(), salt, 1000, 66)
        if keys[64:] != check:
            return None
        out[data[at + 30 : at + 30 + name].decode()] = zlib.decompress(stream(text, keys[:32]), -15)
        at = begin + size
    return out


def test_the_archive_holds_full_rows_and_opens_with_the_passphrase_alone(busy: Office) -> None:
    phrase, data = fetched(busy, FORM)
    files = opened(data, phrase)
    assert files is not None
    assert opened(data, "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA") is None
    people = files["people.csv"].decode()
    assert "张三" in people
    assert "13800001111" in people
    assert "5" in files["readme.txt"].decode()
    assert "李四" in files["isolations.csv"].decode()
    assert "卫生中心 02-20" in files["cases.csv"].decode()
    assert "1-1-301" in files["passages.csv"].decode()
    assert "普疾控函〔2020〕7号" in files["readme.txt"].decode()
    assert "张三".encode() not in data


def test_the_export_log_holds_both_persons_the_ground_and_the_files_hash(busy: Office) -> None:
    _, data = fetched(busy, FORM)
    with busy.database.reading() as tx:
        row = tx.execute(select(export_log).where(export_log.c.what == "export.full")).one()
        asked = tx.execute(select(approval).where(approval.c.id == row.approval_id)).one()
    assert row.sha256 == sha256(data).digest()
    assert row.who == asked.asked_by
    assert asked.approved_by not in (None, row.who)
    assert "流行病学调查" in row.why
    assert "普疾控函" in row.why
    assert row.row_count >= 7


def test_what_was_not_asked_for_is_not_in_it(busy: Office) -> None:
    only = {**{k: v for k, v in FORM.items() if not k.startswith("part.")}, "part.PEOPLE": "on", "place": "c:C02"}
    phrase, data = fetched(busy, only)
    files = opened(data, phrase)
    assert files is not None
    assert set(files) == {"readme.txt", "people.csv"}
    assert "13800009999" in files["people.csv"].decode()
    assert "13800001111" not in files["people.csv"].decode()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"last": "2020-05-03"}, "最长92天"),
        ({"last": "2020-01-03"}, "结束日期在开始之前"),
        ({"ground": ""}, "请填写"),
        ({"place": "c:C99"}, "请从列表中选"),
    ],
)
def test_what_cannot_be_asked_for_is_said_beside_its_field(busy: Office, changed: dict[str, str], said: str) -> None:
    visitor: Visitor = signed_in(busy, "S")
    page = visitor.form("/authority/ask", {**FORM, **changed})
    assert page.status == 422
    assert said in page.text
    assert "没有等待审批的操作" in visitor.get("/approvals").text


def test_a_stream_is_the_same_way_back_over_many_blocks() -> None:
    numbers = count()
    plain = bytes(next(numbers) % 251 for _ in range(10_001))
    assert stream(stream(plain, b"k" * 32), b"k" * 32) == plain
    assert sealed_zip([("a", plain)], "p", lambda n: b"s" * n)[:4] == b"PK\x03\x04"

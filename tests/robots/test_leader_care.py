# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Isolation, permits, passes, export by touch on a real gate; our own decoder reads back what is printed (5.13)."""

import csv
import datetime as dt
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openpyxl
import pypdfium2
import pytest
from PySide6.QtWidgets import QApplication

from kiosk.adapters.decode_still import decode
from kiosk.domain.codes import CaseKind, Direction, IsolationState, PassKind, Priority, Slot
from kiosk.domain.events import (
    CaseOpened,
    Export,
    HomeTemp,
    IsolationRelease,
    PassNotice,
    PassRequest,
    PermitGrant,
    TempPassIssued,
)
from kiosk.domain.identity import IsolationId, PassId, PersonId
from kiosk.domain.instants import DAY_MS
from kiosk.domain.register import Isolation, WorkItem
from tests.robots.leader_stand import Leader, LeaderStand
from tests.unit.desk.gatehouse import NOW_MS


@pytest.fixture
def leader(qapp: QApplication, tmp_path: Path) -> Iterator[Leader]:
    stand = LeaderStand(tmp_path)
    stand.window.show()
    QApplication.processEvents()
    yield Leader(stand)
    stand.close()


def isolated(leader: Leader, name: str = "孙八", room: str = "2-1-301", day: int = 6) -> PersonId:
    """At home since so many days; the temperatures of all days but yesterday afternoon are in."""
    person = leader.house.resident(name, room)
    d0 = dt.date(2020, 2, 20) - dt.timedelta(days=day)
    opened = NOW_MS - day * DAY_MS
    days = [d0 + dt.timedelta(days=n) for n in range(day + 1)]
    taken = {f"{each}/{slot}" for each in days for slot in ("AM", "PM")} - {"2020-02-19/PM", "2020-02-20/PM"}
    number = IsolationId(f"{leader.house.made:032x}")
    leader.house._put(
        Isolation(number, person, IsolationState.HOME, d0, opened, notice=True, record=True, commitment=True,
                  slots_taken=tuple(sorted(taken)), opened_at_ms=opened)
    )  # fmt: skip
    return person


def one(leader: Leader) -> Leader:
    return leader.tap(leader.stand.window.leader.tiles[0].objectName())


def test_the_isolation_list_says_what_is_missing_and_what_is_due(leader: Leader) -> None:
    isolated(leader)
    leader.signs_in().goes("isolation").sees("1 人,未测 1")
    assert "未测 1 次 下午 该测了" in leader.stand.window.leader.tiles[0].accessibleName()
    one(leader).sees("第6天", "未测 02-19 下午")


def test_a_home_temperature_takes_three_taps_and_a_high_one_opens_a_case(leader: Leader) -> None:
    isolated(leader)
    one(leader.signs_in().goes("isolation")).keys("PM").digits("365").tap("btn.confirm").sees("已记录", "36.5℃")
    (temp,) = leader.kept(HomeTemp)
    assert (temp.slot, temp.temp_dc) == (Slot.PM, 365)
    leader.keys("PM").digits("375").tap("btn.confirm").sees("体温偏高,已立案")
    (case,) = leader.kept(CaseOpened)
    assert (case.kind, case.priority) == (CaseKind.FEVER, Priority.P1)


@pytest.mark.parametrize("typed", ["3650", ""])
def test_a_temperature_that_is_none_is_refused(leader: Leader, typed: str) -> None:
    isolated(leader)
    one(leader.signs_in().goes("isolation")).keys("PM").digits(typed).tap("btn.confirm").at("screen.leader.number")
    assert leader.kept(HomeTemp) == []


def test_why_none_was_taken_is_one_key(leader: Leader) -> None:
    isolated(leader)
    one(leader.signs_in().goes("isolation")).keys("PM").keys("NO_ANSWER").sees("未接电话")
    assert [temp.missed for temp in leader.kept(HomeTemp)] == ["NO_ANSWER"]


def test_a_release_notice_needs_its_number_and_the_days_to_be_over(leader: Leader) -> None:
    isolated(leader, day=6)
    one(leader.signs_in().goes("isolation"))
    assert not leader.key("btn.key.release").isEnabled()
    isolated(leader, "周九", "5-1-505", day=16)
    one(leader.back().back().goes("isolation")).keys("release").tap("btn.confirm").sees("请输入告知单号")
    leader.digits("20200220").tap("btn.confirm").sees("已解除隔离")
    assert [release.number for release in leader.kept(IsolationRelease)] == ["20200220"]


def test_a_permit_opens_the_exit_and_says_who_agreed(leader: Leader) -> None:
    person = isolated(leader)
    card = leader.house.card(person)
    one(leader.signs_in().goes("isolation")).keys("permit").goes("120", "4", "health").pin("246810").sees("已批准")
    (grant,) = leader.kept(PermitGrant)
    assert (grant.transport, grant.why, grant.to_ms - grant.from_ms) == ("120", "卫生中心同意", 4 * 3_600_000)
    leader.back().back().goes("permits").sees("1 项").tap("btn.lock")
    assert leader.house.scan(card, Direction.OUT).said[1] == "EXIT_PERMIT"


def test_an_application_holds_both_evidences_in_the_offices_words(leader: Leader) -> None:
    leader.resident("张伟", "3-1-502")
    leader.signs_in().goes("issuing").keys("apply").person("3", "502", "张").goes("RESIDENT", "GREEN", "OTHER_REGION")
    leader.tap("btn.confirm").sees("请输入告知单号").digits("0217").tap("btn.confirm").sees("已申请,联网后送出")
    (asked,) = leader.kept(PassRequest)
    told = asked.evidence
    assert (asked.kind, told["colour"], told["platform"], told["platform_no"]) == (
        PassKind.RESIDENT, "GREEN", "OTHER_REGION", "0217",
    )  # fmt: skip
    leader.sees("待签发 1,可打印 0", "已申请,待签发 张* 3号楼")


def test_no_pass_on_a_red_code(leader: Leader) -> None:
    leader.resident("张伟", "3-1-502")
    leader.signs_in().goes("issuing").keys("apply").person("3", "502", "张").goes("RESIDENT", "RED", "NONE")
    leader.sees("红码不能办证")
    assert leader.kept(PassRequest) == []


def drawn(file: Path, dpi: int = 203) -> np.ndarray:
    """A printed page as a receipt printer puts it on paper."""
    document = pypdfium2.PdfDocument(file)
    picture = document[0].render(scale=dpi / 72).to_numpy()
    document.close()
    return np.ascontiguousarray(picture[..., :3])


def printed_text(file: Path) -> str:
    """The words of the first page. The font has one glyph for a character and its radical; Qt names the radical."""
    document = pypdfium2.PdfDocument(file)
    said = unicodedata.normalize("NFKC", document[0].get_textpage().get_text_range())
    document.close()
    return said.replace("⻔", "门").replace("⻚", "页")


def test_a_temporary_pass_is_issued_offline_printed_read_back_and_lets_in(leader: Leader) -> None:
    leader.resident("张伟", "3-1-502")
    leader.signs_in().goes("issuing").keys("temporary").goes("DOMESTIC", "consent_phone").person("3", "502", "张")
    leader.goes("2h").pin("246810").sees("临时证已签发", "有效到 02-20 20:00", "打印后请对着摄像头读一次")
    assert [one.category for one in leader.kept(TempPassIssued)] == ["DOMESTIC"]
    leader.keys("print")
    (slip,) = leader.stand.slips
    (code,) = decode(drawn(slip))
    leader.scan(code.data).at("screen.leader.temporary").sees("读回正确,可以交给本人")
    leader.tap("btn.lock").scan(code.data).measure("36.5").sees("登记后放行")


def test_a_pass_of_the_office_is_printed_and_says_no_name(leader: Leader) -> None:
    person = leader.house.resident("张伟", "3-1-502")
    text = leader.house.card(person).decode()
    pass_id = PassId(leader.house.made.to_bytes(8, "big").hex())
    leader.house._put(WorkItem("9" * 32, "PRINT", NOW_MS, pass_id=pass_id, text=text))
    leader.signs_in().goes("issuing").goes(f"print.{'9' * 32}").sees("已送到")
    (slip,) = leader.stand.slips
    (code,) = decode(drawn(slip))
    assert code.data.decode() == text
    said = printed_text(slip)
    assert "出入证" in said
    assert not any(private in said for private in ("张", "502", "3-1-"))


def test_a_lost_card_is_reported_with_its_number(leader: Leader) -> None:
    person = leader.house.resident("张伟", "3-1-502")
    leader.house.card(person)
    leader.signs_in().goes("issuing").keys("notice").person("3", "502", "张").goes("LOST").sees("街道办会停用旧证")
    (notice,) = leader.kept(PassNotice)
    assert (notice.what, notice.person) == ("LOST", person)
    assert notice.pass_id is not None


def test_without_consent_no_temporary_pass(leader: Leader) -> None:
    leader.signs_in().goes("issuing").keys("temporary").goes("VISITOR", "consent_none").sees("住户没有同意")
    assert leader.kept(TempPassIssued) == []


CANARIES = ("张伟", "13800009999", "502", "=HYPERLINK")


def exported(leader: Leader, form: str) -> Path:
    """Two passages, one of somebody whose name looks like a formula; then the sheet."""
    leader.house.scan(leader.resident("张伟", "3-1-502", phone="13800009999")).measure("36.5")
    leader.house.later(60)
    leader.house.scan(leader.resident("=HYPERLINK(1)", "7-1-101")).measure("37.6")
    leader.signs_in().goes("export").keys(form).sees("已写好")
    (written,) = leader.stand.out.iterdir()
    (kept,) = leader.kept(Export)
    assert kept.kind == form
    assert kept.sha256[:8] in leader.texts()
    return written


def test_the_csv_sheet_is_redacted_guarded_and_marked_utf8(leader: Leader) -> None:
    data = exported(leader, "CSV").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8-sig")
    assert not any(canary in text for canary in CANARIES)
    lines = list(csv.reader(text.splitlines()))
    assert lines[0] == ["门岗值班记录表"]
    assert "仅用于疫情防控" in lines[2][0]
    assert ["进入", "1"] in lines
    assert lines[-2][:3] == ["18:00", "进", "张* 3号楼"]
    assert lines[-1][2] == "'=* 7号楼"
    assert data.count(b"\r\n") == len(lines)


def test_the_xlsx_sheet_holds_texts_and_numbers(leader: Leader) -> None:
    book = openpyxl.load_workbook(exported(leader, "XLSX"))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert "=* 7号楼" in [cell.value for cell in cells]
    assert not any(canary in str(cell.value) for cell in cells for canary in CANARIES)


def test_the_pdf_sheet_has_its_purpose_its_pages_and_a_line_to_sign(leader: Leader) -> None:
    said = printed_text(exported(leader, "PDF"))
    for text in ("门岗值班记录表", "仅用于疫情防控", "1/1", "签名", "张* 3号楼"):
        assert text in said
    assert not any(canary in said for canary in CANARIES)


def test_the_log_is_said_to_be_whole_and_a_changed_row_is_named(leader: Leader) -> None:
    leader.house.scan(leader.resident()).measure("36.5")
    leader.signs_in().goes("verify").sees("记录完整", "一条不少")
    file = leader.house.store._folder.file
    file.writer.execute("DROP TRIGGER event_kept")
    file.writer.execute("UPDATE event SET temp_dc = 361 WHERE type = 'reading'")
    seq = file.writer.execute("SELECT seq FROM event WHERE type = 'reading'").fetchone()[0]
    leader.keys("again").sees(f"第 1 份第 {seq} 条有问题", "副本与记录不同", "马上告诉街道办")

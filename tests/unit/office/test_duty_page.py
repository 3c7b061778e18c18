# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The duty roster on the office's pages: gaps catch the eye, hours come from the gates, badges are lent."""

import datetime as dt
import re

import pypdfium2
import pytest
import zxingcpp

from kiosk.domain.codes import Category, MemberSource, PassState
from kiosk.domain.events import Member, ShiftEvent
from kiosk.domain.identity import OperatorId, ShiftId
from kiosk.domain.register import Gate, Operator, PassRow, Person
from sync.office.compose import Office
from sync.office.service.badges import slot_name
from sync.office.service.card_text import claims_of
from tests.unit.office.browser import Page
from tests.unit.office.offices import C1, G1, G2, START_MS, Clock, enrolled
from tests.unit.office.pages import PASSWORD, Visitor, peopled, signed_in

MONDAY = dt.date(2020, 2, 17)  # the office's clock stands on the Thursday after it
WANG, LIN = OperatorId("a" * 32), OperatorId("b" * 32)
HOUR = 3_600_000
EVIDENCE = {"code": "on", "platform": "on", "days": "30"}


@pytest.fixture
def staffed(office: Office) -> Office:
    """Two volunteers of gate 1, one of them from the district; gate 2 is shut at night."""
    peopled(office)
    with office.database.writing() as tx:
        office.book.put(
            tx,
            [
                Operator(WANG, "V", "王阿姨", MemberSource.RESIDENT, "13811112222", gates=(G1,)),
                Operator(LIN, "V", "林干事", MemberSource.DISTRICT, "13833334444", gates=(G1, G2)),
                Gate(G2, C1, "2号门", hours="07:00-23:00"),
            ],
            START_MS,
        )
    return office


@pytest.fixture
def clerk(staffed: Office) -> Visitor:
    return signed_in(staffed, "C")


def plan(visitor: Visitor, who: str = WANG, slot: str = "7", days: tuple[int, ...] = (4,), gate: str = G1) -> Page:
    fields = {f"day.{n}": "on" for n in days}
    return visitor.form("/roster/plan", {"gate": gate, "from": f"{MONDAY}", "who": who, "slot": slot, **fields})


def grid(page: Page) -> list[list[str]]:
    """Shifts, then days: the texts of the cells."""
    table = re.search(r'<table class="week">.*?</table>', page.text, re.DOTALL)
    assert table is not None
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", table[0], re.DOTALL)
    return [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]


def test_a_shift_with_nobody_is_a_gap_until_somebody_is_planned(clerk: Visitor) -> None:
    before = clerk.get("/roster", gate=G1)
    assert "缺人" in grid(before)[0][4]
    assert plan(clerk).status == 303
    after = clerk.get("/roster", gate=G1)
    assert "缺人" not in grid(after)[0][4]
    assert "王阿姨" in grid(after)[0][4]
    assert "13811112222" in grid(after)[0][4]


def test_a_gate_that_is_shut_at_night_has_no_gap_there(clerk: Visitor) -> None:
    night = grid(clerk.get("/roster", gate=G2))[2]
    assert all("不开门" in cell for cell in night)


def test_all_gates_stand_in_one_table_with_the_emptiest_first(clerk: Visitor) -> None:
    plan(clerk, days=(3, 4, 5, 6))
    text = clerk.get("/roster").text
    gaps = [int(n) for n in re.findall(r'</th><td class="n">(\d+)</td>', text)]
    assert len(gaps) == 3
    assert gaps == sorted(gaps, reverse=True)


def test_nobody_is_planned_at_a_gate_where_he_does_not_serve(clerk: Visitor) -> None:
    page = plan(clerk, who=WANG, gate=G2)
    assert page.status == 422
    assert "请从列表中选" in page.text
    assert plan(clerk, days=()).status == 422


def test_the_week_before_is_taken_over_and_a_plan_taken_off(clerk: Visitor) -> None:
    plan(clerk, days=(0, 4))
    following = f"{MONDAY + dt.timedelta(days=7)}"
    assert clerk.form("/roster/repeat", {"gate": G1, "from": following}).status == 303
    text = clerk.get("/roster", **{"gate": G1, "from": following})
    assert sum("王阿姨" in cell for cell in grid(text)[0]) == 2
    found = re.search(r'name="plan" value="([0-9a-f]+)"', text.text)
    assert found is not None
    clerk.form("/roster/drop", {"plan": found[1], "gate": G1, "from": following})
    assert sum("王阿姨" in cell for cell in grid(clerk.get("/roster", **{"gate": G1, "from": following}))[0]) == 1


def test_shifts_change_at_the_hours_that_the_street_sets(staffed: Office) -> None:
    officer = signed_in(staffed, "S")
    assert officer.form("/roster/hours", {"hours": "23 7"}).status == 422
    assert officer.form("/roster/hours", {"hours": "6, 14, 22"}).status == 303
    assert "06–14" in officer.get("/roster", gate=G1).text
    assert signed_in(staffed, "C").form("/roster/hours", {"hours": "8 20"}).status == 404


def worked(office: Office, hours: float = 7.5, *, closed: bool = True) -> None:
    """Wang opens a shift at 08:00 of the Thursday, somebody without a card joins, both leave together."""
    tablet = enrolled(office)
    shift, guest = ShiftId("5" * 32), OperatorId("9" * 32)
    tablet.write(ShiftEvent(shift, "OPEN", (Member(WANG, MemberSource.RESIDENT),)), START_MS)
    tablet.write(ShiftEvent(shift, "JOIN", (Member(guest, MemberSource.DISTRICT),)), START_MS + HOUR)
    if closed:
        tablet.write(ShiftEvent(shift, "CLOSE"), START_MS + int(hours * HOUR))
    tablet.send()
    assert isinstance(office.clock, Clock)
    office.clock.advance(int(hours * HOUR))


def test_hours_are_those_of_sign_on_and_handover(staffed: Office) -> None:
    worked(staffed)
    visitor = signed_in(staffed, "C")
    text = visitor.get("/volunteers").text
    assert re.search(r"王阿姨</a></th>.*?<td>7:30</td>", text, re.DOTALL)
    assert "另有 1 人没有证件接班,共 6:30" in text
    week = visitor.get("/roster", gate=G1)
    assert "实到 2 人" in grid(week)[0][3]
    assert "王阿姨 居民, 区派" in week.text


def test_a_shift_that_is_not_relieved_is_marked_after_nine_hours(staffed: Office) -> None:
    worked(staffed, 8.5, closed=False)
    visitor = signed_in(staffed, "C")
    assert "在岗</span>" in visitor.get("/volunteers").text
    assert isinstance(staffed.clock, Clock)
    staffed.clock.advance(HOUR)
    assert "超时未交班" in signed_in(staffed, "C").get("/volunteers").text


def test_a_shift_that_somebody_worked_unplanned_is_no_gap_afterwards(staffed: Office) -> None:
    worked(staffed)
    assert isinstance(staffed.clock, Clock)
    staffed.clock.advance(HOUR)
    assert "缺人" not in grid(signed_in(staffed, "C").get("/roster", gate=G1))[0][3]


def test_the_sheet_to_hang_up_masks_what_its_reader_may_not_have(staffed: Office) -> None:
    plan(signed_in(staffed, "C"))
    committee = signed_in(staffed, "C").form("/roster/export", {"format": "csv", "password": PASSWORD}).text
    assert "王阿姨" in committee
    assert "138****2222" in committee
    leader = signed_in(staffed, "L").form("/roster/export", {"format": "csv", "password": PASSWORD}).text
    assert "王*" in leader
    assert "王阿姨" not in leader
    assert "2222" not in leader


def test_a_volunteer_is_added_with_source_and_gates_and_known_at_them(staffed: Office, clerk: Visitor) -> None:
    form = {"name": "赵老师", "phone": "13855556666", "source": "STREET", f"gate.{G2}": "on"}
    assert clerk.form("/volunteers/add", {**form, "phone": "abc"}).status == 422
    assert clerk.form("/volunteers/add", {"name": "赵老师", "source": "STREET"}).status == 422
    assert clerk.form("/volunteers/add", form).status == 303
    with staffed.database.reading() as tx:
        new = [card for card in staffed.book.register.all(tx, Operator) if card.name == "赵老师"]
    assert [(card.role, card.source, card.gates) for card in new] == [("V", MemberSource.STREET, (G2,))]
    assert "赵老师" in clerk.get("/volunteers", source="STREET").text
    assert "赵老师" not in clerk.get("/volunteers", source="RESIDENT").text


# ------------------------------------------------------------------------------------------------------------- badges


def read_codes(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    picture = document[0].render(scale=150 / 72, grayscale=True).to_numpy()
    document.close()
    return [found.text for found in zxingcpp.read_barcodes(picture.reshape(*picture.shape[:2]))]


def signed(visitor: Visitor, path: str, fields: dict[str, str]) -> Page:
    return visitor.form(path, {"why": "值守", "compound": C1, **fields})


def test_a_badge_is_printed_for_a_volunteer_with_a_code_of_the_category_staff(staffed: Office, clerk: Visitor) -> None:
    path = f"/volunteers/{WANG}"
    assert signed(clerk, f"{path}/badge", {"days": "30", "code": "on"}).status == 422
    page = signed(clerk, f"{path}/badge", EVIDENCE)
    assert page.headers["content-type"] == "application/pdf"
    (text,) = read_codes(page.content)
    claims = claims_of(text)
    assert claims is not None
    assert claims.category is Category.STAFF
    with staffed.database.reading() as tx:
        row = staffed.book.register.get(tx, PassRow, claims.pass_id)
        assert row is not None
        assert row.person is not None
        holder = staffed.book.register.get(tx, Person, row.person)
    assert holder is not None
    assert str(holder.id) == str(WANG)
    assert (holder.name, holder.category, holder.stock) == ("王阿姨", Category.STAFF, False)
    again = signed(clerk, f"{path}/again", {})
    assert read_codes(again.content) == [text]


def test_a_new_badge_takes_the_old_one_out_and_a_lost_one_is_withdrawn(staffed: Office, clerk: Visitor) -> None:
    path = f"/volunteers/{WANG}"
    old = claims_of(read_codes(signed(clerk, f"{path}/badge", EVIDENCE).content)[0])
    new = claims_of(read_codes(signed(clerk, f"{path}/badge", EVIDENCE).content)[0])
    assert old is not None
    assert new is not None
    with staffed.database.reading() as tx:
        states = [staffed.book.register.get(tx, PassRow, one.pass_id) for one in (old, new)]
    assert [row.state for row in states if row is not None] == [PassState.REVOKED, PassState.ACTIVE]
    assert signed(clerk, f"{path}/lost", {}).status == 303
    assert "没有值守证" in clerk.get(path).text


def test_who_no_longer_serves_leaves_the_gates_lists_with_his_badge(staffed: Office, clerk: Visitor) -> None:
    signed(clerk, f"/volunteers/{WANG}/badge", EVIDENCE)
    assert clerk.form(f"/volunteers/{WANG}/leave").status == 303
    with staffed.database.reading() as tx:
        assert staffed.book.register.get(tx, Operator, WANG) is None
        rows = staffed.book.register.all(tx, PassRow, person_id=WANG)
    assert [row.state for row in rows] == [PassState.REVOKED]
    assert clerk.get(f"/volunteers/{WANG}").status == 404


def numbered(office: Office) -> list[tuple[str, str, PassState]]:
    """(id, name on the card, state of the pass) of all numbered badges."""
    with office.database.reading() as tx:
        cards = [one for one in office.book.register.all(tx, Operator) if one.role == "V" and one.id not in (WANG, LIN)]
        return [(one.id, one.name, office.book.register.all(tx, PassRow, person_id=one.id)[-1].state) for one in cards]


def test_numbered_badges_rest_until_they_are_lent_and_rest_again_when_they_are_back(
    staffed: Office, clerk: Visitor
) -> None:
    page = signed(clerk, "/badges/make", {"count": "3", **EVIDENCE})
    assert len(read_codes(page.content)) == 3
    assert [(name, state) for _, name, state in numbered(staffed)] == [
        (slot_name(n), PassState.SUSPENDED) for n in (1, 2, 3)
    ]
    badge = numbered(staffed)[1][0]
    lend = {"compound": C1, "badge": badge, "name": "周临时", "source": "DISTRICT", "phone": "13877778888"}
    assert clerk.form("/badges/lend", lend).status == 303
    assert numbered(staffed)[1][1:] == ("周临时", PassState.ACTIVE)
    text = clerk.get("/badges", c=C1).text
    assert "共 3 张,借出 1 张" in text
    assert "周临时" in text
    assert clerk.form("/badges/lend", lend).status == 409, "it is lent already"
    assert clerk.form("/badges/back", {"compound": C1, "badge": badge}).status == 303
    assert numbered(staffed)[1][1:] == (slot_name(2), PassState.SUSPENDED)
    assert "周临时" not in clerk.get("/badges", c=C1).text


def test_hours_on_a_lent_badge_are_the_borrowers_also_when_it_is_back(staffed: Office, clerk: Visitor) -> None:
    signed(clerk, "/badges/make", {"count": "1", **EVIDENCE})
    badge = numbered(staffed)[0][0]
    clerk.form("/badges/lend", {"compound": C1, "badge": badge, "name": "周临时", "source": "DISTRICT"})
    tablet = enrolled(staffed)
    tablet.write(ShiftEvent(ShiftId("5" * 32), "OPEN", (Member(OperatorId(badge), MemberSource.DISTRICT),)), START_MS)
    tablet.write(ShiftEvent(ShiftId("5" * 32), "CLOSE"), START_MS + HOUR)
    tablet.send()
    assert isinstance(staffed.clock, Clock)
    staffed.clock.advance(HOUR)
    clerk = signed_in(staffed, "C")
    clerk.form("/badges/back", {"compound": C1, "badge": badge})
    assert "周临时 区派" in clerk.get("/roster", gate=G1).text
    assert slot_name(1) not in clerk.get("/volunteers").text, "a numbered badge is nobody in particular"


def test_a_lost_badge_is_withdrawn_and_its_number_not_used_again(staffed: Office, clerk: Visitor) -> None:
    signed(clerk, "/badges/make", {"count": "1", **EVIDENCE})
    badge = numbered(staffed)[0][0]
    assert signed(clerk, "/badges/lost", {"badge": badge}).status == 303
    assert numbered(staffed)[0][2] is PassState.LOST
    assert "已注销" in clerk.get("/badges", c=C1).text
    signed(clerk, "/badges/make", {"count": "1", **EVIDENCE})
    assert numbered(staffed)[-1][1] == slot_name(2)


def test_a_compound_out_of_reach_is_not_there(staffed: Office) -> None:
    leader = signed_in(staffed, "L")
    assert leader.get("/badges", c="C02").status == 404
    assert leader.get("/roster", gate="G03").status == 404

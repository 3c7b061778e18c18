# SPDX-License-Identifier: LicenseRef-Gatehouse
"""People and their entry passes on the office's pages: found, shown as each role may, issued, printed, withdrawn."""

import re

import pytest

from kiosk.domain.codes import Category, IsolationState, PassKind, PassState
from kiosk.domain.identity import DwellingId, IsolationId, PassId, PersonId
from kiosk.domain.instants import DAY_MS, day_of
from kiosk.domain.register import Dwelling, Isolation, PassRow, Person
from sync.office.compose import Office
from tests.unit.office.offices import C1, C2, START_MS
from tests.unit.office.pages import Visitor, peopled, signed_in

EVIDENCE = {"code": "GREEN", "platform": "NONE", "days": "30"}
ZHANG, ZENG, LI, KEY, FAR = (PersonId(f"person{number:04d}") for number in range(5))


@pytest.fixture
def lived_in(office: Office) -> Office:
    """Two of one surname in building 1, two in building 3 (one isolated, one back from a key region), one elsewhere."""
    peopled(office)
    homes = [
        Dwelling(DwellingId(f"home{number}"), compound, building, "1", room)
        for number, (compound, building, room) in enumerate(
            [(C1, "1", "301"), (C1, "1", "302"), (C1, "3", "502"), (C2, "1", "101")]
        )
    ]
    people = [
        Person(ZHANG, Category.LOCAL, C1, homes[0].id, "张三", "13800001111", initials=("zs",)),
        Person(ZENG, Category.LOCAL, C1, homes[1].id, "曾小红", "13800002222", initials=("zxh", "cxh")),
        Person(LI, Category.LOCAL, C1, homes[2].id, "李四", "13800003333", initials=("ls",)),
        Person(KEY, Category.RET_KEY, C1, homes[2].id, "赵五", initials=("zw",)),
        Person(FAR, Category.LOCAL, C2, homes[3].id, "张三", "13800009999", initials=("zs",)),
    ]
    isolated = Isolation(
        IsolationId("iso1"), LI, IsolationState.HOME, day_of(START_MS), START_MS, opened_at_ms=START_MS
    )
    with office.database.writing() as tx:
        office.book.put(tx, [*homes, *people, isolated], START_MS)
    return office


@pytest.fixture
def clerk(lived_in: Office) -> Visitor:
    return signed_in(lived_in, "C")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1-1-301", {"张三"}),
        ("3号楼502", {"李四", "赵五"}),
        ("小红", {"曾小红"}),
        ("CX", {"曾小红"}),
        ("zx", {"曾小红"}),
        ("2222", {"曾小红"}),
        ("9-9-999", set()),
        ("=cmd", set()),
    ],
)
def test_somebody_is_found_by_room_by_two_characters_by_initials_or_by_the_end_of_a_phone(
    clerk: Visitor, text: str, found: set[str]
) -> None:
    page = clerk.form("/people/find", {"q": text})
    assert {name for name in ("张三", "曾小红", "李四", "赵五") if f">{name}<" in page.text} == found


def test_two_of_one_name_stand_apart_each_with_the_room(clerk: Visitor) -> None:
    page = clerk.form("/people/find", {"q": "张三"})
    assert page.text.count(">张三<") == 2
    assert "1-1-301" in page.text
    assert "1-1-101" in page.text


def test_what_is_searched_for_is_in_the_audit_and_not_in_an_address(lived_in: Office, clerk: Visitor) -> None:
    page = clerk.form("/people/find", {"q": "曾小红"})
    assert "q=" not in re.sub(r"<input[^>]*>", "", page.text)
    with lived_in.database.reading() as tx:
        noted = [entry for entry in lived_in.audit.entries(tx, limit=500) if entry["what"] == "person.search"]
    assert len(noted) == 1
    assert "曾" not in str(noted)


def test_a_street_officer_gives_a_reason_and_sees_masked_names(lived_in: Office) -> None:
    officer = signed_in(lived_in, "S")
    asked = officer.form("/people/find", {"q": "张三"})
    assert "why" in asked.text
    assert "张三<" not in asked.text
    page = officer.form("/people/find", {"q": "张三", "why": "核对门岗来电"})
    assert ">张*<" in page.text
    assert ">张三<" not in page.text


def test_the_health_centre_finds_the_isolated_alone(lived_in: Office) -> None:
    page = signed_in(lived_in, "H").form("/people/find", {"q": "3-502"})
    assert ">李四<" in page.text
    assert "赵五" not in page.text
    assert signed_in(lived_in, "H").get(f"/people/{ZHANG}").status == 404


def test_a_changed_name_is_found_by_its_new_initials(lived_in: Office, clerk: Visitor) -> None:
    told = {"name": "单伟", "phone": "13800001111", "category": "LOCAL", "attr.lives_alone": "on"}
    assert clerk.form(f"/people/{ZHANG}/edit", told).status == 303
    assert ">单伟<" in clerk.form("/people/find", {"q": "sw"}).text
    assert "独居" in clerk.get(f"/people/{ZHANG}").text
    assert clerk.form(f"/people/{ZHANG}/edit", {**told, "phone": "1.38E+10"}).status == 422


# passes ---------------------------------------------------------------------------------------------------------------


def passes(office: Office) -> list[PassRow]:
    with office.database.reading() as tx:
        return office.book.register.all(tx, PassRow)


def why(fields: dict[str, str]) -> dict[str, str]:
    return {**fields, "why": "首次发证"}


def test_a_pass_with_both_evidences_is_signed_at_once(lived_in: Office, clerk: Visitor) -> None:
    answer = clerk.form(f"/passes/new/{ZHANG}/apply", why({**EVIDENCE, "kind": "RESIDENT"}))
    (row,) = passes(lived_in)
    assert answer.headers["location"] == f"/passes/{row.id}"
    assert (row.person, row.state) == (ZHANG, PassState.ACTIVE)


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        ({"platform": "UNREACHABLE"}, "平台查过后再签"),
        ({"code": "RED"}, "红码"),
        ({"platform": "KEY_REGION"}, "返沪登记"),
    ],
)
def test_without_its_evidence_an_application_waits_and_says_what_is_missing(
    lived_in: Office, clerk: Visitor, evidence: dict[str, str], told: str
) -> None:
    answer = clerk.form(f"/passes/new/{ZHANG}/apply", why({**EVIDENCE, **evidence, "kind": "RESIDENT"}))
    assert told in clerk.get(answer.headers["location"]).text
    assert passes(lived_in) == []
    picked = re.findall(r'name="(pick\.[^"]+)"', clerk.get("/passes", c=C1).text)
    clerk.form("/passes/sign", why({picked[0]: "on"}))
    assert passes(lived_in) == []


def test_a_form_without_evidence_is_not_sent(lived_in: Office, clerk: Visitor) -> None:
    page = clerk.form(f"/passes/new/{ZHANG}/apply", why({"kind": "RESIDENT", "days": "99"}))
    assert page.status == 422
    assert passes(lived_in) == []


def test_a_work_pass_names_its_employer(lived_in: Office, clerk: Visitor) -> None:
    told = why({**EVIDENCE, "kind": "WORK"})
    assert clerk.form(f"/passes/new/{ZHANG}/apply", told).status == 422
    told |= {"employer": "甘泉超市", "employer_contact": "021-55550000", "approval_no": "复工001"}
    assert clerk.form(f"/passes/new/{ZHANG}/apply", told).status == 303
    assert passes(lived_in)[0].employer == "甘泉超市"


def test_a_whole_compound_gets_its_first_cards_but_the_isolated_and_returned_one_by_one(
    lived_in: Office, clerk: Visitor
) -> None:
    told = why({**EVIDENCE, "compound": C1, "building": ""})
    clerk.form("/passes/batch", told)
    first = passes(lived_in)
    assert {row.person for row in first} == {ZHANG, ZENG}
    clerk.form("/passes/batch", told)
    assert passes(lived_in) == first


def test_expiry_is_staggered_by_building(lived_in: Office, clerk: Visitor) -> None:
    with lived_in.database.writing() as tx:
        neighbour = Person(PersonId("person0009"), Category.LOCAL, C1, DwellingId("home2"), "孙七")
        lived_in.book.put(tx, [neighbour], START_MS)
    clerk.form("/passes/batch", why({**EVIDENCE, "compound": C1, "building": ""}))
    days = {row.person: (row.valid_to_ms - row.valid_from_ms) // 86_400_000 for row in passes(lived_in)}
    assert (days[ZHANG], days[neighbour.id]) == (30, 29)


def test_cards_that_end_within_a_week_stand_by_their_day(lived_in: Office, clerk: Visitor) -> None:
    ends = {ZHANG: 5, ZENG: 2, LI: 20, FAR: 3}
    rows = [
        PassRow(
            PassId(f"{number:016x}"), C2 if who == FAR else C1, PassKind.RESIDENT, Category.LOCAL, PassState.ACTIVE,
            START_MS, START_MS + days * DAY_MS, START_MS, START_MS, who, serial=f"S{days:02}",
        )
        for number, (who, days) in enumerate(ends.items())
    ]  # fmt: skip
    with lived_in.database.writing() as tx:
        lived_in.book.put(tx, rows, START_MS)

    def listed(query: str) -> list[str]:
        return re.findall(r"S\d\d", clerk.get(f"/passes?{query}").text)

    assert listed("list=soon") == ["S02", "S03", "S05"]
    assert listed(f"list=soon&c={C1}") == ["S02", "S05"]
    assert set(listed(f"list=all&c={C1}")) == {"S02", "S05", "S20"}


def test_a_batch_without_its_evidence_is_refused_whole(lived_in: Office, clerk: Visitor) -> None:
    told = why({**EVIDENCE, "compound": C1, "building": "", "platform": "UNREACHABLE"})
    assert clerk.form("/passes/batch", told).status == 422
    assert passes(lived_in) == []


def test_a_lost_card_is_on_the_list_at_once_and_its_replacement_is_another(lived_in: Office, clerk: Visitor) -> None:
    clerk.form(f"/passes/new/{ZHANG}/apply", why({**EVIDENCE, "kind": "RESIDENT"}))
    (old,) = passes(lived_in)
    clerk.form(f"/passes/{old.id}/lost", why({}))
    clerk.form(f"/passes/{old.id}/replace", why(EVIDENCE))
    rows = {row.id: row for row in passes(lived_in)}
    assert rows.pop(old.id).state is PassState.LOST
    (new,) = rows.values()
    assert (new.state, new.replaces) == (PassState.ACTIVE, old.id)
    assert clerk.form(f"/passes/{old.id}/revoke", why({})).status == 409
    with lived_in.database.reading() as tx:
        current = lived_in.revocations.current(tx)
    assert current is not None
    assert bytes.fromhex(old.id)[:8] in current.entries


def test_a_households_passes_are_withdrawn_together(lived_in: Office, clerk: Visitor) -> None:
    clerk.form("/passes/batch", why({**EVIDENCE, "compound": C1, "building": "1"}))
    mine = next(row for row in passes(lived_in) if row.person == ZHANG)
    clerk.form(f"/passes/{mine.id}/household", why({}))
    assert {row.person: row.state for row in passes(lived_in)} == {
        ZHANG: PassState.REVOKED, ZENG: PassState.ACTIVE,
    }  # fmt: skip


def test_cards_of_a_building_come_as_one_pdf(clerk: Visitor) -> None:
    clerk.form("/passes/batch", why({**EVIDENCE, "compound": C1, "building": "1"}))
    job = clerk.form("/passes/cards", why({"compound": C1, "building": "1"})).headers["location"]
    assert "已生成 2 张" in clerk.get(job).text


def test_another_committees_person_and_pass_are_not_there(lived_in: Office, clerk: Visitor) -> None:
    clerk.form(f"/passes/new/{FAR}/apply", why({**EVIDENCE, "kind": "RESIDENT"}))
    (row,) = passes(lived_in)
    leader = signed_in(lived_in, "L")
    assert leader.get(f"/passes/{row.id}").status == 404
    assert leader.get(f"/people/{FAR}").status == 404

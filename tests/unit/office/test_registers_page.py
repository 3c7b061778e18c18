# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The street's register on its pages: gates, compounds, committees; what is changed reaches the gates by sync."""

import pytest

from kiosk.domain.codes import GateKind, Lane
from kiosk.domain.register import Compound, Gate, Operator
from sync.office.compose import Office
from sync.office.service.street_register import free_id
from sync.office.store.register import Committee
from sync.wire import scopes
from tests.unit.office.offices import C1, C2, G1, G2, G3, JU, enrolled
from tests.unit.office.pages import LEADER, Visitor, peopled, signed_in
from tests.unit.office.test_pull import pulled

NEW = {"name": "东门", "hours": "06:00-22:00", "lane": "MIXED", "kind": "OPEN", "pickup": ""}


@pytest.fixture
def clerk(office: Office) -> Visitor:
    peopled(office)
    return signed_in(office, "C")


@pytest.fixture
def officer(office: Office, clerk: Visitor) -> Visitor:
    del clerk
    return signed_in(office, "S")


def gate(office: Office, key: str) -> Gate | None:
    with office.database.reading() as tx:
        return office.book.register.get(tx, Gate, key)


# gates ----------------------------------------------------------------------------------------------------------------


def test_a_gate_gets_other_hours_and_its_tablet_is_told(office: Office, clerk: Visitor) -> None:
    with office.database.reading() as tx:
        before = office.changes.rev(tx, scopes.config(G2))
    assert clerk.form(f"/gates/{G1}/edit", {**NEW, "hours": "06:00-11:30, 13:00–22:00"}).status == 303
    found = gate(office, G1)
    assert found is not None
    assert (found.name, found.hours, found.lane, found.kind) == (
        "东门", "06:00-11:30,13:00-22:00", Lane.MIXED, GateKind.OPEN,
    )  # fmt: skip
    with office.database.reading() as tx:
        told = office.changes.since(tx, scopes.config(G2), before, 50)
    assert [(each.changed.entity, each.changed.key) for each in told] == [("gate", G1)]


@pytest.mark.parametrize("hours", ["", "6 to 10", "25:00-26:00", "06:00-06:00", "=1+1"])
def test_hours_that_are_none_are_refused_and_nothing_is_changed(office: Office, clerk: Visitor, hours: str) -> None:
    answer = clerk.form(f"/gates/{G1}/edit", {**NEW, "hours": hours})
    assert answer.status == 422
    assert 'aria-invalid="true"' in answer.text
    found = gate(office, G1)
    assert found is not None
    assert found.name == "1号门"


def test_the_list_says_what_is_open_now(office: Office, clerk: Visitor) -> None:
    clerk.form(f"/gates/{G1}/edit", {**NEW, "hours": "20:00-22:00"})
    clerk.form(f"/gates/{G2}/close")
    page = clerk.get("/gates").text
    assert page.count(">非开放时间<") == page.count(">停用<") == page.count(">开放<") == 1
    assert clerk.form(f"/gates/{G2}/close").status == 409
    clerk.form(f"/gates/{G2}/open")
    found = gate(office, G2)
    assert found is not None
    assert found.active


def test_a_new_gate_waits_for_the_next_key_bundle(office: Office, clerk: Visitor) -> None:
    answer = clerk.form("/gates/add", {**NEW, "compound": C2})
    assert answer.headers["location"] == "/gates/G04"
    found = gate(office, "G04")
    assert found is not None
    assert (found.compound, found.active) == (C2, True)
    assert "密钥表里还没有" in clerk.get("/gates/G04").text
    assert "密钥表里还没有" not in clerk.get(f"/gates/{G3}").text


def test_a_gate_is_searched_for_by_name_leader_or_number(clerk: Visitor) -> None:
    def rows(text: str) -> int:
        return clerk.get("/gates", q=text).text.count('scope="row"')

    assert (rows("西泰苑"), rows("王门长"), rows("G02"), rows("没有")) == (1, 2, 1, 0)


def test_a_leader_is_named_gets_another_phone_and_leaves(office: Office, clerk: Visitor) -> None:
    told = {"leader": "钱门长", "phone": "13900002222", "source": "RESIDENT", "deputy": "on"}
    assert clerk.form(f"/gates/{G3}/lead", told).status == 303
    assert clerk.form(f"/gates/{G3}/lead", {**told, "phone": "1.39E+10"}).status == 422
    assert clerk.form(f"/gates/{G3}/lead", {"card": LEADER}).status == 303
    page = clerk.get(f"/gates/{G3}").text
    assert page.index("王门长") < page.index("钱门长")
    clerk.form(f"/gates/{G3}/phone", {"card": LEADER, "new_phone": "021-55001234"})
    with office.database.reading() as tx:
        card = office.book.register.get(tx, Operator, LEADER)
    assert card is not None
    assert (card.phone, card.gates) == ("021-55001234", (G1, G2, G3))


def test_a_card_that_no_longer_opens_a_gate_is_taken_off_its_list(office: Office, clerk: Visitor) -> None:
    clerk.form(f"/gates/{G3}/lead", {"card": LEADER})
    clerk.form(f"/gates/{G3}/leave", {"card": LEADER})
    with office.database.reading() as tx:
        there = office.changes.one(tx, scopes.roster(C2), "operator", LEADER)
        here = office.changes.one(tx, scopes.roster(C1), "operator", LEADER)
    assert there is not None
    assert here is not None
    assert (there.changed.op, here.changed.op) == ("del", "put")


def test_who_led_one_gate_alone_gives_the_card_back(office: Office, clerk: Visitor) -> None:
    clerk.form(f"/gates/{G3}/lead", {"leader": "孙门长", "phone": "13900003333", "source": "STREET"})
    with office.database.reading() as tx:
        card = next(one for one in office.book.register.all(tx, Operator) if one.name == "孙门长")
    clerk.form(f"/gates/{G3}/leave", {"card": card.id})
    with office.database.reading() as tx:
        assert office.book.register.get(tx, Operator, card.id) is None


def test_another_committees_gate_is_not_there(office: Office, clerk: Visitor) -> None:
    with office.database.writing() as tx:
        compound = office.book.register.get(tx, Compound, C2)
        assert compound is not None
        office.book.put(tx, [Compound(C2, "西泰苑", 2, "J02")], office.clock.wall_ms())  # type: ignore[arg-type]
    assert clerk.get(f"/gates/{G3}").status == 404
    assert clerk.form(f"/gates/{G3}/edit", NEW).status == 404
    assert "西泰苑" not in clerk.get("/gates").text


# compounds and committees ---------------------------------------------------------------------------------------------


def test_the_health_centres_phone_reaches_the_gates_of_all_its_compounds(office: Office, clerk: Visitor) -> None:
    tablet = enrolled(office, G3)
    pulled(tablet, scopes.config(G3))
    told = {
        "name": "甘泉一村居委会",
        "phone": "021-00550110",
        "health_centre": "甘泉卫生中心",
        "health_phone": "021-5600 1234",
    }
    assert clerk.form(f"/committees/{JU}/edit", told).status == 303
    with office.database.reading() as tx:
        rows = office.book.register.all(tx, Compound)
    assert {(row.committee_phone, row.health_phone) for row in rows} == {("021-00550110", "021-5600 1234")}
    (told_now,) = pulled(tablet, scopes.config(G3))
    assert told_now.row is not None
    assert (told_now.key, told_now.row["health_phone"]) == (C2, "021-5600 1234")
    assert "没有登记电话" not in clerk.get(f"/gates/{G3}").text


def test_the_street_founds_a_committee_and_a_compound(office: Office, officer: Visitor) -> None:
    assert officer.form("/committees/add", {"name": "甘泉二村居委会", "phone": "021-00550120"}).headers["location"] == (
        "/committees/J02"
    )
    told = {"name": "合阳新村", "area": "W03", "committee": "J02", "site": "2"}
    assert officer.form("/compounds/add", told).status == 422
    assert officer.form("/compounds/add", {**told, "site": "9"}).headers["location"] == "/compounds/C03"
    with office.database.reading() as tx:
        found = office.book.register.get(tx, Compound, "C03")
    assert found is not None
    assert (found.site, found.grid_area, found.committee_phone) == (9, "W03", "021-00550120")


def test_a_committee_names_its_compound_and_cannot_give_it_away(office: Office, clerk: Visitor) -> None:
    with office.database.writing() as tx:
        office.book.put(tx, [Committee("J02", "别的居委会")], office.clock.wall_ms())  # type: ignore[arg-type]
    clerk.form(f"/compounds/{C2}/edit", {"name": "西泰苑二期", "area": "W01", "committee": "J02"})
    with office.database.reading() as tx:
        found = office.book.register.get(tx, Compound, C2)
    assert found is not None
    assert (found.name, found.grid_area, found.committee) == ("西泰苑二期", "W01", JU)
    assert clerk.get("/committees/J02").status == 404
    assert "别的居委会" not in clerk.get("/committees").text


def test_grid_areas_are_summed(officer: Visitor) -> None:
    for compound in (C1, C2):
        officer.form(f"/compounds/{compound}/edit", {"name": compound, "area": "W01", "committee": JU})
    page = officer.get("/compounds").text
    assert '<a href="/compounds?q=W01">W01</a></th><td class="n">2</td><td class="n">3</td>' in page.replace(
        "\n", ""
    ).replace("  ", "")


@pytest.mark.parametrize("path", ["/gates", "/compounds", "/committees"])
@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_a_register_leaves_as_a_file(officer: Visitor, path: str, form: str) -> None:
    answer = officer.form(f"{path}/export", {"format": form, "password": "long enough for us"})
    assert answer.status == 200
    assert answer.headers["content-disposition"].endswith(f"{path[1:]}.{form}")


def test_ids_go_on_where_they_ended() -> None:
    assert free_id("G", []) == "G01"
    assert free_id("G", ["G01", "G71", "GX", "H99"]) == "G72"

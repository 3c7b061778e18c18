# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Residents by grid area and building, the register as a file that reads back as itself, building and road leaders."""

import re
from collections import Counter

import pytest

from kiosk.domain.codes import Attr, Category
from kiosk.domain.identity import DwellingId, PersonId
from kiosk.domain.register import Compound, Dwelling, Person, RoadLeader
from sync.office.compose import Office
from sync.office.imports import writing
from sync.office.imports.differences import Change
from sync.office.service.exports import Exports
from sync.office.service.initials import initials
from sync.office.service.roster import ALL, Choice, Offer, Preview, RosterImport
from sync.wire import scopes
from tests.unit.office.offices import C1, C2, G3, JU, START_MS, enrolled
from tests.unit.office.pages import PASSWORD, Visitor, peopled, signed_in
from tests.unit.office.test_pull import pulled

HOSTILE = ("=cmd|' /C calc'!A0", "+1", "@x", "-2", "'quoted", '张"三"', "<b>李</b>")


@pytest.fixture
def lived_in(office: Office) -> Office:
    """Two compounds; flats whose numbers sort as people count, odd names, somebody without a flat."""
    peopled(office)
    homes = [
        Dwelling(DwellingId(f"home{n}"), compound, building, unit, room)
        for n, (compound, building, unit, room) in enumerate(
            [(C1, "2", "1", "301"), (C1, "10", "", "102"), (C1, "2", "1", "1201"), (C2, "1", "2", "501")]
        )
    ]
    people = [
        Person(PersonId(f"p{n}"), Category.LOCAL, C1, homes[n % 3].id, name, initials=initials(name), sex="男")
        for n, name in enumerate(HOSTILE)
    ]
    people += [
        Person(
            PersonId("full"), Category.RET_OTHER, C2, homes[3].id, "欧阳小红", "+85212345678", "女", 1950,
            initials("欧阳小红"), frozenset({Attr.ELDERLY, Attr.LIVES_ALONE, Attr.MINOR}), tenure="租客",
            employer="=甘泉超市",
        ),
        Person(PersonId("mobile"), Category.KEY_INDUSTRY, C2, homes[3].id, "王五", "13800001111"),
        Person(PersonId("nowhere"), Category.LOCAL, C1, None, "没有住处"),
    ]  # fmt: skip
    with office.database.writing() as tx:
        office.book.put(tx, [*homes, *people], START_MS)
        compound = office.book.register.get(tx, Compound, C2)
        assert compound is not None
        office.book.put(tx, [Compound(C2, "西泰苑", 2, JU, grid_area="W01")], START_MS)
    return office


@pytest.fixture
def clerk(lived_in: Office) -> Visitor:
    return signed_in(lived_in, "C")


def file_of(office: Office, scope: str, form: str) -> bytes:
    """The register in full, asked for by one and approved by another."""
    officer, second = signed_in(office, "S"), signed_in(office, "S2")
    told = {"scope": scope, "format": form, "why": "核对名册", "password": PASSWORD}
    assert officer.form("/residents/whole", told).status == 303
    waiting = re.search(r'name="id" value="([0-9a-f]{32})"', second.get("/approvals").text)
    assert waiting is not None
    second.form("/approvals/approve", {"id": waiting[1], "password": PASSWORD})
    job = officer.form("/approvals/fetch", {"id": waiting[1]}).headers["location"]
    return officer.get(f"{job}/file").content


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_register_reads_back_as_itself(lived_in: Office, form: str) -> None:
    data = file_of(lived_in, "*", form)
    importer = RosterImport(lived_in.book, lived_in.ids, lived_in.audit, lived_in.vault)
    with lived_in.database.writing() as tx:
        offer = importer.offer(tx, ALL, f"x.{form}", data, START_MS, by="S", choice=Choice(whole=True))
        assert isinstance(offer, Offer)
        seen = importer.preview(tx, offer, lived_in.book.register.all(tx, Compound), START_MS)
    assert isinstance(seen, Preview)
    assert seen.roster.bad == ()
    assert seen.plan.bad == ()
    assert seen.plan.count() == Counter({Change.SAME: len(HOSTILE) + 2})


def test_no_cell_of_the_file_is_a_formula(lived_in: Office) -> None:
    text = file_of(lived_in, "*", "csv").decode("utf-8-sig")
    assert re.search(r'"[=+@-]', text) is None
    assert "'=cmd" in text


def test_a_grid_area_alone_is_a_smaller_file_and_the_log_holds_what_left(lived_in: Office) -> None:
    text = file_of(lived_in, "a:W01", "csv").decode("utf-8-sig")
    assert "欧阳小红" in text
    assert "李" not in text
    with lived_in.database.reading() as tx:
        (logged,) = Exports(lived_in.ids, lived_in.audit).latest(tx)
    assert (logged.what, logged.rows, logged.why) == ("export.full", 2, "核对名册")


def test_one_person_alone_gets_no_file(lived_in: Office) -> None:
    officer = signed_in(lived_in, "S")
    officer.form("/residents/whole", {"scope": "*", "format": "csv", "why": "看看", "password": PASSWORD})
    waiting = re.search(r'name="id" value="([0-9a-f]{32})"', officer.get("/approvals").text)
    assert waiting is not None
    assert officer.form("/approvals/approve", {"id": waiting[1], "password": PASSWORD}).status == 403
    assert officer.form("/approvals/fetch", {"id": waiting[1]}).status != 303
    assert signed_in(lived_in, "C").form("/residents/whole", {"scope": "*", "format": "csv"}).status == 403


def test_a_compound_is_listed_in_building_order_and_a_building_alone(clerk: Visitor) -> None:
    page = clerk.get("/residents", c=C1).text
    rooms = re.findall(r"<td>((?:2|10)-[^<]+)</td>", page)
    assert rooms == sorted(rooms, key=lambda room: [int(part) for part in room.split("-")])
    assert "没有住处" not in page
    assert len(re.findall(r'scope="row"', clerk.get("/residents", c=C1, b="10").text)) == 2
    assert "欧阳小红" in clerk.get("/residents", area="W01").text
    assert clerk.get("/residents", area="W99").status == 404


def test_the_street_lists_masked_names_and_a_file_of_them(lived_in: Office) -> None:
    officer = signed_in(lived_in, "S")
    page = officer.get("/residents", c=C2).text
    assert ">欧*<" in page
    assert "欧阳小红" not in page
    answer = officer.form("/residents/export", {"format": "csv", "f.c": C2, "password": PASSWORD})
    assert "欧*" in answer.text
    assert "欧阳小红" not in answer.text
    assert officer.form("/residents/export", {"format": "csv", "password": PASSWORD}).status == 400


def test_fifty_rows_at_a_time(lived_in: Office, clerk: Visitor) -> None:
    with lived_in.database.writing() as tx:
        more = [
            Person(PersonId(f"many{n:03}"), Category.LOCAL, C1, DwellingId("home1"), f"人{n:03}") for n in range(70)
        ]
        lived_in.book.put(tx, more, START_MS)
    first = clerk.get("/residents", c=C1, b="10").text
    after = re.search(r'rel="next" href="[^"]*after=([^"&]+)', first)
    assert after is not None
    second = clerk.get("/residents", c=C1, b="10", after=after[1]).text
    names = re.findall(r">(人\d{3})<", first) + re.findall(r">(人\d{3})<", second)
    assert len(names) == len(set(names)) == 70


# leaders --------------------------------------------------------------------------------------------------------------


def test_a_buildings_leader_stands_at_each_flat_and_reaches_the_gate(lived_in: Office, clerk: Visitor) -> None:
    tablet = enrolled(lived_in, G3)
    scope = scopes.roster(C2)
    pulled(tablet, scope)
    told = {"compound": C2, "building": "1", "leader": "周楼长", "phone": "13700001234"}
    assert clerk.form("/buildings/leader", told).status == 303
    (change,) = pulled(tablet, scope)
    assert change.row is not None
    assert (change.row["building_leader"], change.row["building_leader_phone"]) == ("周楼长", "13700001234")
    assert "周楼长" in clerk.get("/buildings", c=C2).text
    assert clerk.form("/buildings/leader", {**told, "phone": "1.37E+10"}).status == 422
    assert clerk.form("/buildings/leader", {**told, "building": "99"}).status == 404


def test_a_road_leader_is_told_to_the_gates_along_the_road_and_taken_back(lived_in: Office, clerk: Visitor) -> None:
    tablet = enrolled(lived_in, G3)
    scope = scopes.roster(C2)
    pulled(tablet, scope)
    told = {"name": "吴路长", "phone": "13600001234", "streets": "志丹路沿街"}
    assert clerk.form("/road-leaders/add", told).status == 422
    clerk.form("/road-leaders/add", {**told, f"pick.{C2}": "on"})
    (change,) = pulled(tablet, scope)
    assert (change.entity, change.op) == ("road_leader", "put")
    with lived_in.database.reading() as tx:
        (leader,) = lived_in.book.register.all(tx, RoadLeader)
    assert leader.streets == "志丹路沿街"
    clerk.form(f"/road-leaders/{leader.id}/edit", {**told, f"pick.{C1}": "on"})
    (change,) = pulled(tablet, scope)
    assert (change.entity, change.op) == ("road_leader", "del")
    clerk.form(f"/road-leaders/{leader.id}/drop")
    assert "吴路长" not in clerk.get("/road-leaders").text


def test_the_words_of_the_file_are_words_that_the_import_knows() -> None:
    assert set(writing.remark(Attr)) >= set("独居老人")
    assert writing.compound_names([("C1", "甘泉"), ("C2", "西泰"), ("C3", "甘泉")]) == {
        "C1": "C1", "C2": "西泰", "C3": "C3",
    }  # fmt: skip

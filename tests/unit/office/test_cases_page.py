# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Cases on the office's pages: the urgent first, who was not told is named, a P1 is the leader's to close."""

import pytest

from kiosk.domain.codes import CaseKind, Priority, Told
from kiosk.domain.events import CaseOpened, CaseStep
from kiosk.domain.identity import CaseId
from sync.office.compose import Office
from sync.office.store.tables import case_file
from tests.unit.office.offices import START_MS, Clock, enrolled
from tests.unit.office.pages import Visitor, peopled, signed_in

FEVER, TAILGATE = CaseId("c" * 32), CaseId("d" * 32)


@pytest.fixture
def street(office: Office) -> Office:
    """A fever (leader told, health centre not) and a tailgating at one gate."""
    peopled(office)
    tablet = enrolled(office)
    tablet.write(CaseOpened(TAILGATE, CaseKind.TAILGATE, Priority.P3, told=(Told.LEADER,)))
    tablet.write(CaseOpened(FEVER, CaseKind.FEVER, Priority.P1, told=(Told.LEADER, Told.HEALTH)))
    tablet.write(CaseStep(FEVER, closed=False, who=Told.LEADER, told_at=START_MS, answer="马上到"))
    tablet.send()
    return office


def leader(office: Office) -> Visitor:
    return signed_in(office, "L")


def closed(office: Office, case: CaseId) -> bool:
    with office.database.reading() as tx:
        found = tx.execute(case_file.select().where(case_file.c.id == case)).one()
    with office.database.reading() as tx:
        given = [item for _, item in office.work.open(tx) if (item.detail or {}).get("case") == case]
    return bool(found.closed) or bool(given)


def test_a_fever_stands_before_a_tailgating(street: Office) -> None:
    page = leader(street).get("/cases").text
    assert page.index("发热") < page.index("尾随")


def test_who_was_not_told_is_named_and_after_its_time_shown_as_late(street: Office) -> None:
    page = leader(street).get(f"/cases/{FEVER}").text
    assert "尚未通知 <strong>卫生中心" in page
    assert 'class="fault"' not in page
    assert isinstance(street.clock, Clock)
    street.clock.advance(11 * 60_000)
    assert 'class="fault"' in leader(street).get(f"/cases/{FEVER}").text


def test_closing_names_the_open_steps_before_it_is_done(street: Office) -> None:
    visitor = leader(street)
    page = visitor.form(f"/cases/{FEVER}/close", {"outcome": "TRANSFERRED"})
    assert page.status == 422
    assert "仍然结案" in page.text
    assert not closed(street, FEVER)
    assert visitor.form(f"/cases/{FEVER}/close", {"outcome": "TRANSFERRED", "all_the_same": "on"}).status == 303
    assert closed(street, FEVER)


@pytest.mark.parametrize("role", ["S", "C", "H"])
def test_an_urgent_case_is_closed_by_its_leader_alone(street: Office, role: str) -> None:
    page = signed_in(street, role).form(f"/cases/{FEVER}/close", {"outcome": "EXCLUDED", "all_the_same": "on"})
    assert page.status == 422
    assert not closed(street, FEVER)
    told = {"outcome": "TURNED_BACK", "all_the_same": "on"}
    assert signed_in(street, role).form(f"/cases/{TAILGATE}/close", told).status == 303


def test_a_case_without_an_outcome_is_not_closed(street: Office) -> None:
    assert leader(street).form(f"/cases/{TAILGATE}/close", {"all_the_same": "on"}).status == 422


def test_a_case_of_another_gate_is_not_there(street: Office) -> None:
    assert leader(street).get("/cases/" + "f" * 32).status == 404
    assert leader(street).form("/cases/" + "f" * 32 + "/close", {"outcome": "EXCLUDED"}).status == 404

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Isolation on the office's pages: papers, two temperatures a day, leave, release with a number (domain.md 9)."""

import re

import pytest

from kiosk.domain.codes import IsolationState, PassState
from kiosk.domain.instants import DAY_MS
from kiosk.domain.register import Isolation, PassRow, Permit
from sync.office.compose import Office
from sync.office.service.home_temps import HomeTemps
from sync.office.store.tables import case_file
from tests.unit.office.offices import C1, START_MS, Clock
from tests.unit.office.pages import Visitor, signed_in
from tests.unit.office.test_people_page import EVIDENCE, KEY, LI, ZHANG, lived_in, why

__all__ = ["lived_in"]
HOUR = 3_600_000


@pytest.fixture
def clerk(lived_in: Office) -> Visitor:
    return signed_in(lived_in, "C")


def at(office: Office, ms: int) -> None:
    """Let the office's clock stand at this time after 08:00."""
    assert isinstance(office.clock, Clock)
    office.clock.at_ms = START_MS + ms


def record(office: Office, person: str = LI) -> Isolation:
    with office.database.reading() as tx:
        rows = office.book.register.all(tx, Isolation, person_id=person)
    return max(rows, key=lambda row: (row.d0, row.changed_at_ms))


def readings(office: Office) -> dict[str, tuple[int | None, bool]]:
    temps = HomeTemps(office.book, office.vault, office.ids, office.audit)
    with office.database.reading() as tx:
        taken = temps.of(tx, [record(office).id]).get(record(office).id, {})
    return {slot: (one.temp_dc, one.late) for slot, one in taken.items()}


def next_day(office: Office, hour: int = 8, role: str = "H") -> Visitor:
    """Somebody of this role, who signs in the next day at this hour."""
    at(office, DAY_MS + (hour - 8) * HOUR)
    return signed_in(office, role)


@pytest.mark.parametrize("typed", ["366", "36.6", "36,6", "３６６", "３６.６"])
def test_a_reading_is_typed_as_people_write_it(lived_in: Office, typed: str) -> None:
    nurse = next_day(lived_in)
    assert nurse.form("/route/enter", {"isolation": record(lived_in).id, "temp": typed}).status == 303
    assert readings(lived_in) == {"2020-02-21/AM": (366, False)}


@pytest.mark.parametrize("typed", ["", "3650", "36.65", "abc", "99", "1e3", "-1", "36."])
def test_what_is_no_reading_is_said_beside_its_line_and_kept_to_be_mended(lived_in: Office, typed: str) -> None:
    nurse = next_day(lived_in)
    page = nurse.form("/route/enter", {"isolation": record(lived_in).id, "temp": typed})
    assert page.status == 422
    assert "34.0" in page.text
    assert f'value="{typed}"' in page.text
    assert readings(lived_in) == {}


def test_after_noon_a_reading_fills_the_morning_late_and_after_four_the_afternoon(lived_in: Office) -> None:
    nurse = next_day(lived_in, 13)
    nurse.form("/route/enter", {"isolation": record(lived_in).id, "temp": "366"})
    nurse = next_day(lived_in, 17)
    nurse.form("/route/enter", {"isolation": record(lived_in).id, "temp": "367"})
    assert readings(lived_in) == {"2020-02-21/AM": (366, True), "2020-02-21/PM": (367, False)}


def test_nobody_answered_is_noted_and_a_reading_still_comes_after_it(lived_in: Office) -> None:
    nurse = next_day(lived_in)
    nurse.form("/route/enter", {"isolation": record(lived_in).id, "missed": "NO_ANSWER"})
    assert readings(lived_in) == {"2020-02-21/AM": (None, False)}
    assert record(lived_in).slots_taken == ()
    nurse.form("/route/enter", {"isolation": record(lived_in).id, "temp": "368"})
    assert readings(lived_in) == {"2020-02-21/AM": (368, False)}
    again = nurse.form("/route/enter", {"isolation": record(lived_in).id, "temp": "371"})
    assert again.status == 422
    assert readings(lived_in) == {"2020-02-21/AM": (368, False)}


def test_a_fever_at_home_is_a_case_of_the_first_kind(lived_in: Office) -> None:
    nurse = next_day(lived_in)
    nurse.form("/route/enter", {"isolation": record(lived_in).id, "temp": "373"})
    assert "立案" in nurse.get("/route").text
    with lived_in.database.reading() as tx:
        (case,) = tx.execute(case_file.select()).all()
    assert (case.kind, case.priority, case.compound_id, case.closed) == ("FEVER", "P1", C1, 0)


def test_no_reading_stands_open_in_the_database(lived_in: Office) -> None:
    nurse = next_day(lived_in)
    nurse.form("/route/enter", {"isolation": record(lived_in).id, "temp": "368"})
    with lived_in.database.reading() as tx:
        rows = tx.exec_driver_sql("select * from home_temp").all()
    assert rows
    assert b"368" not in repr(rows).encode()


def test_the_route_stands_in_building_order_and_begins_with_who_is_still_to_be_measured(lived_in: Office) -> None:
    nurse = next_day(lived_in)
    page = nurse.get("/route")
    assert "3-1-502" in page.text
    assert re.search(rf'id="t-{record(lived_in).id}"[^>]*autofocus', page.text)
    nurse.form("/route/enter", {"isolation": record(lived_in).id, "temp": "366"})
    assert "还有 0 位" in nurse.get("/route").text


def test_a_missed_slot_shows_in_the_register(lived_in: Office) -> None:
    clerk = next_day(lived_in, 18, "C")
    assert "李四" in clerk.get("/isolation", which="missing").text
    assert "李四" not in clerk.get("/isolation", which="due").text


def test_release_wants_its_number_and_its_day(lived_in: Office, clerk: Visitor) -> None:
    place = f"/isolation/{record(lived_in).id}"
    assert clerk.form(f"{place}/release", {"number": "解-001"}).status == 422
    at(lived_in, 15 * DAY_MS)
    clerk = signed_in(lived_in, "C")
    assert clerk.form(f"{place}/release", {"number": " "}).status == 422
    assert record(lived_in).state is IsolationState.HOME
    assert clerk.form(f"{place}/release", {"number": "解-001"}).status == 303
    assert (record(lived_in).state, record(lived_in).release_notice) == (IsolationState.RELEASED, "解-001")


def test_an_isolation_begun_here_rests_the_cards_until_its_release(lived_in: Office, clerk: Visitor) -> None:
    clerk.form(f"/passes/new/{ZHANG}/apply", why({**EVIDENCE, "kind": "RESIDENT"}))
    clerk.form("/isolation/open", {"person": ZHANG, "d0": "2020-02-20", "state": "PENDING"})
    new = record(lived_in, ZHANG)
    assert (new.state, new.notice) == (IsolationState.PENDING, False)
    clerk.form(f"/isolation/{new.id}/check", {"notice": "on", "record": "on"})
    assert record(lived_in, ZHANG).state is IsolationState.PENDING
    clerk.form(f"/isolation/{new.id}/check", {"commitment": "on"})
    assert record(lived_in, ZHANG).state is IsolationState.HOME
    with lived_in.database.reading() as tx:
        (card,) = lived_in.book.register.all(tx, PassRow, person_id=ZHANG)
    assert card.state is PassState.SUSPENDED
    again = clerk.form("/isolation/open", {"person": ZHANG, "d0": "2020-02-20", "state": "HOME"})
    assert again.status == 422
    assert "已有正在进行的隔离" in again.text
    assert 'aria-describedby="e-state"' in again.text


def test_an_arrival_ahead_of_today_is_refused_beside_its_field_in_the_form_as_it_was_sent(clerk: Visitor) -> None:
    page = clerk.form("/isolation/open", {"person": KEY, "d0": "2020-02-21", "state": "HOME"})
    assert page.status == 422
    assert re.search(r'name="d0" type="date" value="2020-02-21"[^>]*aria-describedby="e-d0"', page.text)
    assert re.search(r'id="e-d0">[^<]+<', page.text)
    assert '<option value="HOME" selected>' in page.text
    assert f'name="person" value="{KEY}"' in page.text
    assert 'action="/isolation/export"' in page.text, "what is shown after a form leads on from the page, not the form"
    assert 'href="/isolation?which=due"' in page.text
    assert "赵五" in page.text


def test_contact_with_a_case_starts_again_and_keeps_the_old_record(lived_in: Office, clerk: Visitor) -> None:
    old = record(lived_in)
    clerk.form(f"/isolation/{old.id}/restart", {"d0": "2020-02-20", "because": "密接"})
    new = record(lived_in)
    assert (new.restarted_from, new.state) == (old.id, IsolationState.HOME)
    assert old.id[:8] in clerk.get(f"/isolation/{new.id}").text


def test_leave_for_treatment_is_granted_from_and_to_with_its_reason(lived_in: Office, clerk: Visitor) -> None:
    place = f"/isolation/{record(lived_in).id}/permit"
    told = {"day": "2020-02-20", "from": "9", "to": "12", "transport": "AMBULANCE"}
    assert clerk.form(place, why({**told, "to": "9"})).status == 422
    assert clerk.form(place, {**told, "why": "卫生中心陈医生同意"}).status == 303
    with lived_in.database.reading() as tx:
        (permit,) = lived_in.book.register.all(tx, Permit, person_id=LI)
    assert (permit.from_ms, permit.to_ms) == (START_MS + HOUR, START_MS + 4 * HOUR)
    assert permit.reason == "卫生中心陈医生同意"


def test_the_three_papers_come_filled_in_and_noted(lived_in: Office, clerk: Visitor) -> None:
    answer = clerk.form(f"/isolation/{record(lived_in).id}/paper", at="/isolation")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    with lived_in.database.reading() as tx:
        assert any(entry["what"] == "export.redacted" for entry in lived_in.audit.entries(tx, limit=500))


def test_another_committees_isolation_is_not_there(lived_in: Office) -> None:
    other = signed_in(lived_in, "H")
    assert other.get("/isolation/" + "f" * 32).status == 404
    assert other.form("/route/enter", {"isolation": "f" * 32, "temp": "366"}).status == 404

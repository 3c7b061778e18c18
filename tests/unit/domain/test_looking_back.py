# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A recorded passage decided again: as it was under its own policy, otherwise only where the other policy says so."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from kiosk.domain.admission.looking_back import Around, again, outcome_under
from kiosk.domain.codes import (
    Category,
    CodeColour,
    Direction,
    How,
    IsolationState,
    PassState,
    Reason,
    ScanResult,
    Site,
    TempOutcome,
    Validity,
    Verdict,
)
from kiosk.domain.events import Registration
from kiosk.domain.identity import GateId, IsolationId, PassageId, PersonId
from kiosk.domain.instants import DAY_MS, Instant, parse_hours
from kiosk.domain.passage import Overridden, PassageRecord
from kiosk.domain.policy import Region
from kiosk.domain.policy_text import with_regions
from kiosk.domain.register import Isolation
from kiosk.domain.temperature import Reading
from tests.unit.domain.policies import A, B, changed, shipped_text

AT = Instant(1_582_171_200_000, 0, 1)  # 2020-02-20 12:00 in Shanghai
PERSON = PersonId("p")


def later(seconds: int) -> Instant:
    return Instant(AT.at_ms + seconds * 1000, seconds * 1000, 1)


def read(*tenths: int, gap: int = 10) -> tuple[Reading, ...]:
    return tuple(
        Reading(n, value, Site.FOREHEAD if n % 2 else Site.WRIST, Validity.VALID, later(n * gap))
        for n, value in enumerate(tenths, 1)
    )


def record(**facts: Any) -> PassageRecord:
    """A resident with a good pass, measured well."""
    values: dict[str, Any] = {
        "verdict": Verdict.ADMIT, "reason": Reason.PASS_OK, "rule": "R25", "scan_result": ScanResult.OK,
        "outcome": TempOutcome.NORMAL, "category": Category.LOCAL, "pass_state": PassState.ACTIVE, "person": PERSON,
        "readings": read(365), **facts,
    }  # fmt: skip
    return PassageRecord(
        PassageId("x"), GateId("G01"), values.pop("dir", Direction.IN), values.pop("how", How.SCAN), AT, later(30),
        policy=A.version, **values,
    )  # fmt: skip


def isolated(since: dt.date, **more: Any) -> Isolation:
    return Isolation(IsolationId("i"), PERSON, IsolationState.HOME, since, 0, **more)


@pytest.mark.parametrize(
    ("readings", "params", "outcome"),
    [
        (read(372), {"fever_tenths": 372}, TempOutcome.FEVER_SUSPECT),
        (read(372), {"fever_tenths": 373}, TempOutcome.NORMAL),
        (read(374, 369, gap=200), {"rest_s": 300}, TempOutcome.FEVER_SUSPECT),
        (read(374, 369, gap=200), {"rest_s": 100}, TempOutcome.CLEARED),
        (read(345, 362), {"low_tenths": 350}, TempOutcome.NORMAL_AFTER_LOW),
        (read(345, 362), {"low_tenths": 340}, TempOutcome.NORMAL),
    ],
)
def test_readings_go_through_the_procedure_anew(
    readings: tuple[Reading, ...], params: dict[str, object], outcome: TempOutcome
) -> None:
    assert outcome_under(record(readings=readings), changed(A, **params).params) is outcome


def test_a_suspicion_that_was_carried_over_begins_as_one() -> None:
    carried = record(readings=read(365, gap=400), rest_since=AT, outcome=TempOutcome.CLEARED)
    assert outcome_under(carried, A.params) is TempOutcome.CLEARED
    assert outcome_under(carried, changed(A, rest_s=600).params) is TempOutcome.FEVER_SUSPECT


def test_who_is_due_under_one_count_is_still_isolated_under_another() -> None:
    since = dt.date(2020, 2, 5)
    due = record(
        dir=Direction.OUT, outcome=TempOutcome.NOT_TAKEN, readings=(), verdict=Verdict.LEADER,
        reason=Reason.RELEASE_PENDING, rule="R16",
    )  # fmt: skip
    found = again(due, Around(isolation=isolated(since)), A, changed(A, isolation_days=21))
    assert found is not None
    assert (found.before.rule, found.after.rule, found.differs) == ("R16", "R13", True)


def test_what_a_passage_itself_opened_does_not_feed_back_and_a_later_release_was_none_yet() -> None:
    opened = Around(isolation=isolated(dt.date(2020, 2, 20), opened_at_ms=later(20).at_ms))
    assert again(record(), opened, A, A) is not None
    out = record(
        dir=Direction.OUT, outcome=TempOutcome.NOT_TAKEN, readings=(), verdict=Verdict.REFUSE_EXIT,
        reason=Reason.ISOLATION_EXIT, rule="R13",
    )  # fmt: skip
    released = replace(isolated(dt.date(2020, 2, 16)), state=IsolationState.RELEASED, released_at_ms=AT.at_ms + DAY_MS)
    found = again(out, Around(isolation=released), A, A)
    assert found is not None
    assert not found.differs


def test_household_members_stay_in_where_the_draft_says_so() -> None:
    leaving = record(dir=Direction.OUT, outcome=TempOutcome.NOT_TAKEN, readings=())
    around = Around(mates=(isolated(dt.date(2020, 2, 16)),))
    found = again(leaving, around, A, changed(A, household_mates="BLOCK"))
    assert found is not None
    assert found.after.rule == "R13b"


@pytest.mark.parametrize(
    ("regions", "rule"),
    [(B.regions, "R22"), ((*A.regions, Region("330000", "浙江", dt.date(2020, 2, 1))), "R20"), ((), "R22")],
)
def test_another_list_of_regions_decides_by_the_day_of_arrival(regions: tuple[Region, ...], rule: str) -> None:
    form = Registration(PERSON, "RETURN", "330300", ("JP",), arrived="2020-02-20", cls="OTHER")
    returned = record(
        how=How.RETURN, scan_result=ScanResult.NONE, pass_state=None, verdict=Verdict.ADMIT_REGISTER,
        reason=Reason.FIRST_RETURN_OTHER, rule="R22",
    )  # fmt: skip
    found = again(returned, Around(form=form), A, replace(A, version="x", regions=regions))
    assert found is not None
    assert found.after.rule == rule


def test_a_return_that_was_key_by_the_list_alone_is_none_without_the_row() -> None:
    form = Registration(PERSON, "RETURN", "420100", arrived="2020-02-20", cls="KEY")
    returned = record(
        how=How.RETURN, scan_result=ScanResult.NONE, pass_state=None, verdict=Verdict.ADMIT_ESCORT,
        reason=Reason.FIRST_RETURN_KEY, rule="R20",
    )  # fmt: skip
    found = again(returned, Around(form=form), A, replace(A, regions=()))
    assert found is not None
    assert found.after.rule == "R22"
    yellow = replace(returned, code=CodeColour.YELLOW)
    kept = again(yellow, Around(form=form), A, replace(A, regions=()))
    assert kept is not None
    assert kept.after.rule == "R20"


def test_gate_hours_and_the_closure_by_night_are_looked_at() -> None:
    found = again(record(), Around(), A, changed(A, night_closure="11:00-13:00"))
    assert found is not None
    assert found.after.reason is Reason.AFTER_HOURS
    assert again(record(), Around(hours=parse_hours("06:00-08:00")), A, A) is None


@pytest.mark.parametrize(
    "facts",
    [
        {"overridden": Overridden(Verdict.HOLD, Reason.FEVER, "x", "l", None)}, {"voided": True}, {"late": True},
        {"verdict": Verdict.REFUSE}, {"outcome": TempOutcome.CLEARED},
    ],
)  # fmt: skip
def test_what_cannot_be_decided_as_it_was_is_left_out(facts: dict[str, Any]) -> None:
    assert again(record(**facts), Around(), A, B) is None


def test_under_its_own_policy_nothing_ever_differs() -> None:
    for rule, verdict, reason in (
        ("R25", Verdict.ADMIT, Reason.PASS_OK),
        ("R12", Verdict.LEADER, Reason.PASS_CLONED),
        ("R02", Verdict.LEADER, Reason.CLOCK_BAD),
        ("R25", Verdict.LEADER, Reason.LIST_STALE),
        ("R14", Verdict.ADMIT, Reason.EXIT_PERMIT),
        ("R24q", Verdict.LEADER, Reason.QUOTA_USED),
    ):
        way = Direction.OUT if rule in ("R14", "R24q") else Direction.IN
        found = again(record(rule=rule, verdict=verdict, reason=reason, dir=way), Around(), A, A)
        assert found is not None, rule
        assert not found.differs
        assert found.before.rule == rule


def test_region_rows_are_replaced_and_all_else_stays() -> None:
    text = shipped_text("2020-02-14")
    rows = (Region("IT", '意"大利', dt.date(2020, 3, 6)), Region("110000", "北京", dt.date(2020, 2, 1), key=False))
    made = with_regions(text, rows)
    assert made.splitlines()[:44] == text.splitlines()[:44]
    assert made.count("[[region]]") == 2
    assert 'name = "意\\"大利"' in made
    assert with_regions(made, A.regions).split() == text.split()

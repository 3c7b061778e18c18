# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Policies on the office's pages: written as a form, rehearsed on real passages, published by two, held by gates."""

import re
from typing import Any

import pytest

from kiosk.domain.codes import (
    Category,
    CodeColour,
    Direction,
    PassState,
    ReadingSource,
    Reason,
    ScanResult,
    Site,
    TempOutcome,
    Validity,
    Verdict,
)
from kiosk.domain.events import PassageStep, ReadingTaken
from kiosk.domain.identity import PassageId
from kiosk.domain.instants import DAY_MS
from kiosk.domain.policy import parse_policy
from kiosk.domain.register import PolicyRow
from sync.office.compose import Office
from sync.office.service import policy_drafts
from sync.wire import scopes
from tests.unit.domain.policies import shipped_text
from tests.unit.office.offices import C1, G1, START_MS, Clock, Tablet, enrolled
from tests.unit.office.pages import PASSWORD, Visitor, peopled, signed_in
from tests.unit.office.test_pull import pulled

A = "2020-02-14"


@pytest.fixture
def ruled(office: Office) -> Office:
    """An office with policy A in force."""
    peopled(office)
    with office.database.writing() as tx:
        office.policies.found(tx, shipped_text(A), START_MS, by="test")
    return office


@pytest.fixture
def officer(ruled: Office) -> Visitor:
    return signed_in(ruled, "S")


def fields(visitor: Visitor, **changed: str) -> dict[str, str]:
    """The form as it stands, some fields changed."""
    text = visitor.get("/policies/new").text
    out = dict(re.findall(r'<input [^>]*?name="([^"]+)"[^>]*? value="([^"]*)"', text))
    for name, options in re.findall(r'<select [^>]*?name="([^"]+)".*?>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        out[name] = chosen[1] if chosen else ""
    out["regions"] = re.search(r"<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)[1]  # type: ignore[index]
    out.pop("csrf", None)
    out.pop("household_quota.on", None)
    return {**out, **changed}


def drafted(visitor: Visitor, **changed: str) -> str:
    """A draft's address."""
    answer = visitor.form("/policies/new/write", fields(visitor, **changed))
    assert answer.status == 303, answer.text
    return answer.headers["location"]


def draft(office: Office, at: str) -> policy_drafts.PolicyDraft:
    with office.database.reading() as tx:
        found = policy_drafts.get(tx, at.rpartition("/")[2])
    assert found is not None
    return found


# the form -------------------------------------------------------------------------------------------------------------


def test_a_form_that_changes_nothing_leaves_every_line_but_name_and_hour(ruled: Office, officer: Visitor) -> None:
    made = draft(ruled, drafted(officer)).toml.splitlines()
    told = shipped_text(A).splitlines()
    assert [new for old, new in zip(told, made, strict=True) if old != new] == [
        'version = "2020-02-21"', "effective_from = 2020-02-21T00:00:00+08:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"fever_tenths": "37.5"}, "fever_tenths = 375"),
        ({"site_thresholds.WRIST": "36.9"}, "site_thresholds = { WRIST = 369 }"),
        ({"outsiders": "GREEN_AND_CONSENT"}, 'outsiders = "GREEN_AND_CONSENT"'),
        ({"night_closure": "00:00-05:00"}, 'night_closure = "00:00-05:00"'),
        ({"no_pass_alert.times": "5"}, "no_pass_alert = { times = 5, days = 7 }"),
        ({"household_quota.on": "on", "household_quota.window_days": "2", "household_quota.max_trips": "1"},
         "household_quota = { window_days = 2, max_trips = 1 }"),
        ({"legacy_pass_until": "2020-03-31"}, "legacy_pass_until = 2020-03-31"),
        ({"home_temp_windows.PM": "17:00-22:00"}, 'home_temp_windows = { AM = "06:00-11:59", PM = "17:00-22:00" }'),
        ({"stock_cutoff": "2020-02-01T00:00"}, "stock_cutoff = 2020-02-01T00:00:00+08:00"),
    ],
)  # fmt: skip
def test_a_changed_parameter_is_one_changed_line(
    ruled: Office, officer: Visitor, changed: dict[str, str], line: str
) -> None:
    made = draft(ruled, drafted(officer, **changed)).toml.splitlines()
    assert line in made
    assert len(set(made) - set(shipped_text(A).splitlines())) == 3


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"fever_tenths": "50"}, "fever_tenths"),
        ({"fever_tenths": "hot"}, "fever_tenths"),
        ({"low_tenths": "36.9", "fever_tenths": "36.9"}, "low_tenths"),
        ({"rest_s": "0"}, "rest_s"),
        ({"outsiders": "OPEN"}, "outsiders"),
        ({"night_closure": "late"}, "night_closure"),
        ({"no_pass_alert.days": ""}, "no_pass_alert"),
        ({"home_temp_windows.AM": "=1"}, "home_temp_windows"),
        ({"recheck_expires_s": "200"}, "recheck_expires_s"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_beside_its_field(
    ruled: Office, officer: Visitor, changed: dict[str, str], field: str
) -> None:
    answer = officer.form("/policies/new/write", fields(officer, **changed))
    assert answer.status == 422
    assert f'id="e-{field}"' in answer.text
    with ruled.database.reading() as tx:
        assert policy_drafts.every(tx) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"version": A}, "这个名称已经有了"),
        ({"from_day": "2020-02-01"}, "生效时间已过"),
        ({"version": "a/b"}, "不含斜线"),
        ({"regions": "420000 湖北 2020-01-27\n42 湖北 2020-01-27"}, "第 2 行"),
        ({"regions": "JP 日本 2020-03-21 2020-03-03"}, "第 1 行"),
    ],
)
def test_name_hour_and_regions_are_looked_at(officer: Visitor, changed: dict[str, str], told: str) -> None:
    answer = officer.form("/policies/new/write", fields(officer, **changed))
    assert answer.status == 422
    assert told in answer.text


def test_regions_are_pasted_one_a_line(ruled: Office, officer: Visitor) -> None:
    told = "420000 湖北 2020-01-27\r\nit\t意大利\t2020-03-06\r\n\r\n330300,温州,2020-02-01,2020-02-20"
    told += "\r\n110000 北京 2020-02-01 非重点"
    policy = parse_policy(draft(ruled, drafted(officer, regions=told)).toml)
    assert [(one.code, one.name, str(one.until), one.key) for one in policy.regions] == [
        ("420000", "湖北", "None", True), ("IT", "意大利", "None", True), ("330300", "温州", "2020-02-20", True),
        ("110000", "北京", "None", False),
    ]  # fmt: skip
    page = officer.get("/policies").text
    assert "2020-02-21" in page


# the rehearsal --------------------------------------------------------------------------------------------------------


def entry(tablet: Tablet, number: int, tenths: int, **facts: Any) -> None:
    """A resident's entry as a gate writes it: measured, and decided by what was measured."""
    fever = tenths >= 373
    tablet.passage(
        number, category=Category.LOCAL, pass_state=PassState.ACTIVE, outcome=TempOutcome.NOT_TAKEN,
        verdict=Verdict.WAIT, reason=Reason.NEED_TEMP, rule="R05", recorded=False, final=False, **facts,
    )  # fmt: skip
    body = tablet.events[-1]
    key = PassageId(re.search(r'"passage":"([0-9a-f]+)"', body.c)[1])  # type: ignore[index]
    tablet.write(ReadingTaken(key, 1, Site.FOREHEAD, ReadingSource.TYPED, Validity.VALID, tenths))
    step = (
        {"outcome": TempOutcome.FEVER_SUSPECT, "verdict": Verdict.WAIT, "reason": Reason.RECHECK_FEVER, "rule": "R06"}
        if fever
        else {"outcome": TempOutcome.NORMAL, "verdict": Verdict.ADMIT, "reason": Reason.PASS_OK, "rule": "R25",
              "recorded": True, "final": True}
    )  # fmt: skip
    tablet.write(PassageStep(key, 2, Direction.IN, **step))


@pytest.fixture
def yesterday(ruled: Office) -> Office:
    """A day with 14 readings of 37.1, six of 36.5, a courier, an exit, and an override; the clock is a day later."""
    tablet = enrolled(ruled, G1)
    for number in range(14):
        entry(tablet, number, 371)
    for number in range(14, 20):
        entry(tablet, number, 365)
    tablet.passage(
        30, category=Category.COURIER, scan_result=ScanResult.NONE, outcome=TempOutcome.NORMAL,
        verdict=Verdict.REDIRECT, reason=Reason.COURIER, rule="R35A", recorded=False, code=CodeColour.GREEN,
    )  # fmt: skip
    tablet.passage(
        31, Direction.OUT, category=Category.LOCAL, pass_state=PassState.ACTIVE, verdict=Verdict.ADMIT,
        reason=Reason.PASS_OK, rule="R25",
    )  # fmt: skip
    tablet.passage(32, category=Category.LOCAL, verdict=Verdict.ADMIT, reason=Reason.PASS_OK, rule="R25")
    tablet.send()
    clock = ruled.clock
    assert isinstance(clock, Clock)
    clock.advance(DAY_MS)
    return ruled


def rehearsed(office: Office, officer: Visitor, **changed: str) -> tuple[policy_drafts.PolicyDraft, str]:
    at = drafted(officer, **changed)
    job = officer.form(f"{at}/rehearse", {"day": "2020-02-20"}).headers["location"]
    assert "演练完成" in officer.get(job).text
    return draft(office, at), officer.get(at).text


def test_a_lower_threshold_would_have_sent_fourteen_to_the_wait_spot(yesterday: Office) -> None:
    made, page = rehearsed(yesterday, signed_in(yesterday, "S"), fever_tenths="37.1")
    assert made.rehearsed is not None
    (turned,) = made.rehearsed.turned
    assert (turned.before, turned.after, turned.count) == (
        ("ADMIT", "PASS_OK", "R25"), ("WAIT", "RECHECK_FEVER", "R06"), 14,
    )  # fmt: skip
    assert (made.rehearsed.judged, made.rehearsed.left_out) == (22, 1)
    assert "22 次进出中,有 14 次结果会不同" in page
    assert page.count(" 37.1℃</td>") == 14


def test_couriers_with_a_green_code_would_have_come_in(yesterday: Office) -> None:
    made, _ = rehearsed(yesterday, signed_in(yesterday, "S"), courier_mode="GREEN_CODE")
    assert made.rehearsed is not None
    assert [(one.before[:2], one.after[:2], one.count) for one in made.rehearsed.turned] == [
        (("REDIRECT", "COURIER"), ("ADMIT", "COURIER"), 1)
    ]


def test_a_draft_that_is_written_on_is_to_be_rehearsed_again(yesterday: Office) -> None:
    officer = signed_in(yesterday, "S")
    made, _ = rehearsed(yesterday, officer, fever_tenths="37.1")
    told = fields(officer, draft=made.id, fever_tenths="37.2", version="2020-02-22", from_day="2020-02-22")
    assert officer.form("/policies/new/write", told).headers["location"] == f"/policies/draft/{made.id}"
    assert draft(yesterday, made.id).rehearsed is None


def test_a_day_to_come_cannot_be_rehearsed(officer: Visitor) -> None:
    assert officer.form(f"{drafted(officer)}/rehearse", {"day": "2020-03-20"}).status == 422


# publishing -----------------------------------------------------------------------------------------------------------


def published(office: Office, officer: Visitor, at: str) -> None:
    officer.form(f"{at}/publish", {"password": PASSWORD})
    second = signed_in(office, "S2")
    waiting = re.search(r'name="id" value="([0-9a-f]{32})"', second.get("/approvals").text)
    assert waiting is not None
    assert second.form("/approvals/approve", {"id": waiting[1], "password": PASSWORD}).status == 303


def test_two_persons_publish_and_the_gate_gets_it_with_its_next_sync(ruled: Office, officer: Visitor) -> None:
    tablet = enrolled(ruled, G1)
    pulled(tablet, scopes.config(G1))
    pulled(tablet, scopes.config(G1))
    at = drafted(officer, rest_s="120")
    published(ruled, officer, at)
    with ruled.database.reading() as tx:
        row = ruled.book.register.get(tx, PolicyRow, "2020-02-21")
    assert row is not None
    assert row.signed
    assert officer.get(at).status == 404
    page = officer.get("/policies").text
    assert "待生效" in page
    assert ">0/3<" in page
    assert [change.key for change in pulled(tablet, scopes.config(G1))] == ["2020-02-21"]
    pulled(tablet, scopes.config(G1))
    assert ">1/3<" in officer.get("/policies").text
    holders = officer.get("/policies/version", key="2020-02-21").text
    assert (holders.count(">已收到</span>"), holders.count(">没有设备</span>")) == (1, 2)


def test_one_person_alone_publishes_nothing(ruled: Office, officer: Visitor) -> None:
    officer.form(f"{drafted(officer)}/publish", {"password": PASSWORD})
    waiting = re.search(r'name="id" value="([0-9a-f]{32})"', officer.get("/approvals").text)
    assert waiting is not None
    assert officer.form("/approvals/approve", {"id": waiting[1], "password": PASSWORD}).status == 403
    with ruled.database.reading() as tx:
        assert len(ruled.book.register.all(tx, PolicyRow)) == 1


def test_what_lies_in_the_past_when_it_is_approved_is_not_published(ruled: Office, officer: Visitor) -> None:
    at = drafted(officer, from_day="2020-02-20", from_time="08:10")
    officer.form(f"{at}/publish", {"password": PASSWORD})
    clock = ruled.clock
    assert isinstance(clock, Clock)
    clock.advance(15 * 60_000)
    second = signed_in(ruled, "S2")
    waiting = re.search(r'name="id" value="([0-9a-f]{32})"', second.get("/approvals").text)
    assert waiting is not None
    assert second.form("/approvals/approve", {"id": waiting[1], "password": PASSWORD}).status == 409
    with ruled.database.reading() as tx:
        assert len(ruled.book.register.all(tx, PolicyRow)) == 1


def test_a_compound_has_a_version_of_its_own(ruled: Office, officer: Visitor) -> None:
    published(ruled, officer, drafted(officer, compound=C1, household_mates="BLOCK"))
    page = officer.get("/policies/version", key=f"{C1}/2020-02-21").text
    assert "甘泉一村" in page
    assert ">不可以<" in page
    assert "0/2" in page


def test_nobody_else_sees_policies_and_a_draft_can_be_dropped(ruled: Office, officer: Visitor) -> None:
    at = drafted(officer)
    assert signed_in(ruled, "C").get(at).status == 403
    assert officer.form(f"{at}/drop").status == 303
    assert officer.get(at).status == 404

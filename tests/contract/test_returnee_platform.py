# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The line to the returnee platform, over a fake and over a real server: pages, places, bad answers, silence.

One suite for both; what only a wire can do stands below (docs/returnee-platform.md).
"""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.admission.situation import ReturnClass
from sync.office import platform
from sync.office.compose import Office
from sync.office.imports.matching import Match
from sync.office.imports.returns import ReturnField
from sync.office.platform import BadPlatform, HttpPlatform, page_of, platform_in
from sync.office.service.platform import (
    EVERY_MS,
    NotNow,
    PlatformFault,
    PlatformLine,
    PlatformPage,
    PlatformState,
    ReturnSource,
    ask_soon,
    state_of,
)
from sync.office.service.returns import Returnee, Returns, Source
from sync.office.service.watching import street_gauges
from tests.contract.returnee_platform import (
    TOKEN,
    Fault,
    InMemory,
    Records,
    Served,
    cuts,
    floods,
    hangs,
    says,
    serving_platform,
)
from tests.unit.office.offices import START_MS, Clock, found_office, person_id, resident

Line = tuple[ReturnSource, Records, Callable[[PlatformFault], None], list[str]]


def told(number: int, **more: Any) -> dict[str, Any]:
    return {"ref": f"P{number}", "name": f"周{number}", "region": "安徽", "arrived": "2020-02-18", **more}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    office = found_office(tmp_path / "office", clock)
    with office.database.writing() as tx:
        office.book.put(tx, [*resident(1), *resident(2, name="李四")], START_MS)
    yield office
    office.close()


@pytest.fixture(params=["memory", "wire"])
def line(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Line]:
    records = Records()
    if request.param == "memory":
        fake = InMemory(records)
        yield fake, records, lambda fault: fake.faults.append(NotNow(fault)), fake.asked
        return
    ways: dict[PlatformFault, Fault] = {
        PlatformFault.BUSY: says(503), PlatformFault.REFUSED: says(403), PlatformFault.BROKEN: says(500),
        PlatformFault.BAD_ANSWER: says(200, b"<html>"), PlatformFault.UNREACHABLE: cuts,
    }  # fmt: skip
    with serving_platform(records) as served:
        source = HttpPlatform(served.url, TOKEN, clock.wall_ms)
        yield source, records, lambda fault: served.faults.append(ways[fault]), served.asked


def fetched(office: Office, source: ReturnSource) -> PlatformState | None:
    returns = Returns(office.book, office.vault, office.audit)
    return PlatformLine(office.database, office.book, returns, office.ids, office.clock).fetch(source)


def kept(office: Office) -> dict[str, Returnee]:
    with office.database.reading() as tx:
        return {one.record.ref: one for one in Returns(office.book, office.vault, office.audit).all(tx)}


def test_records_come_page_by_page_and_are_matched_as_a_lists_are(office: Office, line: Line) -> None:
    source, records, _, asked = line
    records.page = 2
    records.changes = [
        told(1, name="张三", phone="10000000001", region="湖北省武汉市"), told(2, transit=["南京", "湖北"]), told(3),
        told(4, key_told=True, contact=False, unknown="left out", doc_no="310101200001010011"), told(5),
    ]  # fmt: skip
    state = fetched(office, source)
    assert state is not None
    assert (state.taken, state.place, state.fault) == (5, "5", "")
    assert asked == ["", "2", "4"]
    found = kept(office)
    assert (found["P1"].match, found["P1"].person, found["P1"].cls) == (Match.MATCHED, person_id(1), ReturnClass.KEY)
    assert [found[f"P{n}"].cls for n in (2, 3, 4)] == [ReturnClass.KEY, ReturnClass.OTHER, ReturnClass.KEY]
    assert {one.source for one in found.values()} == {Source.LINE}


def test_what_comes_twice_is_one_record_and_what_changed_is_changed(office: Office, line: Line, clock: Clock) -> None:
    source, records, _, _ = line
    records.changes = [told(1), told(1), told(2)]
    fetched(office, source)
    records.changes += [told(2, region="湖北"), told(1)]
    clock.advance(EVERY_MS)
    state = fetched(office, source)
    assert state is not None
    assert (state.taken, state.changed, len(kept(office))) == (2, 1, 2)
    assert kept(office)["P2"].cls is ReturnClass.KEY


def test_it_asks_when_it_is_time_or_when_somebody_wants_it(office: Office, line: Line, clock: Clock) -> None:
    source, records, _, asked = line
    fetched(office, source)
    records.changes = [told(1)]
    assert fetched(office, source) is None
    clock.advance(EVERY_MS - 1)
    assert fetched(office, source) is None
    with office.database.writing() as tx:
        assert ask_soon(tx, clock.wall_ms())
    assert fetched(office, source) is not None
    assert len(asked) == 2


@pytest.mark.parametrize(
    "fault",
    [
        PlatformFault.BUSY, PlatformFault.REFUSED, PlatformFault.BROKEN, PlatformFault.BAD_ANSWER,
        PlatformFault.UNREACHABLE,
    ],
)  # fmt: skip
def test_a_fault_keeps_what_came_before_and_the_next_attempt_goes_on_there(
    office: Office, line: Line, clock: Clock, fault: PlatformFault
) -> None:
    source, records, breaks, asked = line
    records.page = 1
    records.changes = [told(1)]
    fetched(office, source)
    records.changes += [told(2), told(3)]
    clock.advance(EVERY_MS)
    breaks(fault)
    breaks(fault)
    state = fetched(office, source)
    assert state is not None
    assert (state.fault, state.failures, state.good_ms, state.place) == (fault.value, 1, START_MS, "1")
    assert state.next_ms == clock.wall_ms() + 60_000
    clock.advance(60_000)
    again = fetched(office, source)
    assert again is not None
    assert again.next_ms == clock.wall_ms() + 120_000
    clock.advance(120_000)
    good = fetched(office, source)
    assert good is not None
    assert (good.fault, good.failures, good.taken) == ("", 0, 3)
    assert asked == ["", "1", "1", "1", "2"]


def test_bad_records_are_counted_by_their_fault_and_the_good_ones_kept(office: Office, line: Line) -> None:
    source, records, _, _ = line
    records.changes = [
        told(1), told(2, arrived="next week"), told(3, name=7), "text", told(4, phone="1.38E+10"),
        told(5, transit=[1]), told(6, region="x" * 501), told(7),
    ]  # fmt: skip
    state = fetched(office, source)
    assert state is not None
    assert set(kept(office)) == {"P1", "P7"}
    assert state.bad == {"date": 1, "form": 4, "rewritten": 1}
    assert state.fault == ""


def test_operators_see_the_line_and_how_old_its_last_word_is(office: Office, line: Line, clock: Clock) -> None:
    source, records, breaks, _ = line
    with office.database.reading() as tx:
        assert not any(name.startswith("returnee") for name in street_gauges(tx, clock.wall_ms()))
    records.changes = [told(1)]
    fetched(office, source)
    clock.advance(EVERY_MS)
    breaks(PlatformFault.BROKEN)
    fetched(office, source)
    with office.database.reading() as tx:
        seen = street_gauges(tx, clock.wall_ms())
    assert seen["returnee_platform_up"] == 0
    assert seen["returnee_platform_age_seconds"] == EVERY_MS / 1000
    assert seen['returnees{state="NONE"}'] == 1


# -- the wire alone --------------------------------------------------------------------------------------------------


@pytest.fixture
def served() -> Iterator[Served]:
    with serving_platform(Records([told(1)])) as running:
        yield running


def test_a_token_that_the_platform_does_not_know_is_told(served: Served, clock: Clock) -> None:
    assert HttpPlatform(served.url, "other", clock.wall_ms).page("") == NotNow(PlatformFault.REFUSED)


def test_a_platform_that_hangs_or_is_not_there_is_left_in_time(
    served: Served, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "READ_S", 0.2)
    served.faults.append(hangs)
    assert HttpPlatform(served.url, TOKEN, clock.wall_ms).page("") == NotNow(PlatformFault.TIMEOUT)
    gone = HttpPlatform("http://127.0.0.1:1", TOKEN, clock.wall_ms)
    assert gone.page("") == NotNow(PlatformFault.UNREACHABLE)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (says(503, Retry_After="120"), NotNow(PlatformFault.BUSY, 120_000)),
        (says(429, Retry_After="soon"), NotNow(PlatformFault.BUSY)),
        (says(302, Location="https://elsewhere.test/"), NotNow(PlatformFault.BAD_ANSWER)),
        (says(404), NotNow(PlatformFault.BAD_ANSWER)),
        (says(200, b""), NotNow(PlatformFault.BAD_ANSWER)),
        (says(200, b"[" * 100_000), NotNow(PlatformFault.BAD_ANSWER)),
        (says(200, b"\xff"), NotNow(PlatformFault.BAD_ANSWER)),
        (says(200, b'{"records": [], "next": 5, "more": false}'), NotNow(PlatformFault.BAD_ANSWER)),
        (says(200, b'{"records": {}, "next": "", "more": false}'), NotNow(PlatformFault.BAD_ANSWER)),
        (floods, NotNow(PlatformFault.TOO_LARGE)),
    ],
)
def test_an_answer_that_is_none_is_a_value(served: Served, clock: Clock, fault: Fault, why: NotNow) -> None:
    served.faults.append(fault)
    source = HttpPlatform(served.url, TOKEN, clock.wall_ms)
    assert source.page("") == why
    assert isinstance(source.page(""), PlatformPage)


def test_a_platform_that_leads_in_a_circle_is_left(office: Office, served: Served, clock: Clock) -> None:
    served.faults += [says(200, b'{"records": [], "next": "", "more": true}')] * 3
    state = fetched(office, HttpPlatform(served.url, TOKEN, clock.wall_ms))
    assert state is not None
    assert (state.fault, len(served.asked)) == ("bad_answer", 1)


@pytest.mark.parametrize("url", ["http://platform.test", "ftp://127.0.0.1", "platform.test", "https://"])
def test_only_https_is_spoken_to_others(url: str, clock: Clock) -> None:
    with pytest.raises(BadPlatform):
        HttpPlatform(url, TOKEN, clock.wall_ms)


def test_it_is_set_up_by_a_file_and_a_token_of_its_own(tmp_path: Path, clock: Clock) -> None:
    assert platform_in(tmp_path, clock.wall_ms) is None
    (tmp_path / "returnees.json").write_text('{"url": "https://platform.test/api", "token": "token"}')
    with pytest.raises(BadPlatform):
        platform_in(tmp_path, clock.wall_ms)
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    found = platform_in(tmp_path, clock.wall_ms)
    assert found is not None
    assert found.name == "platform.test"


def test_nothing_of_a_record_stands_in_any_log_or_in_the_state(
    office: Office, served: Served, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    canaries = ("周不可见", "13900001234", "湖北省可见市", TOKEN)
    served.records.changes = [
        told(1, name=canaries[0], phone=canaries[1], region=canaries[2]),
        told(2, arrived=canaries[0]),
    ]
    served.records.page = 1
    served.faults += [says(500, canaries[0].encode()), says(200, canaries[0].encode()), cuts]
    for _ in range(4):
        fetched(office, HttpPlatform(served.url, TOKEN, clock.wall_ms))
        clock.advance(3_600_000)
    with office.database.reading() as tx:
        state = repr(state_of(tx))
    assert len(kept(office)) == 1
    written = caplog.text + state
    assert not [one for one in canaries if one in written]


def test_a_page_of_too_many_records_is_refused_and_one_of_none_is_fine() -> None:
    many = b'{"records": [' + b",".join([b"{}"] * 501) + b'], "next": "1", "more": false}'
    assert page_of(many) == NotNow(PlatformFault.TOO_LARGE)
    assert page_of(b'{"records": [], "next": "1", "more": false}') == PlatformPage([], "1", more=False)
    one = page_of(b'{"records": [{"name": "a", "phone": null}], "next": "1", "more": false}')
    assert one == PlatformPage([{ReturnField.NAME: "a"}], "1", more=False)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The lists of each morning (domain.md section 16)."""

import datetime as dt

from kiosk.domain.codes import Attr, Category, Direction, IsolationState, PassKind, PassState
from kiosk.domain.identity import CompoundId, DwellingId, IsolationId, PassId, PersonId
from kiosk.domain.instants import DAY_MS, start_of
from kiosk.domain.register import Dwelling, Isolation, PassRow, Person
from kiosk.domain.screening import Known, screening
from tests.unit.domain.policies import A, changed

TODAY = dt.date(2020, 2, 20)
NOW = start_of(TODAY) + 7 * 3_600_000
HERE = CompoundId("C01")


def person(name: str, *attrs: Attr, registered_at_ms: int | None = None) -> Person:
    return Person(PersonId(name), Category.LOCAL, HERE, attrs=frozenset(attrs), registered_at_ms=registered_at_ms)


def isolation(who: str, d0: dt.date, state: IsolationState = IsolationState.HOME, **facts: object) -> Isolation:
    return Isolation(IsolationId(f"i-{who}"), PersonId(who), state, d0, 0, opened_at_ms=start_of(d0), **facts)  # type: ignore[arg-type]


def known(**facts: object) -> Known:
    empty: dict[str, object] = dict.fromkeys(("persons", "dwellings", "isolations", "passes"), ())
    return Known(**{**empty, "last_seen_ms": {}, "last_way": {}, **facts})  # type: ignore[arg-type]


def test_the_frail_who_were_not_seen_for_three_whole_days_are_called_upon() -> None:
    start = start_of(TODAY)
    persons = [
        person("never-seen", Attr.ELDERLY),
        person("long-ago", Attr.LIVES_ALONE),
        person("just-in-time", Attr.ELDERLY, Attr.LIVES_ALONE),
        person("young"),
    ]
    seen = {PersonId("long-ago"): start - 3 * DAY_MS - 1, PersonId("just-in-time"): start - 3 * DAY_MS}
    facts = known(persons=persons, last_seen_ms=seen)
    assert screening(facts, NOW, A.params).care == ("never-seen", "long-ago")
    assert screening(facts, NOW, changed(A, not_seen_days=7).params).care == ("never-seen",)


def test_new_faces_are_those_of_yesterday_and_no_others() -> None:
    start = start_of(TODAY)
    times = {"the-day-before": start - DAY_MS - 1, "yesterday": start - DAY_MS, "late": start - 1, "today": start}
    persons = [person(name, registered_at_ms=at) for name, at in times.items()]
    assert screening(known(persons=[*persons, person("always")]), NOW, A.params).new_faces == ("yesterday", "late")


def test_isolation_that_wants_a_hand() -> None:
    records = [
        isolation("silent", TODAY - dt.timedelta(days=2)),
        isolation("over", TODAY - dt.timedelta(days=15)),
        isolation("noticed", TODAY - dt.timedelta(days=15), IsolationState.RELEASED, release_notice="PT-1"),
    ]
    found = screening(known(isolations=records), NOW, A.params)
    assert found.due_without_notice == ("over",)
    # registered at midnight of D0: two slots on D0 and two yesterday have passed; of today none is over at seven
    assert found.missing_temperatures == (("silent", 4),)


def test_who_is_inside_past_his_hour_and_which_dwelling_nobody_verified() -> None:
    def temp(name: str, leave_by_ms: int) -> PassRow:
        return PassRow(
            PassId(name), HERE, PassKind.TEMP, Category.VISITOR, PassState.ACTIVE, 0, leave_by_ms, 0, 0,
            leave_by_ms=leave_by_ms,
        )  # fmt: skip

    passes = [temp("inside", NOW), temp("left", NOW), temp("in-time", NOW + 1), temp("never-came", NOW)]
    ways = {PassId("inside"): Direction.IN, PassId("left"): Direction.OUT, PassId("in-time"): Direction.IN}
    verified = {"never": None, "long-ago": "2020-01-20", "lately": "2020-01-21"}
    dwellings = [Dwelling(DwellingId(name), HERE, "1", "1", name, last_verified=on) for name, on in verified.items()]
    dwellings.append(Dwelling(DwellingId("empty"), HERE, "1", "1", "x", vacant=True))
    found = screening(known(passes=passes, last_way=ways, dwellings=dwellings), NOW, A.params)
    assert found.passes_not_returned == ("inside",)
    assert found.dwellings_unverified == ("never", "long-ago")


def test_a_return_on_the_platform_that_no_gate_registered_is_asked_for() -> None:
    platform = frozenset({PersonId("a"), PersonId("b")})
    found = screening(known(platform_returns=platform, registered_returns=frozenset({PersonId("b")})), NOW, A.params)
    assert found.unregistered_returns == ("a",)

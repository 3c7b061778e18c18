# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A street of 71 gates with a morning behind it: tablets that sent, one that is silent, a fever, a stale list."""

from hashlib import sha256
from random import Random
from typing import Any

from kiosk.domain.codes import Direction, MemberSource, Reason, TempOutcome, Verdict
from kiosk.domain.identity import CommitteeId, CompoundId, GateId, OperatorId
from kiosk.domain.instants import DAY_MS, day_of, start_of
from kiosk.domain.register import Compound, Gate, Operator
from sync.office.compose import Office
from sync.office.init import StreetPlan
from sync.office.service.accounts import Role, User
from sync.office.store.register import Committee
from tests.unit.office.offices import Tablet, enrolled, pass_id, person_id, resident

PASSWORD = "correct horse battery"
_NAMES = (
    "甘泉一村",
    "甘泉二村",
    "合阳新村",
    "西泰苑",
    "双山新苑",
    "章家巷",
    "子长小区",
    "安塞小区",
    "南泉苑",
    "新灵小区",
)
HOSTILE = ("<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\u202egnp.exe", 'O\'Brien "x" & <b>', "＝1+1")
"""Names that nobody has, but that a file may hold."""


def plan(committees: int = 20, compounds: int = 60, gates: int = 71) -> StreetPlan:
    """A street: the first compounds have two gates."""
    people = tuple(
        Committee(CommitteeId(f"J{n:02}"), f"{_NAMES[n % 10]}第{n // 10 + 1}居委会", f"021-5500{n:04}")
        for n in range(1, committees + 1)
    )
    places = tuple(
        Compound(CompoundId(f"C{n:02}"), f"{_NAMES[n % 10]}{n // 10 + 1}区", n, people[n % committees].id)
        for n in range(1, compounds + 1)
    )
    entrances = [
        Gate(GateId(f"G{n:02}"), places[(n - 1) % compounds].id, f"{(n - 1) // compounds + 1}号门")
        for n in range(1, gates + 1)
    ]
    return StreetPlan(people, places, tuple(entrances))


def accounts(office: Office) -> None:
    """An account of each role; the password is everybody's."""
    now_ms = office.clock.wall_ms()
    card = Operator(
        OperatorId("leader0001"),
        "L",
        "王门长",
        MemberSource.STREET,
        "13800001111",
        gates=(GateId("G01"), GateId("G02")),
    )
    deputy = Operator(
        OperatorId("leader0002"),
        "L",
        "李副门长",
        MemberSource.STREET,
        "13800002222",
        gates=(GateId("G01"), GateId("G03")),
        deputy=True,
    )
    with office.database.writing() as tx:
        office.book.put(tx, [card, deputy], now_ms)
        rows: tuple[tuple[str, Role, dict[str, Any]], ...] = (
            ("street2", Role.STREET, {}), ("ju", Role.COMMITTEE, {"committee": "J02"}),
            ("leader", Role.GATE_LEADER, {"operator": card.id}), ("lou", Role.BUILDING_LEADER, {"reach": ["C01/3"]}),
            ("health", Role.HEALTH, {"reach": ["J02"]}),
        )  # fmt: skip
        for login, role, more in rows:
            made = office.accounts.add(
                tx, login, f"{login}员", role, PASSWORD, now_ms, by="test", committee=more.get("committee")
            )
            assert isinstance(made, User)
            office.accounts.change(tx, login, now_ms, by="test", role=role, **more)


def morning(office: Office, gates: int = 69, each: int = 8, seed: int = 7) -> dict[str, Tablet]:
    """Tablets at most gates with a morning's passages, by gate; the last gates are not in use."""
    rng = Random(seed)
    now_ms = office.clock.wall_ms()
    opened = max(start_of(day_of(now_ms)), now_ms - 6 * 3_600_000)
    with office.database.writing() as tx:
        people = [row for n in range(40) for row in resident(n, CompoundId("C01"), f"{'张王李赵诸葛欧阳'[n % 8]}小{n}")]
        people += [row for n, name in enumerate(HOSTILE, 40) for row in resident(n, CompoundId("C01"), name)]
        office.book.put(tx, people, now_ms)
    tablets: dict[str, Tablet] = {}
    for number, gate in enumerate([f"G{n:02}" for n in range(1, gates + 1)]):
        tablet = enrolled(office, GateId(gate))
        for count in range(rng.randint(each // 2, each * 3)):
            at_ms = opened + round((now_ms - opened) * rng.random() ** 1.5)
            way = Direction.OUT if rng.random() < 0.45 else Direction.IN
            who: dict[str, Any] = (
                {"pass_id": pass_id(count % 45), "person": person_id(count % 45)} if number < 2 else {}
            )
            tablet.passage(count, way, at_ms, **who)
        if number == 2:
            tablet.passage(
                900, verdict=Verdict.HOLD, reason=Reason.FEVER, outcome=TempOutcome.FEVER_CONFIRMED, recorded=False
            )
        if number == 3:
            tablet.passage(
                901,
                verdict=Verdict.WAIT,
                reason=Reason.FEVER_CHECK if hasattr(Reason, "FEVER_CHECK") else Reason.FEVER,
                final=False,
                recorded=False,
            )
        tablet.send()
        tablets[gate] = tablet
    _weather(office, tablets, now_ms)
    return tablets


def _weather(office: Office, tablets: dict[str, Tablet], now_ms: int) -> None:
    """What makes a wall worth looking at."""
    states = {
        "G05": {"last_seen_ms": now_ms - 72 * 60_000, "head_seq": 400}, "G09": {"last_seen_ms": now_ms - 22 * 60_000},
        "G12": {"list_age_s": 30 * 3600}, "G15": {"offset_ms": 410_000},
    }  # fmt: skip
    with office.database.writing() as tx:
        for gate, tablet in tablets.items():
            usual = {
                "list_age_s": 1200,
                "offset_ms": int(sha256(gate.encode()).digest()[0]) * 8,
                "app": "1.4.2",
                "last_seen_ms": now_ms - 20_000,
            }
            office.devices.change(tx, tablet.device, {**usual, **states.get(gate, {})})
    assert DAY_MS

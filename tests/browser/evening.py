# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the office's people have to judge and plan: set-aside events, one pass at two gates, a duty week, isolations."""

import datetime as dt
from hashlib import sha256
from pathlib import Path

import msgspec

from kiosk.domain.codes import (
    CaseKind,
    CodeColour,
    Direction,
    IsolationState,
    MemberSource,
    Priority,
    Reason,
    Told,
    Verdict,
)
from kiosk.domain.events import CaseOpened, CaseStep, Member, Override, PassageStep, ShiftEvent
from kiosk.domain.identity import CaseId, CompoundId, GateId, IsolationId, OperatorId, PassageId, ShiftId
from kiosk.domain.instants import DAY_MS, day_of
from kiosk.domain.register import Isolation, Operator
from sync.office.backup import Copied, make_copy
from sync.office.compose import Office
from sync.office.purge import purge
from sync.office.service.applications import Evidence, PlatformRecord
from sync.office.service.badges import Badges, Borrower
from sync.office.service.duty import DutyPlan
from sync.office.service.retention import Retention
from tests.unit.office.offices import Tablet, pass_id, person_id

NAMES = (("王阿姨", MemberSource.RESIDENT), ("林干事", MemberSource.DISTRICT), ("赵老师", MemberSource.STREET),
         ("欧阳建国", MemberSource.RESIDENT))  # fmt: skip
_HOUR = 3_600_000


def evening(office: Office, tablets: dict[str, Tablet], backups: Path | None = None) -> None:
    """All of it, in the compound of the first gate; a copy of the office where its folder is given."""
    now_ms = office.clock.wall_ms()
    _judged(office, tablets, now_ms)
    _isolated(office, now_ms)
    cards = _volunteers(office, now_ms)
    _duty(office, tablets, cards, now_ms)
    if backups is not None:
        made = make_copy(office.database, backups, now_ms - 3 * _HOUR)
        assert isinstance(made, Copied)
    purge(office.database, Retention(office.database, office.book, office.devices, office.audit), now_ms)


def _key(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:32]


def _judged(office: Office, tablets: dict[str, Tablet], now_ms: int) -> None:
    """A changed event and one of another gate; one pass at two gates; an overridden refusal; a fever."""
    with office.database.reading() as tx:
        sisters = [gate.id for gate in office.book.gates(tx, "C01") if gate.id in tablets]
    first, second = tablets[sisters[0]], tablets[sisters[-1]]
    sent = {gate: len(tablet.events) for gate, tablet in tablets.items()}
    first.passage(700, at_ms=now_ms - 60_000, pass_id=pass_id(3), person=person_id(3))
    second.passage(700, at_ms=now_ms - 20_000, pass_id=pass_id(3), person=person_id(3))
    refused = first.passage(701, verdict=Verdict.REFUSE, reason=Reason.PASS_EXPIRED, recorded=False, final=False)
    passage = PassageId(refused.c.partition('"passage":"')[2][:32])
    first.write(
        Override(passage, Verdict.REFUSE, Reason.PASS_EXPIRED, Verdict.ADMIT, "居委会电话确认,新证在印", "leader0001")
    )
    first.write(
        PassageStep(
            passage, 2, Direction.IN, verdict=Verdict.ADMIT, reason=Reason.PASS_EXPIRED, recorded=True, final=True
        )
    )
    fever = first.passage(702, verdict=Verdict.HOLD, reason=Reason.FEVER, recorded=False, person=person_id(5))
    held = PassageId(fever.c.partition('"passage":"')[2][:32])
    case = CaseId(_key("case"))
    first.write(CaseOpened(case, CaseKind.FEVER, Priority.P1, passage=held, told=(Told.LEADER, Told.HEALTH)))
    first.write(CaseStep(case, closed=False, who=Told.LEADER, told_at=now_ms, answer="马上到"))
    last = first.passage(703)
    first.events[-1] = msgspec.structs.replace(last, c=last.c.replace('"verdict":"ADMIT"', '"verdict":"REFUSE"'))
    other = second.passage(703)
    second.events[-1] = msgspec.structs.replace(other, c=other.c.replace(f'"gate":"{second.gate}"', '"gate":"G03"'))
    for gate, count in sent.items():
        if len(tablets[gate].events) > count:
            tablets[gate].send(count)


def _isolated(office: Office, now_ms: int) -> None:
    """Three people at home, one of them due, one who was not measured."""
    days = (2, 5, 15)
    rows = [
        Isolation(
            IsolationId(_key(f"isolation{n}")), person_id(20 + n), IsolationState.HOME,
            day_of(now_ms - back * DAY_MS), now_ms - back * DAY_MS, True, True, True,
            opened_at_ms=now_ms - back * DAY_MS,
        )
        for n, back in enumerate(days)
    ]  # fmt: skip
    with office.database.writing() as tx:
        office.book.put(tx, rows, now_ms)


def _volunteers(office: Office, now_ms: int) -> list[Operator]:
    cards = [
        Operator(OperatorId(_key(name)), "V", name, source, f"1380000{n:04}", gates=(GateId("G01"), GateId("G02")))
        for n, (name, source) in enumerate(NAMES)
    ]
    evidence = Evidence(CodeColour.GREEN, now_ms, platform=PlatformRecord.NONE)
    badges = Badges(office.book, office.issue, office.vault, office.ids, office.audit)
    with office.database.writing() as tx:
        office.book.put(tx, cards, now_ms)
        badges.make(tx, cards[0], CompoundId("C01"), evidence, 30, now_ms, by="test")
        made = badges.make_numbered(tx, CompoundId("C01"), 4, evidence, 30, now_ms, by="test")
        assert isinstance(made, list)
        to = Borrower("周临时", MemberSource.DISTRICT, "13877778888")
        badges.lend(tx, CompoundId("C01"), made[1].id, to, now_ms - 2 * _HOUR, by="test")
    return cards


def _duty(office: Office, tablets: dict[str, Tablet], cards: list[Operator], now_ms: int) -> None:
    """The week of the first gate but for some shifts, and who came to the one that runs."""
    plan = DutyPlan(office.ids, office.audit)
    today = day_of(now_ms)
    monday = today - dt.timedelta(days=today.weekday())
    with office.database.writing() as tx:
        for number, slot in enumerate(plan.slots(tx)):
            days = [monday + dt.timedelta(days=n) for n in range(7) if (n + number) % 4]
            plan.plan(tx, "G01", days, slot.begin, cards[number].id, now_ms, by="test")
    tablet = tablets["G01"]
    members = (Member(cards[0].id, MemberSource.RESIDENT), Member(OperatorId(_key("guest")), MemberSource.DISTRICT))
    sent = len(tablet.events)
    tablet.write(ShiftEvent(ShiftId(_key("old")), "OPEN", members[:1]), now_ms - 12 * _HOUR)
    tablet.write(ShiftEvent(ShiftId(_key("old")), "CLOSE"), now_ms - 4 * _HOUR)
    tablet.write(ShiftEvent(ShiftId(_key("new")), "OPEN", members), now_ms - 4 * _HOUR)
    tablet.send(sent)

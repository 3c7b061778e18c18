# SPDX-License-Identifier: LicenseRef-Gatehouse
"""政策演练: usual situations decided under two policies, and those whose verdict differs.

The same grid tells whether a draft makes a rule unreachable: each rule that is on must decide at least one of them.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kiosk.domain.admission.decide import Decision, decide
from kiosk.domain.admission.rules import RULE_IDS
from kiosk.domain.admission.situation import FirstReturn, Party, ReturnClass, Situation
from kiosk.domain.codes import (
    Category,
    CodeColour,
    Direction,
    IsolationState,
    PassState,
    ScanResult,
    Site,
    TempOutcome,
    Verdict,
)
from kiosk.domain.identity import IsolationId, PersonId
from kiosk.domain.instants import DAY_MS, Hours, Instant
from kiosk.domain.isolation import state_at
from kiosk.domain.policy import CourierMode, HouseholdMates, Outsiders, Policy
from kiosk.domain.register import Isolation
from kiosk.domain.temperature import Temperature, measure

_NOON = Instant(1_582_171_200_000, 0, 1)  # 2020-02-20 12:00 Asia/Shanghai
_TODAY = dt.date(2020, 2, 20)
_READINGS = (319, 345, 349, 350, 365, 369, 370, 371, 372, 373, 374, 375, 380)
_O = TempOutcome


@dataclass(frozen=True, slots=True)
class Usual:
    """常见情况: facts that a policy's parameters turn into a situation.

    `tenths` None: measured well. `isolated_days` since D0. `minute` of the day, for a closure by night.
    """

    words: str
    situation: Situation
    tenths: int | None = None
    isolated_days: int | None = None
    minute: int = 720
    mates: bool = False


@dataclass(frozen=True, slots=True)
class Differing:
    """不同之处: one situation and its two decisions."""

    words: str
    before: Decision
    after: Decision


def under(usual: Usual, policy: Policy) -> Situation:
    """The situation as a policy sees it."""
    situation = usual.situation
    params = policy.params
    if usual.tenths is not None:
        state = measure(Temperature(), usual.tenths, Site.FOREHEAD, _NOON, params)
        situation = replace(situation, outcome=state.outcome if isinstance(state, Temperature) else situation.outcome)
    if usual.isolated_days is not None:
        record = Isolation(
            IsolationId(""), PersonId(""), IsolationState.HOME, _TODAY - dt.timedelta(days=usual.isolated_days), 0
        )
        situation = replace(situation, isolation=state_at(record, _NOON.at_ms, params))
    closure: Hours | None = params.night_closure
    if closure is not None and any(start <= usual.minute < end for start, end in closure.spans):
        situation = replace(situation, in_hours=False)
    return situation


def usual_situations() -> Iterator[Usual]:
    """常见情况一览: residents, outsiders, isolation and the ways out, in every combination that a rule asks about."""
    resident = Situation(Direction.IN, Category.LOCAL, ScanResult.OK, PassState.ACTIVE, outcome=_O.NORMAL)
    yield from (Usual(f"居民,额温 {t // 10}.{t % 10}℃", replace(resident, outcome=_O.NOT_TAKEN), t) for t in _READINGS)
    yield from _residents(resident)
    yield from _isolated(resident)
    yield from _outsiders()
    yield from _exits(resident)


def _residents(resident: Situation) -> Iterator[Usual]:
    for outcome in _O:
        yield Usual(f"居民,测温结果 {outcome}", replace(resident, outcome=outcome))
    for state in PassState:
        yield Usual(f"居民,证件 {state}", replace(resident, pass_state=state))
    for days in (1, 3, 7, 8, 14, 15, 30):
        expired = replace(resident, pass_state=PassState.EXPIRED, expired_ms=days * DAY_MS)
        yield Usual(f"居民,证件过期 {days} 天", expired)
    for scan in ScanResult:
        category = None if scan is ScanResult.FORGED else resident.category
        yield Usual(f"居民,扫码 {scan}", replace(resident, scan=scan, category=category))
    found = replace(resident, scan=ScanResult.NONE, pass_state=None, identified=True)
    yield Usual("居民,未带证,名单中查到", found)
    yield Usual("居民,未带证,一周内多次", replace(found, no_pass_alert=True))
    yield Usual("自称居民,名单中没有", Situation(Direction.IN, claims_resident=True, outcome=_O.NORMAL))
    yield Usual("来历不明", Situation(Direction.IN, outcome=_O.NORMAL))
    for minute in (0, 120, 299, 300, 1380):
        yield Usual(f"居民,{minute // 60:02d}:{minute % 60:02d}", resident, minute=minute)
    for manned in (True, False):
        closed = replace(resident, in_hours=False, manned=manned)
        yield Usual(f"居民,非开放时间,{'有' if manned else '无'}人值守", closed)
    for words, change in (
        ("未戴口罩", {"mask": False}),
        ("不肯戴口罩", {"mask": False, "mask_refused": True}),
        ("时间异常", {"clock_bad": True}),
        ("名单过旧", {"list_stale": True}),
        ("刚登记过", {"repeat": Verdict.ADMIT}),
        ("他门刚用过", {"cloned": True}),
        ("同车有人待复测", {"party": Party.SUSPECT}),
        ("同车有人发热", {"party": Party.CONFIRMED}),
        ("红码", {"code": CodeColour.RED}),
        ("其他地区首次返沪", {"first_return": FirstReturn(ReturnClass.OTHER)}),
        ("重点地区首次返沪", {"first_return": FirstReturn(ReturnClass.KEY)}),
        ("重点地区返沪,不签承诺书", {"first_return": FirstReturn(ReturnClass.KEY, signs=False)}),
    ):
        yield Usual(f"居民,{words}", replace(resident, **change))


def _isolated(resident: Situation) -> Iterator[Usual]:
    for days in (0, 6, 13, 14, 15, 20):
        yield Usual(f"隔离者到沪后 {days} 天,进入", resident, isolated_days=days)
        yield Usual(f"隔离者到沪后 {days} 天,外出", replace(resident, direction=Direction.OUT), isolated_days=days)
    leave = replace(resident, direction=Direction.OUT, permit_valid=True)
    yield Usual("隔离中,有外出批准,外出", leave, isolated_days=3)
    yield Usual("隔离中,就医后返回", replace(resident, permit_out=True), isolated_days=3)
    released = replace(resident, isolation=IsolationState.RELEASED, release_number=True, code=CodeColour.YELLOW)
    yield Usual("已解除隔离,码仍为黄", released)


def _outsiders() -> Iterator[Usual]:
    for category in (c for c in Category if not c.resident):
        for code in CodeColour:
            for consent in (False, True):
                guest = Situation(Direction.IN, category, outcome=_O.NORMAL, code=code, consent=consent)
                yield Usual(f"{category},{code},{'住户同意' if consent else '住户未同意'}", guest)
        holder = Situation(
            Direction.IN, category, ScanResult.OK, PassState.ACTIVE, outsider_pass=True, outcome=_O.NORMAL
        )
        yield Usual(f"{category},有有效证", holder)
        yield Usual(f"{category},未测温", Situation(Direction.IN, category))
        yield Usual(f"{category},不愿测量", Situation(Direction.IN, category, outcome=_O.REFUSED))
        closed = Situation(Direction.IN, category, outcome=_O.NORMAL, in_hours=False)
        yield Usual(f"{category},非开放时间", closed)
    no_phone = Situation(Direction.IN, Category.VISITOR, outcome=_O.NORMAL, consent=True, paper_seen=True)
    yield Usual("访客,无手机,看过证件和纸质证明,住户同意", no_phone)
    yield Usual("其他小区的证", Situation(Direction.IN, Category.VISITOR, ScanResult.WRONG_COMPOUND, outcome=_O.NORMAL))


def _exits(resident: Situation) -> Iterator[Usual]:
    leaving = replace(resident, direction=Direction.OUT, outcome=_O.NOT_TAKEN)
    yield Usual("居民外出", leaving)
    yield Usual("居民外出,证件过期", replace(leaving, pass_state=PassState.EXPIRED))
    yield Usual("居民外出,额温 37.5℃", leaving, 375)
    yield Usual("隔离户同住人外出", replace(leaving, cohab_confined=True))
    yield Usual("居民外出,本户次数已满", replace(leaving, quota_used=True))
    yield Usual("无证者外出", Situation(Direction.OUT))


def differing(before: Policy, after: Policy) -> tuple[Differing, ...]:
    """两个政策下判定不同的情况: verdict, reason or rule."""
    out: list[Differing] = []
    for usual in usual_situations():
        old, new = decide(under(usual, before), before), decide(under(usual, after), after)
        if (old.verdict, old.reason) != (new.verdict, new.reason):
            out.append(Differing(usual.words, old, new))
    return tuple(out)


def unreachable(policy: Policy) -> tuple[str, ...]:
    """不会用到的规则: rules that are on and in this policy's modes, and yet decide none of the usual situations."""
    reached = {decide(under(usual, policy), policy).rule for usual in usual_situations()}
    return tuple(rule for rule in RULE_IDS if rule not in reached | policy.rules_off | _dormant(policy))


def _dormant(policy: Policy) -> frozenset[str]:
    """Rules that a mode of the policy puts to sleep on purpose."""
    params = policy.params
    out: set[str] = set()
    if params.outsiders is Outsiders.CLOSED:
        out |= {"R36B", "R37B"}
    else:
        out |= {"R36A", "R37A"}
    out |= {"R35B"} if params.courier_mode is CourierMode.PICKUP else {"R35A"}
    if params.courier_mode is CourierMode.GREEN_CODE:
        out.discard("R37B")
    if params.courier_mode is CourierMode.PICKUP and params.outsiders is not Outsiders.CLOSED:
        out.discard("R37A")
    if params.household_mates is HouseholdMates.ALLOW:
        out.add("R13b")
    return frozenset(out)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""准入规则表: the ordered table of domain.md section 7.1; the first row that matches decides.

A rule with several verdicts has several rows under one id. Each row carries its condition (code, and the words a gate
leader reads), verdict, reason, who is told, what must be ticked, the case it opens, and its basis: S said by the
street, F found in public rules of 2020, D our choice.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.domain.admission.situation import Party, ReturnClass, Situation
from kiosk.domain.codes import (
    CaseKind,
    Category,
    CodeColour,
    Direction,
    IsolationState,
    PassState,
    Priority,
    Reason,
    ScanResult,
    TempOutcome,
    Tick,
    Told,
    Verdict,
)
from kiosk.domain.policy import CourierMode, HouseholdMates, Outsiders, Parameters, Switch

IN, OUT = frozenset({Direction.IN}), frozenset({Direction.OUT})
BOTH = IN | OUT


@dataclass(frozen=True, slots=True)
class Row:
    """规则行."""

    id: str
    directions: frozenset[Direction]
    zh: str
    when: Callable[[Situation, Parameters], bool]
    verdict: Verdict
    reason: Reason
    told: tuple[Told, ...] = ()
    ticks: tuple[Tick, ...] = ()
    case: tuple[CaseKind, Priority] | None = None
    basis: str = "D"


L, C, H, S = Told.LEADER, Told.COMMITTEE, Told.HEALTH, Told.STREET
B, P, K, T120 = Told.BUILDING, Told.POLICE, Told.HOST, Told.AMBULANCE
_V, _R, _T = Verdict, Reason, TempOutcome
_DAY_MS = 86_400_000

FOUR_ITEMS = (Tick.HOME_FIT, Tick.NOTICE, Tick.RECORD, Tick.COMMITMENT)
"""四项: what a first return from a key region needs before anybody goes through (domain.md section 11)."""

_DUTY = frozenset({Category.OFFICIAL, Category.STAFF, Category.SHOP_STAFF})
_CARRIERS = frozenset({Category.COURIER, Category.MOVER})
_HELPERS = frozenset({Category.UTILITY, Category.DOMESTIC})
_GUESTS = frozenset({Category.VISITOR, Category.AGENT, Category.RENOVATION})


def _measured(s: Situation, p: Parameters) -> bool:
    """R05 to R10 hold for entries, and for exits where the policy says so."""
    return s.direction is Direction.IN or p.exit_temperature is Switch.ON


def _spared_courier(s: Situation, p: Parameters) -> bool:
    """With `courier_reading` off, R35A stands before R05: whoever stays outside is not measured."""
    return (
        p.courier_reading is Switch.OFF
        and p.courier_mode is CourierMode.PICKUP
        and s.category in _CARRIERS
        and not s.outsider_pass
        and s.outcome is _T.NOT_TAKEN
    )


def _need_temp(s: Situation, p: Parameters) -> bool:
    if not _measured(s, p) or s.party in (Party.SUSPECT, Party.CONFIRMED):
        return False
    return s.outcome is _T.NOT_TAKEN or (s.party is Party.UNMEASURED and s.outcome not in _OPEN_OUTCOMES)


_OPEN_OUTCOMES = frozenset({_T.FEVER_SUSPECT, _T.FEVER_CONFIRMED, _T.LOW, _T.INVALID, _T.LOW_UNRESOLVED, _T.REFUSED})


def _mask_missing(s: Situation) -> bool:
    return not s.mask and not s.mask_exempt and s.outcome is not _T.FEVER_CONFIRMED


def _closed(s: Situation) -> bool:
    """R24: outside the hours, or a pass restricted to other gates; an OPEN gate binds neither that way."""
    if s.pass_state in (PassState.REVOKED, PassState.LOST):
        return False  # R28 speaks of these, at any hour
    return not s.in_hours or (s.scan is ScanResult.WRONG_GATE and not s.open_gate)


def _hours_admit(s: Situation) -> bool:
    """A resident after hours comes in only with what would admit him by day; anything else stays R26 to R30."""
    good_pass = s.pass_state is PassState.ACTIVE and s.scan in (ScanResult.OK, ScanResult.WRONG_GATE)
    return good_pass or s.identified


def _after_hours(s: Situation, _p: Parameters) -> bool:
    if s.in_hours or not s.resident or not _hours_admit(s):
        return False
    if s.open_gate:
        return True
    return s.manned and s.scan is not ScanResult.WRONG_GATE


def _grace(s: Situation, p: Parameters) -> bool:
    return s.expired_ms <= p.expired_grace_days * _DAY_MS


def _listed(s: Situation) -> bool:
    return s.scan in (ScanResult.OK, ScanResult.WRONG_GATE)


def _right_gate(s: Situation) -> bool:
    return s.scan is ScanResult.OK or (s.scan is ScanResult.WRONG_GATE and s.open_gate)


def _closed_to_outsiders(p: Parameters) -> bool:
    return p.outsiders is Outsiders.CLOSED


def _under_b(s: Situation, p: Parameters) -> bool:
    """Whom the rules R36B and R37B are about; couriers and movers by their own mode."""
    if s.category in _CARRIERS:
        return p.courier_mode is CourierMode.GREEN_CODE
    return p.outsiders is Outsiders.GREEN_AND_CONSENT and s.category in _GUESTS | _HELPERS


def _key_return(s: Situation) -> bool:
    return s.resident and s.first_return is not None and s.first_return.cls is ReturnClass.KEY


def _central(s: Situation, _p: Parameters) -> bool:
    form = s.first_return
    if form is None or not s.resident:
        return False
    unfit = form.cls is ReturnClass.KEY and not (form.home_fit and form.signs)
    return unfit or form.contact


def _agreed(s: Situation) -> bool:
    """A temporary pass was issued with the host's consent."""
    return s.consent or s.outsider_pass


RULES: tuple[Row, ...] = (
    Row("R01", BOTH, "急救、消防、公安执行任务", lambda s, _: s.category is Category.EMERGENCY,
        _V.EMERGENCY, _R.EMERGENCY, (L,)),
    Row("R02", BOTH, "本机时间异常且未经确认", lambda s, _: s.clock_bad and not _fever_in(s),
        _V.LEADER, _R.CLOCK_BAD, (L,)),
    Row("R03", BOTH, "同一证件、同一门、同一方向刚刚登记过", lambda s, _: s.repeat is not None,
        _V.ADMIT, _R.DUPLICATE_SCAN),
    Row("R04", IN, "未戴口罩,提醒后仍不戴:居民", lambda s, _: _mask_missing(s) and s.mask_refused and s.resident,
        _V.LEADER, _R.NO_MASK, (L,), basis="F"),
    Row("R04", IN, "未戴口罩,提醒后仍不戴:外来人员", lambda s, _: _mask_missing(s) and s.mask_refused,
        _V.REFUSE, _R.NO_MASK, (L,), basis="F"),
    Row("R04", IN, "未戴口罩(免戴者除外)", lambda s, _: _mask_missing(s),
        _V.WAIT, _R.NO_MASK, (L,), basis="F"),
    Row("R35A", IN, "快递外卖、搬家:政策不测时先于测温", _spared_courier,
        _V.REDIRECT, _R.COURIER, basis="D"),
    Row("R05", BOTH, "还没有测温,或同车还有人未测", _need_temp,
        _V.WAIT, _R.NEED_TEMP, basis="SF"),
    Row("R07", BOTH, "复测仍高:任何人、任何证、任何码",
        lambda s, p: _measured(s, p) and s.outcome is _T.FEVER_CONFIRMED,
        _V.HOLD, _R.FEVER, (L, C, H, T120, S), case=(CaseKind.FEVER, Priority.P2), basis="F"),
    Row("R07", BOTH, "同车有人确认发热", lambda s, p: _measured(s, p) and s.party is Party.CONFIRMED,
        _V.LEADER, _R.FEVER, (L,), basis="D"),
    Row("R06", BOTH, "体温偏高,待复测(本人或同车)",
        lambda s, p: _measured(s, p) and (s.outcome is _T.FEVER_SUSPECT or s.party is Party.SUSPECT),
        _V.WAIT, _R.RECHECK_FEVER, (L,), basis="F"),
    Row("R08", BOTH, "读数偏低或无效", lambda s, p: _measured(s, p) and s.outcome in (_T.LOW, _T.INVALID),
        _V.WAIT, _R.RECHECK_LOW, basis="FD"),
    Row("R09", BOTH, "三次都没测准", lambda s, p: _measured(s, p) and s.outcome is _T.LOW_UNRESOLVED,
        _V.LEADER, _R.LOW_UNRESOLVED, (L,)),
    Row("R10", BOTH, "不愿测量:居民", lambda s, p: _measured(s, p) and s.outcome is _T.REFUSED and s.resident,
        _V.LEADER, _R.REFUSED_MEASURE, (L,), case=(CaseKind.REFUSED_MEASURE, Priority.P3), basis="FD"),
    Row("R10", BOTH, "不愿测量:外来人员", lambda s, p: _measured(s, p) and s.outcome is _T.REFUSED,
        _V.REFUSE, _R.REFUSED_MEASURE, (L,), case=(CaseKind.REFUSED_MEASURE, Priority.P3), basis="FD"),
    Row("R11", BOTH, "练习证:在真正的门上不是证件", lambda s, _: s.scan is ScanResult.FORGED and s.practice,
        _V.LEADER, _R.PASS_FORGED),
    Row("R11", BOTH, "出入证未通过验证", lambda s, _: s.scan is ScanResult.FORGED,
        _V.LEADER, _R.PASS_FORGED, (L, S), case=(CaseKind.BAD_PASS, Priority.P2), basis="FD"),
    Row("R12", BOTH, "此证刚在其他门使用", lambda s, _: s.cloned,
        _V.LEADER, _R.PASS_CLONED, (L, S), case=(CaseKind.BAD_PASS, Priority.P2)),
    Row("R14", OUT, "隔离中,有有效的就医外出批准", lambda s, _: s.confined and s.permit_valid,
        _V.ADMIT, _R.EXIT_PERMIT, (C, H), basis="F"),
    Row("R13", OUT, "隔离中,没有外出批准", lambda s, _: s.confined,
        _V.REFUSE_EXIT, _R.ISOLATION_EXIT, (L, C, H), case=(CaseKind.ISOLATION_OUT, Priority.P2), basis="S"),
    Row("R13b", OUT, "同住人隔离中,政策要求同住人不外出",
        lambda s, p: s.cohab_confined and p.household_mates is HouseholdMates.BLOCK,
        _V.REFUSE_EXIT, _R.ISOLATION_EXIT, (L, C), case=(CaseKind.ISOLATION_OUT, Priority.P2)),
    Row("R15", IN, "隔离中,就医外出后返回",
        lambda s, _: s.permit_out and s.isolation not in (IsolationState.NONE, IsolationState.RELEASED),
        _V.ADMIT_ESCORT, _R.RETURN_FROM_PERMIT, (C, B, H)),
    Row("R16", BOTH, "隔离期满,尚无解除告知单", lambda s, _: s.isolation is IsolationState.DUE,
        _V.LEADER, _R.RELEASE_PENDING, (L, H), basis="F"),
    Row("R17", IN, "应在隔离中,没有外出批准", lambda s, _: s.confined,
        _V.HOLD, _R.ISOLATION_BREACH, (L, C, H, P), case=(CaseKind.ISOLATION_OUT, Priority.P2), basis="SF"),
    Row("R18", IN, "红码:居民", lambda s, _: s.code is CodeColour.RED and s.resident,
        _V.HOLD, _R.CODE_RED, (L, C, H), case=(CaseKind.CODE_RED, Priority.P2), basis="F"),
    Row("R19", IN, "红码:外来人员", lambda s, _: s.code is CodeColour.RED,
        _V.REFUSE, _R.CODE_RED, (L, C), case=(CaseKind.CODE_RED, Priority.P3), basis="F"),
    Row("R19b", IN, "已解除隔离并有告知单,码仍为黄",
        lambda s, _: s.resident and s.isolation is IsolationState.RELEASED and s.release_number
        and s.code is CodeColour.YELLOW,
        _V.ADMIT_REGISTER, _R.CODE_LAG, (L,), (Tick.NOTICE,)),
    Row("R21", IN, "首次返沪,家中不具备条件、不签承诺书或接触过病例", _central,
        _V.HOLD, _R.CENTRAL_NEEDED, (L, C, H, S), case=(CaseKind.OTHER, Priority.P2), basis="F"),
    Row("R20", IN, "重点地区首次返沪,条件齐备", lambda s, _: _key_return(s),
        _V.ADMIT_ESCORT, _R.FIRST_RETURN_KEY, (C, H, B, S), FOUR_ITEMS, basis="SF"),
    Row("R22", IN, "其他地区首次返沪", lambda s, _: s.resident and s.first_return is not None,
        _V.ADMIT_REGISTER, _R.FIRST_RETURN_OTHER, (C,), basis="S"),
    Row("R23", IN, "黄码:外来人员", lambda s, _: s.code is CodeColour.YELLOW and not s.resident,
        _V.REFUSE, _R.CODE_YELLOW, (L,), basis="F"),
    Row("R24", IN, "非开放时间:居民,有人值守或开放式门岗", _after_hours,
        _V.ADMIT_REGISTER, _R.AFTER_HOURS, (L,), basis="F"),
    Row("R24", IN, "本门关闭或此证不走本门:居民",
        lambda s, _: _closed(s) and s.resident and not s.open_gate
        and (not s.manned or s.scan is ScanResult.WRONG_GATE),
        _V.REDIRECT, _R.GATE_CLOSED, (L,), basis="F"),
    Row("R24", IN, "本门关闭:外来人员", lambda s, _: _closed(s) and not s.resident and not s.open_gate,
        _V.REFUSE, _R.GATE_CLOSED, (L,), basis="F"),
    Row("R24q", OUT, "本户外出次数已满", lambda s, _: s.quota_used and s.resident,
        _V.LEADER, _R.QUOTA_USED, (L,)),
    Row("R25", BOTH, "居民,证件有效,本小区本门",
        lambda s, _: s.resident and s.pass_state is PassState.ACTIVE and _right_gate(s),
        _V.ADMIT, _R.PASS_OK, basis="S"),
    Row("R26", IN, "居民,证件过期不超过宽限天数",
        lambda s, p: s.resident and _listed(s) and s.pass_state is PassState.EXPIRED and _grace(s, p),
        _V.ADMIT_REGISTER, _R.PASS_EXPIRED, (L,), (Tick.IDENTITY,)),
    Row("R27", IN, "居民,证件过期已久", lambda s, _: s.resident and _listed(s) and s.pass_state is PassState.EXPIRED,
        _V.LEADER, _R.PASS_EXPIRED, (L,)),
    Row("R27", IN, "居民,证件未生效", lambda s, _: s.resident and _listed(s) and s.pass_state is PassState.NOT_YET,
        _V.LEADER, _R.PASS_NOT_YET, (L,)),
    Row("R27", IN, "居民,证件停用", lambda s, _: s.resident and _listed(s) and s.pass_state is PassState.SUSPENDED,
        _V.LEADER, _R.PASS_SUSPENDED, (L,)),
    Row("R28", BOTH, "证件已注销", lambda s, _: s.pass_state is PassState.REVOKED,
        _V.LEADER, _R.PASS_REVOKED, (L,), case=(CaseKind.BAD_PASS, Priority.P2), basis="F"),
    Row("R28", BOTH, "证件已挂失", lambda s, _: s.pass_state is PassState.LOST,
        _V.LEADER, _R.PASS_LOST, (L,), case=(CaseKind.BAD_PASS, Priority.P2), basis="F"),
    Row("R29", BOTH, "居民新证,比名单新", lambda s, _: s.resident and s.scan is ScanResult.UNKNOWN_NEW,
        _V.ADMIT_REGISTER, _R.PASS_NEWER_THAN_LIST, (), (Tick.IDENTITY,)),
    Row("R30", BOTH, "居民证,名单中没有", lambda s, _: s.resident and s.scan is ScanResult.UNKNOWN,
        _V.LEADER, _R.PASS_UNKNOWN, (L,)),
    Row("R31", IN, "其他小区的证:按访客办,不能进则说明",
        lambda s, _: s.scan is ScanResult.WRONG_COMPOUND and not s.resident,
        _V.REFUSE, _R.WRONG_COMPOUND, basis="F"),
    Row("R32", IN, "未带证,名单中查到,一周内多次", lambda s, _: s.no_pass and s.resident and s.no_pass_alert,
        _V.ADMIT_REGISTER, _R.NO_PASS, (L,), (Tick.IDENTITY,), basis="F"),
    Row("R32", IN, "未带证,名单中查到", lambda s, _: s.no_pass and s.resident,
        _V.ADMIT_REGISTER, _R.NO_PASS, (), (Tick.IDENTITY,), basis="F"),
    Row("R33", IN, "自称住在本小区,名单中没有", lambda s, _: s.no_pass and s.claims_resident,
        _V.LEADER, _R.NO_PASS, (L, C), basis="F"),
    Row("R34", IN, "公务、值守、商铺员工,有有效工作证", lambda s, _: s.category in _DUTY and s.outsider_pass,
        _V.ADMIT_REGISTER, _R.PASS_OK, (), (Tick.IDENTITY,)),
    Row("R35A", IN, "快递外卖、搬家:到取件点",
        lambda s, p: p.courier_mode is CourierMode.PICKUP and s.category in _CARRIERS and not s.outsider_pass,
        _V.REDIRECT, _R.COURIER, basis="F"),
    Row("R36A", IN, "访客、中介、装修,没有临时证",
        lambda s, p: _closed_to_outsiders(p) and s.category in _GUESTS and not s.outsider_pass,
        _V.REFUSE, _R.OUTSIDER, basis="SF"),
    Row("R37A", IN, "有有效临时证;或水电气通信、家政,住户同意",
        lambda s, p: _outsider_mode_a(s, p) and (s.outsider_pass or (s.category in _HELPERS and s.consent)),
        _V.ADMIT_REGISTER, _R.OUTSIDER, (K,), basis="F"),
    Row("R37A", IN, "水电气通信、家政,住户未同意且没有临时证",
        lambda s, p: _closed_to_outsiders(p) and s.category in _HELPERS,
        _V.REFUSE, _R.HOST_CONSENT_MISSING, (K,), basis="F"),
    Row("R35B", IN, "快递外卖、搬家,绿码",
        lambda s, p: p.courier_mode is CourierMode.GREEN_CODE and s.category in _CARRIERS
        and s.code is CodeColour.GREEN,
        _V.ADMIT, _R.COURIER, basis="F"),
    Row("R36B", IN, "外来人员,绿码并有住户同意",
        lambda s, p: _under_b(s, p) and s.category not in _CARRIERS and s.code is CodeColour.GREEN and _agreed(s),
        _V.ADMIT, _R.OUTSIDER, (K,), basis="F"),
    Row("R37B", IN, "没有手机:看过身份证和纸质证明,住户同意",
        lambda s, p: _under_b(s, p) and s.code is CodeColour.NOT_SHOWN and s.paper_seen and _agreed(s),
        _V.ADMIT_REGISTER, _R.OUTSIDER, (K,)),
    Row("R37B", IN, "快递外卖,未出示绿码",
        lambda s, p: _under_b(s, p) and s.category is Category.COURIER and s.code is not CodeColour.GREEN,
        _V.REDIRECT, _R.COURIER, basis="F"),
    Row("R37B", IN, "外来人员,未出示绿码", lambda s, p: _under_b(s, p) and s.code is not CodeColour.GREEN,
        _V.REFUSE, _R.CODE_NOT_SHOWN, basis="F"),
    Row("R37B", IN, "外来人员,绿码,住户未同意", lambda s, p: _under_b(s, p) and s.category not in _CARRIERS,
        _V.REFUSE, _R.HOST_CONSENT_MISSING, (K,), basis="F"),
    Row("R38", OUT, "其余外出:有证", lambda s, _: s.has_pass,
        _V.ADMIT, _R.PASS_OK),
    Row("R38", OUT, "其余外出:无证", lambda _s, _: True,
        _V.ADMIT, _R.OUTSIDER),
    Row("R99", BOTH, "以上都不符合", lambda _s, _: True,
        _V.LEADER, _R.NO_PASS, (L,)),
)  # fmt: skip
"""规则表, in order; R07 stands before R06 so that in a party a confirmed fever outweighs a suspected one."""

RULE_IDS: tuple[str, ...] = tuple(dict.fromkeys(row.id for row in RULES))
"""规则编号, each once, in order."""


def _fever_in(s: Situation) -> bool:
    return s.direction is Direction.IN and s.outcome is _T.FEVER_CONFIRMED


def _outsider_mode_a(s: Situation, p: Parameters) -> bool:
    """Under A a temporary pass admits (R37A); under B the code is asked first, the pass stands for the consent."""
    if s.category is None or s.category.resident or s.category in _DUTY:
        return False
    if s.category in _CARRIERS:
        return p.courier_mode is CourierMode.PICKUP
    return _closed_to_outsiders(p)

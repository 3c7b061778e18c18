# SPDX-License-Identifier: LicenseRef-Gatehouse
"""政策: what varies as data: parameters, rules switched off, region lists, validity (domain.md section 5).

A policy is a versioned value read from TOML text. A bad file is refused whole, with line and key; the version in force
stays. The rules themselves are Python rows (kiosk.domain.admission), so no rule language is needed.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, cast

from kiosk.domain.codes import Category, Site, Slot
from kiosk.domain.instants import Hours, ms_of, parse_hours


class Outsiders(StrEnum):
    """外来人员: whether outsiders may come in at all."""

    CLOSED = "CLOSED"
    GREEN_AND_CONSENT = "GREEN_AND_CONSENT"


class CourierMode(StrEnum):
    """快递外卖: to the pick-up point, or in with a green code."""

    PICKUP = "PICKUP"
    GREEN_CODE = "GREEN_CODE"


class CountRule(StrEnum):
    """计日规则: whether the day of arrival is day 0 or day 1."""

    NEXT_DAY = "NEXT_DAY"
    ARRIVAL = "ARRIVAL"


class HouseholdMates(StrEnum):
    """同住人: whether those who live with an isolated person may go out."""

    ALLOW = "ALLOW"
    BLOCK = "BLOCK"


class AntiPassback(StrEnum):
    """重复进出: whether in-in and out-out are marked."""

    OFF = "OFF"
    WARN = "WARN"


class Switch(StrEnum):
    """开关."""

    OFF = "off"
    ON = "on"


@dataclass(frozen=True, slots=True)
class Alert:
    """提醒: so many times in so many days."""

    times: int
    days: int


@dataclass(frozen=True, slots=True)
class Quota:
    """每户外出次数: counted in Shanghai days; None means no limit of that kind (domain.md section 13)."""

    window_days: int = 1
    max_trips: int | None = None
    max_persons_out: int | None = None
    max_minutes_out: int | None = None
    exempt: frozenset[Category] = frozenset()


@dataclass(frozen=True, slots=True)
class Parameters:
    """政策参数: the table of domain.md section 5; temperatures in tenths, `_s` seconds, `_h` hours."""

    outsiders: Outsiders
    courier_mode: CourierMode
    fever_tenths: int
    site_thresholds: Mapping[Site, int]
    low_tenths: int
    plausible_min: int
    plausible_max: int
    rest_s: int
    reading_gap_s: int
    max_readings: int
    max_early: int
    recheck_expires_s: int
    repeat_s: int
    clone_s: int
    first_return_days: int
    isolation_days: int
    count_rule: CountRule
    household_mates: HouseholdMates
    expired_grace_days: int
    no_pass_alert: Alert
    night_closure: Hours | None
    exit_temperature: Switch
    household_quota: Quota | None
    anti_passback: AntiPassback
    courier_reading: Switch
    legacy_pass_until: dt.date | None
    temp_texts: Mapping[str, str]
    home_temp_windows: Mapping[Slot, str]
    not_seen_days: int
    stock_cutoff: dt.datetime
    report_due: str
    district_due: str
    list_amber_h: int
    list_hard_h: int
    temp_pass_daily_cap: int
    ambient_low: int
    ambient_cold: int


@dataclass(frozen=True, slots=True)
class Region:
    """重点地区: one dated row; `code` GB/T 2260 (as prefix) or ISO 3166; `until` inclusive, None: open."""

    code: str
    name: str
    since: dt.date
    until: dt.date | None = None
    key: bool = True

    def covers(self, region: str, on: dt.date) -> bool:
        """Whether a region lies in this row on a day."""
        if not self.since <= on <= (self.until or dt.date.max):
            return False
        if region == self.name:
            return True
        return region.startswith(self._prefix) if self.code.isdigit() else region == self.code

    @property
    def _prefix(self) -> str:
        """GB/T 2260: 420000 is all of 42, 420100 all of 4201."""
        pairs = re.findall("..", self.code)
        while len(pairs) > 1 and pairs[-1] == "00":
            pairs.pop()
        return "".join(pairs)


@dataclass(frozen=True, slots=True)
class Policy:
    """一个政策版本."""

    version: str
    effective_from_ms: int
    params: Parameters
    rules_off: frozenset[str] = frozenset()
    regions: tuple[Region, ...] = ()
    region_list: str = ""
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def key_region(self, region: str, on: dt.date) -> bool:
        """重点地区: whether a region was key on the day of arrival; a later removal changes nothing."""
        hits = [row for row in self.regions if row.covers(region, on)]
        # The newest row that covers the day decides, so that an exception can stand behind a wider row.
        return max(hits, key=lambda row: (len(row.code), row.since)).key if hits else False


class BadPolicy(ValueError):
    """A policy that is refused (政策无效): `line` (1-based, 0 unknown), `key`, and why."""

    def __init__(self, key: str, why: str, line: int = 0) -> None:
        """Keep key, cause and line."""
        super().__init__(f"line {line}: {key}: {why}" if line else f"{key}: {why}")
        self.key, self.why, self.line = key, why, line


RULES_THAT_STAY = frozenset(
    {"R02", "R05", "R06", "R07", "R08", "R09", "R11", "R13", "R16", "R17", "R25", "R28", "R38", "R99"}
)
"""Rules that no policy may switch off: without them a situation had no verdict, or an invariant would not hold."""


def parse_policy(text: str, known_rules: Iterable[str] = ()) -> Policy:
    """读政策文件: a policy from TOML text; raises `BadPolicy` with line and key."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise BadPolicy("TOML", str(error), int(found[1]) if found else 0) from None
    try:
        return _policy(data, frozenset(known_rules))
    except BadPolicy as error:
        raise BadPolicy(error.key, error.why, _line_of(text, error.key)) from None


def _line_of(text: str, key: str) -> int:
    """The line of a key, or of the table that it stands in; 0 where neither is there."""
    lines = text.splitlines()
    for part in reversed(key.split(".")):
        name = re.escape(part)
        for number, line in enumerate(lines, 1):
            if re.match(rf"\s*[\"']?{name}[\"']?\s*=|\s*\[+.*\b{name}\b", line):
                return number
    return 0


def _policy(data: Mapping[str, Any], known_rules: frozenset[str]) -> Policy:
    _known(data, {"version", "effective_from", "params", "rules_off", "region", "region_list", "texts"}, "")
    version = _want(data, "version", str)
    if not version.strip():
        raise BadPolicy("version", "empty")
    effective = _want(data, "effective_from", dt.datetime)
    if effective.tzinfo is None:
        raise BadPolicy("effective_from", "a zone is needed")
    params = _parameters(_want(data, "params", dict))
    off = frozenset(_strings(data.get("rules_off", []), "rules_off"))
    if known_rules and not off <= known_rules:
        raise BadPolicy("rules_off", f"no such rule: {min(off - known_rules)}")
    if off & RULES_THAT_STAY:
        raise BadPolicy("rules_off", f"{min(off & RULES_THAT_STAY)} cannot be switched off")
    regions = tuple(_region(row) for row in data.get("region", []))
    texts = data.get("texts", {})
    _check_texts(params, texts)
    policy = Policy(version, ms_of(effective), params, off, regions, str(data.get("region_list", version)), texts)
    _consistent(policy.params)
    return policy


def _parameters(data: Mapping[str, Any]) -> Parameters:
    names = {f.name for f in fields(Parameters)}
    _known(data, names, "params.")
    missing = sorted(names - set(data))
    if missing:
        raise BadPolicy(f"params.{missing[0]}", "missing")
    return Parameters(**{name: parameter(name, data[name]) for name in names})  # type: ignore[arg-type]  # by parameter()


def with_param(policy: Policy, name: str, value: object, version: str, effective_from_ms: int | None = None) -> Policy:
    """改一个参数: a new version in which one parameter differs; raises `BadPolicy`."""
    if name not in {f.name for f in fields(Parameters)}:
        raise BadPolicy(f"params.{name}", "unknown key")
    params = replace(policy.params, **{name: parameter(name, value)})  # type: ignore[arg-type]  # typed by parameter()
    _consistent(params)
    since = policy.effective_from_ms if effective_from_ms is None else effective_from_ms
    return replace(policy, version=version, params=params, effective_from_ms=since)


RANGES: dict[str, tuple[int, int]] = {
    "fever_tenths": (350, 420),
    "low_tenths": (300, 370),
    "plausible_min": (250, 350),
    "plausible_max": (400, 450),
    "rest_s": (1, 3600),
    "reading_gap_s": (0, 60),
    "max_readings": (1, 9),
    "max_early": (0, 9),
    "recheck_expires_s": (2, 86_400),
    "repeat_s": (0, 3600),
    "clone_s": (0, 3600),
    "first_return_days": (1, 60),
    "isolation_days": (1, 60),
    "expired_grace_days": (0, 60),
    "not_seen_days": (1, 60),
    "list_amber_h": (1, 168),
    "list_hard_h": (1, 168),
    "temp_pass_daily_cap": (0, 10_000),
    "ambient_low": (-30, 40),
    "ambient_cold": (-30, 40),
}
"""数值范围: of each parameter that is a whole number, both ends included."""

CHOICES: dict[str, type[StrEnum]] = {
    "outsiders": Outsiders,
    "courier_mode": CourierMode,
    "count_rule": CountRule,
    "household_mates": HouseholdMates,
    "exit_temperature": Switch,
    "anti_passback": AntiPassback,
    "courier_reading": Switch,
}
"""可选值: of each parameter that is one of a few codes."""


def parameter(name: str, value: object) -> object:
    """One parameter's typed value from its TOML value; raises `BadPolicy` under "params.<name>"."""
    key = f"params.{name}"
    if name in RANGES:
        low, high = RANGES[name]
        if type(value) is not int or not low <= value <= high:
            raise BadPolicy(key, f"whole number from {low} to {high} wanted")
        return value
    if name in CHOICES:
        return _code(CHOICES[name], value, key)
    return _SPECIAL[name](value, key)


def _code(cls: type[StrEnum], value: object, key: str) -> StrEnum:
    if cls is Switch and isinstance(value, bool):
        return Switch.ON if value else Switch.OFF
    for member in cls:
        if member.value == value:
            return member
    raise BadPolicy(key, f"one of {', '.join(cls)} wanted")


def _table(value: object, key: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadPolicy(key, "table wanted")
    return cast("Mapping[str, Any]", value)


def _site_thresholds(value: object, key: str) -> Mapping[Site, int]:
    out: dict[Site, int] = {}
    for name, tenths in _table(value, key).items():
        site = cast("Site", _code(Site, name, key))
        out[site] = cast("int", parameter("fever_tenths", tenths))
    return out


def _alert(value: object, key: str) -> Alert:
    data = _table(value, key)
    _known(data, {"times", "days"}, f"{key}.")
    return Alert(_positive(data.get("times"), f"{key}.times"), _positive(data.get("days"), f"{key}.days"))


def _positive(value: object, key: str) -> int:
    if type(value) is not int or value < 1:
        raise BadPolicy(key, "whole number from 1 wanted")
    return value


def _hours(value: object, key: str) -> Hours | None:
    if value in ("off", False):
        return None
    if value in ("on", True):
        value = "00:00-05:00"
    try:
        return parse_hours(cast("str", value))
    except (ValueError, AttributeError):
        raise BadPolicy(key, '"off" or spans like "00:00-05:00" wanted') from None


def _quota(value: object, key: str) -> Quota | None:
    if value in ("off", False):
        return None
    data = _table(value, key)
    _known(data, {f.name for f in fields(Quota)}, f"{key}.")
    numbers = {name: _positive(data[name], f"{key}.{name}") for name in data if name != "exempt"}
    exempt = frozenset(
        cast("Category", _code(Category, c, f"{key}.exempt")) for c in _strings(data.get("exempt", []), f"{key}.exempt")
    )
    return Quota(exempt=exempt, **numbers)


def _date_or_off(value: object, key: str) -> dt.date | None:
    if value in ("off", False):
        return None
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise BadPolicy(key, '"off" or a date wanted')
    return value


def _windows(value: object, key: str) -> Mapping[Slot, str]:
    data = _table(value, key)
    _known(data, {slot.value for slot in Slot}, f"{key}.")
    out: dict[Slot, str] = {}
    for slot in Slot:
        try:
            parse_hours(data[slot.value])
        except (KeyError, ValueError, AttributeError):
            raise BadPolicy(f"{key}.{slot.value}", 'a span like "06:00-11:59" wanted') from None
        out[slot] = data[slot.value]
    return out


def _moment(value: object, key: str) -> dt.datetime:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise BadPolicy(key, "date-time with a zone wanted")
    return value


def _texts_by_rule(value: object, key: str) -> Mapping[str, str]:
    data = _table(value, key)
    for rule, text_key in data.items():
        if not isinstance(text_key, str):
            raise BadPolicy(f"{key}.{rule}", "text key wanted")
    return data


def _span(value: object, key: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\d\d:\d\d(-\d\d:\d\d)?", value):
        raise BadPolicy(key, 'a time like "07:00-09:00" wanted')
    return value


_SPECIAL = {
    "site_thresholds": _site_thresholds,
    "no_pass_alert": _alert,
    "night_closure": _hours,
    "household_quota": _quota,
    "legacy_pass_until": _date_or_off,
    "temp_texts": _texts_by_rule,
    "home_temp_windows": _windows,
    "stock_cutoff": _moment,
    "report_due": _span,
    "district_due": _span,
}


def _region(row: object) -> Region:
    data = _table(row, "region")
    _known(data, {"code", "name", "from", "to", "key"}, "region.")
    since = _want(data, "from", dt.date, "region.")
    until = data.get("to")
    if until is not None and (not isinstance(until, dt.date) or until < since):
        raise BadPolicy("region.to", "a date not before `from` wanted")
    code = _want(data, "code", str, "region.")
    if not re.fullmatch(r"\d{6}|[A-Z]{2}", code):
        raise BadPolicy("region.code", "GB/T 2260 (6 digits) or ISO 3166 (2 letters) wanted")
    return Region(code, _want(data, "name", str, "region."), since, until, _want(data, "key", bool, "region."))


def _check_texts(params: Parameters, texts: Mapping[str, Any]) -> None:
    """A text that a policy brings along is there in both languages, or the policy is refused."""
    _known(texts, {"zh_CN", "en"}, "texts.")
    keys = {language: set(texts.get(language, {})) for language in ("zh_CN", "en")}
    if keys["zh_CN"] != keys["en"]:
        odd = min(keys["zh_CN"] ^ keys["en"])
        raise BadPolicy(f"texts.{odd}", "both languages wanted")
    for rule in params.temp_texts:
        if not re.fullmatch(r"R(0[5-9]|10)", rule):
            raise BadPolicy(f"params.temp_texts.{rule}", "texts of R05 to R10 only")


def _consistent(params: Parameters) -> None:
    """Figures that contradict each other make rules unreachable: refused (domain.md section 5)."""
    highest = max([params.fever_tenths, *params.site_thresholds.values()])
    lowest = min([params.fever_tenths, *params.site_thresholds.values()])
    if params.low_tenths >= lowest:
        raise BadPolicy("params.low_tenths", "not below the fever threshold: nothing would be normal")
    if params.plausible_min >= params.low_tenths:
        raise BadPolicy("params.plausible_min", "not below low_tenths: R08 could not be reached")
    if highest > params.plausible_max:
        raise BadPolicy("params.fever_tenths", "above plausible_max: R07 could not be reached")
    if params.recheck_expires_s <= params.rest_s:
        raise BadPolicy("params.recheck_expires_s", "not after rest_s: no recheck could end")
    if params.list_hard_h < params.list_amber_h:
        raise BadPolicy("params.list_hard_h", "below list_amber_h")


def _known(data: Mapping[str, Any], known: set[str], prefix: str) -> None:
    odd = sorted(set(data) - known)
    if odd:
        raise BadPolicy(f"{prefix}{odd[0]}", "unknown key")


def _want(data: Mapping[str, Any], key: str, kind: type, prefix: str = "") -> Any:
    if key not in data:
        raise BadPolicy(f"{prefix}{key}", "missing")
    if type(data[key]) is not kind:
        raise BadPolicy(f"{prefix}{key}", f"{kind.__name__} wanted")
    return data[key]


def _strings(value: object, key: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadPolicy(key, "list of texts wanted")
    return value


def in_force(policies: Iterable[Policy], at_ms: int) -> Policy | None:
    """现行版本: the newest whose `effective_from` is not after the time; a later version of the same hour wins."""
    begun = [p for p in policies if p.effective_from_ms <= at_ms]
    return max(begun, key=lambda p: p.effective_from_ms, default=None)


def clash(policy: Policy, others: Iterable[Policy]) -> str | None:
    """生效时间冲突: the version with the same `effective_from`, if there is one."""
    return next((o.version for o in others if o.effective_from_ms == policy.effective_from_ms), None)

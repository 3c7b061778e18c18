# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A policy as a form: each parameter as a clerk types it, and the one line of the file that it becomes (ADR 0015).

Temperatures are typed in degrees (37.3), spans as 06:00-22:00, regions one a line. What the form does not show
(texts, rules switched off) stays as it is written in the text.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from kiosk.domain.codes import Site, Slot
from kiosk.domain.instants import SHANGHAI, Hours, ms_of, shanghai
from kiosk.domain.policy import (
    CHOICES,
    RANGES,
    BadPolicy,
    Parameters,
    Policy,
    Quota,
    parameter,
)
from kiosk.domain.policy_text import renamed, with_parameter, with_regions
from kiosk.domain.temperature import parse_reading
from sync.office.imports import cells
from sync.office.web.region_lines import read_regions

_DEGREES = ("fever_tenths", "low_tenths", "plausible_min", "plausible_max")
_OFF = "off"
_LIMITS = ("window_days", "max_trips", "max_persons_out", "max_minutes_out")


class Kind(StrEnum):
    """输入方式."""

    NUMBER = "number"
    DEGREES = "degrees"
    CHOICE = "choice"
    TEXT = "text"
    DATE = "date"
    MOMENT = "datetime-local"
    TICK = "tick"


@dataclass(frozen=True, slots=True)
class Shown:
    """一栏: `name` of the field, how it is typed, what stands in it; `low` to `high` where it is a number."""

    name: str
    kind: Kind
    value: str
    low: str = ""
    high: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """一组参数: `name` its text key's last part."""

    name: str
    fields: tuple[Shown, ...]


_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "temperature",
        ("fever_tenths", "site_thresholds", "low_tenths", "plausible_min", "plausible_max", "rest_s", "reading_gap_s",
         "max_readings", "max_early", "recheck_expires_s", "exit_temperature", "courier_reading", "ambient_low",
         "ambient_cold"),
    ),
    (
        "people",
        ("outsiders", "courier_mode", "first_return_days", "isolation_days", "count_rule", "household_mates",
         "home_temp_windows", "household_quota", "night_closure"),
    ),
    (
        "passes",
        ("expired_grace_days", "no_pass_alert", "legacy_pass_until", "temp_pass_daily_cap", "repeat_s", "clone_s",
         "anti_passback", "list_amber_h", "list_hard_h"),
    ),
    ("reports", ("not_seen_days", "stock_cutoff", "report_due", "district_due")),
)  # fmt: skip
KEPT_AS_WRITTEN = frozenset({"temp_texts"})
"""Parameters that the form does not show."""


def sections(params: Parameters) -> tuple[Section, ...]:
    """The form, filled."""
    return tuple(Section(name, tuple(one for key in keys for one in _shown(key, params))) for name, keys in _SECTIONS)


def _shown(name: str, params: Parameters) -> list[Shown]:  # noqa: PLR0911 - a way of typing each
    value = getattr(params, name)
    if name in RANGES:
        low, high = RANGES[name]
        if name in _DEGREES:
            return [Shown(name, Kind.DEGREES, degrees(value), degrees(low), degrees(high))]
        return [Shown(name, Kind.NUMBER, str(value), str(low), str(high))]
    if name in CHOICES:
        return [Shown(name, Kind.CHOICE, value.value, choices=tuple(CHOICES[name]))]
    match name:
        case "site_thresholds":
            least, most = (degrees(each) for each in RANGES["fever_tenths"])
            told = ((site, degrees(value[site]) if site in value else "") for site in Site)
            return [Shown(f"{name}.{site}", Kind.DEGREES, text, least, most) for site, text in told]
        case "no_pass_alert":
            return [
                Shown(f"{name}.{part}", Kind.NUMBER, str(getattr(value, part)), "1", "") for part in ("times", "days")
            ]
        case "household_quota":
            quota = value or Quota()
            limits = ((part, getattr(quota, part)) for part in _LIMITS)
            parts = [Shown(f"{name}.{part}", Kind.NUMBER, "" if at is None else str(at), "1") for part, at in limits]
            return [Shown(f"{name}.on", Kind.TICK, "on" if value else ""), *parts]
        case "night_closure":
            return [Shown(name, Kind.TEXT, "" if value is None else hours_text(value))]
        case "legacy_pass_until":
            return [Shown(name, Kind.DATE, "" if value is None else value.isoformat())]
        case "home_temp_windows":
            return [Shown(f"{name}.{slot}", Kind.TEXT, value[slot]) for slot in Slot]
        case "stock_cutoff":
            return [Shown(name, Kind.MOMENT, f"{value.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}")]
        case _:
            return [Shown(name, Kind.TEXT, value)]


def degrees(tenths: int) -> str:
    """373 as 37.3."""
    return f"{tenths // 10}.{tenths % 10}"


def hours_text(hours: Hours) -> str:
    """Spans as they are typed."""
    return ",".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in hours.spans)


# reading --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """读表结果: the text that the form makes of the former one, or what is wrong (field -> text key)."""

    text: str
    faults: Mapping[str, str]
    region_line: int = 0


def written(form: Mapping[str, str], text: str, base: Policy) -> Written:
    """The former text with the lines that the form changes; comments and order stay."""
    faults: dict[str, str] = {}
    version = cells.clean(form.get("version", ""))[:40]
    if not version or "/" in version:
        faults["version"] = "office.policies.fault.version"
    since = _moment(f"{form.get('from_day', '')}T{form.get('from_time', '')}")
    if since is None:
        faults["from_day"] = "office.form.date"
    text = _parameters(form, text, base, faults)
    regions, line = read_regions(form.get("regions", ""))
    if line:
        faults["regions"] = "office.policies.fault.region"
    elif regions != base.regions:
        text = with_regions(text, regions)
    if since is not None and version:
        text = renamed(text, version, ms_of(since))
    return Written(text, faults, line)


def _parameters(form: Mapping[str, str], text: str, base: Policy, faults: dict[str, str]) -> str:
    for one in fields(Parameters):
        if one.name in KEPT_AS_WRITTEN:
            continue
        old = getattr(base.params, one.name)
        try:
            raw = _RAW.get(one.name, _plain)(form, one.name, base.params)
            new = parameter(one.name, raw)
        except (BadPolicy, ValueError):
            faults[one.name] = "office.policies.fault.value"
            continue
        if new == old:
            continue
        try:
            text = with_parameter(text, one.name, raw)
        except KeyError:
            faults[one.name] = "office.policies.fault.line"
    return text


def _plain(form: Mapping[str, str], name: str, _: Parameters) -> object:
    value = cells.clean(form.get(name, ""))
    if name in _DEGREES:
        return _tenths(value)
    return int(value) if name in RANGES else value


def _tenths(text: str) -> int:
    found = parse_reading(text)
    if isinstance(found, int):
        return found
    raise ValueError(found)


def _sites(form: Mapping[str, str], name: str, _: Parameters) -> object:
    told = {site.value: cells.clean(form.get(f"{name}.{site}", "")) for site in Site}
    return {site: _tenths(value) for site, value in told.items() if value}


def _alert(form: Mapping[str, str], name: str, _: Parameters) -> object:
    return {part: int(cells.clean(form.get(f"{name}.{part}", ""))) for part in ("times", "days")}


def _quota(form: Mapping[str, str], name: str, params: Parameters) -> object:
    if f"{name}.on" not in form:
        return _OFF
    told = {part: cells.clean(form.get(f"{name}.{part}", "")) for part in _LIMITS}
    exempt = sorted(params.household_quota.exempt) if params.household_quota is not None else []
    more: dict[str, object] = {"exempt": [code.value for code in exempt]} if exempt else {}
    return {part: int(value) for part, value in told.items() if value} | more


def _or_off(form: Mapping[str, str], name: str, _: Parameters) -> object:
    return cells.clean(form.get(name, "")) or _OFF


def _date(form: Mapping[str, str], name: str, _: Parameters) -> object:
    value = form.get(name, "").strip()
    return dt.date.fromisoformat(value) if value else _OFF


def _windows(form: Mapping[str, str], name: str, _: Parameters) -> object:
    return {slot.value: cells.clean(form.get(f"{name}.{slot}", "")) for slot in Slot}


def _cutoff(form: Mapping[str, str], name: str, _: Parameters) -> object:
    found = _moment(form.get(name, ""))
    if found is None:
        raise ValueError(name)
    return found


_RAW: Mapping[str, Callable[[Mapping[str, str], str, Parameters], object]] = {
    "site_thresholds": _sites, "no_pass_alert": _alert, "household_quota": _quota, "night_closure": _or_off,
    "legacy_pass_until": _date, "home_temp_windows": _windows, "stock_cutoff": _cutoff,
}  # fmt: skip


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text.strip()).replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


def moment_fields(at_ms: int) -> tuple[str, str]:
    """A time as the two fields of the form."""
    moment = shanghai(at_ms)
    return moment.date().isoformat(), f"{moment:%H:%M}"

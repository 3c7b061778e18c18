# SPDX-License-Identifier: LicenseRef-Gatehouse
"""docs/policies.md is written from the reasons' texts and the shipped policies: what varies, and in which words."""

import dataclasses
import tomllib
from collections.abc import Iterator
from pathlib import Path

from kiosk.domain.codes import Reason
from kiosk.domain.policy import Parameters

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "policies.md"

_HEAD = """# 政策与原因 Policies and reasons

Written from `assets/policies` and `assets/texts` by `make rules`; a test holds it equal. The rules
themselves: [rules.md](rules.md).

## 政策参数 Policy parameters

A policy is a versioned file; these are the two that are shipped. Changing one value makes a new version;
what was decided keeps the version that it was decided with.

"""

_PARAMETERS = {
    "outsiders": "外来人员 · who may come in without living here",
    "courier_mode": "快递外卖、搬家 · deliveries and movers",
    "fever_tenths": "发热界限(含),十分之一度 · fever from here on, in tenths of a degree",
    "site_thresholds": "按部位的发热界限 · fever by site of measuring, where it differs",
    "low_tenths": "低于此为偏低 · below this a reading is too low",
    "plausible_min": "可信下限 · least plausible reading",
    "plausible_max": "可信上限 · greatest plausible reading",
    "rest_s": "复测前休息,秒 · rest before the recheck, seconds",
    "reading_gap_s": "同部位两次读数间隔,秒 · between two readings of one site, seconds",
    "max_readings": "非接触测量次数 · contactless readings before a person decides",
    "max_early": "过早测量的次数 · readings before the rest is over",
    "recheck_expires_s": "未复测即失效,秒 · a recheck not taken ends after, seconds",
    "repeat_s": "重复扫码,秒 · the same pass again within, seconds, is one passage",
    "clone_s": "两处使用,秒 · the same pass at another gate within, seconds",
    "first_return_days": "首次返沪,天 · a first return is at most so long ago, days",
    "isolation_days": "隔离天数 · days of isolation",
    "count_rule": "从何时起算 · from when the days count",
    "household_mates": "隔离户同住人 · who shares a home with an isolated person",
    "expired_grace_days": "过期宽限,天 · days of grace for an expired pass",
    "no_pass_alert": "多次未带证 · how often without a pass until the leader hears of it",
    "night_closure": "夜间关闭 · closed at night",
    "exit_temperature": "外出也测温 · temperature on the way out too",
    "household_quota": "本户外出次数 · how often a household may go out",
    "anti_passback": "进出不成对 · twice the same way",
    "courier_reading": "快递先测温 · deliveries are measured before the pick-up point",
    "legacy_pass_until": "旧纸证可作依据至 · old paper passes count as a fact until",
    "temp_texts": "测温步骤的文字 · other texts for the temperature's rules",
    "home_temp_windows": "居家测温时段 · when home temperatures are due",
    "not_seen_days": "多日未见 · days without being seen",
    "stock_cutoff": "存量截止 · on the register before this: stock",
    "report_due": "日报时间 · the daily report is due",
    "district_due": "报区时间 · and at the district",
    "list_amber_h": "名单变黄,小时 · the list is old after, hours",
    "list_hard_h": "名单过旧,小时 · and too old after, hours",
    "temp_pass_daily_cap": "临时证每日上限 · temporary passes a day and gate",
    "ambient_low": "低温环境,度 · cold around the gun from, degrees",
    "ambient_cold": "寒冷环境,度 · and very cold, degrees",
}


def page() -> str:
    """The whole text of docs/policies.md."""
    chinese, english = (_reasons(language) for language in ("zh_CN", "en"))
    reasons = "\n".join(f"| `{reason}` | {chinese[reason]} | {english[reason]} |" for reason in Reason)
    parameters = "\n".join(_parameters())
    return f"{_HEAD}{parameters}\n\n## 原因 Reasons\n\n| 代码 code | 中文 | English |\n|---|---|---|\n{reasons}\n"


def _reasons(language: str) -> dict[str, str]:
    text = (ROOT / "assets" / "texts" / language / "gate.toml").read_text(encoding="utf-8")
    reasons: dict[str, str] = tomllib.loads(text)["reason"]
    return reasons


def _parameters() -> Iterator[str]:
    policies = [
        tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted((ROOT / "assets/policies").glob("2*.toml"))
    ]
    yield "| 参数 parameter | | " + " | ".join(policy["version"] for policy in policies) + " |"
    yield "|---|---|" + "---|" * len(policies)
    for field in dataclasses.fields(Parameters):
        values = " | ".join(f"`{_value(policy['params'][field.name])}`" for policy in policies)
        yield f"| `{field.name}` | {_PARAMETERS[field.name]} | {values} |"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {inner}" for key, inner in value.items()) + "}"
    return str(value)

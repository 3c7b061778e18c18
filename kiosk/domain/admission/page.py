# SPDX-License-Identifier: LicenseRef-Gatehouse
"""规则表的文字页: the rule table as a gate leader reads it, made from the rows themselves so that it cannot drift."""

from collections.abc import Callable

from kiosk.domain.admission.rules import RULES, Row
from kiosk.domain.codes import Direction

_BASIS = {"S": "街道要求", "F": "公开规定", "D": "本系统约定"}


def rules_page(text: Callable[[str], str]) -> str:
    """The page in 中文, as Markdown; `text` gives the catalogue's words for a key ("verdict.ADMIT")."""
    lines = [
        "# 准入规则表",
        "",
        "从上到下,第一条符合的规则决定结果。本页由程序中的规则表生成(`make rules`),请勿手改。",
        "",
        "| 规则 | 方向 | 情况 | 判定 | 原因 | 通知 | 勾选 | 立案 | 依据 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_line(row, text) for row in RULES]
    lines += [
        "",
        "规则之上还有两条:",
        "",
        "1. 名单过旧时,凡放行的判定都改为请门长处理(紧急通行除外)。",
        "2. 确认发热且有重点地区返沪、隔离、红码或接触史的,先打120,案件为一级。",
        "",
    ]
    return "\n".join(lines)


def _line(row: Row, text: Callable[[str], str]) -> str:
    told = "、".join(text(f"told.{who}") for who in row.told) or "–"
    ticks = "、".join(text(f"tick.{tick}") for tick in row.ticks) or "–"
    case = f"{text(f'case_kind.{row.case[0]}')} {row.case[1]}" if row.case is not None else "–"
    basis = "、".join(_BASIS[mark] for mark in row.basis)
    cells = (
        row.id, _way(row), row.zh, text(f"verdict.{row.verdict}"), text(f"reason.{row.reason}"),
        told, ticks, case, basis,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _way(row: Row) -> str:
    if len(row.directions) > 1:
        return "进、出"
    return "进" if Direction.IN in row.directions else "出"

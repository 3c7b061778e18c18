# SPDX-License-Identifier: LicenseRef-Gatehouse
"""准入: facts in (`Situation`), one ordered rule table, a `Decision` out (domain.md section 7)."""

from kiosk.domain.admission.decide import (
    CHECK_FAILED,
    FINAL_AT_ONCE,
    RECORDED_AT_ONCE,
    Decision,
    buttons,
    decide,
    ticks_of,
)
from kiosk.domain.admission.rules import FOUR_ITEMS, RULE_IDS, RULES, Row
from kiosk.domain.admission.situation import FirstReturn, Party, ReturnClass, Situation

__all__ = [
    "CHECK_FAILED",
    "FINAL_AT_ONCE",
    "FOUR_ITEMS",
    "RECORDED_AT_ONCE",
    "RULES",
    "RULE_IDS",
    "Decision",
    "FirstReturn",
    "Party",
    "ReturnClass",
    "Row",
    "Situation",
    "buttons",
    "decide",
    "ticks_of",
]

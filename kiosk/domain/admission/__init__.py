# SPDX-License-Identifier: LicenseRef-Gatehouse
"""准入: facts in (`Situation`), one ordered rule table, a `Decision` out (domain.md section 7)."""

from kiosk.domain.admission.decide import Decision, buttons, decide
from kiosk.domain.admission.rules import RULE_IDS, RULES, Row
from kiosk.domain.admission.situation import FirstReturn, Party, ReturnClass, Situation

__all__ = [
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
]

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Rehearsing a policy: what would change against the one in force, as a table that a gate leader reads."""

import re
from pathlib import Path

import assets
from kiosk.app.texts import Catalogue
from kiosk.compose import shipped_policies
from kiosk.domain.admission import RULE_IDS, Decision
from kiosk.domain.admission.rehearsing import differing, unreachable
from kiosk.domain.policy import in_force, parse_policy

_WORDS = ("category", "code_colour", "temp_outcome", "pass_state", "scan_result")
"""Tables of the catalogue whose codes stand in the words of a situation."""


def never_reached(text: str) -> tuple[str, ...]:
    """Rules that a draft makes unreachable: it is refused for them, as the office would."""
    return unreachable(parse_policy(text, RULE_IDS))


def differences_table(text: str, texts: Catalogue) -> str:
    """A draft against the shipped policy that is in force at its hour, one line per situation that differs."""
    draft = parse_policy(text, RULE_IDS)
    folder = Path(assets.__file__).parent / "policies"
    known = [parse_policy(file, RULE_IDS) for file in shipped_policies(folder)]
    shipped = [policy for policy in known if policy.version != draft.version]
    current = in_force(shipped, draft.effective_from_ms) or shipped[0]
    rows = differing(current, draft)
    lines = [f"演练 {draft.version} 对 {current.version}: {len(rows)} 种情况判定不同 · {len(rows)} situations differ"]
    lines += [f"  {_worded(row.words, texts)}: {_said(row.before, texts)} -> {_said(row.after, texts)}" for row in rows]
    return "\n".join(lines)


def _worded(words: str, texts: Catalogue) -> str:
    """The codes of a situation by their names; a colour is said as the reports say it."""
    return re.sub(r"[A-Z][A-Z_]+", lambda found: _named(found[0], texts), words)


def _named(code: str, texts: Catalogue) -> str:
    return next((texts.get(f"{table}.{code}") for table in _WORDS if texts.has(f"{table}.{code}")), code)


def _said(decision: Decision, texts: Catalogue) -> str:
    return f"{texts.get(f'verdict.{decision.verdict}')} {texts.get(f'reason.{decision.reason}')} ({decision.rule})"

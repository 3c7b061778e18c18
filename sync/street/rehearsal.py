# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Rehearsing a policy: what would change against the one in force, as a table that a gate leader reads."""

from pathlib import Path

import assets
from kiosk.compose import shipped_policies
from kiosk.domain.admission import RULE_IDS, Decision
from kiosk.domain.admission.rehearsing import differing, unreachable
from kiosk.domain.policy import in_force, parse_policy


def differences_table(text: str) -> str:
    """A draft against the shipped policy that is in force at its hour, one line per situation that differs."""
    draft = parse_policy(text, RULE_IDS)
    folder = Path(assets.__file__).parent / "policies"
    known = [parse_policy(file, RULE_IDS) for file in shipped_policies(folder)]
    shipped = [policy for policy in known if policy.version != draft.version]
    current = in_force(shipped, draft.effective_from_ms) or shipped[0]
    rows = differing(current, draft)
    lines = [f"演练 {draft.version} 对 {current.version}: {len(rows)} 种情况判定不同 · {len(rows)} situations differ"]
    lines += [f"  {row.words}: {_said(row.before)} -> {_said(row.after)}" for row in rows]
    asleep = unreachable(draft)
    if asleep:
        lines.append(f"  不会用到的规则 · rules never reached: {', '.join(asleep)}")
    return "\n".join(lines)


def _said(decision: Decision) -> str:
    return f"{decision.verdict} {decision.reason} ({decision.rule})"

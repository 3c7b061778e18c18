# SPDX-License-Identifier: LicenseRef-Gatehouse
"""政策发布: a draft is read, judged and rehearsed before two persons send it out; what is refused changes nothing.

A version becomes known to the gates at their next sync and counts from its hour (domain.md section 5).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from kiosk.domain.admission import RULE_IDS
from kiosk.domain.admission.rehearsing import Differing, differing, unreachable
from kiosk.domain.identity import CompoundId
from kiosk.domain.policy import BadPolicy, Policy, clash, in_force, parse_policy
from kiosk.domain.register import PolicyRow
from sync.office.service.audit import Audit, Entry
from sync.office.service.book import RegisterBook


@dataclass(frozen=True, slots=True)
class PolicyRefused:
    """政策被拒: where (line, key) and why; the version in force stays."""

    key: str
    why: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """政策草案: as read, and what it would change against the version in force at its hour."""

    policy: Policy
    against: str | None
    changes: tuple[Differing, ...]


SignPolicy = Callable[[PolicyRow, str], bytes]


class Policies:
    """政策用例."""

    def __init__(self, book: RegisterBook, audit: Audit, sign: SignPolicy) -> None:
        """`sign` is the signer's: the POLICY key is not the service's to use."""
        self._book = book
        self._audit = audit
        self._sign = sign

    def known(self, tx: Connection, compound: CompoundId | None = None) -> tuple[Policy, ...]:
        """All versions of the street, or of one compound's override."""
        rows = (row for row in self._book.register.all(tx, PolicyRow) if row.compound == compound)
        return tuple(parse_policy(row.toml, RULE_IDS) for row in rows)

    def judge(
        self, tx: Connection, text: str, now_ms: int, compound: CompoundId | None = None
    ) -> Draft | PolicyRefused:
        """Read a draft: refused with line and key, or with what it would change."""
        try:
            policy = parse_policy(text, RULE_IDS)
        except BadPolicy as error:
            return PolicyRefused(error.key, error.why, error.line)
        others = self.known(tx, compound)
        if any(other.version == policy.version for other in others):
            return PolicyRefused("version", "there is a version of this name")
        if policy.effective_from_ms < now_ms:
            return PolicyRefused("effective_from", "in the past")
        same = clash(policy, others)
        if same is not None:
            return PolicyRefused("effective_from", f"the same hour as {same}")
        asleep = unreachable(policy)
        if asleep:
            return PolicyRefused("rules", f"never reached: {', '.join(asleep)}")
        current = in_force(others, policy.effective_from_ms)
        changes = differing(current, policy) if current is not None else ()
        return Draft(policy, current.version if current is not None else None, changes)

    def publish(
        self, tx: Connection, text: str, now_ms: int, *, by: str, compound: CompoundId | None = None
    ) -> PolicyRow | PolicyRefused:
        """Send a version out, signed. Who may, and that a second person agreed, was checked before (trust.md 3)."""
        draft = self.judge(tx, text, now_ms, compound)
        if isinstance(draft, PolicyRefused):
            self._audit.note(tx, Entry(by, "policy.publish", draft.key, why=draft.why, refused=True), now_ms)
            return draft
        return self._put(tx, draft.policy, text, now_ms, by, compound)

    def found(self, tx: Connection, text: str, now_ms: int, *, by: str) -> PolicyRow:
        """The shipped versions, put in force when the office is founded; their hour may lie in the past."""
        return self._put(tx, parse_policy(text, RULE_IDS), text, now_ms, by, None)

    def _put(
        self, tx: Connection, policy: Policy, text: str, now_ms: int, by: str, compound: CompoundId | None
    ) -> PolicyRow:
        row = PolicyRow(policy.version, policy.effective_from_ms, text, compound=compound)
        signed = replace(row, signed=self._sign(row, by).hex())
        self._book.put(tx, [signed], now_ms)
        self._audit.note(tx, Entry(by, "policy.publish", policy.version), now_ms)
        return signed

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What came out of checking a pass (验证结果), as one value for desk, screens and log.

Source: pass-format.md section 3.
"""

from dataclasses import dataclass

from kiosk.domain.codes import PassState, Reason, ScanResult
from kiosk.domain.identity import GateId
from kiosk.domain.passes.entry_pass import EntryPass
from kiosk.domain.passes.gate_trust import PassRow
from kiosk.domain.passes.problems import PassProblem, meaning_of
from kiosk.domain.trust.bundle import CompoundSite, is_practice


@dataclass(frozen=True, slots=True)
class PassCheck:
    """验证结果: the problem, its codes, and what is known of the pass.

    `reason` is the one that stands when the policy's pass rules are reached (None: no passage is opened). `row` is the
    card's row in the gate's list, `site` the compound the pass is for. `fault` = exception type and first 8 hex digits
    of the text's SHA-256, for the log.
    """

    problem: PassProblem
    scan_result: ScanResult
    state: PassState | None = None
    claims: EntryPass | None = None
    kid: bytes | None = None
    reason: Reason | None = None
    row: PassRow | None = None
    site: CompoundSite | None = None
    fault: str | None = None

    @property
    def practice(self) -> bool:
        """Whether this is a training card at a real gate (练习证): a staff line, no case."""
        return self.problem is PassProblem.KEY_UNKNOWN and self.kid is not None and is_practice(self.kid)

    @property
    def right_gates(self) -> tuple[GateId, ...]:
        """The gates that the pass opens (可用门岗), in the order of the site table."""
        if self.claims is None or self.site is None:
            return ()
        mask = self.site.full_mask if self.claims.gates is None else self.claims.gates
        return tuple(gate for bit, gate in enumerate(self.site.gates) if mask >> bit & 1)


def check_of(problem: PassProblem) -> PassCheck:
    """The check of a problem that needs no pass in hand (无证件的结果), as AMBIGUOUS from the scanner."""
    meaning = meaning_of(problem)
    return PassCheck(problem, meaning.scan_result, reason=meaning.reason)

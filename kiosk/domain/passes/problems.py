# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What can be wrong with a pass (证件问题), and what each problem means in the domain's codes: one table.

Source: pass-format.md section 3, "PassProblem and the domain's codes".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final

from kiosk.domain.codes import PassState, Reason, ScanResult


class PassProblem(StrEnum):
    """证件问题: the first thing found wrong, in the order of the checks."""

    NONE = "NONE"
    NOT_A_PASS = "NOT_A_PASS"
    NEWER_FORMAT = "NEWER_FORMAT"
    AMBIGUOUS = "AMBIGUOUS"
    MALFORMED = "MALFORMED"
    ALG = "ALG"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    SIGNATURE = "SIGNATURE"
    CLAIMS = "CLAIMS"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    KEY_SCOPE = "KEY_SCOPE"
    KEY_REVOKED = "KEY_REVOKED"
    REVOKED = "REVOKED"
    LOST = "LOST"
    REPLACED = "REPLACED"
    WRONG_SITE = "WRONG_SITE"
    WRONG_GATE = "WRONG_GATE"
    CLOCK = "CLOCK"
    NOT_YET = "NOT_YET"
    EXPIRED = "EXPIRED"
    LIST_STALE = "LIST_STALE"
    NOT_LISTED = "NOT_LISTED"
    VERIFIER_ERROR = "VERIFIER_ERROR"


class Listing(Enum):
    """名单情况: how the card id stands to the gate's list."""

    LISTED = "LISTED"
    NEWER = "NEWER"  # not there, but issued after the list was made, or signed by a gate
    UNLISTED = "UNLISTED"


class StateSource(Enum):
    """状态来源: marks a state that comes from the gate's list."""

    LIST = "LIST"


FROM_LIST: Final = StateSource.LIST


@dataclass(frozen=True, slots=True)
class Meaning:
    """含义: the domain's codes for a problem; `state` may be the list's; `reason` None: none, or by the state."""

    scan_result: ScanResult
    state: PassState | StateSource | None = None
    reason: Reason | None = None


_FORGED = Meaning(ScanResult.FORGED, None, Reason.PASS_FORGED)
_REVOKED = Meaning(ScanResult.OK, PassState.REVOKED, Reason.PASS_REVOKED)
_NEWER_PROGRAM = Meaning(ScanResult.UNREADABLE, None, Reason.NO_PASS)

MEANINGS: Mapping[PassProblem, Meaning] = MappingProxyType(
    {
        PassProblem.NONE: Meaning(ScanResult.OK, FROM_LIST),
        PassProblem.NOT_A_PASS: Meaning(ScanResult.NOT_OURS),
        PassProblem.NEWER_FORMAT: _NEWER_PROGRAM,
        PassProblem.AMBIGUOUS: Meaning(ScanResult.UNREADABLE),
        PassProblem.MALFORMED: _FORGED,
        PassProblem.ALG: _FORGED,
        PassProblem.KEY_UNKNOWN: _FORGED,
        PassProblem.SIGNATURE: _FORGED,
        PassProblem.CLAIMS: _FORGED,
        PassProblem.UNKNOWN_FIELD: _NEWER_PROGRAM,
        PassProblem.KEY_SCOPE: _FORGED,
        PassProblem.KEY_REVOKED: _REVOKED,
        PassProblem.REVOKED: _REVOKED,
        PassProblem.REPLACED: _REVOKED,
        PassProblem.LOST: Meaning(ScanResult.OK, PassState.LOST, Reason.PASS_LOST),
        PassProblem.WRONG_SITE: Meaning(ScanResult.WRONG_COMPOUND, None, Reason.WRONG_COMPOUND),
        PassProblem.WRONG_GATE: Meaning(ScanResult.WRONG_GATE, FROM_LIST, Reason.GATE_CLOSED),
        PassProblem.CLOCK: Meaning(ScanResult.OK, FROM_LIST, Reason.CLOCK_BAD),
        PassProblem.NOT_YET: Meaning(ScanResult.OK, PassState.NOT_YET, Reason.PASS_NOT_YET),
        PassProblem.EXPIRED: Meaning(ScanResult.OK, PassState.EXPIRED, Reason.PASS_EXPIRED),
        PassProblem.LIST_STALE: Meaning(ScanResult.OK, FROM_LIST, Reason.LIST_STALE),
        PassProblem.NOT_LISTED: Meaning(ScanResult.UNKNOWN, None, Reason.PASS_UNKNOWN),
        PassProblem.VERIFIER_ERROR: Meaning(ScanResult.UNKNOWN, None, Reason.CHECK_FAILED),
    }
)
"""各问题的含义: the codes of a problem, whatever the list says."""

MEANINGS_BY_LISTING: Mapping[tuple[PassProblem, Listing], Meaning] = MappingProxyType(
    {
        (PassProblem.LIST_STALE, Listing.NEWER): Meaning(ScanResult.UNKNOWN, None, Reason.LIST_STALE),
        (PassProblem.LIST_STALE, Listing.UNLISTED): Meaning(ScanResult.UNKNOWN, None, Reason.LIST_STALE),
        (PassProblem.NOT_LISTED, Listing.NEWER): Meaning(
            ScanResult.UNKNOWN_NEW, PassState.ACTIVE, Reason.PASS_NEWER_THAN_LIST
        ),
    }
)
"""按名单区分的含义: where the list changes the codes."""

REASON_OF_STATE: Mapping[PassState, Reason] = MappingProxyType(
    {
        PassState.ACTIVE: Reason.PASS_OK,
        PassState.NOT_YET: Reason.PASS_NOT_YET,
        PassState.EXPIRED: Reason.PASS_EXPIRED,
        PassState.SUSPENDED: Reason.PASS_SUSPENDED,
        PassState.REVOKED: Reason.PASS_REVOKED,
        PassState.LOST: Reason.PASS_LOST,
    }
)
"""各状态的原因: the reason of a listed pass without any problem."""

FORGED_PROBLEMS = frozenset(problem for problem, meaning in MEANINGS.items() if meaning is _FORGED)
"""伪造类问题: a changed byte after the prefix always ends in one of these."""

PROGRAM_TOO_OLD = frozenset({PassProblem.NEWER_FORMAT, PassProblem.UNKNOWN_FIELD})
"""程序过旧: problems that raise the office's alarm "program too old"."""


def meaning_of(problem: PassProblem, listing: Listing = Listing.UNLISTED) -> Meaning:
    """The codes of a problem (查表)."""
    return MEANINGS_BY_LISTING.get((problem, listing), MEANINGS[problem])

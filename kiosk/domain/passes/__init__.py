# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The entry pass (出入证): its value, its text EP1, its offline verification, its serial (design: pass-format.md)."""

from kiosk.domain.passes.entry_pass import NEVER_IN_PASS, TEMPORARY, WITH_HOUSEHOLD, EntryPass
from kiosk.domain.passes.gate_trust import GateList, GatePlace, GateTrust, PassRow
from kiosk.domain.passes.pass_check import PassCheck, check_of
from kiosk.domain.passes.problems import (
    FORGED_PROBLEMS,
    MEANINGS,
    MEANINGS_BY_LISTING,
    PROGRAM_TOO_OLD,
    REASON_OF_STATE,
    Listing,
    PassProblem,
    meaning_of,
)
from kiosk.domain.passes.serials import Serial, parse_serial, printed, serial_of
from kiosk.domain.passes.signing import BadClaimsError, sign_pass
from kiosk.domain.passes.verifying import verify

__all__ = [
    "FORGED_PROBLEMS",
    "MEANINGS",
    "MEANINGS_BY_LISTING",
    "NEVER_IN_PASS",
    "PROGRAM_TOO_OLD",
    "REASON_OF_STATE",
    "TEMPORARY",
    "WITH_HOUSEHOLD",
    "BadClaimsError",
    "EntryPass",
    "GateList",
    "GatePlace",
    "GateTrust",
    "Listing",
    "PassCheck",
    "PassProblem",
    "PassRow",
    "Serial",
    "check_of",
    "meaning_of",
    "parse_serial",
    "printed",
    "serial_of",
    "sign_pass",
    "verify",
]

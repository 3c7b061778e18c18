# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Lists never go backwards (版本只进不退): one rule for key bundle, device list and revocation list.

Source: pass-format.md section 5, "Versions".
"""

from dataclasses import dataclass
from enum import StrEnum

AHEAD_S = 24 * 3600


class Refusal(StrEnum):
    """拒绝原因: why a signed list was refused; the old one works on, and all but SAME raise an alarm."""

    SAME = "SAME"  # the same bytes again: ignored, no alarm
    OLDER = "OLDER"
    DIFFERENT = "DIFFERENT"  # equal version, other content
    AHEAD = "AHEAD"  # more than 24 h in front of a trusted clock
    MALFORMED = "MALFORMED"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    WRONG_SIGNER = "WRONG_SIGNER"  # the signing key is unknown, withdrawn, or not one for this kind of list
    SIGNATURE = "SIGNATURE"
    EXPIRED = "EXPIRED"
    DUPLICATE_KID = "DUPLICATE_KID"
    KIND = "KIND"  # kid and kind of key disagree
    PRIVATE_KEY = "PRIVATE_KEY"
    WEAK_KEY = "WEAK_KEY"
    TOO_LARGE = "TOO_LARGE"
    BASE = "BASE"  # a delta for another version than the stored one: fetch the snapshot
    MISSING = "MISSING"  # a delta deletes an id that is not there: fetch the snapshot
    RESULT = "RESULT"  # the result hash of a delta is another: fetch the snapshot

    @property
    def alarm(self) -> bool:
        """Whether somebody must be told (告警)."""
        return self is not Refusal.SAME

    @property
    def fetch_snapshot(self) -> bool:
        """Whether the whole list is to be fetched instead (重取全表)."""
        return self in {Refusal.BASE, Refusal.MISSING, Refusal.RESULT}


@dataclass(frozen=True, slots=True)
class Stored:
    """现存版本: version and fingerprint (32 bytes) of the list that is in force."""

    version: int
    fingerprint: bytes


def judge_version(new: Stored, stored: Stored | None, now: int, *, clock_ok: bool) -> Refusal | None:
    """None if `new` may take the place of `stored` (版本判定); `now` in seconds, judged by a trusted clock only."""
    if clock_ok and new.version > now + AHEAD_S:
        return Refusal.AHEAD
    if stored is None or new.version > stored.version:
        return None
    if new.version < stored.version:
        return Refusal.OLDER
    return Refusal.SAME if new.fingerprint == stored.fingerprint else Refusal.DIFFERENT


def next_version(issued: int, previous: int | None) -> int:
    """The version of a list issued now (新版本号): seconds of issue, or previous + 1 if that is not larger."""
    return issued if previous is None or issued > previous else previous + 1

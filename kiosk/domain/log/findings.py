# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What verification of a log can find (trust.md 8), as closed codes with their place."""

from dataclasses import dataclass
from enum import StrEnum


class LogFault(StrEnum):
    """记录异常: the names of the findings."""

    DELETED = "DELETED"
    INSERTED = "INSERTED"
    DUPLICATE = "DUPLICATE"
    EDITED = "EDITED"
    SWAPPED = "SWAPPED"
    COLUMN_MISMATCH = "COLUMN_MISMATCH"
    PERSONAL_MISMATCH = "PERSONAL_MISMATCH"
    PERSONAL_MISSING = "PERSONAL_MISSING"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    TRUNCATED = "TRUNCATED"
    FORKED = "FORKED"
    DIFFERS = "DIFFERS"


@dataclass(frozen=True, slots=True)
class Finding:
    """发现: first bad place, what was found, and what should stand there (a hash in hex, a number, a few words)."""

    epoch: int
    seq: int
    fault: LogFault
    expected: str

    def line(self) -> str:
        """一行文字: `epoch/seq FAULT expected ...`."""
        return f"{self.epoch}/{self.seq} {self.fault.value} expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Anchor:
    """锚点: a receipt or a signed head: at `seq` the chain had this `hash` (hex).

    `signed`: whether its signature holds; None where the key to check it is not at hand.
    """

    seq: int
    hash: str
    signed: bool | None = None
    receipt: bool = True


@dataclass(frozen=True, slots=True)
class LogReport:
    """核对结果: of one epoch. `count` events verified from `first_seq`; `receipt_seq` the newest receipt that fits."""

    epoch: int
    count: int
    first_seq: int
    head_seq: int
    head_hash: str
    receipt_seq: int | None
    findings: tuple[Finding, ...]

    @property
    def whole(self) -> bool:
        """完好: nothing was found."""
        return not self.findings

    def line(self) -> str:
        """一行文字: `OK 12034 events, head 3fa9c2d1, receipt at 12000`, or the first finding."""
        if self.findings:
            return self.findings[0].line()
        receipt = "no receipt" if self.receipt_seq is None else f"receipt at {self.receipt_seq}"
        return f"OK {self.count} events, head {self.head_hash[:8]}, {receipt}"

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What is wrong with an input, as a value that never repeats the input (trust.md 13)."""

from dataclasses import dataclass
from enum import StrEnum


class FaultCode(StrEnum):
    """报文错误: the `error` of an answer; the number is its HTTP status."""

    JSON_STRICT = "json_strict"
    JSON_LIMIT = "json_limit"
    SHAPE = "shape"
    GZIP = "gzip"
    GZIP_RATIO = "gzip_ratio"
    GZIP_MEMBER = "gzip_member"
    TOO_LARGE = "too_large"
    PROTO_UNSUPPORTED = "proto_unsupported"
    CARRIED_FORM = "carried_form"
    CARRIED_CUT = "carried_cut"
    CARRIED_SIGNATURE = "carried_signature"

    @property
    def status(self) -> int:
        """The HTTP status it is answered with."""
        return 413 if self in _TOO_MUCH else 400


_TOO_MUCH = frozenset({FaultCode.GZIP_RATIO, FaultCode.GZIP_MEMBER, FaultCode.TOO_LARGE})


@dataclass(frozen=True, slots=True)
class WireFault:
    """报文错误: `field` is the path of what is wrong (known names only), `limit` the number that was exceeded."""

    code: FaultCode
    field: str = ""
    limit: int | None = None

    @property
    def status(self) -> int:
        """The HTTP status it is answered with."""
        return self.code.status

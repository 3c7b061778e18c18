# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Requests and answers of the line as plain values, so that `handle` works with and without sockets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class LineRequest:
    """来自门岗的请求: absolute `url`, headers with lower-case names, `body` as received (packed)."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """给门岗的应答: headers with lower-case names."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """拒绝: an answer `{"error", "field", "limit"}`; it never repeats what was sent (trust.md section 13)."""

    status: int
    error: str
    field: str = ""
    limit: int | None = None
    retry_after_s: int | None = None

    def answer(self, **more: object) -> LineAnswer:
        """As JSON; `more`: further members, as an order or the server's time."""
        body: dict[str, object] = {"error": self.error}
        if self.field:
            body["field"] = self.field
        if self.limit is not None:
            body["limit"] = self.limit
        headers = {"content-type": JSON_TYPE, "cache-control": "no-store"}
        if self.retry_after_s is not None:
            headers["retry-after"] = str(self.retry_after_s)
        return LineAnswer(self.status, json.dumps({**body, **more}).encode(), headers)


class RefusedError(Exception):
    """Carries a refusal out of a deep check; caught where the answer is made."""

    def __init__(self, refused: Refused) -> None:
        """Keep the refusal."""
        super().__init__(refused.error)
        self.refused = refused

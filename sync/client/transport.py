# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What carries a request to the office and brings the answer back, as a port (sync-and-store.md section 4, "Wire").

`sync.client.http` is the real one; `replay` and `simulate` call the office's `handle` in the same process. A transport
never raises for what a network does: that is a `TransportFault`, a value like any other answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from sync.wire.limits import ANSWER_BYTES


class TransportFault(StrEnum):
    """线路故障: no whole answer came; whether the office has the request is unknown."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    NAME = "name"
    TLS = "tls"
    RESET = "reset"
    HALF_BODY = "half_body"
    BAD_GZIP = "bad_gzip"
    TOO_LARGE = "answer_too_large"


class Arriving(Protocol):
    """到达中: told of an answer while its body comes, so that what came before a break is not lost with it."""

    def begins(self, status: int, headers: Mapping[str, str]) -> None:
        """An answer began; header names in lower case."""
        ...

    def piece(self, data: bytes) -> None:
        """The next bytes of its body, unpacked."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """请求: `path` with its query, headers ready and signed, `body` as it goes over the wire (packed).

    `arriving`: who keeps what comes of an answer that may break off.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    limit: int = ANSWER_BYTES
    arriving: Arriving | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """应答: status, headers with lower-case names, `body` unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


class Transport(Protocol):
    """线路: one request at a time, from one thread."""

    def send(self, request: Request) -> Answer | TransportFault:
        """Send, and wait for the whole answer at most 30 s."""
        ...

    def close(self) -> None:
        """Let go of sockets."""
        ...


@dataclass(frozen=True, slots=True)
class DirectTransport:
    """直连: hands a request to the office in the same process, without sockets (replay, simulate)."""

    handle: Callable[[Request], Answer]
    online: Callable[[], bool] = lambda: True

    def send(self, request: Request) -> Answer | TransportFault:
        """The office's answer at once; `UNREACHABLE` while the line is said to be down."""
        return self.handle(request) if self.online() else TransportFault.UNREACHABLE

    def close(self) -> None:
        """Nothing to let go of."""

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Limits of input, checked before anything is read or unpacked beyond them (trust.md section 13).

Past a limit: 413 body, 414 URL, 431 headers, 429 rate, each as `{"error", "field", "limit"}`.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from threading import Lock
from urllib.parse import urlsplit

from sync.office.api.messages import Refused, RefusedError

HEADERS_LIMIT = 16 << 10
URL_LIMIT = 2 << 10
PACKED_LIMIT = 1 << 20
SMALL_LIMIT = 64 << 10
REQUESTS_A_MINUTE = 120
_MINUTE_MS = 60_000


def check_head(url: str, headers: Iterable[tuple[str, str]]) -> None:
    """Raise `RefusedError` for a URL (path and query) or headers beyond their limit."""
    parts = urlsplit(url)
    if len(parts.path) + len(parts.query) > URL_LIMIT:
        raise RefusedError(Refused(414, "url_too_long", "url", URL_LIMIT))
    if sum(len(name) + len(value) for name, value in headers) > HEADERS_LIMIT:
        raise RefusedError(Refused(431, "headers_too_large", "headers", HEADERS_LIMIT))


def check_announced(headers: Mapping[str, str], limit: int = PACKED_LIMIT) -> None:
    """Raise `RefusedError` for a body that is announced larger than the limit, before a byte of it is read."""
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit():
        raise RefusedError(Refused(400, "bad_length", "content-length"))
    if len(length) > len(str(limit)) or int(length) > limit:
        raise body_too_large(limit)


def body_too_large(limit: int) -> RefusedError:
    """The refusal of a body beyond its limit."""
    return RefusedError(Refused(413, "body_too_large", "body", limit))


class Turnstile:
    """限流: each device one request at a time, and at most so many a minute (a setting; None lifts it)."""

    def __init__(self, per_minute: int | None = REQUESTS_A_MINUTE) -> None:
        """Nobody is inside."""
        self._per_minute = per_minute
        self._lock = Lock()
        self._inside: set[str] = set()
        self._times: dict[str, deque[int]] = {}

    def enter(self, device: str, now_ms: int) -> None:
        """Let a device in; raises `RefusedError` 429 with how long to wait."""
        with self._lock:
            if device in self._inside:
                raise RefusedError(Refused(429, "one_at_a_time", retry_after_s=1))
            if self._per_minute is not None:
                times = self._times.setdefault(device, deque())
                while times and times[0] <= now_ms - _MINUTE_MS:
                    times.popleft()
                if len(times) >= self._per_minute:
                    wait_s = max(1, -(-(times[0] + _MINUTE_MS - now_ms) // 1000))
                    raise RefusedError(Refused(429, "too_many", "requests", self._per_minute, min(wait_s, 900)))
                times.append(now_ms)
            self._inside.add(device)

    def leave(self, device: str) -> None:
        """The device's request is answered."""
        with self._lock:
            self._inside.discard(device)

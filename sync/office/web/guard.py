# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What stands before every page: session, CSRF, rate, bounded forms, headers (trust.md 4, 13)."""

import hmac
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from urllib.parse import parse_qs

from fastapi import Request, Response

COOKIE = "__Host-gh"
LANGUAGE_COOKIE = "__Host-gh-lang"
FORM_LIMIT = 64 << 10
FIELDS_LIMIT = 64
REQUESTS_A_MINUTE = 600
LOGINS_A_MINUTE = 20
_MINUTE_MS = 60_000
_ADDRESSES = 10_000

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "strict-transport-security": "max-age=31536000",
    "cross-origin-opener-policy": "same-origin",
}


class Rate:
    """限流: at most so many a minute per address, in memory."""

    def __init__(self, per_minute: int) -> None:
        """Nobody has asked."""
        self._per_minute = per_minute
        self._lock = Lock()
        self._times: dict[str, deque[int]] = {}

    def take(self, address: str, now_ms: int) -> bool:
        """Whether one more is taken now."""
        with self._lock:
            if len(self._times) > _ADDRESSES:
                self._times = {a: t for a, t in self._times.items() if t and t[-1] > now_ms - _MINUTE_MS}
            times = self._times.setdefault(address, deque())
            while times and times[0] <= now_ms - _MINUTE_MS:
                times.popleft()
            if len(times) >= self._per_minute:
                return False
            times.append(now_ms)
            return True


@dataclass(frozen=True, slots=True)
class Form:
    """表单: its fields, each once; `fault` 413 or 400 where it is none."""

    fields: Mapping[str, str]
    fault: int | None = None


async def read_form(request: Request) -> Form:
    """The urlencoded form of a request, read no further than 64 KiB."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_LIMIT:
            return Form({}, 413)
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_LIMIT, strict_parsing=bool(body))
    except ValueError:
        return Form({}, 400)
    if any(len(values) != 1 for values in fields.values()):
        return Form({}, 400)
    return Form({name: values[0] for name, values in fields.items()})


def same_origin(request: Request) -> bool:
    """Whether the browser says that the form came from our own page.

    Under our `referrer-policy: no-referrer` a browser posts a form of ours with
    `Origin: null` (Fetch, "append a request Origin header"). Then `Sec-Fetch-Site`
    answers, which no page can set: only a page of this very origin is `same-origin`.
    """
    origin = request.headers.get("origin", "")
    if origin == "null":
        return request.headers.get("sec-fetch-site", "") == "same-origin"
    return origin == f"https://{request.headers.get('host', '')}"


def csrf_holds(form: Form, expected: str) -> bool:
    """Whether the form carries its session's token."""
    return hmac.compare_digest(form.fields.get("csrf", "").encode(), expected.encode())


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client is not None else ""


def set_session(response: Response, secret: str) -> None:
    """Give the cookie."""
    response.set_cookie(COOKIE, secret, path="/", secure=True, httponly=True, samesite="strict")


def end_session(response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


def set_language(response: Response, language: str) -> None:
    """Remember the language at the browser; nothing is kept here."""
    response.set_cookie(
        LANGUAGE_COOKIE, language, path="/", secure=True, httponly=True, samesite="strict", max_age=31_536_000
    )

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What stands before every page: session, CSRF, rate, bounded forms, headers (trust.md 4, 13)."""

import hmac
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Lock
from urllib.parse import parse_qs

from fastapi import Request, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.types import Message

COOKIE = "__Host-gh"
LANGUAGE_COOKIE = "__Host-gh-lang"
FORM_LIMIT = 64 << 10
FIELDS_LIMIT = 512
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
    """表单: its fields, each once; `fault` 413 or 400 where it is none; `file` the name and bytes of an upload."""

    fields: Mapping[str, str]
    fault: int | None = None
    file: tuple[str, bytes] | None = None


async def read_form(request: Request, upload: int = 0) -> Form:
    """The form of a request, read no further than 64 KiB, and one file of `upload` bytes where the form takes one."""
    if upload and request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _read_upload(request, upload)
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


class _TooLarge(Exception):
    """The body goes on beyond what the form may hold."""


async def _read_upload(request: Request, upload: int) -> Form:
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > upload + FORM_LIMIT:
            raise _TooLarge
        return message

    try:
        form = await Request(request.scope, bounded).form(
            max_files=1, max_fields=FIELDS_LIMIT, max_part_size=FORM_LIMIT
        )
        async with _closing(form):
            names = [name for name, _ in form.multi_items()]
            fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
            files = [value for _, value in form.multi_items() if not isinstance(value, str)]
            if len(set(names)) != len(names):
                return Form({}, 400)
            file = (files[0].filename or "", await files[0].read()) if files else None
    except _TooLarge:
        return Form({}, 413)
    except (MultiPartException, HTTPException):
        return Form({}, 400)
    if file is not None and len(file[1]) > upload:
        return Form({}, 413)
    return Form(fields, None, file if file is not None and file[0] else None)


@asynccontextmanager
async def _closing(form: FormData) -> AsyncIterator[None]:
    """Let go of what the form's files hold."""
    try:
        yield
    finally:
        await form.close()


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

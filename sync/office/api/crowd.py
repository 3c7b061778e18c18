# SPDX-License-Identifier: LicenseRef-Gatehouse
"""How many requests a process works on at once; beyond it the rest is told when to come again (sync-and-store.md 4).

A gate keeps what it could not deliver, so that a 503 costs it a moment; a process that takes in more than it can hold
costs everybody. Streams that stay open and what operators watch do not count.
"""

from itertools import count

from starlette.types import ASGIApp, Receive, Scope, Send

from sync.office.api.messages import Refused
from sync.office.api.routes import as_response

AT_ONCE = 256
"""Each device has one request at a time: more than a street has gates, and a fair part of a district's."""
_SPREAD_S = 5
_UNCOUNTED = frozenset({"/healthz", "/metrics"})
_STREAM = "/live"


class Crowd:
    """Middleware: at most so many requests at once, else 503 with Retry-After, spread over a few seconds."""

    def __init__(self, app: ASGIApp, at_once: int = AT_ONCE) -> None:
        """Wrap an ASGI application; nobody is inside. Its event loop is one thread, so nothing is locked."""
        self._app = app
        self._at_once = at_once
        self._inside = 0
        self._turned_away = count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or turn it away."""
        path = scope.get("path", "")
        if scope["type"] != "http" or path in _UNCOUNTED or path.endswith(_STREAM):
            await self._app(scope, receive, send)
            return
        if self._inside >= self._at_once:
            # not all at the same second again
            wait_s = 1 + next(self._turned_away) % _SPREAD_S
            await as_response(Refused(503, "busy", retry_after_s=wait_s).answer())(scope, receive, send)
            return
        self._inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Server-sent events: a page tells that it has changed; the browser then fetches it again (interface.md 12, `/wall`).

Every second the page's `live` text is made anew; where it differs, one event goes out: within two seconds of a sync.
The session is looked at each time and not kept alive by it: who is signed out hears nothing more.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from sync.office.service.accounts import Session
from sync.office.web.frame import Frame
from sync.office.web.guard import HEADERS
from sync.office.web.look import opens
from sync.office.web.page import Page

LOOK_S = 1.0
_PING_EVERY = 15
_LOOKS = 600
"""After so many looks the stream ends and the browser asks again: no stream outlives a restart for long."""
_EACH = 6


class Live:
    """实时推送: one per office; bounds how many streams an account holds."""

    def __init__(self, frame: Frame) -> None:
        """Nobody listens."""
        self._frame = frame
        self._open: Counter[str] = Counter()

    async def stream(self, page: Page, request: Request) -> Response:
        """`GET {page}/live`."""
        session = await run_in_threadpool(self._frame.enter, request)
        if isinstance(session, Response):
            return self._frame.refuse(request, 403, key="expired")
        if not opens(session.user, page):
            return await run_in_threadpool(self._frame.denied, request, session, page)
        if self._open[session.user.id] >= _EACH:
            return self._frame.refuse(request, 429, session)
        headers = {**HEADERS, "x-accel-buffering": "no"}
        return StreamingResponse(self._events(page, request, session), 200, headers, "text/event-stream")

    async def _events(self, page: Page, request: Request, session: Session) -> AsyncIterator[str]:
        who = session.user.id
        self._open[who] += 1
        try:
            last = None
            yield "retry: 3000\n\n"
            for count in range(_LOOKS):
                now = await run_in_threadpool(self._text, page, request, session)
                if now is None:
                    yield "event: ended\ndata: -\n\n"
                    return
                if now != last:
                    yield f"event: changed\ndata: {count}\n\n"
                elif count % _PING_EVERY == 0:
                    yield ": still here\n\n"
                last = now
                await asyncio.sleep(LOOK_S)
        finally:
            self._open[who] -= 1

    def _text(self, page: Page, request: Request, session: Session) -> str | None:
        office = self._frame.house.office
        with office.database.reading() as tx:
            held = office.accounts.looking(tx, session.secret, self._frame.now_ms)
            if held is None or page.live is None:
                return None
            return page.live(self._frame.visit(request, page, held, tx))

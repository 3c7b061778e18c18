# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What operators watch: requests by route, gates by state, events on their way; Prometheus text, no library.

Routes are named by their template ("/report/{date}"), never by the address that was asked: numbers and templates hold
nobody's data. Only named addresses may read, by default this machine alone.
"""

import logging
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from fastapi import APIRouter, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Upper bounds of the histogram, seconds; 0.2 is what a page may take (interface.md 15)."""
HERE = frozenset({"127.0.0.1", "::1"})
_OTHER = "(none)"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Timed:
    count: int = 0
    seconds: float = 0.0
    within: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))


class Requests:
    """请求统计: how many, how fast, by route, method and status."""

    def __init__(self) -> None:
        """Nobody has asked."""
        self._lock = Lock()
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._times: dict[str, _Timed] = defaultdict(_Timed)

    def took(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request is done."""
        with self._lock:
            self._counts[method, route, status] += 1
            timed = self._times[route]
            timed.count += 1
            timed.seconds += seconds
            timed.within[bisect_left(BUCKETS, seconds)] += 1

    def lines(self) -> Iterable[str]:
        """As Prometheus reads it."""
        with self._lock:
            counts = sorted(self._counts.items())
            times = sorted((route, t.count, t.seconds, list(t.within)) for route, t in self._times.items())
        yield "# TYPE gatehouse_requests_total counter"
        for (method, route, status), count in counts:
            yield f'gatehouse_requests_total{{method="{method}",route="{_label(route)}",status="{status}"}} {count}'
        yield "# TYPE gatehouse_request_seconds histogram"
        for route, count, seconds, within in times:
            below = 0
            for bound, here in zip(BUCKETS, within, strict=False):
                below += here
                yield f'gatehouse_request_seconds_bucket{{route="{_label(route)}",le="{bound}"}} {below}'
            yield f'gatehouse_request_seconds_bucket{{route="{_label(route)}",le="+Inf"}} {count}'
            yield f'gatehouse_request_seconds_sum{{route="{_label(route)}"}} {seconds:.6f}'
            yield f'gatehouse_request_seconds_count{{route="{_label(route)}"}} {count}'


class Measured:
    """计时: the middleware that counts requests and writes one calm line for each."""

    def __init__(self, app: ASGIApp, requests: Requests, seconds: Callable[[], float] = time.perf_counter) -> None:
        """Take the application, where to count, and a clock that only runs forward."""
        self._app = app
        self._requests = requests
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        began = self._seconds()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            took = self._seconds() - began
            route = getattr(scope.get("route"), "path", _OTHER)
            # A stream lasts as long as somebody listens: that is no time that anybody waited.
            if not route.endswith("/live"):
                self._requests.took(scope["method"], route, status, took)
            said = {"event": "request", "status": status, "path": route, "ms": round(took * 1000)}
            _log.info("request", extra=said)


def metrics_router(
    requests: Requests, gauges: Callable[[], Mapping[str, float]], readers: frozenset[str] = HERE
) -> APIRouter:
    """`GET /metrics` for those who may read; for all others there is no such page."""
    router = APIRouter(tags=["operators"])

    @router.get("/metrics", summary="Prometheus text", response_class=Response, include_in_schema=False)
    def metrics(request: Request) -> Response:
        if request.client is None or request.client.host not in readers:
            return Response(status_code=404)
        lines = [*requests.lines(), *_gauges(gauges())]
        return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    return router


def _gauges(values: Mapping[str, float]) -> Iterable[str]:
    named = ""
    for name, value in values.items():
        plain = name.partition("{")[0]
        if plain != named:
            yield f"# TYPE gatehouse_{plain} gauge"
            named = plain
        yield f"gatehouse_{name} {value:g}"


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "")

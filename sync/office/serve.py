# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The running server: uvicorn over TLS, one worker, logs without people (sync-and-store.md 9, trust.md 12)."""

import asyncio
import json
import logging
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from sync.office.api.crowd import AT_ONCE, Crowd
from sync.office.api.line import Line
from sync.office.api.messages import Refused
from sync.office.api.routes import HeadLimits, as_response, line_router

_KEEP_ALIVE_S = 75
_CLOSING_S = 0.1
_HEAD_BYTES = 64 << 10
"""h11 gives up beyond this; what is beyond our own limits but below it gets a proper 414 or 431."""
_PACKED_ERRORS = {404: "not_found", 405: "method"}
_FIELDS = ("event", "status", "device", "gate", "path", "ms", "count")

_log = logging.getLogger(__name__)


def office_app(
    line: Line,
    healthz: Callable[[], Mapping[str, object]],
    routers: Iterable[APIRouter] = (),
    *,
    docs: bool = False,
    at_once: int = AT_ONCE,
) -> FastAPI:
    """The office's application: the line, `/healthz`, and the pages that `routers` bring.

    `healthz`: whatever of it is False makes it a 503. `at_once`: how many requests it works on.
    """
    app = FastAPI(
        title="Gatehouse office", openapi_url="/openapi.json" if docs else None, docs_url=None, redoc_url=None
    )
    app.add_middleware(HeadLimits)
    app.add_middleware(Crowd, at_once=at_once)
    app.include_router(line_router(line))

    @app.get("/healthz", tags=["operators"], response_class=JSONResponse, summary="what operators watch")
    def health() -> Response:
        found = healthz()
        return JSONResponse(dict(found), 503 if any(good is False for good in found.values()) else 200)

    for router in routers:
        app.include_router(router)

    @app.exception_handler(HTTPException)
    def refused(_request: Request, error: HTTPException) -> Response:
        code = _PACKED_ERRORS.get(error.status_code, "refused")
        return as_response(Refused(error.status_code, code).answer())

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> Response:
        # kind and place, never the text: it could hold what somebody sent
        _log.error("%s at %s", type(error).__name__, request.scope.get("path", ""))
        return as_response(Refused(500, "fault").answer())

    return app


@dataclass(frozen=True, slots=True)
class Listen:
    """监听: address, port (0: any free one), and the TLS files."""

    host: str
    port: int
    certificate: Path
    key: Path


class OfficeServer:
    """The server in this thread (`run`) or one of its own (`start`); `port` is known once it is ready."""

    def __init__(self, app: Any, listen: Listen, ready: Callable[[int], None] = lambda _: None) -> None:  # noqa: ANN401
        """Take the application, where to listen, the TLS files, and whom to tell the port once it does."""
        config = uvicorn.Config(
            app,
            host=listen.host,
            port=listen.port,
            ssl_certfile=str(listen.certificate),
            ssl_keyfile=str(listen.key),
            ssl_version=ssl.PROTOCOL_TLS_SERVER,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=10,
            h11_max_incomplete_event_size=_HEAD_BYTES,
            lifespan="on",
        )
        self._server = _Server(config, ready)
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.port

    def run(self) -> None:
        """Serve until told to stop (SIGINT, SIGTERM)."""
        self._server.run()

    def start(self, timeout_s: float = 15.0) -> None:
        """Serve in a thread; returns once it listens. Raises `TimeoutError`."""
        self._thread = threading.Thread(target=self._server.run, name="office-server", daemon=True)
        self._thread.start()
        if not self._server.listening.wait(timeout_s):
            raise TimeoutError

    def stop(self, timeout_s: float = 15.0) -> None:
        """End what `start` began."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(timeout_s)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self.port = config.port
        self.listening = threading.Event()
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:  # noqa: ANN401 - uvicorn's own
        await super().startup(sockets)
        if self.started:
            self.port = self.servers[0].sockets[0].getsockname()[1]
            self.listening.set()
            self._ready(self.port)

    async def shutdown(self, sockets: Any = None) -> None:  # noqa: ANN401 - uvicorn's own
        await super().shutdown(sockets)
        # closing TLS takes a few turns of the loop, which uvicorn does not wait for; who lingers is cut off
        await asyncio.sleep(_CLOSING_S)
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        await asyncio.sleep(0)


class CalmFormatter(logging.Formatter):
    """日志格式: one JSON object per line with allow-listed fields; tracebacks as type and place alone."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        out: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage() if record.name.startswith(("sync", "kiosk")) else record.msg,
        }
        for name in _FIELDS:
            if hasattr(record, name):
                out[name] = getattr(record, name)
        if record.exc_info and record.exc_info[0] is not None:
            out["fault"] = record.exc_info[0].__name__
        return json.dumps(out, ensure_ascii=False, default=str)


def calm_logging(level: int = logging.INFO) -> None:
    """Set up the server's log: structured lines on standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(CalmFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)

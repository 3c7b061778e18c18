# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The line behind FastAPI: bounded reading of the body, a thread per request, nothing else (sync-and-store.md 4, 9).

One path here is one row of `sync.office.api.line.ROUTES`; what it means stands there.
"""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from sync.office.api.described import schema_of
from sync.office.api.limits import HEADERS_LIMIT, URL_LIMIT, body_too_large, check_announced, check_head
from sync.office.api.line import ROUTES, Line, Route
from sync.office.api.messages import JSON_TYPE, LineAnswer, LineRequest, Refused, RefusedError
from sync.wire.messages import ErrorText, Health

_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {JSON_TYPE: {"schema": schema_of(ErrorText)}}}
    for status, text in {
        400: "unreadable input: {error, field, limit}",
        401: "bad_signature, stale or replayed; an unknown enrolment token",
        403: "the device is withdrawn; carries the signed order",
        404: "not there, or not this device's",
        405: "another method",
        409: "the enrolment is another's",
        410: "an enrolment token used up or too late",
        413: "a body beyond its limit",
        414: "a URL beyond its limit",
        415: "an encoding that is not gzip",
        429: "too many requests; Retry-After says how long",
        431: "headers beyond their limit",
        503: "cannot commit now",
    }.items()
}
_FILES = {"/v1/ca": "application/x-pem-file", "/v1/snapshot/{compound}": "application/gzip"}
_FURTHER: dict[str, dict[int | str, dict[str, Any]]] = {
    "/v1/snapshot/{compound}": {
        206: {"description": "the rest of the file, from the byte asked for"},
        304: {"description": "the file of that ETag still stands"},
        416: {"description": "a range beyond the file"},
    },
    # not a refusal: the office says itself that it cannot commit now
    "/v1/health": {503: {"description": "cannot commit", "content": {JSON_TYPE: {"schema": schema_of(Health)}}}},
}
_SUCCESS = {"/v1/devices/enroll": 201, "/v1/sync": 201}


def line_router(line: Line) -> APIRouter:
    """The routes of the line, to be included in the office's application."""
    router = APIRouter(tags=["line"])
    for route in ROUTES:
        status = _SUCCESS.get(route.path, 200)
        router.add_api_route(
            route.path,
            _endpoint(line, route),
            methods=[route.method],
            summary=route.summary,
            status_code=status,
            response_class=Response,
            responses={status: _success(route), **_REFUSALS, **_FURTHER.get(route.path, {})},
            openapi_extra=_described(route),
        )
    return router


def _endpoint(line: Line, route: Route) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        try:
            taken = await _taken(request, route)
        except RefusedError as refused:
            return as_response(refused.refused.answer())
        return as_response(await run_in_threadpool(line.answer, route, taken, dict(request.path_params)))

    return answer


async def _taken(request: Request, route: Route) -> LineRequest:
    """The request with its body, read no further than its limit."""
    url = _url(request)
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    check_head(url, request.headers.items())
    check_announced(headers, route.body_limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > route.body_limit:
            raise body_too_large(route.body_limit)
    return LineRequest(request.method, url, headers, bytes(body))


def _url(request: Request) -> str:
    """The absolute URL as the client signed it: what it sent, not what we call ourselves."""
    raw_path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    host = request.headers.get("host", "")
    path = raw_path.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
    return f"{request.scope['scheme']}://{host}{path}"


def as_response(answer: LineAnswer) -> Response:
    """The answer as Starlette sends it."""
    return Response(answer.body, answer.status, dict(answer.headers))


class HeadLimits:
    """Middleware for the whole application: URL and headers beyond their limits are answered 414 and 431."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - an ASGI application
        """Wrap an ASGI application."""
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own shapes
        """Answer at once what is too large, pass on the rest."""
        if scope["type"] == "http":
            size = sum(len(name) + len(value) for name, value in scope["headers"])
            if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > URL_LIMIT:
                refused = Refused(414, "url_too_long", "url", URL_LIMIT)
            elif size > HEADERS_LIMIT:
                refused = Refused(431, "headers_too_large", "headers", HEADERS_LIMIT)
            else:
                await self._app(scope, receive, send)
                return
            await as_response(refused.answer())(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _described(route: Route) -> dict[str, Any]:
    """What OpenAPI says of a route beyond its answers."""
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    text = {"type": "string", "minLength": 1, "maxLength": 64}
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": text} for name in names
    ]
    queries = {"/v1/snapshot/{compound}": ("scope",), "/v1/gates/{gate}/events": ("after", "limit")}
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
        for name in queries.get(route.path, ())
    ]
    extra: dict[str, Any] = {"parameters": parameters}
    if route.body_limit:
        schema = {"type": "object"} if route.takes is None else schema_of(route.takes)
        extra["requestBody"] = {"required": True, "content": {JSON_TYPE: {"schema": schema}}}
    return extra


def _success(route: Route) -> dict[str, Any]:
    if route.gives is not None:
        return {"description": "done", "content": {JSON_TYPE: {"schema": schema_of(route.gives)}}}
    return {"description": "done", "content": {_FILES[route.path]: {"schema": {"type": "string", "format": "binary"}}}}

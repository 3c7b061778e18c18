# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every endpoint of the line, from bytes to bytes, without a web framework (sync-and-store.md section 4).

`routes` puts it behind FastAPI; `replay` and `simulate` call `handle` in the same process. Order of the checks: size of
URL and headers, size of the body, signature, nonce, rate, then the body is unpacked and read.
"""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.trust.weak import strong_key
from sync.office.api.limits import (
    PACKED_LIMIT,
    SMALL_LIMIT,
    Turnstile,
    body_too_large,
    check_announced,
    check_head,
)
from sync.office.api.messages import JSON_TYPE, LineAnswer, LineRequest, Refused, RefusedError
from sync.office.api.service import EnrolRefused, KnownDevice, LineService, Withdrawn
from sync.office.http_signature import SignatureFault, Signed, verify_request
from sync.wire.faults import FaultCode, WireFault
from sync.wire.limits import EVENT_BYTES, PROTO_MAX, PROTO_MIN, SERVER_BYTES, SERVER_EVENTS, URGENT_EVENTS
from sync.wire.messages import (
    SNAPSHOT_SIGNATURE_HEADER,
    EnrolAnswer,
    EnrolRequest,
    EventsPage,
    Health,
    Message,
    OrderText,
    SyncAnswer,
    SyncRequest,
)
from sync.wire.packing import deflate, inflate
from sync.wire.strict import convert, encode, load

_log = logging.getLogger(__name__)
T = TypeVar("T")
_NOT_FOUND = Refused(404, "not_found")
_PACK_FROM = 512
_EVENTS_PAGE = 500
_HOUR_MS = 3_600_000
_REPLAYS_AN_HOUR = 10
_RANGE = re.compile(r"bytes=(\d{1,9})-(\d{0,9})")


class Line:
    """线路(办公室一侧): answers requests of gates; any thread."""

    def __init__(
        self, service: LineService, now_ms: Callable[[], int], ca_pem: bytes, turnstile: Turnstile | None = None
    ) -> None:
        """Take the office's use cases, office time, the CA certificate to hand out, and the rate limit."""
        self._service = service
        self._now_ms = now_ms
        self._ca_pem = ca_pem
        self._turnstile = turnstile or Turnstile()
        self._keys: dict[bytes, Ed25519PublicKey] = {}
        self._replays: dict[str, tuple[int, ...]] = {}

    def handle(self, request: LineRequest) -> LineAnswer:
        """The answer to any request by its path; never raises for what a client sends."""
        path = urlsplit(request.url).path
        for route in ROUTES:
            found = route.pattern.fullmatch(path)
            if found is not None:
                if request.method != route.method:
                    return Refused(405, "method", "method").answer()
                return self.answer(route, request, found.groupdict())
        return _NOT_FOUND.answer()

    def answer(self, route: "Route", request: LineRequest, names: dict[str, str]) -> LineAnswer:
        """The answer of one endpoint; `names` are the variable parts of its path."""
        try:
            check_head(request.url, request.headers.items())
            check_announced(request.headers, route.body_limit)
            if len(request.body) > route.body_limit:
                raise body_too_large(route.body_limit)
            return route.answer(self, request, names)
        except RefusedError as refused:
            return refused.refused.answer()

    # ------------------------------------------------------------------------------------------------- unsigned

    def health(self, _request: LineRequest, _names: dict[str, str]) -> LineAnswer:
        """`GET /v1/health`: never an acknowledgement."""
        health = self._service.health()
        return _json(200 if health.ready else 503, health)

    def ca(self, _request: LineRequest, _names: dict[str, str]) -> LineAnswer:
        """`GET /v1/ca`: the certificate whose hash stands in the enrolment QR."""
        return LineAnswer(200, self._ca_pem, {"content-type": "application/x-pem-file"})

    def enroll(self, request: LineRequest, _names: dict[str, str]) -> LineAnswer:
        """`POST /v1/devices/enroll`: signed by a key that is not known yet; the token is the right to it."""
        message = _read(request, EnrolRequest, SMALL_LIMIT)
        if not PROTO_MIN <= message.proto <= PROTO_MAX:
            return _proto_unsupported()
        told = self._service.enrol(message)
        if isinstance(told, EnrolRefused):
            return Refused(told.status, told.error).answer()
        return _json(201, told)

    # --------------------------------------------------------------------------------------------------- signed

    def sync(self, request: LineRequest, _names: dict[str, str]) -> LineAnswer:
        """`POST /v1/sync`."""

        def exchange(device: KnownDevice, signed: Signed) -> LineAnswer:
            plain = _plain(request, SERVER_BYTES)
            proto = plain.get("proto") if isinstance(plain, dict) else None
            if isinstance(proto, int) and not PROTO_MIN <= proto <= PROTO_MAX:
                return _proto_unsupported()
            message = _converted(plain, SyncRequest)
            if message.device != device.id or message.nonce != signed.nonce:
                # the envelope and the body must be of one request
                raise RefusedError(Refused(401, SignatureFault.BAD_SIGNATURE.value))
            _check_events(message)
            if device.revoked and (message.pull or not message.events):
                return self._withdrawn(device)
            told = self._service.sync(device, message)
            if isinstance(told, Withdrawn):
                return _revoked(told.order)
            return _json(201, told)

        return self._signed(request, exchange, revoked_too=True)

    def snapshot(self, request: LineRequest, names: dict[str, str]) -> LineAnswer:
        """`GET /v1/snapshot/{compound}?scope=`: the packed file; Range, ETag, 304."""

        def fetch(device: KnownDevice, _signed: Signed) -> LineAnswer:
            scope = _query(request, "scope")
            if names["compound"] != device.compound:
                _log.warning("snapshot of another compound asked by device %s", device.id)
                raise RefusedError(_NOT_FOUND)
            found = self._service.snapshot(names["compound"], scope)
            if found is None:
                raise RefusedError(_NOT_FOUND)
            headers = {
                "content-type": "application/gzip",
                "etag": found.etag,
                "accept-ranges": "bytes",
                SNAPSHOT_SIGNATURE_HEADER: found.signature,
            }
            if request.headers.get("if-none-match") == found.etag:
                return LineAnswer(304, b"", headers)
            return _ranged(request, found.packed, headers)

        return self._signed(request, fetch)

    def gate_events(self, request: LineRequest, names: dict[str, str]) -> LineAnswer:
        """`GET /v1/gates/{gate}/events?after=&limit=`: what a replaced tablet starts from."""

        def fetch(device: KnownDevice, _signed: Signed) -> LineAnswer:
            limit = _query(request, "limit", str(_EVENTS_PAGE))
            if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit[:9]) <= _EVENTS_PAGE:
                raise RefusedError(Refused(400, "limit", "limit", _EVENTS_PAGE))
            if names["gate"] != device.gate:
                _log.warning("events of another gate asked by device %s", device.id)
                raise RefusedError(_NOT_FOUND)
            page = self._service.gate_events(names["gate"], _query(request, "after"), int(limit))
            if page is None:
                raise RefusedError(Refused(400, "cursor", "after"))
            return _json(200, page)

        return self._signed(request, fetch)

    def _signed(
        self, request: LineRequest, then: Callable[[KnownDevice, Signed], LineAnswer], *, revoked_too: bool = False
    ) -> LineAnswer:
        """Do `then` for the device that signed this request; refuse it otherwise. One request at a time per device."""
        devices: dict[str, KnownDevice] = {}
        signed = verify_request(
            request.method,
            request.url,
            request.headers,
            request.body,
            key_of=lambda device: self._key_of(device, devices),
            now_s=self._now_ms() // 1000,
        )
        if isinstance(signed, SignatureFault):
            return Refused(401, signed.value).answer(server_time_ms=self._now_ms())
        device = devices[signed.device]
        if not self._service.take_nonce(device.id, signed.nonce):
            self._count_replay(device.id)
            return Refused(401, SignatureFault.REPLAYED.value).answer()
        if device.revoked and not revoked_too:
            return self._withdrawn(device)
        self._turnstile.enter(device.id, self._now_ms())
        try:
            return _packed(request, then(device, signed))
        finally:
            self._turnstile.leave(device.id)

    def _key_of(self, device: str, devices: dict[str, KnownDevice]) -> Ed25519PublicKey | None:
        found = self._service.known_device(device)
        if found is None:
            return None
        devices[device] = found
        key = self._keys.get(found.public) or strong_key(found.public)
        if key is not None:
            self._keys[found.public] = key
        return key

    def _count_replay(self, device: str) -> None:
        """A network may repeat a request; ten in an hour are somebody."""
        now_ms = self._now_ms()
        times = [at for at in self._replays.get(device, ()) if at > now_ms - _HOUR_MS]
        self._replays[device] = (*times, now_ms)[-_REPLAYS_AN_HOUR:]
        if len(self._replays[device]) == _REPLAYS_AN_HOUR:
            _log.warning("%d replayed requests in an hour of device %s", _REPLAYS_AN_HOUR, device)

    def _withdrawn(self, device: KnownDevice) -> LineAnswer:
        return _revoked(self._service.withdrawal(device))


@dataclass(frozen=True, slots=True)
class Route:
    """一个接口: method, path, who answers, how large a body may be (packed); what it takes and gives as JSON."""

    method: str
    path: str
    answer: Callable[[Line, LineRequest, dict[str, str]], LineAnswer]
    body_limit: int
    summary: str
    takes: type[Message] | None = None
    gives: type[Message] | None = None

    @property
    def pattern(self) -> re.Pattern[str]:
        """The path as a pattern."""
        return _pattern(self.path)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]{1,64})", path))


_HEALTH = "server, epoch, versions and time; never an acknowledgement"
_ENROLL = "claim an enrolment token for this device's key"
_EVENTS = "a gate's stored events, page by page"
ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/health", Line.health, 0, _HEALTH, gives=Health),
    Route("GET", "/v1/ca", Line.ca, 0, "the CA certificate whose hash stands in the enrolment code"),
    Route("POST", "/v1/devices/enroll", Line.enroll, SMALL_LIMIT, _ENROLL, EnrolRequest, EnrolAnswer),
    Route("POST", "/v1/sync", Line.sync, PACKED_LIMIT, "events in, changes out", SyncRequest, SyncAnswer),
    Route("GET", "/v1/snapshot/{compound}", Line.snapshot, 0, "a scope as one packed file"),
    Route("GET", "/v1/gates/{gate}/events", Line.gate_events, 0, _EVENTS, gives=EventsPage),
)


def _plain(request: LineRequest, limit: int) -> Any:  # noqa: ANN401 - any JSON
    """The body as plain JSON, unpacked within its bound."""
    encoding = request.headers.get("content-encoding", "").strip().lower()
    body: bytes | WireFault
    if encoding == "gzip":
        body = inflate(request.body, limit)
    elif encoding in {"", "identity"}:
        body = request.body if len(request.body) <= limit else WireFault(FaultCode.TOO_LARGE, "body", limit)
    else:
        raise RefusedError(Refused(415, "encoding", "content-encoding"))
    if isinstance(body, WireFault):
        raise _refused(body)
    plain = load(body)
    if isinstance(plain, WireFault):
        raise _refused(plain)
    return plain


def _converted(plain: Any, kind: type[T]) -> T:  # noqa: ANN401 - any JSON
    message = convert(kind, plain)
    if isinstance(message, WireFault):
        raise _refused(message)
    return message


def _read(request: LineRequest, kind: type[T], limit: int) -> T:
    return _converted(_plain(request, limit), kind)


def _refused(fault: WireFault) -> RefusedError:
    return RefusedError(Refused(fault.status, fault.code.value, fault.field, fault.limit))


def _check_events(message: SyncRequest) -> None:
    if len(message.events) > SERVER_EVENTS:
        raise RefusedError(Refused(413, FaultCode.TOO_LARGE.value, "events", SERVER_EVENTS))
    if len(message.urgent) > URGENT_EVENTS:
        raise RefusedError(Refused(413, FaultCode.TOO_LARGE.value, "urgent", URGENT_EVENTS))
    texts = [(event.c, event.p) for event in message.events] + [(event.c, event.p) for event in message.urgent]
    for canon, personal in texts:
        if len(canon) > EVENT_BYTES or (personal is not None and len(personal.c) > EVENT_BYTES):
            raise RefusedError(Refused(413, FaultCode.TOO_LARGE.value, "events[].c", EVENT_BYTES))


def _proto_unsupported() -> LineAnswer:
    refused = Refused(400, FaultCode.PROTO_UNSUPPORTED.value, "proto")
    return refused.answer(proto_min=PROTO_MIN, proto_max=PROTO_MAX)


def _query(request: LineRequest, name: str, default: str = "") -> str:
    values = parse_qs(urlsplit(request.url).query, keep_blank_values=True, max_num_fields=8).get(name, [default])
    if len(values) != 1:
        raise RefusedError(Refused(400, "query", name))
    return values[0]


def _revoked(order: OrderText) -> LineAnswer:
    """403 with the signed order: a bare one only stops the pushing (trust.md section 7)."""
    return Refused(403, "revoked").answer(order=_order(order))


def _order(order: OrderText) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(encode(order))


def _json(status: int, message: object) -> LineAnswer:
    return LineAnswer(status, encode(message), {"content-type": JSON_TYPE, "cache-control": "no-store"})


def _packed(request: LineRequest, answer: LineAnswer) -> LineAnswer:
    """The answer as gzip, if the gate takes it and it is worth it."""
    packs = "gzip" in request.headers.get("accept-encoding", "")
    if not packs or len(answer.body) < _PACK_FROM or answer.headers.get("content-type") != JSON_TYPE:
        return answer
    return LineAnswer(answer.status, deflate(answer.body), {**answer.headers, "content-encoding": "gzip"})


def _ranged(request: LineRequest, data: bytes, headers: dict[str, str]) -> LineAnswer:
    """The whole file, or the part from the byte that a broken download asks for."""
    asked = request.headers.get("range", "")
    fresh = request.headers.get("if-range", headers["etag"]) == headers["etag"]
    found = _RANGE.fullmatch(asked) if asked and fresh else None
    if found is None:
        return LineAnswer(200, data, headers)
    first = int(found[1])
    last = min(int(found[2] or len(data)), len(data) - 1)
    if first > last:
        return LineAnswer(416, b"", {**headers, "content-range": f"bytes */{len(data)}"})
    return LineAnswer(206, data[first : last + 1], {**headers, "content-range": f"bytes {first}-{last}/{len(data)}"})

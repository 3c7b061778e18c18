# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Requests as the gate writes them: `/v1/sync` with events and pull, packed and signed (sync-and-store.md 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.app.ports import Clock, GateIdentity, Outgoing, SyncState
from kiosk.domain.events import SCHEMA
from kiosk.domain.identity import DeviceId
from kiosk.domain.log.canonical import PERSONAL_LIMIT, canonical_bytes
from kiosk.domain.trust.statements import Head
from sync.client.signing import Sign, signed_request
from sync.client.transport import Request
from sync.wire.limits import ANSWER_BYTES, PROTO_MAX
from sync.wire.messages import Personal, SyncRequest, UrgentEvent, WireEvent
from sync.wire.packing import deflate
from sync.wire.strict import encode

APP = "gate-kiosk"
_PACK_FROM = 512
"""Smaller bodies are not worth packing."""


@dataclass(frozen=True, slots=True)
class Facts:
    """本机状况: what the fleet page shows of this tablet, where it is known."""

    battery_pct: int | None = None
    free_mb: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """所发: events of one epoch in order, urgent ones from behind them, and the scopes to pull with their cursors."""

    events: Sequence[Outgoing]
    urgent: Sequence[Outgoing]
    pull: Mapping[str, str]


class RequestWriter:
    """书写请求: knows who this gate is and signs for it."""

    def __init__(self, identity: GateIdentity, sign: Sign, clock: Clock) -> None:
        """Take identity, device key and clock."""
        self._identity = identity
        self._sign = sign
        self._clock = clock

    def sync(self, state: SyncState, load: Load, nonce: str, facts: Facts, list_age_s: int | None) -> Request:
        """The next `POST /v1/sync`."""
        head = _head(self._identity.device, state, load)
        message = SyncRequest(
            proto=PROTO_MAX,
            schema=SCHEMA,
            app=APP,
            device=self._identity.device,
            epoch=state.epoch,
            nonce=nonce,
            sent_at_ms=self._clock.wall_ms(),
            mono_ms=self._clock.mono_ms(),
            boot=f"{self._clock.boot:x}",
            head_seq=head.seq,
            head_hash=head.hash,
            head_sig=head.signed(self._sign),
            oldest_unacked_at_ms=state.oldest_pending_at_ms,
            list_age_s=list_age_s,
            battery_pct=facts.battery_pct,
            free_mb=facts.free_mb,
            base=load.events[0].prev if load.events else "",
            events=tuple(WireEvent(c=event.canon, h=event.hash, p=_personal(event)) for event in load.events),
            urgent=tuple(
                UrgentEvent(c=event.canon, h=event.hash, prev=event.prev, p=_personal(event)) for event in load.urgent
            ),
            pull=dict(load.pull),
        )
        body = encode(message)
        headers = {"Content-Type": "application/json"}
        if len(body) >= _PACK_FROM:
            body, headers["Content-Encoding"] = deflate(body), "gzip"
        return self.signed(Request("POST", self.url("/v1/sync"), headers, body), state, nonce)

    def get(self, path: str, state: SyncState, nonce: str, limit: int = ANSWER_BYTES, **headers: str) -> Request:
        """A signed GET of this path."""
        return self.signed(Request("GET", self.url(path), headers, b"", limit), state, nonce)

    def health(self) -> Request:
        """`GET /v1/health`, unsigned: it is asked when signing may not work."""
        return Request("GET", self.url("/v1/health"))

    def signed(self, request: Request, state: SyncState, nonce: str) -> Request:
        """The request with this gate's signature, dated in office time."""
        created_s = (self._clock.wall_ms() + (state.offset_ms or 0)) // 1000
        return signed_request(request, DeviceId(self._identity.device), self._sign, created_s=created_s, nonce=nonce)

    def url(self, path: str) -> str:
        """The office's URL with this path."""
        return self._identity.url.rstrip("/") + path


def _head(device: str, state: SyncState, load: Load) -> Head:
    if state.head_seq or not load.events:
        return Head(device, state.epoch, state.head_seq, state.head_hash)
    last = load.events[-1]
    return Head(device, last.epoch, last.seq, last.hash)


def _personal(event: Outgoing) -> Personal | None:
    if event.personal is None or event.salt is None:
        return None
    return Personal(salt=event.salt, c=canonical_bytes(event.personal, PERSONAL_LIMIT).decode())

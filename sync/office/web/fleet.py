# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`GET /v1/devices`: every tablet as a row, for office accounts (sync-and-store.md 4, "The other endpoints").

A signed-in browser or a script with its cookie asks; a committee sees the gates of its own compounds, the street all.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from kiosk.domain.events import SCHEMA
from kiosk.domain.register import Compound
from sync.office.compose import Office
from sync.office.service.accounts import Role, User
from sync.office.store.devices import Device
from sync.office.web.guard import COOKIE, HEADERS, REQUESTS_A_MINUTE, Rate, address_of

_SEES = frozenset({Role.STREET, Role.COMMITTEE})
_OLDEST_READ = 2
"""Event catalogues that are read beside this program's own: N-1 and N-2 (sync-and-store.md 5)."""


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """设备一行: a tablet and how far its log is here; `pending` as it said itself, `update`: its program is too old.

    `offset_ms` office time - its own; `oldest_pending_at_ms` None where nothing waits.
    """

    id: str
    gate_id: str
    compound_id: str
    pubkey: str
    state: str
    epoch: int
    acked_seq: int
    acked_hash: str
    head_seq: int
    pending: int
    oldest_pending_at_ms: int | None
    last_seen_ms: int | None
    offset_ms: int | None
    app: str
    schema: int
    update: bool
    list_version: int
    list_age_s: int | None
    battery_pct: int | None
    free_mb: int | None


def row_of(device: Device) -> DeviceRow:
    """What the fleet shows of a device."""
    pending = max(0, device.head_seq - device.acked_seq)
    return DeviceRow(
        device.id, device.gate_id, device.compound_id, device.pubkey.hex(), device.state, device.epoch,
        device.acked_seq, device.acked_hash.hex(), device.head_seq, pending,
        device.oldest_unacked_at_ms if pending else None, device.last_seen_ms, device.offset_ms, device.app,
        device.schema, 0 < device.schema < SCHEMA - _OLDEST_READ, device.list_version, device.list_age_s,
        device.battery_pct, device.free_mb,
    )  # fmt: skip


def rows_for(office: Office, tx: Connection, who: User) -> list[DeviceRow] | None:
    """The devices that this account may see, by gate; None if it may see none at all."""
    if who.role not in _SEES:
        return None
    devices = office.devices.all(tx)
    if who.role is not Role.STREET:
        mine = {one.id for one in office.book.register.all(tx, Compound, committee_id=who.committee or "")}
        devices = [device for device in devices if device.compound_id in mine]
    return [row_of(device) for device in devices]


def fleet_router(office: Office) -> APIRouter:
    """The route, to be included in the office's application."""
    rate = Rate(REQUESTS_A_MINUTE)
    router = APIRouter(tags=["office"])

    @router.get("/v1/devices", summary="every tablet: progress, clock, version", response_class=Response,
                responses=_RESPONSES)  # fmt: skip
    def devices(request: Request) -> Response:
        now_ms = office.clock.wall_ms()
        if not rate.take(address_of(request), now_ms):
            return _answer(429, {"error": "too_many"}, {"retry-after": "60"})
        with office.database.writing() as tx:
            session = office.accounts.session(tx, request.cookies.get(COOKIE, ""), now_ms)
        if session is None:
            return _answer(401, {"error": "sign_in"})
        with office.database.reading() as tx:
            rows = rows_for(office, tx, session.user)
        return _answer(403, {"error": "forbidden"}) if rows is None else _answer(200, {"devices": rows})

    return router


_ROW = {"type": "object", "required": ["id", "gate_id", "state", "epoch", "acked_seq", "head_seq", "pending"]}
_ROWS = {"type": "object", "required": ["devices"], "properties": {"devices": {"type": "array", "items": _ROW}}}
_ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}


def _of(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: _of("one row per device", _ROWS),
    401: _of("no session", _ERROR),
    403: _of("a role without devices", _ERROR),
    429: _of("too many requests; Retry-After says how long", _ERROR),
}


def _answer(status: int, body: object, more: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(body), status, {**HEADERS, **(more or {})}, "application/json")

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/devices` 设备: every gate's tablet; enrolment code (one use, 15 minutes), a fresh log, withdrawal (trust.md 7)."""

from collections.abc import Sequence
from hashlib import sha256

from markupsafe import Markup
from sqlalchemy import select

from kiosk.domain.events import SCHEMA
from kiosk.domain.identity import GateId
from kiosk.domain.instants import shanghai
from kiosk.domain.register import Gate
from sync.office.enrol_code import symbol
from sync.office.print.enrol_paper import EnrolPage, enrol_page
from sync.office.print.sheet import MEDIA, Format, Sheet
from sync.office.print.typeset import TypesetError
from sync.office.service.enrolment import TOKEN_MS
from sync.office.service.exports import Exported
from sync.office.store.devices import Device, DeviceState
from sync.office.store.tables import enrol_token
from sync.office.web.answers import BAD, NOT_FOUND, STALE, Answer, Done, Refused, Shown
from sync.office.web.listing import Column, Kind, Listing, Row, sheet_of
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import Visit
from sync.wire.messages import EnrolCode

_OLDEST_READ = 2
_COLUMNS = (
    Column("gate", "office.devices.gate"),
    Column("state", "office.devices.state", Kind.MARK, "office.devices.states"),
    Column("app", "office.devices.app"),
    Column("schema", "office.devices.schema", Kind.NUMBER),
    Column("kid", "office.devices.kid"),
    Column("head", "office.devices.head"),
    Column("waiting", "office.devices.waiting", Kind.NUMBER),
    Column("heard", "office.devices.heard", Kind.TIME),
    Column("enrolled", "office.devices.enrolled", Kind.TIME),
    Column("battery", "office.devices.battery", Kind.NUMBER),
    Column("free", "office.devices.free", Kind.NUMBER),
)


def _devices(visit: Visit) -> dict[str, list[Device]]:
    """Tablets by gate, the one in use first."""
    out: dict[str, list[Device]] = {}
    for device in visit.office.devices.all(visit.tx):
        out.setdefault(device.gate_id, []).append(device)
    for found in out.values():
        found.sort(key=lambda device: (device.state != DeviceState.ACTIVE, -device.enrolled_at_ms))
    return out


def _listing(visit: Visit, *, every: bool = False) -> Listing:
    rows: list[Row] = []
    devices = _devices(visit)
    sought = visit.asked["q"].strip()
    for gate in visit.reach.gates:
        name = visit.reach.gate_name(gate.id)
        if sought and sought not in name and sought != gate.id:
            continue
        found: Sequence[Device | None] = devices.get(gate.id) or [None]
        rows += [_row(gate, name, device) for device in (found if every else found[:1])]
    return Listing(_COLUMNS, rows, "office.devices.empty", total=len(rows), exports=True)


def _row(gate: Gate, name: str, device: Device | None) -> Row:
    if device is None:
        return Row({"gate": name, "state": "NONE"}, f"/devices/{gate.id}", "dim")
    old = 0 < device.schema < SCHEMA - _OLDEST_READ
    state = "UPDATE" if old and device.state == DeviceState.ACTIVE else device.state
    look = {"ACTIVE": "go", "UPDATE": "wait", "REVOKED": "stop"}.get(state, "dim")
    return Row(
        {
            "gate": name, "state": state, "app": device.app, "schema": device.schema, "kid": device.kid,
            "head": f"{device.epoch}/{device.head_seq} {device.head_hash[:8]}",
            "waiting": max(0, device.head_seq - device.acked_seq), "heard": device.last_seen_ms,
            "enrolled": device.enrolled_at_ms, "battery": device.battery_pct, "free": device.free_mb,
        },
        f"/devices/{gate.id}", look,
    )  # fmt: skip


def show(visit: Visit) -> Answer:
    """All gates and their tablets."""
    return Shown("devices.html", {"list": _listing(visit)})


def sheet(visit: Visit) -> Sheet | Refused:
    """Every tablet that any gate had."""
    title = visit.t("office.devices.title")
    return sheet_of(visit, _listing(visit, every=True), "devices", title, str(shanghai(visit.now_ms).date()))


def one(visit: Visit) -> Answer:
    """One gate: its tablets, and what can be done."""
    gate = visit.reach.gate(visit.path["gate"])
    return NOT_FOUND if gate is None else _gate(visit, gate)


def _gate(visit: Visit, gate: Gate, **more: object) -> Shown:
    devices = _devices(visit).get(gate.id, [])
    name = visit.reach.gate_name(gate.id)
    rows = [_row(gate, device.id[:12], device) for device in devices]
    listing = Listing(_COLUMNS, [Row(row.cells, "", row.look) for row in rows], "office.devices.none")
    active = devices[0] if devices and devices[0].state == DeviceState.ACTIVE else None
    values = {"gate": gate, "name": name, "list": listing, "active": active, "code": None}
    return Shown("device.html", {**values, **more, "codes": visit.house.site is not None})


def enrol(visit: Visit) -> Answer:
    """A fresh code, shown once: its secret is kept nowhere."""
    gate = visit.reach.gate(visit.path["gate"])
    if gate is None:
        return NOT_FOUND
    site = visit.house.site
    if site is None:
        return BAD
    token = visit.office.enrolment.new_token(visit.tx, GateId(gate.id), visit.now_ms, by=visit.user.id)
    if token is None:
        return NOT_FOUND
    code = EnrolCode(v=1, url=site.url, token=token, ca=site.ca_sha256, gate=gate.id)
    picture = Markup(symbol(code).svg_inline(scale=1, border=4, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704 - made here, holds no text
    return _gate(visit, gate, code=token, picture=picture, until=visit.now_ms + TOKEN_MS)


def paper(visit: Visit) -> Answer:
    """The code that stands on the screen, as a page; only while it is good."""
    gate = visit.reach.gate(visit.path["gate"])
    site = visit.house.site
    token = visit.form.get("token", "")
    if gate is None or site is None or len(token) != 32 or not set(token) <= set("0123456789abcdef"):  # noqa: PLR2004 - 128 bits in hex
        return NOT_FOUND
    c = enrol_token.c
    mine = (c.token_hash == sha256(bytes.fromhex(token)).digest(), c.gate_id == gate.id, c.state == "NEW")
    until = visit.tx.execute(select(c.expires_at_ms).where(*mine, c.expires_at_ms >= visit.now_ms)).scalar()
    if until is None:
        return STALE
    code = EnrolCode(v=1, url=site.url, token=token, ca=site.ca_sha256, gate=gate.id)
    page = EnrolPage(
        visit.t("office.devices.code"), visit.reach.gate_name(gate.id),
        visit.t("office.devices.good_until", at=f"{shanghai(until):%H:%M}"), visit.t("office.devices.how"),
        tuple(tuple(bool(module) for module in row) for row in symbol(code).matrix),
    )  # fmt: skip
    visit.note("device.enrol", f"{gate.id} paper")
    try:
        return Exported(f"enrol-{gate.id}.pdf", MEDIA[Format.PDF], enrol_page(page))
    except TypesetError:
        return Refused(500)


def revoke(visit: Visit) -> Answer:
    """Withdraw a tablet: refused at its next request, told to wipe what is personal (trust.md 7)."""
    device = visit.office.devices.get(visit.tx, visit.form.get("device", ""))
    if device is None or device.gate_id != visit.path["gate"] or visit.reach.gate(device.gate_id) is None:
        return NOT_FOUND
    why = visit.form.get("kind", "")
    why = why if why in ("lost", "broken", "returned") else "lost"
    if not visit.office.enrolment.revoke(visit.tx, device.id, visit.now_ms, by=visit.user.id, why=why):
        return STALE
    return Done(f"/devices/{device.gate_id}", "office.devices.revoked")


def rebuild(visit: Visit) -> Answer:
    """Have the tablet begin a fresh log and send everything that is missing here."""
    device = visit.office.devices.get(visit.tx, visit.form.get("device", ""), lock=True)
    if device is None or device.gate_id != visit.path["gate"] or visit.reach.gate(device.gate_id) is None:
        return NOT_FOUND
    if device.state != DeviceState.ACTIVE or (device.ordered_epoch or 0) > device.epoch:
        return STALE
    visit.office.devices.change(visit.tx, device.id, {"ordered_epoch": device.epoch + 1, "ordered_why": "OFFICE"})
    visit.note("device.replace", device.gate_id, f"epoch {device.epoch + 1}")
    return Done(f"/devices/{device.gate_id}", "office.devices.rebuilt")


PAGE = Page("/devices", "office.devices.title", Group.GATES, "device.enrol", show, filters=("q",), export=sheet)
ONE = Page(
    "/devices/{gate}", "office.devices.title", Group.GATES, "device.enrol", one,
    posts={
        "enrol": Post(enrol, "device.enrol"), "paper": Post(paper, "device.enrol"),
        "revoke": Post(revoke, "device.revoke"), "rebuild": Post(rebuild, "device.replace"),
    },
    stands_for="/devices",
)  # fmt: skip

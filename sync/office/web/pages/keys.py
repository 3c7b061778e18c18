# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/passes/keys` 签发密钥: which signs for whom, passes of a span withdrawn, a leak step by step (pass-format.md 5).

No private key is within reach of a page: a new key and the bundle are made on the server's own console with the root
from the safe, and the page says so, waits, and sees when they are there.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from kiosk.domain.codes import PassState
from kiosk.domain.instants import SHANGHAI, shanghai
from kiosk.domain.register import Dwelling, PassRow
from sync.office.service.approvals import Approval
from sync.office.service.issue import DAYS
from sync.office.service.issuing_keys import FOR_EVER, IssuingKey, IssuingKeys, KeyState
from sync.office.service.jobs import Ended, Told
from sync.office.service.key_leak import KeyLeak, last_drill
from sync.office.service.renewal import FULL, Renewal
from sync.office.store.register import Committee
from sync.office.web.answers import NOT_FOUND, STALE, Answer, Done, Refused, Shown, Started
from sync.office.web.evidences import colours, evidence_of, platforms, unfit_of
from sync.office.web.fields import REMARK, FormReader
from sync.office.web.listing import Column, Kind, Listing, Row
from sync.office.web.page import Group, Page, Post
from sync.office.web.returned import returns_of
from sync.office.web.visit import Deed, House, Visit

PATH = "/passes/keys"
_ACTION = "key.revoke"
_DEED = "key.block"
_LOOKS = {
    KeyState.AHEAD: "wait", KeyState.IN_USE: "go", KeyState.OVER: "dim", KeyState.BLOCKED: "stop",
    KeyState.WITHDRAWN: "stop",
}  # fmt: skip
_COLUMNS = (
    Column("kid", "office.keys.kid"),
    Column("whose", "office.keys.whose"),
    Column("state", "office.keys.state", Kind.CODE, "office.keys.states"),
    Column("from", "office.keys.use_from", Kind.TIME),
    Column("until", "office.keys.use_until", Kind.TIME),
    Column("blocked", "office.keys.blocked"),
)


def keys_of(house: House) -> IssuingKeys:
    """The keys as they were published."""
    office = house.office
    return IssuingKeys(office.book, office.lists, office.issue, office.devices, office.changes)


def leak_of(house: House) -> KeyLeak:
    """The use case."""
    office = house.office
    return KeyLeak(office.book, keys_of(house), office.issue, office.revocations, office.audit)


def renewal_of(house: House) -> Renewal:
    """The use case that makes the new cards."""
    office = house.office
    return Renewal(office.book, office.issue, office.revocations, returns_of(house), office.ids)


def show(visit: Visit) -> Answer:
    """All issuing keys."""
    names = {one.id: one.name for one in visit.office.book.register.all(visit.tx, Committee)}
    rows = [
        Row(
            {
                "kid": key.kid, "whose": "、".join(names.get(one, one) for one in key.committees),
                "state": key.state.value, "from": key.use_from * 1000, "until": key.use_until * 1000,
                "blocked": "; ".join(f"{_clock(one.start)} – {_clock(one.end)}" for one in key.blocks),
            },
            href=f"{PATH}/{key.kid}", look=_LOOKS[key.state],
        )
        for key in keys_of(visit.house).keys(visit.tx, visit.now_ms)
    ]  # fmt: skip
    listing = Listing(_COLUMNS, rows, "office.keys.none")
    return Shown("keys.html", {"list": listing, "drill": last_drill(visit.tx)})


def one(visit: Visit) -> Answer:
    """One key, and what to do when it leaked."""
    key = _key(visit)
    return NOT_FOUND if key is None else _shown(visit, key, {})


def block(visit: Visit) -> Answer:
    """Ask for the withdrawal of a span; a second person approves."""
    key = _key(visit)
    if key is None:
        return NOT_FOUND
    span, faults = _span(visit, visit.form)
    if not visit.why or len(visit.why) > REMARK:
        faults["why"] = "office.form.needed"
    if faults or span is None:
        return _shown(visit, key, faults)
    return visit.ask_second(_ACTION, _DEED, {"kid": key.kid, "start": span[0], "end": span[1]})


def drill(visit: Visit) -> Answer:
    """Show what the withdrawal would do; nothing real changes."""
    key = _key(visit)
    if key is None:
        return NOT_FOUND
    span, faults = _span(visit, visit.form)
    if faults or span is None:
        return _shown(visit, key, faults)
    done = leak_of(visit.house).drill(visit.tx, key, span[0], visit.now_ms, by=visit.user.id)
    return STALE if done is None else _shown(visit, key, {}, {"drilled": done})


def reissue(visit: Visit) -> Answer:
    """New cards in place of those that the span withdrew, building by building."""
    key = _key(visit)
    if key is None:
        return NOT_FOUND
    keys = keys_of(visit.house)
    if not key.blocks or keys.successor(visit.tx, key, visit.now_ms) is None:
        return STALE
    read = FormReader(visit.form)
    evidence = evidence_of(read, visit.now_ms)
    days = read.number("days", DAYS.start, DAYS.stop - 1)
    unfit_of(read, evidence)
    if read.faults or days is None:
        return _shown(visit, key, read.faults)
    house, by, why, wanted = visit.house, visit.user.id, visit.why, visit.form.get("building", "")

    def work(told: Told) -> Ended:
        office = house.office
        with office.database.reading() as tx:
            by_place: dict[str, list[PassRow]] = {}
            for place, row in _affected(house, tx, key):
                if wanted in ("", place):
                    by_place.setdefault(place, []).append(row)
        counts: Counter[str] = Counter()
        # A transaction, and a version of the list, for each building: no gate waits for a whole committee.
        for rows in by_place.values():
            with office.database.writing() as tx:
                now_ms = office.clock.wall_ms()
                done = renewal_of(house).replace(tx, rows, evidence, days, now_ms, by=by, why=why)
            counts += Counter(done.left) + Counter({"": done.signed})
            told(counts.total(), sum(map(len, by_place.values())))
        full = counts[FULL]
        values = {"n": counts[""], "left": counts.total() - counts[""] - full, "full": full}
        return Ended("office.keys.full" if full else "office.keys.reissued", values, f"{PATH}/{key.kid}")

    visit.note("pass.issue", f"key {key.kid} {wanted or '*'}")
    return Started("issue", work)


# -- inside ----------------------------------------------------------------------------------------------------------


def _key(visit: Visit) -> IssuingKey | None:
    return keys_of(visit.house).one(visit.tx, visit.path["kid"], visit.now_ms)


def _shown(
    visit: Visit, key: IssuingKey, faults: dict[str, str], more: Mapping[str, object] | None = None
) -> Shown:  # fmt: skip
    keys = keys_of(visit.house)
    span, _ = _span(visit, {**visit.asked, **visit.form})
    names = {one.id: one.name for one in visit.office.book.register.all(visit.tx, Committee)}
    would = [] if span is None else keys.cards(visit.tx, key, *span)
    affected = Counter(place for place, _ in _affected(visit.house, visit.tx, key)) if key.blocks else Counter()
    arrived = keys.arrived(visit.tx)
    awaited = [
        (
            one.device.gate_id,
            visit.reach.gate_name(one.device.gate_id),
            one.device.last_seen_ms,
            one.revocations,
            one.bundle,
        )
        for one in arrived
        if not (one.revocations and one.bundle)
    ]
    return Shown(
        "key.html",
        {
            "key": key, "at": f"{PATH}/{key.kid}", "look": _LOOKS[key.state],
            "whose": [names.get(one, one) for one in key.committees],
            "blocks": [(_clock(one.start), _clock(one.end)) for one in key.blocks], "span": span,
            "would": len(would), "since": visit.asked.get("since") or visit.form.get("since", ""),
            "until": visit.asked.get("until") or visit.form.get("until", ""),
            "successor": keys.successor(visit.tx, key, visit.now_ms),
            "affected": [
                (place, _place_named(visit, place), count)
                for place, count in sorted(affected.items(), key=lambda it: it[0].zfill(12))
            ],
            "gates": len(arrived), "have_list": sum(one.revocations for one in arrived),
            "have_bundle": sum(one.bundle for one in arrived), "awaited": awaited, "drill": last_drill(visit.tx),
            "colours": colours(visit), "platforms": platforms(visit), "most": DAYS.stop - 1, **(more or {}),
        },
        faults,
    )  # fmt: skip


def _affected(house: House, tx: Connection, key: IssuingKey) -> list[tuple[str, PassRow]]:
    """Cards in force that the key's blocks withdrew and that are not replaced yet, with "compound building"."""
    keys, register = keys_of(house), house.office.book.register
    found = {row.id: row for block in key.blocks for row in keys.cards(tx, key, block.start, block.end)}
    homes = {home.id: home.building for one in key.compounds for home in register.all(tx, Dwelling, compound_id=one)}
    return [
        (f"{row.compound} {'' if row.dwelling is None else homes.get(row.dwelling, '')}".strip(), row)
        for row in found.values()
        if row.state is PassState.ACTIVE
    ]


def _place_named(visit: Visit, place: str) -> str:
    """甘泉一村 3: a compound's name and the building."""
    compound, _, building = place.partition(" ")
    found = visit.reach.compound(compound)
    return f"{compound if found is None else found.name} {building}".strip()


def _span(visit: Visit, told: Mapping[str, str]) -> tuple[tuple[int, int] | None, dict[str, str]]:
    """First and last second of the span; None and why where there is none."""
    start, faults = _second(told.get("since", "")), {}
    until = told.get("until", "").strip()
    end = _second(until) if until else FOR_EVER
    if start is None or start > visit.now_ms // 1000:
        faults["since"] = "office.keys.fault.since"
    if end is None or (start is not None and end < start):
        faults["until"] = "office.keys.fault.until"
    return (None if faults or start is None or end is None else (start, end)), faults


def _second(text: str) -> int | None:
    try:
        told = dt.datetime.strptime(text.strip()[:16].replace(" ", "T"), "%Y-%m-%dT%H:%M").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
    return int(told.timestamp()) if told.year >= 2020 else None  # noqa: PLR2004 - no pass is older


def _clock(second: int) -> str:
    return "…" if second == FOR_EVER else f"{shanghai(second * 1000):%Y-%m-%d %H:%M}"


def _block(house: House, tx: Connection, approved: Approval) -> Done | Refused:
    params, by = approved.params, f"{approved.asked_by}+{approved.approved_by}"
    now_ms = house.office.clock.wall_ms()
    leak_of(house).block(tx, params["kid"], params["start"], params["end"], now_ms, by=by, why=approved.why)
    return Done(f"{PATH}/{params['kid']}", "office.keys.done")


def _told(params: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    span = {"start": _clock(params["start"]), "end": _clock(params["end"])}
    return "office.keys.deed", {"kid": params["kid"], **span}


LIST = Page(PATH, "office.keys.title", Group.PASSES, _ACTION, show, deeds={_DEED: Deed(_block, _told)})
ONE = Page(
    f"{PATH}/{{kid}}", "office.keys.title", Group.PASSES, _ACTION, one, filters=("since", "until"),
    posts={"block": Post(block, _ACTION), "drill": Post(drill, _ACTION), "reissue": Post(reissue, "pass.issue")},
    stands_for=PATH,
)  # fmt: skip

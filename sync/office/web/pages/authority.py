# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/authority` 依法调取: full rows for an authority; two persons, a reason, a sealed archive (trust.md 3, 10).

The passphrase is made here, shown once to who asks, and told to the authority by another way than the file.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from kiosk.domain.instants import day_of, shanghai
from sync.office.print.sealed_zip import fresh_phrase, sealed_zip
from sync.office.service.approvals import Approval
from sync.office.service.exports import LONGEST, Exported, Purpose
from sync.office.service.jobs import Ended, JobFile, Told
from sync.office.store.register import Committee
from sync.office.web.answers import Answer, Shown, Started
from sync.office.web.fields import FormReader
from sync.office.web.page import Group, Page, Post
from sync.office.web.texts import page_texts
from sync.office.web.visit import Deed, House, Visit
from sync.office.web.whole import DATED, MOST_PASSAGES, Part, Wanted, WholeExport, passages_within

PATH = "/authority"
_FULL = "export.full"
_GROUND = 120
_MEDIA = "application/zip"


def show(visit: Visit) -> Answer:
    """What may be asked for, and how."""
    return _shown(visit, {})


def _shown(visit: Visit, faults: dict[str, str]) -> Shown:
    committees = visit.office.book.register.all(visit.tx, Committee)
    places = [(f"j:{one.id}", one.name) for one in committees]
    places += [(f"c:{one.id}", one.name) for one in visit.reach.compounds]
    return Shown(
        "authority.html",
        {"parts": list(Part), "places": places, "today": day_of(visit.now_ms), "days": LONGEST.days},
        faults,
    )


def ask(visit: Visit) -> Answer:
    """Ask for it; a second person approves, then who asked fetches it once."""
    read = FormReader(visit.form)
    wanted = _wanted(visit, read)
    if wanted is not None and Part.PASSAGES in wanted.parts and passages_within(visit.tx, wanted) > MOST_PASSAGES:
        read.faults["first"] = "office.authority.fault.many"
    if wanted is None or read.faults:
        return _shown(visit, read.faults)
    phrase = fresh_phrase(visit.office.ids.random)
    visit.ask_second(
        _FULL, "export.full",
        {
            "compounds": list(wanted.compounds), "parts": [part.value for part in wanted.parts],
            "first": wanted.first.isoformat(), "last": wanted.last.isoformat(), "for_whom": wanted.for_whom,
            "ground": wanted.ground, "phrase": phrase, "language": visit.texts.language,
        },
    )  # fmt: skip
    return Shown("authority_asked.html", {"phrase": phrase, "for_whom": wanted.for_whom})


def _wanted(visit: Visit, read: FormReader) -> Wanted | None:
    parts = tuple(part for part in Part if read.ticked(f"part.{part.value}"))
    if not parts:
        read.faults["parts"] = "office.authority.fault.parts"
    first, last = read.day("first"), read.day("last")
    if first is not None and last is not None and not DATED.isdisjoint(parts):
        if last < first:
            read.faults["last"] = "office.authority.fault.order"
        elif last - first >= LONGEST:
            read.faults["last"] = "office.authority.fault.long"
    compounds = _compounds(visit, visit.form.get("place", ""))
    if not compounds:
        read.faults["place"] = "office.form.choice"
    whom, ground = read.text("for_whom"), read.text("ground", _GROUND)
    if read.faults or first is None or last is None:
        return None
    return Wanted(compounds, parts, first, last, whom, ground)


def _compounds(visit: Visit, place: str) -> tuple[str, ...]:
    """Of a committee, one compound, or the street."""
    kind, _, key = place.partition(":")
    match kind:
        case "":
            return tuple(one.id for one in visit.reach.compounds)
        case "j":
            return tuple(one.id for one in visit.reach.compounds if one.committee == key)
        case _:
            return tuple(one.id for one in visit.reach.compounds if one.id == key)


# ------------------------------------------------------------------------------------------------ what two persons do


def _told(params: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    values = {name: params[name] for name in ("for_whom", "ground", "first", "last")}
    return "office.authority.deed", {
        **values,
        "compounds": len(params["compounds"]),
        "parts": " ".join(params["parts"]),
    }


def _make(house: House, _tx: Connection, approved: Approval) -> Started:
    params = approved.params
    wanted = Wanted(
        tuple(params["compounds"]), tuple(Part(one) for one in params["parts"]), dt.date.fromisoformat(params["first"]),
        dt.date.fromisoformat(params["last"]), params["for_whom"], params["ground"],
    )  # fmt: skip

    def work(told: Told) -> Ended:
        office, now_ms = house.office, house.office.clock.wall_ms()
        texts = page_texts(params["language"])
        made_at = texts("office.made_at", at=f"{shanghai(now_ms):%Y-%m-%d %H:%M}")
        with office.database.reading() as tx:
            files, rows, columns = WholeExport(office, tx, texts, wanted).files(made_at, told)
        content = sealed_zip(files, params["phrase"], office.ids.random)
        name = f"export-{shanghai(now_ms):%Y%m%d-%H%M}.zip"
        why = f"{approved.why} / {wanted.for_whom} / {wanted.ground}"
        purpose = Purpose(approved.asked_by, _FULL, why=why, approval=approved.id)
        with office.database.writing() as tx:
            house.exports.note(
                tx, Exported(name, _MEDIA, content), purpose, now_ms, scope=f"{wanted.first} – {wanted.last}",
                columns=tuple(sorted(columns)), rows=rows,
            )  # fmt: skip
        return Ended("office.authority.done", {"n": rows}, PATH, JobFile(name, _MEDIA, content))

    return Started("export_full", work)


PAGE = Page(
    PATH, "office.authority.title", Group.ADMIN, _FULL, show, posts={"ask": Post(ask, _FULL, again=True)},
    deeds={"export.full": Deed(_make, _told, fetched=True)},
)  # fmt: skip

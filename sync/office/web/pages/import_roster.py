# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/import` 导入名册: upload, the first question, differences, taking it, taking it back (interface.md 12.1)."""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.domain.register import Compound, Dwelling
from sync.office.imports.columns import Field
from sync.office.imports.differences import Change, Difference
from sync.office.imports.workbook import BYTES_LIMIT, FileFault
from sync.office.service.jobs import Ended, Told
from sync.office.service.masking import room_text
from sync.office.service.roster import ALL, Choice, Offer, Preview, RosterImport, Taken
from sync.office.store.import_files import FileState
from sync.office.web.answers import NOT_FOUND, Answer, Done, Shown, Started
from sync.office.web.bad_rows import bad_listing
from sync.office.web.listing import PAGE as ROWS
from sync.office.web.listing import Column, Kind, Listing, Row, place_asked
from sync.office.web.named_columns import named_columns
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import House, Visit
from sync.wire import scopes

PATH = "/import"
_BAD = "bad"
_LOOKS = {Change.NEW: "go", Change.CHANGED: "wait", Change.MOVED: "wait", Change.GONE: "stop", Change.SAME: "dim"}
_COLUMNS = (
    Column("row", "office.import.row"),
    Column("change", "office.import.what", Kind.CODE, "office.import.change"),
    Column("room", "office.import.field.room"),
    Column("name", "office.import.field.name"),
    Column("fields", "office.import.differs"),
    Column("notes", "office.import.remark"),
)


@dataclass(frozen=True, slots=True)
class _ColumnChoice:
    """A column of the file as the clerk may change it."""

    sheet: int
    at: int
    header: str
    field: str


def importer_of(house: House) -> RosterImport:
    """The use case."""
    office = house.office
    return RosterImport(office.book, office.ids, office.audit, office.vault)


def start(visit: Visit) -> Answer:
    """The form, and what was taken last."""
    return _started(visit, {})


def _started(visit: Visit, faults: dict[str, str]) -> Shown:
    importer, compounds = importer_of(visit.house), visit.reach.compounds
    taken = [
        (ALL if one is None else one.id, "" if one is None else one.name, last)
        for one in (*([None] if visit.reach.everything else []), *compounds)
        if (last := importer.last_taken(visit.tx, ALL if one is None else one.id)) is not None
    ]
    return Shown("import.html", {"compounds": _choices(visit), "taken": taken}, faults)


def _choices(visit: Visit) -> list[tuple[str, str]]:
    named = [(str(one.id), one.name) for one in visit.reach.compounds]
    return [*named, (ALL, visit.t("office.import.by_column"))] if len(named) > 1 else named


def bring(visit: Visit) -> Answer:
    """Take the file in, to be looked at."""
    form = visit.form
    compound, which = form.get("compound", ""), form.get("which", "")
    faults = {}
    if compound not in dict(_choices(visit)):
        faults["compound"] = "office.form.choice"
    if which not in ("whole", "part"):
        faults["which"] = "office.form.choice"
    if visit.upload is None or not visit.upload.content:
        faults["file"] = "office.form.needed"
    if faults or visit.upload is None:
        return _started(visit, faults)
    choice = Choice(whole=which == "whole", new_buildings="new_buildings" in form)
    importer = importer_of(visit.house)
    offer = importer.offer(
        visit.tx, compound, visit.upload.name, visit.upload.content, visit.now_ms, by=visit.user.id, choice=choice
    )
    if isinstance(offer, FileFault):
        return _started(visit, {"file": f"office.import.file.{offer.value}"})
    return Done(f"{PATH}/{offer.id}")


def undo(visit: Visit) -> Answer:
    """Take the last import of a compound back."""
    compound = visit.form.get("compound", "?")
    if not _within(visit, compound):
        return NOT_FOUND
    by, house = visit.user.id, visit.house

    def work(told: Told) -> Ended:
        office = house.office
        with office.database.writing() as tx:
            count = importer_of(house).undo(tx, compound, office.clock.wall_ms(), by=by, told=told)
        if count is None:
            return Ended("office.import.nothing_to_undo", to=PATH)
        return Ended("office.import.undone", {"n": count}, PATH)

    return Started("import", work)


def preview(visit: Visit) -> Answer:
    """What the file would change, by kind, fifty rows at a time; or its errors."""
    offer = _mine(visit)
    return NOT_FOUND if offer is None else _previewed(visit, offer, {})


def choose(visit: Visit) -> Answer:
    """Read the columns, or the whole file, in another way."""
    offer = _mine(visit)
    if offer is None or offer.state is not FileState.OFFERED:
        return NOT_FOUND
    seen = _seen(visit, offer)
    if isinstance(seen, FileFault):
        return NOT_FOUND
    form = visit.form
    headings = [(sheet, head.cells, head.columns) for sheet, head in seen.roster.heads]
    columns = named_columns(form, headings, Field, offer.choice.columns)
    choice = Choice(form.get("which") == "whole", "new_buildings" in form, columns)
    importer_of(visit.house).choose(visit.tx, offer, choice)
    return Done(f"{PATH}/{offer.id}")


def take(visit: Visit) -> Answer:
    """Write it: the whole file, or by an explicit choice its good rows."""
    offer = _mine(visit)
    if offer is None:
        return NOT_FOUND
    seen = _seen(visit, offer)
    if isinstance(seen, FileFault):
        return NOT_FOUND
    good_rows, gone_too = visit.form.get("rows") == "good", "gone_too" in visit.form
    if seen.plan.gone_many and not gone_too:
        return _previewed(visit, offer, {"gone_too": "office.import.refused.gone_many"})
    if seen.plan.bad and not good_rows:
        return _previewed(visit, offer, {"rows": "office.import.refused.bad_rows"})
    digest, by, compounds, house = visit.form.get("digest", ""), visit.user.id, visit.reach.compounds, visit.house

    def work(told: Told) -> Ended:
        office = house.office
        importer = importer_of(house)
        with office.database.writing() as tx:
            now_ms = office.clock.wall_ms()
            now = importer.get(tx, offer.id)
            again = None if now is None else importer.preview(tx, now, compounds, now_ms)
            if not isinstance(again, Preview):
                return Ended("office.import.refused.not_offered", to=PATH)
            done = importer.take(
                tx, again, now_ms, by=by, digest=digest, good_rows=good_rows, gone_too=gone_too, told=told
            )
        if not isinstance(done, Taken):
            return Ended(f"office.import.refused.{done.value}", to=f"{PATH}/{offer.id}")
        counts = {change.value: done.counts.get(change, 0) for change in Change}
        return Ended("office.import.taken", {**counts}, PATH)

    return Started("import", work)


def drop(visit: Visit) -> Answer:
    """Let the file go."""
    offer = _mine(visit)
    if offer is None or offer.state is not FileState.OFFERED:
        return NOT_FOUND
    importer_of(visit.house).drop(visit.tx, offer)
    return Done(PATH, "office.import.dropped")


# -- inside ----------------------------------------------------------------------------------------------------------


def _within(visit: Visit, compound: str) -> bool:
    return visit.reach.everything if compound == ALL else visit.reach.compound(compound) is not None


def _mine(visit: Visit) -> Offer | None:
    """The offer of the address, if this account brought it."""
    offer = importer_of(visit.house).get(visit.tx, visit.path["id"])
    return offer if offer is not None and offer.by == visit.user.id else None


def _seen(visit: Visit, offer: Offer) -> Preview | FileFault:
    """The preview, made once for as long as neither the file's reading nor the register changes."""
    compounds = visit.reach.compounds
    changes = visit.office.changes
    now = tuple(changes.rev(visit.tx, scopes.roster(one.id)) for one in _targets(offer, compounds))
    importer = importer_of(visit.house)
    return visit.house.recent.get(
        "import", (offer.id, repr(offer.choice), offer.state, now),
        lambda: importer.preview(visit.tx, offer, compounds, visit.now_ms),
    )  # fmt: skip


def _targets(offer: Offer, compounds: Sequence[Compound]) -> list[Compound]:
    return [one for one in compounds if offer.compound in (ALL, one.id)]


def _previewed(visit: Visit, offer: Offer, faults: dict[str, str]) -> Shown:
    seen = _seen(visit, offer) if offer.state is FileState.OFFERED else FileFault.EMPTY
    if isinstance(seen, FileFault):
        return Shown("import_done.html", {"offer": offer})
    counts = seen.plan.count()
    shown = visit.asked.get("show", "") or (_BAD if seen.plan.bad else "")
    begin = place_asked(visit) or 0
    if shown == _BAD:
        listing = bad_listing(visit, seen.plan.bad, begin, "office.import")
    else:
        kind = Change(shown) if shown in {each.value for each in Change} else None
        wanted = [
            one
            for one in seen.plan.differences
            if (one.change is kind) or (kind is None and one.change is not Change.SAME)
        ]
        listing = _listing(visit, wanted, begin)
    compound = visit.reach.compound(offer.compound) if offer.compound != ALL else None
    return Shown(
        "import_preview.html",
        {
            "offer": offer,
            "seen": seen,
            "where": visit.t("office.import.by_column") if compound is None else compound.name,
            "counts": [(change.value, counts.get(change, 0), _LOOKS[change]) for change in Change],
            "shown": shown,
            "list": listing,
            "columns": _column_choices(seen),
            "fields": [(kind.value, visit.t(f"office.import.field.{kind.value}")) for kind in Field],
            "sheets": [sheet for sheet, _ in seen.roster.heads],
        },
        faults,
    )


def _column_choices(seen: Preview) -> list[_ColumnChoice]:
    out = []
    for number, (_, head) in enumerate(seen.roster.heads):
        known = {at: kind.value for kind, at in head.columns.items()}
        out += [_ColumnChoice(number, at, text, known.get(at, "")) for at, text in enumerate(head.cells) if text]
    return out


def _listing(visit: Visit, wanted: Sequence[Difference], begin: int) -> Listing:
    rows = [_row(visit, one) for one in wanted[begin : begin + ROWS]]
    older = str(begin + ROWS) if len(wanted) > begin + ROWS else None
    return Listing(_COLUMNS, rows, "office.import.none", older=older, total=len(wanted))


def _row(visit: Visit, one: Difference) -> Row:
    row = one.row
    fields = [
        f"{visit.t(f'office.import.field.{name}')}: {_shown(visit, name, old)} → {_shown(visit, name, new)}"
        for name, old, new in one.fields()
    ]
    if one.change is Change.MOVED and one.old_home is not None:
        fields.insert(0, f"{room_text(one.old_home)} → {room_text(one.home)}")
    notes = () if row is None else sorted(note.value for note in row.notes)
    return Row(
        {
            "row": "" if row is None else f"{row.sheet} {row.number}".strip(),
            "change": one.change.value,
            "room": _room(visit, one.home),
            "name": visit.fields.name(one.person.name),
            "fields": "; ".join(fields),
            "notes": ", ".join(visit.t(f"office.import.note.{note}") for note in notes),
        },
        look=_LOOKS[one.change],
    )


def _room(visit: Visit, home: Dwelling) -> str:
    return visit.fields.room(home) or home.building


def _shown(visit: Visit, name: str, value: object) -> str:
    if value is None or value in ("", frozenset()):
        return visit.t("office.import.blank")
    if isinstance(value, frozenset):
        return " ".join(visit.t(f"attr.{each}") for each in sorted(map(str, value)))
    if name == "category":
        return visit.t(f"category.{value}")
    return visit.fields.phone(str(value)) or "***" if name == "phone" else str(value)


START = Page(
    PATH, "office.import.title", Group.PEOPLE, "roster.import", start,
    posts={"bring": Post(bring, "roster.import", upload=BYTES_LIMIT), "undo": Post(undo, "roster.import")},
)  # fmt: skip
ONE = Page(
    f"{PATH}/{{id}}", "office.import.title", Group.PEOPLE, "roster.import", preview, filters=("show", "after"),
    posts={
        "choose": Post(choose, "roster.import"),
        "take": Post(take, "roster.import"),
        "drop": Post(drop, "roster.import"),
    },
    stands_for=PATH,
)  # fmt: skip

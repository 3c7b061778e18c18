# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/returnees/file` 导入返沪名单: upload, what it would change, taking it, taking it back (interface.md 12, 12.1)."""

from collections.abc import Sequence

from sync.office.imports.matching import Match, Residents
from sync.office.imports.returns import ReturnField
from sync.office.imports.workbook import BYTES_LIMIT, FileFault
from sync.office.service.jobs import Ended, Told
from sync.office.service.return_import import ReturnImport, ReturnOffer, ReturnPreview
from sync.office.service.return_plan import Change, Planned, counted
from sync.office.service.returns import regions_of
from sync.office.service.roster import ALL, TakeFault
from sync.office.store.import_files import FileState
from sync.office.web.answers import NOT_FOUND, Answer, Done, Shown, Started
from sync.office.web.bad_rows import bad_listing
from sync.office.web.listing import PAGE as ROWS
from sync.office.web.listing import Column, Kind, Listing, Row, place_asked
from sync.office.web.named_columns import named_columns
from sync.office.web.page import Group, Page, Post
from sync.office.web.returned import residents, returns_of, told_room
from sync.office.web.visit import House, Visit

PATH = "/returnees/file"
_BACK = "/returnees"
_ACTION = "roster.import"
_BAD = "bad"
LOOKS = {
    Change.NEW: "go", Change.CHANGED: "wait", Change.SAME: "dim", Match.MATCHED: "go", Match.DOUBTFUL: "wait",
    Match.NONE: "stop", Match.DISMISSED: "dim",
}  # fmt: skip
_COLUMNS = (
    Column("row", "office.returns.row"),
    Column("change", "office.returns.what", Kind.CODE, "office.returns.change"),
    Column("name", "office.returns.field.name"),
    Column("told", "office.returns.told_room"),
    Column("region", "office.returns.field.region"),
    Column("arrived", "office.returns.field.arrived"),
    Column("cls", "office.returns.class", Kind.CODE, "office.returns.cls"),
    Column("match", "office.returns.match", Kind.CODE, "office.returns.state"),
    Column("person", "office.returns.person"),
)


def importer_of(house: House) -> ReturnImport:
    """The use case."""
    office = house.office
    return ReturnImport(returns_of(house), office.ids, office.audit, office.vault)


def start(visit: Visit) -> Answer:
    """The form, and what was taken last."""
    return _started(visit, {})


def _started(visit: Visit, faults: dict[str, str]) -> Shown:
    last = importer_of(visit.house).last_taken(visit.tx)
    mine = last if last is not None and _may_undo(visit, last) else None
    return Shown("returns_import.html", {"compounds": _choices(visit), "last": mine, "matches": Match}, faults)


def _choices(visit: Visit) -> list[tuple[str, str]]:
    named = [(str(one.id), one.name) for one in visit.reach.compounds]
    return [(ALL, visit.t("office.returns.by_column")), *named] if len(named) > 1 else named


def bring(visit: Visit) -> Answer:
    """Take the list in, to be looked at."""
    compound = visit.form.get("compound", "")
    faults = {}
    if compound not in dict(_choices(visit)):
        faults["compound"] = "office.form.choice"
    if visit.upload is None or not visit.upload.content:
        faults["file"] = "office.form.needed"
    if faults or visit.upload is None:
        return _started(visit, faults)
    offer = importer_of(visit.house).offer(
        visit.tx, compound, visit.upload.name, visit.upload.content, visit.now_ms, by=visit.user.id,
        everything=visit.reach.everything,
    )  # fmt: skip
    if isinstance(offer, FileFault):
        empty = offer is FileFault.EMPTY
        return _started(visit, {"file": "office.returns.empty" if empty else f"office.import.file.{offer.value}"})
    return Done(f"{PATH}/{offer.id}")


def undo(visit: Visit) -> Answer:
    """Take the last list back."""
    importer = importer_of(visit.house)
    last = importer.last_taken(visit.tx)
    if last is None or not _may_undo(visit, last):
        return NOT_FOUND
    count = importer.undo(visit.tx, last, visit.now_ms, by=visit.user.id)
    return NOT_FOUND if count is None else Done(_BACK, "office.returns.undone", {"n": count})


def preview(visit: Visit) -> Answer:
    """What the list would change; or its errors."""
    offer = _mine(visit)
    return NOT_FOUND if offer is None else _previewed(visit, offer, {})


def choose(visit: Visit) -> Answer:
    """Read the columns in another way."""
    offer = _mine(visit)
    if offer is None or offer.state is not FileState.OFFERED:
        return NOT_FOUND
    seen = _seen(visit, offer)
    if isinstance(seen, FileFault):
        return NOT_FOUND
    headings = [(head.sheet, head.cells, head.columns) for head in seen.list.heads]
    importer_of(visit.house).choose(visit.tx, offer, named_columns(visit.form, headings, ReturnField, offer.columns))
    return Done(f"{PATH}/{offer.id}")


def take(visit: Visit) -> Answer:
    """Write it: the whole list, or by an explicit choice its good rows."""
    offer = _mine(visit)
    if offer is None or offer.state is not FileState.OFFERED:
        return NOT_FOUND
    seen = _seen(visit, offer)
    if isinstance(seen, FileFault):
        return NOT_FOUND
    good_rows = visit.form.get("rows") == "good"
    if seen.bad and not good_rows:
        return _previewed(visit, offer, {"rows": "office.import.refused.bad_rows"})
    digest, by, house = visit.form.get("digest", ""), visit.user.id, visit.house
    people, compounds = residents(visit), visit.reach.compounds

    def work(told: Told) -> Ended:
        office, importer = house.office, importer_of(house)
        with office.database.writing() as tx:
            now_ms = office.clock.wall_ms()
            now = importer.get(tx, offer.id)
            again = None
            if now is not None and now.state is FileState.OFFERED:
                again = importer.preview(tx, now, people, compounds, regions_of(tx, office.book), now_ms)
            if not isinstance(again, ReturnPreview):
                return Ended("office.import.refused.not_offered", to=_BACK)
            done = importer.take(tx, again, now_ms, by=by, digest=digest, good_rows=good_rows)
        if isinstance(done, TakeFault):
            return Ended(f"office.import.refused.{done.value}", to=f"{PATH}/{offer.id}")
        told(len(again.planned), len(again.planned))
        return Ended("office.returns.taken", {**done}, _BACK)

    return Started("returns", work)


def drop(visit: Visit) -> Answer:
    """Let the file go."""
    offer = _mine(visit)
    if offer is None or offer.state is not FileState.OFFERED:
        return NOT_FOUND
    importer_of(visit.house).drop(visit.tx, offer)
    return Done(_BACK, "office.returns.dropped")


# -- inside ----------------------------------------------------------------------------------------------------------


def _may_undo(visit: Visit, last: ReturnOffer) -> bool:
    """Whoever brought it, and the street."""
    return visit.reach.everything or last.by == visit.user.id


def _mine(visit: Visit) -> ReturnOffer | None:
    """The offer of the address, if this account brought it."""
    offer = importer_of(visit.house).get(visit.tx, visit.path["id"])
    return offer if offer is not None and offer.by == visit.user.id else None


def _seen(visit: Visit, offer: ReturnOffer) -> ReturnPreview | FileFault:
    regions = regions_of(visit.tx, visit.office.book)
    return importer_of(visit.house).preview(
        visit.tx, offer, residents(visit), visit.reach.compounds, regions, visit.now_ms
    )


def _previewed(visit: Visit, offer: ReturnOffer, faults: dict[str, str]) -> Shown:
    seen = _seen(visit, offer) if offer.state is FileState.OFFERED else FileFault.EMPTY
    if isinstance(seen, FileFault):
        return Shown("returns_import_done.html", {"offer": offer})
    shown = visit.asked.get("show", "") or (_BAD if seen.bad else "")
    begin = place_asked(visit) or 0
    counts = counted(seen.planned)
    if shown == _BAD:
        listing = bad_listing(visit, seen.bad, begin, "office.returns")
    else:
        listing = _listing(visit, [one for one in seen.planned if _wanted(one, shown)], begin)
    return Shown(
        "returns_preview.html",
        {
            "offer": offer, "seen": seen, "shown": shown, "list": listing,
            "counts": [(one.value, counts[one], LOOKS[one]) for one in Change],
            "matches": [(one.value, counts[one], LOOKS[one]) for one in Match if one is not Match.DISMISSED],
            "heads": list(enumerate(seen.list.heads)),
            "fields": [(one.value, visit.t(f"office.returns.field.{one.value}")) for one in ReturnField],
        },
        faults,
    )  # fmt: skip


def _wanted(one: Planned, shown: str) -> bool:
    return shown in (one.change.value, one.new.match.value) or (not shown and one.change is not Change.SAME)


def _listing(visit: Visit, wanted: Sequence[Planned], begin: int) -> Listing:
    people = residents(visit)
    rows = [_row(visit, people, one) for one in wanted[begin : begin + ROWS]]
    older = str(begin + ROWS) if len(wanted) > begin + ROWS else None
    return Listing(_COLUMNS, rows, "office.returns.none", older=older, total=len(wanted))


def _row(visit: Visit, people: Residents, one: Planned) -> Row:
    record, stood = one.new.record, one.row
    person = None if one.new.person is None else people.people.get(one.new.person)
    home = None if person is None else people.home(person.id)
    return Row(
        {
            "row": "" if stood is None else f"{stood.sheet} {stood.row}".strip(), "change": one.change.value,
            "name": visit.fields.name(record.name), "told": told_room(visit, record),
            "region": visit.fields.health(record.region), "arrived": f"{record.arrived:%m-%d}",
            "cls": one.new.cls.value, "match": one.new.match.value,
            "person": "" if person is None else f"{visit.fields.name(person.name)} {visit.fields.room(home)}".strip(),
        },
        look=LOOKS[one.new.match],
    )  # fmt: skip


START = Page(
    PATH, "office.returns.import", Group.RETURNS, _ACTION, start,
    posts={"bring": Post(bring, _ACTION, upload=BYTES_LIMIT), "undo": Post(undo, _ACTION)}, stands_for=_BACK,
)  # fmt: skip
ONE = Page(
    f"{PATH}/{{id}}", "office.returns.import", Group.RETURNS, _ACTION, preview, filters=("show", "after"),
    posts={"choose": Post(choose, _ACTION), "take": Post(take, _ACTION), "drop": Post(drop, _ACTION)},
    stands_for=_BACK,
)  # fmt: skip

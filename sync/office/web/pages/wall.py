# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/wall` 总览: every gate as a tile, worst first, live (interface.md 12)."""

from kiosk.domain.instants import day_of, shanghai
from sync.office.print.sheet import Sheet
from sync.office.web.answers import NOT_FOUND, Answer, Refused, Shown
from sync.office.web.listing import Column, Kind, Listing, Row, sheet_of
from sync.office.web.page import Group, Page
from sync.office.web.visit import Visit
from sync.office.web.wall import Tile, Wall, heartbeat, minute, street_counts, wall

_COLUMNS = (
    Column("gate", "office.wall.gate"),
    Column("committee", "office.wall.committee"),
    Column("state", "office.wall.state", Kind.CODE, "office.wall.states"),
    Column("heard", "office.wall.heard", Kind.TIME),
    Column("entered", "office.wall.entered", Kind.NUMBER),
    Column("left", "office.wall.left", Kind.NUMBER),
    Column("refused", "office.wall.refused", Kind.NUMBER),
    Column("fever", "office.wall.fever", Kind.NUMBER),
    Column("resting", "office.wall.resting", Kind.NUMBER),
    Column("urgent", "office.wall.urgent", Kind.NUMBER),
    Column("waiting", "office.wall.waiting", Kind.NUMBER),
    Column("list_age", "office.wall.list_age", Kind.NUMBER),
    Column("offset", "office.wall.offset", Kind.NUMBER),
    Column("app", "office.wall.app"),
)


def _made(visit: Visit) -> Wall | None:
    committee = visit.asked["committee"]
    if committee and committee not in visit.reach.committee_ids:
        return None
    # What the gates bring shows in their heads; what people do at the office shows within a minute.
    fresh = (day_of(visit.now_ms), minute(visit.now_ms), heartbeat(visit.tx))
    street = visit.house.recent.get("wall", fresh, lambda: street_counts(visit.office, visit.tx, visit.now_ms))
    return wall(visit.office, visit.tx, visit.reach, street, visit.now_ms, committee)


def show(visit: Visit) -> Answer:
    """The tiles."""
    made = _made(visit)
    if made is None:
        return NOT_FOUND
    return Shown("wall.html", {"wall": made, "at": f"{shanghai(visit.now_ms):%H:%M:%S}"})


def sheet(visit: Visit) -> Sheet | Refused:
    """The tiles as a list."""
    made = _made(visit)
    if made is None:
        return NOT_FOUND
    rows = [_row(tile) for tile in made.tiles]
    whole = "" if made.heard == made.total else f" {visit.t('office.wall.partial', n=made.heard, total=made.total)}"
    scope = f"{day_of(visit.now_ms)}{whole}"
    return sheet_of(visit, Listing(_COLUMNS, rows, ""), "wall", visit.t("office.wall.title"), scope)


def _row(tile: Tile) -> Row:
    counts = tile.counts
    return Row(
        {
            "gate": f"{tile.compound} {tile.gate.name}", "committee": tile.committee, "state": tile.state.name,
            "heard": tile.heard_ms, "entered": counts.entered, "left": counts.left, "refused": counts.refused,
            "fever": counts.fever, "resting": counts.resting, "urgent": counts.urgent, "waiting": tile.waiting,
            "list_age": tile.list_age_h, "offset": tile.offset_s, "app": tile.app,
        }
    )  # fmt: skip


def live(visit: Visit) -> str:
    """What any gate brought, and the minute: ages are shown in minutes."""
    return f"{minute(visit.now_ms)} {heartbeat(visit.tx)}"


PAGE = Page(
    "/wall", "office.wall.title", Group.OVERVIEW, "shift.review", show, filters=("committee",), export=sheet, live=live
)

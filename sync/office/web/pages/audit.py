# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/audit` 审计: who did what, when, why; refusals and exports too; the chain checked on demand (trust.md 8)."""

from collections.abc import Mapping
from typing import Any

from kiosk.domain.permissions import ACTIONS
from sync.office.print.sheet import Sheet
from sync.office.web.answers import Answer, Done, Shown
from sync.office.web.listing import PAGE as ROWS
from sync.office.web.listing import Column, Kind, Listing, Row, place_asked, sheet_of
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import Visit

_LOOKED_AT = 5_000
"""A search looks at so many entries at a time, and says where it goes on."""
_COLUMNS = (
    Column("seq", "office.audit.seq", Kind.NUMBER),
    Column("at", "office.audit.at", Kind.TIME),
    Column("who", "office.audit.who"),
    Column("what", "office.audit.what"),
    Column("target", "office.audit.target"),
    Column("why", "office.audit.why"),
    Column("where", "office.audit.where"),
    Column("refused", "office.audit.refused", Kind.MARK, "office.audit.marks"),
)
_EXPORTS = (
    Column("at", "office.audit.at", Kind.TIME),
    Column("who", "office.audit.who"),
    Column("what", "office.audit.what"),
    Column("scope", "office.report.scope"),
    Column("format", "office.audit.format"),
    Column("rows", "office.audit.rows", Kind.NUMBER),
    Column("sha256", "office.audit.sha256"),
    Column("why", "office.audit.why"),
)


def show(visit: Visit) -> Answer:
    """The newest entries that fit the search."""
    return Shown("audit.html", {"list": _found(visit, ROWS), "actions": _ACTIONS})


_ACTIONS = sorted({"login", "user.close", "user.open", "password.set", "form", *ACTIONS})


def _found(visit: Visit, limit: int) -> Listing:
    names = {user.id: user.name for user in visit.office.accounts.users(visit.tx)}
    place = place_asked(visit)
    rows: list[Row] = []
    last, looked = place, 0
    for entry in visit.office.audit.newest(visit.tx, place, _LOOKED_AT):
        looked, last = looked + 1, entry["seq"]
        if _fits(visit.asked, entry, names):
            rows.append(_row(entry, names))
            if len(rows) == limit:
                break
    more = looked == _LOOKED_AT or len(rows) == limit
    older = str(last) if more and last is not None and last > 1 else None
    return Listing(_COLUMNS, rows, "office.audit.empty", older=older, exports=True)


def _fits(asked: Mapping[str, str], entry: Mapping[str, Any], names: Mapping[str, str]) -> bool:
    if asked["what"] and entry["what"] != asked["what"]:
        return False
    if asked["refused"] and not entry.get("refused"):
        return False
    sought = asked["q"].strip().casefold()
    who = names.get(entry["who"], entry["who"])
    texts = (who, entry["who"], entry.get("target", ""), entry.get("why", ""), entry.get("where", ""))
    return not sought or any(sought in text.casefold() for text in texts)


def _row(entry: Mapping[str, Any], names: Mapping[str, str]) -> Row:
    refused = bool(entry.get("refused"))
    # Two persons stand as "asker+approver".
    who = " + ".join(names.get(one, one) for one in entry["who"].split("+")) if entry["who"] else ""
    return Row(
        {
            "seq": entry["seq"], "at": entry["at"], "who": who, "what": entry["what"],
            "target": entry.get("target"), "why": entry.get("why"), "where": entry.get("where"),
            "refused": "REFUSED" if refused else None,
        },
        look="stop" if refused else "",
    )  # fmt: skip


def sheet(visit: Visit) -> Sheet:
    """What the search found, up to as many entries as it looks at."""
    return sheet_of(visit, _found(visit, _LOOKED_AT), "audit", visit.t("office.audit.title"), visit.asked["q"])


def check(visit: Visit) -> Answer:
    """Check every entry against the chain."""
    bad = visit.office.audit.first_bad(visit.tx)
    visit.note("log.verify", "audit", "OK" if bad is None else f"first bad {bad}")
    if bad is not None:
        return Done("/audit", "office.audit.broken", {"n": bad})
    return Done("/audit", "office.audit.whole", {"n": visit.office.audit.count(visit.tx)})


def exports(visit: Visit) -> Answer:
    """What left as a file."""
    names = {user.id: user.name for user in visit.office.accounts.users(visit.tx)}
    place = place_asked(visit)
    found = visit.house.exports.latest(visit.tx, place, ROWS + 1)
    rows = [
        Row(
            {
                "at": one.at_ms, "who": names.get(one.who, one.who), "what": one.what, "scope": one.scope,
                "format": one.format, "rows": one.rows, "sha256": one.sha256[:16], "why": one.why,
            }
        )
        for one in found[:ROWS]
    ]  # fmt: skip
    older = str(found[ROWS - 1].at_ms) if len(found) > ROWS else None
    return Shown("exports.html", {"list": Listing(_EXPORTS, rows, "office.audit.no_exports", older=older)})


PAGE = Page(
    "/audit", "office.audit.title", Group.ADMIN, "audit.read", show, filters=("q", "what", "refused", "after"),
    posts={"check": Post(check, "log.verify")}, export=sheet,
)  # fmt: skip
EXPORTS = Page("/audit/exports", "office.audit.exports", Group.ADMIN, "audit.read", exports, filters=("after",))

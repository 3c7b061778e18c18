# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's pages: server-rendered, 中文 first, whole without JavaScript (interface.md 11, trust.md 4).

How to write a page
-------------------
1. A module in `sync/office/web/pages/` with one `PAGE`, and a line for it in `pages/__init__.py` (a group's order is
   the navigation's). A module that grows past 300 lines has a second idea in it: queries and values go beside the pages
   (`sync/office/web/wall.py`, or a use case in `sync/office/service/`), the page module only asks and answers.
2. A template in `templates/` that extends `base.html` (blocks `title`, `main`; first line of its own:
   `{% import "macros.html" as m with context %}`), and texts `[office.<page>]` in `assets/texts/office/{zh_CN,en}/`,
   a file per area, the same keys in both.
3. A line in `tests/unit/office/test_matrix.py`: who may open it. A page without one fails the test.

::

    PAGE = Page(
        "/people", "office.people.title", Group.PEOPLE, "person.search", show, filters=("q", "after"),
        posts={"move": Post(move, "roster.edit")}, export=sheet, live=None, deeds={},
    )

    def show(visit: Visit) -> Answer:                  # GET: visit.tx only reads; nothing is changed
        if visit.reach.compound(visit.asked["c"]) is None:
            return NOT_FOUND                           # out of scope is 404, never 403
        return Shown("people.html", {"list": listing}) # or Done, Refused, Started, Exported

    def move(visit: Visit) -> Answer:                  # POST /people/move: visit.tx writes, undone on a fault
        read = FormReader(visit.form)
        room = read.text("room", 20)
        if read.faults:
            return Shown("people.html", {...}, read.faults)    # 422, faults by field, values kept by `m.field`
        visit.note("roster.edit", person_id)           # audit, in the same transaction
        return Done("/people", "office.people.moved", {"n": 1})   # 303, told once on the next page

What the frame does around a handler: session, rate, origin and CSRF; the grant of `Page.action` and `Post.action` by
`kiosk.domain.permissions` (403, noted in the audit); where the grant says "!" it asks for the reason (`visit.why`) and
where it says "p" for the password again, carrying the form along; headers; error pages; audit of `visit.note`.

Whose data       `visit.reach`: `.gates .compounds .committee_ids .everything .gate(id) .compound(id) .building(c, b)`
One person       `persons.person_within(visit, id)`: person and flat, or None (404)
Masked fields    `visit.fields`: `.name(..) .phone(..) .room(home) .health(text)`; `m.reveal("person", id, path)`
Opened here      `visit = visit.opening("phone.read", id)`: noted with `visit.why`; then `visit.fields`
A list           `Listing Column Row` (listing.py), `m.listing(list)`: `sort`, keyset paging `after`, `exports=True`
Search, filters  `Page.filters`, `visit.asked["q"]` ("" where not asked), `m.search()`, `with_query(q=..)`, `link(..)`
CSV, xlsx, PDF   `Page.export` gives a `Sheet` (`sheet_of(visit, listing, ..)`); other files: `house.exports.note`
A form           `m.token m.field m.choice m.button`; `FormReader`; `Post(run, action, upload=10 << 20)` takes a file
Two persons      grant "2": `return visit.ask_second(action, "roster.export", params)`; `deeds={"roster.export": ..}`
Long work        `return Started("import", work)`; `work(told)` opens its own transactions and gives `Ended(..)`
Live             `Page.live(visit) -> str`; `<section id="live" data-live="{{ path }}/live">` and `data-age`
Plots, looks     `bars(pairs, top, name)`, `m.shape("go" / "wait" / "stop" / "dim")`: shape and word
Tests            `tests.unit.office.pages`: `signed_in(office, "S")`, `.get(path)`, `.form(path, fields)` (with token)

Only counts and codes go into `Done.values`; a name never stands in an address, a log line or a job's note.
"""

from sync.office.web.fleet import fleet_router
from sync.office.web.router import pages_router
from sync.office.web.visit import Site

__all__ = ["Site", "fleet_router", "pages_router"]

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/passes/campaign` 换证: which cards end when, a building's or a compound's renewed in one go, and how far it is."""

from collections import Counter
from dataclasses import replace

from kiosk.domain.instants import DAY_MS, day_of, shanghai, start_of
from kiosk.domain.register import Compound
from sync.office.service.issue import AHEAD_DAYS, DAYS
from sync.office.service.issuing_keys import KeyState
from sync.office.service.jobs import Ended, Told
from sync.office.service.renewal import FULL, BuildingState, Campaign
from sync.office.web.answers import NOT_FOUND, Answer, Shown, Started
from sync.office.web.evidences import colours, evidence_of, platforms, unfit_of
from sync.office.web.fields import FormReader
from sync.office.web.listing import Column, Kind, Listing, Row
from sync.office.web.page import Group, Page, Post
from sync.office.web.pages.keys import keys_of, renewal_of
from sync.office.web.visit import Visit

PATH = "/passes/campaign"
_SOON_DAYS = 7
_COLUMNS = (
    Column("building", "office.passes.building"),
    Column("cards", "office.campaign.cards", Kind.NUMBER),
    Column("first", "office.campaign.first_end"),
    Column("last", "office.campaign.last_end"),
    Column("followed", "office.campaign.followed", Kind.NUMBER),
    Column("open", "office.campaign.open", Kind.NUMBER),
)


def show(visit: Visit) -> Answer:
    """The buildings of a compound."""
    if visit.asked["c"] and visit.reach.compound(visit.asked["c"]) is None:
        return NOT_FOUND
    return _shown(visit, {})


def run(visit: Visit) -> Answer:
    """New cards for a building or the whole compound."""
    compound = visit.reach.compound(visit.form.get("compound"))
    if compound is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    evidence = evidence_of(read, visit.now_ms)
    days = read.number("days", DAYS.start, DAYS.stop - 1)
    starts = read.day("starts")
    today = day_of(visit.now_ms)
    if starts is not None and not 0 <= (starts - today).days < AHEAD_DAYS:
        read.faults["starts"] = "office.campaign.fault.starts"
    unfit_of(read, evidence)
    if read.faults or days is None or starts is None:
        return _shown(visit, read.faults)
    starts_ms = max(start_of(starts), visit.now_ms)
    asked = Campaign(compound.id, visit.form.get("building") or None, evidence, days, visit.user.id, starts_ms)
    house = visit.house
    visit.note("pass.issue", f"campaign {compound.id} {asked.building or '*'} {starts}")

    def work(told: Told) -> Ended:
        office, renewal = house.office, renewal_of(house)
        with office.database.reading() as tx:
            states = renewal.overview(tx, asked.compound, office.clock.wall_ms())
        total = sum(one.cards for one in states if asked.building in (None, one.building))
        counts: Counter[str] = Counter()
        # A transaction for each building: no gate waits for a whole compound.
        for state in states:
            if asked.building not in (None, state.building):
                continue
            with office.database.writing() as tx:
                mine = replace(asked, building=state.building)
                done = renewal.run(tx, mine, office.clock.wall_ms())
            counts += Counter(done.left) + Counter({"": done.signed})
            told(counts.total(), total)
        had, full = counts["HAS_PASS"], counts[FULL]
        left = counts.total() - counts[""] - had - full
        text = "office.campaign.full" if full else "office.campaign.done"
        values = {"n": counts[""], "had": had, "left": left, "full": full}
        return Ended(text, values, f"{PATH}?c={asked.compound}")

    return Started("issue", work)


# -- inside ----------------------------------------------------------------------------------------------------------


def _shown(visit: Visit, faults: dict[str, str]) -> Shown:
    compounds = visit.reach.compounds
    compound = visit.reach.compound(visit.asked.get("c") or visit.form.get("compound"))
    if compound is None and compounds:
        compound = compounds[0]
    states = [] if compound is None else renewal_of(visit.house).overview(visit.tx, compound.id, visit.now_ms)
    cards, followed = sum(one.cards for one in states), sum(one.followed for one in states)
    today = day_of(visit.now_ms)
    return Shown(
        "campaign.html",
        {
            "compound": compound, "compounds": compounds, "list": _listing(visit, states),
            "buildings": [(one.building, one.building) for one in states if one.building],
            "cards": cards, "followed": followed, "key": _key_end(visit, compound),
            "first_day": f"{shanghai(start_of(today) + DAY_MS):%Y-%m-%d}",
            "colours": colours(visit), "platforms": platforms(visit), "most": DAYS.stop - 1,
        },
        faults,
    )  # fmt: skip


def _listing(visit: Visit, states: list[BuildingState]) -> Listing:
    soon = visit.now_ms + _SOON_DAYS * DAY_MS
    rows = [
        Row(
            {
                "building": one.building, "cards": one.cards, "first": f"{shanghai(one.first_end_ms - 1):%m-%d}",
                "last": f"{shanghai(one.last_end_ms - 1):%m-%d}", "followed": one.followed,
                "open": one.cards - one.followed,
            },
            look="go" if one.followed == one.cards else "stop" if one.first_end_ms <= soon else "wait",
        )
        for one in states
    ]  # fmt: skip
    cards, followed = sum(one.cards for one in states), sum(one.followed for one in states)
    sums: dict[str, str | int | None] = {
        "building": visit.t("office.campaign.sum"), "cards": cards, "followed": followed, "open": cards - followed,
    }  # fmt: skip
    return Listing(_COLUMNS, rows, "office.campaign.none", sums=sums if rows else {})


def _key_end(visit: Visit, compound: Compound | None) -> int | None:
    """Until when the committee's key signs (ms); None: there is no key in use."""
    mine = [
        key.use_until * 1000
        for key in keys_of(visit.house).keys(visit.tx, visit.now_ms)
        if compound is not None and compound.id in key.compounds and key.state is KeyState.IN_USE
    ]
    return max(mine, default=None)


PAGE = Page(
    PATH, "office.campaign.title", Group.PASSES, "pass.issue", show, filters=("c",),
    posts={"run": Post(run, "pass.issue")},
)  # fmt: skip

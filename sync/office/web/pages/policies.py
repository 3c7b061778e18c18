# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/policies` 政策: versions in force and to come, what each changed, and which gates hold it (interface.md 12)."""

from kiosk.domain.instants import shanghai
from sync.office.print.sheet import Sheet
from sync.office.service import policy_drafts
from sync.office.web.answers import NOT_FOUND, Answer, Shown
from sync.office.web.listing import Column, Kind, Listing, Row, sheet_of
from sync.office.web.page import Group, Page
from sync.office.web.policy_form import sections
from sync.office.web.policy_shown import Held, Holders, before, differences, versions, worded
from sync.office.web.region_lines import regions_text
from sync.office.web.visit import Visit

PATH = "/policies"
_PUBLISH = "policy.publish"
LOOKS = {"IN_FORCE": "go", "SCHEDULED": "wait", "PAST": "dim"}
_HELD_LOOKS = {"HOLDS": "go", "WAITS": "wait", "NONE": "dim"}
_COLUMNS = (
    Column("version", "office.policies.version"),
    Column("state", "office.policies.state", Kind.MARK, "office.policies.states"),
    Column("scope", "office.policies.scope"),
    Column("since", "office.policies.since"),
    Column("changes", "office.policies.changes", Kind.NUMBER),
    Column("held", "office.policies.held"),
)
_HELD = (
    Column("gate", "office.policies.gate"),
    Column("state", "office.policies.state", Kind.MARK, "office.policies.held_states"),
    Column("seen", "office.policies.seen", Kind.TIME),
)
_DRAFTS = (
    Column("version", "office.policies.version"),
    Column("by", "office.policies.by"),
    Column("at", "office.policies.at", Kind.TIME),
    Column("rehearsed", "office.policies.rehearsed_on"),
)


def show(visit: Visit) -> Answer:
    """All versions and drafts."""
    return Shown("policies.html", {"list": _listing(visit), "drafts": _drafts(visit)})


def scope_name(visit: Visit, compound: str | None) -> str:
    """全街道, or the compound's name."""
    found = visit.reach.compound(compound)
    return visit.t("office.policies.street") if compound is None else compound if found is None else found.name


def since_text(at_ms: int) -> str:
    """An hour with its year: a policy is read long after."""
    return f"{shanghai(at_ms):%Y-%m-%d %H:%M}"


def _listing(visit: Visit) -> Listing:
    every, gates = versions(visit), Holders(visit)
    rows = []
    for one in every:
        old = before(one, every)
        holders = gates.of(one)
        held = sum(each.state == "HOLDS" for each in holders)
        cells: dict[str, str | int | None] = {
            "version": one.policy.version, "state": one.state, "scope": scope_name(visit, one.row.compound),
            "since": since_text(one.policy.effective_from_ms),
            "changes": None if old is None else len(differences(old, one.policy)), "held": f"{held}/{len(holders)}",
        }  # fmt: skip
        rows.append(Row(cells, f"{PATH}/version?key={one.key}", LOOKS[one.state]))
    return Listing(_COLUMNS, rows, "office.policies.empty", total=len(rows), exports=True)


def _drafts(visit: Visit) -> Listing:
    names = {user.id: user.name for user in visit.office.accounts.users(visit.tx)}
    rows = [
        Row(
            {"version": policy_drafts.version_of(draft), "by": names.get(draft.by, "?"), "at": draft.at_ms,
             "rehearsed": "" if draft.rehearsed is None else draft.rehearsed.day},
            f"{PATH}/draft/{draft.id}",
        )
        for draft in policy_drafts.every(visit.tx)
    ]  # fmt: skip
    return Listing(_DRAFTS, rows, "office.policies.no_draft")


def sheet(visit: Visit) -> Sheet:
    """The versions."""
    return sheet_of(
        visit, _listing(visit), "policies", visit.t("office.policies.title"), str(shanghai(visit.now_ms).date())
    )


def version(visit: Visit) -> Answer:
    """One version: what it says, what it changed, who holds it."""
    every = versions(visit)
    found = next((one for one in every if one.key == visit.asked["key"]), None)
    if found is None:
        return NOT_FOUND
    old = before(found, every)
    told = [] if old is None else differences(old, found.policy)
    holders = Holders(visit).of(found)
    return Shown(
        "policy.html",
        {
            "version": found, "since": since_text(found.policy.effective_from_ms), "looks": LOOKS,
            "scope": scope_name(visit, found.row.compound), "old": old,
            "differs": [(one.name, worded(visit, one, one.before), worded(visit, one, one.now)) for one in told],
            "sections": [
                (one.name, [(each.name, worded(visit, each, each.value)) for each in one.fields])
                for one in sections(found.policy.params)
            ],
            "regions": regions_text(found.policy.regions).splitlines(), "list": _held(holders),
            "held": sum(one.state == "HOLDS" for one in holders), "total": len(holders),
        },
    )  # fmt: skip


def _held(holders: list[Held]) -> Listing:
    rows = [
        Row({"gate": one.name, "state": one.state, "seen": one.seen_ms}, f"/gates/{one.gate}", _HELD_LOOKS[one.state])
        for one in holders
    ]
    return Listing(_HELD, rows, "office.policies.no_gate", total=len(rows))


LIST = Page(PATH, "office.policies.title", Group.ADMIN, _PUBLISH, show, export=sheet)
VERSION = Page(
    f"{PATH}/version", "office.policies.title", Group.ADMIN, _PUBLISH, version, filters=("key",), stands_for=PATH
)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/policies/new`, `/policies/draft/{id}` 政策草案: written, judged, rehearsed on a real day, published by two.

ADR 0015: the draft is its TOML text; the form changes lines of it. What is refused says the line and changes nothing.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from kiosk.domain.admission import RULE_IDS
from kiosk.domain.identity import CompoundId
from kiosk.domain.instants import day_of, start_of
from kiosk.domain.policy import BadPolicy, Policy, in_force, parse_policy
from sync.office.service import policy_drafts
from sync.office.service.approvals import Approval
from sync.office.service.jobs import Ended, Told
from sync.office.service.policies import Draft, PolicyRefused
from sync.office.service.policy_drafts import PolicyDraft
from sync.office.service.rehearsing import Rehearsal
from sync.office.web.answers import BAD, NOT_FOUND, STALE, Answer, Done, Refused, Shown, Started
from sync.office.web.fields import FormReader
from sync.office.web.page import Group, Page, Post
from sync.office.web.pages.policies import PATH, scope_name, since_text
from sync.office.web.policy_form import moment_fields, sections, written
from sync.office.web.policy_shown import Version, differences, versions, worded
from sync.office.web.region_lines import regions_text
from sync.office.web.visit import Deed, House, Visit

_PUBLISH = "policy.publish"
# Writing a draft changes nothing at a gate: the page is the street's, and the password is asked for the publishing.
_WRITE = "roster.edit"
_DEED = "policy.publish"
_SHOWN = 100


def new(visit: Visit) -> Answer:
    """A form, filled from a version (`key`), or from a draft (`draft`) that is written on."""
    draft = policy_drafts.get(visit.tx, visit.asked["draft"]) if visit.asked["draft"] else None
    if draft is not None:
        return _form(visit, draft.toml, str(draft.compound or ""), draft=draft.id)
    found = _version(visit, visit.asked["key"])
    return NOT_FOUND if found is None else _form(visit, found.row.toml, str(found.row.compound or ""), key=found.key)


def _version(visit: Visit, key: str) -> Version | None:
    """The version of a key; without one the street's that is in force."""
    every = versions(visit)
    if not key:
        return next((one for one in every if one.state == "IN_FORCE" and one.row.compound is None), None)
    return next((one for one in every if one.key == key), None)


def _form(
    visit: Visit, text: str, compound: str, *, key: str = "", draft: str = "", faults: Mapping[str, str] | None = None,
    line: int = 0, said: str = "",
) -> Answer:  # fmt: skip
    policy = _read(text)
    if policy is None:
        return BAD
    tomorrow = start_of(day_of(visit.now_ms) + dt.timedelta(days=1))
    day, time = moment_fields(max(policy.effective_from_ms, tomorrow) if draft else tomorrow)
    return Shown(
        "policy_new.html",
        {
            "sections": sections(policy.params), "version": policy.version if draft else day, "day": day,
            "time": time, "regions": regions_text(policy.regions), "key": key, "draft": draft, "line": line,
            "said": said,
            "base": policy.version, "compound": compound,
            "compounds": [("", visit.t("office.policies.street"))]
            + [(str(one.id), one.name) for one in visit.reach.compounds],
        },
        dict(faults or {}),
    )  # fmt: skip


def _read(text: str) -> Policy | None:
    try:
        return parse_policy(text, RULE_IDS)
    except BadPolicy:
        return None


def write(visit: Visit) -> Answer:
    """Keep the draft, unless the office would refuse it as it stands."""
    key, draft_id = visit.form.get("key", ""), visit.form.get("draft", "")
    draft = policy_drafts.get(visit.tx, draft_id) if draft_id else None
    found = _version(visit, key) if draft is None else None
    text = draft.toml if draft is not None else found.row.toml if found is not None else ""
    base = _read(text)
    if base is None:
        return NOT_FOUND
    compound = FormReader(visit.form).choice("compound", visit.reach.compound_ids, needed=False) or None
    made = written(visit.form, text, base)
    faults, said = dict(made.faults), ""
    if not faults:
        judged = _judged(visit, made.text, compound)
        if isinstance(judged, PolicyRefused):
            faults[_field(judged.key)] = _fault(visit, judged)
            said = f"{judged.key}: {judged.why}"
    if faults:
        more: dict[str, Any] = {"faults": faults, "line": made.region_line, "said": said}
        return _form(visit, text, compound or "", key=key, draft=draft_id, **more)
    return Done(f"{PATH}/draft/{_kept(visit, draft, made.text, compound)}", "office.policies.written")


def _kept(visit: Visit, draft: PolicyDraft | None, text: str, compound: str | None) -> str:
    if draft is None:
        return policy_drafts.keep(visit.tx, visit.office.ids, text, compound, visit.user.id, visit.now_ms)
    policy_drafts.rewrite(visit.tx, draft.id, text, compound, visit.user.id, visit.now_ms)
    return draft.id


def _judged(visit: Visit, text: str, compound: str | None) -> Draft | PolicyRefused:
    of = None if compound is None else CompoundId(compound)
    return visit.office.policies.judge(visit.tx, text, visit.now_ms, of)


def _field(key: str) -> str:
    if key.startswith("params."):
        return key.removeprefix("params.").partition(".")[0]
    return {"version": "version", "effective_from": "from_day"}.get(key, "regions" if "region" in key else "rules")


def _fault(visit: Visit, refused: PolicyRefused) -> str:
    """A text of ours where there is one; what the parser said stays on the page in its own words."""
    key = f"office.policies.refused.{refused.key.replace('.', '_')}"
    return key if visit.texts.has(key) else "office.policies.refused.other"


# one draft ------------------------------------------------------------------------------------------------------------


def one(visit: Visit) -> Answer:
    """A draft: what it changes, what it would have done to a day."""
    draft = policy_drafts.get(visit.tx, visit.path["id"])
    return NOT_FOUND if draft is None else _draft(visit, draft)


def _draft(visit: Visit, draft: PolicyDraft, faults: Mapping[str, str] | None = None) -> Answer:
    policy = _read(draft.toml)
    if policy is None:
        return BAD
    judged = _judged(visit, draft.toml, draft.compound)
    old = _follows(visit, draft, policy)
    told = [] if old is None else differences(old, policy)
    usual = judged.changes if isinstance(judged, Draft) else ()
    return Shown(
        "policy_draft.html",
        {
            "draft": draft, "policy": policy, "since": since_text(policy.effective_from_ms), "old": old,
            "scope": scope_name(visit, draft.compound),
            "refused": judged if isinstance(judged, PolicyRefused) else None,
            "refusal": _fault(visit, judged) if isinstance(judged, PolicyRefused) else "",
            "differs": [(each.name, worded(visit, each, each.before), worded(visit, each, each.now)) for each in told],
            "usual": usual[:_SHOWN], "usual_total": len(usual), "names": visit.reach.gate_names,
            "yesterday": (day_of(visit.now_ms) - dt.timedelta(days=1)).isoformat(),
            "today": day_of(visit.now_ms).isoformat(),
        },
        dict(faults or {}),
    )  # fmt: skip


def _follows(visit: Visit, draft: PolicyDraft, policy: Policy) -> Policy | None:
    every = versions(visit)
    own = [each.policy for each in every if each.row.compound == draft.compound]
    street = [each.policy for each in every if each.row.compound is None]
    return in_force(own, policy.effective_from_ms) or in_force(street, policy.effective_from_ms)


def rehearse(visit: Visit) -> Answer:
    """Decide a day's passages again under the draft; it takes seconds, and is done behind."""
    draft = policy_drafts.get(visit.tx, visit.path["id"])
    policy = None if draft is None else _read(draft.toml)
    if draft is None or policy is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    day = read.day("day")
    if day is None or day > day_of(visit.now_ms):
        return _draft(visit, draft, read.faults or {"day": "office.form.date"})
    gates = [gate for gate in visit.reach.gates if draft.compound in (None, gate.compound)]
    known = {each.policy.version: each.policy for each in versions(visit)}
    house, kept = visit.house, draft

    def work(told: Told) -> Ended:
        office = house.office
        with office.database.reading() as tx:
            result = Rehearsal(office.book, office.passages).run(tx, policy, known, day, gates, told)
        with office.database.writing() as tx:
            policy_drafts.note_rehearsal(tx, kept, result)
        return Ended("office.policies.rehearsed", {"n": result.changed, "of": result.judged}, f"{PATH}/draft/{kept.id}")

    return Started("rehearse", work)


def ask(visit: Visit) -> Answer:
    """Lay the draft before a second person; what was rehearsed stands beside it."""
    draft = policy_drafts.get(visit.tx, visit.path["id"])
    policy = None if draft is None else _read(draft.toml)
    if draft is None or policy is None:
        return NOT_FOUND
    if isinstance(_judged(visit, draft.toml, draft.compound), PolicyRefused):
        return STALE
    params = {
        "draft": draft.id, "version": policy.version, "since": since_text(policy.effective_from_ms),
        "compound": str(draft.compound or ""), "toml": draft.toml,
        "changed": draft.rehearsed.changed if draft.rehearsed is not None else -1,
    }  # fmt: skip
    return visit.ask_second(_PUBLISH, _DEED, params)


def drop(visit: Visit) -> Answer:
    """Let a draft go."""
    draft = policy_drafts.get(visit.tx, visit.path["id"])
    if draft is None:
        return NOT_FOUND
    policy_drafts.drop(visit.tx, draft.id)
    return Done(PATH, "office.policies.dropped")


def _publish(house: House, tx: Connection, approved: Approval) -> Done | Refused:
    params = approved.params
    of = CompoundId(params["compound"]) if params["compound"] else None
    by = f"{approved.asked_by}+{approved.approved_by}"
    done = house.office.policies.publish(tx, params["toml"], house.office.clock.wall_ms(), by=by, compound=of)
    if isinstance(done, PolicyRefused):
        return STALE
    policy_drafts.drop(tx, params["draft"])
    return Done(PATH, "office.policies.published")


def _told(params: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    key = "office.policies.deed" if params["changed"] >= 0 else "office.policies.deed_unrehearsed"
    return key, {"version": params["version"], "since": params["since"], "n": params["changed"]}


NEW = Page(
    f"{PATH}/new", "office.policies.title", Group.ADMIN, _PUBLISH, new, filters=("key", "draft"),
    posts={"write": Post(write, _WRITE)}, stands_for=PATH,
)  # fmt: skip
DRAFT = Page(
    f"{PATH}/draft/{{id}}", "office.policies.title", Group.ADMIN, _PUBLISH, one,
    posts={"rehearse": Post(rehearse, _WRITE), "publish": Post(ask, _PUBLISH), "drop": Post(drop, _WRITE)},
    deeds={_DEED: Deed(_publish, _told)}, stands_for=PATH,
)  # fmt: skip

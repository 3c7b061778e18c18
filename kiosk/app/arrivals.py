# SPDX-License-Identifier: LicenseRef-Gatehouse
"""来人: what is known of somebody who comes to the gate, and the passage that it begins.

A code is verified, a person is found or a category is tapped; each becomes a fresh record whose facts are not decided
yet. Nothing is committed here (kiosk.app.desk).
"""

import datetime as dt
from dataclasses import dataclass, replace

from kiosk.app.facts import GateListView
from kiosk.app.turn import Turn
from kiosk.domain.admission import ReturnClass
from kiosk.domain.codes import (
    Category,
    CodeColour,
    Company,
    Direction,
    How,
    PassState,
    PlatformRecord,
    Purpose,
    Reason,
    ScanResult,
    TempOutcome,
    Transport,
    Verdict,
)
from kiosk.domain.identity import PassageId, PersonId
from kiosk.domain.instants import day_of
from kiosk.domain.passage import PassageRecord
from kiosk.domain.passes import GatePlace, GateTrust, PassCheck, PassProblem, verify
from kiosk.domain.policy import Policy

SHANGHAI_REGION = "31"


@dataclass(frozen=True, slots=True)
class Arriving:
    """来人的样子: what the volunteer sees of somebody who comes or goes."""

    direction: Direction = Direction.IN
    mask: bool = True
    code: CodeColour = CodeColour.NOT_SHOWN


@dataclass(frozen=True, slots=True)
class Outsider:
    """外来人员: what was asked of somebody without a pass. Names, phone, host and plate are personal.

    `company` of a courier, `purpose` of a visitor; `leave_by_ms`: until when he means to be gone; it blocks nobody
    (domain.md section 12).
    """

    category: Category
    consent: bool = False
    paper_seen: bool = False
    name: str | None = None
    phone: str | None = None
    host: str | None = None
    plate: str | None = None
    leave_by_ms: int | None = None
    company: Company | None = None
    purpose: Purpose | None = None


@dataclass(frozen=True, slots=True)
class ReturnForm:
    """返沪登记表: regions by GB/T 2260 or ISO 3166; dates ISO, `arrived` in Shanghai; `companions` 3: three or more.

    `vehicle_no` of the train, the flight or the car is personal.
    """

    person: PersonId
    from_region: str
    transit: tuple[str, ...] = ()
    departed: str | None = None
    arrived: str | None = None
    home_fit: bool = True
    signs: bool = True
    contact: bool = False
    code: CodeColour = CodeColour.NOT_SHOWN
    platform_key: bool = False
    transport: Transport | None = None
    companions: int | None = None
    platform: PlatformRecord | None = None
    vehicle_no: str = ""


@dataclass(frozen=True, slots=True)
class Occupant:
    """乘员: one person of a vehicle: a card's text, somebody found on the register, or an outsider."""

    payload: bytes | None = None
    person: PersonId | None = None
    category: Category | None = None


def verified(payload: bytes, turn: Turn) -> PassCheck:
    """验证: a code checked with what this gate trusts at this moment."""
    lists = turn.facts.lists
    if lists is None:
        # Without keys nothing can be verified: as unlisted with no list, so the leader decides (LIST_STALE).
        ours = payload.startswith((b"EP1:", b"EP"))
        problem = PassProblem.LIST_STALE if ours else PassProblem.NOT_A_PASS
        return PassCheck(problem, ScanResult.UNKNOWN if ours else ScanResult.NOT_OURS)
    trust = GateTrust(
        bundle=lists.bundle,
        devices=lists.devices,
        own=lists.own,
        revocations=lists.revocations,
        gate_list=GateListView(turn.facts) if lists.made_at_ms is not None else None,
        hard_age_s=turn.policy().params.list_hard_h * 3600,
        extended_until=turn.facts.extended_until_ms() // 1000,
        practice=lists.practice,
    )
    identity = turn.facts.identity
    place = GatePlace(identity.site, identity.gate)
    return verify(payload, trust, place, turn.now.at_ms // 1000, not turn.clock_bad)


def blank(turn: Turn, arriving: Arriving, how: How) -> PassageRecord:
    """A passage of which nothing is known yet but what the volunteer sees; undecided it is the leader's."""
    return PassageRecord(
        passage=PassageId(turn.fresh_id()),
        gate=turn.facts.identity.gate,
        dir=arriving.direction,
        how=how,
        started=turn.now,
        decided=turn.now,
        verdict=Verdict.LEADER,
        reason=Reason.CHECK_FAILED,
        rule="R99",
        scan_result=ScanResult.NONE,
        outcome=TempOutcome.NOT_TAKEN,
        policy="",
        mask=arriving.mask,
        code=arriving.code,
        list_version=_list_version(turn),
    )


def _list_version(turn: Turn) -> int:
    lists = turn.facts.lists
    return lists.revocations.version if lists is not None and lists.revocations is not None else 0


def scanned(turn: Turn, check: PassCheck, arriving: Arriving, how: How) -> PassageRecord:
    """The passage of a card's holder, as the check and the list say who that is."""
    claims = check.claims
    row = turn.facts.roster.pass_row(claims.pass_id) if claims is not None else None
    person = turn.facts.roster.person(row.person) if row is not None else None
    category = _category(check, row.category if row is not None else None)
    if person is not None and check.scan_result is not ScanResult.WRONG_COMPOUND:
        category = person.category
    mark = None
    if claims is not None:
        mark = turn.facts.passback_mark(claims.pass_id, arriving.direction, turn.policy().params)
    valid_to = row.valid_to_ms if row is not None else (claims.exp * 1000 if claims is not None else None)
    new = replace(
        blank(turn, arriving, how),
        pass_id=claims.pass_id if claims is not None else None,
        person=person.id if person is not None else None,
        category=category,
        scan_result=check.scan_result,
        pass_state=_state(check),
        exp_ms=valid_to if check.state is PassState.EXPIRED else None,
        practice=check.practice,
        mark=mark,
        pass_site=check.site.compound if check.site is not None and _foreign(check) else None,
    )
    return with_suspicion(turn, new)


def with_suspicion(turn: Turn, new: PassageRecord) -> PassageRecord:
    """Whoever left with a high reading starts as a suspect, rest from the scan (domain.md section 6)."""
    if new.dir is not Direction.IN:
        return new
    since = turn.facts.suspicion_since(new.person)
    if since is None:
        since = turn.facts.suspicion_since(new.pass_id)
    return new if since is None else replace(new, outcome=TempOutcome.FEVER_SUSPECT)


def occupant_of(turn: Turn, occupant: Occupant, check: PassCheck | None, arriving: Arriving) -> PassageRecord:
    """The passage of one person of a vehicle; `check`: of the card that was shown, if one was."""
    if check is not None:
        return scanned(turn, check, arriving, How.SCAN)
    if occupant.person is not None:
        known = turn.facts.roster.person(occupant.person)
        unknown = blank(turn, arriving, How.LOOKUP)
        new = replace(unknown, person=occupant.person, category=known.category if known is not None else None)
        return with_suspicion(turn, new)
    return replace(blank(turn, arriving, How.ARRIVE), category=occupant.category or Category.VISITOR)


def seen_again(turn: Turn, record: PassageRecord, arriving: Arriving) -> PassageRecord:
    """An unfinished passage goes on: what can be seen of the person may have changed."""
    if record.overridden is not None:
        return record
    code = arriving.code if arriving.code is not CodeColour.NOT_SHOWN else record.code
    work = replace(record, mask=arriving.mask, code=code)
    if work.mask:
        work = replace(work, mask_refused=False)
    return turn.decided(work)


def return_class(form: ReturnForm, policy: Policy, turn: Turn, category: Category | None) -> ReturnClass:
    """重点或其他: by origin and every place passed through, on the day of arrival (domain.md 11)."""
    arrived = day_of(turn.now.at_ms)
    if form.arrived:
        arrived = dt.date.fromisoformat(form.arrived)
    places = (form.from_region, *form.transit)
    key = (
        any(policy.key_region(place, arrived) for place in places)
        or form.platform_key
        or form.code is CodeColour.YELLOW
        or (category is Category.KEY_INDUSTRY and not form.from_region.startswith(SHANGHAI_REGION))
    )
    return ReturnClass.KEY if key else ReturnClass.OTHER


_TAKEN_BACK = frozenset({PassState.SUSPENDED, PassState.REVOKED, PassState.LOST})


def _foreign(check: PassCheck) -> bool:
    return check.scan_result is ScanResult.WRONG_COMPOUND


def _category(check: PassCheck, listed: Category | None) -> Category | None:
    """Nothing is believed of a pass that did not verify; a foreign one makes a visitor of its holder (R31)."""
    if check.claims is None:
        return None
    if _foreign(check):
        return Category.VISITOR
    return listed or check.claims.category


def _state(check: PassCheck) -> PassState | None:
    if check.claims is None or _foreign(check):
        return None
    if check.state is None and check.scan_result is ScanResult.UNKNOWN_NEW:
        return PassState.ACTIVE
    # What the office has said of a card stands over what its own dates say (pass-format.md section 3).
    listed = check.row.state if check.row is not None else None
    by_dates = check.state in (PassState.EXPIRED, PassState.NOT_YET)
    return listed if by_dates and listed in _TAKEN_BACK else check.state

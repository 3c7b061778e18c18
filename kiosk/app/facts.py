# SPDX-License-Identifier: LicenseRef-Gatehouse
"""事实: from what the gate holds (roster, present, lists, clock) to the `Situation` of one passage.

Facts are read anew for each decision, so that a release notice or a newer list counts at once; what the passage itself
has opened does not feed back (domain.md section 7).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from kiosk.app.ports import GateIdentity
from kiosk.app.roster import Roster
from kiosk.domain.admission import FirstReturn, Party, ReturnClass, Situation
from kiosk.domain.codes import (
    Attr,
    Category,
    CodeColour,
    Direction,
    GateKind,
    How,
    IsolationState,
    PassState,
    ScanResult,
    TempOutcome,
    Verdict,
)
from kiosk.domain.identity import CompoundId, PassageId, PersonId
from kiosk.domain.instants import DAY_MS, Instant, day_of, parse_hours, start_of
from kiosk.domain.isolation import CONFINED, permit_out, permit_valid, state_at
from kiosk.domain.passage import PassageRecord
from kiosk.domain.passes import GateList
from kiosk.domain.passes import PassRow as ListedPass
from kiosk.domain.policy import AntiPassback, Parameters, Policy, in_force
from kiosk.domain.present import IsolationHere, Known, LastSeen, Returned, Times, Trips, Until
from kiosk.domain.register import Gate, Isolation, Permit, Person
from kiosk.domain.trust import DeviceList, GateDevice, KeyBundle, RevocationList

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class TrustedLists:
    """可信名单: the signed lists in force, checked; None where there is none, or it failed its check."""

    bundle: KeyBundle
    devices: DeviceList | None
    own: GateDevice | None
    revocations: RevocationList | None
    made_at_ms: int | None
    practice: bool = False

    @property
    def issued_ms(self) -> int:
        """The newest time that a signature vouches for."""
        issued = [self.bundle.issued]
        issued += [part.issued for part in (self.devices, self.revocations) if part is not None]
        return max(issued) * 1000

    @property
    def age_base_ms(self) -> int | None:
        """What the list's age counts from: the older of revocations and gate list."""
        if self.revocations is None or self.made_at_ms is None:
            return None
        return min(self.revocations.issued * 1000, self.made_at_ms)


@dataclass(frozen=True, slots=True)
class GateListView(GateList):
    """The roster as the verifier asks it; times in seconds."""

    facts: "Facts"

    @property
    def made_at(self) -> int:
        """When the office made the list, in seconds."""
        return (self.facts.lists.made_at_ms or 0) // 1000 if self.facts.lists is not None else 0

    def row(self, pass_id: str) -> ListedPass | None:
        """A card's row with the state as this gate knows it."""
        from_roster = self.facts.roster.pass_row(pass_id)  # type: ignore[arg-type]
        if from_roster is None:
            temp = self.facts.present.get("temp_pass", pass_id)
            return (
                None if temp is None else ListedPass(PassState.ACTIVE, temp.issued_at_ms // 1000, temp.exp_ms // 1000)
            )
        state = self.facts.pass_state(from_roster.state, from_roster.person, from_roster.changed_at_ms)
        return ListedPass(state, from_roster.valid_from_ms // 1000, from_roster.valid_to_ms // 1000)


class Facts:
    """事实来源: one gate's knowledge, asked by the desk."""

    def __init__(
        self,
        identity: GateIdentity,
        roster: Roster,
        present: Known,
        lists: TrustedLists | None,
        shipped: Sequence[Policy],
    ) -> None:
        """`shipped` are the policies that came with the program; versions from the office stand beside them."""
        self.identity = identity
        self.roster = roster
        self.present = present
        self.lists = lists
        self._shipped = tuple(shipped)

    def over(self, present: Known) -> "Facts":
        """The same facts over another present: what stands before a commit, with the step's own changes."""
        return Facts(self.identity, self.roster, present, self.lists, self._shipped)

    @property
    def gate(self) -> Gate:
        """This gate as the office describes it; open all day as long as nothing is known."""
        known = self.roster.gate(self.identity.gate)
        return known or Gate(self.identity.gate, CompoundId(self.identity.compound), self.identity.gate)

    def policies(self) -> tuple[Policy, ...]:
        """All versions known: the compound's own, the street's, the shipped ones whose name is not among these."""
        own, street = self.roster.policies_of(CompoundId(self.identity.compound)), self.roster.policies_of(None)
        names = {policy.version for policy in (*own, *street)}
        return (*own, *street, *(policy for policy in self._shipped if policy.version not in names))

    def policy_at(self, at_ms: int) -> Policy:
        """The version in force: the compound's own once it has begun (`policy_override`), else the street's.

        Before the first one begins, the first.
        """
        own = in_force(self.roster.policies_of(CompoundId(self.identity.compound)), at_ms)
        if own is not None:
            return own
        street = self.roster.policies_of(None)
        names = {policy.version for policy in street}
        policies = (*street, *(policy for policy in self._shipped if policy.version not in names))
        return in_force(policies, at_ms) or min(policies, key=lambda policy: policy.effective_from_ms)

    def policy_for(self, record: PassageRecord | None, now: Instant) -> Policy:
        """The version for a passage: a recheck that began before a switch ends under the one it began with."""
        if record is not None and record.rest_since is not None:
            kept = next((policy for policy in self.policies() if policy.version == record.policy), None)
            if kept is not None:
                return kept
        return self.policy_at(now.at_ms)

    # -- lists ---------------------------------------------------------------------------------------------------

    def list_age_ms(self, now_ms: int) -> int | None:
        """Age of the list; None where there is none."""
        base = self.lists.age_base_ms if self.lists is not None else None
        return None if base is None else max(0, now_ms - base)

    def extended_until_ms(self) -> int:
        """Until when a leader lets an old list serve."""
        until = cast("Until | None", self.present.get("until", "list"))
        return until.at_ms if until is not None else 0

    def list_stale(self, now_ms: int, params: Parameters) -> bool:
        """No list, keys past their hard expiry, or older than `list_hard_h` and not extended (domain.md 7.4)."""
        age = self.list_age_ms(now_ms)
        if age is None or self.lists is None or now_ms >= self.lists.bundle.hard_expiry * 1000:
            return True
        return age > params.list_hard_h * HOUR_MS and now_ms >= self.extended_until_ms()

    # -- persons -------------------------------------------------------------------------------------------------

    def isolation(self, person: PersonId | None, but_not_of: PassageId | None = None) -> Isolation | None:
        """The isolation record as this gate knows it: the newer of the list's and its own."""
        if person is None:
            return None
        row = self.roster.isolation(person)
        here = cast("IsolationHere | None", self.present.get("isolation", person))
        if here is None or (but_not_of is not None and here.passage == but_not_of):
            return row
        if row is None:
            return here.isolation
        if row.changed_at_ms >= here.isolation.changed_at_ms:
            return row
        if here.opened:
            return here.isolation
        return replace(
            row,
            state=here.isolation.state,
            release_notice=here.isolation.release_notice or row.release_notice,
            changed_at_ms=here.isolation.changed_at_ms,
        )

    def isolation_state(self, person: PersonId | None, now_ms: int, params: Parameters) -> IsolationState:
        """State of a person's isolation now."""
        return state_at(self.isolation(person), now_ms, params)

    def permits(self, person: PersonId | None) -> tuple[Permit, ...]:
        """Exit permits of a person: the list's, with what happened here, and those granted here."""
        if person is None:
            return ()
        out: dict[str, Permit] = {permit.id: permit for permit in self.roster.permits(person)}
        for permit in cast("Iterable[Permit]", self.present.all("permit")):
            row = out.get(permit.id)
            if row is None and permit.person == person:
                out[permit.id] = permit
            elif row is not None and permit.changed_at_ms > row.changed_at_ms:
                out[permit.id] = replace(row, out_at_ms=permit.out_at_ms, in_at_ms=permit.in_at_ms)
        return tuple(out.values())

    def pass_state(self, state: PassState, person: PersonId | None, changed_at_ms: int) -> PassState:
        """A card's state: suspended while its holder is confined, active again with the release (domain.md 9, 11)."""
        here = cast("IsolationHere | None", self.present.get("isolation", person)) if person is not None else None
        if here is None or here.isolation.changed_at_ms < changed_at_ms:
            return state
        if here.isolation.state is IsolationState.RELEASED:
            return PassState.ACTIVE if state is PassState.SUSPENDED else state
        return PassState.SUSPENDED if state is PassState.ACTIVE else state

    def suspicion_since(self, subject: str | None) -> int | None:
        """Since when an unsettled suspicion of fever is known, here or from a sister gate (ms)."""
        if subject is None:
            return None
        here = self.present.get("suspicion", subject)
        told = self.roster.suspicion(subject)
        newest = max((s for s in (here, told) if s is not None), key=lambda s: s.since_ms, default=None)
        return None if newest is None or newest.settled else newest.since_ms

    def first_return(self, record: PassageRecord, now: Instant, params: Parameters) -> FirstReturn | None:
        """The form's answers, or what a yellow code without a release says (domain.md section 11)."""
        returned = cast("Returned | None", self.present.get("returned", record.person)) if record.person else None
        if record.how is How.RETURN and returned is not None:
            arrived = dt.date.fromisoformat(returned.arrived) if returned.arrived else day_of(now.at_ms)
            days = (day_of(now.at_ms) - arrived).days
            elsewhere = returned.done and returned.passage != record.passage
            if days > params.first_return_days or elsewhere:
                return None
            return FirstReturn(ReturnClass(returned.cls), returned.home_fit, returned.signs, returned.contact)
        if record.code is CodeColour.YELLOW and record.category is not None and record.category.resident:
            if returned is not None and returned.passage == record.passage:
                return FirstReturn(ReturnClass.KEY, returned.home_fit, returned.signs, returned.contact)
            isolation = self.isolation(record.person, record.passage)
            if isolation is None or isolation.state is not IsolationState.RELEASED:
                return FirstReturn(ReturnClass.KEY)
        return None

    # -- the whole -----------------------------------------------------------------------------------------------

    def situation(
        self,
        record: PassageRecord,
        now: Instant,
        policy: Policy,
        *,
        clock_bad: bool,
        others: Sequence[PassageRecord] = (),
    ) -> Situation:
        """All facts of a passage at this moment."""
        params = policy.params
        person = self.roster.person(record.person)
        gate = self.gate
        in_hours = gate.active and parse_hours(gate.hours).hold(now.at_ms)
        if params.night_closure is not None and params.night_closure.hold(now.at_ms):
            in_hours = False
        isolation = self.isolation(record.person, record.passage)
        state = state_at(isolation, now.at_ms, params)
        pass_state = self._pass_state_now(record)
        known = ScanResult.OK, ScanResult.UNKNOWN_NEW, ScanResult.WRONG_GATE
        resident = record.category is not None and record.category.resident
        return Situation(
            direction=record.dir,
            category=record.category,
            scan=record.scan_result,
            pass_state=pass_state,
            expired_ms=max(0, now.at_ms - record.exp_ms) if record.exp_ms is not None else 0,
            identified=record.how in (How.LOOKUP, How.RETURN) and record.person is not None,
            claims_resident=record.claims,
            outsider_pass=not resident and record.scan_result in known and pass_state is PassState.ACTIVE,
            practice=record.practice,
            mask=record.mask,
            mask_exempt=person is not None and Attr.MASK_EXEMPT in person.attrs,
            mask_refused=record.mask_refused,
            outcome=record.outcome,
            party=_party(others),
            cloned=self._cloned(record, params),
            isolation=state,
            release_number=bool(isolation is not None and isolation.release_notice),
            permit_valid=any(permit_valid(p, now.at_ms) for p in self.permits(record.person)),
            permit_out=any(permit_out(p) for p in self.permits(record.person)),
            cohab_confined=self._cohab_confined(record, now, params),
            code=record.code,
            first_return=self.first_return(record, now, params),
            key_history=record.category is Category.RET_KEY,
            consent=record.consent,
            paper_seen=record.paper,
            no_pass_alert=self._no_pass_alert(record, now, params),
            quota_used=self._quota_used(record, now, params),
            in_hours=in_hours,
            manned=self.present.shift() is not None,
            open_gate=gate.kind is GateKind.OPEN,
            clock_bad=clock_bad,
            list_stale=self.list_stale(now.at_ms, params),
        )

    def _pass_state_now(self, record: PassageRecord) -> PassState | None:
        state = record.pass_state
        if state is None:
            return None
        row = self.roster.pass_row(record.pass_id)
        changed = row.changed_at_ms if row is not None else 0
        released = self.pass_state(state, record.person, changed)
        # Only the release is news within a passage; what this passage itself suspended does not feed back.
        return released if released is PassState.ACTIVE else state

    def _cloned(self, record: PassageRecord, params: Parameters) -> bool:
        if record.pass_id is None:
            return False
        started = record.started.at_ms
        return any(
            s.gate != self.identity.gate and 0 <= started - s.at_ms <= params.clone_s * 1000
            for s in self.roster.sightings(record.pass_id)
        )

    def _cohab_confined(self, record: PassageRecord, now: Instant, params: Parameters) -> bool:
        person = self.roster.person(record.person)
        if person is None:
            return False
        mates = (mate for mate in self.roster.members(person.dwelling) if mate.id != person.id)
        return any(self.isolation_state(mate.id, now.at_ms, params) in CONFINED for mate in mates)

    def _no_pass_alert(self, record: PassageRecord, now: Instant, params: Parameters) -> bool:
        if record.person is None:
            return False
        times = cast("Times | None", self.present.get("look_up", record.person))
        since = now.at_ms - params.no_pass_alert.days * DAY_MS
        before = sum(at > since for at in times.at_ms) if times is not None else 0
        return before + 1 >= params.no_pass_alert.times

    def _quota_used(self, record: PassageRecord, now: Instant, params: Parameters) -> bool:
        quota = params.household_quota
        person = self.roster.person(record.person)
        if quota is None or person is None or person.category in quota.exempt:
            return False
        since = start_of(day_of(now.at_ms) - dt.timedelta(days=quota.window_days - 1))
        moves = sorted(self._moves(since, self.roster.members(person.dwelling) or (person,)))
        exits = sum(direction is Direction.OUT for _, direction, _ in moves)
        outside, minutes = _outside(moves, now.at_ms)
        return (
            (quota.max_trips is not None and exits >= quota.max_trips)
            or (quota.max_persons_out is not None and len(outside - {person.id}) >= quota.max_persons_out)
            or (quota.max_minutes_out is not None and minutes >= quota.max_minutes_out)
        )

    def _moves(self, since: int, members: Iterable[Person]) -> list[tuple[int, Direction, str]]:
        """Every exit and return of a household since then, here and as told from sister gates."""
        out: list[tuple[int, Direction, str]] = []
        for member in members:
            trips = cast("Trips | None", self.present.get("trips", member.id))
            out += [(t.at_ms, t.dir, member.id) for t in (trips.trips if trips is not None else ()) if t.at_ms >= since]
            out += [(s.at_ms, s.dir, member.id) for s in self.roster.sightings(member.id) if s.at_ms >= since]
        return out

    def repeat_of(self, pass_id: str, direction: Direction, now: Instant, params: Parameters) -> LastSeen | None:
        """R03: the pass's newest final passage here, if it has this direction and was just now."""
        seen = cast("LastSeen | None", self.present.get("seen", pass_id))
        if seen is None or seen.dir is not direction or not 0 <= now.at_ms - seen.at_ms <= params.repeat_s * 1000:
            return None
        return seen

    def passback_mark(self, pass_id: str, direction: Direction, params: Parameters) -> str | None:
        """anti_passback WARN: in after in, or out after out, as far as known here."""
        if params.anti_passback is AntiPassback.OFF:
            return None
        seen = cast("LastSeen | None", self.present.get("seen", pass_id))
        newest = max(self.roster.sightings(pass_id), key=lambda s: s.at_ms, default=None)
        last = seen.through if seen is not None else None
        if newest is not None and (seen is None or newest.at_ms > seen.at_ms):
            last = newest.dir
        if last is not direction:
            return None
        return "IN_IN" if direction is Direction.IN else "OUT_OUT"


def _party(others: Sequence[PassageRecord]) -> Party:
    states = {other.outcome for other in others if not (other.final and other.verdict is Verdict.REFUSE)}
    if TempOutcome.FEVER_CONFIRMED in states:
        return Party.CONFIRMED
    if TempOutcome.FEVER_SUSPECT in states:
        return Party.SUSPECT
    if states & {TempOutcome.NOT_TAKEN, TempOutcome.LOW, TempOutcome.INVALID}:
        return Party.UNMEASURED
    return Party.ALONE


def _outside(moves: Sequence[tuple[int, Direction, str]], now_ms: int) -> tuple[set[str], int]:
    """Who of a household is out now, and for how many minutes its members have been out in all."""
    since: dict[str, int] = {}
    total = 0
    for at, direction, who in moves:
        if direction is Direction.OUT:
            since.setdefault(who, at)
        elif who in since:
            total += at - since.pop(who)
    total += sum(now_ms - at for at in since.values())
    return set(since), total // 60_000

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""门岗台: a passage from the scan to the record. Data flows one way: facts in, decision out, record, then show.

Every method is one step of one person at the gate. It commits first and shows then; an input that the state does not
offer is refused with its code and changes nothing; a failed commit shows nothing that admits (domain.md 7.3).
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kiosk.app.facts import Facts, GateListView
from kiosk.app.lookup import label
from kiosk.app.offers import offered, wanted
from kiosk.app.ports import CommitFailed, CommitFault
from kiosk.app.recorder import Recorder
from kiosk.app.showing import Showing
from kiosk.app.turn import Turn
from kiosk.app.views import HouseholdView, PassageView, Shown, TrayChip
from kiosk.domain.admission import FOUR_ITEMS, ReturnClass
from kiosk.domain.codes import (
    Button,
    CaseKind,
    Category,
    CodeColour,
    Direction,
    How,
    IsolationState,
    Note,
    PassState,
    Priority,
    ReadingSource,
    Reason,
    RefusedInput,
    ScanResult,
    Site,
    TempOutcome,
    Tick,
    Told,
    Verdict,
)
from kiosk.domain.events import (
    Checklist,
    Correction,
    IsolationChanged,
    Override,
    PermitUse,
    ReadingTaken,
    Refusal,
    Registration,
)
from kiosk.domain.identity import IsolationId, PartyId, PassageId, PassId, PersonId
from kiosk.domain.instants import day_of, elapsed_ms
from kiosk.domain.isolation import permit_out
from kiosk.domain.passage import PassageRecord
from kiosk.domain.passes import GatePlace, GateTrust, PassCheck, PassProblem, verify
from kiosk.domain.policy import Policy
from kiosk.domain.present import Returned
from kiosk.domain.register import Isolation, Person
from kiosk.domain.temperature import expired, measure, parse_reading, refuse

SHANGHAI_REGION = "31"


@dataclass(frozen=True, slots=True)
class Arriving:
    """来人的样子: what the volunteer sees of somebody who comes or goes."""

    direction: Direction = Direction.IN
    mask: bool = True
    code: CodeColour = CodeColour.NOT_SHOWN


@dataclass(frozen=True, slots=True)
class Outsider:
    """外来人员: what was asked of somebody without a pass. Names, phone, host and plate are personal."""

    category: Category
    consent: bool = False
    paper_seen: bool = False
    name: str | None = None
    phone: str | None = None
    host: str | None = None
    plate: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnForm:
    """返沪登记表: regions by GB/T 2260 or ISO 3166; dates ISO, `arrived` in Shanghai."""

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


@dataclass(frozen=True, slots=True)
class Occupant:
    """乘员: one person of a vehicle: a card's text, somebody found on the register, or an outsider."""

    payload: bytes | None = None
    person: PersonId | None = None
    category: Category | None = None


class Desk:
    """门岗台."""

    def __init__(self, facts: Facts, recorder: Recorder, showing: Showing) -> None:
        """`showing` turns records into what the screens say."""
        self.facts = facts
        self._recorder = recorder
        self._showing = showing
        self._households: dict[PassId, PassCheck] = {}
        self.foreign_codes = 0
        self.repeats = 0

    # -- opening -------------------------------------------------------------------------------------------------

    def on_code(self, payload: bytes, arriving: Arriving, how: How = How.SCAN) -> Shown:
        """A code was held before the camera: verify it, and open or resume a passage."""
        self.advance()
        turn = self._turn()
        check = self._verify(payload, turn)
        if check.problem is PassProblem.NOT_A_PASS:
            return self.on_not_ours()
        household = self._household_of(turn, check)
        if household is not None:
            return household
        params = turn.policy().params
        pass_id = check.claims.pass_id if check.claims is not None else None
        if pass_id is not None:
            seen = None if turn.clock_bad else turn.facts.repeat_of(pass_id, arriving.direction, turn.now, params)
            if seen is not None:
                self.repeats += 1
                return Shown(self._showing.repeat(self._known(seen.passage)))
            going_on = self._unfinished(pass_id, arriving.direction)
            if going_on is not None:
                return self._commit(turn, going_on, lambda: self._seen_again(turn, going_on, arriving))
        new = self._scanned(turn, check, arriving, how)
        return self._commit(turn, new, lambda: turn.decided(new))

    def open_member(self, pass_id: PassId, person: PersonId, arriving: Arriving) -> Shown:
        """A member of a household was tapped: a passage of his own, with the household's card."""
        self.advance()
        check = self._households.get(pass_id)
        if check is None:
            return Shown(None, refused=RefusedInput.FACT_NEEDED)
        turn = self._turn()
        params = turn.policy().params
        seen = None if turn.clock_bad else turn.facts.repeat_of(person, arriving.direction, turn.now, params)
        if seen is not None:
            self.repeats += 1
            return Shown(self._showing.repeat(self._known(seen.passage)))
        known = turn.facts.roster.person(person)
        scanned = self._scanned(turn, check, arriving, How.SCAN)
        category = known.category if known is not None else scanned.category
        new = self._with_suspicion(turn, replace(scanned, person=person, category=category, mark=None))
        return self._commit(turn, new, lambda: turn.decided(new))

    def _household_of(self, turn: Turn, check: PassCheck) -> Shown | None:
        """One card may stand for a dwelling: its members are shown as keys, nobody is let in yet."""
        row = turn.facts.roster.pass_row(check.claims.pass_id) if check.claims is not None else None
        if row is None or row.person is not None or row.dwelling is None or check.scan_result is not ScanResult.OK:
            return None
        members = turn.facts.roster.members(row.dwelling)
        if not members:
            return None
        self._households[row.id] = check
        return Shown(None, household=HouseholdView(row.id, tuple(label(member) for member in members)))

    def on_not_ours(self) -> Shown:
        """A foreign code (这不是出入证): no passage, no event; only the hourly counter knows."""
        self.foreign_codes += 1
        return Shown(self._showing.not_ours())

    def on_ambiguous(self) -> Shown:
        """Two passes at once (请一次出示一张)."""
        return Shown(self._showing.ambiguous())

    def on_unreadable(self, arriving: Arriving) -> Shown:
        """A symbol was located but never read, and nobody looked the holder up: measured, then the leader decides."""
        return self._open_plain(arriving, How.SCAN, scan_result=ScanResult.UNREADABLE)

    def arrive(self, outsider: Outsider, arriving: Arriving) -> Shown:
        """Somebody without a pass; the volunteer taps a category."""
        facts = {"name": outsider.name, "phone": outsider.phone, "host": outsider.host, "plate": outsider.plate}
        personal = {key: value for key, value in facts.items() if value}
        return self._open_plain(
            arriving,
            How.ARRIVE,
            personal or None,
            category=outsider.category,
            consent=outsider.consent,
            paper=outsider.paper_seen,
            plate_ix=1 if outsider.plate else None,
        )

    def open_found(self, person: PersonId, arriving: Arriving) -> Shown:
        """A forgotten pass: the person was found on the list by room and two facts (R32)."""
        known = self.facts.roster.person(person)
        going_on = self._unfinished_of(person, arriving.direction)
        if going_on is not None:
            turn = self._turn()
            return self._commit(turn, going_on, lambda: self._seen_again(turn, going_on, arriving))
        category = known.category if known is not None else None
        return self._open_plain(arriving, How.LOOKUP, person=person, category=category)

    def open_not_found(self, arriving: Arriving) -> Shown:
        """Claims to live here and is not on the list (R33)."""
        return self._open_plain(arriving, How.LOOKUP, claims=True)

    def return_home(self, form: ReturnForm, arriving: Arriving) -> Shown:
        """First return to the compound: the registration form opens the passage (domain.md section 11)."""
        self.advance()
        turn = self._turn()
        known = self.facts.roster.person(form.person)
        blank = self._blank(turn, arriving, How.RETURN)
        new = replace(blank, person=form.person, category=known.category if known is not None else None, code=form.code)
        new = self._with_suspicion(turn, new)
        policy = turn.policy()
        cls = self._return_class(form, policy, turn, new.category)

        def write() -> PassageRecord:
            turn.add(
                Registration(
                    person=form.person,
                    kind="RETURN",
                    region=form.from_region,
                    transit=form.transit or None,
                    departed=form.departed,
                    arrived=form.arrived,
                    cls=cls.value,
                    region_list=policy.region_list,
                    home_fit=form.home_fit,
                    signs=form.signs,
                    contact=form.contact,
                    passage=new.passage,
                )
            )
            return turn.decided(new)

        return self._commit(turn, new, write)

    def party(self, occupants: Sequence[Occupant], arriving: Arriving, plate: str | None = None) -> tuple[Shown, ...]:
        """A vehicle: each occupant is a passage of its own; nobody is decided before all are measured."""
        self.advance()
        turn = self._turn()
        party = PartyId(self._recorder.new_id())
        opened: list[PassageRecord] = []
        for number, occupant in enumerate(occupants, 1):
            new = self._occupant(turn, occupant, arriving)
            opened.append(replace(new, party=party, plate_ix=number if plate else None))

        def write() -> PassageRecord:
            for number, new in enumerate(opened):
                turn.records.update({other.passage: other for other in opened[number + 1 :]} if number == 0 else {})
                turn.records.pop(new.passage, None)
                turn.decided(new, {"plate": plate} if plate and number == 0 else None)
            return turn.records[opened[0].passage]

        if not opened:
            return ()
        first = self._commit(turn, opened[0], write)
        return (first, *(Shown(self.view(new.passage), fault=first.fault) for new in opened[1:]))

    def staff_card(self, payload: bytes) -> Person | None:
        """值守证: whose genuine card of the category STAFF this is; opens no passage (sign-on, hand-over)."""
        turn = self._turn()
        check = self._verify(payload, turn)
        if check.claims is None or check.scan_result is not ScanResult.OK or check.state is not PassState.ACTIVE:
            return None
        if check.claims.category is not Category.STAFF:
            return None
        row = turn.facts.roster.pass_row(check.claims.pass_id)
        return turn.facts.roster.person(row.person) if row is not None else None

    def seen(self, passage: PassageId, *, mask: bool, code: CodeColour = CodeColour.NOT_SHOWN) -> Shown:
        """What can be seen of somebody whose passage goes on: a mask, or a health code's colour (R04, R18 to R23)."""
        self.advance()
        record = self._known(passage)
        if record.final:
            return self._refused(record, RefusedInput.PASSAGE_CLOSED)
        turn = self._turn()
        arriving = Arriving(record.dir, mask, code)
        return self._commit(turn, record, lambda: self._seen_again(turn, record, arriving))

    # -- measuring -----------------------------------------------------------------------------------------------

    def reading(
        self,
        passage: PassageId,
        text: str,
        site: Site,
        source: ReadingSource = ReadingSource.TYPED,
        *,
        device: str | None = None,
        ambient_dc: int | None = None,
        method: str | None = None,
    ) -> Shown:
        """A temperature, as the hand or the device gives it."""
        self.advance()
        turn = self._turn()
        record = self._known(passage)
        tenths = parse_reading(text)
        if isinstance(tenths, RefusedInput):
            return self._refused(record, tenths)
        if record.final:
            return self._refused(record, RefusedInput.PASSAGE_CLOSED)
        state = measure(record.temperature, tenths, site, turn.now, turn.policy(record).params, source)
        if isinstance(state, RefusedInput):
            return self._refused(record, state)
        taken = state.readings[-1]
        body = ReadingTaken(
            passage, taken.n, site, source, taken.validity, tenths, text.strip()[:16], method, device, ambient_dc
        )

        def write() -> PassageRecord:
            turn.add(body)
            measured = replace(turn.records[passage], outcome=state.outcome)
            if record.verdict is Verdict.HOLD and record.outcome is TempOutcome.FEVER_CONFIRMED:
                return turn.step(measured)  # NOTED: only the leader may override
            return turn.decided(measured)

        return self._commit(turn, record, write)

    def refuse_reading(self, passage: PassageId) -> Shown:
        """不愿测量: the person will not be measured."""
        self.advance()
        record = self._known(passage)
        if record.final:
            return self._refused(record, RefusedInput.PASSAGE_CLOSED)
        state = refuse(record.temperature)
        if isinstance(state, RefusedInput):
            return self._refused(record, state)
        turn = self._turn()

        def write() -> PassageRecord:
            turn.add(Refusal(passage))
            return turn.decided(replace(turn.records[passage], outcome=state.outcome))

        return self._commit(turn, record, write)

    def unlock_reading(self, passage: PassageId, by: str | None) -> Shown:
        """The leader's PIN gives one reading beyond the quota (domain.md section 6)."""
        record = self._known(passage)
        if by is None:
            return self._refused(record, RefusedInput.PIN_NEEDED)
        if record.final:
            return self._refused(record, RefusedInput.PASSAGE_CLOSED)
        turn = self._turn()
        return self._commit(turn, record, lambda: turn.step(replace(record, unlocked=record.unlocked + 1)))

    # -- ticks and buttons ---------------------------------------------------------------------------------------

    def tick(self, passage: PassageId, items: Sequence[Tick]) -> Shown:
        """Boxes ticked on the verdict screen; the fourth item of a key return opens the isolation."""
        self.advance()
        record = self._known(passage)
        allowed = set(wanted(record))
        if record.verdict is Verdict.HOLD and record.reason is Reason.FEVER:
            allowed.add(Tick.COMPANIONS)
        if record.final or not items or not set(items) <= allowed:
            return self._refused(record, RefusedInput.TICK_NOT_OFFERED)
        turn = self._turn()
        ticked = record.ticks | set(items)

        def write() -> PassageRecord:
            turn.add(Checklist(passage, tuple(sorted(ticked))))
            complete = ticked.issuperset(FOUR_ITEMS) and not record.ticks.issuperset(FOUR_ITEMS)
            if record.rule == "R20" and complete:
                self._open_isolation(turn, record, IsolationState.HOME)
            return turn.records[passage]

        return self._commit(turn, record, write)

    def press(self, passage: PassageId, button: Button) -> Shown:
        """A button of the verdict screen; one that the state does not offer is refused."""
        self.advance()
        record = self._known(passage)
        if record.final or button not in offered(record):
            return self._refused(record, RefusedInput.BUTTON_NOT_OFFERED)
        turn = self._turn()

        def write() -> PassageRecord:
            match button:
                case Button.ADMIT | Button.ESCORTED:
                    return self._gone_through(turn, record, button)
                case Button.TRANSFER:
                    return self._transferred(turn, record)
                case Button.LEAVE:
                    return self._left(turn, record)
                case Button.REFUSE:
                    return self._will_not(turn, record)

        return self._commit(turn, record, write)

    def override(
        self, passage: PassageId, verdict: Verdict, why: str, *, by: str | None, second_by: str | None = None
    ) -> Shown:
        """改判: the leader decides otherwise, with a reason and the PIN (`by` None: the PIN was not given)."""
        self.advance()
        record = self._known(passage)
        if by is None:
            return self._refused(record, RefusedInput.PIN_NEEDED)
        if not why.strip():
            return self._refused(record, RefusedInput.WHY_NEEDED)
        if not self._overridable(record, verdict):
            return self._refused(record, RefusedInput.BUTTON_NOT_OFFERED)
        if record.verdict is Verdict.HOLD and verdict.admits and second_by is None:
            return self._refused(record, RefusedInput.SECOND_PIN_NEEDED)
        turn = self._turn()

        def write() -> PassageRecord:
            turn.add(Override(passage, record.verdict, record.reason, verdict, why.strip(), by, second_by))
            at_once = verdict in (Verdict.ADMIT, Verdict.EMERGENCY)
            final = at_once or verdict in (Verdict.REFUSE, Verdict.REDIRECT)
            return turn.step(replace(turn.records[passage], verdict=verdict, recorded=at_once, final=final))

        return self._commit(turn, record, write)

    def correct(self, passage: PassageId, text: str, *, by: str, leader: bool = False) -> Shown:
        """更正: the newest reading was keyed wrongly; both values stay, and the rules decide again."""
        record = self._known(passage)
        tenths = parse_reading(text)
        if isinstance(tenths, RefusedInput):
            return self._refused(record, tenths)
        grave = record.verdict is Verdict.HOLD or record.outcome is TempOutcome.FEVER_CONFIRMED
        if not record.readings or (grave and not leader) or record.first_event is None:
            return self._refused(record, RefusedInput.PIN_NEEDED if grave else RefusedInput.PASSAGE_CLOSED)
        turn = self._turn()
        old = record.readings[-1]

        def write() -> PassageRecord:
            turn.add(
                Correction(
                    record.first_event,  # type: ignore[arg-type]  # checked above
                    "keyed wrongly",
                    by,
                    passage,
                    "temp_dc",
                    str(old.tenths),
                    str(tenths),
                )
            )
            before = replace(record.temperature, outcome=_before(record), readings=record.readings[:-1], since=None)
            again = measure(before, tenths, old.site, old.at, turn.policy(record).params, old.source)
            outcome = record.outcome if isinstance(again, RefusedInput) else again.outcome
            reopened = replace(turn.records[passage], outcome=outcome, recorded=False, final=False)
            return turn.decided(reopened)

        return self._commit(turn, record, write)

    def void(self, passage: PassageId, *, by: str, why: str) -> Shown:
        """撤销: the passage counts for nothing from here on; what was recorded stays in the log."""
        record = self._known(passage)
        if record.first_event is None or record.voided:
            return self._refused(record, RefusedInput.PASSAGE_CLOSED)
        turn = self._turn()
        event = record.first_event

        def write() -> PassageRecord:
            turn.add(Correction(event, why, by, passage, void=True))
            if not record.final:
                turn.step(replace(turn.records[passage], final=True))
            return turn.records[passage]

        return self._commit(turn, record, write)

    # -- time ----------------------------------------------------------------------------------------------------

    def advance(self) -> tuple[PassageId, ...]:
        """Called each second and before each step: who rested too long is ABANDONED, who was forgotten is closed."""
        closed: list[PassageId] = []
        for record in self._recorder.present.open_passages():
            turn = self._turn()
            params = turn.policy(record).params
            if expired(record.temperature, turn.now, params):
                self._commit(turn, record, lambda t=turn, r=record: self._abandoned(t, r))  # type: ignore[misc]
            elif self._forgotten(record, turn, params.recheck_expires_s):
                self._commit(turn, record, lambda t=turn, r=record: t.step(replace(r, final=True)))  # type: ignore[misc]
            else:
                continue
            closed.append(record.passage)
        return tuple(closed)

    def decide_again(self, person: PersonId) -> Shown | None:
        """Something about a person changed (a release notice): his unfinished passages are decided again."""
        shown: Shown | None = None
        for record in self._recorder.present.open_passages():
            if record.person == person and not record.final and record.overridden is None:
                turn = self._turn()
                shown = self._commit(turn, record, lambda t=turn, r=record: t.decided(r))  # type: ignore[misc]
        return shown

    # -- looking -------------------------------------------------------------------------------------------------

    def view(self, passage: PassageId) -> PassageView:
        """The picture of one passage now."""
        return self._showing.passage(self._known(passage))

    def record(self, passage: PassageId) -> PassageRecord | None:
        """The folded record of a passage."""
        return self._recorder.present.passage(passage)

    def tray(self) -> tuple[TrayChip, ...]:
        """Who rests or waits, ready first, then least time left."""
        return self._showing.tray(self._recorder.present.open_passages())

    # -- inside --------------------------------------------------------------------------------------------------

    def _turn(self) -> Turn:
        return Turn(self.facts, self._recorder)

    def _known(self, passage: PassageId) -> PassageRecord:
        record = self._recorder.present.passage(passage)
        if record is None:
            msg = "no such passage at this gate"
            raise KeyError(msg)
        return record

    def _commit(self, turn: Turn, before: PassageRecord, write: Callable[[], PassageRecord]) -> Shown:
        try:
            done = write()
            turn.commit()
        except CommitFailed as failed:
            return self._not_recorded(before, turn, failed.fault)
        return Shown(self._showing.passage(done))

    def _not_recorded(self, before: PassageRecord, turn: Turn, fault: CommitFault) -> Shown:
        """未记录: nothing that admits is shown, EMERGENCY excepted; HOLD, REFUSE and REFUSE_EXIT may stand, marked."""
        meant = turn.records.get(before.passage, before)
        stands = meant.verdict in (Verdict.EMERGENCY, Verdict.HOLD, Verdict.REFUSE, Verdict.REFUSE_EXIT)
        shown = replace(meant, recorded=False)
        return Shown(self._showing.unrecorded(shown, stands=stands), fault=fault)

    def _refused(self, record: PassageRecord, code: RefusedInput) -> Shown:
        return Shown(self._showing.passage(record), refused=code)

    def _verify(self, payload: bytes, turn: Turn) -> PassCheck:
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

    def _blank(self, turn: Turn, arriving: Arriving, how: How) -> PassageRecord:
        return PassageRecord(
            passage=PassageId(self._recorder.new_id()),
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
            list_version=self._list_version(turn),
        )

    @staticmethod
    def _list_version(turn: Turn) -> int:
        lists = turn.facts.lists
        return lists.revocations.version if lists is not None and lists.revocations is not None else 0

    def _scanned(self, turn: Turn, check: PassCheck, arriving: Arriving, how: How) -> PassageRecord:
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
            self._blank(turn, arriving, how),
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
        return self._with_suspicion(turn, new)

    def _with_suspicion(self, turn: Turn, new: PassageRecord) -> PassageRecord:
        """Whoever left with a high reading starts as a suspect, rest from the scan (domain.md section 6)."""
        if new.dir is not Direction.IN:
            return new
        since = turn.facts.suspicion_since(new.person)
        if since is None:
            since = turn.facts.suspicion_since(new.pass_id)
        return new if since is None else replace(new, outcome=TempOutcome.FEVER_SUSPECT)

    def _open_plain(
        self, arriving: Arriving, how: How, personal: dict[str, str] | None = None, **facts: object
    ) -> Shown:
        self.advance()
        turn = self._turn()
        new = self._with_suspicion(turn, replace(self._blank(turn, arriving, how), **facts))  # type: ignore[arg-type]
        return self._commit(turn, new, lambda: turn.decided(new, personal))

    def _occupant(self, turn: Turn, occupant: Occupant, arriving: Arriving) -> PassageRecord:
        if occupant.payload is not None:
            return self._scanned(turn, self._verify(occupant.payload, turn), arriving, How.SCAN)
        if occupant.person is not None:
            known = turn.facts.roster.person(occupant.person)
            blank = self._blank(turn, arriving, How.LOOKUP)
            new = replace(blank, person=occupant.person, category=known.category if known is not None else None)
            return self._with_suspicion(turn, new)
        return replace(self._blank(turn, arriving, How.ARRIVE), category=occupant.category or Category.VISITOR)

    def _unfinished(self, pass_id: PassId, direction: Direction) -> PassageRecord | None:
        return next(
            (r for r in self._recorder.present.open_passages() if r.pass_id == pass_id and r.dir is direction), None
        )

    def _unfinished_of(self, person: PersonId, direction: Direction) -> PassageRecord | None:
        return next(
            (
                r
                for r in self._recorder.present.open_passages()
                if r.person == person and r.dir is direction and r.how is How.LOOKUP
            ),
            None,
        )

    def _seen_again(self, turn: Turn, record: PassageRecord, arriving: Arriving) -> PassageRecord:
        """An unfinished passage goes on: what can be seen of the person may have changed."""
        if record.overridden is not None:
            return record
        code = arriving.code if arriving.code is not CodeColour.NOT_SHOWN else record.code
        work = replace(record, mask=arriving.mask, code=code)
        if work.mask:
            work = replace(work, mask_refused=False)
        return turn.decided(work)

    def _return_class(self, form: ReturnForm, policy: Policy, turn: Turn, category: Category | None) -> ReturnClass:
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

    def _open_isolation(self, turn: Turn, record: PassageRecord, state: IsolationState) -> None:
        """The fourth tick: isolation with its D0, pass suspended, person added to the increment; one transaction."""
        returned: Returned | None = turn.facts.present.get("returned", record.person or "")
        arrived = returned.arrived if returned is not None and returned.arrived else day_of(turn.now.at_ms).isoformat()
        person = record.person
        if person is None:
            return
        if returned is None or state is IsolationState.HOME:
            turn.add(
                Registration(
                    person=person,
                    kind="RETURN",
                    arrived=arrived,
                    cls=ReturnClass.KEY.value,
                    home_fit=state is IsolationState.HOME,
                    notice=state is IsolationState.HOME,
                    record=state is IsolationState.HOME,
                    commitment=state is IsolationState.HOME,
                    signs=state is IsolationState.HOME,
                    passage=record.passage,
                )
            )
        turn.add(IsolationChanged(IsolationId(self._recorder.new_id()), person, state.value, arrived, record.passage))

    def _gone_through(self, turn: Turn, record: PassageRecord, button: Button) -> PassageRecord:
        notes = record.notes
        if record.rule == "R15":
            late = self._close_permit(turn, record)
            notes = tuple(dict.fromkeys((*notes, Note.LATE_RETURN))) if late else notes
        isolation = turn.facts.isolation(record.person, record.passage)
        if record.rule == "R17" and isolation is not None and isolation.state is IsolationState.BREACH:
            turn.add(_back_home(isolation, record))
        return turn.step(replace(record, button=button, recorded=True, final=True, notes=notes))

    @staticmethod
    def _close_permit(turn: Turn, record: PassageRecord) -> bool:
        late = False
        for permit in turn.facts.permits(record.person):
            if permit_out(permit):
                turn.add(PermitUse(permit.id, in_at=turn.now.at_ms))
                late = late or turn.now.at_ms > permit.to_ms
        return late

    def _transferred(self, turn: Turn, record: PassageRecord) -> PassageRecord:
        if record.reason is Reason.CENTRAL_NEEDED:
            self._open_isolation(turn, record, IsolationState.CENTRAL)
        return turn.step(replace(record, button=Button.TRANSFER, final=True))

    def _left(self, turn: Turn, record: PassageRecord) -> PassageRecord:
        if record.outcome is TempOutcome.FEVER_SUSPECT and record.verdict is Verdict.WAIT:
            return self._abandoned(turn, record, Button.LEAVE)
        if record.verdict is Verdict.REFUSE_EXIT:
            return self._broke_out(turn, record)
        new = replace(record, button=Button.LEAVE, final=True)
        isolated = record.rule == "R20" and record.ticks.issuperset(FOUR_ITEMS)
        if isolated or record.rule == "R15":
            case = turn.case_of(record)
            told = tuple(dict.fromkeys((*record.told, Told.COMMITTEE)))
            done = turn.step(replace(new, case=case, told=told))
            turn.open_case(case, (CaseKind.ISOLATION_OUT, Priority.P2), done, (Told.COMMITTEE,))
            return done
        return turn.step(new)

    def _abandoned(self, turn: Turn, record: PassageRecord, button: Button | None = None) -> PassageRecord:
        case = turn.case_of(record)
        new = replace(
            record, outcome=TempOutcome.ABANDONED, final=True, recorded=False, case=case, button=button or record.button
        )
        done = turn.step(new)
        turn.open_case(case, (CaseKind.FEVER, Priority.P2), done, record.told or (Told.LEADER,))
        for other in turn.party_of(done):
            if not other.final and other.overridden is None:
                turn.decided(other)
        return turn.records[record.passage]

    def _broke_out(self, turn: Turn, record: PassageRecord) -> PassageRecord:
        """Went on all the same: recorded as left, isolation BREACH, police told."""
        isolation = turn.facts.isolation(record.person, record.passage)
        told = tuple(dict.fromkeys((*record.told, Told.POLICE)))
        notes = tuple(dict.fromkeys((*record.notes, Note.BREACH)))
        case = turn.case_of(record)
        new = replace(record, button=Button.LEAVE, recorded=True, final=True, told=told, notes=notes, case=case)
        done = turn.step(new)
        if record.rule == "R13" and isolation is not None:
            turn.add(IsolationChanged(isolation.id, isolation.person, IsolationState.BREACH.value))
        turn.open_case(case, (CaseKind.ISOLATION_OUT, Priority.P2), done, told)
        return done

    def _will_not(self, turn: Turn, record: PassageRecord) -> PassageRecord:
        """`refuse` on a WAIT: will not wear a mask, or will not be measured."""
        if record.reason is Reason.NO_MASK:
            return turn.decided(replace(record, mask_refused=True))
        turn.add(Refusal(record.passage))
        state = refuse(record.temperature)
        outcome = record.outcome if isinstance(state, RefusedInput) else state.outcome
        return turn.decided(replace(turn.records[record.passage], outcome=outcome))

    def _overridable(self, record: PassageRecord, verdict: Verdict) -> bool:
        if record.verdict not in _OVERRIDABLE or verdict not in _OVERRIDE_TO or verdict is record.verdict:
            return False
        if record.final and record.verdict not in (Verdict.REFUSE, Verdict.REDIRECT):
            return False
        resident = record.category is not None and record.category.resident
        known = record.person is not None or record.scan_result in _GENUINE
        turning_back = verdict in (Verdict.REFUSE, Verdict.REDIRECT)
        return not (turning_back and resident and known and record.dir is Direction.IN)

    @staticmethod
    def _forgotten(record: PassageRecord, turn: Turn, after_s: int) -> bool:
        waiting = record.verdict is Verdict.WAIT and record.outcome is not TempOutcome.FEVER_SUSPECT
        return waiting and elapsed_ms(record.decided, turn.now) >= after_s * 1000


_TAKEN_BACK = frozenset({PassState.SUSPENDED, PassState.REVOKED, PassState.LOST})
_GENUINE = frozenset({ScanResult.OK, ScanResult.UNKNOWN_NEW, ScanResult.WRONG_GATE})
_OVERRIDABLE = frozenset({Verdict.LEADER, Verdict.HOLD, Verdict.REFUSE, Verdict.REDIRECT})
_OVERRIDE_TO = frozenset(
    {
        Verdict.ADMIT,
        Verdict.ADMIT_REGISTER,
        Verdict.ADMIT_ESCORT,
        Verdict.HOLD,
        Verdict.REFUSE,
        Verdict.REDIRECT,
    }
)


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


def _before(record: PassageRecord) -> TempOutcome:
    """The state before the newest reading, for measuring it again with the right figure."""
    return TempOutcome.NOT_TAKEN if len(record.readings) == 1 else TempOutcome.LOW


def _back_home(isolation: Isolation, record: PassageRecord) -> IsolationChanged:
    return IsolationChanged(isolation.id, isolation.person, IsolationState.HOME.value, passage=record.passage)

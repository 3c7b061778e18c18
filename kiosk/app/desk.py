# SPDX-License-Identifier: LicenseRef-Gatehouse
"""门岗台: a passage from the scan to the record. Data flows one way: facts in, decision out, record, then show.

Every method is one step of one person at the gate. It commits first and shows then; an input that the state does not
offer is refused with its code and changes nothing; a failed commit shows nothing that admits (domain.md 7.3).
"""

from collections.abc import Sequence
from dataclasses import replace

from kiosk.app.arrivals import (
    Arriving,
    Occupant,
    Outsider,
    ReturnForm,
    blank,
    occupant_of,
    return_class,
    scanned,
    seen_again,
    verified,
    with_suspicion,
)
from kiosk.app.facts import Facts
from kiosk.app.lookup import label
from kiosk.app.measuring import Measuring
from kiosk.app.offers import offered, overridable, returnable, wanted
from kiosk.app.outcomes import gone_through, left, open_isolation, transferred, will_not
from kiosk.app.recorder import Recorder
from kiosk.app.showing import Showing
from kiosk.app.turn import Turn
from kiosk.app.views import HouseholdView, Shown, TrayChip
from kiosk.domain.admission import FOUR_ITEMS
from kiosk.domain.codes import (
    Button,
    Category,
    CodeColour,
    Direction,
    How,
    IsolationState,
    PassState,
    Reason,
    RefusedInput,
    ScanResult,
    Tick,
    Verdict,
)
from kiosk.domain.events import (
    Checklist,
    Correction,
    Override,
    Registration,
)
from kiosk.domain.identity import PartyId, PassageId, PassId, PersonId
from kiosk.domain.passage import PassageRecord
from kiosk.domain.passes import PassCheck, PassProblem
from kiosk.domain.register import Person

__all__ = ["Arriving", "Desk", "Occupant", "Outsider", "ReturnForm"]


class Desk(Measuring):
    """门岗台."""

    def __init__(self, facts: Facts, recorder: Recorder, showing: Showing) -> None:
        """`showing` turns records into what the screens say."""
        super().__init__(facts, recorder, showing)
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
                return self._commit(turn, going_on, lambda: seen_again(turn, going_on, arriving))
        new = scanned(turn, check, arriving, how)
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
        going_on = self._unfinished(pass_id, arriving.direction, person)
        if going_on is not None:
            return self._commit(turn, going_on, lambda: seen_again(turn, going_on, arriving))
        known = turn.facts.roster.person(person)
        by_card = scanned(turn, check, arriving, How.SCAN)
        category = known.category if known is not None else by_card.category
        new = with_suspicion(turn, replace(by_card, person=person, category=category, mark=None))
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
        if outsider.leave_by_ms is not None:
            personal["leave_by_ms"] = str(outsider.leave_by_ms)
        return self._open_plain(
            arriving,
            How.ARRIVE,
            personal or None,
            category=outsider.category,
            consent=outsider.consent,
            paper=outsider.paper_seen,
            plate_ix=1 if outsider.plate else None,
            company=outsider.company,
            purpose=outsider.purpose,
        )

    def open_found(self, person: PersonId, arriving: Arriving) -> Shown:
        """A forgotten pass: the person was found on the list by room and two facts (R32)."""
        known = self.facts.roster.person(person)
        going_on = self._unfinished_of(person, arriving.direction)
        if going_on is not None:
            turn = self._turn()
            return self._commit(turn, going_on, lambda: seen_again(turn, going_on, arriving))
        category = known.category if known is not None else None
        return self._open_plain(arriving, How.LOOKUP, person=person, category=category)

    def open_not_found(self, arriving: Arriving) -> Shown:
        """Claims to live here and is not on the list (R33)."""
        return self._open_plain(arriving, How.LOOKUP, claims=True)

    def return_home(self, form: ReturnForm, arriving: Arriving) -> Shown:
        """First return to the compound: the registration form opens the passage (domain.md section 11).

        Where the same person's passage goes on, begun with his card or by a look-up, it goes on as the return's.
        """
        self.advance()
        turn = self._turn()
        new = self._returning(turn, form, arriving)
        policy = turn.policy()
        cls = return_class(form, policy, turn, new.category)

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
                    transport=form.transport,
                    companions=form.companions,
                    platform=form.platform,
                ),
                {"vehicle_no": form.vehicle_no} if form.vehicle_no else None,
            )
            return turn.decided(new)

        return self._commit(turn, new, write)

    def _returning(self, turn: Turn, form: ReturnForm, arriving: Arriving) -> PassageRecord:
        of_person = (r for r in self._recorder.present.open_passages() if r.person == form.person)
        going_on = next((r for r in of_person if returnable(r) and r.dir is arriving.direction), None)
        if going_on is not None:
            return replace(going_on, how=How.RETURN, code=form.code)
        known = self.facts.roster.person(form.person)
        category = known.category if known is not None else None
        unknown = blank(turn, arriving, How.RETURN)
        return with_suspicion(turn, replace(unknown, person=form.person, category=category, code=form.code))

    def party(self, occupants: Sequence[Occupant], arriving: Arriving, plate: str | None = None) -> tuple[Shown, ...]:
        """A vehicle: each occupant is a passage of its own; nobody is decided before all are measured."""
        self.advance()
        turn = self._turn()
        party = PartyId(self._recorder.new_id())
        opened: list[PassageRecord] = []
        for number, occupant in enumerate(occupants, 1):
            new = occupant_of(turn, occupant, self._shown_card(turn, occupant), arriving)
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
        return self._commit(turn, record, lambda: seen_again(turn, record, arriving))

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
                open_isolation(turn, record, IsolationState.HOME)
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
                    return gone_through(turn, record, button)
                case Button.TRANSFER:
                    return transferred(turn, record)
                case Button.LEAVE:
                    return left(turn, record)
                case Button.REFUSE:
                    return will_not(turn, record)

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
        if not overridable(record, verdict):
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

    def decide_again(self, person: PersonId) -> Shown | None:
        """Something about a person changed (a release notice): his unfinished passages are decided again."""
        shown: Shown | None = None
        for record in self._recorder.present.open_passages():
            if record.person == person and not record.final and record.overridden is None:
                turn = self._turn()
                shown = self._commit(turn, record, lambda t=turn, r=record: t.decided(r))  # type: ignore[misc]
        return shown

    # -- looking -------------------------------------------------------------------------------------------------

    def tray(self) -> tuple[TrayChip, ...]:
        """Who rests or waits, ready first, then least time left."""
        return self._showing.tray(self._recorder.present.open_passages())

    def _verify(self, payload: bytes, turn: Turn) -> PassCheck:
        return verified(payload, turn)

    def _shown_card(self, turn: Turn, occupant: Occupant) -> PassCheck | None:
        return self._verify(occupant.payload, turn) if occupant.payload is not None else None

    def _open_plain(
        self, arriving: Arriving, how: How, personal: dict[str, str] | None = None, **facts: object
    ) -> Shown:
        self.advance()
        turn = self._turn()
        new = with_suspicion(turn, replace(blank(turn, arriving, how), **facts))  # type: ignore[arg-type]
        return self._commit(turn, new, lambda: turn.decided(new, personal))

    def _unfinished(
        self, pass_id: PassId, direction: Direction, person: PersonId | None = None
    ) -> PassageRecord | None:
        """The passage of a card that goes on; of a household's card, that of the member."""
        return next(
            (
                r
                for r in self._recorder.present.open_passages()
                if r.pass_id == pass_id and r.dir is direction and (person is None or r.person == person)
            ),
            None,
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

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A gate that answers from a small script: `GateDoor` without store, keys or rules, for robots and pictures.

It knows cards by their text and gives each the verdict that its script names once the reading is in. The looks are the
real ones. What it was asked is kept in `asked`, so that a robot can tell what was committed before it was shown.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from kiosk.app.pin import PinAnswer
from kiosk.app.ports import CommitFault, PinVerdict
from kiosk.app.screen import ambiguous_look, code_look, unrecorded_look, verdict_look
from kiosk.app.temperature_source import SensedReading
from kiosk.app.views import (
    ChipKind,
    CodeView,
    FoundPerson,
    Line,
    LookupView,
    Mark,
    PassageView,
    Shown,
    StatusView,
    TrayChip,
)
from kiosk.domain.codes import (
    Button,
    Category,
    CodeColour,
    Direction,
    ReadingSource,
    Reason,
    RefusedInput,
    ScanResult,
    Site,
    TempOutcome,
    Tick,
    Verdict,
)
from kiosk.domain.identity import OperatorId, PassageId, PersonId
from kiosk.domain.temperature import parse_reading
from ui.ports import Household, LookupFact, SyncView, Visit

NOON_MS = 1_582_184_040_000
"""2020-02-20 15:34 in Shanghai."""
REST_S = 300


@dataclass(frozen=True, slots=True)
class Script:
    """What a card leads to once its holder is measured."""

    name: str = "张* 3号楼"
    verdict: Verdict = Verdict.ADMIT
    reason: Reason = Reason.PASS_OK
    rule: str = "R25"
    scan: ScanResult = ScanResult.OK
    ticks: tuple[Tick, ...] = ()
    buttons: tuple[Button, ...] = ()
    staff: tuple[Line, ...] = ()
    measured: bool = True


@dataclass(slots=True)
class ScriptedGate:
    """Fulfils `GateDoor`."""

    cards: dict[bytes, Script] = field(default_factory=dict)
    now_ms: int = NOON_MS
    fault: CommitFault | None = None
    age_s: int | None = 480
    pending: int = 0
    online: bool = True
    demo: bool = False
    practice: bool = False
    clock_bad: bool = False
    revoked: bool = False
    on_duty: str = "王*"
    asked: list[str] = field(default_factory=list)
    open: dict[PassageId, PassageView] = field(default_factory=dict)
    scripts: dict[PassageId, Script] = field(default_factory=dict)
    rest_until_ms: dict[PassageId, int] = field(default_factory=dict)
    by_card: dict[bytes, PassageId] = field(default_factory=dict)
    count: int = 0
    entered: int = 412
    left: int = 390
    events: int = 0

    # -- opening -------------------------------------------------------------------------------------------------

    def on_code(
        self, payload: bytes, *, direction: Direction, mask: bool = True, code: CodeColour = CodeColour.NOT_SHOWN
    ) -> Shown:
        self.asked.append("code")
        script = self.cards.get(payload, Script())
        known = self.by_card.get(payload)
        if known is not None and known in self.open and not self.open[known].final:
            view = self._decide(known, mask=mask)
            return self._commit(view)
        passage = self._open(script, direction)
        self.by_card[payload] = passage
        return self._commit(self._decide(passage, mask=mask))

    def on_not_ours(self) -> Shown:
        look = code_look(ScanResult.NOT_OURS)
        return Shown(CodeView(ScanResult.NOT_OURS, look, (Line("staff.not_ours"),), colour_keys=True))

    def on_ambiguous(self) -> Shown:
        return Shown(CodeView(ScanResult.UNREADABLE, ambiguous_look(), (Line("staff.ambiguous"),)))

    def arrive(
        self,
        category: Category,
        *,
        direction: Direction,
        mask: bool = True,
        code: CodeColour = CodeColour.NOT_SHOWN,
        consent: bool | None = None,
        paper: bool = False,
        visit: Visit | None = None,
    ) -> Shown:
        self.asked.append(f"arrive {category.value} {code.value} {consent}")
        if category is Category.EMERGENCY:
            script = Script("", Verdict.EMERGENCY, Reason.EMERGENCY, "R01", ScanResult.NONE, measured=False)
        elif category in (Category.COURIER, Category.MOVER):
            staff = (Line("staff.R35A", {"point": "北门"}),)
            script = Script("", Verdict.REDIRECT, Reason.COURIER, "R35A", ScanResult.NONE, staff=staff)
        else:
            script = Script("", Verdict.REFUSE, Reason.OUTSIDER, "R36A", ScanResult.NONE)
        passage = self._open(script, direction)
        return self._commit(self._decide(passage, mask=mask))

    def buildings(self) -> tuple[str, ...]:
        return tuple(str(n) for n in range(1, 25))

    def units(self, building: str) -> tuple[str, ...]:
        return ("1",) if building == "1" else ("1", "2", "3")

    def rooms(self, building: str, unit: str) -> tuple[str, ...]:
        return tuple(f"{floor}0{door}" for floor in range(1, 7) for door in (1, 2, 3))

    def look_up(self, where: Household) -> LookupView | None:
        if where.serial == "0000000000":
            return None
        if where.room == "603":
            return LookupView(())
        rows = (("a", "张*(女, 60后)"), ("b", "李*(男, 50后)"), ("c", "张*(男, 90后)"))
        return LookupView(tuple(FoundPerson(PersonId(key), label) for key, label in rows))

    def tail_fits(self, where: Household, person: PersonId, tail: str) -> bool:
        return tail == "1234"

    def open_found(
        self,
        where: Household,
        person: PersonId,
        fact: LookupFact,
        *,
        direction: Direction,
        code: CodeColour = CodeColour.NOT_SHOWN,
        mask: bool = True,
        tail: str | None = None,
    ) -> Shown | None:
        self.asked.append(f"found {person} {fact.value}")
        script = Script(
            "张* 3号楼",
            Verdict.ADMIT_REGISTER,
            Reason.NO_PASS,
            "R32",
            ScanResult.NONE,
            (Tick.IDENTITY,),
            (Button.LEAVE,),
        )
        return self._commit(self._decide(self._open(script, direction), mask=mask))

    def open_not_found(
        self, *, direction: Direction, mask: bool = True, code: CodeColour = CodeColour.NOT_SHOWN
    ) -> Shown:
        self.asked.append("not found")
        script = Script("", Verdict.LEADER, Reason.NO_PASS, "R33", ScanResult.NONE, buttons=(Button.LEAVE,))
        return self._commit(self._decide(self._open(script, direction), mask=mask))

    def asks_code(self, category: Category) -> bool:
        return category in (Category.VISITOR, Category.UTILITY)

    def asks_consent(self, category: Category) -> bool:
        return category in (Category.VISITOR, Category.UTILITY)

    def cold_limits(self) -> tuple[int, int]:
        return 160, 100

    def old_paper_counts(self) -> bool:
        return False

    # -- a passage -----------------------------------------------------------------------------------------------

    def reading(
        self,
        passage: PassageId,
        text: str,
        site: Site,
        source: ReadingSource,
        *,
        sensed: SensedReading | None = None,
    ) -> Shown:
        self.asked.append(f"reading {text} {site.value} {source.value}")
        view = self.open[passage]
        tenths = parse_reading(text)
        if isinstance(tenths, RefusedInput):
            return Shown(view, refused=tenths)
        if view.final:
            return Shown(view, refused=RefusedInput.PASSAGE_CLOSED)
        outcome = self._outcome(view, tenths, site)
        view = replace(view, temperature_dc=tenths, readings=view.readings + 1, outcome=outcome)
        self.open[passage] = view
        return self._commit(self._decide(passage))

    def _outcome(self, view: PassageView, tenths: int, site: Site) -> TempOutcome:
        resting = view.outcome is TempOutcome.FEVER_SUSPECT
        if tenths >= 373:
            if (resting and not self._left(view.passage)) or site.contact:
                return TempOutcome.FEVER_CONFIRMED
            self.rest_until_ms.setdefault(view.passage, self.now_ms + REST_S * 1000)
            return TempOutcome.FEVER_SUSPECT
        if tenths < 350:
            return TempOutcome.LOW
        if resting:
            return TempOutcome.FEVER_SUSPECT if self._left(view.passage) and not site.contact else TempOutcome.CLEARED
        return TempOutcome.NORMAL

    def refuse_reading(self, passage: PassageId) -> Shown:
        self.asked.append("refuse_reading")
        view = self.open[passage]
        return self._commit(
            self._settle(view, Verdict.LEADER, Reason.REFUSED_MEASURE, "R10", (), (Button.LEAVE,), TempOutcome.REFUSED)
        )

    def seen(self, passage: PassageId, *, mask: bool, code: CodeColour) -> Shown:
        self.asked.append(f"seen {mask} {code.value}")
        return self._commit(self._decide(passage, mask=mask))

    def tick(self, passage: PassageId, items: tuple[Tick, ...]) -> Shown:
        self.asked.append(f"tick {' '.join(items)}")
        view = self.open[passage]
        ticked = (*view.ticked, *items)
        done = all(tick in ticked for tick in view.ticks_wanted)
        buttons = (Button.ADMIT, Button.LEAVE) if done else view.buttons
        return self._commit(replace(view, ticked=ticked, buttons=buttons))

    def press(self, passage: PassageId, button: Button) -> Shown:
        self.asked.append(f"press {button.value}")
        view = self.open[passage]
        if button not in view.buttons:
            return Shown(view, refused=RefusedInput.BUTTON_NOT_OFFERED)
        recorded = button in (Button.ADMIT, Button.ESCORTED)
        return self._commit(replace(view, final=True, recorded=recorded, buttons=(), needs_reading=False))

    def override(
        self, passage: PassageId, verdict: Verdict, why: str, *, by: str, second_by: str | None = None
    ) -> Shown:
        self.asked.append(f"override {verdict.value} {why} {by} {second_by}")
        view = self.open[passage]
        if view.verdict is Verdict.HOLD and second_by is None:
            return Shown(view, refused=RefusedInput.SECOND_PIN_NEEDED)
        look = verdict_look(verdict, view.reason, view.scan_result, view.direction)
        staff = (Line("staff.overridden", {"verdict": verdict.value, "why": why}), *view.staff)
        return self._commit(
            replace(view, verdict=verdict, look=look, staff=staff, final=True, recorded=True, buttons=())
        )

    def correct(self, passage: PassageId, text: str) -> Shown:
        self.asked.append(f"correct {text}")
        tenths = parse_reading(text)
        view = self.open[passage]
        if isinstance(tenths, RefusedInput):
            return Shown(view, refused=tenths)
        return self._commit(replace(view, temperature_dc=tenths))

    def void(self, passage: PassageId) -> Shown:
        self.asked.append("void")
        return self._commit(replace(self.open[passage], final=True, recorded=False))

    def view(self, passage: PassageId) -> PassageView:
        view = self.open[passage]
        return replace(view, wait_left_s=self._left(passage) if not view.final else None)

    # -- bars ----------------------------------------------------------------------------------------------------

    def tray(self) -> tuple[TrayChip, ...]:
        chips = []
        for number, (passage, view) in enumerate(self.open.items(), start=1):
            if view.final:
                continue
            kind = {
                Reason.RECHECK_FEVER: ChipKind.RECHECK,
                Reason.RECHECK_LOW: ChipKind.LOW,
                Reason.NEED_TEMP: ChipKind.UNMEASURED,
                Reason.NO_MASK: ChipKind.MASK,
            }.get(view.reason, ChipKind.LEADER if view.verdict is Verdict.LEADER else ChipKind.OTHER)
            chips.append(TrayChip(passage, kind, number, self._left(passage), view.look.cls))
        return tuple(
            sorted(chips, key=lambda chip: (chip.left_s != 0, chip.left_s if chip.left_s is not None else 9999))
        )

    def status(self, direction: Direction) -> StatusView:
        mark = (
            Mark.RED
            if self.age_s is None or self.age_s > 96 * 3600
            else Mark.AMBER
            if self.age_s > 86400
            else Mark.NORMAL
        )
        return StatusView(
            gate_name="甘泉 3号门",
            direction=direction,
            list_age_s=self.age_s,
            list_mark=mark,
            pending=self.pending,
            pending_mark=Mark.AMBER if self.pending > 50 else Mark.NORMAL,
            online=self.online,
            clock_offset_ms=120,
            clock_bad=self.clock_bad,
            now_ms=self.now_ms,
            entered_today=self.entered,
            left_today=self.left,
            on_duty=self.on_duty,
            demo=self.demo,
            practice=self.practice,
            revoked=self.revoked,
            policy="2020-02-14",
        )

    def sync_view(self) -> SyncView:
        ago = self.now_ms - 90_000
        oldest = self.now_ms - 600_000 if self.pending else None
        made = None if self.age_s is None else self.now_ms - self.age_s * 1000
        return SyncView(self.pending, oldest, ago, made, 120, "普陀区甘泉路街道", None if self.online else "NO_NETWORK")

    def sync_now(self) -> None:
        self.asked.append("sync now")

    def pin(self, pin: str, answer: Callable[[PinAnswer], None]) -> None:
        known = {"246810": "leader", "135790": "second"}.get(pin)
        answer(PinAnswer(PinVerdict.RIGHT, OperatorId(known)) if known else PinAnswer(PinVerdict.WRONG))

    def advance(self) -> tuple[PassageId, ...]:
        return ()

    # -- inside --------------------------------------------------------------------------------------------------

    def _open(self, script: Script, direction: Direction) -> PassageId:
        self.count += 1
        passage = PassageId(f"{self.count:032x}")
        self.scripts[passage] = script
        look = verdict_look(Verdict.WAIT, Reason.NEED_TEMP, script.scan, direction)
        self.open[passage] = PassageView(
            passage=passage,
            direction=direction,
            verdict=Verdict.WAIT,
            reason=Reason.NEED_TEMP,
            rule="R05",
            outcome=TempOutcome.NOT_TAKEN,
            scan_result=script.scan,
            look=look,
            staff=(),
            name_line=script.name,
            recorded=False,
            final=False,
            needs_reading=True,
            token=self.count,
        )
        return passage

    def _decide(self, passage: PassageId, *, mask: bool = True) -> PassageView:
        view, script = self.open[passage], self.scripts[passage]
        measuring = view.direction is Direction.IN and script.measured
        if not mask:
            return self._settle(view, Verdict.WAIT, Reason.NO_MASK, "R04", (), (Button.REFUSE, Button.LEAVE))
        match view.outcome:
            case TempOutcome.NOT_TAKEN if measuring:
                return self._settle(view, Verdict.WAIT, Reason.NEED_TEMP, "R05", (), ())
            case TempOutcome.FEVER_SUSPECT:
                return self._settle(view, Verdict.WAIT, Reason.RECHECK_FEVER, "R06", (), (Button.LEAVE,))
            case TempOutcome.FEVER_CONFIRMED:
                return self._settle(view, Verdict.HOLD, Reason.FEVER, "R07", (), (Button.TRANSFER, Button.LEAVE))
            case TempOutcome.LOW:
                return self._settle(view, Verdict.WAIT, Reason.RECHECK_LOW, "R08", (), (Button.LEAVE,))
            case _:
                return self._settle(view, script.verdict, script.reason, script.rule, script.ticks, script.buttons)

    def _settle(
        self,
        view: PassageView,
        verdict: Verdict,
        reason: Reason,
        rule: str,
        ticks: tuple[Tick, ...],
        buttons: tuple[Button, ...],
        outcome: TempOutcome | None = None,
    ) -> PassageView:
        script = self.scripts[view.passage]
        temp = f"{view.temperature_dc // 10}.{view.temperature_dc % 10}" if view.temperature_dc is not None else ""
        args: dict[str, str | int] = {
            "temp": temp, "name": view.name_line, "minutes": 5, "day": 6, "compound": "平利小区", "gate": "2号门",
            "point": "北门", "done": 0, "count": len(ticks),
        }  # fmt: skip
        key = f"staff.{rule}.{reason.value}" if rule in ("R24", "R27", "R28") else f"staff.{rule}"
        key = "staff.R25.OUT" if rule == "R25" and view.direction is Direction.OUT else key
        staff = script.staff if script.staff and verdict is script.verdict else (Line(key, args),)
        if rule != "R25" and view.name_line:
            staff = (*staff, Line("staff.name", {"name": view.name_line}))
        if script.scan not in (ScanResult.OK, ScanResult.NONE):
            staff = (*staff, Line(f"scan_result.{script.scan.value}"))
        look = verdict_look(verdict, reason, script.scan, view.direction, rule)
        at_once = verdict in (Verdict.ADMIT, Verdict.EMERGENCY)
        final = at_once or verdict in (Verdict.REFUSE, Verdict.REDIRECT)
        needs = reason in (Reason.NEED_TEMP, Reason.RECHECK_FEVER, Reason.RECHECK_LOW)
        return replace(
            view, verdict=verdict, reason=reason, rule=rule, look=look, staff=staff, recorded=at_once, final=final,
            needs_reading=needs, ticks_wanted=ticks, buttons=buttons, outcome=outcome or view.outcome,
            wait_left_s=self._left(view.passage) if verdict is Verdict.WAIT else None,
        )  # fmt: skip

    def _left(self, passage: PassageId) -> int | None:
        until = self.rest_until_ms.get(passage)
        return None if until is None else max(0, -(-(until - self.now_ms) // 1000))

    def _commit(self, view: PassageView) -> Shown:
        if self.fault is not None:
            look = unrecorded_look(view.look)
            stands = look is view.look
            staff = (Line("staff.unrecorded"), *(view.staff if stands else ()))
            return Shown(
                replace(view, look=look, staff=staff, unrecorded=True, recorded=False, needs_reading=False),
                fault=self.fault,
            )
        before = self.open[view.passage]
        self.open[view.passage] = view
        self.events += 1
        if view.recorded and not before.recorded:
            self.entered += view.direction is Direction.IN
            self.left += view.direction is Direction.OUT
        return Shown(view)

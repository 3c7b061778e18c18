# SPDX-License-Identifier: LicenseRef-Gatehouse
"""画面内容: from records and facts to what the screens say; pure reading, no decision.

The staff texts are those of domain.md 7.2, one catalogue key per rule; where a rule says different things for different
reasons, the reason is part of the key. A policy may put other texts in place of those of R05 to R10 (`temp_texts`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.app.facts import HOUR_MS, Facts
from kiosk.app.lookup import label
from kiosk.app.offers import offered, returnable, wanted
from kiosk.app.ports import SyncStatus
from kiosk.app.recorder import Timekeeper
from kiosk.app.roster import name_line
from kiosk.app.screen import ambiguous_look, code_look, rest_minutes, resting_look, unrecorded_look, verdict_look
from kiosk.app.views import CaseView, ChipKind, CodeView, Line, Mark, PassageView, StatusView, TrayChip
from kiosk.domain.codes import Direction, Reason, ScanResult, TempOutcome, Tick, Verdict
from kiosk.domain.identity import CompoundId
from kiosk.domain.instants import Instant, day_of, parse_hours
from kiosk.domain.isolation import day_number
from kiosk.domain.passage import PassageRecord
from kiosk.domain.temperature import wait_left_s

if TYPE_CHECKING:
    from kiosk.domain.present import Case, Present

AMBER_PENDING_MS, RED_PENDING_MS = 600_000, 7_200_000
"""未上传: amber from 10 minutes, red from 2 hours (sync-and-store.md section 8)."""
UNHEARD_MS = 60_000
SHIFT_MS = 8 * HOUR_MS
"""A sister gate not heard for a minute is named (sync-and-store.md section 7)."""

_MEASURING = frozenset({"R05", "R06", "R07", "R08", "R09", "R10"})


class Showing:
    """画面: reads facts and the present."""

    def __init__(self, facts: Facts, present: "Present", time: Timekeeper) -> None:
        """Keep what is read."""
        self._facts = facts
        self._present = present
        self._time = time

    # -- passages ------------------------------------------------------------------------------------------------

    def passage(self, record: PassageRecord) -> PassageView:
        """The picture of a passage now."""
        now = self._time.now()
        facts = self._facts
        params = facts.policy_for(record, now).params
        person = facts.roster.person(record.person)
        dwelling = facts.roster.dwelling(person.dwelling) if person is not None else None
        ticks = wanted(record)
        temperature = record.readings[-1].tenths if record.readings else None
        name = name_line(person, dwelling)
        needs = not record.final and record.verdict is Verdict.WAIT and record.reason in _MEASURE_REASONS
        return PassageView(
            passage=record.passage,
            direction=record.dir,
            verdict=record.verdict,
            reason=record.reason,
            rule=record.rule,
            outcome=record.outcome,
            scan_result=record.scan_result,
            look=resting_look(
                verdict_look(record.verdict, record.reason, record.scan_result, record.dir, record.rule), params.rest_s
            ),
            staff=self._staff(record, now, name, temperature, ticks),
            name_line=name,
            recorded=record.recorded,
            final=record.final,
            needs_reading=needs,
            category=record.category,
            temperature_dc=temperature,
            readings=len(record.readings),
            buttons=offered(record),
            ticks_wanted=ticks,
            ticked=tuple(sorted(record.ticks)),
            told=record.told,
            wait_left_s=None if record.final else wait_left_s(record.temperature, now, params),
            token=record.token,
            case=self._case(record),
            attrs=person.attrs if person is not None else frozenset(),
            site_hint=person.preferred_site if person is not None else None,
            colour_keys=record.reason is Reason.CODE_NOT_SHOWN,
            returning=label(person) if person is not None and returnable(record) else None,
        )

    def repeat(self, record: PassageRecord) -> PassageView:
        """已登记: the verdict of a moment ago, again (R03)."""
        view = self.passage(record)
        look = verdict_look(record.verdict, Reason.DUPLICATE_SCAN, record.scan_result, record.dir, "R03")
        staff = (Line("staff.R03"), *view.staff)
        return replace(view, reason=Reason.DUPLICATE_SCAN, rule="R03", look=look, staff=staff, duplicate=True)

    def unrecorded(self, record: PassageRecord, *, stands: bool) -> PassageView:
        """未记录: what may be shown when the commit failed."""
        view = self.passage(record)
        look = view.look if stands else unrecorded_look(view.look)
        staff = (Line("staff.unrecorded"), *(view.staff if stands else ()))
        if stands:
            return replace(view, look=look, staff=staff, unrecorded=True, recorded=False)
        return replace(
            view,
            verdict=Verdict.LEADER if view.verdict.admits else view.verdict,
            look=look,
            staff=staff,
            buttons=(),
            unrecorded=True,
            recorded=False,
        )

    def not_ours(self) -> CodeView:
        """这不是出入证: the colour keys are offered with it."""
        return CodeView(
            ScanResult.NOT_OURS, code_look(ScanResult.NOT_OURS), (Line("staff.not_ours"),), colour_keys=True
        )

    def ambiguous(self) -> CodeView:
        """请一次出示一张."""
        return CodeView(ScanResult.UNREADABLE, ambiguous_look(), (Line("staff.ambiguous"),))

    def _case(self, record: PassageRecord) -> CaseView | None:
        case: Case | None = self._present.get("case", record.case) if record.case is not None else None
        return None if case is None else case_view(case)

    # -- staff lines ---------------------------------------------------------------------------------------------

    def _staff(
        self, record: PassageRecord, now: Instant, name: str, temperature: int | None, ticks: tuple[Tick, ...]
    ) -> tuple[Line, ...]:
        first = self._rule_line(record, now, name, temperature, ticks)
        lines = [first]
        if record.rule == "R28":
            lines.append(Line("staff.R28.keep"))
        if record.rule == "R31" and record.verdict is not Verdict.REFUSE:
            lines.append(Line(f"verdict.{record.verdict}"))
        if record.overridden is not None:
            lines.insert(0, Line("staff.overridden", {"verdict": record.verdict.value, "why": record.overridden.why}))
        lines += self._under(record, name)
        return tuple(lines)

    def _rule_line(
        self, record: PassageRecord, now: Instant, name: str, temperature: int | None, ticks: tuple[Tick, ...]
    ) -> Line:
        key = _staff_key(record, measured=temperature is not None)
        replaced = self._facts.policy_for(record, now).params.temp_texts.get(record.rule)
        if record.rule in _MEASURING and replaced is not None:
            key = replaced
        return Line(key, self._arguments(record, now, name, temperature, ticks))

    def _arguments(
        self, record: PassageRecord, now: Instant, name: str, temperature: int | None, ticks: tuple[Tick, ...]
    ) -> dict[str, str | int]:
        params = self._facts.policy_for(record, now).params
        isolation = self._facts.isolation(record.person)
        gate = self._facts.gate
        day = day_number(isolation.d0, day_of(now.at_ms), params) if isolation is not None else 0
        return {
            "temp": degrees(temperature) if temperature is not None else "",
            "name": name,
            "day": day,
            "minutes": rest_minutes(params.rest_s),
            "compound": self._compound_name(record),
            "gate": self._open_gate(now.at_ms),
            "point": gate.pickup_point,
            "done": len(record.ticks & set(ticks)),
            "count": len(ticks),
        }

    def _under(self, record: PassageRecord, name: str) -> list[Line]:
        """Below the first line: what the code was, whose it is, whom to tell; R05 shows them before the reading."""
        lines: list[Line] = []
        if record.rule != "R25" and name:
            lines.append(Line("staff.name", {"name": name}))
        if record.scan_result not in (ScanResult.OK, ScanResult.NONE):
            lines.append(Line(f"scan_result.{record.scan_result}"))
            if record.scan_result is ScanResult.WRONG_COMPOUND and record.rule != "R31":
                lines.append(Line("staff.R31", {"compound": self._compound_name(record)}))
        lines += [Line(f"company.{record.company}")] if record.company is not None else []
        lines += [Line(f"purpose.{record.purpose}")] if record.purpose is not None else []
        lines += [Line(f"note.{note}") for note in record.notes]
        if record.mark is not None:
            lines.append(Line(f"staff.mark.{record.mark}"))
        return lines

    def _compound_name(self, record: PassageRecord) -> str:
        if record.pass_site is None:
            return ""
        known = self._facts.roster.compound(CompoundId(record.pass_site))
        if known is not None:
            return known.name
        bundle = self._facts.lists.bundle if self._facts.lists is not None else None
        sites = bundle.sites.values() if bundle is not None else ()
        return next((site.name for site in sites if site.compound == record.pass_site), record.pass_site)

    def _open_gate(self, at_ms: int) -> str:
        """The gate to go to instead: another one of the compound that is open now."""
        own = self._facts.identity.gate
        for gate in self._facts.roster.gates():
            if gate.id != own and gate.active and parse_hours(gate.hours).hold(at_ms):
                return gate.name
        return ""

    # -- tray and status -----------------------------------------------------------------------------------------

    def tray(self, records: Sequence[PassageRecord]) -> tuple[TrayChip, ...]:
        """Ready first, then least time left, then the oldest."""
        now = self._time.now()
        chips = [chip for record in records if (chip := self._chip(record, now)) is not None]
        return tuple(sorted(chips, key=_ready_first))

    def _chip(self, record: PassageRecord, now: Instant) -> TrayChip | None:
        kind = _chip_kind(record)
        params = self._facts.policy_for(record, now).params
        left = wait_left_s(record.temperature, now, params)
        look = verdict_look(record.verdict, record.reason, record.scan_result, record.dir, record.rule)
        return TrayChip(record.passage, kind, record.token or 0, left, look.cls)

    def status(self, sync: SyncStatus, direction: Direction, on_duty: str) -> StatusView:
        """The status bar."""
        now = self._time.now().at_ms
        facts = self._facts
        params = facts.policy_at(now).params
        age = facts.list_age_ms(now)
        tally = self._present.tally(f"day/{day_of(now)}")
        waiting = now - sync.oldest_pending_at_ms if sync.pending and sync.oldest_pending_at_ms is not None else 0
        offset = self._time.offset_ms if sync.offset_ms is None else sync.offset_ms
        return StatusView(
            gate_name=facts.gate.name,
            direction=direction,
            list_age_s=None if age is None else age // 1000,
            list_mark=_list_mark(age, params.list_amber_h, stale=facts.list_stale(now, params)),
            pending=sync.pending,
            pending_mark=_mark(waiting, AMBER_PENDING_MS, RED_PENDING_MS),
            online=sync.online,
            clock_offset_ms=offset,
            clock_bad=self._time.bad,
            now_ms=now,
            entered_today=tally.get("entered", 0),
            left_today=tally.get("left", 0),
            on_duty=on_duty,
            overtime=self._overtime(now),
            demo=facts.identity.demo,
            practice=facts.identity.practice,
            revoked=sync.revoked,
            policy=facts.policy_at(now).version,
            sisters_unheard=tuple(self._unheard(now)),
        )

    def _overtime(self, now: int) -> bool:
        """超时: the shift is longer than one; it stays open until somebody signs (domain.md section 14)."""
        shift = self._present.shift()
        return shift is not None and now - shift.opened_at_ms > SHIFT_MS

    def _unheard(self, now: int) -> Iterable[tuple[str, int]]:
        heard = {row.gate: row.heard_until_ms for row in self._facts.roster.heard()}
        for gate in self._facts.roster.gates():
            if gate.id != self._facts.identity.gate and now - heard.get(gate.id, 0) > UNHEARD_MS:
                yield gate.name, heard.get(gate.id, 0)


_MEASURE_REASONS = frozenset({Reason.NEED_TEMP, Reason.RECHECK_FEVER, Reason.RECHECK_LOW})


def _staff_key(record: PassageRecord, *, measured: bool) -> str:
    """Which text says what this rule says, where a rule says different things in different cases."""
    if record.reason in (Reason.LIST_STALE, Reason.CHECK_FAILED):
        return f"staff.{record.reason}"
    if record.practice:
        return "staff.practice_pass"
    variant = ""
    match record.rule:
        case "R24" | "R27" | "R28":
            variant = f".{record.reason}"
        case "R04" if record.mask_refused:
            variant = ".refused"
        case "R06" if record.outcome is not TempOutcome.FEVER_SUSPECT:
            variant = ".companion"
        case "R07" if record.verdict is Verdict.LEADER:
            variant = ".companion"
        case "R25" if not measured:
            variant = ".OUT"
        case "R37A" | "R37B":
            return _outsider_key(record)
        case _:
            pass
    return f"staff.{record.rule}{variant}"


def _outsider_key(record: PassageRecord) -> str:
    if record.verdict.admits:
        return "staff.R37A.admit"
    if record.reason is Reason.COURIER:
        return "staff.R35A"
    return "staff.R37A" if record.reason is Reason.HOST_CONSENT_MISSING else f"staff.{record.rule}"


def _chip_kind(record: PassageRecord) -> ChipKind:
    if record.outcome is TempOutcome.FEVER_SUSPECT:
        return ChipKind.RECHECK
    if record.verdict is Verdict.LEADER:
        return ChipKind.LEADER
    match record.reason:
        case Reason.RECHECK_LOW:
            return ChipKind.LOW
        case Reason.NEED_TEMP:
            return ChipKind.UNMEASURED
        case Reason.NO_MASK:
            return ChipKind.MASK
        case Reason.FEVER:
            return ChipKind.CASE
        case _:
            return ChipKind.OTHER


def _ready_first(chip: TrayChip) -> tuple[int, int]:
    return (0 if chip.left_s == 0 else 1, chip.left_s if chip.left_s is not None else 1 << 30)


def _mark(value_ms: int, amber_ms: int, red_ms: int) -> Mark:
    if value_ms > red_ms:
        return Mark.RED
    return Mark.AMBER if value_ms > amber_ms else Mark.NORMAL


def _list_mark(age_ms: int | None, amber_h: int, *, stale: bool) -> Mark:
    if stale or age_ms is None:
        return Mark.RED
    return Mark.AMBER if age_ms > amber_h * HOUR_MS else Mark.NORMAL


def degrees(tenths: int) -> str:
    """36.5 from 365, without a float."""
    return f"{tenths // 10}.{tenths % 10}"


def case_view(case: "Case") -> CaseView:
    """A case as the fever card and the leader's list show it."""
    steps = tuple((step.who, step.told_at_ms, step.answer) for step in case.steps)
    return CaseView(case.id, case.kind, case.priority, case.opened_at_ms, steps, case.closed)

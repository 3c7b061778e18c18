# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Playing scenarios: each step is given to the product's own parts, each expectation read off them.

The player decides nothing. Clock, camera, thermometer and person are its only stand-ins: a step is what they would have
done at a gate.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.app.desk import Arriving, Occupant, Outsider, ReturnForm
from kiosk.app.lookup import RoomQuestion
from kiosk.app.shifts import HandoverSheet, Joining
from kiosk.app.texts import Catalogue
from kiosk.app.views import CodeView, PassageView, Shown
from kiosk.domain.codes import (
    Button,
    Category,
    CodeColour,
    Direction,
    MemberSource,
    RefusedInput,
    Site,
    Slot,
    Tick,
    Verdict,
)
from kiosk.domain.identity import CompoundId, PassageId
from kiosk.domain.instants import ms_of
from sync.street.building import Street
from sync.street.gate_rig import GateRig
from sync.street.given import build_street
from sync.street.reading_gate import GateReader
from sync.street.replay_compare import difference
from sync.street.replay_leader import LeaderVerbs
from sync.street.scenario import BadScenario, Scenario, StepSpec


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that was not as expected: where, what was wanted, what was there."""

    line: int
    step: int
    what: str


@dataclass(slots=True)
class _Seen:
    """What a step has brought to light, beside what the gate shows of itself."""

    shown: Shown | None = None
    passage: PassageId | None = None
    refused: RefusedInput | None = None
    found: int | None = None
    report: Any = None


@dataclass(slots=True)
class _Bench:
    """One gate as the player knows it: labels of passages, and the one opened last."""

    labels: dict[str, PassageId] = field(default_factory=dict)
    last: PassageId | None = None


class Player:
    """One scenario, played once in a temporary folder."""

    def __init__(self, scenario: Scenario, street: Street, texts: Catalogue) -> None:
        """Take the street as the scenario gives it."""
        self._scenario = scenario
        self._street = street
        self._texts = texts
        self._benches: dict[str, _Bench] = {gate: _Bench() for gate in street.gates}
        self._leader = LeaderVerbs(street)
        self._do: dict[str, Callable[[StepSpec, GateRig, _Bench], _Seen]] = {
            "scan": self._scan,
            "arrive": self._arrive,
            "look_up": self._look_up,
            "return_home": self._return_home,
            "reading": self._reading,
            "refuse_reading": lambda s, g, b: self._of(b, s, g.app.desk.refuse_reading),
            "tick": lambda s, g, b: self._of(b, s, lambda p: g.app.desk.tick(p, [Tick(i) for i in s.keys["items"]])),
            "press": lambda s, g, b: self._of(b, s, lambda p: g.app.desk.press(p, Button(s.keys["button"]))),
            "override": self._override,
            "party": self._party,
            "tailgate": self._tailgate,
            "release": self._release,
            "lost": lambda s, _g, _b: self._at_office(lambda: street.lost(s.keys["pass"])),
            "revoke": lambda s, _g, _b: self._at_office(lambda: street.revoke(s.keys["pass"])),
            "reissue": lambda s, _g, _b: self._at_office(lambda: street.reissue(s.keys["pass"], s.keys["as"])),
            "set_param": lambda s, _g, _b: self._at_office(lambda: street.set_param(s.keys["name"], s.keys["value"])),
            "offline": lambda s, _g, _b: self._network(s, online=False),
            "online": lambda s, _g, _b: self._network(s, online=True),
            "sync": self._sync,
            "crash": self._crash,
            "clock": self._clock,
            "sign_on": self._sign_on,
            "handover": self._handover,
            "home_temp": self._home_temp,
            "report": self._report,
            "look": lambda s, _g, b: _Seen(passage=self._passage(b, s)),
            "tap": self._tap,
            "unread": lambda s, g, b: self._opened(b, s, g.app.desk.on_unreadable(_arriving(s))),
            "unlock": lambda s, g, b: self._of(b, s, lambda p: g.app.desk.unlock_reading(p, _pin(s))),
            "correct": lambda s, g, b: self._of(b, s, lambda p: g.app.desk.correct(
                p, s.keys["celsius"], by="leader", leader=_pin(s) is not None)),
            "void": lambda s, g, b: self._of(b, s, lambda p: g.app.desk.void(
                p, by="leader", why=s.keys.get("why", ""))),
            "ask": self._ask,
            "answer": self._answer,
            **dict.fromkeys(self._leader.verbs, self._as_leader),
        }  # fmt: skip

    def play(self, progress: Callable[[int], None] = lambda _n: None) -> Difference | None:
        """All steps in order; the first difference, or None."""
        for number, step in enumerate(self._scenario.steps, 1):
            self._move(step)
            gate = self._gate(step)
            bench = self._benches[gate.id]
            seen = self._do[step.do](step, gate, bench)
            wrong = self._compare(step, self._gate(step), seen)
            if wrong is not None:
                return Difference(step.line, number, wrong)
            progress(number)
        return None

    # -- time and place ------------------------------------------------------------------------------------------

    def _move(self, step: StepSpec) -> None:
        at = step.keys.get("at")
        if isinstance(at, str):
            self._street.advance(int(at[1:-1]) * 1000)
        elif at is not None:
            self._street.advance(ms_of(at) - self._street.now_ms)

    def _gate(self, step: StepSpec) -> GateRig:
        name = step.keys.get("gate")
        return self._street.gates[name] if name is not None else next(iter(self._street.gates.values()))

    def _passage(self, bench: _Bench, step: StepSpec) -> PassageId | None:
        label = step.keys.get("passage")
        return bench.labels.get(label) if label is not None else bench.last

    def _opened(self, bench: _Bench, step: StepSpec, shown: Shown) -> _Seen:
        view = shown.view
        if isinstance(view, PassageView):
            if not view.duplicate:
                bench.last = view.passage
                if "passage" in step.keys:
                    bench.labels[step.keys["passage"]] = view.passage
            return _Seen(shown, view.passage, shown.refused)
        bench.labels.pop(step.keys.get("passage", ""), None)
        return _Seen(shown, None, shown.refused)

    # -- at the gate ---------------------------------------------------------------------------------------------

    def _scan(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        payload = self._payload(step)
        seen = self._opened(bench, step, gate.hold_up(payload, _arriving(step)))
        times, every = step.keys.get("times", 1), step.keys.get("every", "0s")
        for _ in range(times - 1):
            self._street.advance(int(every[:-1]) * 1000)
            seen = self._opened(bench, step, gate.hold_up(payload, _arriving(step)))
        return seen

    def _payload(self, step: StepSpec) -> bytes:
        if "text" in step.keys:
            return str(step.keys["text"]).encode()
        if "forged" in step.keys:
            forged = self._street.forged(step.keys["forged"], step.keys.get("byte", -1))
            if forged is None:
                raise BadScenario(self._scenario.path, step.line, f"no byte {step.keys['byte']} in this pass")
            return forged
        return self._street.pass_text(step.keys["pass"])

    def _arrive(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        keys = step.keys
        outsider = Outsider(
            Category(keys["category"]), consent=keys.get("consent", False), name=keys.get("name"),
            phone=keys.get("phone"), host=keys.get("host"), plate=keys.get("plate"),
        )  # fmt: skip
        return self._opened(bench, step, gate.app.desk.arrive(outsider, _arriving(step)))

    def _look_up(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        keys = step.keys
        question = RoomQuestion(
            building=keys.get("building", ""),
            unit=keys.get("unit", ""),
            room=keys.get("room", ""),
            compound=CompoundId(keys["compound"]) if "compound" in keys else None,
            name=keys.get("name"),
            phone_tail=keys.get("phone_tail"),
        )
        answer = gate.app.look_up(question, _arriving(step))
        shown = answer.shown or Shown(None)
        seen = self._opened(bench, step, shown)
        seen.found = len(answer.found)
        return seen

    def _return_home(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        keys = step.keys
        form = ReturnForm(
            person=self._street.person(keys["person"]),
            from_region=keys.get("from_region", ""),
            transit=tuple(keys.get("transit", ())),
            departed=_iso(keys.get("departed")),
            arrived=_iso(keys.get("arrived")),
            home_fit=keys.get("home_fit", True),
            signs=keys.get("signs", True),
            contact=keys.get("contact", False),
            code=CodeColour(keys.get("code", "NOT_SHOWN")),
        )
        return self._opened(bench, step, gate.app.desk.return_home(form, _arriving(step)))

    def _reading(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        site = Site(step.keys.get("site", "FOREHEAD"))
        return self._of(bench, step, lambda p: gate.app.desk.reading(p, step.keys["celsius"], site))

    def _of(self, bench: _Bench, step: StepSpec, act: Callable[[PassageId], Shown]) -> _Seen:
        passage = self._passage(bench, step)
        if passage is None:
            return _Seen(refused=RefusedInput.PASSAGE_CLOSED)
        shown = act(passage)
        return _Seen(shown, passage, shown.refused)

    def _override(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        by = "leader" if step.keys.get("pin", True) else None
        second = "second" if step.keys.get("second_pin", False) else None
        verdict, why = Verdict(step.keys["verdict"]), step.keys.get("why", "")
        return self._of(bench, step, lambda p: gate.app.desk.override(p, verdict, why, by=by, second_by=second))

    def _party(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        rows = step.keys["occupants"]
        occupants = [
            Occupant(
                payload=self._street.pass_text(row["pass"]) if "pass" in row else None,
                person=self._street.person(row["person"]) if "person" in row and "pass" not in row else None,
                category=Category(row["category"]) if "category" in row else None,
            )
            for row in rows
        ]
        shown = gate.app.desk.party(occupants, _arriving(step), step.keys.get("plate"))
        seen = _Seen()
        for row, one in zip(rows, shown, strict=True):
            if not isinstance(one.view, PassageView):
                continue
            bench.last = one.view.passage
            if "passage" in row:
                bench.labels[row["passage"]] = one.view.passage
            seen = _Seen(one, one.view.passage, one.refused)
            if "celsius" in row:
                site = Site(row.get("site", "FOREHEAD"))
                after = gate.app.desk.reading(one.view.passage, row["celsius"], site)
                seen = _Seen(after, one.view.passage, after.refused)
        if seen.passage is not None:
            seen.shown = None  # the others' readings may have changed it since
        return seen

    def _tailgate(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        done = gate.app.leader.tailgate(step.keys.get("count", 1))
        return _Seen(passage=bench.last, refused=done.refused)

    def _release(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        person = self._street.person(step.keys["person"])
        done, shown = gate.app.release(person, step.keys.get("number", ""), "leader")
        return _Seen(shown, self._passage(bench, step), done.refused)

    def _home_temp(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        person = self._street.person(step.keys["person"])
        done = gate.app.leader.home_temp(person, Slot(step.keys["slot"]), step.keys["celsius"], "leader")
        return _Seen(passage=bench.last, refused=done.refused)

    def _sign_on(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        remarks = step.keys.get("remarks", "")
        signed = gate.app.shifts.sign_on(_members(step), {"remarks": remarks} if remarks else None)
        return _Seen(passage=self._passage(bench, step), refused=signed.refused)

    def _handover(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        sheet = HandoverSheet(
            _members(step),
            step.keys.get("remarks", ""),
            out_pin=step.keys.get("pin", True),
            in_pin=step.keys.get("second_pin", True),
            leader_pin=step.keys.get("leader_pin", False),
        )
        policy = gate.app.facts.policy_at(gate.app.now().at_ms)
        signed = gate.app.shifts.handover(sheet, policy, gate.store.sync_state().pending)
        return _Seen(passage=self._passage(bench, step), refused=signed.refused)

    def _tap(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        pass_id, person = self._street.pass_id(step.keys["pass"]), self._street.person(step.keys["person"])
        return self._opened(bench, step, gate.app.desk.open_member(pass_id, person, _arriving(step)))

    def _ask(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        passage = self._passage(bench, step)
        refused = RefusedInput.PASSAGE_CLOSED if passage is None else self._leader.ask(gate.app, passage).refused
        return _Seen(passage=passage, refused=refused)

    def _answer(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        passage = self._passage(bench, step)
        if passage is None:
            return _Seen(refused=RefusedInput.PASSAGE_CLOSED)
        return _Seen(passage=passage, refused=self._leader.answer(gate.app, passage, step.keys))

    def _as_leader(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        refused = self._leader.verbs[step.do](gate.app, step.keys)
        return _Seen(passage=self._passage(bench, step), refused=refused)

    # -- network, power, clock, office ---------------------------------------------------------------------------

    def _network(self, step: StepSpec, *, online: bool) -> _Seen:
        self._street.set_online(step.keys.get("gate"), online=online)
        return _Seen(passage=self._passage(self._benches[self._gate(step).id], step))

    def _sync(self, step: StepSpec, _gate: GateRig, bench: _Bench) -> _Seen:
        self._street.sync(step.keys.get("gate"), step.keys.get("fault"))
        return _Seen(passage=self._passage(bench, step))

    def _crash(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        gate.crash()
        return _Seen(passage=self._passage(bench, step))

    def _clock(self, step: StepSpec, gate: GateRig, bench: _Bench) -> _Seen:
        if "to" in step.keys:
            gate.set_clock(ms_of(step.keys["to"]))
        if step.keys.get("confirm", False):
            gate.app.leader.confirm_clock("leader")
        return _Seen(passage=self._passage(bench, step))

    def _at_office(self, act: Callable[[], None]) -> _Seen:
        act()
        first = next(iter(self._benches.values()))
        return _Seen(passage=first.last)

    def _report(self, step: StepSpec, _gate: GateRig, bench: _Bench) -> _Seen:
        report = self._street.report(step.keys["day"], step.keys.get("scope", "STREET"), step.keys.get("revision"))
        return _Seen(passage=self._passage(bench, step), report=report)

    # -- comparing -----------------------------------------------------------------------------------------------

    def _compare(self, step: StepSpec, gate: GateRig, seen: _Seen) -> str | None:
        if not step.expect:
            return None
        reader = GateReader(self._street, gate, seen.passage, self._view(gate, seen), self._texts)
        for key, wanted in step.expect.items():
            found = self._found(key, wanted, reader, seen)
            wrong = difference(wanted, found)
            if wrong is not None:
                return f"{key}: {wrong}"
        return None

    @staticmethod
    def _view(gate: GateRig, seen: _Seen) -> PassageView | CodeView | None:
        view = seen.shown.view if seen.shown is not None else None
        if isinstance(view, CodeView) or (isinstance(view, PassageView) and (view.duplicate or view.unrecorded)):
            return view
        return gate.app.desk.view(seen.passage) if seen.passage is not None else view

    def _found(self, key: str, wanted: Any, reader: GateReader, seen: _Seen) -> Any:  # noqa: ANN401 - TOML values
        match key:
            case "refused_input":
                return seen.refused
            case "found":
                return seen.found
            case "members":
                household = seen.shown.household if seen.shown is not None else None
                return len(household.members) if household is not None else 0
            case "report":
                return seen.report.columns if seen.report is not None else None
            case "status" | "revision" | "gates_reported" | "gates_total" | "policy_versions":
                return getattr(seen.report, key, None)
            case "screen_has" | "screen_lacks" | "queue_screen_has" | "queue_screen_lacks" | "files_lack":
                return reader.texts(key, wanted)
            case _:
                return reader.read(key, wanted)


def _arriving(step: StepSpec) -> Arriving:
    keys = step.keys
    return Arriving(
        Direction(keys.get("direction", "IN")), keys.get("mask", True), CodeColour(keys.get("code", "NOT_SHOWN"))
    )


def _pin(step: StepSpec) -> str | None:
    return "leader" if step.keys.get("pin", True) else None


def _members(step: StepSpec) -> tuple[Joining, ...]:
    return tuple(Joining(m.get("name", ""), MemberSource(m.get("source", "RESIDENT"))) for m in step.keys["members"])


def _iso(value: object) -> str | None:
    return value.isoformat() if isinstance(value, dt.date) else None


def play_file(
    scenario: Scenario,
    folder: Path,
    texts: Catalogue,
    policy: str | None = None,
    progress: Callable[[int], None] = lambda _n: None,
) -> Difference | None:
    """Build the scenario's street in a folder and play it; `policy`: a TOML text put in force in place of the given."""
    street = build_street(scenario, folder, policy)
    try:
        return Player(scenario, street, texts).play(progress)
    finally:
        street.close()

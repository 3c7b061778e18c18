# SPDX-License-Identifier: LicenseRef-Gatehouse
"""交班 `screen.handover`: what the shift was, what is open, both signatures (5.12, domain.md section 14)."""

from collections.abc import Callable

from kiosk.app.shifts import HandoverSheet, Joining
from kiosk.app.views import Line
from kiosk.domain.codes import RefusedInput
from kiosk.domain.identity import OperatorId
from kiosk.domain.instants import shanghai
from ui.duty_ports import DutyDoor, ShiftNow, Somebody
from ui.viewmodels.duty_pin import PinPage
from ui.viewmodels.forms import FlowBase, Form, FormKey, FormState, Group
from ui.viewmodels.stage import Stage

REMARKS = ("none", "see_cases", "told")
"""备注: 无特殊情况 is a choice like the others, never a default."""
_WAITING_SHOWN = 4


class HandOver(FlowBase):
    """Going and coming sign in either order; an open P1 case needs the gate leader too."""

    def __init__(self, door: DutyDoor, stage: Stage, home: Callable[[], None]) -> None:
        super().__init__(home)
        self._door = door
        self._stage = stage
        self.after: Callable[[], None] = home
        self.paper: Callable[[Callable[[Line], None]], None] | None = None
        self._forget()

    def _forget(self) -> None:
        self._remark: str | None = None
        self._broken: bool | None = None
        self._out: str | None = None
        self._in: Somebody | None = None
        self._leader: OperatorId | None = None
        self._signing: str | None = None

    def begin(self) -> None:
        """交班."""
        self._forget()
        self._show()

    def _show(self, notice: Line | None = None) -> None:
        self._signing = None
        now = self._door.shift_now()
        remarks = tuple(
            FormKey(f"remark.{name}", Line(f"hand_over.{name}"), chosen=self._remark == name, mm=34.0)
            for name in REMARKS
        )
        equipment = (
            FormKey("equipment.ok", Line("hand_over.works"), chosen=self._broken is False, mm=28.0),
            FormKey("equipment.bad", Line("hand_over.broken"), chosen=self._broken is True, mm=28.0),
        )
        signing = [
            FormKey("sign.out", Line("hand_over.out"), chosen=self._out is not None,
                    hint=self._out or Line("hand_over.card_or_pin"), mm=58.0),
            FormKey("sign.in", Line("hand_over.in"), chosen=self._in is not None,
                    hint=self._in.label if self._in is not None else Line("hand_over.card_or_pin"), mm=58.0),
        ]  # fmt: skip
        if now.grave:
            signing.append(
                FormKey("sign.leader", Line("key.sign_here"), "AMBER", chosen=self._leader is not None, mm=40)
            )
        done = FormKey("done", Line("hand_over.done"), "MAIN", enabled=self._ready(now), mm=40.0)
        form = Form(
            "screen.handover",
            Line("hand_over.title"),
            (
                Group(lines=self._lines(now)),
                Group(remarks, Line("hand_over.remarks"), alone=True),
                Group(equipment, Line("hand_over.equipment")),
                Group((*signing, done), Line("hand_over.signatures"), alone=True),
            ),
            so_far=_period(now),
            notice=notice,
            head=() if self.paper is None else (FormKey("paper", Line("handover_paper.make"), mm=26.0),),
        )
        self._stage.put(FormState(form, self))

    def _ready(self, now: ShiftNow) -> bool:
        signed = self._out is not None and self._in is not None
        return signed and self._remark is not None and (not now.grave or self._leader is not None)

    @staticmethod
    def _lines(now: ShiftNow) -> tuple[Line, ...]:
        def count(name: str) -> int:
            return now.counts.get(name, 0)

        through = Line("hand_over.through", {
            "entered": count("entered"), "left": count("left"), "turned_back": count("turned_back"),
            "redirected": count("redirected"),
        })  # fmt: skip
        measured = Line("hand_over.measured", {
            "measured": count("measured"), "low": count("low"), "high": count("first_high"), "fever": count("fever"),
        })  # fmt: skip
        opened = Line("hand_over.open", {
            "cases": now.open_cases, "waiting": len(now.resting), "temp": now.temp_passes, "permits": now.permits_out,
            "pending": now.pending,
        })  # fmt: skip
        lines = [through, measured, opened]
        if now.resting:
            said = ", ".join(f"#{token} {(left or 0) // 60}:{(left or 0) % 60:02d}"
                             for token, left in now.resting[:_WAITING_SHOWN])  # fmt: skip
            lines.append(Line("hand_over.resting", {"who": said}))
        lines.append(Line("hand_over.head", {"head": now.head}))
        return tuple(lines)

    # -- signatures ----------------------------------------------------------------------------------------------

    def code(self, payload: bytes) -> bool:
        """A staff card signs: the first one for who goes, the next for who comes."""
        somebody = self._door.staff_card(payload)
        if somebody is None:
            return False
        self._signed(self._signing or ("in" if self._out is not None else "out"), somebody)
        return True

    def _signed(self, side: str, somebody: Somebody) -> None:
        if side == "out":
            self._out = somebody.label
        else:
            self._in = somebody
        self._show()

    def _who(self, side: str) -> None:
        self._signing = side
        people = tuple(FormKey(f"{side}.{one.id}", one.label, mm=28.0) for one in self._door.people())
        form = Form("screen.handover", Line(f"hand_over.{side}"), (Group(people, Line("sign_on.names")),),
                    so_far=Line("sign_on.scan_card"), deep=True)  # fmt: skip
        self._stage.put(FormState(form, self))

    def _pin(self, side: str, identity: str) -> None:
        somebody = next((one for one in self._door.people() if one.id == identity), None)
        if somebody is None:
            return
        PinPage(
            self._stage,
            lambda pin, answer: self._door.own_pin(somebody.id, pin, answer),
            lambda _who: self._signed(side, somebody),
            self._show,
            title=Line("sign_on.pin"),
            whom=somebody.label,
            left=self.left,
        ).show()

    def _led(self, leader: OperatorId) -> None:
        self._leader = leader
        self._show()

    # -- touches -------------------------------------------------------------------------------------------------

    def chose(self, name: str) -> None:
        """A key."""
        what, _, rest = name.partition(".")
        match what:
            case "remark":
                self._remark = rest
                self._show()
            case "equipment":
                self._broken = rest == "bad"
                self._show()
            case "sign" if rest == "leader":
                PinPage(self._stage, self._door.leader_pin, self._led, self._show, title=Line("leader.pin"),
                        left=self.left).show()  # fmt: skip
            case "sign":
                self._who(rest)
            case "out" | "in":
                self._pin(what, rest)
            case "done":
                self._done()
            case "paper" if self.paper is not None:
                self.paper(self._told)
            case _:
                pass

    def _told(self, said: Line) -> None:
        """What came of the paper, if the sheet still stands on the screen."""
        state = self._stage.state
        if isinstance(state, FormState) and state.flow is self and self._signing is None:
            self._show(said)

    def _done(self) -> None:
        if self._remark is None or self._in is None:
            return
        equipment = None if self._broken is None else {"all": "bad" if self._broken else "ok"}
        members = (Joining(self._in.name, self._in.source, self._in.id),)
        sheet = HandoverSheet(members, self._remark, self._out is not None, True, self._leader is not None, equipment)  # noqa: FBT003
        done = self._door.hand_over(sheet)
        if done.fault is not None:
            self._show(Line("order.commit"))
        elif done.refused is not None:
            self._show(_refused(done.refused))
        else:
            self._forget()
            self.after()

    def back(self) -> None:
        """From the names to the sheet, from the sheet home."""
        if self._signing is not None:
            self._show()
        else:
            self.left()

    def left(self) -> None:
        """Nothing is handed over."""
        self._forget()
        super().left()


def _refused(code: RefusedInput) -> Line:
    return Line(f"refused_input.{code.value}")


def _period(now: ShiftNow) -> str:
    end = shanghai(now.now_ms).strftime("%H:%M")
    start = shanghai(now.opened_at_ms).strftime("%H:%M") if now.opened_at_ms is not None else "--"
    return f"{start}-{end}  {' '.join(now.members)}"

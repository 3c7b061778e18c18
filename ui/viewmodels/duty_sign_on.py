# SPDX-License-Identifier: LicenseRef-Gatehouse
"""接班 `screen.shift_on`: who stands here, and the checks; a failed check is stored and warns, never blocks (5.11)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from kiosk.app.screen import list_age
from kiosk.app.shifts import Joining
from kiosk.app.temperature_source import SensedReading
from kiosk.app.views import Line, Mark, Shape
from kiosk.domain.codes import MemberSource
from kiosk.domain.identity import OperatorId
from ui.duty_ports import DutyDoor, Somebody
from ui.viewmodels.duty_pin import PinPage
from ui.viewmodels.forms import FlowBase, Form, FormKey, FormState, Group
from ui.viewmodels.keypad import text_of
from ui.viewmodels.stage import Stage

BY_HAND = ("warm", "masks", "disinfectant", "forms")
"""What a person looks after: the thermometer kept at 16-35 degC, masks, disinfectant, paper forms."""
_SELF_LOW, _SELF_HIGH = 360, 372
_LOW_BATTERY = 30
_OWN = (*range(360, 373), 355, 373, 380)


class Look(StrEnum):
    """检查结果: as it is kept with the shift."""

    GOOD = "ok"
    BAD = "bad"
    UNSEEN = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """本机: what the tablet knows of its devices: battery in percent, the thermometer's number; None: none."""

    battery: Callable[[], int | None] = lambda: None
    thermometer: Callable[[], str | None] = lambda: None


class SignOn(FlowBase):
    """接班, one at a time or several."""

    def __init__(self, door: DutyDoor, stage: Stage, home: Callable[[], None], around: Surroundings) -> None:
        super().__init__(home)
        self._door = door
        self._stage = stage
        self._around = around
        self.after: Callable[[], None] = home
        self._forget()

    def _forget(self) -> None:
        self._joining: tuple[Joining, ...] = ()
        self._labels: tuple[str, ...] = ()
        self._looks: dict[str, Look] = {}
        self._own: int | None = None
        self._asking_own = False

    # -- who -----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """接班."""
        self._forget()
        self._who()

    def _who(self, notice: Line | None = None) -> None:
        people = [one for one in self._door.people() if one.id not in {joined.operator for joined in self._joining}]
        names = tuple(FormKey(f"who.{one.id}", one.label, mm=28.0) for one in people)
        keys = (FormKey("add", Line("sign_on.add"), mm=40.0), FormKey("later", Line("sign_on.later"), mm=40.0))
        groups = (Group(names, Line("sign_on.names")),) if names else ()
        form = Form("screen.shift_on", Line("sign_on.who"), (*groups, Group(keys, alone=True)),
                    so_far=Line("sign_on.scan_card"), notice=notice)  # fmt: skip
        self._stage.put(FormState(form, self))

    def code(self, payload: bytes) -> bool:
        """A staff card signs on; any other card opens a passage, the lane is never blocked."""
        somebody = self._door.staff_card(payload)
        if somebody is None:
            return False
        self._join(somebody)
        return True

    def _join(self, somebody: Somebody) -> None:
        joining = Joining(somebody.name, somebody.source, somebody.id)
        if joining.operator not in {one.operator for one in self._joining}:
            self._joining = (*self._joining, joining)
            self._labels = (*self._labels, somebody.label)
        self._checks()

    def _pin_of(self, identity: str) -> None:
        somebody = next((one for one in self._door.people() if one.id == identity), None)
        if somebody is None:
            return
        page = PinPage(
            self._stage,
            lambda pin, answer: self._door.own_pin(somebody.id, pin, answer),
            lambda _who: self._join(somebody),
            self._who,
            title=Line("sign_on.pin"),
            whom=somebody.label,
            left=self.left,
        )
        page.show()

    def _added(self, _leader: OperatorId) -> None:
        """门长 adds somebody without card or PIN: where he comes from is asked, no name is typed."""
        keys = tuple(
            FormKey(f"source.{source.value}", Line(f"member_source.{source.value}"), mm=50.0) for source in MemberSource
        )
        form = Form("screen.shift_on", Line("sign_on.source"), (Group(keys),), deep=True)
        self._stage.put(FormState(form, self))

    # -- checks --------------------------------------------------------------------------------------------------

    def _checks(self, notice: Line | None = None) -> None:
        self._asking_own = False
        own = text_of(self._own) if self._own is not None else Line("sign_on.unmeasured")
        fit = self._own is not None and _well(self._own)
        measured = FormKey("own", Line("sign_on.own"), "NORMAL" if fit or self._own is None else "AMBER",
                           shape=_shape(good=fit) if self._own is not None else None, hint=own, mm=50.0)  # fmt: skip
        by_hand = tuple(self._by_hand(name) for name in BY_HAND)
        form = Form(
            "screen.shift_on",
            Line("sign_on.checks"),
            (
                Group((measured, *by_hand), Line("sign_on.look")),
                Group(self._by_itself(), Line("sign_on.itself"), alone=True),
                Group(
                    (
                        FormKey("done", Line("sign_on.done"), "MAIN", mm=64.0),
                        FormKey("more", Line("sign_on.more"), mm=50.0),
                    ),
                    alone=True,
                ),
            ),
            so_far=" ".join(self._labels),
            notice=notice,
            deep=True,
        )
        self._stage.put(FormState(form, self))

    def _by_hand(self, name: str) -> FormKey:
        look = self._looks.get(name, Look.UNSEEN)
        said = {Look.GOOD: "sign_on.good", Look.BAD: "sign_on.bad", Look.UNSEEN: "sign_on.unseen"}[look]
        shape = None if look is Look.UNSEEN else _shape(good=look is Look.GOOD)
        return FormKey(name, Line(f"sign_on.{name}"), "AMBER" if look is Look.BAD else "NORMAL", shape=shape,
                       hint=Line(said), mm=36.0)  # fmt: skip

    def _by_itself(self) -> tuple[FormKey, ...]:
        own = self._door.own_checks()
        battery = self._around.battery()
        thermometer = self._around.thermometer()
        rows: list[tuple[str, Line | str, bool]] = [
            ("thermometer", thermometer or Line("sign_on.by_hand"), True),
            ("battery", Line("sign_on.unknown") if battery is None else f"{battery}%",
             battery is None or battery >= _LOW_BATTERY),
            ("list", list_age(own.list_age_s), own.list_mark is Mark.NORMAL),
            ("clock", Line("sign_on.wrong" if own.clock_bad else "sign_on.good"), not own.clock_bad),
            ("pending", Line("status.pending", {"n": own.pending}), own.pending_mark is Mark.NORMAL),
        ]  # fmt: skip
        return tuple(
            FormKey(f"self.{name}", Line(f"sign_on.{name}"), "NORMAL" if good else "AMBER", enabled=good,
                    shape=_shape(good=good), hint=said, mm=40.0)
            for name, said, good in rows
        )  # fmt: skip

    def _kept(self) -> dict[str, str]:
        """What is stored with the shift: a check by hand as it was answered, the gate's own by figure."""
        own = self._door.own_checks()
        battery = self._around.battery()
        kept = {name: look.value for name, look in self._looks.items() if look is not Look.UNSEEN}
        kept["thermometer"] = self._around.thermometer() or "hand"
        if self._own is not None:
            kept["own_dc"] = str(self._own)
        if battery is not None:
            kept["battery"] = str(battery)
        if own.list_age_s is not None:
            kept["list_age_s"] = str(own.list_age_s)
        kept["clock"] = Look.BAD.value if own.clock_bad else Look.GOOD.value
        kept["pending"] = str(own.pending)
        return kept

    def sensed(self, reading: SensedReading) -> bool:
        """The thermometer measures whoever signs on."""
        if not self._joining:
            return False
        self._own = reading.tenths
        self._checks()
        return True

    def _measure(self) -> None:
        self._asking_own = True
        keys = tuple(
            FormKey(f"dc.{tenths}", text_of(tenths), "NORMAL" if _well(tenths) else "AMBER", mm=24.0) for tenths in _OWN
        )
        self._stage.put(FormState(Form("screen.shift_on", Line("sign_on.own"), (Group(keys),), deep=True), self))

    # -- touches -------------------------------------------------------------------------------------------------

    def chose(self, name: str) -> None:
        """A key."""
        what, _, rest = name.partition(".")
        match what:
            case "who":
                self._pin_of(rest)
            case "later":
                self.left()
            case "add":
                PinPage(self._stage, self._door.leader_pin, self._added, self._who, title=Line("leader.pin"),
                        left=self.left).show()  # fmt: skip
            case "source":
                number = len(self._joining) + 1
                self._joining = (*self._joining, Joining("", MemberSource(rest)))
                self._labels = (*self._labels, f"{number}")
                self._checks()
            case "own":
                self._measure()
            case "dc":
                self._own = int(rest)
                self._checks()
            case "more":
                self._who()
            case "done":
                self._done()
            case _ if what in BY_HAND:
                self._looks[what] = Look.BAD if self._looks.get(what) is Look.GOOD else Look.GOOD
                self._checks()
            case _:
                pass

    def _done(self) -> None:
        done = self._door.sign_on(self._joining, self._kept())
        if done.fault is not None:
            self._checks(Line("order.commit"))
            return
        self._forget()
        self.after()

    def back(self) -> None:
        """From the reading to the checks, from the checks to the names, from there home."""
        if self._asking_own:
            self._checks()
        elif self._joining:
            self._joining, self._labels = (), ()
            self._who()
        else:
            self.left()

    def left(self) -> None:
        """Nobody has signed on."""
        self._forget()
        super().left()


def _shape(*, good: bool) -> Shape:
    return Shape.CIRCLE_TICK if good else Shape.TRIANGLE


def _well(tenths: int) -> bool:
    return _SELF_LOW <= tenths <= _SELF_HIGH

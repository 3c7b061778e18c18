# SPDX-License-Identifier: LicenseRef-Gatehouse
"""车辆 `screen.vehicle`: plate by keys of which only the legal ones are lit, occupants, the driver's card (5.9)."""

from kiosk.app.desk import Occupant
from kiosk.app.views import Line
from kiosk.domain.codes import Category
from ui.duty_ports import DutyDoor
from ui.viewmodels.duty_group import PartyCard
from ui.viewmodels.forms import FlowBase, Form, FormKey, FormState, Group
from ui.viewmodels.gate import GateModel
from ui.viewmodels.stage import Stage

HERE = "沪"
PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No I, no O."""
DIGITS = "0123456789"
USUAL, GREEN = 7, 8
"""Characters of a plate: province, letter and five; six on a green plate."""
MOST = 9


class VehicleFlow(FlowBase):
    """Plate, how many, whose card; then each of them is measured."""

    def __init__(self, door: DutyDoor, stage: Stage, model: GateModel, party: PartyCard) -> None:
        super().__init__(model.home)
        self._door = door
        self._stage = stage
        self._model = model
        self._party = party
        self._forget()

    def _forget(self) -> None:
        self._plate = HERE
        self._cards: tuple[bytes, ...] = ()
        self._count: int | None = None
        self._page = "plate"

    def begin(self) -> None:
        """车辆."""
        self._forget()
        self._show()

    # -- pages ---------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        form = {"plate": self._plate_form, "province": self._province_form, "count": self._count_form}.get(
            self._page, self._driver_form
        )()
        self._stage.put(FormState(form, self))

    def _so_far(self) -> Line | str:
        if not self._cards:
            return self._plate
        return Line("vehicle.so_far", {"plate": self._plate, "n": len(self._cards)})

    def _plate_form(self) -> Form:
        second = len(self._plate) == 1
        letters = tuple(FormKey(f"plate.{letter}", letter) for letter in LETTERS)
        digits = tuple(FormKey(f"plate.{digit}", digit, enabled=not second) for digit in DIGITS)
        erase = FormKey("erase", Line("key.delete"), enabled=not second)
        other = FormKey("province", Line("vehicle.other"))
        head = (FormKey("no_plate", Line("vehicle.no_plate"), mm=30.0),)
        return Form("screen.vehicle", Line("vehicle.plate"), (Group((*letters, *digits, erase, other)),),
                    so_far=self._so_far(), head=head)  # fmt: skip

    def _province_form(self) -> Form:
        keys = tuple(FormKey(f"province.{name}", name) for name in PROVINCES)
        return Form("screen.vehicle", Line("vehicle.province"), (Group(keys),), deep=True)

    def _count_form(self) -> Form:
        keys = tuple(FormKey(f"count.{n}", str(n)) for n in range(1, MOST + 1))
        longer = FormKey("longer", Line("vehicle.green"), enabled=len(self._plate) < GREEN, mm=58.0)
        return Form("screen.vehicle", Line("vehicle.count"), (Group(keys), Group((longer,), alone=True)),
                    so_far=self._so_far(), deep=True)  # fmt: skip

    def _driver_form(self) -> Form:
        keys = (FormKey("start", Line("vehicle.start"), "MAIN", mm=64.0),)
        count = self._count or 1
        said = Line("vehicle.cards", {"n": len(self._cards), "count": count})
        return Form("screen.vehicle", Line("vehicle.driver"), (Group(lines=(said,)), Group(keys)),
                    so_far=self._plate, deep=True)  # fmt: skip

    # -- touches -------------------------------------------------------------------------------------------------

    def chose(self, name: str) -> None:
        """A key."""
        what, _, rest = name.partition(".")
        match what:
            case "plate":
                self._plate += rest
                self._page = "count" if len(self._plate) in (USUAL, GREEN) else "plate"
            case "erase":
                self._plate = self._plate[:-1]
            case "province" if rest:
                self._plate, self._page = rest, "plate"
            case "province":
                self._page = "province"
            case "no_plate":
                self._plate, self._page = "", "count"
            case "longer":
                self._page = "plate"
            case "count":
                self._count = int(rest)
                self._page = "driver"
            case _:
                self._start()
                return
        if self._page == "driver" and self._cards:
            self._start()
        else:
            self._show()

    def code(self, payload: bytes) -> bool:
        """Each card is an occupant's; once all have shown one, they are measured."""
        if payload not in self._cards:
            self._cards = (*self._cards, payload)
        if self._page == "driver" and len(self._cards) >= (self._count or 1):
            self._start()
        else:
            self._show()
        return True

    def _start(self) -> None:
        """Cards first, whoever has none comes as a visitor; each becomes a passage of his own."""
        count = max(self._count or 1, len(self._cards))
        carded = tuple(Occupant(payload=card) for card in self._cards)
        others = tuple(Occupant(category=Category.VISITOR) for _ in range(count - len(carded)))
        plate = self._plate if len(self._plate) >= USUAL else None
        shown = self._door.party((*carded, *others), self._model.direction, plate)
        said = self._plate
        self._forget()
        self._party.begin(shown, said)

    def keeps(self) -> bool:
        """A plate or a card."""
        return len(self._plate) > 1 or bool(self._cards)

    def back(self) -> None:
        """One page back."""
        if self._page == "plate":
            self.left()
            return
        self._page = "plate" if self._page != "driver" else "count"
        if self._page == "plate" and len(self._plate) >= USUAL:
            self._plate = self._plate[:-1]
        if not self._plate:
            self._plate = HERE
        self._show()

    def left(self) -> None:
        """Nothing is opened."""
        self._forget()
        super().left()

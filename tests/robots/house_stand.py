# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A stand over the real application: real passes, rules and store of a gate of 合阳小区, and a clock set by hand."""

import tempfile
from pathlib import Path

from PySide6.QtWidgets import QApplication

import assets
from kiosk.adapters.device_folder import read_device
from kiosk.adapters.ids import seeded_ids
from kiosk.adapters.store_start import OpenedStore, open_store
from kiosk.adapters.withdrawal import Withdrawal
from kiosk.app.pin import PinAnswer, PinCheck
from kiosk.app.ports import SyncStatus
from kiosk.app.practice import PracticeCard
from kiosk.app.views import Line
from kiosk.compose import OpenGate
from kiosk.domain.codes import Category, MemberSource
from kiosk.domain.identity import CommitteeId, CompoundId, GateId, OperatorId
from kiosk.domain.register import Compound, Operator
from tests.robots.stand import Stand
from tests.unit.desk.gatehouse import HEYANG, House
from ui.compose import Practising
from ui.duty_door import AppDuty
from ui.gate_door import AppDoor
from ui.pin_worker import Answer, PinWorker
from ui.tokens import INDOOR, Theme
from ui.viewmodels.duty_practice import PracticeGate

_LONG_S = 20
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Stores of stands lie in memory where they can: a disk that is waited for is another test's."""
PINS = {"王阿姨": "1357", "陈师傅": "2468", "李门长": "246810", "赵副门长": "135790"}


class _Tries:
    """Wrong tries, in memory."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def failed(self, whose: str) -> int:
        return self.counts.get(whose, 0)

    def keep(self, whose: str, failed: int) -> None:
        self.counts[whose] = failed


class _AtOnce(PinWorker):
    """Checks a PIN before it returns; the thread is test_real_gate's."""

    def __init__(self, check: PinCheck) -> None:
        super().__init__(check)
        self._at_once = check

    def ask(self, pin: str, answer: Answer, whose: OperatorId | None = None) -> None:
        begun = self._at_once.begin(pin, whose)
        answer(begun if isinstance(begun, PinAnswer) else self._at_once.settle(begun, begun.run()))


class _PracticeBeside:
    """`Practising` over an opened gate that is made of the house when it is asked for."""

    def __init__(self, house: House, check: PinCheck, door: AppDoor) -> None:
        self._house, self._check, self._door = house, check, door
        self._real: Practising | None = None

    def start(self) -> tuple[PracticeCard, ...] | str:
        self._real = self._real or Practising(self._gate(), self._door.use)
        return self._real.start()

    def stop(self) -> None:
        if self._real is not None:
            self._real.stop()

    def _gate(self) -> OpenGate:
        house = self._house
        device = read_device(house.folder)
        assert device is not None
        made = seeded_ids(house.clock, "practice")
        opened = open_store(house.folder / "beside", house.app.identity, house.keys, house.clock, made)
        assert isinstance(opened, OpenedStore)
        opened.store.close()
        orders = Withdrawal(opened.folder, house.keys)
        return OpenGate(
            house.app, house.store, device, house.keys, house.clock, made, opened, orders, self._check,
            assets.policies(),
        )  # fmt: skip


class HouseStand(Stand):
    """Window, models and a real gate; `house` makes people and cards."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        language: str = "zh_CN",
        theme: Theme = INDOOR,
        size: tuple[int, int] = (1280, 800),
    ) -> None:
        self._temporary = None
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="gatehouse-stand-", dir=_MEMORY)
        self._practising: _PracticeBeside | None = None
        place = folder if folder is not None else Path(self._temporary.name)  # type: ignore[union-attr]
        self.house = House(place).open()
        self._furnish()
        app = self.house.app
        self.check = check = PinCheck(
            GateId("G01"),
            app.facts.roster.operators,
            lambda kept, pin: kept == pin,
            _Tries(),
            self.house.clock.mono_ms,
        )
        self.pins = pin = _AtOnce(check)
        door = AppDoor(app, pin=pin, sync_now=lambda: None, list_made_at_ms=lambda: None)
        door.line = SyncStatus(pending=0, online=True)
        duty = AppDuty(lambda: door.app, pin, lambda: door.line)
        super().__init__(door, duty, self.house.clock, language=language, theme=theme, size=size)

        self.duty.hand_over.paper = lambda told: told(Line("handover_paper.kept", {"name": "handover.pdf"}))

    def _furnish(self) -> None:
        compound = Compound(
            CompoundId(HEYANG),
            "合阳小区",
            1,
            CommitteeId("K01"),
            committee_phone="021-5600 1234",
            health_phone="021-6605 0000",
        )
        people = (
            ("王阿姨", "V", MemberSource.RESIDENT, "", False),
            ("陈师傅", "V", MemberSource.DISTRICT, "", False),
            ("李门长", "L", MemberSource.STREET, "13800001111", False),
            ("赵副门长", "L", MemberSource.STREET, "13800002222", True),
        )
        rows: list[object] = [compound]
        for number, (name, role, source, phone, deputy) in enumerate(people, 1):
            rows.append(Operator(OperatorId(f"{number:032x}"), role, name, source, phone=phone, pin_hash=PINS[name],
                                 deputy=deputy))  # fmt: skip
        self.house._put(*rows)

    def practice(self) -> PracticeGate:
        """A practice beside the house, as a real one."""
        door = self.door
        assert isinstance(door, AppDoor)
        self._practising = _PracticeBeside(self.house, self.check, door)
        return self._practising

    def staff_card(self, name: str) -> bytes:
        """值守证 of somebody."""
        person = self.house.resident(name, "9-1-101", category=Category.STAFF)
        return self.house.card(person, category=Category.STAFF)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, a beat at a time; a long wait goes by the second."""
        step = 100 if seconds <= _LONG_S else 1000
        for _ in range(round(seconds * 1000 / step)):
            self.house.clock.advance(step)
            self.model.beat()
            if self.clock.mono_ms() % 1000 == 0:
                self.model.second()
        QApplication.processEvents()

    def gone(self) -> int:
        """How many passages have gone through."""
        return self.house.app.passages_through()

    def events(self) -> int:
        """How many events are stored."""
        return self.house.store.head()[0]

    def close(self) -> None:
        """Windows first, then the store."""
        super().close()
        if self._practising is not None:
            self._practising.stop()
        self.house.store.close()
        if self._temporary is not None:
            self._temporary.cleanup()

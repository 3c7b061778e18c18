# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The scenes of the leader's desk, on a real gate with an afternoon behind it."""

import datetime as dt
from collections.abc import Callable

from kiosk.app.temperature_source import Method, SensedReading, SourceState
from kiosk.domain.codes import Direction, IsolationState, PassKind, ReadingSource, Site
from kiosk.domain.identity import EventId, GateId, IsolationId, PassId
from kiosk.domain.instants import DAY_MS
from kiosk.domain.register import Gate, GateHeard, Isolation, Sighting, WorkItem
from tests.robots.leader_stand import Leader, LeaderStand
from tests.unit.desk.gatehouse import HEYANG, NOW_MS, House
from ui.viewmodels.leader_tools import Device

Scene = Callable[[Leader], object]
PEOPLE = (("张伟", "3-1-502"), ("李娜", "7-1-101"), ("王芳", "8-1-202"), ("陈静", "9-1-101"), ("刘洋", "2-1-301"),
          ("周敏", "5-1-404"), ("吴强", "6-1-102"), ("赵丽", "1-1-603"))  # fmt: skip
NOON_MS = NOW_MS + 18 * 3_600_000
"""2020-02-21 12:00 in Shanghai."""
D0 = dt.date(2020, 2, 15)
_DAYS = {"张伟": 3, "李娜": 0, "王芳": -11}


def afternoon(house: House) -> None:
    """From noon on: forty people, a recheck that stays high, a guest turned away, a card reported lost, a conflict."""
    # a picture needs no durable disk: this is half of a scene's time
    house.store._folder.file.writer.execute("PRAGMA synchronous = OFF")
    house.clock.go_to(NOON_MS)
    people = [house.resident(name, room) for name, room in PEOPLE]
    cards = [house.card(person) for person in people]
    readings = ("36.5", "36.8", "36.3", "36.6", "37.1", "36.4", "36.9", "35.2")
    for number in range(40):
        card = cards[number % len(cards)]
        way = Direction.OUT if number % 3 == 2 else Direction.IN
        passing = house.scan(card, way)
        if way is Direction.IN and passing.view.needs_reading:
            passing.measure(readings[number * 5 % len(readings)])
        house.later(240 + number * 13 % 200)
    high = house.scan(cards[1]).measure("37.8")
    house.later(305)
    house.app.desk.reading(high.passage, "37.6", Site.FOREHEAD, ReadingSource.TYPED)
    house.scan(house.card(listed=False)).measure("36.7")
    house.later(600)
    house.scan(cards[3]).measure("37.4")
    _isolation(house, people)
    _sisters(house, people)


def _isolation(house: House, people: list) -> None:  # type: ignore[type-arg]
    for number, (name, days) in enumerate(_DAYS.items()):
        person = people[[who for who, _ in PEOPLE].index(name)]
        d0 = D0 + dt.timedelta(days=days)
        opened = NOON_MS - DAY_MS * (6 - days) if days > -10 else NOON_MS - 17 * DAY_MS
        taken = tuple(f"2020-02-{day:02d}/{slot}" for day in range(3, 21) for slot in ("AM", "PM"))
        house._put(
            Isolation(IsolationId(f"{number + 1:032x}"), person, IsolationState.HOME, d0, opened, notice=True,
                      record=True, commitment=True, slots_taken=taken, opened_at_ms=opened)
        )  # fmt: skip


def _sisters(house: House, people: list) -> None:  # type: ignore[type-arg]
    house._put(Gate(GateId("G01"), HEYANG, "1号门"), Gate(GateId("G03"), HEYANG, "3号门"),
               GateHeard(GateId("G03"), house.clock.wall_ms() - 90_000))  # fmt: skip
    for number, person in enumerate(people[:6]):
        seen = Sighting(EventId(f"{number + 1:032x}"), GateId("G03"), Direction.IN if number % 2 else Direction.OUT,
                        house.clock.wall_ms() - number * 400_000, person=person)  # fmt: skip
        house._put(seen)
    detail = {"first_gate": "G01", "second_gate": "G03"}
    house._put(WorkItem(f"{7:030x}01", "CLONE", house.clock.wall_ms() - 600_000, detail=detail))
    card = house.card(people[5]).decode()
    card_id = PassId(house.made.to_bytes(8, "big").hex())
    house._put(WorkItem(f"{9:032x}", "PRINT", house.clock.wall_ms() - 300_000, pass_id=card_id, text=card))


def there(*tiles: str, keys: tuple[str, ...] = (), second: bool = False) -> Scene:
    """Tiles of the desk one after another, then keys."""

    def scene(leader: Leader) -> None:
        leader.signs_in().goes(*tiles).keys(*keys)
        if second:
            leader.wait(1)

    return scene


def pin(leader: Leader) -> None:
    leader.tap("btn.more").tap("btn.tile.leader").digits("2468")


def first_row(*tiles: str, keys: tuple[str, ...] = ()) -> Scene:
    """The first tile of a list."""

    def scene(leader: Leader) -> None:
        leader.signs_in().goes(*tiles)
        leader.tap(leader.stand.window.leader.tiles[0].objectName()).keys(*keys)

    return scene


def case_told(leader: Leader) -> None:
    first_row("cases")(leader)
    leader.goes("told.LEADER", "TOLD").goes("told.COMMITTEE", "NO_ANSWER")


def home_temp(leader: Leader) -> None:
    first_row("isolation")(leader)
    leader.keys("PM").digits("365")


def temporary(leader: Leader) -> None:
    leader.signs_in().goes("issuing").keys("temporary").goes("DOMESTIC", "consent_phone").person("3", "502", "张")
    leader.goes("2h").pin("246810")


def apply_code(leader: Leader) -> None:
    leader.signs_in().goes("issuing").keys("apply").person("3", "502", "张").goes(PassKind.RESIDENT.value)


def apply_platform(leader: Leader) -> None:
    apply_code(leader)
    leader.goes("GREEN")


def exported(leader: Leader) -> None:
    leader.signs_in().goes("export").keys("CSV")


def revealed(leader: Leader) -> None:
    first_row("exceptions")(leader)
    leader.keys("reveal").goes("checked_id")


def call(leader: Leader) -> None:
    leader.stand.online = True
    leader.scan(leader.house.card(listed=False)).measure("36.5").tap("btn.ask_leader").keys("ask").wait(34)


def locked(leader: Leader) -> None:
    leader.tap("btn.more").tap("btn.tile.leader")
    for _ in range(10):
        leader.pin("000000").house.clock.advance(480_000)


def trial(leader: Leader) -> None:
    leader.signs_in().goes("settings").goes("thermometer", "use./dev/ttyUSB0")
    leader.stand.trial.stood(Device.THERMOMETER, SourceState.CONNECTED)
    measured = SensedReading(
        tenths=364, site=Site.WRIST, method=Method.NON_CONTACT, device_no="ttyUSB0", ambient=None, taken_at_ms=0,
        source=ReadingSource.SERIAL, raw="",
    )  # fmt: skip
    leader.stand.trial.sensed(measured)
    leader.wait(1)


def no_power(leader: Leader) -> None:
    leader.signs_in().goes("settings", "machine").keys("poweroff").pin("246810")


def note(leader: Leader) -> None:
    first_row("exceptions", keys=("note",))(leader)
    leader.goes("add.phoned", "add.family").keys("other").goes("add.1", "add.5", "add.hour")


def notes(leader: Leader) -> None:
    leader.signs_in().goes("notes").keys("write").goes("add.next", "add.equipment").keys("keep")


SCENES: dict[str, Scene] = {
    "desk_call": call,
    "desk_pin": pin,
    "desk_home": there(),
    "desk_today": there("today"),
    "desk_verdicts": there("today", keys=("VERDICTS",)),
    "desk_temps": there("today", keys=("TEMPS",)),
    "desk_table": there("today", keys=("TABLE",)),
    "desk_log": there("log"),
    "desk_exceptions": there("exceptions"),
    "desk_passage": first_row("exceptions"),
    "desk_reveal": revealed,
    "desk_cases": there("cases"),
    "desk_case": case_told,
    "desk_work": there("work"),
    "desk_waiting": there("gates"),
    "desk_gates": there("gates", keys=("which",)),
    "desk_isolation": there("isolation"),
    "desk_isolated": first_row("isolation"),
    "desk_home_temp": home_temp,
    "desk_permits": there("permits", keys=("grant",)),
    "desk_issuing": there("issuing"),
    "desk_evidence": apply_code,
    "desk_platform": apply_platform,
    "desk_temporary": temporary,
    "desk_export": exported,
    "desk_verify": there("verify"),
    "desk_selftest": there("selftest"),
    "desk_settings": there("settings"),
    "desk_locked": locked,
    "desk_devices": there("settings", "thermometer"),
    "desk_trial": trial,
    "desk_machine": no_power,
    "desk_width": there("settings", "width"),
    "desk_note": note,
    "desk_phrases": there("notes", keys=("write",)),
    "desk_notes": notes,
    "desk_handover": there("handover", keys=("make",)),
}
"""场景 of the leader's desk."""


def play(name: str, stand: LeaderStand) -> None:
    """Bring the stand into a scene."""
    afternoon(stand.house)
    stand.model.refresh()
    SCENES[name](Leader(stand))

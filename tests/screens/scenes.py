# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The scenes of `make screens`: each brings a stand into one state that a volunteer will see."""

from collections.abc import Callable

from kiosk.app.ports import CommitFault
from kiosk.app.scanning import NotOurs, Source, Unreadable
from kiosk.app.scanning_hints import Hint
from kiosk.app.views import Line
from kiosk.domain.codes import Button, Category, CodeColour, Company, Direction, Reason, ScanResult, Site, Tick, Verdict
from tests.robots.house_stand import HouseStand
from tests.robots.leader_stand import LeaderStand
from tests.robots.scripted_gate import Script
from tests.robots.stand import Stand
from tests.screens import duty_scenes, leader_scenes
from ui.tokens import INDOOR, Theme
from ui.viewmodels.states import EnrolState, Menu, MenuState, OrderState, SyncState
from ui.views.plain_views import EnrolScreen
from ui.views.preview import PreviewFrame

CARD = b"EP1:CARD"


def picture(dark: bool = False) -> PreviewFrame:
    """A drawn camera picture: a hand's card before a wall; no photograph."""
    from tests.screens.picture import held_card

    return held_card(dark=dark)


def scan(stand: Stand) -> None:
    stand.window.scan.preview.show_frame(picture())
    for card, reading, way in (
        (b"1", "36.8", Direction.IN),
        (b"2", "37.6", Direction.IN),
        (b"3", "36.5", Direction.IN),
    ):
        stand.model.direction = way
        stand.model.code_seen(card)
        stand.model.typed(reading)
    stand.pass_time(2)
    stand.model.home()


def idle(stand: Stand) -> None:
    stand.window.scan.preview.show_frame(picture())


def hinted(hint: Hint, *, light: bool = False) -> Callable[[Stand], None]:
    def scene(stand: Stand) -> None:
        stand.window.scan.preview.show_light(light)
        stand.window.scan.preview.show_frame(picture(dark=True) if light else picture())
        stand.model.hinted(hint)

    return scene


def out(stand: Stand) -> None:
    stand.window.scan.preview.show_frame(picture())
    stand.model.turn()


def keypad(stand: Stand) -> None:
    stand.model.code_seen(CARD)


def keypad_high(stand: Stand) -> None:
    tray(stand, home=False)
    stand.model.code_seen(CARD)
    state = stand.window.keypad.state
    assert state is not None
    stand.model.entry(state.entry.chose(37))


def keypad_low(stand: Stand) -> None:
    stand.model.code_seen(CARD)
    stand.model.typed("34.2")


def keypad_untaken(stand: Stand) -> None:
    stand.model.code_seen(CARD)
    state = stand.window.keypad.state
    assert state is not None
    stand.model.entry(state.entry.untaken())


def keypad_locked(stand: Stand) -> None:
    stand.model.code_seen(CARD)
    stand.model.typed("37.6")
    stand.pass_time(108)
    stand.model.open_chip(stand.model.chips[0].passage)


def _measured(script: Script, reading: str = "36.5", way: Direction = Direction.IN) -> Callable[[Stand], None]:
    def scene(stand: Stand) -> None:
        stand.gate.cards[CARD] = script
        stand.model.direction = way
        stand.model.code_seen(CARD)
        if way is Direction.IN and script.measured:
            stand.model.typed(reading)

    return scene


def recheck(stand: Stand) -> None:
    stand.model.code_seen(CARD)
    stand.model.typed("37.6")


def fever(stand: Stand) -> None:
    stand.model.code_seen(CARD)
    stand.model.typed("37.8")
    stand.pass_time(301)
    stand.model.open_chip(stand.model.chips[0].passage)
    stand.model.typed("37.6")


def tray(stand: Stand, *, home: bool = True) -> None:
    readings = {b"a": "37.6", b"b": "37.4", b"c": "34.1", b"d": "36.5", b"e": ""}
    stand.gate.cards[b"d"] = Script(
        "李* 7号楼", Verdict.LEADER, Reason.PASS_UNKNOWN, "R30", ScanResult.UNKNOWN, buttons=(Button.LEAVE,)
    )
    for card, reading in readings.items():
        stand.model.code_seen(card)
        if reading:
            stand.model.typed(reading)
        if card == b"a":
            stand.pass_time(188)
    if home:
        stand.model.home()
        stand.window.scan.preview.show_frame(picture())


def mask(stand: Stand) -> None:
    stand.model.code_seen(CARD)
    stand.model.masked(on=False)


def not_ours(stand: Stand) -> None:
    stand.model.sighted(NotOurs(1.0, Source.CAMERA))


def unread(stand: Stand) -> None:
    stand.model.sighted(Unreadable(1.0))


def unrecorded(stand: Stand) -> None:
    stand.model.code_seen(CARD)
    stand.gate.fault = CommitFault.DISK_FULL
    stand.model.typed("36.5")


def emergency(stand: Stand) -> None:
    stand.stage.put(MenuState(Menu.EMERGENCY, "ambulance"))


def emergency_go(stand: Stand) -> None:
    stand.model.opened(
        lambda *, mask, code: stand.gate.arrive(Category.EMERGENCY, direction=Direction.IN, mask=mask, code=code)
    )


def more(stand: Stand) -> None:
    stand.stage.put(MenuState(Menu.MORE))


def lookup(*tiles: str) -> Callable[[Stand], None]:
    def scene(stand: Stand) -> None:
        flows = stand.window._flows
        assert flows is not None
        flows.lookup.begin()
        for tile in tiles:
            flows.lookup.chose(tile)

    return scene


def category(*tiles: str) -> Callable[[Stand], None]:
    def scene(stand: Stand) -> None:
        flows = stand.window._flows
        assert flows is not None
        flows.category.begin()
        for tile in tiles:
            flows.category.chose(tile)

    return scene


def leader(digits: str = "", *, confirm: bool = False) -> Callable[[Stand], None]:
    def scene(stand: Stand) -> None:
        _measured(Script("李* 7号楼", Verdict.LEADER, Reason.PASS_LOST, "R28", buttons=(Button.LEAVE,)))(stand)
        flows = stand.window._flows
        view = stand.model.current()
        assert flows is not None
        assert view is not None
        flows.leader.begin(view.passage)
        for digit in digits:
            flows.leader.digit(digit)
        if confirm:
            flows.leader.confirm()

    return scene


def sync(stand: Stand) -> None:
    stand.gate.pending, stand.gate.online = 37, False
    stand.model.refresh()
    stand.stage.put(SyncState(stand.gate.sync_view()))


def camera_gone(stand: Stand) -> None:
    scan(stand)
    stand.window.scan.preview.show_fault("state.GONE")


def no_list(stand: Stand) -> None:
    stand.gate.age_s = None
    stand.gate.online = False
    stand.window.scan.preview.show_frame(picture())
    stand.model.refresh()


def revoked(stand: Stand) -> None:
    stand.gate.revoked = True
    stand.window.scan.preview.show_frame(picture())
    stand.model.refresh()


def demo(stand: Stand) -> None:
    stand.gate.demo, stand.gate.pending, stand.gate.online, stand.gate.age_s = True, 12, False, 90_000
    scan(stand)


def practice(stand: Stand) -> None:
    stand.gate.practice = True
    scan(stand)


def starting(stand: Stand) -> None:
    stand.stage.put(OrderState(Line("order.starting")))


def enroll(stand: Stand) -> None:
    screen = EnrolScreen(stand.skin)
    screen.preview.show_frame(picture())
    screen.show_state(EnrolState(Line("enrol.error.used"), bad=True, camera=True, network=True, clock=True))
    stand.window.show_screen(screen)


FOUR = (Tick.HOME_FIT, Tick.NOTICE, Tick.RECORD, Tick.COMMITMENT)
SCENES: dict[str, Callable[[Stand], None]] = {
    "starting": starting,
    "enroll": enroll,
    "idle": idle,
    "scan": scan,
    "hint": hinted(Hint.GLARE),
    "hint_light": hinted(Hint.OTHER_WAY, light=True),
    "out": out,
    "keypad": keypad,
    "keypad_high": keypad_high,
    "keypad_low": keypad_low,
    "keypad_untaken": keypad_untaken,
    "keypad_locked": keypad_locked,
    "go": _measured(Script()),
    "bye": _measured(Script(), way=Direction.OUT),
    "step": _measured(
        Script(
            "张* 3号楼",
            Verdict.ADMIT_REGISTER,
            Reason.PASS_EXPIRED,
            "R26",
            ticks=(Tick.IDENTITY,),
            buttons=(Button.LEAVE,),
        )
    ),
    "escort": _measured(
        Script("陈* 9号楼", Verdict.ADMIT_ESCORT, Reason.FIRST_RETURN_KEY, "R20", ticks=FOUR, buttons=(Button.LEAVE,))
    ),
    "recheck": recheck,
    "fever": fever,
    "mask": mask,
    "leader_case": _measured(Script("李* 7号楼", Verdict.LEADER, Reason.PASS_LOST, "R28", buttons=(Button.LEAVE,))),
    "forged": _measured(
        Script("", Verdict.LEADER, Reason.PASS_FORGED, "R11", ScanResult.FORGED, buttons=(Button.LEAVE,))
    ),
    "unknown": _measured(
        Script("", Verdict.LEADER, Reason.PASS_UNKNOWN, "R30", ScanResult.UNKNOWN, buttons=(Button.LEAVE,))
    ),
    "courier": category(f"company.{Company.SF.value}"),
    "redirect": _measured(Script("", Verdict.REDIRECT, Reason.COURIER, "R35A", ScanResult.NONE)),
    "refuse": _measured(Script("周*", Verdict.REFUSE, Reason.WRONG_COMPOUND, "R31", ScanResult.WRONG_COMPOUND)),
    "breach": _measured(
        Script("孙* 2号楼", Verdict.HOLD, Reason.ISOLATION_BREACH, "R17", buttons=(Button.ESCORTED, Button.LEAVE))
    ),
    "exit_stop": _measured(
        Script("孙* 2号楼", Verdict.REFUSE_EXIT, Reason.ISOLATION_EXIT, "R13", buttons=(Button.LEAVE,)),
        way=Direction.OUT,
    ),
    "stale": _measured(
        Script("张* 3号楼", Verdict.LEADER, Reason.LIST_STALE, "R25", staff=(Line("staff.LIST_STALE"),))
    ),
    "unrecorded": unrecorded,
    "not_ours": not_ours,
    "unread": unread,
    "tray": tray,
    "emergency": emergency,
    "emergency_go": emergency_go,
    "more": more,
    "lookup_building": lookup(),
    "lookup_room": lookup("3", "2"),
    "lookup_person": lookup("3", "2", "302"),
    "lookup_fact": lookup("3", "2", "302", "person.0"),
    "lookup_tail": lookup("3", "2", "302", "person.0", "PHONE_TAIL"),
    "category": category(),
    "category_code": category(Category.VISITOR.value),
    "category_consent": category(Category.VISITOR.value, f"code.{CodeColour.GREEN.value}"),
    "leader_pin": leader("2468"),
    "leader_choice": leader("246810", confirm=True),
    "sync": sync,
    "camera_gone": camera_gone,
    "no_list": no_list,
    "revoked": revoked,
    "demo": demo,
    "practice": practice,
    "name_without_glyph": _measured(Script("\ue863* 3号楼", Verdict.LEADER, Reason.PASS_LOST, "R28")),
}
"""场景: by name, in the order of the contact sheet; those of the volunteer's flows follow."""


def _on_a_real_gate(name: str) -> Callable[[Stand], None]:
    def scene(stand: Stand) -> None:
        assert isinstance(stand, HouseStand)
        duty_scenes.play(name, stand)

    return scene


SCENES |= {name: _on_a_real_gate(name) for name in duty_scenes.SCENES}


def _at_the_desk(name: str) -> Callable[[Stand], None]:
    def scene(stand: Stand) -> None:
        assert isinstance(stand, LeaderStand)
        leader_scenes.play(name, stand)

    return scene


SCENES |= {name: _at_the_desk(name) for name in leader_scenes.SCENES}


def stand_for(
    scene: str, *, language: str = "zh_CN", theme: Theme = INDOOR, size: tuple[int, int] = (1280, 800)
) -> Stand:
    """The stand that a scene needs: a real gate for the volunteer's flows, else a scripted one."""
    if scene in leader_scenes.SCENES:
        return LeaderStand(language=language, theme=theme, size=size)
    made = HouseStand if scene in duty_scenes.SCENES else Stand
    return made(language=language, theme=theme, size=size)


_ = Site

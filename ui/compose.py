# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The kiosk's window put together by hand: skin, window, models, bridge, and the gate behind them.

In three steps, so that the first paint waits for nothing: the shell (`ui.first`) is painted, `front` lays the window
into it, `build_kiosk` puts an open gate behind that. None imports cv2, a decoder or the network: those come
with the threads that use them (interface.md section 3).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication, QRawFont

from kiosk.app.ports import SyncStatus
from kiosk.app.temperature_source import SensedReading, SourceState
from kiosk.app.views import Tone
from kiosk.domain.codes import Site
from ui.announcer import Announcer, Loudspeaker
from ui.bridge import Bridge
from ui.device_trial import DeviceTrial, Plugs
from ui.paint_clock import PaintClock
from ui.skin import Skin
from ui.tokens import FAMILY, THEMES, ThemeName
from ui.viewmodels.duty import Duty
from ui.viewmodels.duty_sign_on import Surroundings
from ui.viewmodels.gate import GateModel
from ui.viewmodels.leader import LeaderFlow
from ui.viewmodels.leader_tools import Cold, Device, Machine
from ui.viewmodels.lookup import CategoryFlow, LookupFlow
from ui.viewmodels.stage import Stage
from ui.viewmodels.states import KeypadState, ScanState
from ui.views.window import Flows, GateWindow
from ui.words import Words

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.app.gate import GateApp
    from kiosk.app.practice import PracticeCard
    from kiosk.app.settings import Settings
    from kiosk.app.views import Line
    from kiosk.compose import OpenGate
    from ui.first import Shell
    from ui.gate_door import AppDoor
    from ui.leader_worker import LeaderWorker
    from ui.viewmodels.leader_desk import LeaderDesk
    from ui.viewmodels.leader_tools import SelfTest
    from ui.views.public_window import PublicWindow

BEAT_MS, SECOND_MS = 100, 1000
BATTERY_S = 30
PLAYED_AFTER_MS = 1_500
ASKED_S = 2
"""Every two seconds while a leader's answer from afar is waited for (domain.md 7.3)."""
_PROBE = "放行请测体温℃"


@dataclass(frozen=True, slots=True)
class Front:
    """The window before there is a gate."""

    skin: Skin
    window: GateWindow
    paint_clock: PaintClock
    bridge: Bridge


def front(mono_s: Callable[[], float], shell: "Shell", *, language: str, theme: ThemeName) -> Front:
    """Skin, window, paint clock and bridge, laid into the shell that has been painted already."""
    skin = Skin(shell.metrics, Words(language), THEMES[theme])
    clock = PaintClock(mono_s)
    window = GateWindow(skin, shell.per_mm, clock)
    shell.fill(window)
    return Front(skin, window, clock, Bridge())


@dataclass(frozen=True, slots=True)
class Outside:
    """What the kiosk asks of the threads around it. `use_width` gives pixels per mm; None: as it was."""

    sync_now: Callable[[], None]
    announcer: Announcer
    scan_clear: Callable[[], None] = lambda: None
    battery: Callable[[], int | None] = lambda: None
    machine: Machine = field(default_factory=Machine)
    use_width: Callable[[float | None], float | None] = lambda _mm: None
    plugs: Plugs = field(default_factory=Plugs)
    use_camera: Callable[[str], None] = lambda _setting: None
    self_tests: "Callable[[], tuple[SelfTest, ...]]" = tuple
    export_unsent: "Callable[[Path], str]" = lambda _place: ""


class Practising:
    """练习: another gate behind the same screens, thrown away at its end."""

    def __init__(self, gate: "OpenGate", use: "Callable[[GateApp], None]") -> None:
        self._gate = gate
        self._use = use
        self._open: OpenGate | None = None

    def start(self) -> "tuple[PracticeCard, ...] | str":
        """The twelve with their cards, or why not."""
        from kiosk.compose_training import RefusedTraining, open_training

        opened = open_training(self._gate)
        if isinstance(opened, RefusedTraining):
            return opened.value
        self._open = opened
        self._use(opened.app)
        return opened.practice

    def stop(self) -> None:
        """The gate itself again."""
        self._use(self._gate.app)
        if self._open is not None:
            self._open.close()
            self._open = None


class Kiosk(QObject):
    """A window over an open gate; it lives in the GUI thread."""

    def __init__(self, gate: "OpenGate", made: Front, door: "AppDoor", outside: Outside) -> None:
        super().__init__()
        self.gate = gate
        self.front = made
        self.door = door
        self._outside = outside
        self.stage = Stage(ScanState(), gate.clock.mono_ms)
        self.speaker = Loudspeaker(outside.announcer, made.skin.words.language)
        self.model = GateModel(door, self.stage, self.speaker, gate.clock.mono_ms)
        self.public: PublicWindow | None = None
        self.devices = DeviceTrial(outside.plugs)
        self._heard_ms: int | None = None
        self._camera_set: str | None = None
        self._paper_worker: LeaderWorker | None = None
        self._devices = replace(made.window.status.devices, font=has_font())
        lookup = LookupFlow(door, self.stage, self.model)
        category = CategoryFlow(door, self.stage, self.model)
        leader = LeaderFlow(door, self.stage, self.model)
        from ui.duty_door import AppDuty

        duties = AppDuty(lambda: door.app, door.pin_worker, lambda: door.line)
        around = Surroundings(lambda: self._devices.battery, lambda: None)
        self.practice = Practising(gate, door.use)
        duty = Duty(duties, self.stage, self.model, around, leader.begin, self.practice, gate.clock.mono_ms)
        duty.hand_over.paper = self._handover_paper
        lookup.first_return = duty.first_return.begin
        category.visit = duty.visitor.begin
        made.window.attach(Flows(self.model, lookup, category, leader, duty, outside.sync_now, self.next_theme))
        made.window.lead(self._leader_desk)
        self._connect(made)
        made.window.status.show_devices(self._devices)
        self.model.refresh()
        self._beat = self._timer(BEAT_MS, self.model.beat)
        self._seconds = count()
        self._second = self._timer(SECOND_MS, self._each_second)

    def _connect(self, made: Front) -> None:
        bridge, preview = made.bridge, made.window.scan.preview
        bridge.frame.connect(preview.show_frame)
        preview.painted.connect(bridge.frame_painted)
        bridge.sighting.connect(self.model.sighted)
        bridge.camera.connect(self._camera)
        bridge.hint.connect(self.model.hinted)
        bridge.fill_light.connect(preview.show_light)
        bridge.reading.connect(self._sensed)
        bridge.thermometer.connect(self._thermometer)
        bridge.scanner.connect(self._scanner)
        bridge.sync.connect(self._synced)
        self.model.way.connect(self._turned)
        made.skin.words.switched.connect(self.speaker.speak)
        made.skin.changed.connect(self._retell)

    def _turned(self, _way: object) -> None:
        self._outside.scan_clear()

    def _timer(self, every_ms: int, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(every_ms)
        timer.timeout.connect(act)
        timer.start()
        return timer

    def _each_second(self) -> None:
        self.model.second()
        second = next(self._seconds)
        if second % BATTERY_S == 0:
            self._tell_battery()
        if second % ASKED_S == 0 and self.gate.app.remote.waiting():
            self._outside.sync_now()  # somebody waits for a leader's answer

    def hear_by(self, announcer: Announcer) -> None:
        """The machine's own voice, found after the start; without a device the status bar says so."""
        self.speaker.use(announcer)
        self._tell_sound()

    def mute(self, *, on: bool) -> None:
        """静音, shown on the status bar for as long as it lasts."""
        self.speaker.mute(on=on)
        self._tell_sound()

    def _tell_sound(self) -> None:
        self._devices = replace(self._devices, sound=self.speaker.sounds, muted=self.speaker.muted)
        self.front.window.status.show_devices(self._devices)

    def tell_full(self, *, full: bool) -> None:
        """Whether the window covers the whole screen."""
        self._devices = replace(self._devices, full=full)
        self.front.window.status.show_devices(self._devices)

    def _tell_battery(self) -> None:
        devices = replace(self._devices, battery=self._outside.battery())
        if devices != self._devices:
            self._devices = devices
            self.front.window.status.show_devices(devices)

    def _camera(self, state: str) -> None:
        fault = None if state in ("LIVE", "STARTING", "ENDED") else f"state.{state}"
        self.front.window.scan.preview.show_fault(fault)
        if state != "LIVE":
            self.model.hinted(None)  # no frame will come to take it back
        self._devices = replace(self._devices, camera=fault)
        self.front.window.status.show_devices(self._devices)

    def _sensed(self, reading: SensedReading) -> None:
        if not self.devices.sensed(reading):
            self.model.sensed(reading)

    def waits_for_reading(self) -> bool:
        """Whether somebody stands before a keypad, or a thermometer is tried: when a played one gives a reading."""
        keypad = isinstance(self.stage.state, KeypadState) and self.stage.idle_ms() >= PLAYED_AFTER_MS
        return keypad or self.devices.tries(Device.THERMOMETER)

    def _thermometer(self, state: SourceState) -> None:
        self.devices.stood(Device.THERMOMETER, state)
        off = "status.thermometer_off" if state is SourceState.UNPLUGGED else None
        self._devices = replace(self._devices, thermometer=off)
        self.front.window.status.show_devices(self._devices)

    def _scanner(self, state: SourceState) -> None:
        self.devices.stood(Device.SCANNER, state)
        off = "scanner.off" if state is SourceState.UNPLUGGED else None
        self._devices = replace(self._devices, scanner=off)
        self.front.window.status.show_devices(self._devices)

    def _synced(self, status: SyncStatus) -> None:
        self.door.line = status
        # An offset counts from the exchange that measured it: a status told again must not renew an old one.
        if status.offset_ms is not None and status.last_ok_ms != self._heard_ms:
            self._heard_ms = status.last_ok_ms
            self.gate.app.time.office_said(status.offset_ms)
        asked = self.gate.app.remote.waiting()
        self.gate.app.refresh()
        self.model.refresh()
        waiting = {one.passage for one in self.gate.app.remote.waiting()}
        for one in asked:
            if one.passage not in waiting:
                self.model.answered(one.passage)

    def _retell(self) -> None:
        """A page of tiles is made of lines: shown anew in the new language or colours."""
        self.front.window.show_state(self.stage.state)

    def site(self) -> Site:
        """Where the volunteer measures now; asked from the thermometer's thread."""
        state = self.stage.state
        return state.entry.site if isinstance(state, KeypadState) else Site.FOREHEAD

    def _leader_desk(self) -> "LeaderDesk":
        """门长台: its files, printer and sheets are loaded when a leader first asks for it."""
        from ui.compose_leader import Around, leader_desk

        around = Around(
            self.stage,
            self.model,
            self.front.skin,
            self.door.pin_worker,
            use_settings=self.use_settings,
            online=lambda: self.door.line.online,
            play_tone=lambda: self.speaker.play(Tone.T1),
            machine=self._outside.machine,
            devices=self.devices,
            cold=Cold(self._is_cold, self.model.weather),
            export_unsent=self._outside.export_unsent,
            self_tests=self._outside.self_tests(),
        )
        return leader_desk(self.gate, around)

    def _handover_paper(self, told: "Callable[[Line], None]") -> None:
        """交接单, from the hand-over itself; a practice prints none."""
        from ui.compose_leader import print_handover
        from ui.leader_worker import LeaderWorker

        if self.door.app is not self.gate.app:
            return
        if self._paper_worker is None:
            self._paper_worker = LeaderWorker()
        print_handover(self.gate, self.front.skin, self._paper_worker, told)

    def use_settings(self, settings: "Settings") -> None:
        """What a leader set at this tablet, at once; also at the start, as kept."""
        skin = self.front.skin
        if settings.theme in list(ThemeName):
            skin.use_theme(THEMES[ThemeName(settings.theme)])
        if settings.language is not None:
            skin.words.use(settings.language)
        self.speaker.mute(on=not settings.sound)
        self._tell_sound()
        if settings.camera is not None and settings.camera != self._camera_set:
            self._camera_set = settings.camera
            self._outside.use_camera(settings.camera)
        self.devices.as_kept(settings)
        self.front.window.keypad.use_ear(ear=settings.ear)
        per_mm = self._outside.use_width(settings.screen_width_mm)
        if per_mm is not None:
            self.front.window.use_per_mm(per_mm)
        self.model.live_at(settings.direction)

    def _is_cold(self) -> bool:
        return self.model.thermometer.cold

    def next_theme(self) -> None:
        """室内, 阳光, 夜间."""
        names = list(ThemeName)
        at = names.index(self.front.skin.theme.name)
        self.front.skin.use_theme(THEMES[names[(at + 1) % len(names)]])

    def open_public(self) -> "PublicWindow":
        """对外屏: on the second display if there is one."""
        from ui.views.public_window import PublicWindow

        public = PublicWindow(self.front.skin)
        self.public = public
        self.stage.changed.connect(public.show_state)
        self.model.status.connect(public.show_status)
        screens = QGuiApplication.screens()
        if len(screens) > 1:
            public.setGeometry(screens[1].geometry())
            public.showFullScreen()
        return public

    def stop(self) -> None:
        """The timers end; nothing more is asked of the gate, and a practice is thrown away."""
        self._beat.stop()
        self._second.stop()
        self.practice.stop()


def build_kiosk(gate: "OpenGate", made: Front, outside: Outside) -> Kiosk:
    """Put an open gate behind the window."""
    from ui.gate_door import AppDoor
    from ui.pin_worker import PinWorker

    door = AppDoor(gate.app, pin=PinWorker(gate.pin), sync_now=outside.sync_now, list_made_at_ms=gate.list_made_at_ms)
    kept = gate.store.sync_state()
    door.line = SyncStatus(
        kept.pending, kept.oldest_pending_at_ms, online=False, last_ok_ms=kept.last_ok_ms, last_error=kept.last_error
    )
    return Kiosk(gate, made, door, outside)


def has_font() -> bool:
    """Whether the text font is here and holds our characters; a miss is shown in the status bar, never as tofu."""
    from PySide6.QtGui import QFont

    raw = QRawFont.fromFont(QFont(FAMILY))
    return all(raw.supportsCharacter(ord(letter)) for letter in _PROBE)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The run of the kiosk: first paint, then the gate, then the threads; and the orderly end."""

import gc
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

import assets
from ui.cli.supervise import AGAIN, same_again, watched_by_somebody
from ui.first import Shell
from ui.tokens import THEMES, ThemeName

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.app.ports import Clock, Ids
    from kiosk.compose import OpenGate
    from kiosk.compose_upkeep import UpkeepThread
    from sync.client.thread import SyncThread
    from ui.cli.run_inputs import Inputs
    from ui.cli.run_report import RunReport
    from ui.compose import Front, Kiosk
    from ui.device_trial import Plugs
    from ui.viewmodels.enrol import EnrolModel
    from ui.viewmodels.leader_tools import Machine, SelfTest

LAST_LOOK_MS, LAST_SYNC_MS = 3_000, 10_000
ALIVE_MS, COVER_MS = 1_000, 60_000
_NEWER, _RUNNING = 3, 4
_RETRY_MS = 1_000


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked on the command line. `size` None: the whole screen."""

    folder: Path
    camera: str
    thermometer: str
    simulated: bool
    theme: ThemeName
    language: str
    size: tuple[int, int] | None
    public: bool
    screenshots: Path | None
    exit_after_video: bool
    kiosk: bool = False
    scanner: str = "none"


def run(options: Options) -> int:
    """Run until the window is closed; the exit code."""
    # a plain OpenCV would point Qt to plugins and fonts of its own
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        os.environ.pop(name, None)
    if sys.platform == "linux" and not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(["gate-kiosk"])
    application.setQuitOnLastWindowClosed(True)
    runner = Runner(options, application)
    signal.signal(signal.SIGTERM, lambda _number, _frame: runner.stop(0))
    signal.signal(signal.SIGINT, lambda _number, _frame: runner.stop(0))
    runner.show()
    application.exec()
    code = runner.close()
    if code == AGAIN and not watched_by_somebody(os.environ):
        command = same_again()  # nobody watches: the program begins anew by itself
        os.execv(command[0], command)  # noqa: S606 - our own command line
    return code


class Runner(QObject):
    """One run."""

    def __init__(self, options: Options, application: QApplication) -> None:
        super().__init__()
        self._options = options
        self._application = application
        self._code = 0
        self.shell = Shell(THEMES[options.theme], assets.first_words(options.language), options.size)
        self.made: Front
        self.kiosk: Kiosk | None = None
        self.inputs: Inputs | None = None
        self._sync: SyncThread | None = None
        self._upkeep: UpkeepThread | None = None
        self._report: RunReport | None = None
        self._stopping = False
        self._enrol: EnrolModel | None = None
        self._given_back: OpenGate | None = None
        self._parent = os.getppid()
        self._every(ALIVE_MS, self._alive)
        if options.kiosk:
            self._every(COVER_MS, self._cover)

    def _every(self, ms: int, act: "Callable[[], None]") -> None:
        timer = QTimer(self)
        timer.timeout.connect(act)
        timer.start(ms)

    def _alive(self) -> None:
        """From the UI thread: a frozen screen falls silent. Whoever watches is gone: so are we, to be started anew."""
        notify("WATCHDOG=1")
        if self._options.kiosk and os.getppid() != self._parent:
            self.stop(0)

    def _cover(self) -> None:
        full = self.shell.cover()
        if self.kiosk is not None:
            self.kiosk.tell_full(full=full)

    def show(self) -> None:
        """The window; everything else after its first paint."""
        self.shell.open(self._first_painted)

    def _first_painted(self) -> None:
        _note("first paint")
        _spare_the_search()
        gc.disable()  # loading the gate makes much and drops little; from the first card on it is enabled again
        from ui.cli.run_inputs import Inputs
        from ui.compose import front

        options = self._options
        self.made = front(time.perf_counter, self.shell, language=options.language, theme=options.theme)
        self.inputs = Inputs(self._application, self.made.bridge)
        try:
            self._open()
        finally:
            if self.kiosk is None:
                gc.enable()
        notify("READY=1")

    # -- opening -------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        from kiosk.adapters.clock import SystemClock
        from kiosk.adapters.device_folder import read_device
        from kiosk.adapters.ids import FreshIds
        from kiosk.adapters.keystore import GateKeys
        from kiosk.adapters.keystore_choice import key_store_for
        from kiosk.adapters.store_start import Check, StartFault
        from kiosk.compose import NotEnrolled, Withdrawn, open_gate

        folder = self._options.folder
        clock = SystemClock()
        ids = FreshIds(clock)
        device = read_device(folder)
        keys = GateKeys(key_store_for(folder, os.environ, demo=device is not None and device.demo))
        found = open_gate(folder, keys, clock, ids, assets.policies())
        if isinstance(found, NotEnrolled):
            self._begin_enrolment(clock, ids)
        elif isinstance(found, Withdrawn):
            self._order("order.revoked", "order.revoked_sent")
        elif isinstance(found, StartFault):
            self._cannot_start(found.check is Check.LOCK, found.check is Check.SCHEMA, found.note)
        else:
            self._opened(found)

    def _cannot_start(self, running: bool, newer: bool, note: str) -> None:
        if running or newer:
            print(f"gate-kiosk: {note}", file=sys.stderr)
            self.stop(_RUNNING if running else _NEWER)
            return
        # the folder cannot be written or read: nothing that admits is shown; it is tried again each second
        self._order("order.store", "order.store_todo")
        QTimer.singleShot(_RETRY_MS, self._open)

    def _order(self, what: str, todo: str) -> None:
        from kiosk.app.views import Line
        from ui.viewmodels.states import OrderState

        self.made.window.order.show_state(OrderState(Line(what), Line(todo)))

    def _opened(self, gate: "OpenGate") -> None:
        from kiosk.adapters.battery import battery_percent
        from kiosk.adapters.settings_file import FolderSettings
        from ui.announcer import Silent
        from ui.compose import Outside, build_kiosk

        inputs = self._inputs()
        outside = Outside(
            sync_now=self._sync_now,
            announcer=Silent(),
            scan_clear=inputs.scan_clear,
            battery=battery_percent,
            machine=self._machine(gate),
            use_width=self._use_width,
            plugs=self._plugs(gate),
            use_camera=lambda setting: inputs.use_camera(setting, enrolling=False),
            self_tests=self._self_tests,
            export_unsent=lambda to: self._export_unsent(to, gate.clock.wall_ms()),
        )
        self.kiosk = build_kiosk(gate, self.made, outside)
        kept = replace(FolderSettings(self._options.folder).load(), thermometer=None, scanner=None)  # they come last
        if self._options.screenshots is not None:
            from ui.cli.run_report import RunReport

            self._report = RunReport(self._options.screenshots, self.kiosk)
        if self._options.public:
            self.kiosk.open_public().show()
        inputs.serve(self.kiosk)
        inputs.use_camera(self._options.camera, enrolling=False)
        # a camera named on the command line stands over the one that a leader chose
        self.kiosk.use_settings(kept if self._options.camera == "0" else replace(kept, camera=None))
        self.made.bridge.camera.connect(self._camera)
        _note("scanning")
        QTimer.singleShot(0, lambda: self._begin_the_rest(gate))

    def _begin_the_rest(self, gate: "OpenGate") -> None:
        """What the first card need not wait for. QtMultimedia costs more than the whole window: it comes last."""
        gc.freeze()  # what was loaded stays: the collector need not look at it again
        gc.enable()
        if self._stopping:
            return
        self._inputs().use_scanner("none")  # what types into the window counts in any case
        self._use_devices()
        self._start_sync(gate)
        QTimer.singleShot(0, self._find_sound)

    def _use_devices(self) -> None:
        """Thermometer and scanner: of the command line, else as a leader chose them."""
        from kiosk.adapters.settings_file import FolderSettings

        if self.kiosk is None:
            return
        kept = FolderSettings(self._options.folder).load()
        named = {name: getattr(self._options, name) for name in ("thermometer", "scanner")}
        chosen = {name: setting for name, setting in named.items() if setting != "none"}
        self.kiosk.devices.as_kept(replace(kept, **chosen))

    def _plugs(self, gate: "OpenGate") -> "Plugs":
        from ui.cli.run_machine import nearby, offered
        from ui.device_trial import Plugs
        from ui.viewmodels.leader_tools import Device

        inputs, options = self._inputs(), self._options

        def thermometer(setting: str) -> None:
            played = options.simulated and setting == options.thermometer
            inputs.use_thermometer(setting, gate.clock, simulated=played)

        use = {Device.THERMOMETER: thermometer, Device.SCANNER: inputs.use_scanner}
        return Plugs(use, lambda device: offered(device, demo=gate.device.demo), nearby)

    def _use_width(self, width_mm: float | None) -> float | None:
        """None where the size of the window was given: it is drawn to scale."""
        return self.shell.use_width(width_mm) if self._options.size is None else None

    def _machine(self, gate: "OpenGate") -> "Machine":
        from ui.cli.run_machine import power_off
        from ui.viewmodels.leader_tools import Machine

        def re_enrol() -> int:
            pending = gate.pending()
            if not pending:
                self._given_back = gate
                self.stop(AGAIN)
            return pending

        return Machine(lambda: self.stop(0), lambda: self.stop(AGAIN), power_off, re_enrol)

    def _export_unsent(self, to: Path, now_ms: int) -> str:
        from ui.cli.export_log import export_unsent

        return export_unsent(self._options.folder, to, now_ms)

    def _self_tests(self) -> "tuple[SelfTest, ...]":
        from ui.cli.doctor_checks import Place
        from ui.cli.self_tests import self_tests

        if self.kiosk is None:
            return ()
        uid = os.geteuid() if hasattr(os, "geteuid") else -1
        place = Place(self._options.folder, self._options.camera, self.kiosk.gate.device.demo, uid)
        return self_tests(place, self.kiosk)

    def _find_sound(self) -> None:
        from ui.sound import best_announcer

        if self.kiosk is not None and not self._stopping:
            self.kiosk.hear_by(best_announcer())

    # -- enrolment -----------------------------------------------------------------------------------------------

    def _begin_enrolment(self, clock: "Clock", ids: "Ids") -> None:
        from kiosk.adapters.re_enrolment import lay_aside
        from ui.viewmodels.enrol import EnrolModel
        from ui.views.plain_views import EnrolScreen

        screen = EnrolScreen(self.made.skin)
        folder = self._options.folder
        lay_aside(folder, "rest")

        def claim(payload: bytes) -> str | None:
            from kiosk.adapters.keystore import GateKeys
            from kiosk.adapters.keystore_choice import key_store_for
            from sync.client.enrol import EnrolFault, read_code
            from ui.cli.enrolling import AlreadyEnrolled, Tablet, enrol

            code = read_code(payload)
            if isinstance(code, EnrolFault):
                return code.value
            demo = os.environ.get("GATEHOUSE_DEMO") == "1"
            tablet = Tablet(folder, GateKeys(key_store_for(folder, os.environ, demo=demo)), clock, ids, demo)
            fault = enrol(tablet, code, lambda _stage: None)
            return None if fault is None or isinstance(fault, AlreadyEnrolled) else fault.value

        model = EnrolModel(claim)
        self._enrol = model
        bridge = self.made.bridge
        model.changed.connect(screen.show_state)
        model.enrolled.connect(self._after_enrolment)
        bridge.frame.connect(screen.preview.show_frame)
        screen.preview.painted.connect(bridge.frame_painted)
        bridge.fill_light.connect(screen.preview.show_light)
        bridge.sighting.connect(model.sighted)
        screen.language.clicked.connect(self.made.skin.words.other)
        screen.from_file.clicked.connect(lambda: self._from_file(model))
        screen.demo.hide()
        self.made.window.show_screen(screen)
        self._inputs().use_camera(self._options.camera, enrolling=True)
        self._inputs().use_scanner(self._options.scanner)

    def _from_file(self, model: "EnrolModel") -> None:
        """用文件启用: `enrol.json` on a stick or in the gate's folder."""
        places = [self._options.folder, *Path("/media").glob("*/*"), *Path("/media").glob("*")]
        for place in places:
            file = place / "enrol.json"
            if file.is_file():
                model.claim(file.read_bytes())
                return

    def use_camera(self, setting: str) -> None:
        """Another camera from now on: a number, a device, a file or a folder."""
        self._inputs().use_camera(setting, enrolling=False)

    def _inputs(self) -> "Inputs":
        if self.inputs is None:
            raise RuntimeError("the window comes first")
        return self.inputs

    def _after_enrolment(self) -> None:
        self._open()

    # -- threads -------------------------------------------------------------------------------------------------

    def _start_sync(self, gate: "OpenGate") -> None:
        if not gate.device.url:
            return
        from kiosk.compose_upkeep import UpkeepThread
        from sync.client.line import Line as OfficeLine
        from sync.client.line import Link
        from sync.client.thread import SyncThread

        sign = gate.keys.signer()
        if not callable(sign):
            return
        ca_file = self._options.folder / "ca.pem"
        roots = tuple(bytes.fromhex(root) for root in gate.device.root_keys)
        identity = gate.device.identity()

        def line() -> OfficeLine:
            from sync.client.http import HttpTransport

            transport = HttpTransport(ca_file, gate.clock)
            return OfficeLine(Link(gate.store, transport, gate.clock, gate.ids, identity, roots, sign, gate.orders))

        self._sync = SyncThread(line, self.made.bridge.on_sync)
        gate.app.recorder.urgent = self._sync.wake
        self._sync.start()
        self._upkeep = UpkeepThread(gate)
        self._upkeep.start()

    def _sync_now(self) -> None:
        if self._sync is not None:
            self._sync.sync_now()

    # -- the end -------------------------------------------------------------------------------------------------

    def _camera(self, state: str) -> None:
        if state == "ENDED" and self._options.exit_after_video:
            QTimer.singleShot(LAST_LOOK_MS, self._last_sync)

    def _last_sync(self) -> None:
        """The video is over: what is recorded goes up once more, for at most ten seconds."""
        if self._sync is None or self.kiosk is None:
            self.stop(0)
            return
        self._sync_now()
        until = time.perf_counter() + LAST_SYNC_MS / 1000
        timer = QTimer(self)

        def look() -> None:
            pending = self.kiosk.gate.pending() if self.kiosk is not None else 0
            if pending == 0 or time.perf_counter() > until:
                timer.stop()
                self.stop(0)

        timer.timeout.connect(look)
        timer.start(200)

    def stop(self, code: int) -> None:
        """End the event loop."""
        if not self._stopping:
            self._stopping = True
            self._code = code
            QTimer.singleShot(0, self._application.quit)

    def close(self) -> int:
        """Threads first, then the store; the exit code."""
        notify("STOPPING=1")
        if self.kiosk is not None:
            self.kiosk.stop()
        if self.inputs is not None:
            self.inputs.close()
        if self._sync is not None:
            self._sync.stop(2.0)
        if self._upkeep is not None:
            self._upkeep.stop()
        if self._report is not None:
            self._report.close()
        if self.kiosk is not None:
            self.kiosk.gate.store.close()
        self._give_back()
        self.shell.locked = False
        self.shell.close()
        return self._code

    def _give_back(self) -> None:
        """重新启用: the office has all; keys and files of this enrolment are no longer used."""
        if self._given_back is None:
            return
        from kiosk.adapters.re_enrolment import give_back
        from kiosk.domain.instants import shanghai

        gate = self._given_back
        stamp = shanghai(gate.clock.wall_ms()).strftime("%Y%m%d-%H%M%S")
        try:
            give_back(self._options.folder, gate.keys, stamp)
        except OSError as fault:
            print(f"gate-kiosk: {type(fault).__name__}", file=sys.stderr)


def notify(state: str) -> None:
    """Tell systemd or `supervise` (sd_notify): READY=1, WATCHDOG=1 from the UI thread: a frozen screen restarts."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(state.encode("ascii"), address)
    except OSError:
        return


def _spare_the_search() -> None:
    """PySide6 reads the source of each module that is imported after it, for a mark of its snake_case; none has it.

    Two hundred and eighty files at the start, thirty milliseconds and more. Its default for a module that uses Qt,
    "no feature", is right for all. Where a later PySide6 does it otherwise, it goes on as it likes.
    """
    search = sys.modules.get("shibokensupport.feature")
    if search is not None and "_mod_uses_pyside" in vars(search):
        vars(search)["_mod_uses_pyside"] = lambda _module: True


def _note(what: str) -> None:
    """Where GATEHOUSE_TIMES=1: seconds of this process at a mark, for the bench of the start."""
    if os.environ.get("GATEHOUSE_TIMES") == "1":
        started = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19]
        now = time.clock_gettime(time.CLOCK_BOOTTIME)
        wall = now - int(started) / os.sysconf("SC_CLK_TCK")
        print(f"time {what}: {wall:.3f} cpu {time.process_time():.3f}", flush=True)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's window: status bar, one screen, tray, bottom row (interface.md 5.3 gives the sums: 136 mm in each layout).

It can be painted before the gate is open: until `attach` it shows the status bar and that the gate starts.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)

from kiosk.app.views import Line, Look, PassageView, StatusView, TrayChip
from kiosk.domain.codes import Direction
from kiosk.domain.identity import PassageId
from ui.metrics import BAND_SCAN, HEIGHT, ROW, STATUS, fitting
from ui.paint_clock import PaintClock
from ui.skin import Panel, Skin
from ui.tokens import style_sheet
from ui.viewmodels.duty import Duty
from ui.viewmodels.forms import FormState
from ui.viewmodels.gate import GateModel
from ui.viewmodels.leader import LeaderFlow
from ui.viewmodels.leader_desk import LeaderDesk, Section
from ui.viewmodels.leader_page import LeaderDeskState
from ui.viewmodels.leader_remote import CallLeader
from ui.viewmodels.leader_settings import SettingsPage
from ui.viewmodels.lookup import CategoryFlow, LookupFlow
from ui.viewmodels.states import (
    CategoryState,
    CodeState,
    EnrolState,
    KeypadState,
    LeaderState,
    LookupState,
    Menu,
    MenuState,
    OrderState,
    ResultState,
    ScanState,
    ScreenState,
    SyncState,
)
from ui.viewmodels.tiles import Page, category_page, leader_page, lookup_page, menu_page
from ui.views.band import announced
from ui.views.bottom_row import NAMES, BottomRow
from ui.views.form_view import FormView
from ui.views.frame_overlay import FrameOverlay
from ui.views.keypad_view import KeypadView
from ui.views.leader_view import LeaderView
from ui.views.plain_views import OrderScreen, SyncScreen
from ui.views.result_view import ResultView
from ui.views.scan_view import ResultKeys, ScanView
from ui.views.status_bar import StatusBar
from ui.views.tiles_view import TilesView
from ui.views.tray_view import Tray

_F_KEYS = (Qt.Key.Key_F1, Qt.Key.Key_F2, Qt.Key.Key_F3, Qt.Key.Key_F4, Qt.Key.Key_F5, Qt.Key.Key_F6)


_KEPT = 100


def _public(state: ScreenState) -> tuple[Look | None, object]:
    """The look that a state shows to the public, and what makes it another verdict than the one before."""
    match state:
        case KeypadState(view=view) | ResultState(view=view):
            return view.look, (view.passage, view.verdict, view.reason, view.readings, view.duplicate)
        case CodeState(view=view):
            return view.look, view
        case FormState(form=form) if form.look is not None:
            return form.look, (form.screen, form.look)
        case _:
            return None, None


@dataclass(frozen=True, slots=True)
class Flows:
    """What the window's keys work."""

    model: GateModel
    lookup: LookupFlow
    category: CategoryFlow
    leader: LeaderFlow
    duty: Duty
    sync_now: Callable[[], None]
    next_theme: Callable[[], None]


class GateWindow(Panel):
    """The window `gate`."""

    def __init__(self, skin: Skin, per_mm: float, clock: PaintClock) -> None:
        super().__init__(skin, "gate")
        self._per_mm = per_mm
        self._clock = clock
        self._flows: Flows | None = None
        self._desk: LeaderDesk | None = None
        self._make_desk: Callable[[], LeaderDesk] | None = None
        self.status = StatusBar(skin, self)
        self.order = OrderScreen(skin, self)
        self.overlay = FrameOverlay(skin, self)
        self.announcements: list[str] = []
        self._announced: object = None
        self.screens: list[Panel] = [self.order]
        self.shown: Panel = self.order
        self.order.show_state(OrderState(Line("order.starting")))
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        self.setStyleSheet(style_sheet(skin.theme))

    # -- the gate is open ----------------------------------------------------------------------------------------

    def attach(self, flows: Flows) -> None:
        """Make the screens and connect them."""
        self._flows = flows
        model, skin = flows.model, self.skin
        keys = ResultKeys(model.correct, model.undo)
        self.scan = ScanView(skin, keys, self)
        self.keypad = KeypadView(skin, model, self)
        self.result = ResultView(skin, model, self)
        self.tiles = TilesView(skin, "screen.lookup", self)
        self.sync = SyncScreen(skin, self)
        self.form = FormView(skin, self)
        self.leader = LeaderView(skin, self)
        self.tray = Tray(skin, model.open_chip, model.take_up, self)
        self.bottom = BottomRow(skin, self)
        self.screens += [self.scan, self.keypad, self.result, self.tiles, self.sync, self.form, self.leader]
        for band in (self.keypad.band, self.result.band):
            band.when_painted(self._clock.painted)
        self._connect(flows)
        self.lay()
        for part in (*self.screens, self.tray, self.bottom):
            part.hide()
        model.stage.changed.connect(self.show_state)
        model.status.connect(self._status)
        model.tray.connect(self._tray)
        model.way.connect(self._way)
        model.cold_changed.connect(self.status.show_cold)
        self.show_state(model.stage.state)

    def lead(self, make: Callable[[], LeaderDesk]) -> None:
        """门长台 stands behind 更多 -> 门长 and 设置; it is made when it is first asked for."""
        self._make_desk = make

    def _lead(self, first: Callable[[LeaderDesk], Section] | None) -> None:
        if (desk := self._the_desk()) is not None:
            desk.begin(first)

    def _the_desk(self) -> LeaderDesk | None:
        if self._desk is None and self._make_desk is not None:
            desk, view = self._make_desk(), self.leader
            self._desk = desk
            view.chose, view.digit, view.confirm = desk.chose, desk.digit, desk.confirm
            view.wrote = desk.wrote
            view.turn, view.leave, view.lock = desk.turn, desk.leave, desk.lock
        return self._desk

    def _connect(self, flows: Flows) -> None:
        model = flows.model
        acts: dict[str, Callable[[], object]] = {
            "forgotten": flows.lookup.begin,
            "visitors": flows.category.begin,
            "vehicle": lambda: flows.duty.begin("vehicle"),
            "direction": model.turn,
            "emergency": lambda: model.stage.put(MenuState(Menu.EMERGENCY)),
            "more": lambda: model.stage.put(MenuState(Menu.MORE)),
        }
        for name, act in acts.items():
            self.bottom.keys[name].clicked.connect(act)
        self.result.forgotten.connect(flows.lookup.begin)
        self.result.leader.connect(self._ask_leader)
        self.status.tapped.connect(self._sync)
        self.sync.leave = model.home
        self.sync.sync_now = flows.sync_now
        self.tiles.leave = self._back
        self.tiles.go_home = model.home
        self.tiles.chose = self._chose
        self.tiles.digit = self._digit
        self.tiles.confirm = self._confirm

    # -- states --------------------------------------------------------------------------------------------------

    def show_state(self, state: ScreenState) -> None:
        """Draw whichever state stands on the stage."""
        flows = self._flows
        if flows is None:
            return
        what = ""
        match state:
            case ScanState():
                self.scan.show_state(state)
                self._raise(self.scan)
            case KeypadState():
                what = f"{state.view.verdict.value} {state.view.reason.value}"
                self.keypad.show_state(state)
                self._raise(self.keypad)
            case ResultState():
                what = f"{state.view.verdict.value} {state.view.reason.value}"
                self.result.show_state(state)
                self._raise(self.result)
            case CodeState():
                what = state.view.scan_result.value
                self.result.show_state(state)
                self._raise(self.result)
            case LookupState() | CategoryState() | MenuState() | LeaderState():
                page = self._page(state)
                self.tiles.show_page(page)
                self._raise(self.tiles)
            case SyncState():
                self.sync.show_state(state)
                self._raise(self.sync)
            case FormState():
                self.form.show_state(state)
                self._raise(self.form)
            case LeaderDeskState():
                self.leader.show_page(state.page)
                self._raise(self.leader)
            case OrderState():
                self.order.show_state(state)
                self._raise(self.order)
            case EnrolState():
                pass  # a gate that is not enrolled has no model yet: the enrolment screen is shown by itself
        self._clock.expect(flows.model.stage.seen_at, what)
        self._announce(state)
        self._tray(flows.model.chips)

    def _page(self, state: LookupState | CategoryState | MenuState | LeaderState) -> Page:
        match state:
            case LookupState():
                offered = self._flows is not None and self._flows.model.door.old_paper_counts()
                return lookup_page(state, old_paper=offered)
            case CategoryState():
                return category_page(state)
            case MenuState():
                return menu_page(state, cold=self._flows is not None and self._flows.model.thermometer.cold)
            case LeaderState():
                return leader_page(state)

    def show_screen(self, screen: Panel) -> None:
        """A screen of its own, without the gate: the enrolment."""
        if screen not in self.screens:
            screen.setParent(self)
            self.screens.append(screen)
        self.lay()
        self._raise(screen)

    def _raise(self, screen: Panel) -> None:
        below = self._flows is not None and screen in (self.scan, self.result)
        if self._flows is not None:
            self.tray.setVisible(below)
            self.bottom.setVisible(below)
        for other in self.screens:
            if other is not screen:
                other.hide()
        screen.show()
        self.overlay.raise_()
        if screen is not self.shown:
            self.shown = screen
            screen.setFocus(Qt.FocusReason.OtherFocusReason)

    def _announce(self, state: ScreenState) -> None:
        """One assertive announcement per verdict, with the public text only; a count-down is no new verdict."""
        look, about = _public(state)
        if about == self._announced:
            return
        self._announced = about
        if look is None:
            return
        said = announced(self.skin, look)
        self.announcements.append(said)
        del self.announcements[:-_KEPT]
        event = QAccessibleAnnouncementEvent(self, said)
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)

    def _status(self, status: StatusView) -> None:
        self.status.show_status(status)
        self.scan.show_status(status)
        self.overlay.show_frame(out=status.direction is Direction.OUT, practice=status.practice)

    def _tray(self, chips: tuple[TrayChip, ...]) -> None:
        aside = self._flows is not None and self._flows.model.aside is not None
        self.tray.show_chips(chips, self._on_screen(), aside=aside)

    def _on_screen(self) -> PassageId | None:
        view = self._flows.model.current() if self._flows is not None else None
        return view.passage if isinstance(view, PassageView) else None

    def _way(self, way: Direction) -> None:
        self.bottom.show_way(way)

    # -- keys ----------------------------------------------------------------------------------------------------

    def _later(self) -> None:
        if self._flows is not None:
            model = self._flows.model
            model.stage.put(ScanState(self._results(), Line("screen.later"), model.hint))

    def _results(self) -> tuple:  # type: ignore[type-arg]
        state = self._flows.model.stage.state if self._flows is not None else None
        return state.results if isinstance(state, ScanState) else ()

    def _ask_leader(self) -> None:
        passage = self._on_screen()
        flows, desk = self._flows, self._the_desk()
        if flows is None or passage is None:
            return
        if desk is None:
            flows.leader.begin(passage)
        else:
            desk.call(lambda made: CallLeader(made, passage), lambda: flows.leader.begin(passage))

    def _sync(self) -> None:
        if self._flows is not None:
            model = self._flows.model
            model.stage.put(SyncState(model.door.sync_view()))

    def _chose(self, name: str) -> None:
        flows = self._flows
        if flows is None:
            return
        match flows.model.stage.state:
            case LookupState():
                flows.lookup.chose(name)
            case CategoryState():
                flows.category.chose(name)
            case LeaderState():
                flows.leader.chose(name)
            case MenuState(menu=Menu.EMERGENCY) as state:
                if state.chosen == name:
                    flows.category.emergency()
                else:
                    flows.model.stage.put(MenuState(Menu.EMERGENCY, name))
            case MenuState():
                self._more(name, flows)
            case _:
                pass

    def _more(self, name: str, flows: Flows) -> None:
        match name:
            case "sync":
                self._sync()
            case "language":
                self.skin.words.other()
            case "theme":
                flows.next_theme()
            case "cold":
                flows.model.weather()
            case "leader" | "settings":
                self._lead(SettingsPage if name == "settings" else None)
            case _ if flows.duty.begin(name):
                pass
            case _:
                self._later()

    def _digit(self, digit: str) -> None:
        if self._flows is not None:
            if isinstance(self._flows.model.stage.state, LookupState):
                self._flows.lookup.digit(digit)
            else:
                self._flows.leader.digit(digit)

    def _confirm(self) -> None:
        if self._flows is not None and isinstance(self._flows.model.stage.state, LeaderState):
            self._flows.leader.confirm()

    def _back(self) -> None:
        flows = self._flows
        if flows is None:
            return
        match flows.model.stage.state:
            case LookupState():
                flows.lookup.back()
            case CategoryState():
                flows.category.back()
            case LeaderState():
                flows.leader.back()
            case FormState(flow=flow):
                flow.back()
            case LeaderDeskState(desk=desk):
                desk.leave()
            case _:
                flows.model.home()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F1 to F6 are the bottom row, Escape goes back."""
        if self._flows is None:
            return
        if event.key() in _F_KEYS and self.bottom.isVisible():
            self.bottom.keys[NAMES[_F_KEYS.index(Qt.Key(event.key()))]].click()
        elif event.key() == Qt.Key.Key_Escape:
            self._back()
        else:
            super().keyPressEvent(event)

    # -- layout --------------------------------------------------------------------------------------------------

    def use_per_mm(self, per_mm: float) -> None:
        """Pixels per mm of the glass, as a leader measured it (interface.md 3)."""
        self._per_mm = per_mm
        self.skin.use_metrics(fitting(self.width(), self.height(), per_mm))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The layout always fits: a window smaller than 217 x 136 mm is drawn to scale."""
        self.skin.use_metrics(fitting(self.width(), self.height(), self._per_mm))
        super().resizeEvent(event)

    def lay(self) -> None:
        """Status 9, then the screen; tray and bottom row of 22 under scan and result."""
        high = max(self.high, HEIGHT)
        self.place(self.status, 0, 0, self.wide, STATUS)
        self.overlay.setGeometry(self.rect())
        for screen in self.screens:
            self.place(screen, 0, STATUS, self.wide, high - STATUS)
        if self._flows is not None:
            band = BAND_SCAN + high - HEIGHT
            for screen in (self.scan, self.result):
                self.place(screen, 0, STATUS, self.wide, band)
            self.place(self.tray, 0, STATUS + band, self.wide, ROW)
            self.place(self.bottom, 0, STATUS + band + ROW, self.wide, ROW)

    def tell(self) -> None:
        """Pages are made of lines: draw them anew."""
        self.setStyleSheet(style_sheet(self.skin.theme))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The ground."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.skin.theme.window.ground))

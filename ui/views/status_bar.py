# SPDX-License-Identifier: LicenseRef-Gatehouse
"""状态栏: 9 mm high, 4 mm text: gate, age of the list, 未上传, clock, what is amiss, battery, who is on duty.

There is no online/offline switch: 离线 stands there while the office is not reached (interface.md 2, principle 9). A
tap anywhere on it opens the sync state; the same stands behind 更多, as a key of full size.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk.app.screen import list_age
from kiosk.app.views import Mark, StatusView
from kiosk.domain.codes import Direction
from kiosk.domain.instants import shanghai
from ui.metrics import SMALL, STATUS
from ui.painting import draw_text, fill_box
from ui.skin import Panel, Skin
from ui.tokens import Pair

_CHIP, _PAD, _SPACE = 7.4, 1.4, 1.6


@dataclass(frozen=True, slots=True)
class Devices:
    """设备情况: what the machine itself has to tell; None where nothing is known or wanted."""

    sound: bool = True
    muted: bool = False
    battery: int | None = None
    camera: str | None = None
    thermometer: str | None = None
    scanner: str | None = None
    public: str | None = None
    font: bool = True
    full: bool = True
    disk: Mark = Mark.NORMAL


@dataclass(frozen=True, slots=True)
class _Item:
    text: str
    mark: Mark = Mark.NORMAL
    chip: bool = False


class StatusBar(Panel):
    """Painted as a whole; `tapped` opens the sync state."""

    tapped = Signal()

    def __init__(self, skin: Skin, parent: QWidget | None = None) -> None:
        super().__init__(skin, "status", parent)
        self.status: StatusView | None = None
        self.devices = Devices()
        self.cold = False
        self.shown: tuple[str, ...] = ()

    def show_status(self, status: StatusView) -> None:
        """The newest status."""
        if status != self.status:
            self.status = status
            self.renew()

    def show_devices(self, devices: Devices) -> None:
        """What the machine tells."""
        if devices != self.devices:
            self.devices = devices
            self.renew()

    def show_cold(self, cold: bool) -> None:  # noqa: FBT001 - a signal hands its value over by place
        """低温模式."""
        self.cold = cold
        self.renew()

    def tell(self) -> None:
        """The same for those who listen."""
        name = self.skin.words.get("accessible.status_bar")
        self.setAccessibleName(f"{name}: " + ", ".join(item.text for item in (*self._left(), *self._right())))

    def _left(self) -> list[_Item]:
        status, words = self.status, self.skin.words
        if status is None:
            return [_Item(words.get("order.starting"))]
        way = words.get(f"direction.{status.direction.value}")
        items = [
            _Item(f"{status.gate_name} {way}", Mark.AMBER if status.direction is Direction.OUT else Mark.NORMAL),
            _Item(words.line(list_age(status.list_age_s)), status.list_mark),
            _Item(words.get("status.pending", n=status.pending), status.pending_mark),
        ]
        items += [_Item(words.get("status.cold"), Mark.AMBER)] if self.cold else []
        items += [] if status.online else [_Item(words.get("status.offline"), Mark.AMBER)]
        items += [_Item(words.get("status.clock_bad"), Mark.RED)] if status.clock_bad else []
        items += [_Item(words.get("status.revoked"), Mark.RED)] if status.revoked else []
        return items

    def _right(self) -> list[_Item]:
        status, words, devices = self.status, self.skin.words, self.devices
        amiss = (devices.camera, devices.thermometer, devices.scanner, devices.public)
        items = [_Item(words.get(key), Mark.AMBER) for key in amiss if key is not None]
        if devices.disk is not Mark.NORMAL:
            items.append(_Item(words.get("order.disk_low"), devices.disk))
        if not devices.font:
            items.append(_Item(words.get("status.no_font"), Mark.RED))
        if not devices.full:
            items.append(_Item(words.get("status.not_full"), Mark.AMBER))
        if not devices.sound:
            items.append(_Item(words.get("status.sound_off"), Mark.AMBER))
        elif devices.muted:
            items.append(_Item(words.get("status.muted"), Mark.AMBER))
        if devices.battery is not None:
            items.append(_Item(words.get("status.battery", n=devices.battery), _battery(devices.battery)))
        if status is not None:
            duty = words.get("status.on_duty", name=status.on_duty) if status.on_duty else words.get("status.no_shift")
            items.append(_Item(duty, Mark.NORMAL if status.on_duty else Mark.AMBER))
            items += [_Item(words.get("status.overtime"), Mark.AMBER)] if status.overtime else []
            items.append(_Item(shanghai(status.now_ms).strftime("%H:%M")))
            if status.demo:
                items.append(_Item(words.get("status.demo"), Mark.AMBER, chip=True))
            if status.practice:
                items.append(_Item(words.get("status.practice"), Mark.AMBER, chip=True))
        return items

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Left to right what the gate tells, right to left what the machine tells; the marked ones as chips."""
        painter = QPainter(self)
        theme, px = self.skin.theme, self.skin.metrics.per_mm
        painter.fillRect(self.rect(), theme.panel.ground)
        font = self.skin.metrics.font(SMALL)
        metrics = QFontMetricsF(font)
        shown: list[str] = []
        left = 2.0 * px
        for item in self._left():
            width = metrics.horizontalAdvance(item.text) + 2 * _PAD * px
            self._draw(painter, QRectF(left, 0, width, STATUS * px), item)
            shown.append(item.text)
            left += width + _SPACE * px
        right = self.width() - 2.0 * px
        # what does not fit is left out, the least urgent first: the order of `_right` from its end keeps mark and clock
        for item in reversed(self._right()):
            width = metrics.horizontalAdvance(item.text) + 2 * _PAD * px
            if right - width < left:
                continue
            self._draw(painter, QRectF(right - width, 0, width, STATUS * px), item)
            shown.append(item.text)
            right -= width + _SPACE * px
        self.shown = tuple(shown)

    def _draw(self, painter: QPainter, box: QRectF, item: _Item) -> None:
        theme, px = self.skin.theme, self.skin.metrics.per_mm
        colours = {Mark.NORMAL: theme.panel, Mark.AMBER: theme.wait, Mark.RED: theme.stop}[item.mark]
        if item.mark is not Mark.NORMAL or item.chip:
            chip = QRectF(box.left(), (STATUS - _CHIP) / 2 * px, box.width(), _CHIP * px)
            fill_box(painter, chip, colours.ground, 1.2 * px)
        font = self.skin.metrics.font(SMALL, bold=item.mark is not Mark.NORMAL)
        draw_text(painter, box, item.text, font, _ink(colours), align=Qt.AlignmentFlag.AlignHCenter)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A tap."""
        if self.rect().contains(event.position().toPoint()):
            self.tapped.emit()


def _ink(colours: Pair) -> str:
    return colours.ink


_LOW_BATTERY, _FLAT_BATTERY = 30, 15


def _battery(percent: int) -> Mark:
    if percent < _FLAT_BATTERY:
        return Mark.RED
    return Mark.AMBER if percent < _LOW_BATTERY else Mark.NORMAL

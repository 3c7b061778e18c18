# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The window itself, painted before anything of the gate is loaded (interface.md 3: first paint, then the rest).

It imports Qt, colours and sizes alone: no codes, no views, no store. The gate's window is laid into it when it is made.
"""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QColor, QGuiApplication, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from ui.metrics import LINE, STATUS, Metrics, fitting, screen_per_mm
from ui.tokens import Theme


class Shell(QWidget):
    """The top-level window; `fill` lays the gate's window into it."""

    def __init__(self, theme: Theme, starting: str, size: tuple[int, int] | None, *, locked: bool = False) -> None:
        """`starting` is the text until then; `size` in px, None: the whole screen; `locked`: nobody closes it."""
        super().__init__()
        self.setObjectName("shell")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._starting = starting
        self._size = size
        self.locked = locked
        self._after: Callable[[], None] | None = None
        self._inside: QWidget | None = None
        screen = QGuiApplication.primaryScreen()
        if size is None:
            area = screen.geometry()
            self.per_mm = screen_per_mm(screen)
            self.setGeometry(area)
        else:
            self.per_mm = fitting(*size, float("inf")).per_mm
            self.resize(*size)

    @property
    def metrics(self) -> Metrics:
        """Sizes that fit the window as it is."""
        return fitting(self.width(), self.height(), self.per_mm)

    def use_width(self, width_mm: float | None) -> float:
        """Pixels per mm of a glass so wide (None: as the screen says); a window of a given size keeps its own."""
        if self._size is None:
            self.per_mm = screen_per_mm(self.screen(), width_mm)
        return self.per_mm

    def open(self, after_first_paint: Callable[[], None]) -> None:
        """Show the window; the callback comes once it has been painted."""
        self._after = after_first_paint
        if self._size is None:
            self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
            self.setCursor(Qt.CursorShape.BlankCursor)
            self.showFullScreen()
            # without a window manager nobody makes it full, nor gives it the keyboard
            self.cover()
            self.activateWindow()
        else:
            self.show()

    def fill(self, inside: QWidget) -> None:
        """Lay a widget over the whole window."""
        self._inside = inside
        inside.setParent(self)
        inside.setGeometry(self.rect())
        inside.show()
        inside.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What is inside fills it."""
        super().resizeEvent(event)
        if self._inside is not None:
            self._inside.setGeometry(self.rect())

    def cover(self) -> bool:
        """Cover the whole screen again if something moved it; whether it did so already (interface.md 9)."""
        area = self.screen().geometry()
        full = self.geometry() == area
        if not full:
            self.setGeometry(area)
            self.raise_()
        return full

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closed by the window system: the program ends, unless only the leader may end it."""
        if self.locked:
            event.ignore()
            return
        super().closeEvent(event)
        QGuiApplication.quit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """An empty status bar, and that the gate starts."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.window.ground))
        metrics = self.metrics
        painter.fillRect(QRectF(0, 0, self.width(), metrics.px(STATUS)), QColor(self._theme.panel.ground))
        painter.setFont(metrics.font(LINE, bold=True))
        painter.setPen(QColor(self._theme.window.ink))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._starting)
        painter.end()
        if self._after is not None:
            after, self._after = self._after, None
            QTimer.singleShot(0, after)

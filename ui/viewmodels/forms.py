# SPDX-License-Identifier: LicenseRef-Gatehouse
"""表单: a page of labelled groups of keys, as a value; sign-on, hand-over, vehicle, return and paper are such pages.

A flow makes its form anew after each touch and puts it on the stage as a `FormState`; the view draws it and hands every
touch back to the flow. Nothing is typed: a group of keys, a number pad, or another page of keys.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kiosk.app.temperature_source import SensedReading
from kiosk.app.views import Line, Look, Shape

Text = Line | str
"""A catalogue line, or plain text as the register has it."""


@dataclass(frozen=True, slots=True)
class FormKey:
    """一键: its name (`btn.form.<name>`), text, look; `hint` is its value now; `mm` the least width."""

    name: str
    text: Text
    role: str = "NORMAL"
    chosen: bool = False
    enabled: bool = True
    shape: Shape | None = None
    hint: Text | None = None
    mm: float = 20.0


@dataclass(frozen=True, slots=True)
class Group:
    """一组: a label over its keys; with `text_mm` the label and a large `big` text stand left of the keys instead.

    `lines` are sentences of 5 mm that take the whole width. `alone` begins a new row.
    """

    keys: tuple[FormKey, ...] = ()
    label: Text | None = None
    big: str = ""
    text_mm: float = 0.0
    lines: tuple[Text, ...] = ()
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """一页表单: `look` puts the public band of a verdict at its head, `large` in the size of a result.

    `pad` asks for digits, `typed` shows them; `deep`: 返回 leads to another page, so a second key leaves the flow.
    """

    screen: str
    title: Line
    groups: tuple[Group, ...] = ()
    so_far: Text | None = None
    notice: Line | None = None
    look: Look | None = None
    head: tuple[FormKey, ...] = ()
    large: bool = False
    deep: bool = False
    pad: bool = False
    typed: str = ""


class FormFlow(Protocol):
    """What a form's touches go to. Each returns at once; a flow that has nothing to say to one does nothing."""

    def chose(self, name: str) -> None:
        """A key."""
        ...

    def digit(self, digit: str) -> None:
        """A key of the pad; "" deletes one."""
        ...

    def confirm(self) -> None:
        """确定 of the pad."""
        ...

    def back(self) -> None:
        """返回."""
        ...

    def left(self) -> None:
        """Nobody has touched it for a minute: let go of everything and go back to the lane."""
        ...

    def keeps(self) -> bool:
        """Whether a half-made entry is worth a chip of the tray; nothing of it is ever kept by itself."""
        ...

    def code(self, payload: bytes) -> bool:
        """A pass before the camera; True: it was meant for this page and opens no passage."""
        ...

    def sensed(self, reading: SensedReading) -> bool:
        """The thermometer gave a reading; True: it was meant for this page."""
        ...


@dataclass(frozen=True, slots=True)
class FormState:
    """表单: stands on the stage."""

    form: Form
    flow: FormFlow


class FlowBase:
    """A flow that goes home when it is left, and wants neither codes nor readings nor digits."""

    def __init__(self, home: Callable[[], None]) -> None:
        """`home` shows the lane."""
        self._home = home

    def digit(self, digit: str) -> None:
        """No pad."""

    def confirm(self) -> None:
        """No pad."""

    def back(self) -> None:
        """One page: back is home."""
        self._home()

    def left(self) -> None:
        """Home."""
        self._home()

    def keeps(self) -> bool:
        """Nothing to keep."""
        return False

    def code(self, payload: bytes) -> bool:
        """The lane is never blocked: the code opens a passage."""
        del payload
        return False

    def sensed(self, reading: SensedReading) -> bool:
        """The reading belongs to whoever is scanned next."""
        del reading
        return False


def choice(name: str, text: Text, *, chosen: bool, role: str = "NORMAL") -> FormKey:
    """A key of a row of which one is chosen."""
    return FormKey(name, text, role, chosen=chosen)

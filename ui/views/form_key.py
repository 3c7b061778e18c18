# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A form's key: it also says which group it belongs to."""

from PySide6.QtWidgets import QWidget

from kiosk.app.views import Line
from ui.skin import Key, Role, Skin
from ui.viewmodels.forms import FormKey, Text
from ui.words import Words


def say(words: Words, text: Text | None) -> str:
    """A text in the present language."""
    if text is None:
        return ""
    return words.line(text) if isinstance(text, Line) else text


class FormKeyWidget(Key):
    """Shows a `FormKey`; which one may change under it."""

    def __init__(self, skin: Skin, name: str, parent: QWidget) -> None:
        self.key: FormKey | None = None
        self.label = ""
        self._words = skin.words
        super().__init__(skin, name, self._said, parent, hint=self._hinted)

    def _said(self) -> str:
        return say(self._words, self.key.text) if self.key is not None else ""

    def _hinted(self) -> str:
        return say(self._words, self.key.hint) if self.key is not None else ""

    def show_key(self, key: FormKey, label: str) -> None:
        """What it is now."""
        self.key, self.label = key, label
        self.role = Role(key.role)
        self.shape = key.shape
        self.setEnabled(key.enabled)
        self.setCheckable(key.chosen)
        self.setChecked(key.chosen)
        self.tell()

    def tell(self) -> None:
        """Text, and the name with the group's label."""
        super().tell()
        if self.label:
            self.setAccessibleName(f"{self.label}: {self.accessibleName()}")

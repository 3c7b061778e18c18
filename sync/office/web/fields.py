# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Reading a form field by field: a value or a fault, and all faults at once (limits: trust.md 13)."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sync.office.print.sheet import plain_text

NAME = 40
REMARK = 500


@dataclass(frozen=True, slots=True)
class FormReader:
    """读表单: each reading gives a value; what is wrong stands in `faults` (field -> text key) when all are read."""

    form: Mapping[str, str]
    faults: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, longest: int = NAME, *, needed: bool = True) -> str:
        """A line of text, trimmed."""
        value = self.form.get(name, "").strip()
        if needed and not value:
            self.faults[name] = "office.form.needed"
        elif len(value) > longest:
            self.faults[name] = "office.form.long"
        elif plain_text(value) != value:
            self.faults[name] = "office.form.marks"
        return value

    def number(self, name: str, least: int, most: int, *, needed: bool = True) -> int | None:
        """A whole number; full-width digits are digits too."""
        value = self.form.get(name, "").strip()
        if not value:
            if needed:
                self.faults[name] = "office.form.needed"
            return None
        if not value.isdecimal() or len(value) > 12 or not least <= int(value) <= most:  # noqa: PLR2004 - no number here is longer
            self.faults[name] = "office.form.number"
            return None
        return int(value)

    def day(self, name: str, *, needed: bool = True) -> dt.date | None:
        """A date, ISO."""
        value = self.form.get(name, "").strip()
        if not value and not needed:
            return None
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.faults[name] = "office.form.date" if value else "office.form.needed"
            return None

    def choice(self, name: str, of: Collection[str], *, needed: bool = True) -> str:
        """One of the choices offered; anything else is none."""
        value = self.form.get(name, "")
        if value in of:
            return value
        if needed or value:
            self.faults[name] = "office.form.choice"
        return ""

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return name in self.form

    def picked(self, prefix: str) -> list[str]:
        """The rest of the names of all ticked boxes that begin so: "pick." of "pick.7f3a"."""
        return [name.removeprefix(prefix) for name in self.form if name.startswith(prefix)]

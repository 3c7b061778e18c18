# SPDX-License-Identifier: LicenseRef-Gatehouse
"""颜色: the only place with a colour, three themes, and the one style sheet made of them (interface.md section 3).

Every (text, ground) pair that may meet is a `Pair`; `Theme.pairs` lists them for the test of contrast. Green is not a
verdict colour: it stands in the health-code chip alone, with its word.
"""

from dataclasses import dataclass, fields
from enum import StrEnum

FILL_LIGHT = "#FFFFFF"
"""补光: the white band, in every theme."""

PRINT_INK = "#000000"
"""印刷: what is printed is black, on whatever the paper is."""

FAMILY = "Noto Sans CJK SC"


class ThemeName(StrEnum):
    """明暗: chosen by hand; never changed under a verdict."""

    INDOOR = "indoor"
    SUNLIGHT = "sunlight"
    NIGHT = "night"


@dataclass(frozen=True, slots=True)
class Pair:
    """A ground and the text on it."""

    ground: str
    ink: str


@dataclass(frozen=True, slots=True)
class Theme:
    """All colours of one theme. `edge` bounds a key on window and panel; `ring` is the keyboard's focus."""

    name: ThemeName
    window: Pair
    panel: Pair
    muted: Pair
    key: Pair
    pressed: Pair
    idle: Pair
    go: Pair
    wait: Pair
    stop: Pair
    cannot: Pair
    code_green: Pair
    code_yellow: Pair
    code_red: Pair
    edge: str
    ring: str

    def pairs(self) -> dict[str, Pair]:
        """Every pair by its name."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in found.items() if isinstance(value, Pair)}


INDOOR = Theme(
    name=ThemeName.INDOOR,
    window=Pair("#12171C", "#F2F5F7"),
    panel=Pair("#1E262E", "#F2F5F7"),
    muted=Pair("#1E262E", "#B9C4CE"),
    key=Pair("#2C3844", "#F2F5F7"),
    pressed=Pair("#F2F5F7", "#12171C"),
    idle=Pair("#1E262E", "#95A3B0"),
    go=Pair("#005FB8", "#FFFFFF"),
    wait=Pair("#FFC400", "#000000"),
    stop=Pair("#A4001D", "#FFFFFF"),
    cannot=Pair("#E3E7EB", "#000000"),
    code_green=Pair("#1B6E2E", "#FFFFFF"),
    code_yellow=Pair("#FFC400", "#000000"),
    code_red=Pair("#A4001D", "#FFFFFF"),
    edge="#758696",
    ring="#7CC4FF",
)
SUNLIGHT = Theme(
    name=ThemeName.SUNLIGHT,
    window=Pair("#FFFFFF", "#000000"),
    panel=Pair("#EDEFF1", "#000000"),
    muted=Pair("#EDEFF1", "#333333"),
    key=Pair("#FFFFFF", "#000000"),
    pressed=Pair("#000000", "#FFFFFF"),
    idle=Pair("#EDEFF1", "#4A4A4A"),
    go=Pair("#00529F", "#FFFFFF"),
    wait=Pair("#FFC400", "#000000"),
    stop=Pair("#A4001D", "#FFFFFF"),
    cannot=Pair("#E3E7EB", "#000000"),
    code_green=Pair("#0B5A20", "#FFFFFF"),
    code_yellow=Pair("#FFC400", "#000000"),
    code_red=Pair("#A4001D", "#FFFFFF"),
    edge="#3A3A3A",
    ring="#00529F",
)
NIGHT = Theme(
    name=ThemeName.NIGHT,
    window=Pair("#0A0A0A", "#FFE9C7"),
    panel=Pair("#161412", "#FFE9C7"),
    muted=Pair("#161412", "#C9B48F"),
    key=Pair("#2A241D", "#FFE9C7"),
    pressed=Pair("#FFE9C7", "#0A0A0A"),
    idle=Pair("#161412", "#A08E6E"),
    go=Pair("#004A91", "#FFFFFF"),
    wait=Pair("#D9A600", "#000000"),
    stop=Pair("#7A0016", "#FFFFFF"),
    cannot=Pair("#C4C9CE", "#000000"),
    code_green=Pair("#0E4A1E", "#FFFFFF"),
    code_yellow=Pair("#D9A600", "#000000"),
    code_red=Pair("#7A0016", "#FFFFFF"),
    edge="#8A7558",
    ring="#E8B84A",
)
THEMES: dict[ThemeName, Theme] = {theme.name: theme for theme in (INDOOR, SUNLIGHT, NIGHT)}
"""三种明暗."""


def style_sheet(theme: Theme) -> str:
    """The one style sheet: grounds and inks by object name; what is drawn by hand asks the theme itself."""
    rules = [
        f'* {{ font-family: "{FAMILY}"; }}',
        f"QWidget#gate, QWidget#public {{ background: {theme.window.ground}; color: {theme.window.ink}; }}",
        f"QLabel {{ background: transparent; color: {theme.window.ink}; }}",
        f'QLabel[ground="panel"] {{ color: {theme.panel.ink}; }}',
        f'QLabel[ground="muted"] {{ color: {theme.muted.ink}; }}',
    ]
    return "\n".join(rules)

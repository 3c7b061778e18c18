# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A page of tiles, as a value: look-up, categories, menus and the leader's choices are all pages of tiles."""

from dataclasses import dataclass, replace

from kiosk.app.views import Line
from kiosk.domain.codes import Category, CodeColour, Company, Verdict
from ui.ports import LookupFact
from ui.viewmodels.states import (
    CategoryState,
    LeaderState,
    LeaderStep,
    LookupState,
    LookupStep,
    Menu,
    MenuState,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: its id, its text (a catalogue line, or plain text as the register has it), how it stands out."""

    name: str
    text: Line | str
    role: str = "NORMAL"
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page: title, what was chosen so far, tiles, least width of a tile in mm, digits where a pad is wanted.

    `deep`: 返回 leads to another page, so a second key leads home.
    """

    screen: str
    title: Line
    tiles: tuple[Tile, ...]
    so_far: Line | str | None = None
    tile_mm: float = 20.0
    notice: Line | None = None
    pad: bool = False
    typed: str = ""
    deep: bool = False


COMPANY = "company."
"""What the tiles of companies are called: a courier is one tap, and for whom he comes is kept (interface.md 5.7)."""
CATEGORY_TILES = (
    Category.VISITOR,
    Category.MOVER,
    Category.DOMESTIC,
    Category.UTILITY,
    Category.RENOVATION,
    Category.AGENT,
    Category.OFFICIAL,
    Category.STAFF,
    Category.SHOP_STAFF,
)
MORE_TILES = ("leader", "sync", "settings", "practice", "shift", "paper", "tailgate", "cold", "language", "theme")
EMERGENCY_TILES = ("ambulance", "fire", "police")
WHY_TILES = ("known", "checked_id", "phoned", "committee", "other")
CONSENT_TILES = (("consent_phone", True), ("consent_present", True), ("consent_none", False))
CODE_TILES = (
    (CodeColour.GREEN, "key.code_green", "GREEN"),
    (CodeColour.YELLOW, "key.code_yellow", "YELLOW"),
    (CodeColour.RED, "key.code_red", "RED"),
    (CodeColour.NOT_SHOWN, "key.code_none", "NORMAL"),
)
_FACTS = {
    LookupFact.ID_SEEN: "key.seen_id",
    LookupFact.PHONE_TAIL: "key.phone_tail",
    LookupFact.VOUCHED: "key.relative",
    LookupFact.OLD_PAPER: "key.old_pass",
}
OVERRIDES = {Verdict.ADMIT: "key.admit", Verdict.REFUSE: "key.refuse_entry", Verdict.HOLD: "key.hold"}


def lookup_page(state: LookupState, *, old_paper: bool) -> Page:
    """未带证."""
    page = _lookup_page(state, old_paper=old_paper)
    return page if state.step is LookupStep.BUILDING else replace(page, deep=True)


def _lookup_page(state: LookupState, *, old_paper: bool) -> Page:
    where = _where(state)
    match state.step:
        case LookupStep.BUILDING:
            tiles = _plain(state.choices)
            return Page("screen.lookup", Line("lookup.building"), (*tiles, _serial()), notice=state.notice)
        case LookupStep.UNIT:
            return Page("screen.lookup", Line("lookup.unit"), _plain(state.choices), where, notice=state.notice)
        case LookupStep.ROOM:
            return Page("screen.lookup", Line("lookup.room"), _plain(state.choices), where, notice=state.notice)
        case LookupStep.PERSON:
            rows = tuple(Tile(f"person.{at}", found.label) for at, found in enumerate(state.found))
            lost = Tile("not_listed", Line("key.not_listed"), "AMBER")
            return Page("screen.lookup", Line("lookup.person"), (*rows, lost), where, 50.0, state.notice)
        case LookupStep.FACT:
            facts = tuple(
                Tile(fact.value, Line(text))
                for fact, text in _FACTS.items()
                if old_paper or fact is not LookupFact.OLD_PAPER
            )
            chosen = state.chosen.label if state.chosen is not None else None
            back = Tile("first_return", Line("key.first_return"), "AMBER")
            return Page("screen.lookup", Line("lookup.fact"), (*facts, back), chosen, 50.0, state.notice)
        case LookupStep.TAIL:
            shown = "●" * len(state.typed)
            return Page("screen.lookup", Line("lookup.tail"), (), where, notice=state.notice, pad=True, typed=shown)
        case LookupStep.SERIAL:
            return Page("screen.lookup", Line("lookup.serial"), (), notice=state.notice, pad=True, typed=state.typed)


def _serial() -> Tile:
    return Tile("serial", Line("key.serial"), "AMBER")


def _plain(choices: tuple[str, ...]) -> tuple[Tile, ...]:
    return tuple(Tile(choice, choice) for choice in choices)


def _where(state: LookupState) -> Line | None:
    if not state.building:
        return None
    if not state.room:
        return Line("lookup.of_building", {"n": state.building})
    if not state.unit:
        return Line("lookup.where", {"building": state.building, "room": state.room})
    return Line("lookup.where_unit", {"building": state.building, "unit": state.unit, "room": state.room})


def category_page(state: CategoryState) -> Page:
    """来访人员: the category, then the colour of the code, then the host's consent."""
    if state.category is None:
        couriers = tuple(Tile(f"{COMPANY}{each.value}", Line(f"company.{each.value}")) for each in Company)
        others = tuple(Tile(each.value, Line(f"category.{each.value}")) for each in CATEGORY_TILES)
        return Page("screen.category", Line("category_ask.what"), (*couriers, *others), tile_mm=40.0)
    chosen = Line(f"category.{state.category.value}" if state.company is None else f"company.{state.company.value}")
    if state.code is None:
        codes = tuple(Tile(f"code.{colour.value}", Line(text), role) for colour, text, role in CODE_TILES)
        no_phone = Tile("code.NO_PHONE", Line("key.code_no_phone"))
        return Page("screen.category", Line("category_ask.code"), (*codes, no_phone), chosen, 40.0, deep=True)
    consents = tuple(Tile(name, Line(f"key.{name}")) for name, _ in CONSENT_TILES)
    return Page("screen.category", Line("category_ask.consent"), consents, chosen, 40.0, deep=True)


def menu_page(state: MenuState, *, cold: bool = False) -> Page:
    """紧急, 更多."""
    if state.menu is Menu.EMERGENCY:
        tiles = tuple(
            Tile(name, Line(f"key.{name}"), "MAIN" if name == state.chosen else "NORMAL", name == state.chosen)
            for name in EMERGENCY_TILES
        )
        confirm = Line("key.confirm") if state.chosen is not None else None
        return Page("screen.emergency", Line("screen.emergency"), tiles, confirm, 60.0)
    tiles = tuple(Tile(name, Line(f"key.{name}"), chosen=cold and name == "cold") for name in MORE_TILES)
    return Page("screen.more", Line("screen.more"), tiles, tile_mm=40.0)


def leader_page(state: LeaderState) -> Page:
    """门长处理: PIN, choice, reason, second PIN."""
    dots = "●" * state.typed
    match state.step:
        case LeaderStep.PIN:
            return Page("screen.leader", Line("leader.pin"), (), notice=state.notice, pad=True, typed=dots)
        case LeaderStep.CHOICE:
            tiles = tuple(
                Tile(verdict.value, Line(text), "MAIN" if verdict is Verdict.ADMIT else "NORMAL")
                for verdict, text in OVERRIDES.items()
            )
            return Page("screen.leader", Line("leader.choose"), tiles, state.view.name_line or None, 60.0, state.notice)
        case LeaderStep.WHY:
            tiles = tuple(Tile(why, Line(f"why.{why}")) for why in WHY_TILES)
            return Page("screen.leader", Line("leader.why"), tiles, tile_mm=60.0, notice=state.notice)
        case LeaderStep.SECOND:
            return Page("screen.leader", Line("leader.second"), (), notice=state.notice, pad=True, typed=dots)

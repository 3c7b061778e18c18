# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Sixty compounds and twenty committees with names of the kind that the district has, and how their houses stand.

Three styles of housing set the numbering on the doors: six-storey walk-ups of the fifties to eighties (rooms 101 to
604, several stairs to a building), towers of the nineties and later, and old lanes of two or three floors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from math import exp
from random import Random

from kiosk.domain.codes import GateKind


class Style(Enum):
    """How a compound is built."""

    WALK_UP = "新村"
    TOWER = "高层"
    LANE = "里弄"


@dataclass(frozen=True, slots=True)
class Place:
    """One compound's name, address (road and lane number), kind of closure, style, and weight in residents."""

    name: str
    address: str
    kind: GateKind
    style: Style
    weight: float


@dataclass(frozen=True, slots=True)
class Block:
    """One staircase: building and unit as written on the door, floors, and rooms on each floor."""

    building: str
    unit: str
    floors: int
    rooms: int


_WALK_UPS = (
    "甘泉一村", "甘泉二村", "甘泉三村", "西泰苑", "双山新村", "志丹一村", "志丹二村", "南泉苑", "章家巷小区",
    "合阳新村", "合阳二村", "子长新村", "黄陵新村", "安塞小区", "平利新村", "新沪小区", "宜君新村", "延长西苑",
    "长新小区", "泉北新村", "泉南小区", "灵泉新村", "柳园小区", "洛川西村", "富平新村", "石泉小苑", "府谷小区",
    "旬阳新村", "白水小区", "佳县新村",
)  # fmt: skip
_TOWERS = (
    "甘泉花园", "泉景名苑", "志丹雅苑", "宜川华庭", "新家坡美树馆", "延长公寓", "锦泉公寓", "品泉苑",
    "嘉泉大厦", "万泉公寓", "金沙雅苑", "中环泉庭", "恒泉家园", "阳光泉苑", "和泰名邸", "清泉公寓", "同泰大厦",
    "逸泉名都", "普雄公寓", "明泉华苑",
)  # fmt: skip
_LANES = ("宝成里", "石泉里", "永泉坊", "同和里", "泰兴坊", "德安里", "共和新里", "三泉坊", "义兴里", "福泰里")
_ROADS = (
    "甘泉路",
    "志丹路",
    "延长西路",
    "黄陵路",
    "子长路",
    "宜川路",
    "合阳路",
    "平利路",
    "新村路",
    "洛川路",
    "双山路",
    "灵石路",
)
COMMITTEES = (
    "甘泉一村", "甘泉二村", "甘泉三村", "西泰林", "双山", "志丹", "南泉苑", "章家巷", "合阳", "子长", "黄陵",
    "安塞", "长新", "新沪", "宜君", "泉北", "灵泉", "锦泉", "柳园", "宝成",
)  # fmt: skip

_LARGEST = 5_600.0
_SECOND = 3_363.0
_FALL = 0.03
_LANES_FROM = 40
_MIX = (Style.WALK_UP, Style.TOWER, Style.WALK_UP, Style.TOWER, Style.WALK_UP)


def _places() -> Iterator[Place]:
    walk_ups, towers, lanes = iter(_WALK_UPS), iter(_TOWERS), iter(_LANES)
    for index in range(60):
        # Three of walk-ups to two of towers, old and new side by side; of the small ones at the end half are lanes.
        if index >= _LANES_FROM and index % 2:
            style = Style.LANE
        else:
            style = _MIX[(index if index < _LANES_FROM else index // 2 + _LANES_FROM // 2) % len(_MIX)]
        name = next({Style.WALK_UP: walk_ups, Style.TOWER: towers, Style.LANE: lanes}[style])
        # By domain.md 20 the busiest gate has four times the mean; the rest falls off evenly to some 580 residents.
        weight = _LARGEST if index == 0 else _SECOND * exp(-_FALL * (index - 1))
        kind = GateKind.WALLED
        if style is Style.LANE:
            kind = GateKind.TEMPORARY_BARRIER if index % 4 == 1 else GateKind.OPEN
        yield Place(name, f"{_ROADS[index % len(_ROADS)]}{40 + 37 * index % 900}弄", kind, style, weight)


PLACES = tuple(_places())


def blocks(rng: Random, place: Place) -> Iterator[Block]:
    """The staircases of a compound in the order of their numbers, without end; take as many as are lived in."""
    building = 0
    while True:
        building += 1
        match place.style:
            case Style.WALK_UP:
                rooms = rng.choice((2, 3, 3, 4))
                for unit in range(1, rng.choice((2, 3, 3, 4)) + 1):
                    yield Block(str(building), str(unit), 6, rooms)
            case Style.TOWER:
                for unit in range(1, rng.choice((1, 1, 2)) + 1):
                    yield Block(str(building), str(unit), rng.choice((11, 18, 18, 24, 28)), rng.choice((2, 4, 4, 6)))
            case Style.LANE:
                yield Block(str(building), "1", rng.choice((2, 3)), rng.choice((2, 3, 4)))


def flats(block: Block) -> Iterator[str]:
    """Room numbers of one staircase, floor by floor: 101, 102 ... 604; towers 1801."""
    for floor in range(1, block.floors + 1):
        for room in range(1, block.rooms + 1):
            yield f"{floor}{room:02d}"

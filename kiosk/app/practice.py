# SPDX-License-Identifier: LicenseRef-Gatehouse
"""练习: the twelve who come in a practice, and the desk that sends real cards away (domain.md 18, interface.md 5.17).

What is practised here goes into a store that is thrown away; nothing of it is in the log, a report or the sync.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from kiosk.app.desk import Arriving, Desk
from kiosk.app.facts import Facts
from kiosk.app.recorder import Recorder
from kiosk.app.showing import Showing
from kiosk.app.views import CodeView, Line, Look, LookClass, Shape, Shown, Tone
from kiosk.domain.codes import Category, Direction, How, Reason, ScanResult, Verdict

PRACTICE_MS = 900_000
"""A practice ends by itself after 15 minutes."""


class Card(StrEnum):
    """练习用的证: what the person of a script holds."""

    GOOD = "GOOD"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    OTHER = "OTHER"
    UNLISTED = "UNLISTED"
    FORGED = "FORGED"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Script:
    """练习剧本: who comes (`practice.script.<key>` tells it), the readings to type, and the verdict that is right.

    `name` is made up and is nobody's; `isolated`: in home isolation since five days. `category` without a card: which
    tile is right.
    """

    key: str
    name: str
    card: Card
    readings: tuple[str, ...]
    verdict: Verdict
    reason: Reason
    direction: Direction = Direction.IN
    category: Category = Category.LOCAL
    isolated: bool = False
    lookup: bool = False


_V, _R = Verdict, Reason
SCRIPTS: tuple[Script, ...] = (
    Script("home", "赵练", Card.GOOD, ("36.5",), _V.ADMIT, _R.PASS_OK),
    Script("out", "钱练", Card.GOOD, (), _V.ADMIT, _R.PASS_OK, Direction.OUT),
    Script("fever", "孙练", Card.GOOD, ("37.6",), _V.WAIT, _R.RECHECK_FEVER),
    Script("low", "李练", Card.GOOD, ("34.2",), _V.WAIT, _R.RECHECK_LOW),
    Script("expired", "周练", Card.EXPIRED, ("36.4",), _V.ADMIT_REGISTER, _R.PASS_EXPIRED),
    Script("revoked", "吴练", Card.REVOKED, ("36.3",), _V.LEADER, _R.PASS_REVOKED),
    Script("other", "郑练", Card.OTHER, ("36.6",), _V.REFUSE, _R.WRONG_COMPOUND),
    Script("forged", "王练", Card.FORGED, ("36.5",), _V.LEADER, _R.PASS_FORGED),
    Script("unlisted", "冯练", Card.UNLISTED, ("36.7",), _V.LEADER, _R.PASS_UNKNOWN),
    Script("isolated", "陈练", Card.GOOD, (), _V.REFUSE_EXIT, _R.ISOLATION_EXIT, Direction.OUT, isolated=True),
    Script("forgot", "褚练", Card.NONE, ("36.4",), _V.ADMIT_REGISTER, _R.NO_PASS, lookup=True),
    Script("courier", "卫练", Card.NONE, ("36.5",), _V.REDIRECT, _R.COURIER, category=Category.COURIER),
)
"""练习的十二个人."""


@dataclass(frozen=True, slots=True)
class PracticeCard:
    """练习证: a script with the text of its card; None where the person has none."""

    script: Script
    payload: bytes | None


def leave_practice() -> Shown:
    """练习中,请退出: a real card before a gate that practises."""
    look = Look(
        LookClass.CANNOT, Shape.DASHED_SQUARE, Shape.DASHED_SQUARE, Line("word.WAIT"), Line("line.leave_practice"),
        Tone.T6, Line("phrase.wait"),
    )  # fmt: skip
    return Shown(CodeView(ScanResult.NONE, look, (Line("line.leave_practice"),)))


class PracticeDesk(Desk):
    """练习台: the desk as it is, but a card that is not of this practice opens nothing, whoever holds it."""

    def __init__(self, facts: Facts, recorder: Recorder, showing: Showing, ours: Callable[[bytes], bool]) -> None:
        """`ours` tells by a card's kid whether it was made for this practice."""
        super().__init__(facts, recorder, showing)
        self._ours = ours

    def on_code(self, payload: bytes, arriving: Arriving, how: How = How.SCAN) -> Shown:
        """A code was held before the camera."""
        kid = self._verify(payload, self._turn()).kid
        return super().on_code(payload, arriving, how) if kid is None or self._ours(kid) else leave_practice()

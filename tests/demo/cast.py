# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Who comes to the gate in the demonstration, what each holds up and how, and what is true of it.

The truth is stated by hand, by the rules of domain.md 7, and tested against the rules themselves; the demonstration
compares it with the gate's file and the office's database. A passage may take two shows (a fever re-measured after the
rest); a show may make no passage (a foreign code, the same card again).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.codes import (
    Attr,
    Button,
    Category,
    Direction,
    Reason,
    ScanResult,
    Site,
    TempOutcome,
    Tick,
    Verdict,
)
from kiosk.domain.identity import CompoundId
from sync.street.morning import Shown
from sync.street.people import Street
from sync.street.rows import PersonRow

POLICY = "演示"
"""The demonstration's policy version: one parameter, `rest_s`, differs from the policy in force."""

REST_S = 30
"""The rest before a recheck under that policy; by the rules it is 300."""


class Card(StrEnum):
    """Which pass a part holds; what the office, or a forger, must do for it beforehand."""

    GOOD = "有效"
    EXPIRED = "过期三天"
    REVOKED = "已注销"
    OTHER = "别的小区"
    FORGED = "伪造"
    NONE = "不是证"


class Holds(StrEnum):
    """In which form it is held before the camera."""

    PAPER = "纸质卡"
    PHONE_DARK = "手机深色模式"
    PHONE_CRACKED = "碎屏手机"
    PAYMENT_CODE = "付款码"
    HEALTH_CODE = "随申码"


@dataclass(frozen=True, slots=True)
class Truth:
    """What the gate must say after this show, when all its readings are taken and before anything is pressed.

    `verdict` None: no passage, only the answer to the code. `rule` is empty then. `gone_through`: whether the passage
    is recorded as gone through in the end, after `presses`.
    """

    scan: ScanResult
    verdict: Verdict | None
    reason: Reason | None
    rule: str
    outcome: TempOutcome
    gone_through: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One show. `scenario` is the clip's (tests.clips_camera); `same_as` the earlier part whose card is shown again."""

    key: str
    story: str
    english: str
    card: Card
    holds: Holds
    scenario: str
    truth: Truth
    readings: tuple[Shown, ...] = ()
    direction: Direction = Direction.IN
    hold_s: float = 2.4
    presses: tuple[Tick | Button, ...] = ()
    same_as: str | None = None
    wants: Callable[[PersonRow], bool] | None = None

    @property
    def opens(self) -> bool:
        """Whether this show opens a passage of its own, which the gate's file and the office must hold once."""
        return self.truth.verdict is not None and self.truth.rule != "R03" and self.same_as is None


def _fever_free(tenths: int) -> tuple[Shown, ...]:
    return (Shown(tenths, Site.FOREHEAD),)


def _adult(person: PersonRow) -> bool:
    return person.category is Category.LOCAL and not person.attrs


def _elder_without_phone(person: PersonRow) -> bool:
    return (
        person.category is Category.LOCAL
        and {Attr.ELDERLY, Attr.NO_PHONE} <= person.attrs
        and Attr.REDUCED_MOBILITY not in person.attrs
        and person.birth_year <= 1938
    )


def _elder(person: PersonRow) -> bool:
    return person.category is Category.LOCAL and Attr.ELDERLY in person.attrs and bool(person.phone)


GO = Truth(ScanResult.OK, Verdict.ADMIT, Reason.PASS_OK, "R25", TempOutcome.NORMAL, gone_through=True)
GO_OUT = Truth(ScanResult.OK, Verdict.ADMIT, Reason.PASS_OK, "R25", TempOutcome.NOT_TAKEN, gone_through=True)
NOT_OURS = Truth(ScanResult.NOT_OURS, None, None, "", TempOutcome.NOT_TAKEN, gone_through=False)


def _truth(scan: ScanResult, verdict: Verdict, reason: Reason, rule: str, *, gone: bool = False) -> Truth:
    return Truth(scan, verdict, reason, rule, TempOutcome.NORMAL, gone_through=gone)


CAST: tuple[Part, ...] = (
    Part("easy", "买菜回来", "back from the market", Card.GOOD, Holds.PAPER, "easy", GO, _fever_free(365)),
    Part("tilted", "斜着拿证", "card held at a slant", Card.GOOD, Holds.PAPER, "perspective", GO, _fever_free(364)),
    Part(
        "fever", "体温37.3,先休息", "37.3: rest first", Card.GOOD, Holds.PAPER, "easy",
        Truth(ScanResult.OK, Verdict.WAIT, Reason.RECHECK_FEVER, "R06", TempOutcome.FEVER_SUSPECT, gone_through=False),
        _fever_free(373),
    ),
    Part("hurried", "边走边晃", "card waved in passing", Card.GOOD, Holds.PAPER, "motion", GO, _fever_free(366)),
    Part(
        "expired", "证过期三天", "expired three days ago", Card.EXPIRED, Holds.PAPER, "easy",
        _truth(ScanResult.OK, Verdict.ADMIT_REGISTER, Reason.PASS_EXPIRED, "R26", gone=True),
        _fever_free(363), hold_s=3.4, presses=(Tick.IDENTITY, Button.ADMIT),
    ),
    Part(
        "payment", "习惯性出示付款码", "shows a payment code by habit", Card.NONE, Holds.PAYMENT_CODE, "easy", NOT_OURS,
    ),
    Part("dim", "天还没亮", "before daylight", Card.GOOD, Holds.PAPER, "lowlight", GO, _fever_free(362)),
    Part("cracked", "手机屏碎了", "cracked phone", Card.GOOD, Holds.PHONE_CRACKED, "moire", GO, _fever_free(364)),
    Part(
        "foreign", "走错小区", "card of another compound", Card.OTHER, Holds.PAPER, "easy",
        _truth(ScanResult.WRONG_COMPOUND, Verdict.REFUSE, Reason.WRONG_COMPOUND, "R31"), _fever_free(364),
    ),
    Part(
        "again", "放回口袋又拿出来", "the same card once more", Card.GOOD, Holds.PAPER, "easy",
        Truth(ScanResult.OK, Verdict.ADMIT, Reason.DUPLICATE_SCAN, "R03", TempOutcome.NOT_TAKEN, gone_through=False),
        same_as="dim",
    ),
    Part(
        "cold", "额头冻凉了,34.2,再测手腕", "cold forehead 34.2, then the wrist", Card.GOOD, Holds.PAPER, "easy",
        Truth(ScanResult.OK, Verdict.ADMIT, Reason.PASS_OK, "R25", TempOutcome.NORMAL_AFTER_LOW, gone_through=True),
        (Shown(342, Site.FOREHEAD), Shown(364, Site.WRIST)), hold_s=5.4,
    ),
    Part("dark", "手机深色模式", "dark-mode phone", Card.GOOD, Holds.PHONE_DARK, "phone_dark", GO, _fever_free(365)),
    Part("health", "出示随申码", "shows a health code", Card.NONE, Holds.HEALTH_CODE, "easy", NOT_OURS),
    Part(
        "forged", "假证", "forged card", Card.FORGED, Holds.PAPER, "easy",
        _truth(ScanResult.FORGED, Verdict.LEADER, Reason.PASS_FORGED, "R11"), _fever_free(366),
    ),
    Part("creased", "折过的卡", "creased card", Card.GOOD, Holds.PAPER, "crease", GO, _fever_free(365)),
    Part(
        "revoked", "已搬走,证已注销", "moved away, revoked", Card.REVOKED, Holds.PAPER, "easy",
        _truth(ScanResult.OK, Verdict.LEADER, Reason.PASS_REVOKED, "R28"), _fever_free(364),
    ),
    Part(
        "elder", "八旬老人,没有手机", "over eighty, no phone", Card.GOOD, Holds.PAPER, "finger", GO, _fever_free(363),
        wants=_elder_without_phone,
    ),
    Part(
        "rested", "休息后复测36.9", "re-measured 36.9 after the rest", Card.GOOD, Holds.PAPER, "easy",
        Truth(ScanResult.OK, Verdict.ADMIT, Reason.PASS_OK, "R25", TempOutcome.CLEARED, gone_through=True),
        _fever_free(369), same_as="fever",
    ),
    Part("glare", "塑封反光", "glare on the lamination", Card.GOOD, Holds.PAPER, "glare", GO, _fever_free(367)),
    Part("backlit", "逆光", "against the light", Card.GOOD, Holds.PAPER, "backlit", GO, _fever_free(364), wants=_elder),
    Part("out_work", "上班去", "off to work", Card.GOOD, Holds.PAPER, "easy", GO_OUT, direction=Direction.OUT),
    Part(
        "out_market", "老人去买菜", "to the market", Card.GOOD, Holds.PAPER, "easy", GO_OUT,
        direction=Direction.OUT, wants=_elder,
    ),
    Part(
        "out_late", "晚一步出门", "last one out", Card.GOOD, Holds.PAPER, "perspective", GO_OUT,
        direction=Direction.OUT,
    ),
)  # fmt: skip


def passages(cast: Iterable[Part] = CAST) -> int:
    """How many passages the gate's file, and then the office, must hold: `shown` of the demonstration's last line."""
    return sum(part.opens for part in cast)


def verdicts(cast: Sequence[Part] = CAST) -> dict[str, Truth]:
    """The last word on each passage, by the key of the part that opened it."""
    last: dict[str, Truth] = {}
    for part in cast:
        if part.opens:
            last[part.key] = part.truth
        elif part.same_as in last and part.truth.rule != "R03":
            last[part.same_as] = part.truth
    return last


def actors(street: Street, compound: CompoundId, cast: Sequence[Part] = CAST) -> dict[str, PersonRow]:
    """A resident for each part that holds somebody's pass, by the part's key; each plays one part, none twice.

    Parts of `same_as` have no entry. The holder of another compound's card lives in the compound after this one.
    """
    elsewhere = next(row.id for row in street.compounds if row.id != compound)
    waiting = street.persons_of(compound)
    found: dict[str, PersonRow] = {}
    for part in cast:
        if part.same_as is not None or part.card is Card.NONE:
            continue
        pool = street.persons_of(elsewhere) if part.card is Card.OTHER else waiting
        fits = part.wants or _adult
        person = next(person for person in pool if fits(person))
        found[part.key] = person
        if person in waiting:
            # Nobody else of that household either: a household has one pseudonym, and the demonstration one card each.
            waiting = [other for other in waiting if other.dwelling_id != person.dwelling_id]
    return found

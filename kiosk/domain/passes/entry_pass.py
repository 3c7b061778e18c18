# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The entry pass as a value (出入证), and its claims as canonical CBOR.

Source: pass-format.md sections 1, 2 and 8. No name, number, phone, address or health fact is in a pass.
"""

from dataclasses import dataclass
from enum import Enum

from kiosk.domain.codes import CATEGORIES, Category
from kiosk.domain.identity import PassId
from kiosk.domain.trust.cbor import NotCborError, Value, encode, read_canonical
from kiosk.domain.trust.fields import SITES, TIMES

CTI_SIZE = 8
HOUSEHOLD_SIZE = 4
CARDS = range(1, 10)
MASKS = range(1, 256)
LIFE_MAX_S = 45 * 86_400
TEMP_LIFE_MAX_S = 86_400
OFFICE_KID_SIZE, GATE_KID_SIZE = 1, 2

_EXP, _NBF, _CTI, _PRIVATE = 4, 5, 7, -65537
_SITE, _CATEGORY, _HOUSEHOLD, _CARD, _GATES = 1, 2, 3, 4, 5

NEVER_IN_PASS = frozenset(
    {
        Category.RET_OTHER,
        Category.RET_KEY,
        Category.RELEASED,
        Category.KEY_INDUSTRY,
        Category.COHAB,
        Category.EMERGENCY,
    }
)
"""不入证的类别: they would show health or travel history to anyone with a phone, or need no pass."""

WITH_HOUSEHOLD = frozenset({Category.LOCAL, Category.NEW_TENANT})
"""带住户号的类别: categories whose office passes carry household pseudonym and card number."""

TEMPORARY = frozenset(
    {
        Category.VISITOR,
        Category.MOVER,
        Category.DOMESTIC,
        Category.UTILITY,
        Category.RENOVATION,
        Category.AGENT,
    }
)
"""临时证类别: the only ones that a gate may sign itself."""


class ClaimsFault(Enum):
    """字段问题: why a payload gives no pass."""

    WRONG = "WRONG"  # a form, type, range or rule that our own issuer never breaks
    NEWER = "NEWER"  # well formed, but with a field or category that this program does not know


@dataclass(frozen=True, slots=True)
class EntryPass:
    """出入证: `cti` 8 bytes, `nbf`/`exp` seconds (exp = first second no longer valid), `hh` 4 bytes, `gates` a mask.

    `gates` None = all gates of the compound; bit n (from 0) = n-th gate in the site table.
    """

    cti: bytes
    site: int
    category: Category
    nbf: int
    exp: int
    hh: bytes | None = None
    card: int | None = None
    gates: int | None = None

    @property
    def pass_id(self) -> PassId:
        """The card id (证件编号) as 16 hex digits."""
        return PassId(self.cti.hex())

    @property
    def life_s(self) -> int:
        """Seconds from start to end of validity (有效时长)."""
        return self.exp - self.nbf


def claims_bytes(entry: EntryPass) -> bytes:
    """The payload (证件字段编码): defaults are never written."""
    private: dict[int, Value] = {_SITE: entry.site, _CATEGORY: entry.category.number}
    if entry.hh is not None:
        private[_HOUSEHOLD] = entry.hh
    if entry.card is not None:
        private[_CARD] = entry.card
    if entry.gates is not None:
        private[_GATES] = entry.gates
    return encode({_EXP: entry.exp, _NBF: entry.nbf, _CTI: entry.cti, _PRIVATE: private})


def read_claims(payload: bytes, *, by_gate: bool) -> EntryPass | ClaimsFault:
    """The pass in a payload whose signature holds (读取证件字段), or why it is none; steps 8 and 9.

    `by_gate`: signed by a gate's device key, so neither household nor mask may be there.
    """
    try:
        value = read_canonical(payload)
    except NotCborError:
        return ClaimsFault.WRONG
    if not isinstance(value, dict) or list(value) != [_EXP, _NBF, _CTI, _PRIVATE]:
        return ClaimsFault.WRONG
    exp, nbf, cti, private = value.values()
    if not isinstance(private, dict) or not _sound_private(private):
        return ClaimsFault.WRONG
    if exp not in TIMES or nbf not in TIMES or not isinstance(cti, bytes) or len(cti) != CTI_SIZE:
        return ClaimsFault.WRONG
    number, hh, card, gates = private[_CATEGORY], private.get(_HOUSEHOLD), private.get(_CARD), private.get(_GATES)
    known = number < len(CATEGORIES)
    category = CATEGORIES[number] if known else None
    if (hh is None) is not (card is None) or category in NEVER_IN_PASS:
        return ClaimsFault.WRONG
    if by_gate and (hh is not None or gates is not None):
        return ClaimsFault.WRONG
    if category is not None and not by_gate and (hh is not None) is not (category in WITH_HOUSEHOLD):
        return ClaimsFault.WRONG
    if category is None or max(private) > _GATES or min(private) < _SITE:
        return ClaimsFault.NEWER
    return EntryPass(cti, private[_SITE], category, nbf, exp, hh, card, gates)


def _sound_private(private: dict[int, Value]) -> bool:
    """Types and ranges of the private map; fields of a later version are left to the caller."""
    number, hh = private.get(_CATEGORY), private.get(_HOUSEHOLD, bytes(HOUSEHOLD_SIZE))
    return (
        private.get(_SITE) in SITES
        and isinstance(number, int)
        and number >= 0
        and isinstance(hh, bytes)
        and len(hh) == HOUSEHOLD_SIZE
        and private.get(_CARD, 1) in CARDS
        and private.get(_GATES, 1) in MASKS
    )

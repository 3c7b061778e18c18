# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The entry pass as a value (出入证), and its claims as canonical CBOR.

Source: pass-format.md sections 1, 2 and 8. No name, number, phone, address or health fact is in a pass.
"""

from dataclasses import dataclass
from enum import Enum

from kiosk.domain.codes import CATEGORIES, Category
from kiosk.domain.identity import PassId
from kiosk.domain.trust.cbor import NotCborError, Value, encode, read_canonical
from kiosk.domain.trust.fields import SITES, TIMES, FieldError, integer, octets

CTI_SIZE = 8
HOUSEHOLD_SIZE = 4
CARDS = range(1, 10)
MASKS = range(1, 256)
LIFE_MAX_S = 45 * 86_400
TEMP_LIFE_MAX_S = 86_400
OFFICE_KID_SIZE, GATE_KID_SIZE = 1, 2

_EXP, _NBF, _CTI, _PRIVATE = 4, 5, 7, -65537
_SITE, _CATEGORY, _HOUSEHOLD, _CARD, _GATES = 1, 2, 3, 4, 5
_CLAIMS = [_EXP, _NBF, _CTI, _PRIVATE]
_KNOWN = frozenset({_SITE, _CATEGORY, _HOUSEHOLD, _CARD, _GATES})
_NUMBERS = range(2**64)

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
        return _entry(read_canonical(payload), by_gate=by_gate)
    except (NotCborError, FieldError):
        return ClaimsFault.WRONG


def _entry(value: Value, *, by_gate: bool) -> EntryPass | ClaimsFault:
    """The pass in a canonical value. Raises `FieldError` for a wrong type, size or range."""
    if not isinstance(value, dict) or list(value) != _CLAIMS:
        return ClaimsFault.WRONG
    exp, nbf, cti, private = value.values()
    if not isinstance(private, dict):
        return ClaimsFault.WRONG
    number = integer(private.get(_CATEGORY), _NUMBERS)
    category = CATEGORIES[number] if number < len(CATEGORIES) else None
    hh = octets(private[_HOUSEHOLD], HOUSEHOLD_SIZE) if _HOUSEHOLD in private else None
    gates = integer(private[_GATES], MASKS) if _GATES in private else None
    entry = EntryPass(
        octets(cti, CTI_SIZE),
        integer(private.get(_SITE), SITES),
        category or Category.LOCAL,
        integer(nbf, TIMES),
        integer(exp, TIMES),
        hh,
        integer(private[_CARD], CARDS) if _CARD in private else None,
        gates,
    )
    if (hh is None) is not (entry.card is None) or category in NEVER_IN_PASS:
        return ClaimsFault.WRONG
    if by_gate and (hh is not None or gates is not None):
        return ClaimsFault.WRONG
    if category is not None and not by_gate and (hh is not None) is not (category in WITH_HOUSEHOLD):
        return ClaimsFault.WRONG
    return entry if category is not None and private.keys() <= _KNOWN else ClaimsFault.NEWER

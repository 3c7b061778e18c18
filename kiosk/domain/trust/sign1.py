# SPDX-License-Identifier: LicenseRef-Gatehouse
"""COSE_Sign1 as RFC 9052 has it (通用验签): the generic core, also for messages of other systems.

Algorithms of RFC 9053 and RFC 8812/8230: -8 EdDSA, -7 ES256, -37 PS256. Our own passes and lists go through the
narrower `envelope`. Source: pass-format.md section 3.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Literal, TypeAlias

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from kiosk.domain.trust.algorithms import VERIFIERS, KeyMisfitError
from kiosk.domain.trust.cbor import NotCborError, read_foreign
from kiosk.domain.trust.envelope import to_be_signed

FindKey: TypeAlias = Callable[[bytes | None, int], PublicKeyTypes | Iterable[PublicKeyTypes] | None]
Tag: TypeAlias = Literal["forbid", "allow", "require"]

_ALG, _CRIT, _CONTENT_TYPE, _KID, _IV, _PARTIAL_IV = 1, 2, 3, 4, 5, 6
_UNDERSTOOD = frozenset({_ALG, _CRIT, _CONTENT_TYPE, _KID})
_PARTS = 4
_MAJOR_TAG = 6
_KNOWN_TAGS = ([18], [61, 18])  # COSE_Sign1; a CBOR Web Token in one (RFC 8392, section 6)
_MOST_TAGS = 3


class Sign1Reason(StrEnum):
    """验签失败原因: why a message was refused."""

    MALFORMED = "MALFORMED"
    TAG = "TAG"
    DETACHED = "DETACHED"
    CRITICAL = "CRITICAL"
    ALG = "ALG"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    KEY_TYPE = "KEY_TYPE"
    SIGNATURE = "SIGNATURE"


class Sign1Error(Exception):
    """验签失败: the message is not to be trusted; `reason` says why, the text never repeats it."""

    def __init__(self, reason: Sign1Reason) -> None:
        """Keep the reason."""
        super().__init__(reason.value)
        self.reason = reason


def verify_sign1(
    data: bytes, find_key: FindKey, *, algs: Iterable[int], external_aad: bytes = b"", tag: Tag = "forbid"
) -> bytes:
    """The payload of a COSE_Sign1 whose signature holds (验签). Raises `Sign1Error` and nothing else of its own.

    `find_key(kid, alg)` gives a key, several to try, or None. `algs` are the allowed algorithm numbers. `tag` says
    whether CBOR tag 18 (before it 61, of a CBOR Web Token) must be absent, may be there, or must be. A nil (detached)
    payload is refused.
    """
    protected, header, payload, signature = _parts(_untagged(data, tag))
    alg = header.get(_ALG)
    if type(alg) is not int or alg not in set(algs) or alg not in VERIFIERS:
        raise Sign1Error(Sign1Reason.ALG)
    kid = header.get(_KID)
    if kid is not None and not isinstance(kid, bytes):
        raise Sign1Error(Sign1Reason.MALFORMED)
    keys = _as_list(find_key(kid, alg))
    if not keys:
        raise Sign1Error(Sign1Reason.KEY_UNKNOWN)
    verifier, signed = VERIFIERS[alg], to_be_signed(protected, external_aad, payload)
    fits = False
    for key in keys:
        try:
            if verifier(key, signature, signed):
                return payload
            fits = True
        except KeyMisfitError:
            continue
    raise Sign1Error(Sign1Reason.SIGNATURE if fits else Sign1Reason.KEY_TYPE)


def _untagged(data: bytes, tag: Tag) -> bytes:
    """Strip tag 18 where it may stand, and before it the tag of a CBOR Web Token; any other tag is no COSE_Sign1."""
    tags: list[int] = []
    rest = data
    while rest and rest[0] >> 5 == _MAJOR_TAG and len(tags) < _MOST_TAGS:
        head = 1 + {24: 1, 25: 2, 26: 4, 27: 8}.get(rest[0] & 31, 0)
        tags.append(int.from_bytes(rest[1:head]) if head > 1 else rest[0] & 31)
        rest = rest[head:]
    if tags and (tag == "forbid" or tags not in _KNOWN_TAGS):
        raise Sign1Error(Sign1Reason.TAG)
    if not tags and tag == "require":
        raise Sign1Error(Sign1Reason.TAG)
    return rest


def _parts(data: bytes) -> tuple[bytes, dict[object, object], bytes, bytes]:
    """Protected bytes as they are signed, header of both maps, payload, signature."""
    outer = _read(data)
    if not isinstance(outer, list) or len(outer) != _PARTS:
        raise Sign1Error(Sign1Reason.MALFORMED)
    protected, unprotected, payload, signature = outer
    if not isinstance(protected, bytes) or not isinstance(unprotected, dict) or not isinstance(signature, bytes):
        raise Sign1Error(Sign1Reason.MALFORMED)
    if payload is None:
        raise Sign1Error(Sign1Reason.DETACHED)
    if not isinstance(payload, bytes):
        raise Sign1Error(Sign1Reason.MALFORMED)
    own = _read(protected) if protected else {}
    if not isinstance(own, dict):
        raise Sign1Error(Sign1Reason.MALFORMED)
    _check_labels(own, unprotected)
    # A map without entries is signed as the empty string, whichever of the two forms was sent (RFC 9052, 4.4).
    return (protected if own else b""), {**unprotected, **own}, payload, signature


def _check_labels(own: dict[object, object], unprotected: dict[object, object]) -> None:
    labels = [*own, *unprotected]
    if any(type(label) not in {int, str} for label in labels):
        raise Sign1Error(Sign1Reason.MALFORMED)
    # A kid is a hint and may stand in both, the protected one counts; all other labels once (RFC 9052, section 3).
    if own.keys() & unprotected.keys() - {_KID}:
        raise Sign1Error(Sign1Reason.MALFORMED)
    if {_IV, _PARTIAL_IV} <= set(labels):
        raise Sign1Error(Sign1Reason.MALFORMED)
    if _CRIT in unprotected:
        raise Sign1Error(Sign1Reason.CRITICAL)
    if _CRIT in own:
        critical = own[_CRIT]
        if not isinstance(critical, list) or not critical:
            raise Sign1Error(Sign1Reason.MALFORMED)
        if not all(type(label) in {int, str} and label in own and label in _UNDERSTOOD for label in critical):
            raise Sign1Error(Sign1Reason.CRITICAL)


def _read(data: bytes) -> object:
    try:
        return read_foreign(data)
    except NotCborError:
        raise Sign1Error(Sign1Reason.MALFORMED) from None


def _as_list(found: PublicKeyTypes | Iterable[PublicKeyTypes] | None) -> list[PublicKeyTypes]:
    if found is None:
        return []
    return list(found) if isinstance(found, Iterable) else [found]

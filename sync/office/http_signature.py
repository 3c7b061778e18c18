# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's side of RFC 9421: whose request this is, and whether it is fresh (trust.md section 7, "Requests").

The library's own use of the system clock is replaced by the time given. Whether a nonce was seen before is the
store's to say (`nonce_seen`); here it only has to be there.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageSignaturesException, HTTPMessageVerifier, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import ED25519

COVERED = ("@method", "@authority", "@target-uri", "content-digest")
WINDOW_S = 300
"""How far `created` may lie from office time."""
_NONCE_TEXT = 22  # 16 bytes as base64url
_PARAMETERS = frozenset({"created", "nonce", "keyid"})


class SignatureFault(StrEnum):
    """签名有误: why a request is not taken (401)."""

    BAD_SIGNATURE = "bad_signature"
    STALE = "stale"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class Signed:
    """已验签: who sent it; `created` in seconds since 1970."""

    device: str
    nonce: str
    created: int


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    url: str
    headers: Mapping[str, str]


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, key_of: Callable[[str], Ed25519PublicKey | None]) -> None:
        self._key_of = key_of

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        return self._key_of(key_id)

    def resolve_private_key(self, key_id: str) -> None:
        raise NotImplementedError(key_id)


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(self, sig_input: object, max_age: object = None) -> None:
        """Freshness is judged after the signature holds, by the office's clock: a forger learns nothing of it."""


def verify_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    key_of: Callable[[str], Ed25519PublicKey | None],
    now_s: int,
) -> Signed | SignatureFault:
    """Who signed this request; `headers` with lower-case names, `body` as received (packed), `now_s` office time.

    `BAD_SIGNATURE`: no signature, a component or parameter missing or foreign, unknown key, wrong digest.
    `STALE`: a good signature more than 300 s off. `REPLAYED` is never answered here.
    """
    verifier = _Verifier(signature_algorithm=ED25519, key_resolver=_Keys(key_of))
    try:
        (result,) = verifier.verify(
            _Message(method, url, headers), max_age=dt.timedelta(), require_components=COVERED, body=body
        )
    except (HTTPMessageSignaturesException, ValueError):
        return SignatureFault.BAD_SIGNATURE
    parameters = result.parameters
    device, nonce, created = (parameters.get(name) for name in ("keyid", "nonce", "created"))
    if set(parameters) != _PARAMETERS or result.body is None:
        return SignatureFault.BAD_SIGNATURE
    if not isinstance(device, str) or not isinstance(created, int):
        return SignatureFault.BAD_SIGNATURE
    if not isinstance(nonce, str) or len(nonce) != _NONCE_TEXT:
        return SignatureFault.BAD_SIGNATURE
    if len(result.covered_components) != len(COVERED) + 1:  # the components and @signature-params itself
        return SignatureFault.BAD_SIGNATURE
    return Signed(device, nonce, created) if abs(now_s - created) <= WINDOW_S else SignatureFault.STALE

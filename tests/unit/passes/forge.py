# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Texts of passes as an attacker would make them: any part may be other than the issuer makes it."""

from typing import Any

import cbor2

from kiosk.domain.passes import EntryPass, base45, sign_pass
from kiosk.domain.passes.entry_pass import claims_bytes
from tests.unit.trust.street import ISSUER, private

PRIVATE = -65537


def signed(entry: EntryPass, kid: bytes = ISSUER, name: str | None = None) -> str:
    """The text that the holder of a key makes; `name` is the key's where it is not the kid's own."""
    return sign_pass(entry, kid, private(name or kid.hex()).sign)


def text_of(cose: bytes) -> str:
    return "EP1:" + base45.encode(cose)


def cose_of(text: str) -> bytes:
    data = base45.decode(text.removeprefix("EP1:").encode())
    assert data is not None
    return data


def protected_of(kid: Any, alg: Any = -8) -> bytes:
    return cbor2.dumps({1: alg, 4: kid})


def sig_structure(protected: bytes, payload: bytes, aad: bytes = b"EP1") -> bytes:
    return cbor2.dumps(["Signature1", protected, aad, payload])


def forged(
    payload: bytes,
    kid: bytes = ISSUER,
    *,
    protected: bytes | None = None,
    unprotected: Any = None,
    aad: bytes = b"EP1",
    name: str | None = None,
    signature: bytes | None = None,
) -> bytes:
    """The COSE bytes of a message signed by a real key over whatever stands in it."""
    header = protected_of(kid) if protected is None else protected
    made = private(name or kid.hex()).sign(sig_structure(header, payload, aad)) if signature is None else signature
    return cbor2.dumps([header, {} if unprotected is None else unprotected, payload, made])


def claims_with(entry: EntryPass, outer: dict[Any, Any] | None = None, **private_map: Any) -> bytes:
    """The claims of `entry` with values put in the place of others; None leaves one out. `k3=...` is private key 3."""
    claims = cbor2.loads(claims_bytes(entry))
    inner = claims.pop(PRIVATE)
    for key, value in private_map.items():
        number = int(key.removeprefix("k"))
        inner.pop(number, None)
        if value is not None:
            inner[number] = value
    claims[PRIVATE] = dict(sorted(inner.items()))
    for number, value in (outer or {}).items():
        if value is None:
            claims.pop(number)
        else:
            claims[number] = value
    order = [*sorted(key for key in claims if key >= 0), *sorted((key for key in claims if key < 0), reverse=True)]
    return cbor2.dumps({key: claims[key] for key in order})


def text_with(entry: EntryPass, outer: dict[Any, Any] | None = None, kid: bytes = ISSUER, **private_map: Any) -> str:
    """A well signed text with other claims."""
    return text_of(forged(claims_with(entry, outer, **private_map), kid))

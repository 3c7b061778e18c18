# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's signature on each request: RFC 9421 with the device key (sync-and-store.md section 4, "Wire").

Covered: @method, @authority, @target-uri, content-digest (also of an empty body); parameters `created` (office time),
`nonce`, `keyid` (device id); no `alg`.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from http_message_signatures import HTTPMessageSigner
from http_message_signatures.algorithms import ED25519

from kiosk.domain.identity import DeviceId
from sync.client.transport import Request

Sign = Callable[[bytes], bytes]
"""Makes the 64-byte Ed25519 signature; the key itself stays in the key store."""

COVERED = ("@method", "@authority", "@target-uri", "content-digest")
LABEL = "gate"


@dataclass(slots=True)
class _Message:
    method: str
    url: str
    headers: dict[str, str]


def signed_request(request: Request, device: DeviceId, sign: Sign, *, created_s: int, nonce: str) -> Request:
    """The request with Content-Digest, Signature-Input and Signature; `created_s` seconds since 1970, office time."""
    message = _Message(request.method, request.url, dict(request.headers))
    signer = HTTPMessageSigner(signature_algorithm=ED25519)
    prepared = signer.prepare(
        message,
        key_id=device,
        created=dt.datetime.fromtimestamp(created_s, dt.UTC),
        nonce=nonce,
        label=LABEL,
        include_alg=False,
        covered_component_ids=COVERED,
        body=request.body,
    )
    signer.apply(message, prepared, sign(prepared.signature_base))
    return replace(request, headers=message.headers)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A request counts only as sent: every covered part changed is refused, and freshness goes by the office's clock."""

import base64
import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import HTTPMessageSigner
from http_message_signatures.algorithms import ED25519

from kiosk.domain.identity import DeviceId
from sync.client.signing import _Message, signed_request
from sync.client.transport import Request
from sync.office.http_signature import WINDOW_S, SignatureFault, Signed, verify_request

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
DEVICE = DeviceId("0123456789abcdef0123456789abcdef")
NOW_S = 1_582_200_000
NONCE = base64.urlsafe_b64encode(bytes(16)).rstrip(b"=").decode()
URL = "https://10.0.0.1:8443/v1/sync"


def request(method: str = "POST", body: bytes = b"{}", *, created_s: int = NOW_S, url: str = URL) -> Request:
    plain = Request(method, url, {"content-type": "application/json"}, body)
    return signed_request(plain, DEVICE, KEY.sign, created_s=created_s, nonce=NONCE)


def verified(sent: Request, *, now_s: int = NOW_S, key: Ed25519PrivateKey = KEY) -> Signed | SignatureFault:
    headers = {name.lower(): value for name, value in sent.headers.items()}
    known: dict[str, Ed25519PublicKey] = {DEVICE: key.public_key()}
    return verify_request(
        sent.method,
        sent.url,
        headers,
        sent.body,
        key_of=lambda device: known.get(device),  # noqa: PLW0108 - `get` is overloaded
        now_s=now_s,
    )


def test_a_signed_request_names_its_device() -> None:
    assert verified(request()) == Signed(DEVICE, NONCE, NOW_S)


def test_a_get_is_signed_with_the_digest_of_its_empty_body() -> None:
    sent = request("GET", b"", url="https://office.example/v1/snapshot/C01?scope=roster:C01")
    assert "Content-Digest" in sent.headers
    assert verified(sent) == Signed(DEVICE, NONCE, NOW_S)


def test_the_algorithm_is_not_named() -> None:
    assert "alg=" not in request().headers["Signature-Input"]


def without(sent: Request, header: str) -> Request:
    return replace(sent, headers={name: value for name, value in sent.headers.items() if name != header})


def with_input(sent: Request, old: str, new: str) -> Request:
    changed = sent.headers["Signature-Input"].replace(old, new)
    assert changed != sent.headers["Signature-Input"]
    return replace(sent, headers={**sent.headers, "Signature-Input": changed})


TAMPERED: dict[str, Callable[[Request], Request]] = {
    "method": lambda r: replace(r, method="PUT"),
    "host": lambda r: replace(r, url=r.url.replace("10.0.0.1", "10.0.0.2")),
    "query": lambda r: replace(r, url=r.url + "?x=1"),
    "body": lambda r: replace(r, body=b"{ }"),
    "no body": lambda r: replace(r, body=b""),
    "digest": lambda r: replace(r, headers={**r.headers, "Content-Digest": "sha-256=:AAAA:"}),
    "no digest": lambda r: without(r, "Content-Digest"),
    "no input": lambda r: without(r, "Signature-Input"),
    "no signature": lambda r: without(r, "Signature"),
    "created": lambda r: with_input(r, str(NOW_S), str(NOW_S + 1)),
    "nonce": lambda r: with_input(r, NONCE, NONCE[:-1] + "B"),
    "keyid": lambda r: with_input(r, DEVICE, DEVICE[::-1]),
    "component": lambda r: with_input(r, '"content-digest"', '"content-type"'),
    "component left out": lambda r: with_input(r, ' "@authority"', ""),
    "parameter": lambda r: with_input(r, ";nonce", ";tag"),
}


@pytest.mark.parametrize("part", TAMPERED)
def test_any_part_changed_is_refused(part: str) -> None:
    assert verified(TAMPERED[part](request())) is SignatureFault.BAD_SIGNATURE


def test_another_devices_key_is_refused() -> None:
    assert verified(request(), key=OTHER) is SignatureFault.BAD_SIGNATURE


def test_a_signature_that_covers_less_is_refused_though_it_holds() -> None:
    message = _Message("POST", URL, {})
    signer = HTTPMessageSigner(signature_algorithm=ED25519)
    prepared = signer.prepare(
        message,
        key_id=DEVICE,
        created=dt.datetime.fromtimestamp(NOW_S, dt.UTC),
        nonce=NONCE,
        include_alg=False,
        covered_component_ids=("@method", "content-digest"),
        body=b"{}",
    )
    signer.apply(message, prepared, KEY.sign(prepared.signature_base))
    assert verified(Request("POST", URL, message.headers, b"{}")) is SignatureFault.BAD_SIGNATURE


@pytest.mark.parametrize("off", [-WINDOW_S, WINDOW_S])
def test_within_the_window_it_is_fresh(off: int) -> None:
    assert isinstance(verified(request(), now_s=NOW_S + off), Signed)


@pytest.mark.parametrize("off", [-WINDOW_S - 1, WINDOW_S + 1, 10**8, -(10**8)])
def test_beyond_the_window_it_is_stale(off: int) -> None:
    assert verified(request(), now_s=NOW_S + off) is SignatureFault.STALE


def test_a_forged_request_is_never_called_stale() -> None:
    assert verified(request(), key=OTHER, now_s=NOW_S + 10**6) is SignatureFault.BAD_SIGNATURE

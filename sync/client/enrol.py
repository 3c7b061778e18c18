# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Enrolment of a tablet: from the QR's JSON to a gate that knows its office (sync-and-store.md 4, trust.md 7).

The CA certificate is fetched by the one unverified handshake there is, sends no secret, and counts only if its hash is
the QR's. From then on that CA alone is trusted. The key is made on the device and never leaves it.
"""

import http.client
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Protocol
from urllib.parse import urlsplit

from kiosk.app.ports import GateIdentity, Ids, SyncStore
from kiosk.domain.events import SCHEMA
from kiosk.domain.identity import GateId
from kiosk.domain.trust.bundle import KeyBundle, KeyKind, is_practice, read_bundle
from kiosk.domain.trust.devices import read_devices
from kiosk.domain.trust.statements import EnrolProof
from kiosk.domain.trust.versions import Refusal
from sync.client.lists import DEVICE_LIST, KEY_BUNDLE
from sync.client.requests_out import APP
from sync.client.signing import Sign
from sync.client.transport import Answer, Request, Transport, TransportFault
from sync.wire import base64url
from sync.wire.faults import WireFault
from sync.wire.limits import ANSWER, PROTO_MAX
from sync.wire.messages import EnrolAnswer, EnrolCode, EnrolRequest, ErrorText
from sync.wire.strict import decode, encode

CODE_LIMIT = 512
"""Bytes of a QR (trust.md section 13)."""
_CA_LIMIT = 64 << 10
_TIMEOUT_S = 3.0
_OS_LIMIT = 64


class EnrolFault(StrEnum):
    """登记失败: what the enrolment screen says (interface.md 5.1); texts `enrol.error.<code>`."""

    NOT_A_CODE = "not_a_code"
    USED = "used"
    LATE = "late"
    UNKNOWN = "unknown"
    OTHER_GATE = "other_gate"
    CA_DIFFERS = "ca_differs"
    NO_OFFICE = "no_office"
    WRONG_TIME = "wrong_time"
    KEY_STORE = "key_store"
    REFUSED = "refused"
    BAD_ANSWER = "bad_answer"
    NOT_KEPT = "not_kept"
    NO_LISTS = "no_lists"
    DEMO = "demo"

    @property
    def try_again(self) -> bool:
        """Whether the same code may work a moment later."""
        return self in {EnrolFault.NO_OFFICE, EnrolFault.NO_LISTS}


class EnrolStage(StrEnum):
    """登记步骤: where enrolment stands, for the progress bar."""

    CERTIFICATE = "certificate"
    KEY = "key"
    CLAIM = "claim"
    TRUST = "trust"
    LISTS = "lists"
    DONE = "done"


class DeviceKey(Protocol):
    """本机密钥: made where it stays; both answer None if the key store does not."""

    def make(self) -> bytes | None:
        """Make the key if it is not there; its public half, 32 bytes."""
        ...

    def signer(self) -> Sign | None:
        """The signing function."""
        ...


@dataclass(frozen=True, slots=True)
class Enrolled:
    """登记结果: what the tablet keeps from now on. `roots`: pinned, 32 bytes each; `seal_key` 32 bytes; lists COSE."""

    identity: GateIdentity
    roots: tuple[bytes, ...]
    ca_pem: bytes
    epoch: int
    seal_key: bytes
    key_bundle: bytes
    device_list: bytes
    offset_ms: int


def read_code(text: str | bytes) -> EnrolCode | EnrolFault:
    """The enrolment code of a QR or a file: exactly our JSON, https only."""
    data = text.encode() if isinstance(text, str) else text
    if len(data) > CODE_LIMIT:
        return EnrolFault.NOT_A_CODE
    code = decode(EnrolCode, data.strip())
    if isinstance(code, WireFault) or code.v != 1:
        return EnrolFault.NOT_A_CODE
    try:
        parts = urlsplit(code.url)
        sound = parts.scheme == "https" and bool(parts.hostname) and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        return EnrolFault.NOT_A_CODE
    return code if sound and not parts.query and not parts.fragment else EnrolFault.NOT_A_CODE


def fetch_ca(url: str, expected_sha256: str) -> bytes | EnrolFault:
    """The office's CA certificate as PEM, if it is the one whose hash the QR holds.

    The only unverified handshake of the program: it sends nothing but the path, and what comes counts by its hash.
    """
    parts = urlsplit(url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_S, context=context)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/v1/ca")
        answer = connection.getresponse()
        data = answer.read(_CA_LIMIT)
    except (OSError, http.client.HTTPException):
        return EnrolFault.NO_OFFICE
    finally:
        connection.close()
    try:
        der = ssl.PEM_cert_to_DER_cert(data.decode("ascii").strip())
    except ValueError:
        return EnrolFault.CA_DIFFERS
    return data if sha256(der).hexdigest() == expected_sha256 else EnrolFault.CA_DIFFERS


@dataclass(frozen=True, slots=True)
class Enrolment:
    """登记: the parts that a claim needs. `transport` makes one that trusts this CA (PEM) alone; `os` free text."""

    key: DeviceKey
    ids: Ids
    wall_ms: Callable[[], int]
    transport: Callable[[bytes], Transport]
    os: str
    fetch: Callable[[str, str], bytes | EnrolFault] = fetch_ca
    progress: Callable[[EnrolStage], None] = lambda _: None

    def claim(self, code: EnrolCode) -> Enrolled | EnrolFault:
        """Claim the code for this device; the same again after a lost answer gives the same."""
        self.progress(EnrolStage.CERTIFICATE)
        ca_pem = self.fetch(code.url, code.ca)
        if isinstance(ca_pem, EnrolFault):
            return ca_pem
        self.progress(EnrolStage.KEY)
        public, sign = self.key.make(), self.key.signer()
        if public is None or sign is None:
            return EnrolFault.KEY_STORE
        self.progress(EnrolStage.CLAIM)
        nonce = base64url.text(self.ids.random(16))
        proof = EnrolProof(code.token, base64url.text(public), nonce)
        message = EnrolRequest(
            proto=PROTO_MAX,
            token=code.token,
            pubkey=proof.pubkey,
            nonce=nonce,
            proof=proof.signed(sign),
            app=APP,
            os=self.os[:_OS_LIMIT],
            schema=SCHEMA,
            gate=code.gate,
        )
        transport = self.transport(ca_pem)
        try:
            url = code.url.rstrip("/") + "/v1/devices/enroll"
            answer = transport.send(Request("POST", url, {"Content-Type": "application/json"}, encode(message)))
            told_at_ms = self.wall_ms()
        finally:
            transport.close()
        told = _told(answer, nonce)
        if isinstance(told, EnrolFault):
            return told
        self.progress(EnrolStage.TRUST)
        return _trusted(told, code, ca_pem, told_at_ms, public)


def _told(answer: Answer | TransportFault, nonce: str) -> EnrolAnswer | EnrolFault:
    match answer:
        case TransportFault.TLS:
            # the certificate of the right CA does not hold: other host, or outside its dates by this clock
            return EnrolFault.WRONG_TIME
        case TransportFault():
            return EnrolFault.NO_OFFICE
        case Answer(status=201):
            found = decode(EnrolAnswer, answer.body, ANSWER) if answer.is_json else None
            good = isinstance(found, EnrolAnswer) and found.echo == nonce
            return found if good and isinstance(found, EnrolAnswer) else EnrolFault.BAD_ANSWER
        case Answer(status=410):
            # used up, ended by a fresh one, or past its fifteen minutes: the office does not say which
            return EnrolFault.LATE
        case Answer(status=409):
            return EnrolFault.OTHER_GATE if _error_of(answer) == "wrong_gate" else EnrolFault.USED
        case Answer(status=401):
            return EnrolFault.UNKNOWN
        case Answer(status=400):
            return EnrolFault.REFUSED
        case Answer():
            return EnrolFault.NO_OFFICE


def _error_of(answer: Answer) -> str:
    found = decode(ErrorText, answer.body) if answer.is_json else None
    return "" if found is None or isinstance(found, WireFault) else found.error


def _trusted(
    told: EnrolAnswer, code: EnrolCode, ca_pem: bytes, told_at_ms: int, public: bytes
) -> Enrolled | EnrolFault:
    """What is kept of an answer, if bundle and device list hold under the roots that it names."""
    raw = [base64url.octets(text) for text in (*told.root_keys, told.seal_key, told.key_bundle, told.device_list)]
    parts = [part for part in raw if part is not None]
    if len(parts) != len(raw) or len(told.root_keys) != 2 or told.gate != code.gate:  # noqa: PLR2004 - active and spare
        return EnrolFault.BAD_ANSWER
    *roots, seal_key, bundle_data, devices_data = parts
    bundle = read_bundle(bundle_data, roots)
    if isinstance(bundle, Refusal):
        return EnrolFault.BAD_ANSWER
    devices = read_devices(devices_data, bundle)
    site = bundle.sites.get(told.site)
    if isinstance(devices, Refusal) or site is None or GateId(told.gate) not in site.gates:
        return EnrolFault.BAD_ANSWER
    own = next((device for kid, device in devices.devices.items() if kid.hex() == told.kid), None)
    if own is None or own.device != told.device or own.public != public:
        return EnrolFault.BAD_ANSWER
    identity = GateIdentity(
        told.device, GateId(told.gate), told.compound, told.site, told.kid, told.server, code.url,
        demo=_of_demo(bundle),
    )  # fmt: skip
    offset_ms = told.server_time_ms - told_at_ms
    return Enrolled(identity, tuple(roots), ca_pem, told.epoch, seal_key, bundle_data, devices_data, offset_ms)


def _of_demo(bundle: KeyBundle) -> bool:
    """Whether all issuing keys are of the practice range: a demonstration's office, and every screen says 演示."""
    issuers = [key.kid for key in bundle.keys.values() if key.kind is KeyKind.ISSUER]
    return bool(issuers) and all(is_practice(kid) for kid in issuers)


def keep(enrolled: Enrolled, store: SyncStore) -> None:
    """Put into a fresh store what enrolment brought: the lists, and how far our clock is off the office's."""
    bundle = read_bundle(enrolled.key_bundle, enrolled.roots)
    if isinstance(bundle, Refusal):
        return
    store.put_list(KEY_BUNDLE, bundle.version, enrolled.key_bundle)
    devices = read_devices(enrolled.device_list, bundle)
    if not isinstance(devices, Refusal):
        store.put_list(DEVICE_LIST, devices.version, enrolled.device_list)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's keys on disk: which there are, where each private half lies, and how one is made (trust.md section 5).

    keys/register.json         public: every key ever listed, with kind, window, committees, state
    keys/roots.json            public: the two root keys that gates pin
    keys/root/                 active.pem, spare.pem under a passphrase each: kept offline, in two safes
    keys/signer/               issuing keys and the policy key: read by the signer alone
    keys/service/              list, receipt and seal keys, the office KEK

Private files are 0600, their folders 0700. Web routes reach none of them: they hold a `ServiceKeys` value at most.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from kiosk.domain.codec import from_json, to_json
from kiosk.domain.identity import CommitteeId
from kiosk.domain.trust.bundle import ISSUER_KIDS, OFFICE_KIDS, PRACTICE_KIDS, KeyKind, OfficeKey, root_kid

DAY_S = 86_400
ISSUER_LIFE_S = 30 * DAY_S
SERVICE_LIFE_S = 183 * DAY_S
LISTED_AHEAD_S = 72 * 3600
"""A key is listed that long before it is used, so that no genuine card meets a gate that does not know it."""
_KEK_SIZE = 32


class KeyFault(Exception):
    """密钥不可用: a key is missing, locked or not what was asked for; the text names the key, never its content."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """签名密钥: an Ed25519 key with its kid; the private half is never shown by `repr`."""

    kid: bytes
    key: Ed25519PrivateKey = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        """The 64-byte signature."""
        return self.key.sign(data)

    @property
    def public(self) -> bytes:
        """The public half, 32 bytes."""
        return self.key.public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True)
class Listed:
    """登记的密钥: one row of the register; `kid` and `public` hex, times in seconds, `kind` as in the bundle."""

    kid: str
    public: str
    kind: int
    use_from: int
    use_until: int
    committees: tuple[CommitteeId, ...] = ()
    revoked: bool = False

    def office_key(self, sites: Iterable[int]) -> OfficeKey:
        """The key as the bundle lists it, for these compounds."""
        return OfficeKey(
            bytes.fromhex(self.kid),
            bytes.fromhex(self.public),
            KeyKind(self.kind),
            self.use_from,
            self.use_until,
            tuple(sorted(sites)),
            revoked=self.revoked,
        )


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    """服务密钥: what the office's service itself signs and opens with; the issuing keys are not among them."""

    lists: SigningKey
    receipts: SigningKey
    seal: X25519PrivateKey = field(repr=False)
    kek: bytes = field(repr=False)

    @property
    def seal_public(self) -> bytes:
        """What gates seal carried files to, 32 bytes."""
        return self.seal.public_key().public_bytes_raw()


class KeyFolder:
    """密钥目录: the files of this page under one folder."""

    def __init__(self, folder: Path) -> None:
        """Take the office's `keys` folder; nothing is read yet."""
        self.folder = folder

    def register(self) -> tuple[Listed, ...]:
        """Every key ever listed, in the order of making."""
        path = self.folder / "register.json"
        rows = json.loads(path.read_bytes()) if path.exists() else []
        return tuple(from_json(Listed, row) for row in rows)

    def roots(self) -> tuple[bytes, ...]:
        """The two root public keys, active first."""
        path = self.folder / "roots.json"
        if not path.exists():
            missing = "no root keys: gate-office keys root-init"
            raise KeyFault(missing)
        return tuple(bytes.fromhex(text) for text in json.loads(path.read_bytes()))

    def make_roots(self, passphrases: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        """Make active and spare root, each under its own passphrase; their public halves. Refuses to replace one."""
        if (self.folder / "roots.json").exists():
            there = "there are root keys already"
            raise KeyFault(there)
        public = []
        for name, passphrase in zip(("active", "spare"), passphrases, strict=True):
            key = Ed25519PrivateKey.generate()
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))
            write_private(self.folder / "root" / f"{name}.pem", pem)
            public.append(key.public_key().public_bytes_raw())
        write_public(self.folder / "roots.json", json.dumps([raw.hex() for raw in public]).encode())
        return public[0], public[1]

    def root(self, name: str, passphrase: bytes) -> SigningKey:
        """A root key opened for one signature; `name` "active" or "spare"."""
        path = self.folder / "root" / f"{name}.pem"
        key = _ed25519(path, passphrase)
        return SigningKey(root_kid(key.public_key().public_bytes_raw()), key)

    def make_issuer(
        self, committees: tuple[CommitteeId, ...], use_from: int, *, practice: bool = False, life_s: int = ISSUER_LIFE_S
    ) -> Listed:
        """A new issuing key for these committees, used from `use_from` (seconds); kid of the practice range if said."""
        kids = PRACTICE_KIDS if practice else ISSUER_KIDS
        return self._make(KeyKind.ISSUER, kids, "signer", use_from, life_s, committees)

    def make_policy(self, use_from: int) -> Listed:
        """A new key for policy versions."""
        return self._make(KeyKind.POLICY, OFFICE_KIDS, "signer", use_from, SERVICE_LIFE_S)

    def make_service(self, use_from: int) -> None:
        """The service's keys: list, receipt, seal and the office KEK."""
        self._make(KeyKind.LIST, OFFICE_KIDS, "service", use_from, SERVICE_LIFE_S)
        self._make(KeyKind.RECEIPT, OFFICE_KIDS, "service", use_from, SERVICE_LIFE_S)
        seal = X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_private(self.folder / "service" / "seal.pem", seal)
        write_private(self.folder / "service" / "kek.bin", os.urandom(_KEK_SIZE))

    def revoke(self, kid: bytes) -> Listed:
        """Mark a key as withdrawn; the next bundle says so."""
        rows = self.register()
        found = next((row for row in rows if row.kid == kid.hex()), None)
        if found is None:
            unknown = f"no key {kid.hex()}"
            raise KeyFault(unknown)
        revoked = replace(found, revoked=True)
        self._write_register([revoked if row is found else row for row in rows])
        return revoked

    def service(self) -> ServiceKeys:
        """The service's keys as in force."""
        seal = load_pem_private_key(_read(self.folder / "service" / "seal.pem"), None)
        if not isinstance(seal, X25519PrivateKey):
            wrong = "service/seal.pem is no X25519 key"
            raise KeyFault(wrong)
        return ServiceKeys(
            self.private(self.newest(KeyKind.LIST)),
            self.private(self.newest(KeyKind.RECEIPT)),
            seal,
            _read(self.folder / "service" / "kek.bin"),
        )

    def newest(self, kind: KeyKind) -> Listed:
        """The newest key of a kind that is not withdrawn."""
        rows = [row for row in self.register() if row.kind == kind and not row.revoked]
        if not rows:
            missing = f"no {kind.name} key"
            raise KeyFault(missing)
        return rows[-1]

    def private(self, listed: Listed) -> SigningKey:
        """The private half of a listed key."""
        room = "signer" if listed.kind in {KeyKind.ISSUER, KeyKind.POLICY} else "service"
        kid = bytes.fromhex(listed.kid)
        return SigningKey(kid, _ed25519(self.folder / room / f"{listed.kid}.pem", None))

    def office_keys(self, sites: Mapping[CommitteeId, Iterable[int]]) -> tuple[OfficeKey, ...]:
        """All listed keys as the bundle takes them; `sites` = numbers of each committee's compounds."""
        return tuple(
            row.office_key(site for committee in row.committees for site in sites.get(committee, ()))
            for row in self.register()
        )

    def _make(
        self,
        kind: KeyKind,
        kids: Iterable[int],
        room: str,
        use_from: int,
        life_s: int,
        committees: tuple[CommitteeId, ...] = (),
    ) -> Listed:
        rows = self.register()
        taken = {row.kid for row in rows}
        kid = next((f"{number:02x}" for number in kids if f"{number:02x}" not in taken), None)
        if kid is None:
            full = f"no free kid for a {kind.name} key"
            raise KeyFault(full)
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_private(self.folder / room / f"{kid}.pem", pem)
        public = key.public_key().public_bytes_raw().hex()
        listed = Listed(kid, public, int(kind), use_from, use_from + life_s, committees)
        self._write_register([*rows, listed])
        return listed

    def _write_register(self, rows: Iterable[Listed]) -> None:
        text = json.dumps([to_json(row) for row in rows], indent=1)
        write_public(self.folder / "register.json", text.encode())


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read (0600 in a folder of 0700), whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(path, data, 0o600)


def write_public(path: Path, data: bytes) -> None:
    """Write a file that anyone may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, data, 0o644)


def _write(path: Path, data: bytes, mode: int) -> None:
    temporary = path.with_name(path.name + ".part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        missing = f"cannot read {path.parent.name}/{path.name}"
        raise KeyFault(missing) from None


def _ed25519(path: Path, passphrase: bytes | None) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_read(path), passphrase)
    except (ValueError, TypeError):
        locked = f"{path.parent.name}/{path.name} does not open: another passphrase, or damaged"
        raise KeyFault(locked) from None
    if not isinstance(key, Ed25519PrivateKey):
        wrong = f"{path.parent.name}/{path.name} is no Ed25519 key"
        raise KeyFault(wrong)
    return key

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's folder: its settings, its CA, its keys; where everything of one street lies (sync-and-store.md 14).

office.json        name, URL, addresses, database, whether it is a demonstration
office.db          the database, unless `db` names another
ca/                ca.pem, ca.key (to be kept offline once the server has its certificate), server.pem, server.key
keys/              see `sync.office.keys`
enrol/             enrolment codes as PNG and JSON, one use each
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificate

from kiosk.domain.codec import BadShape, from_json, to_json
from sync.office.ca import (
    Authority,
    ServerCertificate,
    ca_hash,
    needs_renewal,
    new_authority,
    new_server_certificate,
    private_pem,
    read_authority,
)
from sync.office.keys import KeyFolder, write_private, write_public

_SERIAL_SIZE = 16


@dataclass(frozen=True, slots=True)
class OfficeSettings:
    """街道办设置: `url` is what gates are told; `hosts` the names and addresses in the server's certificate.

    `db`: a database URL; empty: the file in the folder. `demo`: practice keys, every screen shows 演示.
    """

    name: str
    url: str
    hosts: tuple[str, ...]
    bind: str = "0.0.0.0"  # noqa: S104 - gates come from outside
    port: int = 8443
    db: str = ""
    demo: bool = False


class NoOffice(Exception):
    """没有街道办: the folder holds no office, or a damaged one."""


class OfficeHome:
    """街道办目录."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; nothing is read or made yet."""
        self.folder = folder
        self.keys = KeyFolder(folder / "keys")
        self.signer_log = folder / "keys" / "signer" / "signer.log"
        self.enrol = folder / "enrol"

    @property
    def exists(self) -> bool:
        """Whether an office was founded here."""
        return (self.folder / "office.json").exists()

    def settings(self) -> OfficeSettings:
        """The office's settings. Raises `NoOffice`."""
        try:
            return from_json(OfficeSettings, json.loads((self.folder / "office.json").read_bytes()))
        except (OSError, ValueError, BadShape):
            missing = f"no office in {self.folder}: gate-office init"
            raise NoOffice(missing) from None

    def write_settings(self, settings: OfficeSettings) -> None:
        """Keep the settings; the last step of founding, so that a broken start leaves no office."""
        text = json.dumps(to_json(settings), ensure_ascii=False, indent=1)
        write_public(self.folder / "office.json", text.encode())

    def db_url(self, override: str | None = None) -> str:
        """The database's URL."""
        named = override or (self.settings().db if self.exists else "")
        return named or f"sqlite+pysqlite:///{self.folder / 'office.db'}"

    # -------------------------------------------------------------------------------------------------- certificates

    @property
    def ca_file(self) -> Path:
        """The CA certificate, PEM."""
        return self.folder / "ca" / "ca.pem"

    def ca_sha256(self) -> str:
        """SHA-256 of the CA certificate, as enrolment codes hold it."""
        return ca_hash(load_pem_x509_certificate(self.ca_file.read_bytes()))

    @property
    def certificate_file(self) -> Path:
        """The server's certificate, PEM."""
        return self.folder / "ca" / "server.pem"

    @property
    def key_file(self) -> Path:
        """The server certificate's private key."""
        return self.folder / "ca" / "server.key"

    def make_authority(self, name: str, now_ms: int, random: Callable[[int], bytes]) -> Authority:
        """Make the CA and keep it."""
        authority = new_authority(name, now_ms, random(_SERIAL_SIZE))
        write_public(self.ca_file, authority.pem)
        write_private(self.folder / "ca" / "ca.key", private_pem(authority.key))
        return authority

    def authority(self) -> Authority:
        """The CA with its key. Raises `NoOffice` where the key was taken away."""
        try:
            return read_authority(self.ca_file.read_bytes(), (self.folder / "ca" / "ca.key").read_bytes())
        except (OSError, ValueError):
            away = "the CA key is not here (kept offline?)"
            raise NoOffice(away) from None

    def ensure_certificate(self, hosts: tuple[str, ...], now_ms: int, random: Callable[[int], bytes]) -> bool:
        """Make or renew the server's certificate where it is due; whether it was. Raises `NoOffice` without the CA."""
        if self.certificate_file.exists() and not needs_renewal(self.certificate_file.read_bytes(), hosts, now_ms):
            return False
        made: ServerCertificate = new_server_certificate(self.authority(), hosts, now_ms, random(_SERIAL_SIZE))
        write_private(self.key_file, made.key_pem)
        write_public(self.certificate_file, made.certificate_pem)
        return True

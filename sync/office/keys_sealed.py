# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's keys as one sealed file, to be kept apart from the database's copies (trust.md 5, 6).

Whoever has a backup of the database has no name without the office's KEK, and the KEK is in no backup but this file,
which opens with a passphrase alone. Root passphrases and enrolment codes stay out of it.
"""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw

from kiosk.domain.trust.sealing import KEY_SIZE, NONCE_SIZE, DataKey, row_aad, seal, unpacked, unseal
from sync.office.keys import write_private

_MAGIC = b"GH-KEYS1\n"
_SALT_SIZE = 16
_COST = {"time_cost": 3, "memory_cost": 64 << 10, "parallelism": 1}
_PARTS = ("office.json", "ca", "keys")
_LEFT_OUT = (".passphrase",)
_AAD = row_aad("office_keys", "backup", 1)


def seal_keys(folder: Path, passphrase: bytes, random: Callable[[int], bytes]) -> bytes:
    """The settings, CA and keys of an office's folder, sealed."""
    salt = random(_SALT_SIZE)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for part in _PARTS:
            for file in sorted(p for p in (folder / part, *(folder / part).rglob("*")) if p.is_file()):
                if not file.name.endswith(_LEFT_OUT):
                    archive.add(file, str(file.relative_to(folder)), recursive=False)
    return _MAGIC + salt + seal(packed.getvalue(), _key(passphrase, salt), random(NONCE_SIZE), _AAD).packed()


def unseal_keys(data: bytes, passphrase: bytes) -> dict[str, bytes] | None:
    """The files by their path in the folder, or None: another passphrase, or no such file."""
    start = len(_MAGIC) + _SALT_SIZE
    sealed = unpacked(data[start:]) if data.startswith(_MAGIC) and len(data) > start else None
    plain = unseal(sealed, _key(passphrase, data[len(_MAGIC) : start]), _AAD) if sealed is not None else None
    if plain is None:
        return None
    out: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:gz") as archive:
        for member in archive.getmembers():
            part = archive.extractfile(member)
            if part is not None and ".." not in Path(member.name).parts and not member.name.startswith("/"):
                out[member.name] = part.read()
    return out


def put_keys(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files into a new office's folder, readable by its owner alone; `office.json` comes last."""
    for name in sorted(files, key=lambda name: name == "office.json"):
        write_private(folder / name, files[name])


def passphrase_of(file: Path) -> bytes:
    """A passphrase out of a file: its first line. Raises `OSError`, `ValueError` for one under 12 characters."""
    lines = file.read_text().splitlines()
    passphrase = lines[0].strip() if lines else ""
    if len(passphrase) < 12:  # noqa: PLR2004 - as an account's password (trust.md 4)
        short = "a passphrase has 12 characters or more"
        raise ValueError(short)
    return passphrase.encode()


def _key(passphrase: bytes, salt: bytes) -> DataKey:
    raw = hash_secret_raw(passphrase, salt, hash_len=KEY_SIZE, type=Type.ID, **_COST)
    return DataKey("passphrase", raw)

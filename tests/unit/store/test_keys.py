# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Where the gate's keys may lie, and what is refused (trust.md 5)."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError

from kiosk.adapters.ids import SeededBytes
from kiosk.adapters.keystore import GateKeys, KeyFault, KeyStore, MemoryKeyStore
from kiosk.adapters.keystore_choice import key_store_for
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.adapters.keystore_keyring import KeyringStore, is_safe
from kiosk.adapters.keystore_systemd import CREDENTIAL, SystemdKeyStore


class _Desktop(KeyringBackend):
    """A desktop's key store in memory; by its module's name one that seals."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError
        del self.kept[service, username]


_Desktop.__module__ = "keyring.backends.SecretService"


def _stores(folder: Path) -> dict[str, KeyStore]:
    credentials = folder / "credentials"
    credentials.mkdir()
    (credentials / CREDENTIAL).write_bytes(bytes(range(32)))
    return {
        "memory": MemoryKeyStore(),
        "demo": DemoKeyStore(folder / "keys"),
        "systemd": SystemdKeyStore(credentials, folder),
        "keyring": KeyringStore("gatehouse:test", _Desktop()),
    }


@pytest.mark.parametrize("kind", ["memory", "demo", "systemd", "keyring"])
def test_each_place_keeps_both_keys_over_a_restart(tmp_path: Path, kind: str) -> None:
    place = _stores(tmp_path)[kind]
    keys = GateKeys(place)
    assert keys.demo is (kind in {"memory", "demo"})
    assert keys.make(SeededBytes("one")) is None
    kek, public = keys.kek(), keys.public_key()
    assert isinstance(kek, bytes)
    assert isinstance(public, bytes)
    assert keys.make(SeededBytes("two")) is None
    assert (GateKeys(place).kek(), GateKeys(place).public_key()) == (kek, public)
    signature, sign = keys.sign(b"data"), keys.signer()
    assert isinstance(signature, bytes)
    assert callable(sign)
    Ed25519PublicKey.from_public_bytes(public).verify(signature, b"data")
    assert sign(b"data") == signature


@pytest.mark.parametrize("kind", ["memory", "demo", "keyring"])
def test_a_withdrawn_gate_has_no_keys_any_more(tmp_path: Path, kind: str) -> None:
    keys = GateKeys(_stores(tmp_path)[kind])
    keys.make(SeededBytes("one"))
    keys.destroy()
    keys.destroy()
    assert (keys.kek(), keys.public_key(), keys.sign(b""), keys.signer()) == (KeyFault.MISSING,) * 4


def test_demo_keys_are_their_owners_alone(tmp_path: Path) -> None:
    place = DemoKeyStore(tmp_path / "keys")
    keys = GateKeys(place)
    keys.make(SeededBytes("one"))
    file = tmp_path / "keys" / "kek.key"
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    assert keys.kek() is KeyFault.UNSAFE
    file.chmod(0o600)
    file.write_bytes(b"short")
    assert keys.kek() is KeyFault.UNSAFE
    (tmp_path / "keys" / "device-key.key").write_bytes(b"short")
    assert keys.public_key() is KeyFault.UNSAFE
    (tmp_path / "other").write_bytes(b"")
    assert DemoKeyStore(tmp_path / "other" / "keys").save("kek", b"x") is KeyFault.LOCKED
    assert DemoKeyStore(tmp_path / "other" / "keys").load("kek") is KeyFault.LOCKED


@pytest.mark.parametrize(
    "backend",
    [fail.Keyring(), null.Keyring()],  # type: ignore[no-untyped-call]
)
def test_a_key_store_that_keeps_nothing_or_keeps_it_open_is_refused(backend: KeyringBackend) -> None:
    keys = GateKeys(KeyringStore("gatehouse:test", backend))
    assert keys.kek() is KeyFault.UNSAFE
    assert keys.make(SeededBytes("one")) is KeyFault.UNSAFE
    assert KeyringStore("x", backend).save("kek", b"x") is KeyFault.UNSAFE
    keys.destroy()


def test_a_chain_is_as_safe_as_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    chain: KeyringBackend = chainer.ChainerBackend()  # type: ignore[no-untyped-call]
    plain: KeyringBackend = null.Keyring()  # type: ignore[no-untyped-call]
    for parts, safe in (([], False), ([_Desktop()], True), ([_Desktop(), plain], False)):
        monkeypatch.setattr(chainer.ChainerBackend, "backends", parts)
        assert is_safe(chain) is safe


def test_a_locked_key_store_is_said(tmp_path: Path) -> None:
    desktop, memory = _Desktop(), MemoryKeyStore()
    store = KeyringStore("gatehouse:test", desktop)
    desktop.locked = memory.locked = True
    for place in (store, memory):
        assert GateKeys(place).make(SeededBytes("one")) is KeyFault.LOCKED
        assert place.save("kek", b"x") is KeyFault.LOCKED
    desktop.locked = False
    desktop.kept["gatehouse:test", "kek"] = "not hex"
    assert store.load("kek") is KeyFault.UNSAFE


def test_a_key_store_that_forgets_is_found_at_once() -> None:
    class Forgetful(_Desktop):
        def set_password(self, service: str, username: str, password: str) -> None:
            """Keep nothing."""

    Forgetful.__module__ = "keyring.backends.SecretService"
    assert KeyringStore("gatehouse:test", Forgetful()).save("kek", b"x") is KeyFault.LOCKED


def test_the_units_credential_is_needed_and_cannot_be_made(tmp_path: Path) -> None:
    place = SystemdKeyStore(tmp_path / "none", tmp_path)
    assert GateKeys(place).make(SeededBytes("one")) is KeyFault.MISSING
    assert place.load("device-key") is KeyFault.MISSING
    assert place.save("device-key", b"x") is KeyFault.MISSING
    (tmp_path / CREDENTIAL).write_bytes(b"short")
    assert SystemdKeyStore(tmp_path, tmp_path).load("kek") is KeyFault.UNSAFE
    assert SystemdKeyStore(tmp_path / CREDENTIAL, tmp_path).load("kek") is KeyFault.LOCKED


def test_a_sealed_device_key_opens_for_its_credential_alone(tmp_path: Path) -> None:
    place = _stores(tmp_path)["systemd"]
    assert place.save("device-key", bytes(32)) is None
    sealed = tmp_path / "device-key.sealed"
    assert bytes(32) not in sealed.read_bytes()
    (tmp_path / "other.sealed").write_bytes(sealed.read_bytes())
    assert place.load("other") is KeyFault.UNSAFE
    sealed.write_bytes(b"")
    assert place.load("device-key") is KeyFault.UNSAFE
    place.delete("device-key")
    assert place.load("device-key") is KeyFault.MISSING
    sealed.mkdir()
    assert place.load("device-key") is KeyFault.LOCKED
    assert SystemdKeyStore(tmp_path / "credentials", tmp_path / "nowhere").save("x", b"") is KeyFault.LOCKED


def test_which_key_store_a_gate_has(tmp_path: Path) -> None:
    assert isinstance(key_store_for(tmp_path, {}, demo=True), DemoKeyStore)
    _stores(tmp_path)
    given = {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    assert isinstance(key_store_for(tmp_path, given, demo=False), SystemdKeyStore)
    assert isinstance(key_store_for(tmp_path, {"CREDENTIALS_DIRECTORY": str(tmp_path)}, demo=False), KeyringStore)
    assert isinstance(key_store_for(tmp_path, {}, demo=False), KeyringStore)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's keys: what is made, who may read it, and what the signer will not sign."""

from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.codes import Category
from kiosk.domain.identity import CommitteeId, CompoundId, GateId
from kiosk.domain.passes.entry_pass import EntryPass
from kiosk.domain.register import PolicyRow
from kiosk.domain.trust.bundle import CompoundSite, KeyBundle, KeyKind, is_practice, read_bundle
from kiosk.domain.trust.policy_signature import check_policy
from sync.office.ca import needs_renewal, new_authority, new_server_certificate, read_authority
from sync.office.init import issuers_for
from sync.office.keys import DAY_S, KeyFault, KeyFolder
from sync.office.keys_bundle import current_bundle, make_bundle
from sync.office.signer import Application, Signer, SignRefusal
from sync.office.signer_log import SignerLog
from tests.unit.line.doubles import NOW_MS, NOW_S

J1, J2 = CommitteeId("J01"), CommitteeId("J02")
SITES = [
    CompoundSite(1, CompoundId("C01"), (GateId("G01"),), "合阳新村"),
    CompoundSite(2, CompoundId("C02"), (GateId("G02"),), "西泰苑"),
]
OF = {J1: [1], J2: [2]}
ONE, TWO = b"first passphrase", b"second passphrase"


class Time:
    """Office time that a test moves."""

    ms = NOW_MS

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    keys = KeyFolder(tmp_path / "keys")
    keys.make_roots((ONE, TWO))
    keys.make_issuer((J1,), NOW_S)
    keys.make_issuer((J2,), NOW_S)
    keys.make_policy(NOW_S)
    keys.make_service(NOW_S)
    make_bundle(keys, keys.root("active", ONE), SITES, OF, NOW_S)
    return keys


@pytest.fixture
def now() -> Time:
    return Time()


@pytest.fixture
def signer(folder: KeyFolder, tmp_path: Path, now: Time) -> Signer:
    return Signer(folder, SignerLog(tmp_path / "signer.log"), now, per_hour=5)


def application(number: int = 1, **changes: object) -> Application:
    claims = EntryPass(number.to_bytes(8), 1, Category.VISITOR, NOW_S, NOW_S + DAY_S)
    return replace(Application(f"a{number}", J1, frozenset({1}), claims, "li", 1), **changes)  # type: ignore[arg-type]


def bundle_of(folder: KeyFolder) -> KeyBundle:
    found = current_bundle(folder)
    assert found is not None
    return found[1]


def test_a_bundle_lists_every_key_for_its_committees_compounds(folder: KeyFolder) -> None:
    keys = bundle_of(folder).keys.values()
    assert [(key.kind, key.sites) for key in keys if key.kind is KeyKind.ISSUER] == [
        (KeyKind.ISSUER, (1,)), (KeyKind.ISSUER, (2,))
    ]  # fmt: skip
    assert {key.kind for key in keys} == set(KeyKind)


def test_either_root_signs_and_the_version_only_rises(folder: KeyFolder) -> None:
    first = bundle_of(folder).version
    make_bundle(folder, folder.root("spare", TWO), SITES, OF, NOW_S)
    make_bundle(folder, folder.root("active", ONE), SITES, OF, NOW_S - 5)
    assert bundle_of(folder).version == first + 2


def test_a_root_opens_only_with_its_own_passphrase(folder: KeyFolder) -> None:
    with pytest.raises(KeyFault):
        folder.root("active", TWO)


def test_roots_are_made_once(folder: KeyFolder) -> None:
    before = folder.roots()
    with pytest.raises(KeyFault):
        folder.make_roots((ONE, TWO))
    assert folder.roots() == before


def test_a_withdrawn_key_is_withdrawn_in_the_next_bundle(folder: KeyFolder) -> None:
    folder.revoke(b"\x01")
    data = make_bundle(folder, folder.root("active", ONE), SITES, OF, NOW_S + 1)
    bundle = read_bundle(data, folder.roots())
    assert isinstance(bundle, KeyBundle)
    assert bundle.keys[b"\x01"].revoked
    assert bundle.signer(b"\x01", KeyKind.ISSUER, NOW_S) is None


def test_a_demonstration_has_kids_that_no_real_gate_takes(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path)
    committees = [CommitteeId(f"J{number:02}") for number in range(1, 21)]
    made = [keys.make_issuer(shared, NOW_S, practice=True) for shared in issuers_for(committees, practice=True)]
    assert len(made) == 16
    assert all(is_practice(bytes.fromhex(listed.kid)) for listed in made)
    assert sorted(committee for listed in made for committee in listed.committees) == committees


def test_an_approved_application_is_signed(signer: Signer) -> None:
    assert str(signer.sign_pass(application())).startswith("EP1:")


REFUSED = {
    "nobody approved it": (application(approved_by=""), SignRefusal.NOT_APPROVED),
    "another committee's compound": (
        application(claims=replace(application().claims, site=2)), SignRefusal.OTHER_COMPOUND
    ),
    "a committee without a key": (application(committee=CommitteeId("J09")), SignRefusal.NO_KEY),
    "a life beyond the limit": (
        application(claims=replace(application().claims, exp=NOW_S + 50 * DAY_S)), SignRefusal.BAD_CLAIMS
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_the_signer_refuses_and_logs_it(why: str, signer: Signer, tmp_path: Path) -> None:
    asked, refusal = REFUSED[why]
    assert signer.sign_pass(asked) is refusal
    assert f'"{refusal.value}"'.encode() in (tmp_path / "signer.log").read_bytes()


def test_so_many_an_hour_and_no_more_even_after_a_restart(
    signer: Signer, folder: KeyFolder, tmp_path: Path, now: Time
) -> None:
    for number in range(1, 6):
        assert isinstance(signer.sign_pass(application(number)), str)
    assert signer.sign_pass(application(6)) is SignRefusal.TOO_MANY
    again = Signer(folder, SignerLog(tmp_path / "signer.log"), now, per_hour=5)
    assert again.sign_pass(application(7)) is SignRefusal.TOO_MANY
    now.ms += 3_600_000
    assert isinstance(again.sign_pass(application(8)), str)


def test_a_key_past_its_use_signs_nothing(signer: Signer, now: Time) -> None:
    now.ms += 31 * DAY_S * 1000
    assert signer.sign_pass(application()) is SignRefusal.NO_KEY


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_changed_line_of_the_signers_log_is_found(line: int, signer: Signer, tmp_path: Path) -> None:
    for number in range(1, 4):
        signer.sign_pass(application(number))
    path = tmp_path / "signer.log"
    assert SignerLog(path).verify() is None
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(b'"li"', b'"wu"')
    path.write_bytes(b"".join(lines))
    assert SignerLog(path).verify() == line + 1


def test_a_line_taken_out_of_the_signers_log_is_found(signer: Signer, tmp_path: Path) -> None:
    for number in range(1, 4):
        signer.sign_pass(application(number))
    path = tmp_path / "signer.log"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    assert SignerLog(path).verify() == 2


def test_a_policy_is_signed_for_the_gates(signer: Signer, folder: KeyFolder) -> None:
    row = PolicyRow("2020-02-14", NOW_MS, "x = 1")
    signed = replace(row, signed=signer.sign_policy(row, "li+wu").hex())
    assert check_policy(signed, bundle_of(folder)) is None


def test_private_keys_are_for_their_owner_alone(folder: KeyFolder) -> None:
    private = [path for path in folder.folder.rglob("*") if path.suffix in {".pem", ".bin"}]
    assert len(private) == 9
    assert all(path.stat().st_mode & 0o077 == 0 for path in private)
    assert all(path.parent.stat().st_mode & 0o077 == 0 for path in private)


def test_no_key_shows_itself_in_a_message(folder: KeyFolder) -> None:
    keys = folder.service()
    shown = repr(keys) + repr(keys.lists) + repr(folder.private(folder.newest(KeyKind.ISSUER)))
    assert keys.kek.hex() not in shown
    assert repr(keys.kek) not in shown
    assert "PrivateKey" not in shown


def test_a_certificate_is_renewed_a_month_ahead_and_for_a_new_address() -> None:
    authority = new_authority("测试", NOW_MS, bytes(range(16)))
    made = new_server_certificate(authority, ["10.0.0.1", "office.example"], NOW_MS, bytes(range(16)))
    day = DAY_S * 1000
    hosts = ("10.0.0.1", "office.example")
    assert not needs_renewal(made.certificate_pem, hosts, NOW_MS + 334 * day)
    assert needs_renewal(made.certificate_pem, hosts, NOW_MS + 336 * day)
    assert needs_renewal(made.certificate_pem, (*hosts, "10.0.0.2"), NOW_MS)


def test_an_authority_read_back_is_the_same() -> None:
    from sync.office.ca import private_pem

    authority = new_authority("测试", NOW_MS, bytes(range(16)))
    assert read_authority(authority.pem, private_pem(authority.key)).sha256 == authority.sha256

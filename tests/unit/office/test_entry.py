# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Who may come in: enrolment codes that work once, accounts and their sessions (trust.md 4, 7)."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain.identity import GateId
from kiosk.domain.trust.devices import DeviceList, read_devices
from sync.office.api.service import EnrolRefused
from sync.office.compose import Office
from sync.office.service.accounts import IDLE_MS, LIFE_MS, AccountFault, Accounts, Role, Session, User
from sync.office.service.enrolment import TOKEN_MS, EnrolFault
from sync.office.service.lists import DEVICE_LIST
from sync.office.store.devices import DeviceState
from sync.office.store.tables import enrol_token, session, user
from sync.wire.messages import EnrolAnswer
from tests.unit.office.offices import C1, G1, G2, START_MS, Clock, enrol_request, enrolled
from tests.unit.office.test_pull import bundle_of

PASSWORD = "a long one, to be sure"


def token_for(office: Office, gate: GateId = G1) -> str:
    with office.database.writing() as tx:
        token = office.enrolment.new_token(tx, gate, office.clock.wall_ms(), by="street")
    assert token is not None
    return token


def key(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(f"key{number}".encode()).digest())


def claim(office: Office, token: str, number: int = 1, gate: str | None = None) -> EnrolAnswer | EnrolRefused:
    return office.line.enrol(enrol_request(key(number), token, number, gate))


def test_a_claim_makes_a_device_that_the_signed_list_names(office: Office, folder: Path) -> None:
    answer = claim(office, token_for(office))
    assert isinstance(answer, EnrolAnswer)
    assert (answer.gate, answer.compound, answer.site, answer.epoch, len(answer.root_keys)) == (G1, C1, 1, 1, 2)
    with office.database.reading() as tx:
        held = office.lists.get(tx, DEVICE_LIST)
    assert held is not None
    devices = read_devices(held[1], bundle_of(office, folder))
    assert isinstance(devices, DeviceList)
    assert devices.devices[bytes.fromhex(answer.kid)].device == answer.device


def test_of_fifty_claims_with_one_token_exactly_one_wins(office: Office) -> None:
    token = token_for(office)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: claim(office, token, number), range(50)))
    refused = [answer for answer in answers if isinstance(answer, EnrolRefused)]
    assert len(refused) == 49
    assert {(answer.status, answer.error) for answer in refused} == {(409, "token_other_key")}
    with office.database.reading() as tx:
        assert len(office.devices.all(tx)) == 1
        assert sum(entry.get("refused", False) for entry in office.audit.entries(tx, limit=200)) == 49


def test_the_same_token_and_key_again_is_the_same_answer(office: Office) -> None:
    token = token_for(office)
    one, two = claim(office, token), claim(office, token)
    assert isinstance(one, EnrolAnswer)
    assert isinstance(two, EnrolAnswer)
    assert (one.device, one.kid) == (two.device, two.kid)


@pytest.mark.parametrize(("late_ms", "taken"), [(TOKEN_MS - 1, True), (TOKEN_MS, True), (TOKEN_MS + 1, False)])
def test_a_token_lives_a_quarter_of_an_hour(office: Office, late_ms: int, taken: bool) -> None:
    token = token_for(office)
    clock = office.clock
    assert isinstance(clock, Clock)
    clock.advance(late_ms)
    answer = claim(office, token)
    assert isinstance(answer, EnrolAnswer) is taken
    if isinstance(answer, EnrolRefused):
        assert (answer.status, answer.error) == (410, "token_used")


def test_each_fault_has_its_status(office: Office) -> None:
    token = token_for(office)
    assert claim(office, "0" * 32) == EnrolRefused(401, EnrolFault.UNKNOWN)
    assert claim(office, token, gate="G02") == EnrolRefused(409, EnrolFault.WRONG_GATE)
    newer = token_for(office)
    assert claim(office, token) == EnrolRefused(410, EnrolFault.USED)
    import msgspec

    forged = msgspec.structs.replace(enrol_request(key(1), newer), proof="A" * 86)
    assert office.line.enrol(forged) == EnrolRefused(400, EnrolFault.BAD_PROOF)
    assert isinstance(claim(office, newer), EnrolAnswer)
    with office.database.writing() as tx:
        assert office.enrolment.new_token(tx, GateId("G99"), START_MS, by="s") is None


def test_the_token_itself_is_nowhere(office: Office) -> None:
    token = token_for(office)
    claim(office, token)
    with office.database.reading() as tx:
        rows = str(tx.execute(enrol_token.select()).all())
    assert token not in rows
    assert bytes.fromhex(token) not in rows.encode()


def test_a_second_tablet_replaces_the_first(office: Office) -> None:
    first, second = enrolled(office, G2), enrolled(office, G2, seed=2)
    with office.database.reading() as tx:
        states = {device.id: device.state for device in office.devices.of_gate(tx, G2)}
    assert states == {first.device: DeviceState.REPLACED, second.device: DeviceState.ACTIVE}


def test_a_nonce_counts_once_in_ten_minutes(office: Office) -> None:
    clock = office.clock
    assert isinstance(clock, Clock)
    assert [office.line.take_nonce("d", "n"), office.line.take_nonce("d", "n"), office.line.take_nonce("e", "n")] == [
        True, False, True,
    ]  # fmt: skip
    clock.advance(600_000)
    assert not office.line.take_nonce("d", "n")
    clock.advance(1)
    assert office.line.take_nonce("d", "n")


def test_health_says_who_it_is_and_whether_it_can_commit(office: Office) -> None:
    health = office.line.health()
    assert (health.server, health.epoch, health.ready) == (office.identity.server, 1, True)


# accounts -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def accounts(office: Office) -> Accounts:
    quick = Accounts(office.ids, office.audit, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    with office.database.writing() as tx:
        assert isinstance(quick.add(tx, "zhang", "张", Role.STREET, PASSWORD, START_MS, by="t"), User)
    return quick


def log_in(
    office: Office, accounts: Accounts, password: str = PASSWORD, at_ms: int = START_MS, login: str = "zhang"
) -> Session | AccountFault:
    return accounts.log_in(office.database, login, password, at_ms)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("a" * 11, AccountFault.PASSWORD_LENGTH),
        ("ab" * 6, None),
        ("ab" * 64, None),
        ("ab" * 64 + "c", AccountFault.PASSWORD_LENGTH),
        ("QWERTYUIOP12", AccountFault.PASSWORD_COMMON),
        ("Street-Office", AccountFault.PASSWORD_IS_NAME),
    ],
    ids=["11", "12", "128", "129", "common", "name"],
)
def test_a_password_is_long_rare_and_not_the_name(
    office: Office, accounts: Accounts, password: str, fault: AccountFault | None
) -> None:
    with office.database.writing() as tx:
        told = accounts.add(tx, "street-office", "", Role.STREET, password, START_MS, by="t")
    assert (told if isinstance(told, AccountFault) else None) is fault


def test_a_committees_account_names_its_committee(office: Office, accounts: Accounts) -> None:
    with office.database.writing() as tx:
        assert accounts.add(tx, "ju", "", Role.COMMITTEE, PASSWORD, START_MS, by="t") is AccountFault.NO_COMMITTEE
        assert accounts.add(tx, "zhang", "", Role.STREET, PASSWORD, START_MS, by="t") is AccountFault.TAKEN


def test_after_five_wrong_tries_one_waits_longer_each_time_but_never_for_ever(
    office: Office, accounts: Accounts
) -> None:
    assert [log_in(office, accounts, "wrong") for _ in range(5)] == [AccountFault.WRONG] * 5
    at_ms = START_MS
    for wait_s in (30, 60, 120, 240, 480, 900, 900):
        assert log_in(office, accounts, at_ms=at_ms + wait_s * 1000 - 1) is AccountFault.WAIT
        at_ms += wait_s * 1000
        assert log_in(office, accounts, "wrong", at_ms) is AccountFault.WRONG
    assert isinstance(log_in(office, accounts, at_ms=at_ms + 900_000), Session)
    assert log_in(office, accounts, "wrong", at_ms + 900_000) is AccountFault.WRONG


def test_a_try_counts_before_its_hash_is_computed(office: Office, accounts: Accounts) -> None:
    class Dies(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library's name
            raise KeyboardInterrupt

    accounts._hasher = Dies()
    with pytest.raises(KeyboardInterrupt):
        log_in(office, accounts)
    with office.database.reading() as tx:
        assert tx.execute(user.select()).one().failures == 1


def test_a_session_is_stored_as_its_hash_and_ends_by_idling_or_age(office: Office, accounts: Accounts) -> None:
    begun = log_in(office, accounts)
    assert isinstance(begun, Session)
    with office.database.reading() as tx:
        stored = tx.execute(session.select()).one()
    assert stored.id_hash == sha256(begun.secret.encode()).digest()

    def alive(at_ms: int) -> bool:
        with office.database.writing() as tx:
            return accounts.session(tx, begun.secret, START_MS + at_ms) is not None

    assert alive(IDLE_MS)
    assert all(alive(at_ms) for at_ms in range(2 * IDLE_MS, LIFE_MS + 1, IDLE_MS))
    assert not alive(LIFE_MS + 1)
    assert not alive(LIFE_MS)


@pytest.mark.parametrize("act", ["password", "closed", "logged out"])
def test_a_change_of_the_account_ends_its_sessions(office: Office, accounts: Accounts, act: str) -> None:
    one, two = log_in(office, accounts), log_in(office, accounts)
    assert isinstance(one, Session)
    assert isinstance(two, Session)
    assert one.secret != two.secret
    with office.database.writing() as tx:
        if act == "password":
            assert isinstance(accounts.set_password(tx, "zhang", PASSWORD + "!", START_MS, by="t"), User)
        elif act == "closed":
            assert accounts.set_active(tx, "zhang", START_MS, by="t", active=False)
        else:
            accounts.end_all(tx, one.user.id)
        assert [accounts.session(tx, each.secret, START_MS) for each in (one, two)] == [None, None]
    if act == "closed":
        assert log_in(office, accounts) is AccountFault.WRONG


def test_an_unknown_account_costs_a_hash_too(office: Office, accounts: Accounts) -> None:
    counted: list[str] = []

    class Counts(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library's name
            counted.append("hash")
            return super().verify(hash, password)

    accounts._hasher = Counts(time_cost=1, memory_cost=64, parallelism=1)
    assert log_in(office, accounts, login="nobody") is AccountFault.WRONG
    assert log_in(office, accounts, "wrong") is AccountFault.WRONG
    assert counted == ["hash", "hash"]


def test_two_hashes_at_a_time_and_the_third_is_asked_to_come_back(office: Office, accounts: Accounts) -> None:
    assert accounts._two_at_a_time.acquire(blocking=False)
    assert accounts._two_at_a_time.acquire(blocking=False)
    assert log_in(office, accounts) is AccountFault.BUSY
    accounts._two_at_a_time.release()
    assert isinstance(log_in(office, accounts), Session)
    with office.database.reading() as tx:
        assert tx.execute(user.select()).one().failures == 0


def test_the_real_hash_is_argon2id_at_its_floor(office: Office) -> None:
    with office.database.writing() as tx:
        assert isinstance(office.accounts.add(tx, "real", "", Role.STREET, PASSWORD, START_MS, by="t"), User)
        stored = tx.execute(user.select()).one().password_hash
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=1$")

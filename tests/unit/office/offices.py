# SPDX-License-Identifier: LicenseRef-Gatehouse
"""An office of two compounds with real keys in a folder, and tablets that write a real log, for these tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain.codes import Category, ClockState, Direction, How, PassKind, PassState, Reason, ScanResult, Verdict
from kiosk.domain.events import Body, Draft, LogOpened, PassageStep, event_to_json, placed
from kiosk.domain.identity import (
    CommitteeId,
    CompoundId,
    DwellingId,
    EventId,
    GateId,
    PassageId,
    PassId,
    PersonId,
)
from kiosk.domain.log.canonical import canonical_bytes
from kiosk.domain.log.chain import first_hash, next_hash
from kiosk.domain.register import Compound, Dwelling, Gate, PassRow, Person
from kiosk.domain.trust.bundle import CompoundSite
from kiosk.domain.trust.sealing import personal_commitment
from kiosk.domain.trust.statements import EnrolProof, Head
from sync.office.compose import Office, OfficeKeys, build_office
from sync.office.keys import KeyFolder
from sync.office.keys_bundle import make_bundle
from sync.office.ports import OfficeIds
from sync.office.service.lists import KEY_BUNDLE
from sync.office.signer import Signer
from sync.office.signer_log import SignerLog
from sync.office.store.engine import sqlite_url
from sync.office.store.register import Committee
from sync.wire import base64url
from sync.wire.messages import EnrolAnswer, EnrolRequest, Personal, SyncAnswer, SyncRequest, UrgentEvent, WireEvent

START_MS = 1_582_156_800_000  # 2020-02-20 08:00 in Shanghai
JU = CommitteeId("J01")
C1, C2 = CompoundId("C01"), CompoundId("C02")
G1, G2, G3 = GateId("G01"), GateId("G02"), GateId("G03")


_OPENED = count()


class Clock:
    """Stands until it is moved."""

    def __init__(self, at_ms: int = START_MS) -> None:
        self.at_ms = at_ms

    def wall_ms(self) -> int:
        return self.at_ms

    def advance(self, ms: int) -> None:
        self.at_ms += ms


class Ids:
    """Bytes by counter, the same in every run."""

    def __init__(self, seed: str = "office") -> None:
        self._seed = seed
        self._count = 0

    def random(self, count: int) -> bytes:
        out = b""
        while len(out) < count:
            self._count += 1
            out += sha256(f"{self._seed}{self._count}".encode()).digest()
        return out[:count]

    def new_id(self) -> str:
        return self.random(16).hex()


def found_office(
    folder: Path, clock: Clock | None = None, db_url: str | None = None, ids: OfficeIds | None = None
) -> Office:
    """An office with C01 (G01, G02) and C02 (G03) of one committee."""
    clock = clock or Clock()
    keys = KeyFolder(folder / "keys")
    now_s = clock.at_ms // 1000
    if not keys.register():
        keys.make_roots((b"active", b"spare"))
        keys.make_service(now_s - 86_400)
        keys.make_policy(now_s - 86_400)
        keys.make_issuer((JU,), now_s - 86_400)
    signer = Signer(keys, SignerLog(folder / "signer.log"), clock.wall_ms, per_hour=100_000)
    office = build_office(
        db_url or sqlite_url(folder / "office.db"),
        clock,
        ids or Ids(f"office{next(_OPENED)}"),
        OfficeKeys(keys.service(), signer, keys.roots),
    )
    with office.database.writing() as tx:
        if office.book.gates(tx):
            return office
        office.book.put(
            tx,
            [
                Committee(JU, "甘泉一村居委会", "021-00550110"),
                Compound(C1, "甘泉一村", 1, JU),
                Compound(C2, "西泰苑", 2, JU),
                Gate(G1, C1, "1号门"),
                Gate(G2, C1, "2号门"),
                Gate(G3, C2, "大门"),
            ],
            clock.at_ms,
        )
        sites = [CompoundSite(1, C1, (G1, G2), "甘泉一村"), CompoundSite(2, C2, (G3,), "西泰苑")]
        data = make_bundle(keys, keys.root("active", b"active"), sites, {JU: (1, 2)}, now_s)
        office.lists.publish(tx, KEY_BUNDLE, now_s, data, clock.at_ms)
    return office


def nonce(number: int = 0) -> str:
    return base64url.text(number.to_bytes(16, "big"))


@dataclass
class Tablet:
    """A gate's tablet: makes events in a chain, and asks as the line's client does."""

    office: Office
    answer: EnrolAnswer
    key: Ed25519PrivateKey
    epoch: int = 1
    events: list[WireEvent] = field(default_factory=list)
    acked: int = 0
    cursors: dict[str, str] = field(default_factory=dict)
    made: int = 0

    @property
    def device(self) -> str:
        return self.answer.device

    @property
    def gate(self) -> GateId:
        return GateId(self.answer.gate)

    def base(self, index: int) -> str:
        return self.events[index - 1].h if index else first_hash(self.device, self.epoch).hex()

    def write(self, body: Body, at_ms: int | None = None, personal: dict[str, Any] | None = None) -> WireEvent:
        """The next event of the log."""
        self.made += 1
        event_id = EventId(sha256(f"{self.device}{self.epoch}{self.made}".encode()).hexdigest()[:32])
        at = at_ms if at_ms is not None else self.office.clock.wall_ms()
        draft = Draft(event_id, at, self.made * 1000, 1, ClockState.OK, self.gate, body)
        part, pc = None, None
        if personal is not None:
            salt = sha256(event_id.encode()).digest()
            plain = canonical_bytes(personal, 32768)
            pc = personal_commitment(salt, plain).hex()
            part = Personal(salt=salt.hex(), c=plain.decode())
        canon = canonical_bytes(event_to_json(placed(draft, len(self.events) + 1, pc)))
        prev = bytes.fromhex(self.base(len(self.events)))
        event = WireEvent(c=canon.decode(), h=next_hash(prev, canon).hex(), p=part)
        self.events.append(event)
        return event

    def open(self) -> WireEvent:
        return self.write(LogOpened("NEW"))

    def passage(
        self, number: int, direction: Direction = Direction.IN, at_ms: int | None = None, **facts: Any
    ) -> WireEvent:
        """A recorded entry or exit in one event."""
        values: dict[str, Any] = {
            "how": How.SCAN, "verdict": Verdict.ADMIT, "reason": Reason.PASS_OK, "rule": "R40",
            "scan_result": ScanResult.OK, "recorded": True, "final": True, "policy": "2020-02-14", **facts,
        }  # fmt: skip
        key = PassageId(sha256(f"{self.device}p{number}".encode()).hexdigest()[:32])
        return self.write(PassageStep(key, 1, direction, **values), at_ms)

    def request(
        self,
        events: Sequence[WireEvent] = (),
        base: str = "",
        pull: dict[str, str] | None = None,
        urgent: Sequence[UrgentEvent] = (),
        head: tuple[int, str] | None = None,
    ) -> SyncRequest:
        seq, head_hash = head if head is not None else (len(self.events), self.base(len(self.events)))
        sig = Head(self.device, self.epoch, seq, head_hash).signed(self.key.sign)
        return SyncRequest(
            proto=1, schema=1, app="test", device=self.device, epoch=self.epoch, nonce=nonce(),
            sent_at_ms=self.office.clock.wall_ms(), head_seq=seq, head_hash=head_hash, head_sig=sig, base=base,
            events=tuple(events), urgent=tuple(urgent), pull=pull or {},
        )  # fmt: skip

    def send(self, first: int = 0, last: int | None = None, pull: dict[str, str] | None = None) -> SyncAnswer:
        """Send the events of these indexes (from 0, end excluded)."""
        return self.ask(self.request(self.events[first:last], self.base(first), pull))

    def ask(self, request: SyncRequest) -> SyncAnswer:
        answer = self.office.exchange.sync(request)
        assert isinstance(answer, SyncAnswer), answer
        return answer


def enrolled(office: Office, gate: GateId = G1, seed: int = 1) -> Tablet:
    """A tablet enrolled for a gate, its log opened."""
    key = Ed25519PrivateKey.from_private_bytes(sha256(f"tablet{gate}{seed}".encode()).digest())
    with office.database.writing() as tx:
        token = office.enrolment.new_token(tx, gate, office.clock.wall_ms(), by="test")
        assert token is not None
        answer = office.enrolment.claim(tx, enrol_request(key, token), office.clock.wall_ms())
    assert isinstance(answer, EnrolAnswer), answer
    tablet = Tablet(office, answer, key)
    tablet.open()
    return tablet


def enrol_request(key: Ed25519PrivateKey, token: str, number: int = 0, gate: str | None = None) -> EnrolRequest:
    public = base64url.text(key.public_key().public_bytes_raw())
    proof = EnrolProof(token, public, nonce(number)).signed(key.sign)
    return EnrolRequest(
        proto=1,
        token=token,
        pubkey=public,
        nonce=nonce(number),
        proof=proof,
        app="test",
        os="linux",
        schema=1,
        gate=gate,
    )


def pass_id(number: int) -> PassId:
    return PassId(f"{number:016x}")


def person_id(number: int) -> PersonId:
    return PersonId(sha256(f"person{number}".encode()).hexdigest()[:32])


def resident(number: int, compound: CompoundId = C1, name: str = "张三") -> tuple[Dwelling, Person, PassRow]:
    """A flat, its resident, and the resident's pass."""
    home = DwellingId(sha256(f"dwelling{number}".encode()).hexdigest()[:32])
    who = person_id(number)
    return (
        Dwelling(home, compound, str(number % 40 + 1), "1", f"{number % 6 + 1}02"),
        Person(
            who, Category.LOCAL, compound, home, name=name, phone=f"1000000{number:04d}", sex="F", birth_year=1950,
            initials=("zs",), registered_at_ms=START_MS - 86_400_000,
        ),
        PassRow(
            pass_id(number), compound, PassKind.RESIDENT, Category.LOCAL, PassState.ACTIVE, START_MS - 86_400_000,
            START_MS + 30 * 86_400_000, START_MS - 86_400_000, START_MS - 86_400_000, person=who, dwelling=home,
        ),
    )  # fmt: skip

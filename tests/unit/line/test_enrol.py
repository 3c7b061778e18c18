# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Enrolment over TLS: one code makes one gate, and only of the office whose CA stands in the code."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.adapters.clock import SystemClock
from kiosk.adapters.ids import FreshIds
from sync.client.enrol import EnrolFault, Enrolled, Enrolment, EnrolStage, fetch_ca, read_code
from sync.client.signing import Sign
from sync.wire.messages import EnrolCode
from tests.unit.line.doubles import GATE, ROOTS, MemoryOffice, bundle_bytes, key, public
from tests.unit.line.tls import TlsOffice, tls_office, transport

TOKEN = "ab" * 16


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsOffice]:
    office = MemoryOffice(SystemClock().wall_ms)
    with tls_office(tmp_path_factory.mktemp("office"), office) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(served: TlsOffice) -> None:
    served.office.tokens.clear()
    served.office.bundle = bundle_bytes()
    served.office.token(TOKEN)


class OwnKey:
    """A device key in memory."""

    def __init__(self, number: int = 30) -> None:
        self.private = key(number)

    def make(self) -> bytes | None:
        return public(self.private)

    def signer(self) -> Sign | None:
        return self.private.sign


class NoKey(OwnKey):
    def make(self) -> bytes | None:
        return None


def code(served: TlsOffice, **changes: object) -> EnrolCode:
    plain = {"v": 1, "url": served.url, "token": TOKEN, "ca": served.ca_sha256, "gate": GATE, **changes}
    read = read_code(json.dumps(plain))
    assert isinstance(read, EnrolCode)
    return read


def enrolment(served: TlsOffice, own: OwnKey | None = None, stages: list[EnrolStage] | None = None) -> Enrolment:
    clock = SystemClock()
    return Enrolment(
        own or OwnKey(), FreshIds(clock), clock.wall_ms, lambda _: transport(served), "test",
        progress=(stages if stages is not None else []).append,
    )  # fmt: skip


def test_a_code_makes_a_gate_that_knows_its_office(served: TlsOffice) -> None:
    stages: list[EnrolStage] = []
    claimed = enrolment(served, stages=stages).claim(code(served))
    assert isinstance(claimed, Enrolled)
    assert claimed.identity.gate == GATE
    assert claimed.identity.url == served.url
    assert claimed.roots == tuple(public(root) for root in ROOTS)
    assert not claimed.identity.demo
    assert abs(claimed.offset_ms) < 5_000
    assert stages == [EnrolStage.CERTIFICATE, EnrolStage.KEY, EnrolStage.CLAIM, EnrolStage.TRUST]


def test_the_same_device_asking_again_gets_the_same(served: TlsOffice) -> None:
    one, two = (enrolment(served).claim(code(served)) for _ in range(2))
    assert isinstance(one, Enrolled)
    assert isinstance(two, Enrolled)
    assert one.identity == two.identity


def test_another_device_with_the_same_code_is_refused(served: TlsOffice) -> None:
    assert isinstance(enrolment(served).claim(code(served)), Enrolled)
    assert enrolment(served, OwnKey(31)).claim(code(served)) is EnrolFault.USED


def test_of_fifty_devices_with_one_code_one_becomes_the_gate(served: TlsOffice) -> None:
    results: list[Enrolled | EnrolFault] = []
    start = threading.Barrier(50)

    def claim(number: int) -> None:
        one = enrolment(served, OwnKey(100 + number))
        start.wait()
        results.append(one.claim(code(served)))

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(result, Enrolled) for result in results) == 1
    assert {result for result in results if isinstance(result, EnrolFault)} == {EnrolFault.USED}


def test_a_code_that_is_too_late_says_so(served: TlsOffice) -> None:
    served.office.token(TOKEN, until_ms=0)
    assert enrolment(served).claim(code(served)) is EnrolFault.LATE


def test_a_code_that_the_office_does_not_know(served: TlsOffice) -> None:
    assert enrolment(served).claim(code(served, token="cd" * 16)) is EnrolFault.UNKNOWN


def test_a_code_of_another_gate(served: TlsOffice) -> None:
    assert enrolment(served).claim(code(served, gate="G07")) is EnrolFault.OTHER_GATE


def test_another_ca_stops_it_before_anything_is_sent(served: TlsOffice) -> None:
    assert enrolment(served).claim(code(served, ca="00" * 32)) is EnrolFault.CA_DIFFERS
    assert served.office.tokens[TOKEN].answer is None


def test_a_key_store_that_does_not_answer_stops_it(served: TlsOffice) -> None:
    assert enrolment(served, NoKey()).claim(code(served)) is EnrolFault.KEY_STORE


def test_an_office_out_of_reach_may_be_tried_again() -> None:
    assert fetch_ca("https://127.0.0.1:1", "00" * 32) is EnrolFault.NO_OFFICE
    assert EnrolFault.NO_OFFICE.try_again


def test_a_bundle_that_the_named_roots_did_not_sign_is_not_trusted(served: TlsOffice) -> None:
    served.office.bundle = bundle_bytes(root=key(9))
    assert enrolment(served).claim(code(served)) is EnrolFault.BAD_ANSWER


def test_an_office_of_practice_keys_is_a_demonstration(served: TlsOffice) -> None:
    served.office.bundle = bundle_bytes(issuer_kid=b"\xe0")
    claimed = enrolment(served).claim(code(served))
    assert isinstance(claimed, Enrolled)
    assert claimed.identity.demo


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "EP1:ABC",
        "[]",
        '{"v":1}',
        '{"v":2,"url":"https://x","token":"' + "ab" * 16 + '","ca":"' + "ab" * 32 + '","gate":"G01"}',
        '{"v":1,"url":"http://x","token":"' + "ab" * 16 + '","ca":"' + "ab" * 32 + '","gate":"G01"}',
        '{"v":1,"url":"https://u:p@x","token":"' + "ab" * 16 + '","ca":"' + "ab" * 32 + '","gate":"G01"}',
        '{"v":1,"url":"https://[","token":"' + "ab" * 16 + '","ca":"' + "ab" * 32 + '","gate":"G01"}',
        '{"v":1,"url":"https://x?y","token":"' + "ab" * 16 + '","ca":"' + "ab" * 32 + '","gate":"G01"}',
        '{"v":1,"url":"https://x","token":"short","ca":"' + "ab" * 32 + '","gate":"G01"}',
        "x" * 600,
    ],
    ids=range(12),
)
def test_what_is_no_code_is_said_to_be_none(text: str) -> None:
    assert read_code(text) is EnrolFault.NOT_A_CODE


def test_the_code_fits_a_small_symbol(served: TlsOffice) -> None:
    import segno

    plain = {"v": 1, "url": "https://192.168.100.100:8443", "token": TOKEN, "ca": "ab" * 32, "gate": "G01"}
    text = json.dumps(plain, separators=(",", ":"))
    assert isinstance(read_code(text), EnrolCode)
    assert int(segno.make(text, error="m", micro=False).version) <= 10


def test_what_the_file_says_is_what_the_symbol_says(tmp_path: Path, served: TlsOffice) -> None:
    file = tmp_path / "code.json"
    file.write_bytes(
        json.dumps({"v": 1, "url": served.url, "token": TOKEN, "ca": served.ca_sha256, "gate": GATE}).encode() + b"\n"
    )
    assert read_code(file.read_bytes()) == code(served)

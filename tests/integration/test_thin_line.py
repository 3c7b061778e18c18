# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The whole line on real parts: an office is founded and serves over TLS, a gate enrols, events and lists pass."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.adapters.clock import SystemClock
from kiosk.adapters.ids import FreshIds
from kiosk.adapters.keystore import GateKeys, MemoryKeyStore
from kiosk.domain.codes import Category
from kiosk.domain.identity import GateId, PersonId
from kiosk.domain.register import Person, PolicyRow
from kiosk.domain.trust.revocations import RevocationKind
from kiosk.domain.trust.stored_revocations import read_stored
from sync.client.enrol import EnrolFault, Enrolled, Enrolment
from sync.client.http import HttpTransport
from sync.client.transport import Request, TransportFault
from sync.office.enrol_code import write_code
from sync.office.init import (
    AlreadyThere,
    Birth,
    UserRefused,
    found_office,
)
from tests.integration.street import C1, Running, Tablet, enrolled, founding, held, serving
from tests.postgres import ENGINES, Cluster
from ui.cli.enrolling import OwnKey


@pytest.fixture(scope="module", params=ENGINES)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("street") / "office"
    if request.param == "sqlite":
        with serving(folder) as found:
            yield found
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    url = cluster.fresh()
    with serving(folder, db=url) as found:
        yield found
    cluster.drop(url)


@pytest.fixture(scope="module")
def tablet(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tablet]:
    found = enrolled(running, tmp_path_factory.mktemp("gate"))
    yield found
    found.close()


def test_the_office_is_born_in_its_order(running: Running) -> None:
    assert running.steps == list(Birth)
    assert running.founded.paper is not None
    assert running.founded.paper.json_file.exists()
    assert len(running.founded.passphrase_files) == 2


def test_no_secret_of_the_office_can_be_read_by_others(running: Running) -> None:
    secret = [path for path in running.home.folder.rglob("*") if path.suffix in {".key", ".bin", ".passphrase"}]
    secret += list((running.home.keys.folder).rglob("*.pem"))
    assert len(secret) >= 9
    assert [path for path in secret if path.stat().st_mode & 0o077] == []


def test_a_second_founding_leaves_the_first_as_it_is(running: Running) -> None:
    clock = SystemClock()
    with pytest.raises(AlreadyThere):
        found_office(running.home.folder, founding(), clock, FreshIds(clock))
    assert running.home.settings().name == "甘泉路街道"


def test_a_founding_that_breaks_off_leaves_no_office(tmp_path: Path) -> None:
    clock = SystemClock()
    with pytest.raises(UserRefused):
        found_office(tmp_path / "office", founding(password="short"), clock, FreshIds(clock))
    assert list(tmp_path.iterdir()) == []


def test_an_enrolled_gate_has_all_its_lists(tablet: Tablet) -> None:
    assert tablet.identity.demo
    assert tablet.store.key_bundle() is not None
    assert tablet.store.device_list() is not None
    assert tablet.store.revocations() is not None
    assert tablet.store.list_made_at_ms() is not None
    versions = {row.version for row in tablet.store.rows() if isinstance(row, PolicyRow)}
    assert versions == {"2020-02-14", "2020-03-24"}


def test_events_reach_the_office_once_and_are_receipted(running: Running, tablet: Tablet) -> None:
    tablet.record(450)
    assert tablet.line.run_until_idle()
    head = tablet.store.head()[0]
    assert held(running, tablet) == list(range(1, head + 1))
    assert tablet.store.sync_state().pending == 0


def test_a_person_put_on_the_register_comes_down(running: Running, tablet: Tablet) -> None:
    row = Person(PersonId("ab" * 16), Category.LOCAL, C1, name="王小明")
    with running.office.database.writing() as tx:
        running.office.book.put(tx, [row], running.office.clock.wall_ms())
    assert tablet.line.run_until_idle()
    assert row in list(tablet.store.rows())


def test_a_lost_card_is_known_at_the_gate_after_its_next_poll(running: Running, tablet: Tablet) -> None:
    from kiosk.domain.identity import PassId

    with running.office.database.writing() as tx:
        now_ms = running.office.clock.wall_ms()
        lost = [(PassId("0102030405060708"), RevocationKind.LOST)]
        running.office.revocations.add(tx, lost, now_ms, by="test", why="lost")
    assert tablet.line.run_until_idle()
    data = tablet.store.revocations()
    assert data is not None
    kept = read_stored(data)
    assert kept is not None
    assert kept.problem_of(bytes.fromhex("0102030405060708")) is RevocationKind.LOST


def test_a_withdrawn_gate_keeps_and_delivers_what_it_has(running: Running, tmp_path: Path) -> None:
    gate = enrolled(running, tmp_path, "G02")
    gate.record(30)
    with running.office.database.writing() as tx:
        now_ms = running.office.clock.wall_ms()
        assert running.office.enrolment.revoke(tx, gate.identity.device, now_ms, by="test", why="lost tablet")
    gate.line.turn(asked=True)
    assert gate.store.sync_state().pending == 30
    assert gate.line.status().revoked
    assert gate.line.run_until_idle()
    assert held(running, gate) == list(range(1, 32))
    gate.close()


def test_a_stranger_gets_nothing(running: Running, tablet: Tablet) -> None:
    clock = SystemClock()
    transport = HttpTransport(running.home.ca_file, clock)
    paths = ("/v1/snapshot/C01?scope=roster:C01", "/v1/gates/G01/events", "/v1/sync")
    for path in paths:
        method = "POST" if path.endswith("sync") else "GET"
        answer = transport.send(Request(method, running.url + path))
        assert not isinstance(answer, TransportFault)
        assert answer.status == 401
    transport.close()


def test_of_fifty_tablets_with_one_code_one_becomes_the_gate(running: Running) -> None:
    paper = write_code(running.office, running.home, running.url, GateId("G02"), by="test")
    assert paper is not None
    results: list[Enrolled | EnrolFault] = []
    start = threading.Barrier(50)

    def claim() -> None:
        clock = SystemClock()
        keys = GateKeys(MemoryKeyStore())
        ids = FreshIds(clock)
        one = Enrolment(
            OwnKey(keys, ids), ids, clock.wall_ms, lambda _: HttpTransport(running.home.ca_file, clock), "test"
        )
        start.wait()
        results.append(one.claim(paper.code))

    threads = [threading.Thread(target=claim) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(result, Enrolled) for result in results) == 1
    assert [result for result in results if isinstance(result, EnrolFault)] == [EnrolFault.USED] * 49

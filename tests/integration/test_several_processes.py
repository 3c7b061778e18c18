# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Two `gate-office serve` on one PostgreSQL: any of them may answer any request (sync-and-store.md 10)."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kiosk.adapters.clock import SystemClock
from kiosk.adapters.ids import FreshIds
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.domain.codes import Category
from kiosk.domain.identity import PersonId
from kiosk.domain.register import Person
from sync.client.line import Line, Link
from sync.office.compose import Office, open_office
from sync.office.service.accounts import Session
from sync.office.service.line import OfficeLine
from sync.office.service.revocations import REFRESH_MS
from tests.integration.street import C1, Running, Tablet, enrolled, held, serving
from tests.postgres import Cluster


@dataclass(frozen=True, slots=True)
class Pair:
    """An office of which two processes serve; `running` is a third, in this one."""

    running: Running
    urls: tuple[str, str]


@contextmanager
def process(folder: Path) -> Iterator[str]:
    """`gate-office serve` of a folder on a free port; its URL."""
    command = [sys.executable, "-P", "-m", "sync.cli.main", "serve", "--dir", str(folder), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        try:
            yield child.stdout.readline().split()[-1]
        finally:
            child.terminate()
            child.wait(20)


@pytest.fixture(scope="module")
def pair(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("street") / "office"
    url = postgres.fresh()
    with ExitStack() as stack:
        running = stack.enter_context(serving(folder, db=url))
        one, two = stack.enter_context(process(folder)), stack.enter_context(process(folder))
        yield Pair(running, (one, two))
    postgres.drop(url)


def at(tablet: Tablet, url: str, folder: Path) -> Line:
    """The tablet's line, to another of the office's processes."""
    clock = SystemClock()
    keys = GateKeys(DemoKeyStore(folder / "keys"))
    sign = keys.signer()
    assert callable(sign)
    identity = replace(tablet.identity, url=url)
    old = tablet.line._link
    return Line(Link(tablet.store, tablet.transport, clock, FreshIds(clock), identity, old.roots, sign))


def test_gates_sync_through_either_and_each_event_is_there_once(pair: Pair, tmp_path: Path) -> None:
    tablets = [enrolled(pair.running, tmp_path / gate, gate) for gate in ("G01", "G02")]
    lines = [[at(t, url, tmp_path / g) for url in pair.urls] for t, g in zip(tablets, ("G01", "G02"), strict=True)]

    def day(number: int) -> None:
        for turn in range(4):
            tablets[number].record(60)
            assert lines[number][(turn + number) % 2].run_until_idle()

    threads = [threading.Thread(target=day, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for tablet in tablets:
        assert held(pair.running, tablet) == list(range(1, tablet.store.head()[0] + 1))
        assert tablet.store.sync_state().pending == 0

    row = Person(PersonId("cd" * 16), Category.LOCAL, C1, name="李梅")
    office = pair.running.office
    with office.database.writing() as tx:
        office.book.put(tx, [row], office.clock.wall_ms())
    for number, tablet in enumerate(tablets):
        assert lines[number][number].run_until_idle()
        assert row in list(tablet.store.rows())
        tablet.close()


def test_a_nonce_counts_once_whichever_process_sees_it(pair: Pair) -> None:
    clock = SystemClock()
    office = pair.running.office
    other = open_office(pair.running.home.folder, clock, FreshIds(clock))
    start = threading.Barrier(10)
    taken: list[bool] = []

    def use(line: OfficeLine) -> None:
        start.wait()
        taken.append(line.take_nonce("d" * 32, "AAAAAAAAAAAAAAAAAAAAAA"))

    threads = [threading.Thread(target=use, args=(one.line,)) for one in (office, other) * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sorted(taken) == [False] * 9 + [True]


def test_a_list_that_is_due_is_signed_by_one_of_them(pair: Pair) -> None:
    clock = SystemClock()
    office = pair.running.office
    other = open_office(pair.running.home.folder, clock, FreshIds(clock))
    due_ms = clock.wall_ms() + 2 * REFRESH_MS
    start = threading.Barrier(2)
    signed: list[bool] = []

    def refresh(one: Office) -> None:
        start.wait()
        with one.database.writing() as tx:
            signed.append(one.revocations.refresh(tx, due_ms))

    threads = [threading.Thread(target=refresh, args=(one,)) for one in (office, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sorted(signed) == [False, True]


def test_a_sign_in_at_one_is_known_to_the_other(pair: Pair) -> None:
    clock = SystemClock()
    office = pair.running.office
    other = open_office(pair.running.home.folder, clock, FreshIds(clock))
    told = office.accounts.log_in(office.database, "admin", "correct horse battery", clock.wall_ms())
    assert isinstance(told, Session)
    with other.database.writing() as tx:
        assert other.accounts.session(tx, told.secret, clock.wall_ms()) is not None
    other.close()

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What operators watch: the age of the copies; a process that is full says when to come again (sync-and-store.md)."""

import asyncio
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from kiosk.domain.instants import DAY_MS
from sync.office.api.crowd import Crowd
from sync.office.api.line import Line
from sync.office.backup import Copied, make_copy, note_made
from sync.office.compose import Office
from sync.office.health import Copies, copies
from sync.office.serve import office_app
from sync.office.service.audit import Entry
from tests.unit.office.browser import Browser
from tests.unit.office.offices import START_MS

HOUR_MS = 3_600_000


def known(office: Office, folder: Path, now_ms: int) -> Copies:
    with office.database.reading() as tx:
        return copies(tx, folder, now_ms)


def test_the_newest_and_the_oldest_copy_have_their_ages(office: Office, tmp_path: Path) -> None:
    for hours in (0, 24):
        assert isinstance(make_copy(office.database, tmp_path, START_MS + hours * HOUR_MS), Copied)
    assert known(office, tmp_path, START_MS + 25 * HOUR_MS) == Copies(
        good=True, newest_age_s=3_600, oldest_age_s=25 * 3_600, verified=True, count=2
    )


def test_a_copy_that_is_two_days_old_is_somebodys_to_look_at(office: Office, tmp_path: Path) -> None:
    made = make_copy(office.database, tmp_path, START_MS)
    assert isinstance(made, Copied)
    assert known(office, tmp_path, START_MS + 50 * HOUR_MS).good
    assert not known(office, tmp_path, START_MS + 51 * HOUR_MS).good
    note_made(office.database, made.manifest, START_MS + 30 * HOUR_MS)
    elsewhere = known(office, tmp_path, START_MS + 51 * HOUR_MS)
    assert elsewhere.good, "one that was made elsewhere counts"
    assert elsewhere.newest_age_s == 21 * 3_600


def test_a_young_office_may_be_without_a_copy_and_an_older_one_may_not(office: Office, tmp_path: Path) -> None:
    with office.database.writing() as tx:
        office.audit.note(tx, Entry("office", "user.add"), START_MS)
    assert known(office, tmp_path, START_MS + HOUR_MS) == Copies(
        good=True, newest_age_s=None, oldest_age_s=None, verified=False, count=0
    )
    assert not known(office, tmp_path, START_MS + 3 * DAY_MS).good


@pytest.mark.parametrize(("good", "status"), [(True, 200), (False, 503)])
def test_one_truth_that_fails_makes_a_503_and_numbers_do_not(office: Office, good: bool, status: int) -> None:
    found = {"database": True, "backup": good, "copies": {"newest_age_s": 0, "verified": False}}
    app = office_app(Line(office.line, office.clock.wall_ms, b""), lambda: found)
    page = Browser(app).get("/healthz")
    assert page.status == status
    assert '"newest_age_s":0' in page.text


class Slow:
    """An application that answers once it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def asked(crowd: Crowd, path: str = "/v1/sync") -> tuple[int, str]:
    """Status and Retry-After."""
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        told.append(message)

    await crowd({"type": "http", "path": path}, receive, send)
    headers = dict(told[0]["headers"])
    return told[0]["status"], headers.get(b"retry-after", b"").decode()


def test_a_full_process_tells_the_rest_when_to_come_again() -> None:
    async def play() -> None:
        slow = Slow()
        crowd = Crowd(slow, at_once=2)
        inside = [asyncio.ensure_future(asked(crowd)) for _ in range(2)]
        stream = asyncio.ensure_future(asked(crowd, "/wall/live"))
        watch = asyncio.ensure_future(asked(crowd, "/healthz"))
        await asyncio.sleep(0)
        turned = [await asked(crowd) for _ in range(6)]
        assert {status for status, _ in turned} == {503}
        assert sorted({int(wait) for _, wait in turned}) == [1, 2, 3, 4, 5], "not all at the same second again"
        slow.go.set()
        assert [await one for one in (*inside, stream, watch)] == [(200, "")] * 4
        assert await asked(crowd) == (200, ""), "and there is room again"

    asyncio.run(play())

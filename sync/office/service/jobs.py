# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Work that takes longer than a page may: done behind, its progress told, its file sealed (interface.md 11).

A job is asked for by a page, runs in a thread of this process, and is looked at on `/jobs/{id}` by the account that
asked alone. A process that ends leaves its jobs BROKEN: nothing half done is kept, because a job commits at its end.
"""

import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from sync.office.ports import OfficeClock, OfficeIds
from sync.office.store.engine import Database
from sync.office.store.tables import job, job_file
from sync.office.store.vault import Vault

_KEPT_MS = 24 * 3_600_000
_log = logging.getLogger(__name__)


class JobState(StrEnum):
    """任务状态."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class JobFile:
    """任务文件."""

    name: str
    media: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """任务结果: `text` a key of the page texts with `values` (counts and codes only), `to` where to go on."""

    text: str = ""
    values: Mapping[str, int | str] = field(default_factory=dict)
    to: str = ""
    file: JobFile | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """任务: as its page shows it."""

    id: str
    kind: str
    by: str
    state: JobState
    done: int
    total: int
    made_at_ms: int
    text: str
    values: Mapping[str, int | str]
    to: str
    has_file: bool


Told = Callable[[int, int], None]
"""进度: so many done, of so many."""


class Jobs:
    """后台任务."""

    def __init__(
        self, database: Database, vault: Vault, ids: OfficeIds, clock: OfficeClock, threads: Executor | None = None
    ) -> None:
        """Take the stores; `threads` where jobs run: two of this process's own unless given."""
        self._database = database
        self._vault = vault
        self._ids = ids
        self._clock = clock
        self._threads = threads or ThreadPoolExecutor(2, thread_name_prefix="office-job")
        self._progress: dict[str, tuple[int, int]] = {}

    def recover(self) -> None:
        """At start: what a former process left running will not end; what is a day old goes, with its file."""
        with self._database.writing() as tx:
            left = job.c.state.in_((JobState.WAITING.value, JobState.RUNNING.value))
            tx.execute(update(job).where(left).values(state=JobState.BROKEN.value, ended_at_ms=self._clock.wall_ms()))
            old = select(job.c.id).where(job.c.made_at_ms < self._clock.wall_ms() - _KEPT_MS)
            tx.execute(delete(job_file).where(job_file.c.job_id.in_(old)))
            tx.execute(delete(job).where(job.c.made_at_ms < self._clock.wall_ms() - _KEPT_MS))

    def start(self, kind: str, by: str, work: Callable[[Told], Ended]) -> str:
        """Have work done behind; the job's id. Call it outside a transaction: the job is there when this returns."""
        new = self._ids.new_id()
        row = {"id": new, "kind": kind, "by": by, "state": JobState.WAITING.value, "done": 0, "total": 0}
        with self._database.writing() as tx:
            tx.execute(insert(job).values(**row, made_at_ms=self._clock.wall_ms(), note="{}"))
        self._threads.submit(self._run, new, work)
        return new

    def get(self, job_id: str, by: str) -> Job | None:
        """A job of this account, or None."""
        with self._database.reading() as tx:
            row = tx.execute(select(job).where(job.c.id == job_id, job.c.by == by)).first()
            filed = tx.execute(select(job_file.c.job_id).where(job_file.c.job_id == job_id)).first()
        if row is None:
            return None
        done, total = self._progress.get(job_id, (row.done, row.total))
        return replace(_read(row, has_file=filed is not None), done=done, total=total)

    def file(self, job_id: str, by: str) -> JobFile | None:
        """The file of a job of this account, or None."""
        if self.get(job_id, by) is None:
            return None
        with self._database.reading() as tx:
            row = tx.execute(select(job_file).where(job_file.c.job_id == job_id)).first()
        content = None if row is None else self._vault.open("job_file", job_id, row.sealed)
        return None if row is None or content is None else JobFile(row.name, row.media, content)

    def close(self) -> None:
        """Take no more, and wait for what runs."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _run(self, job_id: str, work: Callable[[Told], Ended]) -> None:
        self._set(job_id, state=JobState.RUNNING.value)

        def told(done: int, total: int) -> None:
            # In memory: the work may hold the database's one writer for as long as it takes.
            self._progress[job_id] = (done, total)

        try:
            ended = work(told)
        except Exception as fault:  # noqa: BLE001 - the job's page says that it failed; the kind of fault is enough
            _log.error("job: %s", type(fault).__name__)
            note = json.dumps({"text": "office.jobs.failed", "values": {"kind": type(fault).__name__}})
            self._set(job_id, state=JobState.FAILED.value, ended_at_ms=self._clock.wall_ms(), note=note)
            return
        note = json.dumps({"text": ended.text, "values": dict(ended.values), "to": ended.to}, ensure_ascii=False)
        if ended.file is not None:
            file = ended.file
            sealed = self._vault.seal("job_file", job_id, file.content)
            with self._database.writing() as tx:
                tx.execute(insert(job_file).values(job_id=job_id, name=file.name, media=file.media, sealed=sealed))
        done, total = self._progress.pop(job_id, (0, 0))
        self._set(
            job_id, state=JobState.DONE.value, ended_at_ms=self._clock.wall_ms(), note=note, done=done, total=total
        )

    def _set(self, job_id: str, **values: Any) -> None:  # noqa: ANN401 - columns of the table
        with self._database.writing() as tx:
            tx.execute(update(job).where(job.c.id == job_id).values(**values))


def _read(row: Row[Any], *, has_file: bool) -> Job:
    note = json.loads(row.note)
    return Job(
        row.id, row.kind, row.by, JobState(row.state), row.done, row.total, row.made_at_ms, note.get("text", ""),
        note.get("values", {}), note.get("to", ""), has_file,
    )  # fmt: skip

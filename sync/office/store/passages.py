# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The folded passages: a projection of the events, kept for lists, reports and look-ups (sync-and-store.md 9)."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, delete, func, select

from kiosk.domain.codes import Direction
from kiosk.domain.figures import Alike, columns_of, entered_subject, fever_subject
from kiosk.domain.instants import day_of
from kiosk.domain.passage import PassageRecord
from sync.office.store.prepared import AnyOf, Bulk
from sync.office.store.tables import passage
from sync.office.store.upsert import put

_PART = 400
_read = msgspec.json.Decoder(PassageRecord, strict=False).decode
_write = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class KeptPassage:
    """进出记录行: a folded passage and where it was seen."""

    record: PassageRecord
    device_id: str
    compound_id: str


@dataclass(frozen=True, slots=True)
class Nearby:
    """相邻进出: what a comparison of two gates needs of a passage."""

    passage: str
    gate: str
    dir: Direction
    decided_ms: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """一日之数: a gate's passages of a day that count alike and were decided under one policy version.

    `weight` grows with every event that any of them has had.
    """

    gate: str
    policy: str
    alike: Alike
    weight: int


_known = AnyOf(passage, "passage_id", ("passage_id", "record"))
_bulk = Bulk(passage)


class Passages:
    """进出记录库."""

    def get(self, tx: Connection, ids: Sequence[str]) -> dict[str, PassageRecord]:
        """Records by passage id; unknown ones are left out."""
        out: dict[str, PassageRecord] = {}
        for start in range(0, len(ids), _PART):
            out.update((key, _read(record)) for key, record in _known(tx, ids[start : start + _PART]))
        return out

    def put(self, tx: Connection, rows: Iterable[KeptPassage], known: Container[str] | None = None) -> None:
        """Write records as they are now; `day` counts by the newest verdict (domain.md 17).

        What each adds to a report is written with it, so that a street's day is summed where it lies. `known`: those
        that are there already; None: it was not looked up.
        """
        every = [values(kept) for kept in rows]
        if known is not None:
            _bulk.add(tx, [_bulk.row(row) for row in every if row["passage_id"] not in known], known=True)
            every = [row for row in every if row["passage_id"] in known]
        put(tx, passage, every)

    def of_day(self, tx: Connection, day: int, *, gates: Sequence[str] | None = None) -> Iterator[KeptPassage]:
        """All passages of a day (ordinal), of these gates or of the street, in order of their newest verdict."""
        c = passage.c
        query = select(c.record, c.device_id, c.compound_id).where(c.day == day)
        if gates is not None:
            query = query.where(c.gate_id.in_(list(gates)))
        for row in tx.execute(query.order_by(c.decided_ms, c.passage_id)):
            yield KeptPassage(_read(row.record), row.device_id, row.compound_id)

    def day_counts(self, tx: Connection, day: int, gates: Sequence[str]) -> list[DayCount]:
        """A day (ordinal) at these gates as a report counts it, voided passages too, in a settled order."""
        c = passage.c
        by = (c.gate_id, c.policy, c.counts)
        query = select(*by, func.count(), func.sum(c.weight)).where(c.day == day).group_by(*by).order_by(*by)
        wanted = frozenset(gates)
        return [
            DayCount(gate, policy, Alike(tuple(counts.split()), many), int(weight))
            for gate, policy, counts, many, weight in tx.execute(query)
            if gate in wanted
        ]

    def distinct(self, tx: Connection, day: int, gates: Sequence[str]) -> tuple[int, int]:
        """How many different persons entered on a day at these gates, and how many had a confirmed fever."""
        c = passage.c
        entered, feverish = set[str](), set[str]()
        for start in range(0, len(gates), _PART):
            here = (c.day == day, c.gate_id.in_(list(gates[start : start + _PART])))
            for column, found in ((c.entered_as, entered), (c.fever_as, feverish)):
                query = select(column).where(*here, column.is_not(None)).distinct()
                found.update(tx.execute(query).scalars())
        return len(entered), len(feverish)

    def latest(
        self, tx: Connection, day: int, gates: Sequence[str] | None, before: tuple[int, str] | None, limit: int,
        *, since_ms: int | None = None,
    ) -> list[KeptPassage]:  # fmt: skip
        """The newest passages of a day; `before` (decided ms, passage id) is where the page before ended.

        `since_ms` bounds how far back is looked: a short span is read by gate from the index, without sorting a day.
        """
        c = passage.c
        query = select(c.record, c.device_id, c.compound_id).where(c.day == day)
        if gates is not None:
            query = query.where(c.gate_id.in_(list(gates)))
        if since_ms is not None:
            query = query.where(c.decided_ms >= since_ms)
        if before is not None:
            at_ms, key = before
            query = query.where((c.decided_ms < at_ms) | ((c.decided_ms == at_ms) & (c.passage_id < key)))
        rows = tx.execute(query.order_by(c.decided_ms.desc(), c.passage_id.desc()).limit(limit))
        return [KeptPassage(_read(row.record), row.device_id, row.compound_id) for row in rows]

    def near(self, tx: Connection, passes: Sequence[str], from_ms: int, to_ms: int) -> dict[str, list[Nearby]]:
        """By pass: recorded passages that stand, at any gate, decided in a span of time."""
        out: dict[str, list[Nearby]] = {}
        c = passage.c
        columns = (c.pass_id, c.passage_id, c.gate_id, c.dir, c.decided_ms)
        stands = (c.recorded == 1, c.voided == 0, c.decided_ms.between(from_ms, to_ms))
        for start in range(0, len(passes), _PART):
            query = select(*columns).where(c.pass_id.in_(list(passes[start : start + _PART])), *stands)
            for pass_id, key, gate, way, decided in tx.execute(query):
                out.setdefault(pass_id, []).append(Nearby(key, gate, Direction(way), decided))
        return out

    def days(self, tx: Connection) -> list[int]:
        """All days (ordinals) that have passages, oldest first."""
        return list(tx.execute(select(passage.c.day).distinct().order_by(passage.c.day)).scalars())

    def counts(self, tx: Connection, day: int) -> list[tuple[str, str, str, int, int]]:
        """(gate, direction, verdict, recorded, how many) of a day, voided ones left out."""
        c = passage.c
        by = (c.gate_id, c.dir, c.verdict, c.recorded)
        rows = tx.execute(select(*by, func.count()).where(c.day == day, c.voided == 0).group_by(*by))
        return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]

    def tally(self, tx: Connection, day: int) -> list[tuple[str, str, str, str, int, int]]:
        """(gate, direction, verdict, outcome, recorded, how many) of a day, voided ones left out."""
        c = passage.c
        by = (c.gate_id, c.dir, c.verdict, c.outcome, c.recorded)
        rows = tx.execute(select(*by, func.count()).where(c.day == day, c.voided == 0).group_by(*by))
        return [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows]

    def clear(self, tx: Connection) -> None:
        """Drop the projection, to be made again from the events."""
        tx.execute(delete(passage))


def values(kept: KeptPassage) -> dict[str, str | int | None]:
    """The row of a passage."""
    r = kept.record
    return {
        "passage_id": r.passage, "device_id": kept.device_id, "gate_id": r.gate,
        "compound_id": kept.compound_id, "day": day_of(r.decided.at_ms).toordinal(), "dir": r.dir.value,
        "started_ms": r.started.at_ms, "decided_ms": r.decided.at_ms, "person_id": r.person,
        "pass_id": r.pass_id, "verdict": r.verdict.value, "reason": r.reason.value, "rule": r.rule,
        "outcome": r.outcome.value, "recorded": int(r.recorded), "final": int(r.final),
        "voided": int(r.voided), "record": _write(r).decode(), **counted(r),
    }  # fmt: skip


def counted(record: PassageRecord) -> dict[str, str | int | None]:
    """What a passage adds to a day's report, in the columns of its row (kiosk.domain.figures)."""
    return {
        "policy": record.policy,
        "counts": " ".join(columns_of(record)),
        "weight": record.steps + len(record.readings) + record.voided,
        "entered_as": entered_subject(record),
        "fever_as": fever_subject(record),
    }

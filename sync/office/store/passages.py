# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The folded passages: a projection of the events, kept for lists, reports and look-ups (sync-and-store.md 9)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, select

from kiosk.domain.figures import CountedPassage
from kiosk.domain.instants import day_of
from kiosk.domain.passage import PassageRecord
from sync.office.store.tables import passage
from sync.office.store.upsert import put

_PART = 400
_FETCHED = 2_000
_read = msgspec.json.Decoder(PassageRecord, strict=False).decode
_count = msgspec.json.Decoder(CountedPassage, strict=False).decode
_write = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class KeptPassage:
    """进出记录行: a folded passage and where it was seen."""

    record: PassageRecord
    device_id: str
    compound_id: str


_KNOWN = select(passage.c.passage_id, passage.c.record).where(
    passage.c.passage_id.in_(bindparam("ids", expanding=True))
)


class Passages:
    """进出记录库."""

    def get(self, tx: Connection, ids: Sequence[str]) -> dict[str, PassageRecord]:
        """Records by passage id; unknown ones are left out."""
        out: dict[str, PassageRecord] = {}
        for start in range(0, len(ids), _PART):
            part = list(ids[start : start + _PART])
            out.update((row.passage_id, _read(row.record)) for row in tx.execute(_KNOWN, {"ids": part}))
        return out

    def put(self, tx: Connection, rows: Iterable[KeptPassage]) -> None:
        """Write records as they are now; `day` counts by the newest verdict (domain.md 17)."""
        values = [
            {
                "passage_id": r.passage, "device_id": kept.device_id, "gate_id": r.gate,
                "compound_id": kept.compound_id, "day": day_of(r.decided.at_ms).toordinal(), "dir": r.dir.value,
                "started_ms": r.started.at_ms, "decided_ms": r.decided.at_ms, "person_id": r.person,
                "pass_id": r.pass_id, "verdict": r.verdict.value, "reason": r.reason.value, "rule": r.rule,
                "outcome": r.outcome.value, "recorded": int(r.recorded), "final": int(r.final),
                "voided": int(r.voided), "record": _write(r).decode(),
            }
            for kept in rows
            for r in (kept.record,)
        ]  # fmt: skip
        put(tx, passage, values)

    def of_day(self, tx: Connection, day: int, *, gates: Sequence[str] | None = None) -> Iterator[KeptPassage]:
        """All passages of a day (ordinal), of these gates or of the street, in order of their newest verdict."""
        c = passage.c
        query = select(c.record, c.device_id, c.compound_id).where(c.day == day)
        if gates is not None:
            query = query.where(c.gate_id.in_(list(gates)))
        for row in tx.execute(query.order_by(c.decided_ms, c.passage_id)):
            yield KeptPassage(_read(row.record), row.device_id, row.compound_id)

    def counted(self, tx: Connection, day: int, gates: Sequence[str]) -> Iterator[CountedPassage]:
        """All passages of a day at these gates, as far as a report counts them; no order."""
        c = passage.c
        query = select(c.record).where(c.day == day)
        if len(gates) <= _PART:
            query = query.where(c.gate_id.in_(list(gates)))
        wanted = frozenset(gates)
        for part in tx.execute(query).partitions(_FETCHED):
            for (record,) in part:
                kept = _count(record)
                if kept.gate in wanted:
                    yield kept

    def latest(
        self, tx: Connection, day: int, gates: Sequence[str] | None, before: tuple[int, str] | None, limit: int
    ) -> list[KeptPassage]:
        """The newest passages of a day; `before` (decided ms, passage id) is where the page before ended."""
        c = passage.c
        query = select(c.record, c.device_id, c.compound_id).where(c.day == day)
        if gates is not None:
            query = query.where(c.gate_id.in_(list(gates)))
        if before is not None:
            at_ms, key = before
            query = query.where((c.decided_ms < at_ms) | ((c.decided_ms == at_ms) & (c.passage_id < key)))
        rows = tx.execute(query.order_by(c.decided_ms.desc(), c.passage_id.desc()).limit(limit))
        return [KeptPassage(_read(row.record), row.device_id, row.compound_id) for row in rows]

    def near(self, tx: Connection, pass_id: str, from_ms: int, to_ms: int) -> list[KeptPassage]:
        """Passages of one pass around a time, at any gate."""
        c = passage.c
        query = select(c.record, c.device_id, c.compound_id)
        rows = tx.execute(query.where(c.pass_id == pass_id, c.decided_ms.between(from_ms, to_ms)))
        return [KeptPassage(_read(row.record), row.device_id, row.compound_id) for row in rows]

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

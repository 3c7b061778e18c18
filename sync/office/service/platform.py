# SPDX-License-Identifier: LicenseRef-Gatehouse
"""返沪平台接口: records fetched page by page over one port, kept as a list's are (docs/returnee-platform.md).

A page and the place to go on from are kept in one transaction: whatever breaks, the next attempt goes on where the
last good page ended, and a record that comes twice is one record. What the line brings is an observation of arrivals
alone: no health code is ever asked for here, nor judged (domain.md 10).
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Connection, select

from kiosk.domain.instants import day_of
from kiosk.domain.register import Compound, Dwelling, Person
from sync.office.imports.cells import clean
from sync.office.imports.matching import Residents
from sync.office.imports.returns import ReturnFault, ReturnField, Slip, record_of
from sync.office.ports import OfficeClock, OfficeIds
from sync.office.service.book import RegisterBook
from sync.office.service.return_plan import Change, Ground, Kept, plan_one
from sync.office.service.returns import Returns, Source, regions_of
from sync.office.store.engine import Database, one_at_a_time
from sync.office.store.tables import office_meta
from sync.office.store.upsert import put

EVERY_MS = 10 * 60_000
_FIRST_BACK_MS, _MOST_BACK_MS = 60_000, 3_600_000
_PAGES = 50
"""At most so many pages in one go; the next minute goes on."""
_ROW = "returnee_platform"
_BY = "platform"
_NO_FORM = Slip("", ReturnFault.FORM)


class PlatformFault(StrEnum):
    """平台故障: why there is no page."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    NOT_TRUSTED = "not_trusted"
    REFUSED = "refused"
    BUSY = "busy"
    BROKEN = "broken"
    BAD_ANSWER = "bad_answer"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class PlatformPage:
    """一页记录: `records` as texts by field, None for one that has no such form; `next` where to go on, opaque."""

    records: Sequence[Mapping[ReturnField, str] | None]
    next: str
    more: bool


@dataclass(frozen=True, slots=True)
class NotNow:
    """没有取到: why, and when the platform wants to be asked again (ms from now; None: it did not say)."""

    fault: PlatformFault
    again_ms: int | None = None


class ReturnSource(Protocol):
    """返沪平台: one page after a place; whatever goes wrong is a value. `name` says whom is asked (a host)."""

    @property
    def name(self) -> str:
        """Whom is asked."""
        ...

    def page(self, after: str) -> PlatformPage | NotNow:
        """The records after `after` ("" from the start), oldest change first."""
        ...


@dataclass(frozen=True, slots=True)
class PlatformState:
    """接口状态: times in ms, None never; `fault` of the last attempt, "" a good one; `bad` reason -> records not kept.

    `place` where the next page begins; counts are of all time.
    """

    name: str = ""
    place: str = ""
    tried_ms: int | None = None
    good_ms: int | None = None
    next_ms: int = 0
    fault: str = ""
    failures: int = 0
    taken: int = 0
    changed: int = 0
    bad: dict[str, int] = field(default_factory=dict)


def state_of(tx: Connection) -> PlatformState | None:
    """How the line stands; None: nobody was ever asked."""
    told = tx.execute(select(office_meta.c.v).where(office_meta.c.k == _ROW)).scalar()
    return None if told is None else PlatformState(**json.loads(told))


def ask_soon(tx: Connection, now_ms: int) -> bool:
    """Have the line asked at the next minute; False where there is none."""
    state = state_of(tx)
    if state is None:
        return False
    _write(tx, replace(state, next_ms=now_ms))
    return True


class PlatformLine:
    """返沪平台接口用例."""

    def __init__(
        self, database: Database, book: RegisterBook, returns: Returns, ids: OfficeIds, clock: OfficeClock
    ) -> None:
        """Take the stores, ids and the clock."""
        self._database = database
        self._book = book
        self._returns = returns
        self._ids = ids
        self._clock = clock

    def fetch(self, source: ReturnSource) -> PlatformState | None:
        """Ask if it is time, until nothing more is there; the state afterwards, None if it was not time."""
        with self._database.reading() as tx:
            state = state_of(tx) or PlatformState()
        now_ms = self._clock.wall_ms()
        # Another platform begins from its own start.
        state = state if state.name == source.name else PlatformState(name=source.name)
        if now_ms < state.next_ms:
            return None
        residents: Residents | None = None
        for _ in range(_PAGES):
            page = source.page(state.place)
            now_ms = self._clock.wall_ms()
            if isinstance(page, PlatformPage) and page.more and page.next == state.place:
                page = NotNow(PlatformFault.BAD_ANSWER)  # it would never end
            if isinstance(page, NotNow):
                return self._failed(state, page, now_ms)
            if page.records and residents is None:
                residents = self._residents()
            state = self._taken(state, page, residents or Residents((), ()), now_ms)
            if not page.more:
                break
        return state

    # -- inside --------------------------------------------------------------------------------------------------

    def _residents(self) -> Residents:
        with self._database.reading() as tx:
            return Residents(self._book.register.all(tx, Person), self._book.register.all(tx, Dwelling))

    def _taken(self, state: PlatformState, page: PlatformPage, residents: Residents, now_ms: int) -> PlatformState:
        bad = Counter(state.bad)
        with self._database.writing() as tx:
            one_at_a_time(tx, "returns")
            compounds = self._book.register.all(tx, Compound)
            ground = Ground(residents, compounds, regions_of(tx, self._book), _BY, Source.LINE)
            kept = Kept(self._returns.all(tx) if page.records else ())
            writes = []
            for texts in page.records:
                read = (
                    _NO_FORM
                    if texts is None
                    else record_of({name: clean(text) for name, text in texts.items()}, day_of(now_ms))
                )
                if isinstance(read, Slip):
                    bad[read.fault.value] += 1
                    continue
                planned = plan_one(read, kept, ground, self._ids.new_id, now_ms)
                kept.add(planned.new)
                if planned.change is not Change.SAME:
                    writes.append(planned)
            self._returns.put(tx, [one.new for one in writes])
            new = sum(one.change is Change.NEW for one in writes)
            next_ms = now_ms + (0 if page.more else EVERY_MS)
            done = replace(
                state, place=page.next, tried_ms=now_ms, good_ms=now_ms, next_ms=next_ms,
                fault="", failures=0, taken=state.taken + new, changed=state.changed + len(writes) - new, bad=dict(bad),
            )  # fmt: skip
            _write(tx, done)
        return done

    def _failed(self, state: PlatformState, why: NotNow, now_ms: int) -> PlatformState:
        back = min(_FIRST_BACK_MS << min(state.failures, 10), _MOST_BACK_MS)
        again = back if why.again_ms is None else min(max(why.again_ms, _FIRST_BACK_MS), _MOST_BACK_MS)
        done = replace(
            state, tried_ms=now_ms, next_ms=now_ms + again, fault=why.fault.value, failures=state.failures + 1
        )
        with self._database.writing() as tx:
            _write(tx, done)
        return done


def _write(tx: Connection, state: PlatformState) -> None:
    put(tx, office_meta, [{"k": _ROW, "v": json.dumps(asdict(state)).encode()}])

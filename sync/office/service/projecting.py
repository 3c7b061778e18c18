# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What follows from events at the office: each kind of fact goes to its projection, in the ingest's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from kiosk.domain.events import CaseOpened, CaseStep, Event, RemoteApproval
from sync.office.store.devices import Device


@dataclass(frozen=True, slots=True)
class Fact:
    """事实: a linked event with its device and epoch, opened personal part (canonical JSON), and office time of it."""

    event: Event
    device: Device
    epoch: int
    personal: bytes | None
    corrected_ms: int


class Projection(Protocol):
    """投影: folds facts into rows that can be made again from the events."""

    def apply(self, tx: Connection, facts: Sequence[Fact], now_ms: int) -> None:
        """Fold the facts in order."""
        ...


class Projections:
    """全部投影: in the order in which they were given; an urgent fact reaches only those that can bear it early."""

    def __init__(self, projections: Sequence[Projection], early: Sequence[Projection]) -> None:
        """`early`: those whose folding does not mind an event ahead of its turn, or twice."""
        self._projections = tuple(projections)
        self._early = tuple(early)

    def apply(self, tx: Connection, facts: Sequence[Fact], now_ms: int) -> None:
        """Fold linked facts, in order of seq."""
        if facts:
            for projection in self._projections:
                projection.apply(tx, facts, now_ms)

    def apply_urgent(self, tx: Connection, facts: Sequence[Fact], now_ms: int) -> None:
        """Fold cases and remote requests ahead of their turn."""
        early = [fact for fact in facts if isinstance(fact.event.body, CaseOpened | CaseStep | RemoteApproval)]
        if early:
            for projection in self._early:
                projection.apply(tx, early, now_ms)

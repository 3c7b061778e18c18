# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A pull page on its way into the store: rows read strictly, lists and policies verified (sync-and-store.md 4, 6).

A scope with a bad row, or a list or policy that is refused, is left as it is and its cursor stays; the other scopes of
the page go in. An entity that this program does not know (a newer office) is passed over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.app.ports import RowChange
from kiosk.domain.codec import BadShape, from_json
from kiosk.domain.register import ENTITIES, PolicyRow, Row, row_key
from kiosk.domain.trust.policy_signature import check_policy
from sync.client.lists import REVOCATIONS, ListRefused, TrustedLists
from sync.wire.faults import WireFault
from sync.wire.messages import SIGNED_LIST, Change, SignedList
from sync.wire.scopes import ScopeKind
from sync.wire.strict import convert

_PUT, _DEL = "put", "del"


@dataclass(frozen=True, slots=True)
class Page:
    """下载页: what may be applied. `bad`: scopes that stay as they are; `again`: scopes to be pulled from the start."""

    rows: tuple[RowChange, ...]
    cursors: Mapping[str, str]
    bad: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    refused: tuple[ListRefused, ...] = ()

    @property
    def roster_whole(self) -> bool:
        """Whether no roster scope is among the bad ones."""
        return not any(scope.startswith(ScopeKind.ROSTER) for scope in self.bad)


class _BadRowError(Exception):
    """Marks a scope's page as bad; stays in this file."""


def read_page(
    raw: Iterable[Any], cursors: Mapping[str, str], trusted: TrustedLists, now_s: int, wanted: Iterable[str]
) -> Page:
    """Judge a page of plain JSON changes; lists are stored at once by `trusted`, rows are for the caller to apply.

    `wanted`: the scopes that were asked for; anything else is not ours and refuses nothing but itself.
    """
    scopes = frozenset(wanted)
    by_scope: dict[str, list[Change]] = {}
    bad: set[str] = set()
    for item in raw:
        change = convert(Change, item)
        if not isinstance(change, WireFault) and change.scope in scopes:
            by_scope.setdefault(change.scope, []).append(change)
        elif isinstance(change, WireFault):
            # which scope it was of cannot be told unless that much can be read
            scope = item.get("scope") if isinstance(item, dict) else None
            bad |= {scope} if isinstance(scope, str) and scope in scopes else scopes
    lists = {scope: _lists(changes) for scope, changes in by_scope.items()}
    bad |= {scope for scope, found in lists.items() if found is None}
    refused: list[ListRefused] = []
    again: set[str] = set()
    for scope, found in lists.items():
        if found and scope not in bad:
            problems = trusted.take(found, now_s)
            refused += problems
            if problems:
                bad.add(scope)
            again |= {scope for problem in problems if problem.name == REVOCATIONS and problem.refusal.fetch_snapshot}
    rows: list[RowChange] = []
    for scope, changes in by_scope.items():
        if scope in bad:
            continue
        try:
            rows += [row for change in changes if (row := _row(change, trusted)) is not None]
        except _BadRowError:
            bad.add(scope)
    kept = {scope: cursor for scope, cursor in cursors.items() if scope in scopes and scope not in bad}
    return Page(
        tuple(row for row in rows if row.scope not in bad), kept, frozenset(bad), frozenset(again), tuple(refused)
    )


def _lists(changes: Iterable[Change]) -> list[SignedList] | None:
    """The signed lists among a scope's changes; None if one cannot be read."""
    found = [convert(SignedList, change.row) for change in changes if change.entity == SIGNED_LIST and change.row]
    good = [item for item in found if not isinstance(item, WireFault)]
    return good if len(good) == len(found) else None


def _row(change: Change, trusted: TrustedLists) -> RowChange | None:
    """The change as the store takes it; None for a list (stored already) or an unknown entity."""
    kind = ENTITIES.get(change.entity)
    if kind is None:
        return None
    if change.op == _DEL:
        return RowChange(change.scope, change.entity, change.key, change.rev, None)
    return RowChange(change.scope, change.entity, change.key, change.rev, read_row(change.entity, change, trusted))


def read_row(entity: str, change: Change, trusted: TrustedLists) -> Row:
    """The row of a put. Raises `_BadRowError` for a shape, key or policy signature that is not right."""
    if change.op != _PUT or change.row is None:
        raise _BadRowError
    row = row_of(entity, change.row, trusted)
    if row is None or row_key(row) != change.key:
        raise _BadRowError
    return row


def row_of(entity: str, data: Mapping[str, Any], trusted: TrustedLists) -> Row | None:
    """A register row from its JSON, or None if its shape is wrong or, for a policy, its signature does not hold."""
    try:
        row: Row = from_json(ENTITIES[entity], dict(data))
    except BadShape:
        return None
    if isinstance(row, PolicyRow):
        bundle = trusted.bundle()
        if bundle is None or check_policy(row, bundle) is not None:
            return None
    return row

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The line to the office: one request at a time, its answer applied (sync-and-store.md sections 4 to 8).

`turn` does one step of `sync.client.step` and says how long to wait for the next. `SyncThread` calls it for ever,
`run_until_idle` until there is nothing left (replay). All that must survive a restart lies in the store.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from kiosk.app.ports import Clock, GateIdentity, Ids, PulledLists, SyncState, SyncStatus, SyncStore
from kiosk.domain.identity import CompoundId
from kiosk.domain.trust.statements import Order, Receipt
from sync.client.answers import LineError, Reaction, Row, Seen, meaning
from sync.client.lists import TrustedLists
from sync.client.pace import LONGEST_MS
from sync.client.pulls import read_page
from sync.client.requests_out import Facts, Load, RequestWriter
from sync.client.signing import Sign
from sync.client.snapshots import Download, load_snapshot
from sync.client.step import (
    AskHealth,
    AskSnapshot,
    Exchange,
    LineState,
    Told,
    Wait,
    after,
    health_taken,
    next_step,
    nudged,
    snapshot_failed,
    snapshot_loaded,
)
from sync.client.told import ToldAnswer, error_of, health_of, retry_after_of, seen_of, status_of
from sync.client.transport import Answer, Transport, TransportFault
from sync.wire import base64url, scopes
from sync.wire.limits import CLIENT_BYTES, URGENT_EVENTS
from sync.wire.messages import OrderText, SyncAnswer

_IDLE_TURNS = 10_000


class LineStore(SyncStore, PulledLists, Protocol):
    """线路所用的存储: outbox and pulled lists in one."""


class DeviceOrders(Protocol):
    """设备指令的执行: what the office orders of this device, once its signature holds (trust.md 7)."""

    @property
    def stopped(self) -> bool:
        """Whether this device was withdrawn, also in an earlier run."""
        ...

    def withdraw(self) -> None:
        """Stop deciding; delete the roster and the personal parts of delivered events; keep what is unsent."""
        ...

    def settle(self) -> bool:
        """Around each turn of a withdrawn device: delete what was delivered; once a receipt covers all, the rest.

        True: keys and log are gone, the store is closed, and nobody asks the office again.
        """
        ...


class NoOrders:
    """An owner that has nothing to withdraw (a tool, a test)."""

    @property
    def stopped(self) -> bool:
        """Never: the order comes again with the next request."""
        return False

    def withdraw(self) -> None:
        """Nothing is deleted."""

    def settle(self) -> bool:
        """Nothing is destroyed."""
        return False


@dataclass(frozen=True, slots=True)
class Link:
    """线路的各部分: what a `Line` is made of. `sign`: the device key; `roots`: pinned root keys, 32 bytes each."""

    store: LineStore
    transport: Transport
    clock: Clock
    ids: Ids
    identity: GateIdentity
    roots: tuple[bytes, ...]
    sign: Sign
    orders: DeviceOrders = field(default_factory=NoOrders)
    facts: Callable[[], Facts] = Facts


class Line:
    """线路: the state between turns, and the turns. Used by one thread."""

    def __init__(self, link: Link) -> None:
        """Take up where the store says that the last run stopped."""
        self._link = link
        self._trusted = TrustedLists(link.store, link.store, link.roots)
        self._writer = RequestWriter(link.identity, link.sign, link.clock)
        kept = link.store.sync_state()
        self._scopes = scopes.gate_scopes(link.identity.gate, CompoundId(link.identity.compound))
        self._again: frozenset[str] = frozenset()
        self._part: Download | None = None
        self._roster = roster = scopes.roster(CompoundId(link.identity.compound))
        self._state = LineState(
            failures=kept.failures,
            not_before_ms=kept.not_before_ms,
            health_due=kept.server_epoch is None or kept.offset_ms is None,
            snapshots=frozenset() if kept.cursors.get(roster) else frozenset({roster}),
            withdrawn=link.orders.stopped,
        )
        self._over = False
        self._online = False
        self._next_try_ms: int | None = None

    # ------------------------------------------------------------------------------------------------------ turns

    def turn(self, *, asked: bool = False) -> int:
        """Do the next step; the ms to wait before the one after. `asked`: do not wait out a back-off."""
        if self._settled():
            return LONGEST_MS
        wait_ms = self._step(asked=asked)
        if not self._state.withdrawn:
            return wait_ms
        before = self._link.store.sync_state().pending
        if self._settled():
            return LONGEST_MS
        if self._link.store.sync_state().pending > before:
            # what was deleted is an event itself, and goes up at once
            self._state = replace(self._state, not_before_ms=0)
            return 0
        return wait_ms

    def _settled(self) -> bool:
        """Whether this device is withdrawn and has given everything away: the store is closed then."""
        if self._state.withdrawn and not self._over:
            self._over = self._link.orders.settle()
        return self._over

    def _step(self, *, asked: bool) -> int:
        kept = self._link.store.sync_state()
        now_ms = self._link.clock.wall_ms()
        step = next_step(self._state, now_ms, pending=kept.pending > 0, asked=asked)
        match step:
            case Wait(ms):
                return self._rest(now_ms, ms)
            case AskHealth():
                self._ask_health()
            case AskSnapshot(scope):
                self._ask_snapshot(kept, scope)
            case Exchange():
                self._exchange(kept, step)
        now_ms = self._link.clock.wall_ms()
        error = self._state.last_error
        self._link.store.set_backoff(self._state.failures, self._state.not_before_ms, error and error.value)
        again = next_step(self._state, now_ms, pending=self._link.store.sync_state().pending > 0)
        return self._rest(now_ms, again.ms if isinstance(again, Wait) else 0)

    def run_until_idle(self, turns: int = _IDLE_TURNS) -> bool:
        """Exchange until nothing is left to send or fetch; False if the line failed or `turns` were not enough."""
        self._state = nudged(self._state)
        asked = True
        for _ in range(turns):
            wait = self.turn(asked=asked)
            asked = False
            if self._state.last_error is not None and self._state.failures:
                return False
            if wait > 0:
                return self._over or self._state.withdrawn or self._link.store.sync_state().pending == 0
        return False

    def nudge(self) -> None:
        """现在同步, or a network came up: forget the back-off."""
        self._state = nudged(self._state)

    def status(self) -> SyncStatus:
        """What people see of the line."""
        if self._over:
            return SyncStatus(pending=0, last_error=LineError.WITHDRAWN.value, revoked=True)
        kept = self._link.store.sync_state()
        error = self._state.last_error.value if self._state.last_error else kept.last_error
        return SyncStatus(
            pending=kept.pending,
            oldest_pending_at_ms=kept.oldest_pending_at_ms,
            online=self._online,
            last_ok_ms=kept.last_ok_ms,
            next_try_ms=self._next_try_ms,
            offset_ms=kept.offset_ms,
            last_error=error,
            revoked=self._state.withdrawn,
        )

    def _rest(self, now_ms: int, wait_ms: int) -> int:
        self._next_try_ms = now_ms + wait_ms
        return wait_ms

    # ----------------------------------------------------------------------------------------------------- health

    def _ask_health(self) -> None:
        started = self._link.clock.mono_ms()
        answer = self._link.transport.send(self._writer.health())
        took = self._link.clock.mono_ms() - started
        found = health_of(answer)
        if found is None or found.server != self._link.identity.server:
            error = LineError.OTHER_SERVER if found is not None else None
            self._fail("health", answer, took, error)
            return
        self._online = True
        offset = found.server_time_ms - (self._link.clock.wall_ms() - took // 2)
        self._link.store.set_server(found.server, str(found.epoch), offset, None)
        self._note("health", status_of(answer), took)
        self._state = health_taken(self._state, self._link.clock.wall_ms())

    # --------------------------------------------------------------------------------------------------- snapshot

    def _ask_snapshot(self, kept: SyncState, scope: str) -> None:
        started = self._link.clock.mono_ms()
        nonce = base64url.text(self._link.ids.random(16))
        part = self._part if self._part is not None and self._part.scope == scope else Download(scope)
        self._part = part
        loaded = load_snapshot(self._link.transport, self._writer, kept, self._link.identity, nonce, part)
        took = self._link.clock.mono_ms() - started
        if isinstance(loaded, Answer | TransportFault):
            self._fail("snapshot", loaded, took, None)
            if isinstance(loaded, Answer) and loaded.status == 404:  # noqa: PLR2004 - a status is its name
                # pages from the start bring the same rows, only slower
                self._state = replace(self._state, snapshots=self._state.snapshots - {scope})
                self._again |= {scope}
            return
        self._part = None
        opened = loaded.open(self._trusted, self._link.identity)
        if opened is None:
            self._fail("snapshot", Answer(200, {}, b""), took, LineError.BAD_LISTS)
            self._state = replace(self._state, snapshots=self._state.snapshots - {scope})
            self._again |= {scope}
            return
        self._online = True
        self._link.store.replace_scope(scope, iter(opened.rows), loaded.cursor, opened.made_at_ms)
        self._note("snapshot", 200, took)
        self._state = snapshot_loaded(self._state, scope, self._link.clock.wall_ms())

    # --------------------------------------------------------------------------------------------------- exchange

    def _exchange(self, kept: SyncState, step: Exchange) -> None:
        store, clock = self._link.store, self._link.clock
        sent_after = kept.acked_seq if self._state.rewind_to is None else self._state.rewind_to - 1
        found = store.outgoing(sent_after, step.events, CLIENT_BYTES) if step.events else ()
        # what the desk commits meanwhile lies past the head that is signed here: the office would take it for a fork
        events = tuple(e for e in found if e.epoch == kept.epoch and e.seq <= kept.head_seq)
        behind = store.urgent(URGENT_EVENTS) if events and kept.pending > len(events) else ()
        urgent = tuple(e for e in behind if e.epoch == kept.epoch and e.seq <= kept.head_seq)
        pull = self._cursors(kept) if step.pull else {}
        nonce = base64url.text(self._link.ids.random(16))
        made_at = store.list_made_at_ms()
        office_now = clock.wall_ms() + (kept.offset_ms or 0)
        age = None if made_at is None else max(0, office_now - made_at) // 1000
        request = self._writer.sync(kept, Load(events, urgent, pull), nonce, self._link.facts(), age)
        started, sent_at = clock.mono_ms(), clock.wall_ms()
        answer = self._link.transport.send(request)
        took = clock.mono_ms() - started
        seen, told = seen_of(answer, self._link.identity.server, nonce, len(events))
        row = meaning(seen)
        if told is None or row.reaction is not Reaction.ACCEPT:
            self._refused(answer, row, seen, took, len(events))
            return
        last = events[-1].seq if events else 0
        self._accepted(kept, told, Sent(len(events), last, pull, sent_at + took // 2, took))

    def _cursors(self, kept: SyncState) -> dict[str, str]:
        """Cursors of what is pulled by pages: a scope that is to be loaded whole waits for that."""
        asked = [scope for scope in self._scopes if scope not in self._state.snapshots]
        return {scope: "" if scope in self._again else kept.cursors.get(scope, "") for scope in asked}

    def _accepted(self, kept: SyncState, told: ToldAnswer, sent: "Sent") -> None:
        store, answer = self._link.store, told.answer
        self._online = True
        now_s = answer.server_time_ms // 1000
        offset_ms = answer.server_time_ms - sent.middle_ms
        store.set_server(answer.server, kept.server_epoch or "", offset_ms, self._link.clock.wall_ms())
        page = read_page(told.changes, answer.cursors, self._trusted, now_s, sent.pull)
        if page.rows or page.cursors:
            whole = not answer.more and page.roster_whole and self._roster in sent.pull
            store.apply_page(page.rows, page.cursors, answer.server_time_ms if whole else None)
        self._again = (self._again - frozenset(page.cursors)) | page.again
        stored = answer.push == "ok" and self._acknowledge(kept, answer, sent.last)
        snapshots = self._obey(answer.order)
        expected = answer.expected_seq
        if answer.acked_seq < kept.acked_seq and answer.acked_epoch == kept.epoch:
            # the office lost what it had: its new epoch lets our progress go back; without one it is sent again so
            self._state = replace(self._state, health_due=True)
            expected = expected or answer.acked_seq + 1
        after_ack = store.sync_state()
        self._note("sync", 201, sent.took_ms, sent.events, max(0, after_ack.acked_seq - kept.acked_seq))
        now_ms = self._link.clock.wall_ms()
        self._state = after(
            self._state,
            meaning(Seen(201, json=True, server_ours=True, echo_ours=True)),
            Told(
                events=sent.events,
                next_poll_s=answer.next_poll_s,
                more=answer.more or bool(page.again),
                pending=after_ack.pending > 0,
                stored=stored,
                progress=(after_ack.epoch, after_ack.acked_seq) > (kept.epoch, kept.acked_seq),
                expected_seq=expected,
                snapshots=snapshots,
            ),
            now_ms,
            self._jitter(),
        )
        if page.bad:
            self._state = replace(self._state, last_error=LineError.BAD_LISTS)

    def _acknowledge(self, kept: SyncState, answer: SyncAnswer, sent: int) -> bool:
        """Take the office's receipt, if it is the office's: False leaves all events as they are.

        `sent`: the last seq of this request.
        """
        receipt = answer.receipt
        if receipt is None:
            return True
        key = self._trusted.receipt_key(receipt.kid, receipt.at_ms // 1000)
        statement = Receipt(
            receipt.server, receipt.device, receipt.epoch, receipt.seq, receipt.hash, receipt.at_ms, receipt.kid
        )
        ours = receipt.server == self._link.identity.server and receipt.device == self._link.identity.device
        if key is None or not ours or not statement.holds(receipt.sig, key.key):
            return False
        if (receipt.epoch, receipt.seq, receipt.hash) != (answer.acked_epoch, answer.acked_seq, answer.acked_hash):
            return False
        given = {**statement.values(), "sig": receipt.sig}
        if not self._link.store.acknowledge(receipt.epoch, receipt.seq, receipt.hash, given):
            # the office knows another log than ours: an old copy of our file was put back. What it was sent of ours
            # it has, as told or set aside; the rest of the closed log goes on, batch by batch.
            self._link.store.open_epoch(kept.epoch + 1, "RESTORED")
            self._link.store.pass_over(receipt.epoch, min(sent, receipt.seq))
        return True

    def _obey(self, order: OrderText | None) -> frozenset[str]:
        """Do what a signed order says; the scopes that are to be loaded whole."""
        if order is None:
            return frozenset()
        if not self._signed_by_office(order):
            self._state = replace(self._state, last_error=LineError.BAD_ORDER)
            return frozenset()
        if order.revoked:
            self._link.orders.withdraw()
            self._state = replace(self._state, withdrawn=True)
        if order.new_epoch is not None and order.new_epoch > self._link.store.sync_state().epoch:
            self._link.store.open_epoch(order.new_epoch, "OFFICE_ORDER")
        wanted = frozenset(order.resnapshot) & frozenset(self._scopes)
        if wanted:
            # the office may have been restored or moved: its epoch first, then each scope whole
            self._state = replace(self._state, health_due=True)
        return wanted

    def _signed_by_office(self, order: OrderText) -> bool:
        key = self._trusted.receipt_key(order.kid, order.at_ms // 1000)
        identity = self._link.identity
        statement = Order(identity.server, identity.device, order.body(), order.at_ms, order.kid)
        return key is not None and statement.holds(order.sig, key.key)

    def _refused(self, answer: Answer | TransportFault, row: Row, seen: Seen, took: int, events: int) -> None:
        row = self._ordered(answer, row)
        self._online = isinstance(answer, Answer) and bool(seen.code)
        told = Told(events=events, retry_after=retry_after_of(answer))
        self._state = after(self._state, row, told, self._link.clock.wall_ms(), self._jitter())
        self._note("sync", status_of(answer), took, events, 0)

    def _ordered(self, answer: Answer | TransportFault, row: Row) -> Row:
        """The row, its order obeyed; an order that the office did not sign only stops the pushing."""
        if row.reaction not in {Reaction.WITHDRAW, Reaction.OPEN_EPOCH} or not isinstance(answer, Answer):
            return row
        order = error_of(answer).order
        if order is None or not self._signed_by_office(order):
            return replace(row, reaction=Reaction.STOP_PUSH, error=LineError.BAD_ORDER)
        self._obey(order)
        return row

    # ------------------------------------------------------------------------------------------------------ small

    def _fail(self, kind: str, answer: Answer | TransportFault, took: int, error: LineError | None) -> None:
        self._online = False
        seen, _ = seen_of(answer, self._link.identity.server, "", 0)
        row = self._ordered(answer, meaning(seen))
        if row.reaction is Reaction.ACCEPT:
            row = replace(row, reaction=Reaction.GARBAGE, error=LineError.GARBAGE)
        if error is not None:
            row = replace(row, error=error)
        told = Told(retry_after=retry_after_of(answer))
        failed = snapshot_failed if kind == "snapshot" else after
        self._state = failed(self._state, row, told, self._link.clock.wall_ms(), self._jitter())
        self._note(kind, status_of(answer), took)

    def _note(self, kind: str, status: int, took: int, sent: int = 0, acked: int = 0) -> None:
        error = self._state.last_error if status != 201 else None  # noqa: PLR2004 - a status is its name
        self._link.store.note_attempt(kind, status, sent, acked, took, error and error.value)

    def _jitter(self) -> float:
        return int.from_bytes(self._link.ids.random(4)) / 2**32


@dataclass(frozen=True, slots=True)
class Sent:
    """已发: how many events, the last one's seq (0: none), which cursors, the middle of the round trip (own clock), and
    how long it took.
    """

    events: int
    last: int
    pull: Mapping[str, str]
    middle_ms: int
    took_ms: int

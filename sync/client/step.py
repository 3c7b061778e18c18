# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What to ask next, and what the line's state is after an answer: pure functions (sync-and-store.md sections 4, 8).

Push and pull are apart: a refused or too large batch holds back events alone, and after two failures of a request with
events every second one carries none, so that revocations arrive whatever the upload suffers.
"""

from dataclasses import dataclass, replace

from sync.client.answers import LineError, Reaction, Row
from sync.client.pace import BASE_MS, CAP_MS, LONGEST_MS, PROBE_MS, asked_wait_ms, back_off_ms, due_in_ms, poll_ms
from sync.wire.limits import CLIENT_EVENTS

_BARE_AFTER = 2
_BANNER_AFTER = 2
_STALLED = 2


@dataclass(frozen=True, slots=True)
class LineState:
    """线路状态: what the loop remembers between requests. Times in ms of the gate's wall clock.

    `batch`: events a request may hold now. `push_stopped`: the office does not know this device. `push_after_ms`: no
    events before. `push_failures`, `bare_next`: failures in a row of requests with events, and whether the next goes
    without. `health_due`: take the office's time first. `clock_retried`: that was done for this request already.
    `rewind_to`: send from this seq on. `snapshots`: scopes to be loaded whole; `snapshot_failures` in a row, and no
    further try before `snapshot_after_ms`: an exchange goes in between. `stalls`: answers in a row
    that acknowledged nothing new of what waits.
    """

    failures: int = 0
    not_before_ms: int = 0
    last_error: LineError | None = None
    batch: int = CLIENT_EVENTS
    push_stopped: bool = False
    push_after_ms: int = 0
    push_failures: int = 0
    bare_next: bool = False
    health_due: bool = False
    clock_retried: bool = False
    other_servers: int = 0
    rewind_to: int | None = None
    snapshots: frozenset[str] = frozenset()
    snapshot_failures: int = 0
    snapshot_after_ms: int = 0
    withdrawn: bool = False
    stalls: int = 0


@dataclass(frozen=True, slots=True)
class Wait:
    """等待: nothing to ask for that many ms."""

    ms: int


@dataclass(frozen=True, slots=True)
class AskHealth:
    """取时间: `GET /v1/health`, for the offset that requests are signed with."""


@dataclass(frozen=True, slots=True)
class AskSnapshot:
    """取快照: `GET /v1/snapshot` of one scope."""

    scope: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """交换: `POST /v1/sync` with at most so many events (0: none), and with or without a pull."""

    events: int
    pull: bool = True


NextStep = Wait | AskHealth | AskSnapshot | Exchange


def next_step(state: LineState, now_ms: int, *, pending: bool, asked: bool = False) -> NextStep:
    """The next request, or how long to wait; `pending`: events are unsent; `asked`: somebody cannot wait."""
    wait = due_in_ms(state.not_before_ms, now_ms)
    if wait and not asked:
        return Wait(wait)
    if state.health_due:
        return AskHealth()
    if state.withdrawn:
        return Exchange(state.batch, pull=False) if pending else Wait(PROBE_MS)
    if state.snapshots and not due_in_ms(state.snapshot_after_ms, now_ms):
        return AskSnapshot(min(state.snapshots))
    bare = state.push_failures >= _BARE_AFTER and state.bare_next
    held = due_in_ms(state.push_after_ms, now_ms) > 0
    wanted = pending or state.rewind_to is not None
    return Exchange(state.batch if wanted and not (bare or held or state.push_stopped) else 0)


@dataclass(frozen=True, slots=True)
class Told:
    """所答: what of an answer paces the next request. `events`: how many the request held; `pending`: some are left.

    `stored`: the push part was taken (`push` is "ok"); `progress`: more is acknowledged than before; `expected_seq`:
    after a gap, send from here.
    """

    events: int = 0
    retry_after: str | None = None
    next_poll_s: int = 10
    more: bool = False
    pending: bool = False
    stored: bool = True
    progress: bool = True
    expected_seq: int | None = None
    snapshots: frozenset[str] = frozenset()


def after(  # noqa: PLR0911 - one return per reaction
    state: LineState, row: Row, told: Told, now_ms: int, jitter: float
) -> LineState:
    """The state after an answer of this row; `jitter` 0..1 is the only randomness."""
    match row.reaction:
        case Reaction.ACCEPT:
            return _accepted(state, told, now_ms, jitter)
        case Reaction.HALVE if told.events > 1:
            # the same events again in smaller parts, at once: at most eight times until it is one
            return replace(state, batch=max(1, min(state.batch, told.events) // 2), last_error=row.error)
        case Reaction.HALVE if told.events == 1:
            return replace(
                state, batch=1, push_after_ms=now_ms + CAP_MS, not_before_ms=now_ms, last_error=row.error, failures=0
            )
        case Reaction.CORRECT_CLOCK if not state.clock_retried:
            return replace(state, health_due=True, clock_retried=True, not_before_ms=now_ms, last_error=row.error)
        case Reaction.CORRECT_CLOCK:
            return replace(_failed(state, row.error, told, now_ms, jitter), health_due=True)
        case Reaction.STOP_PUSH:
            return replace(state, push_stopped=True, not_before_ms=now_ms + PROBE_MS, last_error=row.error)
        case Reaction.WITHDRAW:
            return replace(state, withdrawn=True, not_before_ms=now_ms, last_error=row.error, snapshots=frozenset())
        case Reaction.OPEN_EPOCH:
            return replace(state, not_before_ms=now_ms, last_error=None, rewind_to=None)
        case Reaction.UPDATE:
            return replace(_failed(state, row.error, told, now_ms, jitter), not_before_ms=now_ms + PROBE_MS)
        case Reaction.GARBAGE if row.error is LineError.OTHER_SERVER:
            seen = state.other_servers + 1
            error = LineError.OTHER_SERVER if seen >= _BANNER_AFTER else LineError.GARBAGE
            return replace(_failed(state, error, told, now_ms, jitter), other_servers=seen)
        case Reaction.GARBAGE | Reaction.PORTAL | Reaction.BACK_OFF | Reaction.LATER | Reaction.HALVE:
            return _failed(state, row.error, told, now_ms, jitter)


def health_taken(state: LineState, now_ms: int) -> LineState:
    """The state once the office's time is known: the request that was waiting goes at once."""
    return replace(state, health_due=False, not_before_ms=now_ms)


def snapshot_loaded(state: LineState, scope: str, now_ms: int) -> LineState:
    """The state once a scope is switched to its snapshot."""
    return replace(
        state, snapshots=state.snapshots - {scope}, snapshot_failures=0, snapshot_after_ms=0, failures=0,
        not_before_ms=now_ms, last_error=None,
    )  # fmt: skip


def snapshot_failed(state: LineState, row: Row, told: Told, now_ms: int, jitter: float) -> LineState:
    """The state after a snapshot that did not come: events and the other scopes go before it is tried again."""
    failed = after(state, row, told, now_ms, jitter)
    failures = state.snapshot_failures + 1
    pause = max(BASE_MS, back_off_ms(failures, jitter))
    held = due_in_ms(failed.not_before_ms, now_ms) + pause
    return replace(failed, snapshot_failures=failures, snapshot_after_ms=now_ms + min(held, LONGEST_MS))


def nudged(state: LineState) -> LineState:
    """现在同步: the back-off is forgotten; also when a network comes up."""
    return replace(state, failures=0, not_before_ms=0, push_after_ms=0, snapshot_after_ms=0)


def _accepted(state: LineState, told: Told, now_ms: int, jitter: float) -> LineState:
    pushed = told.events > 0 and told.stored
    refused = told.events > 0 and not told.stored
    # so many failures in a row were also of requests without events: the line was down, the upload is not to blame
    line_back = told.events == 0 and state.failures > _BARE_AFTER
    push_failures = state.push_failures + 1 if refused else 0 if pushed or line_back else state.push_failures
    # once it may be a gap that the office wants filled, or a turn without events; after that, asking at once brings
    # the same answer: the events cannot be read, or the office waits for one that we have not
    stalls = state.stalls + 1 if told.pending and not told.progress else 0
    flowing = told.pending and stalls < _STALLED and (pushed or not push_failures)
    at_once = told.more or bool(told.snapshots) or flowing
    held = due_in_ms(state.push_after_ms, now_ms)
    if refused:
        wait = back_off_ms(push_failures, jitter)
    elif stalls >= _STALLED and not told.more:
        wait = max(back_off_ms(stalls, jitter), poll_ms(told.next_poll_s, jitter))
    elif at_once and not (held and not told.more and not told.snapshots):
        wait = 0
    else:
        wait = poll_ms(told.next_poll_s, jitter)
    return replace(
        state,
        failures=0,
        not_before_ms=now_ms + wait,
        last_error=LineError.NOT_STORED if refused else state.last_error if held else None,
        batch=min(CLIENT_EVENTS, state.batch * 2) if pushed else state.batch,
        push_stopped=False,
        push_failures=push_failures,
        bare_next=refused and push_failures >= _BARE_AFTER,
        clock_retried=False,
        other_servers=0,
        rewind_to=told.expected_seq,
        snapshots=state.snapshots | told.snapshots,
        stalls=stalls,
    )


def _failed(state: LineState, error: LineError | None, told: Told, now_ms: int, jitter: float) -> LineState:
    failures = state.failures + 1
    push_failures = state.push_failures + (told.events > 0)
    # a bare request that went well in between must not make the upload storm
    tries = max(failures, push_failures if told.events else 0)
    wait = max(back_off_ms(tries, jitter), asked_wait_ms(told.retry_after))
    return replace(
        state,
        failures=failures,
        not_before_ms=now_ms + min(wait, LONGEST_MS),
        last_error=error,
        push_failures=push_failures,
        # every second one without: the turn changes with each request, once two with events have failed
        bare_next=told.events > 0 and push_failures >= _BARE_AFTER,
    )

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What each kind of answer means to the gate: the table of sync-and-store.md section 4, row by row, as data.

Only the first row delivers anything. No row deletes an event; whatever fits no row is trouble, and the events stay.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sync.client.transport import TransportFault


class Reaction(StrEnum):
    """应对: what the gate does."""

    ACCEPT = "accept"
    GARBAGE = "garbage"
    PORTAL = "portal"
    UPDATE = "update"
    HALVE = "halve"
    CORRECT_CLOCK = "correct_clock"
    STOP_PUSH = "stop_push"
    WITHDRAW = "withdraw"
    OPEN_EPOCH = "open_epoch"
    LATER = "later"
    BACK_OFF = "back_off"


class LineError(StrEnum):
    """线路问题: the last error in plain words; each has a text `sync.error.<code>`."""

    PORTAL = "portal"
    REDIRECT = "redirect"
    OTHER_SERVER = "other_server"
    GARBAGE = "garbage"
    UPDATE_NEEDED = "update_needed"
    REFUSED_BATCH = "refused_batch"
    TOO_LARGE = "too_large"
    CLOCK = "clock"
    ENROL_AGAIN = "enrol_again"
    WITHDRAWN = "withdrawn"
    EPOCH = "epoch"
    BUSY = "busy"
    OFFICE_TROUBLE = "office_trouble"
    NOT_STORED = "not_stored"
    NO_ANSWER = "no_answer"
    NO_OFFICE = "no_office"
    TLS = "tls"
    BAD_LISTS = "bad_lists"
    BAD_ORDER = "bad_order"


@dataclass(frozen=True, slots=True)
class Seen:
    """所见: what of an answer the table looks at.

    `code`: the `error` of an answer in our own form, else empty. `server_ours`, `echo_ours`: both judged, of a 201 in
    JSON alone. `order`: whether it carries an order. `with_events`: how many events the request held.
    """

    status: int = 0
    json: bool = False
    code: str = ""
    server_ours: bool = False
    echo_ours: bool = False
    order: bool = False
    fault: TransportFault | None = None
    with_events: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """应答表的一行: the first row that fits is the answer's meaning."""

    id: str
    fits: Callable[[Seen], bool]
    reaction: Reaction
    error: LineError | None


def _status(*statuses: int) -> Callable[[Seen], bool]:
    return lambda seen: seen.fault is None and seen.status in statuses


def _ours(status: int, *codes: str) -> Callable[[Seen], bool]:
    return lambda seen: _status(status)(seen) and seen.code != "" and (not codes or seen.code in codes)


def _fault(*faults: TransportFault) -> Callable[[Seen], bool]:
    return lambda seen: seen.fault in faults


F = TransportFault
R = Reaction
E = LineError

TABLE: tuple[Row, ...] = (
    Row("delivered", lambda s: s.status == 201 and s.server_ours and s.echo_ours and s.fault is None, R.ACCEPT, None),  # noqa: PLR2004 - a status is its name
    Row("created_not_json", lambda s: _status(201)(s) and not s.json, R.GARBAGE, E.GARBAGE),
    Row("other_server", lambda s: _status(201)(s) and not s.server_ours, R.GARBAGE, E.OTHER_SERVER),
    Row("other_echo", _status(201), R.GARBAGE, E.GARBAGE),
    Row("portal", _status(200), R.PORTAL, E.PORTAL),
    Row("redirect", _status(*range(300, 400)), R.PORTAL, E.REDIRECT),
    Row("proto_unsupported", _ours(400, "proto_unsupported"), R.UPDATE, E.UPDATE_NEEDED),
    Row("refused_batch", _ours(400), R.HALVE, E.REFUSED_BATCH),
    Row("stale", _ours(401, "stale"), R.CORRECT_CLOCK, E.CLOCK),
    Row("withdrawn", lambda s: _ours(403)(s) and s.order, R.WITHDRAW, E.WITHDRAWN),
    Row("locked_out", _status(401, 403), R.STOP_PUSH, E.ENROL_AGAIN),
    Row("new_epoch", lambda s: _ours(409, "epoch")(s) and s.order, R.OPEN_EPOCH, E.EPOCH),
    Row("too_large", _status(413), R.HALVE, E.TOO_LARGE),
    Row("busy", _status(429, 503), R.LATER, E.BUSY),
    Row("no_name", _fault(F.NAME, F.UNREACHABLE), R.BACK_OFF, E.NO_OFFICE),
    Row("tls", _fault(F.TLS), R.BACK_OFF, E.TLS),
    Row("no_answer", _fault(F.TIMEOUT, F.RESET), R.BACK_OFF, E.NO_ANSWER),
    Row("broken_answer", _fault(F.HALF_BODY, F.BAD_GZIP, F.TOO_LARGE), R.GARBAGE, E.GARBAGE),
    Row("all_else", lambda _: True, R.BACK_OFF, E.OFFICE_TROUBLE),
)


def meaning(seen: Seen) -> Row:
    """The row of the table that an answer falls under."""
    return next(row for row in TABLE if row.fits(seen))

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""An answer as the line reads it: strictly, its changes apart, so that a bad row never undoes an acknowledgement."""

from dataclasses import dataclass
from typing import Any

from sync.client.answers import Seen
from sync.client.transport import Answer, TransportFault
from sync.wire.faults import WireFault
from sync.wire.limits import ANSWER
from sync.wire.messages import ErrorText, Health, SyncAnswer
from sync.wire.strict import convert, decode, load


@dataclass(frozen=True, slots=True)
class ToldAnswer:
    """已答: the answer without its changes, and these as plain JSON: a bad one must not undo an acknowledgement."""

    answer: SyncAnswer
    changes: tuple[Any, ...]


def seen_of(answer: Answer | TransportFault, server: str, nonce: str, events: int) -> tuple[Seen, ToldAnswer | None]:
    """What the table looks at, and of a 201 of ours what it says; `nonce` and `events` are the request's."""
    if isinstance(answer, TransportFault):
        return Seen(fault=answer, with_events=events), None
    if answer.status != 201:  # noqa: PLR2004 - a status is its name
        told = error_of(answer)
        order = told.order is not None
        return Seen(answer.status, json=answer.is_json, code=told.error, order=order, with_events=events), None
    plain = load(answer.body, ANSWER) if answer.is_json else None
    if not isinstance(plain, dict):
        return Seen(201, with_events=events), None
    changes = plain.pop("changes", [])
    read = convert(SyncAnswer, plain)
    if isinstance(read, WireFault) or not isinstance(changes, list):
        return Seen(201, with_events=events), None
    seen = Seen(201, json=True, server_ours=read.server == server, echo_ours=read.echo == nonce, with_events=events)
    return seen, ToldAnswer(read, tuple(changes))


def health_of(answer: Answer | TransportFault) -> Health | None:
    """The office's health; None for anything else."""
    if isinstance(answer, TransportFault) or answer.status not in {200, 503} or not answer.is_json:
        return None
    found = decode(Health, answer.body)
    return None if isinstance(found, WireFault) else found


def error_of(answer: Answer) -> ErrorText:
    """The error of an answer in our own form; an empty one for a stranger's."""
    found = decode(ErrorText, answer.body) if answer.is_json else None
    return ErrorText(error="") if found is None or isinstance(found, WireFault) else found


def status_of(answer: Answer | TransportFault) -> int:
    """The HTTP status; 0 if no answer came."""
    return answer.status if isinstance(answer, Answer) else 0


def retry_after_of(answer: Answer | TransportFault) -> str | None:
    """The `Retry-After` header as it stands."""
    return answer.headers.get("retry-after") if isinstance(answer, Answer) else None

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""远程批准: a leader who is away decides on his phone's office page (domain.md section 7.3).

The gate asks under a 4-digit request number and goes on; the answer comes down as a work item. FEVER and isolation are
never decided from afar. Unanswered for 5 minutes the request times out: the deputy is shown, then the committee.
"""

from collections.abc import Callable
from dataclasses import replace

from kiosk.app.ports import Ids
from kiosk.app.turn import Done, Turn
from kiosk.domain.codes import Reason, RefusedInput, Verdict
from kiosk.domain.events import Override, RemoteApproval
from kiosk.domain.identity import PassageId
from kiosk.domain.passage import PassageRecord
from kiosk.domain.present import Asked
from kiosk.domain.register import WorkItem

ANSWER_KIND = "REMOTE"
"""Kind of the work item that carries an answer: `passage`, and in `detail` request, answer, why, by."""
TIMEOUT_MS = 300_000

NEVER_FROM_AFAR = frozenset(
    {
        Reason.FEVER,
        Reason.RECHECK_FEVER,
        Reason.ISOLATION_EXIT,
        Reason.ISOLATION_BREACH,
        Reason.RELEASE_PENDING,
        Reason.CENTRAL_NEEDED,
        Reason.RETURN_FROM_PERMIT,
    }
)
"""不可远程批准的原因."""


class RemoteLeader:
    """远程门长."""

    def __init__(self, new_turn: Callable[[], Turn], ids: Ids) -> None:
        """Begin turns over the gate's facts."""
        self._new_turn = new_turn
        self._ids = ids

    def ask(self, passage: PassageId) -> Done:
        """请求批准: a number is made and goes up ahead of ordinary events."""
        turn = self._new_turn()
        record = turn.record(passage)
        if record is None or not _may_be_asked(record):
            return Done(RefusedInput.BUTTON_NOT_OFFERED)
        held = {asked.request for asked in turn.facts.present.all("asked")}
        number = next(n for n in iter(self._number, "") if n not in held)
        turn.add(RemoteApproval(passage, number, "ASKED"))
        return turn.done()

    def waiting(self) -> tuple[Asked, ...]:
        """等待答复的请求, oldest first."""
        return tuple(self._new_turn().facts.present.all("asked"))

    def answered(self, item: WorkItem) -> Done | None:
        """An answer came down; None where it is none, or nobody waits for it any more."""
        detail = item.detail or {}
        if item.kind != ANSWER_KIND or item.passage is None:
            return None
        passage = PassageId(item.passage)
        turn = self._new_turn()
        asked: Asked | None = turn.facts.present.get("asked", passage)
        record = turn.record(passage)
        if asked is None or record is None or detail.get("request") != asked.request:
            return None
        approved = detail.get("answer") == "APPROVED" and _may_be_asked(record)
        why, by = detail.get("why", ""), detail.get("by", "")
        turn.add(RemoteApproval(passage, asked.request, "APPROVED" if approved else "REFUSED", why, by))
        if approved:
            turn.add(Override(passage, record.verdict, record.reason, Verdict.ADMIT, why, by))
            from_here = turn.records[passage]
            turn.step(_admitted(from_here))
        return turn.done()

    def time_out(self) -> tuple[PassageId, ...]:
        """Called each second: requests older than 5 minutes end; whoever waits is shown the deputy."""
        ended: list[PassageId] = []
        turn = self._new_turn()
        for asked in tuple(turn.facts.present.all("asked")):
            if turn.now.at_ms - asked.at_ms >= TIMEOUT_MS:
                turn.add(RemoteApproval(asked.passage, asked.request, "TIMEOUT"))
                ended.append(asked.passage)
        if ended:
            turn.done()
        return tuple(ended)

    def _number(self) -> str:
        return f"{int.from_bytes(self._ids.random(4), 'big') % 10_000:04d}"


def _may_be_asked(record: PassageRecord) -> bool:
    waits = record.verdict in (Verdict.LEADER, Verdict.REFUSE, Verdict.REDIRECT)
    return waits and record.reason not in NEVER_FROM_AFAR and record.overridden is None


def _admitted(record: PassageRecord) -> PassageRecord:
    return replace(record, verdict=Verdict.ADMIT, recorded=True, final=True)

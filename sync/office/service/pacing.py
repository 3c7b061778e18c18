# SPDX-License-Identifier: LicenseRef-Gatehouse
"""When each gate shall ask again: the office sets the pace, gates spread it by chance (sync-and-store.md 4, 8).

Usually 10 s; 7 s where sister gates wait to hear of each passage (two polls lie between); 2 s while a remote approval
waits. Whatever that comes to, all gates together stay below what this process answers: then everybody asks less often.
Kept in memory, by process: a gate that comes to another one is only asked to come as usual.
"""

import json
from collections.abc import Iterable
from threading import Lock

USUAL_S = 10
SISTERS_S = 7
APPROVAL_S = 2
LONGEST_S = 900
REQUESTS_PER_S = 60
"""What one process answers and still has as much again for backlogs (docs/operations/scale.md)."""
_APPROVAL_MS = 300_000
_COUNTED_MS = 120_000
_RECOUNT_MS = 2_000
_ASKED = '"type":"remote.approval"'


class Pacing:
    """节奏: `next_poll_s` for each answer. Any thread."""

    def __init__(self, per_s: float = REQUESTS_PER_S) -> None:
        """`per_s`: how many requests a second this process shall get at most from gates that have nothing to send."""
        self._per_s = per_s
        self._lock = Lock()
        self._seen_ms: dict[str, int] = {}
        self._wanted: dict[str, int] = {}
        self._waits_until_ms: dict[str, int] = {}
        self._counted_ms = 0
        self._rate = 0.0

    def next_poll_s(self, device: str, now_ms: int, *, sisters: bool, events: Iterable[str] = ()) -> int:
        """How many seconds this device shall wait; `events` are the texts that it has just sent."""
        with self._lock:
            self._note_approvals(device, now_ms, events)
            waits = self._waits_until_ms.get(device, 0) > now_ms
            wanted = APPROVAL_S if waits else SISTERS_S if sisters else USUAL_S
            self._seen_ms[device], self._wanted[device] = now_ms, wanted
            stretch = max(1.0, self._rate_now(now_ms) / self._per_s)
        # who waits for an approval has somebody standing at the gate
        return wanted if waits else min(LONGEST_S, round(wanted * stretch))

    def _note_approvals(self, device: str, now_ms: int, events: Iterable[str]) -> None:
        for text in events:
            if _ASKED not in text:
                continue
            answer = _answer_of(text)
            if answer == "ASKED":
                self._waits_until_ms[device] = now_ms + _APPROVAL_MS
            elif answer is not None:
                self._waits_until_ms.pop(device, None)

    def _rate_now(self, now_ms: int) -> float:
        """Requests a second if every gate that is there asked as often as it should."""
        if now_ms - self._counted_ms >= _RECOUNT_MS:
            self._counted_ms = now_ms
            gone = [device for device, at in self._seen_ms.items() if at < now_ms - _COUNTED_MS]
            for device in gone:
                del self._seen_ms[device], self._wanted[device]
                self._waits_until_ms.pop(device, None)
            self._rate = sum(1 / wanted for wanted in self._wanted.values())
        return self._rate


def _answer_of(text: str) -> str | None:
    try:
        answer = json.loads(text)["body"]["answer"]
    except (ValueError, KeyError, TypeError):
        return None
    return answer if isinstance(answer, str) else None

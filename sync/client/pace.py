# SPDX-License-Identifier: LicenseRef-Gatehouse
"""When to ask again (sync-and-store.md section 8): full jitter, stored over restarts, lengthened by the office.

wait = random(0, min(60 s, 1 s x 2^n)); `Retry-After` and `next_poll_s` can lengthen it to 900 s. Times in ms of the
gate's wall clock; a stored time further away than the longest wait was left by another clock and counts as past.
"""

BASE_MS = 1_000
CAP_MS = 60_000
LONGEST_MS = 900_000
PROBE_MS = 300_000
"""How often a gate that the office does not know any more asks again."""
_DOUBLINGS = 6  # 1 s x 2^6 > 60 s
_SPREAD = 0.2


def back_off_ms(failures: int, jitter: float) -> int:
    """The wait after so many failures in a row (at least 1); `jitter` 0..1."""
    return int(jitter * min(CAP_MS, BASE_MS << min(failures, _DOUBLINGS)))


def asked_wait_ms(retry_after: str | None) -> int:
    """`Retry-After` in ms, 0..900 s; 0 for none, a date, or nonsense."""
    if retry_after is None or not retry_after.strip().isdecimal():
        return 0
    return min(int(retry_after.strip()[:9]) * 1_000, LONGEST_MS)


def poll_ms(next_poll_s: int, jitter: float) -> int:
    """The wait after a success: what the office asked for, less up to a fifth, so that gates do not march in step."""
    return int(min(max(next_poll_s, 1) * 1_000, LONGEST_MS) * (1 - _SPREAD * jitter))


def due_in_ms(not_before_ms: int, now_ms: int) -> int:
    """How long until a stored time; 0 if it is past or cannot be meant."""
    wait = not_before_ms - now_ms
    return wait if 0 < wait <= LONGEST_MS else 0

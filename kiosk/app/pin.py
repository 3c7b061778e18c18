# SPDX-License-Identifier: LicenseRef-Gatehouse
"""门长密码: whose PIN was typed, how often it may be tried, and what survives the power switch (trust.md section 4).

Nobody says a name before the PIN: the pad is one for all leaders of the gate, and its tries are counted for the device.
Where a name was said first (a volunteer's own PIN, a leader at a locked pad), they are counted for that person. A try
is kept as failed *before* the hash is computed and taken back when it was right; after five wrong ones each further try
waits, and the waiting starts again in full when the program does. After ten it is locked: the pad opens to a leader who
says his name, a volunteer to a leader, and everybody to a new PIN from the office. The wall clock plays no part.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from kiosk.app.ports import PinVerdict
from kiosk.domain.identity import GateId, OperatorId
from kiosk.domain.register import Operator

LEADER: Final = "L"
FREE_TRIES: Final = 5
FIRST_WAIT_S: Final = 30
LONGEST_WAIT_S: Final = 480
MOST_TRIES: Final = 10
"""So many wrong tries in a row lock: sixteen minutes of waiting lie between the fifth and the tenth."""
PAD: Final = OperatorId("PAD")
"""公用密码键: stands for the pad that asks for no name, where a person's id could stand."""


class PinTries(Protocol):
    """Counts of wrong tries in a row, kept through a power cut; `whose` is a word of `PinCheck`'s own."""

    def failed(self, whose: str) -> int:
        """How many there are."""
        ...

    def keep(self, whose: str, failed: int) -> None:
        """Durable when it returns; `OSError` when it cannot be kept."""
        ...


@dataclass(frozen=True, slots=True)
class PinAnswer:
    """PIN 结果: what the check said, whose PIN it was, and how long to wait before the next try."""

    verdict: PinVerdict
    operator: OperatorId | None = None
    wait_s: int = 0


@dataclass(frozen=True, slots=True)
class PinTry:
    """One counted try: the typed PIN and the leaders whose it may be. `run` takes a second, in any thread."""

    count: str
    pin: str
    hashes: tuple[tuple[OperatorId, str], ...]
    matches: Callable[[str, str], bool]

    def run(self) -> OperatorId | None:
        """Whose PIN it is. Every hash is computed, so that the time tells nothing."""
        found = [leader for leader, kept in self.hashes if self.matches(kept, self.pin)]
        return found[0] if found else None


def wait_after(failed: int) -> int:
    """Seconds to wait after so many wrong tries in a row."""
    if failed < FREE_TRIES:
        return 0
    return int(min(FIRST_WAIT_S << min(failed - FREE_TRIES, 10), LONGEST_WAIT_S))


class PinCheck:
    """The pads of one gate. `begin` and `settle` belong to one thread, `PinTry.run` to any."""

    def __init__(
        self,
        gate: GateId,
        operators: Callable[[], tuple[Operator, ...]],
        matches: Callable[[str, str], bool],
        tries: PinTries,
        mono_ms: Callable[[], int],
    ) -> None:
        """`matches(hash, pin)` computes an argon2id hash; a restart's clock starts the waiting anew."""
        self._gate = gate
        self._operators = operators
        self._matches = matches
        self._tries = tries
        self._mono_ms = mono_ms
        self._started_ms = mono_ms()
        self._last_ms: dict[str, int] = {}

    def begin(self, pin: str, whose: OperatorId | None = None) -> PinTry | PinAnswer:
        """Count a try; an answer at once while it is locked, one must wait, or the count cannot be kept.

        `whose` names one person, volunteer or leader; without it the PIN may be any gate leader's.
        """
        count = self._count(whose)
        failed = self._tries.failed(count)
        if failed >= MOST_TRIES:
            return PinAnswer(PinVerdict.LOCKED)
        left_ms = self._last_ms.get(count, self._started_ms) + wait_after(failed) * 1000 - self._mono_ms()
        if failed >= FREE_TRIES and left_ms > 0:
            return PinAnswer(PinVerdict.WAIT, wait_s=-(-left_ms // 1000))
        try:
            self._tries.keep(count, failed + 1)
        except OSError:
            return PinAnswer(PinVerdict.UNKEPT)
        self._last_ms[count] = self._mono_ms()
        hashes = tuple((one.id, one.pin_hash) for one in self._here(whose) if one.pin_hash)
        return PinTry(count, pin, hashes, self._matches)

    def settle(self, tried: PinTry, found: OperatorId | None) -> PinAnswer:
        """What the try came to; a right one takes the count back."""
        if found is None:
            failed = self._tries.failed(tried.count)
            if failed >= MOST_TRIES:
                return PinAnswer(PinVerdict.LOCKED)
            wait_s = wait_after(failed)
            return PinAnswer(PinVerdict.WAIT if wait_s else PinVerdict.WRONG, wait_s=wait_s)
        return PinAnswer(PinVerdict.RIGHT, found) if self._clear(tried.count) else PinAnswer(PinVerdict.UNKEPT)

    def locked(self) -> tuple[OperatorId, ...]:
        """Who is locked: the pad (`PAD`) and people of this gate."""
        people = (one.id for one in self._operators() if self._is_here(one))
        pad = (PAD,) if self._tries.failed(self._count(None)) >= MOST_TRIES else ()
        return (*pad, *(one for one in people if self._tries.failed(self._count(one)) >= MOST_TRIES))

    def unlock(self, whose: OperatorId) -> bool:
        """解锁: the tries begin anew; by a leader whose own PIN was just right. False where it cannot be kept."""
        return self._clear(self._count(None if whose == PAD else whose))

    def _clear(self, count: str) -> bool:
        try:
            self._tries.keep(count, 0)
        except OSError:
            return False
        return True

    def _count(self, whose: OperatorId | None) -> str:
        """A person's count belongs to the PIN he has: the office unlocks by giving him another one."""
        if whose is None:
            return PAD
        kept = next((one.pin_hash for one in self._operators() if one.id == whose), None)
        return f"{whose}:{sha256((kept or '').encode()).hexdigest()[:12]}"

    def _here(self, whose: OperatorId | None) -> tuple[Operator, ...]:
        wanted = (one for one in self._operators() if (one.role == LEADER if whose is None else one.id == whose))
        return tuple(one for one in wanted if self._is_here(one))

    def _is_here(self, one: Operator) -> bool:
        return not one.gates or self._gate in one.gates

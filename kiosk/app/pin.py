# SPDX-License-Identifier: LicenseRef-Gatehouse
"""门长密码: whose PIN was typed, how often it may be tried, and what survives the power switch (trust.md section 4).

Nobody says a name before the PIN: the pad is one for all leaders of the gate, so tries are counted per device. A try is
kept as failed *before* the hash is computed and taken back when it was right; after five wrong ones each further try
waits, and the waiting starts again in full when the program does. The wall clock plays no part.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from kiosk.app.ports import PinVerdict
from kiosk.domain.identity import GateId, OperatorId
from kiosk.domain.register import Operator

LEADER: Final = "L"
FREE_TRIES: Final = 5
FIRST_WAIT_S: Final = 30
LONGEST_WAIT_S: Final = 480


class PinTries(Protocol):
    """The count of wrong tries in a row, kept through a power cut."""

    def failed(self) -> int:
        """How many there are."""
        ...

    def keep(self, failed: int) -> None:
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
    """The pad of one gate. `begin` and `settle` belong to one thread, `PinTry.run` to any."""

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
        self._failed = tries.failed()
        self._last_ms = mono_ms()

    def begin(self, pin: str, whose: OperatorId | None = None) -> PinTry | PinAnswer:
        """Count a try; an answer at once while one must wait or when the count cannot be kept.

        `whose` names one person, volunteer or leader; without it the PIN may be any gate leader's.
        """
        left_ms = self._last_ms + wait_after(self._failed) * 1000 - self._mono_ms()
        if self._failed >= FREE_TRIES and left_ms > 0:
            return PinAnswer(PinVerdict.WAIT, wait_s=-(-left_ms // 1000))
        try:
            self._tries.keep(self._failed + 1)
        except OSError:
            return PinAnswer(PinVerdict.LOCKED)
        self._failed += 1
        self._last_ms = self._mono_ms()
        hashes = tuple(
            (one.id, one.pin_hash)
            for one in self._operators()
            if (one.role == LEADER if whose is None else one.id == whose)
            and one.pin_hash
            and (not one.gates or self._gate in one.gates)
        )
        return PinTry(pin, hashes, self._matches)

    def settle(self, found: OperatorId | None) -> PinAnswer:
        """What the try came to; a right one takes the count back."""
        if found is None:
            wait_s = wait_after(self._failed)
            return PinAnswer(PinVerdict.WAIT if wait_s else PinVerdict.WRONG, wait_s=wait_s)
        self._failed = 0
        try:
            self._tries.keep(0)
        except OSError:
            return PinAnswer(PinVerdict.LOCKED)
        return PinAnswer(PinVerdict.RIGHT, found)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""From the symbols of a frame to at most one sighting: the rule by time, pure (design: scanning.md section 5).

The camera shows one card in fifty frames; the desk must hear of it once. Times are monotonic seconds of the moment
the frame was captured, never of the moment it was looked at, so a slow decoder changes no outcome.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, TypeVar

K = TypeVar("K")
Corner = tuple[float, float]
Corners = tuple[Corner, Corner, Corner, Corner]

OUT_OF_VIEW_S: Final = 3.0
"""A payload counts again only after it has been out of view this long."""
PARTED_S: Final = 0.5
"""Two passes stop being ambiguous once one of them is gone this long; a foreign code waits this long for a pass."""
UNREAD_S: Final = 2.0
"""Located but unread this long: unreadable."""
LONGEST_ENROLMENT: Final = 512

_PASS_FORM: Final = re.compile(rb"EP(?:[1-9A-Z]|R1):")
_ENROLMENT_FORM: Final = re.compile(rb"[\x20-\x7e]+")


class Source(StrEnum):
    """Where a code came from."""

    CAMERA = "CAMERA"
    WEDGE = "WEDGE"
    PHOTO = "PHOTO"
    TYPED = "TYPED"


class CodeKind(StrEnum):
    """What a taken payload claims to be; the verifier or the enrolment decides whether it is."""

    PASS = "PASS"
    ENROLMENT = "ENROLMENT"


class SeenSymbol(Protocol):
    """A read symbol: its bytes and where it stands in the frame."""

    @property
    def data(self) -> bytes:
        """The bytes of the code."""

    @property
    def corners(self) -> Corners:
        """Corners in frame pixels: top left, top right, bottom right, bottom left of the symbol."""


@dataclass(frozen=True, slots=True)
class CodeSeen:
    """A payload came into view. `first_seen` and `captured_at` are monotonic seconds of capture."""

    payload: bytes
    kind: CodeKind
    first_seen: float
    captured_at: float
    corners: Corners
    source: Source


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A foreign code alone in view (这不是出入证); it holds nothing of the code."""

    captured_at: float
    source: Source


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Two different passes in one frame (请一次出示一张); said once, until one of them is gone for `PARTED_S`."""

    captured_at: float


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A symbol has been located but not read for `UNREAD_S` (没看清,请再出示一次); the look-up keys are offered."""

    captured_at: float


Sighting = CodeSeen | NotOurs | Ambiguous | Unreadable


def accepted_as(payload: bytes, *, enrolling: bool) -> CodeKind | None:
    """Which door a payload may go to; None = not ours (这不是出入证).

    Pass texts go to the verifier as they are, however bad their form (pass-format.md section 4, step 1).
    """
    if _PASS_FORM.match(payload):
        return CodeKind.PASS
    if enrolling and len(payload) <= LONGEST_ENROLMENT and _ENROLMENT_FORM.fullmatch(payload):
        return CodeKind.ENROLMENT
    return None


@dataclass(slots=True)
class _InView:
    """One payload of ours: since when it is in view, when it was seen last, whether it was reported."""

    first: float
    last: float
    told: bool = False


class SightingTracker:
    """Turns symbols, frame by frame, into at most one sighting a frame.

    Not thread-safe: one thread (the scan loop) feeds it; other sources of the same gate go through the same thread.
    """

    def __init__(self, *, enrolling: bool = False) -> None:
        """`enrolling`: the enrolment screen is up, so enrolment codes are taken too."""
        self.enrolling = enrolling
        self._ours: dict[bytes, _InView] = {}
        self._foreign: dict[int, _InView] = {}  # by hash: no content of a foreign code is kept
        self._ours_last: float | None = None
        self._pair: frozenset[bytes] = frozenset()
        self._unread: _InView | None = None

    def clear(self) -> None:
        """Forget everything; done when the direction at the gate changes."""
        self._ours.clear()
        self._foreign.clear()
        self._ours_last = None
        self._pair = frozenset()
        self._unread = None

    def seen(
        self,
        symbols: Iterable[SeenSymbol],
        now: float,
        *,
        source: Source = Source.CAMERA,
        foreign: bool = False,
        located: bool = False,
    ) -> Sighting | None:
        """One frame (or one wedge text) of symbols, captured at `now`.

        `foreign`: a code of another kind (Micro QR) was read; `located`: a symbol was found that could not be read.
        """
        ours: dict[bytes, SeenSymbol] = {}
        kinds: dict[bytes, CodeKind] = {}
        strange: set[int] = {0} if foreign else set()
        for symbol in symbols:
            kind = accepted_as(symbol.data, enrolling=self.enrolling)
            if kind is None:
                strange.add(hash(symbol.data))
            else:
                ours.setdefault(symbol.data, symbol)
                kinds[symbol.data] = kind
        self._forget(now)
        for payload in ours:
            _look(self._ours, payload, now)
            self._ours_last = now
        for key in strange:
            _look(self._foreign, key, now)
        if ours:
            self._unread = None
            return self._of_ours(ours, kinds, now, source)
        if strange:
            return self._of_foreign(strange, now, source)
        return self._of_unread(now, located=located)

    def _forget(self, now: float) -> None:
        """Drop what has been out of view for `OUT_OF_VIEW_S`, so memory is bounded by what is in view."""
        for payload in [key for key, view in self._ours.items() if now - view.last >= OUT_OF_VIEW_S]:
            del self._ours[payload]
        for key in [key for key, view in self._foreign.items() if now - view.last >= OUT_OF_VIEW_S]:
            del self._foreign[key]

    def _of_ours(
        self, ours: dict[bytes, SeenSymbol], kinds: dict[bytes, CodeKind], now: float, source: Source
    ) -> Sighting | None:
        if len(ours) > 1:
            said = bool(self._pair) and self._pair_in_view(now)
            self._pair = frozenset(ours) | (self._pair if said else frozenset())
            return None if said else Ambiguous(now)
        if self._pair:
            if self._pair_in_view(now):
                return None
            self._pair = frozenset()
        ((payload, symbol),) = ours.items()
        view = self._ours[payload]
        if view.told:
            return None
        view.told = True
        return CodeSeen(payload, kinds[payload], view.first, now, symbol.corners, source)

    def _pair_in_view(self, now: float) -> bool:
        """Whether two passes of the ambiguous ones were seen within `PARTED_S`."""
        recent = [
            payload
            for payload in self._pair
            if (view := self._ours.get(payload)) is not None and now - view.last < PARTED_S
        ]
        return len(recent) > 1

    def _of_foreign(self, strange: set[int], now: float, source: Source) -> NotOurs | None:
        """A camera sees many codes that nobody holds up, so it waits; a scanner or a photo was meant."""
        pass_near = self._ours_last is not None and now - self._ours_last < PARTED_S
        due = [
            view
            for key in strange
            if not (view := self._foreign[key]).told
            and (source is not Source.CAMERA or (not pass_near and now - view.first >= PARTED_S))
        ]
        for view in due:
            view.told = True
        return NotOurs(now, source) if due else None

    def _of_unread(self, now: float, *, located: bool) -> Unreadable | None:
        view = self._unread
        if view is not None and now - view.last >= PARTED_S:
            view = self._unread = None
        if not located:
            return None
        if view is None:
            view = self._unread = _InView(now, now)
        view.last = now
        if view.told or now - view.first < UNREAD_S:
            return None
        view.told = True
        return Unreadable(now)


def _look(views: dict[K, _InView], key: K, now: float) -> None:
    view = views.get(key)
    if view is None:
        views[key] = _InView(now, now)
    else:
        view.last = now

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What many look at and few change, made once: kept as long as its fingerprint is the same."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar, cast

T = TypeVar("T")


class Recent:
    """最近结果: one value per name; whoever comes while it is made waits for it and makes nothing."""

    def __init__(self) -> None:
        """Nothing is kept."""
        self._lock = Lock()
        self._making: dict[str, Lock] = {}
        self._kept: dict[str, tuple[Hashable, object]] = {}

    def get(self, name: str, fingerprint: Hashable, make: Callable[[], T]) -> T:
        """The value of this fingerprint, made now if another one is kept."""
        with self._lock:
            making = self._making.setdefault(name, Lock())
        with making:
            kept = self._kept.get(name)
            if kept is None or kept[0] != fingerprint:
                kept = (fingerprint, make())
                self._kept[name] = kept
            return cast("T", kept[1])

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The signer's own log: one line per signature or refusal, each hashed over the one before (trust.md section 5).

    hash = SHA-256("GH-SG1" | hash of the line before (32) | canonical JSON of the entry)     first: SHA-256("GH-SG0")

Ids only: committee, kid, application and card id; nobody's name.
"""

import json
import os
from collections import deque
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from kiosk.domain.trust.statements import Json, canonical_json

_FIRST = sha256(b"GH-SG0").hexdigest()
_HOUR_MS = 3_600_000


def _link(before: str, entry: Mapping[str, Json]) -> str:
    return sha256(b"GH-SG1" + bytes.fromhex(before) + canonical_json(dict(entry))).hexdigest()


class SignerLog:
    """签名记录: an append-only file; `head` is the hash of its last line."""

    def __init__(self, path: Path) -> None:
        """Open the log and read its head; a broken one still takes new lines, `verify` says where it breaks."""
        self._path = path
        self._recent: dict[str, deque[int]] = {}
        self.head = _FIRST
        self.count = 0
        for row in self._rows():
            self.head, self.count = str(row["hash"]), self.count + 1
            self._remember(row)

    def append(self, entry: Mapping[str, Json]) -> None:
        """Add a line and bring it to the disk; `entry` holds `at_ms`, and `committee` where it is a pass."""
        row: dict[str, Json] = {"seq": self.count + 1, **entry}
        link = _link(self.head, row)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(canonical_json({"entry": row, "hash": link}) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.head, self.count = link, self.count + 1
        self._remember(row)

    def signed_within_hour(self, committee: str, now_ms: int) -> int:
        """How many passes were signed for a committee in the hour before `now_ms`."""
        times = self._recent.setdefault(committee, deque())
        while times and times[0] <= now_ms - _HOUR_MS:
            times.popleft()
        return len(times)

    def verify(self) -> int | None:
        """None if the chain holds, else the number of the first line that breaks it (from 1)."""
        before = _FIRST
        for number, row in enumerate(self._rows(), 1):
            entry = {key: value for key, value in row.items() if key != "hash"}
            if row.get("hash") != _link(before, entry) or row.get("seq") != number:
                return number
            before = str(row["hash"])
        return None

    def _remember(self, row: Mapping[str, Json]) -> None:
        if row.get("what") == "SIGNED":
            self._recent.setdefault(str(row["committee"]), deque()).append(int(str(row["at_ms"])))

    def _rows(self) -> Iterator[dict[str, Json]]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for line in file:
                try:
                    data = json.loads(line)
                    yield {**data["entry"], "hash": data["hash"]}
                except (ValueError, KeyError, TypeError):
                    yield {"hash": "", "what": "DAMAGED"}

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""副本列: what a stored event shows beside its canonical bytes, for search and lists; copies, never a source.

The writer fills the columns by this function and verification compares them by it, so that they cannot drift apart.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from kiosk.domain.log.canonical import NotCanonical

_LATE = "late_entry"


class Columns(NamedTuple):
    """副本列: in the order of the store's table `event`; ids packed (hex as bytes), times in ms, `temp_dc` tenths."""

    seq: int
    event_id: bytes | str
    at_ms: int
    mono_ms: int
    boot: int
    clock: str
    type: str
    v: int
    shift_id: bytes | str | None
    person_id: bytes | str | None
    pass_id: bytes | str | None
    passage_id: bytes | str | None
    verdict: str | None
    temp_dc: int | None


def packed_id(text: str | None) -> bytes | str | None:
    """编号压缩: lower-case hex as bytes, any other name as it is; reversible by `unpacked_id`."""
    if text is None:
        return None
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return text
    return raw if raw.hex() == text else text


def unpacked_id(value: bytes | str) -> str:
    """编号还原: the id as it stands in the canonical bytes."""
    return value.hex() if isinstance(value, bytes) else value


def columns_of(event: Mapping[str, Any]) -> Columns:
    """副本列取值: the columns of a canonical event object; raises `NotCanonical` if a key of the envelope is missing.

    A late entry is found by the passage that it tells of.
    """
    try:
        body = event["body"]
        if event["type"] == _LATE:
            body = {**body["of"], "temp_dc": body.get("temp_dc")}
        get = body.get
        return Columns(
            event["seq"], packed_id(event["id"]) or "", event["at"], event["mono"], event["boot"], event["clk"],
            event["type"], event["v"], packed_id(event.get("shift")), packed_id(get("person")), packed_id(get("pass")),
            packed_id(get("passage")), get("verdict"), get("temp_dc"),
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError):
        raise NotCanonical("not an event") from None

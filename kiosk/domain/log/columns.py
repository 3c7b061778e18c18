# SPDX-License-Identifier: LicenseRef-Gatehouse
"""副本列: what a stored event shows beside its canonical bytes, for search and lists; copies, never a source.

The writer fills the columns by this function and verification compares them by it, so that they cannot drift apart.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from kiosk.domain.log.canonical import EventTooLarge, NotCanonical, read_canonical

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


_Id = bytes | str | None
Copies = tuple[
    int, bytes | str, int, int, int, str, str, int, _Id, _Id, _Id, _Id, str | None, int | None
]  # fmt: skip
"""副本: the values of `Columns` in their order, bare: a hundred thousand of them are read in a check."""


def packed_id(text: str) -> bytes | str:
    """编号压缩: lower-case hex as bytes, any other name as it is; reversible by `unpacked_id`."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return text
    return raw if raw.hex() == text else text


def _optional(text: str | None) -> bytes | str | None:
    return None if text is None else packed_id(text)


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
            event["seq"], packed_id(event["id"]), event["at"], event["mono"], event["boot"], event["clk"],
            event["type"], event["v"], _optional(event.get("shift")), _optional(get("person")), _optional(get("pass")),
            _optional(get("passage")), get("verdict"), get("temp_dc"),
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError):
        raise NotCanonical("not an event") from None


def columns_agree(columns: Copies, canon: bytes) -> bool:
    """副本列核对: whether columns are those of the canonical bytes; `canon` itself is vouched for by the chain."""
    return fragments_agree(columns, canon.decode("latin-1")) or _parsed_agree(columns, canon)


def fragments_agree(columns: Copies, text: str) -> bool:
    """副本列速核: True only if the columns are those of a usual event (an object and its flat body) in `text`.

    Compared by fragments, several times faster than by parsing: in canonical bytes a quote inside a text is escaped,
    so `"person":` can only be a key. False says nothing: such an event is to be parsed.
    """
    seq, event_id, at_ms, mono_ms, boot, clock, kind, v, shift, person, pass_id, passage, verdict, temp_dc = columns
    if type(event_id) is not bytes or text.count("{") != 2:  # noqa: PLR2004 - the event and its body
        return False
    if '"' in f"{clock}{kind}{verdict}":
        # A forged copy must not swallow the text that follows its value.
        return False
    tail = f',"type":"{kind}","v":{v}}}'
    return (
        (
            text.endswith(f'"seq":{seq}{tail}')
            if shift is None
            else type(shift) is bytes and text.endswith(f'"seq":{seq},"shift":"{shift.hex()}"{tail}')
        )
        and text.startswith(f'{{"at":{at_ms},"body":{{')
        and f'}},"boot":{boot},"clk":"{clock}","gate":"' in text
        and f'","id":"{event_id.hex()}","mono":{mono_ms},' in text
        and (
            f'"passage":"{passage.hex()}"' in text
            if type(passage) is bytes
            else passage is None and '"passage":' not in text
        )
        and (
            f'"person":"{person.hex()}"' in text
            if type(person) is bytes
            else person is None and '"person":' not in text
        )
        and (
            f'"pass":"{pass_id.hex()}"' in text if type(pass_id) is bytes else pass_id is None and '"pass":' not in text
        )
        and (f'"verdict":"{verdict}"' in text if verdict is not None else '"verdict":' not in text)
        and (
            f'"temp_dc":{temp_dc},' in text or f'"temp_dc":{temp_dc}}}' in text
            if temp_dc is not None
            else '"temp_dc":' not in text
        )
    )


def _parsed_agree(columns: Copies, canon: bytes) -> bool:
    try:
        return columns == columns_of(read_canonical(canon))
    except (NotCanonical, EventTooLarge):
        return False

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every change of a log is found and named, with the first bad seq (trust.md 8)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.log.canonical import NotCanonical, canonical_bytes
from kiosk.domain.log.chain import first_hash, next_hash
from kiosk.domain.log.columns import Columns, columns_agree, columns_of, packed_id, unpacked_id
from kiosk.domain.log.findings import Anchor, LogFault, LogReport
from kiosk.domain.log.verify import Base, Opened, StoredRow, verify_log
from tests.unit.log.logs import DEVICE, EPOCH, MemoryLog, build, event, moved, purged, usual


def _verify(log: MemoryLog, *anchors: Anchor) -> LogReport:
    return verify_log(log, DEVICE, EPOCH, anchors)


def _first(report: LogReport) -> tuple[int, LogFault]:
    return report.findings[0].seq, report.findings[0].fault


def test_a_whole_log_says_so() -> None:
    log = usual()
    receipt = Anchor(8, log.stored[7].hash.hex(), signed=True)
    report = _verify(log, receipt)
    assert report.whole
    assert report.line() == f"OK 12 events, head {log.stored[-1].hash.hex()[:8]}, receipt at 8"
    assert (report.first_seq, report.head_seq, report.receipt_seq) == (1, 12, 8)


def test_a_log_without_receipt_says_so() -> None:
    assert _verify(usual()).line().endswith(", no receipt")
    assert _verify(MemoryLog()).head_hash == first_hash(DEVICE, EPOCH).hex()


def test_another_device_or_epoch_has_another_chain() -> None:
    assert _first(verify_log(usual(), "0b" * 16, EPOCH)) == (1, LogFault.EDITED)
    assert _first(verify_log(usual(), DEVICE, EPOCH + 1)) == (1, LogFault.EDITED)
    assert first_hash(DEVICE, 1) == first_hash("0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a", 1)
    with pytest.raises(ValueError, match="15 bytes"):
        first_hash("0a" * 15, 1)


@pytest.mark.parametrize("seq", [1, 2, 6, 11])
def test_a_deleted_row_is_found(seq: int) -> None:
    log = usual()
    del log.stored[seq - 1]
    log.parts.pop(seq, None)
    assert _first(_verify(log)) == (seq, LogFault.DELETED)
    log.renumber()
    assert _first(_verify(log)) == (seq, LogFault.DELETED)


def test_the_last_rows_cut_off_are_found_by_the_receipt_alone() -> None:
    log = usual()
    receipt = Anchor(12, log.stored[11].hash.hex())
    del log.stored[9:]
    assert _verify(log).whole
    found = _verify(log, receipt)
    assert _first(found) == (10, LogFault.TRUNCATED)
    assert found.line() == f"{EPOCH}/10 TRUNCATED expected events up to 12"


@pytest.mark.parametrize("chained", [True, False])
@pytest.mark.parametrize("place", [1, 4, 12])
def test_a_row_slipped_in_is_found(place: int, chained: bool) -> None:
    log = usual()
    prev = first_hash(DEVICE, EPOCH) if place == 1 else log.stored[place - 2].hash
    canon = canonical_bytes(event(place, id="ee" * 16))
    row = StoredRow(columns_of(event(place, id="ee" * 16)), canon, next_hash(prev, canon) if chained else b"x" * 32)
    log.stored.insert(place - 1, row)
    log.renumber()
    assert _first(_verify(log)) == (place, LogFault.INSERTED)


def test_a_row_slipped_in_with_a_far_number_is_found() -> None:
    log = usual()
    canon = canonical_bytes(event(2, id="ee" * 16))
    log.stored[8] = StoredRow(columns_of(event(9)), canon, b"x" * 32)
    assert _first(_verify(log)) == (9, LogFault.INSERTED)


@pytest.mark.parametrize(("one", "other"), [(2, 3), (1, 2), (3, 9), (11, 12)])
def test_swapped_rows_are_found(one: int, other: int) -> None:
    log = usual()
    first, second = log.stored[one - 1], log.stored[other - 1]
    log.stored[one - 1] = moved(second, one)
    log.stored[other - 1] = moved(first, other)
    assert _first(_verify(log)) == (one, LogFault.SWAPPED)


@pytest.mark.parametrize("seq", [1, 5, 12])
def test_an_edited_row_is_found_and_what_its_hash_should_be(seq: int) -> None:
    log = usual()
    prev = first_hash(DEVICE, EPOCH) if seq == 1 else log.stored[seq - 2].hash
    row = log.stored[seq - 1]
    changed = row.canon.replace(b'"boot":1', b'"boot":2')
    log.stored[seq - 1] = row._replace(canon=changed)
    report = _verify(log)
    assert _first(report) == (seq, LogFault.EDITED)
    assert report.findings[0].expected == next_hash(prev, changed).hex()


@given(st.integers(0, 11), st.integers(0, 10_000), st.integers(1, 255), st.booleans())
def test_any_changed_byte_of_bytes_or_hash_is_found_at_its_row(index: int, at: int, mask: int, in_hash: bool) -> None:
    log = usual()
    row = log.stored[index]
    data = bytearray(row.hash if in_hash else row.canon)
    data[at % len(data)] ^= mask
    log.stored[index] = row._replace(hash=bytes(data)) if in_hash else row._replace(canon=bytes(data))
    assert _verify(log).findings[0].seq == index + 1


def test_bytes_that_are_no_event_any_more_are_edited() -> None:
    log = usual()
    log.stored[3] = log.stored[3]._replace(canon=b"[]")
    assert _first(_verify(log)) == (4, LogFault.EDITED)
    log.stored[3] = log.stored[3]._replace(canon=b'{"seq":"4"}')
    assert _first(_verify(log)) == (4, LogFault.EDITED)


def test_a_repeated_row_or_id_is_found() -> None:
    log = usual()
    log.stored.insert(4, log.stored[3])
    assert _first(_verify(log)) == (5, LogFault.DUPLICATE)
    again = usual()
    again.stored[8] = moved(again.stored[3], 9)
    assert _first(_verify(again)) == (9, LogFault.DUPLICATE)
    same_id = build([event(1), event(2), event(3, id=f"{1:032x}")])
    assert _first(_verify(same_id)) == (3, LogFault.DUPLICATE)


@pytest.mark.parametrize("name", Columns._fields[1:])
def test_a_changed_copy_is_found(name: str) -> None:
    log = usual()
    row = log.stored[6]
    value = getattr(Columns._make(row.columns), name)
    other: dict[type, object] = {bytes: b"\x01", str: "other", int: 36}
    # As text the id would no longer be found by the index; the other columns have one type only.
    for changed in (other[type(value)], None, *([value.hex()] if isinstance(value, bytes) else [])):
        other_columns = Columns(**{**Columns._make(row.columns)._asdict(), name: changed})
        log.stored[6] = row._replace(columns=other_columns)
        assert (7, LogFault.COLUMN_MISMATCH) in [(f.seq, f.fault) for f in _verify(log).findings], changed


def test_a_copy_cannot_swallow_the_text_behind_it() -> None:
    data = event(1)
    columns = columns_of(data)
    assert columns_agree(columns, canonical_bytes(data))
    greedy = columns._replace(verdict='ADMIT"},"boot":1,"clk":"ok')
    assert not columns_agree(greedy, canonical_bytes(data))
    assert not columns_agree(columns._replace(shift_id="5f" * 16), canonical_bytes(data))


def test_copies_where_there_is_nothing_to_copy_are_found() -> None:
    bare = event(1, type="tailgate", body={"count": 2})
    del bare["shift"]
    columns = columns_of(bare)
    assert columns_agree(columns, canonical_bytes(bare))
    for changes in ({"shift_id": b"1"}, {"person_id": b"1"}, {"verdict": "ADMIT"}, {"temp_dc": 365}):
        assert not columns_agree(columns._replace(**changes), canonical_bytes(bare))


def test_names_that_are_not_hex_and_nested_bodies_have_their_copies() -> None:
    late = event(
        1, type="late_entry",
        body={"sheet": "P1", "line": 2, "temp_dc": 366, "of": {"passage": "p-1", "person": "x", "verdict": "HOLD"}},
    )  # fmt: skip
    columns = columns_of(late)
    assert (columns.passage_id, columns.person_id, columns.verdict, columns.temp_dc) == ("p-1", "x", "HOLD", 366)
    assert columns_agree(columns, canonical_bytes(late))
    assert not columns_agree(columns, b"{}")
    assert [unpacked_id(packed_id(text)) for text in ("p-1", "0a1f", "0A1F")] == ["p-1", "0a1f", "0A1F"]
    with pytest.raises(NotCanonical):
        columns_of({"type": "passage"})


def test_bytes_in_another_form_are_found_even_if_the_chain_holds() -> None:
    for canon in (b'{"type": "passage"}', b'{"at":1,"body":{},"boot":1,"pc":"x", "seq":1}'):
        log = MemoryLog([StoredRow(columns_of(event(1)), canon, next_hash(first_hash(DEVICE, EPOCH), canon))])
        assert _first(_verify(log)) == (1, LogFault.COLUMN_MISMATCH)


def test_personal_parts_hold_by_their_commitment() -> None:
    log = usual()
    for part in (Opened(None), Opened("e" * 64)):
        log.parts[5] = part
        assert _first(_verify(log)) == (5, LogFault.PERSONAL_MISMATCH)
    log.parts[5] = Opened(None, tried=False)
    assert _verify(log).whole
    log.parts[6] = Opened(None, tried=False)
    assert _first(_verify(log)) == (6, LogFault.PERSONAL_MISMATCH)
    del log.parts[6]
    log.parts[99] = Opened("e" * 64)
    assert _first(_verify(log)) == (99, LogFault.PERSONAL_MISMATCH)


def test_a_missing_personal_part_needs_a_later_purge_of_its_day() -> None:
    assert _verify(purged("2020-02-19")).whole
    report = _verify(purged("2020-02-18"))
    assert _first(report) == (5, LogFault.PERSONAL_MISSING)
    log = purged("2020-02-19")
    broken = replace(log, stored=log.stored[:7] + log.stored[8:], parts={20: Opened("e" * 64)})
    # The break comes before the purge: the missing part is not excused, and what lies behind is not judged.
    assert [(f.seq, f.fault) for f in _verify(broken).findings] == [
        (5, LogFault.PERSONAL_MISSING),
        (8, LogFault.DELETED),
    ]


def test_a_purge_record_that_names_no_day_excuses_nothing() -> None:
    log = build([event(1, pc="d" * 64), event(2, type="purge", body={"rows": 1})])
    log.parts.clear()
    assert _first(_verify(log)) == (1, LogFault.PERSONAL_MISSING)


def test_receipts_and_signed_heads() -> None:
    log = usual()
    good = log.stored[3].hash.hex()
    assert _first(_verify(log, Anchor(4, good, signed=False))) == (4, LogFault.BAD_SIGNATURE)
    assert _first(_verify(log, Anchor(4, "0" * 64))) == (4, LogFault.FORKED)
    head = _verify(log, Anchor(4, good, signed=True, receipt=False))
    assert head.whole
    assert head.receipt_seq is None


def test_a_pruned_log_goes_on_from_its_base() -> None:
    log = usual()
    base = Base(6, log.stored[5].hash)
    receipt = Anchor(6, base.hash.hex())
    old = Anchor(2, "0" * 64)
    tail = MemoryLog(log.stored[6:])
    report = verify_log(tail, DEVICE, EPOCH, (receipt, old), base)
    assert report.whole
    assert (report.count, report.first_seq, report.receipt_seq) == (6, 7, 6)
    assert not verify_log(tail, DEVICE, EPOCH, (), Base(6, b"y" * 32)).whole


def test_behind_a_break_nothing_is_said_of_a_receipt() -> None:
    log = usual()
    receipt = Anchor(12, log.stored[11].hash.hex())
    del log.stored[5]
    assert [f.fault for f in _verify(log, receipt).findings] == [LogFault.DELETED]


def _unchanged(log: MemoryLog) -> MemoryLog:
    return log


@pytest.mark.parametrize("change", [_unchanged])
def test_the_control_finds_nothing(change: Callable[[MemoryLog], MemoryLog]) -> None:
    assert _verify(change(usual())).findings == ()

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What desk and sync thread may count on from the store: the ports `GateStore`, `PulledLists`, `SyncStore`."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.adapters.store import GateFolderStore
from kiosk.app.ports import (
    CommitFailed,
    CommitFault,
    GateStore,
    LiveChange,
    PulledLists,
    RowChange,
    SyncStore,
)
from kiosk.domain.codes import CaseKind, PassState, Priority
from kiosk.domain.events import CaseOpened, CaseStep, Event, LogOpened, RemoteApproval, Tailgate
from kiosk.domain.identity import CaseId, PassageId
from kiosk.domain.log.canonical import EventTooLarge
from kiosk.domain.log.chain import first_hash, next_hash
from kiosk.domain.register import Person
from kiosk.domain.trust.sealing import personal_commitment
from tests.unit.store.boxes import (
    DEVICE,
    ROSTER,
    SHIFT,
    Box,
    change,
    fold,
    pass_of,
    pass_row,
    person,
    person_of,
    roster,
)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path / "gate")
    made.open()
    yield made
    made.close()


@pytest.fixture
def store(box: Box) -> GateFolderStore:
    return box.store


def test_one_object_stands_for_the_three_ports(store: GateFolderStore) -> None:
    ports: tuple[GateStore, PulledLists, SyncStore] = (store, store, store)
    assert len(ports) == 3


# ----------------------------------------------------------------------------------------------------------- the log


def test_a_new_log_begins_by_saying_so(store: GateFolderStore) -> None:
    (first,) = store.events()
    assert first.body == LogOpened("NEW")
    assert first.seq == 1
    assert store.head()[0] == 1


def test_a_commit_gives_the_events_their_place(box: Box, store: GateFolderStore) -> None:
    drafts = box.entry("0a" * 16)
    events = store.commit(drafts, fold)
    assert [(e.seq, e.id, e.body) for e in events] == [
        (2, drafts[0].id, drafts[0].body),
        (3, drafts[1].id, drafts[1].body),
    ]
    assert store.events_of_passage(PassageId("0a" * 16)) == events
    assert tuple(store.events(1)) == events
    assert tuple(store.events(1, 1)) == events[:1]
    assert store.newest_at_ms() == drafts[1].at_ms


def test_what_was_committed_is_there_after_a_restart(box: Box, store: GateFolderStore) -> None:
    events = box.record(25)
    head, live = store.head(), set(store.live())
    again = box.again()
    assert again.head() == head
    assert tuple(again.events(1)) == events
    assert set(again.live()) == live
    assert again.newest_at_ms() == events[-1].at_ms


def test_the_chain_is_the_one_of_the_design(box: Box, store: GateFolderStore) -> None:
    box.record(3)
    prev = first_hash(DEVICE.device, 1)
    for out in store.outgoing(0, 100, 10**6):
        assert out.prev == prev.hex()
        prev = next_hash(prev, out.canon.encode())
        assert out.hash == prev.hex()
    assert store.head()[1] == prev.hex()


def test_the_folded_present_changes_with_the_events(box: Box, store: GateFolderStore) -> None:
    store.commit(box.entry(who=1), fold)
    store.commit(box.entry(who=2), fold)
    assert {change.key for change in store.live()} == {person_of(1), person_of(2)}

    def leave(_event: Event) -> tuple[LiveChange, ...]:
        return (LiveChange("presence", person_of(1), None), LiveChange("presence", person_of(9), None))

    store.commit(box.entry(), leave)
    assert {change.key for change in store.live()} == {person_of(2)}


def test_fold_sees_each_event_in_order_with_its_place(box: Box, store: GateFolderStore) -> None:
    seen: list[Event] = []

    def look(event: Event) -> tuple[LiveChange, ...]:
        seen.append(event)
        return (LiveChange("last", "x", f'{{"seq":{event.seq}}}'),)

    events = store.commit(box.entry(), look)
    assert tuple(seen) == events
    assert [change.doc for change in store.live()] == ['{"seq":3}']


def test_a_fold_that_fails_leaves_no_trace(box: Box, store: GateFolderStore) -> None:
    before = store.head()

    def fail(_event: Event) -> tuple[LiveChange, ...]:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        store.commit(box.entry(), fail)
    assert store.head() == before
    assert store.commit(box.entry(), fold)[0].seq == before[0] + 1


def test_an_event_that_is_too_large_is_a_bug_found_before_the_commit(box: Box, store: GateFolderStore) -> None:
    before = store.head()
    large = box.draft(Tailgate(1), {"text": "x" * 40_000})
    with pytest.raises(EventTooLarge):
        store.commit((large,), fold)
    assert store.head() == before


def test_an_empty_commit_changes_nothing(store: GateFolderStore) -> None:
    before = store.head()
    assert store.commit((), fold) == ()
    assert store.head() == before


def test_personal_parts_open_for_us_and_hold_by_their_commitment(box: Box, store: GateFolderStore) -> None:
    (event,) = store.commit(box.registration("李四"), fold)
    assert store.personal(event.id) == {"name": "李四", "phone": "13800001111", "room": "3-502"}
    (out,) = store.outgoing(event.seq - 1, 1, 10**6)
    assert "李四" not in out.canon
    assert out.personal == store.personal(event.id)
    assert out.salt is not None
    plain = '{"name":"李四","phone":"13800001111","room":"3-502"}'.encode()
    assert event.pc == personal_commitment(bytes.fromhex(out.salt), plain).hex()


def test_an_event_without_personal_part_has_none(box: Box, store: GateFolderStore) -> None:
    events = store.commit(box.entry(), fold)
    assert store.personal(events[0].id) is None


def test_without_the_key_store_events_go_on_and_registrations_ask_for_paper(box: Box, expected_log: object) -> None:
    box.close()
    box.place.locked = True
    store = box.open()
    assert store.commit(box.entry(), fold)
    head = store.head()
    with pytest.raises(CommitFailed) as failed:
        store.commit(box.registration(), fold)
    assert failed.value.fault is CommitFault.KEY_STORE
    assert store.head() == head
    assert store.commit(box.entry(), fold)[0].seq == head[0] + 1


def test_the_log_of_a_shift_is_listed_by_pages(box: Box, store: GateFolderStore) -> None:
    box.record(5)
    store.commit((box.draft(Tailgate(1), shift=None),), fold)
    whole = store.events_of_shift(SHIFT)
    assert len(whole) == 10
    assert store.events_of_shift(SHIFT, after_seq=whole[2].seq, limit=3) == whole[3:6]
    lines = store.shift_log(SHIFT)
    assert [line.seq for line in lines] == [event.seq for event in whole]
    assert (lines[0].temp_dc, lines[1].verdict, lines[1].pass_id) == (365, "ADMIT", bytes.fromhex(pass_of(0)))


# ------------------------------------------------------------------------------------------------------ pulled lists


def test_rows_come_back_as_they_were_pulled(store: GateFolderStore) -> None:
    store.replace_scope(ROSTER, roster(30), "s.60", 1000)
    assert set(store.rows()) == {row.row for row in roster(30)}
    assert store.unreadable() == frozenset()
    assert store.sync_state().cursors == {ROSTER: "s.60"}
    assert store.list_made_at_ms() == 1000


def test_a_page_puts_and_deletes_and_older_revisions_change_nothing(store: GateFolderStore) -> None:
    store.replace_scope(ROSTER, roster(3), "s.6", 1000)
    mark, _ = store.rows_changed_since(0)
    revoked = change(pass_row(1, PassState.REVOKED), 8)
    gone = RowChange(ROSTER, "person", person_of(2), 9, None)
    stale = change(person(0, "旧名"), 1)
    store.apply_page([revoked, gone, stale], {ROSTER: "s.9"}, 2000)
    newer, changed = store.rows_changed_since(mark)
    assert newer > mark
    assert set(changed) == {("pass", pass_of(1), revoked.row), ("person", person_of(2), None)}
    store.apply_page([change(person(2), 5)], {}, None)
    assert person(2) not in set(store.rows())
    store.apply_page([change(person(2), 10)], {}, None)
    assert person(2) in set(store.rows())
    assert store.list_made_at_ms() == 2000


def test_applying_a_page_twice_is_harmless(store: GateFolderStore) -> None:
    page = list(roster(3))
    store.apply_page(page, {ROSTER: "s.6"}, 1000)
    before = set(store.rows())
    store.apply_page(page, {ROSTER: "s.6"}, 1000)
    assert set(store.rows()) == before


def test_a_snapshot_replaces_the_scope_and_tells_what_went(store: GateFolderStore) -> None:
    store.replace_scope(ROSTER, roster(3), "s.6", 1000)
    other = RowChange("config:G01", "gate", "G01", 1, None)
    store.apply_page([other], {"config:G01": "s.1"}, None)
    mark, _ = store.rows_changed_since(0)
    store.replace_scope(ROSTER, roster(2), "t.4", 900)
    _, changed = store.rows_changed_since(mark)
    found = {(entity, key): row for entity, key, row in changed}
    assert found["person", person_of(2)] is None
    assert found["pass", pass_of(2)] is None
    assert found["person", person_of(0)] == person(0)
    assert set(store.rows()) == {row.row for row in roster(2)}
    assert store.sync_state().cursors == {ROSTER: "t.4", "config:G01": "s.1"}
    # The list's age goes by the newest office time that was applied in full.
    assert store.list_made_at_ms() == 1000


def test_a_snapshot_that_breaks_off_leaves_the_old_list(store: GateFolderStore) -> None:
    store.replace_scope(ROSTER, roster(3), "s.6", 1000)
    mark, _ = store.rows_changed_since(0)

    def cut() -> Iterator[RowChange]:
        yield from roster(450)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.replace_scope(ROSTER, cut(), "t.1", 2000)
    assert set(store.rows()) == {row.row for row in roster(3)}
    assert store.rows_changed_since(mark) == (mark, ())
    assert store.sync_state().cursors == {ROSTER: "s.6"}
    store.replace_scope(ROSTER, roster(450), "t.9", 2000)
    assert set(store.rows()) == {row.row for row in roster(450)}


def test_nothing_changed_is_told_at_once(store: GateFolderStore) -> None:
    assert store.rows_changed_since(0) == (0, ())
    store.apply_page([change(person(1), 1)], {}, None)
    assert store.rows_changed_since(0) == (1, (("person", person_of(1), person(1)),))
    assert store.rows_changed_since(1) == (1, ())


def test_names_lie_sealed_on_the_disk(box: Box, store: GateFolderStore) -> None:
    store.apply_page([change(person(0, "欧阳修远"), 1)], {}, None)
    store.commit(box.registration("司马相如"), fold)
    box.close()
    every_byte = b"".join(file.read_bytes() for file in box.folder.rglob("*") if file.is_file())
    for text in ("欧阳修远", "司马相如", "13912345678", "13800001111"):
        assert text.encode() not in every_byte
    # The search itself works: ids stand there in clear.
    assert person_of(0).encode() in every_byte


def test_a_personal_row_that_cannot_be_opened_is_named(box: Box, store: GateFolderStore) -> None:
    store.apply_page(list(roster(2)), {}, None)
    box.close()
    box.place.locked = True
    blind = box.open()
    assert set(blind.rows()) == {pass_row(0), pass_row(1)}
    assert blind.unreadable() == {("person", person_of(0)), ("person", person_of(1))}
    assert all(not isinstance(row, Person) for _, _, row in blind.rows_changed_since(0)[1])


def test_signed_lists_never_go_back(store: GateFolderStore) -> None:
    assert (store.key_bundle(), store.device_list(), store.revocations()) == (None, None, None)
    store.put_list("revocations", 7, b"seven")
    store.put_list("revocations", 6, b"six")
    assert store.revocations() == b"seven"
    store.put_list("revocations", 8, b"eight")
    store.put_list("key_bundle", 1, b"keys")
    store.put_list("device_list", 1, b"devices")
    assert (store.revocations(), store.key_bundle(), store.device_list()) == (b"eight", b"keys", b"devices")


# ------------------------------------------------------------------------------------------------------------ outbox


def test_pending_counts_what_the_office_has_not_acknowledged(box: Box, store: GateFolderStore) -> None:
    box.record(5)
    state = store.sync_state()
    assert (state.epoch, state.head_seq, state.acked_seq, state.pending) == (1, 11, 0, 11)
    assert state.oldest_pending_at_ms == next(store.events()).at_ms
    box.acknowledge(4)
    state = store.sync_state()
    assert (state.acked_seq, state.pending) == (4, 7)
    assert state.acked_hash == store.outgoing(3, 1, 1)[0].hash
    assert state.oldest_pending_at_ms == store.outgoing(4, 1, 1)[0].at_ms
    box.acknowledge()
    state = store.sync_state()
    assert (state.pending, state.oldest_pending_at_ms) == (0, None)
    assert store.outgoing(state.acked_seq, 200, 10**6) == ()


def test_a_batch_is_bounded_by_number_and_bytes_but_never_empty(box: Box, store: GateFolderStore) -> None:
    box.record(20)
    assert [out.seq for out in store.outgoing(0, 3, 10**6)] == [1, 2, 3]
    assert [out.seq for out in store.outgoing(0, 200, 1)] == [1]
    some = store.outgoing(0, 200, 2000)
    assert 1 < len(some) < 8
    assert sum(len(out.canon.encode()) for out in some) <= 2000
    assert len(store.outgoing(0, 200, 10**6)) == 42


def test_an_acknowledgement_never_goes_back_within_a_server_epoch(box: Box, store: GateFolderStore) -> None:
    box.record(3)
    store.set_server(DEVICE.server, "", None, None)
    store.set_server(DEVICE.server, "1", 40, 10)
    box.acknowledge(5)
    box.acknowledge(2)
    assert store.sync_state().acked_seq == 5
    store.apply_page([], {ROSTER: "1.5"}, None)
    store.set_server(DEVICE.server, "2", None, None)
    assert store.sync_state().cursors == {}
    box.acknowledge(2)
    assert store.sync_state().acked_seq == 2
    box.acknowledge(1)
    assert store.sync_state().acked_seq == 2
    assert (store.sync_state().offset_ms, store.sync_state().last_ok_ms) == (40, 10)
    assert store.office_time_ms() == 50


def test_an_acknowledgement_of_another_log_is_not_taken(box: Box, store: GateFolderStore) -> None:
    box.record(2)
    good = store.outgoing(2, 1, 1)[0].hash
    assert not store.acknowledge(1, 3, "0" * 64, {})
    assert not store.acknowledge(1, 99, good, {})
    assert not store.acknowledge(7, 1, good, {})
    assert store.sync_state().acked_seq == 0
    assert store.acknowledge(1, 0, "", {})


def test_a_closed_epoch_is_acknowledged_only_by_its_own_hashes_and_passed_over_batch_by_batch(
    box: Box, store: GateFolderStore, expected_log: object
) -> None:
    """An office that knows another log there must not make us believe that it has ours."""
    _expect_epoch(expected_log)
    box.record(4)
    store.open_epoch(2, "OFFICE_ORDER")
    assert not store.acknowledge(1, 5, "0" * 64, {})
    assert not store.acknowledge(1, 99, "0" * 64, {})
    assert store.sync_state().acked_seq == 0
    store.pass_over(1, 5)
    assert (store.sync_state().epoch, store.sync_state().acked_seq) == (1, 5)
    store.pass_over(1, 3)
    assert store.sync_state().acked_seq == 5, "never back"
    store.pass_over(1, 99)
    assert store.sync_state().epoch == 2


def test_another_server_epoch_makes_earlier_epochs_be_offered_again(
    box: Box, store: GateFolderStore, expected_log: object
) -> None:
    _expect_epoch(expected_log)
    store.set_server("bb" * 16, "1", 0, 0)
    box.record(2)
    box.acknowledge()
    store.open_epoch(2, "OFFICE_ORDER")
    box.acknowledge()
    assert store.sync_state().pending == 0
    store.set_server("bb" * 16, "2", 0, 0)
    state = store.sync_state()
    assert (state.epoch, state.acked_seq, state.pending) == (1, 0, 5), "it may lack them: nothing is said to be sent"
    last = store.outgoing(0, 200, 10**6)[-1]
    assert store.acknowledge(1, last.seq, last.hash, {"epoch": 1, "seq": last.seq})
    assert store.sync_state().epoch == 2
    assert store.acknowledge(2, 0, "", {}), "and the open one may still go back, once"
    assert store.sync_state().pending == 1


def test_a_closed_file_that_was_cut_off_stays_counted_and_stops_nothing(
    box: Box, store: GateFolderStore, expected_log: object
) -> None:
    _expect_epoch(expected_log)
    box.record(2)
    store.open_epoch(2, "OFFICE_ORDER")
    old = sqlite3.connect(box.file(1))
    old.execute("DROP TRIGGER event_pruned")
    old.execute("DELETE FROM event")
    old.commit()
    old.close()
    state = store.sync_state()
    assert (state.epoch, state.pending) == (2, 6)


def test_a_new_epoch_sends_the_old_one_first(box: Box, store: GateFolderStore, expected_log: object) -> None:
    _expect_epoch(expected_log)
    box.record(2)
    box.acknowledge(3)
    assert store.open_epoch(4, "OFFICE_ORDER") == 4
    assert store.open_epoch(4, "OFFICE_ORDER") == 4
    opened = next(store.events()).body
    assert opened == LogOpened("OFFICE_ORDER", 1, 5, _hash_at(store, 5))
    store.commit(box.registration(), fold)
    state = store.sync_state()
    assert (state.epoch, state.head_seq, state.acked_seq, state.pending) == (1, 5, 3, 4)
    waiting = store.outgoing(state.acked_seq, 200, 10**6)
    assert [(out.epoch, out.seq) for out in waiting] == [(1, 4), (1, 5)]
    assert store.acknowledge(1, 5, waiting[-1].hash, {"epoch": 1, "seq": 5})
    assert store.acknowledge(1, 4, waiting[0].hash, {"epoch": 1, "seq": 4})
    state = store.sync_state()
    assert (state.epoch, state.head_seq, state.acked_seq, state.pending) == (4, 2, 0, 2)
    assert [(out.epoch, out.seq, out.personal is not None) for out in store.outgoing(0, 9, 10**6)] == [
        (4, 1, False),
        (4, 2, True),
    ]


def test_lists_live_state_and_back_off_go_over_into_a_new_epoch(
    box: Box, store: GateFolderStore, expected_log: object
) -> None:
    _expect_epoch(expected_log)
    store.replace_scope(ROSTER, roster(3), "1.6", 1000)
    store.put_list("revocations", 7, b"seven")
    store.set_backoff(3, 77, "timeout")
    box.record(2)
    live, rows = set(store.live()), set(store.rows())
    mark, _ = store.rows_changed_since(0)
    store.open_epoch(2, "OFFICE_ORDER")
    assert set(store.live()) == live
    assert set(store.rows()) == rows
    assert store.revocations() == b"seven"
    state = store.sync_state()
    assert (state.cursors, state.failures, state.not_before_ms, state.last_error) == ({ROSTER: "1.6"}, 3, 77, "timeout")
    assert store.rows_changed_since(mark)[0] == mark
    again = box.again()
    assert set(again.rows()) == rows


def test_urgent_events_come_from_behind_the_first_batch(box: Box, store: GateFolderStore) -> None:
    fever, other = CaseId("01" * 16), CaseId("02" * 16)
    store.commit((box.draft(CaseOpened(fever, CaseKind.FEVER, Priority.P1)),), fold)
    box.record(110)
    assert store.urgent(10) == ()
    late = store.commit(
        (
            box.draft(CaseOpened(fever, CaseKind.FEVER, Priority.P1)),
            box.draft(CaseOpened(other, CaseKind.OTHER, Priority.P3)),
            box.draft(CaseStep(fever, closed=False, who=None)),
            box.draft(CaseStep(other, closed=True)),
            box.draft(RemoteApproval(PassageId("03" * 16), "1234", "ASKED")),
        ),
        fold,
    )
    urgent = store.urgent(10)
    assert [out.seq for out in urgent] == [late[0].seq, late[2].seq, late[4].seq]
    assert all(out.prev == store.outgoing(out.seq - 2, 1, 1)[0].hash for out in urgent)
    assert len(store.urgent(2)) == 2
    box.acknowledge(late[0].seq - 10)
    assert store.urgent(10) == ()


def test_attempts_are_kept_in_a_ring_of_500(box: Box, store: GateFolderStore) -> None:
    for number in range(505):
        store.note_attempt("sync", 201, number, number, 40, None)
    with store._folder.reading() as connection:
        assert connection.execute("SELECT count(*), min(sent) FROM sync_attempt").fetchone() == (500, 5)


def test_the_head_is_signed_by_the_device(box: Box, store: GateFolderStore) -> None:
    head = store.signed_head(keep=True)
    assert not isinstance(head, str)
    assert (head.epoch, head.seq, head.hash) == (1, *store.head())
    box.place.locked = True
    assert store.signed_head() == "LOCKED"


def _hash_at(store: GateFolderStore, seq: int) -> str:
    return store.outgoing(seq - 1, 1, 1)[0].hash


def _expect_epoch(expected_log: object) -> None:
    import logging

    assert callable(expected_log)
    expected_log(logging.WARNING, "kiosk.adapters.store_folder", "opened: OFFICE_ORDER")

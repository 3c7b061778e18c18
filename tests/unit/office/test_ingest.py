# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Taking events in: each once, in order, nothing refused; what cannot be taken as told is set aside."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count as counter

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kiosk.domain.codes import Direction, ReadingSource, Site, Validity
from kiosk.domain.events import LogOpened, ReadingTaken, Tailgate
from kiosk.domain.identity import PassageId
from kiosk.domain.log.canonical import canonical_bytes
from kiosk.domain.log.chain import first_hash, next_hash
from kiosk.domain.trust.statements import Order, Receipt
from sync.office.compose import Office
from sync.office.service.exchange import ExchangeFault
from sync.office.store.tables import event_private
from sync.wire.messages import UrgentEvent, WireEvent
from tests.unit.office.offices import START_MS, Tablet, enrolled, pass_id


def held(office: Office, tablet: Tablet) -> list[str]:
    """What the office has of the tablet's current epoch, as texts in order."""
    with office.database.reading() as tx:
        return [kept.canon.decode() for kept in office.events.log(tx, tablet.device, tablet.epoch)]


def written(tablet: Tablet, count: int) -> Tablet:
    for number in range(count):
        tablet.passage(number, Direction.IN if number % 2 else Direction.OUT, pass_id=pass_id(number))
    return tablet


def receipt_key(office: Office) -> Ed25519PublicKey:
    return office.seal.key.key.public_key()


def test_what_was_sent_is_held_as_it_was_and_a_receipt_says_so(office: Office) -> None:
    tablet = written(enrolled(office), 20)
    answer = tablet.send()
    assert (answer.acked_seq, answer.acked_hash) == (21, tablet.events[-1].h)
    assert held(office, tablet) == [event.c for event in tablet.events]
    given_ = answer.receipt
    assert given_ is not None
    signed = Receipt(office.seal.server, tablet.device, 1, 21, tablet.events[-1].h, given_.at_ms, given_.kid)
    assert signed.holds(given_.sig, receipt_key(office))


def test_the_same_batch_again_changes_nothing_and_gives_the_same_receipt(office: Office) -> None:
    tablet = written(enrolled(office), 5)
    first, second = tablet.send(), tablet.send()
    assert (first.receipt, first.acked_seq, second.notes) == (second.receipt, second.acked_seq, ())
    assert len(held(office, tablet)) == 6


def test_a_gap_is_kept_asked_for_and_linked_when_it_fills(office: Office) -> None:
    tablet = written(enrolled(office), 9)
    tablet.send(0, 3)
    ahead = tablet.send(6)
    assert (ahead.acked_seq, ahead.expected_seq) == (3, 4)
    assert len(held(office, tablet)) == 7
    filled = tablet.send(3, 6)
    assert (filled.acked_seq, filled.expected_seq) == (10, None)
    with office.database.reading() as tx:
        assert office.events.unlinked(tx, tablet.device, 1) == 0
        assert len(list(office.passages.of_day(tx, _day(tablet)))) == 9


def _day(tablet: Tablet) -> int:
    from kiosk.domain.instants import day_of

    return day_of(tablet.office.clock.wall_ms()).toordinal()


def test_passages_fold_in_order_even_if_the_end_came_first(office: Office) -> None:
    tablet = enrolled(office)
    tablet.passage(1, recorded=False, final=False)
    key = PassageId(tablet_passage(tablet, 1))
    tablet.write(ReadingTaken(key, 1, Site.FOREHEAD, ReadingSource.TYPED, Validity.VALID, 366))
    tablet.send(2)
    tablet.send(0, 2)
    with office.database.reading() as tx:
        (kept,) = office.passages.of_day(tx, _day(tablet))
    assert [reading.tenths for reading in kept.record.readings] == [366]


def tablet_passage(tablet: Tablet, number: int) -> str:
    from hashlib import sha256

    return sha256(f"{tablet.device}p{number}".encode()).hexdigest()[:32]


def change(**values: str) -> Callable[[WireEvent], WireEvent]:
    return lambda event: msgspec.structs.replace(event, **values)


def swap(old: str, new: str) -> Callable[[WireEvent], WireEvent]:
    return lambda event: msgspec.structs.replace(event, c=event.c.replace(old, new))


DAMAGES = {
    "blank behind": (swap('"v":1}', '"v":1} '), "QUARANTINED_SHAPE"),
    "no json": (change(c="not json"), "QUARANTINED_SHAPE"),
    "unknown code": (swap('"verdict":"ADMIT"', '"verdict":"WRONG"'), "QUARANTINED_SHAPE"),
    "other gate": (swap('"gate":"G01"', '"gate":"G02"'), "QUARANTINED_SHAPE"),
    "other seq": (swap('"seq":3', '"seq":4'), "QUARANTINED_SHAPE"),
    "edited": (swap('"R40"', '"R41"'), "QUARANTINED_HASH"),
    "other hash": (change(h="0" * 64), "QUARANTINED_HASH"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_broken_event_is_set_aside_acknowledged_and_the_next_ones_go_on(office: Office, name: str) -> None:
    damage, code = DAMAGES[name]
    tablet = written(enrolled(office), 5)
    sound = list(tablet.events)
    tablet.events[2] = damage(sound[2])
    answer = tablet.send()
    assert answer.acked_seq == 6
    codes = {note.seq: note.code for note in answer.notes}
    assert codes[3] == code
    # A hash of its own invention breaks the link to the next one too: both are kept, neither is believed.
    assert set(codes) <= {3, 4}
    with office.database.reading() as tx:
        aside = [item for item in office.events.aside(tx) if item.seq == 3]
    assert [msgspec.json.decode(item.raw.encode())["c"] for item in aside] == [tablet.events[2].c]
    again = tablet.send()
    assert (again.acked_seq, again.notes) == (6, ())


def test_another_hash_at_a_known_place_is_a_fork_and_never_overwrites(office: Office) -> None:
    tablet = written(enrolled(office), 3)
    tablet.send()
    kept = list(tablet.events)
    del tablet.events[2:]
    tablet.made += 100
    written(tablet, 1)
    answer = tablet.send()
    assert [(note.seq, note.code) for note in answer.notes] == [(3, "QUARANTINED_FORK")]
    assert held(office, tablet) == [event.c for event in kept]
    assert answer.order is not None
    assert (answer.order.new_epoch, answer.acked_seq) == (2, 4)
    signed = Order(office.seal.server, tablet.device, answer.order.body(), answer.order.at_ms, answer.order.kid)
    assert signed.holds(answer.order.sig, receipt_key(office))


def test_an_old_file_put_back_is_told_to_open_a_new_epoch(office: Office) -> None:
    tablet = written(enrolled(office), 5)
    tablet.send()
    answer = tablet.ask(tablet.request(head=(3, tablet.events[2].h)))
    assert answer.order is not None
    assert (answer.order.new_epoch, answer.order.why) == (2, "RESTORED")
    tablet.epoch, tablet.events = 2, []
    tablet.write(LogOpened("RESTORED", 1, 3))
    opened = tablet.send()
    assert (opened.acked_epoch, opened.acked_seq, opened.order) == (2, 1, None)


def test_a_new_epoch_begins_with_its_opening_alone(office: Office) -> None:
    tablet = enrolled(office)
    tablet.send()
    tablet.epoch, tablet.events = 2, []
    tablet.write(Tailgate(1))
    answer = tablet.send()
    assert (answer.acked_seq, answer.expected_seq) == (0, 1)
    with office.database.reading() as tx:
        assert office.devices.held(tx, tablet.device, 2) is None


def test_a_closed_epoch_is_still_filled(office: Office) -> None:
    tablet = written(enrolled(office), 4)
    tablet.send(0, 2)
    old = list(tablet.events)
    tablet.epoch, tablet.events = 2, []
    tablet.write(LogOpened("CORRUPT", 1, 5))
    tablet.send()
    tablet.epoch, tablet.events = 1, old
    assert tablet.send(2).acked_seq == 5
    with office.database.reading() as tx:
        assert [(h.epoch, h.seq) for h in office.devices.epochs(tx, tablet.device)] == [(1, 5), (2, 1)]


def test_an_id_that_stands_elsewhere_is_a_fork(office: Office) -> None:
    one = written(enrolled(office), 2)
    one.send()
    data = msgspec.json.decode(one.events[2].c.encode())
    canon = canonical_bytes({**data, "seq": 4})
    one.events.append(WireEvent(c=canon.decode(), h=next_hash(bytes.fromhex(one.events[-1].h), canon).hex()))
    answer = one.send(3)
    assert [(note.seq, note.code) for note in answer.notes] == [(4, "QUARANTINED_FORK")]
    assert answer.acked_seq == 4


def test_an_unknown_type_is_stored_raw_linked_and_acknowledged(office: Office) -> None:
    tablet = enrolled(office)
    data = msgspec.json.decode(tablet.write(Tailgate(2)).c.encode())
    canon = canonical_bytes({**data, "type": "drone", "body": {"height": 3}})
    tablet.events[-1] = WireEvent(c=canon.decode(), h=next_hash(bytes.fromhex(tablet.base(1)), canon).hex())
    tablet.write(Tailgate(1))
    answer = tablet.send()
    assert (answer.acked_seq, [(n.seq, n.code) for n in answer.notes]) == (3, [(2, "STORED_RAW")])
    with office.database.reading() as tx:
        assert [kept.parsed for kept in office.events.log(tx, tablet.device, 1)] == [True, False, True]


def test_a_personal_part_is_sealed_opens_at_its_own_event_and_may_come_later(office: Office) -> None:
    tablet = enrolled(office)
    event = tablet.write(Tailgate(1), personal={"text": "一位老人"})
    tablet.events[1] = msgspec.structs.replace(event, p=None)
    tablet.send()
    tablet.events[1] = event
    tablet.send()
    assert event.p is not None
    with office.database.reading() as tx:
        (kept,) = office.events.log(tx, tablet.device, 1, after=1)
        assert msgspec.json.decode(office.events.personal(tx, kept) or b"") == {"salt": event.p.salt, "c": event.p.c}
        moved = replace(kept, event_id=bytes(16))
        assert office.events.personal(tx, moved) is None
        blobs = tx.execute(select(event_private.c.sealed)).scalars().all()
    assert len(blobs) == 1
    assert "一位老人".encode() not in blobs[0]


def test_a_personal_part_that_is_not_the_one_committed_to_is_set_aside(office: Office) -> None:
    tablet = enrolled(office)
    event = tablet.write(Tailgate(1), personal={"text": "甲"})
    assert event.p is not None
    tablet.events[1] = msgspec.structs.replace(event, p=msgspec.structs.replace(event.p, c='{"text":"乙"}'))
    assert [note.code for note in tablet.send().notes] == ["QUARANTINED_HASH"]


def test_an_urgent_event_is_acted_upon_at_once_and_counted_once(office: Office) -> None:
    from kiosk.domain.codes import CaseKind, Priority
    from kiosk.domain.events import CaseOpened
    from kiosk.domain.identity import CaseId

    tablet = written(enrolled(office), 10)
    urgent = tablet.write(CaseOpened(CaseId("c" * 32), CaseKind.FEVER, Priority.P1))
    hurried = UrgentEvent(c=urgent.c, h=urgent.h, prev=tablet.base(len(tablet.events) - 1))
    answer = tablet.ask(tablet.request(tablet.events[:3], tablet.base(0), urgent=[hurried]))
    assert answer.acked_seq == 3
    assert cases(office) == [("c" * 32, "P1", 0)]
    assert tablet.send(3).acked_seq == 12
    assert cases(office) == [("c" * 32, "P1", 0)]
    assert len(held(office, tablet)) == 12


def cases(office: Office) -> list[tuple[str, str, int]]:
    from sync.office.store.tables import case_file

    with office.database.reading() as tx:
        rows = tx.execute(case_file.select())
        return [(row.id, row.priority, row.closed) for row in rows]


def test_a_withdrawn_tablet_brings_what_it_has_and_gets_nothing(office: Office) -> None:
    tablet = written(enrolled(office), 3)
    with office.database.writing() as tx:
        assert office.enrolment.revoke(tx, tablet.device, START_MS, by="test", why="stolen")
    assert office.exchange.sync(tablet.request(pull={"revocations": ""})) is ExchangeFault.REVOKED
    assert office.exchange.sync(tablet.request()) is ExchangeFault.REVOKED
    answer = tablet.send()
    assert (answer.acked_seq, answer.order is not None and answer.order.revoked) == (4, True)


@contextmanager
def nothing_stored(office: Office) -> Iterator[None]:
    """The database refuses every event, as a full disk does."""
    sqlite = office.database.is_sqlite
    refuse = ["CREATE TRIGGER full_disk BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'full'); END"]
    if not sqlite:
        refuse = [
            "CREATE FUNCTION full_disk() RETURNS trigger AS $$ BEGIN RAISE disk_full; END $$ LANGUAGE plpgsql",
            "CREATE TRIGGER full_disk BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION full_disk()",
        ]
    with office.database.writing() as tx:
        for statement in refuse:
            tx.exec_driver_sql(statement)
    yield
    with office.database.writing() as tx:
        tx.exec_driver_sql("DROP TRIGGER full_disk" if sqlite else "DROP FUNCTION full_disk CASCADE")


def test_a_push_that_cannot_be_stored_fails_alone_and_the_pull_counts(office: Office) -> None:
    tablet = written(enrolled(office), 3)
    tablet.send(0, 1)
    with nothing_stored(office):
        answer = tablet.send(1, pull={"config:G01": ""})
    assert (answer.push, answer.acked_seq, answer.receipt) == ("failed", 1, None)
    assert answer.changes
    assert tablet.send(1).acked_seq == 4


def test_another_gates_scope_is_not_found(office: Office) -> None:
    tablet = enrolled(office)
    assert office.exchange.sync(tablet.request(pull={"roster:C02": ""})) is ExchangeFault.NOT_YOURS


sends = st.lists(st.tuples(st.integers(0, 11), st.integers(1, 12)), min_size=1, max_size=8)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=sends)
def test_whatever_is_sent_in_whatever_order_each_event_is_held_once(
    office: Office, spans: Sequence[tuple[int, int]]
) -> None:
    # A tablet of its own for each example: one office is quicker than many.
    tablet = written(enrolled(office, seed=next(_SEED)), 11)
    sent: set[int] = set()
    for first, count in spans:
        answer = tablet.send(first, first + count)
        sent |= set(range(first, min(first + count, 12)))
        contiguous = next((n for n in range(13) if n not in sent), 12)
        assert answer.acked_seq == contiguous
        assert answer.notes == ()
    final = tablet.send()
    assert (final.acked_seq, final.acked_hash, final.expected_seq) == (12, tablet.events[-1].h, None)
    assert held(office, tablet) == [event.c for event in tablet.events]
    with office.database.reading() as tx:
        assert sum(kept.device_id == tablet.device for kept in office.passages.of_day(tx, _day(tablet))) == 11


_SEED = counter(100)


def test_the_first_hash_is_the_devices_own(office: Office) -> None:
    tablet = enrolled(office)
    tablet.events[0] = WireEvent(
        c=tablet.events[0].c, h=next_hash(first_hash("0" * 32, 1), tablet.events[0].c.encode()).hex()
    )
    answer = tablet.ask(tablet.request(tablet.events, first_hash("0" * 32, 1).hex()))
    assert [note.code for note in answer.notes] == ["QUARANTINED_FORK"]

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Handing down: every change reaches its gates once, in order, in pages; a snapshot holds the whole."""

import gzip
import threading
from dataclasses import replace
from pathlib import Path
from random import Random
from time import perf_counter

import pytest
from sqlalchemy import text

from kiosk.domain.codec import from_json
from kiosk.domain.codes import Direction, PassState, TempOutcome
from kiosk.domain.identity import CompoundId, DwellingId, PassId, PersonId
from kiosk.domain.passes.serials import serial_of
from kiosk.domain.register import Dwelling, PassRow, Person, Sighting
from kiosk.domain.trust.bundle import KeyBundle, read_bundle
from kiosk.domain.trust.deltas import accept_delta
from kiosk.domain.trust.revocations import RevocationKind, RevocationList, accept_snapshot
from kiosk.domain.trust.statements import SnapshotSeal
from sync.office.compose import Office
from sync.office.keys import KeyFolder
from sync.office.service.lists import KEY_BUNDLE
from sync.office.service.revocations import REFRESH_MS
from sync.office.store.changes import Changed, ChangeLog
from sync.wire import base64url, scopes
from sync.wire.limits import PAGE_BYTES, PAGE_ROWS
from sync.wire.messages import Change, SignedList, SnapshotEnd, SnapshotRow, SnapshotSignature, read_snapshot_line
from sync.wire.strict import decode, encode
from tests.unit.office.offices import C1, C2, G1, G2, START_MS, Clock, Tablet, enrolled, pass_id, person_id, resident

ROSTER = scopes.roster(C1)


def put_residents(office: Office, first: int, last: int, compound: CompoundId = C1) -> None:
    with office.database.writing() as tx:
        rows = [row for number in range(first, last) for row in resident(number, compound)]
        office.book.put(tx, rows, office.clock.wall_ms())


def pulled(tablet: Tablet, *asked: str) -> list[Change]:
    """Everything new in these scopes, page by page."""
    out: list[Change] = []
    while True:
        answer = tablet.send(0, 0, pull={scope: tablet.cursors.get(scope, "") for scope in asked})
        assert len(answer.changes) <= PAGE_ROWS
        assert sum(len(encode(change)) for change in answer.changes) <= PAGE_BYTES
        out += answer.changes
        tablet.cursors |= answer.cursors
        if not answer.more:
            return out


def bundle_of(office: Office, folder: Path) -> KeyBundle:
    with office.database.reading() as tx:
        held = office.lists.get(tx, KEY_BUNDLE)
    assert held is not None
    bundle = read_bundle(held[1], KeyFolder(folder / "keys").roots())
    assert isinstance(bundle, KeyBundle)
    return bundle


def test_rows_come_in_pages_each_once_and_then_no_more(office: Office) -> None:
    tablet = enrolled(office)
    put_residents(office, 0, 3)
    assert len(pulled(tablet, ROSTER)) == 9
    put_residents(office, 3, 400)
    late = pulled(tablet, ROSTER)
    assert len({(change.entity, change.key) for change in late}) == len(late) == 397 * 3
    assert [change.rev for change in late] == sorted(change.rev for change in late)
    assert pulled(tablet, ROSTER) == []


def test_a_row_reads_back_with_its_personal_part(office: Office) -> None:
    put_residents(office, 0, 1)
    rows = {change.entity: change.row for change in pulled(enrolled(office), ROSTER)}
    for row in resident(0):
        assert from_json(type(row), rows[row.ENTITY]) == row


def test_names_lie_sealed_in_the_database(office: Office, folder: Path) -> None:
    put_residents(office, 0, 5)
    office.close()
    data = b"".join(file.read_bytes() for file in folder.glob("office.db*"))
    for word in ("张三", "10000000001", "zs"):
        assert f'"{word}"'.encode() not in data


def test_a_change_moves_the_row_to_the_end_and_stands_once(office: Office) -> None:
    tablet = enrolled(office)
    put_residents(office, 0, 2)
    pulled(tablet, ROSTER)
    row = resident(0)[2]
    with office.database.writing() as tx:
        office.book.put(tx, [replace(row, state=PassState.LOST)], START_MS)
        office.book.put(tx, [replace(row, state=PassState.REVOKED)], START_MS)
    (change,) = pulled(tablet, ROSTER)
    assert change.row is not None
    assert (change.key, change.row["state"]) == (row.id, "REVOKED")


def test_who_moves_away_is_a_deletion_here_and_a_row_there(office: Office) -> None:
    tablet, there = enrolled(office), scopes.roster(C2)
    put_residents(office, 0, 1)
    pulled(tablet, ROSTER)
    put_residents(office, 0, 1, C2)
    assert {(change.op, change.entity) for change in pulled(tablet, ROSTER)} == {
        ("del", "person"), ("del", "dwelling"), ("del", "pass"),
    }  # fmt: skip
    with office.database.reading() as tx:
        assert office.changes.count_since(tx, there, 0) == 3


def test_a_deleted_row_leaves_a_tombstone(office: Office) -> None:
    tablet = enrolled(office)
    put_residents(office, 0, 1)
    pulled(tablet, ROSTER)
    with office.database.writing() as tx:
        assert office.book.drop(tx, Person, person_id(0), START_MS)
        assert not office.book.drop(tx, Person, person_id(0), START_MS)
    assert [(change.op, change.entity, change.key) for change in pulled(tablet, ROSTER)] == [
        ("del", "person", person_id(0))
    ]


def test_a_configuration_holds_all_that_a_new_gate_needs(office: Office) -> None:
    config = pulled(enrolled(office), scopes.config(G1))
    assert {(change.entity, change.key) for change in config} == {
        ("gate", "G01"), ("gate", "G02"), ("compound", "C01"), ("signed_list", "key_bundle"),
        ("signed_list", "device_list"),
    }  # fmt: skip


def test_a_cursor_of_another_server_epoch_asks_for_the_snapshot(office: Office) -> None:
    tablet = enrolled(office)
    put_residents(office, 0, 1)
    for cursor in ("7.1", "nonsense", "1.999"):
        answer = tablet.send(0, 0, pull={ROSTER: cursor})
        assert answer.order is not None
        assert (answer.order.resnapshot, answer.changes, answer.cursors) == ((ROSTER,), (), {})


def test_a_long_list_from_the_start_is_a_snapshot_that_goes_on_by_its_cursor(office: Office, folder: Path) -> None:
    tablet = enrolled(office)
    put_residents(office, 0, 300)
    answer = tablet.send(0, 0, pull={ROSTER: ""})
    assert answer.order is not None
    assert answer.order.resnapshot == (ROSTER,)
    found = office.line.snapshot(C1, "roster")
    assert found is not None
    lines = [read_snapshot_line(line) for line in gzip.decompress(found.packed).splitlines()]
    rows = [line for line in lines if isinstance(line, SnapshotRow)]
    end = lines[-1]
    assert isinstance(end, SnapshotEnd)
    assert (len(rows), end.count) == (900, 900)
    put_residents(office, 300, 301)
    tablet.cursors = {ROSTER: end.cursor}
    assert len(pulled(tablet, ROSTER)) == 3
    signed = decode(SnapshotSignature, found.signature.encode())
    assert isinstance(signed, SnapshotSignature)
    seal = SnapshotSeal(office.seal.server, C1, ROSTER, signed.cursor, signed.sha256, signed.at_ms, signed.kid)
    assert seal.holds(signed.sig, office.seal.key.key.public_key())
    assert f'"{signed.sha256}"' == found.etag


def test_a_snapshot_is_built_once_for_a_revision(office: Office) -> None:
    put_residents(office, 0, 5)
    first = office.line.snapshot(C1, ROSTER)
    clock = office.clock
    assert isinstance(clock, Clock)
    clock.advance(60_000)
    assert office.line.snapshot(C1, ROSTER) == first
    put_residents(office, 5, 6)
    assert office.line.snapshot(C1, ROSTER) != first
    assert office.line.snapshot(C1, scopes.roster(C2)) is None


def test_a_compound_of_1667_loads_small_and_soon(office: Office) -> None:
    """At most 120 KB, with ids of full randomness and a phone for everyone, which a real list does not have."""
    rng = Random(7)
    rows: list[Dwelling | Person | PassRow] = []
    flat = DwellingId("")
    for number in range(1667):
        home, who, card = resident(number)
        if number % 3 == 0:
            flat = DwellingId(f"{rng.getrandbits(128):032x}")
            rows.append(replace(home, id=flat))
        rows += varied(rng, who, card, flat)
    with office.database.writing() as tx:
        office.book.put(tx, rows, START_MS)
    began = perf_counter()
    found = office.line.snapshot(C1, "roster")
    assert found is not None
    assert len(found.packed) <= 120_000
    assert perf_counter() - began <= 5


def varied(rng: Random, who: Person, card: PassRow, flat: DwellingId) -> list[Person | PassRow]:
    key = PersonId(f"{rng.getrandbits(128):032x}")
    card_id = rng.randbytes(8)
    name = "".join(rng.choice("张王李赵陈杨黄周吴徐孙胡朱高林伟芳娜秀敏静丽强磊军洋勇艳杰娟涛明超兰") for _ in range(3))
    person = replace(
        who, id=key, dwelling=flat, name=name, phone=f"1{rng.randrange(10**10):010d}", sex=rng.choice("FM"),
        birth_year=rng.randrange(1930, 2015), registered_at_ms=START_MS - rng.randrange(27) * 86_400_000,
    )  # fmt: skip
    pass_ = replace(card, id=PassId(card_id.hex()), person=key, dwelling=flat, serial=serial_of(card_id))
    return [person, pass_]


# the revocation list ------------------------------------------------------------------------------------------------


def lists(changes: list[Change]) -> list[SignedList]:
    return [SignedList(**change.row) for change in changes if change.row is not None]


def applied(office: Office, folder: Path, current: RevocationList | None, found: list[SignedList]) -> RevocationList:
    bundle, now = bundle_of(office, folder), office.clock.wall_ms() // 1000
    for each in found:
        data = base64url.octets(each.data) or b""
        if each.form == "delta":
            assert current is not None
            new = accept_delta(data, bundle, current, now, clock_ok=True)
        else:
            new = accept_snapshot(data, bundle, None if current is None else current.stored, now, clock_ok=True)
        assert isinstance(new, RevocationList), new
        current = new
    assert current is not None
    return current


def test_a_revocation_is_at_the_next_poll_as_a_delta_that_gates_accept(office: Office, folder: Path) -> None:
    tablet, scope = enrolled(office), scopes.revocations()
    with office.database.writing() as tx:
        # Of a list this short the whole is smaller than a signed delta.
        old = [(pass_id(1000 + number), RevocationKind.REVOKED) for number in range(100)]
        office.revocations.add(tx, old, office.clock.wall_ms(), by="t", why="t")
    current = applied(office, folder, None, lists(pulled(tablet, scope)))
    for number, kind in enumerate(RevocationKind):
        with office.database.writing() as tx:
            office.revocations.add(tx, [(pass_id(number), kind)], office.clock.wall_ms(), by="t", why="t")
        found = lists(pulled(tablet, scope))
        assert [each.form for each in found] == ["delta"]
        current = applied(office, folder, current, found)
        assert current.problem_of(bytes.fromhex(pass_id(number))) is kind
    with office.database.writing() as tx:
        office.revocations.take_back(tx, [pass_id(1)], office.clock.wall_ms())
    current = applied(office, folder, current, lists(pulled(tablet, scope)))
    assert (current.count, current.problem_of(bytes.fromhex(pass_id(1)))) == (102, None)
    whole = applied(office, folder, None, lists(pulled(enrolled(office), scope)))
    assert (whole.version, whole.entries) == (current.version, current.entries)


def test_a_list_with_nothing_new_is_signed_again_each_hour(office: Office, folder: Path) -> None:
    tablet, scope = enrolled(office), scopes.revocations()
    current = applied(office, folder, None, lists(pulled(tablet, scope)))
    clock = office.clock
    assert isinstance(clock, Clock)
    clock.advance(REFRESH_MS - 1)
    assert pulled(tablet, scope) == []
    clock.advance(1)
    newer = applied(office, folder, current, lists(pulled(tablet, scope)))
    assert newer.issued == clock.wall_ms() // 1000


# sister gates -------------------------------------------------------------------------------------------------------


def test_a_passage_is_sighted_at_the_sister_gate_without_a_name_and_not_at_its_own(office: Office) -> None:
    one, two = enrolled(office, G1), enrolled(office, G2)
    scope = scopes.sightings(C1)
    one.passage(1, Direction.IN, pass_id=pass_id(1), person=person_id(1))
    one.send()
    seen = [change for change in pulled(two, scope) if change.entity == Sighting.ENTITY]
    assert [(c.row or {})["pass_id"] for c in seen] == [pass_id(1)]
    assert set(seen[0].row or {}) <= {"event_id", "gate", "dir", "at_ms", "pass_id", "person", "source"}
    assert [c for c in pulled(one, scope) if c.entity == Sighting.ENTITY] == []


def test_one_pass_at_two_gates_within_two_minutes_is_flagged_to_both(office: Office) -> None:
    one, two = enrolled(office, G1), enrolled(office, G2)
    one.passage(1, Direction.IN, START_MS, pass_id=pass_id(1))
    two.passage(2, Direction.OUT, START_MS + 120_000, pass_id=pass_id(1))
    two.passage(3, Direction.OUT, START_MS + 120_001, pass_id=pass_id(2))
    one.passage(4, Direction.IN, START_MS, pass_id=pass_id(2))
    one.send()
    two.send()
    two.send()
    with office.database.reading() as tx:
        flags = [(gate, item.kind, item.pass_id) for gate, item in office.work.open(tx)]
    assert sorted(flags) == [("G01", "CLONE", pass_id(1)), ("G02", "CLONE", pass_id(1))]
    assert [change.entity for change in pulled(one, scopes.work(G1))] == ["work_item"]


def test_an_abandoned_suspicion_is_known_at_the_sister_gate(office: Office) -> None:
    one, two = enrolled(office, G1), enrolled(office, G2)
    one.passage(1, person=person_id(1), outcome=TempOutcome.ABANDONED, recorded=False)
    one.send()
    assert [(c.entity, c.key) for c in pulled(two, scopes.sightings(C1)) if c.entity == "suspicion"] == [
        ("suspicion", person_id(1))
    ]


def test_until_when_a_sister_was_heard_is_told(office: Office) -> None:
    one, two = enrolled(office, G1), enrolled(office, G2)
    one.send()
    heard = [c for c in pulled(two, scopes.sightings(C1)) if c.entity == "gate_heard"]
    assert [(c.key, (c.row or {})["heard_until_ms"]) for c in heard] == [("G01", START_MS)]


# the counter --------------------------------------------------------------------------------------------------------


def test_no_change_of_four_writers_is_lost_to_a_reader(office: Office) -> None:
    log, scope, each = ChangeLog(), "roster:X", 60
    failed: list[BaseException] = []

    def write(name: int) -> None:
        try:
            for number in range(each):
                with office.database.writing() as tx:
                    log.put(tx, scope, [Changed("row", f"{name}-{number}", doc="{}")], 0)
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failed.append(error)

    writers = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    seen: list[int] = []
    for writer in writers:
        writer.start()
    while len(seen) < 4 * each and not failed:
        alive = any(writer.is_alive() for writer in writers)
        with office.database.reading() as tx:
            page = log.since(tx, scope, seen[-1] if seen else 0, 50)
        seen += [entry.rev for entry in page]
        if not alive and not page:
            break
    for writer in writers:
        writer.join()
    assert failed == []
    assert seen == list(range(1, 4 * each + 1))


def test_revisions_have_no_gap_after_a_rollback(office: Office) -> None:
    log, scope = ChangeLog(), "roster:Y"
    with office.database.writing() as tx:
        log.put(tx, scope, [Changed("row", "1", doc="{}")], 0)

    def fails() -> None:
        with office.database.writing() as tx:
            log.put(tx, scope, [Changed("row", "2", doc="{}")], 0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with office.database.writing() as tx:
        log.put(tx, scope, [Changed("row", "3", doc="{}")], 0)
    with office.database.reading() as tx:
        assert [(entry.rev, entry.changed.key) for entry in log.since(tx, scope, 0, 9)] == [(1, "1"), (2, "3")]
        assert tx.execute(text("SELECT 1")).scalar() == 1

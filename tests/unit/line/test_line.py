# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The line from a gate's outbox to an office: every event once, nothing lost by any answer, lists only if signed."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from kiosk.adapters.clock import SettableClock
from kiosk.app.ports import Outgoing
from kiosk.domain.codes import Category
from kiosk.domain.identity import CompoundId, PersonId
from kiosk.domain.register import Person, PolicyRow
from kiosk.domain.trust.deltas import delta_between, sign_delta
from kiosk.domain.trust.policy_signature import sign_policy
from kiosk.domain.trust.revocations import RevocationKind, RevocationList, pack_entries
from kiosk.domain.trust.stored_revocations import read_stored
from sync.client.answers import LineError
from sync.client.line import Line
from sync.client.transport import Answer, Request
from sync.wire import base64url
from sync.wire.strict import encode, load
from tests.faults.strangers import STRANGERS
from tests.unit.line.doubles import (
    DAY_S,
    LIST,
    LIST_KID,
    NOW_MS,
    NOW_S,
    POLICY,
    POLICY_KID,
    GateSide,
    MemoryOffice,
    bundle_bytes,
    devices_bytes,
    direct_gate,
    key,
    office_handle,
    public,
    revocations_bytes,
)

ROSTER, CONFIG, REVOKED = "roster:C01", "config:G01", "revocations"
JSON = {"content-type": "application/json"}


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOW_MS)


@pytest.fixture
def office(clock: SettableClock) -> MemoryOffice:
    # the office's own clock goes on with time, but nobody sets it
    return MemoryOffice(lambda: NOW_MS + clock.mono_ms())


class Street:
    """The way between gate and office, which a test may bend."""

    def __init__(self, handle: Callable[[Request], Answer]) -> None:
        self.handle = handle
        self.bend: Callable[[Request, Callable[[Request], Answer]], Answer] | None = None
        self.sent: list[Request] = []

    def __call__(self, request: Request) -> Answer:
        self.sent.append(request)
        return self.handle(request) if self.bend is None else self.bend(request, self.handle)


@pytest.fixture
def street(office: MemoryOffice) -> Street:
    return Street(office_handle(office))


@pytest.fixture
def gate(office: MemoryOffice, clock: SettableClock, street: Street) -> GateSide:
    return direct_gate(office, clock, street)


def person(number: int = 1, name: str = "王小明") -> Person:
    return Person(PersonId(f"{number:032x}"), Category.LOCAL, CompoundId("C01"), name=name)


def signed_list(name: str, version: int, data: bytes, form: str = "whole") -> dict[str, object]:
    return {"name": name, "version": version, "data": base64url.text(data), "form": form}


def plain_body(request: Request) -> bytes:
    packed = request.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(request.body) if packed else request.body


def later(gate: GateSide, ms: int = 10_000) -> bool:
    """Let the poll come due, and sync."""
    gate.clock.advance(ms)
    return gate.line.run_until_idle()


# ----------------------------------------------------------------------------------------------------------- events


def test_everything_recorded_reaches_the_office_once_and_in_order(gate: GateSide, office: MemoryOffice) -> None:
    gate.record(450)
    assert gate.line.run_until_idle()
    assert office.seqs(gate.identity.device) == list(range(1, 452))
    assert gate.pending == 0
    assert [len(request.events) for request in office.requests if request.events] == [200, 200, 51]


def test_pending_is_said_until_the_receipt_is_stored(gate: GateSide) -> None:
    gate.record(3)
    assert gate.line.status().pending == 4
    assert gate.line.run_until_idle()
    status = gate.line.status()
    assert (status.pending, status.online, status.last_error, status.last_ok_ms) == (0, True, None, NOW_MS)


def test_an_answer_lost_after_the_offices_commit_leaves_one_copy(
    gate: GateSide, office: MemoryOffice, street: Street
) -> None:
    gate.record(30)

    def lose(request: Request, handle: Callable[[Request], Answer]) -> Answer:
        handle(request)
        return Answer(502, {}, b"")

    street.bend = lose
    assert not gate.line.run_until_idle()
    assert gate.pending == 31
    street.bend = None
    assert gate.line.run_until_idle()
    assert office.seqs(gate.identity.device) == list(range(1, 32))
    assert gate.pending == 0


def always(told: Answer) -> Callable[[Request, Callable[[Request], Answer]], Answer]:
    """Whatever is asked."""
    return lambda _request, _handle: told


FALSE_ANSWERS: dict[str, Callable[[Request, Callable[[Request], Answer]], Answer]] = {
    "portal": lambda _r, _h: Answer(200, {"content-type": "text/html"}, b"<html>log in</html>"),
    "200 with the right JSON": lambda r, h: replace(h(r), status=200),
    "redirect": lambda _r, _h: Answer(302, {"location": "https://x"}, b""),
    "204": lambda _r, _h: Answer(204, {}, b""),
    "404": lambda _r, _h: Answer(404, {}, b""),
    "500": lambda _r, _h: Answer(500, {}, b""),
    "503": lambda _r, _h: Answer(503, {"retry-after": "30"}, b""),
    "429": lambda _r, _h: Answer(429, {"retry-after": "30"}, b""),
    "413": lambda _r, _h: Answer(413, {}, b""),
    "400": lambda _r, _h: Answer(400, JSON, b'{"error":"json_limit"}'),
    "400 proto": lambda _r, _h: Answer(400, JSON, b'{"error":"proto_unsupported"}'),
    "401": lambda _r, _h: Answer(401, JSON, b'{"error":"bad_signature"}'),
    "401 stale": lambda _r, _h: Answer(401, JSON, b'{"error":"stale"}'),
    "403 bare": lambda _r, _h: Answer(403, JSON, b'{"error":"revoked"}'),
    "409 without an order": lambda _r, _h: Answer(409, JSON, b'{"error":"epoch"}'),
    "201 no JSON": lambda _r, _h: Answer(201, JSON, b"\xff{"),
    "201 half": lambda r, h: changed(h(r), lambda body: body[:100]),
    "another server": lambda r, h: changed(h(r), lambda body: body.replace(b"5e5e5e", b"6f6f6f")),
    "another echo": lambda r, h: changed(h(r), lambda body: _with(body, echo="A" * 22)),
    "acked beyond the receipt": lambda r, h: changed(h(r), lambda body: _with(body, acked_seq=10**6)),
    **{f"a stranger's {name}": always(told) for name, told in STRANGERS.items()},
}


def changed(answer: Answer, change: Callable[[bytes], bytes]) -> Answer:
    return replace(answer, body=change(answer.body))


def _with(body: bytes, **changes: object) -> bytes:
    return json.dumps({**load(body), **changes}).encode()


@pytest.mark.parametrize("name", FALSE_ANSWERS)
def test_no_answer_but_a_true_one_takes_an_event_from_the_gate(name: str, gate: GateSide, street: Street) -> None:
    gate.record(5)
    assert later(gate)
    gate.record(7)
    bend = FALSE_ANSWERS[name]
    street.bend = lambda request, handle: handle(request) if request.method == "GET" else bend(request, handle)
    for _ in range(6):
        gate.line.turn(asked=True)
    assert gate.pending == 7
    assert len(gate.store.outgoing(6, 100, 10**6)) == 7
    assert gate.line.status().last_error is not None


@pytest.mark.parametrize("name", FALSE_ANSWERS)
def test_after_any_trouble_everything_arrives_once(
    name: str, gate: GateSide, street: Street, office: MemoryOffice
) -> None:
    gate.record(7)
    bend = FALSE_ANSWERS[name]
    street.bend = lambda request, handle: handle(request) if request.method == "GET" else bend(request, handle)
    for _ in range(4):
        gate.line.turn(asked=True)
    street.bend = None
    gate.clock.advance(900_000)
    gate.line.run_until_idle()
    gate.clock.advance(900_000)
    assert gate.line.run_until_idle()
    assert office.seqs(gate.identity.device) == list(range(1, 9))


def test_a_receipt_that_the_office_did_not_sign_acknowledges_nothing(gate: GateSide, office: MemoryOffice) -> None:
    gate.record(5)
    office.bad_receipt = True
    gate.line.turn(asked=True)
    gate.line.turn(asked=True)
    assert gate.pending == 6


def test_a_batch_is_halved_until_the_office_takes_it(gate: GateSide, office: MemoryOffice, street: Street) -> None:
    gate.record(180)

    def small(request: Request, handle: Callable[[Request], Answer]) -> Answer:
        return Answer(413, {}, b"") if len(request.body) > 4_000 else handle(request)

    street.bend = small
    gate.line.run_until_idle()
    for _ in range(20):
        gate.clock.advance(60_000)
        gate.line.run_until_idle()
    assert office.seqs(gate.identity.device) == list(range(1, 182))


def test_a_stuck_upload_does_not_stop_rows(gate: GateSide, office: MemoryOffice, street: Street) -> None:
    assert gate.line.run_until_idle()
    gate.record(3)
    office.put(ROSTER, person())

    def no_events(request: Request, handle: Callable[[Request], Answer]) -> Answer:
        return Answer(500, {}, b"") if b'"events"' in plain_body(request) else handle(request)

    street.bend = no_events
    for _ in range(4):
        gate.line.turn(asked=True)
    assert [row for row in gate.store.rows() if isinstance(row, Person)]
    assert gate.pending == 3


def test_an_office_that_cannot_store_still_gives_rows(gate: GateSide, office: MemoryOffice) -> None:
    assert gate.line.run_until_idle()
    gate.record(3)
    office.can_store = False
    office.put(ROSTER, person())
    gate.line.turn(asked=True)
    assert gate.pending == 3
    assert gate.store.rows()
    assert gate.line.status().last_error == LineError.NOT_STORED


def test_a_p1_case_goes_ahead_of_a_backlog(gate: GateSide, office: MemoryOffice) -> None:
    gate.record(600, p1=True)
    gate.line.turn(asked=True)  # the office's time
    gate.line.turn(asked=True)  # the snapshot
    gate.line.turn(asked=True)
    assert len(office.urgent) == 1
    assert '"priority":"P1"' in office.urgent[0]


def test_a_restart_does_not_storm(gate: GateSide, street: Street, clock: SettableClock) -> None:
    gate.record(1)
    street.bend = lambda _r, _h: Answer(503, {"retry-after": "60"}, b"")
    gate.line.run_until_idle()
    sent = len(street.sent)
    restarted = Line(gate.link)
    assert restarted.turn() > 0
    assert len(street.sent) == sent
    clock.advance(60_000)
    street.bend = None
    restarted.turn()
    assert len(street.sent) > sent


# ------------------------------------------------------------------------------------------------------------ clock


@pytest.mark.parametrize("wrong_ms", [-50 * 365 * DAY_S * 1000, 10 * 365 * DAY_S * 1000, -301_000, 301_000])
def test_a_gate_whose_clock_is_years_off_still_syncs(wrong_ms: int, office: MemoryOffice) -> None:
    own = SettableClock(NOW_MS + wrong_ms)
    side = direct_gate(office, own)
    side.record(5)
    assert side.line.run_until_idle()
    assert side.pending == 0
    assert side.line.status().offset_ms == -wrong_ms


def test_a_clock_set_while_running_costs_one_stale_request(
    gate: GateSide, office: MemoryOffice, street: Street
) -> None:
    assert gate.line.run_until_idle()
    gate.clock.set_wall(NOW_MS + 10**9)
    gate.record(2)
    del street.sent[:]
    assert gate.line.run_until_idle()
    assert gate.pending == 0
    assert [request.url.rpartition("/")[2] for request in street.sent[:3]] == ["sync", "health", "sync"]


# ------------------------------------------------------------------------------------------------------------- pull


def test_rows_come_down_by_snapshot_and_then_by_page(gate: GateSide, office: MemoryOffice) -> None:
    office.put(ROSTER, person(1))
    assert gate.line.run_until_idle()
    office.put(ROSTER, person(2))
    assert later(gate)
    assert len(gate.store.rows()) == 2
    assert gate.store.list_made_at_ms() == NOW_MS + 10_000


def test_a_deleted_row_goes(gate: GateSide, office: MemoryOffice) -> None:
    office.put(ROSTER, person(1))
    assert gate.line.run_until_idle()
    office.raw(ROSTER, "person", person(1).id, None, "del")
    assert later(gate)
    assert gate.store.rows() == []


def test_pages_are_fetched_until_there_is_no_more(gate: GateSide, office: MemoryOffice) -> None:
    assert gate.line.run_until_idle()
    for number in range(1, 1_203):
        office.put(ROSTER, person(number))
    assert later(gate)
    assert len(gate.store.rows()) == 1_202


def test_a_bad_row_stops_its_scope_alone_and_the_events_are_acknowledged(gate: GateSide, office: MemoryOffice) -> None:
    assert gate.line.run_until_idle()
    gate.record(2)
    office.put(ROSTER, person(1))
    office.raw(ROSTER, "person", "2", {"id": 5})
    office.raw("work:G01", "work_item", "w1", {"id": "w1", "kind": "NOTE", "made_at_ms": NOW_MS})
    gate.line.run_until_idle()
    assert gate.pending == 0
    assert [type(row).__name__ for row in gate.store.rows()] == ["WorkItem"]
    assert gate.line.status().last_error == LineError.BAD_LISTS
    assert gate.store.sync_state().cursors[ROSTER] == "1.0"


def test_a_change_that_is_no_change_at_all_still_acknowledges(
    gate: GateSide, office: MemoryOffice, street: Street
) -> None:
    assert gate.line.run_until_idle()
    gate.record(2)
    street.bend = lambda r, h: changed(h(r), lambda body: _with(body, changes=[{"x": 1}, 7]))
    gate.line.run_until_idle()
    assert gate.pending == 0


def test_an_entity_of_a_newer_office_is_passed_over(gate: GateSide, office: MemoryOffice) -> None:
    assert gate.line.run_until_idle()
    office.raw(ROSTER, "drone", "d1", {"id": "d1"})
    office.put(ROSTER, person(1))
    assert later(gate)
    assert len(gate.store.rows()) == 1


def test_rows_of_a_scope_that_was_not_asked_for_are_not_taken(
    gate: GateSide, office: MemoryOffice, street: Street
) -> None:
    assert gate.line.run_until_idle()
    foreign = {"scope": "roster:C02", "op": "put", "entity": "person", "key": "1", "rev": 1, "row": {}}
    street.bend = lambda r, h: changed(h(r), lambda body: _with(body, changes=[foreign]))
    assert later(gate)
    assert gate.store.rows() == []
    assert gate.line.status().last_error is None


# ----------------------------------------------------------------------------------------------------- signed lists


def test_a_signed_revocation_list_and_its_delta_are_taken(gate: GateSide, office: MemoryOffice) -> None:
    office.raw(REVOKED, "signed_list", "revocations", signed_list("revocations", NOW_S, revocations_bytes()))
    assert gate.line.run_until_idle()
    entries = pack_entries([(b"12345678", RevocationKind.LOST)])
    old, new = (
        RevocationList(NOW_S, NOW_S, NOW_S + DAY_S, b""),
        RevocationList(NOW_S + 5, NOW_S, NOW_S + DAY_S, entries),
    )
    delta = sign_delta(delta_between(old, new), LIST_KID, LIST.sign)
    office.raw(REVOKED, "signed_list", "revocations", signed_list("revocations", NOW_S + 5, delta, "delta"))
    assert later(gate)
    data = gate.store.revocations()
    assert data is not None
    held = read_stored(data)
    assert held is not None
    assert (held.version, held.problem_of(b"12345678")) == (NOW_S + 5, RevocationKind.LOST)


def test_a_large_list_comes_as_a_snapshot(gate: GateSide, office: MemoryOffice) -> None:
    assert gate.line.run_until_idle()
    office.raw(REVOKED, "signed_list", "revocations", signed_list("revocations", NOW_S, revocations_bytes()))
    office.order_once = {"resnapshot": (REVOKED,)}
    assert later(gate)
    assert gate.store.revocations() is not None
    assert gate.store.sync_state().cursors[REVOKED] == "1.1"


def test_a_snapshot_whose_list_is_refused_is_not_taken(gate: GateSide, office: MemoryOffice) -> None:
    assert gate.line.run_until_idle()
    data = bundle_bytes(version=NOW_S + 9, root=key(7))
    office.raw(CONFIG, "signed_list", "key_bundle", signed_list("key_bundle", NOW_S + 9, data))
    office.order_once = {"resnapshot": (CONFIG,)}
    gate.clock.advance(10_000)
    for _ in range(4):
        gate.line.turn(asked=True)
    assert gate.store.sync_state().cursors[CONFIG] == "1.0"
    assert gate.store.key_bundle() == office.bundle


def test_a_delta_that_does_not_fit_brings_the_whole_list(gate: GateSide, office: MemoryOffice) -> None:
    entries = pack_entries([(b"12345678", RevocationKind.LOST)])
    old, new = (
        RevocationList(NOW_S + 1, NOW_S, NOW_S + DAY_S, b""),
        RevocationList(NOW_S + 5, NOW_S, NOW_S + DAY_S, entries),
    )
    delta = sign_delta(delta_between(old, new), LIST_KID, LIST.sign)
    office.raw(REVOKED, "signed_list", "revocations", signed_list("revocations", NOW_S, revocations_bytes()))
    assert gate.line.run_until_idle()
    office.raw(REVOKED, "signed_list", "revocations", signed_list("revocations", NOW_S + 5, delta, "delta"))
    gate.clock.advance(10_000)
    gate.line.turn(asked=True)
    whole = revocations_bytes(entries, version=NOW_S + 6)
    office.rows[REVOKED] = office.rows[REVOKED][:0]
    office.raw(REVOKED, "signed_list", "revocations", signed_list("revocations", NOW_S + 6, whole))
    gate.line.turn(asked=True)
    assert office.requests[-1].pull[REVOKED] == ""
    data = gate.store.revocations()
    assert data is not None
    assert (held := read_stored(data)) is not None
    assert held.version == NOW_S + 6


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("key_bundle", bundle_bytes(version=NOW_S + 9, root=key(7))),
        ("key_bundle", bundle_bytes(version=NOW_S - 9)),
        ("key_bundle", b"\x00"),
        ("device_list", devices_bytes("ab" * 16, public(key(8)), version=NOW_S - 1)),
        ("revocations", bundle_bytes(version=NOW_S + 9)),
    ],
    ids=["another root", "older", "no COSE", "older devices", "a bundle as a list"],
)
def test_a_list_that_may_not_be_accepted_is_not(name: str, data: bytes, gate: GateSide, office: MemoryOffice) -> None:
    before = (gate.store.key_bundle(), gate.store.device_list(), gate.store.revocations())
    assert gate.line.run_until_idle()
    office.raw(CONFIG, "signed_list", name, signed_list(name, NOW_S + 9, data))
    later(gate)
    assert (gate.store.key_bundle(), gate.store.device_list(), gate.store.revocations()) == before
    assert gate.line.status().last_error == LineError.BAD_LISTS


def test_a_newer_bundle_of_either_root_is_taken(gate: GateSide, office: MemoryOffice) -> None:
    from tests.unit.line.doubles import ROOTS

    newer = bundle_bytes(version=NOW_S + 9, root=ROOTS[1])
    office.raw(CONFIG, "signed_list", "key_bundle", signed_list("key_bundle", NOW_S + 9, newer))
    assert gate.line.run_until_idle()
    assert gate.store.key_bundle() == newer


def policy(version: str = "2020-02-14", toml: str = "x = 1") -> PolicyRow:
    row = PolicyRow(version, NOW_MS - 10**9, toml)
    return replace(row, signed=sign_policy(row, NOW_S, POLICY_KID, POLICY.sign).hex())


def test_a_signed_policy_is_taken(gate: GateSide, office: MemoryOffice) -> None:
    office.put(CONFIG, policy())
    assert gate.line.run_until_idle()
    assert gate.store.rows() == [policy()]


CHANGED_POLICIES = {
    "text": replace(policy(), toml="x = 2"),
    "version": replace(policy(), version="2020-03-24"),
    "compound": replace(policy(), compound=CompoundId("C01")),
    "start": replace(policy(), effective_from_ms=NOW_MS),
    "no signature": replace(policy(), signed=""),
}


@pytest.mark.parametrize("what", CHANGED_POLICIES)
def test_a_policy_changed_after_it_was_signed_is_not(what: str, gate: GateSide, office: MemoryOffice) -> None:
    office.put(CONFIG, CHANGED_POLICIES[what])
    gate.line.run_until_idle()
    assert gate.store.rows() == []
    assert gate.line.status().last_error == LineError.BAD_LISTS


def test_what_the_desk_commits_while_a_request_is_made_waits_for_the_next(
    gate: GateSide, office: MemoryOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing = gate.store.outgoing

    def desk_is_faster(after_seq: int, limit: int, max_bytes: int) -> tuple[Outgoing, ...]:
        gate.record(1)
        return outgoing(after_seq, limit, max_bytes)

    monkeypatch.setattr(gate.store, "outgoing", desk_is_faster)
    gate.record(3)
    for _ in range(6):
        gate.line.turn(asked=True)
    sent = [(json.loads(event.c)["seq"], request.head_seq) for request in office.requests for event in request.events]
    assert sent
    assert [seq for seq, head in sent if seq > head] == []


# ----------------------------------------------------------------------------------------------------------- orders


def test_an_office_restored_from_a_copy_gets_its_events_again(gate: GateSide, office: MemoryOffice) -> None:
    gate.record(20)
    assert gate.line.run_until_idle()
    device = gate.identity.device
    del office.logs[device].events[10:]
    office.epoch, office.expected_seq = 2, 11
    office.order_once = {"resnapshot": (ROSTER, REVOKED)}
    gate.clock.advance(10_000)
    gate.line.turn(asked=True)
    assert gate.line.turn(asked=True) == 0
    office.expected_seq = None
    gate.record(1)
    assert later(gate)
    assert later(gate)
    assert office.seqs(device) == list(range(1, 23))
    assert gate.pending == 0


def test_a_signed_order_opens_a_new_epoch(gate: GateSide, office: MemoryOffice) -> None:
    office.order_once = {"new_epoch": 2, "why": "OFFICE_ORDER"}
    gate.line.run_until_idle()
    assert gate.store.opened == [(2, "OFFICE_ORDER")]


def test_a_409_with_a_signed_order_opens_the_epoch_and_delivers_nothing(
    gate: GateSide, office: MemoryOffice, street: Street
) -> None:
    gate.record(3)
    order = load(encode(office.order(gate.identity.device, new_epoch=2, why="OFFICE_ORDER")))
    street.bend = always(Answer(409, JSON, json.dumps({"error": "epoch", "order": order}).encode()))
    gate.line.turn(asked=True)
    assert gate.store.opened == [(2, "OFFICE_ORDER")]
    assert gate.pending
    street.bend = None
    assert gate.line.run_until_idle(), "and the upload goes on"
    assert gate.pending == 0


def test_an_order_that_the_office_did_not_sign_is_not_obeyed(
    gate: GateSide, office: MemoryOffice, street: Street
) -> None:
    order = {"at_ms": NOW_MS, "kid": "f2", "sig": "A" * 86, "revoked": True}
    street.bend = lambda r, _h: Answer(403, JSON, json.dumps({"error": "revoked", "order": order}).encode())
    gate.record(3)
    gate.line.run_until_idle()
    gate.line.turn(asked=True)
    assert (gate.orders.withdrawn, gate.line.status().revoked) == (0, False)


def test_an_order_for_another_device_is_not_obeyed(gate: GateSide, office: MemoryOffice, street: Street) -> None:
    other = office.order("ab" * 16, revoked=True)
    body = {"error": "revoked", "order": {"at_ms": other.at_ms, "kid": other.kid, "sig": other.sig, "revoked": True}}
    street.bend = lambda _r, _h: Answer(403, JSON, json.dumps(body).encode())
    gate.line.turn(asked=True)
    assert gate.orders.withdrawn == 0


def test_a_revoked_device_keeps_its_unsent_events_and_delivers_them(gate: GateSide, office: MemoryOffice) -> None:
    assert gate.line.run_until_idle()
    gate.record(250)
    device = gate.identity.device
    office.devices[device] = replace(office.devices[device], revoked=True)
    gate.clock.advance(10_000)
    gate.line.turn(asked=True)
    assert gate.orders.withdrawn == 1
    assert gate.line.status().revoked
    assert gate.pending == 250
    assert gate.line.run_until_idle()
    assert gate.pending == 0
    assert office.seqs(device) == list(range(1, 252))
    assert all(not request.pull for request in office.requests if request.events and len(request.events) > 2)


def test_an_office_that_knows_more_than_the_gate_makes_it_open_a_new_epoch(
    gate: GateSide, office: MemoryOffice
) -> None:
    log = office.logs[gate.identity.device]
    log.events = [(seq, "{}", "ab" * 32) for seq in range(1, 100)]
    gate.line.run_until_idle()
    assert gate.store.opened == [(2, "RESTORED")]
    assert gate.line.run_until_idle()
    assert gate.pending == 0
    assert (log.epoch, office.seqs(gate.identity.device)) == (2, [1])


def test_what_an_office_lost_without_saying_so_is_sent_again(gate: GateSide, office: MemoryOffice) -> None:
    """A database that lost its last commits under the same server epoch: nothing new has to be recorded to heal it."""
    gate.record(20)
    assert gate.line.run_until_idle()
    device = gate.identity.device
    del office.logs[device].events[10:]
    for _ in range(3):
        gate.clock.advance(10_000)
        gate.line.turn(asked=True)
        gate.line.turn(asked=True)
    assert office.seqs(device) == list(range(1, 22))


def test_a_snapshot_that_does_not_come_stops_neither_events_nor_other_scopes(
    gate: GateSide, office: MemoryOffice, street: Street
) -> None:
    gate.record(450)
    office.raw("work:G01", "work_item", "w1", {"id": "w1", "kind": "NOTE", "made_at_ms": NOW_MS})
    lost = Answer(502, {}, b"")
    street.bend = lambda request, handle: lost if "/v1/snapshot/" in request.url else handle(request)
    for _ in range(14):
        gate.line.turn(asked=True)
    assert gate.pending == 0
    assert [type(row).__name__ for row in gate.store.rows()] == ["WorkItem"]
    street.bend = None
    gate.clock.advance(900_000)
    assert gate.line.run_until_idle()
    assert gate.store.list_made_at_ms() is not None, "and it comes once it can"


def test_an_office_that_knows_another_log_of_a_closed_epoch_does_not_block_the_next(
    gate: GateSide, office: MemoryOffice
) -> None:
    log = office.logs[gate.identity.device]
    gate.record(4)
    log.events = [(seq, "{}", "ab" * 32) for seq in range(1, 100)]
    gate.line.run_until_idle()
    assert gate.store.opened == [(2, "RESTORED")]
    assert gate.store.passed == [(1, 5)], "what was sent of it the office has, as told or set aside"

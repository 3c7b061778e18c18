# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's side of the line: every limit at -1, 0, +1, and nothing of the input in a refusal (trust.md 13)."""

import gzip
import json
import tracemalloc
from collections.abc import Callable

import pytest

from kiosk.adapters.clock import SettableClock
from kiosk.domain.trust.statements import Head
from sync.client.transport import Answer, Request
from sync.office.api.limits import HEADERS_LIMIT, PACKED_LIMIT, SMALL_LIMIT, URL_LIMIT, Turnstile
from sync.office.api.messages import RefusedError
from sync.wire.limits import EVENT_BYTES, SERVER_BYTES, SERVER_EVENTS, URGENT_EVENTS
from tests.unit.line.doubles import NOW_MS, URL, GateSide, MemoryOffice, direct_gate, office_handle

HASH = "0" * 64


@pytest.fixture
def office() -> MemoryOffice:
    return MemoryOffice(lambda: NOW_MS)


@pytest.fixture
def handle(office: MemoryOffice) -> Callable[[Request], Answer]:
    return office_handle(office, turnstile=Turnstile(None))


@pytest.fixture
def gate(office: MemoryOffice, handle: Callable[[Request], Answer]) -> GateSide:
    return direct_gate(office, SettableClock(NOW_MS), handle)


class Sender:
    """Signs any body as this gate, with a fresh nonce each time."""

    def __init__(self, gate: GateSide, handle: Callable[[Request], Answer]) -> None:
        self._gate, self._handle, self._count = gate, handle, 0

    def nonce(self) -> str:
        return f"{self._count:022d}"

    def message(self, **changes: object) -> dict[str, object]:
        head = Head(self._gate.identity.device, 1, 0, "").signed(self._gate.key.sign)
        base = {
            "head_sig": head,
            "proto": 1, "schema": 1, "app": "t", "device": self._gate.identity.device, "epoch": 1,
            "nonce": self.nonce(), "sent_at_ms": NOW_MS, "head_seq": 0, "head_hash": "", "pull": {},
        }  # fmt: skip
        return {**base, **changes}

    def __call__(self, body: bytes, *, method: str = "POST", path: str = "/v1/sync", **headers: str) -> Answer:
        request = Request(method, URL + path, {"Content-Type": "application/json", **headers}, body)
        writer = self._gate.line._writer
        signed = writer.signed(request, self._gate.store.sync_state(), self.nonce())
        self._count += 1
        return self._handle(signed)


@pytest.fixture
def send(gate: GateSide, handle: Callable[[Request], Answer]) -> Sender:
    return Sender(gate, handle)


def error(answer: Answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["error"]


@pytest.mark.parametrize(("over", "status"), [(-1, 200), (0, 200), (1, 414)])
def test_a_url_at_its_limit(over: int, status: int, handle: Callable[[Request], Answer]) -> None:
    query = "x" * (URL_LIMIT - len("/v1/health") + over)
    assert handle(Request("GET", f"{URL}/v1/health?{query}")).status == status


@pytest.mark.parametrize(("over", "status"), [(-1, 200), (0, 200), (1, 431)])
def test_headers_at_their_limit(over: int, status: int, handle: Callable[[Request], Answer]) -> None:
    assert handle(Request("GET", f"{URL}/v1/health", {"x": "y" * (HEADERS_LIMIT - 1 + over)})).status == status


@pytest.mark.parametrize(("over", "status"), [(-1, 401), (0, 401), (1, 413)])
def test_a_body_at_its_limit(over: int, status: int, handle: Callable[[Request], Answer]) -> None:
    assert handle(Request("POST", f"{URL}/v1/sync", {}, b"x" * (PACKED_LIMIT + over))).status == status


@pytest.mark.parametrize(("over", "status"), [(-1, 400), (0, 400), (1, 413)])
def test_an_enrolment_at_its_limit(over: int, status: int, handle: Callable[[Request], Answer]) -> None:
    assert handle(Request("POST", f"{URL}/v1/devices/enroll", {}, b" " * (SMALL_LIMIT + over))).status == status


@pytest.mark.parametrize("length", ["99999999999999999999", "1048577", "-1", "x", "٣"])
def test_a_body_announced_too_large_is_not_read(length: str, handle: Callable[[Request], Answer]) -> None:
    assert handle(Request("POST", f"{URL}/v1/sync", {"content-length": length})).status in {400, 413}


@pytest.mark.parametrize(("over", "status"), [(-1, 201), (0, 201), (1, 413)])
def test_so_many_events(over: int, status: int, send: Sender) -> None:
    events = [{"c": json.dumps({"seq": n + 1}), "h": HASH} for n in range(SERVER_EVENTS + over)]
    assert send(json.dumps(send.message(events=events, base=HASH)).encode()).status == status


@pytest.mark.parametrize(("over", "status"), [(-1, 201), (0, 201), (1, 413)])
def test_so_many_urgent_ones(over: int, status: int, send: Sender) -> None:
    urgent = [{"c": json.dumps({"seq": n + 1}), "h": HASH, "prev": HASH} for n in range(URGENT_EVENTS + over)]
    assert send(json.dumps(send.message(urgent=urgent)).encode()).status == status


@pytest.mark.parametrize(("over", "status"), [(0, False), (1, True)])
def test_an_event_at_its_limit(over: int, status: bool, send: Sender) -> None:
    events = [{"c": '{"seq":1}'.ljust(EVENT_BYTES + over), "h": HASH}]
    found = send(json.dumps(send.message(events=events, base=HASH)).encode())
    assert (found.status == 413) is status


def test_a_bomb_costs_no_memory(send: Sender) -> None:
    bomb = gzip.compress(b"\x00" * (200 << 20), 9)[:PACKED_LIMIT]
    tracemalloc.start()
    found = send(bomb, **{"Content-Encoding": "gzip"})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.status == 413
    assert peak < 50 << 20


def test_unpacked_it_must_not_be_larger_either(send: Sender) -> None:
    noise = json.dumps(send.message(os="x")).encode() + b" " * SERVER_BYTES
    assert send(gzip.compress(noise), **{"Content-Encoding": "gzip"}).status == 413


BAD_JSON = {
    "not JSON": (b"{", "json_strict"),
    "NaN": (b'{"proto":NaN}', "json_strict"),
    "a key twice": (b'{"proto":1,"proto":2}', "json_strict"),
    "not UTF-8": (b'{"app":"\xff"}', "json_strict"),
    "too deep": (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", "json_limit"),
    "an array": (b"[]", "shape"),
    "a field missing": (b"{}", "shape"),
    "another protocol": (b'{"proto":99}', "proto_unsupported"),
}


@pytest.mark.parametrize("what", BAD_JSON)
def test_what_cannot_be_read_is_refused_by_its_code(what: str, send: Sender) -> None:
    body, code = BAD_JSON[what]
    assert error(send(body)) == (400, code)


def test_a_refusal_never_repeats_what_was_sent(send: Sender) -> None:
    secret = "王小明13800001234"
    for body in (f'{{"proto":"{secret}"}}', f'{{"{secret}":1}}', secret):
        answer = send(body.encode())
        assert secret.encode() not in answer.body
        assert b"\\u738b" not in answer.body


def test_another_encoding_is_refused(send: Sender) -> None:
    assert error(send(b"x", **{"Content-Encoding": "br"})) == (415, "encoding")


def test_a_message_in_another_devices_name_is_refused(send: Sender) -> None:
    assert error(send(json.dumps(send.message(device="ab" * 16)).encode())) == (401, "bad_signature")


def test_a_message_whose_nonce_is_not_the_signatures_is_refused(send: Sender) -> None:
    assert error(send(json.dumps(send.message(nonce="B" * 22)).encode())) == (401, "bad_signature")


def test_a_request_twice_is_a_replay(gate: GateSide, handle: Callable[[Request], Answer]) -> None:
    seen: list[Request] = []

    def keeping(request: Request) -> Answer:
        seen.append(request)
        return handle(request)

    object.__setattr__(gate.link.transport, "handle", keeping)
    assert gate.line.run_until_idle()
    signed = [request for request in seen if "Signature" in request.headers]
    assert {error(handle(request)) for request in signed} == {(401, "replayed")}


@pytest.mark.parametrize("path", ["/v1/snapshot/C02?scope=roster:C02", "/v1/gates/G02/events"])
def test_what_belongs_to_another_gate_is_not_there(
    path: str, send: Sender, expected_log: Callable[[int, str, str], None]
) -> None:
    expected_log(30, "sync.office.api.line", "another")
    assert error(send(b"", method="GET", path=path)) == (404, "not_found")


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x", "1e3", ""])
def test_a_page_has_a_size(limit: str, send: Sender) -> None:
    assert send(b"", method="GET", path=f"/v1/gates/G01/events?limit={limit}").status == 400


def test_a_snapshot_goes_on_at_any_byte(send: Sender) -> None:
    path = "/v1/snapshot/C01?scope=roster:C01"
    whole = send(b"", method="GET", path=path)
    middle = len(whole.body) // 2
    part = send(b"", method="GET", path=path, Range=f"bytes={middle}-")
    assert (part.status, part.body) == (206, whole.body[middle:])
    same = send(b"", method="GET", path=path, **{"If-None-Match": whole.headers["etag"]})
    assert (same.status, same.body) == (304, b"")
    beyond = send(b"", method="GET", path=path, Range=f"bytes={len(whole.body)}-")
    assert beyond.status == 416


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/sync"), ("PUT", "/v1/health"), ("DELETE", "/v1/ca")])
def test_another_method_is_refused(method: str, path: str, handle: Callable[[Request], Answer]) -> None:
    assert handle(Request(method, URL + path)).status == 405


def test_a_device_may_ask_so_often_a_minute_and_one_at_a_time() -> None:
    turnstile = Turnstile(3)
    turnstile.enter("a", 0)
    with pytest.raises(RefusedError, match="one_at_a_time"):
        turnstile.enter("a", 0)
    turnstile.leave("a")
    for at in (1, 2):
        turnstile.enter("a", at)
        turnstile.leave("a")
    with pytest.raises(RefusedError, match="too_many") as refused:
        turnstile.enter("a", 3)
    assert refused.value.refused.retry_after_s == 60
    turnstile.enter("b", 3)
    turnstile.enter("a", 60_001)

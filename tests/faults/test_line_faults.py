# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The line through a network that misbehaves: over real TLS, every event arrives once, and nobody else is believed."""

import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from kiosk.adapters.clock import SystemClock
from sync.client.answers import LineError
from sync.client.http import HttpTransport
from sync.client.transport import Answer, Request, TransportFault
from sync.office.home import OfficeHome
from sync.office.serve import Listen, OfficeServer
from tests.faults.proxy import FaultProxy, Mode
from tests.unit.line.doubles import NOW_MS, GateSide, MemoryOffice, known_gate
from tests.unit.line.tls import TlsOffice, tls_office


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsOffice]:
    office = MemoryOffice(lambda: NOW_MS)
    with tls_office(tmp_path_factory.mktemp("office"), office) as running:
        yield running


@pytest.fixture(scope="module")
def network(served: TlsOffice) -> Iterator[FaultProxy]:
    with FaultProxy(("127.0.0.1", served.port), served.server_context(), served.home.ca_file, seed=1) as proxy:
        yield proxy


class Of2020(SystemClock):
    """The real clock for time-outs, with the office's time of 2020 on the wall."""

    def wall_ms(self) -> int:
        return NOW_MS


@pytest.fixture
def gate(served: TlsOffice, network: FaultProxy) -> Iterator[GateSide]:
    network.mode, network.plan = Mode(), None
    network.passed.requests.clear()
    served.office.logs.clear()
    served.office.devices.clear()
    side = fresh_gate(served, network)
    yield side
    side.link.transport.close()


def fresh_gate(served: TlsOffice, network: FaultProxy, ca: Path | None = None) -> GateSide:
    clock = Of2020()
    transport = HttpTransport(ca or served.home.ca_file, clock)
    side = known_gate(served.office, clock, transport, seed=None, url=f"https://127.0.0.1:{network.port}")
    side.record(9)
    return side


# what is lost, broken or forged at once; slow and silent ones have tests of their own
BROKEN = {
    "drop_request": (Mode("drop_request"), LineError.NO_ANSWER),
    "drop_response": (Mode("drop_response"), LineError.NO_ANSWER),
    "rst_midbody": (Mode("rst_midbody"), None),
    "half_body": (Mode("half_body"), LineError.GARBAGE),
    "bad_gzip": (Mode("bad_gzip"), LineError.GARBAGE),
    "garbage": (Mode("garbage"), LineError.GARBAGE),
    "portal_200": (Mode("portal_200"), LineError.PORTAL),
    "redirect": (Mode("redirect"), LineError.REDIRECT),
    "empty_204": (Mode("empty_204"), LineError.OFFICE_TROUBLE),
    "500": (Mode("status", 500), LineError.OFFICE_TROUBLE),
    "413": (Mode("status", 413), None),
    "401": (Mode("status", 401), LineError.ENROL_AGAIN),
    "busy": (Mode("busy", 30), LineError.BUSY),
    "429": (Mode("status", 429), LineError.BUSY),
    "other_server": (Mode("other_server"), LineError.OTHER_SERVER),
}


@pytest.mark.parametrize("name", BROKEN)
def test_trouble_keeps_every_event_and_its_end_delivers_each_once(
    name: str, gate: GateSide, network: FaultProxy, served: TlsOffice
) -> None:
    mode, error = BROKEN[name]
    assert gate.line.run_until_idle()
    gate.record(10)
    network.mode = mode
    for _ in range(3):
        gate.line.turn(asked=True)
    assert gate.pending == 10
    if error is not None:
        assert gate.line.status().last_error == error
    network.mode = Mode()
    gate.line.nudge()
    for _ in range(6):
        gate.line.turn(asked=True)
    assert gate.pending == 0
    assert served.office.seqs(gate.identity.device) == list(range(1, 21))


def test_an_answer_lost_after_the_commit_leaves_one_copy(
    gate: GateSide, network: FaultProxy, served: TlsOffice
) -> None:
    assert gate.line.run_until_idle()
    gate.record(5)
    network.mode = Mode("drop_response")
    gate.line.turn(asked=True)
    device = gate.identity.device
    assert served.office.seqs(device) == list(range(1, 16)), "the office has them"
    assert gate.pending == 5, "the gate cannot know"
    network.mode = Mode()
    assert gate.line.run_until_idle()
    assert served.office.seqs(device) == list(range(1, 16))


def test_a_request_doubled_by_the_network_counts_once(gate: GateSide, network: FaultProxy, served: TlsOffice) -> None:
    assert gate.line.run_until_idle()
    gate.record(3)
    network.mode = Mode("duplicate")
    gate.line.turn(asked=True)
    assert gate.pending == 3, "the gate heard only that its second copy was a replay"
    network.mode = Mode()
    gate.line.nudge()
    for _ in range(3):
        gate.line.turn(asked=True)
    assert served.office.seqs(gate.identity.device) == list(range(1, 14))
    assert gate.pending == 0


def test_a_bad_hour_of_everything_at_once_loses_nothing(gate: GateSide, network: FaultProxy, served: TlsOffice) -> None:
    modes = [mode for name, (mode, _) in BROKEN.items() if name != "401"] + [Mode("latency", 5), Mode("duplicate")]
    network.plan = lambda random, _count: random.choice(modes) if random.random() < 0.6 else Mode()
    random = Random(7)
    for _ in range(60):
        if random.random() < 0.3:
            gate.record(random.randrange(1, 30))
        gate.line.turn(asked=True)
    network.plan = None
    gate.line.nudge()
    for _ in range(20):
        gate.line.turn(asked=True)
    assert gate.pending == 0
    assert served.office.seqs(gate.identity.device) == list(range(1, len(gate.store.log) + 1))


def test_each_captured_request_is_refused_when_sent_again(
    gate: GateSide, network: FaultProxy, served: TlsOffice
) -> None:
    assert gate.line.run_until_idle()
    captured = [raw for raw in network.passed.requests if b"/v1/sync" in raw or b"/v1/snapshot" in raw]
    assert captured
    before = served.office.seqs(gate.identity.device)
    for raw in captured:
        status, body = send_raw(served, raw)
        assert (status, b"replayed" in body) == (401, True)
    assert served.office.seqs(gate.identity.device) == before


def send_raw(served: TlsOffice, raw: bytes) -> tuple[int, bytes]:
    import http.client

    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    context = ssl.create_default_context(cafile=str(served.home.ca_file))
    connection = http.client.HTTPSConnection("127.0.0.1", served.port, context=context)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for line in lines:
        name, _, value = line.partition(": ")
        if name.lower() not in {"content-length", "connection"}:
            connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


# -------------------------------------------------------------------------------------------------- whom to believe


def health(transport: HttpTransport, url: str) -> Answer | TransportFault:
    try:
        return transport.send(Request("GET", f"{url}/v1/health"))
    finally:
        transport.close()


def test_another_ca_is_not_believed(served: TlsOffice, tmp_path: Path) -> None:
    other = OfficeHome(tmp_path)
    other.make_authority("别处", SystemClock().wall_ms(), os.urandom)
    assert health(HttpTransport(other.ca_file, SystemClock()), served.url) is TransportFault.TLS


def test_a_certificate_of_another_host_is_not_believed(served: TlsOffice) -> None:
    home = served.home
    elsewhere = OfficeHome(home.folder.parent / "elsewhere")
    elsewhere.ca_file.parent.mkdir(parents=True, exist_ok=True)
    elsewhere.ca_file.write_bytes(home.ca_file.read_bytes())
    (elsewhere.folder / "ca" / "ca.key").write_bytes((home.folder / "ca" / "ca.key").read_bytes())
    elsewhere.ensure_certificate(("office.example",), SystemClock().wall_ms(), os.urandom)
    assert tls_answer(elsewhere, home) is TransportFault.TLS


def test_an_expired_certificate_is_not_believed(served: TlsOffice, tmp_path: Path) -> None:
    home = OfficeHome(tmp_path)
    long_ago = SystemClock().wall_ms() - 400 * 86_400_000
    home.make_authority("旧", long_ago, os.urandom)
    home.ensure_certificate(("127.0.0.1",), long_ago, os.urandom)
    assert tls_answer(home, home) is TransportFault.TLS


def tls_answer(home: OfficeHome, pinned: OfficeHome) -> Answer | TransportFault:
    from fastapi import FastAPI

    server = OfficeServer(FastAPI(), Listen("127.0.0.1", 0, home.certificate_file, home.key_file))
    server.start()
    try:
        return health(HttpTransport(pinned.ca_file, SystemClock()), f"https://127.0.0.1:{server.port}")
    finally:
        server.stop()


def test_the_environment_changes_nothing(served: TlsOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = OfficeHome(tmp_path)
    other.make_authority("别处", SystemClock().wall_ms(), os.urandom)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(other.ca_file))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    found = health(HttpTransport(served.home.ca_file, SystemClock()), served.url)
    assert isinstance(found, Answer)
    assert found.status == 200
    # and the other way: an environment that trusts a stranger's CA does not make us trust it
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(served.home.ca_file))
    assert health(HttpTransport(other.ca_file, SystemClock()), served.url) is TransportFault.TLS


def test_an_office_that_is_down_is_said_to_be(served: TlsOffice) -> None:
    found = health(HttpTransport(served.home.ca_file, SystemClock()), "https://127.0.0.1:1")
    assert found is TransportFault.UNREACHABLE


def test_a_name_that_is_unknown_is_said_to_be(served: TlsOffice) -> None:
    found = health(HttpTransport(served.home.ca_file, SystemClock()), "https://office.invalid")
    assert found is TransportFault.NAME


def test_plain_http_is_never_spoken(served: TlsOffice) -> None:
    found = health(HttpTransport(served.home.ca_file, SystemClock()), served.url.replace("https", "http"))
    assert isinstance(found, TransportFault)


@pytest.mark.parametrize("mode", ["half_open", "blackhole"])
def test_silence_ends_by_the_gates_own_patience_and_keeps_every_event(
    mode: str, gate: GateSide, served: TlsOffice, network: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request was taken, and nothing ever comes."""
    from sync.client import http

    assert gate.line.run_until_idle()
    gate.link.transport.close()
    gate.record(4)
    monkeypatch.setattr(http, "READ_S", 0.2)
    monkeypatch.setattr(http, "CONNECT_S", 0.2)
    network.mode = Mode(mode)
    gate.line.turn(asked=True)
    assert (gate.pending, gate.line.status().last_error) == (4, LineError.NO_ANSWER)
    monkeypatch.undo()
    network.mode = Mode()
    gate.line.nudge()
    assert gate.line.run_until_idle()
    assert served.office.seqs(gate.identity.device) == list(range(1, 15))


@pytest.mark.parametrize("mode", [Mode("latency", 40), Mode("trickle", 100_000)], ids=["late", "slow"])
def test_a_late_or_slow_answer_is_an_answer(mode: Mode, gate: GateSide, served: TlsOffice, network: FaultProxy) -> None:
    network.mode = mode
    assert gate.line.run_until_idle()
    assert (gate.pending, gate.line.status().last_error) == (0, None)
    assert served.office.seqs(gate.identity.device) == list(range(1, 11))


def test_an_answer_that_trickles_past_all_patience_is_given_up(
    gate: GateSide, network: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each read is in time; the whole is not."""
    from sync.client import http

    assert gate.line.run_until_idle()
    gate.record(4)
    monkeypatch.setattr(http, "TOTAL_MS", 150)
    monkeypatch.setattr(http, "_CHUNK", 64)
    network.mode = Mode("trickle", 2_000)
    gate.line.turn(asked=True)
    assert (gate.pending, gate.line.status().last_error) == (4, LineError.NO_ANSWER)


def test_a_request_that_overtakes_another_loses_and_doubles_nothing(
    gate: GateSide, network: FaultProxy, served: TlsOffice
) -> None:
    assert gate.line.run_until_idle()
    gate.record(3)
    network.mode = Mode("reorder")
    gate.line.turn(asked=True)
    network.mode = Mode()
    gate.record(2)
    gate.line.nudge()
    for _ in range(4):
        gate.line.turn(asked=True)
    assert network.settled(), "the one that was held back has arrived by now"
    assert served.office.seqs(gate.identity.device) == list(range(1, 16))
    assert gate.pending == 0


@pytest.mark.parametrize(("after_s", "status"), [(30, 503), (3_600, 503)])
def test_retry_after_is_heeded_up_to_a_quarter_of_an_hour(
    after_s: int, status: int, gate: GateSide, network: FaultProxy
) -> None:
    assert gate.line.run_until_idle()
    gate.record(1)
    network.mode = Mode("busy", after_s)
    wait_ms = gate.line.turn(asked=True)
    assert min(after_s, 900) * 1000 - 1_000 <= wait_ms <= max(60_000, min(after_s, 900) * 1000)
    assert gate.line.status().last_error == LineError.BUSY


def test_a_snapshot_goes_on_where_the_network_broke_it_off(gate: GateSide, network: FaultProxy) -> None:
    """A link that breaks every answer half-way still brings the roster in the end: each try keeps what came."""
    network.plan = lambda _random, _count: (
        Mode("half_body") if b"/v1/snapshot" in network.passed.requests[-1] else Mode()
    )
    for _ in range(14):
        gate.line.nudge()
        gate.line.turn(asked=True)
    asked = [raw for raw in network.passed.requests if b"GET /v1/snapshot" in raw]
    parts = [raw for raw in asked if b"\r\nrange: bytes=" in raw.lower()]
    assert parts
    assert len(parts) == len(asked) - 1, "only the first asks for the whole file"
    network.plan = None
    gate.line.nudge()
    assert gate.line.run_until_idle()
    assert gate.store.list_made_at_ms() is not None


def test_a_port_that_swallows_even_the_greeting_is_given_up(served: TlsOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A black hole: the connection stands, and TLS is never answered."""
    from sync.client import http

    monkeypatch.setattr(http, "READ_S", 0.2)
    monkeypatch.setattr(http, "CONNECT_S", 0.2)
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(1)
        found = health(HttpTransport(served.home.ca_file, SystemClock()), f"https://127.0.0.1:{hole.getsockname()[1]}")
    assert found is TransportFault.TIMEOUT


def test_an_answer_beyond_its_limit_is_dropped(served: TlsOffice) -> None:
    transport = HttpTransport(served.home.ca_file, SystemClock())
    found = transport.send(replace(Request("GET", f"{served.url}/v1/health"), limit=10))
    transport.close()
    assert found is TransportFault.TOO_LARGE

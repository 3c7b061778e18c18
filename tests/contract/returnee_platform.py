# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A returnee platform by the letter of docs/returnee-platform.md: in memory, and as a real server on this machine.

Both answer from the same records; faults are told to them and last for so many requests.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sync.office.platform import page_of
from sync.office.service.platform import NotNow, PlatformPage

TOKEN = "a-token-of-the-platform"


@dataclass
class Records:
    """What the platform holds, in the order of change; a place is the number of changes behind it."""

    changes: list[Any] = field(default_factory=list)
    page: int = 200

    def answer(self, after: str, limit: int) -> dict[str, Any]:
        start = int(after or 0)
        part = self.changes[start : start + min(limit, self.page)]
        place = start + len(part)
        return {"records": part, "next": str(place), "more": place < len(self.changes)}


@dataclass
class InMemory:
    """The fake: the port without a wire."""

    records: Records
    faults: deque[NotNow] = field(default_factory=deque)
    name: str = "memory"
    asked: list[str] = field(default_factory=list)

    def page(self, after: str) -> PlatformPage | NotNow:
        self.asked.append(after)
        if self.faults:
            return self.faults.popleft()
        return page_of(json.dumps(self.records.answer(after, 200)).encode())


Fault = Callable[["Platform"], None]


class Platform(BaseHTTPRequestHandler):
    """One request of the contract server."""

    records: Records
    faults: deque[Fault]
    asked: list[str]
    closing: Event

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        self.asked.append(query.get("after", ""))
        if self.faults:
            self.faults.popleft()(self)
        elif self.headers["Authorization"] != f"Bearer {TOKEN}":
            self.send(401, b"{}")
        elif parts.path != "/v1/returns":
            self.send(404, b"{}")
        else:
            told = self.records.answer(query["after"], int(query["limit"]))
            self.send(200, json.dumps(told).encode())

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@dataclass
class Served:
    """A running platform."""

    url: str
    records: Records
    faults: deque[Fault]
    asked: list[str]


@contextmanager
def serving_platform(records: Records) -> Iterator[Served]:
    """The contract server on a free port of this machine."""
    faults: deque[Fault] = deque()
    asked: list[str] = []
    closing = Event()
    values = {"records": records, "faults": faults, "asked": asked, "closing": closing}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Platform,), values))
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_address[1]}", records, faults, asked)
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


# -- faults ----------------------------------------------------------------------------------------------------------


def says(status: int, body: bytes = b"{}", **headers: str) -> Fault:
    """It answers so."""
    return lambda here: here.send(status, body, **headers)


def hangs(here: Platform) -> None:
    """It takes the request and says nothing until the test ends."""
    here.closing.wait(20)


def cuts(here: Platform) -> None:
    """It breaks off in the middle of its answer."""
    here.send_response(200)
    here.send_header("Content-Length", "4000")
    here.end_headers()
    here.wfile.write(b'{"records": [{"name": "')
    here.close_connection = True


def floods(here: Platform) -> None:
    """It never stops."""
    here.send_response(200)
    here.end_headers()
    here.close_connection = True
    try:
        while not here.closing.is_set():
            here.wfile.write(b"x" * (1 << 20))
    except OSError:
        return

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's JSON side against its own OpenAPI: hundreds of made-up requests for each operation, none an accident.

    python -P -m tests.fuzz.api [--seed N] [--examples 400 | --runs N]

A real office over TLS on loopback. Requests of a device are signed as its tablet signs them (an unsigned one would only
ever meet the signature check); of these, half also carry the right device and nonce in the body, so that they reach the
exchange itself. Wanted of every answer: no server error, a documented status, a body as documented (trust.md 16).
"""

import argparse
import contextlib
import json
import logging
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from requests.auth import AuthBase
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from kiosk.adapters.clock import SystemClock
from kiosk.domain.identity import DeviceId
from sync.client.signing import signed_request
from sync.client.transport import Request
from sync.office.api.limits import Turnstile
from sync.office.api.line import Line
from sync.office.compose import Office
from sync.office.home import OfficeHome
from sync.office.serve import Listen, OfficeServer, office_app
from sync.office.service.accounts import Role
from sync.office.web import fleet_router
from sync.office.web.guard import COOKIE
from sync.wire import base64url
from tests.unit.office.offices import Clock, Tablet, enrolled, found_office

SIGNED = ("/v1/sync", "/v1/snapshot/", "/v1/gates/")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_RUNS_AN_EXAMPLE = 25_000
"""`make fuzz` counts codes by ten millions; a request takes as long as so many of them."""
PASSWORD = "correct horse battery"


@dataclass(slots=True)
class Served:
    """A running office, a tablet that it knows, and a session of the street office."""

    url: str
    ca: Path
    office: Office
    tablet: Tablet
    cookie: str
    schema: dict[str, object]


class SignsAsTheTablet(AuthBase):
    """The hook: signs the very bytes that are sent; half of them with the device's own envelope, compound and gate."""

    def __init__(self, served: Served, chance: Random) -> None:
        self._served = served
        self._chance = chance

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        path = request.path_url
        if path.startswith("/v1/devices") and request.method == "GET":
            request.headers["Cookie"] = f"{COOKIE}={self._served.cookie}"
        if not path.startswith(SIGNED):
            return request
        nonce = base64url.text(self._chance.randbytes(16))
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        if self._chance.random() < 0.5:
            body = self._enveloped(body, nonce)
            request.body = body
            request.url = self._own_place(str(request.url))
            request.headers["Content-Length"] = str(len(body))
        headers = dict(request.headers)
        made = signed_request(
            Request(request.method or "GET", str(request.url), headers, body), DeviceId(self._served.tablet.device),
            self._served.tablet.key.sign, created_s=self._served.office.clock.wall_ms() // 1000, nonce=nonce,
        )  # fmt: skip
        request.headers.update(made.headers)
        return request

    def _own_place(self, url: str) -> str:
        answer = self._served.tablet.answer
        url = re.sub(r"/v1/snapshot/[^?]*", f"/v1/snapshot/{answer.compound}", url)
        if "/v1/snapshot/" in url and self._chance.random() < 0.5:
            url = url.partition("?")[0] + "?scope=roster"
        return re.sub(r"/v1/gates/[^?]*", f"/v1/gates/{answer.gate}/events", url)

    def _enveloped(self, body: bytes, nonce: str) -> bytes:
        with contextlib.suppress(ValueError):
            message = json.loads(body)
            if isinstance(message, dict):
                message |= {"device": self._served.tablet.device, "nonce": nonce, "proto": 1}
                return json.dumps(message).encode()
        return body


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """The office over TLS, its OpenAPI made from the application itself."""
    home, real, clock = OfficeHome(folder), SystemClock(), Clock()
    home.make_authority("测试", real.wall_ms(), os.urandom)
    home.ensure_certificate(("127.0.0.1",), real.wall_ms(), os.urandom)
    office = found_office(folder / "office", clock)
    tablet = enrolled(office)
    tablet.send()
    with office.database.writing() as tx:
        office.accounts.add(tx, "street", "街道", Role.STREET, PASSWORD, clock.at_ms, by="test")
    told = office.accounts.log_in(office.database, "street", PASSWORD, clock.at_ms, where="test")
    side = Line(office.line, clock.wall_ms, home.ca_file.read_bytes(), Turnstile(None))
    app = office_app(side, lambda: {"database": True}, [fleet_router(office)], docs=True)
    server = OfficeServer(app, Listen("127.0.0.1", 0, home.certificate_file, home.key_file))
    server.start()
    try:
        secret = getattr(told, "secret", "")
        yield Served(f"https://127.0.0.1:{server.port}", home.ca_file, office, tablet, secret, app.openapi())
    finally:
        server.stop()
        office.close()


@dataclass(slots=True)
class Tried:
    """What was tried: statuses of each operation, and what was wrong."""

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many requests."""
        return sum(sum(counted.values()) for counted in self.statuses.values())


def try_all(served: Served, examples: int, number: int) -> Tried:
    """So many examples of each operation."""
    tried = Tried()
    loaded = schemathesis.openapi.from_dict(served.schema)
    with requests.Session() as session:
        session.trust_env = False
        for result in loaded.get_all_operations():
            if not isinstance(result, Ok):
                tried.found.append(str(result.err()))
                continue
            operation = result.ok()
            counted = tried.statuses.setdefault(operation.label, Counter())
            asking = _Asking(served, session, SignsAsTheTablet(served, Random(f"{number} {operation.label}")), counted)
            try:
                _examples(operation.as_strategy(), asking, examples, number)
            except (Exception, FailureGroup) as fault:  # noqa: BLE001 - what it found is the result
                tried.found.append(f"{operation.label}: {type(fault).__name__}: {str(fault)[:2000]}")
    return tried


@dataclass(frozen=True, slots=True)
class _Asking:
    served: Served
    session: requests.Session
    hook: AuthBase
    counted: Counter[int]

    def __call__(self, case: schemathesis.Case[Any]) -> None:
        answer = case.call(
            base_url=self.served.url, session=self.session, verify=str(self.served.ca), auth=self.hook, timeout=30
        )
        self.counted[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)


def _examples(cases: SearchStrategy[schemathesis.Case[Any]], ask: _Asking, examples: int, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=examples, deadline=None, database=None, phases=(Phase.generate,), print_blob=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(cases)
    def one(case: schemathesis.Case[Any]) -> None:
        ask(case)

    one()


def main(arguments: list[str]) -> int:
    """`make fuzz`: 400 examples of each operation; exit 0 without a server error or an undocumented answer."""
    parser = argparse.ArgumentParser(prog="api")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=None)
    parser.add_argument("--runs", type=int, default=400 * _RUNS_AN_EXAMPLE)
    chosen = parser.parse_args(arguments)
    logging.disable(logging.WARNING)  # an office that is asked nonsense says so
    examples = chosen.examples or max(1, chosen.runs // _RUNS_AN_EXAMPLE)
    with tempfile.TemporaryDirectory(prefix="api-") as name, serving(Path(name)) as served:
        tried = try_all(served, examples, chosen.seed)
    for label, counted in tried.statuses.items():
        print(f"{label}: " + " ".join(f"{status}x{count}" for status, count in sorted(counted.items())))
    print(f"api: {tried.count} requests, {len(tried.found)} operations with findings")
    for line in tried.found:
        print(line)
    return 1 if tried.found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

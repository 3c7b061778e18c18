# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A real server over TLS on loopback, with the office in memory behind it."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kiosk.adapters.clock import SettableClock, SystemClock
from sync.client.http import HttpTransport
from sync.office.api.limits import Turnstile
from sync.office.api.line import Line as OfficeLine
from sync.office.home import OfficeHome
from sync.office.serve import Listen, OfficeServer, office_app
from tests.unit.line.doubles import MemoryOffice

HOSTS = ("127.0.0.1", "localhost")


@dataclass(slots=True)
class TlsOffice:
    """The running office, its folder (CA, certificate) and what it holds."""

    home: OfficeHome
    office: MemoryOffice
    server: OfficeServer

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def ca_sha256(self) -> str:
        return self.home.authority().sha256

    def server_context(self) -> ssl.SSLContext:
        """TLS as this office speaks it, for a proxy in front of it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.home.certificate_file, self.home.key_file)
        return context


@contextmanager
def tls_office(folder: Path, office: MemoryOffice, *, per_minute: int | None = None) -> Iterator[TlsOffice]:
    """Serve the office; certificates are of the real clock's time, the office's own time may be any."""
    home = OfficeHome(folder)
    real = SystemClock()
    home.make_authority("测试", real.wall_ms(), os.urandom)
    home.ensure_certificate(HOSTS, real.wall_ms(), os.urandom)
    line = OfficeLine(office, office.now_ms, home.ca_file.read_bytes(), Turnstile(per_minute))
    app = office_app(line, lambda: {"database": True}, docs=True)
    server = OfficeServer(app, Listen("127.0.0.1", 0, home.certificate_file, home.key_file))
    server.start()
    try:
        yield TlsOffice(home, office, server)
    finally:
        server.stop()


def transport(served: TlsOffice, clock: SettableClock | None = None) -> HttpTransport:
    """The gate's real transport, pinned to this office's CA."""
    return HttpTransport(served.home.ca_file, clock or SystemClock())

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The real transport: HTTPS by requests, trusting the office's own CA alone (sync-and-store.md section 4, "Wire").

`trust_env=False`, else `REQUESTS_CA_BUNDLE` beats the pinned CA and `HTTPS_PROXY` sends everything through a stranger.
No redirects, no retries of the library's own, 3 s to connect, 15 s per read, 30 s in all, 8 MiB of answer.
"""

import socket
import zlib
from collections.abc import Iterator
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout, RequestException, SSLError, Timeout
from urllib3.exceptions import (
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)
from urllib3.exceptions import SSLError as WireSSLError
from urllib3.util.retry import Retry

from kiosk.app.ports import Clock
from sync.client.transport import Answer, Request, TransportFault

CONNECT_S = 3.0
READ_S = 15.0
TOTAL_MS = 30_000
_CHUNK = 64 << 10
_GZIP = 16 + zlib.MAX_WBITS


class _FaultError(Exception):
    """Ends the reading of an answer; stays in this file."""

    def __init__(self, fault: TransportFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class HttpTransport:
    """HTTPS 线路: one session in one thread; `ca_file` is the pinned CA as PEM."""

    def __init__(self, ca_file: Path, clock: Clock) -> None:
        """Make the session; nothing is sent yet."""
        self._clock = clock
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(ca_file)
        self._session.headers.clear()
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=Retry(0, read=False))
        self._session.mount("https://", adapter)
        self._session.adapters.pop("http://", None)  # https only

    def send(self, request: Request) -> Answer | TransportFault:
        """Send, and wait for the whole answer; whatever goes wrong is a value."""
        deadline_ms = self._clock.mono_ms() + TOTAL_MS
        try:
            with self._session.request(
                request.method,
                request.url,
                headers={"Accept-Encoding": "gzip", "User-Agent": "gate-kiosk", **request.headers},
                data=request.body or None,
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,
                stream=True,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                if request.arriving is not None:
                    request.arriving.begins(response.status_code, headers)
                body = b"".join(self._body(response, request, deadline_ms))
                return Answer(response.status_code, headers, body)
        except _FaultError as ended:
            return ended.fault
        except (RequestException, HTTPError, OSError, ValueError) as error:
            return fault_of(error)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _body(self, response: requests.Response, request: Request, deadline_ms: int) -> Iterator[bytes]:
        """The body unpacked, chunk by chunk; a bomb is stopped at the limit."""
        packed = response.headers.get("Content-Encoding", "").strip().lower() == "gzip"
        unpack = zlib.decompressobj(_GZIP)
        left = request.limit
        for chunk in response.raw.stream(_CHUNK, decode_content=False):
            if self._clock.mono_ms() > deadline_ms:
                raise _FaultError(TransportFault.TIMEOUT)
            plain = self._unpacked(unpack, chunk, left) if packed else chunk
            left -= len(plain)
            if left < 0:
                raise _FaultError(TransportFault.TOO_LARGE)
            if request.arriving is not None:
                request.arriving.piece(plain)
            yield plain
        if packed and not unpack.eof:
            raise _FaultError(TransportFault.BAD_GZIP)

    @staticmethod
    def _unpacked(unpack: "zlib._Decompress", chunk: bytes, left: int) -> bytes:
        try:
            return unpack.decompress(chunk, left + 1)
        except zlib.error:
            raise _FaultError(TransportFault.BAD_GZIP) from None


def fault_of(error: Exception) -> TransportFault:
    """Which fault an exception of requests, urllib3 or a socket stands for (mapped once, here)."""
    causes = list(_causes(error))
    if any(isinstance(cause, SSLError | WireSSLError) for cause in causes):
        return TransportFault.TLS
    if any(isinstance(cause, NameResolutionError | socket.gaierror) for cause in causes):
        return TransportFault.NAME
    if any(isinstance(cause, ConnectTimeout | Timeout | ReadTimeoutError | TimeoutError) for cause in causes):
        return TransportFault.TIMEOUT
    if any(isinstance(cause, NewConnectionError | ConnectionRefusedError) for cause in causes):
        return TransportFault.UNREACHABLE
    if isinstance(error, HTTPError):
        return TransportFault.HALF_BODY  # while the body was being read
    if isinstance(error, RequestsConnectionError | OSError):
        return TransportFault.RESET
    return TransportFault.HALF_BODY


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all it wraps: by argument (requests, urllib3), by `reason`, by cause."""
    todo: list[BaseException] = [error]
    seen: set[int] = set()
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        wrapped = [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
        todo += [other for other in wrapped if isinstance(other, BaseException)]

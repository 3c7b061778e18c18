# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A network that misbehaves on purpose: a TCP proxy in front of the office (sync-and-store.md section 11).

It speaks TLS on the gate's side, with the office's own certificate: the worst stranger there is, who can forge whole
answers. Each request is read whole, then handled by the mode in force. Nothing here sleeps for an outcome; `latency`,
`trickle` and `blackhole` are the faults themselves.

    with FaultProxy(office, server_context, ca_file, seed=1) as proxy:
        proxy.mode = Mode("drop_response")
"""

import asyncio
import contextlib
import gzip
import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

MODES = (
    "ok", "latency", "trickle", "drop_request", "drop_response", "rst_midbody", "half_open", "half_body", "bad_gzip",
    "garbage", "portal_200", "redirect", "empty_204", "status", "busy", "duplicate", "reorder", "other_server",
    "blackhole",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to misbehave; `n` is ms for latency, bytes/s for trickle, the status, seconds of Retry-After."""

    name: str = "ok"
    n: int = 0

    def __post_init__(self) -> None:
        if self.name not in MODES:
            raise ValueError(self.name)


@dataclass(slots=True)
class Passed:
    """What went through: requests as bytes (for replaying them), and how many were answered."""

    requests: list[bytes] = field(default_factory=list)
    forwarded: int = 0


class FaultProxy:
    """Runs in a thread with a loop of its own; `mode` may be set at any time, `plan` decides per request if given."""

    def __init__(self, upstream: tuple[str, int], server: ssl.SSLContext, upstream_ca: Path, *, seed: int = 0) -> None:
        self.mode = Mode()
        self.plan: Callable[[Random, int], Mode] | None = None
        self.passed = Passed()
        self.port = 0
        self._upstream = upstream
        self._server_context = server
        self._client_context = ssl.create_default_context(cafile=str(upstream_ca))
        self._client_context.check_hostname = False
        self._random = Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._next = asyncio.Event()
        self._held: asyncio.Future[None] | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._stop = asyncio.Event()
        self._late = threading.Event()
        self._late.set()

    def settled(self, timeout_s: float = 10.0) -> bool:
        """Whether a request that was held back has been delivered."""
        return self._late.wait(timeout_s)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise TimeoutError
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda *_: None)  # broken pipes are the purpose
        self._loop.run_until_complete(self._serve())
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        for writer in self._open:
            writer.transport.abort()
        with contextlib.suppress(RuntimeError):
            self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._client, "127.0.0.1", 0, ssl=self._server_context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            while (request := await read_message(reader)) is not None:
                self.passed.requests.append(request)
                self._next.set()
                mode = self.plan(self._random, len(self.passed.requests)) if self.plan else self.mode
                if not await self._handle(mode, request, writer):
                    break
        writer.close()

    async def _handle(self, mode: Mode, request: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answer one request by the mode; False closes the connection."""
        forged = _forged(mode)
        if forged is not None:
            writer.write(forged)
            await writer.drain()
            return True
        match mode.name:
            case "drop_request":
                return False
            case "half_open" | "blackhole":
                await self._stop.wait()  # the gate's own time-out ends this
                return False
            case "latency":
                await asyncio.sleep(mode.n / 1000 * (0.5 + self._random.random()))
            case "duplicate":
                await self._forward(request)
            case "reorder":
                await self._forward_later(request)
                return False
            case _:
                pass
        answer = await self._forward(request)
        return await self._give(mode, answer, writer)

    async def _give(self, mode: Mode, answer: bytes, writer: asyncio.StreamWriter) -> bool:
        head, _, body = answer.partition(b"\r\n\r\n")
        match mode.name:
            case "drop_response":
                return False
            case "rst_midbody":
                writer.write(answer[: len(head) + 4 + len(body) // 2])
                await writer.drain()
                transport = writer.transport
                transport.abort()
                return False
            case "half_body":
                writer.write(answer[: len(head) + 4 + len(body) // 2])
                await writer.drain()
                return False
            case "trickle":
                for at in range(0, len(answer), max(1, mode.n // 20)):
                    writer.write(answer[at : at + max(1, mode.n // 20)])
                    await writer.drain()
                    await asyncio.sleep(0.05)
            case _:
                writer.write(answer)
                await writer.drain()
        return True

    async def _forward(self, request: bytes) -> bytes:
        host, port = self._upstream
        reader, writer = await asyncio.open_connection(host, port, ssl=self._client_context, server_hostname=host)
        self._open.add(writer)
        writer.write(request)
        await writer.drain()
        answer = await read_message(reader)
        self.passed.forwarded += 1
        writer.close()
        return answer or b""

    async def _forward_later(self, request: bytes) -> None:
        """Hold this request until the next one has gone: it arrives second."""

        async def late(next_one: asyncio.Event) -> None:
            await next_one.wait()
            await asyncio.sleep(0.02)
            await self._forward(request)
            self._late.set()

        self._late.clear()
        self._next = asyncio.Event()
        self._held = asyncio.ensure_future(late(self._next))


async def read_message(reader: asyncio.StreamReader) -> bytes | None:
    """One HTTP/1.1 request or answer with its body, as bytes; None at the end of the stream."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    lines = head.lower().split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), None)
    if length is not None:
        return head + await reader.readexactly(length)
    if any(line.startswith(b"transfer-encoding:") for line in lines):
        body = b""
        while True:
            size = await reader.readuntil(b"\r\n")
            chunk = await reader.readexactly(int(size, 16) + 2)
            body += size + chunk
            if chunk == b"\r\n":
                return head + body
    return head


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A forged HTTP answer."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _forged(mode: Mode) -> bytes | None:
    page = b"<html><body>Please log in</body></html>"
    other = {
        "server": "0" * 32,
        "echo": "x",
        "acked_epoch": 1,
        "acked_seq": 10**9,
        "acked_hash": "0" * 64,
        "server_time_ms": 0,
    }
    match mode.name:
        case "portal_200":
            return answer(200, page, Content_Type="text/html")
        case "redirect":
            return answer(302, page, Location="https://portal.example/login")
        case "empty_204":
            return answer(204)
        case "status":
            return answer(mode.n, b"{}", Content_Type="application/json")
        case "busy":
            return answer(503, b"{}", Content_Type="application/json", Retry_After=str(mode.n))
        case "garbage":
            return answer(201, b"\x00\xff not json {", Content_Type="application/json")
        case "bad_gzip":
            body = gzip.compress(b"{}" * 100)[:-9] + b"garbage!!"
            return answer(201, body, Content_Type="application/json", Content_Encoding="gzip")
        case "other_server":
            return answer(201, json.dumps(other).encode(), Content_Type="application/json")
        case _:
            return None

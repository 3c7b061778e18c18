# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The zbar child process: a script of its own that reads QR codes from shared memory (design: scanning.md section 4).

libzbar can abort() on hostile codes, which no `except` catches, so it lives here. Started by file name with two
arguments, the descriptor and the size of the shared memory; it imports nothing of the gate's: no Qt, no database.

Words on standard input: `WIDTH HEIGHT`, a grey picture lies in the memory. Words on standard output: `ready` or
`missing` once, then one JSON list a picture: `[[hex of the bytes, [[x, y], ...]], ...]`.
"""

import contextlib
import json
import mmap
import os
import queue
import signal
import sys
import threading

MISSING = 3


def _follow(requests: "queue.SimpleQueue[str]") -> None:
    """Take the parent's words; when it is gone, go too, even out of the middle of a picture."""
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)


def main() -> int:
    """Serve until the parent goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # POSIX only

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # an abort() on a picture of a person leaves no core file
    try:
        from pyzbar import pyzbar  # fails where libzbar0 is not installed
    except (ImportError, OSError):
        print("missing", flush=True)  # noqa: T201 - the protocol
        return MISSING
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_follow, args=(requests,), daemon=True).start()
    with mmap.mmap(int(sys.argv[1]), int(sys.argv[2])) as memory:
        print("ready", flush=True)  # noqa: T201 - the protocol
        while True:
            width, height = (int(word) for word in requests.get().split())
            picture = (memory[: width * height], width, height)
            found: list[tuple[str, list[tuple[int, int]]]] = []
            with contextlib.suppress(ValueError):  # pyzbar on a structured-append code, which anybody can hold up
                for code in pyzbar.decode(picture, symbols=[pyzbar.ZBarSymbol.QRCODE]):
                    corners = [(point.x, point.y) for point in code.polygon]
                    found.append((code.data.hex(), corners))
            print(json.dumps(found), flush=True)  # noqa: T201 - the protocol


if __name__ == "__main__":
    raise SystemExit(main())

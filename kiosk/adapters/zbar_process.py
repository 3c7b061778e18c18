# SPDX-License-Identifier: LicenseRef-Gatehouse
"""One zbar child process as the parent holds it: shared memory for a picture, pipes for words (scanning.md 4).

The child is started by file name rather than by `multiprocessing`, whose spawned children run the parent's main
module again: that module may be anything, the window included.
"""

import contextlib
import mmap
import os
import select
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Final, Protocol

CAPACITY: Final = 1280 * 1280
_SCRIPT: Final = Path(__file__).with_name("zbar_child.py")


class Child(Protocol):
    """What the rules of `kiosk.adapters.zbar` need of a child."""

    def send(self, pixels: memoryview, width: int, height: int) -> bool:
        """Hand over a grey picture; False when the child is dead."""

    def line(self, wait_s: float) -> str | None:
        """The child's next line within `wait_s`; None when it does not come, "" when the child is dead."""

    def kill(self) -> None:
        """End the child and free what it held; a second call does nothing."""


class ZbarProcess:
    """A running child."""

    def __init__(self) -> None:
        """Start it; raises OSError when no process can be started."""
        self._store = _shared(CAPACITY)
        self._memory = mmap.mmap(self._store.fileno(), CAPACITY)
        # the child finds pyzbar where this process would
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self._process = subprocess.Popen(  # noqa: S603 - our own script, no shell
            [sys.executable, "-P", str(_SCRIPT), str(self._store.fileno()), str(CAPACITY)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(self._store.fileno(),),
            env=environment,
        )
        self._rest = b""

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def send(self, pixels: memoryview, width: int, height: int) -> bool:
        """Hand over a grey picture of at most `CAPACITY` pixels; False when the child is dead."""
        stdin = self._process.stdin
        if stdin is None or stdin.closed:
            return False
        self._memory[: width * height] = pixels
        try:
            stdin.write(b"%d %d\n" % (width, height))
            stdin.flush()
        except OSError:
            return False
        return True

    def line(self, wait_s: float) -> str | None:
        """The child's next line within `wait_s`; None when it does not come, "" when the child is dead."""
        stdout = self._process.stdout
        if stdout is None or stdout.closed:
            return ""
        while b"\n" not in self._rest:
            if not select.select([stdout], [], [], wait_s)[0]:
                return None
            chunk = os.read(stdout.fileno(), 65536)
            if not chunk:
                return ""
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("ascii", "replace")

    def kill(self) -> None:
        """End the child and free what it held; a second call does nothing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._memory.close()
        self._store.close()


def _shared(size: int) -> IO[bytes]:
    """Memory with a descriptor and no name: nothing is left behind however the program ends."""
    if hasattr(os, "memfd_create"):
        store: IO[bytes] = os.fdopen(os.memfd_create("gatehouse-zbar"), "w+b")
    else:
        store = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
    store.truncate(size)
    return store

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""快启: what `dataclasses` compiles at each start is kept beside the bytecode, and compiled once (interface.md 15).

The program has 250 value classes. The standard library writes six methods of each as text and compiles them whenever
the class is made: 1,500 texts, a third of the processor's time from the start to scanning. Python keeps the bytecode of
modules, not of these. So `exec`, as that module sees it, takes the code of a text from a file in our own `__pycache__`,
which is as trusted as the bytecode beside it. The text itself is the key: a class that has changed is another text. A
file that is torn, another Python's, or cannot be written leaves all as it is without it.
"""

import dataclasses
import importlib.util
import marshal
import os
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import CodeType

_MOST = 6_000
"""So many texts are kept; beyond them (other versions of the program) those that this run did not use are dropped."""


class CompiledTexts:
    """Codes by text: from the file, and what was compiled since."""

    def __init__(self, file: Path | None) -> None:
        """`file` None: nothing is read nor kept."""
        self._file = file
        self._codes = _read(file)
        self._used: set[str] = set()
        self.compiled = 0

    def install(self) -> None:
        """From now on `dataclasses` asks here; in this process, until its end."""
        vars(dataclasses)["exec"] = self.exec

    def exec(self, text: str, names: dict[str, object], made: dict[str, object] | None = None, /) -> None:
        """As the built-in `exec` with a text."""
        code = self._codes.get(text)
        if code is None:
            # as `dataclasses` itself has it compiled: no __future__ of ours
            code = self._codes[text] = compile(text, "<string>", "exec", dont_inherit=True)
            self.compiled += 1
        self._used.add(text)
        exec(code, names, made)  # noqa: S102 - the text is the standard library's

    def keep(self) -> bool:
        """Write the file, if there is anything new; True: it was written."""
        if self._file is None or not self.compiled or sys.dont_write_bytecode:
            return False
        few = self._codes if len(self._codes) <= _MOST else {text: self._codes[text] for text in self._used}
        written = _write(self._file, few)
        self.compiled = 0
        return written


def beside_our_bytecode() -> Path | None:
    """The file in the folder where Python keeps this module's bytecode; None where it keeps none."""
    try:
        return Path(importlib.util.cache_from_source(__file__)).with_suffix(".texts")
    except NotImplementedError:
        return None


def _head(body: bytes) -> bytes:
    return importlib.util.MAGIC_NUMBER + zlib.crc32(body).to_bytes(4, "big")


def _read(file: Path | None) -> dict[str, CodeType]:
    try:
        data = file.read_bytes() if file is not None else b""
    except OSError:
        return {}
    body = data[8:]
    if not body or data[:8] != _head(body):
        return {}
    try:
        # S302: it lies beside our bytecode, which Python reads the same way
        found = marshal.loads(body)  # noqa: S302
    except (ValueError, EOFError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(file: Path, codes: Mapping[str, CodeType]) -> bool:
    body = marshal.dumps(dict(codes))
    beside = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(_head(body) + body)
        beside.replace(file)
    except OSError:
        return False
    return True

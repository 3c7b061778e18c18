# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`make bench`: every `tests/bench/*_bench.py`, a line per row ending in PASS or MISS, and bench.json.

    python -P -m tests.bench.run [--quick] [--frames DIR] [NAME ...]

A bench module has `rows(quick: bool) -> list[Row]`; with `--quick` it measures little and only shows that it runs.
NAME limits the run to the modules of that name (`decode` for `decode_bench`). `--frames DIR` is handed on as the
environment's BENCH_FRAMES: a folder of pictures to decode instead of the made ones. Exit 0 all met, 1 a MISS, 2 wrong
use. Each module runs in a process of its own, so that memory and imports of one do not colour the next.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kiosk.launch import end
from tests.bench.rows import Row

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
_LIBRARIES = (
    "PySide6-Essentials",
    "opencv-python-headless",
    "zxing-cpp",
    "pyzbar",
    "cryptography",
    "msgspec",
    "SQLAlchemy",
)


def main(arguments: Sequence[str]) -> int:
    """Run the benches named in `arguments`, or all; the exit code."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="measure little: does it run?")
    parser.add_argument("--frames", type=Path, help="a folder of pictures to decode")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", help="benches to run (default: all)")
    chosen = parser.parse_args(arguments)
    if chosen.one:
        _child(chosen.one, quick=chosen.quick)
        end(0)
    if chosen.frames is not None:
        if not chosen.frames.is_dir():
            parser.error(f"{chosen.frames} is not a folder")
        os.environ["BENCH_FRAMES"] = str(chosen.frames.resolve())
    known = {file.stem.removesuffix("_bench"): file.stem for file in sorted(HERE.glob("*_bench.py"))}
    unknown = set(chosen.names) - set(known)
    if unknown:
        parser.error(f"no bench named {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    records = [record for name in chosen.names or known for record in _measure(known[name], quick=chosen.quick)]
    (ROOT / "bench.json").write_text(json.dumps({**_machine(), "rows": records}, ensure_ascii=False, indent=1) + "\n")
    missed = [record for record in records if not record["met"]]
    print(f"bench: {len(records) - len(missed)} met, {len(missed)} missed -> bench.json")
    return 1 if missed else 0


def _measure(module: str, *, quick: bool) -> list[dict[str, object]]:
    """The records of one bench module, printed as they come; a module that dies is a MISS of its own."""
    command = [sys.executable, "-P", "-m", "tests.bench.run", "--one", module, *(["--quick"] if quick else [])]
    records: list[dict[str, object]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for text in process.stdout:
            if text.startswith("\0"):
                records.append(json.loads(text[1:]))
            else:
                print(text, end="", flush=True)
    if process.returncode != 0 or not records:
        row = Row(
            module.removesuffix("_bench"), goal="runs to its end", met=False, extra={"exit": str(process.returncode)}
        )
        print(row.line(), flush=True)
        records.append(row.record())
    return records


def _child(module: str, *, quick: bool) -> None:
    rows: list[Row] = import_module(f"tests.bench.{module}").rows(quick)
    for row in rows:
        print(row.line(), flush=True)
        print("\0" + json.dumps(row.record(), ensure_ascii=False), flush=True)


def _machine() -> dict[str, object]:
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "system": platform.platform()},
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in _LIBRARIES}},
        "commit": commit.stdout.strip() or "unknown",
    }


def _processor() -> str:
    try:
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    except OSError:
        names = []
    return names[0].partition(":")[2].strip() if names else platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

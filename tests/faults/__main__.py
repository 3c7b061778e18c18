# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`make faults`: every module of this folder that has `main(arguments) -> exit code`, one after another.

    python -P -m tests.faults [--seed N] [NAME ...]

NAME limits the run to those modules. The seed is handed on to all and printed, so that a failure can be played again
with `make faults SEED=N`. Tests (`test_*.py`) hold the small amounts and run in `make test`. Exit 0 if every promise
held, else 1.
"""

import argparse
import secrets
import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(arguments: list[str]) -> int:
    """Run the modules named, or all that have a `main`; the exit code."""
    modules = {file.stem: file for file in sorted(HERE.glob("*.py")) if not file.stem.startswith(("_", "test_"))}
    known = [name for name, file in modules.items() if "\ndef main(" in file.read_text(encoding="utf-8")]
    parser = argparse.ArgumentParser(prog="make faults")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.names) - set(known)
    if unknown:
        parser.error(f"no module named {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    seed = secrets.randbelow(2**31) if chosen.seed is None else chosen.seed
    print(f"seed {seed}: make faults SEED={seed} plays it again", flush=True)
    failed = []
    for name in chosen.names or known:
        print(f"== {name}", flush=True)
        if import_module(f"tests.faults.{name}").main(["--seed", str(seed)]):
            failed.append(name)
    print(f"faults: {len(failed)} failed" + (f": {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

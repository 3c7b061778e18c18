# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`make fuzz`: every module of this folder that has `main(arguments) -> exit code`, one after another.

    python -P -m tests.fuzz [--seed N] [--runs N] [NAME ...]

NAME limits the run to those modules; `--seed` and `--runs` are handed on. Exit 0 if every promise held, else 1.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNS = 10_000_000


def main(arguments: list[str]) -> int:
    """Run the modules named, or all; the exit code."""
    known = sorted(file.stem for file in HERE.glob("*.py") if not file.stem.startswith(("_", "test_")))
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.names) - set(known)
    if unknown:
        parser.error(f"no module named {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    handed_on = ["--runs", str(chosen.runs), *([] if chosen.seed is None else ["--seed", str(chosen.seed)])]
    codes = [import_module(f"tests.fuzz.{name}").main(handed_on) for name in chosen.names or known]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

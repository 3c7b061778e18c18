# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk verify-log FILE [--receipt F]`: is this log whole? Read-only (trust.md 8, sync-and-store.md 14).

Prints `OK 12034 events, head 3fa9c2d1, receipt at 12000`, or every finding: epoch/seq, name, expected value.
Exit: 0 whole; 1 a finding; 2 unreadable.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="门岗记录文件 · a gate's log, gate-N.db")],
    receipt: Annotated[
        Path | None, typer.Option("--receipt", help="街道回执 · the office's receipt (default: beside the file)")
    ] = None,
) -> None:
    """核对记录链 · check a log: chain, receipts, gaps."""
    from kiosk.adapters.device_folder import read_device, read_json, read_receipt
    from kiosk.adapters.keystore import GateKeys
    from kiosk.adapters.keystore_choice import key_store_for
    from kiosk.adapters.store_verify import Unreadable, verify_file

    folder = file.absolute().parent
    given = read_receipt(folder) if receipt is None else read_json(receipt)
    if receipt is not None and given is None:
        print(f"{receipt}: 不是回执 · not a receipt", file=sys.stderr)
        raise typer.Exit(2)
    device = read_device(folder)
    kek = None
    if device is not None:
        # Away from its own device the log is checked without the key: parts are then there or not, but not opened.
        found = GateKeys(key_store_for(folder, os.environ, demo=device.demo)).kek()
        kek = found if isinstance(found, bytes) else None
    report = verify_file(file, () if given is None else (given,), device, kek)
    if isinstance(report, Unreadable):
        print(f"{file}: 无法读取 · unreadable ({report.why})", file=sys.stderr)
        raise typer.Exit(2)
    if report.whole:
        print(report.line())
        return
    for line in dict.fromkeys(finding.line() for finding in report.findings):
        print(line)  # a receipt may lie in the file and beside it
    raise typer.Exit(1)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk pass-check`: the verifier by itself, on files (design: pass-format.md section 12).

Per input line: PROBLEM, TAB, scan_result, TAB, serial or "-". Exit 0 if all are NONE, 1 if not, 2 if a file or option
cannot be used. What was read is never repeated.
"""

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from kiosk.domain.codes import PassState
from kiosk.domain.identity import GateId, PassId
from kiosk.domain.passes import GateList, GatePlace, GateTrust, PassRow, printed, serial_of, verify
from kiosk.domain.trust import (
    DeviceList,
    KeyBundle,
    Refusal,
    RevocationList,
    read_bundle,
    read_devices,
    read_snapshot,
    read_unpinned_bundle,
)

_FOREVER = 2**32
_Accepted = TypeVar("_Accepted", KeyBundle, DeviceList, RevocationList)


@dataclass(frozen=True, slots=True)
class EveryCard:
    """Stands for the gate's list where none is given: every card is in it, so that the last step finds nothing."""

    made_at: int

    def row(self, pass_id: PassId) -> PassRow:  # noqa: ARG002 - the same for each card
        """A row without limits of its own."""
        return PassRow(PassState.ACTIVE, 0, _FOREVER)


@dataclass(frozen=True, slots=True)
class Roster:
    """The gate's list from a file of JSON lines."""

    made_at: int
    rows: dict[PassId, PassRow]

    def row(self, pass_id: PassId) -> PassRow | None:
        """The row of a card, or None."""
        return self.rows.get(pass_id)


def command(
    *,
    bundle: Annotated[Path, typer.Option(help="签名的密钥表 the signed key bundle", metavar="FILE")],
    revocations: Annotated[
        Path, typer.Option("--list", help="签名的注销名单(全表) the signed revocation snapshot", metavar="FILE")
    ],
    site: Annotated[int, typer.Option(help="小区编号 number of the compound in the key bundle", metavar="N")],
    gate: Annotated[str, typer.Option(help="门岗编号 the gate's id", metavar="ID")],
    at: Annotated[
        str, typer.Option(help="时间 ISO 8601 with its zone (2020-02-20T08:00:00+08:00) or seconds", metavar="TIME")
    ],
    texts: Annotated[
        str, typer.Argument(metavar="FILE", help="每行一个证件文本 one text of a pass a line; - is standard input")
    ] = "-",
    devices: Annotated[
        Path | None, typer.Option(help="签名的设备表 the signed device list, for temporary passes", metavar="FILE")
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(
            help="门岗名单 the gate's list: JSON lines {pass_id, state, valid_from, valid_to}, seconds. "
            "Without it the last step (is the card in the list?) is left out",
            metavar="FILE",
        ),
    ] = None,
    root: Annotated[
        list[str] | None, typer.Option(help="认定的根公钥 a pinned root key, may be repeated", metavar="HEX")
    ] = None,
    hard_age: Annotated[
        int,
        typer.Option(help="名单最长使用小时数 hours after which a list is too old", metavar="HOURS", min=1, max=168),
    ] = 96,
    practice: Annotated[
        bool,
        typer.Option("--practice", help="接受测试、演示和练习密钥 take keys of tests, demonstration and training too"),
    ] = False,
) -> None:
    """Verify texts of passes at one gate and one time, offline."""
    now = _time(at)
    keys = _bundle(bundle, root or [])
    revoked = _accepted(revocations, read_snapshot(_read(revocations), keys))
    listed = _accepted(devices, read_devices(_read(devices), keys)) if devices is not None else None
    cards: GateList = _roster(roster, revoked.issued) if roster is not None else EveryCard(revoked.issued)
    trust = GateTrust(keys, listed, None, revoked, cards, hard_age * 3600, practice=practice)
    place = GatePlace(site, GateId(gate))
    lines = (sys.stdin.buffer.read() if texts == "-" else _read(Path(texts))).split(b"\n")
    # the file's last line end begins no further text; every other byte belongs to its line
    checks = [verify(line, trust, place, now, clock_ok=True) for line in (lines if lines[-1] else lines[:-1])]
    for check in checks:
        serial = printed(serial_of(check.claims.cti)) if check.claims is not None else "-"
        print(check.problem, check.scan_result, serial, sep="\t")
    raise typer.Exit(0 if all(check.problem == "NONE" for check in checks) else 1)


def _bundle(file: Path, roots: list[str]) -> KeyBundle:
    data = _read(file)
    if roots:
        try:
            pinned = [bytes.fromhex(text) for text in roots]
        except ValueError:
            raise typer.BadParameter("--root: 64 hex digits") from None
        return _accepted(file, read_bundle(data, pinned))
    print("密钥表的根公钥未认定,签名未核对 the bundle's root is not pinned, its signature not checked", file=sys.stderr)
    return _accepted(file, read_unpinned_bundle(data))


def _accepted(file: Path, found: _Accepted | Refusal) -> _Accepted:
    if isinstance(found, Refusal):
        raise typer.BadParameter(f"{file}: {found}")
    return found


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}") from None


def _time(text: str) -> int:
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("--at: ISO 8601 or seconds since 1970") from None
    if when.tzinfo is None:
        raise typer.BadParameter("--at: a time needs its zone, as in 2020-02-20T08:00:00+08:00")
    return int(when.timestamp())


def _roster(file: Path, made_at: int) -> Roster:
    rows = {}
    for number, line in enumerate(_read(file).splitlines(), start=1):
        try:
            row = json.loads(line)
            rows[PassId(str(row["pass_id"]))] = PassRow(
                PassState(row["state"]), int(row["valid_from"]), int(row["valid_to"])
            )
        except (ValueError, KeyError, TypeError):
            raise typer.BadParameter(f"{file}: line {number}") from None
    return Roster(made_at, rows)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk export-log --to DIR`: this gate's log onto a stick, `gate-<gate>-<epoch>-<from>-<to>.ghlog`.

Personal parts are sealed to the office: a lost stick tells ids and times, no names (sync-and-store.md 7). The log is
only read, so that the gate may be running. Exit: 0 written; 2 wrong use, or the stick refuses; 4 not enrolled, or the
key store does not answer.
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kiosk.adapters.store_carried import CarriedSource, Span
    from sync.wire.carried import CarriedEvent

_FILE_LIMIT = 256 << 20


def command(
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="U盘目录 · folder on the stick")],
    unsent: Annotated[bool, typer.Option("--unsent", help="仅未上传 · what the office has not acknowledged")] = False,
    shift: Annotated[str | None, typer.Option("--shift", metavar="ID", help="一个班次 · one shift")] = None,
    everything: Annotated[bool, typer.Option("--all", help="全部 (默认) · everything (default)")] = False,
    redacted: Annotated[bool, typer.Option("--redacted", help="不含个人信息 · without personal parts")] = False,
    data: Annotated[Path | None, typer.Option("--data", help="本机目录 · this gate's folder")] = None,
) -> None:
    """导出本机记录到U盘 · write this gate's log to a stick."""
    from kiosk.adapters.clock import SystemClock
    from kiosk.adapters.device_folder import read_device
    from kiosk.adapters.keystore import GateKeys
    from kiosk.adapters.keystore_choice import key_store_for
    from kiosk.adapters.store_carried import CarriedSource
    from ui.cli.data_folder import data_folder

    if unsent + (shift is not None) + everything > 1:
        raise typer.BadParameter("--unsent, --shift, --all: 只能选一个 · one of them")
    folder = data or data_folder()
    device = read_device(folder)
    if device is None:
        print(f"{folder}: 未启用 · not enrolled", file=sys.stderr)
        raise typer.Exit(4)
    keys = GateKeys(key_store_for(folder, os.environ, demo=device.demo))
    sign, kek = keys.signer(), keys.kek()
    if not callable(sign) or not isinstance(kek, bytes):
        print("密钥库没有回应 · the key store does not answer", file=sys.stderr)
        raise typer.Exit(4)
    if not to.is_dir():
        print(f"{to}: 不是目录 · not a folder", file=sys.stderr)
        raise typer.Exit(2)
    source = CarriedSource(folder, device.device, kek)
    spans = source.spans(unsent=unsent, shift=shift)
    if not spans:
        print("没有可导出的记录 · nothing to export")
    seal = None if redacted else bytes.fromhex(device.seal_key)
    for span in spans:
        try:
            file = _write(source, span, device.gate, to, seal, sign, SystemClock().wall_ms())
        except OSError as error:
            print(f"{to}: {error.strerror}", file=sys.stderr)
            raise typer.Exit(2) from None
        print(f"{file}: {span.last - span.first + 1} 条 events")


def export_unsent(folder: Path, to: Path, now_ms: int) -> str:
    """What the office has not acknowledged, for the leader's key: the files' names, "" where all is sent.

    Raises `OSError` where nothing can be written, or the key store does not answer.
    """
    from kiosk.adapters.device_folder import read_device
    from kiosk.adapters.keystore import GateKeys
    from kiosk.adapters.keystore_choice import key_store_for
    from kiosk.adapters.store_carried import CarriedSource

    device = read_device(folder)
    keys = GateKeys(key_store_for(folder, os.environ, demo=device is not None and device.demo))
    sign, kek = keys.signer(), keys.kek()
    if device is None or not callable(sign) or not isinstance(kek, bytes):
        raise OSError(13, "the key store does not answer")
    source = CarriedSource(folder, device.device, kek)
    seal = bytes.fromhex(device.seal_key) if device.seal_key else None
    spans = source.spans(unsent=True, shift=None)
    return ", ".join(_write(source, span, device.gate, to, seal, sign, now_ms).name for span in spans)


def _write(
    source: "CarriedSource", span: "Span", gate: str, to: Path, seal: bytes | None, sign: Callable[[bytes], bytes],
    made_at_ms: int,
) -> Path:  # fmt: skip
    """One file; it has its name only once it is whole: a stick taken out half-way leaves a `.part`."""
    from kiosk.adapters.device_folder import sync_folder
    from sync.wire.carried import FORMAT, LOG_KIND, LogHead, write_log

    head = LogHead(
        format=FORMAT, kind=LOG_KIND, device=source.device, gate=gate, epoch=span.epoch, first=span.first,
        last=span.last, base=span.base, made_at_ms=made_at_ms, program="gatehouse", redacted=seal is None,
    )  # fmt: skip
    file = to / f"gate-{gate}-{span.epoch}-{span.first}-{span.last}.ghlog"
    part = file.with_suffix(".ghlog.part")
    size = 0
    with part.open("wb") as out:
        for piece in write_log(head, _sealed(source, span, seal), sign):
            size += len(piece)
            if size > _FILE_LIMIT:
                raise OSError(27, "超过 256 MiB,请按班次导出 · over 256 MiB, export by shift")
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
    sync_folder(to)
    return file


def _sealed(source: "CarriedSource", span: "Span", seal: bytes | None) -> "Iterator[CarriedEvent]":
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    from kiosk.domain.log.canonical import PERSONAL_LIMIT, canonical_bytes
    from kiosk.domain.trust.carrying import seal_to
    from sync.wire import base64url
    from sync.wire.carried import CarriedEvent, sealed_aad
    from sync.wire.messages import Personal
    from sync.wire.strict import encode

    office = None if seal is None else X25519PublicKey.from_public_bytes(seal)
    for event in source.events(span):
        blob = None
        if office is not None and event.personal is not None and event.salt is not None:
            text = canonical_bytes(event.personal, PERSONAL_LIMIT).decode()
            plain = encode(Personal(salt=event.salt, c=text))
            aad = sealed_aad(source.device, span.epoch, event.hash)
            blob = base64url.text(seal_to(office, X25519PrivateKey.generate(), plain, aad))
        yield CarriedEvent(c=event.canon, h=event.hash, s=blob)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk enrol FILE|JSON|-`: enrol this device without the screen (sync-and-store.md 4, interface.md 5.1).

Exit: 0 enrolled, all lists here; 1 enrolled, lists still missing; 2 not an enrolment code; 4 refused, or already
enrolled; 5 the office cannot be reached, try again.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ui.cli.data_folder import data_folder

if TYPE_CHECKING:
    from kiosk.adapters.keystore import KeyStore
    from sync.client.enrol import EnrolFault, EnrolStage

_WORDS = {
    "not_a_code": "不是启用码 · this is not an enrolment code",
    "used": "启用码已使用,请重新领取,并告诉街道办 · another device used this code: ask for a new one, tell the office",
    "late": "启用码已过期 · the code is too old; ask for a new one",
    "unknown": "街道办不认识这个启用码 · the office does not know this code",
    "other_gate": "启用码是别的门岗的 · the code is another gate's",
    "ca_differs": "服务器证书不符 · the server's certificate is not the one in the code",
    "no_office": "连不上服务器 · the office cannot be reached",
    "wrong_time": "时间不对,或证书与地址不符 · the clock is wrong, or the certificate is of another address",
    "key_store": "密钥库不可用 · the key store does not answer",
    "refused": "街道办拒绝了登记 · the office refused",
    "bad_answer": "服务器的回答不可信 · the answer cannot be trusted",
    "not_kept": "无法写入本机目录 · the folder cannot be written",
    "demo": "演示街道用 --demo,真的街道不用 · --demo goes with a demonstration's office, and only with it",
    "no_lists": "已启用,名单尚未下载完 · enrolled; the lists are not all here yet",
}
_STAGES = {
    "certificate": "取证书 · certificate",
    "key": "生成密钥 · key",
    "claim": "登记 · claim",
    "trust": "核对 · check",
    "lists": "下载名单 · lists",
    "done": "完成 · done",
}


def command(
    code: Annotated[str, typer.Argument(help="启用码: 文件、JSON 或 - · the code: a file, its JSON, or - for stdin")],
    data: Annotated[Path | None, typer.Option("--data", help="本机目录 · this gate's folder")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="演示: 密钥放在目录里 · demo: keys in the folder")] = False,
) -> None:
    """启用本机 · enrol this device."""
    from kiosk.adapters.clock import SystemClock
    from kiosk.adapters.ids import FreshIds
    from kiosk.adapters.keystore import GateKeys
    from sync.client.enrol import EnrolFault, read_code
    from ui.cli.enrolling import AlreadyEnrolled, Tablet, enrol

    folder = data or data_folder()
    read = read_code(_text(code))
    if isinstance(read, EnrolFault):
        _say(read)
    clock = SystemClock()
    tablet = Tablet(folder, GateKeys(place(folder, demo=demo)), clock, FreshIds(clock), demo)
    fault = enrol(tablet, read, _progress)
    if isinstance(fault, AlreadyEnrolled):
        print(f"{folder}: 已启用过 · is enrolled already", file=sys.stderr)
        raise typer.Exit(4)
    if fault is not None:
        _say(fault)
    print(f"已启用 · enrolled: {read.gate}  {folder}")


def place(folder: Path, *, demo: bool) -> "KeyStore":
    """Where this device's keys are: the operating system's key store, or the folder of a demonstration."""
    from kiosk.adapters.keystore_choice import key_store_for

    return key_store_for(folder, os.environ, demo=demo)


def _text(code: str) -> bytes:
    if code == "-":
        return sys.stdin.buffer.read(4096)
    if code.lstrip().startswith("{"):
        return code.encode()
    try:
        return Path(code).read_bytes()
    except OSError:
        print(f"{code}: 打不开 · cannot be read", file=sys.stderr)
        raise typer.Exit(2) from None


def _progress(stage: "EnrolStage") -> None:
    print(f"  {_STAGES[stage.value]}", file=sys.stderr)


def _say(fault: "EnrolFault") -> NoReturn:
    from sync.client.enrol import EnrolFault

    print(_WORDS[fault.value], file=sys.stderr)
    if fault is EnrolFault.NOT_A_CODE:
        raise typer.Exit(2)
    if fault is EnrolFault.NO_LISTS:
        raise typer.Exit(1)
    raise typer.Exit(5 if fault.try_again else 4)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office init`: found a street office (sync-and-store.md 14). Three questions, or as many options.

Exit: 0 founded; 1 there is an office already; 2 an answer that cannot be used.
"""

import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.office_folder import Folder, fail, office_folder, time_and_ids

if TYPE_CHECKING:
    from sync.office.init import Birth, Founded, StreetPlan

_STEPS = {
    "ca": "证书机构 · certificate authority",
    "roots": "根密钥(主、备) · root keys, active and spare",
    "keys": "签发、名单、政策、回执密钥 · issuing, list, policy, receipt keys",
    "bundle": "密钥表 · key bundle",
    "street": "街道、小区、门岗、政策 · street, compounds, gates, policies",
    "user": "第一个账户 · first account",
    "leader": "第一位门长 · first gate leader",
    "code": "第一张启用码 · first enrolment code",
    "done": "完成 · done",
}
_PINS = range(6, 13)


def command(  # noqa: PLR0917 - typer names them all
    folder: Folder = None,
    name: Annotated[str | None, typer.Option("--name", help="街道名称 · the street's name")] = None,
    host: Annotated[
        list[str] | None, typer.Option("--host", help="本机地址,可多次 · this server's names and addresses")
    ] = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="端口 · port")] = 8443,
    bind: Annotated[str, typer.Option("--bind", help="监听地址 · address to listen on")] = "0.0.0.0",  # noqa: S104 - gates come from outside
    street: Annotated[
        Path | None, typer.Option("--street", help="小区与门岗 (JSON) · committees, compounds and gates")
    ] = None,
    login: Annotated[str, typer.Option("--user", help="第一个账户名 · first account's name")] = "admin",
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="密码文件 · file with its password")
    ] = None,
    leader: Annotated[str, typer.Option("--leader", help="第一位门长 · first gate leader's name")] = "门长",
    pin: Annotated[str | None, typer.Option("--pin", help="门长 PIN, 6-12 位 · the leader's PIN")] = None,
    db: Annotated[str, typer.Option("--db", help="数据库 URL · database URL")] = "",
    passphrases: Annotated[
        Path | None, typer.Option("--passphrases", help="根密钥口令文件,两行 · file with the two root passphrases")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="演示: 练习密钥 · practice keys, marked 演示")] = False,
) -> None:
    """建立一个街道办 · found a street office."""
    import assets
    from sync.office.home import OfficeSettings
    from sync.office.init import AlreadyThere, FirstLeader, FirstUser, Founding, UserRefused, found_office

    place = office_folder(folder)
    street_name = _asked(name, "街道名称 · the street's name", "演示街道" if demo else None)
    hosts = tuple(host or _asked(None, "本机地址 · this server's address", "127.0.0.1" if demo else None).split(","))
    password = _password(password_file, login, demo=demo)
    leader_pin = pin or f"{secrets.randbelow(10**6):06d}"
    if not leader_pin.isascii() or not leader_pin.isdigit() or len(leader_pin) not in _PINS:
        fail("PIN 为 6 至 12 位数字 · a PIN has 6 to 12 digits", 2)
    founding = Founding(
        OfficeSettings(street_name, f"https://{hosts[0]}:{port}", hosts, bind, port, db, demo),
        _street(street, street_name),
        FirstUser(login, login, password),
        FirstLeader(leader, leader_pin),
        assets.policies(),
        _passphrases(passphrases),
    )
    clock, ids = time_and_ids()
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        founded = found_office(place, founding, clock, ids, _progress)
    except AlreadyThere:
        fail(f"{place}: 已有街道办 · there is an office already", 1)
    except UserRefused as refused:
        fail(f"密码不可用 · the password cannot be used: {refused}", 2)
    _tell(place, founding.settings.url, founded, None if pin else leader_pin, demo=demo)


def _tell(place: Path, url: str, founded: "Founded", leader_pin: str | None, *, demo: bool) -> None:
    print(f"{'[演示] ' if demo else ''}街道办已建立 · office founded: {place}")
    print(f"  {url}")
    if leader_pin is not None:
        print(f"  门长 PIN · leader's PIN: {leader_pin}")
    for file in founded.passphrase_files:
        print(f"  根密钥口令 · root passphrase: {file}")
    if founded.passphrase_files and not demo:
        root = place / "keys" / "root"
        print(f"  请把 {root} 移到两处保险柜 · take this folder away, into two safes")
    if founded.paper is not None:
        paper = founded.paper
        print(f"  启用码(15 分钟,一次) · enrolment code of {paper.gate}, once, 15 minutes: {paper.png_file}")
    print("下一步 · next: gate-office serve")


def _asked(given: str | None, question: str, default: str | None) -> str:
    if given:
        return given
    if default is not None:
        return default
    if not sys.stdin.isatty():
        fail(f"缺少 · missing: {question}", 2)
    return str(typer.prompt(question)).strip()


def _password(file: Path | None, login: str, *, demo: bool) -> str:
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            fail(f"{file}: 打不开 · cannot be read", 2)
    given = os.environ.get("GATEHOUSE_PASSWORD")
    if given:
        return given
    if demo:
        return "demo-demo-demo"
    if not sys.stdin.isatty():
        fail("缺少密码 · missing: --password-file", 2)
    return str(typer.prompt(f"{login} 的密码 · password of {login}", hide_input=True, confirmation_prompt=True))


def _street(file: Path | None, name: str) -> "StreetPlan":
    from kiosk.domain.codec import BadShape
    from kiosk.domain.identity import CommitteeId, CompoundId, GateId
    from kiosk.domain.register import Compound, Gate
    from sync.office.init import StreetPlan, read_street
    from sync.office.store.register import Committee

    if file is None:
        committee, compound = CommitteeId("J01"), CompoundId("C01")
        return StreetPlan(
            (Committee(committee, f"{name}第一居委会"),),
            (Compound(compound, f"{name}一号小区", 1, committee),),
            (Gate(GateId("G01"), compound, "1号门"),),
        )
    try:
        return read_street(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, BadShape) as wrong:
        fail(f"{file}: {type(wrong).__name__} {wrong}", 2)


def _passphrases(file: Path | None) -> tuple[bytes, bytes] | None:
    if file is None:
        return None
    try:
        one, two = (line for line in file.read_bytes().splitlines() if line.strip())
    except (OSError, ValueError):
        fail(f"{file}: 应有两行口令 · two lines, a passphrase each", 2)
    return one, two


def _progress(step: "Birth") -> None:
    print(f"  {_STEPS[step.value]}", file=sys.stderr)

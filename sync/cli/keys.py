# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office keys`: root-init, issuer-new, sign-bundle, drill (pass-format.md section 5). Exit: 0; 1 refused."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, office_folder, opened, time_and_ids

if TYPE_CHECKING:
    from sync.office.home import OfficeHome

command = typer.Typer(add_completion=False, no_args_is_help=True, help="签名密钥 · signing keys and the bundle")

Passphrase = Annotated[
    Path | None, typer.Option("--passphrase-file", help="根密钥口令文件 · file with the root's passphrase")
]
Root = Annotated[str, typer.Option("--root", help="active 或 spare · which root")]


@command.command("root-init")
def root_init(
    folder: Folder = None,
    passphrases: Annotated[
        Path | None, typer.Option("--passphrases", help="两行口令 · file with two passphrases")
    ] = None,
) -> None:
    """生成根密钥(主、备) · make the two root keys, where there are none."""
    from sync.office.home import OfficeHome
    from sync.office.keys import KeyFault

    home = OfficeHome(office_folder(folder))
    given = (
        passphrases.read_bytes().split()
        if passphrases is not None
        else [_prompted("active").encode(), _prompted("spare").encode()]
    )
    if len(given) != 2:  # noqa: PLR2004 - active and spare
        fail("应有两行口令 · two passphrases are needed", 2)
    try:
        public = home.keys.make_roots((given[0], given[1]))
    except KeyFault as refused:
        fail(str(refused), 1)
    for name, raw in zip(("active", "spare"), public, strict=True):
        print(f"{name}  {raw.hex()}")


@command.command("issuer-new")
def issuer_new(
    committee: Annotated[list[str], typer.Option("--committee", help="居委会编号,可多次 · committee, may be repeated")],
    folder: Folder = None,
    days: Annotated[int, typer.Option("--days", min=1, max=30, help="使用期 · how long it is used")] = 30,
    emergency: Annotated[
        bool,
        typer.Option(
            "--now", help="立即启用,不等 72 小时 · use it at once; cards go out once all gates have the bundle"
        ),
    ] = False,
) -> None:
    """为居委会新建签发密钥 · a new issuing key; then sign-bundle."""
    from kiosk.domain.identity import CommitteeId
    from sync.office.home import NoOffice, OfficeHome
    from sync.office.keys import DAY_S, LISTED_AHEAD_S, KeyFault

    home = OfficeHome(office_folder(folder))
    clock, _ = time_and_ids()
    start = clock.wall_ms() // 1000 + (0 if emergency else LISTED_AHEAD_S)
    try:
        demo = home.settings().demo
        made = home.keys.make_issuer(
            tuple(CommitteeId(one) for one in committee), start, practice=demo, life_s=days * DAY_S
        )
    except (KeyFault, NoOffice) as refused:
        fail(str(refused), 1)
    print(f"kid {made.kid}  {made.public}")


@command.command("sign-bundle")
def sign_bundle(
    folder: Folder = None, db: DbUrl = None, root: Root = "active", passphrase_file: Passphrase = None
) -> None:
    """用根密钥签发密钥表 · sign a new bundle of all keys and compounds, and put it in force."""
    version, keys, sites = signed_bundle(folder, db, root, passphrase_file)
    print(f"密钥表 · bundle version {version}: {keys} keys, {sites} compounds")


@command.command("drill")
def drill(
    kid: Annotated[str, typer.Option("--kid", help="泄露的签发密钥 · the leaked issuing key, hex")],
    folder: Folder = None,
    db: DbUrl = None,
    since: Annotated[int | None, typer.Option("--since", help="泄露时刻(秒),默认现在 · second of the leak")] = None,
    root: Root = "active",
    passphrase_file: Passphrase = None,
) -> None:
    """泄密处置: 时段注销、新密钥、新密钥表 · a leak: block its passes from then on, new key, new bundle."""
    from sync.office.home import OfficeHome
    from sync.office.keys import KeyFault

    home = OfficeHome(office_folder(folder))
    listed = next((row for row in home.keys.register() if row.kid == kid), None)
    if listed is None:
        fail(f"没有密钥 · no key {kid}", 1)
    from kiosk.domain.trust.revocations import Block

    office = opened(folder, db)
    now_ms = office.clock.wall_ms()
    start = now_ms // 1000 if since is None else since
    try:
        with office.database.writing() as tx:
            version = office.revocations.block(tx, Block(bytes.fromhex(kid), start, 2**32 - 1), now_ms)
        print(f"1 注销名单 · revocation list {version}: kid {kid} blocked from {start}")
        made = home.keys.make_issuer(listed.committees, now_ms // 1000, practice=home.settings().demo)
        print(f"2 新密钥 · new key: kid {made.kid}")
    except (KeyFault, ValueError) as refused:
        fail(str(refused), 1)
    finally:
        office.close()
    number, keys, _ = signed_bundle(folder, db, root, passphrase_file)
    print(f"3 新密钥表 · bundle version {number}: {keys} keys")
    print("旧卡按名单继续有效,泄露后的卡下次同步即拒绝 · older cards live on; later ones are refused at the next sync")


def signed_bundle(
    folder: Path | None, db: str | None, root_name: str, passphrase_file: Path | None
) -> tuple[int, int, int]:
    """Sign the bundle and publish it: version, number of keys, number of compounds. Ends the command if refused."""
    from kiosk.domain.register import Compound
    from sync.office.compose import publish_bundle
    from sync.office.home import OfficeHome
    from sync.office.init import StreetPlan
    from sync.office.keys import KeyFault
    from sync.office.keys_bundle import current_bundle, make_bundle
    from sync.office.store.register import Committee

    home = OfficeHome(office_folder(folder))
    office = opened(folder, db)
    try:
        with office.database.reading() as tx:
            register = office.book.register
            street = StreetPlan(
                tuple(register.all(tx, Committee)), tuple(register.all(tx, Compound)), tuple(office.book.gates(tx))
            )
        key = home.keys.root(root_name, _passphrase(home, root_name, passphrase_file))
        make_bundle(home.keys, key, street.sites(), street.of_committee(), office.clock.wall_ms() // 1000)
        publish_bundle(office, home)
        found = current_bundle(home.keys)
    except KeyFault as refused:
        fail(str(refused), 1)
    finally:
        office.close()
    if found is None:
        fail("没有密钥表 · no bundle", 1)
    return found[1].version, len(found[1].keys), len(found[1].sites)


def _passphrase(home: "OfficeHome", name: str, file: Path | None) -> bytes:
    beside = home.keys.folder / "root" / f"{name}.passphrase"
    path = file or (beside if beside.exists() else None)
    if path is None:
        return _prompted(name).encode()
    try:
        return path.read_bytes().strip()
    except OSError:
        fail(f"{path}: 打不开 · cannot be read", 2)


def _prompted(name: str) -> str:
    return str(typer.prompt(f"根密钥 {name} 的口令 · passphrase of root {name}", hide_input=True))

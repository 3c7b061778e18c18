# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office user`: accounts of the office's pages (trust.md 4). Passwords are asked for, never arguments.

Exit: 0; 1 refused, with reason.
"""

from contextlib import closing
from typing import Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, opened

command = typer.Typer(add_completion=False, no_args_is_help=True, help="账户 · accounts")

Login = Annotated[str, typer.Argument(help="账户名 · account name")]

_BY = "gate-office user"
_WORDS = {
    "TAKEN": "账户名已有人用 · taken", "NO_USER": "没有这个账户 · no such account",
    "PASSWORD_LENGTH": "密码须 12 到 128 个字符 · 12 to 128 characters",
    "PASSWORD_COMMON": "密码太常见 · too common", "PASSWORD_IS_NAME": "密码不能是账户名 · not the account name",
    "NO_COMMITTEE": "居委会账户须写 --committee · name its committee",
}  # fmt: skip


@command.command()
def add(
    login: Login,
    role: Annotated[str, typer.Option("--role", help="S 街道 C 居委会 H 卫生中心 L 门长 B 楼组长")],
    name: Annotated[str, typer.Option("--name", help="姓名 · name")] = "",
    committee: Annotated[str | None, typer.Option("--committee", help="居委会编号 · committee")] = None,
    folder: Folder = None,
    db: DbUrl = None,
) -> None:
    """新增账户 · a new account."""
    from sync.office.service.accounts import AccountFault, Role

    if role not in {each.value for each in Role}:
        fail(f"--role {role}: 没有这种角色 · no such role", 2)
    password = _asked()
    with closing(opened(folder, db)) as office, office.database.writing() as tx:
        told = office.accounts.add(
            tx, login, name or login, Role(role), password, office.clock.wall_ms(), by=_BY, committee=committee
        )
    if isinstance(told, AccountFault):
        fail(f"{login}: {_WORDS.get(told.value, told.value)}", 1)
    print(f"{told.login} {told.role.value}")


@command.command()
def password(login: Login, folder: Folder = None, db: DbUrl = None) -> None:
    """改密码,并退出其所有会话 · another password; ends all sessions."""
    from sync.office.service.accounts import AccountFault

    new = _asked()
    with closing(opened(folder, db)) as office, office.database.writing() as tx:
        told = office.accounts.set_password(tx, login, new, office.clock.wall_ms(), by=_BY)
    if isinstance(told, AccountFault):
        fail(f"{login}: {_WORDS.get(told.value, told.value)}", 1)


@command.command(name="close")
def shut(login: Login, folder: Folder = None, db: DbUrl = None) -> None:
    """停用账户 · close an account."""
    _active(login, folder, db, active=False)


@command.command(name="open")
def reopen(login: Login, folder: Folder = None, db: DbUrl = None) -> None:
    """启用账户 · open an account again."""
    _active(login, folder, db, active=True)


@command.command(name="list")
def show(folder: Folder = None, db: DbUrl = None) -> None:
    """列出账户 · all accounts."""
    with closing(opened(folder, db)) as office, office.database.reading() as tx:
        users = office.accounts.users(tx)
    for user in users:
        state = "" if user.active else " 停用 closed"
        print(f"{user.login:<20} {user.role.value} {user.committee or '-':<6} {user.name}{state}")


def _active(login: str, folder: Folder, db: DbUrl, *, active: bool) -> None:
    with closing(opened(folder, db)) as office, office.database.writing() as tx:
        there = office.accounts.set_active(tx, login, office.clock.wall_ms(), by=_BY, active=active)
    if not there:
        fail(f"{login}: {_WORDS['NO_USER']}", 1)


def _asked() -> str:
    """The password: twice from a terminal, once from a pipe."""
    import sys

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("密码 · password", hide_input=True, confirmation_prompt="再输一次 · again"))

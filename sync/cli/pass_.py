# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office pass issue|revoke|lost|reissue`: entry passes (sync-and-store.md 14, domain.md 10).

A pass is named by its id (16 hex digits) or the serial on the card. Exit: 0; 1 refused, with reason.
"""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, opened

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kiosk.domain.register import PassRow
    from sync.office.compose import Office
    from sync.office.service.applications import Evidence
    from sync.office.service.issue import Issued

command = typer.Typer(add_completion=False, no_args_is_help=True, help="出入证 · entry passes")

Card = Annotated[str, typer.Argument(help="证件编号或序号 · id or serial")]
Why = Annotated[str, typer.Option("--why", help="原因 · reason")]
By = Annotated[str, typer.Option("--by", help="经办账户 · the account that answers for it")]
Colour = Annotated[str, typer.Option("--code", help="随申码: GREEN YELLOW RED; PAPER 无手机凭证件和纸质材料")]
Platform = Annotated[
    str, typer.Option("--platform", help="平台记录: NONE RELEASED OTHER_REGION KEY_REGION UNREACHABLE")
]
Days = Annotated[int, typer.Option("--days", min=1, max=45, help="有效天数 · days of validity")]

_WORDS = {
    "NO_APPLICATION": "没有这份申请", "DECIDED": "已经办过", "NO_PERSON": "名册里没有这个人",
    "NO_COMPOUND": "没有这个小区",
    "NO_PASS": "没有这张证", "BAD_DAYS": "有效期不对", "NO_CARD_LEFT": "一户九张已满", "BAD_GATES": "不是本小区的门岗",
    "NO_CODE": "缺随申码依据", "NO_PLATFORM": "缺平台记录", "UNCHECKED": "平台未核对", "FIRST_RETURN": "先办返沪登记",
    "CODE_RED": "红码", "not_approved": "未经批准", "no_key": "居委会没有签发密钥",
    "other_compound": "不是该居委会的小区",
    "too_many": "一小时内签发过多", "bad_claims": "内容不合规",
}  # fmt: skip


@command.command()
def issue(  # noqa: PLR0917 - one argument per option
    person: Annotated[list[str] | None, typer.Option("--person", help="人员编号,可重复 · person id")] = None,
    application: Annotated[str | None, typer.Option("--application", help="门岗的申请 · an application")] = None,
    compound: Annotated[
        str | None, typer.Option("--compound", "-c", help="整个小区未办证的人 · all without one")
    ] = None,
    building: Annotated[str | None, typer.Option("--building", "-b", help="只这栋楼 · of one building")] = None,
    code: Colour = "",
    platform: Platform = "",
    kind: Annotated[str, typer.Option("--kind", help="RESIDENT TENANT WORK STAFF")] = "RESIDENT",
    days: Days = 30,
    by: By = "gate-office",
    folder: Folder = None,
    db: DbUrl = None,
) -> None:
    """签发 · issue, on two evidences."""
    from rich.console import Console
    from rich.progress import track

    refused = 0
    with closing(opened(folder, db)) as office:
        if application is not None:
            with office.database.writing() as tx:
                refused += _said(office.issue.approve(tx, application, office.clock.wall_ms(), by=by), application)
        people = list(person or ()) or (_without_pass(office, compound, building) if compound is not None else [])
        if application is None and not people:
            fail("没有要办的人 · nobody to issue to", 1)
        for who in track(people, "签发", console=Console(stderr=True), disable=len(people) < 20):  # noqa: PLR2004
            refused += _said(_issued(office, who, _evidence(office, code, platform), kind, days, by), who)
    raise typer.Exit(1 if refused else 0)


@command.command()
def revoke(card: Card, why: Why, by: By = "gate-office", folder: Folder = None, db: DbUrl = None) -> None:
    """注销 · withdraw."""
    _withdraw(card, why, by, folder, db, lost=False)


@command.command()
def lost(card: Card, why: Why = "挂失", by: By = "gate-office", folder: Folder = None, db: DbUrl = None) -> None:
    """挂失 · report lost."""
    _withdraw(card, why, by, folder, db, lost=True)


@command.command()
def reissue(
    card: Card,
    code: Colour = "",
    platform: Platform = "",
    days: Days = 30,
    by: By = "gate-office",
    folder: Folder = None,
    db: DbUrl = None,
) -> None:
    """换发 · a new card in the old one's place, which is withdrawn at once."""
    with closing(opened(folder, db)) as office:
        with office.database.reading() as tx:
            old = _found(office, tx, card)
        if old is None or old.person is None:
            fail(f"{card}: {_WORDS['NO_PASS']} · no such pass", 1)
        told = _issued(office, old.person, _evidence(office, code, platform), old.kind.value, days, by, replaces=old.id)
        refused = _said(told, card)
    raise typer.Exit(refused)


def _issued(
    office: "Office", who: str, evidence: "Evidence", kind: str, days: int, by: str, replaces: str | None = None
) -> "Issued | object":
    from kiosk.domain.codes import PassKind
    from kiosk.domain.identity import PassId, PersonId
    from kiosk.domain.register import Person
    from sync.office.service.applications import PassApplication, Unfit, colour_of
    from sync.office.service.issue import IssueFault

    now_ms = office.clock.wall_ms()
    # Here nobody will add evidence later: an application that is not fit is not left waiting.
    unfit = colour_of(PassKind(kind), evidence)
    if isinstance(unfit, Unfit):
        return unfit
    with office.database.writing() as tx:
        person = office.book.register.get(tx, Person, who)
        if person is None:
            return IssueFault.NO_PERSON
        new = PassApplication(
            office.ids.new_id(), PersonId(who), person.compound, PassKind(kind), evidence, by, now_ms, days=days,
            replaces=PassId(replaces) if replaces is not None else None,
        )  # fmt: skip
        office.issue.apply(tx, new, now_ms)
        return office.issue.approve(tx, new.id, now_ms, by=by)


def _evidence(office: "Office", code: str, platform: str) -> "Evidence":
    from kiosk.domain.codes import CodeColour
    from sync.office.service.applications import Evidence, PlatformRecord

    if code not in ("", "PAPER") and code not in CodeColour.__members__:
        fail(f"--code {code}: 没有这种颜色 · no such colour", 2)
    if platform and platform not in PlatformRecord.__members__:
        fail(f"--platform {platform}: 没有这种记录 · no such record", 2)
    return Evidence(
        CodeColour(code) if code in CodeColour.__members__ else None,
        office.clock.wall_ms(),
        code == "PAPER",
        PlatformRecord(platform) if platform else None,
    )


def _said(told: object, name: str) -> int:
    """Say what came of one; 1 if it was refused."""
    from kiosk.domain.passes.serials import Serial, printed
    from sync.office.service.issue import Issued

    if isinstance(told, Issued):
        print(f"{told.row.id} {printed(Serial(told.row.serial))} {told.row.colour.value}")
        return 0
    code = str(getattr(told, "value", told))
    print(f"{name}: {_WORDS.get(code, code)} · {code}")
    return 1


def _withdraw(card: str, why: str, by: str, folder: Folder, db: DbUrl, *, lost: bool) -> None:
    from sync.office.service.issue import IssueFault

    with closing(opened(folder, db)) as office, office.database.writing() as tx:
        row = _found(office, tx, card)
        if row is None:
            fail(f"{card}: {_WORDS['NO_PASS']} · no such pass", 1)
        act = office.issue.lost if lost else office.issue.revoke
        told = act(tx, row.id, office.clock.wall_ms(), by=by, why=why)
        whole = office.revocations.current(tx)
    if isinstance(told, IssueFault):
        fail(f"{card}: {_WORDS[told.value]}", 1)
    version = whole.version if whole is not None else 0
    print(f"{row.id} {told.state.value}, 注销名单 list version {version}")


def _found(office: "Office", tx: "Connection", card: str) -> "PassRow | None":
    from kiosk.domain.passes.serials import parse_serial
    from kiosk.domain.register import PassRow

    row = office.book.register.get(tx, PassRow, card)
    serial = parse_serial(card)
    if row is not None or serial is None:
        return row
    found = [each for each in office.book.register.all(tx, PassRow) if each.serial == serial]
    if len(found) > 1:
        fail(f"{card}: 不止一张,请用证件编号 · more than one, use the id: " + " ".join(r.id for r in found), 1)
    return found[0] if found else None


def _without_pass(office: "Office", compound: str, building: str | None) -> list[str]:
    from kiosk.domain.codes import PassState
    from kiosk.domain.register import Dwelling, PassRow, Person

    with office.database.reading() as tx:
        homes = {home.id: home.building for home in office.book.register.all(tx, Dwelling, compound_id=compound)}
        have = {
            row.person
            for row in office.book.register.all(tx, PassRow, compound_id=compound)
            if row.state in (PassState.ACTIVE, PassState.SUSPENDED)
        }
        people = office.book.register.all(tx, Person, compound_id=compound)
    return [
        str(p.id)
        for p in people
        if p.id not in have and (building is None or (p.dwelling is not None and homes.get(p.dwelling) == building))
    ]

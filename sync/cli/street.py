# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office street`: committees, compounds and gates (sync-and-store.md 14).

A new compound gets a site number in passes; gates learn it with the next key bundle (`keys sign-bundle`). Exit: 0; 1
refused, with reason.
"""

from contextlib import closing
from typing import Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, opened

command = typer.Typer(add_completion=False, no_args_is_help=True, help="小区与门岗 · compounds and gates")


@command.command(name="list")
def show(folder: Folder = None, db: DbUrl = None) -> None:
    """列出居委会、小区、门岗 · committees, compounds, gates."""
    from rich.console import Console
    from rich.table import Table

    from kiosk.domain.register import Compound, Person
    from sync.office.store.register import Committee

    with closing(opened(folder, db)) as office, office.database.reading() as tx:
        committees = {c.id: c.name for c in office.book.register.all(tx, Committee)}
        table = Table("居委会", "小区", "编号", "居民", "门岗", "开放时间")
        for compound in office.book.register.all(tx, Compound):
            people = office.book.register.count(tx, Person, compound_id=compound.id)
            gates = office.book.gates(tx, compound.id)
            table.add_row(
                committees.get(compound.committee, compound.committee), f"{compound.id} {compound.name}",
                str(compound.site), str(people), "\n".join(f"{gate.id} {gate.name}" for gate in gates),
                "\n".join(gate.hours for gate in gates),
            )  # fmt: skip
    Console().print(table)


@command.command(name="committee")
def put_committee(
    key: Annotated[str, typer.Argument(help="编号 · id, J01")],
    name: Annotated[str, typer.Argument(help="名称 · name")],
    phone: Annotated[str | None, typer.Option("--phone", help="电话 · phone")] = None,
    health_phone: Annotated[
        str | None, typer.Option("--health-phone", help="社区卫生服务中心电话 · phone of its health centre")
    ] = None,
    folder: Folder = None,
    db: DbUrl = None,
) -> None:
    """新增或修改居委会;没有写的电话不变 · add or change a committee; a phone that is not given stays."""
    from dataclasses import replace

    from kiosk.domain.identity import CommitteeId
    from sync.office.service.street_register import StreetRegister
    from sync.office.store.register import Committee

    with closing(opened(folder, db)) as office, office.database.writing() as tx:
        old = office.book.register.get(tx, Committee, key) or Committee(CommitteeId(key), name)
        new = replace(
            old, name=name, phone=old.phone if phone is None else phone,
            health_phone=old.health_phone if health_phone is None else health_phone,
        )  # fmt: skip
        StreetRegister(office.book).keep_committee(tx, new, office.clock.wall_ms())


@command.command(name="compound")
def put_compound(
    key: Annotated[str, typer.Argument(help="编号 · id, C01")],
    name: Annotated[str, typer.Argument(help="名称 · name")],
    committee: Annotated[str, typer.Option("--committee", help="居委会编号 · its committee")],
    site: Annotated[int, typer.Option("--site", min=1, max=65535, help="证件中的编号 · number in passes")],
    folder: Folder = None,
    db: DbUrl = None,
) -> None:
    """新增或修改小区 · add or change a compound."""
    from dataclasses import replace

    from kiosk.domain.identity import CommitteeId, CompoundId
    from kiosk.domain.register import Compound
    from sync.office.service.street_register import StreetRegister
    from sync.office.store.register import Committee

    with closing(opened(folder, db)) as office, office.database.writing() as tx:
        if office.book.register.get(tx, Committee, committee) is None:
            fail(f"没有居委会 {committee} · no such committee", 1)
        others = [c for c in office.book.register.all(tx, Compound) if c.site == site and c.id != key]
        if others:
            fail(f"编号 {site} 已是 {others[0].id} 的 · taken", 1)
        old = office.book.register.get(tx, Compound, key)
        base = old or Compound(CompoundId(key), name, site, CommitteeId(committee))
        new = replace(base, name=name, site=site, committee=CommitteeId(committee))
        StreetRegister(office.book).keep_compound(tx, new, office.clock.wall_ms())


@command.command(name="gate")
def put_gate(
    key: Annotated[str, typer.Argument(help="编号 · id, G01")],
    name: Annotated[str, typer.Argument(help="名称 · name")],
    compound: Annotated[str, typer.Option("--compound", help="小区编号 · its compound")],
    hours: Annotated[str, typer.Option("--hours", help="开放时间 · opening hours")] = "00:00-24:00",
    folder: Folder = None,
    db: DbUrl = None,
) -> None:
    """新增或修改门岗 · add or change a gate."""
    from dataclasses import replace

    from kiosk.domain.identity import CompoundId, GateId
    from kiosk.domain.instants import parse_hours
    from kiosk.domain.register import Compound, Gate

    try:
        parse_hours(hours)
    except ValueError as wrong:
        fail(f"开放时间 · hours: {wrong}", 1)
    with closing(opened(folder, db)) as office, office.database.writing() as tx:
        if office.book.register.get(tx, Compound, compound) is None:
            fail(f"没有小区 {compound} · no such compound", 1)
        old = office.book.register.get(tx, Gate, key)
        if old is not None and old.compound != compound:
            fail(f"{key} 属于 {old.compound},不能移动 · stands at another compound", 1)
        base = old or Gate(GateId(key), CompoundId(compound), name)
        office.book.put(tx, [replace(base, name=name, hours=hours)], office.clock.wall_ms())
    if old is None:
        print("下一步 · next: gate-office keys sign-bundle, gate-office enrol --gate " + key)

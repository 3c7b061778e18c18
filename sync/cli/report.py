# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office report`: the daily report of the street, a committee, a compound or a gate (domain.md 17).

Exit: 0; 1 refused, or the report is incomplete or out of balance (said in its last lines).
"""

from contextlib import closing
from typing import Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, opened


def command(
    day: Annotated[str | None, typer.Option("--day", help="日期,默认今天 · YYYY-MM-DD")] = None,
    scope: Annotated[str, typer.Option("--scope", help="STREET, J01, C01, G01")] = "STREET",
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
    folder: Folder = None,
    db: DbUrl = None,
) -> None:
    """日报 · the daily report."""
    import datetime as dt
    import json

    import assets
    from kiosk.domain.codec import to_json
    from kiosk.domain.instants import day_of, start_of
    from kiosk.domain.policy import in_force, parse_policy
    from kiosk.domain.register import PolicyRow
    from sync.office.service.report import DailyReports

    with closing(opened(folder, db)) as office:
        now_ms = office.clock.wall_ms()
        try:
            wanted = dt.date.fromisoformat(day) if day is not None else day_of(now_ms)
        except ValueError:
            fail(f"--day {day}: 不是日期 · not a date", 2)
        with office.database.writing() as tx:
            own = [row.toml for row in office.book.register.all(tx, PolicyRow) if row.compound is None]
            policies = [parse_policy(text) for text in own or assets.policies()]
            policy = in_force(policies, start_of(wanted)) or min(policies, key=lambda p: p.effective_from_ms)
            reports = DailyReports(office.book, office.passages, office.devices)
            made = reports.make(tx, wanted, scope, policy.params, now_ms)
    if made is None:
        fail(f"没有这个范围 {scope} · no such scope", 1)
    if as_json:
        print(json.dumps(to_json(made), ensure_ascii=False, indent=1))
    else:
        print(
            f"{made.day} {made.scope} 第{made.revision}版 {made.status.value} {made.gates_reported}/{made.gates_total}"
        )
        for name, value in made.columns.items():
            changed = made.changed.get(name)
            print(f"  {name:<22}{value:>8}" + (f"  ({changed:+d})" if changed else ""))
        for line in made.off_balance:
            print(f"不平衡 out of balance: {line}")
    raise typer.Exit(1 if made.off_balance or made.status.value in ("MISSING", "INCOMPLETE") else 0)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office simulate`: gates by number, against an office in this process (sync-and-store.md 10, 11, 14).

Exit: 0 all delivered; 1 something was lost, doubled or out of order, or still waits; 130 ended by Ctrl-C.
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.office_folder import fail

if TYPE_CHECKING:
    from rich.table import Table

    from sync.street.simulate_figures import Outcome

_WORDS = {
    "register": "名册 register",
    "enrol": "登记 enrolment",
    "lists": "名单 lists",
    "waiting": "待传 waiting events",
    "play": "运行 playing",
    "compare": "核对 comparing",
}
_ENDED = 130
_WIDTH = 120


def command(  # noqa: PLR0917 - the options
    gates: Annotated[int, typer.Option(min=1, max=5_000, help="门岗数 · how many gates")] = 71,
    hours: Annotated[float, typer.Option(min=0.02, max=3.0, help="每天几小时 · hours of each morning")] = 0.5,
    days: Annotated[int, typer.Option(min=1, max=60, help="几天 · how many mornings")] = 1,
    events: Annotated[int, typer.Option(min=0, help="开始时每门待传 · events waiting at each gate at first")] = 0,
    residents: Annotated[int, typer.Option(min=1, max=2_000, help="每门居民数 · residents at the mean gate")] = 30,
    crossings: Annotated[
        int, typer.Option(min=1, max=20_000, help="每门三小时进出次数 · crossings at the mean gate in three hours")
    ] = 840,
    seed: Annotated[int, typer.Option(help="同一数字,同一天 · the same number, the same day")] = 1,
    lost: Annotated[
        float, typer.Option(min=0.0, max=40.0, help="途中丢失 % · requests and answers lost, percent")
    ] = 0.0,
    processes: Annotated[int, typer.Option(min=1, max=64, help="街道办进程数 · office processes to reckon with")] = 1,
    wall: Annotated[
        bool,
        typer.Option("--wall", help="按真实时间计街道办用时 · charge the office by the wall, not by its processor"),
    ] = False,
    db: Annotated[str | None, typer.Option("--db", help="空的数据库 URL · an empty database, else SQLite")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="存放结果的目录 · where table, plot and files go")] = None,
) -> None:
    """模拟许多门岗 · drive many gates through the real client, with outages and reconnect waves."""
    import time

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from sync.street.simulate import Simulation
    from sync.street.simulate_net import Watches
    from sync.street.simulate_plan import Plan
    from sync.street.simulate_plot import plot
    from sync.street.simulate_store import not_empty

    if db is not None and (why := not_empty(db)) is not None:
        fail(f"数据库不是空的 · {why}", 1)
    plan = Plan(
        gates=gates, seed=seed, hours=hours, days=days, waiting=events, lost=lost / 100, processes=processes,
        residents=residents, crossings=crossings,
    )  # fmt: skip
    console = Console(stderr=True)
    with ExitStack() as open_things:
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
        work = open_things.enter_context(tempfile.TemporaryDirectory(prefix="simulate-", dir=out))
        gates_at = open_things.enter_context(tempfile.TemporaryDirectory(prefix="simulate-", dir=_memory(out)))
        bar = open_things.enter_context(
            Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console)
        )
        task = bar.add_task("", total=None)

        def tell(what: str, done: int, of: int) -> None:
            bar.update(task, description=_WORDS.get(what, what), completed=done, total=of)

        watches = Watches(time.perf_counter, time.perf_counter if wall or db else time.thread_time)
        outcome = Simulation(plan, Path(work), watches, tell, db, gates_folder=Path(gates_at)).run()
    Console(width=_WIDTH).print(table(outcome))
    if out is not None:
        picture = out / f"simulate-{gates}-{seed}.svg"
        picture.write_text(plot(outcome), encoding="utf-8")
        print(f"图 plot: {picture}")
    if outcome.interrupted:
        print("中断,未核对 · ended early, nothing was compared")
        raise typer.Exit(_ENDED)
    print(outcome.last_line)
    raise typer.Exit(0 if outcome.delivered else 1)


def _memory(otherwise: Path | None) -> Path | None:
    """Where the gates' files go: a thousand of them on one disk would wait for each other, as a thousand tablets do
    not; the office's database stays on the disk, where what it takes is measured.
    """
    shared = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    return shared if shared.is_dir() else otherwise


def table(outcome: "Outcome") -> "Table":
    """The figures as people read them."""
    from rich.table import Table

    from sync.street.simulate_figures import SEEN_MS, percentile

    def spread(values: tuple[int, ...]) -> str:
        if not values:
            return "-"
        return "  ".join(f"p{share:.0f} {percentile(values, share / 100) / 1000:.2f} s" for share in (50.0, 95.0, 99.0))

    def mark(values: tuple[int, ...]) -> str:
        if not values:
            return ""
        return "  PASS" if percentile(values, 0.95) <= SEEN_MS else "  MISS"

    found = Table(title=f"{outcome.gates} 个门岗 gates", show_header=False)
    count = len(outcome.requests)
    busy = outcome.office_busy_s or 1.0
    difference = outcome.difference
    found.add_row("事件 events sent, at office", f"{difference.sent:,}  {difference.at_office:,}")
    lost = f"{difference.lost} / {difference.duplicated} / {difference.reordered} / {difference.changed}"
    found.add_row("丢失/重复/乱序/改动 lost/duplicated/reordered/changed", lost)
    found.add_row("仍未上传 still waiting", f"{outcome.pending:,}")
    found.add_row("请求 requests: all, per second online", f"{count:,}  {count / max(1.0, outcome.online_s):.1f}/s")
    found.add_row(
        "断网时的尝试 tried in vain, 途中丢失 lost on the way", f"{outcome.in_vain:,}  {outcome.lost_requests:,}"
    )
    found.add_row(
        "街道办用时 office busy: in all, per request, of a core; by the wall",
        f"{busy:.1f} s  {busy / max(1, count) * 1000:.1f} ms  {busy / max(1.0, outcome.online_s):.0%}; "
        f"{outcome.office_wall_s / max(1, count) * 1000:.1f} ms per request",
    )
    rate = difference.at_office / busy
    found.add_row("吞吐 throughput: events, requests per busy second", f"{rate:,.0f}  {count / busy:,.0f}")
    found.add_row("应答 answer", spread(outcome.answers_ms))
    found.add_row("最长排队 longest queue", f"{outcome.queue_ms / 1000:.2f} s")
    found.add_row("写下到回执 recorded to receipt", spread(outcome.delays_ms))
    found.add_row("注销到各门 revocation at each gate", spread(outcome.revoked_ms) + mark(outcome.revoked_ms))
    found.add_row("邻门可见 sister gate's passage seen", spread(outcome.sighted_ms) + mark(outcome.sighted_ms))
    for wave in outcome.waves:
        recovered = "-" if wave.recovered_ms is None else f"{wave.recovered_ms / 1000:.1f} s"
        figures = f"{wave.gates} 门 gates, {wave.waiting:,} 待传 waiting, 恢复 recovered {recovered}"
        if wave.name != "waiting":
            figures += (
                f"\n平时 steady {wave.steady:.1f}/s, 峰值 peak {wave.peak:.1f}/s = {wave.ratio:.2f} x "
                f"(1 s: {wave.peak_1s:.0f})  {'PASS' if wave.good else 'MISS'}"
            )
        found.add_row(f"{_WAVES[wave.name]} after", figures)
    found.add_row("真实用时 real time", f"{outcome.real_s:.0f} s")
    return found


_WAVES = {"office": "街道办断开 office away", "uplink": "门岗断网 uplinks down", "waiting": "积压 backlog"}

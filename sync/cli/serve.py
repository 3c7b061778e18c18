# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office serve`: the server (sync-and-store.md 9, 14).

When it listens it says so in one line on standard output: `ready URL`. Exit: 0 stopped, 2 no office here, 3 the
database is a newer program's, 5 the port is taken.
"""

import threading
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, office_folder, opened, time_and_ids

if TYPE_CHECKING:
    from sync.office.compose import Office
    from sync.office.home import OfficeHome

_UPKEEP_S = 60.0


def command(
    folder: Folder = None,
    db: DbUrl = None,
    host: Annotated[str | None, typer.Option("--bind", help="监听地址 · address to listen on")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="端口,0 任选 · port, 0 any")] = None,
    per_minute: Annotated[
        int, typer.Option("--per-minute", min=0, help="每台设备每分钟请求上限,0 不限 · requests a minute per device")
    ] = 120,
    at_once: Annotated[
        int, typer.Option("--at-once", min=1, help="同时处理的请求上限 · requests worked on at once, beyond it 503")
    ] = 256,
    metrics_from: Annotated[
        list[str] | None, typer.Option("--metrics-from", help="可读 /metrics 的地址 · who may read the metrics")
    ] = None,
) -> None:
    """启动服务 · run the server."""
    from sync.office.api.limits import Turnstile
    from sync.office.api.line import Line
    from sync.office.api.metrics import HERE, Measured, Requests, metrics_router
    from sync.office.health import healthz
    from sync.office.home import NoOffice, OfficeHome
    from sync.office.serve import Listen, OfficeServer, calm_logging, office_app
    from sync.office.web import Site, fleet_router, pages_router

    office = opened(folder, db)
    home = OfficeHome(office_folder(folder))
    settings = home.settings()
    clock, ids = time_and_ids()
    calm_logging()
    try:
        home.ensure_certificate(settings.hosts, clock.wall_ms(), ids.random)
    except NoOffice as away:
        # still good until its last day; doctor and the log say that it must be renewed
        if not home.certificate_file.exists():
            fail(str(away), 2)
    line = Line(office.line, clock.wall_ms, home.ca_file.read_bytes(), Turnstile(per_minute or None))
    site = Site(settings.url, home.ca_sha256())
    routers = [
        pages_router(office, demo=settings.demo, site=site, backups=home.folder / "backup"),
        fleet_router(office),
    ]
    requests = Requests()
    routers.append(metrics_router(requests, lambda: _gauges(office, home), HERE | set(metrics_from or ())))
    app = office_app(line, lambda: healthz(office, home), routers, docs=True, at_once=at_once)
    app.add_middleware(Measured, requests=requests)
    listen = Listen(
        host or settings.bind, settings.port if port is None else port, home.certificate_file, home.key_file
    )

    def ready(at: int) -> None:
        print(f"ready https://{settings.hosts[0]}:{at}", flush=True)

    server = OfficeServer(app, listen, ready)
    stop = threading.Event()
    threading.Thread(target=_upkeep, args=(office, home, stop), name="office-upkeep", daemon=True).start()
    threading.Thread(target=_platform, args=(office, home, stop), name="office-platform", daemon=True).start()
    try:
        server.run()
    except SystemExit:
        fail(f"端口不可用 · cannot listen on {listen.host}:{listen.port}", 5)
    finally:
        stop.set()
        office.close()


def _gauges(office: "Office", home: "OfficeHome") -> "dict[str, float]":
    import shutil

    from cryptography.x509 import load_pem_x509_certificate

    from sync.office.health import healthz
    from sync.office.service.watching import street_gauges

    now_ms = office.clock.wall_ms()
    with office.database.reading() as tx:
        out = dict(street_gauges(tx, now_ms))
    for name, told in healthz(office, home).items():
        if isinstance(told, bool):
            out[f"ready_{name}"] = float(told)
            continue
        ages = {"newest": told["newest_age_s"], "oldest": told["oldest_age_s"]}
        out |= {f"backup_{which}_age_seconds": float(age) for which, age in ages.items() if isinstance(age, int)}
    out["disk_free_bytes"] = float(shutil.disk_usage(home.folder).free)
    until = load_pem_x509_certificate(home.certificate_file.read_bytes()).not_valid_after_utc.timestamp()
    out["certificate_seconds_left"] = until - now_ms / 1000
    return out


def _upkeep(office: "Office", home: "OfficeHome", stop: threading.Event) -> None:
    """What the office does by itself, once a minute."""
    import logging

    from sync.office.backup import renew_copies
    from sync.office.purge import purge_daily
    from sync.office.service.rereading import Rereading
    from sync.office.service.retention import Retention
    from sync.office.service.upkeep import each_minute

    retention = Retention(office.database, office.book, office.devices, office.audit)
    log = logging.getLogger("sync.office.upkeep")
    rereading: Rereading | None = Rereading(office.devices, office.events, office.projections)
    while True:
        try:
            each_minute(office, office.clock.wall_ms())
            purged = purge_daily(office.database, retention, office.clock.wall_ms())
            if purged is not None and any(line.rows for line in purged.lines):
                renew_copies(office.database, home.folder / "backup", office.clock.wall_ms())
            if rereading is not None:
                rereading.everything(office.database, office.clock.wall_ms())
                rereading = None
        except Exception as fault:  # noqa: BLE001 - the server goes on; the kind of fault is enough
            log.error("upkeep: %s", type(fault).__name__)  # noqa: TRY400 - no personal data in logs
        if stop.wait(_UPKEEP_S):
            return


def _platform(office: "Office", home: "OfficeHome", stop: threading.Event) -> None:
    """Ask the returnee platform when it is time; in a thread of its own, because it may take its time to answer."""
    from sync.office.platform import ask_platform

    while not stop.wait(_UPKEEP_S):
        ask_platform(office, home.folder)

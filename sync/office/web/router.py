# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The routes of all pages, made from the one table of pages (`sync.office.web.pages.PAGES`)."""

from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from sync.office.compose import Office
from sync.office.service.approvals import Approvals
from sync.office.service.exports import Exports
from sync.office.service.jobs import Jobs
from sync.office.web.frame import Frame
from sync.office.web.live import Live
from sync.office.web.look import Look
from sync.office.web.page import Page
from sync.office.web.pages import PAGES
from sync.office.web.sign_in import SignIn
from sync.office.web.visit import House, Site


def pages_router(
    office: Office, *, demo: bool = False, site: Site | None = None, jobs: Jobs | None = None,
    backups: Path | None = None,
) -> APIRouter:  # fmt: skip
    """The routes of the pages, to be included in the office's application.

    `site`: what an enrolment code tells a gate; without it none can be made. `jobs`: where work is done behind.
    `backups`: the folder of the office's copies.
    """
    jobs = jobs or Jobs(office.database, office.vault, office.ids, office.clock)
    jobs.recover()
    deeds = {name: deed for page in PAGES for name, deed in page.deeds.items()}
    approvals, exports = Approvals(office.ids, office.audit, office.vault), Exports(office.ids, office.audit)
    house = House(office, approvals, exports, jobs, demo, site, deeds, backups=backups)
    frame = Frame(house, Look(PAGES, demo=demo))
    router = APIRouter(tags=["pages"], include_in_schema=False)
    add = partial(router.add_api_route, response_class=HTMLResponse, response_model=None)
    sign_in = SignIn(frame)
    add("/login", sign_in.page, methods=["GET"])
    add("/login", sign_in.log_in, methods=["POST"])
    add("/logout", sign_in.log_out, methods=["POST"])
    for name in ("office.css", "office.svg", "office.js"):
        add(f"/{name}", _file(frame.look, name), methods=["GET"])
    live = Live(frame)
    for page in PAGES:
        base = page.path.rstrip("/")
        add(page.path, _get(frame, page), methods=["GET"])
        for name in page.posts:
            add(f"{base}/{name}" if name else page.path, _posted(frame.post, page, name), methods=["POST"])
        if page.export is not None:
            add(f"{base}/export", _asked(frame.export, page), methods=["POST"])
        if page.live is not None:
            add(f"{base}/live", _asked(live.stream, page), methods=["GET"])
    return router


# FastAPI reads the signature of what it is given: each route is a function of the request alone.


def _get(frame: Frame, page: Page) -> Callable[[Request], Response]:
    def route(request: Request) -> Response:
        return frame.get(page, request)

    return route


def _posted(
    ask: Callable[[Page, str, Request], Coroutine[Any, Any, Response]], page: Page, name: str
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def route(request: Request) -> Response:
        return await ask(page, name, request)

    return route


def _asked(
    ask: Callable[[Page, Request], Coroutine[Any, Any, Response]], page: Page
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def route(request: Request) -> Response:
        return await ask(page, request)

    return route


def _file(look: Look, name: str) -> Callable[[], Response]:
    def route() -> Response:
        return look.file(name)

    return route

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Routes of the pages: plain functions that find the account, ask a use case, and render (interface.md 11, 12)."""

from collections.abc import Callable
from functools import partial
from importlib.resources import files
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool

from kiosk.domain.instants import shanghai
from sync.office.compose import Office
from sync.office.service.accounts import AccountFault, Session
from sync.office.web.guard import (
    COOKIE,
    HEADERS,
    LANGUAGE_COOKIE,
    LOGINS_A_MINUTE,
    REQUESTS_A_MINUTE,
    Form,
    Rate,
    address_of,
    csrf_holds,
    end_session,
    read_form,
    same_origin,
    set_language,
    set_session,
)
from sync.office.web.texts import LANGUAGES, PageTexts, page_texts
from sync.office.web.today import chosen_day, todays_passages

_LOOKS = {
    "ADMIT": "go", "ADMIT_REGISTER": "go", "EMERGENCY": "go", "ADMIT_ESCORT": "wait", "WAIT": "wait",
    "LEADER": "wait", "REDIRECT": "wait", "HOLD": "stop", "REFUSE": "stop", "REFUSE_EXIT": "stop",
}  # fmt: skip
_STATUS_OF_LOGIN = {AccountFault.WRONG: 403, AccountFault.WAIT: 429, AccountFault.BUSY: 503}


class Pages:
    """页面: one per office; holds the templates and the rates."""

    def __init__(self, office: Office, *, demo: bool = False) -> None:
        """Take the office; `demo` marks every page 演示."""
        self._office = office
        self._demo = demo
        self._requests = Rate(REQUESTS_A_MINUTE)
        self._logins = Rate(LOGINS_A_MINUTE)
        self._templates = Environment(
            loader=PackageLoader("sync.office.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self._templates.filters["clock"] = lambda ms: f"{shanghai(ms):%m-%d %H:%M}"
        self._css = files("sync.office.web").joinpath("office.css").read_bytes()
        self._icon = files("sync.office.web").joinpath("office.svg").read_bytes()

    # ---------------------------------------------------------------------------------------------------- routes

    def today(self, request: Request) -> Response:
        """`GET /`: today's passages by gate."""
        return self._for_account(request, self._today)

    def login_page(self, request: Request) -> Response:
        """`GET /login`."""
        return self._render(request, "login.html", fault=None, login="")

    async def log_in(self, request: Request) -> Response:
        """`POST /login`."""
        form = await read_form(request)
        return await run_in_threadpool(self._log_in, request, form)

    async def log_out(self, request: Request) -> Response:
        """`POST /logout`."""
        form = await read_form(request)
        return await run_in_threadpool(self._log_out, request, form)

    def css(self, request: Request) -> Response:
        """`GET /office.css`: the one style sheet."""
        del request
        return _kept(self._css, "text/css")

    def icon(self, request: Request) -> Response:
        """`GET /office.svg`: the sign in the browser's tab."""
        del request
        return _kept(self._icon, "image/svg+xml")

    # ---------------------------------------------------------------------------------------------------- inside

    def _today(self, request: Request, session: Session) -> Response:
        day = chosen_day(request.query_params.get("day"), self._office.clock.wall_ms())
        gate = request.query_params.get("gate") or None
        with self._office.database.reading() as tx:
            page = todays_passages(self._office, tx, session.user, day, gate, request.query_params.get("before"))
        if page is None:
            # Out of scope is 404 where it could tell who exists; the page itself is the role's, so 403 (trust.md 3).
            return self._refuse(request, 404 if gate is not None else 403, session)
        return self._render(request, "today.html", session=session, page=page, looks=_LOOKS)

    def _log_in(self, request: Request, form: Form) -> Response:
        now_ms = self._office.clock.wall_ms()
        if form.fault is not None:
            return self._refuse(request, form.fault)
        if not same_origin(request):
            return self._refuse(request, 403, refused=True)
        if not self._logins.take(address_of(request), now_ms):
            return self._render(request, "login.html", 429, fault="RATE", login="")
        login, password = form.fields.get("login", ""), form.fields.get("password", "")
        told = self._office.accounts.log_in(self._office.database, login, password, now_ms, where=address_of(request))
        if isinstance(told, AccountFault):
            status = _STATUS_OF_LOGIN.get(told, 403)
            response = self._render(request, "login.html", status, fault=told.value, login=login)
            if status != 403:  # noqa: PLR2004 - a status is its name
                response.headers["retry-after"] = "30"
            return response
        home = RedirectResponse("/", 303, headers=HEADERS)
        set_session(home, told.secret)
        return home

    def _log_out(self, request: Request, form: Form) -> Response:
        session = self._session(request)
        if session is None:
            return RedirectResponse("/login", 303, headers=HEADERS)
        if form.fault is not None or not same_origin(request) or not csrf_holds(form, session.csrf):
            return self._refuse(request, form.fault or 403, session, refused=True)
        with self._office.database.writing() as tx:
            self._office.accounts.end_all(tx, session.user.id)
        response = RedirectResponse("/login", 303, headers=HEADERS)
        end_session(response)
        return response

    def _for_account(self, request: Request, page: Callable[[Request, Session], Response]) -> Response:
        if not self._requests.take(address_of(request), self._office.clock.wall_ms()):
            return self._refuse(request, 429)
        session = self._session(request)
        if session is None:
            response = RedirectResponse("/login", 303, headers=HEADERS)
            end_session(response)
            return response
        return page(request, session)

    def _session(self, request: Request) -> Session | None:
        secret = request.cookies.get(COOKIE, "")
        if not secret:
            return None
        with self._office.database.writing() as tx:
            return self._office.accounts.session(tx, secret, self._office.clock.wall_ms())

    def _refuse(
        self, request: Request, status: int, session: Session | None = None, *, refused: bool = False
    ) -> Response:
        key = "refused" if refused or status == 400 else _ERRORS[status]  # noqa: PLR2004 - a status is its name
        return self._render(request, "error.html", status, session=session, error=key)

    def _render(self, request: Request, name: str, status: int = 200, **values: object) -> HTMLResponse:
        t = self._texts(request)
        now = shanghai(self._office.clock.wall_ms())
        text = self._templates.get_template(name).render(
            {
                "t": t, "demo": self._demo, "session": None, "path": request.url.path, "now": f"{now:%Y-%m-%d %H:%M}",
                "query": _query(request, t.other), **values,
            }
        )  # fmt: skip
        response = HTMLResponse(text, status, headers=HEADERS)
        asked = request.query_params.get("lang")
        if asked in LANGUAGES:
            set_language(response, asked)
        return response

    def _texts(self, request: Request) -> PageTexts:
        asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
        return page_texts(asked if asked in LANGUAGES else LANGUAGES[0])


_ERRORS = {403: "forbidden", 404: "not_found", 413: "too_large", 429: "rate"}
_KEPT = ("day", "gate", "before")


def _query(request: Request, language: str) -> str:
    """The address of this page in the other language, encoded anew from known names alone."""
    kept = [(name, request.query_params[name]) for name in _KEPT if name in request.query_params]
    return urlencode([*kept, ("lang", language)])


def _kept(content: bytes, media_type: str) -> Response:
    """What no session guards and an hour's copy may serve."""
    return Response(content, media_type=media_type, headers={**HEADERS, "cache-control": "max-age=3600"})


def pages_router(office: Office, *, demo: bool = False) -> APIRouter:
    """The routes of the pages, to be included in the office's application."""
    pages = Pages(office, demo=demo)
    router = APIRouter(tags=["pages"], include_in_schema=False)
    add = partial(router.add_api_route, response_class=HTMLResponse, response_model=None)
    add("/", pages.today, methods=["GET"])
    add("/login", pages.login_page, methods=["GET"])
    add("/login", pages.log_in, methods=["POST"])
    add("/logout", pages.log_out, methods=["POST"])
    add("/office.css", pages.css, methods=["GET"])
    add("/office.svg", pages.icon, methods=["GET"])
    return router

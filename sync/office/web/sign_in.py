# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Signing in and out: the two pages that need no rights (trust.md 4)."""

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from sync.office.service.accounts import AccountFault
from sync.office.web.frame import Frame
from sync.office.web.guard import (
    COOKIE,
    HEADERS,
    LOGINS_A_MINUTE,
    Form,
    Rate,
    address_of,
    csrf_holds,
    end_session,
    read_form,
    same_origin,
    set_session,
)

_STATUS = {AccountFault.WRONG: 403, AccountFault.WAIT: 429, AccountFault.BUSY: 503}


class SignIn:
    """登录."""

    def __init__(self, frame: Frame) -> None:
        """Take the frame."""
        self._frame = frame
        self._logins = Rate(LOGINS_A_MINUTE)

    def page(self, request: Request) -> Response:
        """`GET /login`."""
        return self._login(request, 200)

    async def log_in(self, request: Request) -> Response:
        """`POST /login`."""
        form = await read_form(request)
        return await run_in_threadpool(self._log_in, request, form)

    async def log_out(self, request: Request) -> Response:
        """`POST /logout`."""
        form = await read_form(request)
        return await run_in_threadpool(self._log_out, request, form)

    def _login(self, request: Request, status: int, fault: str | None = None, login: str = "") -> Response:
        values = {"fault": fault, "login": login}
        return self._frame.look.render(request, "login.html", self._frame.now_ms, status=status, values=values)

    def _log_in(self, request: Request, form: Form) -> Response:
        office, now_ms = self._frame.house.office, self._frame.now_ms
        if form.fault is not None:
            return self._frame.refuse(request, form.fault, key="refused" if form.fault == 400 else None)  # noqa: PLR2004 - a status is its name
        if not same_origin(request):
            return self._frame.refuse(request, 403, key="refused")
        if not self._logins.take(address_of(request), now_ms):
            return self._login(request, 429, "RATE")
        login, password = form.fields.get("login", ""), form.fields.get("password", "")
        told = office.accounts.log_in(office.database, login, password, now_ms, where=address_of(request))
        if isinstance(told, AccountFault):
            status = _STATUS.get(told, 403)
            response = self._login(request, status, told.value, login)
            if status != 403:  # noqa: PLR2004 - a status is its name
                response.headers["retry-after"] = "30"
            return response
        home = RedirectResponse("/", 303, headers=HEADERS)
        set_session(home, told.secret)
        return home

    def _log_out(self, request: Request, form: Form) -> Response:
        office = self._frame.house.office
        secret = request.cookies.get(COOKIE, "")
        session = office.accounts.visiting(office.database, secret, self._frame.now_ms) if secret else None
        if session is None:
            return RedirectResponse("/login", 303, headers=HEADERS)
        if form.fault is not None or not same_origin(request) or not csrf_holds(form, session.csrf):
            return self._frame.refuse(request, form.fault or 403, session, key="refused")
        with office.database.writing() as tx:
            office.accounts.end_all(tx, session.user.id)
        response = RedirectResponse("/login", 303, headers=HEADERS)
        end_session(response)
        return response

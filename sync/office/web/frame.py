# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What stands around every page: session, rights, reason, password again, one transaction, audit (trust.md 3, 4)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from sync.office.print.sheet import Format
from sync.office.print.typeset import TypesetError
from sync.office.service.accounts import AccountFault, Session
from sync.office.service.audit import Entry
from sync.office.service.exports import Exported, Purpose
from sync.office.service.reach import grant_of
from sync.office.web.answers import Answer, Done, Refused, Shown, Started
from sync.office.web.guard import (
    COOKIE,
    HEADERS,
    REQUESTS_A_MINUTE,
    Form,
    Rate,
    address_of,
    csrf_holds,
    end_session,
    read_form,
    same_origin,
    set_session,
)
from sync.office.web.look import Look, opens
from sync.office.web.page import Page, Post
from sync.office.web.visit import House, Upload, Visit

_LONGEST_ASKED = 200
_LONGEST_WHY = 500
_STATUS = {AccountFault.WAIT: 429, AccountFault.BUSY: 503}


class Frame:
    """框架: one per office."""

    def __init__(self, house: House, look: Look) -> None:
        """Take what the pages share, and how they look."""
        self.house = house
        self.look = look
        self._requests = Rate(REQUESTS_A_MINUTE)

    @property
    def now_ms(self) -> int:
        """The office's time."""
        return self.house.office.clock.wall_ms()

    # ------------------------------------------------------------------------------------------------------- asking

    def get(self, page: Page, request: Request) -> Response:
        """`GET` of a page."""
        session = self.enter(request)
        if isinstance(session, Response):
            return session
        if not opens(session.user, page):
            return self.denied(request, session, page)
        with self.house.office.database.reading() as tx:
            visit = self.visit(request, page, session, tx)
            answer = page.show(visit)
        self._keep(visit)
        return self._response(request, page, session, answer, visit)

    async def post(self, page: Page, name: str, request: Request) -> Response:
        """`POST` of one of a page's forms."""
        post = page.posts[name]
        form = await read_form(request, post.upload)
        return await run_in_threadpool(self._post, page, post, request, form)

    async def export(self, page: Page, request: Request) -> Response:
        """`POST {page}/export`: the page's list as a file."""
        form = await read_form(request)
        return await run_in_threadpool(self._export, page, request, form)

    # ------------------------------------------------------------------------------------------------------- inside

    def enter(self, request: Request) -> Session | Response:
        """The session of a request, or where to go instead."""
        if not self._requests.take(address_of(request), self.now_ms):
            return self.refuse(request, 429)
        secret = request.cookies.get(COOKIE, "")
        accounts, database = self.house.office.accounts, self.house.office.database
        session = accounts.visiting(database, secret, self.now_ms) if secret else None
        if session is not None:
            return session
        response = RedirectResponse("/login", 303, headers=HEADERS)
        end_session(response)
        return response

    def visit(self, request: Request, page: Page, session: Session, tx: Connection) -> Visit:
        """What a handler of a `GET` is given."""
        asked = {name: request.query_params.get(name, "")[:_LONGEST_ASKED] for name in page.filters}
        return Visit(
            self.house, tx, session, self.look.texts(request), self.now_ms, dict(request.path_params), asked,
            why=request.query_params.get("why", "")[:_LONGEST_WHY].strip(),
        )  # fmt: skip

    def refuse(
        self, request: Request, status: int, session: Session | None = None, *, key: str | None = None
    ) -> Response:
        """An error page; `key` where the status alone does not tell it."""
        values = {"error": key or _ERRORS.get(status, "refused")}
        return self.look.render(request, "error.html", self.now_ms, status=status, session=session, values=values)

    def denied(self, request: Request, session: Session, page: Page, action: str | None = None) -> Response:
        """403, and the audit holds who tried."""
        with self.house.office.database.writing() as tx:
            entry = Entry(session.user.id, action or page.action or "", page.path, refused=True)
            self.house.office.audit.note(tx, entry, self.now_ms)
        return self.refuse(request, 403, session)

    def _keep(self, visit: Visit) -> None:
        if visit.notes:
            with self.house.office.database.writing() as tx:
                for entry in visit.notes:
                    self.house.office.audit.note(tx, entry, visit.now_ms)

    def _checked(self, page: Page, post: Post, request: Request, form: Form) -> tuple[Session, bool] | Response:
        """The session, and whether its id is new; or the answer where the form is not taken (yet)."""
        session = self.enter(request)
        if isinstance(session, Response):
            return session
        if form.fault is not None:
            return self.refuse(request, form.fault, session, key="refused" if form.fault == 400 else None)  # noqa: PLR2004 - a status is its name
        if not same_origin(request) or not csrf_holds(form, session.csrf):
            with self.house.office.database.writing() as tx:
                entry = Entry(session.user.id, "form", page.path, refused=True, where=address_of(request))
                self.house.office.audit.note(tx, entry, self.now_ms)
            return self.refuse(request, 403, session, key="refused")
        action = post.action or page.action
        grant = None if action is None else grant_of(session.user, action)
        if not opens(session.user, page) or (action is not None and grant is None):
            return self.denied(request, session, page, action)
        missing = Missing(
            why=grant is not None and grant.reason and not form.fields.get("why", "").strip(),
            password=((grant is not None and grant.again) or post.again) and not session.proved(self.now_ms),
        )
        return self._confirmed(page, request, form, session, missing)

    def _confirmed(
        self, page: Page, request: Request, form: Form, session: Session, missing: "Missing"
    ) -> tuple[Session, bool] | Response:
        """Ask for what is missing: the reason, the password; the form's own fields are carried along."""
        password, fault, status = form.fields.get("password", ""), "", 200
        fresh = session
        if missing.password and password:
            told = self.house.office.accounts.prove(self.house.office.database, session, password, self.now_ms)
            if isinstance(told, AccountFault):
                fault, status = told.value, _STATUS.get(told, 403)
            else:
                fresh, missing = told, replace(missing, password=False)
        if not missing.why and not missing.password:
            return fresh, fresh.secret != session.secret
        carried = {name: value for name, value in form.fields.items() if name not in ("csrf", "password", "why")}
        values = {"fields": carried, "missing": missing, "why": form.fields.get("why", ""), "fault": fault}
        asked = self.look.render(
            request, "confirm.html", self.now_ms, status=status, session=fresh, page=page, values=values
        )
        if fresh.secret != session.secret:
            set_session(asked, fresh.secret)
        return asked

    def _post(self, page: Page, post: Post, request: Request, form: Form) -> Response:
        checked = self._checked(page, post, request, form)
        if isinstance(checked, Response):
            return checked
        session, renewed = checked
        with self.house.office.database.writing() as tx:
            undo = tx.begin_nested()
            visit = Visit(
                self.house, tx, session, self.look.texts(request), self.now_ms, dict(request.path_params), {},
                form.fields, None if form.file is None else Upload(*form.file),
                form.fields.get("why", "")[:_LONGEST_WHY].strip(),
            )  # fmt: skip
            answer = post.run(visit)
            undone = isinstance(answer, Refused) or (isinstance(answer, Shown) and bool(answer.faults))
            undo.rollback() if undone else undo.commit()
            for entry in visit.notes:
                if not undone or entry.refused:
                    self.house.office.audit.note(tx, entry, visit.now_ms)
            if isinstance(answer, Done) and answer.text:
                told = json.dumps({"text": answer.text, "values": dict(answer.values)}, ensure_ascii=False)
                self.house.office.accounts.tell_next(tx, session, told)
        response = self._response(request, page, session, answer, visit)
        if renewed:
            set_session(response, session.secret)
        return response

    def _export(self, page: Page, request: Request, form: Form) -> Response:
        checked = self._checked(page, Post(page.show, "export.redacted", again=True), request, form)
        if isinstance(checked, Response):
            return checked
        session, renewed = checked
        wanted = form.fields.get("format", "")
        if page.export is None or wanted not in set(Format):
            return self.refuse(request, 400, session, key="refused")
        asked = {name: form.fields.get(f"f.{name}", "")[:_LONGEST_ASKED] for name in page.filters}
        with self.house.office.database.reading() as tx:
            visit = Visit(
                self.house, tx, session, self.look.texts(request), self.now_ms, dict(request.path_params), asked,
                why=form.fields.get("why", "")[:_LONGEST_WHY].strip(),
            )  # fmt: skip
            sheet = page.export(visit)
        if isinstance(sheet, Refused):
            return self.refuse(request, sheet.status, session)
        try:
            made = self.house.exports.made(sheet, Format(wanted))
        except TypesetError:
            return self.refuse(request, 500, session)
        with self.house.office.database.writing() as tx:
            purpose = Purpose(session.user.id, why=visit.why)
            self.house.exports.note(
                tx, made, purpose, self.now_ms, scope=sheet.scope, columns=sheet.keys or sheet.columns,
                rows=len(sheet.rows),
            )  # fmt: skip
        response = self._response(request, page, session, made, visit)
        if renewed:
            set_session(response, session.secret)
        return response

    def _response(self, request: Request, page: Page, session: Session, answer: Answer, visit: Visit) -> Response:
        match answer:
            case Shown(template, values, faults):
                shown: dict[str, object] = {
                    "form": {**visit.form}, "visit": visit, "reach": None, **values, "faults": faults,
                }  # fmt: skip
                status = 422 if faults else 200
                return self.look.render(
                    request, template, visit.now_ms, status=status, session=session, page=page, values=shown
                )
            case Done(to):
                return RedirectResponse(to, 303, headers=HEADERS)
            case Started(kind, work):
                job = self.house.jobs.start(kind, session.user.id, work)
                return RedirectResponse(f"/jobs/{job}", 303, headers=HEADERS)
            case Refused(status):
                return self.refuse(request, status, session)
            case Exported():
                return download(answer)
            case _:
                return answer


@dataclass(frozen=True, slots=True)
class Missing:
    """还缺什么: what the frame asks for before a form is taken: its reason, the password."""

    why: bool
    password: bool


_ERRORS = {
    400: "bad", 403: "forbidden", 404: "not_found", 409: "stale", 413: "too_large", 429: "rate", 500: "fault",
}  # fmt: skip


def download(file: Exported) -> Response:
    """A file for the browser to keep; its name as RFC 5987 writes it."""
    headers: Mapping[str, str] = {
        **HEADERS, "content-disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
    }  # fmt: skip
    return Response(file.content, media_type=file.media, headers=dict(headers))

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""How a page looks: templates, style sheet, the one small script, an account's navigation (interface.md 11)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from kiosk.domain.instants import shanghai
from sync.office.service.accounts import Session, User
from sync.office.service.reach import grant_of
from sync.office.web.guard import HEADERS, LANGUAGE_COOKIE, set_language
from sync.office.web.page import Group, Page
from sync.office.web.plots import bars
from sync.office.web.texts import LANGUAGES, PageTexts, page_texts

_FILES = {
    "office.css": "text/css",
    "office.svg": "image/svg+xml",
    "office.js": "text/javascript",
}


@dataclass(frozen=True, slots=True)
class NavGroup:
    """导航一组: its pages that the account may open, and whether the page shown is one of them."""

    group: Group
    pages: tuple[Page, ...]
    here: bool


@cache
def _templates() -> Environment:
    """The templates, compiled once for the process."""
    found = Environment(
        loader=PackageLoader("sync.office.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    found.filters["clock"] = lambda ms: "" if ms is None else f"{shanghai(ms):%m-%d %H:%M}"
    found.filters["hm"] = lambda ms: "" if ms is None else f"{shanghai(ms):%H:%M}"
    found.globals["bars"] = bars
    return found


class Look:
    """版面: one per office."""

    def __init__(self, pages: Sequence[Page], *, demo: bool = False) -> None:
        """Take the pages for the navigation; `demo` marks every page 演示."""
        self._pages = [page for page in pages if "{" not in page.path and not page.stands_for]
        self._demo = demo
        self._templates = _templates()
        self._files = {name: files("sync.office.web").joinpath(name).read_bytes() for name in _FILES}

    def file(self, name: str) -> Response:
        """A file that no session guards and an hour's copy may serve."""
        headers = {**HEADERS, "cache-control": "max-age=3600"}
        return Response(self._files[name], media_type=_FILES[name], headers=headers)

    def render(
        self,
        request: Request,
        template: str,
        now_ms: int,
        *,
        status: int = 200,
        session: Session | None = None,
        page: Page | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> HTMLResponse:
        """A page as HTML; `page` is where in the navigation it stands."""
        t = self.texts(request)
        known: dict[str, Any] = {
            "t": t, "demo": self._demo, "session": session, "spec": page, "nav": self.nav(session, page),
            "path": _here(request, page), "sent_to": request.url.path, "asked": _asked(request, page),
            "other": _address(request, page, t.other),
            "with_query": partial(_with_query, request, page), "now_ms": now_ms,
            "may": lambda action: session is not None and grant_of(session.user, action) is not None,
            "now": f"{shanghai(now_ms):%Y-%m-%d %H:%M:%S}", "flash": _flash(session, t), "faults": {}, "form": {},
        }  # fmt: skip
        text = self._templates.get_template(template).render({**known, **(values or {})})
        response = HTMLResponse(text, status, headers=HEADERS)
        wanted = request.query_params.get("lang")
        if wanted in LANGUAGES:
            set_language(response, wanted)
        return response

    def texts(self, request: Request) -> PageTexts:
        """The texts of the language that was asked for, or is remembered, or comes first."""
        wanted = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
        return page_texts(wanted if wanted in LANGUAGES else LANGUAGES[0])

    def nav(self, session: Session | None, page: Page | None) -> tuple[NavGroup, ...]:
        """What the account may open, group by group; empty groups are left out."""
        if session is None:
            return ()
        here = "" if page is None else page.stands_for or page.path
        out = []
        for group in Group:
            mine = tuple(one for one in self._pages if one.group is group and opens(session.user, one))
            if mine:
                out.append(NavGroup(group, mine, any(one.path == here for one in mine)))
        return tuple(out)


def opens(who: User, page: Page) -> bool:
    """Whether the account's role opens a page."""
    return page.action is None or grant_of(who, page.action) is not None


def _asked(request: Request, page: Page | None) -> dict[str, str]:
    """The page's filters as they stand in the address; other names are not read."""
    names = () if page is None else page.filters
    return {name: request.query_params[name] for name in names if request.query_params.get(name)}


def _address(request: Request, page: Page | None, language: str) -> str:
    """The address of this page in another language, encoded anew from known names alone; "" after a form was sent."""
    if request.method != "GET":
        return ""
    return f"{request.url.path}?{urlencode([*_asked(request, page).items(), ('lang', language)])}"


def _with_query(request: Request, page: Page | None, **changed: str | None) -> str:
    """The address of this page with some filters changed; None: left out."""
    kept = {**_asked(request, page), **changed}
    query = urlencode([(name, value) for name, value in kept.items() if value])
    here = _here(request, page)
    return f"{here}?{query}" if query else here


def _here(request: Request, page: Page | None) -> str:
    """Where the page is, also where it is the answer to one of its forms: from there its links and forms lead on."""
    path = request.url.path
    base, _, last = path.rpartition("/")
    return (base or "/") if request.method == "POST" and page is not None and last in page.posts else path


def _flash(session: Session | None, t: PageTexts) -> str:
    if session is None or session.flash is None:
        return ""
    told = json.loads(session.flash)
    return t(told["text"], **told["values"])

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The pages for tests: one account per role with its reach, signed in, and forms that carry their token."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI

from kiosk.domain.codes import MemberSource
from kiosk.domain.identity import OperatorId
from kiosk.domain.register import Operator
from sync.office.compose import Office
from sync.office.service.accounts import Accounts, Role, User
from sync.office.service.jobs import Jobs
from sync.office.web import Site, pages_router
from tests.unit.office.browser import ORIGIN, Browser, Page
from tests.unit.office.offices import C1, G1, G2, JU, START_MS

PASSWORD = "long enough for us"
LEADER = OperatorId("leader0001")
ROLES: dict[str, tuple[Role, dict[str, Any]]] = {
    "S": (Role.STREET, {}),
    "C": (Role.COMMITTEE, {"committee": JU}),
    "L": (Role.GATE_LEADER, {"operator": LEADER}),
    "B": (Role.BUILDING_LEADER, {"reach": [f"{C1}/3"]}),
    "H": (Role.HEALTH, {"reach": [JU]}),
}
"""Letter of trust.md 3 -> role and reach; the account is called after the letter."""


class AtOnce(Executor):
    """Jobs run where they are asked for: done when the page comes back."""

    def submit(self, run: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(run(*args, **named))
        return future


def peopled(office: Office) -> None:
    """Accounts for all roles ("S2": a second street officer) with quick hashes, and the leader's card."""
    quick = Accounts(office.ids, office.audit, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    object.__setattr__(office, "accounts", quick)
    card = Operator(LEADER, "L", "王门长", MemberSource.STREET, "13800001111", gates=(G1, G2))
    with office.database.writing() as tx:
        office.book.put(tx, [card], START_MS)
        for letter, (role, more) in {**ROLES, "S2": ROLES["S"]}.items():
            committee = more.get("committee")
            made = quick.add(tx, letter, f"{letter}员", role, PASSWORD, START_MS, by="test", committee=committee)
            assert isinstance(made, User)
            quick.change(tx, letter, START_MS, by="test", role=role, **more)


def app_of(office: Office) -> FastAPI:
    """The pages alone; jobs run at once."""
    app = FastAPI()
    jobs = Jobs(office.database, office.vault, office.ids, office.clock, AtOnce())
    site = Site("https://office.test", "ab" * 32)
    app.include_router(pages_router(office, site=site, jobs=jobs))
    return app


class Visitor(Browser):
    """A browser in which an account is signed in."""

    def form(self, path: str, fields: dict[str, str] | None = None, *, at: str | None = None) -> Page:
        """Post a form with the token of the page `at` (any page has it: the one to sign out)."""
        token = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.get(at or "/approvals").text)
        assert token is not None
        return self.post(path, {"csrf": token[1], **(fields or {})})


def uploaded(visitor: Visitor, path: str, fields: dict[str, str], content: bytes, name: str = "名单.csv") -> Page:
    """Post a form that brings a file."""
    token = re.search(r'name="csrf" value="([0-9a-f]{64})"', visitor.get("/approvals").text)
    assert token is not None
    parts = {"csrf": token[1], **fields}
    body = "".join(f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in parts.items())
    body += f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    headers = {**ORIGIN, "content-type": "multipart/form-data; boundary=x"}
    return visitor.send_body(path, body.encode() + content + b"\r\n--x--\r\n", headers)


def signed_in(office: Office, login: str, app: FastAPI | None = None) -> Visitor:
    """A browser of the account; sign-in is told apart by the login, the password is the same for all."""
    visitor = Visitor(app or app_of(office))
    answer = visitor.post("/login", {"login": login, "password": PASSWORD})
    assert answer.status == 303, answer.text
    return visitor


def titles(page: Page) -> Sequence[str]:
    """What stands in the navigation."""
    return re.findall(r"<nav aria-label.*?</nav>", page.text, re.DOTALL)

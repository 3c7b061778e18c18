# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a handler gets: who asks, what is asked, one transaction, and what the house can do for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from kiosk.domain.permissions import Grant
from sync.office.compose import Office
from sync.office.service.accounts import Session, User
from sync.office.service.approvals import Approval, Approvals
from sync.office.service.audit import Entry
from sync.office.service.exports import Exported, Exports
from sync.office.service.jobs import Jobs
from sync.office.service.masking import Fields
from sync.office.service.reach import Reach, grant_of, reach_of
from sync.office.web.answers import Done, Refused, Started
from sync.office.web.recent import Recent
from sync.office.web.texts import PageTexts


@dataclass(frozen=True, slots=True)
class Site:
    """服务器: the URL that gates are told, and the SHA-256 of the CA they pin (hex); both stand in enrolment codes."""

    url: str
    ca_sha256: str


@dataclass(frozen=True, slots=True)
class Deed:
    """双人操作: what an approval lets happen. `run` gets the approved parameters, in a writing transaction.

    `told(params)` gives (text key, values): what the second person reads. `fetched`: it is done when the one who asked
    fetches it (a full export), not when the second person approves. `Started`: long work, begun after the commit.
    """

    run: Callable[["House", Connection, Approval], Done | Exported | Refused | Started]
    told: Callable[[Mapping[str, Any]], tuple[str, Mapping[str, Any]]]
    fetched: bool = False


@dataclass(frozen=True, slots=True)
class House:
    """页面所用: the office, and what the pages share. `site` None: no enrolment codes can be made here.

    `deeds`: the two-person actions of all pages, by name. `backups`: where the office's copies are, if anywhere.
    """

    office: Office
    approvals: Approvals
    exports: Exports
    jobs: Jobs
    demo: bool = False
    site: Site | None = None
    deeds: Mapping[str, Deed] = field(default_factory=dict)
    recent: Recent = field(default_factory=Recent)
    backups: Path | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """上传的文件."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Visit:
    """一次访问: `tx` reads in a GET and writes in a POST; `asked` the page's filters; `form` the fields of a POST.

    `path` the parts of the address; `why` the reason, where the action asks one; `notes` what the audit will hold.
    """

    house: House
    tx: Connection
    session: Session
    texts: PageTexts
    now_ms: int
    path: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    upload: Upload | None = None
    why: str = ""
    opened: frozenset[str] = frozenset()
    notes: list[Entry] = field(default_factory=list)
    _reach: list[Reach] = field(default_factory=list)

    @property
    def office(self) -> Office:
        """The office."""
        return self.house.office

    @property
    def user(self) -> User:
        """The account."""
        return self.session.user

    @property
    def reach(self) -> Reach:
        """Whose data the account reaches; read once."""
        if not self._reach:
            self._reach.append(reach_of(self.tx, self.office.book, self.user))
        return self._reach[0]

    @property
    def fields(self) -> Fields:
        """Personal fields as this account sees them now."""
        return Fields(self.user, self.opened)

    def may(self, action: str) -> Grant | None:
        """The grant of an action, or None."""
        return grant_of(self.user, action)

    def note(self, what: str, target: str = "", why: str = "", *, refused: bool = False) -> None:
        """Have the audit hold it, with the transaction of a POST or right after a GET."""
        self.notes.append(Entry(self.user.id, what, target, why=why or self.why, refused=refused))

    def opening(self, action: str, target: str) -> "Visit":
        """The same visit with a masked field open; the audit holds the reason. Nothing opens without a grant."""
        if self.may(action) is None:
            return self
        self.note(action, target)
        return replace(self, opened=self.opened | {action})

    def ask_second(self, action: str, deed: str, params: Mapping[str, Any]) -> Done:
        """Lay a two-person action before a second person; `params` as canonical JSON takes them (no null, no float)."""
        self.house.approvals.ask(self.tx, self.session, action, deed, params, self.why, self.now_ms)
        return Done("/approvals", "office.approvals.asked")

    def t(self, key: str, /, **values: object) -> str:
        """A text in the reader's language."""
        return self.texts(key, **values)

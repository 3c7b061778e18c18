# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office put together by hand: one `Office` for the server, the command line and the replay alike."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.instants import day_number
from sync.office.home import OfficeHome
from sync.office.keys import ServiceKeys
from sync.office.keys_bundle import current_bundle
from sync.office.ports import OfficeClock, OfficeIds, PassSigner
from sync.office.service.accounts import Accounts
from sync.office.service.applications import Applications
from sync.office.service.audit import Audit
from sync.office.service.book import RegisterBook
from sync.office.service.case_closing import CaseClosing
from sync.office.service.case_projection import CaseProjection
from sync.office.service.enrolment import Enrolment, OfficeFace
from sync.office.service.exchange import Exchange, ExchangeParts
from sync.office.service.home_temps import HomeTemps
from sync.office.service.ingest import Ingest
from sync.office.service.issue import Issue
from sync.office.service.line import LineParts, OfficeLine
from sync.office.service.lists import KEY_BUNDLE, SignedLists
from sync.office.service.passage_projection import PassageProjection
from sync.office.service.policies import Policies
from sync.office.service.projecting import Projections
from sync.office.service.pull import Pull
from sync.office.service.receipts import OfficeSeal
from sync.office.service.register_projection import RegisterProjection
from sync.office.service.replaced import ReplacedLogs
from sync.office.service.revocations import Revocations
from sync.office.service.snapshots import Snapshots
from sync.office.service.work import Work
from sync.office.signer import Signer
from sync.office.signer_log import SignerLog
from sync.office.store.changes import ChangeLog
from sync.office.store.days import make_ahead
from sync.office.store.devices import Devices
from sync.office.store.engine import Database
from sync.office.store.events import Events
from sync.office.store.meta import ServerIdentity, server_identity
from sync.office.store.migrating import bring_up
from sync.office.store.passages import Passages
from sync.office.store.register import Register
from sync.office.store.vault import Vault, open_vault


@dataclass(frozen=True, slots=True)
class OfficeKeys:
    """办公室密钥: the service's keys, the signer of passes, and the root public keys that gates pin."""

    service: ServiceKeys
    signer: PassSigner
    roots: Callable[[], tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Office:
    """街道办: stores and use cases over one database. Use cases take a transaction of `database`."""

    database: Database
    clock: OfficeClock
    ids: OfficeIds
    identity: ServerIdentity
    vault: Vault
    seal: OfficeSeal
    changes: ChangeLog
    devices: Devices
    events: Events
    passages: Passages
    book: RegisterBook
    revocations: Revocations
    lists: SignedLists
    work: Work
    applications: Applications
    issue: Issue
    enrolment: Enrolment
    ingest: Ingest
    projections: Projections
    pull: Pull
    snapshots: Snapshots
    exchange: Exchange
    line: OfficeLine
    accounts: Accounts
    audit: Audit
    replaced: ReplacedLogs
    closing: CaseClosing
    policies: Policies

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()


def build_office(db_url: str, clock: OfficeClock, ids: OfficeIds, keys: OfficeKeys) -> Office:
    """An office over a database, brought to this program's version. Raises `NewerDatabase`, `OfficeSealedError`."""
    database = Database(db_url)
    bring_up(database)
    with database.writing() as tx:
        make_ahead(tx, day_number(clock.wall_ms()))
        identity = server_identity(tx, ids.new_id())
        vault = open_vault(tx, keys.service.kek, ids.random)
    seal = OfficeSeal(identity.server, keys.service.receipts)
    changes, devices, events, passages = ChangeLog(), Devices(), Events(vault), Passages()
    book, work, audit = RegisterBook(Register(vault), changes), Work(changes), Audit()
    revocations = Revocations(changes, keys.service.lists)
    lists = SignedLists(changes, book, devices, keys.service.lists)
    applications = Applications(vault)
    issue = Issue(book, applications, revocations, work, audit, keys.signer, vault, ids)
    face = OfficeFace(identity.server, keys.roots, keys.service.seal_public)
    replaced = ReplacedLogs(work)
    enrolment = Enrolment(face, devices, book, lists, ids, audit, replaced)
    closing = CaseClosing(work, audit)
    home_temps = HomeTemps(book, vault, ids, audit)
    cases = CaseProjection(closing)
    projections = Projections(
        (
            PassageProjection(passages, events, book, changes, work),
            RegisterProjection(book, revocations, applications, home_temps),
            cases,
        ),
        early=(cases,),
    )
    ingest = Ingest(devices, events, projections)
    pull = Pull(changes, book.register, revocations, lists, identity.epoch)
    snapshots = Snapshots(changes, pull, vault)
    exchange_parts = ExchangeParts(database, devices, ingest, pull, changes, book, revocations, replaced)
    exchange = Exchange(exchange_parts, seal, clock)
    parts = LineParts(database, devices, events, book, enrolment, exchange, snapshots)
    line = OfficeLine(parts, seal, identity.epoch, clock)
    return Office(
        database, clock, ids, identity, vault, seal, changes, devices, events, passages, book, revocations, lists,
        work, applications, issue, enrolment, ingest, projections, pull, snapshots, exchange, line,
        Accounts(ids, audit), audit, replaced, closing, Policies(book, audit, keys.signer.sign_policy),
    )  # fmt: skip


def open_office(folder: Path, clock: OfficeClock, ids: OfficeIds, db_url: str | None = None) -> Office:
    """The office of a folder that `gate-office init` made; the key bundle in force is published to its gates."""
    home = OfficeHome(folder)
    home.settings()
    signer = Signer(home.keys, SignerLog(home.signer_log), clock.wall_ms)
    keys = OfficeKeys(home.keys.service(), signer, home.keys.roots)
    office = build_office(home.db_url(db_url), clock, ids, keys)
    publish_bundle(office, home)
    return office


def publish_bundle(office: Office, home: OfficeHome) -> bool:
    """Put the folder's key bundle in force if it is a newer one; whether it was."""
    found = current_bundle(home.keys)
    if found is None:
        return False
    data, bundle = found
    with office.database.writing() as tx:
        before = office.lists.get(tx, KEY_BUNDLE)
        if before is not None and before[0] >= bundle.version:
            return False
        return office.lists.publish(tx, KEY_BUNDLE, bundle.version, data, office.clock.wall_ms())

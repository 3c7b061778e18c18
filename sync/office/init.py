# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The birth of an office, in its one order (sync-and-store.md 14): CA, roots, keys, bundle, street, people, first code.

Everything is made in a folder beside the final one, which takes its name at the very end: a founding that breaks off
leaves nothing that looks like an office.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from kiosk.domain.codec import from_json
from kiosk.domain.codes import MemberSource
from kiosk.domain.identity import CommitteeId, OperatorId
from kiosk.domain.policy import parse_policy
from kiosk.domain.register import Compound, Gate, Operator, PolicyRow
from kiosk.domain.trust.bundle import PRACTICE_KIDS, CompoundSite
from sync.office.argon import floor_hasher
from sync.office.compose import Office, OfficeKeys, build_office, publish_bundle
from sync.office.enrol_code import EnrolPaper, write_code
from sync.office.home import OfficeHome, OfficeSettings
from sync.office.keys import write_private
from sync.office.keys_bundle import make_bundle
from sync.office.ports import OfficeClock, OfficeIds
from sync.office.service.accounts import AccountFault, Role
from sync.office.signer import Signer
from sync.office.signer_log import SignerLog
from sync.office.store.register import Committee

_PASSPHRASE_SIZE = 15
PRACTICE_BACK_S = 10 * 86_400
"""How far practice keys reach back before the founding, seconds."""
_FOUNDER = "init"


class Birth(StrEnum):
    """建立步骤: in their order, for the progress bar."""

    CA = "ca"
    ROOTS = "roots"
    KEYS = "keys"
    BUNDLE = "bundle"
    STREET = "street"
    USER = "user"
    LEADER = "leader"
    CODE = "code"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class StreetPlan:
    """街道: committees, compounds and gates; the order of a compound's gates is that of the bits in a pass."""

    committees: tuple[Committee, ...]
    compounds: tuple[Compound, ...]
    gates: tuple[Gate, ...]

    def sites(self) -> Iterator[CompoundSite]:
        """The site table of the key bundle; a compound without a gate is not in it."""
        for compound in self.compounds:
            gates = tuple(gate.id for gate in self.gates if gate.compound == compound.id)
            if gates:
                yield CompoundSite(compound.site, compound.id, gates, compound.name)

    def of_committee(self) -> dict[CommitteeId, list[int]]:
        """Numbers of each committee's compounds."""
        out: dict[CommitteeId, list[int]] = {committee.id: [] for committee in self.committees}
        for compound in self.compounds:
            out.setdefault(compound.committee, []).append(compound.site)
        return out


@dataclass(frozen=True, slots=True)
class FirstUser:
    """第一个账户: of the street office; a password of 12 characters or more."""

    login: str
    name: str
    password: str


@dataclass(frozen=True, slots=True)
class FirstLeader:
    """第一位门长: for all gates until the street names others; a PIN of 6 to 12 digits."""

    name: str
    pin: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Founding:
    """建立所需: all that a street office is founded with. `policies`: TOML texts, oldest first."""

    settings: OfficeSettings
    street: StreetPlan
    user: FirstUser
    leader: FirstLeader
    policies: tuple[str, ...]
    passphrases: tuple[bytes, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Founded:
    """已建立: where the passphrases lie if they were made here, and the first gate's enrolment code."""

    passphrase_files: tuple[Path, ...]
    paper: EnrolPaper | None


class AlreadyThere(Exception):
    """已有街道办: the folder holds an office; it is left as it is."""


class UserRefused(Exception):
    """账户不可用: the first account's password is too short or too common; nothing was founded."""


def found_office(
    folder: Path,
    founding: Founding,
    clock: OfficeClock,
    ids: OfficeIds,
    progress: Callable[[Birth], None] = lambda _: None,
) -> Founded:
    """Found an office in `folder`. Raises `AlreadyThere`, `UserRefused`, and `OSError` for a full disk."""
    if OfficeHome(folder).exists or (folder.exists() and any(folder.iterdir())):
        raise AlreadyThere(folder)
    making = OfficeHome(folder.with_name(f".{folder.name}.founding"))
    shutil.rmtree(making.folder, ignore_errors=True)
    making.folder.mkdir(mode=0o700, parents=True)
    try:
        files = _keys(making, founding, clock, ids, progress)
        paper = _rows(making, founding, clock, ids, progress)
        making.write_settings(founding.settings)
        if folder.exists():
            folder.rmdir()
        making.folder.rename(folder)
    except BaseException:
        shutil.rmtree(making.folder, ignore_errors=True)
        raise
    progress(Birth.DONE)
    moved = tuple(folder / file.relative_to(making.folder) for file in files)
    return Founded(moved, None if paper is None else paper.under(making.folder, folder))


def issuers_for(committees: Sequence[CommitteeId], *, practice: bool) -> Iterator[tuple[CommitteeId, ...]]:
    """Which committees share an issuing key: none, but in a demonstration, whose range has only sixteen kids."""
    if not practice:
        yield from ((committee,) for committee in committees)
        return
    room = len(PRACTICE_KIDS)
    yield from (tuple(committees[start::room]) for start in range(min(room, len(committees))))


def signed_policies(texts: Iterable[str], signer: Signer, by: str) -> tuple[PolicyRow, ...]:
    """The policy versions as rows with the office's signature. Raises `BadPolicy`."""
    rows = []
    for text in texts:
        policy = parse_policy(text)
        row = PolicyRow(policy.version, policy.effective_from_ms, text)
        rows.append(replace(row, signed=signer.sign_policy(row, by).hex()))
    return tuple(rows)


def _keys(
    home: OfficeHome, founding: Founding, clock: OfficeClock, ids: OfficeIds, progress: Callable[[Birth], None]
) -> tuple[Path, ...]:
    now_ms = clock.wall_ms()
    settings, street = founding.settings, founding.street
    progress(Birth.CA)
    home.make_authority(settings.name, now_ms, ids.random)
    home.ensure_certificate(settings.hosts, now_ms, ids.random)
    progress(Birth.ROOTS)
    files: tuple[Path, ...] = ()
    passphrases = founding.passphrases
    if passphrases is None:
        passphrases, files = _made_passphrases(home, ids)
    home.keys.make_roots(passphrases)
    progress(Birth.KEYS)
    committees = [committee.id for committee in street.committees]
    # Practice keys reach back, so that a practice card can have expired: no gate takes a card older than its key.
    issued_from = now_ms // 1000 - (PRACTICE_BACK_S if settings.demo else 0)
    for shared in issuers_for(committees, practice=settings.demo):
        home.keys.make_issuer(shared, issued_from, practice=settings.demo)
    home.keys.make_policy(now_ms // 1000)
    home.keys.make_service(now_ms // 1000)
    progress(Birth.BUNDLE)
    root = home.keys.root("active", passphrases[0])
    make_bundle(home.keys, root, street.sites(), street.of_committee(), now_ms // 1000)
    return files


def _made_passphrases(home: OfficeHome, ids: OfficeIds) -> tuple[tuple[bytes, bytes], tuple[Path, ...]]:
    made = (ids.random(_PASSPHRASE_SIZE).hex().encode(), ids.random(_PASSPHRASE_SIZE).hex().encode())
    files = tuple(home.keys.folder / "root" / f"{name}.passphrase" for name in ("active", "spare"))
    for file, passphrase in zip(files, made, strict=True):
        write_private(file, passphrase + b"\n")
    return made, files


def _rows(
    home: OfficeHome, founding: Founding, clock: OfficeClock, ids: OfficeIds, progress: Callable[[Birth], None]
) -> EnrolPaper | None:
    street = founding.street
    signer = Signer(home.keys, SignerLog(home.signer_log), clock.wall_ms)
    office = build_office(
        home.db_url(founding.settings.db), clock, ids, OfficeKeys(home.keys.service(), signer, home.keys.roots)
    )
    try:
        progress(Birth.STREET)
        now_ms = clock.wall_ms()
        policies = signed_policies(founding.policies, signer, _FOUNDER)
        with office.database.writing() as tx:
            office.book.put(tx, [*street.committees, *street.compounds, *street.gates, *policies], now_ms)
            office.revocations.refresh(tx, now_ms)
        publish_bundle(office, home)
        progress(Birth.USER)
        _first_user(office, founding.user)
        progress(Birth.LEADER)
        gates = tuple(gate.id for gate in street.gates)
        leader = Operator(
            OperatorId(ids.new_id()), "L", founding.leader.name, MemberSource.STREET, founding.leader.phone,
            floor_hasher().hash(founding.leader.pin), gates,
        )  # fmt: skip
        with office.database.writing() as tx:
            office.book.put(tx, [leader], now_ms)
        progress(Birth.CODE)
        if not street.gates:
            return None
        return write_code(office, home, founding.settings.url, street.gates[0].id, by=_FOUNDER)
    finally:
        office.close()


def _first_user(office: Office, user: FirstUser) -> None:
    with office.database.writing() as tx:
        made = office.accounts.add(
            tx, user.login, user.name, Role.STREET, user.password, office.clock.wall_ms(), by=_FOUNDER
        )
    if isinstance(made, AccountFault):
        raise UserRefused(made.value)


def read_street(text: str) -> StreetPlan:
    """A street from JSON: `{"committees": [...], "compounds": [...], "gates": [...]}` with the register's own fields.

    Raises `BadShape` or `ValueError` for anything else.
    """
    data: Mapping[str, list[object]] = json.loads(text)
    return StreetPlan(
        tuple(from_json(Committee, row) for row in data["committees"]),
        tuple(from_json(Compound, row) for row in data["compounds"]),
        tuple(from_json(Gate, row) for row in data["gates"]),
    )

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A street in one process: an office and its gates, with clocks that are set by hand (for replay).

All parts are the product's own: the office's services over SQLite, the signer with keys made for the run, one gate
application per gate with its own file, and the line's messages, signed and packed, handed over without sockets.
"""

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import assets
from kiosk.adapters.clock import SettableClock
from kiosk.adapters.device_folder import DeviceFile, write_device
from kiosk.adapters.ids import SeededBytes, seeded_ids
from kiosk.adapters.keystore import GateKeys, MemoryKeyStore
from kiosk.adapters.store import GateFolderStore
from kiosk.adapters.store_source import FileSource
from kiosk.app.desk import Arriving
from kiosk.app.facts import GateListView
from kiosk.app.gate import GateApp
from kiosk.app.views import Shown
from kiosk.compose import OpenGate, open_gate, shipped_policies
from kiosk.domain.admission import RULE_IDS
from kiosk.domain.codes import (
    Attr,
    Category,
    GateKind,
    IsolationState,
    Lane,
    PassColour,
    PassKind,
    PassState,
    Site,
)
from kiosk.domain.identity import (
    CommitteeId,
    CompoundId,
    DwellingId,
    GateId,
    IsolationId,
    PassId,
    PermitId,
    PersonId,
)
from kiosk.domain.instants import DAY_MS, SHANGHAI, ms_of, start_of
from kiosk.domain.log.verify import verify_log
from kiosk.domain.passes import NEVER_IN_PASS, TEMPORARY, WITH_HOUSEHOLD, EntryPass, printed, serial_of, sign_pass
from kiosk.domain.passes.base45 import decode as base45_decode
from kiosk.domain.passes.base45 import encode as base45_encode
from kiosk.domain.policy import in_force, parse_policy
from kiosk.domain.policy_text import renamed, with_parameter
from kiosk.domain.register import (
    Compound,
    Dwelling,
    Gate,
    Isolation,
    PassRow,
    Permit,
    Person,
    PolicyRow,
)
from kiosk.domain.trust import CompoundSite, RevocationKind
from sync.client.enrol import Enrolled, Enrolment, keep
from sync.client.line import Line, Link
from sync.client.transport import Answer, Request, TransportFault
from sync.office.api.limits import Turnstile
from sync.office.api.line import Line as OfficeSide
from sync.office.api.messages import LineAnswer, LineRequest
from sync.office.compose import Office, OfficeKeys, build_office
from sync.office.keys import KeyFolder
from sync.office.keys_bundle import make_bundle
from sync.office.service.lists import KEY_BUNDLE
from sync.office.service.report import DailyReport, DailyReports
from sync.office.signer import Application, Signer, SignRefusal
from sync.office.signer_log import SignerLog
from sync.office.store.engine import sqlite_url
from sync.office.store.register import RegisterRow
from sync.street.scenario import NOW, BadScenario, Scenario
from sync.wire.messages import EnrolCode
from sync.wire.packing import inflate

LIST_HOUR = 6
_CA = b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
_URL = "https://office.test"
_KEY_LIFE_S = 120 * 86_400
_FIRST_SECOND = 1_577_836_800  # times in signed lists begin with 2020
_PASSPHRASE = b"replay"


@dataclass(frozen=True, slots=True)
class OfficeCounts:
    """What the office holds of one gate."""

    events: int
    duplicates: int
    passages: int


@dataclass(slots=True)
class GateRig:
    """One gate: its folder, its clock, the open application and the line to the office."""

    id: str
    folder: Path
    clock: SettableClock
    keys: GateKeys
    policies: tuple[str, ...]
    open_line: Callable[["GateRig"], Line]
    online: bool = True
    reached: bool = False
    fault: str | None = None
    gate: OpenGate = field(init=False)
    line: Line = field(init=False)

    def open(self) -> None:
        """Start the gate program."""
        ids = seeded_ids(self.clock, f"{self.id}/{self.clock.boot}")
        opened = open_gate(self.folder, self.keys, self.clock, ids, self.policies)
        if not isinstance(opened, OpenGate):
            raise TypeError(opened)
        self.gate = opened
        self.line = self.open_line(self)

    @property
    def app(self) -> GateApp:
        """The use cases."""
        return self.gate.app

    @property
    def store(self) -> GateFolderStore:
        """The store."""
        return self.gate.store

    def crash(self) -> None:
        """The program is killed and started again; the machine goes on."""
        self.store.close()
        self.clock.reboot()
        self.open()

    def set_clock(self, at_ms: int) -> None:
        """The machine's own clock is set, wrongly perhaps; time itself goes on."""
        self.clock.set_wall(at_ms)

    def hold_up(self, payload: bytes, arriving: Arriving) -> Shown:
        """A code before the camera."""
        return self.app.desk.on_code(payload, arriving)

    def advance(self, ms: int) -> None:
        """Time passes at the gate."""
        self.clock.advance(ms)
        self.app.desk.advance()
        self.app.hourly()

    def exchange(self, fault: str | None) -> None:
        """Send and fetch until nothing is left; a fault strikes one request and ends it."""
        if not self.online:
            return
        self.fault = fault
        self.app.shifts.close_days()
        for _ in range(4):
            done = self.line.run_until_idle()
            self.reached = self.line.status().online and done
            self.app.refresh()
            self._hear_time()
            if not done or self.gate.pending() == 0:
                break
        self.fault = None

    def _hear_time(self) -> None:
        if not self.reached:
            return
        offset = self.store.sync_state().offset_ms
        if offset is not None:
            self.app.time.office_said(offset)

    def chain_ok(self) -> bool:
        """Every epoch of the gate's log verifies from its first row."""
        files = sorted(self.folder.glob("gate-*.db"))
        return bool(files) and all(self._verifies(path) for path in files)

    def _verifies(self, path: Path) -> bool:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            report = verify_log(FileSource(connection), self.app.identity.device, int(path.stem.split("-")[1]))
        return report.whole

    def files_hold(self, text: str) -> bool:
        """Whether any file of the gate holds a text in clear."""
        wanted = text.encode()
        return any(wanted in path.read_bytes() for path in self.folder.rglob("*") if path.is_file())

    def party_size(self, party: str) -> int:
        """How many passages share a party."""
        found = {e.body.passage for e in self.store.events() if getattr(e.body, "party", None) == party}  # type: ignore[attr-defined]
        return len(found)

    def pass_state(self, pass_id: PassId) -> PassState | None:
        """A card's state as this gate knows it."""
        facts = self.app.facts
        revoked = facts.lists.revocations if facts.lists is not None else None
        kind = revoked.problem_of(bytes.fromhex(pass_id)) if revoked is not None else None
        if kind is not None:
            return PassState.LOST if kind is RevocationKind.LOST else PassState.REVOKED
        row = GateListView(facts).row(pass_id)
        return None if row is None else row.state_at(self.app.now().at_ms // 1000)


class Street:
    """The office, its gates, and the labels by which a scenario calls things."""

    def __init__(self, folder: Path, office_clock: SettableClock, seed: str) -> None:
        """Found the office; nothing is registered yet."""
        self.folder = folder
        self.clock = office_clock
        self.gates: dict[str, GateRig] = {}
        self.persons: dict[str, Person] = {}
        self.texts: dict[str, bytes] = {}
        self.pass_ids: dict[str, PassId] = {}
        self.key_folder = KeyFolder(folder / "keys")
        self.ids = seeded_ids(office_clock, f"office/{seed}")
        self.signer: Signer
        self.office: Office
        self.side: OfficeSide
        self.reports: DailyReports
        self._steps = 0

    @property
    def now_ms(self) -> int:
        """The street's time: the office's."""
        return self.clock.wall_ms()

    def close(self) -> None:
        """Let go of all files."""
        for rig in self.gates.values():
            rig.store.close()
        self.office.close()

    # -- founding ------------------------------------------------------------------------------------------------

    def found(self, compounds: list[Compound], gates: list[Gate]) -> None:
        """Keys, bundle, database, and the compounds with their gates."""
        committees = tuple(sorted({compound.committee for compound in compounds}))
        now_s = self.now_ms // 1000
        use_from = max(_FIRST_SECOND, now_s - 60 * 86_400)
        self.key_folder.make_roots((_PASSPHRASE, _PASSPHRASE))
        self.key_folder.make_service(use_from)
        self.key_folder.make_issuer(committees, use_from, life_s=_KEY_LIFE_S)
        self.key_folder.make_policy(use_from)
        # The site table lists at least one gate of a compound, also of one that the scenario gives no gate.
        doors = {c.id: tuple(g.id for g in gates if g.compound == c.id) or (GateId(f"{c.id}-1"),) for c in compounds}
        sites = [CompoundSite(c.site, c.id, doors[c.id], c.name) for c in compounds]
        of_committee = {c: [x.site for x in compounds if x.committee == c] for c in committees}
        root = self.key_folder.root("active", _PASSPHRASE)
        data = make_bundle(self.key_folder, root, sites, of_committee, now_s)
        self.signer = Signer(
            self.key_folder, SignerLog(self.folder / "signer.log"), self.clock.wall_ms, per_hour=1_000_000
        )
        keys = OfficeKeys(self.key_folder.service(), self.signer, self.key_folder.roots)
        self.office = build_office(sqlite_url(self.folder / "office.db"), self.clock, self.ids, keys)
        self.side = OfficeSide(self.office.line, self.clock.wall_ms, _CA, Turnstile(per_minute=1_000_000))
        self.reports = DailyReports(self.office.book, self.office.passages, self.office.devices)
        with self.office.database.writing() as tx:
            self.office.book.put(tx, [*compounds, *gates], self.now_ms)
            self.office.lists.publish(tx, KEY_BUNDLE, now_s, data, self.now_ms)

    def register(self, rows: Sequence[RegisterRow]) -> None:
        """Put rows on the office's register."""
        with self.office.database.writing() as tx:
            self.office.book.put(tx, rows, self.now_ms)

    def enrol(self, gate: GateId, policies: tuple[str, ...]) -> None:
        """A tablet at a gate, enrolled by a fresh code."""
        rig = GateRig(
            gate,
            self.folder / gate,
            SettableClock(self.now_ms),
            GateKeys(MemoryKeyStore()),
            policies,
            self._line,
        )
        rig.folder.mkdir(parents=True)
        with self.office.database.writing() as tx:
            token = self.office.enrolment.new_token(tx, gate, self.now_ms, by="replay")
        code = EnrolCode(v=1, url=_URL, token=token or "", ca="0" * 64, gate=gate)
        ids = seeded_ids(rig.clock, f"enrol/{gate}")
        claim = Enrolment(
            _OwnKey(rig.keys, gate), ids, rig.clock.wall_ms, lambda _: _Network(self, rig), "replay",
            fetch=lambda _url, _ca: _CA,
        ).claim(code)  # fmt: skip
        if not isinstance(claim, Enrolled):
            raise TypeError(claim)
        identity = claim.identity
        write_device(
            rig.folder,
            DeviceFile(
                device=identity.device, gate=identity.gate, compound=identity.compound, site=identity.site,
                key_id=identity.key_id, server=identity.server, url=identity.url, seal_key=claim.seal_key.hex(),
                root_keys=tuple(root.hex() for root in claim.roots),
            ),
        )  # fmt: skip
        rig.open()
        keep(claim, rig.store)
        rig.app.refresh()
        self.gates[gate] = rig

    def _line(self, rig: GateRig) -> Line:
        signer = rig.keys.signer()
        if not callable(signer):
            raise TypeError(signer)
        roots = tuple(bytes.fromhex(root) for root in rig.gate.device.root_keys)
        return Line(
            Link(
                rig.store, _Network(self, rig), rig.clock, rig.gate.ids, rig.app.identity, roots, signer,
                rig.gate.orders,
            )
        )  # fmt: skip

    def carry(self, rig: GateRig, request: Request) -> Answer | TransportFault:
        """One request, as the network of the scenario lets it through."""
        path = urlsplit(request.url).path
        struck = rig.fault if path.endswith("/v1/sync") else None
        if struck is not None:
            rig.fault = None
        if struck == "lost_request":
            return TransportFault.TIMEOUT
        if struck == "server_error":
            return Answer(500, {"content-type": "text/plain"}, b"oops")
        if struck == "captive_portal":
            return Answer(200, {"content-type": "text/html"}, b"<html>please log in</html>")
        headers = {name.lower(): value for name, value in request.headers.items()}
        told = self.side.handle(LineRequest(request.method, request.url, headers, request.body))
        if struck == "lost_answer":
            return TransportFault.TIMEOUT
        if struck == "half_body":
            return TransportFault.HALF_BODY
        return Answer(told.status, told.headers, _unpacked(told))

    # -- labels --------------------------------------------------------------------------------------------------

    def person(self, label: str) -> PersonId:
        """The id behind a person's label."""
        return self.persons[label].id

    def pass_id(self, label: str) -> PassId:
        """The id behind a card's label."""
        return self.pass_ids[label]

    def pass_text(self, label: str) -> bytes:
        """What a card's code holds."""
        return self.texts[label]

    def pass_label(self, pass_id: PassId) -> str:
        """The label of a card."""
        return next((label for label, known in self.pass_ids.items() if known == pass_id), pass_id)

    def forged(self, label: str, byte: int) -> bytes | None:
        """A card's text with one byte of the decoded pass changed; None where the pass has no such byte."""
        data = bytearray(base45_decode(self.texts[label][4:]) or b"")
        if not -len(data) <= byte < len(data):
            return None
        data[byte] ^= 0x01
        return b"EP1:" + base45_encode(bytes(data)).encode()

    # -- time, network -------------------------------------------------------------------------------------------

    def advance(self, ms: int) -> None:
        """Time passes everywhere."""
        if ms < 0:
            msg = "time does not go back; a gate's clock may (clock)"
            raise ValueError(msg)
        self.clock.advance(ms)
        for rig in self.gates.values():
            rig.advance(ms)

    def set_online(self, gate: str | None, *, online: bool) -> None:
        """The way to the office is open or closed."""
        for rig in self._of(gate):
            rig.online = online
            rig.reached = rig.reached and online

    def sync(self, gate: str | None, fault: str | None = None) -> None:
        """Exchange until nothing is left; twice round, so that sister gates hear of each other."""
        rigs = list(self._of(gate))
        for rig in rigs:
            rig.exchange(fault)
        if fault is None:
            for rig in rigs:
                rig.exchange(None)

    def _of(self, gate: str | None) -> Iterator[GateRig]:
        yield from self.gates.values() if gate is None else (self.gates[gate],)

    # -- the office ----------------------------------------------------------------------------------------------

    def lost(self, label: str) -> None:
        """A card is reported lost at the office."""
        with self.office.database.writing() as tx:
            self.office.issue.lost(tx, self.pass_ids[label], self.now_ms, by="office", why="lost")

    def revoke(self, label: str) -> None:
        """A card is withdrawn at the office."""
        with self.office.database.writing() as tx:
            self.office.issue.revoke(tx, self.pass_ids[label], self.now_ms, by="office", why="revoked")

    def reissue(self, label: str, new_label: str) -> None:
        """A card is replaced: a new id, the old one ends at once."""
        old_id = self.pass_ids[label]
        with self.office.database.writing() as tx:
            old = self.office.book.register.get(tx, PassRow, old_id)
            if old is None:
                raise KeyError(label)
            signed = self._sign(
                old.person, old.compound, old.category, self.now_ms, old.valid_to_ms, old.gates, old.dwelling
            )
            claims, text = signed
            new = replace(
                old, id=claims.pass_id, state=PassState.ACTIVE, valid_from_ms=claims.nbf * 1000,
                issued_at_ms=self.now_ms, changed_at_ms=self.now_ms, replaces=old_id, serial=serial_of(claims.cti),
            )  # fmt: skip
            ended = replace(old, state=PassState.REVOKED, changed_at_ms=self.now_ms)
            self.office.book.put(tx, [new, ended], self.now_ms)
            self.office.revocations.add(
                tx, [(old_id, RevocationKind.REPLACED)], self.now_ms, by="office", why="reissued"
            )
        self.texts[new_label], self.pass_ids[new_label] = text.encode(), claims.pass_id

    def set_param(self, name: str, value: object) -> None:
        """The office changes a parameter: a new version, in force at a gate after its next sync."""
        with self.office.database.reading() as tx:
            rows = self.office.book.register.all(tx, PolicyRow)
        policies = {row.version: (parse_policy(row.toml, RULE_IDS), row) for row in rows}
        current = in_force([policy for policy, _ in policies.values()], self.now_ms)
        if current is None:
            raise KeyError(name)
        base, _, number = current.version.partition("+")
        version = f"{base}+{int(number or 0) + 1}"
        text = renamed(with_parameter(policies[current.version][1].toml, name, value), version, self.now_ms)
        parse_policy(text, RULE_IDS)
        self.publish(version, self.now_ms, text)

    def publish(self, version: str, effective_from_ms: int, text: str) -> None:
        """A signed policy version goes out."""
        row = PolicyRow(version, effective_from_ms, text)
        self.register([replace(row, signed=self.signer.sign_policy(row, "replay").hex())])

    def report(self, day: dt.date, scope: str, revision: int | None) -> DailyReport | None:
        """The daily report of a scope, or an earlier revision as it was made."""
        gate = next(iter(self.gates.values()))
        params = gate.app.facts.policy_at(min(self.now_ms, start_of(day) + DAY_MS - 1)).params
        with self.office.database.writing() as tx:
            if revision is not None:
                return self.reports.shown(tx, day, scope, revision)
            return self.reports.make(tx, day, scope, params, self.now_ms)

    def office_counts(self, gate: str) -> OfficeCounts:
        """What the office holds of a gate."""
        with self.office.database.reading() as tx:
            devices = self.office.devices.of_gate(tx, gate)
            seen = [e.event_id for d in devices for h in self.office.devices.epochs(tx, d.id)
                    for e in self.office.events.log(tx, d.id, h.epoch)]  # fmt: skip
            through = sum(
                count
                for day in self.office.passages.days(tx)
                for gate_id, _dir, _verdict, recorded, count in self.office.passages.counts(tx, day)
                if gate_id == gate and recorded
            )
        return OfficeCounts(len(seen), len(seen) - len(set(seen)), through)

    def _sign(
        self,
        person: PersonId | None,
        compound: CompoundId,
        category: Category,
        from_ms: int,
        to_ms: int,
        gates: tuple[GateId, ...] | None,
        dwelling: DwellingId | None,
    ) -> tuple[EntryPass, str]:
        with self.office.database.reading() as tx:
            home = self.office.book.register.get(tx, Compound, compound)
            order = [gate.id for gate in self.office.book.gates(tx, compound)]
            sites = frozenset(c.site for c in self.office.book.register.all(tx, Compound))
        if home is None:
            raise KeyError(compound)
        written = Category.LOCAL if category in NEVER_IN_PASS else category
        household = written in WITH_HOUSEHOLD
        self._steps += 1
        mask = sum(1 << order.index(gate) for gate in gates) if gates and set(gates) != set(order) else None
        claims = EntryPass(
            self.ids.random(8), home.site, written, from_ms // 1000, to_ms // 1000 + 1,
            hh=SeededBytes(str(dwelling or person or self._steps))(4) if household else None,
            card=1 + self._steps % 9 if household else None,
            gates=mask,
        )  # fmt: skip
        application = Application(
            f"a{self._steps}", home.committee, sites, claims, "replay", gates_of_site=max(1, len(order))
        )
        text = self.signer.sign_pass(application)
        if isinstance(text, SignRefusal):
            msg = f"the signer refuses this pass: {text.value}"
            raise ValueError(msg)  # noqa: TRY004 - a scenario that no office could issue
        return claims, text


@dataclass(frozen=True, slots=True)
class _OwnKey:
    """The tablet's key, made where it stays."""

    keys: GateKeys
    seed: str

    def make(self) -> bytes | None:
        """Make the keys; the public half."""
        self.keys.make(SeededBytes(self.seed))
        public = self.keys.public_key()
        return public if isinstance(public, bytes) else None

    def signer(self) -> Callable[[bytes], bytes] | None:
        """The signing function."""
        signer = self.keys.signer()
        return signer if callable(signer) else None


def _unpacked(told: LineAnswer) -> bytes:
    """The body as the gate's HTTP client would hand it on."""
    if told.headers.get("content-encoding") != "gzip":
        return told.body
    plain = inflate(told.body, 64 << 20)
    if not isinstance(plain, bytes):
        raise TypeError(plain)
    return plain


@dataclass(frozen=True, slots=True)
class _Network:
    """The way to the office as the scenario has it: open or not, with one fault that strikes once."""

    street: Street
    rig: GateRig

    def send(self, request: Request) -> Answer | TransportFault:
        """One request."""
        return self.street.carry(self.rig, request) if self.rig.online else TransportFault.UNREACHABLE

    def close(self) -> None:
        """Nothing to let go of."""


# -- from a scenario's `given` to a street ---------------------------------------------------------------------------


def build_street(scenario: Scenario, folder: Path, policy: str | None = None, *, enrol: bool = True) -> Street:
    """The street as the scenario gives it, at its `now`, with the list made when it says. Raises `BadScenario`.

    `enrol` False: an office without tablets.
    """
    try:
        return _build(scenario, folder, policy, enrol=enrol)
    except KeyError as error:
        raise BadScenario(scenario.path, 1, f"unknown id {error}") from None
    except ValueError as error:
        raise BadScenario(scenario.path, 1, str(error)) from None


def _build(scenario: Scenario, folder: Path, policy: str | None, *, enrol: bool) -> Street:
    given = scenario.given
    now_ms = ms_of(given.get("now", NOW))
    made = given.get("list_made_at")
    list_ms = ms_of(made) if made is not None else _usual_list_hour(now_ms)
    street = Street(folder, SettableClock(list_ms - 1000), scenario.id)
    compounds, gates = _places(given)
    street.found(compounds, gates)
    texts = _policies(given, list_ms, policy)
    for version, effective, text in texts:
        street.publish(version, effective, text)
    _people(street, given)
    _cards(street, given, now_ms)
    _isolations(street, given, list_ms)
    street.clock.go_to(list_ms)
    shipped = shipped_policies(Path(assets.__file__).parent / "policies")
    with street.office.database.writing() as tx:
        street.office.revocations.refresh(tx, list_ms)
    for gate in gates if enrol else ():
        street.enrol(gate.id, shipped)
    _gate_cards(street, given, now_ms)
    street.sync(None)
    street.advance(now_ms - list_ms)
    street.set_online(None, online=given.get("online", True))
    return street


def _usual_list_hour(now_ms: int) -> int:
    """Six in the morning of the same day, or of the day before for an earlier hour."""
    local = dt.datetime.fromtimestamp(now_ms / 1000, SHANGHAI)
    six = local.replace(hour=LIST_HOUR, minute=0, second=0, microsecond=0)
    return ms_of(six if local >= six else six - dt.timedelta(days=1))


def _places(given: Mapping[str, Any]) -> tuple[list[Compound], list[Gate]]:
    size = given.get("street")
    if size is not None:
        compounds = [{"id": f"C{n:02d}"} for n in range(1, size["compounds"] + 1)]
        gates = [
            {"id": f"G{n:02d}", "compound": f"C{(n - 1) % size['compounds'] + 1:02d}"}
            for n in range(1, size["gates"] + 1)
        ]
    else:
        compounds = given.get("compound") or [
            {"id": "C01", "name": "合阳小区"},
            {"id": "C02", "name": "平利小区"},
        ]
        gates = given.get("gate") or [{"id": "G01", "compound": "C01"}]
    known = {row["id"] for row in compounds}
    rows = [
        Compound(
            CompoundId(row["id"]), row.get("name", f"{row['id']}小区"), n, CommitteeId("J01"), grid_area=f"W{n:02d}"
        )
        for n, row in enumerate(compounds, 1)
    ]
    out = []
    for row in gates:
        compound = row.get("compound", "C01")
        if compound not in known:
            raise KeyError(compound)
        out.append(
            Gate(
                GateId(row["id"]), CompoundId(compound), row.get("name", f"{row['id']}门"),
                Lane(row.get("lane", "PEDESTRIAN")), GateKind(row.get("kind", "WALLED")),
                row.get("hours", "00:00-24:00"), pickup_point=row.get("pickup_point", ""),
            )
        )  # fmt: skip
    return rows, out


def _policies(given: Mapping[str, Any], list_ms: int, override: str | None) -> list[tuple[str, int, str]]:
    folder = Path(assets.__file__).parent / "policies"
    texts = {parse_policy(text, RULE_IDS).version: text for text in shipped_policies(folder)}
    if override is not None:
        replaced = parse_policy(override, RULE_IDS)
        return [(replaced.version, list_ms - DAY_MS, renamed(override, replaced.version, list_ms - DAY_MS))]
    wanted = given.get("policy", "2020-02-14")
    if wanted not in texts:
        raise KeyError(wanted)
    out = []
    for version, text in texts.items():
        changed = text
        for name, value in given.get("params", {}).items():
            changed = with_parameter(changed, name, value)
        effective = parse_policy(text, RULE_IDS).effective_from_ms
        if version == wanted:
            # In force from the start, whatever its own hour; the other one takes over at its hour.
            effective = min(effective, list_ms - DAY_MS)
        elif version < wanted:
            effective = min(effective, list_ms - 2 * DAY_MS)
        out.append((version, effective, renamed(changed, version, effective)))
    return out


def _people(street: Street, given: Mapping[str, Any]) -> None:
    rows: list[RegisterRow] = []
    homes: dict[tuple[str, ...], DwellingId] = {}
    for number, row in enumerate(given.get("person", []), 1):
        compound = CompoundId(row.get("compound", "C01"))
        dwelling = None
        if "building" in row or "room" in row:
            place = (compound, row.get("building", ""), row.get("unit", ""), row.get("room", ""))
            if place not in homes:
                homes[place] = DwellingId(f"{len(homes) + 1:032x}")
                rows.append(Dwelling(homes[place], compound, *place[1:]))
            dwelling = homes[place]
        person = Person(
            PersonId(f"{number:032x}"),
            Category(row.get("category", "LOCAL")),
            compound,
            dwelling,
            name=row.get("name", ""),
            phone=row.get("phone", ""),
            attrs=frozenset(Attr(a) for a in row.get("attrs", ())),
            employer=row.get("employer"),
            employer_contact=row.get("employer_contact"),
            preferred_site=Site(row["preferred_site"]) if "preferred_site" in row else None,
        )
        street.persons[row["id"]] = person
        rows.append(person)
    street.register(rows)


def _cards(street: Street, given: Mapping[str, Any], now_ms: int) -> None:
    for row in given.get("pass", []):
        person = street.persons[row["person"]] if "person" in row else None
        category = person.category if person is not None else Category(row.get("category", "LOCAL"))
        compound = (
            CompoundId(row["compound"]) if "compound" in row else (person.compound if person else CompoundId("C01"))
        )
        state = PassState(row.get("state", "ACTIVE"))
        from_ms, to_ms = _validity(row, state, now_ms)
        gates = tuple(GateId(g) for g in row["gates"]) if "gates" in row else None
        dwelling = person.dwelling if person is not None else None
        claims, text = street._sign(  # noqa: SLF001 - the street's own builder
            person.id if person is not None else None, compound, category, from_ms, to_ms, gates, dwelling
        )
        street.texts[row["id"]], street.pass_ids[row["id"]] = text.encode(), claims.pass_id
        if not row.get("listed", True):
            continue
        leave_by = ms_of(row["leave_by"]) if "leave_by" in row else None
        street.register(
            [
                PassRow(
                    claims.pass_id, compound, _kind(category, temp=leave_by is not None), category, state,
                    claims.nbf * 1000, to_ms, from_ms, min(from_ms, street.now_ms),
                    person=person.id if person is not None else None, dwelling=dwelling, gates=gates,
                    colour=PassColour.GREEN, serial=printed(serial_of(claims.cti)), leave_by_ms=leave_by,
                )
            ]
        )  # fmt: skip
        if state in (PassState.REVOKED, PassState.LOST):
            kind = RevocationKind.LOST if state is PassState.LOST else RevocationKind.REVOKED
            with street.office.database.writing() as tx:
                street.office.revocations.add(tx, [(claims.pass_id, kind)], street.now_ms, by="office", why=state.value)


def _gate_cards(street: Street, given: Mapping[str, Any], now_ms: int) -> None:
    """A temporary pass in no list is one that a gate of its compound has signed (pass-format.md section 8)."""
    for row in given.get("pass", []):
        person = street.persons[row["person"]] if "person" in row else None
        category = person.category if person is not None else Category(row.get("category", "LOCAL"))
        if "leave_by" not in row or row.get("listed", True) or category not in TEMPORARY:
            continue
        compound = row.get("compound", person.compound if person is not None else "C01")
        rig = next((rig for rig in street.gates.values() if rig.app.identity.compound == compound), None)
        signer = rig.keys.signer() if rig is not None else None
        to_s = ms_of(row["leave_by"]) // 1000
        from_s = ms_of(row["issued_at"]) // 1000 if "issued_at" in row else max(now_ms // 1000 - 3600, to_s - _DAY_S)
        if rig is None or not callable(signer) or not 0 < to_s - from_s <= _DAY_S:
            continue
        identity = rig.app.identity
        claims = EntryPass(street.ids.random(8), identity.site, category, from_s, to_s)
        street.texts[row["id"]] = sign_pass(claims, bytes.fromhex(identity.key_id), signer).encode()
        street.pass_ids[row["id"]] = claims.pass_id


_DAY_S = DAY_MS // 1000


def _validity(row: Mapping[str, Any], state: PassState, now_ms: int) -> tuple[int, int]:
    from_ms = ms_of(row["issued_at"]) if "issued_at" in row else now_ms - 5 * DAY_MS
    if state is PassState.NOT_YET and "issued_at" not in row:
        from_ms = now_ms + DAY_MS
    if "leave_by" in row:
        return from_ms, ms_of(row["leave_by"])
    if "valid_to" in row:
        to_ms = ms_of(row["valid_to"])
    else:
        to_ms = now_ms - DAY_MS if state is PassState.EXPIRED else now_ms + 20 * DAY_MS
    if to_ms <= from_ms and "issued_at" not in row:
        from_ms = to_ms - 20 * DAY_MS
    return from_ms, to_ms


def _kind(category: Category, *, temp: bool) -> PassKind:
    if temp:
        return PassKind.TEMP
    if category is Category.NEW_TENANT:
        return PassKind.TENANT
    if category is Category.STAFF:
        return PassKind.STAFF
    return PassKind.RESIDENT if category.resident else PassKind.WORK


def _isolations(street: Street, given: Mapping[str, Any], list_ms: int) -> None:
    rows: list[RegisterRow] = []
    for number, row in enumerate(given.get("isolation", []), 1):
        number_of_notice = row.get("release_notice") or None
        mode = IsolationState(row.get("mode", "HOME"))
        papers = all(row.get(item, True) for item in ("notice", "record", "commitment"))
        state = IsolationState.RELEASED if number_of_notice else mode
        if mode is IsolationState.HOME and not papers and not number_of_notice:
            state = IsolationState.PENDING
        rows.append(
            Isolation(
                IsolationId(f"{number:032x}"), street.person(row["person"]), state, row["d0"], list_ms - 1000,
                notice=row.get("notice", True), record=row.get("record", True),
                commitment=row.get("commitment", True), release_notice=number_of_notice,
                opened_at_ms=start_of(row["d0"]),
                released_at_ms=list_ms - 1000 if number_of_notice else None,
            )
        )  # fmt: skip
    for number, row in enumerate(given.get("permit", []), 1):
        rows.append(
            Permit(
                PermitId(f"{number:032x}"), street.person(row["person"]), row.get("reason", ""), ms_of(row["from"]),
                ms_of(row["to"]), list_ms - 1000,
            )
        )  # fmt: skip
    if rows:
        street.register(rows)

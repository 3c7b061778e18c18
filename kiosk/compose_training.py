# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A practice beside a gate, put together: keys in memory, a store in a folder that is thrown away (interface.md 5.17).

The practice shares nothing with the gate but its name, its compound and the machine's time. Its cards are signed by a
key of the range e0..ef that the gate's bundle does not hold: a real gate calls them forged (练习证), without a case.
"""

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from kiosk.adapters.device_folder import DeviceFile, write_device
from kiosk.adapters.keystore import GateKeys, MemoryKeyStore
from kiosk.adapters.store import GateFolderStore
from kiosk.app.ports import Clock, RowChange
from kiosk.app.practice import SCRIPTS, Card, PracticeCard, PracticeDesk, Script
from kiosk.app.views import ChipKind
from kiosk.compose import OpenGate, open_gate
from kiosk.domain.codes import IsolationState, PassKind, PassState
from kiosk.domain.identity import CommitteeId, CompoundId, DwellingId, GateId, IsolationId, PersonId
from kiosk.domain.instants import DAY_MS, day_of
from kiosk.domain.passes import EntryPass, printed, serial_of, sign_pass
from kiosk.domain.passes.base45 import decode as base45_decode
from kiosk.domain.passes.base45 import encode as base45_encode
from kiosk.domain.register import Compound, Dwelling, Isolation, PassRow, Person, Row, row_key
from kiosk.domain.trust import (
    CompoundSite,
    KeyKind,
    OfficeKey,
    RevocationKind,
    RevocationList,
    device_list,
    key_bundle,
    pack_entries,
    sign_bundle,
    sign_devices,
)
from kiosk.domain.trust.bundle import PRACTICE_KIDS
from kiosk.domain.trust.stored_revocations import stored_form

_DAY_S = 86_400
_SINCE_S = 20 * _DAY_S
"""Since when the made-up cards are good."""
_LIST_KID, _GATE_KID = b"\xf0", "0e01"
_OTHER = CompoundId("practice-other")


class RefusedTraining(StrEnum):
    """不能练习: somebody rests on the wait spot; this is a practice already; withdrawn; no room on the disk."""

    ON_WAIT_SPOT = "ON_WAIT_SPOT"
    ALREADY = "ALREADY"
    WITHDRAWN = "WITHDRAWN"
    NO_ROOM = "NO_ROOM"


def open_training(gate: OpenGate) -> OpenGate | RefusedTraining:
    """A practice for the leader who asked for it; `practice` of what comes back holds its twelve scripts and cards.

    The gate itself stays open and untouched. `close` ends the practice and throws its folder away; the screens do so
    after `PRACTICE_MS`, or when somebody signs on.
    """
    if gate.app.identity.practice:
        return RefusedTraining.ALREADY
    if gate.orders.stopped:
        return RefusedTraining.WITHDRAWN
    if any(chip.kind is ChipKind.RECHECK for chip in gate.app.desk.tray()):
        return RefusedTraining.ON_WAIT_SPOT
    try:
        folder = Path(tempfile.mkdtemp(prefix="gatehouse-practice-"))
    except OSError:
        return RefusedTraining.NO_ROOM
    opened = _open(gate, folder)
    if opened is None:
        shutil.rmtree(folder, ignore_errors=True)
        return RefusedTraining.NO_ROOM
    return opened


@dataclass(frozen=True, slots=True)
class _OwnTime:
    """The machine's time; the boots of the machine are counted by the gate's store, not by the practice's."""

    clock: Clock

    @property
    def boot(self) -> int:
        return self.clock.boot

    def wall_ms(self) -> int:
        return self.clock.wall_ms()

    def mono_ms(self) -> int:
        return self.clock.mono_ms()


@dataclass(frozen=True, slots=True)
class _Signing:
    """An Ed25519 key that lives as long as the practice."""

    public: bytes
    sign: Callable[[bytes], bytes]


def _fresh_key(random: Callable[[int], bytes]) -> tuple[GateKeys, _Signing]:
    keys = GateKeys(MemoryKeyStore())
    keys.make(random)
    public, sign = keys.public_key(), keys.signer()
    if not isinstance(public, bytes) or not callable(sign):
        raise TypeError(public)
    return keys, _Signing(public, sign)


def _open(gate: OpenGate, folder: Path) -> OpenGate | None:
    random = gate.ids.random
    keys, _ = _fresh_key(random)
    _, root = _fresh_key(random)
    _, issuer = _fresh_key(random)
    _, listing = _fresh_key(random)
    device = DeviceFile(
        device=gate.ids.new_id(), gate=gate.device.gate, compound=gate.device.compound, site=gate.device.site,
        key_id=_GATE_KID, server="", url="", root_keys=(root.public.hex(),), demo=gate.device.demo, practice=True,
    )  # fmt: skip
    try:
        write_device(folder, device)
    except OSError:
        return None
    clock = _OwnTime(gate.clock)
    opened = open_gate(folder, keys, clock, gate.ids, gate.policies)
    if not isinstance(opened, OpenGate):
        return None
    kid = _free_kid(gate)
    office = _Office(device, root, issuer, listing, kid, clock.wall_ms(), random)
    cards = office.furnish(opened.store, gate)
    app = opened.app
    app.desk = PracticeDesk(app.facts, app.recorder, app.showing, lambda held: held in {kid, bytes.fromhex(_GATE_KID)})
    app.refresh()
    return replace(opened, practice=cards, thrown_away=True)


def _free_kid(gate: OpenGate) -> bytes:
    """A kid of the practice range that means nothing to the gate, a demonstration's neither."""
    lists = gate.app.facts.lists
    known: Mapping[bytes, object] = lists.bundle.keys if lists is not None else {}
    return next(bytes([number]) for number in reversed(PRACTICE_KIDS) if bytes([number]) not in known)


@dataclass(frozen=True, slots=True)
class _Office:
    """What an office would give the gate: lists, register, cards; all of it made up."""

    device: DeviceFile
    root: _Signing
    issuer: _Signing
    listing: _Signing
    kid: bytes
    now_ms: int
    random: Callable[[int], bytes]

    @property
    def compound(self) -> CompoundId:
        return CompoundId(self.device.compound)

    @property
    def other_site(self) -> int:
        return 1 if self.device.site != 1 else 2

    def furnish(self, store: GateFolderStore, gate: OpenGate) -> tuple[PracticeCard, ...]:
        """Put lists and register into the store; the cards of the twelve."""
        made = [self._person(number, script) for number, script in enumerate(SCRIPTS, 1)]
        cards = tuple(PracticeCard(script, payload) for script, (payload, _, _) in zip(SCRIPTS, made, strict=True))
        rows: list[Row] = [gate.app.facts.gate, Compound(_OTHER, "练习小区", self.other_site, CommitteeId("practice"))]
        rows += [row for _, own, _ in made for row in own]
        scope = f"roster:{self.compound}"
        store.replace_scope(scope, self._changes(scope, rows), "", self.now_ms)
        self._lists(store, [revoked for _, _, revoked in made if revoked is not None])
        return cards

    @staticmethod
    def _changes(scope: str, rows: Iterable[Row]) -> Iterator[RowChange]:
        for rev, row in enumerate(rows, 1):
            yield RowChange(scope, row.ENTITY, row_key(row), rev, row)

    def _lists(self, store: GateFolderStore, revoked: list[bytes]) -> None:
        now_s = self.now_ms // 1000
        use = (now_s - _SINCE_S, now_s + _DAY_S)
        sites = [
            CompoundSite(self.device.site, self.compound, (GateId(self.device.gate),), self.device.compound),
            CompoundSite(self.other_site, _OTHER, (GateId("practice"),), "练习小区"),
        ]
        keys = [
            OfficeKey(self.kid, self.issuer.public, KeyKind.ISSUER, *use, (self.device.site, self.other_site)),
            OfficeKey(_LIST_KID, self.listing.public, KeyKind.LIST, *use),
        ]
        bundle = key_bundle(now_s, now_s, now_s + _DAY_S, now_s + _DAY_S, keys, sites)
        store.put_list("key_bundle", now_s, sign_bundle(bundle, self.root.public, self.root.sign))
        devices = device_list(now_s, now_s, now_s + _DAY_S, ())
        store.put_list("device_list", now_s, sign_devices(devices, _LIST_KID, self.listing.sign))
        entries = pack_entries((cti, RevocationKind.REVOKED) for cti in revoked)
        store.put_list("revocations", now_s, stored_form(RevocationList(now_s, now_s, now_s + _DAY_S, entries)))

    def _person(self, number: int, script: Script) -> tuple[bytes | None, list[Row], bytes | None]:
        """A script's card, its rows of the register, and its card id if that is revoked."""
        dwelling = DwellingId(f"{number:032x}")
        person = PersonId(f"{number:032x}")
        rows: list[Row] = [
            Dwelling(dwelling, self.compound, str(number), "1", "101"),
            Person(person, script.category, self.compound, dwelling, name=script.name, phone=f"1380000{number:04d}"),
        ]
        if script.isolated:
            first = day_of(self.now_ms) - dt.timedelta(days=5)
            rows.append(
                Isolation(
                    IsolationId(f"{number:032x}"), person, IsolationState.HOME, first, self.now_ms - 5 * DAY_MS,
                    notice=True, record=True, commitment=True,
                )
            )  # fmt: skip
        if script.card is Card.NONE:
            return None, rows if script.lookup else [], None
        entry = self._entry(script, number)
        text = sign_pass(entry, self.kid, self.issuer.sign)
        rows.append(self._row(entry, script, person, dwelling))
        match script.card:
            case Card.FORGED:
                return _with_another_signature(text), rows, None
            case Card.OTHER | Card.UNLISTED:
                return text.encode(), [], None
            case Card.REVOKED:
                return text.encode(), rows, entry.cti
            case _:
                return text.encode(), rows, None

    def _entry(self, script: Script, number: int) -> EntryPass:
        from_s = self.now_ms // 1000 - _SINCE_S
        last_s = self.now_ms // 1000 + (-_DAY_S if script.card is Card.EXPIRED else 10 * _DAY_S)
        site = self.other_site if script.card is Card.OTHER else self.device.site
        return EntryPass(self.random(8), site, script.category, from_s, last_s, hh=number.to_bytes(4), card=1)

    def _row(self, entry: EntryPass, script: Script, person: PersonId, dwelling: DwellingId) -> PassRow:
        state = {Card.EXPIRED: PassState.EXPIRED, Card.REVOKED: PassState.REVOKED}.get(script.card, PassState.ACTIVE)
        return PassRow(
            entry.pass_id, self.compound, PassKind.RESIDENT, script.category, state, entry.nbf * 1000, entry.exp * 1000,
            entry.nbf * 1000, entry.nbf * 1000, person=person, dwelling=dwelling, serial=printed(serial_of(entry.cti)),
        )  # fmt: skip


def _with_another_signature(text: str) -> bytes:
    data = bytearray(base45_decode(text.removeprefix("EP1:").encode()) or b"")
    data[-1] ^= 1
    return b"EP1:" + base45_encode(bytes(data)).encode()

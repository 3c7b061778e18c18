# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A gate of 合阳小区 for tests: real store, real passes signed by a key made here, and a clock that is set by hand."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.adapters.clock import SettableClock
from kiosk.adapters.device_folder import device_of, write_device
from kiosk.adapters.ids import SeededBytes, seeded_ids
from kiosk.adapters.keystore import GateKeys, MemoryKeyStore
from kiosk.adapters.store import GateFolderStore
from kiosk.adapters.store_start import OpenedStore, open_store
from kiosk.app.desk import Arriving
from kiosk.app.facts import TrustedLists
from kiosk.app.gate import GateApp
from kiosk.app.ports import GateIdentity
from kiosk.app.views import PassageView, Shown
from kiosk.domain.admission import RULE_IDS
from kiosk.domain.codes import Category, CodeColour, Direction, PassKind, PassState, ReadingSource, Site
from kiosk.domain.identity import CompoundId, DeviceId, DwellingId, GateId, PassageId, PassId, PersonId
from kiosk.domain.instants import SHANGHAI, ms_of
from kiosk.domain.passes import EntryPass, sign_pass
from kiosk.domain.policy import Policy
from kiosk.domain.register import Dwelling, PassRow, Person
from kiosk.domain.trust import CompoundSite, GateDevice, KeyBundle, KeyKind, OfficeKey, RevocationList, key_bundle
from tests.unit.domain.policies import A, B

NOW_MS = ms_of(dt.datetime(2020, 2, 20, 18, tzinfo=SHANGHAI))
DAY_S = 86_400
KID = b"\x07"
HEYANG, PINGLI = CompoundId("C01"), CompoundId("C02")
_SITES = {HEYANG: CompoundSite(1, HEYANG, (GateId("G01"),), "合阳小区"),
          PINGLI: CompoundSite(2, PINGLI, (GateId("G02"),), "平利小区")}  # fmt: skip


@dataclass(slots=True)
class House:
    """The gate and the keys of its office."""

    folder: Path
    clock: SettableClock = field(default_factory=lambda: SettableClock(NOW_MS))
    keys: GateKeys = field(default_factory=lambda: GateKeys(MemoryKeyStore()))
    issuer: Ed25519PrivateKey = field(default_factory=lambda: Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    policies: tuple[Policy, ...] = (A, B)
    rows: list[object] = field(default_factory=list)
    store: GateFolderStore = field(init=False)
    app: GateApp = field(init=False)
    made: int = 0
    made_ms: int = NOW_MS - 12 * 3_600_000

    def open(self) -> "House":
        """Open the folder, as after a start of the machine."""
        identity = GateIdentity("d" * 32, GateId("G01"), HEYANG, 1, "0001", "office", "https://office")
        if not (self.folder / "device.json").exists():
            write_device(self.folder, device_of(identity))
            self.keys.make(SeededBytes("keys"))
        ids = seeded_ids(self.clock, f"ids {self.clock.boot}")
        opened = open_store(self.folder, identity, self.keys, self.clock, ids)
        assert isinstance(opened, OpenedStore), opened
        self.store = opened.store
        signer = self.keys.signer()
        assert callable(signer)
        self.app = GateApp(self.store, identity, self.clock, ids, self.policies, lambda: self._lists, RULE_IDS, signer)
        for row in self.rows:
            self.app.facts.roster.put(row)  # type: ignore[arg-type]
        return self

    @property
    def _lists(self) -> TrustedLists:
        made = self.made_ms
        public = self.keys.public_key()
        assert isinstance(public, bytes)
        own = GateDevice(b"\x00\x01", public, DeviceId("d" * 32), 1, GateId("G01"))
        return TrustedLists(self._bundle(), None, own, RevocationList(1, made // 1000, 0, b"", ()), made)

    def _bundle(self) -> KeyBundle:
        s = NOW_MS // 1000
        public = self.issuer.public_key().public_bytes_raw()
        key = OfficeKey(KID, public, KeyKind.ISSUER, s - 90 * DAY_S, s + 90 * DAY_S, (1, 2))
        return key_bundle(1, s - 30 * DAY_S, s + 60 * DAY_S, s + 90 * DAY_S, [key], list(_SITES.values()))

    def kill(self) -> None:
        """The program is gone, as after kill -9: nothing is closed in order."""
        self.store.close()
        self.clock.reboot()
        self.open()

    # -- people ----------------------------------------------------------------------------------------------------

    def resident(self, name: str, room: str = "3-1-502", **facts: object) -> PersonId:
        """Somebody on the list."""
        self.made += 1
        building, unit, flat = room.split("-")
        dwelling = Dwelling(DwellingId(f"d{room}"), HEYANG, building, unit, flat)
        person = Person(PersonId(f"{self.made:032x}"), Category.LOCAL, HEYANG, dwelling.id, name=name)
        person = replace(person, **facts)  # type: ignore[arg-type]
        self._put(dwelling, person)
        return person.id

    def card(
        self,
        person: PersonId | None = None,
        *,
        category: Category = Category.LOCAL,
        compound: CompoundId = HEYANG,
        listed: bool = True,
        dwelling: str | None = None,
        expired_days: int = 0,
    ) -> bytes:
        """A well-signed pass, listed or not; `expired_days` ago it ended."""
        self.made += 1
        cti = self.made.to_bytes(8, "big")
        start = NOW_MS // 1000 - (25 + expired_days if expired_days else 5) * DAY_S
        resident = category.resident
        claims = EntryPass(
            cti, _SITES[compound].number, category, start, start + 25 * DAY_S,
            hh=b"home" if resident else None, card=1 if resident else None,
        )  # fmt: skip
        if listed and compound is HEYANG:
            row = PassRow(
                PassId(cti.hex()), compound, PassKind.RESIDENT, category, PassState.ACTIVE, start * 1000,
                claims.exp * 1000 - 1000, start * 1000, start * 1000, person=person,
                dwelling=DwellingId(f"d{dwelling}") if dwelling else None,
            )  # fmt: skip
            self._put(row)
        return sign_pass(claims, KID, self.issuer.sign, issued_at=start, gates_of_site=1).encode()

    def _put(self, *rows: object) -> None:
        self.rows += rows
        for row in rows:
            self.app.facts.roster.put(row)  # type: ignore[arg-type]

    # -- the lane --------------------------------------------------------------------------------------------------

    def scan(
        self,
        card: bytes,
        direction: Direction = Direction.IN,
        *,
        mask: bool = True,
        code: CodeColour = CodeColour.NOT_SHOWN,
    ) -> "Passing":
        """A card is held up."""
        return Passing(self, self.app.desk.on_code(card, Arriving(direction, mask, code)))

    def later(self, seconds: float) -> "House":
        """Time goes on."""
        self.clock.advance(round(seconds * 1000))
        self.app.desk.advance()
        return self


@dataclass(slots=True)
class Passing:
    """A person at the lane: what is done with him, and what is then seen."""

    house: House
    shown: Shown

    @property
    def view(self) -> PassageView:
        """The passage's picture as shown."""
        assert isinstance(self.shown.view, PassageView)
        return self.shown.view

    @property
    def passage(self) -> PassageId:
        """The passage."""
        return self.view.passage

    def measure(self, text: str, site: Site = Site.FOREHEAD) -> "Passing":
        """A reading is taken."""
        self.shown = self.house.app.desk.reading(self.passage, text, site, ReadingSource.TYPED)
        return self

    def now(self) -> PassageView:
        """The passage as it is now."""
        return self.house.app.desk.view(self.passage)

    @property
    def said(self) -> tuple[str, str, str]:
        """Verdict, reason, rule."""
        return self.view.verdict.value, self.view.reason.value, self.view.rule


def house_in(folder: Path) -> Iterator[House]:
    """A gate for one test."""
    house = House(folder).open()
    yield house
    house.store.close()

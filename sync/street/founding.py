# SPDX-License-Identifier: LicenseRef-Gatehouse
"""An office founded in this process: keys made for the run, the database, and the places that its bundle names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.adapters.clock import SettableClock
from kiosk.app.ports import Ids
from kiosk.domain.identity import GateId
from kiosk.domain.register import Compound, Gate
from kiosk.domain.trust import CompoundSite
from sync.client.transport import Answer, Request
from sync.office.api.limits import Turnstile
from sync.office.api.line import Line as OfficeSide
from sync.office.api.messages import LineRequest
from sync.office.compose import Office, OfficeKeys, build_office
from sync.office.keys import KeyFolder
from sync.office.keys_bundle import make_bundle
from sync.office.service.lists import KEY_BUNDLE
from sync.office.signer import Signer
from sync.office.signer_log import SignerLog
from sync.office.store.engine import sqlite_url
from sync.wire.packing import inflate

CA = b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
_KEY_LIFE_S = 120 * 86_400
_FIRST_SECOND = 1_577_836_800  # times in signed lists begin with 2020
_PASSPHRASE = b"replay"
_MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class StreetOffice:
    """街道办: the office with its keys, and its side of the line without sockets."""

    office: Office
    side: OfficeSide
    signer: Signer
    keys: KeyFolder

    def answer(self, request: Request) -> Answer:
        """What the office says to a request, its body unpacked as the gate's HTTP client would hand it on."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        told = self.side.handle(LineRequest(request.method, request.url, headers, request.body))
        if told.headers.get("content-encoding") != "gzip":
            return Answer(told.status, told.headers, told.body)
        plain = inflate(told.body, _MOST_BYTES)
        if not isinstance(plain, bytes):
            raise TypeError(plain)
        return Answer(told.status, told.headers, plain)


def found_office(
    folder: Path,
    clock: SettableClock,
    ids: Ids,
    compounds: Sequence[Compound],
    gates: Sequence[Gate],
    db_url: str | None = None,
) -> StreetOffice:
    """Keys, bundle, database (`db_url`, else SQLite in `folder`), and the compounds with their gates."""
    keys = KeyFolder(folder / "keys")
    committees = tuple(sorted({compound.committee for compound in compounds}))
    now_s = clock.wall_ms() // 1000
    use_from = max(_FIRST_SECOND, now_s - 60 * 86_400)
    keys.make_roots((_PASSPHRASE, _PASSPHRASE))
    keys.make_service(use_from)
    keys.make_issuer(committees, use_from, life_s=_KEY_LIFE_S)
    keys.make_policy(use_from)
    doors: dict[str, list[GateId]] = {}
    for gate in gates:
        doors.setdefault(gate.compound, []).append(gate.id)
    # The site table lists at least one gate of a compound, also of one that the scenario gives no gate.
    sites = [CompoundSite(c.site, c.id, tuple(doors.get(c.id, (GateId(f"{c.id}-1"),))), c.name) for c in compounds]
    of_committee = {c: [x.site for x in compounds if x.committee == c] for c in committees}
    data = make_bundle(keys, keys.root("active", _PASSPHRASE), sites, of_committee, now_s)
    signer = Signer(keys, SignerLog(folder / "signer.log"), clock.wall_ms, per_hour=1_000_000)
    parts = OfficeKeys(keys.service(), signer, keys.roots)
    office = build_office(db_url or sqlite_url(folder / "office.db"), clock, ids, parts)
    side = OfficeSide(office.line, clock.wall_ms, CA, Turnstile(None))
    with office.database.writing() as tx:
        office.book.put(tx, [*compounds, *gates], clock.wall_ms())
        office.lists.publish(tx, KEY_BUNDLE, now_s, data, clock.wall_ms())
    return StreetOffice(office, side, signer, keys)

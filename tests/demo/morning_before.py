# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office before the gate opens: the street's residents on the register, passes issued and printed, the policy out.

All through the office's own use cases and commands; only the residents are made up.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

import pypdfium2

from kiosk.adapters.clock import SystemClock
from kiosk.adapters.ids import FreshIds
from kiosk.domain.admission import RULE_IDS
from kiosk.domain.codec import to_json
from kiosk.domain.codes import CodeColour, PassKind
from kiosk.domain.identity import PassId
from kiosk.domain.instants import shanghai
from kiosk.domain.passes.serials import Serial, printed
from kiosk.domain.policy import in_force, parse_policy
from kiosk.domain.policy_text import renamed, with_parameter
from kiosk.domain.register import Compound, Gate, PassRow, PolicyRow
from sync.office.compose import Office, open_office
from sync.office.home import OfficeHome
from sync.office.print.cards import CardToPrint, card_sheets
from sync.office.service.applications import Evidence, PassApplication, PlatformRecord
from sync.office.service.issue import Issued
from sync.office.service.policies import Policies, PolicyRefused
from sync.office.signer import Signer
from sync.office.signer_log import SignerLog
from sync.street.as_register import compound_of, gate_of, register_rows
from sync.street.people import Street, street
from sync.street.rows import PersonRow
from tests.demo.cast import CAST, POLICY, REST_S, Card, actors
from tests.demo.production import COMPOUND, ROOT, Production
from tests.demo.script import IssuedPass, forged

USER, PASSWORD = "admin", "demo-demo-demo"
PIN = "246810"
KEPT_DAYS = 3
"""How long a prepared office is used again: its expired card must stay within the days of grace."""

_DAY_MS = 86_400_000
_CHUNK = 2_500
_T = TypeVar("_T")
Told = Callable[[str, int, int], None]
"""Progress: what, how many done, of how many."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The office's folder before the run, the cards that are held up, and what was issued, by the part that holds it."""

    office: Path
    pdf: Path
    issued: Mapping[str, IssuedPass]


def prepared(production: Production, tell: Told) -> Prepared:
    """The prepared office, made now where there is none that is fresh enough."""
    place = production.street
    found = _kept(place)
    return found if found is not None else _prepare(production, place, tell)


def _kept(place: Path) -> Prepared | None:
    try:
        kept = json.loads((place / "issued.json").read_bytes())
    except (OSError, ValueError):
        return None
    if not 0 <= SystemClock().wall_ms() - kept["made_at_ms"] < KEPT_DAYS * _DAY_MS:
        return None
    issued = {key: IssuedPass(**one) for key, one in kept["issued"].items()}
    return Prepared(place / "office", place / "held.pdf", issued)


def _prepare(production: Production, place: Path, tell: Told) -> Prepared:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    tell("street", 0, 1)
    made = street(
        production.seed, residents=production.residents, compounds=production.compounds, gates=production.gates,
        committees=production.committees,
    )  # fmt: skip
    tell("street", 1, 1)
    _found(made, place)
    clock = SystemClock()
    office = open_office(place / "office", clock, FreshIds(clock))
    try:
        _load(office, made, tell)
        people = actors(made, COMPOUND, production.cast)
        passes = _issue(office, production, people, tell)
        texts = _print(made, {key: (people[key], one) for key, one in passes.items()}, place, tell)
        _publish(office, OfficeHome(place / "office"))
        made_at_ms = clock.wall_ms()
    finally:
        office.close()
    names = {row.id: row.name for row in made.compounds}
    issued = {key: _as_held(one.row, texts[key], names[one.row.compound]) for key, one in passes.items()}
    text = {"made_at_ms": made_at_ms, "issued": {key: asdict(one) for key, one in issued.items()}}
    # The last thing written: without it the folder is made again.
    (place / "issued.json").write_text(json.dumps(text, ensure_ascii=False, indent=1), encoding="utf-8")
    return Prepared(place / "office", place / "held.pdf", issued)


def _as_held(row: PassRow, text: str, compound: str) -> IssuedPass:
    day = shanghai(row.valid_to_ms)
    return IssuedPass(text, printed(Serial(row.serial)), compound, f"{day.year}年{day.month}月{day.day}日")


def _found(made: Street, place: Path) -> None:
    """`gate-office init --demo` with the street's committees, compounds and gates."""
    phones = {row.id: row.phone for row in made.committees}
    plan = {
        "committees": [{"id": row.id, "name": row.name, "phone": row.phone} for row in made.committees],
        "compounds": [to_json(compound_of(row, phones[row.committee_id])) for row in made.compounds],
        "gates": [to_json(gate_of(row)) for row in made.gates],
    }
    file = place / "street.json"
    file.write_text(json.dumps(plan, ensure_ascii=False, indent=1), encoding="utf-8")
    office(
        "init", "--dir", str(place / "office"), "--demo", "--name", "演示街道", "--host", "127.0.0.1", "--bind",
        "127.0.0.1", "--street", str(file), "--user", USER, "--pin", PIN,
    )  # fmt: skip


def office(*words: str) -> str:
    """Run `gate-office` and give what it said; its own message is shown where it fails."""
    return _program("sync.cli.main", words)


def kiosk(*words: str) -> str:
    """Run `gate-kiosk` and give what it said."""
    return _program("ui.cli.main", words)


def _program(module: str, words: Sequence[str]) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", module, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        message = f"{module} {words[0]}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        raise RuntimeError(message)
    return done.stdout


def _load(office: Office, made: Street, tell: Told) -> None:
    """Dwellings and residents onto the register; compounds and gates are there since the founding."""
    total = len(made.dwellings) + len(made.persons)
    rows = (row for row in register_rows(made) if not isinstance(row, Compound | Gate))
    done = 0
    for chunk in _chunks(rows, _CHUNK):
        with office.database.writing() as tx:
            office.book.put(tx, chunk, office.clock.wall_ms())
        done += len(chunk)
        tell("residents", done, total)


def _issue(office: Office, production: Production, people: Mapping[str, PersonRow], tell: Told) -> dict[str, Issued]:
    """Each actor's pass: both evidences recorded, signed; some of them long ago, some withdrawn since."""
    cards = {part.key: part.card for part in production.cast}
    passes: dict[str, Issued] = {}
    for key, person in people.items():
        now_ms = office.clock.wall_ms()
        expired = cards[key] is Card.EXPIRED
        asked_ms = now_ms - 10 * _DAY_MS + 60_000 if expired else now_ms - 60_000
        application = PassApplication(
            office.ids.new_id(), person.id, person.compound_id, PassKind.RESIDENT,
            Evidence(CodeColour.GREEN, asked_ms, platform=PlatformRecord.NONE, platform_no="演示"),
            USER, asked_ms, days=7 if expired else 30,
        )  # fmt: skip
        with office.database.writing() as tx:
            office.issue.apply(tx, application, asked_ms)
            signed = office.issue.approve(tx, application.id, asked_ms, by=USER)
            if not isinstance(signed, Issued):
                message = f"{key}: {signed}"
                raise RuntimeError(message)
            if cards[key] is Card.REVOKED:
                office.issue.revoke(tx, PassId(signed.row.id), now_ms, by=USER, why="已搬走")
        passes[key] = signed
        tell("passes", len(passes), len(people))
    return passes


def _print(made: Street, held: Mapping[str, tuple[PersonRow, Issued]], place: Path, tell: Told) -> dict[str, str]:
    """`cards.pdf`, as the office prints it, and `held.pdf`, those and the forger's; the texts that are held up."""
    compounds = {row.id: row for row in made.compounds}
    phones = {row.id: row.phone for row in made.committees}
    homes = {row.id: row for row in made.dwellings}
    cards: dict[str, CardToPrint] = {}
    for key, (person, one) in held.items():
        home, compound = homes[person.dwelling_id], compounds[person.compound_id]
        unit = f"{home.unit}单元 " if home.unit else ""
        cards[key] = CardToPrint(
            one.text, printed(Serial(one.row.serial)), compound.name, one.row.colour, one.row.kind,
            shanghai(one.row.valid_to_ms).date(), home.room[-2:], 1, phones[compound.committee_id],
            f"{home.building}号楼 {unit}{home.room}室", home.building, mark=POLICY,
        )  # fmt: skip
    card_sheets(cards.values(), place / "cards.pdf", progress=lambda done, total: tell("cards", done, total))
    # A forger needs a printer too, but not the office's: his cards are on a sheet of their own, laid behind the rest.
    false = {key: replace(cards[key], text=forged(cards[key].text)) for key in held if _FORGED[key] is Card.FORGED}
    sheets = [place / "cards.pdf"]
    if false:
        card_sheets(false.values(), place / "forger.pdf")
        sheets.append(place / "forger.pdf")
    _together(sheets, place / "held.pdf")
    return {key: (false.get(key) or card).text for key, card in cards.items()}


_FORGED = {part.key: part.card for part in CAST}


def _together(sheets: Sequence[Path], out: Path) -> None:
    with closing(pypdfium2.PdfDocument.new()) as whole:
        for sheet in sheets:
            with pypdfium2.PdfDocument(sheet) as document:
                whole.import_pages(document)
        whole.save(out)


def _publish(office: Office, home: OfficeHome) -> None:
    """The policy version 演示: that in force with a shorter rest, and nothing else."""
    now_ms = office.clock.wall_ms()
    signer = Signer(home.keys, SignerLog(home.signer_log), office.clock.wall_ms)
    policies = Policies(office.book, office.audit, signer.sign_policy)
    with office.database.writing() as tx:
        rows = office.book.register.all(tx, PolicyRow)
        current = in_force([parse_policy(row.toml, RULE_IDS) for row in rows], now_ms)
        text = next(row.toml for row in rows if current is not None and row.version == current.version)
        text = renamed(with_parameter(text, "rest_s", REST_S), POLICY, (now_ms // 1000 + 2) * 1000)
        done = policies.publish(tx, text, now_ms, by=f"{USER}, 王门长")
    if isinstance(done, PolicyRefused):
        message = f"policy: {done}"
        raise RuntimeError(message)


def _chunks(rows: Iterator[_T], size: int) -> Iterator[list[_T]]:
    while chunk := list(islice(rows, size)):
        yield chunk

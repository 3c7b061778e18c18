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
from kiosk.domain.policy import in_force, parse_policy
from kiosk.domain.policy_text import renamed, with_parameter
from kiosk.domain.register import Compound, Gate, PolicyRow
from sync.office.compose import Office, open_office
from sync.office.home import OfficeHome
from sync.office.print.card import CardToPrint
from sync.office.print.cards import card_sheets
from sync.office.service.applications import Evidence, PassApplication, PlatformRecord
from sync.office.service.issue import Issued
from sync.office.service.policies import Policies, PolicyRefused
from sync.office.service.printing import CardsToPrint
from sync.office.signer import Signer
from sync.office.signer_log import SignerLog
from sync.street.as_register import compound_of, gate_of, register_rows
from sync.street.people import Street, street
from sync.street.rows import PersonRow
from tests.demo.cast import POLICY, REST_S, Card, actors
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


class DemoFailed(Exception):
    """演示没有完成: a program of ours did not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The office's folder before the run, the cards that are held up, and what each part's actor holds."""

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
    for old in production.folder.glob("street-*"):
        shutil.rmtree(old, ignore_errors=True)
    place.mkdir(parents=True)
    tell("street", 0, 1)
    made = street(
        production.seed, residents=production.residents, compounds=production.compounds, gates=production.gates,
        committees=production.committees,
    )  # fmt: skip
    tell("street", 1, 1)
    _found(made, place)
    _load(place, made, tell)
    people = actors(made, COMPOUND, production.cast)
    passes = _issue(place, production, people, tell)
    issued = _print(place, production, people, passes, tell)
    _revoke(place, production, passes)
    _publish(place)
    # The last thing written: without it the folder is made again.
    text = {"made_at_ms": SystemClock().wall_ms(), "issued": {key: asdict(one) for key, one in issued.items()}}
    (place / "issued.json").write_text(json.dumps(text, ensure_ascii=False, indent=1), encoding="utf-8")
    return Prepared(place / "office", place / "held.pdf", issued)


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
    gate_office(
        "init", "--dir", str(place / "office"), "--demo", "--name", "演示街道", "--host", "127.0.0.1", "--bind",
        "127.0.0.1", "--street", str(file), "--user", USER, "--pin", PIN,
    )  # fmt: skip


def gate_office(*words: str) -> str:
    """Run `gate-office` and give what it said; its own message is shown where it fails."""
    return _program("sync.cli.main", words)


def gate_kiosk(*words: str) -> str:
    """Run `gate-kiosk` and give what it said."""
    return _program("ui.cli.main", words)


def _program(module: str, words: Sequence[str]) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", module, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DemoFailed(f"{module} {words[0]}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def _load(place: Path, made: Street, tell: Told) -> None:
    """Dwellings and residents onto the register; compounds and gates are there since the founding."""
    total = len(made.dwellings) + len(made.persons)
    rows = (row for row in register_rows(made) if not isinstance(row, Compound | Gate))
    clock = SystemClock()
    done = 0
    with closing(open_office(place / "office", clock, FreshIds(clock))) as office:
        for chunk in _chunks(rows, _CHUNK):
            with office.database.writing() as tx:
                office.book.put(tx, chunk, clock.wall_ms())
            done += len(chunk)
            tell("residents", done, total)


def _issue(place: Path, production: Production, people: Mapping[str, PersonRow], tell: Told) -> dict[str, PassId]:
    """Each actor's pass, both evidences recorded: `gate-office pass issue`; the one that has expired, ten days ago."""
    expired = [part.key for part in production.cast if part.card is Card.EXPIRED and part.key in people]
    today = [key for key in people if key not in expired]
    words = [word for key in today for word in ("--person", people[key].id)]
    evidence = ("--code", "GREEN", "--platform", "NONE", "--by", USER)
    said = gate_office("pass", "issue", "--dir", str(place / "office"), *words, *evidence).splitlines()
    passes = {key: PassId(line.split()[0]) for key, line in zip(today, said, strict=True)}
    tell("passes", len(passes), len(people))
    clock = SystemClock()
    with closing(open_office(place / "office", clock, FreshIds(clock))) as office:
        for key in expired:
            passes[key] = _issued_long_ago(office, people[key])
            tell("passes", len(passes), len(people))
    return passes


def _issued_long_ago(office: Office, person: PersonRow) -> PassId:
    """What the command did ten days ago, for a week: a card that ended three days ago."""
    at_ms = office.clock.wall_ms() - 10 * _DAY_MS + 60_000
    evidence = Evidence(CodeColour.GREEN, at_ms, platform=PlatformRecord.NONE)
    application = PassApplication(
        office.ids.new_id(), person.id, person.compound_id, PassKind.RESIDENT, evidence, USER, at_ms, days=7
    )
    with office.database.writing() as tx:
        office.issue.apply(tx, application, at_ms)
        signed = office.issue.approve(tx, application.id, at_ms, by=USER)
    if isinstance(signed, Issued):
        return signed.row.id
    raise DemoFailed(str(signed))


def _print(
    place: Path, production: Production, people: Mapping[str, PersonRow], passes: Mapping[str, PassId], tell: Told
) -> dict[str, IssuedPass]:
    """`gate-office cards` for each compound; `held.pdf` is those sheets and a forger's; what each actor holds."""
    compounds = sorted({person.compound_id for person in people.values()})
    sheets = [place / f"cards-{compound}.pdf" for compound in compounds]
    for done, (compound, sheet) in enumerate(zip(compounds, sheets, strict=True)):
        tell("cards", done, len(compounds))
        gate_office("cards", "--dir", str(place / "office"), "--compound", compound, "--pdf", str(sheet))
    tell("cards", len(compounds), len(compounds))
    clock = SystemClock()
    with closing(open_office(place / "office", clock, FreshIds(clock))) as office, office.database.reading() as tx:
        printing = CardsToPrint(office.book, office.issue)
        cards = {
            key: printing.find(tx, people[key].compound_id, only=[pass_id], mark=POLICY)[0]
            for key, pass_id in passes.items()
        }
    # A forger needs a printer too, but not the office's: his cards are on a sheet of their own, laid behind the rest.
    false = [part.key for part in production.cast if part.card is Card.FORGED]
    cards |= {key: replace(cards[key], text=forged(cards[key].text)) for key in false}
    if false:
        sheets.append(place / "forger.pdf")
        card_sheets([cards[key] for key in false], sheets[-1])
    _together(sheets, place / "held.pdf")
    return {key: _as_held(card) for key, card in cards.items()}


def _as_held(card: CardToPrint) -> IssuedPass:
    day = card.valid_to
    return IssuedPass(card.text, card.serial, card.compound, f"{day.year}年{day.month}月{day.day}日")


def _revoke(place: Path, production: Production, passes: Mapping[str, PassId]) -> None:
    """`gate-office pass revoke`: those who moved away since their card was printed."""
    for part in production.cast:
        if part.card is Card.REVOKED:
            words = (passes[part.key], "--why", "已搬走", "--by", USER, "--dir", str(place / "office"))
            gate_office("pass", "revoke", *words)


def _together(sheets: Sequence[Path], out: Path) -> None:
    with closing(pypdfium2.PdfDocument.new()) as whole:
        for sheet in sheets:
            with pypdfium2.PdfDocument(sheet) as document:
                whole.import_pages(document)
        whole.save(out)


def _publish(place: Path) -> None:
    """The policy version 演示: that in force with a shorter rest, and nothing else; known at once, in force soon."""
    home = OfficeHome(place / "office")
    clock = SystemClock()
    now_ms = clock.wall_ms()
    signer = Signer(home.keys, SignerLog(home.signer_log), clock.wall_ms)
    with closing(open_office(home.folder, clock, FreshIds(clock))) as office, office.database.writing() as tx:
        policies = Policies(office.book, office.audit, signer.sign_policy)
        rows = office.book.register.all(tx, PolicyRow)
        current = in_force([parse_policy(row.toml, RULE_IDS) for row in rows], now_ms)
        text = next(row.toml for row in rows if current is not None and row.version == current.version)
        text = renamed(with_parameter(text, "rest_s", REST_S), POLICY, (now_ms // 1000 + 2) * 1000)
        done = policies.publish(tx, text, now_ms, by=f"{USER}, 王门长")
    if isinstance(done, PolicyRefused):
        raise DemoFailed(str(done))


def _chunks(rows: Iterator[_T], size: int) -> Iterator[list[_T]]:
    while chunk := list(islice(rows, size)):
        yield chunk

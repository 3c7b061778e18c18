# SPDX-License-Identifier: LicenseRef-Gatehouse
"""From a scenario's `given` to a street: places, policies, people, cards, isolations."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import assets
from kiosk.adapters.clock import SettableClock
from kiosk.compose import shipped_policies
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
    PermitId,
    PersonId,
)
from kiosk.domain.instants import DAY_MS, SHANGHAI, ms_of, start_of
from kiosk.domain.passes import TEMPORARY, EntryPass, printed, serial_of, sign_pass
from kiosk.domain.policy import parse_policy
from kiosk.domain.policy_text import renamed, with_parameter
from kiosk.domain.register import (
    Compound,
    Dwelling,
    Gate,
    Isolation,
    PassRow,
    Permit,
    Person,
)
from kiosk.domain.trust import RevocationKind
from sync.office.store.register import RegisterRow
from sync.street.building import Street
from sync.street.scenario import NOW, BadScenario, Scenario

LIST_HOUR = 6


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
        home = street.persons[row["household"]] if "household" in row else person
        category = home.category if home is not None else Category(row.get("category", "LOCAL"))
        compound = CompoundId(row["compound"]) if "compound" in row else (home.compound if home else CompoundId("C01"))
        state = PassState(row.get("state", "ACTIVE"))
        from_ms, to_ms = _validity(row, state, now_ms)
        gates = tuple(GateId(g) for g in row["gates"]) if "gates" in row else None
        dwelling = home.dwelling if home is not None else None
        claims, text = street.sign(
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

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Policy versions as pages show them: which is in force where, what each changed, which gates hold it."""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.domain.admission import RULE_IDS
from kiosk.domain.identity import GateId
from kiosk.domain.policy import Policy, in_force, parse_policy
from kiosk.domain.register import PolicyRow, row_key
from sync.office.store.devices import DeviceState
from sync.office.web.policy_form import Shown, sections
from sync.office.web.region_lines import regions_text
from sync.office.web.visit import Visit
from sync.wire import scopes


@dataclass(frozen=True, slots=True)
class Version:
    """一个版本: its row and what it says; `state` IN_FORCE, SCHEDULED or PAST within its scope."""

    row: PolicyRow
    policy: Policy
    state: str

    @property
    def key(self) -> str:
        """Its key in the register: the address names it so."""
        return row_key(self.row)


@dataclass(frozen=True, slots=True)
class Held:
    """一门持有: `state` HOLDS, WAITS (not pulled yet), NONE (no tablet in use)."""

    gate: str
    name: str
    state: str
    seen_ms: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """一处不同: of a parameter (a field of the form), before and now."""

    name: str
    before: str
    now: str


def versions(visit: Visit) -> list[Version]:
    """Every version, the newest hour first; of each scope one is in force."""
    rows = visit.office.book.register.all(visit.tx, PolicyRow)
    found = [(row, parse_policy(row.toml, RULE_IDS)) for row in rows]
    out = []
    for row, policy in found:
        mine = [other for one, other in found if one.compound == row.compound]
        current = in_force(mine, visit.now_ms)
        state = "SCHEDULED" if policy.effective_from_ms > visit.now_ms else "PAST"
        out.append(Version(row, policy, "IN_FORCE" if policy is current else state))
    out.sort(key=lambda one: (-one.policy.effective_from_ms, one.key))
    return out


def before(version: Version, every: Sequence[Version]) -> Policy | None:
    """The version that it follows upon, in its scope; of a compound's first one the street's."""
    at = version.policy.effective_from_ms - 1
    own = [one.policy for one in every if one.row.compound == version.row.compound]
    street = [one.policy for one in every if one.row.compound is None]
    return in_force(own, at) or (in_force(street, at) if version.row.compound is not None else None)


def differences(old: Policy, new: Policy) -> list[Difference]:
    """What a reader compares: parameters as they are typed, and the regions."""
    was = {one.name: one for section in sections(old.params) for one in section.fields}
    out = [
        Difference(one.name, was[one.name].value, one.value)
        for section in sections(new.params)
        for one in section.fields
        if one.name in was and was[one.name].value != one.value
    ]
    if old.regions != new.regions:
        out.append(Difference("regions", regions_text(old.regions), regions_text(new.regions)))
    if old.rules_off != new.rules_off:
        out.append(Difference("rules_off", " ".join(sorted(old.rules_off)), " ".join(sorted(new.rules_off))))
    return out


def worded(visit: Visit, one: Shown | Difference, value: str) -> str:
    """A value as it is read: codes by their names, an empty one as off."""
    name = one.name.partition(".")[0]
    key = f"office.policies.code.{name}.{value}"
    if visit.texts.has(key):
        return visit.t(key)
    return value or visit.t("office.policies.blank")


class Holders:
    """持有情况: which gates hold which version; two queries for all versions."""

    def __init__(self, visit: Visit) -> None:
        """Read what was told to whom, and what each tablet said it has."""
        self._told = visit.office.changes.places(visit.tx, PolicyRow.ENTITY)
        devices = visit.office.devices.all(visit.tx)
        self._tablets = {device.gate_id: device for device in devices if device.state == DeviceState.ACTIVE}
        self._names = visit.reach.gate_names
        self._gates = visit.reach.gates

    def of(self, version: Version) -> list[Held]:
        """Every gate that the version is for, those without it first."""
        told = self._told.get(version.key, {})
        mine = [gate for gate in self._gates if version.row.compound in (None, gate.compound)]
        out = []
        for gate in mine:
            tablet, rev = self._tablets.get(gate.id), told.get(scopes.config(GateId(gate.id)))
            holds = tablet is not None and rev is not None and tablet.config_rev >= rev
            state = "NONE" if tablet is None else "HOLDS" if holds else "WAITS"
            seen = None if tablet is None else tablet.last_seen_ms
            out.append(Held(gate.id, self._names[gate.id], state, seen))
        return sorted(out, key=lambda one: ("WAITS", "NONE", "HOLDS").index(one.state))

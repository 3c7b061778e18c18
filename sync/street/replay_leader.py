# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The verbs of a scenario that only a leader, his phone's office page or the paper sheet has (the format is ours)."""

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.app.gate import GateApp
from kiosk.app.issuing import Issued
from kiosk.app.paper import PaperLine
from kiosk.app.turn import Done
from kiosk.domain.codes import CaseKind, CaseOutcome, Category, Direction, RefusedInput, Told
from kiosk.domain.identity import GateId, PassageId
from kiosk.domain.instants import ms_of
from kiosk.domain.present import Asked, Case
from sync.office.service.remote import RemoteAnswers
from sync.street.building import Street

Keys = Mapping[str, Any]


class LeaderVerbs:
    """What the gate leader does, at the gate and from afar; each answers whether the step was refused, and why."""

    def __init__(self, street: Street) -> None:
        """Take the street."""
        self._street = street
        self.verbs: dict[str, Callable[[GateApp, Keys], RefusedInput | None]] = {
            "allow": self._allow,
            "issue": self._issue,
            "extend_list": lambda app, keys: app.leader.extend_list(keys.get("why", ""), _by(keys)).refused,
            "paper": self._paper,
            "call": self._call,
            "close": self._close,
        }

    def ask(self, app: GateApp, passage: PassageId) -> Done:
        """The leader is asked from afar."""
        return app.remote.ask(passage)

    def answer(self, app: GateApp, passage: PassageId, keys: Keys) -> RefusedInput | None:
        """The leader answers on the office's page; the answer comes down with the gate's next sync."""
        asked: Asked | None = app.present.get("asked", passage)
        office = self._street.office
        with office.database.writing() as tx:
            fault = RemoteAnswers(office.work, office.audit, office.ids).answer(
                tx, GateId(app.identity.gate), asked.request if asked is not None else "", self._street.now_ms,
                approve=keys.get("approve", True), why=keys.get("why", ""), by="leader",
            )  # fmt: skip
        if fault is None:
            return None
        return RefusedInput.WHY_NEEDED if fault.value == "no_reason" else RefusedInput.NUMBER_NEEDED

    def _allow(self, app: GateApp, keys: Keys) -> RefusedInput | None:
        return app.leader.grant_permit(
            self._street.person(keys["person"]), why=keys.get("why", ""), transport=keys.get("transport", "120"),
            from_ms=ms_of(keys["from"]), to_ms=ms_of(keys["to"]), by="leader",
        ).refused  # fmt: skip

    def _issue(self, app: GateApp, keys: Keys) -> RefusedInput | None:
        made = app.passes.issue_temporary(
            Category(keys["category"]), leave_by_ms=ms_of(keys["leave_by"]), by=_by(keys),
            consent=keys.get("consent", True),
        )  # fmt: skip
        if not isinstance(made, Issued):
            return made.refused
        self._street.texts[keys["as"]], self._street.pass_ids[keys["as"]] = made.text.encode(), made.pass_id
        return None

    def _paper(self, app: GateApp, keys: Keys) -> RefusedInput | None:
        line = PaperLine(
            "P1", keys.get("line", 1), ms_of(keys["when"]), "wl", Direction(keys.get("direction", "IN")),
            keys.get("admitted", True),
            person=self._street.person(keys["person"]) if "person" in keys else None,
            category=Category(keys["category"]) if "category" in keys else None,
            celsius=keys.get("celsius"),
        )  # fmt: skip
        return app.paper.key_in(line).refused

    def _call(self, app: GateApp, keys: Keys) -> RefusedInput | None:
        case = _case(app, keys)
        if case is None:
            return RefusedInput.PASSAGE_CLOSED
        return app.leader.told(case.id, Told(keys["who"]), keys.get("answer", ""), "leader").refused

    def _close(self, app: GateApp, keys: Keys) -> RefusedInput | None:
        case = _case(app, keys)
        if case is None:
            return RefusedInput.PASSAGE_CLOSED
        outcome = CaseOutcome(keys["outcome"]) if "outcome" in keys else None
        if not keys.get("office", False):
            return app.leader.close_case(case.id, outcome, _by(keys)).refused
        office = self._street.office
        with office.database.writing() as tx:
            fault = office.closing.close(
                tx, case.id, outcome or CaseOutcome.EXCLUDED, self._street.now_ms, by="office", leader=False
            )
        return RefusedInput.PIN_NEEDED if fault is not None else None


def _by(keys: Keys) -> str | None:
    return "leader" if keys.get("pin", True) else None


def _case(app: GateApp, keys: Keys) -> Case | None:
    """The oldest open case of a kind."""
    return next((case for case in app.present.cases() if case.kind is CaseKind(keys["kind"])), None)

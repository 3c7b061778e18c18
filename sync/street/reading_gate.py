# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What can be read off a gate after a step: the screens, the log, the files, and what the office holds of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kiosk.app.ports import SyncStatus
from kiosk.app.screen import public_lines, staff_lines, status_lines
from kiosk.app.showing import degrees
from kiosk.app.texts import Catalogue
from kiosk.app.views import CodeView, Line, PassageView
from kiosk.domain.codes import Reason, ScanResult, Verdict
from kiosk.domain.identity import PassageId
from kiosk.domain.instants import day_of
from kiosk.domain.isolation import day_number, due_from, state_at
from kiosk.domain.passage import PassageRecord

if TYPE_CHECKING:
    from sync.street.building import Street
    from sync.street.gate_rig import GateRig

_AT_THE_LANE = frozenset({Reason.NEED_TEMP, Reason.RECHECK_LOW, Reason.NO_MASK})
_HANDS_FULL = frozenset({Verdict.ADMIT_REGISTER, Verdict.ADMIT_ESCORT})


class GateReader:
    """One gate, one passage, as they are now."""

    def __init__(
        self,
        street: "Street",
        gate: "GateRig",
        passage: PassageId | None,
        view: PassageView | CodeView | None,
        texts: Catalogue,
    ) -> None:
        """Take what the step has left."""
        self._street = street
        self._gate = gate
        self._view = view
        self._texts = texts
        self._passage = passage
        self._readers: dict[str, Callable[[Any], Any]] = {
            "verdict": lambda _: self._of_view("verdict"),
            "reason": lambda _: self._of_view("reason"),
            "rule": lambda _: self._of_view("rule"),
            "outcome": lambda _: self._of_view("outcome"),
            "scan_result": lambda _: self._view.scan_result if self._view is not None else ScanResult.NONE,
            "recorded": lambda _: bool(self._of_view("recorded")),
            "passages": lambda _: gate.app.passages_through(),
            "verdict_before": lambda _: self._overridden(),
            "notes": lambda _: self._notes(),
            "party_size": lambda _: self._party_size(),
            "readings": lambda _: len(self._record.readings) if self._record is not None else 0,
            "readings_validity": lambda _: [r.validity for r in self._record.readings] if self._record else [],
            "lane_free": lambda _: self._lane_free(),
            "wait_left": lambda _: self._of_view("wait_left_s"),
            "told": lambda _: list(self._of_view("told") or ()),
            "cases": lambda _: [{"kind": c.kind, "priority": c.priority} for c in gate.app.present.cases()],
            "overdue": self._overdue,
            "isolation": self._isolation,
            "pass_state": self._pass_state,
            "unsynced": lambda _: gate.store.sync_state().pending,
            "at_office": lambda _: street.office_counts(gate.id).events,
            "office_duplicates": lambda _: street.office_counts(gate.id).duplicates,
            "office_passages": lambda _: street.office_counts(gate.id).passages,
            "shift_passages": lambda _: self._shift_passages(),
            "chain_ok": lambda _: gate.chain_ok(),
            "mark": lambda _: (self._record.mark or "") if self._record is not None else "",
            "asked": lambda _: len(gate.app.remote.waiting()),
            "calls": lambda _: self._calls(),
            "work": lambda _: sorted(item.kind for item in gate.app.facts.roster.work()),
            "policy_version": lambda _: self._record.policy if self._record is not None else None,
        }

    @property
    def _record(self) -> PassageRecord | None:
        return self._gate.app.desk.record(self._passage) if self._passage is not None else None

    def read(self, key: str, wanted: Any) -> Any:  # noqa: ANN401 - whatever the expectation is about
        """The value of one expectation; `wanted` names what is asked of tables."""
        return self._readers[key](wanted)

    def texts(self, key: str, wanted: list[str]) -> list[str]:
        """The wanted texts that are there (`_has`), or are not (`_lacks`): equal to `wanted` where all is well."""
        if key == "files_lack":
            return [text for text in wanted if not self._gate.files_hold(text)]
        there = self._queue_screen() if key.startswith("queue") else self._staff_screen()
        return [text for text in wanted if (text in there) is key.endswith("has")]

    # -- screens -------------------------------------------------------------------------------------------------

    def _staff_screen(self) -> str:
        app = self._gate.app
        kept = self._gate.store.sync_state()
        sync = SyncStatus(
            pending=kept.pending,
            oldest_pending_at_ms=kept.oldest_pending_at_ms,
            online=self._gate.reached,
            offset_ms=kept.offset_ms,
        )
        lines: list[Line] = [*status_lines(app.status(sync))]
        said: list[str] = []
        if self._view is not None:
            lines += staff_lines(self._view)
        if isinstance(self._view, PassageView):
            said.append(self._view.name_line)
            if self._view.temperature_dc is not None:
                said.append(degrees(self._view.temperature_dc))
        return "\n".join([*(self._texts.line(line) for line in lines), *said])

    def _queue_screen(self) -> str:
        if self._view is None:
            return ""
        return "\n".join(self._texts.line(line) for line in public_lines(self._view))

    # -- facts ---------------------------------------------------------------------------------------------------

    def _of_view(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._view, name, None)

    def _overridden(self) -> Verdict | None:
        record = self._record
        return record.overridden.verdict if record is not None and record.overridden is not None else None

    def _notes(self) -> list[str]:
        record = self._record
        if record is None:
            return []
        case = self._gate.app.present.get("case", record.case) if record.case is not None else None
        return list(dict.fromkeys((*record.notes, *(case.notes if case is not None else ()))))

    def _calls(self) -> list[str]:
        """Who was told of the passage's case so far, in the order of the list."""
        record = self._record
        case = self._gate.app.present.get("case", record.case) if record is not None and record.case else None
        return [step.who for step in case.steps if step.told_at_ms is not None] if case is not None else []

    def _party_size(self) -> int:
        record = self._record
        if record is None or record.party is None:
            return 1
        return self._gate.party_size(record.party)

    def _lane_free(self) -> bool:
        view = self._view
        if not isinstance(view, PassageView) or view.final:
            return True
        if view.verdict is Verdict.WAIT:
            return view.reason not in _AT_THE_LANE
        return view.verdict not in _HANDS_FULL

    def _overdue(self, wanted: Any) -> Any:  # noqa: ANN401
        overdue = [self._street.pass_label(pass_id) for pass_id in self._gate.app.overdue()]
        return overdue if isinstance(wanted, list) else len(overdue)

    def _isolation(self, wanted: dict[str, Any]) -> dict[str, Any]:
        app = self._gate.app
        now = app.now().at_ms
        params = app.facts.policy_at(now).params
        person = self._street.person(wanted["person"])
        record = app.facts.isolation(person)
        out: dict[str, Any] = {"person": wanted["person"], "state": state_at(record, now, params)}
        if record is not None:
            out |= {
                "d0": record.d0,
                "day": day_number(record.d0, day_of(now), params),
                "due": due_from(record.d0, params),
            }
        return out

    def _pass_state(self, wanted: dict[str, Any]) -> dict[str, Any]:
        return {"pass": wanted["pass"], "state": self._gate.pass_state(self._street.pass_id(wanted["pass"]))}

    def _shift_passages(self) -> int:
        shift = self._gate.app.present.shift()
        return 0 if shift is None else shift.tally.get("entered", 0) + shift.tally.get("left", 0)

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a scenario may say: its verbs, their keys and values, and what can be expected (tests/scenarios/README.md)."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from kiosk.domain.codes import (
    Attr,
    Button,
    CaseKind,
    CaseOutcome,
    Category,
    CodeColour,
    Direction,
    GateKind,
    IsolationState,
    Lane,
    MemberSource,
    Note,
    PassState,
    Priority,
    Reason,
    RefusedInput,
    ReportStatus,
    ScanResult,
    Site,
    Slot,
    TempOutcome,
    Tick,
    Told,
    Validity,
    Verdict,
)
from kiosk.domain.figures import PASSAGE_COLUMNS

Check = Callable[[Any], bool]
"""Whether a value fits a key."""

REPORT_COLUMNS = frozenset(
    (
        *PASSAGE_COLUMNS, "entered_persons", "fever", "issued", "reissued", "revoked", "stock", "increment",
        "isolation_yesterday", "isolation_new", "isolation_released", "isolation_today", "home_temp_due",
        "home_temp_taken", "on_duty_district", "on_duty_street", "on_duty_resident", "late_entries", "tailgated",
        "missing_days", "unsynced",
    )
)  # fmt: skip


def _text(value: object) -> bool:
    return isinstance(value, str)


def _whole(value: object) -> bool:
    return type(value) is int


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _moment(value: object) -> bool:
    return isinstance(value, dt.datetime) and value.tzinfo is not None


def _day(value: object) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _when(value: object) -> bool:
    return _moment(value) or (isinstance(value, str) and re.fullmatch(r"\+\d+s", value) is not None)


def _span(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d+s", value) is not None


def _code(cls: type) -> Check:
    values = {member.value for member in cls}  # type: ignore[attr-defined]
    return lambda value: isinstance(value, str) and value in values


def _list_of(item: Check) -> Check:
    return lambda value: isinstance(value, list) and all(item(x) for x in value)


def _amount(value: object) -> bool:
    return type(value) is int or (
        isinstance(value, str) and re.fullmatch(r"(>=|<=|>|<|==|!=)?\s*-?\d+", value) is not None
    )


def _table(**keys: Check) -> Check:
    return lambda value: (
        isinstance(value, dict) and set(value) <= set(keys) and all(keys[k](v) for k, v in value.items())
    )


def _report(value: object) -> bool:
    return isinstance(value, dict) and set(value) <= REPORT_COLUMNS and all(_amount(v) for v in value.values())


_PERSON_FACTS: dict[str, Check] = {
    "direction": _code(Direction),
    "mask": _flag,
    "code": _code(CodeColour),
}
_MEMBERS = _list_of(_table(name=_text, source=_code(MemberSource)))
COMMON: dict[str, Check] = {
    "do": _text,
    "at": _when,
    "gate": _text,
    "passage": _text,
    "expect": lambda v: isinstance(v, dict),
}

FAULTS: frozenset[str] = frozenset({"lost_request", "lost_answer", "server_error", "captive_portal", "half_body"})
"""What may happen to one request of a sync."""

VERBS: dict[str, dict[str, Check]] = {
    "scan": {**_PERSON_FACTS, "pass": _text, "text": _text, "forged": _text, "byte": _whole,
             "times": _whole, "every": _span},
    "arrive": {**_PERSON_FACTS, "category": _code(Category), "consent": _flag, "host": _text, "plate": _text,
               "name": _text, "phone": _text},
    "look_up": {**_PERSON_FACTS, "compound": _text, "building": _text, "unit": _text, "room": _text, "name": _text,
                "phone_tail": _text},
    "return_home": {**_PERSON_FACTS, "person": _text, "from_region": _text, "transit": _list_of(_text),
                    "departed": _day, "arrived": _day, "home_fit": _flag, "signs": _flag, "contact": _flag},
    "reading": {"celsius": _text, "site": _code(Site)},
    "refuse_reading": {},
    "tick": {"items": _list_of(_code(Tick))},
    "press": {"button": _code(Button)},
    "override": {"verdict": _code(Verdict), "why": _text, "pin": _flag, "second_pin": _flag},
    "party": {**_PERSON_FACTS, "plate": _text, "occupants": _list_of(
        _table(**{"pass": _text, "person": _text, "celsius": _text, "site": _code(Site), "passage": _text,
                  "category": _code(Category)}))},
    "tailgate": {"count": _whole},
    "release": {"person": _text, "number": _text},
    "lost": {"pass": _text},
    "revoke": {"pass": _text},
    "reissue": {"pass": _text, "as": _text},
    "set_param": {"name": _text, "value": lambda _: True},
    "offline": {},
    "online": {},
    "sync": {"fault": lambda v: v in FAULTS},
    "crash": {},
    "clock": {"to": _moment, "confirm": _flag},
    "sign_on": {"members": _MEMBERS, "remarks": _text},
    "handover": {"members": _MEMBERS, "remarks": _text, "pin": _flag, "second_pin": _flag, "leader_pin": _flag},
    "home_temp": {"person": _text, "slot": _code(Slot), "celsius": _text},
    "report": {"day": _day, "scope": _text, "revision": _whole},
    "look": {},
    # Ours beyond the common format (tests/scenarios/README.md, "Further verbs").
    "tap": {**_PERSON_FACTS, "pass": _text, "person": _text},
    "unread": _PERSON_FACTS,
    "unlock": {"pin": _flag},
    "correct": {"celsius": _text, "pin": _flag},
    "void": {"why": _text},
    "ask": {},
    "answer": {"approve": _flag, "why": _text},
    "allow": {"person": _text, "why": _text, "transport": _text, "from": _moment, "to": _moment},
    "issue": {"as": _text, "category": _code(Category), "leave_by": _moment, "consent": _flag, "pin": _flag},
    "extend_list": {"why": _text, "pin": _flag},
    "paper": {"line": _whole, "when": _moment, "direction": _code(Direction), "admitted": _flag, "person": _text,
              "category": _code(Category), "celsius": _text},
    "call": {"kind": _code(CaseKind), "who": _code(Told), "answer": _text},
    "close": {"kind": _code(CaseKind), "outcome": _code(CaseOutcome), "pin": _flag, "office": _flag},
}  # fmt: skip

EXPECT: dict[str, Check] = {
    "verdict": _code(Verdict),
    "reason": _code(Reason),
    "rule": _text,
    "outcome": _code(TempOutcome),
    "scan_result": _code(ScanResult),
    "recorded": _flag,
    "passages": _amount,
    "verdict_before": _code(Verdict),
    "notes": _list_of(_code(Note)),
    "party_size": _amount,
    "readings": _amount,
    "readings_validity": _list_of(_code(Validity)),
    "lane_free": _flag,
    "wait_left": _amount,
    "screen_has": _list_of(_text),
    "screen_lacks": _list_of(_text),
    "queue_screen_has": _list_of(_text),
    "queue_screen_lacks": _list_of(_text),
    "files_lack": _list_of(_text),
    "told": _list_of(_code(Told)),
    "cases": _list_of(_table(kind=_code(CaseKind), priority=_code(Priority))),
    "overdue": lambda v: _amount(v) or _list_of(_text)(v),
    "isolation": _table(person=_text, state=_code(IsolationState), day=_amount, d0=_day, due=_day),
    "pass_state": _table(**{"pass": _text, "state": _code(PassState)}),
    "found": _amount,
    "refused_input": _code(RefusedInput),
    "unsynced": _amount,
    "at_office": _amount,
    "office_duplicates": _amount,
    "office_passages": _amount,
    "shift_passages": _amount,
    "chain_ok": _flag,
    "report": _report,
    "status": _code(ReportStatus),
    "revision": _amount,
    "gates_reported": _amount,
    "gates_total": _amount,
    "policy_versions": _list_of(_text),
    "policy_version": _text,
    "members": _amount,
    "mark": lambda value: value in ("", "IN_IN", "OUT_OUT"),
    "asked": _amount,
    "calls": _list_of(_code(Told)),
    "work": _list_of(_text),
}

GIVEN: dict[str, Check] = {
    "now": _moment,
    "policy": _text,
    "list_made_at": _moment,
    "online": _flag,
    "street": _table(compounds=_whole, gates=_whole),
    "params": lambda v: isinstance(v, dict),
    "compound": lambda v: isinstance(v, list),
    "gate": lambda v: isinstance(v, list),
    "person": lambda v: isinstance(v, list),
    "pass": lambda v: isinstance(v, list),
    "isolation": lambda v: isinstance(v, list),
    "permit": lambda v: isinstance(v, list),
}
ROWS: dict[str, dict[str, Check]] = {
    "compound": {"id": _text, "name": _text},
    "gate": {"id": _text, "compound": _text, "lane": _code(Lane), "hours": _text, "kind": _code(GateKind),
             "pickup_point": _text, "name": _text},
    "person": {"id": _text, "name": _text, "category": _code(Category), "compound": _text, "building": _text,
               "unit": _text, "room": _text, "phone": _text, "attrs": _list_of(_code(Attr)), "employer": _text,
               "employer_contact": _text, "approval_no": _text, "preferred_site": _code(Site)},
    "pass": {"id": _text, "person": _text, "category": _code(Category), "compound": _text, "state": _code(PassState),
             "issued_at": _moment, "valid_to": _moment, "listed": _flag, "leave_by": _moment,
             "gates": _list_of(_text), "household": _text},
    "isolation": {"person": _text, "d0": _day, "mode": lambda v: v in ("HOME", "CENTRAL"), "notice": _flag,
                  "record": _flag, "commitment": _flag, "release_notice": _text},
    "permit": {"person": _text, "reason": _text, "from": _moment, "to": _moment},
}  # fmt: skip

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/report/{date}` 日报: figures by scope and revision, each gate's status, sign-off, the district's sheet."""

import datetime as dt
from collections.abc import Sequence

from kiosk.domain.codes import ReportStatus
from kiosk.domain.instants import DAY_MS, day_of, shanghai
from kiosk.domain.register import Gate
from kiosk.domain.reports import COLUMNS
from sync.office.print.fill_xlsx import FillFault
from sync.office.print.sheet import MEDIA, Cell, Format, Sheet
from sync.office.service.district_sheet import DistrictSheets, MappingFault, file_name, filled, read_mapping
from sync.office.service.exports import Exported, Purpose
from sync.office.service.report import DailyReport, yesterday
from sync.office.service.sheets import Sheets
from sync.office.service.signing_off import Revision, sign_off
from sync.office.web.answers import NOT_FOUND, STALE, Answer, Done, Refused, Shown
from sync.office.web.page import Group, Page, Post
from sync.office.web.reporting import MAIN, ReportView, inner, parameters, reports_of, scopes, view
from sync.office.web.visit import Visit

_FUTURE_MS = DAY_MS
LOOKS = {
    ReportStatus.REPORTED: "go", ReportStatus.ZERO: "go", ReportStatus.INCOMPLETE: "wait", ReportStatus.MISSING: "stop",
}  # fmt: skip


def start(visit: Visit) -> Answer:
    """`/report`: the day asked for, else yesterday, which is reported at 07:00."""
    try:
        day = dt.date.fromisoformat(visit.asked["day"])
    except ValueError:
        day = yesterday(visit.now_ms)
    scope = visit.asked["scope"]
    known = {one.id for one in scopes(visit)}
    return Done(f"/report/{day}?scope={scope}" if scope in known else f"/report/{day}")


def day_in(visit: Visit) -> dt.date | None:
    """The day of the address; one that has not come is none."""
    try:
        day = dt.date.fromisoformat(visit.path["date"])
    except ValueError:
        return None
    return day if day <= day_of(visit.now_ms) else None


def _view(visit: Visit, scope: str, revision: str) -> ReportView | None:
    day = day_in(visit)
    if day is None or (revision and not revision.isdecimal()):
        return None
    return view(visit, day, scope, int(revision) if revision else None)


def show(visit: Visit) -> Answer:
    """The page."""
    made = _view(visit, visit.asked["scope"], visit.asked["revision"])
    if made is None:
        return NOT_FOUND
    templates = DistrictSheets(visit.office.ids).all(visit.tx) if visit.may("export.redacted") else []
    columns = [] if made.shown is None else [(name, made.shown.columns[name]) for name in names(made.shown)]
    values = {"report": made, "main": MAIN, "columns": columns, "looks": LOOKS, "templates": templates}
    return Shown("report.html", values)


def make(visit: Visit) -> Answer:
    """A new revision where something has come since; of the scope and of those inside it."""
    day, scope = day_in(visit), visit.form.get("scope", "")
    choices = scopes(visit)
    if day is None or scope not in {one.id for one in choices}:
        return NOT_FOUND
    reports, params = reports_of(visit), parameters(visit, day)
    before = reports.shown(visit.tx, day, scope)
    made = reports.make(visit.tx, day, scope, params, visit.now_ms)
    for one in inner(visit, scope, choices):
        reports.make(visit.tx, day, one.id, params, visit.now_ms)
    if made is None:
        return NOT_FOUND
    visit.note("report.daily", f"{day} {scope} {made.revision}")
    same = before is not None and before.revision == made.revision
    text = "office.report.same" if same else "office.report.made"
    return Done(f"/report/{day}?scope={scope}", text, {"n": made.revision})


def sign(visit: Visit) -> Answer:
    """Sign the newest revision; one that is not the newest any more is not signed."""
    made = _view(visit, visit.form.get("scope", ""), visit.form.get("revision", ""))
    if made is None or made.shown is None:
        return NOT_FOUND
    if made.shown.revision != made.newest:
        return STALE
    what = Revision(made.day, made.scope.id, made.newest)
    sign_off(visit.tx, visit.office.audit, what, visit.user.id, visit.now_ms)
    return Done(f"/report/{made.day}?scope={made.scope.id}", "office.report.signed", {"n": made.newest})


def sheet(visit: Visit) -> Sheet | Refused:
    """All columns, of the scope with what changed, and of the scopes inside it."""
    made = _view(visit, visit.asked["scope"], visit.asked["revision"])
    if made is None or made.shown is None:
        return NOT_FOUND
    shown = made.shown
    inside = [(choice, report) for choice, report in made.below if report is not None]
    heads = (visit.t("office.report.column"), made.scope.name, visit.t("office.report.changed"))
    rows: list[list[Cell]] = [_line(visit, name, shown, [report for _, report in inside]) for name in names(shown)]
    return Sheet(
        f"report-{made.day}-{made.scope.id}", visit.t("office.report.title"), _scope_text(visit, made),
        (*heads, *(choice.name for choice, _ in inside)), rows, visit.t("office.purpose"),
        visit.t("office.made_at", at=f"{shanghai(shown.made_at_ms):%Y-%m-%d %H:%M}"), visit.t("office.signature"),
        ("column", "value", "changed", *(choice.id for choice, _ in inside)),
    )  # fmt: skip


def names(report: DailyReport) -> list[str]:
    """The report's columns in their order; a silent scope has none: all blank."""
    return [name for name in COLUMNS if name in report.columns]


def _line(visit: Visit, name: str, shown: DailyReport, inside: list[DailyReport]) -> list[Cell]:
    return [
        visit.t(f"office.column.{name}"), shown.columns.get(name), shown.changed.get(name),
        *(report.columns.get(name) for report in inside),
    ]  # fmt: skip


def _scope_text(visit: Visit, made: ReportView) -> str:
    shown = made.shown
    if shown is None:
        return ""
    status = visit.t(f"report_status.{shown.status.value}")
    mark = visit.t("office.report.off_balance") if shown.off_balance else ""
    reported = f"{shown.gates_reported}/{shown.gates_total}"
    revision = visit.t("office.report.revision", n=shown.revision)
    return f"{made.day} {made.scope.name} {revision} {status} {reported} {mark}".strip()


def district(visit: Visit) -> Answer:
    """The district's own file, filled for this day and scope; noted as an export."""
    made = _view(visit, visit.form.get("scope", ""), visit.form.get("revision", ""))
    template = DistrictSheets(visit.office.ids).get(visit.tx, visit.form.get("template", ""))
    if made is None or made.shown is None or template is None:
        return NOT_FOUND
    choices = scopes(visit)
    places = read_mapping(template.mapping, column_names(visit), frozenset(one.id for one in choices))
    if isinstance(places, MappingFault):
        return Done(f"/report/template/{template.id}", "office.template.unmapped")
    of = reports_of(visit).of_scopes(visit.tx, made.day, sorted({one.scope for one in places if one.scope}))
    content = filled(template, places, made.shown, of, lambda code: visit.t(f"report_status.{code}"))
    if isinstance(content, FillFault):
        return Done(f"/report/template/{template.id}", "office.template.unmapped")
    file = Exported(file_name(template, made.day), MEDIA[Format.XLSX], content)
    return visit.house.exports.note(
        visit.tx, file, Purpose(visit.user.id), visit.now_ms, scope=_scope_text(visit, made),
        columns=tuple(sorted({one.column for one in places if one.column})), rows=len(places),
    )  # fmt: skip


def attached(visit: Visit) -> Answer:
    """发热症状个案表 or 零报告表 of this day and scope, as a sheet; names are masked (domain.md 17)."""
    made = _view(visit, visit.form.get("scope", ""), "")
    if made is None:
        return NOT_FOUND
    sheets = Sheets(visit.office.book, visit.office.passages)
    wanted = {gate.id for gate in made.gates}
    gates = [gate for gate in visit.reach.gates if gate.id in wanted]
    kind = "fever" if visit.form.get("kind") == "fever" else "zero"
    rows = _fever(visit, sheets, made.day, gates) if kind == "fever" else _zero(visit, sheets, made.day, gates)
    heads = tuple(visit.t(f"office.attached.{kind}_{key}") for key in _ATTACHED[kind])
    sheet = Sheet(
        f"{kind}-{made.day}-{made.scope.id}", visit.t(f"office.attached.{kind}"), f"{made.day} {made.scope.name}",
        heads, rows, visit.t("office.purpose"),
        visit.t("office.made_at", at=f"{shanghai(visit.now_ms):%Y-%m-%d %H:%M}"), visit.t("office.signature"),
        _ATTACHED[kind],
    )  # fmt: skip
    return visit.house.exports.write(visit.tx, sheet, Format.XLSX, Purpose(visit.user.id), visit.now_ms)


_ATTACHED = {
    "fever": ("at", "gate", "person", "room", "readings", "priority", "told", "outcome"),
    "zero": ("gates", "committees", "key", "industry", "others", "watched", "feverish"),
}


def _fever(visit: Visit, sheets: Sheets, day: dt.date, gates: Sequence[Gate]) -> list[list[Cell]]:
    out: list[list[Cell]] = []
    for one in sheets.fever_cases(visit.tx, day, gates):
        readings = "; ".join(
            f"{read.tenths // 10}.{read.tenths % 10} {visit.t(f'site.{read.site.value}')} {shanghai(read.at_ms):%H:%M}"
            for read in one.readings
        )
        told = "; ".join(
            f"{who} {'' if at is None else f'{shanghai(at):%H:%M}'} {answer}".strip() for who, at, answer in one.told
        )
        out.append(
            [shanghai(one.opened_at_ms), one.gate, one.person, one.room, readings, one.priority, told, one.outcome]
        )
    return out


def _zero(visit: Visit, sheets: Sheets, day: dt.date, gates: Sequence[Gate]) -> list[list[Cell]]:
    one = sheets.zero(visit.tx, day, gates)
    return [
        [
            one.gates, one.committees, one.key_region_isolated, one.key_industry_returnees, one.others_arrived,
            one.watched, one.feverish,
        ]
    ]  # fmt: skip


def column_names(visit: Visit) -> dict[str, str]:
    """Codes and names in the reader's language -> code of every column."""
    prefix = "office.column."
    codes = [key.removeprefix(prefix) for key in visit.texts.keys() if key.startswith(prefix)]  # noqa: SIM118 - texts are no mapping
    return {code: code for code in codes} | {visit.t(f"{prefix}{code}"): code for code in codes}


START = Page("/report", "office.report.title", Group.REPORT, "report.daily", start, filters=("day", "scope"))
PAGE = Page(
    "/report/{date}", "office.report.title", Group.REPORT, "report.daily", show, filters=("scope", "revision"),
    posts={
        "make": Post(make, "report.daily"), "sign": Post(sign, "report.signoff"),
        "district": Post(district, "export.redacted", again=True),
        "attached": Post(attached, "export.redacted", again=True),
    },
    export=sheet, stands_for="/report",
)  # fmt: skip

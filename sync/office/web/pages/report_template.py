# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/report/template` 区报表模板: the district's xlsx, kept with its mapping of cells to columns, previewed."""

from sync.office.print.fill_xlsx import LARGEST, FillFault, fill, sheet_names
from sync.office.service.district_sheet import DistrictSheets, MappingFault, Place, Template, read_mapping
from sync.office.service.report import STREET, DailyReport, yesterday
from sync.office.web.answers import NOT_FOUND, Answer, Done, Shown
from sync.office.web.page import Group, Page, Post
from sync.office.web.pages.report import column_names
from sync.office.web.reporting import reports_of, scopes
from sync.office.web.visit import Visit

_ACTION = "report.signoff"
_LONGEST = 16_000


def show(visit: Visit) -> Answer:
    """All templates, and where to bring another."""
    return Shown("templates.html", {"templates": DistrictSheets(visit.office.ids).all(visit.tx)})


def bring(visit: Visit) -> Answer:
    """Keep a file as a template."""
    if visit.upload is None:
        return _faulty(visit, "not_xlsx")
    name = visit.upload.name.replace("\\", "/").rpartition("/")[2][:60] or "district.xlsx"
    kept = DistrictSheets(visit.office.ids).keep(visit.tx, name, visit.upload.content, visit.user.id, visit.now_ms)
    if isinstance(kept, FillFault):
        return _faulty(visit, kept.code)
    visit.note(_ACTION, f"template {kept}")
    return Done(f"/report/template/{kept}", "office.template.kept")


def _faulty(visit: Visit, code: str) -> Answer:
    values = {"templates": DistrictSheets(visit.office.ids).all(visit.tx)}
    return Shown("templates.html", values, {"file": f"office.template.faults.{code}"})


def one(visit: Visit) -> Answer:
    """A template with its mapping, and what its cells would hold for yesterday."""
    template = DistrictSheets(visit.office.ids).get(visit.tx, visit.path["id"])
    return NOT_FOUND if template is None else _shown(visit, template, template.mapping)


def save(visit: Visit) -> Answer:
    """Keep a mapping that can be read and fills no formula."""
    sheets = DistrictSheets(visit.office.ids)
    template = sheets.get(visit.tx, visit.path["id"])
    if template is None:
        return NOT_FOUND
    text = visit.form.get("mapping", "").replace("\r\n", "\n")[:_LONGEST]
    shown = _shown(visit, template, text)
    if not shown.faults:
        sheets.map(visit.tx, template.id, text)
        visit.note(_ACTION, f"template {template.id}")
        return Done(f"/report/template/{template.id}", "office.template.mapped")
    return shown


def drop(visit: Visit) -> Answer:
    """Let go of a template."""
    DistrictSheets(visit.office.ids).drop(visit.tx, visit.path["id"])
    visit.note(_ACTION, f"template {visit.path['id']} dropped")
    return Done("/report/template", "office.template.dropped")


def _shown(visit: Visit, template: Template, text: str) -> Shown:
    choices = scopes(visit)
    places = read_mapping(text, column_names(visit), frozenset(choice.id for choice in choices))
    names = sheet_names(template.content)
    values = {
        "template": template, "mapping": text, "sheets": () if isinstance(names, FillFault) else names,
        "columns": sorted(set(column_names(visit).values())), "choices": choices, "line": 0, "where": "", "cells": [],
    }  # fmt: skip
    if isinstance(places, MappingFault):
        values["line"] = places.line
        return Shown("template.html", values, {"mapping": f"office.template.faults.{places.code}"})
    day = yesterday(visit.now_ms)
    made = reports_of(visit).of_scopes(visit.tx, day, [STREET, *(place.scope for place in places if place.scope)])
    shown = made.get(STREET)
    told = fill(template.content, {(place.sheet, place.cell): 0 for place in places})
    if isinstance(told, FillFault):
        values["where"] = told.where
        return Shown("template.html", values, {"mapping": f"office.template.faults.{told.code}"})
    values["cells"] = [(place, _value(place, shown, made)) for place in places]
    return Shown("template.html", values)


def _value(place: Place, shown: DailyReport | None, made: dict[str, DailyReport]) -> int | None:
    report = made.get(place.scope) if place.scope else shown
    return None if report is None else report.columns.get(place.column)


PAGE = Page(
    "/report/template", "office.template.title", Group.REPORT, _ACTION, show,
    posts={"bring": Post(bring, _ACTION, upload=LARGEST)},
)  # fmt: skip
ONE = Page(
    "/report/template/{id}", "office.template.title", Group.REPORT, _ACTION, one,
    posts={"save": Post(save, _ACTION), "drop": Post(drop, _ACTION)}, stands_for="/report/template",
)  # fmt: skip

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The two sheets attached to the daily report."""

import datetime as dt
from pathlib import Path

from kiosk.app.desk import Arriving
from kiosk.domain.codes import Site, Told
from sync.office.service.sheets import Sheets
from sync.street.given import build_street
from sync.street.scenario import Scenario

GIVEN = {
    "person": [
        {"id": "zhang", "name": "张伟", "building": "3", "unit": "1", "room": "502"},
        {"id": "li", "name": "李娜", "category": "KEY_INDUSTRY", "building": "5", "unit": "", "room": "301"},
        {"id": "wang", "name": "王芳", "category": "RET_KEY", "building": "7", "unit": "1", "room": "101"},
    ],
    "pass": [{"id": "card1", "person": "zhang"}],
    "isolation": [
        {"person": "li", "d0": dt.date(2020, 2, 14)},
        {"person": "wang", "d0": dt.date(2020, 2, 16)},
    ],
}


def test_a_fever_stands_on_its_sheet_with_readings_and_calls_and_no_name(tmp_path: Path) -> None:
    street = build_street(Scenario(tmp_path / "x.toml", "sheets", "sheets", GIVEN), tmp_path)
    gate = street.gates["G01"].app
    shown = gate.desk.on_code(street.pass_text("card1"), Arriving())
    assert shown.view is not None
    gate.desk.reading(shown.view.passage, "37.8", Site.AXILLA)  # type: ignore[union-attr]
    (case,) = gate.present.cases()
    gate.leader.told(case.id, Told.LEADER, "已到", "volunteer")
    street.sync(None)
    office = street.office
    sheets = Sheets(office.book, office.passages)
    with office.database.reading() as tx:
        gates = office.book.gates(tx)
        (row,) = sheets.fever_cases(tx, dt.date(2020, 2, 20), gates)
        zero = sheets.zero(tx, dt.date(2020, 2, 20), gates)
    assert (row.person, row.room, row.priority) == ("张*", "3-1-502", "P2")
    assert [(r.tenths, r.site) for r in row.readings] == [(378, Site.AXILLA)]
    assert [who for who, _, _ in row.told] == ["LEADER", "COMMITTEE", "HEALTH", "120", "STREET"]
    assert row.told[0][2] == "已到"
    assert row.told[1][1] is None
    assert (zero.gates, zero.committees, zero.key_region_isolated, zero.key_industry_returnees) == (1, 1, 1, 1)
    assert (zero.feverish, zero.watched) == (1, 2)
    street.close()

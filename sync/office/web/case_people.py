# SPDX-License-Identifier: LicenseRef-Gatehouse
"""案件当事人: whom a case is about, for the list of cases and for the health centre."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from kiosk.domain.register import Person
from sync.office.store.tables import passage
from sync.office.web.visit import Visit


def people_of(visit: Visit, rows: Sequence[Row[Any]]) -> dict[str, Person]:
    """Case -> the person it names, or of its passage; two queries for all, and one person may have several cases."""
    c = passage.c
    passages = [row.passage_id for row in rows if row.passage_id is not None]
    found = visit.tx.execute(select(c.passage_id, c.person_id).where(c.passage_id.in_(passages))).all()
    holders: dict[str, str] = {key: person for key, person in found if person is not None}
    persons = {row.id: json.loads(row.doc).get("person") or holders.get(row.passage_id) for row in rows}
    opened = visit.office.book.register.many(
        visit.tx, Person.ENTITY, list({key for key in persons.values() if key is not None})
    )
    return {
        case: one for case, key in persons.items() if key is not None and isinstance(one := opened.get(key), Person)
    }

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A person within an account's reach; whoever is not is not there (trust.md 3)."""

from sqlalchemy import select

from kiosk.domain.register import Dwelling, Person
from sync.office.service.accounts import Role
from sync.office.store.tables import case_file, isolation, passage
from sync.office.web.visit import Visit


def person_within(visit: Visit, person_id: str) -> tuple[Person, Dwelling | None] | None:
    """The person and the flat, or None.

    A building leader reaches her buildings; the health centre the isolated and those with a case, of its committees.
    """
    register = visit.office.book.register
    person = register.get(visit.tx, Person, person_id)
    if person is None or visit.reach.compound(person.compound) is None:
        return None
    home = None if person.dwelling is None else register.get(visit.tx, Dwelling, person.dwelling)
    if visit.reach.buildings and (home is None or not visit.reach.building(person.compound, home.building)):
        return None
    if visit.user.role is Role.HEALTH and not _referred(visit, person.id):
        return None
    return person, home


def _referred(visit: Visit, person_id: str) -> bool:
    isolated = select(isolation.c.id).where(isolation.c.person_id == person_id).limit(1)
    case = select(case_file.c.id).join(passage, passage.c.passage_id == case_file.c.passage_id)
    case = case.where(passage.c.person_id == person_id).limit(1)
    return visit.tx.execute(isolated).first() is not None or visit.tx.execute(case).first() is not None

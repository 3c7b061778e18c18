# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/reveal` 查看个人信息: one person's masked fields, opened with a reason, each look noted (trust.md 3)."""

from sync.office.web.answers import NOT_FOUND, Answer, Shown
from sync.office.web.page import Group, Page, Post
from sync.office.web.persons import person_within
from sync.office.web.visit import Visit

_OPENED = ("name.reveal", "room.reveal", "phone.read")


def show(visit: Visit) -> Answer:
    """Nothing stands here by itself: it is opened from a list."""
    del visit
    return NOT_FOUND


def open_person(visit: Visit) -> Answer:
    """The person's fields as far as the role has them at all."""
    found = person_within(visit, visit.form.get("id", ""))
    if visit.form.get("kind") != "person" or found is None:
        return NOT_FOUND
    person, home = found
    for action in _OPENED:
        visit = visit.opening(action, person.id)
    fields = visit.fields
    back = visit.form.get("back", "")
    lines = (
        ("name", fields.name(person.name)),
        ("room", fields.room(home)),
        ("phone", fields.phone(person.phone)),
        ("category", fields.health(visit.t(f"category.{person.category.value}"))),
    )
    inside = back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"
    return Shown("reveal.html", {"lines": [line for line in lines if line[1]], "back": inside})


PAGE = Page(
    "/reveal", "office.reveal.title", Group.PEOPLE, "name.reveal", show, posts={"": Post(open_person)},
    stands_for="/people",
)  # fmt: skip

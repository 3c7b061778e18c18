# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The leader's look-up: two characters, initials in every reading, the end of a phone number; nobody is mixed up."""

from kiosk.domain.codes import Category
from kiosk.domain.identity import CompoundId, PersonId
from kiosk.domain.person_index import MOST, PersonIndex
from kiosk.domain.register import Person


def person(key: str, name: str, phone: str = "", initials: tuple[str, ...] = (), compound: str = "C01") -> Person:
    return Person(PersonId(key), Category.LOCAL, CompoundId(compound), name=name, phone=phone, initials=initials)


PEOPLE = [
    person("1", "单伟", "13800001234", ("sw", "dw", "cw")),
    person("2", "张伟", "13800005678", ("zw",)),
    person("3", "张伟", "13900001234", ("zw",)),
    person("4", "欧阳小明", "13900009999", ("oyxm",), "C02"),
    person("5", "张小伟", "", ("zxw",)),
]
INDEX = PersonIndex(PEOPLE)


def found(text: str, *compounds: str) -> list[str]:
    wanted = frozenset(CompoundId(c) for c in compounds) or None
    return [hit.person for hit in INDEX.find(text, wanted)]


def test_two_characters_anywhere_in_a_name() -> None:
    assert found("张伟") == ["2", "3"]
    assert found("小伟") == ["5"]
    assert found("阳小") == found(" 欧阳小明 ") == ["4"]
    assert found("张") == found("") == []


def test_every_reading_of_a_surname_finds_the_person() -> None:
    assert [found(letters) for letters in ("sw", "dw", "cw", "DW")] == [["1"]] * 4
    assert found("oyx") == ["4"]
    assert found("zw") == ["2", "3"]
    assert found("z") == []


def test_four_digits_are_the_end_of_a_phone_number_and_nothing_shorter_is() -> None:
    assert found("1234") == ["1", "3"]
    assert found("234") == found("01234") == []


def test_only_the_compounds_that_one_may_see() -> None:
    assert found("oyxm", "C01") == []
    assert found("oyxm", "C02") == ["4"]


def test_who_moved_or_was_renamed_is_found_as_he_is_now() -> None:
    index = PersonIndex(PEOPLE)
    index.put(person("2", "张卫", "13811112222", ("zw",)))
    index.drop(PersonId("3"))
    assert [hit.person for hit in index.find("张伟")] == []
    assert [hit.person for hit in index.find("张卫")] == [hit.person for hit in index.find("2222")] == ["2"]
    assert len(index) == 4


def test_a_common_name_gives_a_page_and_no_more() -> None:
    index = PersonIndex(person(f"{n:03}", "王芳", initials=("wf",)) for n in range(MOST + 5))
    assert len(index.find("wf")) == MOST

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The catalogue is whole: both languages hold the same keys and placeholders, and every code and rule has its text."""

import re
from enum import StrEnum

import pytest

import assets
from kiosk.app import screen
from kiosk.app.texts import Catalogue
from kiosk.app.views import ChipKind, Line
from kiosk.domain import codes
from kiosk.domain.admission.rules import RULE_IDS

ZH, EN = (Catalogue(language, *assets.texts(language)) for language in assets.LANGUAGES)
ENUMS = [value for value in vars(codes).values() if isinstance(value, type) and issubclass(value, StrEnum)]
MEMBERS = [
    (re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(), member.value)
    for kind in ENUMS
    if kind is not StrEnum
    for member in kind
]


def test_both_languages_hold_the_same_keys() -> None:
    assert ZH.names() ^ EN.names() == set()


def test_both_languages_hold_the_same_placeholders() -> None:
    assert [key for key in ZH.names() if ZH.placeholders(key) != EN.placeholders(key)] == []


@pytest.mark.parametrize("catalogue", [ZH, EN], ids=["zh_CN", "en"])
def test_every_code_of_the_domain_has_its_text(catalogue: Catalogue) -> None:
    missing = [f"{table}.{name}" for table, name in MEMBERS if not catalogue.has(f"{table}.{name}")]
    assert missing == []


def test_every_rule_has_its_staff_text() -> None:
    told = {key.removeprefix("staff.").partition(".")[0] for key in ZH.names() if key.startswith("staff.")}
    assert set(RULE_IDS) - told == set()


def test_every_kind_of_chip_has_its_word() -> None:
    assert [kind for kind in ChipKind if not ZH.has(f"tray.{kind.value}")] == []


def test_every_key_the_looks_name_is_in_the_catalogue() -> None:
    looks = [
        screen.verdict_look(verdict, reason, codes.ScanResult.OK, direction)
        for verdict in codes.Verdict
        for reason in codes.Reason
        for direction in codes.Direction
    ]
    looks += [screen.code_look(result) for result in codes.ScanResult] + [screen.ambiguous_look()]
    keys = {line.key for look in looks for line in (look.word, look.line, look.phrase) if line is not None}
    assert [key for key in keys if not (ZH.has(key) and EN.has(key))] == []


def test_a_text_takes_its_values_and_no_others() -> None:
    assert ZH.line(Line("staff.R25", {"temp": "36.5", "name": "张* 3号楼"})) == "放行 36.5℃ 张* 3号楼"
    with pytest.raises(KeyError):
        ZH.get("staff.R25", name="张*")
    with pytest.raises(KeyError):
        ZH.get("staff.R1000")


def test_a_code_among_the_values_is_named_in_its_language() -> None:
    line = Line("staff.overridden", {"verdict": "ADMIT", "why": "known"})
    assert ZH.line(line) == "门长改判:放行(当面认识)"
    assert EN.line(line) == "Leader decided: Go (known in person)"
    assert ZH.line(Line("staff.overridden", {"verdict": "ADMIT", "why": "门长认识此人"})).endswith("(门长认识此人)")


def test_a_number_decides_the_form() -> None:
    forms = Catalogue("en", {"waits": {"one": "{n} person waits", "other": "{n} persons wait"}})
    assert [forms.get("waits", n=n) for n in (1, 4)] == ["1 person waits", "4 persons wait"]


def test_a_key_stands_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        Catalogue("en", {"a": "x"}, {"a": "y"})


def test_no_placeholder_is_written_in_another_form() -> None:
    odd = [key for key in ZH.names() | EN.names() for c in (ZH, EN) if re.search(r"\{[^a-z_}]|%[sd]", c._texts[key])]
    assert odd == []

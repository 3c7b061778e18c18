# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What `dataclasses` compiles is compiled once, and whatever is amiss with the file leaves all as it is without it."""

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ui.cli.compiled_texts import CompiledTexts, beside_our_bytecode


@pytest.fixture(autouse=True)
def as_found(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test may install itself; `dataclasses` is as it was afterwards."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setitem(vars(dataclasses), "exec", exec)
    yield
    monkeypatch.undo()


def made(field: str = "room") -> type:
    return dataclasses.make_dataclass("Dwelling", [(field, str), ("floor", int, 1)], frozen=True)


def kept(file: Path) -> CompiledTexts:
    """A start that compiled and kept what it compiled."""
    texts = CompiledTexts(file)
    texts.install()
    made()
    assert texts.compiled
    assert texts.keep()
    return texts


def test_a_second_start_compiles_nothing_and_makes_the_same_class(tmp_path: Path) -> None:
    plain = made()
    kept(tmp_path / "cache" / "start.texts")
    again = CompiledTexts(tmp_path / "cache" / "start.texts")
    again.install()
    cls = made()
    assert again.compiled == 0
    assert not again.keep(), "there is nothing new to write"
    assert (repr(cls("502")), cls("502") == cls("502"), hash(cls("502"))) == (
        repr(plain("502")), plain("502") == plain("502"), hash(plain("502")))  # fmt: skip
    with pytest.raises(dataclasses.FrozenInstanceError):
        cls("502").room = "503"


def test_a_class_that_has_changed_is_compiled_anew(tmp_path: Path) -> None:
    kept(tmp_path / "start.texts")
    later = CompiledTexts(tmp_path / "start.texts")
    later.install()
    assert made("unit")("2").unit == "2"
    assert later.compiled
    assert later.keep()


@pytest.mark.parametrize("harm", ["torn", "flipped", "another Python's", "empty", "not there"])
def test_a_file_that_is_amiss_counts_for_nothing(tmp_path: Path, harm: str) -> None:
    file = tmp_path / "start.texts"
    kept(file)
    good = file.read_bytes()
    bad = {
        "torn": good[:-40],
        "flipped": good[:200] + bytes([good[200] ^ 1]) + good[201:],
        "another Python's": b"\0\0\r\n" + good[4:],
        "empty": b"",
    }.get(harm)
    if bad is None:
        file.unlink()
    else:
        file.write_bytes(bad)
    texts = CompiledTexts(file)
    texts.install()
    assert made()("502").room == "502"
    assert texts.compiled


def test_where_nothing_can_be_kept_the_program_starts_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in_the_way").write_text("a file", encoding="utf-8")
    texts = CompiledTexts(tmp_path / "in_the_way" / "start.texts")
    texts.install()
    assert made()("502").room == "502"
    assert not texts.keep()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    quiet = CompiledTexts(tmp_path / "start.texts")
    quiet.install()
    made()
    assert not quiet.keep()
    assert list(tmp_path.iterdir()) == [tmp_path / "in_the_way"]


def test_it_lies_where_python_keeps_our_bytecode() -> None:
    file = beside_our_bytecode()
    assert file is not None
    assert file.name.startswith("compiled_texts.")
    assert file.parent.name in ("__pycache__", "cli")

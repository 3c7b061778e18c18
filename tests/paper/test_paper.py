# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The papers are set without a warning, embed their font, and say what the screens say."""

import ctypes
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from pypdfium2 import raw
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from tests.paper import make
from tests.screens import scenes
from tests.screens.drawn import texts_of

PAGES = {"poster": (1, (210, 297)), "guide": (4, (210, 297)), "sheet": (2, (297, 210))}
_MM = 25.4 / 72


@pytest.fixture(scope="module")
def root(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The papers' sources beside blank pictures: what stands on those is looked at by itself."""
    place = tmp_path_factory.mktemp("paper")
    shutil.copytree(make.SOURCE, place / "docs" / "paper", ignore=shutil.ignore_patterns("*.pdf", "pictures"))
    make.with_pictures(place, lambda _scene: QImage(96, 60, QImage.Format.Format_RGB32))
    return place


@pytest.fixture(scope="module", params=make.PAPERS)
def paper(request: pytest.FixtureRequest, root: Path) -> Iterator[tuple[str, pdfium.PdfDocument]]:
    document = pdfium.PdfDocument(make.paper(request.param, root))
    yield request.param, document
    document.close()


def source(name: str) -> str:
    return (make.SOURCE / f"{name}.typ").read_text(encoding="utf-8")


def squeezed(text: str) -> str:
    """Without the line breaks and blanks that setting a page brings in."""
    return re.sub(r"\s", "", text)


def test_a_paper_has_its_pages_of_a4(paper: tuple[str, pdfium.PdfDocument]) -> None:
    name, document = paper
    count, size = PAGES[name]
    assert len(document) == count
    for page in document:
        assert tuple(round(side * _MM) for side in page.get_size()) == size


def test_the_chinese_font_is_in_the_file(paper: tuple[str, pdfium.PdfDocument]) -> None:
    _, document = paper
    fonts: dict[str, bool] = {}
    for page in document:
        for item in page.get_objects(filter=(raw.FPDF_PAGEOBJ_TEXT,)):
            font = raw.FPDFTextObj_GetFont(item.raw)
            called = ctypes.create_string_buffer(raw.FPDFFont_GetBaseFontName(font, None, 0))
            raw.FPDFFont_GetBaseFontName(font, called, len(called))
            fonts[called.value.decode()] = bool(raw.FPDFFont_GetIsEmbedded(font))
    assert fonts
    assert all(fonts.values()), fonts
    assert {font.partition("+")[2].partition("-")[0] for font in fonts} == {"NotoSansCJKsc"}


def test_every_word_of_the_screen_is_the_catalogues(paper: tuple[str, pdfium.PdfDocument]) -> None:
    name, document = paper
    said = squeezed("".join(page.get_textpage().get_text_bounded() for page in document))
    used = set(re.findall(r'#[kwt]\("([\w.]+)"\)', source(name)))
    words = make.words("zh_CN")
    assert used
    assert {key for key in used if squeezed(words[key]) not in said} == set()


@pytest.mark.parametrize("name", make.PAPERS)
def test_no_key_is_named_by_hand(name: str) -> None:
    """A key in a frame is asked of the catalogue: whoever renames it renames it here."""
    assert re.findall(r"[「」【】]", source(name)) == []


def _claims() -> list[tuple[str, tuple[str, ...]]]:
    found = re.findall(r'(?:step|shown)\((?:\d+, )?"(\w+)", \(([^)]*)\)', source("poster") + source("guide"))
    return [(scene, tuple(re.findall(r'"([\w.]+)"', keys))) for scene, keys in found]


@pytest.mark.parametrize(("scene", "keys"), _claims(), ids=[scene for scene, _ in _claims()])
def test_a_picture_shows_what_stands_beside_it(qapp: QApplication, scene: str, keys: tuple[str, ...]) -> None:
    stand = scenes.stand_for(scene)
    stand.window.show()
    scenes.SCENES[scene](stand)
    QApplication.processEvents()
    shown = squeezed("".join(text.text for text in texts_of(stand.window)))
    stand.close()
    words = make.words("zh_CN")
    assert keys
    assert {key for key in keys if squeezed(words[key]) not in shown} == set()


def test_five_pictures_for_a_volunteer() -> None:
    assert len(make.scenes_of(source("poster"))) == 5


def test_the_papers_in_the_repository_are_there() -> None:
    for name, (count, _) in PAGES.items():
        document = pdfium.PdfDocument(make.SOURCE / f"{name}.pdf")
        assert len(document) == count
        document.close()

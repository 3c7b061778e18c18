# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The papers beside the gate: poster, leader's guide, paper sheet; set by typst from docs/paper.

    python -P -m tests.paper [--out docs/paper]

Words of the screen are the text catalogue's, pictures are made of the scenes of `make screens` now. A missing font or
any other warning of typst is a failure.
"""

import argparse
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "1")

import segno
import typst
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

import assets
from kiosk.adapters.wedge import TEST_TEXT
from kiosk.app.screen import SHAPES
from kiosk.app.texts import Catalogue
from kiosk.app.views import LookClass
from ui.class_colours import class_colours
from ui.shapes import draw_shape
from ui.tokens import FAMILY, THEMES, ThemeName

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "docs" / "paper"
PAPERS = ("poster", "guide", "sheet")
_WIDE, _QUALITY, _SHAPE = 960, 85, 240


def scenes_of(source: str) -> list[str]:
    """The scenes whose pictures a paper shows, in its order."""
    return re.findall(r'(?:picture|step|shown)\((?:\d+, )?"(\w+)"', source)


def main(arguments: Sequence[str]) -> int:
    """Make them all; the exit code."""
    parser = argparse.ArgumentParser(prog="make paper")
    parser.add_argument("--out", type=Path, default=SOURCE, help="folder for the PDFs")
    chosen = parser.parse_args(arguments)
    application = QApplication.instance() or QApplication([])
    assert application is not None
    chosen.out.mkdir(parents=True, exist_ok=True)
    with_pictures(ROOT, pictured)
    for name in PAPERS:
        file = chosen.out / f"{name}.pdf"
        file.write_bytes(paper(name, ROOT))
        print(f"{file} {file.stat().st_size // 1024} KB")
    return 0


def pictured(scene: str) -> QImage:
    """A scene as it looks indoors, in 中文."""
    from tests.screens.make import shot

    picture = shot(scene, ThemeName.INDOOR, assets.LANGUAGES[0], (1280, 800))
    return picture.scaledToWidth(_WIDE, Qt.TransformationMode.SmoothTransformation).toImage()


def with_pictures(root: Path, picture: Callable[[str], QImage]) -> None:
    """Under `root`, pictures of all scenes that a paper shows, the shapes, and the scanner's test code."""
    place = root / "docs" / "paper" / "pictures"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for scene in {scene for name in PAPERS for scene in scenes_of((SOURCE / f"{name}.typ").read_text("utf-8"))}:
        picture(scene).save(str(place / f"{scene}.jpg"), quality=_QUALITY)
    for look in LookClass:
        _shape(look).save(str(place / f"shape-{look.value}.png"))
    segno.make_qr(TEST_TEXT, error="m").save(str(place / "scanner.svg"), border=4, xmldecl=False)


def _shape(look: LookClass) -> QImage:
    """A class's shape in its own colours, on nothing."""
    theme = THEMES[ThemeName.SUNLIGHT]
    image = QImage(_SHAPE, _SHAPE, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    draw_shape(painter, QRectF(8, 8, _SHAPE - 16, _SHAPE - 16), SHAPES[look], class_colours(theme, look))
    painter.end()
    return image


def words(language: str) -> dict[str, str]:
    """Every text of the screens by its key."""
    found = Catalogue(language, *assets.texts(language))
    return {key: found.get(key) for key in found.names() if not found.placeholders(key)}


def paper(name: str, root: Path) -> bytes:
    """The PDF of one paper, of what lies under `root`. Raises `RuntimeError` with typst's warnings."""
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
    if FAMILY not in fonts.families():
        raise RuntimeError(f"font {FAMILY} is missing (Debian: fonts-noto-cjk)")
    inputs = {"zh": json.dumps(words("zh_CN"), ensure_ascii=False), "en": json.dumps(words("en"), ensure_ascii=False)}
    pdf, warnings = typst.compile_with_warnings(
        str(root / "docs" / "paper" / f"{name}.typ"), format="pdf", root=str(root), font_paths=fonts, sys_inputs=inputs
    )
    if warnings or not isinstance(pdf, bytes):
        raise RuntimeError(f"{name}: " + "; ".join(str(each) for each in warnings))
    return pdf


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every screen as a picture, and a contact sheet to look at them (interface.md 14, point 3).

    python -P -m tests.screens.make --out docs/screens [--scenes go,fever] [--themes indoor] [--languages zh_CN]

Contact sheets, an index and the pictures that pages show go to DIR, every single picture to DIR/all. Cut or small texts
are what tests/robots/test_sizes.py looks for.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_SCALE_FACTOR"] = "1"

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

import assets
from tests.robots.stand import SIZES
from tests.screens.scenes import SCENES, stand_for
from ui.metrics import Metrics
from ui.tokens import INDOOR, THEMES, ThemeName

_COLUMNS, _THUMB = 5, 307
ON_PAGES = ("keypad", "go", "fever", "recheck", "tray", "unrecorded")
"""Single pictures that pages show; `scan` and `result` are of a run of the demonstration."""


def main(arguments: Sequence[str]) -> int:
    """Make the pictures; the exit code."""
    parser = argparse.ArgumentParser(prog="make screens")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--scenes", help="names, by comma (default: all)")
    parser.add_argument("--themes", help=", ".join(THEMES))
    parser.add_argument("--languages", help=", ".join(assets.LANGUAGES))
    parser.add_argument("--sizes", default="1280x800", help=", ".join(SIZES))
    parser.add_argument("--sheet-only", action="store_true", help="keep the contact sheets alone")
    chosen = parser.parse_args(arguments)
    names = chosen.scenes.split(",") if chosen.scenes else list(SCENES)
    themes = [ThemeName(name) for name in chosen.themes.split(",")] if chosen.themes else list(THEMES)
    languages = chosen.languages.split(",") if chosen.languages else list(assets.LANGUAGES)
    application = QApplication.instance() or QApplication([])
    assert application is not None
    chosen.out.mkdir(parents=True, exist_ok=True)
    for size in chosen.sizes.split(","):
        for theme in themes:
            for language in languages:
                _set(chosen.out, names, theme, language, size, keep=not chosen.sheet_only)
    (chosen.out / "index.md").write_text(index(chosen.out), encoding="utf-8")
    return 0


def _set(out: Path, names: Sequence[str], theme: ThemeName, language: str, size: str, *, keep: bool) -> None:
    pictures = []
    every = out / "all"
    every.mkdir(exist_ok=True)
    shown = (theme, language, size) == (ThemeName.INDOOR, assets.LANGUAGES[0], "1280x800")
    for name in names:
        picture = shot(name, theme, language, SIZES[size])
        if keep:
            picture.save(str(every / f"{name}.{theme.value}.{language}.{size}.png"))
        if shown and name in ON_PAGES:
            picture.save(str(out / f"{name}.png"))
        pictures.append((name, picture))
    contact_sheet(pictures).save(str(out / f"sheet.{theme.value}.{language}.{size}.jpg"), quality=50)


def index(out: Path) -> str:
    """The page that lists the contact sheets and the scenes."""
    sheets = sorted(file.name for file in out.glob("sheet.*.jpg"))
    lines = [
        "# 截屏 Screens",
        "",
        "`make screens` 生成 · made by `make screens`; 每张都要看过 · each is to be looked at.",
        "",
    ]
    lines += [f"- [{name}]({name})" for name in sheets]
    lines += ["", "画面 Scenes: " + ", ".join(f"`{name}`" for name in SCENES), ""]
    return "\n".join(lines)


def shot(name: str, theme: ThemeName, language: str, size: tuple[int, int]) -> QPixmap:
    """One scene as a picture."""
    stand = stand_for(name, language=language, theme=THEMES[theme], size=size)
    stand.window.show()
    QApplication.processEvents()
    SCENES[name](stand)
    QApplication.processEvents()
    picture = stand.window.grab()
    stand.close()
    return picture


def contact_sheet(pictures: Sequence[tuple[str, QPixmap]]) -> QImage:
    """All pictures small, with their names."""
    first = pictures[0][1]
    high = round(_THUMB * first.height() / first.width())
    rows = -(-len(pictures) // _COLUMNS)
    sheet = QImage(_COLUMNS * (_THUMB + 8) + 8, rows * (high + 30) + 8, QImage.Format.Format_RGB32)
    sheet.fill(QColor(INDOOR.muted.ink))
    painter = QPainter(sheet)
    painter.setFont(Metrics(4).font(4))
    painter.setPen(QColor(INDOOR.window.ground))
    for number, (name, picture) in enumerate(pictures):
        x = 8 + number % _COLUMNS * (_THUMB + 8)
        y = 8 + number // _COLUMNS * (high + 30)
        small = picture.scaled(
            _THUMB, high, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        painter.drawPixmap(x, y, small)
        painter.drawText(QRect(x, y + high, _THUMB, 22), Qt.AlignmentFlag.AlignCenter, name)
    painter.end()
    return sheet


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

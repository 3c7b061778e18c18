# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every scene x theme x language x size x scale held to the rules of all screens.

    python -P -m tests.screens.check [--scale 1.5] [--share 9]

`make screens` runs the whole of it at both scales; the tests take a share. The scale is Qt's own, which a program has
once and for all, so each has a process of its own. Prints what was found; exit 1 if there was anything.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if __name__ == "__main__":
    _SCALE = argparse.ArgumentParser(add_help=False)
    _SCALE.add_argument("--scale", default="1")
    os.environ["QT_SCALE_FACTOR"] = _SCALE.parse_known_args()[0].scale

from PySide6.QtWidgets import QApplication

import assets
from tests.robots.stand import SIZES
from tests.screens import scenes
from tests.screens.rules import findings
from ui.tokens import THEMES, ThemeName
from ui.views.preview import PreviewFrame

_BLANK = PreviewFrame(bytes(4 * 16 * 9), 16, 9)


@dataclass(frozen=True, slots=True)
class Case:
    """One scene in one dress; `size` in the screen's own pixels."""

    scene: str
    language: str
    theme: ThemeName
    size: str

    def __str__(self) -> str:
        """How a finding names it."""
        return f"{self.scene} {self.language} {self.theme.value} {self.size}"


def cases() -> Iterator[Case]:
    """All of them."""
    for scene in scenes.SCENES:
        for language in assets.LANGUAGES:
            for theme in THEMES:
                yield from (Case(scene, language, theme, size) for size in SIZES)


def slice_of() -> list[Case]:
    """Each scene once; languages, themes and sizes take turns, so that each pair of them comes up."""
    dresses = [(language, theme, size) for theme in THEMES for size in SIZES for language in assets.LANGUAGES]
    return [Case(scene, *dresses[number % len(dresses)]) for number, scene in enumerate(scenes.SCENES)]


def looked_at(case: Case, scale: float = 1.0) -> list[str]:
    """What is wrong with one case. The camera's picture is not what is looked at here, and takes a while to draw."""
    drawn, scenes.picture = scenes.picture, lambda dark=False: _BLANK
    wide, high = (round(pixels / scale) for pixels in SIZES[case.size])
    stand = scenes.stand_for(case.scene, language=case.language, theme=THEMES[case.theme], size=(wide, high))
    try:
        stand.window.show()
        QApplication.processEvents()
        scenes.SCENES[case.scene](stand)
        QApplication.processEvents()
        return findings(stand)
    except (AssertionError, AttributeError, KeyError) as broken:
        return [f"the scene cannot be played: {broken}"]
    finally:
        scenes.picture = drawn
        stand.close()


def main(arguments: Sequence[str]) -> int:
    """Look at them all; the exit code."""
    parser = argparse.ArgumentParser(prog="tests.screens.check")
    parser.add_argument("--scale", type=float, default=1.0, help="1, or 1.5: 150 %%")
    parser.add_argument("--share", type=int, default=1, help="every nth case")
    parser.add_argument("--scenes", help="names, by comma (default: all)")
    chosen = parser.parse_args(arguments)
    application = QApplication.instance() or QApplication([])
    assert application is not None
    wanted = chosen.scenes.split(",") if chosen.scenes else list(scenes.SCENES)
    count = amiss = 0
    for case in [each for each in cases() if each.scene in wanted][:: chosen.share]:
        found = looked_at(case, chosen.scale)
        count += 1
        amiss += bool(found)
        for finding in found:
            print(f"{case} x{chosen.scale:g}: {finding}")
    print(f"{count} screens at {chosen.scale:.0%}, {amiss} with findings")
    return int(amiss > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The start of `gate-kiosk run`, without typer: its import takes longer than the first paint (interface.md 15).

`ui.cli.run` has the same options for typer, with their help; whatever is not plain (`--help`, an unknown option, a
wrong value) is left to it.
"""

import os
from collections.abc import Sequence
from pathlib import Path

_ALIASES = {"data": "folder"}
_PATHS = frozenset({"folder", "screenshots"})


def start(
    *,
    folder: Path | None = None,
    camera: str = "0",
    thermometer: str = "none",
    scanner: str = "none",
    simulated: bool = False,
    theme: str = "indoor",
    lang: str = "zh_CN",
    window: str | None = None,
    kiosk: bool = False,
    fullscreen: bool = False,
    public: bool = False,
    screenshots: Path | None = None,
    exit_after_video: bool = False,
) -> int:
    """Run the gate with options that are right; the exit code."""
    from ui.cli.supervise import same_again, supervise, watched_by_somebody

    if kiosk and not watched_by_somebody(os.environ):
        return supervise(same_again())

    from ui.cli.run_window import Options, run
    from ui.tokens import ThemeName

    if folder is None:
        from ui.cli.data_folder import data_folder

        folder = data_folder()
    options = Options(
        folder=folder,
        camera=camera,
        thermometer=thermometer,
        scanner=scanner,
        simulated=simulated,
        theme=ThemeName(theme),
        language=lang,
        size=None if fullscreen or window is None else size_of(window),
        public=public,
        screenshots=screenshots,
        exit_after_video=exit_after_video,
        kiosk=kiosk,
    )
    return run(options)


def wrong(theme: str, lang: str, window: str | None) -> tuple[str, str] | None:
    """The option whose value is none, and what it could be; None where all are right."""
    import assets
    from ui.tokens import ThemeName

    if theme not in list(ThemeName):
        return "--theme", ", ".join(ThemeName)
    if lang not in assets.LANGUAGES:
        return "--lang", ", ".join(assets.LANGUAGES)
    if window is not None and size_of(window) is None:
        return "--window", "1280x800"
    return None


def size_of(text: str) -> tuple[int, int] | None:
    """A size as "1280x800", in px; None where it is none."""
    wide, _, high = text.partition("x")
    return (int(wide), int(high)) if wide.isdecimal() and high.isdecimal() and int(wide) and int(high) else None


def read(words: Sequence[str]) -> dict[str, str | bool | Path] | None:
    """Plain words as the arguments of `start`; None where they are not plain."""
    known = start.__kwdefaults__ or {}
    chosen: dict[str, str | bool | Path] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        name, equals, value = word.removeprefix("--").partition("=")
        name = _ALIASES.get(name, name).replace("-", "_")
        if not word.startswith("--") or "_" in word.partition("=")[0] or name not in known:
            return None
        if isinstance(known[name], bool):
            if equals:
                return None
            chosen[name] = True
            continue
        if not equals:
            if not left or left[0].startswith("-"):
                return None
            value = left.pop(0)
        chosen[name] = Path(value) if name in _PATHS else value
    return chosen


def plain(words: Sequence[str]) -> int | None:
    """Run, if the words are plain and right; None leaves them to typer."""
    chosen = read(words)
    if chosen is None or wrong(
        str(chosen.get("theme", "indoor")), str(chosen.get("lang", "zh_CN")), _text(chosen.get("window"))
    ):
        return None
    return start(**chosen)  # type: ignore[arg-type]  # `read` gives each the type of its default


def _text(value: str | bool | Path | None) -> str | None:
    return None if value is None else str(value)

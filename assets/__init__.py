# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the programs carry with them: texts, policies, icons, sounds. Imports nothing of ours."""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

LANGUAGES = ("zh_CN", "en")
"""界面语言: the first is the default."""


def texts(language: str) -> tuple[dict[str, Any], ...]:
    """The tables of one language ("zh_CN", "en"), a file each: what a gate shows, and the error catalogue."""
    return _tables(files(__name__).joinpath("texts", _known(language)))


def first_words(language: str) -> str:
    """What the first frame says, before the catalogue is read."""
    file = files(__name__).joinpath("texts", _known(language), "first.toml")
    return str(tomllib.loads(file.read_text(encoding="utf-8"))["order"]["starting"])


def office_texts(language: str) -> tuple[dict[str, Any], ...]:
    """The tables of the office's pages in one language, a file each; a gate never reads them."""
    return _tables(files(__name__).joinpath("texts", "office", _known(language)))


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(f"no texts in {language!r}; there are {', '.join(LANGUAGES)}")
    return language


def _tables(folder: Traversable) -> tuple[dict[str, Any], ...]:
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(tomllib.loads(file.read_text(encoding="utf-8")) for file in found)


def sound(language: str, phrase: str) -> Traversable | None:
    """The recording of a phrase ("measure"), else its spoken placeholder (`*.espeak-cmn.wav`), else None."""
    folder = files(__name__).joinpath("sounds", language.partition("_")[0])
    for name in (f"{phrase}.wav", f"{phrase}.espeak-cmn.wav", f"{phrase}.espeak-en.wav"):
        if (file := folder.joinpath(name)).is_file():
            return file
    return None


def tone(name: str) -> Traversable:
    """The tone "T0" .. "T6"."""
    return files(__name__).joinpath("sounds", "tones", f"{name}.wav")


def policies() -> tuple[str, ...]:
    """The policy files that come with the program, as TOML texts, oldest first."""
    found = sorted(files(__name__).joinpath("policies").iterdir(), key=lambda file: file.name)
    return tuple(file.read_text(encoding="utf-8") for file in found if file.name.endswith(".toml"))

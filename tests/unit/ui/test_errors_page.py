# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The error catalogue is one: the codes of the texts and of docs/errors.md are the same."""

import re
from pathlib import Path

import assets
from kiosk.app.texts import Catalogue

PAGE = Path(__file__).resolve().parents[3] / "docs" / "errors.md"


def test_the_page_and_the_texts_hold_the_same_codes_with_all_three_parts() -> None:
    codes = set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    for language in assets.LANGUAGES:
        catalogue = Catalogue(language, *assets.texts(language))
        told = {key.split(".")[1] for key in catalogue.names() if key.startswith("error.")}
        assert told == codes
        assert [c for c in told for part in ("what", "kept", "todo") if not catalogue.has(f"error.{c}.{part}")] == []

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""docs/rules.md is the rule table as a gate leader reads it, written from the rows themselves."""

import tomllib
from pathlib import Path

from kiosk.domain.admission.page import rules_page

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "rules.md"


def page() -> str:
    """The whole text of docs/rules.md."""
    texts = tomllib.loads((ROOT / "assets" / "texts" / "zh_CN" / "gate.toml").read_text(encoding="utf-8"))

    def text(key: str) -> str:
        section, _, name = key.partition(".")
        return str(texts[section][name])

    return rules_page(text)

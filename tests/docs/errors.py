# SPDX-License-Identifier: LicenseRef-Gatehouse
"""docs/errors.md is written from the error catalogue in assets/texts, both languages side by side."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "errors.md"

_HEAD = """# 出错 Errors

Written from `assets/texts/*/errors.toml` by `make rules`; a test holds it equal.
One catalogue for gate, office, API and command line: a code, what happened, what is kept, what to do. `{...}` is
filled in. Exit codes: [commands.md](commands.md).

| 代码 code | 发生了什么 What happened | 保住了什么 Kept | 怎么办 What to do |
|---|---|---|---|
"""


def page() -> str:
    """The whole text of docs/errors.md."""
    chinese, english = (_catalogue(language) for language in ("zh_CN", "en"))
    rows = [
        f"| `{code}` | " + " | ".join(f"{said} · {english[code][part]}" for part, said in texts.items()) + " |"
        for code, texts in chinese.items()
    ]
    return _HEAD + "\n".join(rows) + "\n"


def _catalogue(language: str) -> dict[str, dict[str, str]]:
    text = (ROOT / "assets" / "texts" / language / "errors.toml").read_text(encoding="utf-8")
    catalogue: dict[str, dict[str, str]] = tomllib.loads(text)["error"]
    return catalogue

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""表格文字: what a text must not do in a spreadsheet, at the gate and at the office alike (trust.md 10)."""

BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""双向控制符: marks that reorder what a reader sees; no text keeps them."""

_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
# The full-width signs start formulas too.
_FORMULA = frozenset("=+-@＝＋－＠\t\r\n")


def guarded(text: str, shown: str) -> str:
    """防公式: `shown` (what was left of `text` after cleaning), with an apostrophe before what could be a formula.

    What is shown decides: a letter that was cleaned away hides nothing behind it, and neither does one that is unseen.
    """
    first = next((letter for letter in shown if not letter.isspace() and letter not in _INVISIBLE), "")
    return f"'{shown}" if {text[:1], first} & _FORMULA else shown

# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Serials of cards for typed entry (证件序号): nine digits of the card id and a check digit.

A typed serial is no proof: it finds the row in this compound's list and counts as one of the two facts of the no-pass
rule. Source: pass-format.md section 4.
"""

from typing import NewType

Serial = NewType("Serial", str)
"""证件序号: ten digits without blanks or dash, the last one the check digit."""

_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
_DIGITS = 10
_MODULUS = 10**9


def check_digit(digits: str) -> str:
    """Damm check digit (校验位): finds every single wrong digit and every swap of neighbours."""
    row = 0
    for digit in digits:
        row = int(_DAMM[row][int(digit)])
    return str(row)


def serial_of(cti: bytes) -> Serial:
    """The serial of a card id (证件序号): int(cti) mod 10^9 as 9 digits, and the check digit."""
    digits = f"{int.from_bytes(cti) % _MODULUS:09d}"
    return Serial(digits + check_digit(digits))


def printed(serial: Serial) -> str:
    """The form on the card (印刷形式), as in "790 382 856-6"."""
    return f"{serial[:3]} {serial[3:6]} {serial[6:9]}-{serial[9]}"


def parse_serial(text: str) -> Serial | None:
    """The serial that somebody typed (输入序号), blanks and dashes left out or not; None: 请重新输入."""
    digits = text.replace(" ", "").replace("-", "")
    if len(digits) != _DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    return Serial(digits) if check_digit(digits) == "0" else None

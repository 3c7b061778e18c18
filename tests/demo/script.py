# SPDX-License-Identifier: LicenseRef-Gatehouse
"""From the cast and the printed PDF to the clip's script: a picture for every part, in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.passes import base45
from tests.clips import Show
from tests.demo.cast import CAST, Holds, Part
from tests.demo.pictures import (
    Picture,
    phone_with_health_code,
    phone_with_pass,
    phone_with_payment_code,
    printed_cards,
)

PREFIX = "EP1:"


@dataclass(frozen=True, slots=True)
class IssuedPass:
    """What the office made for a part: the signed text, and the words that a phone shows with it."""

    text: str
    serial: str
    compound: str
    valid_to: str


def forged(text: str) -> str:
    """A pass as a forger makes it from a true one: well formed in all, with a signature that is not the office's."""
    data = base45.decode(text.removeprefix(PREFIX).encode("ascii"))
    if data is None:
        raise ValueError("not the text of a pass")
    return PREFIX + base45.encode(data[:-1] + bytes([data[-1] ^ 1]))


def script(pdf: Path, issued: Mapping[str, IssuedPass], cast: Sequence[Part] = CAST, seed: int = 1) -> list[Show]:
    """The shows of the cast; `issued` by the key of the part that holds the pass, `pdf` has those that are on paper.

    `KeyError` names a part whose card is not in the PDF. A show's tag is its part's key.
    """
    paper = printed_cards(pdf)
    return [
        Show(_picture(part, issued, paper, seed + number), part.scenario, part.hold_s, part.key)
        for number, part in enumerate(cast)
    ]


def _picture(part: Part, issued: Mapping[str, IssuedPass], paper: Mapping[str, Picture], seed: int) -> Picture:
    match part.holds:
        case Holds.PAYMENT_CODE:
            return phone_with_payment_code(seed)
        case Holds.HEALTH_CODE:
            return phone_with_health_code(seed)
        case Holds.PAPER:
            return paper[issued[part.same_as or part.key].text]
        case Holds.PHONE_DARK | Holds.PHONE_CRACKED:
            one = issued[part.same_as or part.key]
            return phone_with_pass(
                one.text,
                one.compound,
                one.serial,
                one.valid_to,
                dark=part.holds is Holds.PHONE_DARK,
                cracked=part.holds is Holds.PHONE_CRACKED,
                seed=seed,
            )

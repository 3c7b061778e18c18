# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Colour arithmetic: contrast (WCAG 2.2), OKLab distance, and sight without one kind of cone (Machado 2009).

Colours are "#RRGGBB" texts. The tests hold the tokens to interface.md section 3 with it; nothing draws by it.
"""

from enum import StrEnum

Linear = tuple[float, float, float]
"""Red, green, blue as light, 0..1."""


class Sight(StrEnum):
    """How somebody sees: with all cones, or without the long, middle or short one (severity 1)."""

    NORMAL = "normal"
    PROTAN = "protan"
    DEUTAN = "deutan"
    TRITAN = "tritan"


_SEEN: dict[Sight, tuple[Linear, Linear, Linear]] = {
    Sight.NORMAL: ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    Sight.PROTAN: (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    Sight.DEUTAN: (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    Sight.TRITAN: (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour: str) -> Linear:
    """Light of a colour, by the sRGB curve."""
    red, green, blue = (_light(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return red, green, blue


def _light(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own figures


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1..21."""
    dark, bright = sorted(_luminance(linear(colour)) for colour in (one, other))
    return (bright + 0.05) / (dark + 0.05)


def _luminance(light: Linear) -> float:
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def distance(one: str, other: str, sight: Sight = Sight.NORMAL) -> float:
    """How far two colours lie apart in OKLab, as that sight has them."""
    first, second = (_oklab(seen(linear(colour), sight)) for colour in (one, other))
    return float(sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5)


def seen(light: Linear, sight: Sight) -> Linear:
    """The light as that sight has it, clipped to what a screen can show."""
    red, green, blue = (
        min(1.0, max(0.0, sum(weight * part for weight, part in zip(row, light, strict=True)))) for row in _SEEN[sight]
    )
    return red, green, blue


def _oklab(light: Linear) -> Linear:
    red, green, blue = light
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )

"""What a host's look may be: colours that can be read."""

from __future__ import annotations

import re

from conference.base.errors import Invalid

# White on the colour and the colour on white: WCAG 2.2, 1.4.3 for texts of any size.
LEAST_CONTRAST = 4.5
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def colour_of(text: str) -> str:
    """The colour as "#rrggbb". Raises Invalid: look_colour; look_contrast (facts: contrast, least, better: a darker one)."""
    colour = text.strip().lower()
    if not _COLOUR.fullmatch(colour):
        raise Invalid("look_colour")
    found = contrast(colour)
    if found < LEAST_CONTRAST:
        raise Invalid("look_contrast", contrast=round(found, 1), least=LEAST_CONTRAST, better=darker(colour))
    return colour


def contrast(colour: str) -> float:
    """Of "#rrggbb" to white, 1 to 21 (WCAG 2.2, contrast ratio)."""
    red, green, blue = (_linear(value / 255) for value in _parts(colour))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def darker(colour: str) -> str:
    """The nearest shade of the same colour that can be read."""
    parts = _parts(colour)
    for share in range(100, -1, -1):
        shade = "#" + "".join(f"{value * share // 100:02x}" for value in parts)
        if contrast(shade) >= LEAST_CONTRAST:
            return shade
    return "#000000"


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

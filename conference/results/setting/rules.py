"""What a host's look may be: colours that can be read, logos that are pictures and nothing else."""

from __future__ import annotations

import re

from conference.base.errors import Invalid
from conference.results.setting.shape import PNG, SVG

# White on the colour and the colour on white: WCAG 2.2, 1.4.3 for texts of any size.
LEAST_CONTRAST = 4.5
LARGEST_LOGO = 100 * 1024
LONGEST_ALT = 150
LONGEST_SIDE = 4000
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_SVG = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--(?:(?!-->).)*-->\s*|<!DOCTYPE\s+svg[^\[>]*>\s*)*<(?:svg:)?svg[\s>]", re.S)
# Declarations can make a text grow without end, the others lead out of the file or act.
_NOT_IN_SVG = re.compile(r"<!ENTITY|<!DOCTYPE[^>]*\[|<\?xml-stylesheet|<(?:\w+:)?(?:script|foreignObject)|@import", re.I)
_REFERENCE = re.compile(r"""href\s*=\s*["']\s*(?!#|data:image/(?:png|jpeg);base64,)|url\(\s*["']?\s*(?!#)""", re.I)


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


def kind_of_logo(data: bytes) -> str:
    """PNG or SVG, by its content. Raises Invalid: logo_too_large, logo_type, logo_svg (it leads out of itself), logo_sides."""
    if len(data) > LARGEST_LOGO:
        raise Invalid("logo_too_large", size=len(data), limit=LARGEST_LOGO)
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and len(data) > 33:
        sides = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        if not all(0 < side <= LONGEST_SIDE for side in sides):
            raise Invalid("logo_sides", width=sides[0], height=sides[1], limit=LONGEST_SIDE)
        return PNG
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("logo_type") from None
    if not _SVG.match(text):
        raise Invalid("logo_type")
    if _NOT_IN_SVG.search(text) or _REFERENCE.search(text):
        raise Invalid("logo_svg")
    return SVG


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

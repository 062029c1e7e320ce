"""What may be a logo: a picture and nothing else, known by its content. Pure."""

from __future__ import annotations

import html
import re

from conference.base.errors import Invalid

PNG, SVG = "image/png", "image/svg+xml"
SUFFIX = {PNG: "png", SVG: "svg"}
LARGEST_LOGO = 100 * 1024
LONGEST_ALT = 150
LONGEST_SIDE = 4000
_SVG = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--(?:(?!-->).)*-->\s*|<!DOCTYPE\s+svg[^\[>]*>\s*)*<(?:svg:)?svg[\s>]", re.S)
# Declarations can make a text grow without end, the others lead out of the file or act; a backslash would hide them from us in
# styles, as references to characters would everywhere.
_NOT_IN_SVG = re.compile(
    r"""<!ENTITY|<!DOCTYPE[^>]*\[|<\?xml-stylesheet|<(?:[^\s<>/:]+:)?(?:script|foreignObject|handler|listener)|@import|\\
    |[\s"'/]on[a-z]+\s*=|attributeName\s*=\s*["']\s*(?:[^\s"'>:]+:)?href|1999/xhtml""",
    re.I | re.X,
)
_REFERENCE = re.compile(r"""href\s*=\s*["']\s*(?!#|data:image/(?:png|jpeg);base64,)|url\(\s*["']?\s*(?!#)""", re.I)


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
    if any(_NOT_IN_SVG.search(said) or _REFERENCE.search(said) for said in (text, html.unescape(text))):
        raise Invalid("logo_svg")
    return SVG

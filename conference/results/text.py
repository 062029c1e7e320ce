"""What people type into a sheet, made fit for page and PDF: pure.

A character that no shipped typeface has is refused when it is typed, not when the sheet is set (`coverage.py`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from unicodedata import category, normalize

from conference.base.errors import Invalid
from conference.results.coverage import RUNS

# Ends of lines that programs write: CR LF, CR, VT, FF, NEL, LINE and PARAGRAPH SEPARATOR.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Spaces of other widths, and the tab: one space. The two that do not break keep that meaning.
_SPACES = re.compile("[\t\u1680\u2000-\u2006\u2008-\u200a\u205f\u3000]")
_HARD_SPACES = re.compile("[\u2007\u202f]")
# Pasted along unseen: soft hyphen, zero-width characters and joiners, marks of direction and of emoji style, byte order mark.
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")
# Letters that programs draw as one and that come along out of other PDFs: LATIN SMALL LIGATURE FF and its kin.
_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)
# Whatever is longer than this before it is looked at closely is too long: NFC takes at most four characters together here.
_LONGEST_BEFORE = 4
_MOST_MARKS = 2
_CONTROLS = frozenset({"Cc", "Cf", "Zl", "Zp"})
# Given to nobody, private, half of a pair: nothing that a page could show.
_NAMELESS = frozenset({"Cn", "Co", "Cs"})
_FIRST = [first for first, _ in RUNS]


def clean(text: str, most: int, *, lines: bool = False, needed: bool = False) -> str:
    """The text in NFC, trimmed, without unseen characters, each run of spaces as one; "" where there is none.

    most: characters after that. lines: ends of lines stay, with at most one empty line in a row, else they are spaces too.
    needed: an empty text is refused. Raises Invalid: text_missing; text_too_long (facts: most, length); text_character and
    text_control (facts: character, "" where it cannot be shown; point "U+1F600"; place, from 1, in the cleaned text; before: what
    stands before it).
    """
    if len(text) > _LONGEST_BEFORE * most + 1000:
        raise Invalid("text_too_long", most=most, length=len(text))
    text = _LINE_ENDS.sub("\n", normalize("NFC", text.translate(_LIGATURES)))
    text = _UNSEEN.sub("", _HARD_SPACES.sub("\u00a0", _SPACES.sub(" ", text)))
    # What parted two of them is gone: they may be one character now.
    text = normalize("NFC", text)
    text = _lines(text) if lines else re.sub("[ \n]+", " ", text).strip(" \u00a0")
    _check(text)
    if len(text) > most:
        raise Invalid("text_too_long", most=most, length=len(text))
    if needed and not text:
        raise Invalid("text_missing")
    return text


def shown(character: str) -> bool:
    """Whether the typefaces of the sheet have this character."""
    point = ord(character)
    at = bisect_right(_FIRST, point) - 1
    return at >= 0 and point <= RUNS[at][1]


def _lines(text: str) -> str:
    lines = (re.sub(" +", " ", line).strip(" \u00a0") for line in text.split("\n"))
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _check(text: str) -> None:
    """Marks may sit on a letter, two at most: more of them would paint over the lines above."""
    marks = 0
    for place, character in enumerate(text):
        kind = category(character)
        marks = marks + 1 if kind[0] == "M" else 0
        if character == "\n" or (shown(character) and marks <= min(_MOST_MARKS, place)):
            continue
        where = {
            "point": f"U+{ord(character):04X}",
            "place": place + 1,
            "before": text[max(0, place - 20) : place].replace("\n", " "),
        }
        if marks or kind in _CONTROLS:
            raise Invalid("text_control", character="", **where)
        raise Invalid("text_character", character="" if kind in _NAMELESS else character, **where)

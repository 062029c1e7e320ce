"""A finished sentence in another language: known by what stands around its {places}, which are filled in anew."""

from __future__ import annotations

import re
from functools import cache

_PLACE = re.compile(r"\{(\w+)\}")
_ESCAPED_PLACE = re.compile(r"\\\{(\w+)\\\}")


def said_again(line: str, known: str, other: str) -> str | None:
    """`line` as `other` says it, if it is `known` with something in its places; else None."""
    found = _pattern(known).fullmatch(line)
    return _PLACE.sub(lambda place: found[place[1]], other) if found else None


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(_ESCAPED_PLACE.sub(r"(?P<\1>.+)", re.escape(text)), re.DOTALL)

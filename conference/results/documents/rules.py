"""What a PDF that somebody brings must be, and what its readers may miss in it: pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, Final
from unicodedata import normalize

LONGEST_TITLE: Final = 120
LONGEST_SUMMARY: Final = 5000
MOST_DOCUMENTS: Final = 10
"""Of one session."""
_SLUG = re.compile("[^a-z0-9]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Lack(StrEnum):
    """What assistive technology asks a PDF for (ISO 14289-1, 7.1 and 7.2)."""

    TAGS = "tags"
    LANGUAGE = "language"
    TITLE = "title"


def lacks_of(found: Mapping[str, Any]) -> list[Lack]:
    """found: what `base.inspecting.document` says."""
    missing = {Lack.TAGS: not found["tagged"], Lack.LANGUAGE: not found["language"], Lack.TITLE: not found["title"]}
    return [lack for lack, is_missing in missing.items() if is_missing]


def name_for(title: str, taken: Collection[str]) -> str:
    """The document's name in its address: of its title, with a number where another one has it."""
    plain = normalize("NFKD", title.lower().translate(_UMLAUTS)).encode("ascii", "ignore").decode()
    name = _SLUG.sub("-", plain).strip("-")[:60].strip("-") or "dokument"
    if name not in taken:
        return name
    return next(other for number in range(2, len(taken) + 3) if (other := f"{name}-{number}") not in taken)

"""What the setter of sheets takes beside a sheet's content, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from conference.base.logos import PNG

# Key -> the family's name in its font files. The first one is the project's own.
FACES: Mapping[str, str] = {
    "atkinson": "Atkinson Hyperlegible Next",
    "noto-sans": "Noto Sans",
    "noto-serif": "Noto Serif",
}


@dataclass(frozen=True, slots=True)
class Look:
    """A host's look. colour: "#rrggbb", None: each forum's own; face: a key of FACES; logo: its file, PNG or SVG."""

    colour: str | None = None
    face: str = "atkinson"
    logo: bytes | None = None
    logo_type: str = PNG
    logo_alt: str = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a sheet says beside its content, in one language, ready to be read.

    language: the PDF's; kind: "Forum"; day: "Dienstag, 4. Mai 2021"; place: "online"; made: the moment that the PDF bears (the
    same one gives the same bytes); corrected: "Korrigiert am ...: why", "" for a first version; draft, example: marked as such.
    """

    language: str
    conference: str
    kind: str
    number: int | None
    day: str
    place: str
    made: datetime
    corrected: str = ""
    draft: bool = False
    example: bool = False


@dataclass(frozen=True, slots=True)
class Pdf:
    """A set sheet: PDF/UA-1. missing: characters that no typeface has, drawn as a box (typed texts never bring any)."""

    data: bytes
    pages: int
    missing: tuple[str, ...] = ()

"""Whether a file that somebody has brought can be shown. Nothing of it is parsed in this process."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conference.base.errors import Invalid, Unavailable
from conference.base.inspection import inspected
from conference.forums.slides.model import PieceKind
from conference.forums.slides.rules import LARGEST_CLIP, LARGEST_DECK, LONGEST_CLIP, MOST_PAGES, kind_of

LIMITS = {PieceKind.DECK: LARGEST_DECK, PieceKind.CLIP: LARGEST_CLIP}


@dataclass(frozen=True)
class Checked:
    """What a file is. pages: of a deck; seconds, width, height (pixels): of a clip."""

    kind: PieceKind
    content_type: str
    size: int
    pages: int = 0
    seconds: float = 0.0
    width: int = 0
    height: int = 0


async def check_file(path: Path) -> Checked:
    """Raises Invalid with a code for each reason why it cannot be taken; Unavailable when this machine cannot look."""
    size, head = await asyncio.to_thread(_begins, path)
    kind = kind_of(head)
    if kind is None:
        raise Invalid("slides_type")
    if size > LIMITS[kind]:
        if kind is PieceKind.DECK:
            raise Invalid("deck_too_large", size=size, limit=LARGEST_DECK)
        raise Invalid("clip_too_large", size=size, limit=LARGEST_CLIP)
    found = await _inspected(kind, path)
    if kind is PieceKind.DECK:
        if found["pages"] > MOST_PAGES:
            raise Invalid("deck_too_many_pages", pages=found["pages"], limit=MOST_PAGES)
        return Checked(kind, "application/pdf", size, pages=found["pages"])
    if not 0 < found["seconds"] <= LONGEST_CLIP:
        raise Invalid("clip_too_long", seconds=found["seconds"], limit=LONGEST_CLIP)
    return Checked(kind, size=size, **found)


def _begins(path: Path) -> tuple[int, bytes]:
    with path.open("rb") as file:
        return os.fstat(file.fileno()).st_size, file.read(1024)


async def _inspected(kind: PieceKind, path: Path) -> dict[str, Any]:
    found = await inspected(kind.value, path)
    if found is None:
        raise Invalid("deck_no_pdf" if kind is PieceKind.DECK else "clip_damaged")
    if "missing" in found:
        raise Unavailable("slides_check", module=found["missing"])
    _raise_refusal(found.get("refused"))
    return found


def _raise_refusal(code: str | None) -> None:
    if code == "deck_encrypted":
        raise Invalid("deck_encrypted")
    if code == "deck_active":
        raise Invalid("deck_active")
    if code == "clip_type":
        raise Invalid("clip_type")
    if code is not None:
        raise Invalid("deck_no_pdf" if code.startswith("deck") else "clip_damaged")

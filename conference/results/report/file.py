"""The report's photos and figures in a conference file: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from conference.initiatives.file import Entry, FullText, Line, RelativePath
from conference.results.model import ReportPhoto

Count = Annotated[int, Field(ge=0, le=10_000_000)]


class PhotoFacts(Entry):
    """file: where the picture lies beside the conference file."""

    file: RelativePath
    credit: Annotated[Line, Field(min_length=1)]
    alt: FullText
    caption: FullText | None = None


class PartFacts(Entry):
    name: FullText
    value: Count


class FigureFacts(Entry):
    """As `desk.figures.Figure`: what was told when the report was saved, which nobody can count again elsewhere."""

    key: Annotated[str, Field(pattern=r"^[a-z]{1,20}$")]
    value: Count
    parts: list[PartFacts] = Field(default_factory=list)
    others: Count = 0
    together: Count | None = None
    name: FullText | None = None


def figures_from(figures: Iterable[FigureFacts] | None) -> list[dict[str, Any]] | None:
    """As the report keeps them."""
    if figures is None:
        return None
    return [_kept(figure) for figure in figures]


def _kept(figure: FigureFacts) -> dict[str, Any]:
    if not figure.parts:
        return {"key": figure.key, "value": figure.value}
    return figure.model_dump(exclude=None if figure.name else {"name"})


def photos_to_file(photos: Iterable[ReportPhoto]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Their entries in order; and {path in the file: key in the store}."""
    places = {f"report/{number:02}.jpg": photo for number, photo in enumerate(photos, 1)}
    entries: list[Mapping[str, Any]] = [
        {"file": path, "credit": photo.credit, "alt": photo.alt, "caption": photo.caption or None}
        for path, photo in places.items()
    ]
    return [dict(entry) for entry in entries], {path: photo.object_key for path, photo in places.items()}

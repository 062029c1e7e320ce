"""Decks and clips in a conference file: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from conference.forums.slides.model import Piece
from conference.forums.slides.rules import MOST_PIECES, NAMES, WORDS_LENGTH
from conference.initiatives.file import Entry, Line, RelativePath, read_entry, unlike


class CaptionsFacts(Entry):
    file: RelativePath
    language: Literal["de", "en", ""] = ""


class PieceFacts(Entry):
    """file: where the deck or the clip lies beside the conference file; words: what its pages show, by page number."""

    title: Line
    file: RelativePath
    download: bool = False
    captions: CaptionsFacts | None = None
    words: dict[str, Annotated[Line, Field(max_length=WORDS_LENGTH)]] = Field(default_factory=dict)

    @property
    def files(self) -> list[str]:
        return [self.file] if self.captions is None else [self.file, self.captions.file]


Pieces = Annotated[list[PieceFacts], Field(max_length=MOST_PIECES)]


def pieces_from(value: Any, where: str = "slides") -> list[PieceFacts]:
    """The list under sessions[].slides. Raises Invalid("conference_file", faults=...)."""
    found: list[PieceFacts] = read_entry(Pieces, value, where)
    unlike(found, "file", where)
    return found


def pieces_to_file(session_slug: str, pieces: Sequence[Piece]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The list, and {path in the file: key in the store}."""
    entries, files = [], {}
    for number, piece in enumerate(pieces, 1):
        stem, ending = f"slides/{session_slug}-{number}", NAMES[piece.content_type].rpartition(".")[2]
        entry: dict[str, Any] = {"title": piece.title, "file": f"{stem}.{ending}", "download": piece.download}
        files[f"{stem}.{ending}"] = piece.key
        if piece.captions_key is not None:
            entry["captions"] = {"file": f"{stem}.vtt", "language": piece.captions_language}
            files[f"{stem}.vtt"] = piece.captions_key
        if piece.words:
            entry["words"] = dict(piece.words)
        entries.append(entry)
    return entries, files

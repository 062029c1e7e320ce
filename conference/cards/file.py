"""Initiatives with their video cards in a conference file: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from conference.base.words import Words
from conference.cards.model import Card, CardFile, CardState, FileRole
from conference.cards.rules import ENDINGS
from conference.initiatives.file import Entry, InitiativeFacts, RelativePath, Text, initiative_to_file, read_entry, unlike
from conference.initiatives.store import TakingPart

Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


def _language(value: str) -> str:
    if re.fullmatch(r"[a-z]{2,3}", value) is None:
        raise ValueError("must be the short name of a language, such as de")
    return value


class CaptionsFacts(Entry):
    language: Annotated[str, AfterValidator(_language)]
    file: RelativePath


class CardFacts(Entry):
    """words: what is said in the film; seen: what only the picture tells; language: of the speech; unspoken: nobody speaks;
    signed: in German Sign Language. published: public at once. remains: its owner wants it kept after closing."""

    video: RelativePath
    posters: Annotated[list[RelativePath], Field(max_length=4)] = Field(default_factory=list)
    captions: Annotated[list[CaptionsFacts], Field(max_length=10)] = Field(default_factory=list)
    seconds: Seconds
    words: Text = Field(default_factory=Words)
    seen: Text = Field(default_factory=Words)
    language: Annotated[str, AfterValidator(_language)] = "de"
    unspoken: bool = False
    signed: bool = False
    published: bool = False
    remains: bool = False


class InitiativeEntry(InitiativeFacts):
    card: CardFacts | None = None


def initiatives_from(value: Any, where: str = "initiatives") -> list[InitiativeEntry]:
    """The list `initiatives` of a conference file. Raises Invalid("conference_file", faults=...)."""
    entries: list[InitiativeEntry] = read_entry(list[InitiativeEntry], value or [], where)
    unlike(entries, "slug", where)
    for index, entry in enumerate(entries):
        if entry.card is not None:
            unlike(entry.card.captions, "language", f"{where}[{index}].card.captions")
    return entries


def initiative_with_card_to_file(
    initiative: TakingPart, card: Card | None, files: Iterable[CardFile]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The entry of an initiative, and {path in the file: key in the store}. A withdrawn card is none."""
    entry = initiative_to_file(initiative)
    stored = sorted(files, key=lambda file: file.position)
    paths = {_path(initiative.slug, file): file for file in stored if file.role is not FileRole.SOURCE}
    by_role = {role: [path for path, file in paths.items() if file.role is role] for role in FileRole}
    if card is None or card.state is CardState.WITHDRAWN or not by_role[FileRole.RENDITION]:
        return {**entry, "card": None}, {}
    entry["card"] = {
        "video": by_role[FileRole.RENDITION][0],
        "posters": by_role[FileRole.POSTER],
        "captions": [{"language": paths[path].language, "file": path} for path in by_role[FileRole.CAPTIONS]],
        "seconds": card.seconds,
        "words": card.words or None,
        "seen": card.seen or None,
        "language": card.language,
        "unspoken": card.unspoken,
        "signed": card.signed,
        "published": card.state is CardState.PUBLISHED,
        "remains": card.remains,
    }
    used = [entry["card"]["video"], *by_role[FileRole.POSTER], *by_role[FileRole.CAPTIONS]]
    return entry, {path: paths[path].key for path in used}


def _path(slug: str, file: CardFile) -> str:
    name = f"cards/{slug}"
    if file.role is FileRole.CAPTIONS:
        name += f".{file.language}"
    elif file.role is FileRole.RENDITION and file.position:
        name += f"-{file.height}"
    return f"{name}.{ENDINGS[file.content_type]}"

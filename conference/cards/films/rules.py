"""What may be brought as a film, how it is cut into parts, and which of them are still missing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from conference.base.errors import Conflict, Invalid
from conference.cards.model import CardFilm, CardTerms

PART_SIZE = 8 * 1024 * 1024
SIGNED_AT_ONCE = 12
LONGEST_NAME = 200
ENDINGS = ("mp4", "m4v", "mov", "qt", "3gp", "3g2", "webm", "mkv", "avi")
KINDS_OF_ANYTHING = ("", "application/octet-stream")


class PartLike(Protocol):
    @property
    def number(self) -> int: ...
    @property
    def size(self) -> int: ...


@dataclass(frozen=True)
class Offer:
    """A file as its owner's browser describes it. kind: the browser's hint of its type; modified: Unix milliseconds."""

    name: str
    size: int
    kind: str = ""
    modified: int = 0


def check_offer(offer: Offer, terms: CardTerms) -> None:
    """Raises Invalid for what cannot become a card, as far as a name, a size and a hint can tell."""
    kind = offer.kind.partition(";")[0].strip().lower()
    ending = offer.name.rpartition(".")[2].lower()
    if ending not in ENDINGS and not kind.startswith("video/"):
        raise Invalid("film_type")
    if kind not in KINDS_OF_ANYTHING and not kind.startswith("video/"):
        raise Invalid("film_type")
    if offer.size <= 0:
        raise Invalid("film_empty")
    if offer.size > terms.most_bytes:
        raise Invalid("film_too_large", size=offer.size, limit=terms.most_bytes)


def check_deadline(terms: CardTerms, now: datetime, *, organiser: bool) -> None:
    """Raises Conflict when owners can bring no more films; organisers can until closing."""
    if is_late(terms, now) and not organiser:
        raise Conflict("film_deadline")


def is_late(terms: CardTerms, now: datetime) -> bool:
    return terms.until is not None and now >= terms.until


def is_same(film: CardFilm, offer: Offer) -> bool:
    """Whether an unfinished upload is of this very file, so that it can go on."""
    return (film.name, film.size, film.facts.get("modified")) == (plain_name(offer.name), offer.size, offer.modified)


def plain_name(name: str) -> str:
    """The name of a file for people to read: its last part, without what nobody can see."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(" " if unicodedata.category(letter)[0] == "C" else letter for letter in last)
    return " ".join(kept.split())[:LONGEST_NAME] or "film"


def part_sizes(size: int, part_size: int) -> list[int]:
    """How large each part is, the first one first."""
    whole, rest = divmod(size, part_size)
    return [part_size] * whole + ([rest] if rest else [])


def missing(parts: Iterable[PartLike], sizes: Sequence[int]) -> list[int]:
    """Numbers of the parts that have not arrived, or not wholly."""
    there = {part.number: part.size for part in parts}
    return [number for number, size in enumerate(sizes, 1) if there.get(number) != size]


def too_much(parts: Iterable[PartLike], sizes: Sequence[int]) -> bool:
    """Whether something arrived that was not promised: a signed address does not limit what is put there."""
    return any(part.number > len(sizes) or part.size > sizes[part.number - 1] for part in parts)

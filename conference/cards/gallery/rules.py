"""Filters that combine, and the search. Everything a reader chose stands in the address, and nowhere else."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

DIMENSIONS = ("land", "topic", "kind", "language", "captions", "signed")
"""By what the gallery is filtered: the names in its address. The last two are either "yes" or not asked for."""
YES = "yes"
LONGEST_SEARCH = 100
MOST_TERMS = 8
LONGEST_DESCRIPTION = 200
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_TWO_LETTERS = re.compile("([aou])e")


@dataclass(frozen=True)
class Facts:
    """What of one initiative can be filtered and searched, as far as the reader may know it.

    values: dimension -> keys; text: everything that is searched.
    """

    slug: str
    values: Mapping[str, frozenset[str]]
    text: str = ""


@dataclass(frozen=True)
class Wish:
    """What a reader asks for: at most one key of each dimension, and words to find."""

    values: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.values or self.text)

    def having(self, dimension: str, key: str) -> Wish:
        return Wish({**self.values, dimension: key}, self.text)

    def without(self, dimension: str) -> Wish:
        return Wish({name: key for name, key in self.values.items() if name != dimension}, self.text)

    def address(self, base: str) -> str:
        """`base` with the wish as its query, always in the same order."""
        query = [(name, self.values[name]) for name in DIMENSIONS if name in self.values]
        query += [("q", self.text)] if self.text else []
        return f"{base}?{urlencode(query)}" if query else base


def wish_of(query: Mapping[str, str], known: Iterable[Facts]) -> Wish:
    """What an address asks for. Keys that no initiative has are not asked for, so that no address leads to a page of nothing
    but by combining what there is."""
    there: dict[str, set[str]] = {name: set() for name in DIMENSIONS}
    for facts in known:
        for name, keys in facts.values.items():
            there[name] |= keys
    values = {name: query[name] for name in DIMENSIONS if query.get(name) in there[name]}
    return Wish(values, " ".join(query.get("q", "").split())[:LONGEST_SEARCH].strip())


Item = TypeVar("Item", bound=Facts)


def fitting(items: Iterable[Item], wish: Wish) -> list[Item]:
    """Those that have everything the wish names, in their order."""
    terms = [(fold(term), _squeezed(fold(term))) for term in wish.text.split()[:MOST_TERMS]]
    return [item for item in items if _has(item, wish.values) and _tells(item.text, terms)]


def counts(items: Sequence[Facts], wish: Wish, dimension: str) -> Counter[str]:
    """Key of `dimension` -> how many there would be if one chose it beside everything else that is chosen."""
    found: Counter[str] = Counter()
    for item in fitting(items, wish.without(dimension)):
        found.update(item.values.get(dimension, ()))
    return found


def related(items: Sequence[Facts], slug: str, most: int) -> list[str]:
    """Slugs of others with a topic in common, then of others from the same Land; in the order of the items."""
    mine = next((item for item in items if item.slug == slug), None)
    if mine is None:
        return []
    others = [item for item in items if item.slug != slug]
    found: list[str] = []
    for dimension in ("topic", "land"):
        keys = mine.values.get(dimension, frozenset())
        found += [each.slug for each in others if each.slug not in found and keys & each.values.get(dimension, frozenset())]
    return found[:most]


def key_of(text: str) -> str:
    """A label as it stands in addresses: "Ankommen & Nachbarschaft" -> "ankommen-nachbarschaft"; umlauts in two letters."""
    plain = fold(text.casefold().translate(_UMLAUTS))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def fold(text: str) -> str:
    """Without case and marks: "Rückkehr" -> "ruckkehr"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def beginning(text: str, most: int = LONGEST_DESCRIPTION) -> str:
    """The first paragraph in one line, cut between words where it is longer than `most` characters."""
    line = " ".join(text.strip().split("\n\n")[0].split())
    if len(line) <= most:
        return line
    return line[: most - 1].rsplit(" ", 1)[0].rstrip(",;:–- ") + "…"


def _squeezed(folded: str) -> str:
    """Umlauts that were written in two letters, or in one: "rueckkehr" and "ruckkehr" are the same."""
    return _TWO_LETTERS.sub(r"\1", folded)


def _has(item: Facts, values: Mapping[str, str]) -> bool:
    return all(key in item.values.get(name, ()) for name, key in values.items())


def _tells(text: str, terms: Sequence[tuple[str, str]]) -> bool:
    """All terms in any order, also within words, for German puts words together."""
    if not terms:
        return True
    folded = fold(text)
    squeezed = _squeezed(folded)
    return all(term in folded or short in squeezed for term, short in terms)

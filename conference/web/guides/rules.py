"""Searching in guides: words without case and marks, best places first, with a piece of the text around."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST_QUERY = 100
MOST_WORDS = 6
SNIPPET = 180
_WORD = re.compile(r"\w+")
_TWO_LETTERS = re.compile(r"([aou])e")
_SMALL = frozenset(
    re.findall(
        r"\w+",
        """als am an auf aus bei das dem den der des die ein eine einen einer es für geht gibt ich ihr im in ist kann man mein
        meine mit nach nicht oder sich sie sind um und von vom was welche wer wie wir wo zu zum zur
        an and are can do does for from get how if is it my not of on or that the there this to we what where which who why with
        you your""",
    )
)
# Endings that do not change what a word is about, the longest first; what is left has four letters at least.
_ENDINGS = ("ungen", "ung", "ing", "en", "er", "es", "ed", "e", "n", "s")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something can be found: of a guide the section, its heading and its text in one line. heads, words: those of heading
    and text, folded, each with its stem and how often it is there."""

    guide: str
    anchor: str
    title: str
    text: str
    heads: tuple[tuple[str, str, int], ...]
    words: tuple[tuple[str, str, int], ...]


def place(guide: str, anchor: str, title: str, text: str) -> Place:
    return Place(guide, anchor, title, text, _counted(title), _counted(text))


def _counted(text: str) -> tuple[tuple[str, str, int], ...]:
    return tuple((word, _stem(word), times) for word, times in Counter(_WORD.findall(fold(text))).items())


@dataclass(frozen=True, slots=True)
class Found:
    """snippet: pieces of the text in order, with whether each is what was looked for."""

    place: Place
    snippet: tuple[tuple[str, bool], ...]


def search(places: Iterable[Place], query: str, most: int = 20) -> list[Found]:
    """Those with most of the words first, then those that lack one of these; of equals the better, then the earlier."""
    wanted = stems(query)
    weighed = [(each, [_weight(each, word) for word in wanted]) for each in places]
    scored = [(sum(map(bool, weights)), sum(weights), each) for each, weights in weighed]
    needed = max(1, max((had for had, _score, _place in scored), default=0) - 1)
    best = sorted((one for one in scored if one[0] >= needed), key=lambda one: one[:2], reverse=True)
    return [Found(each, snippet(each.text, wanted)) for _had, _score, each in best[:most]]


def stems(query: str) -> list[str]:
    """What to look for: each word once, without ending. The small words of a question do not count, nor does a single letter."""
    words = [
        _stem(fold(word)) for word in _WORD.findall(query[:LONGEST_QUERY]) if len(word) > 1 and word.casefold() not in _SMALL
    ]
    return list(dict.fromkeys(words))[:MOST_WORDS]


def fold(text: str) -> str:
    """Without case and marks, umlauts in one letter however they were written: "Rückkehr", "Rueckkehr" -> "ruckkehr"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _TWO_LETTERS.sub(r"\1", "".join(char for char in decomposed if not unicodedata.combining(char)))


def snippet(text: str, wanted: Sequence[str], length: int = SNIPPET) -> tuple[tuple[str, bool], ...]:
    """About `length` characters of the text from shortly before the first word that was looked for."""
    words = [(match, any(word in fold(match[0]) for word in wanted)) for match in _WORD.finditer(text)]
    first = next((match.start() for match, meant in words if meant), 0)
    begin = _edge(text, max(0, first - length // 3))
    end = _edge(text, min(len(text), begin + length))
    pieces = [("… ", False)] if begin else []
    at = begin
    for match, meant in words:
        if meant and begin <= match.start() and match.end() <= end:
            pieces += [(text[at : match.start()], False), (match[0], True)]
            at = match.end()
    pieces += [(text[at:end], False), ("…" if end < len(text) else "", False)]
    return tuple(piece for piece in pieces if piece[0])


def _edge(text: str, at: int) -> int:
    """The end of the word before, so that none is cut; the ends of the text stay what they are."""
    if at in (0, len(text)):
        return at
    space = text.rfind(" ", 0, at)
    return space + 1 if space >= 0 else 0


def _stem(word: str) -> str:
    return next((word[: -len(end)] for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 4), word)


def _weight(place: Place, word: str) -> int:
    """Headings count most, beginnings of words more than their middles (German puts words together), and each word some times."""
    title = max((_fit(there, stem, word) for there, stem, _times in place.heads), default=0)
    text = sum(_fit(there, stem, word) * min(times, 3) for there, stem, times in place.words)
    return 10 * title + min(text, 20)


def _fit(there: str, stem: str, word: str) -> int:
    """4 the word itself but for its ending, 2 its beginning, 1 within; of two letters (IT, S3) only the word itself."""
    if stem == word:
        return 4
    if len(word) < 3 or word not in there:
        return 0
    return 2 if there.startswith(word) else 1

"""Which of a card's words belong to which of its films, and what was public when the organisers released it. Pure.

All of it lies among a film's facts: captions and texts that came from the film before (until somebody says that they fit), texts
that wait with a film beside a public one, and what the organisers have released or accepted since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from conference.cards.captions.rules import Texts, texts_of
from conference.cards.model import Card, CardFile, CardFilm, FileRole
from conference.cards.rules import OWN_TEXTS

TAKEN_OVER = "taken_over"
OLD_TEXTS = "old_texts"
RELEASED = "released"


class Changed(StrEnum):
    """What is another than it was at the release. speech: language, that nobody speaks, sign language."""

    CAPTIONS = "captions"
    WORDS = "words"
    SEEN = "seen"
    SPEECH = "speech"
    POSTER = "poster"


def texts_for(card: Card, film: CardFilm | None) -> Texts:
    """The texts of a card with this film: a film that waits may have its own."""
    own = film.facts.get(OWN_TEXTS) if film is not None else None
    return Texts(**own) if own else texts_of(card)


def keep_texts(film: CardFilm, texts: Texts) -> None:
    """Let these be the film's own until it is shown."""
    film.facts = {**film.facts, OWN_TEXTS: dict(vars(texts))}


def use_texts(card: Card, film: CardFilm) -> None:
    """The film is shown from now on, and its texts are the card's."""
    texts = texts_for(card, film)
    card.words, card.seen = dict(texts.words), dict(texts.seen)
    card.language, card.unspoken, card.signed = texts.language, texts.unspoken, texts.signed
    film.facts = _without(film.facts, OWN_TEXTS)


def came_before(film: CardFilm, card: Card, taken: Mapping[str, str]) -> None:
    """The film took another one's place: the captions `taken` (language -> etag) and the texts were written for that one."""
    texts = texts_for(card, film)
    facts = {**film.facts, TAKEN_OVER: {**film.facts.get(TAKEN_OVER, {}), **taken}}
    film.facts = {**facts, OLD_TEXTS: texts.mark} if texts.words or texts.seen else facts


def they_fit(film: CardFilm) -> None:
    """Somebody has looked at them."""
    film.facts = _without(film.facts, TAKEN_OVER, OLD_TEXTS)


def old_captions(film: CardFilm, files: Iterable[CardFile]) -> list[str]:
    """Languages whose captions came from the film before, as nobody has written them anew or said that they fit."""
    taken = film.facts.get(TAKEN_OVER, {})
    return [file.language for file in captions_of(film, files) if taken.get(file.language) == file.etag]


def old_texts(film: CardFilm, card: Card) -> bool:
    """Whether the texts are still those that were written for the film before."""
    return bool(film.facts.get(OLD_TEXTS) == texts_for(card, film).mark)


def captions_of(film: CardFilm, files: Iterable[CardFile]) -> list[CardFile]:
    return [file for file in files if file.role is FileRole.CAPTIONS and file.film_id == film.id]


def note_release(card: Card, film: CardFilm, files: Iterable[CardFile]) -> None:
    """The organisers have seen the card as it is now."""
    film.facts = {**film.facts, RELEASED: _state(card, film, list(files))}


def changes_of(card: Card, film: CardFilm, files: Iterable[CardFile]) -> list[Changed]:
    """What is another than it was at the release; nothing where we do not know of one."""
    then, now = film.facts.get(RELEASED), _state(card, film, list(files))
    if not then:
        return []
    old, new = then["texts"], now["texts"]
    speech = ("language", "unspoken", "signed")
    differ = {
        Changed.CAPTIONS: then["captions"] != now["captions"],
        Changed.WORDS: old["words"] != new["words"],
        Changed.SEEN: old["seen"] != new["seen"],
        Changed.SPEECH: any(old[name] != new[name] for name in speech),
        Changed.POSTER: then["poster"] != now["poster"],
    }
    return [each for each, differs in differ.items() if differs]


def released_texts(film: CardFilm) -> Texts | None:
    """Those that the organisers have seen; None where we do not know."""
    then = film.facts.get(RELEASED)
    return Texts(**then["texts"]) if then else None


def mark_of(card: Card, film: CardFilm, files: Iterable[CardFile]) -> str:
    """Another word for whatever else can be released, by which whoever accepts it says what they have seen."""
    return hashlib.sha256(json.dumps(_state(card, film, list(files)), sort_keys=True).encode()).hexdigest()[:16]


def _state(card: Card, film: CardFilm, files: list[CardFile]) -> dict[str, Any]:
    posters = [file.etag for file in files if file.role is FileRole.POSTER and file.film_id == film.id]
    return {
        "texts": dict(vars(texts_for(card, film))),
        "captions": {file.language: file.etag for file in captions_of(film, files)},
        "poster": min(posters, default=""),
    }


def _without(facts: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in names}

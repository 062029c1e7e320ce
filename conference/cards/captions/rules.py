"""What words a card may have, and which of them are missing. Pure."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from conference.base.captions import Reading, late_cues, read_captions
from conference.base.words import LANGUAGES as INTERFACE
from conference.base.words import Words
from conference.cards.model import Card, CardFilm, FilmState
from conference.cards.rules import needs_captions

LONGEST_WORDS = 10_000  # characters
LANGUAGES = (
    "de", "en", "ar", "bg", "cs", "da", "dsb", "el", "es", "fa", "fr", "frr", "hr", "hsb", "hu", "it", "ku", "nds", "nl", "pl",
    "pt", "ro", "rom", "ru", "sk", "sl", "sq", "sr", "sv", "tr", "uk", "vi", "zh",
)  # fmt: skip
"""Offered for speech and captions: those of the interface first. A conference file or a film may bring others."""


class Missing(StrEnum):
    """film: comes first; captions: without them the film does not play in public; words, seen: would help more people."""

    FILM = "film"
    CAPTIONS = "captions"
    WORDS = "words"
    SEEN = "seen"


@dataclass(frozen=True)
class Texts:
    """What an owner says about a film. words: what is said in it; seen: what only the picture tells; language: of the speech;
    unspoken: nobody speaks; signed: it is in German Sign Language."""

    words: Words = field(default_factory=dict)
    seen: Words = field(default_factory=dict)
    language: str = "de"
    unspoken: bool = False
    signed: bool = False

    @property
    def mark(self) -> str:
        """Another word for other texts, by which whoever saves says which ones they have seen."""
        said = json.dumps([self.words, self.seen, self.language, self.unspoken, self.signed], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def texts_of(card: Card) -> Texts:
    return Texts(card.words, card.seen, card.language, card.unspoken, card.signed)


def is_language(code: str) -> bool:
    """Whether it has the shape of a language's short name (ISO 639)."""
    return re.fullmatch(r"[a-z]{2,3}", code, re.ASCII) is not None


def film_for_words(films: Sequence[CardFilm], chosen: str = "") -> CardFilm | None:
    """The film that captions are written for: the chosen one, else the newest that is ready. films: newest first."""
    ready = [film for film in films if film.state is FilmState.READY]
    return next((film for film in ready if film.id == chosen), ready[0] if ready else None)


def read_for(film: CardFilm, data: bytes) -> Reading:
    """The cues of a file for this film; those that begin after its end are faults."""
    reading = read_captions(data)
    if reading.faults or film.seconds <= 0:
        return reading
    return Reading(reading.cues, late_cues(reading.cues, round(film.seconds * 1000)))


def missing(card: Card | None, film: CardFilm | None, captions: Collection[str]) -> list[Missing]:
    """What a card lacks, what matters most first. captions: the languages of the film's."""
    if card is None or film is None:
        return [Missing.FILM]
    speaks = needs_captions(card, film)
    lacking = [Missing.CAPTIONS] if speaks and not captions else []
    if speaks and not card.words:
        lacking.append(Missing.WORDS)
    return lacking if card.seen else [*lacking, Missing.SEEN]


def words_from(entered: Mapping[str, str], name: str) -> Words:
    """A text in the languages of the interface out of form fields `NAME_de`, `NAME_en`; empty ones left out."""
    texts = {language: clean_words(entered.get(f"{name}_{language}", "")) for language in INTERFACE}
    return {language: text for language, text in texts.items() if text}


def clean_words(text: str) -> str:
    """Paragraphs parted by one empty line, without control characters and damaged letters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
    lines = "\n".join(line.rstrip() for line in kept.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def too_long(texts: Texts) -> list[str]:
    """The form fields whose text has more than LONGEST_WORDS characters."""
    fields = {f"{name}_{code}": text for name in ("words", "seen") for code, text in getattr(texts, name).items()}
    return [name for name, text in fields.items() if len(text) > LONGEST_WORDS]

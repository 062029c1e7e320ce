"""What words a card may have, and which are missing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.base.captions import FaultKind
from conference.cards.captions.rules import (
    LONGEST_WORDS,
    Missing,
    Texts,
    clean_words,
    film_for_words,
    missing,
    read_for,
    too_long,
    words_from,
)
from conference.cards.model import Card, CardFilm, CardState, FilmState


def card(**more: object) -> Card:
    return Card(
        id="c", conference_id="k", initiative_id="i", state=CardState.READY, seconds=1, **{"words": {}, "seen": {}, **more}
    )  # type: ignore[arg-type]


def film(name: str = "f", state: FilmState = FilmState.READY, **more: object) -> CardFilm:
    return CardFilm(id=name, card_id="c", state=state, begun=datetime(2021, 5, 1, tzinfo=UTC), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("of", "its_film", "captions", "expected"),
    [
        (None, None, (), [Missing.FILM]), (card(), None, (), [Missing.FILM]),
        (card(), film(), (), [Missing.CAPTIONS, Missing.WORDS, Missing.SEEN]),
        (card(), film(), ("de",), [Missing.WORDS, Missing.SEEN]),
        (card(words={"de": "x"}, seen={"de": "y"}), film(), ("de",), []),
        (card(words={"de": "x"}, seen={"de": "y"}), film(), (), [Missing.CAPTIONS]),
        (card(unspoken=True), film(), (), [Missing.SEEN]), (card(), film(sound=False), (), [Missing.SEEN]),
    ],
)  # fmt: skip
def test_what_is_missing(of: Card | None, its_film: CardFilm | None, captions: tuple[str, ...], expected: list[Missing]) -> None:
    assert missing(of, its_film, captions) == expected


def test_captions_are_written_for_the_newest_film_that_is_ready() -> None:
    films = [film("c", FilmState.PREPARING), film("b"), film("a", shown=True)]
    assert film_for_words(films) is films[1]
    assert film_for_words(films, "a") is films[2]
    assert film_for_words(films, "c") is films[1]
    assert film_for_words(films[:1]) is None


def test_captions_fit_the_film() -> None:
    data = b"0:01 --> 0:02\nx\n\n0:05 --> 0:06\ny\n"
    assert read_for(film(seconds=6.0), data).faults == ()
    assert [fault.kind for fault in read_for(film(seconds=5.0), data).faults] == [FaultKind.LATE]
    assert read_for(film(seconds=0.0), data).faults == ()
    assert [fault.kind for fault in read_for(film(seconds=5.0), b"x").faults] == [FaultKind.FORMAT]


def test_texts_in_two_languages() -> None:
    assert words_from({"words_de": " Guten\r\nTag \r\n\r\n\r\n\r\nEnde", "words_en": " \n", "seen_de": "x"}, "words") == {
        "de": "Guten\nTag\n\nEnde"
    }
    long = "x" * (LONGEST_WORDS + 1)
    assert too_long(Texts(words={"de": long, "en": "x"}, seen={"en": long})) == ["words_de", "seen_en"]
    assert too_long(Texts(words={"de": long[:-1]})) == []


@given(st.text())
def test_clean_words_are_clean(text: str) -> None:
    cleaned = clean_words(text)
    assert clean_words(cleaned) == cleaned
    assert "\n\n\n" not in cleaned
    cleaned.encode()

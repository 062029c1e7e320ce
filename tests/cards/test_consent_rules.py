"""What was agreed to, and whether it is enough."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.cards.consent.rules import (
    FROM_FILE,
    NEEDED,
    covers,
    film_in_question,
    in_force,
    is_outdated,
    missing_for_publishing,
    stays_when_purged,
    to_ask,
    was_taken_back,
)
from conference.cards.consent.texts import TEXTS, Text, current, filled, text_of
from conference.cards.model import Card, CardConsent, CardFilm, CardState, ConsentKind, FilmState

NOON = datetime(2021, 5, 4, 12, tzinfo=UTC)
LICENCE, PEOPLE, PLATFORM, REMAINS = ConsentKind.LICENCE, ConsentKind.PEOPLE, ConsentKind.PLATFORM, ConsentKind.REMAINS


def consent(kind: ConsentKind, hours: float = 0, *, version: int = 1, ended: bool = False) -> CardConsent:
    at = NOON + timedelta(hours=hours)
    return CardConsent(
        id=f"{kind}{hours}", card_id="c", kind=kind, version=version, language="de", given=at, by_name="Mara Beispiel",
        ended=at + timedelta(minutes=1) if ended else None,
    )  # fmt: skip


def film(hours: float = -1, state: FilmState = FilmState.READY) -> CardFilm:
    return CardFilm(id="f", card_id="c", state=state, begun=NOON + timedelta(hours=hours))


def card(state: CardState = CardState.READY, *, remains: bool = False) -> Card:
    return Card(id="c", conference_id="x", initiative_id="i", state=state, seconds=1, words={}, remains=remains)


ALL = [consent(kind) for kind in ConsentKind]


def test_licence_people_and_platform_are_needed_and_nothing_else() -> None:
    assert missing_for_publishing(card(), film(), []) == [LICENCE, PEOPLE, PLATFORM]
    assert missing_for_publishing(card(), film(), [consent(kind) for kind in NEEDED]) == []
    assert missing_for_publishing(card(), None, ALL) == []
    for kind in ConsentKind:
        rest = [each for each in ALL if each.kind is not kind]
        assert missing_for_publishing(card(), film(), rest) == ([kind] if kind in NEEDED else [])


def test_a_withdrawn_card_has_no_consent_left() -> None:
    assert missing_for_publishing(card(CardState.WITHDRAWN), film(), ALL) == list(NEEDED)


def test_the_people_shown_agreed_to_the_film_that_there_was() -> None:
    given_before = [consent(kind) for kind in NEEDED]
    assert missing_for_publishing(card(), film(hours=1), given_before) == [PEOPLE]
    assert to_ask(film(hours=1), given_before) == [PEOPLE, ConsentKind.SITE, ConsentKind.SOCIAL, REMAINS]
    assert covers(consent(PEOPLE), film(hours=0))
    assert covers(consent(LICENCE), film(hours=1))


def test_what_ended_does_not_count_and_a_new_one_does() -> None:
    ended = consent(LICENCE, ended=True)
    assert in_force([ended]) == {}
    assert was_taken_back(LICENCE, [ended])
    again = consent(LICENCE, 2)
    assert in_force([ended, again]) == {LICENCE: again}
    assert not was_taken_back(LICENCE, [ended, again])
    assert not was_taken_back(LICENCE, [])


def test_a_newer_wording_asks_again_and_the_old_one_counts_until_then(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = Text(2, {"de": "Neu"}, {"de": "Neu"})
    monkeypatch.setitem(TEXTS, LICENCE, (*TEXTS[LICENCE], newer))
    held = [consent(kind) for kind in NEEDED]
    assert is_outdated(held[0])
    assert missing_for_publishing(card(), film(), held) == []
    assert LICENCE in to_ask(film(), held)
    assert LICENCE not in to_ask(film(), [*held, consent(LICENCE, 1, version=2)])
    assert text_of(LICENCE, 1) is TEXTS[LICENCE][0]
    assert current(LICENCE) is newer
    assert text_of(LICENCE, 7) is None


def test_what_was_agreed_to_outside_has_none_of_our_wordings() -> None:
    assert not is_outdated(consent(LICENCE, version=0))
    assert FROM_FILE != ""


def test_without_a_film_nobody_is_shown() -> None:
    assert to_ask(None, []) == [kind for kind in ConsentKind if kind is not PEOPLE]


def test_a_refused_film_is_none_to_agree_to() -> None:
    refused, ready = film(2, FilmState.REFUSED), film()
    assert film_in_question([refused, ready]) is ready
    assert film_in_question([refused]) is None


@pytest.mark.parametrize("state", list(CardState))
def test_only_a_published_card_stays(state: CardState) -> None:
    assert stays_when_purged(card(state, remains=True), ALL) == (state is CardState.PUBLISHED)


@pytest.mark.parametrize("lost", [REMAINS, LICENCE, PEOPLE])
def test_a_card_stays_with_all_that_it_needs_for_it(lost: ConsentKind) -> None:
    rest = [each for each in ALL if each.kind is not lost]
    assert not stays_when_purged(card(CardState.PUBLISHED, remains=True), rest)
    assert not stays_when_purged(card(CardState.PUBLISHED, remains=False), ALL)


@given(st.lists(st.tuples(st.sampled_from(list(ConsentKind)), st.floats(0, 9), st.booleans())))
def test_nothing_is_missing_exactly_when_all_three_hold(history: list[tuple[ConsentKind, float, bool]]) -> None:
    consents = [consent(kind, hours, ended=ended) for kind, hours, ended in history]
    held = {each.kind for each in consents if each.ended is None}
    assert set(missing_for_publishing(card(), film(), consents)) == set(NEEDED) - held
    assert set(to_ask(film(), consents)) == set(ConsentKind) - held


# -- the texts


# What people have agreed to is never edited: a changed wording is a new version, with a new line here.
DIGESTS = {
    ("licence", 1): "ce078239acbc312f",
    ("people", 1): "f639d4f45eb5b9d8",
    ("platform", 1): "a935306a48c6bca7",
    ("site", 1): "ca8f286b6927f15d",
    ("social", 1): "a37e0fa93deae1f9",
    ("remains", 1): "afe54438c0b98131",
}


def digest_of(text: Text) -> str:
    written = json.dumps([text.title, text.tick, *text.paragraphs], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def test_no_wording_was_edited_behind_anybodys_back() -> None:
    found = {(kind.value, text.version): digest_of(text) for kind, texts in TEXTS.items() for text in texts}
    assert found == DIGESTS


def test_versions_count_from_one_and_both_languages_are_there() -> None:
    for kind, texts in TEXTS.items():
        assert [text.version for text in texts] == list(range(1, len(texts) + 1)), kind
        for text in texts:
            for words in (text.title, text.tick, *text.paragraphs):
                assert set(words) == {"de", "en"}
                assert words["de"].count("{hosts}") == words["en"].count("{hosts}")
                assert words["de"].count(" ({hosts})") == words["de"].count("{hosts}")
                assert not set("!<>") & set("".join(words.values()))


@pytest.mark.parametrize(
    ("hosts", "german", "english"),
    [
        ([], "Bei uns.", "With us."),
        (["A"], "Bei uns (A).", "With us (A)."),
        (["A", "B"], "Bei uns (A und B).", "With us (A and B)."),
        (["A", "B", "C & D"], "Bei uns (A, B und C & D).", "With us (A, B and C & D)."),
    ],
)
def test_the_hosts_names_are_filled_in(hosts: list[str], german: str, english: str) -> None:
    words = {"de": "Bei uns ({hosts}).", "en": "With us ({hosts})."}
    assert (filled(words, "de", hosts), filled(words, "en", hosts)) == (german, english)

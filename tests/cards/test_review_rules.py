# ruff: noqa: E501  (tables are easier to read in one line)
"""Lights, queues and what is typed: every case, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conference.cards.model import Card, CardFile, CardFilm, CardState, CardTerms, ConsentKind, FileRole, FilmState
from conference.cards.review.rules import (
    CHANGE_ASKED,
    LENGTHS,
    Light,
    Queue,
    Reviewed,
    bytes_from,
    counts_of,
    deadline_of,
    height_from,
    lacks_card,
    last_minute,
    light_of,
    publishing_fault,
    queues_of,
    same_day,
    same_name,
    seconds_from,
)
from conference.cards.rules import LARGEST
from conference.initiatives.store import TakingPart
from media.video.child import MOST_WRITTEN
from media.video.plan import quality
from media.video.soundtrack import RATES

NOW = datetime(2021, 4, 1, 10, tzinfo=UTC)
SOMEBODY = TakingPart.__new__(TakingPart)  # the rules never look at who it is
LACKING = (ConsentKind.PEOPLE,)


def film(
    name: str,
    state: FilmState = FilmState.READY,
    *,
    shown: bool = False,
    hours: float = 0,
    sound: bool = True,
    change: bool = False,
) -> CardFilm:
    facts = {CHANGE_ASKED: True} if change else {}
    return CardFilm(id=name, card_id="c", state=state, shown=shown, begun=NOW - timedelta(hours=hours), sound=sound, facts=facts)


def seen(state: CardState | None, *films: CardFilm, captioned: str = "", lacking: tuple[Any, ...] = (), **more: Any) -> Reviewed:
    card = None
    if state is not None:
        card = Card(id="c", conference_id="k", initiative_id="i", state=state, seconds=3.0, words={}, **more)
    captions = [
        CardFile(id=name, card_id="c", film_id=name, role=FileRole.CAPTIONS, key=name, content_type="text/vtt", size=1, etag=name,
                 language="de")
        for name in captioned.split()
    ]  # fmt: skip
    return Reviewed(SOMEBODY, card, films, captions, lacking)


OLD, NEW, BACK = film("old", shown=True), film("new"), film("new", change=True)
CASES = {
    "nothing": (seen(None), Light.NONE, "all without"),
    "only words so far": (seen(CardState.BEGUN), Light.NONE, "all without"),
    "on its way": (seen(CardState.BEGUN, film("a", FilmState.UPLOADING)), Light.ARRIVING, "all"),
    "given up": (seen(CardState.BEGUN, film("a", FilmState.UPLOADING, hours=25)), Light.ARRIVING, "all without"),
    "waits for the worker": (seen(CardState.BEGUN, film("a", FilmState.WAITING, hours=25)), Light.ARRIVING, "all"),
    "prepared": (seen(CardState.BEGUN, film("a", FilmState.PREPARING)), Light.ARRIVING, "all"),
    "refused": (seen(CardState.BEGUN, film("a", FilmState.REFUSED)), Light.REFUSED, "all without"),
    "failed": (seen(CardState.BEGUN, film("a", FilmState.FAILED)), Light.REFUSED, "all without"),
    "consent": (seen(CardState.READY, OLD, lacking=LACKING), Light.CONSENT, "all captions consent"),
    "captions": (seen(CardState.READY, OLD), Light.CAPTIONS, "all captions"),
    "ready": (seen(CardState.READY, OLD, captioned="old"), Light.WAITS, "all waits"),
    "silent": (seen(CardState.READY, film("old", shown=True, sound=False)), Light.WAITS, "all waits"),
    "unspoken": (seen(CardState.READY, OLD, unspoken=True), Light.WAITS, "all waits"),
    "ready, another one refused": (
        seen(CardState.READY, film("b", FilmState.REFUSED), OLD, captioned="old"), Light.WAITS, "all waits"),
    "change": (seen(CardState.CHANGE_ASKED, OLD, captioned="old", change="Lauter"), Light.CHANGE, "all change"),
    "published": (seen(CardState.PUBLISHED, OLD, captioned="old"), Light.PUBLISHED, "all published"),
    "published without proof": (seen(CardState.PUBLISHED, OLD, captioned="old", lacking=LACKING), Light.PUBLISHED, "all published"),
    "published as poster": (seen(CardState.PUBLISHED, OLD), Light.CAPTIONS, "all captions published"),
    "successor": (seen(CardState.PUBLISHED, NEW, OLD, captioned="old new"), Light.SUCCESSOR, "all waits published"),
    "successor without captions": (seen(CardState.PUBLISHED, NEW, OLD, captioned="old"), Light.SUCCESSOR, "all waits captions published"),
    "successor sent back": (
        seen(CardState.PUBLISHED, BACK, OLD, captioned="old new", change="Lauter"), Light.CHANGE, "all change published"),
    "successor on its way": (
        seen(CardState.PUBLISHED, film("b", FilmState.PREPARING), OLD, captioned="old"), Light.PUBLISHED, "all published"),
    "withdrawn": (seen(CardState.WITHDRAWN), Light.WITHDRAWN, "all"),
}  # fmt: skip


@pytest.mark.parametrize(("case", "light", "queues"), CASES.values(), ids=CASES)
def test_the_light_and_the_queues_of_a_card(case: Reviewed, light: Light, queues: str) -> None:
    assert light_of(case) is light
    assert {queue.value for queue in queues_of(case, NOW)} == set(queues.split())
    assert lacks_card(case, NOW) == ("without" in queues)


def test_counts_are_those_of_the_queues() -> None:
    counts = counts_of([case for case, _, _ in CASES.values()], NOW)
    assert counts == {queue: sum(queue.value in queues.split() for _, _, queues in CASES.values()) for queue in Queue}
    assert counts_of([], NOW) == dict.fromkeys(Queue, 0)


PUBLISHABLE = {"captions", "ready", "silent", "unspoken", "ready, another one refused", "published", "published as poster", "successor",
               "successor without captions", "successor sent back", "successor on its way"}  # fmt: skip


def test_what_terms_allow_can_be_made_and_read_in_again() -> None:
    """A film as long as terms may allow, at the most that its encoders write, and a little for the file's own sake."""
    seconds = LENGTHS[1] + 1
    made = (seconds + 2) * (quality(1920, 1080)[1] + RATES[0]) / 8 + 1_000_000
    assert made < LARGEST[FileRole.RENDITION] <= MOST_WRITTEN


@pytest.mark.parametrize("name", CASES)
def test_what_can_be_published(name: str) -> None:
    fault = publishing_fault(CASES[name][0])
    expected = (
        None if name in PUBLISHABLE else "card_consent_missing" if "consent" in name or "proof" in name else "card_not_ready"
    )
    assert fault == expected


def test_the_newest_ready_film_waits_beside_the_shown_one() -> None:
    assert seen(CardState.PUBLISHED, NEW, OLD).waiting is NEW
    assert seen(CardState.PUBLISHED, OLD).waiting is None
    assert seen(CardState.PUBLISHED, film("b", FilmState.FAILED), OLD).waiting is None
    assert seen(CardState.BEGUN, film("b", FilmState.FAILED)).candidate is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3:00", 180), ("3", 180), (" 1:30 ", 90), ("0:10", 10), ("5:00", 300), ("0:09", None), ("5:01", None), ("3:60", None),
     ("3:5", None), ("-3", None), ("3:", None), ("", None), ("³", None), ("99999999", None), ("1:2:3", None)],
)  # fmt: skip
def test_lengths(text: str, seconds: int | None) -> None:
    assert seconds_from(text) == seconds


@pytest.mark.parametrize(("text", "size"), [("500", 500_000_000), ("1", 1_000_000), ("2000", 2_000_000_000), ("0", None), ("2001", None), ("5,5", None), ("", None), ("1e3", None)])  # fmt: skip
def test_sizes(text: str, size: int | None) -> None:
    assert bytes_from(text) == size


@pytest.mark.parametrize(
    ("text", "height"), [("360", 360), ("144", 144), ("143", None), ("2161", None), ("360p", None), ("", None)]
)
def test_heights(text: str, height: int | None) -> None:
    assert height_from(text) == height


@pytest.mark.parametrize(
    ("typed", "same"), [("Haus Wendland", True), (" haus  WENDLAND ", True), ("Haus", False), ("", False), (" ", False)]
)
def test_a_typed_name(typed: str, same: bool) -> None:
    assert same_name(typed, "Haus Wendland") is same


@pytest.mark.parametrize(("typed", "same"), [("04.05.2021", True), ("4.5.2021", True), (" 4. 5. 2021 ", True), ("5.4.2021", False), ("4.5.21", False), ("", False), ("4.5", False), ("a.b.c", False), ("..", False)])  # fmt: skip
def test_a_typed_day(typed: str, same: bool) -> None:
    assert same_day(typed, datetime(2021, 5, 4, 23, 30, tzinfo=UTC)) is same


def test_films_are_taken_until_the_deadline_but_never_beyond_closing() -> None:
    early, late = NOW + timedelta(days=1), NOW + timedelta(days=9)
    assert deadline_of(CardTerms(conference_id="k"), late) == late
    assert deadline_of(CardTerms(conference_id="k", until=early), late) == early
    assert deadline_of(CardTerms(conference_id="k", until=late), early) == early


def test_midnight_is_told_as_the_day_that_ends() -> None:
    assert last_minute(datetime(2021, 5, 18, tzinfo=UTC)) == datetime(2021, 5, 17, 23, 59, tzinfo=UTC)
    assert last_minute(NOW) == NOW

# ruff: noqa: E501  (tables are easier to read in one line)
"""Who sees which cards when: the whole table; order, names, files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.access.model import State
from conference.base.errors import Invalid, NotFound, OutsideWindow
from conference.cards.model import Card, CardFile, CardState, FileRole
from conference.cards.rules import (
    LARGEST,
    content_type_of,
    hidden,
    length_text,
    may_see_facts,
    may_see_film,
    neighbours,
    order_of_day,
    public_name,
)
from conference.doors.table import Standing
from tests.results.house import CAPTIONS, small_film, small_pdf, small_poster

STATES = list(State)
STRANGER, PERSON, ORGANISER = Standing.STRANGER, Standing.PERSON, Standing.ORGANISER


def row(*, standing: Standing, card_state: CardState, own: bool) -> str:
    card = Card(id="c", conference_id="k", initiative_id="i", state=card_state, seconds=1, words={})
    return "".join("x" if may_see_film(card, state, standing, own=own) else "." for state in STATES)


#                                     draft announced doors live archive closed purged
PUBLISHED = {(STRANGER, False): "....x..", (PERSON, False): "..xxx..", (PERSON, True): ".xxxx..", (ORGANISER, False): "xxxxxxx"}
READY = {(STRANGER, False): ".......", (PERSON, False): ".......", (PERSON, True): ".xxxx..", (ORGANISER, False): "xxxxxxx"}


@pytest.mark.parametrize(("who", "state"), list(product(PUBLISHED, CardState)), ids=str)
def test_films(who: tuple[Standing, bool], state: CardState) -> None:
    standing, own = who
    expected = {CardState.PUBLISHED: PUBLISHED[who], CardState.WITHDRAWN: "......."}.get(state, READY[who])
    assert row(standing=standing, card_state=state, own=own) == expected


@pytest.mark.parametrize("standing", Standing)
def test_consent_to_remain_opens_nothing_here(standing: Standing) -> None:
    card = Card(id="c", conference_id="k", initiative_id="i", state=CardState.PUBLISHED, seconds=1, words={}, remains=True)
    seen = [may_see_film(card, state, standing) for state in (State.CLOSED, State.PURGED)]
    assert seen == [standing is ORGANISER] * 2


@pytest.mark.parametrize(("standing", "expected"), [(STRANGER, ".xxxx.."), (PERSON, "xxxxx.."), (ORGANISER, "xxxxxxx")])
def test_facts(standing: Standing, expected: str) -> None:
    assert "".join("x" if may_see_facts(state, standing) else "." for state in STATES) == expected


@pytest.mark.parametrize("state", STATES)
def test_what_is_hidden_is_gone_after_closing_and_unknown_before(state: State) -> None:
    assert type(hidden(state, "treffen")) is (OutsideWindow if state in (State.CLOSED, State.PURGED) else NotFound)


@dataclass(frozen=True)
class Item:
    slug: str


@given(st.lists(st.text("abcdef-", min_size=1, max_size=8), unique=True), st.dates(), st.randoms())
def test_the_order_is_the_same_for_all_on_one_day(slugs: list[str], day: date, random: object) -> None:
    items = [Item(slug) for slug in slugs]
    ordered = order_of_day(items, day)
    assert sorted(ordered, key=str) == sorted(items, key=str)
    random.shuffle(items)  # type: ignore[attr-defined]
    assert order_of_day(items, day) == ordered


def test_everybody_is_first_some_day() -> None:
    items = [Item(f"initiative-{n}") for n in range(5)]
    first = {order_of_day(items, date(2021, 5, 4) + timedelta(days=n))[0].slug for n in range(60)}
    assert len(first) == 5


def test_neighbours() -> None:
    a, b, c = items = [Item("a"), Item("b"), Item("c")]
    assert neighbours(items, "a") == (None, b)
    assert neighbours(items, "b") == (a, c)
    assert neighbours(items, "c") == (b, None)
    assert neighbours(items, "d") == (None, None)


def stored(role: FileRole, content_type: str, **more: object) -> CardFile:
    return CardFile(id="f", card_id="c", role=role, key="k", content_type=content_type, size=1, etag="e", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        (stored(FileRole.SOURCE, "video/mp4"), None), (stored(FileRole.RENDITION, "text/html"), None),
        (stored(FileRole.RENDITION, "video/mp4"), "video.mp4"),
        (stored(FileRole.RENDITION, "video/mp4", position=1, height=360), "video-360.mp4"),
        (stored(FileRole.RENDITION, "video/mp4", position=1, width=360, height=640), "video-360.mp4"),
        (stored(FileRole.RENDITION, "video/mp4", position=2, height=240), None),
        (stored(FileRole.POSTER, "image/webp"), "poster.webp"), (stored(FileRole.POSTER, "image/jpeg"), "poster.jpg"),
        (stored(FileRole.CAPTIONS, "text/vtt", language="de"), "captions.de.vtt"),
    ],
)  # fmt: skip
def test_public_names(file: CardFile, name: str | None) -> None:
    assert public_name(file) == name


@pytest.mark.parametrize(
    ("role", "data", "found"),
    [
        (FileRole.RENDITION, small_film(), "video/mp4"), (FileRole.POSTER, small_poster(), "image/webp"),
        (FileRole.POSTER, b"\xff\xd8\xff\xe0" + b"\0" * 20, "image/jpeg"), (FileRole.CAPTIONS, CAPTIONS, "text/vtt"),
        (FileRole.CAPTIONS, b"\xef\xbb\xbf" + CAPTIONS, "text/vtt"),
        (FileRole.RENDITION, b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm", "video/webm"),
        (FileRole.SOURCE, small_film(), "video/mp4"),
    ],
)  # fmt: skip
def test_types_by_content(role: FileRole, data: bytes, found: str) -> None:
    assert content_type_of(role, data) == found


HOSTILE = [
    b"", b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"#EXTM3U\nhttp://example.org/x.ts", b"GIF89a",
    b"PK\x03\x04", b"\x7fELF", b"\x89PNG\r\n\x1a\n", small_pdf(), b"ffconcat version 1.0\nfile /etc/passwd", b"RIFF\0\0\0\0AVI ",
    b"\x1aE\xdf\xa3 matroska", b"WEBVTT", b"WEBVTTX\n\n00:00.000 --> 00:01.000\nx", b"WEBVTT\n\n00:00 -> 00:01\nx", b"WEBVTT\n\xff\xfe",
]  # fmt: skip


@pytest.mark.parametrize("role", FileRole)
@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_what_a_card_cannot_have(role: FileRole, data: bytes) -> None:
    with pytest.raises(Invalid, match="card_file_type"):
        content_type_of(role, data)


def test_too_large() -> None:
    with pytest.raises(Invalid, match="card_file_too_large"):
        content_type_of(FileRole.CAPTIONS, b"WEBVTT" + b" " * LARGEST[FileRole.CAPTIONS])


def test_what_is_wrong_with_captions_is_said() -> None:
    with pytest.raises(Invalid, match="card_file_type") as refused:
        content_type_of(FileRole.CAPTIONS, b"WEBVTT\n\n00:03.000 --> 00:02.000\nx")
    assert refused.value.facts == {"role": "captions", "line": 3, "fault": "order"}


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "0:00"), (28.4, "0:28"), (59.6, "1:00"), (61, "1:01"), (3599, "59:59")])
def test_lengths(seconds: float, text: str) -> None:
    assert length_text(seconds) == text

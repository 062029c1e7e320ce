"""Filters combine, can each be taken away again, and the search finds what people type, with umlauts or without."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.cards.gallery.rules import (
    DIMENSIONS,
    LONGEST_SEARCH,
    Facts,
    Wish,
    beginning,
    counts,
    fitting,
    fold,
    key_of,
    related,
    wish_of,
)


def facts(slug: str, text: str = "", **values: str) -> Facts:
    return Facts(slug, {name: frozenset(keys.split()) for name, keys in values.items()}, text)


A = facts("a", "Rückkehr an die Küste", land="MV", topic="arbeit familie", kind="netzwerk", captions="yes")
B = facts("b", "Rueckkehrer im Tal", land="TH", topic="arbeit", kind="agentur", captions="yes", signed="yes")
C = facts("c", "Große Straße", land="TH", kind="agentur")
ALL = [A, B, C]


def slugs(wish: Wish) -> str:
    return "".join(item.slug for item in fitting(ALL, wish))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "abc"), ({"land": "TH"}, "bc"), ({"land": "TH", "topic": "arbeit"}, "b"),
        ({"kind": "agentur", "captions": "yes"}, "b"), ({"topic": "familie"}, "a"), ({"land": "MV", "signed": "yes"}, ""),
    ],
)  # fmt: skip
def test_filters_combine(values: dict[str, str], expected: str) -> None:
    assert slugs(Wish(values)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rückkehr", "ab"), ("RUECKKEHR", "ab"), ("ruckkehr", "ab"), ("kehrer", "b"), ("strasse", "c"), ("STRAẞE", "c"),
        ("große", "c"), ("kuste an", "a"), ("küste tal", ""), ("", "abc"), ("   ", "abc"), ("<b>", ""), ("%", ""),
    ],
)  # fmt: skip
def test_the_search_is_about_words_and_not_about_spelling(text: str, expected: str) -> None:
    assert slugs(Wish({}, text)) == expected


@given(st.text(max_size=40))
def test_whatever_stands_there_is_found(text: str) -> None:
    item = facts("x", f"vorn {text} hinten")
    assert fitting([item], Wish({}, text)) == [item]
    assert fitting([item], Wish({}, text.upper())) == [item] or fold(text.upper()) != fold(text)


def test_counts_say_what_choosing_would_show() -> None:
    wish = Wish({"land": "TH"})
    assert counts(ALL, wish, "land") == {"MV": 1, "TH": 2}
    assert counts(ALL, wish, "kind") == {"agentur": 2}
    assert counts(ALL, wish, "topic") == {"arbeit": 1}
    for dimension in DIMENSIONS:
        for key, number in counts(ALL, wish, dimension).items():
            assert len(fitting(ALL, wish.having(dimension, key))) == number


def test_an_address_says_everything_and_is_read_back() -> None:
    wish = Wish({"signed": "yes", "land": "TH"}, "Straße & mehr")
    address = wish.address("/x/cards")
    assert address.startswith("/x/cards?land=TH&signed=yes&q=")
    assert wish_of(dict(parse_qsl(urlsplit(address).query)), ALL) == wish
    assert wish.without("signed").without("land").address("/x") == "/x?q=Stra%C3%9Fe+%26+mehr"
    assert Wish().address("/x") == "/x"
    assert (bool(Wish()), bool(Wish({}, "a")), bool(Wish({"land": "TH"}))) == (False, True, True)


def test_what_nobody_has_is_not_asked_for() -> None:
    assert wish_of({"land": "XX", "topic": "<script>", "other": "x", "q": " a \n b "}, ALL) == Wish({}, "a b")
    assert len(wish_of({"q": "x" * 5000}, ALL).text) == LONGEST_SEARCH


def test_others_share_a_topic_or_else_the_land() -> None:
    assert related(ALL, "a", 3) == ["b"]
    assert related(ALL, "b", 3) == ["a", "c"]
    assert related(ALL, "b", 1) == ["a"]
    assert related(ALL, "c", 3) == ["b"]
    assert related(ALL, "nobody", 3) == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Ankommen & Nachbarschaft", "ankommen-nachbarschaft"),
        ("Rückkehr", "rueckkehr"),
        ("Größe", "groesse"),
        ("  ", ""),
        ("É", "e"),
    ],
)
def test_keys_are_plain(text: str, key: str) -> None:
    assert key_of(text) == key


def test_descriptions_end_between_words() -> None:
    assert beginning("Eins.\nzwei\n\nDrei.") == "Eins. zwei"
    assert beginning("eins zwei, drei", 12) == "eins zwei…"
    assert beginning("", 12) == ""

"""What may stand in a letter, who gets it, when it is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conference.access.model import State
from conference.mailing import rules
from conference.mailing.model import DeliveryState, LetterKind
from conference.mailing.rules import Audience, Someone, audience_from, chosen
from conference.people.model import Role

NOW = datetime(2021, 5, 4, 8, tzinfo=UTC)
GOOD = {"de": "Betreff"}, {"de": "Hier: {link}"}


def test_placeholders_are_filled_and_nothing_else() -> None:
    said = {"name": "{link}", "link": "https://a"}
    assert rules.filled("{name} {link} {strange} {} { name }", said) == "{link} https://a {strange} {} { name }"


@pytest.mark.parametrize(
    ("subject", "body", "found"),
    [
        (*GOOD, {}),
        ({"de": ""}, {"de": ""}, {"subject_de": "empty", "body_de": "empty"}),
        ({}, {}, {"subject_de": "empty", "body_de": "empty"}),
        ({"de": "x" * 151}, {"de": "{link}" + "x" * 8000}, {"subject_de": "long", "body_de": "long"}),
        ({"de": "{link}"}, {"de": "{session} {link}"}, {"subject_de": "placeholder", "body_de": "placeholder"}),
        ({"de": "{}"}, {"de": "nichts"}, {"subject_de": "placeholder", "body_de": "link"}),
        ({"de": "a"}, {"de": "{link}{link}"}, {"body_de": "link"}),
        ({"de": "www.a.de"}, {"de": "{link} HTTP://x"}, {"subject_de": "address", "body_de": "address"}),
        ({"de": "a", "en": "b"}, {"de": "{link}"}, {"body_en": "empty"}),
        ({"de": "a", "en": ""}, {"de": "{link}", "en": ""}, {}),
    ],
)
def test_what_may_stand_there(subject: dict[str, str], body: dict[str, str], found: dict[str, str]) -> None:
    assert {name: code for name, (code, _) in rules.text_faults(subject, body, session=False).items()} == found


def test_a_session_brings_its_words_along() -> None:
    assert rules.text_faults({"de": "{session}"}, {"de": "{session_begins} {link}"}, session=True) == {}


def someone(name: str, *held: tuple[Role, str | None], **more: object) -> Someone:
    facts = {"initiative": None, "reachable": True, "written": False, "seen": False, **more}
    return Someone(name, frozenset(held), **facts)  # type: ignore[arg-type]


PEOPLE = [
    someone("ada", (Role.SPEAKER, "s1"), (Role.ATTENDEE, None)),
    someone("bert", (Role.ATTENDEE, None), initiative="i1", written=True, registered=frozenset({"placed:s1"})),
    someone("cleo", (Role.MODERATOR, "s2"), seen=True),
    someone("dora", (Role.ATTENDEE, None), reachable=False),
    someone("guest", (Role.GUEST, "s1")),
    someone("gone"),
    someone("wait", registered=frozenset({"waiting"})),
]


@pytest.mark.parametrize(
    ("audience", "people"),
    [
        (Audience(), ["ada", "bert", "cleo"]),
        (Audience(roles=frozenset({Role.SPEAKER, Role.MODERATOR})), ["ada", "cleo"]),
        (Audience(sessions=frozenset({"s1"})), ["ada"]),
        (Audience(initiatives=frozenset({"i1"})), ["bert"]),
        (Audience(only="unwritten"), ["ada", "cleo"]),
        (Audience(only="unseen"), ["ada", "bert"]),
        (Audience(roles=frozenset({Role.SPEAKER}), sessions=frozenset({"s2"})), []),
        (Audience(registered="waiting"), ["wait"]),
        (Audience(registered="placed:s1"), ["bert"]),
        (Audience(roles=frozenset({Role.SPEAKER}), registered="placed:s1"), []),
    ],
)
def test_whom_it_is_for(audience: Audience, people: list[str]) -> None:
    assert chosen(audience, PEOPLE).people == people


def test_who_cannot_be_reached_is_told() -> None:
    assert chosen(Audience(), PEOPLE).unreachable == ["dora"]


def test_an_audience_out_of_facts() -> None:
    facts = {"roles": ["speaker", "nobody", 3], "sessions": ["s1"], "initiatives": "i1", "only": "unseen"}
    assert audience_from(facts) == Audience(frozenset({Role.SPEAKER}), frozenset({"s1"}), frozenset(), "unseen")
    assert audience_from({"only": "x", "registered": ""}) == Audience()
    assert audience_from({"registered": "waiting"}) == Audience(registered="waiting")


def test_moments() -> None:
    assert rules.due_at(NOW, None, NOW) == NOW
    assert rules.due_at(None, None, NOW) is None
    assert rules.due_at(None, 10, NOW) == NOW - timedelta(minutes=10)
    assert not rules.too_late(LetterKind.MINUTES_BEFORE, NOW, NOW + timedelta(minutes=9))
    assert rules.too_late(LetterKind.MINUTES_BEFORE, NOW, NOW + timedelta(minutes=10))
    assert rules.too_late(LetterKind.DAY_BEFORE, NOW, NOW)
    assert not rules.too_late(LetterKind.SURVEY, NOW, NOW + timedelta(days=9))
    assert [rules.opens(state) for state in (State.ARCHIVE, State.CLOSED, State.PURGED)] == [True, False, False]


def test_tries() -> None:
    pauses = [rules.pause_after(tries) for tries in range(1, 25)]
    assert pauses[:6] == [timedelta(minutes=each) for each in (1, 5, 15, 30, 60, 60)]
    assert pauses[-1] is None
    assert pauses.index(None) == 23


def test_uncertain() -> None:
    assert rules.uncertain(DeliveryState.HANDED, NOW, NOW)
    assert rules.uncertain(DeliveryState.HANDED, None, NOW)
    assert not rules.uncertain(DeliveryState.HANDED, NOW + timedelta(seconds=1), NOW)
    assert not rules.uncertain(DeliveryState.SENT, NOW, NOW)

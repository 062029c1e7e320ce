"""Each rule finds what is missing and is silent where it is there; what is waived no longer stands in the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from conference.access.model import LegalPage, Page, State
from conference.cards.model import CardState
from conference.cards.review.rules import Reviewed
from conference.desk.readiness.of_machine import expected_in
from conference.desk.readiness.rules import RULES, in_the_way, judge
from conference.desk.readiness.shapes import Capacity, Facts, Result, Severity
from conference.forums.check.model import Outcome
from conference.people.model import Role
from conference.program.model import Floor, Kind, Place
from tests.desk.readiness.sample import (
    GERMAN,
    NOW,
    TEXT,
    billing,
    card,
    check,
    complete,
    conference,
    found,
    session,
    someone,
    statement,
    terms,
)

Break = Callable[[Facts], dict[str, Any]]


def _without(facts: Facts, name: str) -> dict[str, Any]:
    return {"people": [each for each in facts.people if each.person.name != name]}


def _tested(facts: Facts, name: str, outcome: Outcome | None) -> dict[str, Any]:
    return {"people": [replace(each, outcome=outcome) if each.person.name == name else each for each in facts.people]}


def _unsaid(facts: Facts, key: str) -> dict[str, Any]:
    return {"statements": [each for each in facts.statements if each.key != key]}


def _legal(**pages: Any) -> dict[str, Any]:
    return {"conference": conference(legal={**conference().legal, **pages})}


def _check(facts: Facts, part: str) -> dict[str, Any]:
    return {"checks": {**facts.checks, part: check(Result.FAILED)}}


def _reviewed(day: date) -> dict[str, Any]:
    return {"pages": {Page.PRIVACY: LegalPage(id="p", conference_id="c", page=Page.PRIVACY, reviewed=day, changed=NOW)}}


# Rule, what breaks it, a word of its sentence. The facts before are what heals it.
BROKEN: list[tuple[str, Break, str]] = [
    ("empty_program", lambda f: {"sessions": []}, "leer"),
    ("no_moderator", lambda f: _without(f, "Milan"), "Forum-1"),
    ("no_question", lambda f: {"sessions": [session(question={"de": " "})]}, "Forum-1"),
    ("clash", lambda f: {"sessions": [session(room="Saal"), session("forum-2", room="Saal")]}, "Saal"),
    ("clash", lambda f: {"sessions": [session(), session("forum-2")],
                         "billings": {key: [billing("Selma")] for key in ("forum-1", "forum-2")}}, "Selma"),
    ("outside_of_the_day", lambda f: {"sessions": [session(ends=NOW + timedelta(hours=4))]}, "Forum-1"),
    ("nobody_invited", lambda f: {"invited": 2, "people": f.people[:2]}, "niemand"),
    ("speaker_unchecked", lambda f: _tested(f, "Selma", None), "Selma"),
    ("speaker_unchecked", lambda f: _tested(f, "Selma", Outcome.FAILED), "Selma"),
    ("moderator_unchecked", lambda f: _tested(f, "Milan", None), "Milan"),
    ("named_not_invited", lambda f: {"billings": {"forum-1": [billing("Fremd")]}}, "Fremd"),
    ("one_organiser", lambda f: _without(f, "Otto"), "zwei"),
    ("uncertain_letters", lambda f: {"uncertain_letters": 2}, "ungewiss"),
    ("registration_unlimited", lambda f: {"registration": terms(until=None)}, "Frist"),
    ("registration_unlimited", lambda f: {"registration": terms(places=None)}, "Plätze"),
    ("registration_privacy", lambda f: {"registration": terms(asks=["needs"]), **_legal(privacy={})}, "Datenschutz"),
    ("registration_closed", lambda f: {"state": State.DRAFT, "registration": terms(until=NOW)}, "angekündigt"),
    ("registration_closed", lambda f: {"registration": terms(is_open=False, intro=TEXT)}, "angekündigt"),
    ("registration_places", lambda f: {"registration": terms(places=301)}, "300"),
    ("registration_places", lambda f: {"sessions": [session(places=20)]}, "20"),
    ("card_captions", lambda f: {"cards": [card(captions=False)]}, "Rückenwind"),
    ("card_review", lambda f: {"cards": [card(CardState.READY)]}, "Rückenwind"),
    ("no_card", lambda f: {"cards": [Reviewed(card().initiative)]}, "1"),
    ("remains", lambda f: _unsaid(f, "remains"), ""),
    ("legal_pages", lambda f: _legal(imprint={}), "Impressum"),
    ("legal_pages", lambda f: _legal(privacy={"de": "  "}), "Datenschutz"),
    ("alternatives", lambda f: _legal(easy={}), ""),
    ("alternatives", lambda f: _legal(signed={"text": None, "reason": None}), ""),
    ("list_notice", lambda f: _legal(notice=None), "Liste"),
    ("contact", lambda f: {"conference": conference(contact={"name": TEXT, "email": "", "phone": "1"})}, ""),
    ("contact", lambda f: {"conference": conference(contact={"name": TEXT, "email": "a@example.org", "phone": ""})}, ""),
    ("legal_english", lambda f: _legal(imprint={"de": "Nur deutsch"}), "Impressum"),
    ("legal_review", lambda f: _reviewed(NOW.date() - timedelta(days=366)), "Datenschutz"),
    ("mail", lambda f: {"sends_mail": False}, ""),
    ("mail", lambda f: _check(f, "mail"), ""),
    ("store", lambda f: _check(f, "store"), ""),
    ("media", lambda f: _check(f, "media"), ""),
    ("turn", lambda f: _check(f, "turn"), ""),
    ("clock", lambda f: _check(f, "clock"), ""),
    ("no_turn", lambda f: {"has_turn": False}, ""),
    ("unchecked", lambda f: {"checks": {}}, ""),
    ("capacity", lambda f: {"invited": 101}, "100"),
    ("capacity", lambda f: {"sessions": [session(floor=Floor.STAGE, kind=Kind.PLENARY)], "invited": 251}, "250"),
    ("capacity", lambda f: {"capacity": Capacity(50, 250, 30, NOW)}, "30"),
    ("round_table", lambda f: {"sessions": [session(floor=Floor.OPEN_ROUND)]}, "25"),
    ("unmeasured", lambda f: {"capacity": None}, ""),
    ("deputy", lambda f: _unsaid(f, "deputy"), ""),
    ("rehearsal", lambda f: _unsaid(f, "rehearsal"), ""),
    ("emergency", lambda f: _unsaid(f, "emergency"), ""),
]  # fmt: skip


def test_nothing_is_found_where_nothing_is_missing() -> None:
    assert found(complete()) == {}


@pytest.mark.parametrize(("key", "breaks", "word"), BROKEN, ids=[f"{key}-{n}" for n, (key, _, _) in enumerate(BROKEN)])
def test_a_rule_finds_what_is_missing(key: str, breaks: Break, word: str) -> None:
    facts = complete()
    missing = found(facts, **breaks(facts))
    assert key in missing
    assert all(word in each.sentence and each.href.startswith("/") for each in missing[key]), missing[key]


def test_every_rule_is_tried() -> None:
    assert {rule.key for rule in RULES} == {key for key, _, _ in BROKEN}
    assert len({rule.key for rule in RULES}) == len(RULES)


def test_who_moderates_everywhere_moderates_each_session() -> None:
    facts = complete()
    everywhere = [*_without(facts, "Milan")["people"], someone("Mia", (Role.MODERATOR, None))]
    assert "no_moderator" not in found(facts, people=everywhere)


def test_a_break_and_a_walk_on_site_need_nobody() -> None:
    pause, walk = session("pause", kind=Kind.BREAK, question={}), session("gang", place=Place.ON_SITE)
    assert "no_moderator" not in found(complete(), sessions=[session(), pause, walk])
    assert "no_question" not in found(complete(), sessions=[session(), pause, walk])


def test_people_spread_over_rooms_that_begin_together() -> None:
    three = [session(f"forum-{number}") for number in (1, 2, 3)]
    people = [*complete().people, someone("Mia", (Role.MODERATOR, None))]
    assert "capacity" not in found(complete(), sessions=three, people=people, invited=290)
    assert len(found(complete(), sessions=three, people=people, invited=301)["capacity"]) == 3
    limited = [session(f"forum-{number}", places=90) for number in (1, 2, 3)]
    assert "capacity" not in found(complete(), sessions=limited, people=people, invited=900)


def test_people_come_where_they_chose_and_the_others_spread() -> None:
    two, people = [session("forum-1"), session("forum-2")], [*complete().people, someone("Mia", (Role.MODERATOR, None))]
    facts = replace(complete(), sessions=two, people=people, invited=120, chosen={"forum-1": 80, "forum-2": 10})
    assert [expected_in(facts, each) for each in two] == [95, 25]
    assert "capacity" not in found(facts)
    assert [each.subject for each in found(facts, chosen={"forum-1": 90, "forum-2": 0})["capacity"]] == ["forum-1"]


def test_nothing_is_said_of_a_registration_that_there_is_not() -> None:
    for registration in (None, terms(is_open=False, until=None, places=None)):
        assert found(complete(), registration=registration) == {}


def test_what_remains_counts_cards_only_where_there_are_some() -> None:
    (one,) = found(complete(), statements=[])["remains"]
    assert "ebenso 1 Videokarte mit Einwilligung" in (one.detail or "")
    (none,) = found(complete(), statements=[], cards=[])["remains"]
    assert "Videokarte" not in (none.detail or "")
    assert "bleiben öffentlich" in (none.detail or "")


def test_what_can_only_be_mended_later_is_advice_until_the_announcement() -> None:
    facts = replace(complete(), **_tested(complete(), "Selma", None))
    assert [each.rule.key for each in in_the_way(judge(facts, GERMAN))] == ["speaker_unchecked"]
    draft = judge(replace(facts, state=State.DRAFT), GERMAN)
    assert in_the_way(draft) == []
    assert [each.severity for each in draft] == [Severity.AMBER]


def test_one_thing_is_waived_or_all_that_a_rule_finds() -> None:
    facts = replace(complete(), **_legal(imprint={}, privacy={}))
    assert len(in_the_way(judge(facts, GERMAN))[0].open) == 2
    one = replace(facts, statements=[*facts.statements, statement("waived", "legal_pages:imprint", "Kommt am Montag")])
    assert [each.subject for each in in_the_way(judge(one, GERMAN))[0].open] == ["privacy"]
    every = replace(facts, statements=[*facts.statements, statement("waived", "legal_pages", "Reine Probe")])
    assert in_the_way(judge(every, GERMAN)) == []
    assert judge(every, GERMAN)[0].waived[""].text == "Reine Probe"

"""A conference in which nothing is missing, as facts; tests take one thing away at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from conference.access.model import Conference, State
from conference.cards.model import Card, CardFile, CardFilm, CardState, FileRole, FilmState
from conference.cards.review.rules import Reviewed
from conference.desk.model import Statement
from conference.desk.readiness.rules import judge
from conference.desk.readiness.shapes import Capacity, Check, Facts, Look, Missing, Result, Someone
from conference.forums.check.model import Outcome
from conference.initiatives.store import TakingPart
from conference.people.model import Person, Role
from conference.program.model import Billing, Floor, Kind, Place, Session
from conference.registration.model import RegistrationTerms
from conference.web.texts import read_texts

NOW = datetime(2030, 5, 6, 9, tzinfo=UTC)
TEXT = {"de": "Text", "en": "text"}
GERMAN = read_texts()["de"]


def conference(**more: Any) -> Conference:
    facts: dict[str, Any] = {
        "id": "c", "slug": "treffen", "title": TEXT, "motto": {}, "purpose": {}, "place": {}, "people_expected": {}, "hosts": [],
        "contact": {"name": TEXT, "email": "kontakt@example.org", "phone": "+49 30 23125 000"},
        "legal": {"imprint": TEXT, "privacy": TEXT, "accessibility": TEXT, "easy": {"text": TEXT}, "signed": {"reason": TEXT},
                  "notice": TEXT},
        "zone": "Europe/Berlin", "announced": None, "doors": NOW, "live": NOW, "archive": NOW + timedelta(hours=3),
        "closes": NOW + timedelta(days=9), "purge": NOW + timedelta(days=30),
    }  # fmt: skip
    return Conference(**{**facts, **more})


def session(key: str = "forum-1", **more: Any) -> Session:
    facts: dict[str, Any] = {
        "id": key, "conference_id": "c", "slug": key, "kind": Kind.FORUM, "number": 1, "title": {"de": key.capitalize()},
        "question": TEXT, "summary": {}, "starts": NOW, "ends": NOW + timedelta(hours=1), "floor": Floor.DISCUSSION,
        "place": Place.ONLINE, "where": {}, "changed": NOW,
    }  # fmt: skip
    return Session(**{**facts, **more})


def someone(name: str, *roles: tuple[Role, str | None], outcome: Outcome | None = Outcome.PASSED) -> Someone:
    person = Person(id=name, conference_id="c", name=name, email=f"{name}@example.org", created=NOW)
    return Someone(person, frozenset(roles), outcome)


def card(state: CardState = CardState.PUBLISHED, *, captions: bool = True) -> Reviewed:
    initiative = TakingPart("i", "rueckenwind", "Rückenwind", "MV", TEXT, TEXT, None, example=True)
    row = Card(id="k", conference_id="c", initiative_id="i", state=state, seconds=60, words={"de": "Gesagt"}, remains=True)
    film = CardFilm(id="f", card_id="k", state=FilmState.READY, shown=state is CardState.PUBLISHED, begun=NOW)
    file = CardFile(id="u", card_id="k", film_id="f", role=FileRole.CAPTIONS, key="u", content_type="text/vtt", size=9, etag="e",
                    language="de")  # fmt: skip
    return Reviewed(initiative, row, [film], [file] if captions else [])


def billing(name: str, role: str = "impulse") -> Billing:
    return Billing(id=f"b-{name}", session_id="forum-1", position=1, name=name, role=role, title={}, affiliation={})


def statement(key: str, subject: str = "", text: str = "So ist es.") -> Statement:
    return Statement(id=f"{key}{subject}", conference_id="c", key=key, subject=subject, text=text, at=NOW)


def check(result: Result = Result.OK) -> Check:
    return Check(NOW, [Look(result, "{host} does not take letters ({reason}). Check MEETINGPOINT_MAIL_URL.",
                            {"host": "mail.example.org", "reason": "refused"})])  # fmt: skip


def terms(**more: Any) -> RegistrationTerms:
    facts: dict[str, Any] = {"is_open": True, "until": NOW + timedelta(hours=1), "places": 90, "asks": ["choices"]}
    return RegistrationTerms(conference_id="c", **{**facts, **more})


def complete() -> Facts:
    """No rule finds anything here."""
    return Facts(
        conference=conference(),
        state=State.ANNOUNCED,
        now=NOW,
        sessions=[session()],
        billings={"forum-1": [billing("Selma")]},
        people=[
            someone("Olga", (Role.ORGANISER, None)),
            someone("Otto", (Role.ORGANISER, None)),
            someone("Milan", (Role.MODERATOR, "forum-1")),
            someone("Selma", (Role.SPEAKER, "forum-1")),
        ],
        invited=40,
        from_lists=True,
        cards=[card()],
        statements=[statement(key) for key in ("deputy", "rehearsal", "emergency", "remains")],
        checks={part: check() for part in ("mail", "store", "media", "turn", "clock")},
        registration=terms(),
        capacity=Capacity(discussion=100, audience=250, installation=300, at=NOW),
    )


def found(facts: Facts, **changes: Any) -> dict[str, list[Missing]]:
    """What all rules find, by the rule's key, once `changes` are made to the facts."""
    return {each.rule.key: list(each.missing) for each in judge(replace(facts, **changes), GERMAN)}

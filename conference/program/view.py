"""Sessions as pages show them. The same for everybody: these views are also pushed live, rendered for a stranger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from conference.doors.view import initials
from conference.doors.visit import Visit
from conference.program.model import Billing, Kind, Place, Round, Session
from conference.program.rules import board_at, phase_of, timeline_at
from conference.web.texts import Language


@dataclass(frozen=True)
class Named:
    name: str
    initials: str
    role: str
    affiliation: str
    picture: None = None


@dataclass(frozen=True)
class RoundView:
    number: int
    starts: datetime
    ends: datetime
    state: str


@dataclass
class Item:
    """One session in a list; `templates/parts/session.html` documents the fields."""

    id: str
    slug: str
    href: str
    title: str
    kind: str
    number: int | None
    colour: int | None
    question: str
    summary: str
    people: list[Named]
    starts: datetime
    ends: datetime
    state: str
    place: str
    venue: str
    rounds: list[RoundView]
    action: dict[str, Any] | None
    ics: str | None
    documents: list[Any] = field(default_factory=list)
    follows: str = ""


def kind_word(visit: Visit, kind: Kind) -> str:
    return word_of_kind(visit.services.texts[visit.language], kind)


def word_of_kind(language: Language, kind: Kind) -> str:
    _ = language.gettext
    return {
        Kind.PLENARY: _("Plenary"),
        Kind.FORUM: _("Forum"),
        Kind.THEME_ROOM: _("Theme room"),
        Kind.INTRODUCTIONS: _("Introductions"),
        Kind.TOUR: _("Tour of the stands"),
        Kind.BREAK: _("Break"),
    }[kind]


def billing_word(visit: Visit, role: str) -> str:
    return word_of_role(visit.services.texts[visit.language], role)


def word_of_role(language: Language, role: str) -> str:
    """A role of `Billing.role`; any other one is the host's own word."""
    _ = language.gettext
    words = {
        "speaker": _("Speaker"),
        "impulse": _("Impulse"),
        "moderator": _("Moderation"),
        "greeting": _("Greeting"),
        "panel": _("On the panel"),
        "host": _("Host"),
    }
    return words.get(role, role)


def item_of(visit: Visit, session: Session, billing: Sequence[Billing] = (), rounds: Sequence[Round] = ()) -> Item:
    _ = visit.services.texts[visit.language].gettext
    href = f"/{visit.conference.slug}/sessions/{session.slug}"
    state = phase_of(session, visit.now)
    enterable = session.kind is not Kind.BREAK and session.place is not Place.ON_SITE and state in ("open", "live")
    return Item(
        id=session.id,
        slug=session.slug,
        href=href,
        title=visit.say(session.title),
        kind=kind_word(visit, session.kind),
        number=session.number,
        colour=(session.number - 1) % 4 + 1 if session.number else None,
        question=visit.say(session.question),
        summary=visit.say(session.summary),
        people=[named_of(visit, row) for row in billing],
        starts=visit.local(session.starts),
        ends=visit.local(session.ends),
        state=state,
        place="site" if session.place is Place.ON_SITE else session.place.value,
        venue=visit.say(session.where),
        rounds=[
            RoundView(
                row.number,
                visit.local(row.starts),
                visit.local(row.ends),
                "over" if visit.now >= row.ends else "live" if visit.now >= row.starts else "planned",
            )
            for row in rounds
        ],
        action={"href": f"{href}/room?join", "label": _("Join now"), "main": state == "live"} if enterable else None,
        ics=None if state == "over" or session.kind is Kind.BREAK else f"{href}.ics",
    )


def named_of(visit: Visit, row: Billing) -> Named:
    title = visit.say(row.title)
    where = visit.say(row.affiliation)
    return Named(row.name, initials(row.name), billing_word(visit, row.role), ", ".join(part for part in (title, where) if part))


@dataclass(frozen=True)
class ProgramView:
    """Everything that the program's pages and fragments need, read at once."""

    visit: Visit
    sessions: Sequence[Session]
    billings: Mapping[str, Sequence[Billing]]
    rounds: Mapping[str, Sequence[Round]]

    def item(self, session: Session) -> Item:
        return item_of(self.visit, session, self.billings.get(session.id, ()), self.rounds.get(session.id, ()))

    def board(self) -> dict[str, Any]:
        board = board_at(self.sessions, self.visit.now)
        starts = self.visit.local(board.starts) if board.starts else None
        return {
            "now": [self.item(session) for session in board.now],
            "next": [self.item(session) for session in board.next],
            "starts": starts,
            "today": starts is not None and starts.date() == self.visit.local(self.visit.now).date(),
            "href": f"/{self.visit.conference.slug}/program",
        }

    def timeline(self) -> dict[str, Any]:
        days = timeline_at(self.sessions, self.visit.now, ZoneInfo(self.visit.conference.zone))
        return {
            "now": self.visit.local(self.visit.now),
            "days": [
                {
                    "day": day.day,
                    "slots": [
                        {
                            "starts": self.visit.local(slot.starts),
                            "ends": self.visit.local(slot.ends),
                            "state": slot.state,
                            "now": slot.now,
                            "before": slot.before,
                            "sessions": [self.item(session) for session in slot.sessions],
                        }
                        for slot in day.slots
                    ],
                }
                for day in days
            ],
        }

"""The slides of a closing plenary: whose key findings they show, who may turn them, and for whom they are. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from conference.access.model import State
from conference.base.words import Words
from conference.doors.table import ROOMS, Standing
from conference.people.model import Role
from conference.program.model import Kind, Session
from conference.results.content import Content, Entry, Named
from conference.results.model import ClosingShow

LEADING = frozenset({Role.MODERATOR, Role.ORGANISER, Role.TECHNICAL_DIRECTOR})
SHOWN = frozenset({Kind.FORUM, Kind.THEME_ROOM})
LIGHT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Slide:
    """What one forum or theme room brings to the plenary: its key findings as its sheet has them now."""

    session: Session
    content: Content

    @property
    def slug(self) -> str:
        return self.session.slug

    @property
    def entries(self) -> list[Entry]:
        return self.content.key_entries

    @property
    def moderators(self) -> list[Named]:
        return [one for one in self.content.people if one.role == "moderator"]

    @property
    def digest(self) -> str:
        """Changes whenever anything that stands on the slide does."""
        said = [self.session.number, self.content.title, self.content.question]
        people = [one.text for one in self.moderators]
        entries = [[entry.id, entry.text, entry.round] for entry in self.entries]
        return hashlib.sha256(json.dumps([*said, people, entries], sort_keys=True).encode()).hexdigest()[:16]


def reports_to(session: Session, plenary: Session) -> bool:
    """Whether a session's key findings are shown in a plenary: forums and theme rooms that began before it."""
    return session.kind in SHOWN and session.starts < plenary.starts


def is_on(show: ClosingShow, slides: Sequence[Slide]) -> str | None:
    """The slug of the session whose slide is on; None: the title, also when that session is not there any more."""
    return show.shown if show.shown in {slide.slug for slide in slides} else None


def may_lead(roles: Collection[Role], organiser: bool) -> bool:
    """Whether somebody with these roles in the plenary starts and ends the slides, and turns them at any time."""
    return organiser or not LEADING.isdisjoint(roles)


def presents(slides: Iterable[Slide], leads: bool, by_session: Mapping[str, Collection[Role]]) -> list[str]:
    """The slugs of the slides at which somebody holds the pointer: may turn on, and light the light. The moderators of a forum
    do so while their own slide is on."""
    return [slide.slug for slide in slides if leads or Role.MODERATOR in by_session.get(slide.session.id, ())]


def may_see(plenary: Session, standing: Standing, guest: bool, running: bool, state: State) -> bool:
    """Whether the slides, which show drafts, are for this viewer: people with a role; guests whom the plenary lets in, while
    they are on its stage. guest: gave a name, and nothing else."""
    return standing is not Standing.STRANGER or (guest and plenary.guests and running and state in ROOMS)


def amount(entries: Sequence[Entry], language: str) -> str:
    """How much there is to read on a slide, so that all of it fits: "few", "some", "much" or "most"."""
    letters = sum(len(_longest(entry.text, language)) + 30 for entry in entries)
    return "few" if letters <= 260 else "some" if letters <= 520 else "much" if letters <= 1100 else "most"


def _longest(text: Words, language: str) -> str:
    return text.get(language) or max(text.values(), key=len, default="")

"""Sessions as events of a schedule, and back. What came along with an event stays in `Session.origin`, to be written again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conference.base.words import Words, say
from conference.doors.visit import Visit
from conference.program.model import Billing, Floor, Kind, Place, Session
from conference.program.plan import Named, Plan
from conference.program.schedule.reading import CUT
from conference.program.schedule.shape import Schedule, Speaker, Talk, acronym_from, guid_of, number_of
from conference.program.view import kind_word

LINE = 200  # characters
_KINDS = (
    (Kind.BREAK, re.compile(r"pause|break|lunch|mittag|coffee|kaffee", re.IGNORECASE)),
    (Kind.THEME_ROOM, re.compile(r"themenraum|theme room|world caf", re.IGNORECASE)),
    (Kind.FORUM, re.compile(r"forum|workshop|discussion|diskussion|session|birds|meetup|hands-on", re.IGNORECASE)),
)


def schedule_of(visit: Visit, sessions: Sequence[Session], billings: Mapping[str, Sequence[Billing]], version: str) -> Schedule:
    """The program as readers see it, in the visit's language."""
    base = f"{visit.services.settings.base_url}/{visit.conference.slug}"
    first = min((each.starts for each in sessions), default=visit.conference.live)
    last = max((each.ends for each in sessions), default=visit.conference.live)
    return Schedule(
        title=visit.say(visit.conference.title),
        acronym=acronym_from(visit.conference.slug),
        version=version,
        zone=visit.conference.zone,
        url=f"{base}/",
        starts=visit.local(first).date(),
        ends=visit.local(last).date(),
        talks=[_talk(visit, each, billings.get(each.id, ()), base) for each in sessions],
    )


def _talk(visit: Visit, session: Session, billing: Sequence[Billing], base: str) -> Talk:
    origin = dict(session.origin or {})
    kept = {name: origin.pop(name, None) for name in ("guid", "id", "type", "track", "language", "description")}
    kind = kind_word(visit, session.kind)
    usual = f"{kind} {session.number}" if session.number else kind
    return Talk(
        number=kept["id"] or number_of(session.id),
        guid=kept["guid"] or guid_of("session", session.id),
        slug=session.slug,
        title=visit.say(session.title),
        subtitle=visit.say(session.question),
        abstract=visit.say(session.summary),
        description=kept["description"] or "",
        kind=kept["type"] or kind,
        track=kept["track"] if kept["track"] is not None else kind,
        language=kept["language"] or visit.language,
        starts=session.starts,
        ends=session.ends,
        room=session.room or visit.say(session.where) or usual,
        url=f"{base}/sessions/{session.slug}",
        speakers=[Speaker(named.name, named.origin or {}) for named in billing],
        extras=origin,
    )


@dataclass(frozen=True)
class Brought:
    """One event of a foreign schedule as a plan. slug: of the session that it changes, or None for a new one."""

    plan: Plan
    slug: str | None


def brought(talks: Sequence[Talk], known: Mapping[str, Plan], own: Mapping[str, str]) -> list[Brought]:
    """What the schedule would make of the program. known: slug -> plan; own: guid that we gave a session -> its slug.

    An event is one of ours when its guid is (given by us or brought earlier); everything that a schedule cannot say stays.
    """
    by_guid = {str(plan.origin["guid"]): slug for slug, plan in known.items() if plan.origin and plan.origin.get("guid")}
    by_guid = dict(own) | by_guid
    taken, found = set(known), []
    for talk in talks:
        slug = by_guid.get(talk.guid)
        fresh = slug is None
        if slug is None:
            slug = _free(talk.slug or "session", taken)
            taken.add(slug)
        found.append(Brought(_plan(talk, slug, None if fresh else known[slug]), None if fresh else slug))
    return found


def _plan(talk: Talk, slug: str, known: Plan | None) -> Plan:
    language = "en" if talk.language.startswith("en") else "de"
    words = {
        "title": talk.title[: CUT["title"]],
        "question": talk.subtitle[: CUT["subtitle"]],
        "summary": talk.abstract[: CUT["abstract"]],
    }
    people = tuple(_named(speaker, known) for speaker in talk.speakers)
    origin = dict(talk.extras) | {
        "guid": talk.guid, "id": talk.number, "type": talk.kind, "track": talk.track, "language": talk.language,
        "description": talk.description,
    }  # fmt: skip
    if known is not None:
        texted: dict[str, Any] = {name: _said(getattr(known, name), language, text) for name, text in words.items()}
        ours = known.origin is None
        room = talk.room if not ours or talk.room == known.room else known.room
        return replace(
            known, **texted, starts=talk.starts, ends=talk.ends, room=room, people=people, origin=None if ours else origin,
        )  # fmt: skip
    kind = kind_of(talk.kind, talk.title)
    texted = {name: _said({}, language, text) for name, text in words.items()}
    return Plan(
        slug=slug, kind=kind, number=None, starts=talk.starts, ends=talk.ends, place=Place.ONLINE, where={},
        floor=Floor.STAGE if kind is Kind.PLENARY else Floor.DISCUSSION, room=talk.room[:LINE] or None, people=people,
        origin=origin, **texted,
    )  # fmt: skip


def _said(known: Words, language: str, text: str) -> Words:
    """German is what readers are given where there is nothing else, so what came in English alone stands there as well."""
    if not text or text == say(known, language):
        return known
    alone = language == "en" and known.get("de") in (None, known.get("en"))
    return known | {language: text} | ({"de": text} if alone else {})


def kind_of(type_: str, title: str) -> Kind:
    """What their word for an event means here: a talk is for all."""
    for kind, pattern in _KINDS:
        if pattern.search(type_) or (kind is Kind.BREAK and pattern.search(title)):
            return kind
    return Kind.PLENARY


def _named(speaker: Speaker, known: Plan | None) -> Named:
    """With what is known already of the person of this name in the session."""
    name = " ".join(speaker.name.split())[:120]
    for named in known.people if known is not None else ():
        if named.name.casefold() == name.casefold():
            return replace(named, origin=dict(speaker.extras) if known is not None and known.origin is not None else named.origin)
    return Named(name, "speaker", {}, {}, None, dict(speaker.extras))


def _free(slug: str, taken: set[str]) -> str:
    tries = (slug if n == 1 else f"{slug}-{n}" for n in range(1, len(taken) + 3))
    return next(each for each in tries if each not in taken)


def left_out(extras: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Fields of events and people that are kept to be written out again, but shown nowhere: name -> how often."""
    counted: dict[str, int] = {}
    for each in extras:
        for name, value in each.items():
            if name not in ("id", "guid", "code") and value not in (None, "", [], {}, False):
                counted[name] = counted.get(name, 0) + 1
    return dict(sorted(counted.items()))

"""What cannot be in a program, what is empty in it, and who is missing. Pure: plans in, findings out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from conference.access.rules import Times
from conference.people.model import Role
from conference.program.model import Kind, Place
from conference.program.plan import Plan

GAP = timedelta(minutes=15)  # shorter ones are for changing rooms
NIGHT = timedelta(hours=4)  # longer ones lie between two days
SPEAKERS = frozenset({"speaker", "impulse", "greeting", "panel"})
LEADERS = frozenset({"moderator", "host"})


class Matter(StrEnum):
    """room, person: in two places at once; full: more have a place in it than it has; outside: rooms are closed then; gap:
    nothing takes place between two sessions; the others are missing."""

    ROOM = "room"
    PERSON = "person"
    FULL = "full"
    OUTSIDE = "outside"
    GAP = "gap"
    NO_MODERATOR = "no_moderator"
    NO_QUESTION = "no_question"
    NO_SPEAKER = "no_speaker"
    NO_ROUNDS = "no_rounds"


SERIOUS = frozenset({Matter.ROOM, Matter.PERSON, Matter.FULL, Matter.OUTSIDE})


@dataclass(frozen=True)
class Finding:
    """sessions: slugs, the earlier one first; facts: what the sentence names (room, name, minutes, taken, places)."""

    matter: Matter
    sessions: tuple[str, ...]
    facts: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def serious(self) -> bool:
        return self.matter in SERIOUS


def findings_in(
    plans: Iterable[Plan],
    times: Times,
    *,
    roles: Mapping[str, AbstractSet[Role]] | None = None,
    taken: Mapping[str, int] | None = None,
) -> list[Finding]:
    """All of them, the serious ones first, then in the order of the day; hidden sessions are left out.

    roles: slug -> roles that somebody holds in that session; taken: slug -> how many have a place there.
    """
    shown = sorted((plan for plan in plans if not plan.hidden), key=lambda plan: (plan.starts, plan.position, plan.slug))
    found = [
        *_in_two_places(shown),
        *_overfull(shown, taken or {}),
        *_outside(shown, times),
        *_gaps(shown),
        *itertools.chain.from_iterable(_missing(plan, (roles or {}).get(plan.slug, frozenset())) for plan in shown),
    ]
    place = {plan.slug: number for number, plan in enumerate(shown)}
    return sorted(found, key=lambda each: (not each.serious, place[each.sessions[0]]))


def _in_two_places(shown: Sequence[Plan]) -> Iterator[Finding]:
    """Sorted by their beginnings, a session clashes at most with those that begin before it ends."""
    for index, one in enumerate(shown):
        for other in itertools.takewhile(lambda later: later.starts < one.ends, shown[index + 1 :]):  # noqa: B023  used at once
            if one.room and one.room == other.room:
                yield Finding(Matter.ROOM, (one.slug, other.slug), {"room": one.room})
            both = _people(one).keys() & _people(other).keys()
            for who in sorted(both):
                yield Finding(Matter.PERSON, (one.slug, other.slug), {"name": _people(one)[who]})


def _people(plan: Plan) -> dict[str, str]:
    """Who it is -> the name. Who was not invited is known by the name alone."""
    return {named.person_id or " ".join(named.name.split()).casefold(): named.name for named in plan.people}


def _overfull(shown: Sequence[Plan], taken: Mapping[str, int]) -> Iterator[Finding]:
    for plan in shown:
        if plan.places is not None and taken.get(plan.slug, 0) > plan.places:
            yield Finding(Matter.FULL, (plan.slug,), {"taken": taken[plan.slug], "places": plan.places})


def _outside(shown: Sequence[Plan], times: Times) -> Iterator[Finding]:
    for plan in shown:
        online = plan.place is not Place.ON_SITE and plan.kind is not Kind.BREAK
        if online and not (times.doors <= plan.starts and plan.ends <= times.archive):
            yield Finding(Matter.OUTSIDE, (plan.slug,))


def _gaps(shown: Sequence[Plan]) -> Iterator[Finding]:
    last: Plan | None = None
    until: datetime | None = None
    for plan in shown:
        if last is not None and until is not None and GAP < plan.starts - until < NIGHT:
            minutes = int((plan.starts - until).total_seconds() // 60)
            yield Finding(Matter.GAP, (last.slug, plan.slug), {"minutes": minutes})
        if until is None or plan.ends > until:
            last, until = plan, plan.ends


def _missing(plan: Plan, held: AbstractSet[Role]) -> Iterator[Finding]:
    if plan.kind in (Kind.BREAK, Kind.TOUR, Kind.INTRODUCTIONS):
        return
    billed = {named.role for named in plan.people}
    if not billed & LEADERS and Role.MODERATOR not in held:
        yield Finding(Matter.NO_MODERATOR, (plan.slug,))
    if plan.kind is not Kind.PLENARY and not any(plan.question.values()):
        yield Finding(Matter.NO_QUESTION, (plan.slug,))
    if plan.kind is Kind.FORUM and not billed & SPEAKERS and Role.SPEAKER not in held:
        yield Finding(Matter.NO_SPEAKER, (plan.slug,))
    if plan.kind is Kind.THEME_ROOM and not plan.rounds:
        yield Finding(Matter.NO_ROUNDS, (plan.slug,))

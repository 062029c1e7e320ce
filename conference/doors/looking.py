"""An organiser who looks at the pages as others will see them: another role, another moment. Nothing can be changed meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from conference.access.model import Conference, State
from conference.access.rules import Times, state_at
from conference.base.errors import NotAllowed
from conference.doors.visit import Viewer, Visit
from conference.people.model import Role

STRANGER = "stranger"
ROLES = (STRANGER, Role.ATTENDEE.value, Role.INITIATIVE.value, Role.SPEAKER.value, Role.MODERATOR.value)
STATES = (State.ANNOUNCED, State.DOORS, State.LIVE, State.ARCHIVE, State.CLOSED)
# Where nothing is only looked at: rooms and sockets, sound and picture, what is brought and fetched by programs.
_SHUT = ("room", "whip", "whep", "captions", "check.media", "guest")


def look_of(role: str, state: str, conference: Conference) -> str | None:
    """The value of `SignedIn.looks_as`: of this conference alone. None for what cannot be looked at."""
    known = role in ROLES and state in {each.value for each in STATES}
    return f"{role}@{state}@{conference.id}" if known else None


def read_look(text: str | None, conference: Conference) -> tuple[str, State] | None:
    """Role and state, if somebody looks at this conference."""
    role, _, rest = (text or "").partition("@")
    state, _, conference_id = rest.partition("@")
    if conference_id != conference.id or role not in ROLES or state not in {each.value for each in STATES}:
        return None
    return role, State(state)


def looking_at(viewer: Viewer, conference: Conference) -> tuple[str, State] | None:
    """As whom, and when, this viewer looks at the conference at the moment; None for everybody who does not."""
    return read_look(viewer.looks_as, conference) if viewer.organiser else None


def heard_as(viewer: Viewer, conference: Conference) -> Viewer:
    """Who somebody is to the live socket: while they look, no more than whom they look as, and as a stranger still themselves, so
    that the socket stays theirs."""
    look = looking_at(viewer, conference)
    if look is None:
        return replace(viewer, looks_as=None)
    roles = frozenset() if look[0] == STRANGER else frozenset({Role(look[0])})
    return Viewer(person=viewer.person, roles=roles, looks_as=viewer.looks_as)


def seen_as(visit: Visit, door: str, method: str) -> Visit:
    """The visit as it is for the role at the moment that the organiser looks at; as it is for everybody else.

    Raises NotAllowed("looking") for what would change something, and for rooms.
    """
    look = looking_at(visit.viewer, visit.conference)
    if look is None or door == "desk.look":
        return visit
    if method not in ("GET", "HEAD") or door.partition(".")[0] in _SHUT or door in _SHUT:
        raise NotAllowed("looking")
    role, state = look
    times = visit.times if visit.times.announced else replace(visit.times, announced=min(visit.now, visit.times.doors))
    now = moment_in(times, state)
    viewer = Viewer(looks_as=visit.viewer.looks_as)
    if role != STRANGER:
        viewer = replace(viewer, person=visit.viewer.person, roles=frozenset({Role(role)}))
    return replace(visit, times=times, now=now, state=state_at(times, now), viewer=viewer)


def moment_in(times: Times, state: State) -> datetime:
    """A moment in the middle of what a state is like."""
    return {
        State.ANNOUNCED: max(times.announced or times.doors, times.doors - timedelta(days=1)),
        State.DOORS: times.doors,
        State.LIVE: times.live + (times.archive - times.live) / 2,
        State.ARCHIVE: min(times.archive + timedelta(hours=1), times.closes - timedelta(seconds=1)),
        State.CLOSED: times.closes,
    }[state]

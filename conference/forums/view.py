"""What others may know of the people in a room, as it travels to browsers. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from conference.forums import rules
from conference.forums.model import Way
from conference.forums.presence import Facts, Showing
from conference.forums.store import LONG_AGO, Room, Seated
from conference.forums.words import rules as words_rules
from conference.initiatives.model import LAENDER
from conference.people.model import Role
from media.gateway import Source

NOBODY_KNOWN = Facts(here=False, away=False, showing=Showing())


def people_of(room: Room, seats: Sequence[Seated], facts: Mapping[str, Facts]) -> dict[str, dict[str, Any]]:
    """Everybody to be shown in the room, by seat: who is here, and for a minute who left a hand or the floor behind. Not who
    is behind a plenary's stage.

    The queue counts those who are shown; who comes back has the old place.
    """
    shown = [(seated, known) for seated in seats if _is_shown(seated, known := _known(seated, facts))]
    places = rules.queue(hand for seated, _ in shown if (hand := seated.hand) is not None)
    # An interpreter who has gone rests nobody: the others are shown again.
    interpreting = any(seated.seat.id == room.forum.signer and known.here for seated, known in shown)
    return {seated.seat.id: _person(room, seated, known, places.get(seated.seat.id), interpreting) for seated, known in shown}


def people_behind(room: Room, seats: Sequence[Seated], facts: Mapping[str, Facts]) -> dict[str, dict[str, Any]]:
    """Everybody behind a plenary's stage, by seat, for the others there: as in `people_of`, and since when they are heard."""
    shown = [(each, known) for each in seats if each.behind and each.person is not None and (known := _known(each, facts)).here]
    return {
        each.seat.id: {**_person(room, each, known, None), "heard": each.seat.heard.isoformat() if each.seat.heard else None}
        for each, known in shown
    }


def person_of(room: Room, seated: Seated) -> dict[str, Any]:
    """Somebody who has just come in, before the room was looked at again."""
    return _person(room, seated, Facts(here=True, away=False, showing=Showing()), None)


def here_in(seats: Sequence[Seated], facts: Mapping[str, Facts], but: str | None = None) -> int:
    """How many people count for the room's capacity, besides the person with the id `but`."""
    return sum(_known(seated, facts).here for seated in seats if but is None or seated.seat.person_id != but)


def _known(seated: Seated, facts: Mapping[str, Facts]) -> Facts:
    if seated.outside:
        return NOBODY_KNOWN
    known = facts.get(seated.seat.id, NOBODY_KNOWN)
    if not known.here and seated.person is not None and seated.person.simulated:
        return Facts(here=True, away=False, showing=known.showing)  # a demo's made-up attendees need no browser
    return known


def _is_shown(seated: Seated, known: Facts) -> bool:
    if seated.behind:
        return False
    return known.here or (known.away and (seated.seat.has_floor or seated.seat.hand is not None))


def _person(room: Room, seated: Seated, known: Facts, place: int | None, interpreting: bool = True) -> dict[str, Any]:
    seat, person = seated.seat, seated.person
    named = person is not None and person.shows_name
    may = rules.granted(seated.sources(room), seat.muted)
    rests = interpreting and seated.stands_by(room)
    return {
        "seat": seat.id,
        "name": seated.name,
        "initiative": seated.initiative if named else None,
        "land": LAENDER.get(person.land, person.land) or None if person is not None and named else None,
        "role": seated.role.value,
        "here": known.here,
        "microphone": known.showing.microphone and Source.MICROPHONE in may,
        "camera": known.showing.camera and Source.CAMERA in may,
        "screen": known.showing.screen and Source.SCREEN in may,
        "line": known.showing.line,
        "hand": place,
        "way": (seat.way or Way.VOICE).value if seat.hand is not None or seat.has_floor else None,
        "floor": seat.has_floor,
        "until": seat.floor_until.isoformat() if seat.has_floor and seat.floor_until is not None else None,
        "signing": seated.role is Role.INTERPRETER and not rests,
        "rests": rests,
        "signs": seated.signs(room) and known.showing.camera,
        "promoted": seat.promoted is not None,
        "number": seat.number,
    }


def own_of(room: Room, seated: Seated) -> dict[str, Any]:
    """What somebody needs to know of their own seat."""
    sources = seated.sources(room)
    return {
        "seat": seated.seat.id,
        "role": seated.role.value,
        "may": sorted(sources),
        "muted": seated.seat.muted,
        "floor": seated.seat.has_floor,
        "moderates": rules.may_moderate(seated.role),
        "captions": rules.may_caption(seated.role),
        "writes": words_rules.may_write(
            room.floor, room.forum.text_closed is None, seated.role, seated.seat.has_floor, seated.beside
        ),
        "signs": seated.seat.signs is not None,
        # With a raised hand the moderator can give what is missing; a captioner has no use for it.
        "speaks": seated.role is not Role.CAPTIONER and not seated.beside,
        "beside": seated.beside,
    }


def floor_of(room: Room) -> dict[str, Any]:
    return {"floor": room.floor.value, "microphones_free": room.microphones_free}


def front_of(room: Room, people: Collection[str]) -> dict[str, Any]:
    """The floor, and who of the people that are shown is in front for everybody: for those who are inside."""
    spotlight = room.forum.spotlight
    shown = spotlight if spotlight in people else None
    return {**floor_of(room), "spotlight": shown, "text_free": room.forum.text_closed is None}


def clock_of(room: Room) -> dict[str, Any]:
    """Instants of conference time: of the session, of the room's closing, and of the last time that there was more."""
    extended = room.forum.extended
    return {
        "starts": room.session.starts.isoformat(),
        "ends": room.session.ends.isoformat(),
        "closes": rules.closes_at(room.slot, room.times).isoformat(),
        "extended": extended.isoformat() if extended is not None else None,
    }


@dataclass(frozen=True, slots=True)
class Call:
    """A room that calls the organisers. title: by language; by: a name, or None."""

    session: str
    slug: str
    title: Mapping[str, str]
    since: datetime
    by: str | None


def moderation_of(room: Room, seats: Sequence[Seated], knocking: Collection[str]) -> dict[str, Any]:
    """What only moderators see of the room's door. knocking: seats whose pages wait in the lobby."""
    forum = room.forum
    return {
        "locked": forum.locked is not None,
        "lobby": forum.lobby is not None,
        "waiting": [{"seat": each.seat.id, "name": each.name} for each in waiting_in(seats, knocking)],
        "banned": [{"seat": each.seat.id, "name": each.name} for each in seats if each.seat.banned is not None],
        "help": forum.help_asked.isoformat() if forum.help_asked is not None else None,
    }


def waiting_in(seats: Sequence[Seated], knocking: Collection[str]) -> list[Seated]:
    """Who waits in the lobby, in the order of coming."""
    waiting = [(each.seat.knocked, each.seat.id, each) for each in seats if each.seat.knocked and each.seat.id in knocking]
    return [each for _, _, each in sorted(waiting, key=lambda one: one[:2])]


def notes_of(room: Room) -> dict[str, Any]:
    changed = room.forum.notes_changed
    return {"text": room.forum.notes, "by": room.forum.notes_by, "changed": changed.isoformat() if changed is not None else None}


def captioning_of(room: Room, seats: Sequence[Seated], people: Collection[str]) -> dict[str, Any]:
    """For captioners: who writes, and who could (software, by its token's label, whether it sends or not)."""
    now = [each for each in seats if rules.may_caption(each.role) and not each.outside]
    able = [each for each in now if each.seat.id in people or (each.person is None and each.until != LONG_AGO)]
    told = [{"seat": each.seat.id, "name": each.name, "software": each.person is None} for each in able]
    writer = room.forum.captioner
    return {"writer": writer if writer in {each.seat.id for each in able} else None, "captioners": told}


def calls_of(calls: Sequence[Call]) -> dict[str, Any]:
    """For organisers, in whatever room they are."""
    return {"calls": [{**asdict(call), "title": dict(call.title), "since": call.since.isoformat()} for call in calls]}

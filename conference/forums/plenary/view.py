"""What each may know of a plenary, as it travels to browsers. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conference.forums import rules as room_rules
from conference.forums.plenary import rules
from conference.forums.plenary.model import Greeting, Plenary
from conference.forums.presence import Facts
from conference.forums.store import LONG_AGO, Room, Seated
from conference.people.model import Feed

SHOWN = (Feed.STAGE, Feed.DEPUTY)  # feeds of which one stands in the stage's place


@dataclass(frozen=True, slots=True)
class Staging:
    """A plenary at one moment. closed: the curtain is; facts: who is here, by seat; people: who is behind the stage, as the
    others there are told."""

    plenary: Plenary
    order: Sequence[Greeting]
    closed: bool
    facts: Mapping[str, Facts] = field(default_factory=dict)
    people: Sequence[Mapping[str, Any]] = ()


def is_crew(seated: Seated) -> bool:
    """Whether somebody may be behind the stage, and is told what happens there."""
    return seated.person is not None and seated.role in room_rules.ON_STAGE


def for_all(room: Room, staging: Staging, seats: Sequence[Seated]) -> dict[str, Any]:
    """The curtain, whose turn it is (if that is shown), whom lower thirds name, and which seat has the stage's place."""
    plenary, at = staging.plenary, rules.present(staging.order)
    links = linked(staging.order, seats)
    starts = room.session.starts if room.forum.curtain is None else None
    until = plenary.until or starts
    return {
        "closed": staging.closed,
        "text": plenary.text if staging.closed else "",
        "until": until.isoformat() if staging.closed and until is not None else None,
        "now": _greeting(staging.order[at], links) if plenary.shows_now and at is not None else None,
        "thirds": {"auto": plenary.third_auto, "seat": plenary.third},
        "names": _names(staging, seats, links),
        "front": _front(staging, seats),
    }


def for_crew(staging: Staging, seats: Sequence[Seated], seated: Seated) -> list[dict[str, Any]]:
    """What one seat is told besides: nothing in the audience."""
    crew = is_crew(seated)
    if not crew and seated.seat.behind is None:
        return []
    heard = seated.seat.heard.isoformat() if seated.seat.heard is not None else None
    said: list[dict[str, Any]] = [{"type": "plenary.you", "crew": crew, "behind": seated.behind, "heard": heard}]
    if crew:
        said.append({"type": "plenary.order", **order_for(staging, seats)})
        said.append({"type": "plenary.lead", **lead_for(staging, seats)})
        said.append({"type": "plenary.behind", "people": list(staging.people)})
    return said


def order_for(staging: Staging, seats: Sequence[Seated]) -> dict[str, Any]:
    """The running order, for who is on the stage or behind it."""
    links = linked(staging.order, seats)
    at = rules.following(staging.order)
    return {
        "greetings": [_greeting(each, links) for each in staging.order],
        "next": staging.order[at].id if at is not None else None,
        "shows_now": staging.plenary.shows_now,
    }


def lead_for(staging: Staging, seats: Sequence[Seated]) -> dict[str, Any]:
    """Who leads, who would take over, and how the studio's feeds are."""
    plenary = staging.plenary
    feeds = [
        {
            "seat": each.seat.id,
            "place": each.feed.value,
            "name": each.name,
            "here": _here(staging, each),
            "shown": not each.behind,
        }
        for each in seats
        if each.feed is not None and each.until != LONG_AGO
    ]
    return {
        "host": plenary.host,
        "deputy": plenary.deputy,
        "host_gone": plenary.host_gone.isoformat() if plenary.host_gone is not None else None,
        "feeds": feeds,
    }


def linked(order: Sequence[Greeting], seats: Sequence[Seated]) -> dict[str, str]:
    """Greeting -> the seat of who gives it: as a moderator has said, or by the same name, if its owner shows it."""
    there = {each.seat.id for each in seats if not each.outside}
    named = {
        each.person.name.casefold(): each.seat.id
        for each in seats
        if each.person is not None and each.person.shows_name and not each.outside and not each.beside and is_crew(each)
    }
    found = {entry.id: entry.seat if entry.seat in there else named.get(entry.name.casefold()) for entry in order}
    return {entry: seat for entry, seat in found.items() if seat is not None}


def _greeting(entry: Greeting, links: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": entry.id,
        "name": entry.name,
        "function": entry.function,
        "organisation": entry.organisation,
        "minutes": entry.minutes,
        "seat": links.get(entry.id),
        "state": rules.state_of(entry),
        "began": entry.began.isoformat() if entry.began is not None else None,
    }


def _names(staging: Staging, seats: Sequence[Seated], links: Mapping[str, str]) -> list[dict[str, Any]]:
    """What a lower third says of everybody on the stage. Whoever speaks in a studio is the present one of the order."""
    entries = {links[entry.id]: entry for entry in staging.order if entry.id in links}
    at = rules.present(staging.order)
    if at is not None and staging.order[at].id not in links:
        entries |= {each.seat.id: staging.order[at] for each in seats if each.feed in SHOWN}
    names = []
    for each in seats:
        if each.outside or each.behind or not (each.role in room_rules.ON_STAGE or each.seat.has_floor):
            continue
        entry = entries.get(each.seat.id)
        if entry is not None:
            said = {"name": entry.name, "function": entry.function, "organisation": entry.organisation}
        elif each.name is not None and each.feed is None:
            said = {"name": each.name, "function": {}, "organisation": {"de": each.initiative} if each.initiative else {}}
        else:
            continue
        names.append({"seat": each.seat.id, **said})
    return names


def _front(staging: Staging, seats: Sequence[Seated]) -> str | None:
    shown = [each for each in seats if each.feed in SHOWN and not each.behind and not each.outside and _here(staging, each)]
    return shown[0].seat.id if shown else None


def _here(staging: Staging, seated: Seated) -> bool:
    known = staging.facts.get(seated.seat.id)
    return known is not None and known.here

"""Who may register until when, who gets a place, who moves up, and how long access needs are kept. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from conference.access.model import State
from conference.access.rules import Times, state_at
from conference.program.model import Kind, Session
from conference.registration.model import Choice, RegistrationState, RegistrationTerms

# Questions of the form that a host may leave out; name and address are always asked.
ASKS = ("organisation", "land", "choices", "needs", "attendance", "listed", "later")
# What people may need to take part; "other" is said in their own words.
NEEDS = ("captions", "signing", "plain", "documents", "breaks", "other")
CONSENT_VERSION = 1
LONGEST_WISH = 500
LONGEST_NEEDS = 500
RANKS = (1, 2)
MOST_PLACES = 10_000
MOST_KEPT = 60
CHOOSABLE = frozenset({Kind.FORUM, Kind.THEME_ROOM, Kind.TOUR})
QUICKEST, LONGEST_OPEN = timedelta(seconds=2), timedelta(hours=12)


def ends_at(terms: RegistrationTerms, times: Times) -> datetime:
    """The deadline: as the terms say, else when the doors open; never behind the beginning of the day."""
    return min(terms.until or times.doors, times.live)


def is_open(terms: RegistrationTerms | None, times: Times, now: datetime) -> bool:
    """Whether one may register now: while the conference is announced and the deadline has not come."""
    if terms is None or not terms.is_open:
        return False
    return state_at(times, now) in (State.ANNOUNCED, State.DOORS) and now < ends_at(terms, times)


def may_change(times: Times, now: datetime) -> bool:
    """Whether a registration may be changed or withdrawn: also behind the deadline, until the day is over."""
    return state_at(times, now) in (State.DRAFT, State.ANNOUNCED, State.DOORS, State.LIVE)


def state_for(places: int | None, confirmed: int, waiting: int) -> RegistrationState:
    """What a new registration is. Nobody overtakes who waits already."""
    free = places is None or (confirmed < places and not waiting)
    return RegistrationState.CONFIRMED if free else RegistrationState.WAITING


def moving_up(places: int | None, confirmed: int, waiting: Sequence[str]) -> list[str]:
    """Who of the waiting list, in its order, gets a place."""
    return list(waiting if places is None else waiting[: max(0, places - confirmed)])


def needs_end(terms: RegistrationTerms | None, times: Times) -> datetime:
    """When access needs are deleted."""
    return times.archive + timedelta(days=terms.needs_kept if terms else 0)


def slots_of(sessions: Iterable[Session]) -> list[list[Session]]:
    """Sessions that one may choose, those together that begin at the same time: of them one can be in one."""
    slots: dict[datetime, list[Session]] = {}
    for session in sorted(sessions, key=lambda each: (each.starts, each.number or 0, each.position, each.slug)):
        if session.kind in CHOOSABLE and session.hidden is None:
            slots.setdefault(session.starts, []).append(session)
    return list(slots.values())


def spare(choices: Iterable[Choice], starts: Mapping[str, datetime]) -> set[str]:
    """Ids of second wishes that nobody waits for any more: the first one of that time has a place. starts: of each session."""
    chosen = list(choices)
    has = {
        (choice.person_id, starts[choice.session_id]): choice.rank
        for choice in sorted(chosen, key=lambda each: -each.rank)
        if choice.placed is not None and choice.session_id in starts
    }
    return {
        choice.id
        for choice in chosen
        if choice.placed is None
        and choice.session_id in starts
        and has.get((choice.person_id, starts[choice.session_id]), choice.rank) < choice.rank
    }


@dataclass(frozen=True, slots=True)
class Wish:
    """A choice. slot: what choices of one time share; at: since when; placed: has the place."""

    id: str
    person: str
    session: str
    slot: str
    rank: int
    at: datetime
    placed: bool = False


def settled(wishes: Iterable[Wish], places: Mapping[str, int | None], taking_part: Collection[str]) -> dict[str, bool]:
    """Choice id -> whether it has a place, for those that change. places: of each session, None without a limit.

    Each session goes by who chose it first. Who has the place of their second wish moves to the first as soon as it is free,
    and the second is free for others then. Whoever takes no part (waits, has withdrawn) has no place.
    """
    now = {wish.id: wish for wish in wishes}
    before = {id_: wish.placed for id_, wish in now.items()}
    for id_, wish in now.items():
        if wish.placed and wish.person not in taking_part:
            now[id_] = replace(wish, placed=False)
    queue = sorted((wish for wish in now.values() if wish.person in taking_part), key=lambda each: (each.at, each.rank, each.id))
    moved = True
    while moved:
        moved = False
        taken = Counter(wish.session for wish in now.values() if wish.placed)
        best: dict[tuple[str, str], Wish] = {(wish.person, wish.slot): wish for wish in now.values() if wish.placed}
        for wish in queue:
            limit = places.get(wish.session)
            has = best.get((wish.person, wish.slot))
            if (has is not None and has.rank <= wish.rank) or (limit is not None and taken[wish.session] >= limit):
                continue
            now[wish.id] = best[(wish.person, wish.slot)] = replace(wish, placed=True)
            taken[wish.session] += 1
            moved = True
            if has is not None:
                now[has.id] = replace(has, placed=False)
                taken[has.session] -= 1
    return {id_: wish.placed for id_, wish in now.items() if wish.placed != before[id_]}

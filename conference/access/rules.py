"""The life of a conference as one pure function of its times and the clock.

Pages, calendars, sockets, tokens, grants to the media node and signed addresses all ask here. No job, flag or cache decides.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta

from conference.access.model import State

SIGNED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Times:
    """The instants of a conference, aware. Each begins the state of its name; `announced` None: a draft for ever.

    announced <= doors <= live <= archive <= closes <= purge (see `order_faults`).
    """

    announced: datetime | None
    doors: datetime
    live: datetime
    archive: datetime
    closes: datetime
    purge: datetime

    def beginnings(self) -> list[tuple[datetime, State]]:
        """When each state after draft begins, in order of life."""
        return [
            (self.announced or self.doors, State.ANNOUNCED),
            (self.doors, State.DOORS),
            (self.live, State.LIVE),
            (self.archive, State.ARCHIVE),
            (self.closes, State.CLOSED),
            (self.purge, State.PURGED),
        ]


def state_at(times: Times, now: datetime) -> State:
    """The state at `now`. The second of closing belongs to `closed` already.

    A draft is announced by nobody but its organiser, so none of its other times opens it; closing holds even so.
    """
    if now >= times.purge:
        return State.PURGED
    if now >= times.closes:
        return State.CLOSED
    if times.announced is None:
        return State.DRAFT
    state = State.DRAFT
    for begins, next_state in times.beginnings():
        if now >= begins:
            state = next_state
    return state


def next_change(times: Times, now: datetime) -> datetime | None:
    """When the state changes next, None when it never will."""
    if times.announced is None:
        later = [instant for instant in (times.closes, times.purge) if instant > now]
    else:
        later = [begins for begins, _ in times.beginnings() if begins > now]
    return min(later, default=None)


def is_open(times: Times, now: datetime) -> bool:
    """Whether anything of the conference is there for others than its organisers."""
    return state_at(times, now) in (State.ANNOUNCED, State.DOORS, State.LIVE, State.ARCHIVE)


def rooms_open(times: Times, now: datetime) -> bool:
    """Whether people may be in the rooms."""
    return state_at(times, now) in (State.DOORS, State.LIVE)


def signed_seconds(times: Times, now: datetime) -> int:
    """How long an address signed at `now` may live: at most 15 minutes, never beyond closing; 0 when closed."""
    left = min(SIGNED_FOR, times.closes - now)
    return max(0, int(left.total_seconds()))


def order_faults(times: Times) -> list[tuple[str, str]]:
    """Pairs of names of instants that stand in the wrong order, e.g. [("doors", "live")]; empty when all is well."""
    named = [
        (name, instant)
        for name in ("announced", "doors", "live", "archive", "closes", "purge")
        if (instant := getattr(times, name)) is not None
    ]
    return [(earlier, later) for (earlier, first), (later, second) in itertools.pairwise(named) if first > second]

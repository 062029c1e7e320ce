"""When somebody was in a room: a seat that is taken again keeps the times before. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from conference.forums.model import Seat

MOST = 50

Times = list[list[str]]
"""[[entered, left], ...], the first one first: ISO 8601 in UTC, as a column of JSON keeps them."""


def come_back(seat: Seat, now: datetime) -> None:
    """Into a seat that was left; who did not leave stays. Waiting in the lobby was no stay."""
    if seat.left is None:
        return
    if seat.knocked is None and seat.entered < seat.left:
        # A new list: a change inside of the old one would not be written.
        seat.earlier = at_most(MOST, [*(seat.earlier or []), [_text(seat.entered), _text(seat.left)]])
    seat.entered, seat.left = now, None


def at_most(most: int, times: Times) -> Times:
    """Of too many, the two between which there was least time become one, so that hardly any absence counts as presence."""
    while len(times) > most:
        absences = [datetime.fromisoformat(after[0]) - datetime.fromisoformat(before[1]) for before, after in pairwise(times)]
        at = absences.index(min(absences))
        times = [*times[:at], [times[at][0], times[at + 1][1]], *times[at + 2 :]]
    return times


def stays_of(seat: Seat) -> list[tuple[datetime, datetime | None]]:
    """All times (from, to) of a seat, to None: is there still. Who waits in the lobby now has the earlier ones alone."""
    before = [(datetime.fromisoformat(entered), datetime.fromisoformat(left)) for entered, left in seat.earlier or []]
    return [*before, *([(seat.entered, seat.left)] if seat.knocked is None else [])]


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()

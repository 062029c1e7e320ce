"""What is on now and next, what runs in parallel, when the picture changes. Pure: sessions and the moment in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from conference.program.model import Place, Session

EARLY = timedelta(minutes=15)  # attendees may enter a room that long before its session begins
LATE = timedelta(minutes=30)  # nobody is cut off in mid-sentence: a room stays open that long after the planned end
FARTHEST_YEARS = 5


def is_near(starts: datetime, live: datetime) -> bool:
    """Whether a session may begin then, in a conference that begins at `live`: what lies years away is a slip of the pen, and
    calendars and lists of days would go on and on."""
    return abs(starts - live) <= timedelta(days=366 * FARTHEST_YEARS)


def phase_of(session: Session, now: datetime) -> str:
    """ "planned", "open" (its online room can be entered already), "live" or "over"."""
    if now >= session.ends:
        return "over"
    if now >= session.starts:
        return "live"
    if session.place is not Place.ON_SITE and now >= session.starts - EARLY:
        return "open"
    return "planned"


@dataclass(frozen=True)
class Board:
    """Sessions that run now; those that start next, all at the same moment `starts` (None after the last one)."""

    now: list[Session]
    next: list[Session]
    starts: datetime | None


def board_at(sessions: Iterable[Session], now: datetime) -> Board:
    ordered = sorted(sessions, key=order)
    running = [session for session in ordered if session.starts <= now < session.ends]
    starts = min((session.starts for session in ordered if session.starts > now), default=None)
    return Board(running, [session for session in ordered if session.starts == starts], starts)


def order(session: Session) -> tuple[datetime, int, int, str]:
    return (session.starts, session.number or 0, session.position, session.slug)


@dataclass(frozen=True)
class Slot:
    """Sessions that share their time. `now`: how far the moment has come, in tenths, or None; `before`: the moment lies in
    the gap before this slot."""

    starts: datetime
    ends: datetime
    state: str
    sessions: list[Session]
    now: int | None
    before: bool


@dataclass(frozen=True)
class Day:
    day: date
    slots: list[Slot]


def timeline_at(sessions: Sequence[Session], now: datetime, zone: ZoneInfo) -> list[Day]:
    """Days of the conference's zone with their slots. Sessions that start together stand side by side."""
    days: dict[date, dict[datetime, list[Session]]] = {}
    for session in sorted(sessions, key=order):
        days.setdefault(session.starts.astimezone(zone).date(), {}).setdefault(session.starts, []).append(session)
    timeline = []
    for day, starts in days.items():
        slots: list[Slot] = []
        for begin, together in starts.items():
            end = max(session.ends for session in together)
            tenth = int(10 * (now - begin) / (end - begin)) if begin <= now < end else None
            state = "over" if now >= end else "live" if tenth is not None else "planned"
            gap = bool(slots) and slots[-1].ends <= now < begin
            slots.append(Slot(begin, end, state, together, tenth, gap))
        timeline.append(Day(day, slots))
    return timeline


def next_boundary(sessions: Iterable[Session], now: datetime) -> datetime | None:
    """The next moment at which a page that shows the program must look different."""
    moments = (
        moment
        for session in sessions
        for moment in (session.starts - EARLY, session.starts, session.ends, session.ends + LATE)
        if moment > now
    )
    return min(moments, default=None)

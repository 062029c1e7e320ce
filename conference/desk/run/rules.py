"""Plan against actual, who is missing, what is urgent. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from conference.people.model import Role
from conference.program.model import Kind, Place, Session
from conference.program.rules import EARLY

SOON = timedelta(minutes=30)  # what begins within that is shown with what runs
WAITS = timedelta(minutes=2)  # a session may begin that late before anybody worries
LATE = timedelta(minutes=30)


class Course(StrEnum):
    """Where a session is. waits: its time has come and nobody has begun; over_time: its time is up and people are still there."""

    PLANNED = "planned"
    SOON = "soon"
    WAITS = "waits"
    RUNNING = "running"
    OVER_TIME = "over_time"
    OVER = "over"


def has_room(session: Session) -> bool:
    return session.place is not Place.ON_SITE and session.kind is not Kind.BREAK


def course_of(session: Session, here: int, now: datetime) -> Course:
    """here: how many are in its room."""
    if now >= session.ends:
        return Course.OVER_TIME if here and now < session.ends + LATE else Course.OVER
    if now >= session.starts:
        begun = session.began is not None or not has_room(session)
        return Course.RUNNING if begun or now < session.starts + WAITS else Course.WAITS
    return Course.SOON if now >= session.starts - SOON else Course.PLANNED


def moved_by(session: Session) -> int:
    """Minutes by which the day has moved the session's beginning against the plan as published; negative: earlier."""
    planned = session.planned_starts or session.starts
    return round((session.starts - planned).total_seconds() / 60)


def began_late(session: Session) -> int:
    """Minutes that it began after its time; 0 when in time or not begun."""
    return max(0, int((session.began - session.starts).total_seconds() // 60)) if session.began is not None else 0


@dataclass(frozen=True, slots=True)
class Cast:
    """Somebody whom a session needs. role: of the person in the session, or None for who is only named in the program."""

    session: str
    person: str
    name: str
    role: Role | None


def missing_from(session: Session, cast: Iterable[Cast], here: Collection[str], now: datetime) -> list[Cast]:
    """Who should be in the room by now and is not; nobody before it opens or once it is over. here: ids of persons."""
    if not has_room(session) or now < session.starts - EARLY or now >= session.ends:
        return []
    return [each for each in cast if each.person not in here]


@dataclass(frozen=True, slots=True)
class Need:
    """What a room's line shows. tone: "bad" now, "warn" soon, "" nothing."""

    tone: str
    calls: bool


def need_of(course: Course, *, calls: bool, moderated: bool, missing: int, waiting: int, poor: int, here: int) -> Need:
    """calls: it calls for help; moderated: somebody there moderates; poor: how many have a bad connection."""
    unled = course in (Course.RUNNING, Course.WAITS) and not moderated
    if calls or unled or course is Course.WAITS:
        return Need("bad", calls)
    many_poor = here > 0 and poor * 4 >= here
    return Need("warn" if missing or waiting or many_poor or course is Course.OVER_TIME else "", calls)


_RANKS = {"bad": 0, "warn": 1, "": 2}


def rank_of(need: Need, starts: datetime, number: int | None) -> tuple[int, datetime, int]:
    """The order of lines: what is urgent first."""
    return (0 if need.calls else 1 + _RANKS[need.tone], starts, number or 0)

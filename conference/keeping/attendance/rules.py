"""How long somebody was there, out of the times in the rooms. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

# Of the wording that one agrees to here; what was agreed to at registration is version 1.
WORDING = 2


@dataclass(frozen=True, slots=True)
class Stay:
    """Being in some room, from and to."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """One day's presence: first in and last out (in the conference's zone), and the minutes in rooms between them."""

    date: date
    begins: datetime
    ends: datetime
    minutes: int


def stay_of(entered: datetime, left: datetime | None, ends: datetime, ended: datetime | None, now: datetime) -> Stay | None:
    """A seat's time. A seat that nobody gave up counts until its session is over, as planned or earlier; None: no time at all."""
    over = min(ends, ended or ends, now)
    until = min(left or over, over)
    return Stay(entered, until) if until > entered else None


def merged(stays: Iterable[Stay]) -> list[Stay]:
    """The same times without any counted twice: who is in two rooms at once, or by two devices, is there once."""
    joined: list[Stay] = []
    for stay in sorted(stays, key=lambda each: (each.begins, each.ends)):
        if joined and stay.begins <= joined[-1].ends:
            joined[-1] = Stay(joined[-1].begins, max(joined[-1].ends, stay.ends))
        else:
            joined.append(stay)
    return joined


def days_of(stays: Iterable[Stay], zone: ZoneInfo) -> list[Day]:
    """Day by day; a stay belongs to the day on which it begins. Less than a minute is none."""
    by_day: dict[date, list[Stay]] = {}
    for stay in merged(stays):
        by_day.setdefault(stay.begins.astimezone(zone).date(), []).append(stay)
    found = []
    for day, its in by_day.items():
        minutes = sum((stay.ends - stay.begins for stay in its), timedelta()) // timedelta(minutes=1)
        if minutes:
            found.append(Day(day, its[0].begins.astimezone(zone), its[-1].ends.astimezone(zone), minutes))
    return found

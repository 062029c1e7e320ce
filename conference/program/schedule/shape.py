"""A schedule as conference apps and editors exchange it (frab's format, which pretalx writes as well). Pure.

Both spellings, XML and JSON, say the same: conference > day > room > event. `extras` holds what an event says beyond our
columns, by the names of schedule.json, so that it is written out again as it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

DAY_BEGINS = time(4)  # an event at one o'clock in the night belongs to the evening before
NO_ROOM = "Online"


@dataclass(frozen=True)
class Speaker:
    name: str
    extras: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Talk:
    """One event. number, guid: its ids; slug: of our address; kind: as they call it ("type"); language: "de"."""

    number: int
    guid: str
    slug: str
    title: str
    subtitle: str
    abstract: str
    description: str
    kind: str
    track: str
    language: str
    starts: datetime
    ends: datetime
    room: str
    url: str
    speakers: Sequence[Speaker]
    extras: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Schedule:
    """acronym: our slug in the letters that are allowed there; talks: in the order of the day."""

    title: str
    acronym: str
    version: str
    zone: str
    url: str
    starts: date
    ends: date
    talks: Sequence[Talk]


def guid_of(kind: str, ours: str) -> str:
    """A UUID that stays the same for the same row."""
    return str(uuid5(NAMESPACE_URL, f"meetingpoint:{kind}:{ours}"))


def number_of(ours: str) -> int:
    """A positive number below 2^31 for the same row, always the same."""
    return UUID(guid_of("number", ours)).int % (2**31 - 1) + 1


def duration_text(length: timedelta) -> str:
    """hh:mm, rounded up to the minute."""
    minutes = -(-int(length.total_seconds()) // 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def duration_from(text: str) -> timedelta:
    """hh:mm, hh:mm:ss or d:hh:mm:ss. Raises ValueError."""
    parts = [int(part) for part in text.split(":")]
    if not 2 <= len(parts) <= 4 or any(part < 0 for part in parts):
        raise ValueError(text)
    if len(parts) == 2:
        parts.append(0)
    days = parts.pop(0) if len(parts) == 4 else 0
    return timedelta(days=days, hours=parts[0], minutes=parts[1], seconds=parts[2])


def days_of(schedule: Schedule) -> list[tuple[date, list[tuple[str, list[Talk]]]]]:
    """(day, [(room, talks)]), rooms by their names."""
    zone = ZoneInfo(schedule.zone)
    days: dict[date, dict[str, list[Talk]]] = {}
    for talk in sorted(schedule.talks, key=lambda each: (each.starts, each.number)):
        days.setdefault(day_of(talk.starts, zone), {}).setdefault(talk.room, []).append(talk)
    return [(day, sorted(rooms.items())) for day, rooms in sorted(days.items())]


def day_of(starts: datetime, zone: ZoneInfo) -> date:
    local = starts.astimezone(zone)
    return (local - timedelta(days=local.time() < DAY_BEGINS)).date()


def bounds_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a day begins and ends in a schedule."""
    begins = datetime.combine(day, DAY_BEGINS, zone)
    return begins, datetime.combine(day + timedelta(days=1), DAY_BEGINS, zone) - timedelta(minutes=1)


def acronym_from(slug: str) -> str:
    """Small letters, digits, hyphens at the front only, and at least four of them, as the JSON schema asks."""
    return f"{slug.replace('-', '_'):_<4}"


def rooms_of(talks: Iterable[Talk]) -> list[str]:
    return sorted({talk.room for talk in talks})

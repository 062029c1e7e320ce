"""What a new conference is called in addresses, and its six instants. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from conference.access.rules import Times
from conference.desk.conference_file import RESERVED
from conference.desk.creating.templates import DOORS_BEFORE, OPEN_FOR, PURGE_AFTER

LONGEST_SLUG = 60
ZONES = (
    "Europe/Berlin", "Europe/Amsterdam", "Europe/Athens", "Europe/Brussels", "Europe/Bucharest", "Europe/Copenhagen",
    "Europe/Dublin", "Europe/Helsinki", "Europe/Kyiv", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Oslo",
    "Europe/Paris", "Europe/Prague", "Europe/Rome", "Europe/Sofia", "Europe/Stockholm", "Europe/Vienna", "Europe/Warsaw",
    "Europe/Zurich", "UTC",
)  # fmt: skip
"""Those that forms offer; a conference file may name any other."""
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_LONGEST_STEM = 40


def slug_of(title: str, year: int, taken: Collection[str]) -> str:
    """A short address out of a title: its first words and the year, unlike all that are taken or kept for the platform."""
    plain = unicodedata.normalize("NFKD", title.lower().translate(_SPELT)).encode("ascii", "ignore").decode()
    words = [word for word in re.split(r"[^a-z0-9]+", plain) if word and word != str(year)]
    stem = ""
    for word in words:
        if stem and len(stem) + len(word) >= _LONGEST_STEM:
            break
        stem = f"{stem}-{word}" if stem else word[:_LONGEST_STEM]
    first = f"{stem or 'treffen'}-{year}"
    number, slug = 1, first
    while slug in taken or slug in RESERVED:
        number += 1
        slug = f"{first}-{number}"
    return slug


def zones_offered(present: str = ZONES[0]) -> list[dict[str, str]]:
    """[{value, label}] for a form; present: the one that is chosen, whatever it is."""
    return [{"value": zone, "label": zone.replace("_", " ")} for zone in dict.fromkeys((*ZONES, present))]


def slug_fault(slug: str, taken: Collection[str]) -> str | None:
    """What is wrong with an address that somebody typed: "form", "kept", "taken"; None: nothing."""
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        return "form"
    if slug in RESERVED:
        return "kept"
    return "taken" if slug in taken else None


def times_from(begins: datetime, ends: datetime, zone: ZoneInfo) -> Times:
    """The instants of a conference that lasts from `begins` to `ends` on one day: a draft, doors half an hour before, public for
    two weeks until midnight, purged four weeks later."""
    closes = midnight_after(ends.astimezone(zone).date() + OPEN_FOR, zone)
    purge = midnight_after((closes - timedelta(minutes=1)).astimezone(zone).date() + PURGE_AFTER, zone)
    return Times(announced=None, doors=begins - DOORS_BEFORE, live=begins, archive=ends, closes=closes, purge=purge)


def midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """The end of the day in the zone, as an instant."""
    return datetime.combine(day + timedelta(days=1), time(), zone)

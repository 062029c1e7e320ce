"""What people type into forms, as values."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from conference.doors.visit import Visit

YEARS = range(2000, 2200)  # a date field takes 9999 as well, and instants beside it would be none any more


def entered_instant(text: str, visit: Visit, zone: ZoneInfo | None = None) -> datetime | None:
    """A wall time in the conference's zone as an instant; None for what is no time or was skipped by the clock change.

    zone: another one that it is meant in."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    if local.tzinfo is not None or local.year not in YEARS:
        return None
    zone = zone or ZoneInfo(visit.conference.zone)
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == local else None

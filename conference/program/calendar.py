"""The program as a calendar (RFC 5545, RFC 7986): stable UIDs, SEQUENCE, a VTIMEZONE of the conference's zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone

from conference.access.model import State
from conference.doors.visit import Visit
from conference.program.model import Billing, Place, Session

REFRESH = timedelta(hours=1)


def calendar_of(visit: Visit, sessions: Sequence[Session], billings: Mapping[str, Sequence[Billing]], *, name: str) -> bytes:
    """The sessions as one iCalendar stream. Online sessions carry the door (their own page) as URL and location."""
    base = visit.services.settings.base_url
    host = base.partition("://")[2]
    calendar = Calendar()
    calendar.add("prodid", "-//Meetingpoint//Program//DE")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", visit.conference.zone)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    if sessions:
        first, last = min(s.starts for s in sessions).date(), max(s.ends for s in sessions).date()
        calendar.add_component(
            Timezone.from_tzid(
                visit.conference.zone, first_date=first - timedelta(days=366), last_date=last + timedelta(days=366)
            )
        )
    for session in sessions:
        address = f"{base}/{visit.conference.slug}/sessions/{session.slug}"
        event = Event()
        event.add("uid", f"{session.id}@{host}")
        event.add("sequence", session.sequence)
        event.add("dtstamp", session.changed)
        event.add("last-modified", session.changed)
        event.add("dtstart", session.starts.astimezone(ZoneInfo(visit.conference.zone)))
        event.add("dtend", session.ends.astimezone(ZoneInfo(visit.conference.zone)))
        event.add("summary", visit.say(session.title))
        event.add("description", _description(visit, session, billings.get(session.id, ()), address))
        event.add("location", visit.say(session.where) if session.place is Place.ON_SITE else address)
        event.add("url", address)
        event.add("status", "CONFIRMED" if visit.state is not State.CLOSED else "CANCELLED")
        event.add("transp", "OPAQUE")
        calendar.add_component(event)
    stream: bytes = calendar.to_ical()
    return stream


def _description(visit: Visit, session: Session, billing: Sequence[Billing], address: str) -> str:
    parts = [visit.say(session.question), visit.say(session.summary), ", ".join(named.name for named in billing), address]
    return "\n\n".join(part for part in parts if part)

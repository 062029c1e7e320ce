"""The program as a calendar (RFC 5545, RFC 7986): stable UIDs, SEQUENCE, a VTIMEZONE of the conference's zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, Timezone

from conference.access.model import State
from conference.doors.visit import Visit
from conference.program.model import Billing, Place, Session

REFRESH = timedelta(hours=1)
ALARM = timedelta(minutes=10)


def calendar_of(visit: Visit, sessions: Sequence[Session], billings: Mapping[str, Sequence[Billing]], *, name: str) -> bytes:
    """The sessions as one iCalendar stream. Online sessions carry the door (their own page) as URL and location."""
    base = visit.services.settings.base_url
    host = base.partition("://")[2]
    calendar = _named(visit, name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    if sessions:
        _add_zone(calendar, visit, min(s.starts for s in sessions), max(s.ends for s in sessions))
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


def door_of(visit: Visit, session: Session | None, until: datetime) -> bytes:
    """One date for a letter, with the way in and an alarm: of a session, or (None) of the conference until this moment. Its UID
    is that of the public calendars, so that who has both has one entry."""
    base = visit.services.settings.base_url
    conference = visit.conference
    starts, ends = (session.starts, session.ends) if session else (conference.live, until)
    title = visit.say(session.title if session else conference.title)
    door = f"{base}/{conference.slug}/sessions/{session.slug}/room" if session else f"{base}/{conference.slug}/"
    calendar = _named(visit, title)
    _add_zone(calendar, visit, starts, ends)
    event = Event()
    event.add("uid", f"{(session or conference).id}@{base.partition('://')[2]}")
    event.add("sequence", session.sequence if session else conference.version)
    event.add("dtstamp", session.changed if session else visit.now)
    event.add("dtstart", starts.astimezone(ZoneInfo(conference.zone)))
    event.add("dtend", ends.astimezone(ZoneInfo(conference.zone)))
    event.add("summary", title)
    event.add("description", door)
    event.add("location", door)
    event.add("url", door)
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", -ALARM)
    event.add_component(alarm)
    calendar.add_component(event)
    stream: bytes = calendar.to_ical()
    return stream


def _named(visit: Visit, name: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Meetingpoint//Program//DE")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", visit.conference.zone)
    return calendar


def _add_zone(calendar: Calendar, visit: Visit, starts: datetime, ends: datetime) -> None:
    year = timedelta(days=366)
    calendar.add_component(
        Timezone.from_tzid(visit.conference.zone, first_date=starts.date() - year, last_date=ends.date() + year)
    )


def _description(visit: Visit, session: Session, billing: Sequence[Billing], address: str) -> str:
    parts = [visit.say(session.question), visit.say(session.summary), ", ".join(named.name for named in billing), address]
    return "\n\n".join(part for part in parts if part)

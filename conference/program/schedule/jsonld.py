"""The conference and its sessions as schema.org has them, for search engines and calendars: only what every page shows anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conference.doors.table import PUBLIC
from conference.doors.visit import Visit
from conference.program.model import Billing, Kind, Place, Session

CONTEXT = "https://schema.org"
_MODES = {
    Place.ONLINE: "OnlineEventAttendanceMode",
    Place.ON_SITE: "OfflineEventAttendanceMode",
    Place.BOTH: "MixedEventAttendanceMode",
}


def conference_linked(
    visit: Visit, sessions: Sequence[Session], billings: Mapping[str, Sequence[Billing]]
) -> dict[str, Any] | None:
    """The whole program as one Event with its parts; None while strangers may not see it."""
    if visit.state not in PUBLIC:
        return None
    held = [each for each in sessions if each.kind is not Kind.BREAK]
    parts = [_event(visit, each, billings.get(each.id, ())) for each in held]
    places = {each.place for each in held} or {Place.ONLINE}
    place = places.pop() if len(places) == 1 else Place.BOTH
    base = _base(visit)
    return {
        "@context": CONTEXT,
        "@type": "Event",
        "@id": f"{base}/",
        "name": visit.say(visit.conference.title),
        **_said("description", visit.say(visit.conference.purpose)),
        "url": f"{base}/",
        "startDate": visit.local(min((each.starts for each in held), default=visit.conference.live)).isoformat(),
        "endDate": visit.local(max((each.ends for each in held), default=visit.conference.archive)).isoformat(),
        "eventStatus": f"{CONTEXT}/EventScheduled",
        "eventAttendanceMode": f"{CONTEXT}/{_MODES[place]}",
        "location": _location(place, visit.say(visit.conference.place), f"{base}/"),
        "organizer": [
            {"@type": "Organization", "name": visit.say(host["name"]), **_said("url", host.get("url") or "")}
            for host in visit.conference.hosts
        ],
        "inLanguage": visit.language,
        "isAccessibleForFree": True,
        "subEvent": parts,
    }


def session_linked(visit: Visit, session: Session, billing: Sequence[Billing]) -> dict[str, Any] | None:
    """One session as an Event within the conference's; None while strangers may not see it."""
    if visit.state not in PUBLIC:
        return None
    above = {"@type": "Event", "@id": f"{_base(visit)}/", "name": visit.say(visit.conference.title), "url": f"{_base(visit)}/"}
    above["startDate"] = visit.local(visit.conference.live).isoformat()
    return {"@context": CONTEXT, **_event(visit, session, billing), "superEvent": above}


def _event(visit: Visit, session: Session, billing: Sequence[Billing]) -> dict[str, Any]:
    url = f"{_base(visit)}/sessions/{session.slug}"
    about = visit.say(session.question) or visit.say(session.summary)
    return {
        "@type": "Event",
        "@id": url,
        "name": visit.say(session.title),
        **_said("description", about),
        "url": url,
        "startDate": visit.local(session.starts).isoformat(),
        "endDate": visit.local(session.ends).isoformat(),
        "eventStatus": f"{CONTEXT}/{'EventRescheduled' if session.planned_starts else 'EventScheduled'}",
        "eventAttendanceMode": f"{CONTEXT}/{_MODES[session.place]}",
        "location": _location(session.place, visit.say(session.where), url),
        **({"performer": [{"@type": "Person", "name": named.name} for named in billing]} if billing else {}),
    }


def _location(place: Place, where: str, url: str) -> Any:
    online = {"@type": "VirtualLocation", "url": url}
    if place is Place.ONLINE:
        return online
    site = {"@type": "Place", "name": where, "address": where} if where else {"@type": "Place", "url": url}
    return site if place is Place.ON_SITE else [online, site]


def _base(visit: Visit) -> str:
    return f"{visit.services.settings.base_url}/{visit.conference.slug}"


def _said(name: str, text: str) -> dict[str, str]:
    return {name: text} if text else {}

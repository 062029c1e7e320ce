"""What the layout of every page knows of the visit, in the visitor's language."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from conference.access.model import Conference
from conference.base.logos import SUFFIX
from conference.doors.looking import STRANGER, read_look
from conference.doors.table import TABLE, Verdict, decide
from conference.doors.visit import Viewer, Visit, standing_of
from conference.doors.words import role_word, state_word
from conference.people.model import Role
from conference.web.texts import Language


@dataclass(frozen=True)
class ConferenceView:
    slug: str
    title: str
    motto: str
    purpose: str
    place: str
    people_expected: str
    zone: str
    hosts: list[dict[str, Any]]
    contact: dict[str, str]
    state: str
    open_until: str
    kicker: str
    closes: datetime
    emergency: str = ""  # what stands on top of every page and room now


@dataclass(frozen=True)
class PersonView:
    name: str
    initials: str


@dataclass(frozen=True)
class MenuItem:
    href: str
    label: str
    current: bool


@dataclass(frozen=True)
class VisitView:
    conference: ConferenceView
    person: PersonView | None
    roles: frozenset[str]
    menu: list[MenuItem]
    now: datetime
    organiser: bool
    looking: Looking | None = None
    help: str | None = None  # address of the guides, where they are to be seen


@dataclass(frozen=True)
class Looking:
    """An organiser looks at the pages as others: as whom and when, and where that ends (address of a POST, field "end")."""

    role: str
    state: str
    end: str


def view_of(visit: Visit, path: str) -> VisitView:
    person = visit.viewer.person
    organiser = visit.viewer.organiser
    return VisitView(
        conference=conference_view(visit),
        person=PersonView(person.name, initials(person.name)) if person else None,
        roles=frozenset(role.value for role in visit.viewer.all_roles()) | ({Role.ORGANISER.value} if organiser else frozenset()),
        menu=_menu(visit, path),
        now=visit.local(visit.now),
        organiser=organiser,
        looking=_looking(visit),
        help=f"/{visit.conference.slug}/help" if _passes(visit, "help") else None,
    )


def _looking(visit: Visit) -> Looking | None:
    look = read_look(visit.viewer.looks_as, visit.conference)
    if look is None:
        return None
    language = visit.services.texts[visit.language]
    role, state = look
    word = language.gettext("Stranger") if role == STRANGER else role_word(language, Role(role))
    return Looking(word, state_word(language, state), f"/desk/{visit.conference.slug}/look-as")


def strangers_view(visit: Visit, path: str) -> VisitView:
    """The visit as somebody would have it of whom nothing is known, at no moment in particular: for pages that many share."""
    return view_of(replace(visit, viewer=Viewer(), now=visit.conference.live), path)


def conference_view(visit: Visit) -> ConferenceView:
    conference = visit.conference
    language = visit.services.texts[visit.language]
    begins = visit.local(conference.live)
    place = visit.say(conference.place)
    return ConferenceView(
        slug=conference.slug,
        title=visit.say(conference.title),
        motto=visit.say(conference.motto),
        purpose=visit.say(conference.purpose),
        place=place,
        people_expected=visit.say(conference.people_expected),
        zone=conference.zone,
        hosts=[_host(visit, host) for host in conference.hosts],
        contact={**conference.contact, "name": visit.say(conference.contact["name"])},
        state=visit.state.value,
        open_until=open_until(visit),
        kicker=f"{language.day(begins)} · {place}" if place else language.day(begins),
        closes=visit.local(conference.closes),
        emergency=visit.say(conference.emergency) if conference.emergency else "",
    )


def _host(visit: Visit, host: dict[str, Any]) -> dict[str, Any]:
    """name, short, url; logo: {href, alt} or None. Where it says no more than the name beside it, the logo is silent."""
    name, logo = visit.say(host["name"]), host.get("logo")
    if logo:
        said = visit.say(logo["alt"])
        logo = {"href": logo_href(visit.conference, logo), "alt": "" if said in (name, host.get("short")) else said}
    return {**host, "name": name, "logo": logo or None}


def logo_href(conference: Conference, logo: dict[str, Any]) -> str:
    """Where a host's logo is sent from: another picture has another address."""
    return f"/{conference.slug}/hosts/{logo['etag'][:16]}.{SUFFIX[logo['type']]}"


def open_until(visit: Visit) -> str:
    """Until when the pages are there."""
    return open_until_of(visit.services.texts[visit.language], visit.local(visit.conference.closes))


def open_until_of(language: Language, closes: datetime) -> str:
    """The last day (when it closes at midnight) or the moment. closes: local time."""
    if (closes.hour, closes.minute) == (0, 0):
        return language.date(closes - timedelta(minutes=1))
    return language.moment(closes)


def initials(name: str) -> str:
    """Two letters for a face that is not shown: of the first and the last word."""
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0] for word in ([words[0], words[-1]] if len(words) > 1 else words)).upper()


def _menu(visit: Visit, path: str) -> list[MenuItem]:
    _ = visit.services.texts[visit.language].gettext
    base = f"/{visit.conference.slug}"
    items = [
        ("home", f"{base}/", _("Home")),
        ("program", f"{base}/program", _("Program")),
        ("forums", f"{base}/forums", _("Forums")),
        ("cards", f"{base}/cards", _("Video cards")),
        *([("card.mine", f"{base}/my-card", _("Your video card"))] if Role.INITIATIVE in visit.viewer.roles else []),
        ("report", f"{base}/report", _("Report")),
        ("desk", f"/desk/{visit.conference.slug}", _("Conference office")),
    ]
    return [
        MenuItem(href, label, path == href or (name != "home" and path.startswith(href + "/")))
        for name, href, label in items
        if _passes(visit, name)
    ]


def _passes(visit: Visit, name: str) -> bool:
    door = TABLE[name]
    return decide(door, standing_of(visit.viewer), visit.viewer.all_roles(), visit.state) is Verdict.PASS

"""Who is at the door: the viewer, and the visit to one conference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from conference.access.model import Conference, State
from conference.access.rules import Times
from conference.base.words import say
from conference.doors.table import Standing
from conference.people.model import AccessToken, Person, Role
from conference.web.services import Services


@dataclass(frozen=True)
class Viewer:
    """A stranger (person None), a person with roles, or an organiser. `token`: a program with a bearer token; `unverified`: would
    be an organiser once a second factor is shown, which this conference asks of them. `looks_as`: `doors.looking`."""

    person: Person | None = None
    roles: frozenset[Role] = frozenset()
    session_roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    organiser: bool = False
    token: AccessToken | None = None
    unverified: bool = False
    looks_as: str | None = None

    def holds(self, role: Role, session_id: str | None = None) -> bool:
        """Whether the viewer has the role in the session; roles in the whole conference count in each."""
        return role in self.roles or (session_id is not None and role in self.session_roles.get(session_id, ()))

    def held_in(self, session_id: str) -> frozenset[Role]:
        """The roles that count in the session. Guests of one session are guests in all."""
        return self.roles.union(self.session_roles.get(session_id, ()), self.all_roles() & {Role.GUEST})

    def all_roles(self) -> frozenset[Role]:
        """Every role the viewer has anywhere in the conference."""
        return self.roles.union(*self.session_roles.values())


def standing_of(viewer: Viewer) -> Standing:
    """To all doors but those that say so a stranger: a guest, who gave a name and nothing else; whoever was asked to approve the
    sheet of a session, and has no other role; a person whose roles were all taken."""
    if viewer.organiser:
        return Standing.ORGANISER
    in_sessions = {role for held in viewer.session_roles.values() for role in held}
    counting = (viewer.roles | (in_sessions - {Role.APPROVER})) - {Role.GUEST}
    return Standing.PERSON if viewer.person is not None and counting else Standing.STRANGER


@dataclass(frozen=True)
class Visit:
    """One request or socket, in one conference, at one moment."""

    services: Services
    conference: Conference
    times: Times
    state: State
    now: datetime
    viewer: Viewer
    language: str

    def local(self, instant: datetime) -> datetime:
        """The instant on the conference's clock."""
        return instant.astimezone(ZoneInfo(self.conference.zone))

    def say(self, words: Mapping[str, str] | None) -> str:
        """The words in the visitor's language."""
        return say(words, self.language)


def by_of(visit: Visit) -> str | None:
    """Who acts, for the audit log and `changed_by`: a person id; None for a stranger or a token that names nobody."""
    return visit.viewer.person.id if visit.viewer.person is not None else None

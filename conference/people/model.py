"""Who takes part. One person has one link per invitation, whatever roles; a browser is signed in by a server-side session."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word


class Role(StrEnum):
    ORGANISER = "organiser"
    MODERATOR = "moderator"
    SPEAKER = "speaker"
    INTERPRETER = "interpreter"
    CAPTIONER = "captioner"
    NOTE_TAKER = "note_taker"
    TECHNICAL_DIRECTOR = "technical_director"
    APPROVER = "approver"
    INITIATIVE = "initiative"
    ATTENDEE = "attendee"
    GUEST = "guest"


class Feed(StrEnum):
    """What a studio's stream is in a room: the stage, the signing person, or what stands in when the stage's stream fails."""

    STAGE = "stage"
    SIGNING = "signing"
    DEPUTY = "deputy"


class Source(StrEnum):
    """Where what is known of somebody came from, as Art. 14 GDPR has it told."""

    FILE = "file"
    LIST = "list"
    DESK = "desk"
    REGISTRATION = "registration"
    GUEST = "guest"


class PersonConsentKind(StrEnum):
    """attendance: a proof of attendance may be made; listed: others may see the name in a list; later: invitations to later
    meetings; needs: what one needs to take part may be kept (Art. 9 GDPR) until it is deleted."""

    ATTENDANCE = "attendance"
    LISTED = "listed"
    LATER = "later"
    NEEDS = "needs"


class Person(SQLModel, table=True):
    """Somebody in one conference, or (conference_id None) an organiser of the installation.

    shows_name: whether others in a room may read the name; simulated: one of the demo's made-up attendees. organisation: as
    typed, where there is no initiative; language: of letters ("de", "en", None: both); bounced: letters to this address come
    back, since; version: for two who edit; changed_by: id of the person who did last (no key).
    """

    id: str = Field(primary_key=True)
    conference_id: str | None = Field(default=None, foreign_key="conference.id", index=True)
    name: str
    email: str = Field(index=True)
    initiative_id: str | None = Field(default=None, foreign_key="initiative.id")
    land: str = ""
    shows_name: bool = True
    simulated: bool = False
    created: datetime = Field(sa_type=Instant)
    organisation: str | None = None
    language: str | None = None
    source: Source | None = Field(default=None, sa_type=word(Source))
    bounced: datetime | None = Field(default=None, sa_type=Instant)
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    changed_by: str | None = None


class PersonConsent(SQLModel, table=True):
    """One thing that somebody agreed to for themselves, one row per act. version, language: of the wording; ended: taken back."""

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True, ondelete="CASCADE")
    kind: PersonConsentKind = Field(sa_type=word(PersonConsentKind))
    version: int
    language: str
    given: datetime = Field(sa_type=Instant)
    ended: datetime | None = Field(default=None, sa_type=Instant)


class RoleHeld(SQLModel, table=True):
    """A role of a person in one session, or (session_id None) in the whole conference."""

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    role: Role = Field(sa_type=word(Role))
    session_id: str | None = Field(default=None, foreign_key="session.id", index=True)


class SignInLink(SQLModel, table=True):
    """A personal link, stored as the hash of its secret. Several are valid at a time; sending one again revokes none."""

    digest: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    created: datetime = Field(sa_type=Instant)
    revoked: datetime | None = Field(default=None, sa_type=Instant)


class BrowserSession(SQLModel, table=True):
    """A signed-in browser, stored as the hash of its cookie. It may be one person in each of several conferences.

    label: which browser and system, in general words; seen: when it was here last, to the hour (real time). No address is kept.
    """

    digest: str = Field(primary_key=True)
    created: datetime = Field(sa_type=Instant)
    expires: datetime = Field(sa_type=Instant)
    revoked: datetime | None = Field(default=None, sa_type=Instant)
    label: str | None = None
    seen: datetime | None = Field(default=None, sa_type=Instant)


class SignInWay(StrEnum):
    LINK = "link"
    OIDC = "oidc"


class SignedIn(SQLModel, table=True):
    """Who a browser is. One row per person; at most one person per conference and browser.

    at, way: when and how (None: before this was noted; real time); verified: when the second factor was shown there; looks_as:
    an organiser who looks at the pages of a conference as somebody else, "ROLE@STATE@ID" (nothing can be changed meanwhile).
    """

    id: str = Field(primary_key=True)
    browser: str = Field(foreign_key="browsersession.digest", index=True, ondelete="CASCADE")
    person_id: str = Field(foreign_key="person.id", index=True)
    at: datetime | None = Field(default=None, sa_type=Instant)
    way: SignInWay | None = Field(default=None, sa_type=word(SignInWay))
    verified: datetime | None = Field(default=None, sa_type=Instant)
    looks_as: str | None = None


class AccessToken(SQLModel, table=True):
    """A bearer token for WHIP or WHEP in one session, stored hashed. role: "publisher", "viewer" or
    "captioner" (software that writes captions, and may listen); feed: its place in the room
    (None: a speaker like others)."""

    digest: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    session_id: str = Field(foreign_key="session.id")
    person_id: str | None = Field(default=None, foreign_key="person.id")
    role: str
    label: str = ""
    feed: Feed | None = Field(default=None, sa_type=word(Feed))
    created: datetime = Field(sa_type=Instant)
    expires: datetime = Field(sa_type=Instant)
    revoked: datetime | None = Field(default=None, sa_type=Instant)

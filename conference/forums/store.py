"""Named queries of the rooms, and their doors: who acts is looked up at the moment of acting."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import bindparam
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.access.rules import Times
from conference.access.store import times_of
from conference.base.errors import NotAllowed, NotFound
from conference.doors.visit import Viewer
from conference.forums import rules
from conference.forums.model import Forum, Seat
from conference.forums.rules import Hand, Slot
from conference.forums.words import rules as words_rules
from conference.initiatives.model import Initiative
from conference.people.model import AccessToken, Feed, Person, Role, RoleHeld
from conference.program.model import Floor, Kind, Session
from media.gateway import Source

# Asked at each message and page: putting a query together costs as much as SQLite's answer to it.
_ROOM = (
    select(Session, Conference, Forum)
    .join(Conference, col(Conference.id) == Session.conference_id)
    .outerjoin(Forum, col(Forum.session_id) == Session.id)
)
_ROOM_BY_ID = _ROOM.where(Session.id == bindparam("session"))
_ROOM_BY_SLUG = _ROOM.where(
    Session.conference_id == bindparam("conference"), Session.slug == bindparam("slug"), col(Session.hidden).is_(None)
)
_SEATED = (
    select(Seat, Person, Initiative, AccessToken)
    .outerjoin(Person, col(Person.id) == Seat.person_id)
    .outerjoin(Initiative, col(Initiative.id) == Person.initiative_id)
    .outerjoin(AccessToken, col(AccessToken.digest) == Seat.token)
    .where(Seat.session_id == bindparam("session"))
    .order_by(col(Seat.entered), col(Seat.id))
)
_SOME_SEATED = _SEATED.where(col(Seat.id).in_(bindparam("seats", expanding=True)))
# A guest of one session is a guest in all: whoever gave no more than a name is no attendee next door.
_ROLES = select(RoleHeld.person_id, RoleHeld.role).where(
    col(RoleHeld.person_id).in_(bindparam("people", expanding=True)),
    or_(col(RoleHeld.session_id).is_(None), RoleHeld.session_id == bindparam("session"), RoleHeld.role == Role.GUEST),
)
_SEATS_OF_PERSON = (
    select(Seat).where(Seat.session_id == bindparam("session"), Seat.person_id == bindparam("person")).order_by(col(Seat.number))
)

LONG_AGO = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Room:
    """A session's room as it is now: the program's word on the floor, or the moderator's."""

    session: Session
    times: Times
    floor: Floor
    microphones_free: bool
    forum: Forum

    @property
    def is_plenary(self) -> bool:
        """Only the stage speaks there, and there is a curtain in front of it."""
        return self.session.kind is Kind.PLENARY

    @property
    def slot(self) -> Slot:
        return Slot(self.session.starts, self.session.ends, self.session.place, self.session.guests, self.session.kind)


@dataclass(frozen=True)
class Seated:
    """A seat and what others may know of who sits there. person None: a token's seat (`label`)."""

    seat: Seat
    person: Person | None
    initiative: str | None
    label: str
    role: Role
    publishes: bool = True  # False: a token that only watches
    until: datetime | None = None  # a token's own end, real time
    feed: Feed | None = None  # a studio's

    @property
    def name(self) -> str | None:
        """None: without naming."""
        if self.person is None:
            return self.label or None
        return self.person.name if self.person.shows_name else None

    @property
    def beside(self) -> bool:
        """A further device of somebody, which only listens."""
        return self.seat.number > 1

    @property
    def behind(self) -> bool:
        """Behind a plenary's stage. A studio's feed stays connected there and is not forwarded; people meet in a forum of their
        own. Whoever has lost the role for it is in the audience."""
        return self.seat.behind is not None and not self.outside and (self.person is None or self.role in rules.ON_STAGE)

    @property
    def outside(self) -> bool:
        """Left, put out, or waiting in the lobby."""
        seat = self.seat
        return any(each is not None for each in (seat.left, seat.removed, seat.banned, seat.knocked))

    @property
    def hand(self) -> Hand | None:
        """The raised hand, if it is raised."""
        return Hand(self.seat.id, self.seat.turn, self.seat.hand) if self.seat.hand is not None else None

    def sources(self, room: Room) -> frozenset[Source]:
        """What this seat may publish in `room`."""
        if not self.publishes or self.beside or (self.person is None and self.behind):
            return rules.NOTHING
        return rules.sources_for(room.floor, room.microphones_free, self.role, self.seat.has_floor)

    def signs(self, room: Room) -> bool:
        """Whether this person speaks by signing, as soon as the camera is on."""
        seat = self.seat
        return words_rules.signs(seat.signs is not None, seat.has_floor, seat.way, self.role, self.sources(room))

    def stands_by(self, room: Room) -> bool:
        """An interpreter who rests while another one interprets."""
        return words_rules.stands_by(self.role, self.seat.id, room.forum.signer)


def guest_door(session: Session, times: Times, now: datetime) -> rules.Door:
    """Whether a stranger with a name could be in the session's room now."""
    return rules.door_at(Slot(session.starts, session.ends, session.place, session.guests, session.kind), times, Role.GUEST, now)


async def room_of(session: AsyncSession, session_id: str) -> Room:
    """Raises NotFound."""
    row = (await session.exec(_ROOM_BY_ID, params={"session": session_id})).first()
    if row is None:
        raise NotFound("session", id=session_id)
    return _room(*row)


async def room_by_slug(session: AsyncSession, conference_id: str, slug: str) -> Room:
    """Raises NotFound."""
    row = (await session.exec(_ROOM_BY_SLUG, params={"conference": conference_id, "slug": slug})).first()
    if row is None:
        raise NotFound("session", slug=slug)
    return _room(*row)


def _room(session: Session, conference: Conference, forum: Forum | None) -> Room:
    floor = forum.floor if forum is not None and forum.floor is not None else session.floor
    floor = Floor.STAGE if session.kind is Kind.PLENARY else floor
    # A row of its own appears with the first change; until then this one is only read, and belongs to no session.
    forum = forum or Forum(session_id=session.id)
    return Room(session, times_of(conference), floor, forum.microphones_free, forum)


async def seated_in(session: AsyncSession, session_id: str, *seats: str) -> list[Seated]:
    """Everybody who has a seat in the room, or those of `seats`; also who left or was removed."""
    if seats:
        rows = (await session.exec(_SOME_SEATED, params={"session": session_id, "seats": seats})).all()
    else:
        rows = (await session.exec(_SEATED, params={"session": session_id})).all()
    roles = await _roles_in(session, session_id, {seat.person_id for seat, *_ in rows if seat.person_id})
    return [_seated(seat, person, initiative, token, roles) for seat, person, initiative, token in rows]


def _seated(
    seat: Seat, person: Person | None, initiative: Initiative | None, token: AccessToken | None, roles: dict[str, set[Role]]
) -> Seated:
    if person is None:
        publishes = token is not None and token.role == "publisher"
        feed = token.feed if token is not None and publishes else None
        role = Role.INTERPRETER if feed is Feed.SIGNING else rules.role_of_token(token.role if token is not None else "")
        return Seated(seat, None, None, token.label if token else "", role, publishes, _end_of(token), feed)
    held = roles.get(person.id, set()) | ({Role.ORGANISER} if person.conference_id is None else set())
    held |= {Role.MODERATOR} if seat.promoted is not None else set()
    return Seated(seat, person, initiative.name if initiative else None, "", rules.room_role(held))


def _end_of(token: AccessToken | None) -> datetime | None:
    """A revoked token has ended long ago, so that what still streams by it ends as well."""
    if token is None or token.revoked is None:
        return token.expires if token is not None else None
    return LONG_AGO


async def _roles_in(session: AsyncSession, session_id: str, people: set[str]) -> dict[str, set[Role]]:
    roles: dict[str, set[Role]] = {}
    for person, role in (await session.exec(_ROLES, params={"session": session_id, "people": list(people)})).all():
        roles.setdefault(person, set()).add(Role(role))
    return roles


async def role_in(session: AsyncSession, session_id: str, viewer: Viewer) -> Role:
    """The role of a viewer in the room, whether or not there is a seat yet; without a second factor that is asked for they
    organise nothing there either."""
    person = viewer.person
    if person is None:
        return Role.GUEST
    seat = await seat_of_person(session, session_id, person.id)
    return role_among(viewer.held_in(session_id), person, seat, unverified=viewer.unverified)


async def roles_held(session: AsyncSession, session_id: str, person: Person) -> set[Role]:
    """What a person holds that counts in the room."""
    return (await _roles_in(session, session_id, {person.id})).get(person.id, set())


def role_among(held: Collection[Role], person: Person, seat: Seat | None, *, unverified: bool = False) -> Role:
    """The role of a person who holds `held` and sits, or will sit, in `seat`. unverified: as viewers have it."""
    promoted = {Role.MODERATOR} if seat is not None and seat.promoted is not None else set()
    roles = {*held, *promoted, *({Role.ORGANISER} if person.conference_id is None else set())}
    return rules.room_role(roles - {Role.ORGANISER} if unverified else roles)


async def seats_taken(session: AsyncSession, session_id: str) -> int:
    """How many seats there are in the room, those of people who left included."""
    return (await session.exec(select(func.count()).where(Seat.session_id == session_id))).one()


async def initiatives_in_room(session: AsyncSession, session_id: str) -> int:
    """How many initiatives somebody of whom was in the room, gone again or not."""
    query = select(func.count(func.distinct(Person.initiative_id))).join(Seat, col(Seat.person_id) == Person.id)
    return (await session.exec(query.where(Seat.session_id == session_id, col(Seat.banned).is_(None)))).one()


async def seat_of_person(session: AsyncSession, session_id: str, person_id: str) -> Seat | None:
    """The seat from which somebody speaks; others that stand beside it only listen."""
    return next((seat for seat in await seats_of_person(session, session_id, person_id) if seat.number == 1), None)


async def seats_of_person(session: AsyncSession, session_id: str, person_id: str) -> list[Seat]:
    """All seats of a person in a room, the first one first."""
    return list((await session.exec(_SEATS_OF_PERSON, params={"session": session_id, "person": person_id})).all())


async def seat_of_token(session: AsyncSession, session_id: str, digest: str) -> Seat | None:
    return (await session.exec(select(Seat).where(Seat.session_id == session_id, Seat.token == digest))).first()


async def acting(session: AsyncSession, session_id: str, seat_id: str) -> Seated:
    """Who acts from a seat. Raises NotAllowed for somebody who left, was put out, or waits in the lobby."""
    found = await seated_in(session, session_id, seat_id)
    if not found or found[0].outside:
        raise NotAllowed("not_in_room")
    return found[0]


async def moderating(session: AsyncSession, session_id: str, seat_id: str) -> Seated:
    """Who acts as a moderator from a seat. Raises NotAllowed for everybody else."""
    by = await acting(session, session_id, seat_id)
    if not rules.may_moderate(by.role):
        raise NotAllowed("moderators_only")
    return by


async def seat_in(session: AsyncSession, session_id: str, seat_id: str) -> Seated:
    """Somebody in the same room whom a moderator means. Raises NotFound for seats of other rooms, of nobody, and of who waits
    in the lobby or was put out."""
    found = await any_seat_in(session, session_id, seat_id)
    if found.seat.removed is not None or found.seat.banned is not None or found.seat.knocked is not None:
        raise NotFound("seat", id=seat_id)
    return found


async def any_seat_in(session: AsyncSession, session_id: str, seat_id: str) -> Seated:
    """A seat of the same room, whoever sits or does not sit there. Raises NotFound."""
    found = await seated_in(session, session_id, seat_id)
    if not found:
        raise NotFound("seat", id=seat_id)
    return found[0]


async def open_calls(session: AsyncSession, conference_id: str) -> list[tuple[Session, datetime, str | None]]:
    """Rooms that call the organisers: session, since when, and by whom (a name, or None), the oldest first."""
    query = (
        select(Session, Forum.help_asked, Person.name)
        .join(Forum, col(Forum.session_id) == Session.id)
        .outerjoin(Seat, col(Seat.id) == Forum.help_by)
        .outerjoin(Person, col(Person.id) == Seat.person_id)
        .where(Session.conference_id == conference_id, col(Forum.help_asked).is_not(None))
        .order_by(col(Forum.help_asked))
    )
    return [(held, asked, name) for held, asked, name in (await session.exec(query)).all() if asked is not None]


async def forum_for_change(session: AsyncSession, session_id: str) -> Forum:
    """What the moderator has set, a new row when there is none yet."""
    found = await session.get(Forum, session_id)
    if found is None:
        found = Forum(session_id=session_id)
        session.add(found)
    return found

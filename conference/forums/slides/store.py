"""Named queries of decks and clips, and their doors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.base.db import Work
from conference.base.errors import NotAllowed, NotFound
from conference.doors.table import Standing
from conference.doors.visit import Viewer, Visit, standing_of
from conference.forums import store as rooms
from conference.forums.model import Seat
from conference.forums.rules import closes_at
from conference.forums.slides import rules
from conference.forums.slides.model import Piece, Screening
from conference.forums.store import Room
from conference.people.model import Person, RoleHeld
from conference.program.model import Session


@dataclass(frozen=True)
class Programme:
    """All pieces of a session in their order, and what is on the stage."""

    screening: Screening
    pieces: list[Piece]

    @property
    def on_stage(self) -> Piece | None:
        return next((piece for piece in self.pieces if piece.id == self.screening.piece), None)


async def programme_of(session: AsyncSession, session_id: str) -> Programme:
    """As it is; of a session without pieces an empty one that is not in the database."""
    screening = await session.get(Screening, session_id)
    if screening is None:  # it comes with the first piece
        return Programme(Screening(session_id=session_id), [])
    return Programme(screening, await pieces_of(session, session_id))


async def pieces_of(session: AsyncSession, session_id: str) -> list[Piece]:
    query = select(Piece).where(Piece.session_id == session_id).order_by(col(Piece.position), col(Piece.id))
    return list((await session.exec(query)).all())


async def piece_in(session: AsyncSession, session_id: str, piece_id: str) -> Piece:
    """Raises NotFound for pieces of other sessions and for none."""
    found = await session.get(Piece, piece_id)
    if found is None or found.session_id != session_id:
        raise NotFound("piece")
    return found


async def screening_for_change(work: Work, session_id: str) -> Screening:
    """The stage with its next change's number. Whoever else wants to change anything waits until this work is done."""
    found = await work.session.get(Screening, session_id, with_for_update=True)
    if found is None:
        insert = (postgresql.insert if work.dialect == "postgresql" else sqlite.insert)(Screening)
        await work.session.exec(insert.values(session_id=session_id, changes=0).on_conflict_do_nothing())
        found = await work.session.get(Screening, session_id, with_for_update=True)
        assert found is not None
    found.changes += 1
    work.session.add(found)
    return found


# -- doors -----------------------------------------------------------------------------------------------------------------


async def presenting(session: AsyncSession, session_id: str, who: str | Person) -> str | None:
    """The id of the person who shows something: from a seat (its id) in the room, or on a page, which has
    asked `presents` what the browser may. Raises NotAllowed for all who
    neither moderate nor speak here."""
    if isinstance(who, Person):
        person, seats = who.id, await rooms.seats_of_person(session, session_id, who.id)
        first = next((seat for seat in seats if seat.number == 1), None)
        role = rooms.role_among(await rooms.roles_held(session, session_id, who), who, first)
        if any(seat.banned is not None for seat in seats):
            raise NotAllowed("banned")
    else:
        seated = await rooms.acting(session, session_id, who)
        role, person = seated.role, seated.seat.person_id or ""
    if not rules.may_present(role):
        raise NotAllowed("presenters_only")
    return person or None


async def presenting_seats(session: AsyncSession, session_id: str) -> set[str]:
    """The seats of a room from which pieces may be shown, as of now."""
    here = or_(col(RoleHeld.session_id).is_(None), RoleHeld.session_id == session_id)
    holders = select(RoleHeld.person_id).where(col(RoleHeld.role).in_(rules.PRESENTING), here)
    query = (
        select(Seat.id)
        .join(Person, col(Person.id) == Seat.person_id)
        .where(
            Seat.session_id == session_id,
            or_(col(Person.id).in_(holders), col(Person.conference_id).is_(None), col(Seat.promoted).is_not(None)),
        )
    )
    candidates = set((await session.exec(query)).all())
    if not candidates:
        return set()
    return {each.seat.id for each in await rooms.seated_in(session, session_id, *candidates) if rules.may_present(each.role)}


async def presents(session: AsyncSession, room: Room, viewer: Viewer) -> bool:
    """Whether somebody may bring and show pieces in this session."""
    return rules.may_present(await rooms.role_in(session, room.session.id, viewer))


async def piece_for_fetching(session: AsyncSession, visit: Visit, slug: str, piece_id: str) -> Piece:
    """A piece whose files this viewer may have now. Raises NotFound for all others, so that nobody learns what is prepared."""
    room = await rooms.room_by_slug(session, visit.conference.id, slug)
    piece = await piece_in(session, room.session.id, piece_id)
    person, standing = visit.viewer.person, standing_of(visit.viewer)
    screening = await session.get(Screening, room.session.id)
    seats = await rooms.seats_of_person(session, room.session.id, person.id) if person is not None else []
    may = rules.may_fetch(
        piece,
        # What stood there at the end is still in its row when the room has closed.
        on_stage=screening is not None and screening.piece == piece.id and visit.now < closes_at(room.slot, room.times),
        inside=_inside(seats),
        presents=await presents(session, room, visit.viewer),
        state=visit.state,
        standing=standing,
    )
    if not may or (any(seat.banned is not None for seat in seats) and standing is not Standing.ORGANISER):
        raise NotFound("piece")
    return piece


def _inside(seats: Sequence[Seat]) -> bool:
    return any(all(each is None for each in (seat.left, seat.removed, seat.banned, seat.knocked)) for seat in seats)


# -- purging ---------------------------------------------------------------------------------------------------------------


async def sessions_to_purge(session: AsyncSession, now: datetime) -> list[str]:
    """Sessions with pieces whose conference is to be forgotten."""
    query = (
        select(Session.id)
        .join(Conference, col(Conference.id) == Session.conference_id)
        .where(col(Session.id).in_(select(Piece.session_id)), col(Conference.purge) <= now)
    )
    return list((await session.exec(query)).all())

"""What all actions in a room share: who is meant, and telling the room that it has changed."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.forums import store
from conference.forums.events import RoomChanged
from conference.forums.model import Seat
from conference.forums.store import Room, Seated
from conference.web.services import Services


async def me_in(session: AsyncSession, session_id: str, seat_id: str) -> tuple[Room, Seated]:
    """The room and who acts in it. Raises NotAllowed, NotFound."""
    return await store.room_of(session, session_id), await store.acting(session, session_id, seat_id)


async def target_of(session: AsyncSession, session_id: str, by: str, seat_id: str) -> tuple[Room, Seated]:
    """Whom an action is about: oneself, or (moderators) anybody in the same room. Raises NotAllowed, NotFound."""
    if seat_id == by:
        return await me_in(session, session_id, by)
    await store.moderating(session, session_id, by)
    return await store.room_of(session, session_id), await store.seat_in(session, session_id, seat_id)


def lower(seat: Seat) -> None:
    """Take a hand out of the queue."""
    seat.hand, seat.turn = None, None


def silence(seat: Seat) -> None:
    """Neither hand nor floor, and no signing."""
    lower(seat)
    seat.signs = None
    seat.has_floor, seat.floor_until = False, None


async def out_of_front(session: AsyncSession, room: Room, seat_id: str) -> None:
    """Who goes is not in front for everybody any more, writes no captions, and has no interpreters' place."""
    if seat_id in (room.forum.spotlight, room.forum.captioner, room.forum.signer):
        forum = await store.forum_for_change(session, room.session.id)
        forum.spotlight = forum.spotlight if forum.spotlight != seat_id else None
        forum.captioner = forum.captioner if forum.captioner != seat_id else None
        forum.signer = forum.signer if forum.signer != seat_id else None


def write(services: Services, work: Work, room: Room, seated: Seated) -> None:
    work.session.add(seated.seat)
    changed(services, work, room)


def changed(services: Services, work: Work, room: Room) -> None:
    """Let the room know, with the transaction."""
    RoomChanged.of(room).tell(services.outbox, work)

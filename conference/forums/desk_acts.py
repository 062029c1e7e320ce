"""What organisers do to rooms from their desk, without a seat in any: the same rules as the moderators' acts.

`by` is the id of a person whose right to do so the desk's door has asked. Each act may be done by two at once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.audit import record
from conference.base.db import Work
from conference.base.editions import locked
from conference.base.errors import Conflict, Invalid, NotFound, TooMany
from conference.forums import rules, store
from conference.forums.acting import changed
from conference.forums.actions_moderation import end_now, give_minutes
from conference.forums.events import DeskChanged, RoomInvited
from conference.forums.model import Seat
from conference.forums.rules import Door
from conference.forums.stays import come_back
from conference.forums.store import Room, Seated
from conference.people.model import Person
from conference.program.model import Kind, Place, Session
from conference.web.services import Services


async def lock(services: Services, conference_id: str, slug: str, on: bool, *, by: str | None) -> None:
    """Keep newcomers out of a room, or no longer. Raises NotFound."""
    async with services.db.work() as work:
        room = await _room(work, conference_id, slug)
        forum = await store.forum_for_change(work.session, room.session.id)
        if (forum.locked is not None) != on:
            forum.locked = work.now if on else None
            _tell(services, work, room, "room locked" if on else "room unlocked", by)


async def set_lobby(services: Services, conference_id: str, slug: str, on: bool, *, by: str | None) -> None:
    """Let guests wait until they are admitted; without a lobby those who wait are let in. Raises NotFound."""
    async with services.db.work() as work:
        room = await _room(work, conference_id, slug)
        forum = await store.forum_for_change(work.session, room.session.id)
        if (forum.lobby is not None) == on:
            return
        forum.lobby = work.now if on else None
        if not on:
            for seat in await waiting_seats(work.session, conference_id):
                if seat.session_id == room.session.id:
                    seat.knocked = None
                    work.session.add(seat)
        _tell(services, work, room, "lobby set up" if on else "lobby ended", by)


async def answer_knocks(services: Services, conference_id: str, seats: Collection[str], admit: bool, *, by: str | None) -> int:
    """Let people in who wait in front of any room, or send them away (they may knock again). How many; who waits no more,
    since somebody else was faster, is left out."""
    async with services.db.work() as work:
        waiting = [seat for seat in await waiting_seats(work.session, conference_id) if seat.id in seats]
        for seat in waiting:
            seat.knocked = None
            if not admit:
                seat.removed = seat.left = work.now
            work.session.add(seat)
        for session in {seat.session_id for seat in waiting}:
            changed(services, work, await store.room_of(work.session, session))
        if waiting:
            act = "guests let in" if admit else "guests sent away"
            record(work, act, conference_id=conference_id, person_id=by, count=len(waiting))
    return len(waiting)


async def waiting_seats(session: AsyncSession, conference_id: str) -> list[Seat]:
    """Everybody who waits in front of a room of the conference, in the order of coming."""
    query = select(Seat).where(Seat.conference_id == conference_id, col(Seat.knocked).is_not(None))
    query = query.where(col(Seat.removed).is_(None), col(Seat.banned).is_(None))
    return list((await session.exec(query.order_by(col(Seat.knocked), col(Seat.id)))).all())


async def extend(services: Services, conference_id: str, slug: str, seen: str, *, by: str | None) -> datetime:
    """Three minutes more. seen: the end (ISO) that the page showed, so that two who press at once give three minutes and not
    six. Raises NotFound; Conflict when something follows, or ("end_moved") when it ends at another time by now."""
    async with services.db.work() as work:
        room = await _held(work, conference_id, slug)
        if room.session.ends.isoformat() != seen:
            raise Conflict("end_moved")
        return await give_minutes(services, work, room, by)


async def end(services: Services, conference_id: str, slug: str, *, by: str | None) -> None:
    """The session is over now. Raises NotFound; Conflict before it has begun."""
    async with services.db.work() as work:
        await end_now(services, work, await _held(work, conference_id, slug), by)


async def begin(services: Services, conference_id: str, slug: str, *, by: str | None) -> None:
    """Note that the session has begun in fact; the first word counts. Raises NotFound, Conflict("over")."""
    async with services.db.work() as work:
        room = await _held(work, conference_id, slug)
        if work.now >= room.session.ends:
            raise Conflict("session_over")
        if room.session.began is None:
            _record(work, "session begun", room, by)
            note_begun(services, work, room.session)


def note_begun(services: Services, work: Work, session: Session) -> None:
    """For the console as well, which sees a room's own moderator on the stage."""
    session.began = work.now
    work.session.add(session)
    DeskChanged(session.conference_id).tell(services.outbox, work)


# -- people --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Invited:
    """How many were asked over; how many cannot be in the other room."""

    asked: int
    left_out: int


async def invite(
    services: Services, conference_id: str, slug: str, seats: Sequence[str], to: str, here: int, *, by: str | None
) -> Invited:
    """Ask people of a room over to another one. Their pages show a sentence and a button, nobody is dragged; the seat there is
    theirs at once, so neither a lock nor a lobby keeps them out.

    here: how many are in the other room now. Raises NotFound; Invalid for nobody or the same room, Conflict while the other room
    is closed, TooMany when they do not fit in.
    """
    async with services.db.work() as work:
        room, other = await _room(work, conference_id, slug), await _held(work, conference_id, to)
        if not seats or room.session.id == other.session.id:
            raise Invalid("nobody_to_move")
        people = [
            each for each in await store.seated_in(work.session, room.session.id, *seats) if each.person and not each.outside
        ]
        own = await _own_seats(work.session, other, [each.person for each in people if each.person])
        able = [each for each in people if _may_come(other, each, own.get(each.seat.person_id or ""), work.now)]
        if people and not able:
            raise Conflict("room_closed", door=rules.door_at(other.slot, other.times, people[0].role, work.now).value)
        if here + len(able) > rules.capacity_of(other.floor):
            raise TooMany("room_full", seats=rules.capacity_of(other.floor))
        for each in able:
            kept = _kept(services, work, other, each, own.get(each.seat.person_id or ""))
            work.session.add(kept)
            RoomInvited(room.session.id, each.seat.id, other.session.id, kept.id).tell(services.outbox, work)
        _record(work, "people asked over", room, by, to=other.session.id, count=len(able))
        changed(services, work, other)
    return Invited(len(able), len(seats) - len(able))


def _may_come(other: Room, each: Seated, seat: Seat | None, now: datetime) -> bool:
    if seat is not None and seat.banned is not None:
        return False
    return rules.door_at(other.slot, other.times, each.role, now) is Door.OPEN


def _kept(services: Services, work: Work, other: Room, each: Seated, seat: Seat | None) -> Seat:
    """The seat in the other room, which whoever comes finds as their own."""
    if seat is None:
        seat = Seat(
            id=services.ids.new(), conference_id=other.session.conference_id, session_id=other.session.id,
            person_id=each.seat.person_id, entered=work.now,
        )  # fmt: skip
    come_back(seat, work.now)
    seat.removed = seat.knocked = None
    return seat


async def _own_seats(session: AsyncSession, other: Room, people: Sequence[Person]) -> dict[str, Seat]:
    query = select(Seat).where(Seat.session_id == other.session.id, Seat.number == 1)
    found = (await session.exec(query.where(col(Seat.person_id).in_([each.id for each in people])))).all()
    return {seat.person_id: seat for seat in found if seat.person_id}


# -- what they share -----------------------------------------------------------------------------------------------------


async def _room(work: Work, conference_id: str, slug: str) -> Room:
    room = await store.room_by_slug(work.session, conference_id, slug)
    if room.session.place is Place.ON_SITE or room.session.kind is Kind.BREAK:
        raise NotFound("session", slug=slug)
    return room


async def _held(work: Work, conference_id: str, slug: str) -> Room:
    """The same, its session held until the end of the work: two who change its times come one after the other."""
    room = await _room(work, conference_id, slug)
    await locked(work, Session, room.session.id)
    return room


def _tell(services: Services, work: Work, room: Room, act: str, by: str | None) -> None:
    _record(work, act, room, by)
    changed(services, work, room)
    DeskChanged(room.session.conference_id).tell(services.outbox, work)


def _record(work: Work, act: str, room: Room, by: str | None, **facts: str | int) -> None:
    record(work, act, conference_id=room.session.conference_id, person_id=by, session=room.session.id, **facts)

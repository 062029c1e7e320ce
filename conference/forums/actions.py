"""What people do in a room. Each writes in one unit of work and tells the room; the media node hears after the commit.

Who acts is named by session and seat, which the caller knows from the socket or the cookie, never from a message.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.base.errors import Conflict, NotAllowed, TooMany
from conference.forums import rules, store
from conference.forums.acting import changed, me_in, out_of_front, silence, target_of, write
from conference.forums.grants import is_closed, leave_media, regrant
from conference.forums.model import Seat
from conference.forums.rules import Door
from conference.forums.stays import come_back
from conference.forums.store import Room, Seated
from conference.initiatives.model import Initiative
from conference.people.model import AccessToken, Feed, Person, Role
from conference.web.services import Services


@dataclass(frozen=True, slots=True)
class Window:
    """The page that enters. name: its own, kept through reloads (None: it takes over without a question); choice: "take" over
    from another one of the same person, or stand "beside" it; busy: seats that have an open page now."""

    name: str | None = None
    choice: str | None = None
    busy: Collection[str] = ()


ANY_WINDOW = Window()
Others = Callable[[AsyncSession, Room], Awaitable[int]]


async def enter(
    services: Services, session_id: str, person: Person, others: Others, window: Window = ANY_WINDOW
) -> tuple[Room, Seated]:
    """Take one's seat: a new one, or the one that was there before with its floor, hand and mute.

    others: how many seats but this person's count as present; who did not leave comes back in any case.
    The seat of a guest who has to wait in the lobby has `knocked`. Raises Conflict (facts: door) while the room is closed, or
    locked for who is new, or while the person is in by another page and has not chosen; NotAllowed for who was banned or is
    just being deleted, TooMany when it is full.
    """
    async with services.db.work() as work:
        await _still_there(work.session, person.id)
        room = await store.room_of(work.session, session_id)
        _same_conference(room, person)
        seats = await store.seats_of_person(work.session, session_id, person.id)
        held = await store.roles_held(work.session, session_id, person)
        role = store.role_among(held, person, next(iter(seats), None))
        _open(room, role, work)
        if any(seat.banned is not None for seat in seats):
            raise NotAllowed("banned")
        number = _number(seats, window)
        seat = next((each for each in seats if each.number == number), None)
        if seat is None or seat.left is not None:
            if room.forum.locked is not None and not rules.passes_lock(role):
                raise Conflict("room_locked")
            if rules.is_full(room.floor, await others(work.session, room), role):
                raise TooMany("room_full", seats=rules.capacity_of(room.floor))
            seat = seat or _new_seat(services, room, work, person_id=person.id, number=number)
            come_back(seat, work.now)
            seat.removed = None
            seat.knocked = work.now if room.forum.lobby is not None and rules.waits_in_lobby(role) else None
            changed(services, work, room)
            # Who makes a plenary meets behind the closed curtain first.
            backstage = number == 1 and role in rules.ON_STAGE and is_closed(room, work.now)
            seat.behind = work.now if backstage else None
        seat.window = window.name
        work.session.add(seat)
        initiative = await services.recent.get(("initiative", person.initiative_id), lambda: _initiative(work.session, person))
        return room, Seated(seat, person, initiative, "", store.role_among(held, person, seat))


async def enter_by_token(services: Services, session_id: str, token: AccessToken) -> Seated:
    """The seat of a bearer token: its person's, or one of its own that is shown by the token's label.

    Raises Conflict while the room is closed, NotAllowed.
    """
    async with services.db.work() as work:
        room = await store.room_of(work.session, session_id)
        if token.session_id != session_id:
            raise NotAllowed("token_of_another_session")
        if token.person_id is not None:
            await _still_there(work.session, token.person_id)
        _open(room, rules.role_of_token(token.role), work)
        if token.person_id is not None:
            seat = await store.seat_of_person(work.session, session_id, token.person_id)
        else:
            seat = await store.seat_of_token(work.session, session_id, token.digest)
        if seat is None:
            digest = token.digest if token.person_id is None else None
            seat = _new_seat(services, room, work, person_id=token.person_id, token=digest)
            # The deputy of a studio's feed is held back until it is needed.
            seat.behind = work.now if room.is_plenary and token.person_id is None and token.feed is Feed.DEPUTY else None
        if seat.banned is not None:
            raise NotAllowed("banned")
        if (seat.left is not None or seat.removed is not None) and room.forum.locked is not None and token.role == "viewer":
            raise Conflict("room_locked")
        come_back(seat, work.now)
        seat.removed = None
        work.session.add(seat)
        changed(services, work, room)
        await work.session.flush()
        return await _seated(work.session, seat)


async def leave(services: Services, session_id: str, seat_id: str) -> None:
    """Go, and give back the floor and the place in the queue."""
    async with services.db.work() as work:
        room, me = await me_in(work.session, session_id, seat_id)
        me.seat.left = work.now
        silence(me.seat)
        await out_of_front(work.session, room, seat_id)
        write(services, work, room, me)
    await leave_media(services.media, room, seat_id)


async def mute(services: Services, session_id: str, by: str, seat_id: str) -> None:
    """Hold back somebody's microphone until they switch it on again themselves. Raises NotAllowed, NotFound."""
    async with services.db.work() as work:
        await store.moderating(work.session, session_id, by)
        room, target = await target_of(work.session, session_id, by, seat_id)
        target.seat.muted = True
        write(services, work, room, target)
    await regrant(services.media, services.clock, room, [target])


async def unmute(services: Services, session_id: str, seat_id: str) -> None:
    """End a mute of one's own microphone. Nobody can do this for somebody else."""
    async with services.db.work() as work:
        room, me = await me_in(work.session, session_id, seat_id)
        me.seat.muted = False
        write(services, work, room, me)
    await regrant(services.media, services.clock, room, [me])


def _number(seats: Sequence[Seat], window: Window) -> int:
    """Which of the person's seats a page takes. Raises Conflict when the person has to choose, or has too many."""
    if window.name is None or window.choice == "take":
        return 1
    mine = next((seat.number for seat in seats if seat.window == window.name and seat.left is None), None)
    busy = {seat.number for seat in seats if seat.id in window.busy}
    if mine is not None:
        return mine
    if 1 not in busy:
        return 1
    if window.choice != "beside":
        raise Conflict("elsewhere")
    free = [number for number in range(2, rules.SEATS_OF_ONE + 1) if number not in busy]
    if not free:
        raise Conflict("too_many_devices")
    return free[0]


def _new_seat(
    services: Services, room: Room, work: Work, person_id: str | None, token: str | None = None, number: int = 1
) -> Seat:
    return Seat(
        id=services.ids.new(),
        conference_id=room.session.conference_id,
        session_id=room.session.id,
        person_id=person_id,
        token=token,
        entered=work.now,
        number=number,
    )


async def _still_there(session: AsyncSession, person_id: str) -> None:
    """Holds the person until the seat is written: whoever deletes them waits and then finds the seat, or was first. The weakest
    lock, which seats would take by themselves. Raises NotAllowed."""
    held = select(Person.id).where(Person.id == person_id).with_for_update(read=True, key_share=True)
    if (await session.exec(held)).first() is None:
        raise NotAllowed("strangers_have_no_seat")


def _same_conference(room: Room, person: Person) -> None:
    if person.conference_id not in (None, room.session.conference_id):
        raise NotAllowed("person_of_another_conference")


def _open(room: Room, role: Role, work: Work) -> None:
    door = rules.door_at(room.slot, room.times, role, work.now)
    if door is not Door.OPEN:
        raise Conflict("room_closed", door=door.value)


async def _initiative(session: AsyncSession, person: Person) -> str | None:
    found = await session.get(Initiative, person.initiative_id) if person.initiative_id is not None else None
    return found.name if found is not None else None


async def _seated(session: AsyncSession, seat: Seat) -> Seated:
    return (await store.seated_in(session, seat.session_id, seat.id))[0]

"""Hands and the floor: one queue for all ways of speaking, and who speaks. The media node hears after the commit.

Who acts is named by session and seat, which the caller knows from the socket, never from a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.errors import Conflict, Invalid, NotAllowed
from conference.forums import rules, store
from conference.forums.acting import changed, lower, me_in, silence, target_of, write
from conference.forums.grants import regrant
from conference.forums.model import Way
from conference.forums.store import Seated
from conference.people.model import Role
from conference.program.model import Floor
from conference.web.services import Services


async def raise_hand(services: Services, session_id: str, seat_id: str, way: Way = Way.VOICE) -> None:
    """Queue up, at the end. A hand that is up already keeps its place and changes its way. Raises NotAllowed."""
    async with services.db.work() as work:
        room, me = await me_in(work.session, session_id, seat_id)
        if me.role is Role.CAPTIONER:
            raise NotAllowed("captioners_do_not_speak")
        if me.beside:
            raise NotAllowed("beside_listens")
        me.seat.way = way
        if me.seat.hand is None and not me.seat.has_floor:
            waiting = await _waiting(work.session, session_id)
            me.seat.hand, me.seat.turn = work.now, max((seated.seat.turn or 0 for seated in waiting), default=0) + 1
        write(services, work, room, me)


async def lower_hand(services: Services, session_id: str, seat_id: str, whose: str | None = None) -> None:
    """Take back one's own hand, or (moderators) somebody's. Raises NotAllowed, NotFound."""
    async with services.db.work() as work:
        room, target = await target_of(work.session, session_id, seat_id, whose or seat_id)
        if target.seat.hand is not None:
            lower(target.seat)
            write(services, work, room, target)


async def lower_all(services: Services, session_id: str, by: str) -> None:
    """Empty the queue. Raises NotAllowed."""
    async with services.db.work() as work:
        await store.moderating(work.session, session_id, by)
        room = await store.room_of(work.session, session_id)
        for seated in await _waiting(work.session, session_id):
            lower(seated.seat)
            work.session.add(seated.seat)
        changed(services, work, room)


async def move_hand(services: Services, session_id: str, by: str, whose: str, before: str | None) -> None:
    """Put a hand in front of another, or (None) at the end. Raises NotAllowed, NotFound; Conflict for a hand that is down."""
    async with services.db.work() as work:
        await store.moderating(work.session, session_id, by)
        room, target = await target_of(work.session, session_id, by, whose)
        if before is not None:
            await store.seat_in(work.session, session_id, before)
        if target.hand is None:
            raise Conflict("hand_is_down")
        await _reorder(work.session, session_id, whose, before)
        write(services, work, room, target)


async def return_to_queue(services: Services, session_id: str, by: str, whose: str) -> None:
    """Take the floor from somebody who goes on later: the hand is up again, first in the queue. Raises NotAllowed, NotFound;
    Conflict for who has no floor."""
    async with services.db.work() as work:
        await store.moderating(work.session, session_id, by)
        room, target = await target_of(work.session, session_id, by, whose)
        if not target.seat.has_floor:
            raise Conflict("floor_is_gone")
        first = next(iter(rules.in_order(_hands(await _waiting(work.session, session_id)))), None)
        silence(target.seat)
        target.seat.hand = work.now
        await work.session.flush()
        await _reorder(work.session, session_id, whose, first)
        write(services, work, room, target)
    await regrant(services.media, services.clock, room, [target])


async def give_floor(services: Services, session_id: str, by: str, to: str, minutes: int | None = None) -> None:
    """Let somebody speak; the hand goes down. minutes: how long is agreed; given again, the time begins anew.

    Raises NotAllowed for who does not moderate, NotFound for a stranger's seat, Conflict for who cannot speak.
    """
    async with services.db.work() as work:
        await store.moderating(work.session, session_id, by)
        room, target = await target_of(work.session, session_id, by, to)
        if target.role is Role.CAPTIONER or target.beside or not target.publishes:
            raise Conflict("cannot_have_floor")
        # Being called to speak ends an earlier mute: the microphone still opens only by the person's own hand.
        if not target.seat.has_floor:
            target.seat.muted = False
        lower(target.seat)
        target.seat.has_floor = True
        target.seat.floor_until = work.now + timedelta(minutes=minutes) if minutes is not None else None
        write(services, work, room, target)
    await regrant(services.media, services.clock, room, [target])


async def take_floor(services: Services, session_id: str, by: str, seat_id: str) -> None:
    """Take the floor back: a moderator from anybody, everybody from themselves. Raises NotAllowed, NotFound."""
    async with services.db.work() as work:
        room, target = await target_of(work.session, session_id, by, seat_id)
        target.seat.has_floor, target.seat.floor_until = False, None
        write(services, work, room, target)
    await regrant(services.media, services.clock, room, [target])


async def set_floor(services: Services, session_id: str, by: str, floor: Floor, microphones_free: bool) -> None:
    """Change how open the floor is. Raises NotAllowed; Conflict in a plenary, where only the stage speaks."""
    async with services.db.work() as work:
        await store.moderating(work.session, session_id, by)
        if (await store.room_of(work.session, session_id)).is_plenary and floor is not Floor.STAGE:
            raise Conflict("plenary_floor")
        forum = await store.forum_for_change(work.session, session_id)
        forum.floor, forum.microphones_free = floor, microphones_free
        await work.session.flush()
        room = await store.room_of(work.session, session_id)
        everybody = [seated for seated in await store.seated_in(work.session, session_id) if seated.seat.left is None]
        changed(services, work, room)
    await regrant(services.media, services.clock, room, everybody)


def floor_named(name: object) -> Floor:
    """Raises Invalid for what is no floor."""
    try:
        return Floor(str(name))
    except ValueError:
        raise Invalid("floor", allowed=[floor.value for floor in Floor]) from None


def way_named(name: object) -> Way:
    """None is by voice. Raises Invalid for what is no way of speaking."""
    try:
        return Way.VOICE if name is None else Way(str(name))
    except ValueError:
        raise Invalid("field", field="way") from None


def minutes_named(number: object) -> int | None:
    """Raises Invalid for a time that no moderator can choose."""
    if number is None:
        return None
    if not isinstance(number, int) or isinstance(number, bool) or number not in rules.MINUTES:
        raise Invalid("field", field="minutes")
    return number


async def _waiting(session: AsyncSession, session_id: str) -> list[Seated]:
    return [seated for seated in await store.seated_in(session, session_id) if seated.hand is not None]


def _hands(waiting: Sequence[Seated]) -> list[rules.Hand]:
    return [hand for seated in waiting if (hand := seated.hand) is not None]


async def _reorder(session: AsyncSession, session_id: str, seat_id: str, before: str | None) -> None:
    """Number the whole queue anew, with one hand at its new place."""
    waiting = {seated.seat.id: seated for seated in await _waiting(session, session_id)}
    order = rules.in_order(_hands(list(waiting.values())))
    for turn, each in enumerate(rules.moved(order, seat_id, before), start=1):
        waiting[each].seat.turn = turn
        session.add(waiting[each].seat)

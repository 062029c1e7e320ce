"""What only moderators do beside leading the queue: the clock, the door, roles, notes, the call for help.

Each writes in one unit of work and tells the room; the media node hears after the commit.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.audit import record
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, NotAllowed
from conference.forums import rules, store
from conference.forums.acting import changed, out_of_front, silence, target_of, write
from conference.forums.events import DeskChanged
from conference.forums.grants import leave_media, regrant
from conference.forums.model import Forum
from conference.forums.store import Room, Seated
from conference.people.model import Role
from conference.program.actions import move_end
from conference.program.store import next_start
from conference.web.services import Services


async def extend(services: Services, session_id: str, by: str) -> datetime:
    """Three minutes more, in the program as well; returns the new end. Raises NotAllowed; Conflict when something follows."""
    async with services.db.work() as work:
        moderator = await store.moderating(work.session, session_id, by)
        room = await store.room_of(work.session, session_id)
        return await give_minutes(services, work, room, moderator.seat.person_id)


async def give_minutes(services: Services, work: Work, room: Room, by: str | None) -> datetime:
    """Three minutes more for a room, by the person `by`, whose right the caller has asked. Raises Conflict."""
    before, session, conference = room.session.ends, room.session.id, room.session.conference_id
    ends = rules.extended(room.slot, room.times, await next_start(work.session, room.session), work.now)
    if ends is None:
        raise Conflict("no_more_time")
    (await store.forum_for_change(work.session, session)).extended = work.now
    await move_end(work, services.outbox, room.session, ends, by=by)
    record(work, "session.extended", conference_id=conference, person_id=by, session=session, before=before, after=ends)
    DeskChanged(conference).tell(services.outbox, work)
    changed(services, work, room)
    return ends


async def end(services: Services, session_id: str, by: str) -> datetime:
    """The session is over now, in the program as well; its room stays open for a while, and nothing of it is deleted. Returns its
    end; ending what is over changes nothing. Raises NotAllowed; Conflict before it has begun."""
    async with services.db.work() as work:
        moderator = await store.moderating(work.session, session_id, by)
        return await end_now(services, work, await store.room_of(work.session, session_id), moderator.seat.person_id)


async def end_now(services: Services, work: Work, room: Room, by: str | None) -> datetime:
    """End a session, by the person `by`, whose right the caller has asked. Raises Conflict before it has begun."""
    before, session, conference = room.session.ends, room.session.id, room.session.conference_id
    if work.now <= room.session.starts:
        raise Conflict("not_begun")
    if work.now < before:
        room.session.ended = work.now
        await move_end(work, services.outbox, room.session, work.now, by=by)
        record(work, "session.ended", conference_id=conference, person_id=by, session=session, before=before, after=work.now)
        DeskChanged(conference).tell(services.outbox, work)
        changed(services, work, room)
    return room.session.ends


# -- the door ----------------------------------------------------------------------------------------------------------


async def remove(services: Services, session_id: str, by: str, seat_id: str, ban: bool = False) -> None:
    """Put somebody out of the room; ban: and keep them out until that is lifted.

    Raises NotAllowed, NotFound; Conflict for who moderates themselves.
    """
    async with services.db.work() as work:
        moderator = await store.moderating(work.session, session_id, by)
        room, target = await target_of(work.session, session_id, by, seat_id)
        if rules.may_moderate(target.role):
            raise Conflict("moderators_stay")
        _out(work, target)
        await out_of_front(work.session, room, seat_id)
        target.seat.banned = work.now if ban else None
        _record(work, "room.banned" if ban else "room.removed", room, moderator, target)
        write(services, work, room, target)
    await leave_media(services.media, room, seat_id)


async def lift_ban(services: Services, session_id: str, by: str, seat_id: str) -> None:
    """Let somebody come back. Raises NotAllowed, NotFound."""
    async with services.db.work() as work:
        moderator = await store.moderating(work.session, session_id, by)
        target = await store.any_seat_in(work.session, session_id, seat_id)
        room = await store.room_of(work.session, session_id)
        if target.seat.banned is not None:
            target.seat.banned = None
            _record(work, "room.ban_lifted", room, moderator, target)
            write(services, work, room, target)


async def lock(services: Services, session_id: str, by: str, on: bool) -> None:
    """Keep newcomers out; who is inside stays, and comes back. Raises NotAllowed."""
    async with services.db.work() as work:
        forum, room = await _forum(work.session, session_id, by)
        forum.locked = work.now if on else None
        changed(services, work, room)


async def set_lobby(services: Services, session_id: str, by: str, on: bool) -> None:
    """Let guests wait until they are admitted; without a lobby those who wait are let in. Raises NotAllowed."""
    async with services.db.work() as work:
        forum, room = await _forum(work.session, session_id, by)
        forum.lobby = work.now if on else None
        if not on:
            for seated in await store.seated_in(work.session, session_id):
                if seated.seat.knocked is not None:
                    seated.seat.knocked = None
                    work.session.add(seated.seat)
        changed(services, work, room)


async def answer_knock(services: Services, session_id: str, by: str, seat_id: str, admit: bool) -> None:
    """Let somebody in from the lobby, or send them away (they may knock again). Raises NotAllowed, NotFound."""
    async with services.db.work() as work:
        await store.moderating(work.session, session_id, by)
        target = await store.any_seat_in(work.session, session_id, seat_id)
        if target.seat.knocked is None:
            return  # somebody else was faster
        target.seat.knocked = None
        if not admit:
            _out(work, target)
        write(services, work, await store.room_of(work.session, session_id), target)


# -- who is in front ---------------------------------------------------------------------------------------------------


async def spotlight(services: Services, session_id: str, by: str, seat_id: str | None) -> None:
    """Show somebody in front to everybody; None: nobody any more. Raises NotAllowed, NotFound."""
    async with services.db.work() as work:
        forum, room = await _forum(work.session, session_id, by)
        if seat_id is not None:
            await store.seat_in(work.session, session_id, seat_id)
        forum.spotlight = seat_id
        changed(services, work, room)


async def promote(services: Services, session_id: str, by: str, seat_id: str, on: bool) -> None:
    """Make somebody a moderator of this room, or take that back. Raises NotAllowed, NotFound; Conflict for guests, feeds and
    captioners, and for taking it from who moderates by role."""
    async with services.db.work() as work:
        moderator = await store.moderating(work.session, session_id, by)
        room, target = await target_of(work.session, session_id, by, seat_id)
        if target.person is None or target.role in (Role.GUEST, Role.CAPTIONER):
            raise Conflict("cannot_moderate")
        if not on and target.seat.promoted is None and rules.may_moderate(target.role):
            raise Conflict("moderates_by_role")
        target.seat.promoted = work.now if on else None
        _record(work, "room.promoted" if on else "room.demoted", room, moderator, target)
        write(services, work, room, target)
        await work.session.flush()
        room, target = await store.room_of(work.session, session_id), await store.any_seat_in(work.session, session_id, seat_id)
    await regrant(services.media, services.clock, room, [target])


# -- among moderators --------------------------------------------------------------------------------------------------


async def write_notes(services: Services, session_id: str, by: str, text: object, seen: object) -> dict[str, str | None]:
    """Save the moderators' shared notes; the last writer wins. seen: the instant (ISO) of the notes that the writer knew.

    Returns `changed`, the new instant, and `over`, the seat whose later text was replaced. Raises NotAllowed, Invalid.
    """
    kept = rules.note_text(text)
    if kept is None:
        raise Invalid("notes_text")
    async with services.db.work() as work:
        forum, room = await _forum(work.session, session_id, by)
        known = forum.notes_changed.isoformat() if forum.notes_changed is not None else None
        over = forum.notes_by if known != seen and forum.notes_by != by else None
        forum.notes, forum.notes_by, forum.notes_changed = kept, by, work.now
        changed(services, work, room)
    return {"changed": work.now.isoformat(), "over": over}


async def call_for_help(services: Services, session_id: str, by: str, on: bool) -> None:
    """Call the organisers to this room, or take the call back. Raises NotAllowed."""
    async with services.db.work() as work:
        forum, room = await _forum(work.session, session_id, by)
        if on and forum.help_asked is not None:
            return
        forum.help_asked, forum.help_by = (work.now, by) if on else (None, None)
        DeskChanged(room.session.conference_id).tell(services.outbox, work)
        changed(services, work, room)


async def help_done(services: Services, session_id: str, by: str, done_in: str) -> None:
    """An organiser in any room says that another room's call is answered. Raises NotAllowed, NotFound."""
    async with services.db.read() as session:
        organiser = await store.acting(session, session_id, by)
        here, there = await store.room_of(session, session_id), await store.room_of(session, done_in)
    if organiser.role not in (Role.ORGANISER, Role.TECHNICAL_DIRECTOR):
        raise NotAllowed("organisers_only")
    if here.session.conference_id != there.session.conference_id:
        raise NotAllowed("person_of_another_conference")
    await end_call(services, done_in)


async def end_call(services: Services, session_id: str) -> None:
    """The call of a room is answered. Who may say so is asked by the caller. Raises NotFound."""
    async with services.db.work() as work:
        room = await store.room_of(work.session, session_id)
        forum = await store.forum_for_change(work.session, session_id)
        forum.help_asked, forum.help_by = None, None
        DeskChanged(room.session.conference_id).tell(services.outbox, work)
        changed(services, work, room)


async def _forum(session: AsyncSession, session_id: str, by: str) -> tuple[Forum, Room]:
    """What the moderator `by` changes. Raises NotAllowed."""
    await store.moderating(session, session_id, by)
    forum = await store.forum_for_change(session, session_id)
    await session.flush()
    return forum, await store.room_of(session, session_id)


def _out(work: Work, target: Seated) -> None:
    target.seat.removed, target.seat.left = work.now, work.now
    silence(target.seat)


def _record(work: Work, act: str, room: Room, by: Seated, target: Seated) -> None:
    record(
        work, act, conference_id=room.session.conference_id, person_id=by.seat.person_id, session=room.session.id,
        target=target.seat.person_id or target.seat.id,
    )  # fmt: skip

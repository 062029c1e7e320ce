"""What is lasting about words: whether all may write, who writes the captions, who signs, who interprets.

Each writes in one unit of work and tells the room; the media node hears after the commit. What is written itself is never kept.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.errors import Conflict, NotAllowed, NotFound
from conference.forums import rules, store
from conference.forums.acting import changed, me_in, target_of, write
from conference.forums.grants import regrant
from conference.forums.store import Room, Seated
from conference.people.model import Role
from conference.web.services import Services
from media.gateway import Source


async def set_text(services: Services, session_id: str, by: str, free: bool) -> None:
    """Let everybody write, or only those who speak and the stage. Raises NotAllowed."""
    async with services.db.work() as work:
        await store.moderating(work.session, session_id, by)
        forum = await store.forum_for_change(work.session, session_id)
        forum.text_closed = None if free else work.now
        await work.session.flush()
        changed(services, work, await store.room_of(work.session, session_id))


async def begin_captions(services: Services, session_id: str, by: str, gone: Collection[str]) -> str | None:
    """Become the one who writes the captions, because nobody does, or who did is not there (gone). Returns who did before.
    Raises Conflict (facts: name) while somebody else writes."""
    async with services.db.work() as work:
        forum = await store.forum_for_change(work.session, session_id)
        await work.session.flush()
        before = forum.captioner
        if before is not None and before != by and before not in gone:
            name = (await store.any_seat_in(work.session, session_id, before)).name
            raise Conflict("somebody_captions", name=name)
        forum.captioner = by
        changed(services, work, await store.room_of(work.session, session_id))
    return before if before != by else None


async def hand_captions(services: Services, session_id: str, by: str, to: str | None) -> str | None:
    """Take the captions over (to: oneself), hand them to another captioner, or (None) let whoever writes next begin.

    Returns who wrote before. Raises NotAllowed for who does not caption, NotFound for who is no captioner of this room.
    """
    async with services.db.work() as work:
        room, me = await me_in(work.session, session_id, by)
        if not rules.may_caption(me.role):
            raise NotAllowed("captioners_only")
        if to is not None and not rules.may_caption((await store.seat_in(work.session, session_id, to)).role):
            raise NotFound("seat", id=to)
        forum = await store.forum_for_change(work.session, session_id)
        await work.session.flush()
        before, forum.captioner = forum.captioner, to
        changed(services, work, room)
    return before if before != to else None


# -- signing -------------------------------------------------------------------------------------------------------------


async def set_signing(services: Services, session_id: str, by: str, seat_id: str, on: bool) -> None:
    """Speak by signing, from now on; end it for oneself, or (moderators) for somebody. Who was given the floor to sign gives
    it back to end it. Raises NotAllowed, NotFound; Conflict for who may not show the camera, or interprets."""
    async with services.db.work() as work:
        room, target = await target_of(work.session, session_id, by, seat_id)
        if on and seat_id != by:
            raise NotAllowed("own_signing_only")
        if on and (target.role is Role.INTERPRETER or Source.CAMERA not in target.sources(room)):
            raise Conflict("cannot_sign")
        target.seat.signs = work.now if on else None
        write(services, work, room, target)
    await regrant(services.media, services.clock, room, [target])


async def hand_interpreting(services: Services, session_id: str, by: str, to: str) -> None:
    """Let an interpreter have the interpreters' place. By interpreters and moderators. Raises NotAllowed, NotFound."""
    async with services.db.work() as work:
        _, me = await me_in(work.session, session_id, by)
        if me.role is not Role.INTERPRETER and not rules.may_moderate(me.role):
            raise NotAllowed("interpreters_only")
        target = await store.seat_in(work.session, session_id, to)
        if target.role is not Role.INTERPRETER or target.beside or target.outside:
            raise NotFound("seat", id=to)
        forum = await store.forum_for_change(work.session, session_id)
        forum.signer = to
        await work.session.flush()
        room = await store.room_of(work.session, session_id)
        changed(services, work, room)
        interpreters = await _interpreters(work.session, room)
    await regrant(services.media, services.clock, room, interpreters)


async def _interpreters(session: AsyncSession, room: Room) -> list[Seated]:
    everybody = await store.seated_in(session, room.session.id)
    return [seated for seated in everybody if seated.role is Role.INTERPRETER and not seated.outside and not seated.beside]

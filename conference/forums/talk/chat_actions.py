"""What people do in the chat of a room, and what is forgotten of it. Each is one unit of work that tells the room."""

from __future__ import annotations

from conference.base.errors import Conflict, Invalid, NotAllowed
from conference.forums import store as rooms
from conference.forums.rules import closes_at, may_moderate
from conference.forums.talk import rules, store
from conference.forums.talk.actions import changed
from conference.forums.talk.model import ChatLine, Taken
from conference.web.services import Services

LINES_PER_MINUTE = 30
LINES_AT_ONCE = 8


async def say_line(
    services: Services, session_id: str, seat_id: str, text: object, client: str, reply_to: str | None
) -> ChatLine:
    """Say something, once: the same `client` again finds the line that is there.

    Raises Invalid, NotAllowed, NotFound, TooMany.
    """
    cleaned = rules.clean(text, rules.LINE_LENGTH)
    if cleaned is None:
        raise Invalid("chat_text", longest=rules.LINE_LENGTH)
    async with services.db.work() as work:
        await rooms.acting(work.session, session_id, seat_id)
        talk = await store.talk_for_change(work, session_id)
        known = await store.line_by_client(work.session, seat_id, client)
        if known is not None:
            return known
        services.limits.check("chat", seat_id, per_minute=LINES_PER_MINUTE, burst=LINES_AT_ONCE)
        if reply_to is not None:
            await store.line_in(work.session, session_id, reply_to)
        line = ChatLine(
            id=services.ids.new(), session_id=session_id, seat_id=seat_id, client=client, text=cleaned, reply_to=reply_to,
            number=talk.changes, at=work.now, change=talk.changes,
        )  # fmt: skip
        work.session.add(line)
        changed(services, work, talk)
        return line


async def delete_line(services: Services, session_id: str, seat_id: str, line_id: str) -> None:
    """Take one's own line back, or (moderators) anybody's, which leaves a trace. The text is gone from the database.

    Raises NotFound, NotAllowed.
    """
    async with services.db.work() as work:
        by = await rooms.acting(work.session, session_id, seat_id)
        talk = await store.talk_for_change(work, session_id)
        line = await store.line_in(work.session, session_id, line_id)
        own = line.seat_id == seat_id
        if not own and not may_moderate(by.role):
            raise NotAllowed("moderators_only")
        if line.taken is not None:
            raise Conflict("line_taken")
        line.taken, line.text, line.change = Taken.AUTHOR if own else Taken.MODERATION, "", talk.changes
        work.session.add(line)
        changed(services, work, talk)


async def forget_ended_chats(services: Services) -> int:
    """Delete the chat of rooms that closed a while ago and whose organisers did not decide to keep it; the number of lines."""
    async with services.db.read() as session:
        candidates = [await rooms.room_of(session, name) for name in await store.sessions_with_passing_chat(session)]
    now, forgotten = services.clock.now(), 0
    for room in candidates:
        if now < closes_at(room.slot, room.times) + rules.CHAT_GRACE:
            continue
        async with services.db.work() as work:
            talk = await store.talk_for_change(work, room.session.id)
            if not talk.keeps_chat:
                talk.cleared = talk.changes
                forgotten += await store.delete_lines(work.session, room.session.id)
    return forgotten

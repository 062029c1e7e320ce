"""What only moderators do beside leading the queue: the session's clock. Each writes in one unit of work and tells the room."""

from __future__ import annotations

from datetime import datetime

from conference.base.audit import record
from conference.base.errors import Conflict
from conference.forums import rules, store
from conference.forums.acting import changed
from conference.forums.events import DeskChanged
from conference.program.actions import move_end
from conference.program.store import next_start
from conference.web.services import Services


async def extend(services: Services, session_id: str, by: str) -> datetime:
    """Three minutes more, in the program as well; returns the new end. Raises NotAllowed; Conflict when something follows."""
    async with services.db.work() as work:
        moderator = await store.moderating(work.session, session_id, by)
        room = await store.room_of(work.session, session_id)
        before = room.session.ends
        ends = rules.extended(room.slot, room.times, await next_start(work.session, room.session), work.now)
        if ends is None:
            raise Conflict("no_more_time")
        move_end(work, services.outbox, room.session, ends)
        conference = room.session.conference_id
        record(
            work, "session.extended", conference_id=conference, person_id=moderator.seat.person_id, session=session_id,
            before=before, after=ends,
        )  # fmt: skip
        DeskChanged(conference).tell(services.outbox, work)
        changed(services, work, room)
    return ends

"""A session that its moderation ends: over in the program at once, the room open for a while, and the way to the sheet."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from conference.base.audit import AuditEntry
from conference.people.model import Role
from conference.program.model import Session
from tests.forums.house import NOW, House


async def test_the_session_is_over_and_the_room_stays_open(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, _ = await rooms.joined("anna")
    begun = rooms.clock.now()
    assert await anna.refusal("room.end") == "moderators_only"
    answer = await mo.ask("room.end")
    assert answer["ends"] == begun.isoformat()
    told = await anna.hear(lambda frame: frame["type"] == "room.clock" and frame["ends"] == answer["ends"])
    assert told["closes"] == (begun + timedelta(minutes=30)).isoformat()
    rooms.clock.advance(minutes=5)
    assert (await mo.ask("room.end"))["ends"] == answer["ends"]  # what is over stays as it is
    async with rooms.services.db.read() as db:
        assert [entry.act for entry in await db.exec(select(AuditEntry)) if entry.act == "session.ended"] == ["session.ended"]


async def test_what_has_not_begun_cannot_be_ended(rooms: House) -> None:
    async with rooms.services.db.work() as work:
        session = await work.session.get(Session, "forum")
        assert session is not None
        session.starts = NOW + timedelta(minutes=10)
        work.session.add(session)
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    assert await mo.refusal("room.end") == "not_begun"

"""Purging leaves nothing of a conference's rooms behind, and everything of the others."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from conference.base.db import metadata
from conference.forums.actions_purge import forget_purged_rooms, tables_of_rooms
from conference.forums.check.model import CheckResult, Outcome
from conference.forums.talk.announcing import announce
from conference.people.model import Role
from tests.forums.house import NOW, House
from tests.forums.talk.test_chat import says
from tests.forums.talk.test_polls import drafts
from tests.forums.talk.test_questions import asks, came


async def counts(rooms: House) -> dict[str, int]:
    async with rooms.services.db.read() as session:
        return {
            table.name: (await session.exec(select(func.count()).select_from(table))).scalar_one()  # type: ignore[call-overload]
            for table in tables_of_rooms()
        }


async def test_a_purged_conference_leaves_nothing_of_its_rooms(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    mo, anna = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "anna")
    question, poll = await asks(anna, "Und dann?"), await drafts(mo)
    await says(anna, "Guten Tag")
    await mo.browser.ask("question.vote", question=question, up=True)
    await anna.browser.ask("poll.vote", poll=poll, choices=[0])
    await mo.browser.ask("room.notes", text="Anna zuerst", seen=None)
    await announce(rooms.services, "c1", {"de": "Pause"}, None)
    await rooms.add(CheckResult(person_id="anna", outcome=Outcome.PASSED, at=NOW))
    far = rooms.browser(await rooms.person("fern", conference_id="c2"))
    await far.enter("foreign")
    full = await counts(rooms)
    for name in ("seat", "forum", "talk", "question", "upvote", "chatline", "poll", "ballot", "announcement", "checkresult"):
        assert full[name], name

    assert await forget_purged_rooms(rooms.services) == 0  # not yet
    conference = rooms.conference
    conference.purge = NOW - timedelta(seconds=1)
    async with rooms.services.db.work() as work:
        await work.session.merge(conference)
    assert await forget_purged_rooms(rooms.services) == sum(full.values()) - 1
    left = {name: n for name, n in (await counts(rooms)).items() if n}
    assert left == {"seat": 1}  # of the other conference
    assert await forget_purged_rooms(rooms.services) == 0


def test_nothing_outside_refers_to_what_is_purged() -> None:
    gone = {table.name for table in tables_of_rooms()}
    assert {"seat", "forum", "talk"} <= gone
    for table in metadata.sorted_tables:
        refers = {key.column.table.name for column in table.columns for key in column.foreign_keys}
        assert table.name in gone or not refers & gone, table.name

"""The session's clock: three minutes more, as far as there is time; everybody, the program and the desk learn of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from conference.base.audit import AuditEntry
from conference.forums import rules
from conference.live.model import OutboxRow
from conference.people.model import Role
from conference.program.model import Kind, Session
from media.gateway import Direction, Grant
from tests.forums.house import NOW, House, at, session_row
from tests.forums.test_rules import SLOT, TIMES

THREE = timedelta(minutes=3)


def test_three_minutes_more_as_far_as_there_is_time() -> None:
    ends, now = SLOT.ends, SLOT.ends - timedelta(minutes=20)
    assert rules.extended(SLOT, TIMES, None, now) == ends + THREE
    assert rules.extended(SLOT, TIMES, ends + THREE, now) == ends + THREE
    assert rules.extended(SLOT, TIMES, ends + THREE - timedelta(seconds=1), now) is None
    assert rules.extended(SLOT, TIMES, None, TIMES.archive - timedelta(minutes=2)) is None


@pytest.mark.parametrize(("late", "more"), [(0, 3), (1, 4), (60, 4), (61, 5), (-1, 3)])
def test_after_the_end_the_minutes_count_from_now(late: int, more: int) -> None:
    now = SLOT.ends + timedelta(seconds=late)
    assert rules.extended(SLOT, TIMES, None, now) == SLOT.ends + timedelta(minutes=more)


async def ends_of(rooms: House, session: str) -> datetime:
    async with rooms.services.db.read() as reading:
        found = await reading.get(Session, session)
    assert found is not None
    return found.ends


async def test_everybody_the_program_and_the_desk_learn_of_it(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await rooms.node.connect("forum", seat, Direction.RECEIVE, "offer", Grant(frozenset(), 0.0, 0))
    await rooms.until(lambda: rooms.keeper.presence.with_media("forum"))
    await rooms.keeper.refresh("forum")
    before = rooms.node.grants["forum", seat][-1]
    answer = await mo.ask("room.extend")
    told = await anna.hear(lambda frame: frame["type"] == "room.clock" and frame["ends"] == answer["ends"])
    assert answer["ends"] == at(123).isoformat()
    assert (told["closes"], told["extended"]) == (at(153).isoformat(), NOW.isoformat())
    late, _ = await rooms.joined("late")
    assert not any(frame["type"] == "room.clock" and frame["extended"] != NOW.isoformat() for frame in late.frames)
    assert await ends_of(rooms, "forum") == at(123)
    await rooms.until(lambda: rooms.node.grants["forum", seat][-1] != before)  # the call may last as long as the room
    async with rooms.services.db.read() as reading:
        entry = (await reading.exec(select(AuditEntry))).one()
        kinds = {row.kind for row in (await reading.exec(select(OutboxRow))).all()}
    assert (entry.act, entry.person_id, entry.facts["session"]) == ("session.extended", "mo", "forum")
    assert {"desk.changed", "board", "timeline", "room.changed"} <= kinds


async def test_only_as_far_as_the_next_session_allows(rooms: House) -> None:
    await rooms.add(
        session_row("pause", starts=at(120), ends=at(124), kind=Kind.BREAK),
        session_row("next", starts=at(124), ends=at(150)),
        session_row("abroad", starts=at(120), ends=at(150), conference="c2"),
    )
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    await mo.ask("room.extend")  # a break gives way
    assert await mo.refusal("room.extend") == "no_more_time"
    assert await ends_of(rooms, "forum") == at(123)


async def test_who_does_not_moderate_extends_nothing(rooms: House) -> None:
    anna, _ = await rooms.joined("anna")
    assert await anna.refusal("room.extend") == "moderators_only"
    person = await rooms.person("mo", Role.MODERATOR, session="stage")
    mo = rooms.browser(person)
    await mo.enter("forum")
    assert await mo.refusal("room.extend") == "moderators_only"
    assert await ends_of(rooms, "forum") == at(120)


async def test_the_clock_stands_in_the_answer(rooms: House) -> None:
    anna, _ = await rooms.joined("anna")
    entered = await anna.enter()
    assert (entered["starts"], entered["ends"], entered["closes"]) == tuple(at(n).isoformat() for n in (60, 120, 150))
    assert entered["extended"] is None

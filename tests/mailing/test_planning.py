"""Reminders go out by the conference's clock, once, wherever its program is moved; and what a purge leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from sqlmodel import select

from conference.access.model import Conference
from conference.mailing.actions import put_template, stop, write_to
from conference.mailing.model import Delivery, LetterKind, LetterTemplate, Mailing, MailingState
from conference.mailing.planning import begin_what_is_due, end_what_is_done
from conference.mailing.purge import forget_purged_letters
from conference.people.model import Role
from conference.program.model import Session
from conference.program.store import session_by_slug
from tests.mailing.house import House, open_house
from tests.site import MOMENTS


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        conference = await opened.site.conference()
        opened.site.clock.jump_to(conference.live - timedelta(days=3))
        yield opened


async def live_at(house: House, **later: float) -> Conference:
    """Move the beginning of the conference."""
    async with house.services.db.work() as work:
        conference = await work.session.get_one(Conference, house.conference_id)
        for name in ("live", "archive", "closes", "purge") if later.keys() == {"days"} else ("live",):
            setattr(conference, name, getattr(conference, name) + timedelta(**later))
        work.session.add(conference)
    return conference


async def begun(house: House) -> list[str]:
    await asyncio.gather(begin_what_is_due(house.services), begin_what_is_due(house.services))
    async with house.services.db.read() as session:
        rows = await session.exec(select(Mailing).where(Mailing.begun != None))  # noqa: E711
        return sorted(row.kind.value for row in rows)


async def test_both_reminders_by_themselves(house: House) -> None:
    await house.people("ada")
    conference = await house.site.conference()
    assert await begun(house) == []
    house.site.clock.jump_to(conference.live - timedelta(days=1, seconds=1))
    assert await begun(house) == []
    house.site.clock.jump_to(conference.live - timedelta(days=1))
    assert await begun(house) == ["day_before"]
    await house.send_all()
    (letter,) = house.post.letters
    assert "/sign-in/" in letter.get_body().get_content()  # type: ignore[union-attr]
    await end_what_is_done(house.services)
    conference = await live_at(house, hours=30)  # the day is moved: nobody is written to twice
    house.site.clock.jump_to(conference.live - timedelta(minutes=9))
    assert await begun(house) == ["day_before", "minutes_before"]
    await house.send_all()
    assert [letter["Subject"].split(":")[0] for letter in house.post.letters] == ["Morgen", "In wenigen Minuten"]


async def test_another_day_has_its_own_reminder(house: House) -> None:
    await house.people("ada")
    site, conference = house.site, await house.site.conference()
    site.clock.jump_to(conference.live - timedelta(hours=25))
    assert await begun(house) == []
    site.clock.jump_to(conference.live - timedelta(hours=23))
    assert await begun(house) == ["day_before"]
    for later, often in (({"hours": 1}, 1), ({"days": 3}, 2), ({"days": -3}, 2), ({"days": 3}, 2)):
        conference = await live_at(house, **later)  # the same day, another one, back, and there again
        site.clock.jump_to(conference.live - timedelta(hours=25))
        await begun(house)
        site.clock.jump_to(conference.live - timedelta(hours=22))
        assert await begun(house) == ["day_before"] * often, later
    async with house.services.db.work() as work:
        query = select(Mailing).where(Mailing.state == MailingState.PLANNED)
        (soon,) = (await work.session.exec(query)).all()
        await stop(work, house.services, house.conference_id, soon.id, by=None)
    conference = await live_at(house, days=9)
    site.clock.jump_to(conference.live - timedelta(minutes=5))
    assert "minutes_before" not in await begun(house)  # switched off, it stays so


async def test_a_moved_beginning_moves_the_reminder(house: House) -> None:
    await house.people("ada")
    assert await begun(house) == []
    conference = await live_at(house, minutes=30)
    house.site.clock.jump_to(conference.live - timedelta(minutes=39))
    assert "minutes_before" not in await begun(house)
    house.site.clock.jump_to(conference.live - timedelta(minutes=10))
    assert "minutes_before" in await begun(house)


async def test_what_is_too_late_stays_unsent(house: House) -> None:
    """The machine was off all day: nobody wants to hear of a beginning that was hours ago."""
    await house.people("ada")
    assert await begun(house) == []
    conference = await house.site.conference()
    house.site.clock.jump_to(conference.live + timedelta(hours=2))
    assert await begun(house) == []
    async with house.services.db.read() as session:
        assert {row.state for row in await session.exec(select(Mailing))} == {MailingState.STOPPED}
    await house.send_all()
    assert house.post.letters == []


async def test_no_reminder_of_a_draft_and_none_that_is_due_at_once(house: House) -> None:
    conference = await house.site.conference()
    house.site.clock.jump_to(MOMENTS["draft"])
    await begin_what_is_due(house.services)
    async with house.services.db.read() as session:
        assert (await session.exec(select(Mailing))).all() == []
    house.site.clock.jump_to(conference.live - timedelta(hours=5))
    await begin_what_is_due(house.services)
    async with house.services.db.read() as session:
        assert [row.kind for row in await session.exec(select(Mailing))] == [LetterKind.MINUTES_BEFORE]


async def test_a_letter_about_a_session_has_its_door(house: House) -> None:
    await house.people("ada", role=Role.SPEAKER)
    async with house.services.db.read() as db:
        session = (await db.exec(select(Session).where(Session.conference_id == house.conference_id))).first()
    assert session is not None
    mailing = await house.mailing(LetterKind.MINUTES_BEFORE, session_id=session.id, minutes=10, calendar=True)
    await house.start(mailing)
    assert (await house.row(mailing)).state is MailingState.PLANNED
    async with house.services.db.work() as work:
        row = await session_by_slug(work.session, house.conference_id, session.slug)
        row.starts += timedelta(minutes=5)
        row.ends += timedelta(minutes=5)
        row.sequence += 1
        work.session.add(row)
    house.site.clock.jump_to(session.starts - timedelta(minutes=6))
    assert mailing not in await begun(house)
    house.site.clock.jump_to(session.starts - timedelta(minutes=5))
    await begun(house)
    await house.send_all()
    letter = house.post.letters[-1]
    text = letter.get_body().get_content()  # type: ignore[union-attr]
    room = f"/sessions/{session.slug}/room"
    assert f"{room}%3Fjoin" in text
    (part,) = letter.iter_attachments()
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    (event,) = Calendar.from_ical(payload).walk("VEVENT")
    assert str(event["URL"]).endswith(room)
    assert event["SEQUENCE"] == session.sequence + 1
    assert event.decoded("DTSTART") == session.starts + timedelta(minutes=5)
    assert event.walk("VALARM")[0].decoded("TRIGGER") == timedelta(minutes=-10)


async def test_a_purge_leaves_nothing(tmp_path: Path, database_url: str) -> None:
    async with open_house(tmp_path, database_url) as house:
        (ada,) = await house.people("ada", role=Role.SPEAKER)
        await house.start(await house.mailing())
        async with house.services.db.work() as work:
            await write_to(work, house.services, ada, LetterKind.CONFIRMED)
            words = ({"de": "a"}, {"de": "{link}"})
            await put_template(work, house.services, house.conference_id, LetterKind.LETTER, *words, by=None, seen=0)
        assert await forget_purged_letters(house.services) == 0
        house.site.clock.jump_to(MOMENTS["purged"])
        assert await forget_purged_letters(house.services) == 5
        assert await forget_purged_letters(house.services) == 0
        async with house.services.db.read() as session:
            for table in (Delivery, Mailing, LetterTemplate):
                assert (await session.exec(select(table))).all() == []

"""Somebody is deleted: what they said leaves open pages at once, and who comes back reads what is left."""

from __future__ import annotations

from sqlmodel import select

from conference.forums.model import Seat
from conference.forums.talk.forgetting import forget_said
from tests.forums.house import House
from tests.forums.talk.test_chat import says
from tests.forums.talk.test_questions import again, asks, came


async def forget(rooms: House, name: str) -> None:
    async with rooms.services.db.work() as work:
        seats = list(await work.session.exec(select(Seat.id).where(Seat.person_id == name)))
        assert seats
        await forget_said(work, rooms.services.outbox, seats)


async def test_what_was_said_leaves_open_pages_and_stays_away(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    anna, jo = await came(rooms, "anna"), await came(rooms, "jo")
    await says(anna, "Von Anna")
    await asks(anna, "Fragt Anna?")
    line, question = await says(jo, "Von Jo"), await asks(jo, "Fragt Jo?")
    await anna.browser.ask("question.vote", question=question, up=True)
    await jo.until(lambda page: len(page.seen("lines")) == 2 and page.seen("questions")[question]["votes"] == 1)
    await forget(rooms, "anna")
    await jo.until(lambda page: page.texts("lines") == ["Von Jo"] and page.texts() == ["Fragt Jo?"])
    await jo.until(lambda page: page.seen("questions")[question]["votes"] == 0)
    late = await came(rooms, "late")
    assert (list(late.seen("lines")), list(late.seen("questions"))) == ([line], [question])


async def test_who_was_away_meanwhile_reads_everything_anew(rooms: House) -> None:
    anna, jo = await came(rooms, "anna"), await came(rooms, "jo")
    await says(anna, "Von Anna")
    await jo.until(lambda page: len(page.seen("lines")) == 1)
    await jo.browser.close()
    await forget(rooms, "anna")
    opened = await jo.back(await again(rooms, jo))
    assert opened["whole"]
    assert not jo.seen("lines")

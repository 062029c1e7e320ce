"""Figures of a conference as the desk counts them: who was in the rooms and how many at once, Länder, plays; what is left out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conference.cards.model import CardPlays
from conference.desk.figures import figures_of
from conference.forums.model import Seat
from conference.initiatives.model import Initiative, Participation
from conference.people.actions import put_person
from conference.people.model import Role
from tests.cards.reviewing import card_at
from tests.results.house import House, house_at


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with house_at(tmp_path) as house:
        yield house


async def figures(house: House) -> dict[str, dict[str, Any]]:
    async with house.services.db.read() as db:
        found = await figures_of(db, house.conference, house.services.clock.now(), house.services.texts)
    return {figure["key"]: figure for figure in found}


async def seated(house: House, number: int, slug: str, starts: int = 0, ends: int | None = None, **more: Any) -> None:
    """So many others in a room, from minute to minute of its session."""
    services, session = house.services, await house.session(slug)
    async with services.db.work() as work:
        for each in range(number):
            person = await put_person(
                work, services.ids, conference_id=house.conference.id, name="P", email=f"{slug}{starts}{each}@example.org",
                roles=[(Role.ATTENDEE, None)],
            )  # fmt: skip
            await work.session.flush()
            at = [None if minute is None else session.starts + timedelta(minutes=minute) for minute in (starts, ends)]
            assert isinstance(at[0], datetime)
            seat = Seat(id=services.ids.new(), conference_id=house.conference.id, session_id=session.id, person_id=person.id,
                        entered=at[0], left=at[1], **more)  # fmt: skip
            work.session.add(seat)


async def test_rooms(house: House) -> None:
    assert "participants" not in await figures(house)
    await seated(house, 12, "forum-1", 0, 30)
    await seated(house, 8, "forum-1", 30)
    await seated(house, 3, "forum-1", 40, banned=house.services.clock.now())
    await seated(house, 7, "forum-2", 5)
    found = await figures(house)
    assert found["participants"]["value"] == 27
    assert [(part["name"]["de"], part["value"]) for part in found["peaks"]["parts"]] == [("Forum eins", 12), ("Forum zwei", 7)]
    assert found["peaks"]["others"] == 0
    await seated(house, 2, "raum-3")
    peaks = (await figures(house))["peaks"]
    assert [part["value"] for part in peaks["parts"]] == [12]
    assert (peaks["others"], peaks["together"]) == (2, None)


async def test_who_left_a_room_and_came_back_was_there_both_times(house: House) -> None:
    starts = (await house.session("forum-1")).starts
    before = [[(starts + timedelta(minutes=minute)).isoformat() for minute in (0, 10)]]
    await seated(house, 5, "forum-1", 20, 30, earlier=before)
    await seated(house, 2, "forum-1", 15, earlier=before, knocked=house.services.clock.now())
    await seated(house, 1, "forum-1", 5, 8)
    await seated(house, 1, "forum-1", 16, knocked=house.services.clock.now())
    found = await figures(house)
    assert [part["value"] for part in found["peaks"]["parts"]] == [8]
    assert found["participants"]["value"] == 8


async def test_initiatives_and_their_laender(house: House) -> None:
    assert not {"initiatives", "lands"} & (await figures(house)).keys()
    new = house.services.ids.new
    async with house.services.db.work() as work:
        for number, land in enumerate(["BB"] * 6 + ["HB"] * 2 + ["SL"] * 3):
            initiative = Initiative(id=new(), slug=f"x-{number}", name=f"X {number}", land=land, aim={})
            work.session.add(initiative)
            await work.session.flush()
            taking = Participation(id=new(), conference_id=house.conference.id, initiative_id=initiative.id, about={})
            work.session.add(taking)
    found = await figures(house)
    assert found["initiatives"]["value"] == 14
    lands = found["lands"]
    assert lands["parts"] == [{"name": {"de": "Brandenburg"}, "value": 6}]
    assert (lands["value"], lands["others"], lands["together"]) == (6, 5, 8)


async def test_plays_count_as_far_as_each_card_s_people_may_know_them(house: House) -> None:
    card = await card_at(house, "heimat")
    assert "plays" not in await figures(house)
    async with house.services.db.work() as work:
        for day, plays in enumerate((9, 2)):
            work.session.add(CardPlays(card_id=card.id, day=house.clock.now().date() + timedelta(days=day), plays=plays))
    assert (await figures(house))["plays"]["value"] == 9

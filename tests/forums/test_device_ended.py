"""A device that is signed out loses its calls; the person's other devices keep theirs, and nobody hears by a borrowed seat."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conference.base.ids import digest
from conference.forums import media_events
from conference.people.actions import BROWSERS, DEVICE_ENDED, REVOKED
from conference.people.model import Person
from media.gateway import Connected, Direction, Grant
from tests.forums.house import Browser, House

GRANT = Grant(frozenset(), 1e12)


@dataclass
class Two:
    """One person with a laptop in the first seat and a phone beside it, both with calls."""

    person: Person
    laptop: Browser
    phone: Browser
    seats: tuple[str, str]
    calls: tuple[str, str]


async def connect(rooms: House, seat: str, cookie: str | None, direction: Direction = Direction.RECEIVE) -> str:
    """As the page's offer does it; cookie None: answered by a process that is not there any more."""
    answer = await rooms.node.connect("forum", seat, direction, "offer", GRANT)
    media_events.take(rooms.keeper, Connected("forum", seat, answer.connection, direction))
    if cookie is not None:
        rooms.keeper.ending.made(answer.connection, digest(cookie))
    return answer.connection


@pytest.fixture
async def two(rooms: House) -> Two:
    person = await rooms.person("anna")
    laptop, phone = rooms.browser(person, cookie="laptop"), rooms.browser(person, cookie="phone")
    first = (await laptop.ask("room.enter", session="forum", window="w1"))["you"]["seat"]
    second = (await phone.ask("room.enter", session="forum", window="w2", choice="beside"))["you"]["seat"]
    calls = await connect(rooms, first, "laptop"), await connect(rooms, second, "phone")
    return Two(person, laptop, phone, (first, second), calls)


async def ended(rooms: House, two: Two, cookie: str) -> None:
    async with rooms.services.db.work() as work:
        facts = {"person": two.person.id, "browser": digest(cookie)}
        rooms.services.outbox.tell(work, BROWSERS, DEVICE_ENDED, conference_id=None, **facts)


async def test_only_the_calls_of_the_device_end(rooms: House, two: Two) -> None:
    await ended(rooms, two, "phone")
    await rooms.until(lambda: two.calls[1] not in rooms.node.connections)
    assert two.calls[0] in rooms.node.connections
    assert rooms.keeper.presence.sockets_of("forum", two.seats[0])
    assert not rooms.keeper.presence.sockets_of("forum", two.seats[1])
    assert [frame for frame in two.laptop.frames if frame["type"] in ("closed", "room.rejoin")] == []


async def test_a_call_goes_that_the_device_made_in_the_other_ones_seat(rooms: House, two: Two) -> None:
    stolen = await connect(rooms, two.seats[0], "phone")
    await ended(rooms, two, "phone")
    await rooms.until(lambda: stolen not in rooms.node.connections)
    assert (await two.laptop.hear_kind("room.rejoin"))["connection"] == stolen
    assert rooms.keeper.presence.sockets_of("forum", two.seats[0])


async def test_a_call_of_which_nobody_knows_any_more_is_made_anew(rooms: House, two: Two) -> None:
    unknown = await connect(rooms, two.seats[0], None)
    await ended(rooms, two, "phone")
    assert (await two.laptop.hear_kind("room.rejoin"))["connection"] == unknown


async def test_a_device_whose_page_is_away_loses_its_calls_as_well(rooms: House, two: Two) -> None:
    await two.phone.close()
    await ended(rooms, two, "phone")
    await rooms.until(lambda: two.calls[1] not in rooms.node.connections)
    assert two.calls[0] in rooms.node.connections


async def test_a_seat_that_another_process_has_a_page_for_is_that_ones_to_end(rooms: House, two: Two) -> None:
    await two.phone.close()
    showing = [False, False, False, None]
    rooms.keeper.presence.told("other", {"forum": {two.seats[1]: showing}}, rooms.clock.monotonic())
    kept = await connect(rooms, two.seats[1], "tablet", Direction.PUBLISH)
    await ended(rooms, two, "phone")
    await rooms.until(lambda: two.calls[1] not in rooms.node.connections)
    assert kept in rooms.node.connections


async def test_whoever_is_deleted_is_out_although_no_seat_is_left(rooms: House, two: Two) -> None:
    async with rooms.services.db.work() as work:
        for seat in two.seats:
            await work.session.delete((await rooms.seated("forum", seat)).seat)
        rooms.services.outbox.tell(work, BROWSERS, REVOKED, conference_id=None, person=two.person.id)
    await rooms.until(lambda: not rooms.node.connections)
    assert not rooms.keeper.presence.sockets_of("forum")

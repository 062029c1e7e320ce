"""One queue for voice, text and signing: places, order, the floor with its time, and what the node is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conference.people.model import Role
from media.gateway import Source
from tests.forums.house import Browser, House

ALL = frozenset(Source)


async def queue_of(rooms: House, session: str = "forum") -> list[str]:
    """Seats in the order of the queue, as everybody is told."""
    people = await rooms.keeper.refresh(session)
    waiting = sorted((person["hand"], seat) for seat, person in people.items() if person["hand"] is not None)
    assert [place for place, _ in waiting] == list(range(1, len(waiting) + 1))
    return [seat for _, seat in waiting]


async def three(rooms: House) -> list[tuple[Browser, str]]:
    people = [await rooms.joined(name) for name in ("anna", "jo", "kim")]
    for browser, _ in people:
        await browser.ask("hand.raise")
    return people


async def test_all_ways_of_speaking_wait_in_one_queue(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    watcher, _ = await rooms.joined("watcher")
    people = [await rooms.joined(name) for name in ("anna", "jo", "kim")]
    for (browser, _), way in zip(people, ("signing", "text", None), strict=True):
        await browser.ask("hand.raise", **({"way": way} if way else {}))
    (_, anna), (jo, second), (_, kim) = people
    assert await queue_of(rooms) == [anna, second, kim]
    assert [(await watcher.see(seat, hand=n))["way"] for n, seat in enumerate([anna, second, kim], 1)] == [
        "signing",
        "text",
        "voice",
    ]
    await jo.ask("hand.raise", way="voice")  # the way changes, the place stays
    assert (await watcher.see(second, way="voice"))["hand"] == 2
    assert await jo.refusal("hand.raise", way="by letter") == "field"
    assert await jo.refusal("hand.raise", way=["text"]) == "field"


async def test_the_moderation_reorders(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    mo, own = await rooms.joined("mo", Role.MODERATOR)
    (anna, a), (_, b), (_, c) = await three(rooms)
    await mo.ask("hand.move", seat=c, before=a)
    assert await queue_of(rooms) == [c, a, b]
    await mo.ask("hand.move", seat=c, before=None)
    assert await queue_of(rooms) == [a, b, c]
    await mo.ask("hand.move", seat=a, before=a)  # in front of oneself is no place: at the end
    assert await queue_of(rooms) == [b, c, a]
    await mo.ask("hand.raise")  # moderators wait in the same queue
    assert await queue_of(rooms) == [b, c, a, own]
    assert await anna.refusal("hand.move", seat=a, before=b) == "moderators_only"
    assert await mo.refusal("hand.move", seat=a, before="nobody") == "seat"
    await anna.ask("hand.lower")
    assert await mo.refusal("hand.move", seat=a, before=b) == "hand_is_down"
    await anna.ask("hand.raise")
    assert await queue_of(rooms) == [b, c, own, a]


async def test_one_hand_or_all_are_lowered(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    (anna, a), (_, b), (_, c) = await three(rooms)
    assert await anna.refusal("hand.lower", seat=b) == "moderators_only"
    assert await anna.refusal("hand.lower_all") == "moderators_only"
    await mo.ask("hand.lower", seat=b)
    assert await queue_of(rooms) == [a, c]
    await mo.ask("hand.lower_all")
    assert await queue_of(rooms) == []
    await mo.ask("hand.lower_all")


async def test_back_to_the_queue_as_the_first(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    (anna, a), (_, b), (_, c) = await three(rooms)
    await anna.ask("hand.raise", way="text")
    await mo.ask("floor.give", seat=a, minutes=2)
    assert await queue_of(rooms) == [b, c]
    assert await anna.refusal("hand.return", seat=a) == "moderators_only"
    await mo.ask("hand.return", seat=a)
    assert await queue_of(rooms) == [a, b, c]
    await mo.see(a, hand=1, floor=False, way="text", until=None)
    assert rooms.node.last_grant("forum", a).sources == {Source.CAMERA}
    assert await mo.refusal("hand.return", seat=a) == "floor_is_gone"


async def test_the_floor_for_a_time_that_cuts_nobody_off(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await mo.ask("floor.give", seat=seat, minutes=3)
    ends = rooms.clock.now() + timedelta(minutes=3)
    assert (await anna.see(seat, floor=True))["until"] == ends.isoformat()
    await rooms.pass_time(400)
    assert (await rooms.seated("forum", seat)).seat.has_floor
    assert rooms.node.last_grant("forum", seat).sources == ALL
    await mo.ask("floor.give", seat=seat, minutes=1)  # begins anew
    await anna.see(seat, until=(rooms.clock.now() + timedelta(minutes=1)).isoformat())
    await mo.ask("floor.give", seat=seat)
    anna.frames.clear()
    await mo.ask("floor.take", seat=seat)
    assert (await anna.see(seat, floor=False))["until"] is None


@pytest.mark.parametrize("minutes", [0, 4, -1, 1.0, 2.5, True, "1", [1], {}])
async def test_only_the_times_that_can_be_chosen(rooms: House, minutes: object) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    _, seat = await rooms.joined("anna")
    assert await mo.refusal("floor.give", seat=seat, minutes=minutes) == "field"


async def test_new_time_does_not_end_a_mute(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    _, seat = await rooms.joined("anna")
    await mo.ask("floor.give", seat=seat)
    await mo.ask("room.mute", seat=seat)
    await mo.ask("floor.give", seat=seat, minutes=1)
    assert rooms.node.last_grant("forum", seat).sources == ALL - {Source.MICROPHONE}


async def test_leaving_gives_back_place_and_time(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    (anna, a), (_, b), (_, c) = await three(rooms)
    await anna.ask("room.leave")
    assert await queue_of(rooms) == [b, c]
    await anna.enter()
    await mo.ask("floor.give", seat=a, minutes=5)
    await anna.ask("room.leave")
    await anna.enter()
    seat = (await rooms.seated("forum", a)).seat
    assert (seat.has_floor, seat.floor_until, seat.turn) == (False, None, None)

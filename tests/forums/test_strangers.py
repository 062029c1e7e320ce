"""Every message type, sent without the right or with ids of strangers: refused, and nobody else is touched."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlmodel import select

from conference.base.errors import ConferenceError
from conference.forums.model import Forum, Seat
from conference.people.model import Role
from conference.program.model import Session
from tests.forums.house import Browser, House

MODERATORS = {
    "floor.set", "floor.give", "hand.move", "hand.return", "hand.lower_all", "room.mute", "room.remove", "room.ban",
    "room.lift_ban", "room.lock", "room.lobby", "room.admit", "room.refuse", "room.spotlight", "room.promote",
    "room.notes", "room.help",
    "room.health", "room.extend",
}  # fmt: skip
ODD = [None, True, 0, -1, 2.5, "", "x" * 65, "nobody", [], ["a"], {}, {"seat": "a"}]


async def state(rooms: House, but: str) -> list[Any]:
    """All that moderation can change, but for one seat."""
    async with rooms.services.db.read() as reading:
        seats = [seat.model_dump() for seat in (await reading.exec(select(Seat).order_by(Seat.id))).all() if seat.id != but]
        forums = [forum.model_dump() for forum in (await reading.exec(select(Forum).order_by(Forum.session_id))).all()]
        ends = [(held.id, held.ends) for held in (await reading.exec(select(Session).order_by(Session.id))).all()]
    return [seats, forums, ends]


async def cast(rooms: House) -> tuple[Browser, str, list[str]]:
    """A moderator of the room `forum`, with hands, a floor and a ban in it; seats there and in other rooms."""
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    people = [await rooms.joined(name) for name in ("anna", "jo", "kim")]
    far, elsewhere = await rooms.joined("far", session="stage")
    await far.ask("hand.raise")
    for browser, _ in people:
        await browser.ask("hand.raise")
    await mo.ask("floor.give", seat=people[1][1])
    await mo.ask("room.ban", seat=people[2][1])
    return mo, elsewhere, [seat for _, seat in people]


def fields_of(seat: str, foreign: str) -> dict[str, Any]:
    """As much as any message can name."""
    return {
        "seat": seat, "before": foreign, "on": True, "floor": "stage", "microphones_free": True, "minutes": 1,
        "text": "x", "seen": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "role", [Role.ATTENDEE, Role.INITIATIVE, Role.SPEAKER, Role.INTERPRETER, Role.CAPTIONER, Role.NOTE_TAKER]
)
async def test_without_the_right_nothing_happens(rooms: House, role: Role) -> None:
    _, elsewhere, seats = await cast(rooms)
    actor, own = await rooms.joined("actor", role)
    await rooms.keeper.refresh("forum")
    before = await state(rooms, own)
    assert set(rooms.live.handlers) >= MODERATORS
    for kind in sorted(MODERATORS):
        for seat in (*seats, elsewhere, "nobody"):
            assert await actor.refusal(kind, **fields_of(seat, elsewhere)) == "moderators_only", kind
    for seat in (*seats, elsewhere):
        assert await actor.refusal("hand.lower", seat=seat) == "moderators_only"
        assert await actor.refusal("floor.take", seat=seat) == "moderators_only"
    assert await actor.refusal("room.help_done", session="stage") == "organisers_only"
    assert await state(rooms, own) == before


async def test_a_moderators_ids_count_in_the_own_room_alone(rooms: House) -> None:
    _, elsewhere, _ = await cast(rooms)
    boss, own = await rooms.joined("boss", Role.MODERATOR)
    before = await state(rooms, own)
    named = sorted(
        MODERATORS
        - {"floor.set", "hand.lower_all", "room.lock", "room.lobby", "room.notes", "room.help", "room.health", "room.extend"}
    )
    for kind in [*named, "hand.lower", "floor.take"]:
        for seat in (elsewhere, "nobody"):
            assert await boss.refusal(kind, **fields_of(seat, elsewhere)) == "seat", kind
    assert await state(rooms, own) == before


async def test_who_is_not_inside_can_do_nothing(rooms: House) -> None:
    _, elsewhere, seats = await cast(rooms)
    outside = rooms.browser(await rooms.person("outside", Role.MODERATOR), frozenset({Role.MODERATOR}))
    before = await state(rooms, "")
    for kind in rooms.live.handlers:
        if kind not in ("room.enter", "caption"):
            assert await outside.refusal(kind, **fields_of(seats[0], elsewhere)) in ("not_in_room", "field"), kind
    assert await state(rooms, "") == before


async def test_odd_fields_are_refused_in_peace(rooms: House) -> None:
    """Whatever stands in the fields: an error of ours, never a fault; and those of another room stay as they are."""
    await cast(rooms)
    boss, _ = await rooms.joined("boss", Role.ORGANISER)
    dice = random.Random(4)
    async with rooms.services.db.read() as reading:
        far = [seat.model_dump() for seat in (await reading.exec(select(Seat).where(Seat.session_id == "stage"))).all()]
    for kind in sorted(MODERATORS | {"hand.raise", "hand.lower", "floor.take", "room.help_done", "room.view", "room.state"}):
        for _ in range(15):
            message = {name: dice.choice(ODD) for name in (*fields_of("", ""), "way", "session", "tiles", "pinned")}
            try:
                await boss.ask(kind, **message)
            except ConferenceError as error:
                assert error.code  # noqa: PT017
    async with rooms.services.db.read() as reading:
        assert far == [seat.model_dump() for seat in (await reading.exec(select(Seat).where(Seat.session_id == "stage"))).all()]


async def test_a_role_taken_away_holds_within_a_second(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await mo.ask("room.promote", seat=seat, on=True)
    await anna.hear(lambda frame: frame["type"] == "room.you" and frame["moderates"])
    anna.frames.clear()
    await mo.ask("room.promote", seat=seat, on=False)
    assert not rooms.node.last_grant("forum", seat).sources & {"microphone", "screen"}
    await anna.hear(lambda frame: frame["type"] == "room.you" and not frame["moderates"], within=1)
    assert await anna.refusal("room.lock", on=True) == "moderators_only"

"""How the room's connections are doing: for its moderators alone, and one question to the node however many look."""

from __future__ import annotations

import asyncio

import pytest

from conference.forums.rules import Quality, quality_of
from conference.people.model import Role
from media.gateway import Direction, NodeUnavailable, PeerHealth, SlotAssignment, SlotsChanged, SlotState, Source
from tests.forums.house import House


def health(peer: str = "s1", direction: Direction = Direction.RECEIVE, **figures: object) -> PeerHealth:
    return PeerHealth("forum", peer, f"secret-{peer}-{direction}", direction, **figures)  # type: ignore[arg-type]


FLOWS = {"0": "q"}


@pytest.mark.parametrize(
    ("connections", "expected"),
    [
        ([], None),
        ([health()], None),
        ([health(budget=50_000)], None),  # nobody has tried how much would go through
        ([health(loss=0.0, round_trip=0.03)], Quality.GOOD),
        ([health(loss=0.0199)], Quality.GOOD),
        ([health(loss=0.02)], Quality.FAIR),
        ([health(loss=0.05)], Quality.POOR),
        ([health(round_trip=0.2)], Quality.FAIR),
        ([health(round_trip=0.4)], Quality.POOR),
        ([health(loss=0.0, budget=2e6, layers=FLOWS)], Quality.GOOD),
        ([health(loss=0.0, budget=300_000, layers=FLOWS)], Quality.FAIR),
        ([health(loss=0.0, budget=100_000, layers=FLOWS)], Quality.POOR),
        ([health(loss=0.0, budget=100_000, bitrate=350_000, layers=FLOWS)], Quality.GOOD),  # more gets through than guessed
        ([health(loss=0.3), health(direction=Direction.PUBLISH, loss=0.0)], Quality.POOR),
        ([health(direction=Direction.PUBLISH, loss=0.0), health(loss=0.03)], Quality.FAIR),
        ([health(), health(direction=Direction.PUBLISH, loss=0.0)], Quality.GOOD),
    ],
)
def test_the_worst_connection_decides(connections: list[PeerHealth], expected: Quality | None) -> None:
    assert quality_of(connections) is expected


async def test_a_moderator_sees_how_everybodys_connection_is(rooms: House) -> None:
    moderator, _ = await rooms.joined("mo", Role.MODERATOR)
    rooms.node.health_of["forum"] = [
        health("s1", Direction.RECEIVE, loss=0.06, round_trip=0.1, bitrate=9e5, budget=1e6, layers={"3": "640x360", "4": "q"}),
        health("s1", Direction.PUBLISH, transport="udp", loss=0.0, first_packet=0.2, first_frame=0.3),
        health("s2"),
    ]
    first, second = (await moderator.ask("room.health"))["people"]
    assert (first["seat"], first["quality"], second) == ("s1", "poor", {**second, "seat": "s2", "quality": None})
    sent, received = first["connections"]
    assert (sent["direction"], sent["transport"], sent["first_frame"]) == ("publish", "udp", 0.3)
    assert (received["loss"], received["bitrate"], received["layers"]) == (0.06, 9e5, ["640x360", "q"])
    assert "secret" not in str(first)


async def test_whose_picture_is_held_back_has_a_poor_connection(rooms: House) -> None:
    moderator, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    rooms.node.health_of["forum"] = [health(seat, loss=0.0)]
    slots = (SlotAssignment("0", "p1", Source.CAMERA, SlotState.PAUSED), SlotAssignment("1", None, None))
    rooms.node.tell(SlotsChanged("forum", seat, "connection-1", slots))
    await anna.hear_kind("room.slots")
    assert [one["quality"] for one in (await moderator.ask("room.health"))["people"]] == ["poor"]
    assert quality_of([], paused=True) is Quality.POOR


async def test_only_this_rooms_moderators_see_it(rooms: House) -> None:
    anna, _ = await rooms.joined("anna")
    assert await anna.refusal("room.health") == "moderators_only"
    mo = rooms.browser(await rooms.person("mo", Role.MODERATOR, session="stage"), frozenset({Role.MODERATOR}))
    await mo.enter("forum")
    assert await mo.refusal("room.health") == "moderators_only"
    await mo.enter("stage")
    assert await mo.refusal("room.health") == "none"


async def test_the_node_is_asked_once_however_many_look(rooms: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def counting(forum: str) -> list[PeerHealth]:
        asked.append(forum)
        await asyncio.sleep(0.02)
        return [health()]

    monkeypatch.setattr(rooms.node, "peers", counting)
    moderators = [(await rooms.joined(f"m{number}", Role.MODERATOR))[0] for number in range(5)]
    answers = await asyncio.gather(*(each.ask("room.health") for each in moderators))
    assert [len(each["people"]) for each in answers] == [1] * 5
    await moderators[0].ask("room.health")
    assert asked == ["forum"]
    rooms.clock.advance(seconds=2)
    await moderators[0].ask("room.health")
    assert asked == ["forum", "forum"]


async def test_a_node_that_does_not_answer_is_said_to_be_away(rooms: House) -> None:
    moderator, _ = await rooms.joined("mo", Role.MODERATOR)
    rooms.node.fails.append(NodeUnavailable("gone"))
    assert await moderator.refusal("room.health") == "media"

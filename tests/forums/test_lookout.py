"""What a page looks at reaches the node: checked, not too often, and again with each new connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from conference.base.errors import Invalid
from conference.forums.lookout import LARGEST, PINNED, TILES, read_view
from media.gateway import Direction, Grant, NodeUnavailable, SlotAssignment, SlotsChanged, SlotState, Source, Tile, View
from tests.forums.house import House

GRANT = Grant(frozenset(), 2e9)


def tile(seat: str = "s1", source: str = "camera", width: Any = 640, height: Any = 360) -> dict[str, Any]:
    return {"seat": seat, "source": source, "width": width, "height": height}


async def until(truth: Callable[[], object]) -> None:
    async with asyncio.timeout(3):
        while not truth():
            await asyncio.sleep(0.01)


def test_a_view_is_read() -> None:
    told = {"tiles": [tile(), tile("s2", "screen", 1280.4, 0)], "pinned": ["s1"]}
    assert read_view(told, "me") == View((Tile("s1", Source.CAMERA, 640, 360), Tile("s2", Source.SCREEN, 0, 0)), ("s1",))


def test_sizes_are_clamped_and_what_is_too_much_is_left_out() -> None:
    tiles = [tile(f"s{number}", width=10**9, height=9e300) for number in range(TILES + 5)]
    view = read_view({"tiles": tiles, "pinned": [f"s{number}" for number in range(PINNED + 3)]}, "me")
    assert (len(view.tiles), len(view.pinned)) == (TILES, PINNED)
    assert view.tiles[0] == Tile("s0", Source.CAMERA, LARGEST, LARGEST)
    assert read_view({"tiles": [tile(width=-4)]}, "me").tiles[0] == Tile("s1", Source.CAMERA, 0, 0)


def test_nobody_looks_at_themselves() -> None:
    assert read_view({"tiles": [tile("me"), tile("s2")], "pinned": ["me", "s2", "s2"]}, "me") == View(
        (Tile("s2", Source.CAMERA, 640, 360),), ("s2",)
    )


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"tiles": None},
        {"tiles": {}},
        {"tiles": ["s1"]},
        {"tiles": [tile(seat="")]},
        {"tiles": [tile(seat="x" * 65)]},
        {"tiles": [tile(seat="a b")]},
        {"tiles": [tile(seat=5)]},  # type: ignore[arg-type]
        {"tiles": [tile(source="microphone")]},
        {"tiles": [tile(source=["camera"])]},  # type: ignore[arg-type]
        {"tiles": [tile(width=True)]},
        {"tiles": [tile(width="640")]},
        {"tiles": [tile(height=None)]},
        {"tiles": [], "pinned": "s1"},
        {"tiles": [], "pinned": [["s1"]]},
    ],
)
def test_what_is_no_view_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        read_view(told, "me")


async def test_a_view_reaches_the_node_under_the_senders_own_seat(rooms: House) -> None:
    anna, seat = await rooms.joined("anna")
    await anna.ask("room.view", tiles=[tile("s1")], pinned=["s1"], seat="somebody-else")
    await until(lambda: rooms.node.views)
    assert rooms.node.views == {("forum", seat): View((Tile("s1", Source.CAMERA, 640, 360),), ("s1",))}
    assert await anna.refusal("room.view", tiles="all") == "field"
    outside = rooms.browser(await rooms.person("kim"))
    assert await outside.refusal("room.view", tiles=[]) == "not_in_room"


async def test_many_views_in_a_row_become_few_and_the_last_one_counts(rooms: House, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[View] = []
    passed_on = rooms.node.view

    async def counting(forum: str, peer: str, view: View) -> None:
        told.append(view)
        await passed_on(forum, peer, view)

    monkeypatch.setattr(rooms.node, "view", counting)
    anna, seat = await rooms.joined("anna")
    for width in range(1, 101):
        await anna.ask("room.view", tiles=[tile(width=width)])
        await asyncio.sleep(0.005)
    await until(lambda: rooms.node.views.get(("forum", seat)) == View((Tile("s1", Source.CAMERA, 100, 360),)))
    assert 2 <= len(told) <= 6


async def test_a_new_connection_is_told_the_view_again(rooms: House) -> None:
    anna, seat = await rooms.joined("anna")
    await anna.ask("room.view", tiles=[tile()])
    await until(lambda: rooms.node.views)
    rooms.node.views.clear()  # forgotten with the connection
    await rooms.node.connect("forum", seat, Direction.PUBLISH, "offer", GRANT)
    await rooms.node.connect("forum", seat, Direction.RECEIVE, "offer", GRANT)
    await until(lambda: rooms.node.views)
    await anna.close()
    rooms.node.views.clear()
    await rooms.node.connect("forum", seat, Direction.RECEIVE, "offer", GRANT)
    await asyncio.sleep(0.3)
    assert rooms.node.views == {}  # nobody looks any more


async def test_a_node_that_is_away_takes_nothing_along(rooms: House) -> None:
    anna, seat = await rooms.joined("anna")
    rooms.node.fails.append(NodeUnavailable("gone"))
    await anna.ask("room.view", tiles=[tile()])
    await until(lambda: not rooms.node.fails)
    await anna.ask("room.view", tiles=[tile(width=320)])
    await until(lambda: rooms.node.views.get(("forum", seat)) == View((Tile("s1", Source.CAMERA, 320, 360),)))


async def test_slots_say_why_they_show_nothing(rooms: House) -> None:
    anna, seat = await rooms.joined("anna")
    slots = (SlotAssignment("0", "p1", Source.CAMERA, SlotState.PAUSED), SlotAssignment("1", None, None))
    rooms.node.tell(SlotsChanged("forum", seat, "connection-1", slots))
    told = await anna.hear_kind("room.slots")
    assert told["slots"] == [
        {"mid": "0", "seat": "p1", "source": "camera", "state": "paused"},
        {"mid": "1", "seat": None, "source": None, "state": "live"},
    ]

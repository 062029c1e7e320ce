"""How somebody's connection is doing: their page tells it, and everybody in the room sees it on the tile."""

from __future__ import annotations

import pytest

from conference.forums.presence import LINES, Presence, Showing
from tests.forums.house import House


def test_of_two_pages_for_one_seat_the_worse_line_counts() -> None:
    here, there = Presence(), Presence()
    here.enter("socket", "forum", "anna")
    here.show("socket", Showing(camera=True, line="good"))
    there.enter("other", "forum", "anna")
    there.show("other", Showing(line="poor"))
    assert here.told("there", there.tell(), 0) == {"forum"}
    assert here.facts("forum", 1)["anna"].showing == Showing(camera=True, line="poor")


def test_a_process_that_knows_no_lines_yet_is_understood() -> None:
    presence = Presence()
    presence.told("older", {"forum": {"anna": [True, False, False]}}, 0)
    assert presence.facts("forum", 1)["anna"].showing == Showing(microphone=True)


@pytest.mark.parametrize("line", LINES)
async def test_a_line_is_told_to_the_others(rooms: House, line: str | None) -> None:
    watcher, _ = await rooms.joined("mo")
    anna, seat = await rooms.joined("anna")
    await anna.ask("room.state", microphone=False, camera=True, screen=False, line=line)
    assert (await watcher.see(seat, camera=True))["line"] == line


@pytest.mark.parametrize("line", ["excellent", 3, ["good"], {"good": 1}, True])
async def test_what_is_no_line_counts_as_none(rooms: House, line: object) -> None:
    watcher, _ = await rooms.joined("mo")
    anna, seat = await rooms.joined("anna")
    await anna.ask("room.state", microphone=False, camera=True, screen=False, line=line)
    assert (await watcher.see(seat, camera=True))["line"] is None

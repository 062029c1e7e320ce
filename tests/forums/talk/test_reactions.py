"""Silent reactions, gathered and passing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.forums.house import House
from tests.forums.talk.test_questions import came


async def test_reactions_are_gathered_and_name_nobody(rooms: House) -> None:
    anna, jo = await came(rooms, "anna"), await came(rooms, "jo")
    elsewhere = await came(rooms, "kim", session="stage")
    await anna.browser.ask("talk.react", reaction="applause")
    assert (await jo.browser.hear_kind("talk.reactions"))["counts"] == {"applause": 1}
    for _ in range(5):
        await anna.browser.ask("talk.react", reaction="applause")
    await jo.browser.ask("talk.react", reaction="idea")
    frames = anna.browser.frames

    def told() -> list[dict[str, Any]]:
        return [frame for frame in frames if frame["type"] == "talk.reactions"]

    await rooms.until(lambda: len(told()) == 2)
    assert told()[1] == {"type": "talk.reactions", "counts": {"applause": 5, "idea": 1}}
    assert not any(frame["type"] == "talk.reactions" for frame in elsewhere.browser.frames)


async def test_at_most_two_frames_a_second(rooms: House) -> None:
    anna = await came(rooms, "anna")
    for _ in range(10):
        await anna.browser.ask("talk.react", reaction="laugh")
        await asyncio.sleep(0.1)
    assert sum(frame["type"] == "talk.reactions" for frame in anna.browser.frames) <= 4


@pytest.mark.parametrize("kind", [None, "boo", 5, ["applause"], {}])
async def test_what_is_no_reaction(rooms: House, kind: Any) -> None:
    anna = await came(rooms, "anna")
    assert await anna.browser.refusal("talk.react", reaction=kind) == "reaction"
    assert await rooms.browser(await rooms.person("kim")).refusal("talk.react", reaction="laugh") == "not_in_room"


async def test_who_never_stops_is_stopped(rooms: House) -> None:
    anna = await came(rooms, "anna")
    for _ in range(10):
        await anna.browser.ask("talk.react", reaction="agree")
    assert await anna.browser.refusal("talk.react", reaction="agree") == "rate"

"""Real-time text, captions, signing and interpreting as the browsers of a room see them, and what the node is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conference.forums.rooms import RoomKeeper
from conference.forums.words.keeper import Words
from conference.people.model import Role
from tests.forums.house import Browser, House
from tests.forums.words.reading import spend


async def typed(reader: Browser, text: str) -> dict[str, Any]:
    """Until a line reads so."""

    def fits(frame: dict[str, Any]) -> bool:
        return frame["type"] == "room.text" and any(line["text"] == text for line in frame["lines"])

    frame = await reader.hear(fits)
    return next(line for line in frame["lines"] if line["text"] == text)


async def captioned(reader: Browser, **expected: Any) -> dict[str, Any]:
    return await reader.hear(lambda frame: frame["type"] == "room.caption" and expected.items() <= frame.items())


# -- real-time text ----------------------------------------------------------------------------------------------------


async def test_characters_arrive_as_they_are_typed(rooms: House) -> None:
    anna, seat = await rooms.joined("anna")
    jo, _ = await rooms.joined("jo")
    await anna.ask("text.write", line="l1", text="Gutne")
    line = await typed(jo, "Gutne")
    assert (line["seat"], line["name"], line["final"], line["line"]) == (seat, "Anna", False, "l1")
    assert line["at"] == rooms.clock.now().isoformat()
    await anna.ask("text.write", line="l1", text="\b\ben Tag")
    await typed(jo, "Guten Tag")
    late, _ = await rooms.joined("late")
    assert (await late.enter())["text"] == [{**line, "text": "Guten Tag"}]
    await anna.ask("text.write", line="l1", text="!", end=True)
    assert (await typed(jo, "Guten Tag!"))["final"] is True
    jo.frames.clear()
    await anna.ask("text.write", line="l1", text="Guten Tag!", whole=True, end=True)  # sent again after a lost line
    await anna.ask("text.write", line="l2", text="weiter", whole=True)
    await typed(jo, "weiter")
    assert not any(line["line"] == "l1" for frame in jo.frames if frame["type"] == "room.text" for line in frame["lines"])


async def test_what_comes_in_one_piece_loses_no_character(rooms: House) -> None:
    anna, _ = await rooms.joined("anna")
    captioner, seat = await rooms.joined("karl", Role.CAPTIONER)
    for letters in ("Gu", "ten", " T", "ag"):  # nothing else runs between them, as after a standstill of the network
        await anna.ask("text.write", line="l1", text=letters)
    await captioner.ask("caption", text="Guten", final=False)
    permit = await rooms.live.words.permits.captioner("forum", seat)
    await rooms.live.words.caption("forum", seat, None, "Guten Tag", True, permit)
    known = rooms.live.words.known("forum")
    assert [line["text"] for line in known["text"]] == ["Guten Tag"]
    assert [(line["text"], line["final"]) for line in known["captions"]] == [("Guten Tag", True)]


async def test_the_line_of_who_has_gone_ends_as_it_stands(rooms: House) -> None:
    anna, seat = await rooms.joined("anna")
    jo, _ = await rooms.joined("jo")
    await anna.ask("text.write", line="l1", text="Ich wollte nur")
    await typed(jo, "Ich wollte nur")
    await anna.ask("room.leave")
    jo.frames.clear()
    await rooms.pass_time(25)
    rooms.live.words.sweep()
    assert (await typed(jo, "Ich wollte nur"))["final"] is True
    again = rooms.browser((await rooms.seated("forum", seat)).person)
    await again.enter()
    await again.ask("text.write", line="l1", text="Ich wollte nur sagen", whole=True)
    assert (await typed(jo, "Ich wollte nur sagen"))["final"] is False


async def test_names_of_writers_travel_by_consent(rooms: House) -> None:
    anna, _ = await rooms.joined("anna", shows_name=False)
    jo, _ = await rooms.joined("jo")
    await anna.ask("text.write", line="l1", text="Hallo")
    assert (await typed(jo, "Hallo"))["name"] is None


async def test_who_may_write_follows_the_floor(rooms: House) -> None:
    moderator, _ = await rooms.joined("mo", Role.MODERATOR, "stage")
    anna, seat = await rooms.joined("anna", session="stage")
    assert (await anna.enter("stage"))["you"]["writes"] is False
    assert await anna.refusal("text.write", line="l1", text="x") == "text_closed"
    assert await moderator.refusal("text.write", line="l1", text="x") == "none"
    await anna.ask("hand.raise", way="text")
    await moderator.ask("floor.give", seat=seat)
    await anna.hear(lambda frame: frame["type"] == "room.you" and frame["writes"])
    assert await anna.refusal("text.write", line="l1", text="x") == "none"
    await moderator.ask("floor.take", seat=seat)
    await rooms.until(lambda: rooms.live.words.permits._known.get("stage", {}).get(seat) is None)
    assert await anna.refusal("text.write", line="l1", text="x") == "text_closed"


async def test_the_moderation_closes_and_opens_the_text(rooms: House) -> None:
    moderator, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, _ = await rooms.joined("anna")
    assert await anna.refusal("text.set", on=False) == "moderators_only"
    await moderator.ask("text.set", on=False)
    await anna.hear(lambda frame: frame["type"] == "room.floor" and frame["text_free"] is False)
    assert await anna.refusal("text.write", line="l1", text="x") == "text_closed"
    anna.frames.clear()
    await moderator.ask("text.set", on=True)
    await anna.hear(lambda frame: frame["type"] == "room.you" and frame["writes"])
    assert await anna.refusal("text.write", line="l1", text="x") == "none"
    assert await anna.refusal("text.write", line="l1", text="x" * 1001) == "typed_text"
    assert await anna.refusal("text.write", line="", text="x") == "field"
    captioner, _ = await rooms.joined("karl", Role.CAPTIONER)
    assert await captioner.refusal("text.write", line="l1", text="x") == "text_closed"


async def test_a_flood_of_keys_is_refused(rooms: House) -> None:
    anna, seat = await rooms.joined("anna")
    answers = []
    for _ in range(20):  # a slow machine gives a token back while it thinks
        spend(rooms.services, "text", seat)
        answers.append(await anna.refusal("text.write", line="l1", text="x"))
        if answers[-1] == "rate":
            break
    assert answers[-1] == "rate"


# -- captions ------------------------------------------------------------------------------------------------------------


async def test_two_captioners_hand_over_without_a_doubled_line(rooms: House) -> None:
    anna, _ = await rooms.joined("anna")
    first, one = await rooms.joined("karl", Role.CAPTIONER)
    second, two = await rooms.joined("uta", Role.CAPTIONER)
    await first.ask("caption", line="k1", text="Guten", final=False)
    assert await captioned(second, text="Guten") == {
        "type": "room.caption", "seat": one, "line": "k1", "text": "Guten", "final": False
    }  # fmt: skip
    told = await second.hear(lambda frame: frame["type"] == "room.captioning" and frame["writer"] == one)
    assert {each["name"] for each in told["captioners"]} == {"Karl", "Uta"}
    assert await second.refusal("caption", line="u1", text="Guten Tag", final=True) == "somebody_captions"
    await second.ask("caption.hand", seat=two)
    await captioned(anna, line="k1", text="Guten", final=True)  # stands as it is
    assert await first.refusal("caption", line="k1", text="Guten Tag", final=True) == "somebody_captions"
    await second.ask("caption", line="u1", text="Tag zusammen", final=True)
    await captioned(anna, line="u1", final=True)
    late, _ = await rooms.joined("late")
    assert [line["text"] for line in (await late.enter())["captions"]] == ["Guten", "Tag zusammen"]
    await second.ask("caption.hand", seat=one)
    await first.ask("caption", line="k2", text="weiter", final=False)
    await first.ask("caption.hand", seat=None)
    await captioned(anna, line="k2", final=True)
    await second.ask("caption", line="u2", text="Ich", final=False)
    assert await anna.refusal("caption.hand", seat=None) == "captioners_only"
    assert not any(frame["type"] == "room.captioning" for frame in anna.frames)


async def test_who_begins_takes_the_place_of_a_captioner_who_has_gone(rooms: House) -> None:
    anna, _ = await rooms.joined("anna")
    first, _ = await rooms.joined("karl", Role.CAPTIONER)
    second, _ = await rooms.joined("uta", Role.CAPTIONER)
    await first.ask("caption", text="Guten", final=False)
    await captioned(anna, text="Guten")
    await first.close()
    assert await second.refusal("caption", text="Tag", final=True) == "somebody_captions"
    await rooms.pass_time(20)
    assert await second.refusal("caption", text="Tag", final=True) == "none"
    await captioned(anna, text="Guten", final=True)
    await captioned(anna, text="Tag", final=True)


async def test_the_last_captions_can_be_corrected_by_both(rooms: House) -> None:
    anna, _ = await rooms.joined("anna")
    first, one = await rooms.joined("karl", Role.CAPTIONER)
    second, _ = await rooms.joined("uta", Role.CAPTIONER)
    await first.ask("caption", line="k1", text="Guten Tga", final=True)
    await captioned(anna, line="k1", final=True)
    await second.ask("caption.correct", seat=one, line="k1", text="Guten Tag")
    await captioned(anna, line="k1", text="Guten Tag", final=True)
    await second.ask("caption.correct", seat=one, line="k1", text="")
    await captioned(anna, line="k1", text="")
    late, _ = await rooms.joined("late")
    assert (await late.enter())["captions"] == []
    assert await second.refusal("caption.correct", seat=one, line="k9", text="x") == "caption"
    assert await anna.refusal("caption.correct", seat=one, line="k1", text="x") == "captioners_only"


async def test_a_process_that_has_just_started_learns_what_was_said(rooms: House) -> None:
    anna, _ = await rooms.joined("anna")
    captioner, _ = await rooms.joined("karl", Role.CAPTIONER)
    await anna.ask("text.write", line="l1", text="Hallo")
    await captioner.ask("caption", line="k1", text="Guten Tag", final=True)
    await captioned(anna, line="k1")
    other = Words(RoomKeeper(rooms.services))
    running = asyncio.create_task(other.run())
    try:
        await rooms.until(lambda: len(other.known("forum")["captions"]) == 1 and len(other.known("forum")["text"]) == 1)
        assert other.known("forum") == rooms.live.words.known("forum")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_silent_rooms_are_forgotten(rooms: House) -> None:
    anna, _ = await rooms.joined("anna")
    await anna.ask("text.write", line="l1", text="Hallo", end=True)
    await rooms.until(lambda: rooms.live.words.known("forum")["text"])
    await rooms.pass_time(4 * 3600)
    rooms.live.words.sweep()
    assert rooms.live.words.known("forum") == {"text": [], "captions": []}


# -- signing -------------------------------------------------------------------------------------------------------------


async def test_who_signs_is_shown_as_speaking_and_ranks_with_interpreters(rooms: House) -> None:
    watcher, _ = await rooms.joined("watcher")
    moderator, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await anna.ask("room.state", microphone=False, camera=True, screen=False)
    await anna.ask("signing.set", on=True)
    assert (await watcher.see(seat, signs=True))["signing"] is False
    assert rooms.node.last_grant("forum", seat).priority == 2
    assert await watcher.refusal("signing.set", seat=seat, on=False) == "moderators_only"
    assert await moderator.refusal("signing.set", seat=seat, on=True) == "own_signing_only"
    watcher.frames.clear()
    await moderator.ask("signing.set", seat=seat, on=False)
    await watcher.see(seat, signs=False)
    assert rooms.node.last_grant("forum", seat).priority == 0


async def test_the_floor_to_sign_is_signing_until_it_is_given_back(rooms: House) -> None:
    moderator, _ = await rooms.joined("mo", Role.MODERATOR, "stage")
    anna, seat = await rooms.joined("anna", session="stage")
    assert await anna.refusal("signing.set", on=True) == "cannot_sign"
    await anna.ask("hand.raise", way="signing")
    await moderator.ask("floor.give", seat=seat)
    assert rooms.node.last_grant("stage", seat).priority == 2
    assert (await moderator.see(seat, floor=True))["signs"] is False  # without a picture nobody is seen signing
    await anna.ask("room.state", microphone=False, camera=True, screen=False)
    await moderator.see(seat, signs=True)
    await anna.ask("floor.take", seat=seat)
    assert rooms.node.last_grant("stage", seat).priority == 0
    await moderator.see(seat, floor=False, signs=False)


async def test_two_interpreters_relieve_each_other(rooms: House) -> None:
    anna, attendee = await rooms.joined("anna")
    ina, one = await rooms.joined("ina", Role.INTERPRETER)
    iris, two = await rooms.joined("iris", Role.INTERPRETER)
    for browser in (ina, iris):
        await browser.ask("room.state", microphone=False, camera=True, screen=False)
    await anna.see(two, signing=True, rests=False)
    await iris.ask("signing.hand", seat=two)
    await anna.see(one, signing=False, rests=True)
    assert (rooms.node.last_grant("forum", one).priority, rooms.node.last_grant("forum", two).priority) == (1, 2)
    assert await iris.refusal("signing.hand", seat=attendee) == "seat"
    assert await anna.refusal("signing.hand", seat=one) == "interpreters_only"
    anna.frames.clear()
    await iris.ask("room.leave")  # nobody rests for somebody who has gone
    await anna.see(one, signing=True, rests=False)


@pytest.mark.parametrize("kind", ["text.write", "caption.correct", "caption.hand", "signing.set", "signing.hand"])
async def test_nobody_does_it_from_outside(rooms: House, kind: str) -> None:
    person = await rooms.person("karl", Role.CAPTIONER)
    browser = rooms.browser(person, frozenset({Role.CAPTIONER}))
    assert await browser.refusal(kind, line="l", text="x", seat="x", on=True) == "not_in_room"

"""The chat: lines and answers, taking back, history, replay without a lost or doubled line, forgetting at the end."""

from __future__ import annotations

from typing import Any

import pytest

from conference.forums.talk import store
from conference.forums.talk.chat_actions import forget_ended_chats
from conference.people.model import Role
from tests.forums.house import House, at
from tests.forums.talk.reading import Reader
from tests.forums.talk.test_questions import again, came


async def says(reader: Reader, text: str, client: str | None = None, **more: Any) -> str:
    answer = await reader.browser.ask("chat.say", text=text, client=client or text, **more)
    return str(answer["line"])


async def fill(rooms: House, reader: Reader, lines: int, begin: int = 0) -> None:
    for number in range(begin, begin + lines):
        rooms.clock.advance(seconds=2)
        await says(reader, f"Zeile {number}")


async def test_lines_reach_everybody_in_order(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    anna, jo = await came(rooms, "anna"), await came(rooms, "jo", shows_name=False)
    first = await says(anna, "Guten Tag\nallerseits")
    second = await says(jo, "Hallo", reply_to=first)
    seen = await anna.until(lambda page: len(page.seen("lines")) == 2 and page.seen("lines"))
    assert [(line["name"], line["text"], line["reply_to"]) for line in seen.values()] == [
        ("Anna", "Guten Tag\nallerseits", None),
        (None, "Hallo", first),
    ]
    assert seen[first]["number"] < seen[second]["number"]
    late = await came(rooms, "late")
    assert late.texts("lines") == ["Guten Tag\nallerseits", "Hallo"]


async def test_the_same_line_sent_twice_is_one(rooms_on_both: House) -> None:
    anna, jo = await came(rooms_on_both, "anna"), await came(rooms_on_both, "jo")
    assert await says(anna, "Hallo", "x") == await says(anna, "Hallo", "x")
    await says(jo, "Hallo", "x")  # a name counts for its seat alone
    late = await came(rooms_on_both, "late")
    assert late.texts("lines") == ["Hallo", "Hallo"]


async def test_a_lost_socket_loses_and_doubles_nothing(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    anna, jo = await came(rooms, "anna"), await came(rooms, "jo")
    await fill(rooms, anna, 3)
    taken = await says(anna, "Nur kurz da")
    await jo.until(lambda page: len(page.seen("lines")) == 4)
    await jo.browser.close()
    await fill(rooms, anna, 5, begin=3)
    await anna.browser.ask("chat.delete", line=taken)
    fresh = await again(rooms, jo)  # in the room, and told at once, before it has opened the talk
    await fill(rooms, anna, 1, begin=8)
    opened = await jo.back(fresh)
    await fill(rooms, anna, 1, begin=9)
    assert opened["whole"] is False
    await jo.until(lambda page: len(page.seen("lines")) == 10)
    assert jo.texts("lines") == [f"Zeile {number}" for number in range(10)]


async def test_one_takes_back_ones_own_and_the_moderation_leaves_a_trace(rooms: House) -> None:
    mo, anna, jo = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "anna"), await came(rooms, "jo")
    own, rude = await says(anna, "Vertan"), await says(jo, "Unflat")
    assert await anna.browser.refusal("chat.delete", line=rude) == "moderators_only"
    await anna.browser.ask("chat.delete", line=own)
    await mo.browser.ask("chat.delete", line=rude)
    await jo.until(lambda page: page.seen("lines").get(rude, {}).get("taken"))
    assert own not in jo.seen("lines")
    assert jo.seen("lines")[rude]["text"] == ""
    assert await mo.browser.refusal("chat.delete", line=rude) == "line_taken"
    async with rooms.services.db.read() as session:
        assert (await store.line_in(session, "forum", rude)).text == ""
    late = await came(rooms, "late")
    assert list(late.seen("lines")) == [rude]


async def test_history_comes_by_the_hundred(rooms: House) -> None:
    anna = await came(rooms, "anna")
    await fill(rooms, anna, 130)
    late = await came(rooms, "late")
    assert (late.opened["older"], len(late.opened["lines"])) == (True, 100)
    page = await late.browser.ask("chat.older", before=late.opened["lines"][0]["number"])
    assert ([line["text"] for line in page["lines"]], page["older"]) == ([f"Zeile {n}" for n in range(30)], False)
    assert await late.browser.refusal("chat.older", before="x") == "field"


async def test_who_missed_more_than_a_page_gets_the_last_one_anew(rooms: House) -> None:
    anna, jo = await came(rooms, "anna"), await came(rooms, "jo")
    await jo.browser.close()
    await fill(rooms, anna, 101)
    assert (await jo.back(await again(rooms, jo)))["whole"] is True
    assert jo.texts("lines") == [f"Zeile {number}" for number in range(1, 101)]


@pytest.mark.parametrize("text", [None, 5, "", " \n ", "\u202e", "x" * 1001])
async def test_what_is_no_line(rooms: House, text: Any) -> None:
    anna = await came(rooms, "anna")
    assert await anna.browser.refusal("chat.say", text=text, client="c") == "chat_text"
    assert await anna.browser.refusal("chat.say", text="x", client="c" * 65) == "field"


async def test_who_shouts_has_to_wait(rooms: House) -> None:
    anna = await came(rooms, "anna")
    for number in range(8):
        await says(anna, f"Laut {number}")
    assert await anna.browser.refusal("chat.say", text="Lauter", client="9") == "rate"
    rooms.clock.advance(seconds=2)
    await says(anna, "Leiser", "9")


async def test_lines_of_strangers_and_other_rooms(rooms: House) -> None:
    anna, elsewhere = await came(rooms, "anna"), await came(rooms, "jo", session="stage")
    mo = await came(rooms, "mo", Role.MODERATOR)
    there = await says(elsewhere, "Drüben")
    for stranger in (there, "nothing"):
        assert await mo.browser.refusal("chat.delete", line=stranger) == "line"
        assert await anna.browser.refusal("chat.say", text="x", client="c", reply_to=stranger) == "line"
    outside = rooms.browser(await rooms.person("kim"))
    for kind in ("chat.say", "chat.delete", "chat.older"):
        assert await outside.refusal(kind, text="x", client="c", line=there) == "not_in_room", kind
    mo.read()
    assert mo.texts("lines") == []


async def test_the_chat_is_forgotten_after_the_end_unless_it_is_kept(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    anna, olga = await came(rooms, "anna"), await came(rooms, "olga", Role.ORGANISER, "stage")
    await says(anna, "Vergänglich")
    await says(olga, "Bleibt")
    await olga.browser.ask("talk.set", keeps_chat=True)
    rooms.clock.jump_to(at(209))
    assert await forget_ended_chats(rooms.services) == 0
    rooms.clock.jump_to(at(210))  # the session's end, half an hour to the room's, an hour of grace
    assert await forget_ended_chats(rooms.services) == 1
    assert await forget_ended_chats(rooms.services) == 0
    async with rooms.services.db.read() as session:
        assert await store.all_lines(session, "forum") == []
        assert [said.line.text for said in await store.all_lines(session, "stage")] == ["Bleibt"]

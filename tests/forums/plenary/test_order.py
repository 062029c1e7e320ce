"""The order of greetings: from the program, changed by moderators, known to the stage, and to all if that is said."""

from __future__ import annotations

from typing import Any

from conference.people.model import Role
from tests.forums.house import Browser, House
from tests.forums.plenary.cast import joined, plenary


async def order(browser: Browser, *names: str, **more: Any) -> dict[str, Any]:
    return await browser.hear(
        lambda frame: (
            frame["type"] == "plenary.order"
            and [entry["name"] for entry in frame["greetings"]] == list(names)
            and more.items() <= frame.items()
        )
    )


async def test_the_order_comes_from_the_program_and_is_led(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    await plenary(rooms)
    mo, _ = await joined(rooms, "mo", Role.MODERATOR)
    sina, sinas = await joined(rooms, "sina", Role.SPEAKER)
    anna, _ = await joined(rooms, "anna")
    told = await order(sina, "Sina", "Berta Fern", next="b0")
    assert (told["greetings"][0]["seat"], told["greetings"][1]["seat"]) == (sinas, None)

    added = (await mo.ask("plenary.add", name="Kim  Neu", function="Vorsitz", organisation=None, minutes=3, seat=None))[
        "greeting"
    ]
    told = await order(mo, "Sina", "Berta Fern", "Kim  Neu")
    assert told["greetings"][2]["function"] == {"de": "Vorsitz"}
    await mo.ask("plenary.move", greeting=added, before="b0")
    await order(mo, "Kim  Neu", "Sina", "Berta Fern", next=added)
    await mo.ask("plenary.edit", greeting="b0", name="Sina S.", function="Leiterin", organisation="Bund", minutes=5, seat=sinas)
    told = await order(sina, "Kim  Neu", "Sina S.", "Berta Fern")
    entry = told["greetings"][1]
    assert (entry["function"], entry["organisation"]) == ({"de": "Leiterin", "en": "Leiterin"}, {"de": "Bund"})
    assert (entry["minutes"], entry["seat"]) == (5, sinas)

    # now and next; all are told only when the moderators say so
    await mo.ask("plenary.turn", greeting=added)
    await order(sina, "Kim  Neu", "Sina S.", "Berta Fern", next="b0")
    await mo.ask("plenary.turn", greeting="b0")
    told = await order(sina, "Kim  Neu", "Sina S.", "Berta Fern", next="b2")
    assert [one["state"] for one in told["greetings"]] == ["done", "now", "waiting"]
    assert not any(frame["type"] == "plenary.state" and frame["now"] for frame in anna.frames)
    await mo.ask("plenary.show_now", on=True)
    state = await anna.hear(lambda frame: frame["type"] == "plenary.state" and frame["now"] is not None)
    assert (state["now"]["name"], state["now"]["minutes"]) == ("Sina S.", 5)
    await mo.ask("plenary.turn", greeting=None)
    await anna.hear(lambda frame: frame["type"] == "plenary.state" and frame["now"] is None and frame in anna.frames[-2:])
    await mo.ask("plenary.drop", greeting="b2")
    await order(sina, "Kim  Neu", "Sina S.", next=None)


async def test_what_was_taken_out_comes_back_to_its_place_for_ten_minutes(rooms: House) -> None:
    await plenary(rooms)
    mo, _ = await joined(rooms, "mo", Role.MODERATOR)
    await mo.ask("plenary.turn", greeting="b0")
    await mo.ask("plenary.drop", greeting="b0")
    await order(mo, "Berta Fern")
    assert await mo.refusal("plenary.turn", greeting="b0") == "greeting"
    await mo.ask("plenary.turn", greeting="b2")
    await mo.ask("plenary.restore", greeting="b0")
    told = await order(mo, "Sina", "Berta Fern", next=None)
    assert [one["state"] for one in told["greetings"]] == ["done", "now"]  # it has become another one's turn
    assert told["greetings"][0]["function"] == {"de": "Leiterin", "en": "Leiterin"}
    assert await mo.refusal("plenary.restore", greeting="b0") == "greeting"
    await mo.ask("plenary.drop", greeting="b0")
    await rooms.pass_time(601)
    await mo.ask("plenary.drop", greeting="b2")
    assert await mo.refusal("plenary.restore", greeting="b0") == "greeting"


async def test_refusals_of_the_order(rooms: House) -> None:
    await plenary(rooms)
    mo, _ = await joined(rooms, "mo", Role.MODERATOR)
    entry = {"name": "A", "function": "", "organisation": "", "minutes": None, "seat": None}
    assert await mo.refusal("plenary.add", **{**entry, "name": " "}) == "greeting_line"
    assert await mo.refusal("plenary.add", **{**entry, "name": None}) == "greeting_name"
    assert await mo.refusal("plenary.add", **{**entry, "function": "x" * 161}) == "greeting_line"
    assert await mo.refusal("plenary.add", **{**entry, "minutes": 0}) == "field"
    assert await mo.refusal("plenary.add", **{**entry, "seat": "nobody"}) == "seat"
    assert await mo.refusal("plenary.edit", greeting="nothing", **entry) == "greeting"
    assert await mo.refusal("plenary.turn", greeting="nothing") == "greeting"
    assert await mo.refusal("plenary.move", greeting="b0", before="nothing") == "greeting"
    assert await mo.refusal("plenary.curtain", closed="yes") == "field"
    assert await mo.refusal("plenary.curtain", closed=True, text="x" * 301) == "holding_text"
    for number in range(58):
        await mo.ask("plenary.add", **{**entry, "name": f"Nummer {number}"})
    assert await mo.refusal("plenary.add", **entry) == "greetings"

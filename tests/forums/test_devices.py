"""One person with several devices in a room: asked once, taken over or standing beside, found again after a reload."""

from __future__ import annotations

from typing import Any

from conference.people.model import Role
from tests.forums.house import Browser, House


async def enter(browser: Browser, window: str, choice: str | None = None) -> dict[str, Any]:
    return await browser.ask("room.enter", session="forum", window=window, choice=choice)


async def refusal(browser: Browser, window: str, choice: str | None = None) -> str:
    return await browser.refusal("room.enter", session="forum", window=window, choice=choice)


async def test_a_second_device_is_asked_and_takes_over(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    person = await rooms.person("anna")
    first, second = rooms.browser(person), rooms.browser(person)
    seat = (await enter(first, "w1"))["you"]["seat"]
    await first.ask("hand.raise")
    assert await refusal(second, "w2") == "elsewhere"
    assert (await enter(second, "w2", "take"))["you"]["seat"] == seat
    await first.hear_kind("room.replaced")
    assert await refusal(first, "w1") == "elsewhere"
    assert (await rooms.seated("forum", seat)).seat.hand is not None


async def test_a_reload_and_a_lost_line_are_not_asked(rooms: House) -> None:
    person = await rooms.person("anna")
    first = rooms.browser(person)
    seat = (await enter(first, "w1"))["you"]["seat"]
    again = rooms.browser(person)
    assert (await enter(again, "w1"))["you"]["seat"] == seat  # the old socket is not yet known to be dead
    await again.close()
    phone = rooms.browser(person)
    assert (await enter(phone, "w2"))["you"]["seat"] == seat  # nobody is there any more: no question
    plain = rooms.browser(person)
    assert (await plain.enter())["you"]["seat"] == seat  # a page that names no window takes over


async def test_beside_means_listening(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    person = await rooms.person("anna")
    first, second = rooms.browser(person), rooms.browser(person)
    seat = (await enter(first, "w1"))["you"]["seat"]
    you = (await enter(second, "w2", "beside"))["you"]
    assert (you["seat"] != seat, you["may"], you["speaks"], you["beside"]) == (True, [], False, True)
    assert (await mo.see(you["seat"], here=True))["number"] == 2
    assert await second.refusal("hand.raise") == "beside_listens"
    assert await mo.refusal("floor.give", seat=you["seat"]) == "cannot_have_floor"
    await second.close()
    back = rooms.browser(person)
    assert (await enter(back, "w2"))["you"]["seat"] == you["seat"]  # found again
    third, fourth = rooms.browser(person), rooms.browser(person)
    assert (await enter(third, "w3", "beside"))["you"]["seat"] not in (seat, you["seat"])
    assert await refusal(fourth, "w4", "beside") == "too_many_devices"
    await mo.ask("room.ban", seat=seat)
    assert await refusal(fourth, "w4", "take") == "banned"


async def test_two_people_are_not_mixed_up(rooms: House) -> None:
    anna, jo = rooms.browser(await rooms.person("anna")), rooms.browser(await rooms.person("jo"))
    one, two = await enter(anna, "same"), await enter(jo, "same")
    assert one["you"]["seat"] != two["you"]["seat"]

"""The door of a room and who leads it: put out, banned, locked, let in from the lobby; promoted; notes; the call for help."""

from __future__ import annotations

import asyncio

from sqlmodel import select

from conference.base.audit import AuditEntry
from conference.forums.rooms import RoomKeeper
from conference.people.model import Role
from media.gateway import Direction, Grant, Source
from tests.forums.house import Browser, House

ALL = frozenset(Source)


async def moderation(browser: Browser, **expected: object) -> dict[str, object]:
    """Until the moderators' view of the door says so."""
    return await browser.hear(lambda frame: frame["type"] == "room.moderation" and expected.items() <= frame.items())


async def test_a_ban_holds_until_it_is_lifted(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await mo.ask("room.ban", seat=seat)
    assert ("forum", seat) in rooms.node.removed
    assert (await anna.hear_kind("room.removed"))["banned"] is True
    assert await anna.refusal("room.enter", session="forum") == "banned"
    assert (await moderation(mo, banned=[{"seat": seat, "name": "Anna"}]))["locked"] is False
    assert await mo.refusal("room.spotlight", seat=seat) == "seat"
    await mo.ask("room.lift_ban", seat=seat)
    mo.frames.clear()
    assert (await anna.enter())["you"]["seat"] == seat
    async with rooms.services.db.read() as reading:
        acts = [entry.act for entry in (await reading.exec(select(AuditEntry))).all()]
    assert sorted(acts) == ["room.ban_lifted", "room.banned"]


async def test_a_locked_room_keeps_out_newcomers_alone(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await mo.ask("room.lock", on=True)
    await moderation(mo, locked=True)
    late = rooms.browser(await rooms.person("late"))
    assert await late.refusal("room.enter", session="forum") == "room_locked"
    await anna.close()
    await rooms.pass_time(30)
    again = rooms.browser((await rooms.seated("forum", seat)).person)
    assert (await again.enter())["you"]["seat"] == seat  # the connection was lost, the seat was not
    await rooms.joined("speaker", Role.SPEAKER)
    await mo.ask("room.lock", on=False)
    await late.enter()


async def guest(rooms: House, name: str) -> Browser:
    return rooms.browser(await rooms.person(name, Role.GUEST, "open"), frozenset({Role.GUEST}))


async def test_guests_wait_until_they_are_let_in(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    mo, _ = await rooms.joined("mo", Role.MODERATOR, session="open")
    inside, _ = await rooms.joined("inside", Role.GUEST, session="open")
    await mo.ask("room.lobby", on=True)
    gast, second = await guest(rooms, "gast"), await guest(rooms, "zweite")
    assert await gast.enter("open") == {"waiting": True}
    rooms.clock.advance(seconds=1)
    assert await second.enter("open") == {"waiting": True}
    await second.hear(lambda frame: frame["type"] == "room.waiting" and frame["place"] == 2)
    waiting = (await mo.hear(lambda frame: frame["type"] == "room.moderation" and len(frame["waiting"]) == 2))["waiting"]
    assert [one["name"] for one in waiting] == ["Gast", "Zweite"]
    for kind, fields in (("hand.raise", {}), ("room.view", {"tiles": [], "pinned": []}), ("room.unmute", {})):
        assert await gast.refusal(kind, **fields) == "not_in_room"
    await mo.ask("hand.raise")
    await inside.hear_kind("room.people")
    assert {frame["type"] for frame in gast.frames} == {"room.waiting"}  # nothing of the room leaks out

    await mo.ask("room.admit", seat=waiting[0]["seat"])
    await gast.hear_kind("room.admitted")
    assert (await gast.enter("open"))["you"]["role"] == "guest"
    await second.hear(lambda frame: frame["type"] == "room.waiting" and frame["place"] == 1)
    await mo.ask("room.refuse", seat=waiting[1]["seat"])
    assert (await second.hear_kind("room.removed"))["banned"] is False
    await gast.close()
    again = rooms.browser((await rooms.seated("open", waiting[0]["seat"])).person, frozenset({Role.GUEST}))
    assert "you" in await again.enter("open")  # let in once is let in
    assert await second.enter("open") == {"waiting": True}
    await mo.ask("room.lobby", on=False)
    await second.hear(lambda frame: frame["type"] == "room.admitted")
    assert "you" in await second.enter("open")


async def test_who_waits_keeps_the_place_for_a_minute(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR, session="open")
    await mo.ask("room.lobby", on=True)
    gast = await guest(rooms, "gast")
    await gast.enter("open")
    await mo.hear(lambda frame: frame["type"] == "room.moderation" and frame["waiting"])
    await gast.close()
    await rooms.pass_time(30)
    mo.frames.clear()
    again = await guest(rooms, "zweite")
    await again.enter("open")
    assert (await again.hear_kind("room.waiting"))["place"] == 2
    await rooms.pass_time(61)
    await again.hear(lambda frame: frame["type"] == "room.waiting" and frame["place"] == 1)


async def test_the_spotlight_is_for_everybody(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await mo.ask("room.spotlight", seat=seat)
    await anna.hear(lambda frame: frame["type"] == "room.floor" and frame["spotlight"] == seat)
    assert (await anna.enter())["spotlight"] == seat
    anna.frames.clear()
    await mo.ask("room.spotlight", seat=None)
    await anna.hear(lambda frame: frame["type"] == "room.floor" and frame["spotlight"] is None)


async def test_who_goes_is_in_front_no_more(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    for name, how in (("anna", "leave"), ("jo", "remove"), ("kim", "close")):
        browser, seat = await rooms.joined(name)
        await mo.ask("room.spotlight", seat=seat)
        await mo.hear(lambda frame, seat=seat: frame["type"] == "room.floor" and frame["spotlight"] == seat)
        mo.frames.clear()
        if how == "leave":
            await browser.ask("room.leave")
        elif how == "remove":
            await mo.ask("room.remove", seat=seat)
        else:
            await browser.close()
            await rooms.pass_time(30)
        await mo.hear(lambda frame: frame["type"] == "room.floor" and frame["spotlight"] is None)
        assert (await mo.enter())["spotlight"] is None
        mo.frames.clear()
    back = rooms.browser((await rooms.seated("forum", seat)).person)
    await back.enter()  # a closed page takes nothing away: the moderation has not said otherwise
    await mo.hear(lambda frame: frame["type"] == "room.floor" and frame["spotlight"] == seat)


async def test_promoted_here_and_back_again(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    mo, own = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await mo.ask("room.promote", seat=seat, on=True)
    you = await anna.hear(lambda frame: frame["type"] == "room.you" and frame["moderates"])
    assert (you["role"], rooms.node.last_grant("forum", seat).sources) == ("moderator", ALL)
    await moderation(anna, locked=False)
    assert (await anna.see(seat, promoted=True))["role"] == "moderator"
    assert await anna.refusal("room.health") == "none"
    assert await mo.refusal("room.remove", seat=seat) == "moderators_stay"
    assert await anna.refusal("room.promote", seat=own, on=False) == "moderates_by_role"
    stage = rooms.browser((await rooms.seated("forum", seat)).person)
    assert (await stage.enter("stage"))["you"]["moderates"] is False  # of this room alone
    anna.frames.clear()
    await mo.ask("room.promote", seat=seat, on=False)
    await anna.hear(lambda frame: frame["type"] == "room.you" and not frame["moderates"])
    assert rooms.node.last_grant("forum", seat).sources == {Source.CAMERA}
    assert await anna.refusal("hand.lower_all") == "moderators_only"


async def test_guests_feeds_and_captioners_are_not_promoted(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR, session="open")
    _, guest_seat = await rooms.joined("gast", Role.GUEST, session="open")
    _, writer = await rooms.joined("cap", Role.CAPTIONER, session="open")
    for seat in (guest_seat, writer):
        assert await mo.refusal("room.promote", seat=seat, on=True) == "cannot_moderate"


async def test_notes_are_shared_among_moderators_alone(rooms: House) -> None:
    mo, own = await rooms.joined("mo", Role.MODERATOR)
    max_, other = await rooms.joined("max", Role.ORGANISER)
    anna, _ = await rooms.joined("anna")
    first = await mo.ask("room.notes", text="Anna zuerst\n", seen=None)
    assert first["over"] is None
    told = await max_.hear(lambda frame: frame["type"] == "room.notes" and frame["text"] == "Anna zuerst\n")
    assert (told["by"], told["changed"]) == (own, first["changed"])
    rooms.clock.advance(seconds=1)
    second = await max_.ask("room.notes", text="Jo zuerst", seen=told["changed"])
    assert second["over"] is None
    rooms.clock.advance(seconds=1)
    third = await mo.ask("room.notes", text="Anna doch", seen=first["changed"])  # did not know of the second
    assert third["over"] == other
    assert await mo.refusal("room.notes", text="x" * 10_001, seen=None) == "notes_text"
    assert await mo.refusal("room.notes", text=7, seen=None) == "notes_text"
    assert await anna.refusal("room.notes", text="x", seen=None) == "moderators_only"
    assert not any(frame["type"] in ("room.notes", "room.moderation") for frame in anna.frames)


async def test_a_call_reaches_organisers_in_their_rooms(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    olga, _ = await rooms.joined("olga", Role.ORGANISER, session="stage")
    anna, _ = await rooms.joined("anna", session="stage")
    assert await anna.refusal("room.help", on=True) == "moderators_only"
    await mo.ask("room.help", on=True)
    call = (await olga.hear(lambda frame: frame["type"] == "room.calls" and frame["calls"]))["calls"][0]
    assert (call["session"], call["by"], call["title"]["de"]) == ("forum", "Mo", "forum")
    await mo.hear(lambda frame: frame["type"] == "room.moderation" and frame["help"])
    assert await anna.refusal("room.help_done", session="forum") == "organisers_only"
    assert await mo.refusal("room.help_done", session="forum") == "organisers_only"
    assert await olga.refusal("room.help_done", session="foreign") == "person_of_another_conference"
    assert await olga.refusal("room.help_done", session="nowhere") == "session"
    olga.frames.clear()
    mo.frames.clear()
    await olga.ask("room.help_done", session="forum")
    await olga.hear(lambda frame: frame["type"] == "room.calls" and not frame["calls"])
    await moderation(mo, help=None)
    assert not any(frame["type"] == "room.calls" for frame in anna.frames)


async def test_the_lobby_spans_processes(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR, session="open")
    await mo.ask("room.lobby", on=True)
    elsewhere = RoomKeeper(rooms.services)
    running = asyncio.create_task(elsewhere.run())
    try:
        gast = await guest(rooms, "gast")
        await gast.enter("open")
        await rooms.until(lambda: elsewhere.lobby.knocking("open"))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_out_within_a_second_on_socket_and_media(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await rooms.node.connect("forum", seat, Direction.PUBLISH, "offer", Grant(ALL, 0.0, 0))
    async with asyncio.timeout(1):
        await mo.ask("room.remove", seat=seat)
        await anna.hear_kind("room.removed")
        assert not rooms.node.connections
    assert await anna.refusal("hand.raise") == "not_in_room"

"""A room's life as its browsers see it: entering, hands, the floor, mutes, removal; and what the node is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conference.people.model import Role
from media.gateway import Source
from tests.forums.house import House

ALL = frozenset(Source)


async def test_entering_says_who_is_here_and_what_one_may(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    await rooms.person("mara", Role.ATTENDEE, initiative_id="i1", land="ST")
    other, other_seat = await rooms.joined("jo", shows_name=False, initiative_id="i1", land="ST")
    mara = rooms.browser((await rooms.seated("forum", other_seat)).person)
    anna, _ = await rooms.joined("anna")
    entered = await anna.enter()
    assert entered["you"]["may"] == ["camera"]
    assert (entered["you"]["role"], entered["you"]["moderates"], entered["floor"]) == ("attendee", False, "discussion")
    person = (
        await anna.see(other_seat) if not entered["people"] else next(p for p in entered["people"] if p["seat"] == other_seat)
    )
    assert (person["name"], person["initiative"], person["land"]) == (None, None, None)
    assert mara is not other


async def test_names_travel_by_consent(rooms: House) -> None:
    watcher, _ = await rooms.joined("watcher")
    _, seat = await rooms.joined("mara", initiative_id="i1", land="ST")
    person = await watcher.see(seat, here=True)
    assert (person["name"], person["initiative"], person["land"]) == ("Mara", "Agentur Musterland", "Sachsen-Anhalt")


async def test_a_reload_returns_to_the_same_seat_hand_and_floor(rooms: House) -> None:
    moderator, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await anna.ask("hand.raise")
    await moderator.see(seat, hand=1)
    await anna.close()
    await rooms.pass_time(3)
    again = rooms.browser((await rooms.seated("forum", seat)).person)
    entered = await again.enter()
    assert entered["you"]["seat"] == seat
    await moderator.ask("floor.give", seat=seat)
    own = await again.hear(lambda frame: frame["type"] == "room.you" and frame["floor"])
    assert own["may"] == sorted(ALL)
    await again.close()
    await rooms.pass_time(4)
    third = rooms.browser((await rooms.seated("forum", seat)).person)
    assert (await third.enter())["you"]["floor"] is True
    assert not any(seat in frame["gone"] for frame in moderator.frames if frame["type"] == "room.people")


async def test_who_is_gone_for_longer_is_shown_so(rooms: House) -> None:
    watcher, _ = await rooms.joined("watcher")
    anna, seat = await rooms.joined("anna")
    jo, silent = await rooms.joined("jo")
    await anna.ask("hand.raise")
    await watcher.see(seat, hand=1)
    await anna.close()
    await jo.close()
    await rooms.pass_time(6)
    assert (await watcher.see(seat, here=False))["hand"] == 1
    await watcher.miss(silent)
    await rooms.pass_time(60)
    await watcher.miss(seat)


async def test_the_queue_is_told_to_all_and_survives_lowering(rooms: House) -> None:
    watcher, _ = await rooms.joined("watcher")
    anna, first = await rooms.joined("anna")
    jo, second = await rooms.joined("jo")
    await anna.ask("hand.raise")
    rooms.clock.advance(seconds=1)
    await jo.ask("hand.raise")
    await jo.ask("hand.raise")
    await watcher.see(second, hand=2)
    watcher.frames.clear()
    await anna.ask("hand.lower")
    await watcher.see(second, hand=1)
    assert (await rooms.seated("forum", first)).seat.hand is None


async def test_giving_and_taking_the_floor_changes_the_grant(rooms: House) -> None:
    moderator, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await anna.ask("hand.raise")
    await moderator.ask("floor.give", seat=seat)
    assert rooms.node.last_grant("forum", seat).sources == ALL
    person = await moderator.see(seat, floor=True)
    assert person["hand"] is None
    anna.frames.clear()
    await moderator.ask("floor.take", seat=seat)
    assert rooms.node.last_grant("forum", seat).sources == {Source.CAMERA}
    await anna.hear(lambda frame: frame["type"] == "room.you" and frame["may"] == ["camera"])


async def test_a_mute_holds_until_oneself_ends_it(rooms: House) -> None:
    moderator, _ = await rooms.joined("mo", Role.MODERATOR, session="round")
    anna, seat = await rooms.joined("anna", session="round")
    await anna.ask("room.state", microphone=True, camera=True)
    await moderator.see(seat, microphone=True)
    moderator.frames.clear()
    await moderator.ask("room.mute", seat=seat)
    assert rooms.node.last_grant("round", seat).sources == ALL - {Source.MICROPHONE}
    assert (await anna.hear(lambda frame: frame["type"] == "room.you" and frame["muted"]))["may"] == sorted(ALL)
    await moderator.see(seat, microphone=False, camera=True)
    assert await moderator.refusal("room.unmute", seat=seat) == "none"  # unmutes the moderator, never somebody else
    assert (await rooms.seated("round", seat)).seat.muted
    await anna.ask("room.unmute")
    assert rooms.node.last_grant("round", seat).sources == ALL


async def test_removal_ends_media_and_one_may_come_back(rooms: House) -> None:
    moderator, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await moderator.see(seat, here=True)
    await moderator.ask("room.remove", seat=seat)
    assert ("forum", seat) in rooms.node.removed
    await anna.hear_kind("room.removed")
    await moderator.miss(seat)
    assert await anna.refusal("hand.raise") == "not_in_room"
    assert (await anna.enter())["you"]["seat"] == seat


async def test_setting_the_floor_reaches_everybody(rooms: House) -> None:
    moderator, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await moderator.ask("floor.set", floor="discussion", microphones_free=True)
    await anna.hear(lambda frame: frame["type"] == "room.floor" and frame["microphones_free"])
    assert rooms.node.last_grant("forum", seat).sources == {Source.CAMERA, Source.MICROPHONE}
    await moderator.ask("floor.set", floor="stage")
    await anna.hear(lambda frame: frame["type"] == "room.you" and frame["may"] == [])
    assert await moderator.refusal("floor.set", floor="bazaar") == "floor"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("floor.set", {"floor": "stage"}),
        ("floor.give", {"seat": "SEAT"}),
        ("floor.take", {"seat": "SEAT"}),
        ("room.mute", {"seat": "SEAT"}),
        ("room.remove", {"seat": "SEAT"}),
        ("hand.lower", {"seat": "SEAT"}),
    ],
)
async def test_only_moderators_moderate_and_only_their_own_room(rooms: House, kind: str, fields: dict[str, Any]) -> None:
    _, seat = await rooms.joined("anna")
    _, elsewhere = await rooms.joined("jo", session="stage")
    attendee, _ = await rooms.joined("kim")
    moderator, _ = await rooms.joined("mo", Role.MODERATOR)
    real = {name: seat if value == "SEAT" else value for name, value in fields.items()}
    assert await attendee.refusal(kind, **real) == "moderators_only"
    if "seat" in fields:
        assert await moderator.refusal(kind, seat=elsewhere) == "seat"
        assert await moderator.refusal(kind, seat="nobody") == "seat"
        assert await moderator.refusal(kind, seat="x" * 65) == "field"
        assert await moderator.refusal(kind, seat=["x"]) == "field"


async def test_a_moderator_of_another_session_is_an_attendee_here(rooms: House) -> None:
    _, seat = await rooms.joined("anna")
    person = await rooms.person("mo", Role.MODERATOR, session="stage")
    mo = rooms.browser(person)
    assert (await mo.enter("forum"))["you"]["moderates"] is False
    assert await mo.refusal("floor.give", seat=seat) == "moderators_only"
    assert (await mo.enter("stage"))["you"]["moderates"] is True


async def test_moderators_are_not_removed_by_each_other(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    _, seat = await rooms.joined("max", Role.ORGANISER)
    assert await mo.refusal("room.remove", seat=seat) == "moderators_stay"


@pytest.mark.parametrize(("session", "code"), [("site", "room_closed"), ("later", "room_closed"), ("nowhere", "session")])
async def test_closed_doors(rooms: House, session: str, code: str) -> None:
    person = await rooms.person("anna")
    assert await rooms.browser(person).refusal("room.enter", session=session) == code


async def test_strangers_and_people_of_other_conferences_stay_outside(rooms: House) -> None:
    person = await rooms.person("anna")
    assert await rooms.browser(None).refusal("room.enter", session="forum") == "strangers_have_no_seat"
    assert await rooms.browser(person).refusal("room.enter", session="foreign") == "person_of_another_conference"
    assert await rooms.browser(person).refusal("hand.raise") == "not_in_room"


async def test_guests_enter_where_the_session_lets_them(rooms: House) -> None:
    guest = rooms.browser(await rooms.person("gast", Role.GUEST, "open"), frozenset({Role.GUEST}))
    assert await guest.refusal("room.enter", session="forum") == "room_closed"
    assert (await guest.enter("open"))["you"]["role"] == "guest"


async def test_an_open_round_has_25_seats_and_one_for_the_moderator(rooms: House) -> None:
    browsers = [await rooms.joined(f"p{number}", session="round") for number in range(25)]
    late = rooms.browser(await rooms.person("late"))
    assert await late.refusal("room.enter", session="round") == "room_full"
    await rooms.joined("mo", Role.MODERATOR, session="round")
    assert (await browsers[0][0].enter("round"))["you"]["seat"] == browsers[0][1]  # who is in stays in
    await browsers[1][0].ask("room.leave")
    await browsers[2][0].ask("room.leave")
    assert (await late.enter("round"))["you"]["role"] == "attendee"


async def test_leaving_gives_back_floor_and_hand(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    await mo.ask("floor.give", seat=seat)
    await mo.see(seat, floor=True)
    await anna.ask("room.leave")
    await mo.miss(seat)
    assert ("forum", seat) in rooms.node.removed
    entered = await anna.enter()
    assert (entered["you"]["seat"], entered["you"]["floor"]) == (seat, False)


async def test_a_second_window_replaces_the_first(rooms: House) -> None:
    first, seat = await rooms.joined("anna")
    second = rooms.browser((await rooms.seated("forum", seat)).person)
    assert (await second.enter())["you"]["seat"] == seat
    await first.hear_kind("room.replaced")
    assert await first.refusal("hand.raise") == "not_in_room"
    await first.close()
    await rooms.pass_time(10)
    assert seat in {person["seat"] for person in (await rooms.keeper.refresh("forum")).values()}


async def test_captions_come_from_the_captioner_alone_and_greet_who_comes_later(rooms: House) -> None:
    writer, seat = await rooms.joined("cap", Role.CAPTIONER)
    anna, _ = await rooms.joined("anna")
    await writer.ask("caption", text="Guten ", final=False)
    told = await anna.hear_kind("room.caption")
    assert told == {"type": "room.caption", "seat": seat, "line": told["line"], "text": "Guten", "final": False}
    await writer.ask("caption", text="Guten Tag", final=True)
    await anna.hear(lambda frame: frame["type"] == "room.caption" and frame["final"])
    assert await anna.refusal("caption", text="x") == "captioners_only"
    assert await writer.refusal("caption", text=5) == "caption_text"
    assert await writer.refusal("hand.raise") == "captioners_do_not_speak"
    late, _ = await rooms.joined("late")
    assert [line["text"] for line in (await late.enter())["captions"]] == ["Guten Tag"]


async def test_a_role_taken_away_holds_at_the_next_act(rooms: House) -> None:
    mo, own = await rooms.joined("mo", Role.MODERATOR)
    _, seat = await rooms.joined("anna")
    async with rooms.services.db.work() as work:
        from conference.people.model import RoleHeld

        held = await work.session.get(RoleHeld, "mo-moderator")
        await work.session.delete(held)
    assert await mo.refusal("floor.give", seat=seat) == "moderators_only"
    await rooms.keeper.refresh("forum")
    await mo.hear(lambda frame: frame["type"] == "room.you" and frame["seat"] == own and not frame["moderates"])


async def test_at_most_two_frames_on_people_a_second(rooms: House) -> None:
    watcher, _ = await rooms.joined("watcher")
    await rooms.keeper.refresh("forum")
    watcher.frames.clear()
    for number in range(12):
        await rooms.joined(f"p{number}")
        await asyncio.sleep(0.1)
    assert 2 <= sum(frame["type"] == "room.people" for frame in watcher.frames) <= 4

"""What the node tells reaches the right browsers, and what the browsers may reaches the node, also when something is away."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from conference.access.model import Conference
from conference.base.ids import digest
from conference.forums.grants import grant_for
from conference.forums.store import room_of
from conference.people.actions import put_person, revoke, tell_roles
from conference.people.model import AccessToken, Role
from conference.program.model import Session
from media.gateway import (
    Direction,
    Disconnected,
    Grant,
    LayersWanted,
    NodeBack,
    NodeLost,
    NodeUnavailable,
    SlotAssignment,
    SlotsChanged,
    Source,
    SpeakersChanged,
    TracksChanged,
)
from tests.forums.house import START, House, at


async def grant_of(rooms: House, session: str, seat: str) -> float:
    async with rooms.services.db.read() as reading:
        room = await room_of(reading, session)
    return grant_for(await rooms.seated(session, seat), room, rooms.clock).not_after


async def test_slots_go_to_the_seat_alone_and_wait_for_a_returning_socket(rooms: House) -> None:
    anna, seat = await rooms.joined("anna")
    jo, _ = await rooms.joined("jo")
    rooms.node.tell(SlotsChanged("forum", seat, "c1", (SlotAssignment("3", "x", Source.CAMERA), SlotAssignment("4", None, None))))
    told = await anna.hear_kind("room.slots")
    assert told == {
        "type": "room.slots",
        "connection": "c1",
        "slots": [
            {"mid": "3", "seat": "x", "source": "camera", "state": "live"},
            {"mid": "4", "seat": None, "source": None, "state": "live"},
        ],
    }
    assert not any(frame["type"] == "room.slots" for frame in jo.frames)
    await anna.close()
    again = rooms.browser((await rooms.seated("forum", seat)).person)
    assert (await again.enter())["slots"] == told


async def test_speakers_go_to_the_room(rooms: House) -> None:
    anna, seat = await rooms.joined("anna")
    other, _ = await rooms.joined("jo", session="stage")
    rooms.node.tell(SpeakersChanged("forum", (seat,)))
    assert (await anna.hear_kind("room.speakers"))["seats"] == [seat]
    assert not any(frame["type"] == "room.speakers" for frame in other.frames)
    late, _ = await rooms.joined("late")
    assert (await late.enter())["speakers"] == [seat]


async def test_layers_that_nobody_looks_at_are_told_to_their_publisher_alone(rooms: House) -> None:
    anna, seat = await rooms.joined("anna")
    other, _ = await rooms.joined("other")
    rooms.node.tell(LayersWanted("forum", seat, "c1", Source.CAMERA, ("q", "h")))
    told = {"type": "room.layers", "connection": "c1", "source": "camera", "rids": ["q", "h"]}
    assert await anna.hear_kind("room.layers") == told
    assert (await anna.enter())["layers"] == [told]  # who comes back missed nothing
    rooms.node.tell(SpeakersChanged("forum", (seat,)))
    await other.hear_kind("room.speakers")
    assert not any(frame["type"] == "room.layers" for frame in other.frames)


@pytest.mark.parametrize(
    ("reason", "told"), [("lost", True), ("failed", True), ("shutdown", True), ("left", False), ("replaced", False)]
)
async def test_an_unwanted_end_asks_for_a_new_offer(rooms: House, reason: str, told: bool) -> None:
    anna, seat = await rooms.joined("anna")
    rooms.node.tell(Disconnected("forum", seat, "c1", Direction.PUBLISH, reason))
    rooms.node.tell(SpeakersChanged("forum", ()))
    await anna.hear_kind("room.speakers")
    assert any(frame["type"] == "room.rejoin" for frame in anna.frames) is told


async def test_a_node_that_is_back_is_offered_to_again(rooms: House) -> None:
    anna, _ = await rooms.joined("anna")
    rooms.node.tell(NodeLost(("forum",)))
    rooms.node.tell(NodeBack(("forum",)))
    assert await anna.hear_kind("room.rejoin") == {"type": "room.rejoin", "connection": None, "direction": None, "within": 1.0}
    anna.frames.clear()
    rooms.node.tell(NodeBack(()))  # a node that does not know of any forum: all rooms
    await anna.hear_kind("room.rejoin")


async def test_a_person_without_a_socket_shows_what_the_node_sees(rooms: House) -> None:
    watcher, _ = await rooms.joined("watcher")
    speaker, seat = await rooms.joined("speaker", Role.SPEAKER)
    await speaker.close()
    await rooms.node.connect("forum", seat, Direction.PUBLISH, "offer", await _grant(rooms, seat))
    rooms.node.tell(TracksChanged("forum", seat, frozenset({Source.CAMERA, Source.MICROPHONE})))
    await watcher.see(seat, camera=True, microphone=True)
    await rooms.pass_time(30)
    assert not any(seat in frame["gone"] for frame in watcher.frames if frame["type"] == "room.people")


async def _grant(rooms: House, seat: str) -> Grant:
    async with rooms.services.db.read() as reading:
        return grant_for(await rooms.seated("forum", seat), await room_of(reading, "forum"), rooms.clock)


async def test_a_grant_ends_with_the_room_in_real_time(rooms: House) -> None:
    _, seat = await rooms.joined("anna")
    left = at(150) - rooms.clock.now()  # half an hour after the end
    assert await grant_of(rooms, "forum", seat) == pytest.approx(rooms.clock.real() + left.total_seconds())


async def test_a_right_that_was_taken_ends_even_when_the_node_stumbles(rooms: House) -> None:
    moderator, _ = await rooms.joined("mo", Role.MODERATOR)
    _, seat = await rooms.joined("anna")
    rooms.node.fails = [NodeUnavailable("once")]
    await moderator.ask("floor.give", seat=seat)
    assert rooms.node.last_grant("forum", seat).sources == frozenset(Source)
    rooms.node.fails = [NodeUnavailable("for long")] * 4
    await moderator.ask("floor.take", seat=seat)
    assert rooms.node.removed == [("forum", seat)]
    rooms.node.fails = [NodeUnavailable("quite away")] * 5
    await moderator.ask("floor.take", seat=seat)  # the seat's state is written, whatever the node does


async def test_a_moved_closing_date_reaches_the_node(rooms: House) -> None:
    _, seat = await rooms.joined("anna")
    await rooms.node.connect("forum", seat, Direction.RECEIVE, "offer", await _grant(rooms, seat))
    async with rooms.services.db.work() as work:
        conference = await work.session.get(Conference, "c1")
        assert conference is not None
        conference.archive = at(90)
        work.session.add(conference)
    ends = rooms.clock.real() + (at(90) - rooms.clock.now()).total_seconds()
    await rooms.until(lambda: rooms.node.last_grant("forum", seat).not_after == pytest.approx(ends))


async def test_a_role_that_was_taken_by_a_table_of_people_ends_at_the_node(rooms: House) -> None:
    """Another process reads the table: this one hears of it by the outbox alone."""
    _, seat = await rooms.joined("sigrun", Role.SPEAKER, session="stage")
    await rooms.node.connect("stage", seat, Direction.PUBLISH, "offer", await _grant_on_stage(rooms, seat))
    assert rooms.node.last_grant("stage", seat).sources == frozenset(Source)
    async with rooms.services.db.work() as work:
        await put_person(
            work, rooms.services.ids, conference_id="c1", name="Sigrun", email="sigrun@example.org", roles=[(Role.ATTENDEE, None)]
        )
        tell_roles(work, rooms.services.outbox, "c1")
    await rooms.until(lambda: rooms.node.last_grant("stage", seat).sources == frozenset())


async def test_revoked_links_and_tokens_end_what_still_streams_by_them(rooms: House) -> None:
    from conference.forums.actions import enter_by_token

    _, seat = await rooms.joined("sigrun", Role.SPEAKER, session="stage")
    token = AccessToken(
        digest=digest("secret"), conference_id="c1", session_id="stage", role="publisher", label="Studio",
        created=rooms.clock.now(), expires=rooms.clock.now() + timedelta(hours=1),
    )  # fmt: skip
    await rooms.add(token)
    studio = (await enter_by_token(rooms.services, "stage", token)).seat.id
    for one in (seat, studio):
        await rooms.node.connect("stage", one, Direction.PUBLISH, "offer", await _grant_on_stage(rooms, one))
    async with rooms.services.db.work() as work:
        kept = await work.session.get(AccessToken, token.digest)
        assert kept is not None
        kept.revoked = work.now
        await revoke(work, rooms.services.outbox, "sigrun")
    await rooms.until(lambda: ("stage", seat) in rooms.node.removed)
    await rooms.until(lambda: rooms.node.last_grant("stage", studio).not_after == 0)


async def test_a_node_that_stands_still_keeps_no_room_from_being_told(rooms: House) -> None:
    _, seat = await rooms.joined("sigrun", Role.SPEAKER, session="stage")
    await rooms.node.connect("stage", seat, Direction.PUBLISH, "offer", await _grant_on_stage(rooms, seat))
    await rooms.until(lambda: len(rooms.node.grants["stage", seat]) == 2)  # what it may know from another process is renewed
    watcher, _ = await rooms.joined("watcher")
    rooms.node.fails = [NodeUnavailable("away")] * 3
    async with rooms.services.db.work() as work:
        await put_person(work, rooms.services.ids, conference_id="c1", name="Sigrun", email="sigrun@example.org", roles=[])
        tell_roles(work, rooms.services.outbox, "c1")
    await rooms.until(lambda: not rooms.node.fails or len(rooms.node.fails) < 3)
    _, other = await rooms.joined("other")
    await watcher.see(other, here=True)
    await rooms.until(lambda: rooms.node.last_grant("stage", seat).sources == frozenset(), within=6)


async def test_closing_puts_everybody_out(rooms: House) -> None:
    anna, seat = await rooms.joined("anna")
    rooms.clock.jump_to(at(151))
    await rooms.keeper.refresh("forum")
    assert (await anna.hear_kind("closed"))["door"] == "over"
    assert ("forum", seat) in rooms.node.removed
    assert await anna.refusal("hand.raise") == "not_in_room"


async def test_a_clock_set_back_puts_the_audience_out_and_keeps_the_stage(rooms: House) -> None:
    anna, _ = await rooms.joined("anna")
    moderator, own = await rooms.joined("mo", Role.MODERATOR)
    rooms.clock.jump_to(START + timedelta(minutes=30))
    await rooms.keeper.refresh("forum")
    assert (await anna.hear_kind("closed"))["door"] == "not_yet"
    assert own in {person["seat"] for person in (await rooms.keeper.refresh("forum")).values()}
    assert not any(frame["type"] == "closed" for frame in moderator.frames)


async def test_a_session_that_is_deleted_ends_its_room(rooms: House) -> None:
    anna, _ = await rooms.joined("anna")
    async with rooms.services.db.work() as work:
        await work.session.delete(await work.session.get(Session, "later"))
    assert await rooms.keeper.refresh("later") == {}
    assert not any(frame["type"] == "closed" for frame in anna.frames)


async def test_the_topic_of_a_session_tells_numbers_only(rooms: House) -> None:
    anna, _ = await rooms.joined("anna")
    states = await rooms.live.snapshots["session"]("session:forum", anna.socket.viewer, "de")
    assert states == [{"kind": "room", "here": 1, "floor": "discussion", "microphones_free": False}]


async def test_simulated_people_need_no_browser(rooms: House) -> None:
    watcher, _ = await rooms.joined("watcher")
    actor, seat = await rooms.joined("actor", simulated=True)
    await watcher.see(seat, here=True)
    await actor.close()
    await rooms.pass_time(100)
    assert seat in await rooms.keeper.refresh("forum")


async def test_a_studio_is_shown_by_its_label_and_ends_with_its_token(rooms: House) -> None:
    from conference.forums.actions import enter_by_token

    expires = rooms.clock.now() + timedelta(minutes=5)
    token = AccessToken(
        digest=digest("secret"), conference_id="c1", session_id="stage", role="publisher", label="Studio Berlin",
        created=rooms.clock.now(), expires=expires,
    )  # fmt: skip
    await rooms.add(token)
    seated = await enter_by_token(rooms.services, "stage", token)
    again = await enter_by_token(rooms.services, "stage", token)
    assert (seated.seat.id, seated.name, seated.role) == (again.seat.id, "Studio Berlin", Role.SPEAKER)
    assert await grant_of(rooms, "stage", seated.seat.id) == expires.timestamp()
    watcher, _ = await rooms.joined("watcher", session="stage")
    rooms.node.tell(TracksChanged("stage", seated.seat.id, frozenset({Source.CAMERA})))
    await rooms.node.connect("stage", seated.seat.id, Direction.PUBLISH, "offer", await _grant_on_stage(rooms, seated.seat.id))
    person = await watcher.see(seated.seat.id, camera=True)
    assert (person["name"], person["land"]) == ("Studio Berlin", None)


async def _grant_on_stage(rooms: House, seat: str) -> Grant:
    async with rooms.services.db.read() as reading:
        return grant_for(await rooms.seated("stage", seat), await room_of(reading, "stage"), rooms.clock)


async def test_two_windows_of_a_hundred_entering_at_once_find_one_seat_each(rooms: House) -> None:
    people = [await rooms.person(f"p{number}") for number in range(20)]
    entered = await asyncio.gather(*(rooms.browser(person).enter() for person in people for _ in range(2)))
    assert len({answer["you"]["seat"] for answer in entered}) == 20

"""A studio's three feeds: the stage's, the signing person's, and the deputy that stands in when the stage's goes dark."""

from __future__ import annotations

from typing import Any

from conference.people.model import Feed, Role
from media.gateway import Source, TracksChanged
from tests.forums.house import House
from tests.forums.plenary.cast import RUNNING, Studio, joined, plenary

EVERYTHING = {source.value for source in Source}
BOTH = frozenset({Source.CAMERA, Source.MICROPHONE})


async def test_feeds_take_their_places_and_the_deputy_stands_in(rooms: House) -> None:
    await plenary(rooms)
    rooms.clock.jump_to(RUNNING)
    mo, _ = await joined(rooms, "mo", Role.MODERATOR)
    anna, _ = await joined(rooms, "anna")
    main, signing, deputy = (Studio(rooms, feed) for feed in (Feed.STAGE, Feed.SIGNING, Feed.DEPUTY))
    for each in (main, signing, deputy):
        await each.connect()
    for each in (main, signing):
        rooms.node.tell(TracksChanged("plenum", each.seat, BOTH))
    person = await anna.see(signing.seat)
    assert (person["signing"], person["name"]) == (True, "Studio signing")
    assert rooms.node.last_grant("plenum", signing.seat).priority == 2
    assert (main.sources, deputy.sources) == (EVERYTHING, set())
    state = await anna.hear(lambda frame: frame["type"] == "plenary.state" and frame["front"] == main.seat)
    assert deputy.seat not in [one["seat"] for one in state["names"]]
    lead = await mo.hear(lambda frame: frame["type"] == "plenary.lead" and len(frame["feeds"]) == 3)
    assert {one["place"]: (one["here"], one["shown"]) for one in lead["feeds"]} == {
        "stage": (True, True), "signing": (True, True), "deputy": (True, False),
    }  # fmt: skip

    # a gap is no failure; five seconds are
    await rooms.live.watch.look("plenum")
    rooms.node.tell(TracksChanged("plenum", main.seat, frozenset()))
    await rooms.until(lambda: not rooms.keeper.presence.sources_of("plenum", main.seat))
    await rooms.live.watch.look("plenum")
    await rooms.pass_time(4)
    await rooms.live.watch.look("plenum")
    assert deputy.sources == set()
    await rooms.pass_time(2)
    await rooms.live.watch.look("plenum")
    assert (main.sources, deputy.sources) == (set(), EVERYTHING)
    await anna.hear(lambda frame: frame["type"] == "plenary.state" and frame["front"] == deputy.seat)
    await anna.miss(main.seat)

    # the studio is back, and stays behind until a moderator says so
    await main.connect()
    rooms.node.tell(TracksChanged("plenum", deputy.seat, BOTH))
    await rooms.live.watch.look("plenum")
    assert main.sources == set()
    await mo.ask("plenary.feed", feed="stage")
    assert (main.sources, deputy.sources) == (EVERYTHING, set())
    assert await mo.refusal("plenary.feed", feed="signing") == "field"


async def test_without_the_deputy_connected_nothing_is_switched(rooms: House) -> None:
    await plenary(rooms)
    rooms.clock.jump_to(RUNNING)
    mo, _ = await joined(rooms, "mo", Role.MODERATOR)
    assert await mo.refusal("plenary.feed", feed="deputy") == "no_feed"
    main, deputy = Studio(rooms, Feed.STAGE), Studio(rooms, Feed.DEPUTY)
    for each in (main, deputy):
        await each.connect()
    await rooms.services.media.leave(deputy.connection)
    await rooms.until(lambda: deputy.seat not in rooms.keeper.presence.with_media("plenum"))
    for _ in range(3):
        await rooms.live.watch.look("plenum")
        await rooms.pass_time(6)
    assert (main.sources, deputy.sources) == (EVERYTHING, set())


async def test_in_a_break_a_dark_stage_is_no_failure(rooms: House) -> None:
    await plenary(rooms)
    rooms.clock.jump_to(RUNNING)
    mo, _ = await joined(rooms, "mo", Role.MODERATOR)
    main, deputy = Studio(rooms, Feed.STAGE), Studio(rooms, Feed.DEPUTY)
    for each in (main, deputy):
        await each.connect()
    await mo.ask("plenary.curtain", closed=True, text="", minutes=None)
    for _ in range(3):
        await rooms.live.watch.look("plenum")
        await rooms.pass_time(6)
    assert (main.sources, deputy.sources) == (set(), set())
    await mo.ask("plenary.curtain", closed=False, text="", minutes=None)
    assert (main.sources, deputy.sources) == (EVERYTHING, set())


async def test_whoever_speaks_in_the_studio_is_the_present_one_of_the_order(rooms: House) -> None:
    await plenary(rooms)
    rooms.clock.jump_to(RUNNING)
    mo, _ = await joined(rooms, "mo", Role.MODERATOR)
    main = Studio(rooms, Feed.STAGE)
    await main.connect()
    await mo.ask("plenary.turn", greeting="b2")

    def named(frame: dict[str, Any]) -> bool:
        names = {one["seat"]: one["name"] for one in frame["names"]} if frame["type"] == "plenary.state" else {}
        return names.get(main.seat) == "Berta Fern"

    await mo.hear(named)

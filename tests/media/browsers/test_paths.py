"""The way to the node changes under a running connection: other ports, other credentials, a while of silence."""

from __future__ import annotations

import asyncio

import pytest

from media.gateway import Direction
from tests.media.browsers.length import by_length
from tests.media.rig.people import Person
from tests.media.rig.relay import Relay, until
from tests.media.rig.site import Rig
from tests.media.rig.wire import Condition

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BACK = 3.0  # seconds until media flows again


async def one_who_looks(rig: Rig, browser: str) -> tuple[Person, str, Relay]:
    await rig.perform("speaker", "h")
    viewer = await rig.enter("viewer", browser)
    await viewer.receive()
    mid = await rig.sitting("viewer", "speaker")
    await viewer.sees(mid, 20)
    return viewer, mid, rig.relay("viewer")


async def back(viewer: Person, mid: str, relay: Relay, what: str) -> None:
    """Pictures again within three seconds, over the same DTLS."""
    relay.begin()
    start = asyncio.get_running_loop().time()
    await viewer.sees(mid, 5, within=BACK)
    print(f"{viewer.browser}, {what}: pictures again after {asyncio.get_running_loop().time() - start:.1f} s")
    assert relay.seen_up.kinds.get("dtls", 0) + relay.seen_down.kinds.get("dtls", 0) == 0


async def test_a_viewer_behind_a_forgetful_router(rig: Rig, browser: str) -> None:
    viewer, mid, relay = await one_who_looks(rig, browser)
    for _ in range(round(by_length(2, 10))):
        relay.rebind()
        await back(viewer, mid, relay, "rebinding of the receiver")


async def test_a_speaker_behind_a_forgetful_router(rig: Rig, browser: str) -> None:
    speaker = await rig.enter("speaker", browser)
    await speaker.publish(width=640, height=360, simulcast=False)
    listener = await rig.listen("listener", audio=1, video=1)
    await until(lambda: listener.of("v0").frames > 20 and listener.of("a0").packets > 20)
    relay = rig.relay("speaker", Direction.PUBLISH)
    for _ in range(round(by_length(2, 10))):
        relay.rebind()
        relay.begin()
        frames, sounds = listener.of("v0").frames, listener.of("a0").packets
        await until(lambda: listener.of("v0").frames > frames + 5 and listener.of("a0").packets > sounds + 5, BACK, "media again")  # noqa: B023
        assert relay.seen_up.kinds.get("dtls", 0) == 0


async def test_new_credentials_on_the_same_connection(rig: Rig, browser: str) -> None:
    viewer, mid, relay = await one_who_looks(rig, browser)
    connections = (await rig.gateway.health())["connections"]
    for _ in range(round(by_length(2, 10))):
        relay.begin()
        await viewer.ask("rig.restartIce('whep')")
        await back(viewer, mid, relay, "ICE restart of the receiver")
        await viewer.until("rig.states().whep.state === 'connected'")
    assert (await rig.gateway.health())["connections"] == connections


async def test_a_speaker_with_new_credentials(rig: Rig, browser: str) -> None:
    speaker = await rig.enter("speaker", browser)
    await speaker.publish(width=640, height=360, simulcast=False)
    listener = await rig.listen("listener", audio=1, video=1)
    await until(lambda: listener.of("v0").frames > 20)
    relay = rig.relay("speaker", Direction.PUBLISH)
    relay.begin()
    await speaker.ask("rig.restartIce('whip')")
    frames = listener.of("v0").frames
    await until(lambda: listener.of("v0").frames > frames + 10, BACK, "pictures again")
    assert relay.seen_up.kinds.get("dtls", 0) == 0


async def test_a_restart_on_another_network(rig: Rig, browser: str) -> None:
    """The old way is dead (another network), the page restarts ICE, and the new way is a new port at the node."""
    viewer, mid, relay = await one_who_looks(rig, browser)
    relay.cut()
    await asyncio.sleep(1)
    relay.rebind()
    relay.both(Condition())
    await viewer.ask("rig.restartIce('whep')")
    await back(viewer, mid, relay, "another network")


async def test_a_short_sleep(rig: Rig, browser: str) -> None:
    viewer, mid, relay = await one_who_looks(rig, browser)
    relay.cut()
    await asyncio.sleep(by_length(4, 10))
    relay.both(Condition())
    await back(viewer, mid, relay, "a while of silence")

"""The way to the node changes under a running connection: other ports, other credentials, a while of silence."""

from __future__ import annotations

import asyncio

import pytest

from media.gateway import Direction
from media.rtc.counting import CountingReceiver
from tests.media.browsers.length import ONE_IN_SHORT, by_length, in_both
from tests.media.rig.people import Person
from tests.media.rig.relay import Relay, until
from tests.media.rig.site import Rig
from tests.media.rig.wire import Condition

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BACK = 3.0  # seconds until media flows again


async def one_who_looks(rig: Rig, browser: str) -> tuple[Person, str, Relay]:
    viewer = await rig.enter(browser, browser)
    await viewer.receive()
    mid = await rig.sitting(browser, "speaker")
    await viewer.sees(mid, 20)
    return viewer, mid, rig.relay(browser)


async def back(viewer: Person, mid: str, relay: Relay, what: str) -> None:
    """Pictures again within three seconds, over the same DTLS."""
    relay.begin()
    start = asyncio.get_running_loop().time()
    await viewer.sees(mid, 5, within=BACK)
    print(f"{viewer.browser}, {what}: pictures again after {asyncio.get_running_loop().time() - start:.1f} s")
    assert relay.seen_up.kinds.get("dtls", 0) + relay.seen_down.kinds.get("dtls", 0) == 0


async def one_who_speaks(rig: Rig, browser: str) -> tuple[Person, Relay, CountingReceiver]:
    speaker = await rig.enter("speaker", browser)
    await speaker.publish(width=640, height=360, simulcast=False)
    listener = await rig.listen("listener", audio=1, video=1)
    await until(lambda: listener.of("v0").frames > 20 and listener.of("a0").packets > 20)
    return speaker, rig.relay("speaker", Direction.PUBLISH), listener


async def heard_again(relay: Relay, listener: CountingReceiver, what: str) -> None:
    """Picture and sound of the speaker again within three seconds, over the same DTLS."""
    relay.begin()
    frames, sounds = listener.of("v0").frames, listener.of("a0").packets
    start = asyncio.get_running_loop().time()
    await until(lambda: listener.of("v0").frames > frames + 5 and listener.of("a0").packets > sounds + 5, BACK, what)
    print(f"{what}: media again after {asyncio.get_running_loop().time() - start:.1f} s")
    assert relay.seen_up.kinds.get("dtls", 0) + relay.seen_down.kinds.get("dtls", 0) == 0


async def test_a_viewer_behind_a_forgetful_router(rig: Rig) -> None:
    await rig.perform("speaker", "h")

    async def case(browser: str) -> None:
        viewer, mid, relay = await one_who_looks(rig, browser)
        for _ in range(round(by_length(2, 10))):
            relay.rebind()
            await back(viewer, mid, relay, "rebinding of the receiver")

    await in_both(case)


@pytest.mark.parametrize("browser", ONE_IN_SHORT[::-1])
async def test_a_speaker_behind_a_forgetful_router(rig: Rig, browser: str) -> None:
    _, relay, listener = await one_who_speaks(rig, browser)
    for _ in range(round(by_length(2, 10))):
        relay.rebind()
        await heard_again(relay, listener, f"{browser}, rebinding of the speaker")


async def test_new_credentials_on_the_same_connection(rig: Rig) -> None:
    await rig.perform("speaker", "h")

    async def case(browser: str) -> None:
        viewer, mid, relay = await one_who_looks(rig, browser)
        connection = await viewer.ask("rig.links.whep.connection")
        for _ in range(round(by_length(2, 10))):
            await viewer.ask("rig.restartIce('whep')")
            await back(viewer, mid, relay, "ICE restart")
            await viewer.until("rig.states().whep.state === 'connected'")
        # Another network: the old way is dead, the page restarts ICE, and the new way is another port at the node.
        relay.cut()
        await asyncio.sleep(0.5)
        relay.rebind()
        relay.both(Condition())
        await viewer.ask("rig.restartIce('whep')")
        await back(viewer, mid, relay, "another network")
        assert {health.connection for health in await rig.gateway.peers("forum") if health.peer == browser} == {connection}

    await in_both(case)


async def test_a_speaker_with_new_credentials(rig: Rig, browser: str) -> None:
    speaker, relay, listener = await one_who_speaks(rig, browser)
    await speaker.ask("rig.restartIce('whip')")
    await heard_again(relay, listener, f"{browser}, ICE restart of the speaker")


async def test_a_short_sleep(rig: Rig) -> None:
    await rig.perform("speaker", "h")

    async def case(browser: str) -> None:
        viewer, mid, relay = await one_who_looks(rig, browser)
        relay.cut()
        await asyncio.sleep(by_length(4, 10))
        relay.both(Condition())
        await back(viewer, mid, relay, "a while of silence")

    await in_both(case)

"""People come, look, load their page anew and go; late ones see at once; a lossy network lets everybody in."""

from __future__ import annotations

import pytest

from media.gateway import Direction, Disconnected, Source
from tests.media.browsers.length import LONG, ONE_IN_SHORT, by_length
from tests.media.rig.relay import until
from tests.media.rig.site import Rig
from tests.media.rig.wire import Condition

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GOP = 40  # pictures, two seconds


async def nobody_left(rig: Rig) -> None:
    """All tables of the node are empty."""
    health = await rig.gateway.health()
    assert {name: health[name] for name in ("forums", "peers", "connections", "connected")} == dict.fromkeys(
        ("forums", "peers", "connections", "connected"), 0
    )
    endpoint = rig.gateway.node._endpoint
    assert (endpoint.connections, endpoint._by_ufrag, endpoint._by_address) == ({}, {}, {})


PAIRS = [("chromium", "firefox"), ("firefox", "chromium"), ("chromium", "chromium"), ("firefox", "firefox")]


@pytest.mark.parametrize(("speaks", "looks"), PAIRS if LONG else PAIRS[:2])
async def test_somebody_looks_reloads_and_leaves(rig: Rig, speaks: str, looks: str) -> None:
    speaker = await rig.enter("speaker", speaks)
    await speaker.publish(width=640, height=360)
    viewer = await rig.enter("viewer", looks)
    firsts = []
    for _ in range(round(by_length(3, 20))):
        await viewer.receive()
        mid = await rig.sitting("viewer", "speaker")
        firsts.append((await viewer.sees(mid))["first"])
        sound = await rig.sitting("viewer", "speaker", Source.MICROPHONE)
        await viewer.hears(sound)
        rig.events.clear()
        await viewer.load()
    print(f"offer to first picture, {speaks} to {looks}: {firsts} ms")
    assert sorted(firsts)[len(firsts) // 2] < 1000
    await viewer.receive()
    for person in (speaker, viewer):
        await person.ask("rig.leave()")
    await nobody_left(rig)


@pytest.mark.parametrize("browser", ONE_IN_SHORT)
async def test_who_closes_the_page_is_forgotten(rig: Rig, browser: str) -> None:
    """No goodbye over HTTP: the browser's own DTLS goodbye, or at the latest silence, ends the connection."""
    viewer = await rig.enter("viewer", browser)
    await viewer.receive()
    await viewer.ask("rig.links.whep.pc.close()")
    await until(lambda: rig.told(Disconnected, peer="viewer"), 25, "the viewer is forgotten")
    await nobody_left(rig)


async def test_late_ones_see_a_picture_at_once(rig: Rig, browser: str) -> None:
    publisher = await rig.perform("speaker", "h")
    viewer = await rig.enter("viewer", browser)
    for _ in range(3):
        await viewer.receive()
        mid = await rig.sitting("viewer", "speaker")
        seen = await viewer.sees(mid, frames=1)
        assert seen["first"] is None or seen["first"] <= 1000
        rig.events.clear()
    assert publisher.requests["h"] <= 3


@pytest.mark.parametrize("browser", ONE_IN_SHORT)
async def test_a_source_that_ignores_keyframe_requests(rig: Rig, browser: str) -> None:
    await rig.perform("speaker", "h", deaf=True, every=GOP)
    viewer = await rig.enter("viewer", browser)
    for _ in range(3):
        await viewer.receive()
        mid = await rig.sitting("viewer", "speaker")
        seen = await viewer.sees(mid, frames=5)
        print(f"first picture of a source that is deaf: {seen['first']} ms")
        assert seen["first"] <= GOP / 20 * 1000 + 500
        rig.events.clear()


@pytest.mark.parametrize("direction", ["whep", "whip"] if LONG else ["whep"])
async def test_a_lossy_network_lets_everybody_in(rig: Rig, browser: str, direction: str) -> None:
    person = await rig.enter("person", browser)
    for way in Direction:
        rig.gateway.weather["person", way] = Condition(loss=0.1, delay=0.02)
    times = []
    for _ in range(round(by_length(3, 20))):
        await (person.receive() if direction == "whep" else person.publish(video=None))
        times.append(await person.ask(f"rig.states().{direction}.connected"))
        await person.ask("rig.leave()")
    print(f"connected at 10 % loss, {browser} {direction}: {[round(time) for time in times]} ms")
    assert max(times) <= 5000

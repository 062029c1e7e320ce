"""Three layers from browsers; switches of layer and of source without a freeze; slots that idle; tiles that nobody sees."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from media.gateway import Direction, SlotState, Source
from tests.media.browsers.length import LONG, ONE_IN_SHORT, by_length, in_both
from tests.media.rig.layers import FPS
from tests.media.rig.relay import Relay, until
from tests.media.rig.site import Rig
from tests.media.rig.wire import Condition

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FRAME = 1000 / FPS  # ms between two pictures
LAYERS = {"q": (320, 180), "h": (640, 360), "f": (1280, 720)}


def arriving(relay: Relay) -> dict[str, int]:
    """Packets by rid that a publisher has sent (without retransmissions)."""
    return {rid: stream.packets for stream in relay.seen_up.streams.values() for rid in stream.rids}


async def test_three_layers_arrive_within_fifteen_seconds(rig: Rig, browser: str) -> None:
    publisher = await rig.enter("speaker", browser)
    watchers = {}
    for rid, (width, height) in LAYERS.items():  # somebody watches each of them, or it would fall asleep
        watchers[rid] = await rig.listen(rid, audio=0, video=1)
        await rig.look(rid, ("speaker", width, height))
    await publisher.publish()
    relay = rig.relay("speaker", Direction.PUBLISH)
    await until(lambda: min(arriving(relay).get(rid, 0) for rid in LAYERS) > 20, 15, "all three layers arrive")
    before = {rid: watcher.of("v0").frames for rid, watcher in watchers.items()}
    await until(
        lambda: all(watcher.of("v0").frames > before[rid] + 20 for rid, watcher in watchers.items()), 15, "all are served"
    )
    # Padding and retransmission probes of the browser are absorbed: nobody sees a gap in the numbers.
    assert {rid: watcher.gaps for rid, watcher in watchers.items()} == dict.fromkeys(LAYERS, 0)


@pytest.mark.parametrize("browser", ONE_IN_SHORT)
@pytest.mark.parametrize("size", [(320, 180), (480, 270)])
async def test_a_small_camera_sends_fewer_layers_and_works(rig: Rig, browser: str, size: tuple[int, int]) -> None:
    """Chromium leaves the upper layers out. The rids that are missing must not keep the rest from being shown."""
    publisher = await rig.enter("speaker", browser)
    await publisher.publish(width=size[0], height=size[1])
    viewer = await rig.enter("viewer")
    await viewer.receive()
    mid = await rig.sitting("viewer", "speaker")
    await rig.look("viewer", ("speaker", 1280, 720))
    seen = await viewer.sees(mid, 40)
    layers = arriving(rig.relay("speaker", Direction.PUBLISH))
    print(f"{browser}, camera of {size}: layers {layers}, {seen['frameWidth']} pixels wide at the viewer")
    assert len(layers) < 3 or browser == "firefox"
    assert seen["frameWidth"] <= size[0]


async def test_switching_layers_freezes_nothing(rig: Rig) -> None:
    await rig.perform("speaker")

    async def case(browser: str) -> None:
        viewer = await rig.enter(browser, browser)
        await viewer.receive()
        mid = await rig.sitting(browser, "speaker")
        await rig.look(browser, ("speaker", 1280, 720))
        await viewer.sees_width(mid, 1280, within=30)
        await viewer.ask("rig.reset()")
        before = await viewer.fact(mid)
        for width in itertools.islice(itertools.cycle([320, 1280, 640, 1280, 320, 640]), round(by_length(6, 200))):
            await rig.look(browser, ("speaker", width, width * 9 // 16))
            await viewer.sees_width(mid, width, within=20)
            await viewer.sees(mid, 5)
        nothing_froze(browser, before, await viewer.fact(mid))

    await in_both(case)


if LONG:

    async def test_switching_sources_freezes_nothing(rig: Rig) -> None:
        await rig.perform("anna", "h")
        await rig.perform("bert", "h")

        async def case(browser: str) -> None:
            viewer = await rig.enter(browser, browser)
            await viewer.receive(video=1)
            await until(lambda: rig.mid_of(browser, "anna") or rig.mid_of(browser, "bert"))
            [mid] = [slot.mid for slot in rig.slots(browser) if slot.source is Source.CAMERA]
            await viewer.sees(mid, 20)
            await viewer.ask("rig.reset()")
            before = await viewer.fact(mid)
            for name in itertools.islice(itertools.cycle(["anna", "bert"]), round(by_length(8, 200))):
                await rig.look(browser, pinned=[name])
                await rig.sitting(browser, name)
                await viewer.sees(mid, 10)
            after = await viewer.fact(mid)
            assert after["keyFramesDecoded"] - before["keyFramesDecoded"] >= round(by_length(8, 200)) - 2
            nothing_froze(browser, before, after)

        await in_both(case)


def nothing_froze(browser: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    dropped, decoded = (after[name] - before[name] for name in ("framesDropped", "framesDecoded"))
    print(f"{browser}: gaps of {after['gaps']} ms, {dropped} of {decoded} pictures dropped")
    assert [gap for gap in after["gaps"] if gap - FRAME > 300] == [], browser  # what is longer than it should be has frozen
    assert dropped <= 0.02 * decoded, browser


@pytest.mark.parametrize("browser", ONE_IN_SHORT)
async def test_slots_that_idled_are_not_deaf(rig: Rig, browser: str) -> None:
    """The first packets of all are lost, others come as retransmissions; every packet carries its section all the same."""
    viewer = await rig.enter("viewer", browser)
    await viewer.receive(audio=3, video=3)
    await asyncio.sleep(by_length(1.5, 60))
    relay = rig.relay("viewer")
    relay.down.condition = Condition(cut=True)
    for name in ("anna", "bert", "carl"):
        await rig.perform(name, "q")
    await until(lambda: len(relay.seen_down.streams) >= 6, what="all six slots are sent to")
    relay.both(Condition(loss=0.08, delay=0.02))
    for name in ("anna", "bert", "carl"):
        mid = await rig.sitting("viewer", name)
        await viewer.sees(mid, 10)
        sound = await rig.sitting("viewer", name, Source.MICROPHONE)
        await viewer.hears(sound)
    seen = relay.seen_down
    sent_again = [stream for stream in seen.streams.values() if len(seen.of(next(iter(stream.mids)))) == 2]
    assert sent_again, "nothing was sent again"
    assert {ssrc: stream.bare for ssrc, stream in seen.streams.items() if stream.bare} == {}
    assert [stream.mids for stream in seen.streams.values() if len(stream.mids) != 1] == []
    for fact in (await viewer.facts()).values():
        assert fact["kind"] == "audio" or fact["framesDecoded"] > 0


@pytest.mark.parametrize("browser", ONE_IN_SHORT)
async def test_what_nobody_looks_at_costs_nothing(rig: Rig, browser: str) -> None:
    names = ("anna", "bert", "carl")
    for name in names:
        await rig.perform(name, "qh")
    viewer = await rig.enter("viewer", browser)
    await viewer.receive(audio=3, video=3)
    mids = {name: await rig.sitting("viewer", name) for name in names}
    for mid in mids.values():
        await viewer.sees(mid)
    await rig.look("viewer", ("anna", 640, 360), ("bert", 0, 0), ("carl", 0, 0))
    hidden = {"bert", "carl"}
    await until(
        lambda: {slot.peer for slot in rig.slots("viewer") if slot.state is SlotState.HIDDEN} == hidden,
        5,
        "two slots are told as hidden",
    )
    await asyncio.sleep(0.5)  # what was on its way
    relay = rig.relay("viewer")
    relay.begin()
    await viewer.sees(mids["anna"], 40)
    assert {name: sum(stream.packets for stream in relay.seen_down.of(mids[name])) for name in hidden} == dict.fromkeys(hidden, 0)
    assert sum(stream.packets for stream in relay.seen_down.of(mids["anna"])) > 40
    await rig.look("viewer", *[(name, 320, 180) for name in names])
    for name in names:
        await viewer.sees(await rig.sitting("viewer", name), 10, within=5)


if LONG:

    async def test_all_tiles_hidden_is_silence_but_for_the_voices(rig: Rig) -> None:
        """A page in the background: as a phone in the pocket that still listens."""
        cameras = 16
        for number in range(cameras):
            await rig.perform(f"p{number}", "q")
        viewer = await rig.enter("viewer")
        await viewer.receive(audio=1, video=cameras)
        mids = [await rig.sitting("viewer", f"p{number}") for number in range(cameras)]
        await rig.look("viewer", *[(f"p{number}", 0, 0) for number in range(cameras)])
        relay = rig.relay("viewer")
        await until(
            lambda: all(slot.state is not SlotState.LIVE for slot in rig.slots("viewer") if slot.source is Source.CAMERA), 5
        )
        await asyncio.sleep(0.5)
        relay.begin()
        await until(lambda: relay.seen_down.rtp > 100, 10, "the voice goes on")
        assert sum(stream.packets for mid in mids for stream in relay.seen_down.of(mid)) == 0

"""Networks that lose, reorder and delay; narrow lines beside wide ones; and back to the best picture afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from media.gateway import Direction, SlotState, Source
from tests.media.browsers.length import LONG, ONE_IN_SHORT, by_length, in_both
from tests.media.rig.people import Person
from tests.media.rig.relay import until
from tests.media.rig.sight import Seen, Sight
from tests.media.rig.site import Rig, measured
from tests.media.rig.wire import Condition

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BAD = {
    "2 %": Condition(loss=0.02, delay=0.02),
    "5 %": Condition(loss=0.05, delay=0.02),
    "10 %": Condition(loss=0.1, delay=0.02),
    "bursts": Condition(burst=0.05, burst_length=4, delay=0.02),
    "reordered": Condition(reorder=0.05, late=0.03, delay=0.02, jitter=0.01),
}
CHOSEN = tuple(BAD) if LONG else ("10 %", "bursts", "reordered")
HOME = Condition(loss=0.05, delay=0.04)  # what a forum must bear without anybody noticing


def served(sight: Sight, mid: str) -> tuple[float, int]:
    """Retransmissions that arrived per packet of a section that was lost, and how many were lost."""
    streams = sorted(sight.of(mid), key=lambda stream: -stream.packets)
    main, again = streams[0], streams[1] if len(streams) > 1 else Seen()
    return (again.packets - again.lost) / main.lost if main.lost else 1.0, main.lost


def concealed(before: dict[str, Any], after: dict[str, Any]) -> float:
    """Share of the sound that had to be made up."""
    grown = {name: after[name] - before[name] for name in ("concealedSamples", "silentConcealedSamples", "totalSamplesReceived")}
    made_up: int = grown["concealedSamples"] - grown["silentConcealedSamples"]
    received: int = grown["totalSamplesReceived"]
    return made_up / max(1, received)


async def watching(rig: Rig, browser: str) -> tuple[Person, str, str]:
    """A viewer of "speaker" with picture and sound, called as the browser is: its sections."""
    viewer = await rig.enter(browser, browser)
    await viewer.receive()
    mid, sound = await rig.sitting(browser, "speaker"), await rig.sitting(browser, "speaker", Source.MICROPHONE)
    await viewer.sees(mid, 20)
    return viewer, mid, sound


@pytest.mark.parametrize(("layers", "names"), [("qhf", CHOSEN), ("h", CHOSEN if LONG else ["10 %"])])
async def test_down_a_lossy_line_the_picture_goes_on(rig: Rig, layers: str, names: Iterable[str]) -> None:
    """A camera in layers, and one source of a single layer (a studio)."""
    await rig.perform("speaker", layers)

    async def case(browser: str) -> None:
        viewer, mid, _ = await watching(rig, browser)
        relay = rig.relay(browser)
        for name in names:
            relay.both(BAD[name])
            await asyncio.sleep(0.5)
            relay.begin()
            before, after, took = await measured(lambda: viewer.fact(mid), by_length(3, 20))
            rate = (after["framesDecoded"] - before["framesDecoded"]) / took
            relay.both(Condition(delay=0.02))
            await asyncio.sleep(0.4)  # for what was lost last
            share, lost = served(relay.seen_down, mid)
            print(
                f"{browser}, {layers}, {name} down: {rate:.0f} pictures/s, {share:.2f} retransmissions per lost packet ({lost})"
            )
            assert rate > by_length(6, 10), f"{browser}, {name}"
            assert share >= 0.9 or lost < 10, f"{browser}, {name}: {lost} lost"

    await in_both(case)


@pytest.mark.parametrize("browser", ONE_IN_SHORT)
async def test_up_a_lossy_line_the_picture_goes_on(rig: Rig, browser: str) -> None:
    publisher = await rig.enter("speaker", browser)
    await publisher.publish(width=640, height=360, simulcast=False)
    listener = await rig.listen("listener", audio=1, video=1)
    await until(lambda: listener.of("v0").frames > 20)
    relay = rig.relay("speaker", Direction.PUBLISH)
    mid = next(iter(next(stream.mids for stream in relay.seen_up.streams.values() if stream.mids and "0" not in stream.mids)))
    for name in CHOSEN:
        relay.both(BAD[name])
        await asyncio.sleep(0.5)
        relay.begin()
        before, start = listener.of("v0").frames, asyncio.get_running_loop().time()
        await asyncio.sleep(by_length(3, 20))
        rate = (listener.of("v0").frames - before) / (asyncio.get_running_loop().time() - start)
        relay.both(Condition(delay=0.02))
        await asyncio.sleep(0.4)  # for what was lost last
        share, lost = served(relay.seen_up, mid)
        print(f"{browser}, {name} up: {rate:.0f} pictures/s, {share:.2f} retransmissions per lost packet ({lost})")
        assert rate > by_length(6, 10), name
        assert share >= 0.9 or lost < 10, f"{name}: {lost} lost"


if LONG:

    async def test_five_percent_and_forty_milliseconds_are_not_noticed_by_viewers(rig: Rig) -> None:
        await rig.perform("speaker")

        async def case(browser: str) -> None:
            rig.gateway.weather[browser, Direction.RECEIVE] = HOME
            viewer, mid, sound = await watching(rig, browser)
            await not_noticed(viewer, mid, sound)

        await in_both(case)


if LONG:

    async def test_five_percent_and_forty_milliseconds_of_the_speaker_are_not_noticed(rig: Rig, browser: str) -> None:
        rig.gateway.weather["speaker", Direction.PUBLISH] = HOME
        speaker = await rig.enter("speaker", browser)
        await speaker.publish(width=640, height=360, simulcast=False)
        await not_noticed(*await watching(rig, "chromium"))


async def not_noticed(viewer: Person, mid: str, sound: str) -> None:
    """No freeze over half a second and hardly any sound made up, from a moment after the start."""
    await asyncio.sleep(2)
    await viewer.ask("rig.reset()")
    before, after, _ = await measured(viewer.facts, by_length(20, 60))
    share = concealed(before[sound], after[sound])
    print(f"{viewer.browser}: longest freeze {after[mid]['gap']} ms {after[mid]['gaps']}, {share:.1%} of the sound made up")
    counted = {
        name: after[mid][name] - before[mid][name] for name in ("pliCount", "nackCount", "keyFramesDecoded", "framesDropped")
    }
    print(f"{viewer.browser}: {counted}, {after[mid]['frameWidth']} wide")
    assert after[mid]["gap"] <= 500, viewer.browser
    assert after[mid]["still"] <= 500, viewer.browser
    assert share < 0.05, viewer.browser


if LONG:

    async def test_after_a_bad_time_the_best_picture_comes_back(rig: Rig) -> None:
        await rig.perform("speaker")

        async def case(browser: str) -> None:
            viewer, mid, _ = await watching(rig, browser)
            await rig.look(browser, ("speaker", 1280, 720))
            await viewer.sees_width(mid, 1280, within=30)
            rig.relay(browser).down.condition = Condition(loss=0.1, rate=400_000, delay=0.02)
            await viewer.until(f"rig.facts().then((facts) => facts['{mid}'].frameWidth < 1280)", 20, "a smaller layer")
            rig.relay(browser).both(Condition())
            start = asyncio.get_running_loop().time()
            await viewer.sees_width(mid, 1280, within=30)
            print(f"{browser}: the best picture is back after {asyncio.get_running_loop().time() - start:.0f} s")

        await in_both(case)


if LONG:

    async def test_after_a_bad_time_the_speaker_sends_the_best_picture_again(rig: Rig, browser: str) -> None:
        watcher = await rig.listen("watcher", audio=0, video=1)
        await rig.look("watcher", ("speaker", 1280, 720))
        speaker = await rig.enter("speaker", browser)
        await speaker.publish()
        relay = rig.relay("speaker", Direction.PUBLISH)
        await until(lambda: "f" in relay.seen_up.rids, 30, "the top layer at first")
        [top] = [stream for stream in relay.seen_up.streams.values() if "f" in stream.rids]
        relay.both(Condition(loss=0.2, delay=0.02))
        relay.up.condition = Condition(loss=0.2, rate=300_000, delay=0.02)
        await asyncio.sleep(20)
        relay.both(Condition())
        relay.begin()
        await until(lambda: top.frames > 40, 30, "the top layer again")
        octets = watcher.of("v0").octets
        await until(lambda: watcher.of("v0").octets > octets + 200_000, 15, "which is served")


@pytest.mark.parametrize("browser", ONE_IN_SHORT)
async def test_a_narrow_line_beside_wide_ones(rig: Rig, browser: str) -> None:
    await rig.perform("speaker")
    fast = [await rig.listen(f"fast{number}", audio=1, video=1) for number in range(20 if LONG else 6)]
    for number in range(len(fast)):
        await rig.look(f"fast{number}", ("speaker", 1280, 720))
    rig.gateway.weather[browser, Direction.RECEIVE] = Condition(rate=300_000, queue=0.2, delay=0.01)
    viewer, mid, sound = await watching(rig, browser)
    await rig.look(browser, ("speaker", 1280, 720))
    await viewer.sees_width(mid, 320, within=20)
    await asyncio.sleep(2)
    before = [(one.of("v0").frames, one.of("v0").octets, one.gaps) for one in fast]
    slow_before, slow_after, took = await measured(lambda: viewer.fact(mid), by_length(5, 30))
    for one, (frames, octets, gaps) in zip(fast, before, strict=True):
        assert (one.of("v0").frames - frames) / took > 17
        assert (one.of("v0").octets - octets) * 8 / took > 1_000_000  # the top layer
        assert one.gaps == gaps
    assert slow_after["frameWidth"] == 320
    assert (slow_after["framesDecoded"] - slow_before["framesDecoded"]) / took > 10

    rig.relay(browser).down.condition = Condition(rate=90_000, queue=0.2, delay=0.01)
    paused = {SlotState.PAUSED}
    await until(
        lambda: {slot.state for slot in rig.slots(browser) if slot.mid == mid} == paused, 20, "the slot is told as paused"
    )
    await viewer.hears(sound)
    rig.relay(browser).both(Condition())
    start = asyncio.get_running_loop().time()
    await viewer.sees(mid, 20, within=30)
    print(f"{browser}: a picture again {asyncio.get_running_loop().time() - start:.0f} s after the line was wide again")
    assert {slot.state for slot in rig.slots(browser) if slot.mid == mid} == {SlotState.LIVE}

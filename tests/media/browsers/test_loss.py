"""Networks that lose, reorder and delay; narrow lines beside wide ones; and back to the best picture afterwards."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from media.gateway import Direction, SlotState, Source
from tests.media.browsers.length import LONG, by_length
from tests.media.rig.people import Person
from tests.media.rig.relay import Relay, until
from tests.media.rig.sight import Seen
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
HOME = Condition(loss=0.05, delay=0.04)  # what a forum must bear without anybody noticing


def streams_of(seen: dict[int, Seen], mid: str) -> tuple[Seen, Seen]:
    """A section's stream and its retransmissions (the one that began later and is smaller)."""
    found = sorted((stream for stream in seen.values() if mid in stream.mids), key=lambda stream: -stream.packets)
    return found[0], found[1] if len(found) > 1 else Seen()


def served(relay: Relay, mid: str) -> float:
    """Retransmissions that arrived per packet that was lost."""
    main, again = streams_of(relay.seen_down.streams, mid)
    return (again.packets - again.lost) / main.lost if main.lost else 1.0


def concealed(before: dict[str, Any], after: dict[str, Any]) -> float:
    """Share of the sound that had to be made up."""
    grown = {name: after[name] - before[name] for name in ("concealedSamples", "silentConcealedSamples", "totalSamplesReceived")}
    made_up: int = grown["concealedSamples"] - grown["silentConcealedSamples"]
    received: int = grown["totalSamplesReceived"]
    return made_up / max(1, received)


async def watching(rig: Rig, browser: str) -> tuple[Person, str, str]:
    """A viewer of "speaker" with picture and sound: its sections."""
    viewer = await rig.enter("viewer", browser)
    await viewer.receive()
    mid, sound = await rig.sitting("viewer", "speaker"), await rig.sitting("viewer", "speaker", Source.MICROPHONE)
    await viewer.sees(mid, 20)
    return viewer, mid, sound


async def test_down_a_lossy_line_the_picture_goes_on(rig: Rig, browser: str) -> None:
    await rig.perform("speaker", "h")
    viewer, mid, _ = await watching(rig, browser)
    relay = rig.relay("viewer")
    seconds = by_length(5, 20)
    for name, condition in BAD.items():
        relay.both(condition)
        await asyncio.sleep(0.5)
        relay.begin()
        before, after, took = await measured(lambda: viewer.fact(mid), seconds)
        rate, share = (after["framesDecoded"] - before["framesDecoded"]) / took, served(relay, mid)
        print(f"{browser}, {name} down: {rate:.0f} pictures/s, {share:.2f} retransmissions arrived per lost packet")
        assert rate > 10, name
        if condition.loss or condition.burst:
            assert share >= 0.9, name


async def test_up_a_lossy_line_the_picture_goes_on(rig: Rig, browser: str) -> None:
    publisher = await rig.enter("speaker", browser)
    await publisher.publish(width=640, height=360, simulcast=False)
    listener = await rig.listen("listener", audio=1, video=1)
    await until(lambda: listener.of("v0").frames > 20)
    relay = rig.relay("speaker", Direction.PUBLISH)
    for name, condition in BAD.items():
        relay.both(condition)
        await asyncio.sleep(0.5)
        relay.begin()
        before, after, took = await measured(lambda: counted(listener), by_length(4, 20))
        rate = (after - before) / took
        main, again = streams_of(relay.seen_up.streams, "1") if relay.seen_up.of("1") else (Seen(), Seen())
        asked = (await publisher.ask("rig.sending()"))[""]["nackCount"]
        print(f"{browser}, {name} up: {rate:.0f} pictures/s, {main.lost} lost, {again.packets} sent again, {asked} requests")
        assert rate > 10, name
    await until(lambda: listener.of("v0").frames > after + 20)


async def counted(listener: Any) -> int:
    frames: int = listener.of("v0").frames
    return frames


async def test_five_percent_and_forty_milliseconds_are_not_noticed_by_viewers(rig: Rig, browser: str) -> None:
    await rig.perform("speaker", "h")
    rig.gateway.weather["viewer", Direction.RECEIVE] = HOME
    viewer, mid, sound = await watching(rig, browser)
    await not_noticed(viewer, mid, sound, by_length(20, 60))


@pytest.mark.parametrize("browser", ["chromium", "firefox"] if LONG else ["chromium"])
async def test_five_percent_and_forty_milliseconds_of_the_speaker_are_not_noticed(rig: Rig, browser: str) -> None:
    rig.gateway.weather["speaker", Direction.PUBLISH] = HOME
    speaker = await rig.enter("speaker", browser)
    await speaker.publish(width=640, height=360, simulcast=False)
    viewer, mid, sound = await watching(rig, "chromium")
    await not_noticed(viewer, mid, sound, by_length(20, 60))


async def not_noticed(viewer: Person, mid: str, sound: str, seconds: float) -> None:
    """No freeze over half a second and hardly any sound made up, from a moment after the start."""
    await asyncio.sleep(2)
    await viewer.ask("rig.reset()")
    before, after, _ = await measured(viewer.facts, seconds)
    share = concealed(before[sound], after[sound])
    print(f"{viewer.browser}: longest freeze {after[mid]['gap']} ms {after[mid]['gaps']}, {share:.1%} of the sound made up")
    assert after[mid]["gap"] <= 500
    assert share < 0.05


async def test_after_a_bad_time_the_best_picture_comes_back(rig: Rig, browser: str) -> None:
    await rig.perform("speaker")
    viewer, mid, _ = await watching(rig, browser)
    await rig.look("viewer", ("speaker", 1280, 720))
    await viewer.sees_width(mid, 1280, within=30)
    rig.relay("viewer").down.condition = Condition(loss=0.1, rate=400_000, delay=0.02)
    await viewer.until(f"rig.facts().then((facts) => facts['{mid}'].frameWidth < 1280)", 20, "a smaller layer")
    rig.relay("viewer").both(Condition())
    await viewer.sees_width(mid, 1280, within=30)


@pytest.mark.parametrize("browser", ["chromium", "firefox"] if LONG else ["chromium"])
async def test_after_a_bad_time_the_speaker_sends_the_best_picture_again(rig: Rig, browser: str) -> None:
    watcher = await rig.listen("watcher", audio=0, video=1)
    await rig.look("watcher", ("speaker", 1280, 720))
    speaker = await rig.enter("speaker", browser)
    await speaker.publish()
    relay = rig.relay("speaker", Direction.PUBLISH)
    largest = "rig.sending().then((sent) => Math.max(...Object.values(sent).map((each) => each.frameWidth)))"
    await speaker.until(f"{largest}.then((width) => width === 1280)", 30, "the top layer at first")
    relay.both(Condition(loss=0.2, delay=0.02))
    relay.up.condition = Condition(loss=0.2, rate=300_000, delay=0.02)
    await asyncio.sleep(by_length(6, 20))
    relay.both(Condition())

    def top() -> int:
        return sum(stream.packets for stream in relay.seen_up.of("1") if stream.octets / max(1, stream.packets) > 900)

    relay.begin()
    await until(lambda: top() > 100, 30, "the top layer again")
    frames = watcher.of("v0").frames
    await until(lambda: watcher.of("v0").frames > frames + 20, 15, "which is served")
    await speaker.until(f"{largest}.then((width) => width === 1280)", 30, "the top layer again")


async def test_a_narrow_line_beside_wide_ones(rig: Rig, browser: str) -> None:
    await rig.perform("speaker")
    fast = [await rig.listen(f"fast{number}", audio=1, video=1) for number in range(20 if LONG else 6)]
    for number in range(len(fast)):
        await rig.look(f"fast{number}", ("speaker", 1280, 720))
    rig.gateway.weather["viewer", Direction.RECEIVE] = Condition(rate=300_000, queue=0.2, delay=0.01)
    viewer, mid, sound = await watching(rig, browser)
    await rig.look("viewer", ("speaker", 1280, 720))
    await viewer.sees_width(mid, 320, within=20)
    await asyncio.sleep(2)
    before = [(one.of("v0").frames, one.gaps) for one in fast]
    slow_before, slow_after, took = await measured(lambda: viewer.fact(mid), by_length(5, 30))
    rates = [(one.of("v0").frames - frames) / took for one, (frames, _) in zip(fast, before, strict=True)]
    assert min(rates) > 17, rates
    assert [one.gaps - gaps for one, (_, gaps) in zip(fast, before, strict=True)] == [0] * len(fast)
    assert min(one.of("v0").octets * 8 / one.of("v0").frames * 20 for one in fast) > 700_000  # the top layer by and by
    assert slow_after["frameWidth"] == 320
    assert (slow_after["framesDecoded"] - slow_before["framesDecoded"]) / took > 10

    rig.relay("viewer").down.condition = Condition(rate=90_000, queue=0.2, delay=0.01)
    state = {SlotState.PAUSED}
    await until(
        lambda: {slot.state for slot in rig.slots("viewer") if slot.mid == mid} == state, 20, "the slot is told as paused"
    )
    energy = (await viewer.fact(sound))["totalAudioEnergy"]
    await viewer.until(f"rig.facts().then((facts) => facts['{sound}'].totalAudioEnergy > {energy})", what="the voice goes on")
    rig.relay("viewer").both(Condition())
    await viewer.sees(mid, 20, within=30)
    assert {slot.state for slot in rig.slots("viewer") if slot.mid == mid} == {SlotState.LIVE}

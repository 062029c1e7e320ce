"""Opus as browsers send it: silence that is not sent, two channels, repair inside the stream, and no RED."""

from __future__ import annotations

import asyncio

import pytest

from media.gateway import Direction, Source
from tests.media.browsers.length import by_length, in_both
from tests.media.rig.relay import until
from tests.media.rig.site import Rig, measured
from tests.media.rig.wire import Condition

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_silence_that_is_not_sent_breaks_nothing(rig: Rig) -> None:
    """DTX: with each pause the packets stop, and the words after it are heard in full."""
    speaker = await rig.enter("speaker")
    await speaker.publish(video=None, audio="words", fmtp="usedtx=1")
    listener = await rig.enter("listener", "chromium")
    await listener.receive(video=0)
    mid = await rig.sitting("listener", "speaker", Source.MICROPHONE)
    await listener.hears(mid)
    relay = rig.relay("speaker", Direction.PUBLISH)
    relay.begin()
    before = await listener.fact(mid)
    await asyncio.sleep(by_length(4, 30))
    after = await listener.fact(mid)
    pauses = max(stream.gap for stream in relay.seen_up.streams.values())
    assert pauses > 0.15, "nothing was left out"
    received = after["totalSamplesReceived"] - before["totalSamplesReceived"]
    concealed = after["concealedSamples"] - before["concealedSamples"]
    silent = after["silentConcealedSamples"] - before["silentConcealedSamples"]
    print(f"longest pause {pauses:.2f} s, {concealed - silent} of {received} samples made up")
    assert (concealed - silent) / received < 0.05
    loud = 0
    for _ in range(40):
        loud += (await listener.fact(mid))["audioLevel"] > 0.05
        await asyncio.sleep(0.05)
    assert 8 <= loud <= 32  # about half of the time


async def test_two_channels_stay_two(rig: Rig) -> None:
    speaker = await rig.enter("speaker")
    await speaker.publish(video=None, audio="stereo", fmtp="stereo=1")
    listener = await rig.enter("listener")
    await listener.receive(video=0, fmtp="stereo=1")
    mid = await rig.sitting("listener", "speaker", Source.MICROPHONE)
    await listener.until(
        f"rig.channels('{mid}').then(([left, right]) => left > 0.05 && right > 0.001 && left > 4 * right)",
        what="left louder than right",
    )


async def test_lost_sound_is_repaired(rig: Rig) -> None:
    """At 10 % loss, by what the next packet carries of the one before (in-band FEC) and by retransmission."""
    await rig.perform("speaker", "q")  # its Opus carries FEC

    async def case(browser: str) -> None:
        listener = await rig.enter(browser, browser)
        await listener.receive(video=0)
        mid = await rig.sitting(browser, "speaker", Source.MICROPHONE)
        await listener.hears(mid)
        rig.relay(browser).both(Condition(loss=0.1, delay=0.03))
        await asyncio.sleep(2)  # until the jitter buffer has found its length
        before, after, _ = await measured(lambda: listener.fact(mid), by_length(6, 30))
        received = after["totalSamplesReceived"] - before["totalSamplesReceived"]
        share = (after["concealedSamples"] - before["concealedSamples"]) / received
        print(f"{browser}: {share:.1%} of the sound made up at 10 % loss; {after['fecPacketsReceived']} packets with FEC")
        assert after["fecPacketsReceived"] > before["fecPacketsReceived"], browser
        assert share < (0.08 if browser == "chromium" else 0.13), browser  # Firefox never asks for lost sound again

    await in_both(case)


async def test_red_is_declined_and_sound_comes_all_the_same(rig: Rig) -> None:
    codecs = {"audio": ["audio/red", "audio/opus"], "video": ["video/VP8", "video/rtx"]}
    speaker = await rig.enter("speaker")
    await speaker.publish(video=None, codecs=codecs)
    assert "red/48000" in await speaker.ask("rig.links.whip.pc.localDescription.sdp")
    assert "red/48000" not in await speaker.ask("rig.links.whip.pc.remoteDescription.sdp")
    listener = await rig.listen("listener", audio=1, video=0)
    await until(lambda: listener.of("a0").packets > 50)
    page = await rig.enter("page")
    await page.receive(video=0, codecs=codecs)
    assert "red/48000" not in await page.ask("rig.links.whep.pc.remoteDescription.sdp")
    mid = await rig.sitting("page", "speaker", Source.MICROPHONE)
    await page.hears(mid)

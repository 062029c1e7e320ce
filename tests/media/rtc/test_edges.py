"""Through real encryption: numbers that wrap, packets that are larger than a network usually carries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from media.gateway import Direction
from media.local import LocalGateway
from media.playing import PlayingPublisher
from media.rtc.client import LEVEL_ID, MID_ID, OPUS
from media.rtc.counting import CountingReceiver
from media.rtp.packet import Packet, write_packet
from media.sfu.layout import ReceiveLayout
from tests.media import clips
from tests.media.stage import Stage, grant, open_stage

EDGE = 20  # packets before the wrap


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage(await LocalGateway.open(["127.0.0.1"])) as stage:
        yield stage


async def near_the_edge(stage: Stage) -> tuple[PlayingPublisher, CountingReceiver]:
    """Somebody who publishes with all numbers close to their end, and a listener whose slots are as well."""
    assert isinstance(stage.gateway, LocalGateway)
    listener = CountingReceiver(1, 1, identity=stage.identity)
    answer = await stage.gateway.connect("forum", "listener", Direction.RECEIVE, listener.client.offer(), grant())
    connection = stage.gateway.node._endpoint.connections[answer.connection]
    assert isinstance(connection.layout, ReceiveLayout)
    sections = tuple(replace(each, first_sequence=0x10000 - EDGE) for each in connection.layout.sections)
    connection.layout = replace(connection.layout, sections=sections)
    await listener.connect(answer.sdp, within=15.0)
    publisher = PlayingPublisher(clips.video(), clips.audio(), stage.identity)
    for track in (publisher._audio_track, publisher._video_track):
        track.sequence, track.offset = 0x10000 - EDGE, (1 << 32) - track.clock // 2
    publisher._picture = 0x7FFF - EDGE // 3
    stage._people += [publisher, listener]
    answer = await stage.gateway.connect("forum", "speaker", Direction.PUBLISH, publisher.client.offer(), grant())
    await publisher.client.connect(answer.sdp, within=15.0)
    stage._tasks.append(asyncio.create_task(publisher.play()))
    return publisher, listener


async def test_all_numbers_wrap_and_nothing_is_lost(stage: Stage) -> None:
    publisher, listener = await near_the_edge(stage)
    await stage.until(lambda: listener.of("v0").packets > 4 * EDGE and listener.of("a0").packets > 3 * EDGE)
    assert publisher._video_track.sequence < 0x8000
    assert publisher._audio_track.timestamp < 1 << 31
    assert [listener.of(mid).last < 0x8000 for mid in ("v0", "a0")] == [True, True]
    assert listener.gaps == 0
    assert listener.of("v0").keyframes >= 1


async def test_a_listener_who_comes_after_the_wrap_hears_and_sees(stage: Stage) -> None:
    publisher, listener = await near_the_edge(stage)
    await stage.until(lambda: publisher._video_track.sequence < 0x8000)
    late = await stage.listen("late", audio=1, video=1)
    await stage.until(lambda: late.of("v0").frames > 5 and late.of("a0").packets > 10)
    assert late.gaps == listener.gaps == 0


@pytest.mark.parametrize("size", [1356, 1400, 1500, 1800, 1990, 2000])
async def test_a_large_packet_is_forwarded_or_counted(stage: Stage, size: int) -> None:
    """`size` is of the payload; a network of 1500 carries up to about 1440. pylibsrtp itself would refuse above 1356."""
    publisher, listener = await stage.publish("speaker"), await stage.listen("listener", audio=1, video=1)
    await stage.until(lambda: listener.of("a0").packets > 5)
    await stage.until(lambda: publisher._audio_track.packets > 0)
    before, biggest = await stage.gateway.health(), 0

    def measured(data: bytes) -> None:
        nonlocal biggest
        biggest = max(biggest, len(data))
        listener._rtp(data)

    listener.client._on_rtp = measured
    track = publisher._audio_track
    extensions = {MID_ID: track.section.mid.encode(), LEVEL_ID: b"\x9e"}
    packet = Packet(OPUS, False, track.sequence + 1, track.timestamp + 960, track.section.ssrc, b"\xfc" * size, extensions)
    track.sequence += 1
    left = publisher.client.send(write_packet(packet))
    await asyncio.sleep(0.1)
    after = await stage.gateway.health()
    drops = sum(after[name] - before[name] for name in ("dropped_srtp", "dropped_sending", "dropped_rtp", "dropped_other"))
    sound = listener.of("a0").octets
    forwarded = biggest >= size
    assert forwarded or drops >= 1 or not left
    if size <= 1500:
        assert forwarded
    await stage.until(lambda: listener.of("a0").octets > sound)

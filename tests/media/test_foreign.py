"""Programs that others wrote, through the real web process and the real node: FFmpeg's WHIP muxer, GStreamer, a browser."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event

import httpx2
import pytest

from media.gateway import Direction
from media.rtc.client import H264, OPUS, VP8, Client, ClientSection
from media.rtp.h264 import starts_keyframe
from media.rtp.packet import read_packet
from media.rtp.vp8 import read_descriptor
from tests.browser.room_house import CHROMIUM, SLUG, Stage, staged
from tests.media import foreign_av
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SDP = {"Content-Type": "application/sdp"}


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    if not CHROMIUM.exists():
        skip_or_fail("Chromium is not installed (Debian: apt install chromium)")
    async with staged(tmp_path_factory.mktemp("foreign")) as built:
        yield built


def address(stage: Stage, word: str, session: str = "stage") -> str:
    return f"{stage.base}/{SLUG}/sessions/{session}/{word}"


class Wall:
    """A receiver of ours by WHEP: counts packets by payload type, and keyframes."""

    def __init__(self) -> None:
        self.client = Client(
            Direction.RECEIVE, [ClientSection("a0", "audio"), ClientSection("v0", "video", h264=True)], self._rtp
        )
        self.packets: Counter[int] = Counter()
        self.keyframes: Counter[int] = Counter()

    def _rtp(self, data: bytes) -> None:
        packet = read_packet(data)
        self.packets[packet.payload_type] += 1
        if packet.payload_type == H264:
            self.keyframes[H264] += starts_keyframe(packet.payload)
        elif packet.payload_type == VP8:
            self.keyframes[VP8] += read_descriptor(packet.payload).keyframe

    async def until(self, video: int, packets: int = 40, within: float = 20.0) -> None:
        """Until so much has come of sound and of picture."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self.packets[OPUS] < packets or self.packets[video] < packets or not self.keyframes[video]:
                    await asyncio.sleep(0.05)
        assert min(self.packets[OPUS], self.packets[video]) >= packets, (self.packets, self.keyframes)
        assert self.keyframes[video]


@contextlib.asynccontextmanager
async def wall(stage: Stage, session: str = "stage") -> AsyncIterator[Wall]:
    headers = {"Authorization": f"Bearer {await stage.token(session, 'Wand')}"}
    shown = Wall()
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.post(address(stage, "whep", session), content=shown.client.offer(), headers={**SDP, **headers})
        assert answer.status_code == 201, answer.text
        await shown.client.connect(answer.text)
        try:
            yield shown
        finally:
            await shown.client.close()
            await http.delete(f"{stage.base}{answer.headers['location']}", headers=headers)


@pytest.mark.parametrize("role", ["active", "passive"])
async def test_ffmpeg_streams_h264_and_opus(house: Stage, tmp_path: Path, role: str) -> None:
    options = {"authorization": await house.token("stage", f"FFmpeg {role}"), **foreign_av.write_certificate(tmp_path)}
    if role == "active":
        options["whip_flags"] = "dtls_active"
    async with wall(house) as shown:
        stop = Event()
        streaming = asyncio.create_task(asyncio.to_thread(foreign_av.stream, address(house, "whip"), options, stop))
        try:
            await shown.until(H264)
        finally:
            stop.set()
            pictures = await streaming
        assert pictures > 20

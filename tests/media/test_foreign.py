"""Programs that others wrote, through the real web process and the real node: FFmpeg's WHIP muxer, GStreamer, a browser."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
import pytest
from playwright.async_api import Page

from media.gateway import Direction
from media.rtc.client import H264, OPUS, VP8, Client, ClientSection
from media.rtp.h264 import starts_keyframe
from media.rtp.packet import read_packet
from media.rtp.vp8 import read_descriptor
from tests.browser.room_house import CHROMIUM, SLUG, Stage, staged
from tests.media import foreign_av
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PYTHON = "/usr/bin/python3"  # Debian's own, which GStreamer's bindings are for
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


class Gst:
    """tests/media/foreign_gst.py in a process; `said` is all that it has told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.said: list[dict[str, Any]] = []
        self._process = process
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.said.append(json.loads(line))

    async def until(self, condition: Callable[[dict[str, Any]], object], within: float = 20.0) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not any(condition(each) for each in self.said):
                    await asyncio.sleep(0.05)
                return
        raise AssertionError(self.said[-5:])

    async def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading


@contextlib.asynccontextmanager
async def gst(word: str, where: str, token: str) -> AsyncIterator[Gst]:
    why = await asyncio.to_thread(why_no_gstreamer)
    if why is not None:
        skip_or_fail(why)
    process = await asyncio.create_subprocess_exec(
        PYTHON, str(Path(foreign_av.__file__).with_name("foreign_gst.py")), word, where, token,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    program = Gst(process)
    try:
        yield program
    finally:
        await program.end()


def why_no_gstreamer() -> str | None:
    """What is missing, or None."""
    if not Path(PYTHON).exists():
        return f"{PYTHON} is not there"
    question = (
        "import gi; gi.require_version('GstWebRTC', '1.0'); from gi.repository import Gst; Gst.init(None);"
        "print(all(Gst.ElementFactory.find(name) for name in 'webrtcbin nicesrc dtlsenc srtpenc vp8enc opusenc'.split()))"
    )
    done = subprocess.run([PYTHON, "-c", question], capture_output=True, text=True, timeout=60, check=False)
    return None if done.stdout.strip() == "True" else "GStreamer's webrtcbin is not installed (see .ci/packages)"


async def test_gstreamer_streams_and_plays_vp8_and_opus(house: Stage) -> None:
    streaming, playing = await house.token("round", "Studio"), await house.token("round", "Kiosk")
    async with gst("publish", address(house, "whip", "round"), streaming) as studio, wall(house, "round") as shown:
        await shown.until(VP8)
        async with gst("play", address(house, "whep", "round"), playing) as kiosk:
            await kiosk.until(lambda said: said.get("video", 0) > 20 and said.get("audio", 0) > 40)
        assert kiosk.said[-1] == {"deleted": 200}
    assert studio.said[0] == {"status": 201}
    assert studio.said[-1] == {"deleted": 200}


@contextlib.asynccontextmanager
async def other_origin() -> AsyncIterator[str]:
    """An empty page on an address of its own."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<title>Studio</title>")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


@contextlib.asynccontextmanager
async def studio_page(stage: Stage) -> AsyncIterator[Page]:
    context = await stage.chromium.new_context()
    async with other_origin() as origin:
        page = await context.new_page()
        await page.goto(origin)
        await page.add_script_tag(path=str(Path(foreign_av.__file__).with_name("foreign_page.js")))
        yield page
    await context.close()


@pytest.mark.parametrize("way", ["udp", "tcp"])
async def test_ffmpeg_is_seen_in_a_browser(house: Stage, tmp_path: Path, way: str) -> None:
    options = {"authorization": await house.token("stage", "FFmpeg"), "whip_flags": "dtls_active"}
    stop = Event()
    arguments = (address(house, "whip"), {**options, **foreign_av.write_certificate(tmp_path)}, stop)
    streaming = asyncio.create_task(asyncio.to_thread(foreign_av.stream, *arguments))
    try:
        async with studio_page(house) as page:
            token = await house.token("stage", "Zuschauer")
            assert await page.evaluate("(all) => studio.watch(...all)", [address(house, "whep"), token, way == "tcp"]) == 201
            async with asyncio.timeout(20):
                while (facts := await page.evaluate("studio.facts()"))["decoded"] < 20:
                    await asyncio.sleep(0.1)
            assert (facts["codec"], facts["protocol"]) == ("video/H264", way)
    finally:
        stop.set()
        await streaming


@pytest.mark.parametrize("way", ["udp", "tcp"])
async def test_a_page_of_another_origin_streams(house: Stage, way: str) -> None:
    token = await house.token("forum", f"Studio {way}")
    async with studio_page(house) as page, wall(house, "forum") as shown:
        begun = await page.evaluate("(all) => studio.begin(...all)", [address(house, "whip", "forum"), token, way == "tcp"])
        assert begun == 201
        await shown.until(VP8)
        assert (await page.evaluate("studio.facts()"))["protocol"] == way
        assert await page.evaluate("studio.restart()") == {"trickled": 204, "status": 200, "renewed": True}
        before = shown.packets[VP8]
        await shown.until(VP8, before + 100)
        facts = await page.evaluate("studio.facts()")
        assert (facts["state"], facts["dtls"]) == ("connected", "connected")
        assert set(facts["layers"]) <= {"q", "h", "f"}
        assert await page.evaluate("studio.end()") == 200

"""`python -m media.play --plan FILE.json`: play clips into forums as WHIP publishers, for ever (RFC 9725).

The plan: {"streams": [{"whip": ADDRESS, "token": TEXT, "video": FILE or null, "audio": FILE or null,
"screen": true for the second video section}]}. Files: VP8 in IVF or WebM, Opus in Ogg or WebM. Nothing is encoded;
each clip is decoded once for the levels of its sound.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import logging
import os
import random
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from media.clip import Clip, read_audio, read_video
from media.gateway import PeerFault
from media.playing import PlayingPublisher
from media.rtc.dtls import Identity

logger = logging.getLogger("media.play")
LONGEST_PAUSE = 5.0  # seconds between two attempts


@dataclass(frozen=True, slots=True)
class Stream:
    whip: str
    token: str
    video: Clip | None
    audio: Clip | None
    screen: bool = False


def read_plan(path: Path) -> list[Stream]:
    """Streams of a plan; files are relative to it and each is read once. Raises OSError, ValueError, KeyError."""
    videos: dict[str, Clip] = {}
    audios: dict[str, Clip] = {}

    def clip(loaded: dict[str, Clip], name: str | None, video: bool) -> Clip | None:
        if not name:
            return None
        if name not in loaded:
            where = str(path.parent / name)
            loaded[name] = read_video(where) if video else read_audio(where)
        return loaded[name]

    return [
        Stream(
            whip=str(entry["whip"]),
            token=str(entry["token"]),
            video=clip(videos, entry.get("video"), True),
            audio=clip(audios, entry.get("audio"), False),
            screen=bool(entry.get("screen")),
        )
        for entry in json.loads(path.read_text())["streams"]
    ]


def request(method: str, address: str, token: str, body: str = "") -> tuple[int, Mapping[str, str], str]:
    """One HTTP request: status, headers (lower case), body. Raises OSError and http.client.HTTPException. Blocks."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = kind(parts.hostname or "", parts.port, timeout=5)
    try:
        headers = {"Authorization": f"Bearer {token}"}
        if body:
            headers["Content-Type"] = "application/sdp"
        line.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body or None, headers)
        reply = line.getresponse()
        text = reply.read(256 * 1024).decode("utf-8", "replace")
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, text
    finally:
        line.close()


async def play_once(stream: Stream, identity: Identity) -> bool:
    """Offer, play until the connection ends, DELETE. True when media flowed."""
    publisher = PlayingPublisher(stream.video, stream.audio, identity, stream.screen)
    place = ""
    try:
        status, headers, answer = await asyncio.to_thread(request, "POST", stream.whip, stream.token, publisher.client.offer())
        if status != 201:
            logger.info("%s answers %d", stream.whip, status)
            return False
        place = urljoin(stream.whip, headers.get("location", ""))
        await publisher.client.connect(answer)
        await publisher.play()
        return True
    except (OSError, http.client.HTTPException, PeerFault) as problem:
        logger.info("%s: %s", stream.whip, problem)
        return False
    finally:
        await publisher.client.close()
        if place:
            await _delete(place, stream.token)


async def _delete(place: str, token: str) -> None:
    try:
        await asyncio.to_thread(request, "DELETE", place, token)
    except (OSError, http.client.HTTPException):
        return  # the server is gone, and the connection with it


async def play_for_ever(stream: Stream, identity: Identity) -> None:
    """Come back whenever the server does; pauses grow to LONGEST_PAUSE and are shorter by chance, so that many streams
    do not come back in one moment."""
    pause = 0.2
    while True:
        pause = 0.2 if await play_once(stream, identity) else min(LONGEST_PAUSE, pause * 2)
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311


async def run(streams: Sequence[Stream], parent: int | None) -> None:
    """Play all streams until SIGTERM, SIGINT or the parent's end."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    identity = Identity()
    tasks = [asyncio.create_task(play_for_ever(stream, identity)) for stream in streams]
    while not stop.is_set() and (parent is None or os.getppid() == parent):
        try:
            async with asyncio.timeout(0.5):
                await stop.wait()
        except TimeoutError:
            continue
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=2.0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="media.play", description="Play clips into forums")
    parser.add_argument("--plan", required=True, type=Path)
    parser.add_argument("--follow-parent", action="store_true", help="end when the starting process is gone")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    try:
        streams = read_plan(options.plan)
    except (OSError, ValueError, KeyError) as error:
        print(f"media.play: {options.plan}: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    if streams:
        asyncio.run(run(streams, os.getppid() if options.follow_parent else None))


if __name__ == "__main__":
    main()

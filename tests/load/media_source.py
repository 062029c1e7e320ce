"""Publishers that replay a pre-encoded clip as a live camera and microphone would send it: each packet carries when."""

from __future__ import annotations

import asyncio
import random
import secrets
import struct
import time
from collections import deque
from typing import Any

from pylibsrtp._binding import ffi as srtp_ffi

from media.clip import Clip
from media.rtc.dtls import Identity
from media.rtp.vp8 import write_descriptor
from tests.load.media_intake import MARK, STAMP, Intake
from tests.load.media_peer import Peer
from tests.load.media_sdp import LEVEL_ID, MID_ID, OPUS, VP8
from tests.load.media_wire import STRIDE

FRAGMENT = 1150
AUDIO, VIDEO = "0", "1"  # the mids of a publishing offer
SILENT = 110  # RFC 6464 level of somebody who does not speak
_HEADER = struct.Struct("!BBHII")
_NTP_EPOCH = 2_208_988_800


class Line:
    """The numbering of one section."""

    def __init__(self, clock: int) -> None:
        self.ssrc = secrets.randbits(31) | 1
        self.sequence = secrets.randbits(14)
        self.offset = secrets.randbits(31)
        self.clock = clock
        self.packets = self.octets = 0

    def timestamp(self, seconds: float) -> int:
        return (self.offset + round(seconds * self.clock)) & 0xFFFFFFFF


class Source:
    """A camera and a microphone. packets: sent so far by kind; asked: keyframe requests; missed: packets that the server
    asked for again (its own socket lost them); late: how much later than due pictures left, in seconds (this client's own
    doing: what comes late comes in a bunch with the next)."""

    def __init__(self, intake: Intake, identity: Identity, address: str, video: Clip, audio: Clip) -> None:
        self.peer = Peer(identity, address, lambda peer: intake.drain_control(self))
        self.audio, self.video = Line(48_000), Line(90_000)
        self.talking = True
        self.late: deque[float] = deque(maxlen=2000)
        self.asked = self.missed = self.keyframes = 0
        self._video = [_fragments(frame.data) for frame in video.frames]
        self._video_step = video.length / len(video.frames)
        self._audio = [(frame.data, frame.level) for frame in audio.frames]
        self._cursor = self._spoken = self._picture = 0
        self._memory = bytearray(STRIDE)
        self._view = memoryview(self._memory)
        self._pointer: Any = srtp_ffi.from_buffer("char[]", self._memory)
        self._length: Any = srtp_ffi.new("int *")
        self._timers: dict[str, asyncio.TimerHandle] = {}

    @property
    def packets(self) -> dict[str, int]:
        return {"audio": self.audio.packets, "video": self.video.packets}

    def play(self) -> None:
        """Begin, at a phase of its own, so that the publishers of a forum do not send in step."""
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        at = self._began + random.random() * 0.04
        self._timers["audio"] = self._loop.call_at(at, self._next_sound, at)
        at += random.random() * 0.02
        self._timers["video"] = self._loop.call_at(at, self._next_picture, at)
        self._timers["report"] = self._loop.call_at(at + 0.2, self._report)

    def stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()

    def _next_sound(self, due: float) -> None:
        data, level = self._audio[self._spoken % len(self._audio)]
        self._spoken += 1
        level = 0x80 | level if self.talking else SILENT
        block = struct.pack("!HHBBBB", 0xBEDE, 1, MID_ID << 4, ord(AUDIO), LEVEL_ID << 4, level)
        self._send(self.audio, OPUS, self.audio.timestamp(due - self._began), False, block, (data,), 0)
        due = max(due + 0.02, self._loop.time() - 0.2)
        self._timers["audio"] = self._loop.call_at(due, self._next_sound, due)

    def _next_picture(self, due: float) -> None:
        self.late.append(self._loop.time() - due)
        keyframe = self._cursor == 0
        self.keyframes += keyframe
        self._picture = (self._picture + 1) & 0x7FFF
        parts = self._video[self._cursor]
        self._cursor = (self._cursor + 1) % len(self._video)
        block = struct.pack("!HHBBH", 0xBEDE, 1, MID_ID << 4, ord(VIDEO), 0)
        timestamp = self.video.timestamp(due - self._began)
        for number, part in enumerate(parts, 1):
            payload = (write_descriptor(number == 1, self._picture), part)
            self._send(self.video, VP8, timestamp, number == len(parts), block, payload, int(keyframe))
        due = max(due + self._video_step, self._loop.time() - 0.2)
        self._timers["video"] = self._loop.call_at(due, self._next_picture, due)

    def _send(
        self, line: Line, kind: int, timestamp: int, marker: bool, block: bytes, payload: tuple[bytes, ...], keyframe: int
    ) -> None:
        line.sequence = (line.sequence + 1) & 0xFFFF
        head = _HEADER.pack(0x90, kind | marker << 7, line.sequence, timestamp, line.ssrc)
        data = b"".join((head, block, *payload))
        size = len(data)
        self._memory[:size] = data
        self._length[0] = size
        STAMP.pack_into(self._memory, size - STAMP.size, MARK, keyframe, time.time_ns())
        if self.peer.send(self._pointer, self._length, self._view, False):
            line.packets += 1
            line.octets += size

    def _report(self) -> None:
        """A sender report a second for each section, with its CNAME."""
        now = time.time() + _NTP_EPOCH
        elapsed = self._loop.time() - self._began
        for line in (self.audio, self.video):
            timestamp = line.timestamp(elapsed)
            data = struct.pack("!BBHIQIII", 0x80, 200, 6, line.ssrc, int(now * 2**32), timestamp, line.packets, line.octets)
            data += struct.pack("!BBHIBB4sH", 0x81, 202, 3, line.ssrc, 1, 4, b"load", 0)
            self._memory[: len(data)] = data
            self._length[0] = len(data)
            self.peer.send(self._pointer, self._length, self._view, True)
        self._timers["report"] = self._loop.call_later(1.0, self._report)

    def told(self, data: bytes) -> None:
        """Keyframe requests are answered by the next picture; lost packets stay lost, but are counted."""
        position = 0
        while position + 8 <= len(data):
            first, kind, words = struct.unpack_from("!BBH", data, position)
            if kind == 206 and first & 0x1F in (1, 4):
                self.asked += 1
                self._cursor = 0
            elif kind == 205 and first & 0x1F == 1:
                self.missed += sum(
                    1 + int.from_bytes(data[at + 2 : at + 4], "big").bit_count()
                    for at in range(position + 12, position + 4 + 4 * words, 4)
                )
            position += 4 + 4 * words


def _fragments(frame: bytes) -> list[bytes]:
    """Equal parts, as browsers cut them; the last bytes of each give way to the stamp."""
    count = -(-len(frame) // FRAGMENT)
    size = -(-len(frame) // count)
    parts = [frame[start : start + size] for start in range(0, len(frame), size)]
    return [part + bytes(max(0, STAMP.size - len(part))) for part in parts]

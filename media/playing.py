"""A publisher that plays a clip for ever, with continuous sequence numbers and timestamps."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace

from media.clip import Clip, Frame
from media.gateway import Direction
from media.rtc.client import LEVEL_ID, MID_ID, OPUS, VP8, Client, ClientSection
from media.rtc.dtls import Identity
from media.rtp.packet import Packet, write_packet
from media.rtp.rtcp import Description, Fir, Pli, SenderReport, read_compound, write_compound
from media.rtp.vp8 import write_descriptor

FRAGMENT = 1150  # bytes of a frame per packet: fits the smallest MTU of IPv6 with all headers
REPLAY_AFTER = 1.0  # seconds between two answers to keyframe requests
REPORT_INTERVAL = 2.0
_NTP_EPOCH = 2_208_988_800


class Track:
    """The outgoing numbering of one section."""

    def __init__(self, section: ClientSection, payload_type: int, clock: int) -> None:
        self.section = section
        self.payload_type = payload_type
        self.clock = clock
        self.sequence = secrets.randbits(15)
        self.offset = secrets.randbits(31)
        self.timestamp = self.offset
        self.packets = self.octets = 0

    def packet(self, timestamp: int, marker: bool, payload: bytes, extensions: dict[int, bytes]) -> bytes:
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = timestamp & 0xFFFFFFFF
        self.packets += 1
        self.octets += len(payload)
        mid = {MID_ID: self.section.mid.encode()}
        return write_packet(
            Packet(
                self.payload_type,
                marker,
                self.sequence,
                self.timestamp,
                self.section.ssrc,
                payload,
                {**mid, **extensions},
            )
        )


class PlayingPublisher:
    """Sends `video` as camera (or as screen) and `audio` as microphone. `play` runs until the connection ends.

    requests: keyframe requests that came back.
    """

    def __init__(
        self,
        video: Clip | None,
        audio: Clip | None,
        identity: Identity | None = None,
        screen: bool = False,
        setup: str = "actpass",
    ) -> None:
        if video is not None and audio is not None:  # one loop for both, or they drift apart
            length = max(video.length, audio.length)
            video, audio = replace(video, length=length), replace(audio, length=length)
        self._video, self._audio = video, audio
        sections = []
        if audio is not None:
            sections.append(ClientSection("0", "audio"))
            self._audio_track = Track(sections[-1], OPUS, 48_000)
        if video is not None:
            if screen:
                sections.append(ClientSection("1", "video"))  # an unused camera: the second video section is the screen
            sections.append(ClientSection("2", "video"))
            self._video_track = Track(sections[-1], VP8, 90_000)
        self.client = Client(Direction.PUBLISH, sections, on_rtcp=self._rtcp, setup=setup, identity=identity)
        self.requests = 0
        self._picture = secrets.randbits(15)
        self._replay_wanted = False
        self._replayed = 0.0
        self._stopped = False

    async def play(self) -> None:
        """Play from the start, over and over, until the connection ends or `stop`."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        reporting = start
        timelines = []
        if self._audio is not None:
            timelines.append(_Timeline(self._audio, self._send_audio))
        if self._video is not None:
            timelines.append(_Timeline(self._video, self._send_video))
        while not self._stopped and not self.client.ended.is_set():
            now = loop.time() - start
            for timeline in timelines:
                timeline.catch_up(now)
            if self._replay_wanted and self._video is not None and now - self._replayed > REPLAY_AFTER:
                self._replay(timelines[-1], now)
            if loop.time() >= reporting:
                reporting = loop.time() + REPORT_INTERVAL
                self._report(now)
            due = min(timeline.next for timeline in timelines)
            await asyncio.sleep(max(0.0, due - (loop.time() - start)))

    def stop(self) -> None:
        self._stopped = True

    def _send_audio(self, frame: Frame, time: float) -> None:
        track = self._audio_track
        timestamp = track.offset + round(time * track.clock)
        voice = 0x80 if frame.level < 60 else 0  # RFC 6464: the V bit
        extensions = {LEVEL_ID: bytes([voice | frame.level])}
        self.client.send(track.packet(timestamp, False, frame.data, extensions))

    def _send_video(self, frame: Frame, time: float) -> None:
        track = self._video_track
        self._send_frame(frame, track.offset + round(time * track.clock))

    def _send_frame(self, frame: Frame, timestamp: int) -> None:
        self._picture = (self._picture + 1) & 0x7FFF
        data = frame.data
        for start in range(0, len(data), FRAGMENT):
            payload = write_descriptor(start == 0, self._picture) + data[start : start + FRAGMENT]
            marker = start + FRAGMENT >= len(data)
            self.client.send(self._video_track.packet(timestamp, marker, payload, {}))

    def _replay(self, timeline: _Timeline, now: float) -> None:
        """Answer a keyframe request without an encoder: the present group of pictures once more, in fast motion
        within the time of one frame, so that who sees it already hardly notices and who has just come starts now."""
        self._replay_wanted = False
        self._replayed = now
        group = timeline.group()
        if len(group) < 2:
            return  # a keyframe has just been sent
        track = self._video_track
        base = track.timestamp
        gap = max(len(group), round((timeline.next - timeline.last) * track.clock * 0.8))
        for index, frame in enumerate(group, 1):
            self._send_frame(frame, base + index * gap // len(group))

    def _rtcp(self, data: bytes) -> None:
        for report in read_compound(data):
            if isinstance(report, Pli | Fir):
                self.requests += 1
                self._replay_wanted = True

    def _report(self, now: float) -> None:
        tracks = [self._audio_track] if self._audio is not None else []
        if self._video is not None:
            tracks.append(self._video_track)
        ntp = int((now + _NTP_EPOCH) * (1 << 32))
        for track in tracks:
            timestamp = (track.offset + round(now * track.clock)) & 0xFFFFFFFF
            report = SenderReport(track.section.ssrc, ntp, timestamp, track.packets, track.octets)
            self.client.send(write_compound([report, Description(((track.section.ssrc, "clip"),))]), rtcp=True)


class _Timeline:
    """Where a looped clip stands. `last` and `next` are seconds since the start of playing."""

    def __init__(self, clip: Clip, send: Callable[[Frame, float], None]) -> None:
        self._clip = clip
        self._send = send
        self._index = 0
        self._round = 0
        self._first = clip.frames[0].time
        self.last = 0.0
        self.next = 0.0

    def catch_up(self, now: float) -> None:
        """Send what is due. After a long stall (a suspended machine) the clip goes on from now, not in a burst."""
        if now - self.next > 1.0:
            skipped = int((now - self.next) / self._clip.length) + 1
            self._round += skipped
            self._index = 0
            self.next = self._round * self._clip.length
        while self.next <= now:
            self._send(self._clip.frames[self._index], self.next)
            self._index += 1
            if self._index == len(self._clip.frames):
                self._index, self._round = 0, self._round + 1
            self.last = self.next
            self.next = self._round * self._clip.length + self._clip.frames[self._index].time - self._first

    def group(self) -> list[Frame]:
        """Frames from the last keyframe up to the one sent last."""
        end = self._index or len(self._clip.frames)
        start = max(index for index in range(end) if self._clip.frames[index].keyframe)
        return list(self._clip.frames[start:end])

"""A publisher of our own with three real layers: it costs no encoder while the test runs, and says what it was asked for."""

from __future__ import annotations

import asyncio
import functools
import secrets
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.frame import PictureType

from media.clip import Clip, Frame
from media.gateway import Direction
from media.playing import FRAGMENT, Track
from media.rtc.client import LEVEL_ID, OPUS, VP8, Client, ClientSection
from media.rtc.dtls import Identity
from media.rtp.rtcp import Description, Fir, Nack, Pli, Remb, SenderReport, read_compound, write_compound
from media.rtp.vp8 import write_descriptor

FPS = 20
SECONDS = 1
RIDS = (("q", 320, 180, 150_000), ("h", 640, 360, 500_000), ("f", 1280, 720, 1_500_000))
RID_ID = 3
_RID_URI = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
_NTP_EPOCH = 2_208_988_800
_TOLD = 100  # packets that carry the rid; browsers stop as soon as they know that it was understood


@dataclass(frozen=True)
class Layer:
    """Real VP8. frames: a loop that begins with a keyframe; keyframes: each of its pictures as a keyframe."""

    rid: str
    width: int
    height: int
    bitrate: int
    frames: tuple[bytes, ...]
    keyframes: tuple[bytes, ...]


@functools.cache
def layers() -> tuple[Layer, ...]:
    """The test picture in three sizes; takes about two seconds of a processor, once."""
    with av.open(f"testsrc2=size=1280x720:rate={FPS}:duration={SECONDS}", format="lavfi") as source:
        pictures = list(source.decode(video=0))
    made = []
    for rid, width, height, bitrate in RIDS:
        loop = _encode(pictures, width, height, bitrate, every=len(pictures))
        made.append(Layer(rid, width, height, bitrate, loop, _encode(pictures, width, height, bitrate, every=1)))
    return tuple(made)


def _encode(pictures: list[av.VideoFrame], width: int, height: int, bitrate: int, every: int) -> tuple[bytes, ...]:
    encoder = av.VideoCodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    # Keyframes only: each about as large as six pictures of the stream. Resilient: any picture may stand in for its
    # predecessor, so a keyframe can be put in anywhere.
    encoder.bit_rate, encoder.time_base = bitrate * (6 if every == 1 else 1), Fraction(1, FPS)
    encoder.options = {"deadline": "realtime", "cpu-used": "12", "lag-in-frames": "0", "auto-alt-ref": "0", "g": "1000"}
    encoder.options |= {"error-resilient": "default"}
    packets = []
    for index, picture in enumerate(pictures):
        scaled = picture.reformat(width, height, "yuv420p")
        scaled.pts, scaled.time_base = index, Fraction(1, FPS)
        scaled.pict_type = PictureType.NONE if index % every else PictureType.I
        packets += encoder.encode(scaled)
    packets += encoder.encode(None)
    return tuple(bytes(packet) for packet in packets)


@functools.cache
def tone(level: int = 20) -> Clip:
    """A second of a note in Opus with in-band FEC, in packets of 20 ms."""
    encoder = av.AudioCodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = 48_000, "mono", "flt", 40_000
    encoder.options = {"fec": "1", "packet_loss": "10", "application": "voip"}
    with av.open(f"sine=frequency=440:sample_rate=48000:duration={SECONDS}", format="lavfi") as source:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48_000, frame_size=960)
        packets = []
        for sound in source.decode(audio=0):
            for piece in resampler.resample(sound):
                packets += encoder.encode(piece)
    frames = [Frame(index / 50, bytes(packet), level=level) for index, packet in enumerate(packets)]
    return Clip(tuple(frames), len(frames) / 50)


class LayeredPublisher:
    """Sends a microphone and a camera in layers. `asleep`: rids that are not sent; `deaf`: keyframe requests are ignored;
    `every`: a keyframe at least so many frames apart (None: only when one is wanted).

    requests: keyframe requests by rid; estimates: bit/s asked for by REMB; nacks: sequence numbers asked for again.
    """

    def __init__(
        self,
        rids: str = "qhf",
        sound: Clip | None = None,
        identity: Identity | None = None,
        deaf: bool = False,
        every: int | None = None,
    ) -> None:
        self.layers = [layer for layer in layers() if layer.rid in rids]
        self.asleep: set[str] = set()
        self.deaf, self.every = deaf, every
        self.requests: Counter[str] = Counter()
        self.estimates: list[int] = []
        self.nacks = 0
        self._sound = sound
        sections = [ClientSection("0", "audio")] if sound is not None else []
        camera = ClientSection("1", "video")
        self.client = Client(Direction.PUBLISH, [*sections, camera], on_rtcp=self._rtcp, identity=identity)
        self._voice = Track(sections[0], OPUS, 48_000) if sections else None
        self._tracks = {layer.rid: Track(ClientSection("1", "video"), VP8, 90_000) for layer in self.layers}
        self._pictures = {layer.rid: secrets.randbits(15) for layer in self.layers}
        self._wanted = {layer.rid for layer in self.layers}
        self._since: Counter[str] = Counter()

    def offer(self) -> str:
        """The client's offer with the layers in it (RFC 8851, RFC 8853)."""
        names = [layer.rid for layer in self.layers]
        more = [f"a=extmap:{RID_ID} {_RID_URI}", *(f"a=rid:{name} send" for name in names), f"a=simulcast:send {';'.join(names)}"]
        lines = []
        for line in self.client.offer().split("\r\n"):
            lines.append(line)
            if line == "a=mid:1" and len(names) > 1:
                lines += more
        return "\r\n".join(lines)

    async def play(self) -> None:
        """Play over and over until the connection ends."""
        loop = asyncio.get_running_loop()
        start, picture, sound, reported = loop.time(), 0, 0, 0.0
        while not self.client.ended.is_set():
            now = loop.time() - start
            picture, sound = max(picture, int((now - 1) * FPS)), max(sound, int((now - 1) * 50))  # after a stall: from now on
            while picture <= now * FPS:
                self._picture(picture)
                picture += 1
            while self._sound is not None and sound <= now * 50:
                self._note(sound)
                sound += 1
            if now >= reported:
                reported = now + 1.0
                self._report(now)
            due = min(picture / FPS, sound / 50) if self._sound is not None else picture / FPS
            await asyncio.sleep(max(0.001, due - (loop.time() - start)))

    async def close(self) -> None:
        await self.client.close()

    def wake(self, rid: str) -> None:
        """Send a layer again, from a keyframe on."""
        self.asleep.discard(rid)
        self._wanted.add(rid)

    def _picture(self, number: int) -> None:
        for layer in self.layers:
            if layer.rid in self.asleep:
                continue
            due = self.every is not None and self._since[layer.rid] >= self.every
            index = number % len(layer.frames)
            fresh = layer.rid in self._wanted or due
            if not index and not fresh:
                index = 1  # the loop's own keyframe would be an answer that nobody asked for; nobody minds two pictures alike
            if fresh:
                self._wanted.discard(layer.rid)
                self._since[layer.rid] = 0
            self._since[layer.rid] += 1
            self._frame(layer, (layer.keyframes if fresh else layer.frames)[index], number)

    def _frame(self, layer: Layer, data: bytes, number: int) -> None:
        track = self._tracks[layer.rid]
        self._pictures[layer.rid] = (self._pictures[layer.rid] + 1) & 0x7FFF
        timestamp = track.offset + number * track.clock // FPS
        for start in range(0, len(data), FRAGMENT):
            payload = write_descriptor(start == 0, self._pictures[layer.rid]) + data[start : start + FRAGMENT]
            told = len(self.layers) > 1 and track.packets < _TOLD
            extensions = {RID_ID: layer.rid.encode()} if told else {}
            self.client.send(track.packet(timestamp, start + FRAGMENT >= len(data), payload, extensions))

    def _note(self, number: int) -> None:
        assert self._sound is not None
        assert self._voice is not None
        frame = self._sound.frames[number % len(self._sound.frames)]
        level = {LEVEL_ID: bytes([(0x80 if frame.level < 60 else 0) | frame.level])}
        self.client.send(self._voice.packet(self._voice.offset + number * 960, False, frame.data, level))

    def _rtcp(self, data: bytes) -> None:
        by_ssrc = {track.section.ssrc: rid for rid, track in self._tracks.items()}
        for report in read_compound(data):
            if isinstance(report, Remb):
                self.estimates.append(report.bitrate)
            elif isinstance(report, Nack):
                self.nacks += len(report.sequences)
            ssrcs = (
                [report.ssrc] if isinstance(report, Pli) else [to for to, _ in report.requests] if isinstance(report, Fir) else []
            )
            for rid in {by_ssrc[ssrc] for ssrc in ssrcs if ssrc in by_ssrc}:
                self.requests[rid] += 1
                if not self.deaf:
                    self._wanted.add(rid)

    def _report(self, now: float) -> None:
        ntp = int((now + _NTP_EPOCH) * (1 << 32))
        for track in [*self._tracks.values(), *([self._voice] if self._voice is not None else [])]:
            ssrc, timestamp = track.section.ssrc, (track.offset + round(now * track.clock)) & 0xFFFFFFFF
            report = SenderReport(ssrc, ntp, timestamp, track.packets, track.octets)
            self.client.send(write_compound([report, Description(((ssrc, "layers"),))]), rtcp=True)

"""A receiver that counts and reports, but decodes nothing: for tests and load."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass, field

from media.gateway import Direction
from media.rtc.client import VP8, Client, ClientSection
from media.rtc.dtls import Identity
from media.rtp.packet import read_packet
from media.rtp.rtcp import ReceiverReport, Remb, Report, ReportBlock, read_compound, write_compound
from media.rtp.vp8 import read_descriptor

_FACTS = struct.Struct("!BBHII")
REPORT_INTERVAL = 1.0


@dataclass(slots=True)
class Stream:
    """What came on one SSRC. gaps: sequence numbers skipped (late ones are not taken back); first, highest: extended."""

    packets: int = 0
    octets: int = 0
    frames: int = 0
    keyframes: int = 0
    gaps: int = 0
    last: int = -1
    first: int = 0
    highest: int = 0
    timestamp: int = 0
    mids: set[str] = field(default_factory=set)

    def block(self, ssrc: int) -> ReportBlock:
        """Reception so far; what came late is not lost (RFC 3550 appendix A.3)."""
        lost = self.highest - self.first + 1 - self.packets
        return ReportBlock(ssrc, 0, lost, self.highest, 0, 0, 0)


class CountingReceiver:
    """Sections: audio slots "a0".. then video slots "v0"... `look`: parse payloads too (keyframes, mids), dearer."""

    def __init__(self, audio: int, video: int, look: bool = True, identity: Identity | None = None) -> None:
        sections = [ClientSection(f"a{index}", "audio") for index in range(audio)]
        sections += [ClientSection(f"v{index}", "video") for index in range(video)]
        self.client = Client(Direction.RECEIVE, sections, self._rtp, self._rtcp, identity=identity)
        self.streams: dict[int, Stream] = {}
        self.reports: list[Report] = []
        self.first_at: float | None = None
        self._look = look
        self._timer: asyncio.TimerHandle | None = None

    async def connect(self, answer: str, within: float = 5.0) -> None:
        await self.client.connect(answer, within)
        self._report()

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self.client.close()

    @property
    def packets(self) -> int:
        return sum(stream.packets for stream in self.streams.values())

    @property
    def gaps(self) -> int:
        return sum(stream.gaps for stream in self.streams.values())

    def of(self, mid: str) -> Stream:
        """The stream that arrived for a section (by the MID that its packets carry); empty when none did."""
        for stream in self.streams.values():
            if mid in stream.mids:
                return stream
        return Stream()

    def _rtp(self, data: bytes) -> None:
        _, second, sequence, timestamp, ssrc = _FACTS.unpack_from(data)
        stream = self.streams.get(ssrc)
        if stream is None:
            stream = self.streams[ssrc] = Stream(last=(sequence - 1) & 0xFFFF, first=sequence, highest=sequence - 1)
            if self.first_at is None:
                self.first_at = asyncio.get_running_loop().time()
        stream.packets += 1
        stream.octets += len(data)
        stream.frames += second > 127
        step = (sequence - stream.last) & 0xFFFF
        if step < 0x8000:
            stream.gaps += max(0, step - 1)
            stream.highest += step
            stream.last = sequence
            stream.timestamp = timestamp
        if self._look:
            self._look_at(stream, data)

    def _look_at(self, stream: Stream, data: bytes) -> None:
        packet = read_packet(data)
        stream.mids.update(value.decode() for identifier, value in packet.extensions.items() if identifier == 1)
        if packet.payload_type == VP8 and read_descriptor(packet.payload).keyframe:
            stream.keyframes += 1

    def _rtcp(self, data: bytes) -> None:
        self.reports += read_compound(data)

    def _report(self) -> None:
        blocks = tuple(stream.block(ssrc) for ssrc, stream in self.streams.items())[:31]
        self.client.send(write_compound([ReceiverReport(1, blocks), Remb(1, 5_000_000)]), rtcp=True)
        self._timer = asyncio.get_running_loop().call_later(REPORT_INTERVAL, self._report)

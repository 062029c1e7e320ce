"""A publisher around a Forum: sound, pictures with or without layers, sender reports, answers to what is asked of it."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from media.gateway import Source
from media.rtp.ntp import to_ntp
from media.rtp.packet import Packet, write_packet
from media.rtp.rtcp import Nack, Pli, Remb, Report, SenderReport, read_compound, write_compound
from media.sfu.layout import Codec, Format, Kind, PublishLayout, PublishSection
from media.sfu.messages import RtcpArrived, RtpArrived

if TYPE_CHECKING:
    from tests.media.sfu.harness import Stand, Wire

MID, LEVEL, RID, REPAIRED = 1, 2, 10, 11
OPUS, VP8, RTX, H264, H264_RTX, OPUS_RTX = 111, 96, 97, 102, 103, 112
ALL = frozenset(Source)
RIDS = ("q", "h", "f")
SIZES = {"": (640, 360), "q": (320, 180), "h": (640, 360), "f": (1280, 720)}
RATES = {"": 600_000, "q": 150_000, "h": 500_000, "f": 1_500_000}
FRAMES = 30  # per second
MICROPHONE = PublishSection("m", Kind.AUDIO, Source.MICROPHONE, Codec.OPUS, Format(OPUS))
CAMERA = PublishSection("c", Kind.VIDEO, Source.CAMERA, Codec.VP8, Format(VP8, RTX), nack=True)
LAYERED = PublishSection("c", Kind.VIDEO, Source.CAMERA, Codec.VP8, Format(VP8, RTX), nack=True, rids=RIDS)
SCREEN = PublishSection("s", Kind.VIDEO, Source.SCREEN, Codec.VP8, Format(VP8, RTX), nack=True)
SCREEN_SOUND = PublishSection("x", Kind.AUDIO, Source.SCREEN_SOUND, Codec.OPUS, Format(OPUS))
PLAIN = PublishLayout((MICROPHONE, CAMERA, SCREEN, SCREEN_SOUND), MID, LEVEL, RID, REPAIRED)
SIMULCAST = PublishLayout((MICROPHONE, LAYERED, SCREEN, SCREEN_SOUND), MID, LEVEL, RID, REPAIRED)


@dataclass
class Outgoing:
    """Numbering of one stream of a publisher."""

    section: PublishSection
    rid: str
    ssrc: int
    sequence: int
    timestamp: int
    picture: int = 0
    tl0: int = 0
    frame: int = 0
    sent: dict[int, bytes] = field(default_factory=dict)
    repairs: int = 0

    @property
    def extensions(self) -> dict[int, bytes]:
        return {MID: self.section.mid.encode()} | ({RID: self.rid.encode()} if self.rid else {})


def vp8(track: Outgoing, keyframe: bool, part: int, filler: int = 0) -> bytes:
    """A payload with picture id (15 bits), TL0 and, in a keyframe's first packet, the size of the picture. Where it came
    from stands in it, for `origin`."""
    head = bytes([0x90 if not part else 0x80, 0xE0, 0x80 | track.picture >> 8, track.picture & 0xFF, track.tl0, 0])
    frame = bytes(10)
    if not part:
        frame = b"\x01" + bytes(9)
        if keyframe:
            frame = b"\x00\0\0\x9d\x01\x2a" + struct.pack("<HH", *SIZES[track.rid])
    return head + frame + struct.pack("!cIH", (track.rid or "-").encode(), track.frame, part) + bytes(filler)


def origin(payload: bytes) -> tuple[str, int]:
    """(rid, frame) of a payload made by `vp8`."""
    rid, frame, _ = struct.unpack_from("!cIH", payload, 16)
    return rid.decode(), frame


class FakePublisher:
    """awake: the layers it sends; `obeys`: LayersWanted decides them. repairs: how NACKs are answered (plain, rtx, "").
    wall: its clock against the stand's."""

    def __init__(self, stand: Stand, connection: str, peer: str, wire: Wire, start: int, layout: PublishLayout) -> None:
        self.stand, self.connection, self.peer, self.wire = stand, connection, peer, wire
        self.chance = random.Random(connection)
        self.tracks: dict[str, Outgoing] = {}
        for section in layout.sections:
            for number, rid in enumerate(section.rids or ("",)):
                name = f"{section.mid}/{rid}" if rid else section.mid
                first = start + 997 * number
                self.tracks[name] = Outgoing(
                    section,
                    rid,
                    self.chance.randrange(2, 1 << 31),
                    first & 0xFFFF,
                    first * 7919 & 0xFFFFFFFF,
                    first & 0x7FFF,
                    first & 0xFF,
                )
        self.reports: list[Report] = []
        self.keyframe_wanted: set[int] = set()
        self.repairs = "plain"
        self.deaf = False  # to keyframe requests
        self.obeys = True
        self.awake: tuple[str, ...] = RIDS
        self.wall = self.chance.uniform(-1e9, 1e9)

    # -- sending -----------------------------------------------------------------------------------------------------

    def sound(self, level: int | None = 30, payload: bytes = b"opus!", mid: str = "m") -> None:
        track = self.tracks[mid]
        track.timestamp += 960
        self.emit(track, payload, OPUS, False, track.extensions | ({LEVEL: bytes([level])} if level is not None else {}))

    def picture(self, keyframe: bool = False, packets: int = 2, mid: str = "c", full: bool = False) -> None:
        """One frame of every layer that is awake; a keyframe also where one was asked for. full: as large as it takes for
        the layer's bitrate."""
        for track in self.tracks.values():
            if track.section.mid == mid and (not track.rid or track.rid in self.awake):
                size = RATES[track.rid] // 8 // FRAMES // packets if full else 0
                self._frame(track, keyframe or track.ssrc in self.keyframe_wanted, packets, max(0, size - 50))
            elif track.section.mid == mid:
                track.timestamp += 90_000 // FRAMES
                track.frame += 1

    def _frame(self, track: Outgoing, keyframe: bool, packets: int, filler: int) -> None:
        self.keyframe_wanted.discard(track.ssrc)
        track.timestamp += 90_000 // FRAMES
        track.picture = (track.picture + 1) & 0x7FFF
        track.tl0 = (track.tl0 + 1) & 0xFF
        track.frame += 1
        for part in range(packets):
            self.emit(track, vp8(track, keyframe, part, filler), VP8, part == packets - 1, track.extensions)

    def emit(self, track: Outgoing, payload: bytes, payload_type: int, marker: bool, extensions: dict[int, bytes]) -> None:
        track.sequence = (track.sequence + 1) & 0xFFFF
        timestamp = track.timestamp & 0xFFFFFFFF
        data = write_packet(Packet(payload_type, marker, track.sequence, timestamp, track.ssrc, payload, extensions))
        track.sent[track.sequence] = data
        self.send(data)

    def pad(self, track: Outgoing, size: int = 200) -> None:
        """A packet of nothing but padding in the stream's own numbering."""
        self.emit(track, b"", VP8, False, track.extensions)
        data = bytearray(track.sent[track.sequence] + bytes(size - 1) + bytes([size]))
        data[0] |= 0x20
        track.sent[track.sequence] = bytes(data)

    def probe(self, track: Outgoing, payload: bytes = b"") -> None:
        """A packet of the stream's retransmissions."""
        track.repairs += 1
        extensions = {MID: track.section.mid.encode()} | ({REPAIRED: track.rid.encode()} if track.rid else {})
        payload_type = track.section.format.rtx
        assert payload_type is not None
        number = track.repairs & 0xFFFF
        self.send(write_packet(Packet(payload_type, False, number, 0, track.ssrc ^ 1 << 31, payload, extensions)))

    def send(self, data: bytes) -> None:
        for at in self.wire.arrivals(self.stand.now, len(data)):
            self.stand.at(at, partial(self.stand.give, RtpArrived(self.connection, data)))

    def report(self, *reports: Report) -> None:
        self.stand.give(RtcpArrived(self.connection, write_compound(reports)))

    def tell_time(self, names: Iterable[str] = ()) -> None:
        """Sender reports of all streams: the last frame (or sound) is of this moment."""
        ntp = to_ntp(self.stand.now + self.wall)
        for name in names or self.tracks:
            track = self.tracks[name]
            self.report(SenderReport(track.ssrc, ntp, track.timestamp & 0xFFFFFFFF, 1, 1))

    # -- hearing -----------------------------------------------------------------------------------------------------

    def hear(self, data: bytes) -> None:
        for report in read_compound(data):
            self.reports.append(report)
            if isinstance(report, Pli) and not self.deaf:
                if self.wire.delay:
                    self.stand.at(self.stand.now + self.wire.delay, partial(self.keyframe_wanted.add, report.ssrc))
                else:
                    self.keyframe_wanted.add(report.ssrc)
            elif isinstance(report, Nack) and self.repairs:
                self.stand.at(self.stand.now + self.wire.delay, partial(self._repair, report))

    def _repair(self, report: Nack) -> None:
        for track in self.tracks.values():
            if track.ssrc != report.ssrc:
                continue
            for data in (track.sent[number] for number in report.sequences if number in track.sent):
                if self.repairs == "rtx":
                    start = 12 + (4 + 4 * int.from_bytes(data[14:16], "big") if data[0] & 0x10 else 0)
                    self.probe(track, data[2:4] + data[start:])
                else:
                    self.send(data)

    def asked(self, kind: type) -> list[Report]:
        return [report for report in self.reports if isinstance(report, kind)]

    def told_rates(self) -> list[int]:
        return [report.bitrate for report in self.reports if isinstance(report, Remb)]

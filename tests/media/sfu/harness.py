"""Publishers and receivers around a Forum: fake time, and wires that lose, delay and repeat by a seed."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from media.gateway import Grant, MediaEvent, SlotsChanged, Source
from media.rtp.extensions import send_time
from media.rtp.packet import Packet, read_packet, unwrap_rtx, write_packet
from media.rtp.rtcp import Nack, Pli, Report, read_compound, write_compound
from media.rtp.vp8 import read_descriptor, write_descriptor
from media.sfu import lane as lane_module
from media.sfu.forum import Forum
from media.sfu.layout import Codec, Format, Kind, PublishLayout, PublishSection, ReceiveLayout, ReceiveSection
from media.sfu.messages import (
    ConnectionLeft,
    GrantChanged,
    Input,
    Outputs,
    PublisherJoined,
    ReceiverJoined,
    RtcpArrived,
    RtpArrived,
    Tick,
)

MID, LEVEL = 1, 2
OPUS, VP8, RTX = 111, 96, 97
ALL = frozenset(Source)
MICROPHONE = PublishSection("m", Kind.AUDIO, Source.MICROPHONE, Codec.OPUS, Format(OPUS))
CAMERA = PublishSection("c", Kind.VIDEO, Source.CAMERA, Codec.VP8, Format(VP8, RTX), nack=True)
SCREEN = PublishSection("s", Kind.VIDEO, Source.SCREEN, Codec.VP8, Format(VP8, RTX), nack=True)
SCREEN_SOUND = PublishSection("x", Kind.AUDIO, Source.SCREEN_SOUND, Codec.OPUS, Format(OPUS))
SECTIONS = (MICROPHONE, CAMERA, SCREEN, SCREEN_SOUND)


@dataclass
class Wire:
    """Each packet is lost, repeated or delayed by chance; in order when nothing is asked for."""

    seed: int = 0
    loss: float = 0.0
    repeat: float = 0.0
    jitter: float = 0.0
    delay: float = 0.0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def arrivals(self, now: float) -> list[float]:
        if self.chance.random() < self.loss:
            return []
        count = 2 if self.chance.random() < self.repeat else 1
        return [now + self.delay + self.chance.random() * self.jitter for _ in range(count)]


@dataclass
class Outgoing:
    """Numbering of one section of a publisher."""

    section: PublishSection
    ssrc: int
    sequence: int
    timestamp: int
    picture: int = 0
    sent: dict[int, bytes] = field(default_factory=dict)


class FakePublisher:
    def __init__(self, stand: Stand, connection: str, peer: str, wire: Wire, start: int) -> None:
        self.stand, self.connection, self.peer, self.wire = stand, connection, peer, wire
        chance = random.Random(connection)
        self.tracks = {
            section.mid: Outgoing(section, chance.randrange(2, 1 << 31), start & 0xFFFF, start * 7919 & 0xFFFFFFFF, start)
            for section in SECTIONS
        }
        self.reports: list[Report] = []
        self.keyframe_wanted: set[int] = set()
        self.answers_nacks = True

    def sound(self, level: int | None = 30, payload: bytes = b"opus!", mid: str = "m") -> None:
        track = self.tracks[mid]
        track.timestamp += 960
        extensions = {MID: mid.encode()} | ({LEVEL: bytes([level])} if level is not None else {})
        self.emit(track, payload, OPUS, False, extensions)

    def picture(self, keyframe: bool = False, packets: int = 2, mid: str = "c") -> None:
        """One frame; a keyframe also when one was asked for."""
        track = self.tracks[mid]
        keyframe = keyframe or track.ssrc in self.keyframe_wanted
        self.keyframe_wanted.discard(track.ssrc)
        track.timestamp += 3000
        track.picture = (track.picture + 1) & 0x7FFF
        for index in range(packets):
            first = b"\x00" if keyframe else b"\x01"
            payload = write_descriptor(index == 0, track.picture) + first + bytes([index & 255]) * 3
            self.emit(track, payload, VP8, index == packets - 1, {MID: mid.encode()})

    def emit(self, track: Outgoing, payload: bytes, payload_type: int, marker: bool, extensions: dict[int, bytes]) -> None:
        track.sequence = (track.sequence + 1) & 0xFFFF
        timestamp = track.timestamp & 0xFFFFFFFF
        data = write_packet(Packet(payload_type, marker, track.sequence, timestamp, track.ssrc, payload, extensions))
        track.sent[track.sequence] = data
        self.send(data)

    def send(self, data: bytes) -> None:
        for at in self.wire.arrivals(self.stand.now):
            self.stand.at(at, lambda: self.stand.give(RtpArrived(self.connection, data)))

    def report(self, *reports: Report) -> None:
        self.stand.give(RtcpArrived(self.connection, write_compound(reports)))

    def hear(self, data: bytes) -> None:
        for report in read_compound(data):
            self.reports.append(report)
            if isinstance(report, Pli):
                self.keyframe_wanted.add(report.ssrc)
            elif isinstance(report, Nack) and self.answers_nacks:
                for track in self.tracks.values():
                    if track.ssrc == report.ssrc:
                        for sequence in report.sequences:
                            self.send(track.sent[sequence])

    def asked(self, kind: type) -> list[Report]:
        return [report for report in self.reports if isinstance(report, kind)]


@dataclass
class Incoming:
    """What one slot received: packets by extended order of arrival, retransmissions put back."""

    packets: list[Packet] = field(default_factory=list)
    retransmitted: int = 0

    @property
    def sequences(self) -> list[int]:
        return [packet.sequence for packet in self.packets]

    def pictures(self) -> list[int]:
        """Picture ids in order of sequence, one per frame."""
        ids = [read_descriptor(packet.payload).picture_id for packet in self.packets]
        return [picture for picture, _ in itertools.groupby(picture for picture in ids if picture is not None)]


class FakeReceiver:
    def __init__(self, stand: Stand, connection: str, peer: str, layout: ReceiveLayout, wire: Wire) -> None:
        self.stand, self.connection, self.peer, self.wire = stand, connection, peer, wire
        self.layout = layout
        self.slots = {section.mid: Incoming() for section in layout.sections}
        self.reports: list[Report] = []
        self._mid_of = {section.ssrc: section.mid for section in layout.sections}
        self._rtx_of = {section.rtx_ssrc: section for section in layout.sections}

    def hear(self, data: bytes) -> None:
        packet = read_packet(data)
        if packet.ssrc in self._rtx_of:
            section = self._rtx_of[packet.ssrc]
            assert packet.payload_type == next(iter(section.formats.values())).rtx
            packet.sequence, packet.payload = unwrap_rtx(packet.payload)
            mid = section.mid
            self.slots[mid].retransmitted += 1
        else:
            mid = self._mid_of[packet.ssrc]
        if self.layout.mid_extension is not None:
            assert packet.extensions == {self.layout.mid_extension: mid.encode()}
        self.slots[mid].packets.append(packet)

    def report(self, *reports: Report) -> None:
        self.stand.give(RtcpArrived(self.connection, write_compound(reports)))

    def ssrc(self, mid: str) -> int:
        return next(section.ssrc for section in self.layout.sections if section.mid == mid)

    def shows(self) -> dict[str, str]:
        """mid -> "peer/source" by the last assignment told."""
        told = [event for event in self.stand.events if isinstance(event, SlotsChanged) and event.connection == self.connection]
        return {slot.mid: f"{slot.peer}/{slot.source}" for slot in told[-1].slots if slot.peer}


class Stand:
    """The forum and everybody in it. Time moves only by `run`."""

    def __init__(self) -> None:
        self.forum = Forum("forum")
        self.now = 4711.0815  # no round number: differences of such times are not exact
        self.events: list[MediaEvent] = []
        self.people: dict[str, FakePublisher | FakeReceiver] = {}
        self._queue: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()
        self._tick_at = self.now + 0.05

    def at(self, when: float, deed: Callable[[], object]) -> None:
        heapq.heappush(self._queue, (when, next(self._numbers), deed))

    def give(self, given: Input) -> Outputs:
        out = self.forum.handle(given, self.now)
        self.events += out.events
        going = list(out.rtp)
        for packet, lanes in out.fans:
            going += [(lane.wire, lane_module.write(lane, packet, send_time(self.now))) for lane in lanes]
        for connection, data in going:
            receiver = self.people[connection]
            assert isinstance(receiver, FakeReceiver)
            for when in receiver.wire.arrivals(self.now):
                self.at(when, partial(receiver.hear, data))
        for connection, data in out.rtcp:
            person = self.people[connection]
            if isinstance(person, FakePublisher):
                person.hear(data)
            else:
                person.reports += read_compound(data)
        return out

    def run(self, seconds: float) -> None:
        """Let time pass with a tick every 50 ms; everything under way arrives."""
        end = self.now + seconds
        while True:
            due = min(self._tick_at, self._queue[0][0] if self._queue else self._tick_at)
            if due > end:
                break
            self.now = max(self.now, due)
            if self._queue and self._queue[0][0] <= self.now:
                heapq.heappop(self._queue)[2]()
            else:
                self.give(Tick())
                self._tick_at += 0.05
        self.now = end

    def publish(
        self,
        peer: str,
        *,
        connection: str = "",
        wire: Wire | None = None,
        start: int = 0,
        layout: PublishLayout | None = None,
        sources: frozenset[Source] = ALL,
        priority: int = 0,
    ) -> FakePublisher:
        publisher = FakePublisher(self, connection or f"{peer}-up", peer, wire or Wire(), start)
        self.people[publisher.connection] = publisher
        layout = layout or PublishLayout(SECTIONS, MID, LEVEL)
        self.give(PublisherJoined(publisher.connection, peer, layout, Grant(sources, 1e12, priority)))
        return publisher

    def listen(
        self,
        peer: str,
        *,
        audio: int = 2,
        video: int = 2,
        wire: Wire | None = None,
        first: int = 0,
        mid_extension: int | None = 3,
        rtx: int | None = RTX,
    ) -> FakeReceiver:
        chance = random.Random(peer)

        def slot(mid: str, kind: Kind) -> ReceiveSection:
            low, high = chance.randrange(2, 1 << 31), chance.randrange(1 << 31, 1 << 32)
            if kind is Kind.AUDIO:
                return ReceiveSection(mid, kind, {Codec.OPUS: Format(OPUS)}, low, high, first)
            return ReceiveSection(mid, kind, {Codec.VP8: Format(VP8, rtx)}, low, high, first)

        sections = [slot(f"a{number}", Kind.AUDIO) for number in range(audio)]
        sections += [slot(f"v{number}", Kind.VIDEO) for number in range(video)]
        layout = ReceiveLayout(tuple(sections), mid_extension)
        receiver = FakeReceiver(self, f"{peer}-down", peer, layout, wire or Wire())
        self.people[receiver.connection] = receiver
        self.give(ReceiverJoined(receiver.connection, peer, layout, Grant(ALL, 1e12)))
        return receiver

    def leave(self, person: FakePublisher | FakeReceiver) -> None:
        self.give(ConnectionLeft(person.connection))

    def grant(self, peer: str, sources: frozenset[Source] = ALL, priority: int = 0) -> None:
        self.give(GrantChanged(peer, Grant(sources, 1e12, priority)))

    def told(self, kind: type) -> list[MediaEvent]:
        return [event for event in self.events if isinstance(event, kind)]

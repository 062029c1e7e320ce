"""Publishers and receivers around a Forum: fake time, and wires that lose, delay and repeat by a seed."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from media.gateway import Grant, LayersWanted, MediaEvent, PeerHealth, Source, Tile, View
from media.node import TICK as TICK  # as the node ticks
from media.rtp.extensions import send_time
from media.rtp.rtcp import read_compound
from media.sfu import lane as lane_module
from media.sfu.forum import Forum
from media.sfu.layout import Codec, Format, Kind, PublishLayout, ReceiveLayout, ReceiveSection
from media.sfu.messages import (
    ConnectionLeft,
    GrantChanged,
    Input,
    Outputs,
    PublisherJoined,
    ReceiverJoined,
    Tick,
    ViewChanged,
)
from tests.media.sfu.receivers import MID_DOWN, TIME_DOWN, FakeReceiver
from tests.media.sfu.shortcut import Shortcut
from tests.media.sfu.sources import ALL, OPUS, PLAIN, RTX, SIMULCAST, VP8, FakePublisher


@dataclass
class Wire:
    """Each packet is lost, repeated or delayed by chance; in order when nothing is asked for. rate: bit/s of a bottleneck
    with a queue of `queue` seconds; what does not fit is lost."""

    seed: int = 0
    loss: float = 0.0
    repeat: float = 0.0
    jitter: float = 0.0
    delay: float = 0.0
    rate: float = 0.0
    queue: float = 0.3
    behind: float = 0.0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self._free_at = 0.0

    def arrivals(self, now: float, size: int) -> list[float]:
        if self.loss and self.chance.random() < self.loss:
            return []
        self.behind = 0.0
        if self.rate:
            self._free_at = max(now, self._free_at)
            self.behind = self._free_at - now
            if self.behind > self.queue:
                return []
            self._free_at += 8 * size / self.rate
        count = 2 if self.repeat and self.chance.random() < self.repeat else 1
        return [now + self.behind + self.delay + (self.chance.random() * self.jitter) for _ in range(count)]


class Stand:
    """The forum and everybody in it. Time moves only by `run`."""

    def __init__(self) -> None:
        self.forum = Forum("forum")
        self.short = Shortcut(self.forum)
        self.now = 4711.0815  # no round number: differences of such times are not exact
        self.events: list[MediaEvent] = []
        self.people: dict[str, FakePublisher | FakeReceiver] = {}
        self._queue: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()
        self._tick_at = self.now + TICK

    def at(self, when: float, deed: Callable[[], object]) -> None:
        heapq.heappush(self._queue, (when, next(self._numbers), deed))

    def give(self, given: Input) -> Outputs:
        out = self.short.handle(given, self.now)
        self.events += out.events
        for event in out.events:
            if isinstance(event, LayersWanted):
                publisher = self.people[event.connection]
                assert isinstance(publisher, FakePublisher)
                if publisher.obeys:
                    publisher.awake = event.rids
        for wire, data in out.rtp:
            self._deliver(wire, data)
        for packet, lanes in out.fans:
            for lane in lanes:
                self._deliver(lane.wire, lane_module.write(lane, packet, send_time(packet.at)))
        for connection, data in out.rtcp:
            person = self.people[connection]
            if isinstance(person, FakePublisher):
                person.hear(data)
            else:
                person.hear_reports(read_compound(data))
        return out

    def _deliver(self, wire: Any, data: bytes) -> None:
        receiver = self.people[wire]
        assert isinstance(receiver, FakeReceiver)
        assert not receiver.left, "a packet to somebody who has left"
        receiver.offered += 1
        for when in receiver.wire.arrivals(self.now, len(data)):
            self.at(when, partial(receiver.hear, data))

    def run(self, seconds: float) -> None:
        """Let time pass with a tick every TICK seconds; everything under way arrives."""
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
                self._tick_at += TICK
        self.now = end

    def publish(
        self,
        peer: str,
        *,
        connection: str = "",
        wire: Wire | None = None,
        start: int = 0,
        layout: PublishLayout | None = None,
        simulcast: bool = False,
        sources: frozenset[Source] = ALL,
        priority: int = 0,
    ) -> FakePublisher:
        layout = layout or (SIMULCAST if simulcast else PLAIN)
        publisher = FakePublisher(self, connection or f"{peer}-up", peer, wire or Wire(), start, layout)
        self.people[publisher.connection] = publisher
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
        mid_extension: int | None = MID_DOWN,
        time_extension: int | None = TIME_DOWN,
        rtx: int | None = RTX,
        formats: dict[Codec, Format] | None = None,
        audio_rtx: int | None = None,
        nacks: bool = False,
        estimates: bool = False,
    ) -> FakeReceiver:
        """nacks: it asks for what is missing; estimates: it reports loss and bandwidth every second."""
        chance = random.Random(peer)
        pictures = formats if formats is not None else {Codec.VP8: Format(VP8, rtx)}

        def slot(mid: str, kind: Kind) -> ReceiveSection:
            low, high = chance.randrange(2, 1 << 31), chance.randrange(1 << 31, 1 << 32)
            taken = {Codec.OPUS: Format(OPUS, audio_rtx)} if kind is Kind.AUDIO else pictures
            return ReceiveSection(mid, kind, taken, low, high, first)

        sections = [slot(f"a{number}", Kind.AUDIO) for number in range(audio)]
        sections += [slot(f"v{number}", Kind.VIDEO) for number in range(video)]
        layout = ReceiveLayout(tuple(sections), mid_extension, time_extension)
        receiver = FakeReceiver(self, f"{peer}-down", peer, layout, wire or Wire())
        self.people[receiver.connection] = receiver
        self.give(ReceiverJoined(receiver.connection, peer, layout, Grant(ALL, 1e12)))
        if nacks:
            receiver.ask_again()
        if estimates:
            receiver.estimate()
        return receiver

    def leave(self, person: FakePublisher | FakeReceiver) -> None:
        self.give(ConnectionLeft(person.connection))
        if isinstance(person, FakeReceiver):
            person.left = True

    def grant(self, peer: str, sources: frozenset[Source] = ALL, priority: int = 0) -> None:
        self.give(GrantChanged(peer, Grant(sources, 1e12, priority)))

    def view(self, peer: str, *tiles: tuple[str, int], pinned: tuple[str, ...] = ()) -> None:
        """tiles: (whose camera, height) in the order of the page."""
        seen = tuple(Tile(other, Source.CAMERA, height * 16 // 9, height) for other, height in tiles)
        self.give(ViewChanged(peer, View(seen, pinned)))

    def told(self, kind: type) -> list[MediaEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    def health(self, person: FakePublisher | FakeReceiver) -> PeerHealth:
        [found] = [each for each in self.forum.peers(self.now) if each.connection == person.connection]
        return found


def talk(stand: Stand, seconds: float, **levels: int) -> None:
    """People talk at a level (dBov below full scale) for a while; everybody's camera runs."""
    publishers = [(stand.people[f"{peer}-up"], level) for peer, level in levels.items()]
    for step in range(round(seconds * 50)):
        for publisher, level in publishers:
            assert isinstance(publisher, FakePublisher)
            publisher.sound(level)
            if step % 2 == 0:
                publisher.picture()
        stand.run(0.02)


def play(stand: Stand, *publishers: FakePublisher, frames: int, keyframe: bool = False, **kind: Any) -> None:
    """Pictures and sound at 30 a second; the first frame a keyframe if asked for."""
    for index in range(frames):
        for publisher in publishers:
            publisher.picture(keyframe and index == 0, **kind)
            publisher.sound()
        stand.run(1 / 30)


def steps(numbers: list[int], size: int) -> set[int]:
    """The distances between neighbours, modulo `size`."""
    return {(after - before) % size for before, after in itertools.pairwise(numbers)}

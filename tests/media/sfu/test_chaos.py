"""Anything in any order: nothing raises, and what must always hold holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.gateway import Grant, SlotsChanged, Source, Tile, View
from media.rtp.packet import read_packet
from media.rtp.rtcp import Bye, Fir, Nack, Pli, ReceiverReport, Remb, ReportBlock, SenderReport, write_compound
from media.sfu.lane import Lane, write
from media.sfu.layout import Codec, Format, Kind, PublishLayout, PublishSection, ReceiveLayout, ReceiveSection
from media.sfu.messages import (
    ConnectionLeft,
    GrantChanged,
    Outputs,
    PublisherJoined,
    ReceiverJoined,
    RtcpArrived,
    RtpArrived,
    Tick,
    ViewChanged,
)
from tests.media.browsers.length import by_length
from tests.media.sfu.harness import Stand, Wire
from tests.media.sfu.sources import H264, LAYERED, LEVEL, MICROPHONE, MID, REPAIRED, RID, SCREEN, FakePublisher

PEERS = "abcd"
STUDIO = PublishSection("c", Kind.VIDEO, Source.CAMERA, Codec.H264, Format(H264), nack=True)
LAYOUTS = (
    PublishLayout((MICROPHONE, LAYERED, SCREEN), MID, LEVEL, RID, REPAIRED),
    PublishLayout((MICROPHONE, STUDIO), MID),
    PublishLayout((LAYERED,), MID, None, RID),
)
sources = st.one_of(st.just(frozenset(Source)), st.frozensets(st.sampled_from(Source)))
peers = st.sampled_from(PEERS)
numbers = st.integers(0, 0xFFFF)


class Checked:
    """Forum, publishers and receivers; every output is looked at."""

    def __init__(self) -> None:
        self.stand = Stand()
        self.forum = self.stand.forum
        self.publishers: dict[str, FakePublisher] = {}
        self.receivers: dict[str, ReceiveLayout] = {}
        self.mids: dict[str, dict[str, str | None]] = {}  # connection -> section -> source that was told
        self.sent: dict[tuple[str, int], set[int]] = {}  # (connection, ssrc) -> extended numbers that went out
        self.highest: dict[tuple[str, int], int] = {}

    def give(self, given: Any, again: bool = False) -> Outputs:
        """again: what goes out may have gone out before (it was asked for)."""
        now = self.stand.now
        out = self.stand.short.handle(given, now)
        for packet, lanes in out.fans:
            assert len(lanes) == len({(lane.wire, lane.ssrc) for lane in lanes}) > 0  # one stream, one way to a slot
            for lane in lanes:
                self._went(lane.wire, write(lane, packet, 0), again=False)
        for wire, data in out.rtp:
            self._went(wire, data, again)
        for connection, _ in out.rtcp:
            assert connection in self.publishers or connection in self.receivers
        for event in out.events:
            if isinstance(event, SlotsChanged):
                assert [slot.mid for slot in event.slots] == [
                    section.mid for section in self.receivers[event.connection].sections
                ]
                shown = [(slot.peer, slot.source) for slot in event.slots if slot.peer is not None]
                assert len(shown) == len(set(shown))
                assert event.peer not in {peer for peer, _ in shown}
        return out

    def _went(self, wire: str, data: bytes, again: bool) -> None:
        layout = self.receivers[wire]  # nobody who has left
        packet = read_packet(data)
        ssrcs = {section.ssrc for section in layout.sections} | {section.rtx_ssrc for section in layout.sections}
        assert packet.ssrc in ssrcs
        key = wire, packet.ssrc
        before = self.highest.get(key)
        number = packet.sequence if before is None else before + ((packet.sequence - before + 0x8000 & 0xFFFF) - 0x8000)
        assert again or number not in self.sent.setdefault(key, set()), (key, number)
        self.sent.setdefault(key, set()).add(number)
        self.highest[key] = max(number, before if before is not None else number)

    # -- deeds -------------------------------------------------------------------------------------------------------

    def publish(self, peer: str, which: int, allowed: frozenset[Source], start: int) -> None:
        connection = f"{peer}-up"
        if connection in self.publishers:
            self.leave(connection)
        layout = LAYOUTS[which % len(LAYOUTS)]
        publisher = FakePublisher(self.stand, connection, peer, _Caught(), start, layout)
        publisher.obeys = False
        self.publishers[connection] = publisher
        self.give(PublisherJoined(connection, peer, layout, Grant(allowed, 1e12, which % 3)))

    def listen(self, peer: str, audio: int, video: int, h264: bool) -> None:
        connection = f"{peer}-down"
        if connection in self.receivers:
            self.leave(connection)
        formats = {Codec.VP8: Format(96, 97)} | ({Codec.H264: Format(H264)} if h264 else {})
        sections = [
            ReceiveSection(
                f"{number}", kind, {Codec.OPUS: Format(111)} if kind is Kind.AUDIO else formats, 10 + number, 50 + number
            )
            for number, kind in enumerate([Kind.AUDIO] * audio + [Kind.VIDEO] * video)
        ]
        self.receivers[connection] = ReceiveLayout(tuple(sections), 3)
        for key in [key for key in self.sent if key[0] == connection]:
            del self.sent[key], self.highest[key]
        self.give(ReceiverJoined(connection, peer, self.receivers[connection], Grant(frozenset(Source), 1e12)))

    def leave(self, connection: str) -> None:
        self.publishers.pop(connection, None)
        self.receivers.pop(connection, None)
        self.give(ConnectionLeft(connection))

    def play(self, peer: str, keyframe: bool, bad: bytes, order: int) -> None:
        """A frame of everything that a publisher has, in another order, with one packet damaged."""
        publisher = self.publishers.get(f"{peer}-up")
        if publisher is None:
            return
        wire = publisher.wire
        assert isinstance(wire, _Caught)
        if "m" in publisher.tracks:
            publisher.sound(order % 128)
        for mid in ("c", "s"):
            publisher.picture(keyframe, mid=mid)
        caught = [
            track.sent[track.sequence - back & 0xFFFF]
            for track in publisher.tracks.values()
            for back in (1, 0)
            if track.sent and track.sequence - back & 0xFFFF in track.sent
        ]
        caught = caught[order % len(caught) :] + caught[: order % len(caught)] if caught else []
        for number, data in enumerate(caught):
            if bad and number == order % len(caught):
                place = bad[0] % len(data)
                data = data[:place] + bad[1:] + data[place + len(bad[1:]) :]
            if number != order % 11:  # lost
                self.give(RtpArrived(publisher.connection, data))
        self.stand.now += order % 40 / 1000
        self.give(Tick())

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.025)):
            self.stand.now += 0.025
            self.give(Tick())

    def report(self, peer: str, kind: int, mid: int, value: int) -> None:
        ssrc = 10 + mid
        block = ReportBlock(ssrc, value & 255, 0, 0, 0, value << 16, 0)
        publisher = self.publishers.get(f"{peer}-up")
        upward = [track.ssrc for track in publisher.tracks.values()] if publisher else [5]
        reports = (
            Nack(1, ssrc, tuple(number & 0xFFFF for number in range(value, value + 20))),
            Pli(1, ssrc),
            Fir(1, ((ssrc, 1),)),
            Remb(1, value * 100),
            ReceiverReport(1, (block,)),
            SenderReport(upward[mid % len(upward)], value << 48 | value, value << 16, 1, 1, (block,)),
            Bye(tuple(upward[: mid % 4])),
        )
        for connection in (f"{peer}-down", f"{peer}-up"):
            self.give(RtcpArrived(connection, write_compound([reports[kind % len(reports)]])), again=True)


class _Caught(Wire):
    """A wire on which nothing arrives by itself."""

    def arrivals(self, now: float, size: int) -> list[float]:
        return []


Deed = Callable[[Checked], object]


def deeds() -> st.SearchStrategy[Deed]:
    def of(name: str, *given: st.SearchStrategy[Any]) -> st.SearchStrategy[Deed]:
        return st.tuples(*given).map(lambda values: lambda checked: getattr(checked, name)(*values))

    def give(build: Callable[..., Any], *given: st.SearchStrategy[Any]) -> st.SearchStrategy[Deed]:
        return st.tuples(*given).map(lambda values: lambda checked: checked.give(build(*values), True))

    frames = of("play", peers, st.booleans(), st.sampled_from([b"", b"", b""]) | st.binary(max_size=4), numbers)
    tiles = st.builds(
        Tile, peers, st.sampled_from([Source.CAMERA, Source.SCREEN]), st.just(320), st.sampled_from([0, 180, 360, 720])
    )
    views = st.builds(View, st.lists(tiles, max_size=5).map(tuple), st.lists(peers, max_size=2).map(tuple))
    others = st.one_of(
        of("publish", peers, numbers, sources, numbers),
        of("listen", peers, st.integers(0, 3), st.integers(0, 3), st.booleans()),
        of("leave", st.builds("{}-{}".format, peers, st.sampled_from(["up", "down"]))),
        of("report", peers, st.integers(0, 6), st.integers(0, 6), numbers),
        of("pass_time", st.sampled_from([0.025, 0.1, 0.6, 2.5])),
        give(ViewChanged, peers, views),
        give(GrantChanged, peers, st.builds(Grant, sources, st.just(1e12), st.integers(0, 2))),
        give(RtpArrived, st.builds("{}-up".format, peers), st.binary(max_size=60)),
        give(RtcpArrived, st.builds("{}-{}".format, peers, st.sampled_from(["up", "down"])), st.binary(max_size=60)),
    )
    return st.integers(0, 4).flatmap(lambda number: others if number == 1 else frames)


@settings(max_examples=round(by_length(80, 2000)), deadline=None)
@given(st.lists(deeds(), min_size=10, max_size=80))
def test_anything_in_any_order(program: list[Deed]) -> None:
    checked = Checked()
    for number, peer in enumerate(PEERS):
        checked.publish(peer, number // 2, frozenset(Source), 65_530)
        checked.listen(peer, 2, 3, number > 0)
    for deed in program:
        deed(checked)
    assert len(checked.forum.peers(checked.stand.now)) == len(checked.publishers) + len(checked.receivers)
    for connection in [*checked.publishers, *checked.receivers]:
        checked.leave(connection)
    assert checked.forum.empty
    assert checked.forum.snapshot().events == [] or checked.give(Tick()) is not None
    checked.give(Tick())
    assert checked.forum.snapshot().events == []


def _slots_and_lanes(lanes: list[Lane]) -> set[tuple[str, int]]:
    return {(lane.wire, lane.ssrc) for lane in lanes}


@pytest.mark.parametrize("peer", PEERS)
def test_a_packet_never_goes_back_to_whom_it_came_from(peer: str) -> None:
    checked = Checked()
    for each in PEERS:
        checked.listen(each, 3, 3, True)
        checked.publish(each, 0, frozenset(Source), 7)
    for _ in range(5):
        for each in PEERS:
            checked.play(each, True, b"", 1)
    publisher = checked.publishers[f"{peer}-up"]
    publisher.sound()
    out = checked.give(RtpArrived(publisher.connection, publisher.tracks["m"].sent[publisher.tracks["m"].sequence]))
    [(_, lanes)] = out.fans
    assert {wire for wire, _ in _slots_and_lanes(lanes)} == {f"{other}-down" for other in PEERS if other != peer}

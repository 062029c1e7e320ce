"""Layers: told apart by packet headers, switched at keyframes only, continuous for whoever receives them."""

from __future__ import annotations

import itertools

import pytest

from media.gateway import SlotState, Source
from media.rtp.packet import Packet, write_packet
from media.rtp.rtcp import Nack, Pli
from media.rtp.sequence import extend
from media.rtp.vp8 import read_descriptor
from media.sfu.layout import Codec, Format, Kind, PublishLayout, PublishSection
from media.sfu.reception import WallClock
from media.sfu.stream import Stream
from media.sfu.track import Track
from tests.media.sfu.harness import Stand, Wire, play, steps
from tests.media.sfu.receivers import Incoming
from tests.media.sfu.sources import LAYERED, LEVEL, MICROPHONE, MID, REPAIRED, RID, VP8, FakePublisher, vp8

HEIGHTS = {"q": 180, "h": 360, "f": 720}


def continuous(slot: Incoming, straggling: bool = False) -> None:
    """Sequence numbers, picture ids and TL0 without gaps and repetitions, the first packet of each layer a keyframe's.
    straggling: a packet of the layer before may have come too late for the switch."""
    packets = slot.in_order()
    assert len(packets) == len(slot.packets)
    assert steps(slot.pictures(), 1 << 15) == {1}
    facts = [read_descriptor(packet.payload) for packet in packets]
    tl0 = [number for number, _ in itertools.groupby(fact.tl0 or 0 for fact in facts)]
    assert steps(tl0, 256) == {1}
    assert facts[0].keyframe
    for place, (before, after) in enumerate(itertools.pairwise(packets)):
        assert facts[place + 1].keyframe or before.payload[16:17] == after.payload[16:17]
        step = (after.sequence - before.sequence) & 0xFFFF
        soon = {packet.payload[16:17] for packet in packets[place : place + 4]}
        assert step == 1 or (step == 2 and straggling and len(soon) > 1)


def test_layers_are_known_by_headers_alone() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a", simulcast=True)
    play(stand, speaker, frames=2, keyframe=True)
    play(stand, speaker, frames=30)
    for track in [track for name, track in speaker.tracks.items() if name.startswith("c/")]:
        # Browsers leave the elements away once a report shows that they arrived.
        track.timestamp += 3000
        track.frame += 1
        track.picture += 1
        speaker.emit(track, vp8(track, False, 0), VP8, True, {})
        stand.run(0.01)
    layers = stand.health(speaker).layers
    assert layers == {"c/q": "320 x 180", "c/h": "640 x 360", "c/f": "1280 x 720"}
    assert listener.slots["v0"].origins()[-1] == ("h", 33)


def test_a_layer_that_was_not_offered_is_no_stream() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a", layout=PublishLayout((MICROPHONE, LAYERED), MID, LEVEL, RID, REPAIRED))
    before = stand.forum.dropped
    for ssrc, extensions in ((5, {MID: b"c"}), (6, {MID: b"c", RID: b"x"}), (7, {RID: b"q"}), (8, {MID: b"c", RID: b"\xff"})):
        speaker.send(write_packet(Packet(VP8, True, 1, 0, ssrc, b"\x10\0key", extensions)))
        stand.run(0.01)
    assert stand.forum.dropped == before + 3  # 7: the payload type says the section, the header the layer
    assert listener.seen() == {"a"}


def test_no_layers_without_the_extension() -> None:
    stand = Stand()
    stand.listen("b")
    speaker = stand.publish("a", layout=PublishLayout((LAYERED,), MID))
    play_one = stand.forum.dropped
    speaker.picture(keyframe=True)
    stand.run(0.1)
    assert stand.forum.dropped == play_one + 6


@pytest.mark.parametrize("seed", range(3))
def test_lost_packets_of_a_layer_come_by_its_own_repairs(seed: int) -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a", simulcast=True, wire=Wire(seed, delay=0.01), start=65_300)
    speaker.repairs = "rtx"
    play(stand, speaker, frames=20, keyframe=True)
    stand.view("b", ("a", 720))
    play(stand, speaker, frames=10)
    speaker.wire.loss = 0.1
    for index in range(100):
        speaker.picture()
        if index % 5 == 0:
            for name in ("c/q", "c/h", "c/f"):
                speaker.probe(speaker.tracks[name])
        stand.run(1 / 30)
    speaker.wire.loss = 0.0
    play(stand, speaker, frames=10)
    assert {nack.ssrc for nack in speaker.asked(Nack) if isinstance(nack, Nack)} >= {speaker.tracks["c/f"].ssrc}
    continuous(listener.slots["v0"])
    assert listener.slots["v0"].layers() == ["q", "h", "f"]


def test_a_layer_changes_at_its_keyframe_and_not_before() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a", simulcast=True)
    speaker.deaf = True
    play(stand, speaker, frames=20, keyframe=True)
    play(stand, speaker, frames=5, keyframe=True)
    slot = listener.slots["v0"]
    for height, layer in ((720, "f"), (180, "q"), (360, "h")):
        before, count = slot.layers()[-1], len(slot.packets)
        stand.view("b", ("a", height))
        play(stand, speaker, frames=15)
        assert slot.layers()[-1] == before
        assert len(slot.packets) == count + 30  # it goes on meanwhile
        ssrc = speaker.tracks[f"c/{layer}"].ssrc
        assert ssrc in {each.ssrc for each in speaker.asked(Pli) if isinstance(each, Pli)}
        play(stand, speaker, frames=5, keyframe=True)
        assert slot.layers()[-1] == layer
        continuous(slot)
    assert slot.layers() == ["q", "h", "f", "q", "h"]


def _near_the_wraps(speaker: FakePublisher) -> None:
    for number, name in enumerate(("c/q", "c/h", "c/f")):
        track = speaker.tracks[name]
        track.sequence = 65_536 - 700 * (number + 1)
        track.picture = 0x7FFF - 300 * (number + 1)
        track.tl0 = 250
        track.timestamp = (1 << 32) - 3000 * 400 * (number + 1)


@pytest.mark.parametrize(("seed", "known", "straggling"), [(1, True, False), (2, True, True), (3, False, False)])
def test_200_switches_are_invisible(seed: int, known: bool, straggling: bool) -> None:
    """known: there are sender reports, which say what moments the timestamps of the layers stand for."""
    stand, first = Stand(), 32_000 + 16_750 * (seed - 1)
    listener = stand.listen("b", audio=0, video=1, first=first)
    speaker = stand.publish("a", simulcast=True, wire=Wire(seed, jitter=0.008 * straggling, delay=0.02))
    speaker.obeys = False
    _near_the_wraps(speaker)
    slot, chance = listener.slots["v0"], speaker.chance
    layer = "h"
    for index in range(2400):
        if known and index % 30 == 1:
            speaker.tell_time(("c/q", "c/h", "c/f"))
        if index > 5 and chance.random() < 0.2:
            layer = chance.choice([rid for rid in HEIGHTS if rid != layer])
            stand.view("b", ("a", HEIGHTS[layer]))
        speaker.picture(index == 0, packets=2)
        stand.run(1 / 30)
    stand.run(0.2)
    assert len(slot.layers()) > 200
    continuous(slot, straggling)
    frames = [frame for _, frame in slot.origins()]
    assert all(after >= before for before, after in itertools.pairwise(frames))  # nothing from before a switch after it
    packets = slot.in_order()
    assert packets[0].sequence == first
    stamp, ahead = packets[0].timestamp, []
    for packet in packets:
        stamp = extend(stamp, packet.timestamp, 32)
        ahead.append(stamp / 90_000 - int.from_bytes(packet.payload[17:21], "big") / 30)
    drift = [after - before for before, after in itertools.pairwise(ahead)]
    steady = 0.05 if not known else 0.005 if straggling else 0.001  # a late keyframe is followed in fast motion
    assert max(map(abs, drift)) < steady
    assert abs(ahead[-1] - ahead[0]) < (0.1 if not known else 0.3 if straggling else 0.02)


@pytest.mark.parametrize("rid", ["q", "h", "f"])
def test_a_layer_goes_on_with_a_new_ssrc(rid: str) -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a", simulcast=True)
    stand.view("b", ("a", HEIGHTS[rid]))
    play(stand, speaker, frames=20, keyframe=True)
    track = speaker.tracks[f"c/{rid}"]
    old, awake = track.ssrc, speaker.awake
    speaker.awake = tuple(each for each in awake if each != rid)
    speaker.obeys = False
    play(stand, speaker, frames=16)
    track.ssrc += 1
    track.sequence = 60_000
    speaker.awake = awake
    play(stand, speaker, frames=20)
    stand.run(0.1)
    slot = listener.slots["v0"]
    assert slot.layers()[-1] == rid
    assert old != track.ssrc in {each.ssrc for each in speaker.asked(Pli) if isinstance(each, Pli)}
    packets = slot.in_order()
    assert steps([packet.sequence for packet in packets], 1 << 16) == {1}
    assert steps(slot.pictures(), 1 << 15) == {1}
    assert listener.state("a") is SlotState.LIVE


def test_layers_named_in_the_other_order_are_ordered_by_their_size() -> None:
    section = PublishSection("c", Kind.VIDEO, Source.CAMERA, Codec.VP8, Format(96), rids=("0", "1", "2"))
    track = Track("connection", "peer", section, 0.0)
    for number, (rid, size) in enumerate({"0": (1280, 720), "1": (640, 360), "2": (320, 180)}.items()):
        stream = Stream(section, number, rid, 0, WallClock(), 0.0)
        stream.size = size
        track.replace(stream, 0.0)
    track.sort()
    assert track.rids == ("2", "1", "0")
    assert track.heights() == [180, 360, 720]


def test_sender_reports_that_cannot_be_true_are_not_followed() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a", simulcast=True)
    play(stand, speaker, frames=20, keyframe=True)
    speaker.tell_time(("c/q", "c/h"))
    speaker.wall += 50
    speaker.tell_time(("c/f",))
    for height in (720, 180, 720, 360):
        stand.view("b", ("a", height))
        play(stand, speaker, frames=20)
    slot = listener.slots["v0"]
    assert len(slot.layers()) >= 5
    continuous(slot)
    assert max(steps([packet.timestamp for packet in slot.packets], 1 << 32)) <= 6000

"""Padding and bandwidth probes of publishers: absorbed, never forwarded, never counted as loss."""

from __future__ import annotations

import pytest

from media.rtp.packet import Packet, write_packet
from media.rtp.rtcp import Nack, ReceiverReport
from tests.media.sfu.harness import Stand, Wire, play, steps
from tests.media.sfu.sources import MID, RTX, FakePublisher


def lost(publisher: FakePublisher) -> set[int]:
    reports = [each for each in publisher.reports if isinstance(each, ReceiverReport)]
    return {block.lost for report in reports for block in report.blocks}


@pytest.mark.parametrize("start", [0, 65_500])
def test_padding_leaves_no_gaps(start: int) -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0, first=700)
    speaker = stand.publish("a", start=start)
    for index in range(40):
        speaker.picture(index == 0)
        for _ in range(index % 4):
            speaker.pad(speaker.tracks["c"])
        stand.run(1 / 30)
    stand.run(0.6)
    slot = listener.slots["v0"]
    assert slot.sequences == list(range(700, 780))
    assert all(packet.payload for packet in slot.packets)
    assert speaker.asked(Nack) == []
    assert lost(speaker) == {0}


def test_late_packets_around_padding_find_their_place() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a")
    track = speaker.tracks["c"]
    play(stand, speaker, frames=2, keyframe=True)
    speaker.wire.loss, first = 1.0, track.sequence + 1
    for number in range(8):
        speaker.picture(packets=1)
        if number % 2:
            speaker.pad(track)
    speaker.wire.loss = 0.0
    held = [track.sent[sequence] for sequence in range(first, track.sequence + 1)]
    order = [1, 2, 0, 4, 3, 6, 5, 5, 2, 8, 7, 9, 10, 11]  # padding: 2, 5, 8, 11; some of it twice
    for index in order:
        speaker.send(held[index])
        stand.run(0)
    slot = listener.slots["v0"]
    stand.run(0.2)
    play(stand, speaker, frames=2)
    numbers = sorted(slot.sequences)
    assert numbers == list(range(len(numbers)))
    assert [frame for _, frame in slot.origins()] == [*range(1, 13)]


def test_late_padding_goes_through_and_closes_its_gap() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a")
    play(stand, speaker, frames=2, keyframe=True)
    for mid in ("c", "m"):
        track = speaker.tracks[mid]
        speaker.wire.loss = 1.0
        if mid == "c":
            speaker.pad(track)
        else:
            speaker.sound(payload=b"")
        speaker.wire.loss = 0.0
        late = track.sent[track.sequence]
        speaker.picture()
        speaker.sound()
        stand.run(0.01)
        for _ in range(2):
            speaker.send(late)
            stand.run(0.01)
    for mid, count in (("v0", 9), ("a0", 5)):
        slot = listener.slots[mid]
        assert sorted(slot.sequences) == list(range(count))
        assert [packet.payload for packet in slot.packets].count(b"") == 1


def test_very_much_padding_is_forgotten_without_confusion() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a")
    track = speaker.tracks["c"]
    speaker.repairs = ""
    play(stand, speaker, frames=5, keyframe=True)
    speaker.wire.loss = 1.0
    speaker.picture(packets=1)
    speaker.wire.loss = 0.0
    late = track.sent[track.sequence]
    for _ in range(200):
        speaker.pad(track)
        stand.run(0.001)
    play(stand, speaker, frames=2)
    first = len(listener.slots["v0"].packets)
    assert sorted(listener.slots["v0"].sequences) == [*range(10), *range(11, 15)]
    speaker.send(late)  # from before all that is remembered
    stand.run(0.01)
    assert len(listener.slots["v0"].packets) == first


def test_probes_of_the_repair_stream_are_no_loss() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a")
    track = speaker.tracks["c"]
    play(stand, speaker, frames=5, keyframe=True)
    for _ in range(50):
        speaker.probe(track)  # padding only
        number = track.sequence - 3
        speaker.probe(track, number.to_bytes(2, "big") + track.sent[number][24:])  # what has arrived already
    speaker.send(write_packet(Packet(RTX, False, 1, 0, 779, b"", {MID: b"c"})))  # the same from an SSRC of its own
    play(stand, speaker, frames=5)
    stand.run(0.6)
    assert listener.slots["v0"].sequences == list(range(20))
    assert speaker.asked(Nack) == []
    assert lost(speaker) == {0}


@pytest.mark.parametrize("seed", range(4))
def test_padding_on_a_lossy_wire(seed: int) -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a", wire=Wire(seed, loss=0.08, jitter=0.015, delay=0.01, repeat=0.03), start=65_000 + seed)
    speaker.repairs = ("plain", "rtx")[seed % 2]
    speaker.picture(keyframe=True, packets=1)
    for index in range(200):
        speaker.picture()
        if index % 3 == 0:
            speaker.pad(speaker.tracks["c"])
        stand.run(1 / 30)
    speaker.wire.loss = 0.0
    for _ in range(10):
        speaker.picture()
        stand.run(1 / 30)
    slot = listener.slots["v0"]
    numbers = [packet.sequence for packet in slot.in_order()]
    assert len(slot.sequences) == len(numbers)
    if seed % 2 == 0:  # plain retransmissions bring lost padding as well
        assert steps(numbers, 1 << 16) == {1}
    frames = [frame for _, frame in slot.origins() if frame]
    assert steps(frames, 1 << 16) == {1}

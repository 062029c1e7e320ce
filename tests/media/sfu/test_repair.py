"""Loss and its repair, on the way in and on the way out."""

from __future__ import annotations

import itertools

import pytest

from media.gateway import Source
from media.rtp.packet import Packet, write_packet
from media.rtp.rtcp import Nack, Pli, ReceiverReport, SenderReport
from media.sfu.layout import Codec, Format, Kind, PublishLayout, PublishSection
from tests.media.sfu.harness import Stand, Wire, play, steps
from tests.media.sfu.sources import LEVEL, MID, OPUS, RTX


@pytest.mark.parametrize("rtx", [RTX, None])
def test_loss_downwards_is_repaired_from_memory(rtx: int | None) -> None:
    stand = Stand()
    listener = stand.listen("b", rtx=rtx, first=65000)
    speaker = stand.publish("a", start=65500)
    play(stand, speaker, frames=20, keyframe=True)
    slot = listener.slots["v0"]
    lost = slot.packets.pop(10)
    ssrc = listener.ssrc("v0")
    listener.report(Nack(1, ssrc, (lost.sequence, (lost.sequence + 3000) & 0xFFFF, (lost.sequence - 300) & 0xFFFF)))
    listener.report(Nack(1, ssrc, (lost.sequence,)))  # at once again: ignored
    stand.run(0.01)
    again = slot.packets[-1]
    assert (again.sequence, again.timestamp, again.payload) == (lost.sequence, lost.timestamp, lost.payload)
    assert slot.retransmitted == (1 if rtx else 0)
    for _ in range(5):
        stand.run(0.1)
        listener.report(Nack(1, ssrc, (lost.sequence,)))
    stand.run(0.1)
    assert [packet.sequence for packet in slot.packets].count(lost.sequence) == 3  # three times at most


def test_the_memory_of_repairs_is_bounded() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a")
    speaker.picture(keyframe=True, packets=512)
    stand.run(0.01)
    slot, ssrc = listener.slots["v0"], listener.ssrc("v0")
    assert len(slot.packets) == 512
    numbers = slot.sequences
    listener.report(Nack(1, ssrc, tuple(numbers)))
    speaker.picture()
    stand.run(0.01)
    listener.report(Nack(1, ssrc, (slot.sequences[-1],)))
    stand.run(0.01)
    assert slot.retransmitted == 513


def test_nothing_is_repeated_from_before_a_switch_or_without_a_source() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=0, video=1)
    one = stand.publish("a")
    play(stand, one, frames=3, keyframe=True)
    before = listener.slots["v0"].sequences[-1]
    stand.leave(one)
    listener.report(Nack(1, listener.ssrc("v0"), (before,)))
    two = stand.publish("b")
    two.picture()
    listener.report(Nack(1, listener.ssrc("v0"), (before,)))  # seated, but not switched in
    play(stand, two, frames=3)
    listener.report(Nack(1, listener.ssrc("v0"), (before,)))
    stand.run(0.1)
    assert listener.slots["v0"].retransmitted == 0


@pytest.mark.parametrize("seed", range(5))
def test_loss_upwards_is_asked_for_again(seed: int) -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a", wire=Wire(seed, loss=0.1, repeat=0.05, jitter=0.02, delay=0.01), start=65400)
    speaker.picture(keyframe=True, packets=1)
    while not listener.slots["v0"].packets:
        stand.run(0.1)
        speaker.picture()
    play(stand, speaker, frames=150)
    stand.run(1.0)
    numbers = sorted((sequence - listener.slots["v0"].sequences[0]) & 0xFFFF for sequence in listener.slots["v0"].sequences)
    assert len(numbers) == len(set(numbers))  # repetitions are not forwarded
    missing = set(range(numbers[-1])) - set(numbers)
    assert len(missing) <= 2  # what was lost last of all is not noticed
    assert speaker.asked(Nack)


def test_a_publisher_that_answers_no_nack_is_asked_for_a_keyframe() -> None:
    stand = Stand()
    stand.listen("b")
    speaker = stand.publish("a")
    speaker.repairs = ""
    play(stand, speaker, frames=5, keyframe=True)
    speaker.tracks["c"].sequence += 3
    speaker.picture()
    stand.run(2.0)
    asked = [report for report in speaker.asked(Nack) if isinstance(report, Nack)]
    assert [len(report.sequences) for report in asked] == [3] * 10
    assert len(speaker.asked(Pli)) >= 1
    speaker.tracks["c"].sequence += 1000  # too much to ask for one by one
    before = len(speaker.asked(Nack))
    speaker.picture()
    stand.run(0.5)
    assert len(speaker.asked(Nack)) == before
    speaker.tracks["m"].sequence += 5  # no NACK was negotiated for audio
    speaker.sound()
    stand.run(0.5)
    assert len(speaker.asked(Nack)) == before


def test_what_was_sent_without_a_grant_is_never_asked_for_again() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a")
    play(stand, speaker, frames=5, keyframe=True)
    stand.grant("a", frozenset())
    secret = speaker.tracks["c"].sequence + 1
    play(stand, speaker, frames=5, keyframe=True)
    stand.grant("a")
    play(stand, speaker, frames=5)
    stand.run(0.5)
    play(stand, speaker, frames=5)
    assert speaker.asked(Nack) == []
    assert steps(listener.slots["v0"].sequences, 1 << 16) == {1}
    speaker.report(SenderReport(speaker.tracks["c"].ssrc, 1, 1, 1, 1))
    stand.grant("a", frozenset())
    probe = Packet(RTX, False, 1, 0, 778, secret.to_bytes(2, "big") + b"\x10\x00", {MID: b"c"})
    speaker.send(write_packet(probe))
    stand.run(0.1)
    reports = [each for each in speaker.reports if isinstance(each, ReceiverReport)]
    assert {block.lost for report in reports for block in report.blocks} == {0}


def test_retransmissions_of_a_publisher_are_unwrapped_and_probes_absorbed() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a")
    track = speaker.tracks["c"]

    def rtx(payload: bytes, ssrc: int = 777) -> None:
        speaker.send(write_packet(Packet(RTX, False, 1, 0, ssrc, payload, {MID: b"c"})))
        stand.run(0)

    rtx(b"\0\1too early")
    play(stand, speaker, frames=3, keyframe=True)
    track.sequence += 1
    lost = track.sequence
    play(stand, speaker, frames=1)
    rtx(lost.to_bytes(2, "big") + b"\x10\x01found")
    rtx(b"")  # a bandwidth probe
    rtx(b"\0")  # malformed
    stand.run(0.1)
    assert [packet.payload for packet in listener.slots["v0"].packets][-1] == b"\x10\x01found"
    assert len(listener.slots["v0"].packets) == 9


def test_a_repetition_is_sent_again_only_after_70_ms() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a")
    play(stand, speaker, frames=10, keyframe=True)
    number, slot = listener.slots["v0"].sequences[-2], listener.slots["v0"]
    sent = []
    for _ in range(30):
        listener.report(Nack(1, listener.ssrc("v0"), (number,)))
        stand.run(0.01)
        sent.append(slot.retransmitted)
    times = [index for index, (before, after) in enumerate(itertools.pairwise([0, *sent])) if after > before]
    assert len(times) == 3
    assert all(7 <= after - before <= 8 for before, after in itertools.pairwise(times))


def test_retransmissions_have_a_share_of_a_fifth() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a")
    slot = listener.slots["v0"]
    stand.view("b", ("a", 360))
    for index in range(120):
        speaker.picture(index == 0, packets=4, full=True)
        stand.run(1 / 30)
        highest = slot.highest or 0
        listener.report(Nack(1, listener.ssrc("v0"), tuple(range(highest - 3, highest + 1))))  # all of it
    again = sum(len(packet.payload) for packet in slot.packets[-1:]) * slot.retransmitted
    first = sum(len(data) for data in speaker.tracks["c"].sent.values())
    assert 0.15 * first < again < 0.2 * first + 25_000


@pytest.mark.parametrize(("up", "down"), [("plain", None), ("rtx", 98), ("rtx", None), ("plain", 98)])
def test_sound_is_asked_for_again_and_sent_again(up: str, down: int | None) -> None:
    section = PublishSection("m", Kind.AUDIO, Source.MICROPHONE, Codec.OPUS, Format(OPUS, 99), nack=True)
    stand = Stand()
    listener = stand.listen("b", audio_rtx=down, nacks=True, wire=Wire(5, loss=0.1, delay=0.02))
    speaker = stand.publish("a", layout=PublishLayout((section,), MID, LEVEL), wire=Wire(6, loss=0.1, delay=0.02))
    speaker.repairs = up
    for number in range(500):
        speaker.sound(30, b"word" + number.to_bytes(2, "big"))
        stand.run(0.02)
    listener.wire.loss = speaker.wire.loss = 0.0
    for _ in range(20):
        speaker.sound(30)
        stand.run(0.02)
    slot = listener.slots["a0"]
    assert speaker.asked(Nack)
    heard = {packet.payload for packet in slot.packets}
    assert len(heard) >= 495
    assert (slot.retransmitted > 0) == (down is not None)
    assert speaker.asked(Pli) == []


def test_sound_that_was_lost_for_good_is_let_go() -> None:
    section = PublishSection("m", Kind.AUDIO, Source.MICROPHONE, Codec.OPUS, Format(OPUS), nack=True)
    stand = Stand()
    stand.listen("b")
    speaker = stand.publish("a", layout=PublishLayout((section,), MID, LEVEL))
    speaker.sound()
    speaker.tracks["m"].sequence += 1
    speaker.sound()
    stand.run(2.0)
    assert len(speaker.asked(Nack)) == 10
    speaker.tracks["m"].sequence += 300
    speaker.sound()
    stand.run(1.0)
    assert len(speaker.asked(Nack)) == 10
    assert speaker.asked(Pli) == []


def test_a_receiver_that_asks_for_everything_again_and_again() -> None:
    stand = Stand()
    listener, other = stand.listen("b", audio=0), stand.listen("c", audio=0)
    speaker = stand.publish("a")
    play(stand, speaker, frames=60, keyframe=True)
    for _ in range(100):
        numbers = tuple(range(200))
        listener.report(Nack(1, listener.ssrc("v0"), numbers))
        stand.run(0.01)
    assert listener.slots["v0"].retransmitted <= 3 * 120
    play(stand, speaker, frames=30)
    assert len(other.slots["v0"].packets) == 180

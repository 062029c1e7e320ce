"""Which packet belongs to which stream, and what is not taken in."""

from __future__ import annotations

import pytest

from media.rtp.packet import Packet, write_packet
from media.rtp.rtcp import ReceiverReport
from media.sfu.layout import PublishLayout
from media.sfu.messages import ConnectionLeft, RtcpArrived, RtpArrived
from tests.media.sfu.harness import Stand, play, steps
from tests.media.sfu.sources import CAMERA, LEVEL, MICROPHONE, MID, OPUS, VP8


def test_what_is_not_understood_is_dropped_and_counted() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a")
    play(stand, speaker, frames=2, keyframe=True)
    before, count = stand.forum.dropped, len(listener.slots["v0"].packets)
    track = speaker.tracks["c"]
    bad = [
        b"short",
        write_packet(Packet(50, False, 1, 0, track.ssrc, b"\x10\0", {MID: b"c"})),  # another payload type
        write_packet(Packet(VP8, False, 1, 0, 4242, b"\x10\0", {MID: b"?"})),  # unknown section
        write_packet(Packet(51, False, 1, 0, 4243, b"\x10\0", {MID: b"c"})),  # unknown codec
        write_packet(Packet(VP8, False, 1, 0, 4244, b"\x10\0", {MID: b"c"})),  # a second stream beside a living one
        write_packet(Packet(VP8, False, track.sequence + 1, 0, track.ssrc, b"\x90\x80", {})),  # descriptor cut short
        write_packet(Packet(VP8, False, track.sequence + 2, 0, track.ssrc, b"", {})),  # padding only
    ]
    for data in bad:
        speaker.send(data)
        stand.run(0)
    assert stand.forum.dropped == before + len(bad)
    assert len(listener.slots["v0"].packets) == count
    assert stand.give(RtpArrived("nobody", bad[1])).rtp == []
    assert stand.give(RtcpArrived("nobody", b"\x81\xce\0\2" + bytes(8))).rtp == []
    stand.give(ConnectionLeft("nobody"))


def test_a_publisher_can_name_only_so_many_streams() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a")
    for ssrc in range(100, 140):
        speaker.send(write_packet(Packet(OPUS, False, 1, 0, ssrc, b"opus!", {MID: b"x"})))
        stand.run(0)
    speaker.picture(keyframe=True)
    stand.run(0.1)
    assert listener.slots["v0"].packets == []


def test_streams_without_mid_are_told_apart_by_offer_or_payload_type() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=2, video=2)
    one = stand.publish("a", layout=PublishLayout((MICROPHONE, CAMERA), ssrcs={9: "c"}))
    one.send(write_packet(Packet(VP8, True, 1, 0, 9, b"\x10\0key", {})))
    one.send(write_packet(Packet(OPUS, True, 1, 0, 8, b"opus!", {})))
    stand.run(0.1)
    assert listener.shows() == {"a0": "a/microphone", "v0": "a/camera"}
    two = stand.publish("b", layout=PublishLayout((CAMERA, CAMERA), MID, LEVEL))
    two.send(write_packet(Packet(VP8, True, 1, 0, 19, b"\x10\0key", {})))  # either of two sections
    stand.run(0.1)
    assert listener.shows() == {"a0": "a/microphone", "v0": "a/camera"}


def test_a_new_stream_takes_its_section_over_when_the_old_one_is_quiet() -> None:
    stand = Stand()
    listener = stand.listen("b", first=10)
    speaker = stand.publish("a")
    play(stand, speaker, frames=3, keyframe=True)
    for mid in ("c", "m"):
        speaker.tracks[mid].ssrc += 1
    play(stand, speaker, frames=3, keyframe=True)
    assert len(listener.slots["v0"].packets) == 6
    stand.run(0.6)
    play(stand, speaker, frames=3, keyframe=True)
    assert listener.slots["v0"].sequences == list(range(10, 22))
    assert listener.slots["a0"].sequences == list(range(10, 16))
    assert listener.shows() == {"a0": "a/microphone", "v0": "a/camera"}


@pytest.mark.parametrize("back", [5_000, 30_000])
def test_a_sender_that_begins_anew_far_behind_goes_on_after_a_few_packets(back: int) -> None:
    stand = Stand()
    listener = stand.listen("b", first=100)
    speaker = stand.publish("a", start=40_000)
    play(stand, speaker, frames=10, keyframe=True)
    speaker.pad(speaker.tracks["c"])
    stray = speaker.tracks["c"].sent[40_000 + 1]
    for _ in range(60):  # a few strays are no new beginning
        speaker.send(stray)
        speaker.picture()
        stand.run(0)
    for mid in ("c", "m"):
        speaker.tracks[mid].sequence -= back
    play(stand, speaker, frames=40)
    stand.run(0.5)
    play(stand, speaker, frames=10)
    stand.run(0.5)
    for mid, least in (("v0", 120 + 60), ("a0", 30)):
        slot = listener.slots[mid]
        assert slot.sequences == list(range(100, 100 + len(slot.sequences)))
        assert len(slot.sequences) >= least
    [blocks] = [each.blocks for each in speaker.reports if isinstance(each, ReceiverReport)][-1:]
    assert {block.fraction_lost for block in blocks} == {0}
    assert max(block.lost for block in blocks) <= 20


def test_a_flood_is_cut() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a")
    for index in range(300):
        speaker.picture(index == 0, packets=10)
        for _ in range(3):
            speaker.sound()
        stand.run(0.0025)
    assert 1_900 <= len(listener.slots["v0"].packets) <= 2_000
    assert 390 <= len(listener.slots["a0"].packets) <= 400
    stand.run(1.0)
    play(stand, speaker, frames=30)
    assert len(listener.slots["a0"].packets) >= 430


def test_many_changes_of_ssrcs_use_nothing_up() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a")
    track = speaker.tracks["c"]
    for _ in range(50):
        track.ssrc += 1
        play(stand, speaker, frames=3, keyframe=True)
        speaker.probe(track)
        stand.run(0.6)
    slot = listener.slots["v0"]
    assert len(slot.sequences) == 50 * 6
    assert steps(slot.sequences, 1 << 16) == {1}

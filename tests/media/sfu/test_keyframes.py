"""When a slot begins, and when keyframes are asked for."""

from __future__ import annotations

import pytest

from media.rtp.packet import Packet, write_packet
from media.rtp.rtcp import Bye, Fir, Nack, Pli
from tests.media.sfu.harness import Stand, play, steps
from tests.media.sfu.sources import MID, VP8


def test_a_switch_waits_for_the_keyframe_and_forgets_what_was_before() -> None:
    stand = Stand()
    listener = stand.listen("x", video=1)
    one = stand.publish("a")
    one.keyframe_wanted = set()
    one.picture()
    stand.run(0)
    slot = listener.slots["v0"]
    assert slot.packets == []  # not a keyframe
    assert [type(report) for report in one.reports if isinstance(report, Pli)] == [Pli]
    late = one.tracks["c"].sent[one.tracks["c"].sequence]
    one.tracks["c"].sequence += 1  # a hole before the keyframe
    hole = write_packet(Packet(VP8, False, one.tracks["c"].sequence, 1, one.tracks["c"].ssrc, b"\x10\x01late", {MID: b"c"}))
    one.picture()
    stand.run(0)
    count = len(slot.packets)
    assert count == 2
    one.send(late)
    one.send(hole)
    stand.run(0)
    assert len(slot.packets) == count


def test_keyframes_are_asked_for_twice_a_second_at_most_until_one_comes() -> None:
    stand = Stand()
    speaker = stand.publish("a")
    speaker.picture(keyframe=True)
    stand.run(0.1)
    for number in range(50):
        stand.listen(f"late{number}")
        stand.run(0.04)
        speaker.keyframe_wanted.clear()  # deaf
        speaker.picture()
    assert 4 <= len(speaker.asked(Pli)) <= 5  # two seconds
    speaker.picture(keyframe=True)
    stand.run(0.1)
    before = len(speaker.asked(Pli))
    stand.run(2.0)
    assert len(speaker.asked(Pli)) == before


def test_receivers_requests_are_passed_up() -> None:
    stand = Stand()
    speaker = stand.publish("a")
    listener = stand.listen("b")
    play(stand, speaker, frames=5, keyframe=True)
    stand.run(0.6)
    for request in (Pli(1, listener.ssrc("v0")), Fir(1, ((listener.ssrc("v0"), 1),))):
        before = len(speaker.asked(Pli))
        listener.report(request)
        assert len(speaker.asked(Pli)) == before + 1
        play(stand, speaker, frames=1)
        stand.run(0.6)
    before = len(speaker.asked(Pli))
    for ssrc in (listener.ssrc("a0"), listener.ssrc("v1"), 12345):
        listener.report(Pli(1, ssrc), Nack(1, ssrc, (1, 2)), Bye((ssrc,)))
    assert len(speaker.asked(Pli)) == before


@pytest.mark.parametrize("packets", [1, 2, 5])
def test_a_late_keyframe_begins_with_all_that_followed(packets: int) -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a")
    speaker.picture()
    speaker.keyframe_wanted.clear()
    speaker.wire.loss = 1.0
    speaker.picture(keyframe=True, packets=packets)  # lost, asked for and sent again behind the next frame
    speaker.wire.loss = 0.0
    speaker.picture()
    assert listener.slots["v0"].packets == []
    stand.run(0.1)
    assert speaker.asked(Nack)
    slot = listener.slots["v0"]
    assert slot.sequences == list(range(packets + 2))
    assert [frame for _, frame in slot.origins()] == [2, 3]
    assert slot.packets[-1].timestamp - slot.packets[0].timestamp == 90  # in fast motion
    play(stand, speaker, frames=3)
    assert steps(slot.sequences, 1 << 16) == {1}
    assert len(speaker.asked(Pli)) == 1


def test_a_keyframe_that_comes_too_late_begins_nothing() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a")
    speaker.deaf = True
    speaker.picture()
    speaker.wire.loss = 1.0
    speaker.picture(keyframe=True, packets=1)
    speaker.wire.loss = 0.0
    speaker.repairs = ""
    speaker.picture(packets=41)
    stand.run(0)
    speaker.send(speaker.tracks["c"].sent[3])
    stand.run(0.3)
    assert listener.slots["v0"].packets == []

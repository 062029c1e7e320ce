"""Groups of pictures in memory: a late joiner has a picture at once, or as soon as it is certain that no keyframe comes."""

from __future__ import annotations

import pytest

from media.gateway import Source
from media.rtp.rtcp import Nack, Pli
from tests.media.sfu.harness import Stand, Wire, play, steps


def test_a_late_joiner_gets_a_short_group_at_once_in_fast_motion() -> None:
    stand = Stand()
    speaker = stand.publish("a", start=65_520)
    play(stand, speaker, frames=18, keyframe=True)
    listener = stand.listen("late", audio=0, first=5)
    slot = listener.slots["v0"]
    assert slot.packets == []
    stand.run(0.0)
    assert slot.sequences == list(range(5, 41))  # 36 packets, before anything new has come
    assert [frame for _, frame in slot.origins()] == list(range(1, 19))
    times = [packet.timestamp for packet in slot.packets]
    assert steps(times, 1 << 32) == {0, 90}
    play(stand, speaker, frames=3)
    assert steps(slot.sequences, 1 << 16) == {1}
    assert steps([packet.timestamp for packet in slot.packets[35:]], 1 << 32) == {0, 3000}
    assert steps(slot.pictures(), 1 << 15) == {1}


def test_a_keyframe_is_asked_for_beside_when_the_group_is_long() -> None:
    stand = Stand()
    speaker = stand.publish("a")
    play(stand, speaker, frames=21, keyframe=True)
    listener = stand.listen("late", audio=0)
    stand.run(0.0)
    assert listener.slots["v0"].packets == []
    assert len(speaker.asked(Pli)) == 1
    play(stand, speaker, frames=2)
    assert [frame for _, frame in listener.slots["v0"].origins()] == [22, 23]


def test_a_source_that_ignores_requests_is_shown_by_its_whole_group() -> None:
    stand = Stand()
    speaker = stand.publish("a")
    speaker.deaf = True
    play(stand, speaker, frames=200, keyframe=True)
    listener = stand.listen("late", audio=0)
    slot = listener.slots["v0"]
    joined = stand.now
    while not slot.packets and stand.now < joined + 2:
        play(stand, speaker, frames=1)
    assert 0.6 <= stand.now - joined <= 1.2
    play(stand, speaker, frames=10)
    frames = [frame for _, frame in slot.origins()]
    assert frames == list(range(1, frames[-1] + 1))
    assert steps(slot.sequences, 1 << 16) == {1}
    assert steps([packet.timestamp for packet in slot.packets], 1 << 32) == {0, 90, 3000}


@pytest.mark.parametrize("rtx", [97, None])
def test_what_was_replayed_is_sent_again_with_the_replayed_times(rtx: int | None) -> None:
    stand = Stand()
    speaker = stand.publish("a")
    play(stand, speaker, frames=10, keyframe=True)
    listener = stand.listen("late", audio=0, rtx=rtx)
    play(stand, speaker, frames=5)
    slot = listener.slots["v0"]
    for place in (0, 7, 19, 24):
        lost = slot.packets[place]
        listener.report(Nack(1, listener.ssrc("v0"), (lost.sequence,)))
        stand.run(0.01)
        again = slot.packets[-1]
        assert (again.sequence, again.timestamp, again.payload, again.marker) == (
            lost.sequence,
            lost.timestamp,
            lost.payload,
            lost.marker,
        )
    assert len(slot.packets) == 34


def test_a_group_with_a_gap_is_replayed_when_the_gap_is_closed() -> None:
    stand = Stand()
    speaker = stand.publish("a", wire=Wire(delay=0.04))
    speaker.deaf = True
    play(stand, speaker, frames=5, keyframe=True)
    speaker.wire.loss = 1.0
    speaker.picture()
    speaker.wire.loss = 0.0
    speaker.picture()
    stand.run(0.045)
    listener = stand.listen("late", audio=0)
    stand.run(0.01)
    slot = listener.slots["v0"]
    assert slot.packets == []
    play(stand, speaker, frames=3)
    stand.run(0.05)
    assert slot.sequences == list(range(20))
    assert [frame for _, frame in slot.origins()] == list(range(1, 11))


def test_a_slot_that_comes_back_to_a_source_goes_on_after_what_it_showed() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=0, video=1)
    speaker = stand.publish("a")
    play(stand, speaker, frames=5, keyframe=True)
    stand.view("x", ("a", 0))
    play(stand, speaker, frames=5)
    stand.view("x", ("a", 360))
    stand.run(0)
    slot = listener.slots["v0"]
    assert [frame for _, frame in slot.origins()] == [*range(1, 6), *range(1, 11)]
    stamps = [packet.timestamp for packet in slot.packets]
    assert max(steps(stamps, 1 << 32)) < 90_000
    play(stand, speaker, frames=5)
    assert steps(slot.sequences, 1 << 16) == {1}
    assert steps(slot.pictures(), 1 << 15) == {1}


def test_a_group_from_before_a_withdrawn_grant_is_not_shown() -> None:
    stand = Stand()
    speaker = stand.publish("a")
    play(stand, speaker, frames=5, keyframe=True)
    stand.grant("a", frozenset({Source.MICROPHONE}))
    play(stand, speaker, frames=5)
    stand.grant("a")
    listener = stand.listen("late", audio=0)
    speaker.deaf = True
    play(stand, speaker, frames=40)
    assert listener.slots["v0"].packets == []
    play(stand, speaker, frames=2, keyframe=True)
    assert len(listener.slots["v0"].packets) == 4


def test_50_join_within_two_seconds() -> None:
    stand = Stand()
    speaker = stand.publish("a", wire=Wire(delay=0.02))
    play(stand, speaker, frames=60, keyframe=True)
    began = stand.now
    late = []
    joined = {}
    for number in range(50):
        late.append(stand.listen(f"late{number}", wire=Wire(delay=0.02)))
        joined[late[-1].connection] = stand.now
        play(stand, speaker, frames=1)
        stand.run(0.04 - 1 / 30)
    play(stand, speaker, frames=30)
    assert len(speaker.asked(Pli)) <= 2 * (stand.now - began) + 1
    for listener in late:
        assert listener.slots["v0"].at[0] - joined[listener.connection] <= 1.0
        assert steps(listener.slots["v0"].sequences, 1 << 16) == {1}


def test_a_group_that_is_far_too_long_is_forgotten() -> None:
    stand = Stand()
    speaker = stand.publish("a")
    speaker.deaf = True
    play(stand, speaker, frames=110, keyframe=True, packets=10)
    listener = stand.listen("late", audio=0)
    play(stand, speaker, frames=60)
    assert listener.slots["v0"].packets == []
    play(stand, speaker, frames=1, keyframe=True)
    assert len(listener.slots["v0"].packets) == 2

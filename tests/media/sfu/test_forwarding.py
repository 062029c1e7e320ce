"""What a slot sends: numbering without gaps, across switches of its source."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from media.gateway import Source, TracksChanged
from media.rtp.rtcp import Bye, Pli
from media.rtp.vp8 import read_descriptor
from tests.media.sfu.harness import Stand, play, steps


def test_packets_arrive_as_they_were_sent() -> None:
    stand = Stand()
    listener = stand.listen("b", first=500)
    speaker = stand.publish("a", start=65530)
    play(stand, speaker, frames=30, keyframe=True)
    picture, sound = listener.slots["v0"], listener.slots["a0"]
    assert picture.sequences == list(range(500, 560))
    assert sound.sequences == list(range(500, 530))
    assert steps([packet.timestamp for packet in picture.packets], 1 << 32) == {0, 3000}
    assert [packet.payload for packet in sound.packets] == [b"opus!"] * 30
    assert speaker.asked(Pli) == []
    assert listener.shows() == {"a0": "a/microphone", "v0": "a/camera"}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, 12)), min_size=2, max_size=8),
    st.lists(st.integers(0, 0xFFFF), min_size=3, max_size=3),
    st.integers(0, 0x7FFF),
)
def test_switching_sources_goes_on_counting(turns: list[tuple[str, int]], starts: list[int], first: int) -> None:
    stand = Stand()
    listener = stand.listen("listener", audio=0, video=1, first=first)
    speakers = {peer: stand.publish(peer, start=start) for peer, start in zip("abc", starts, strict=True)}
    for peer, frames in turns:
        for other in speakers:
            stand.grant(other, frozenset({Source.CAMERA}) if other == peer else frozenset())
        for _ in range(frames):
            for speaker in speakers.values():
                speaker.picture()
            stand.run(1 / 30)
    slot = listener.slots["v0"]
    assert steps(slot.sequences, 1 << 16) <= {1}
    assert slot.sequences[:1] in ([], [first])
    assert steps(slot.pictures(), 1 << 15) <= {1}
    ahead = steps([packet.timestamp for packet in slot.packets], 1 << 32)
    assert all(step < 90_000 * 10 for step in ahead)
    begins = [read_descriptor(packet.payload) for packet in slot.packets]
    assert not begins or begins[0].keyframe


def test_a_slot_without_mid_extension_sends_bare_headers() -> None:
    stand = Stand()
    listener = stand.listen("b", mid_extension=None, time_extension=None)
    play(stand, stand.publish("a"), frames=2, keyframe=True)
    assert {len(packet.extensions) for packet in listener.slots["v0"].packets} == {0}


def test_silence_and_return() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a")
    play(stand, speaker, frames=3, keyframe=True)
    stand.run(3.0)
    assert listener.shows() == {}
    play(stand, speaker, frames=3)
    assert listener.shows() == {"a0": "a/microphone", "v0": "a/camera"}
    speaker.report(Bye((speaker.tracks["c"].ssrc,)))
    assert listener.shows() == {"a0": "a/microphone"}
    assert [event.sources for event in stand.told(TracksChanged) if isinstance(event, TracksChanged)][-1] == frozenset(
        {Source.MICROPHONE}
    )

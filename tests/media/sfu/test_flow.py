"""Flows: which packets may pass without a decision, and when one is needed again. All other tests of this folder use them too."""

from __future__ import annotations

from media.gateway import Source
from media.rtp.packet import Packet, write_packet
from media.rtp.rtcp import Nack
from media.sfu.layout import Codec, Format, Kind, PublishLayout, PublishSection
from media.sfu.stream import MOST
from tests.media.sfu.harness import Stand, play
from tests.media.sfu.sources import H264, MID, RTX, VP8, FakePublisher


def again(speaker: FakePublisher, ahead: int, number: int) -> bytes:
    """A retransmission of a packet that has not been sent yet; `ahead` of the last one."""
    track = speaker.tracks["c"]
    lost = track.sequence + ahead & 0xFFFF
    payload = lost.to_bytes(2, "big") + b"\x80\x80\x80\x05\x00early"
    return write_packet(Packet(RTX, False, number, track.timestamp, track.ssrc ^ 1 << 31, payload, {MID: b"c"}))


def test_a_calm_stream_passes_and_every_keyframe_is_looked_at() -> None:
    stand = Stand()
    listener, speaker = stand.listen("b"), stand.publish("a")
    play(stand, speaker, frames=30, keyframe=True)
    before = stand.short.passed
    play(stand, speaker, frames=30)
    assert stand.short.passed == before + 90  # two packets of each picture, one of sound
    play(stand, speaker, frames=1, keyframe=True)
    assert stand.short.passed == before + 92
    stand.run(0.1)
    assert listener.slots["v0"].sequences == sorted(listener.slots["v0"].sequences)
    assert stand.forum.dropped == 0


def test_an_original_that_comes_after_its_repetition_is_not_sent_twice() -> None:
    stand = Stand()
    listener, speaker = stand.listen("b"), stand.publish("a")
    play(stand, speaker, frames=5, keyframe=True)
    for number in range(4):
        before = len(listener.slots["v0"].packets)
        speaker.send(again(speaker, 2, number))  # not the next one, but the one after it
        stand.run(0)
        play(stand, speaker, frames=1)
        stand.run(0.1)
        sent = listener.slots["v0"].sequences[before:]
        assert len(sent) == len(set(sent)) == 2


def test_what_is_repeated_is_what_was_sent_at_first() -> None:
    """The books are kept later, but with the time at which a packet came; the listener holds both against each other."""
    stand = Stand()
    listener, speaker = stand.listen("b", rtx=None), stand.publish("a")
    play(stand, speaker, frames=5, keyframe=True)
    speaker.picture()
    stand.run(0.004)
    listener.report(Nack(1, listener.ssrc("v0"), (listener.slots["v0"].sequences[-1],)))
    before = len(listener.slots["v0"].packets)
    stand.run(0.05)
    assert len(listener.slots["v0"].packets) == before + 1


def test_sources_that_lose_their_grant_pass_no_more() -> None:
    stand = Stand()
    listener, speaker = stand.listen("b"), stand.publish("a")
    play(stand, speaker, frames=5, keyframe=True)
    stand.grant("a", frozenset({Source.MICROPHONE}))
    before = len(listener.slots["v0"].packets)
    play(stand, speaker, frames=5)
    assert len(listener.slots["v0"].packets) == before


def test_more_than_a_stream_may_bring_is_dropped() -> None:
    stand = Stand()
    listener, speaker = stand.listen("b"), stand.publish("a")
    play(stand, speaker, frames=1, keyframe=True)
    stand.run(1.1)
    most, _ = MOST[Kind.VIDEO]
    before = len(listener.slots["v0"].packets)
    for _ in range(most // 50 + 20):
        speaker.picture(packets=50)
    stand.run(0.5)
    assert most <= len(listener.slots["v0"].packets) - before <= most + 50
    stand.run(1)
    play(stand, speaker, frames=1, keyframe=True)
    stand.run(0.1)
    assert len(listener.slots["v0"].packets) - before > most


def test_padding_begins_no_flow() -> None:
    stand = Stand()
    speaker = stand.publish("a")
    track = speaker.tracks["c"]
    for _ in range(3):
        speaker.emit(track, b"", VP8, False, track.extensions)
    stand.run(0.1)
    assert stand.short.passed == 0


def test_a_codec_whose_keyframes_only_the_forum_knows_never_passes() -> None:
    stand = Stand()
    camera = PublishSection("c", Kind.VIDEO, Source.CAMERA, Codec.H264, Format(H264), nack=True)
    speaker = stand.publish("a", layout=PublishLayout((camera,), MID))
    track = speaker.tracks["c"]
    for _ in range(3):
        speaker.emit(track, b"\x41\x9a\x00", H264, True, track.extensions)
    stand.run(0.1)
    assert stand.short.passed == 0
    assert stand.forum.dropped == 0

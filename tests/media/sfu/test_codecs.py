"""H264 passes through as it is; a receiver that cannot decode a source is told so."""

from __future__ import annotations

import struct

from media.gateway import SlotState, Source
from media.rtp.rtcp import Pli
from media.sfu.layout import Codec, Format, Kind, PublishLayout, PublishSection
from tests.media.sfu.harness import Stand, Wire, play, steps
from tests.media.sfu.sources import H264, H264_RTX, MID, VP8, FakePublisher, Outgoing

STUDIO = PublishSection("h", Kind.VIDEO, Source.CAMERA, Codec.H264, Format(H264, H264_RTX), nack=True)
BOTH = {Codec.VP8: Format(VP8), Codec.H264: Format(H264, H264_RTX)}
SPS = bytes.fromhex("6742c01fda014016e840000003004000000c83c60ca8")  # 1280 x 720, baseline
PPS = bytes.fromhex("68ce3c80")


def frame(publisher: FakePublisher, keyframe: bool, split: bool = False) -> None:
    """An access unit of two slices; split: the parameter sets in packets of their own."""
    track: Outgoing = publisher.tracks["h"]
    track.timestamp += 3000
    track.frame += 1
    stamp = struct.pack("!I", track.frame)
    units = [b"\x41\x9a" + stamp, b"\x41\x1a" + stamp]
    if keyframe:
        units = [b"\x65\x88" + stamp, b"\x65\x08" + stamp]
        sets = [SPS, PPS] if split else [b"\x78" + b"".join(struct.pack("!H", len(unit)) + unit for unit in (SPS, PPS))]
        units = sets + units
    for number, unit in enumerate(units):
        publisher.emit(track, unit, H264, number == len(units) - 1, {MID: b"h"})


def studio(stand: Stand, wire: Wire | None = None) -> FakePublisher:
    return stand.publish("obs", layout=PublishLayout((STUDIO,), MID), wire=wire)


def run(stand: Stand, publisher: FakePublisher, frames: int, *keyframes: int, split: bool = False) -> None:
    for number in range(frames):
        frame(publisher, number in keyframes, split)
        stand.run(1 / 30)


def test_h264_goes_through_unchanged() -> None:
    for split in (False, True):
        stand = Stand()
        listener = stand.listen("x", audio=0, formats=BOTH, first=30)
        publisher = studio(stand)
        run(stand, publisher, 40, 0, 15, split=split)
        slot = listener.slots["v0"]
        assert len(slot.packets) == len(publisher.tracks["h"].sent)
        assert slot.sequences == list(range(30, 30 + len(slot.packets)))
        assert {packet.payload for packet in slot.packets} == {data[20:] for data in publisher.tracks["h"].sent.values()}
        assert {packet.payload_type for packet in slot.packets} == {H264}
        assert steps([packet.timestamp for packet in slot.packets], 1 << 32) == {0, 3000}
        assert stand.health(publisher).layers == {"h": "1280 x 720"}


def test_a_late_joiner_of_a_studio_that_ignores_requests() -> None:
    stand = Stand()
    publisher = studio(stand)
    publisher.deaf = True
    run(stand, publisher, 60, 0, split=True)
    listener = stand.listen("x", audio=0, formats=BOTH)
    run(stand, publisher, 40)
    slot = listener.slots["v0"]
    assert [packet.payload for packet in slot.packets[:2]] == [SPS, PPS]
    assert steps(slot.sequences, 1 << 16) == {1}
    assert len(slot.packets) == len(publisher.tracks["h"].sent)
    assert len(publisher.asked(Pli)) >= 1


def test_a_slot_goes_from_vp8_to_h264_and_back() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=0, video=1, formats=BOTH)
    person, publisher = stand.publish("a"), studio(stand)
    for peer in ("a", "obs", "a", "obs"):
        stand.view("x", pinned=(peer,))
        for _ in range(20):
            frame(publisher, publisher.tracks["h"].ssrc in publisher.keyframe_wanted)
            publisher.keyframe_wanted.clear()
            play(stand, person, frames=1)
    slot = listener.slots["v0"]
    assert {packet.payload_type for packet in slot.packets[-10:]} == {H264}
    assert steps(slot.sequences, 1 << 16) == {1}
    assert len({packet.payload_type for packet in slot.packets}) == 2


def test_who_cannot_decode_it_is_told() -> None:
    stand = Stand()
    able, unable = stand.listen("able", audio=0, formats=BOTH), stand.listen("unable", audio=0)
    silent = stand.listen("silent", video=0)
    publisher = studio(stand)
    run(stand, publisher, 30, 0)
    assert able.state("obs") is SlotState.LIVE
    assert unable.state("obs") is SlotState.CODEC
    assert unable.offered == 0
    assert silent.shows() == {}
    stand.view("unable", ("obs", 0))
    run(stand, publisher, 30)
    assert unable.state("obs") is SlotState.CODEC


def test_sound_that_cannot_be_decoded_is_told_as_well() -> None:
    stand = Stand()
    section = PublishSection("v", Kind.AUDIO, Source.MICROPHONE, Codec.VP8, Format(VP8))  # no such thing, but it may come
    listener = stand.listen("x")
    publisher = stand.publish("a", layout=PublishLayout((section,), MID))
    publisher.emit(publisher.tracks["v"], b"\x10\x00", VP8, False, {MID: b"v"})
    stand.run(0.6)
    assert listener.offered == 0
    assert listener.heard() == {"a"}

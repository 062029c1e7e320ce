from fractions import Fraction

import av
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from media.rtp import opus, vp8
from media.rtp.errors import Malformed


@pytest.mark.parametrize(
    ("payload", "descriptor"),
    [
        (b"\x10\x00", vp8.Descriptor(1, True, True)),
        (b"\x10\x01", vp8.Descriptor(1, True, False)),
        (b"\x00\x00", vp8.Descriptor(1, False, False)),
        (b"\x11\x00", vp8.Descriptor(1, False, False)),  # start of a partition that is not the first
        (b"\x90\x80\x05\x00", vp8.Descriptor(3, True, True, 5, 7)),
        (b"\x90\x80\x85\x06\x00", vp8.Descriptor(4, True, True, 0x506)),
        (b"\x90\xc0\x85\x06\x09\x01", vp8.Descriptor(5, True, False, 0x506, 15, 9, 4)),
        (b"\x90\x40\x09\x01", vp8.Descriptor(3, True, False, None, 15, 9, 2)),
        (b"\x90\xf0\x85\x06\x09\xe1\x00", vp8.Descriptor(6, True, True, 0x506, 15, 9, 4)),
        (b"\x90\x20\x40\x00", vp8.Descriptor(3, True, True)),
    ],
)
def test_descriptors(payload: bytes, descriptor: vp8.Descriptor) -> None:
    assert vp8.read_descriptor(payload) == descriptor


@given(st.binary(max_size=12))
def test_any_payload_is_read_or_malformed(payload: bytes) -> None:
    try:
        descriptor = vp8.read_descriptor(payload)
    except Malformed:
        return
    assert 0 < descriptor.size < len(payload)


@given(st.binary(min_size=1, max_size=12), st.integers(-70000, 70000), st.integers(-600, 600))
@example(b"\x90\xc0\x7f\xff\x00", 1, 1)  # both wrap, seven bits
@example(b"\x90\x80\xff\xff\x00", 1, 1)  # fifteen bits
def test_rewriting_moves_the_counters_and_nothing_else(payload: bytes, picture_step: int, tl0_step: int) -> None:
    try:
        before = vp8.read_descriptor(payload)
    except Malformed:
        return
    head = vp8.rewrite_descriptor(payload, before, picture_step, tl0_step)
    after = vp8.read_descriptor(head + payload[before.size :])
    if before.picture_id is not None:
        assert after.picture_id == (before.picture_id + picture_step) % (1 << before.picture_bits)
    if before.tl0 is not None:
        assert after.tl0 == (before.tl0 + tl0_step) % 256
    same = ("size", "starts_frame", "keyframe", "picture_bits", "tl0_at")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert vp8.rewrite_descriptor(payload, before, 0, 0) == payload[: before.size]


@given(st.booleans(), st.integers(0, 0x7FFF))
def test_written_descriptors_are_read(starts: bool, picture: int) -> None:
    descriptor = vp8.read_descriptor(vp8.write_descriptor(starts, picture) + b"\x00")
    assert (descriptor.starts_frame, descriptor.keyframe, descriptor.picture_id) == (starts, starts, picture)


KEYFRAME = b"\x10" + b"\x50\x42\x00" + b"\x9d\x01\x2a" + b"\x80\x02\x68\x41"


@pytest.mark.parametrize(
    ("payload", "size"),
    [
        (KEYFRAME, (640, 360)),  # with a scale of 1 for the height
        (b"\x90\x80\x85\x06" + KEYFRAME[1:], (640, 360)),
        (KEYFRAME[:-1], None),  # cut short
        (b"\x10\x51" + KEYFRAME[2:], None),  # not a keyframe
        (b"\x00" + KEYFRAME[1:], None),  # not its first packet
        (KEYFRAME[:4] + b"\x9d\x01\x2b" + KEYFRAME[7:], None),  # another start code
        (KEYFRAME[:7] + b"\x00\x40" + KEYFRAME[9:], None),  # no width
        (KEYFRAME[:9] + b"\x00\x80", None),  # no height
    ],
)
def test_the_size_of_a_keyframe(payload: bytes, size: tuple[int, int] | None) -> None:
    assert vp8.frame_size(payload, vp8.read_descriptor(payload)) == size


def test_a_real_keyframe_has_its_size() -> None:
    context = av.CodecContext.create("libvpx", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt, context.time_base = 322, 182, "yuv420p", Fraction(1, 30)
    frame = av.VideoFrame(322, 182, "yuv420p")
    frame.pts = 0
    [packet] = [*context.encode(frame), *context.encode(None)]
    payload = vp8.write_descriptor(True, 7) + bytes(packet)
    assert vp8.frame_size(payload, vp8.read_descriptor(payload)) == (322, 182)


def test_keyframes() -> None:
    assert [vp8.is_keyframe(b"\x10"), vp8.is_keyframe(b"\x11"), vp8.is_keyframe(b"")] == [True, False, False]


@pytest.mark.parametrize(
    ("payload", "samples"),
    [
        (b"", 0),
        (b"\x00x", 480),
        (b"\x18x", 2880),
        (b"\x60x", 480),
        (b"\x78x", 960),
        (b"\x80x", 120),
        (b"\xf8x", 960),
        (b"\xf9x", 1920),
        (b"\xfax", 1920),
        (b"\xfb\x03x", 2880),
        (b"\xfb", 0),
    ],
)
def test_opus_durations(payload: bytes, samples: int) -> None:
    assert opus.duration(payload) == samples


def test_opus_silence() -> None:
    assert [opus.is_silence(b"\xf8"), opus.is_silence(b"\xf8\xff"), opus.is_silence(b"\xf8\xff\xfe")] == [True, True, False]

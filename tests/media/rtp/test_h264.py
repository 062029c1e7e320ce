"""H264 facts from hand-made packets and from what a real encoder writes."""

from __future__ import annotations

import re
from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.rtp.h264 import frame_size, starts_keyframe

SPS, PPS, IDR, LATER, DELTA = b"\x67\x42\xc0\x1f\xda", b"\x68\xce\x3c\x80", b"\x65\x88\x84", b"\x65\x00\x84", b"\x41\x9a\x24"


def stap(*units: bytes) -> bytes:
    return b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


@pytest.mark.parametrize(
    ("payload", "begins"),
    [
        (SPS, True),
        (PPS, False),
        (IDR, True),
        (LATER, False),  # a slice that does not begin with the first macroblock
        (DELTA, False),
        (b"\x06\x05\x01", False),  # SEI
        (b"\x09\xf0\x00", False),  # delimiter
        (stap(SPS, PPS), True),
        (stap(b"\x09\xf0", SPS, PPS, IDR), True),
        (stap(PPS, IDR), True),
        (stap(PPS, DELTA), False),
        (stap(DELTA, LATER), False),
        (stap(SPS)[:-1], False),  # cut short
        (stap(b"", b"\x67", PPS), False),  # units of no and one byte
        (stap(PPS) + b"\x00", False),
        (b"\x7c\x85\x88", True),  # first fragment of an IDR slice
        (b"\x7c\x85\x08", False),  # first fragment of a later slice
        (b"\x7c\x05\x88", False),  # another fragment
        (b"\x7c\x45\x88", False),  # the last one
        (b"\x7c\x81\x88", False),  # of a delta picture
        (b"\x7c\x85", False),
        (b"\x79" + stap(SPS)[1:], False),  # STAP-B: interleaved mode is never negotiated
        (b"\x60\x88\x88", False),  # unspecified type
        (b"\x65", False),
        (b"", False),
    ],
)
def test_where_a_decoder_can_begin(payload: bytes, begins: bool) -> None:
    assert starts_keyframe(payload) is begins


@given(st.binary(max_size=80))
def test_any_bytes_say_something(payload: bytes) -> None:
    assert starts_keyframe(payload) in (True, False)
    for head in (b"", b"\x67", b"\x67\x64\x00\x1f", b"\x67\x42\xc0\x1f", b"\x78\x00\x10\x67"):
        size = frame_size(head + payload)
        assert size is None or (0 < size[0] <= 16384 and 0 < size[1] <= 16384)


def encoded(width: int, height: int, **options: str) -> list[bytes]:
    """The NAL units of one keyframe by a real encoder."""
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height = width, height
    context.pix_fmt, context.time_base = options.pop("pix_fmt", "yuv420p"), Fraction(1, 30)
    context.options = {"tune": "zerolatency", **options}
    frame = av.VideoFrame(width, height, context.pix_fmt)
    frame.pts = 0
    data = b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])
    return [unit for unit in re.split(b"\0\0\0\1|\0\0\1", data) if unit]


@pytest.mark.parametrize(
    ("width", "height", "options"),
    [
        (640, 360, {"profile": "baseline"}),
        (322, 182, {"profile": "main"}),
        (1920, 1080, {"profile": "high"}),
        (1280, 720, {"profile": "high", "x264-params": "interlaced=1"}),
        (320, 180, {"pix_fmt": "yuv422p"}),
        (322, 182, {"pix_fmt": "yuv444p"}),
    ],
)
def test_a_real_keyframe(width: int, height: int, options: dict[str, str]) -> None:
    units = encoded(width, height, **options)
    sizes = [frame_size(unit) for unit in units]
    assert [size for size in sizes if size] == [(width, height)]
    assert frame_size(stap(*(unit for unit in units if len(unit) < 200))) == (width, height)
    begins = [unit[0] & 0x1F for unit in units if starts_keyframe(unit)]
    assert begins == [7, 5]


def coded(*fields: tuple[int, int] | int, profile: int = 66) -> bytes:
    """A parameter set by hand: (value, bits) or an Exp-Golomb number."""
    bits = ""
    for each in fields:
        if isinstance(each, tuple):
            bits += f"{each[0]:0{each[1]}b}"
        else:
            text = f"{each + 1:b}"
            bits += "0" * (len(text) - 1) + text
    bits += "1"
    bits += "0" * (-len(bits) % 8)
    body = bytes(int(bits[start : start + 8], 2) for start in range(0, len(bits), 8))
    return bytes([0x67, profile, 0, 31]) + body.replace(b"\0\0\0", b"\0\0\3\0").replace(b"\0\0\1", b"\0\0\3\1")


FLAG, NO = (1, 1), (0, 1)


def test_the_other_ways_to_write_a_parameter_set() -> None:
    tail = (1, NO, 19, 14, FLAG, FLAG, NO)  # 320 x 240
    assert frame_size(coded(0, 0, 0, 0, *tail)) == (320, 240)
    assert frame_size(coded(0, 0, 2, *tail)) == (320, 240)  # picture order 2
    assert frame_size(coded(0, 0, 1, NO, 0, 0, 3, 5, 5, 5, *tail)) == (320, 240)  # picture order 1
    assert frame_size(coded(0, 0, 1, NO, 0, 0, 256, *[0] * 256, *tail)) is None
    assert frame_size(coded(0, 0, 0, 0, 1, NO, 19, 14, FLAG, FLAG, FLAG, 1, 2, 0, 60)) == (314, 120)
    assert frame_size(coded(0, 0, 0, 0, 1, NO, 19, 14, FLAG, FLAG, FLAG, 200, 2, 0, 60)) is None  # nothing is left
    assert frame_size(coded(0, 0, 0, 0, 1, NO, 5000, 14, FLAG, FLAG, NO)) is None
    high = (0, 1, 0, 0, NO)
    assert frame_size(coded(*high, NO, 0, 0, 0, *tail, profile=100)) == (320, 240)
    assert frame_size(coded(*high, FLAG, 0, 0, 0, *tail, profile=100)) is None  # scaling lists
    separate = coded(0, 3, FLAG, 0, 0, NO, NO, 0, 0, 0, 1, NO, 19, 14, FLAG, FLAG, FLAG, 1, 0, 0, 1, profile=244)
    assert frame_size(separate) == (319, 239)
    assert frame_size(b"\x67\x42\x00\x1f" + bytes(8)) is None  # a number that never ends
    assert frame_size(b"\x67\x42\x00\x1f" + bytes(4)) is None

"""The bytes of a packet as a slot's receiver sees it."""

from __future__ import annotations

import pytest

from media.rtp.packet import Packet, read_packet, unwrap_rtx
from media.rtp.vp8 import read_descriptor
from media.sfu.lane import TIME_AT, Lane, extension, write, write_again

VP8 = bytes.fromhex("90e0fffe fe 20 01") + b"picture"


def lane(mid: str, mid_id: int | None, time_id: int | None) -> Lane:
    block, time_word, mid_word = extension(mid, mid_id, time_id)
    return Lane("x", 100, 70_000, 0xFFFFFFFF, 4711, time_word, mid_word, block, picture=3, tl0=4)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("mid", ["0", "v1", "v12", "v123", "0123456789abcdef"])
@pytest.mark.parametrize(("mid_id", "time_id"), [(4, 3), (4, None), (None, 3), (None, None), (14, 1)])
def test_a_packet_is_written_as_a_lane_says(again: bool, mid: str, mid_id: int | None, time_id: int | None) -> None:
    packet = Packet(96, True, 65_000, 10, 1, VP8)
    packet.descriptor = read_descriptor(VP8)
    out = lane(mid, mid_id, time_id)
    data = write_again(out, packet, 101, 7, 4712, 0xABCDEF) if again else write(out, packet, 0xABCDEF)
    found = read_packet(data)
    elements = {mid_id: mid.encode()} if mid_id is not None else {}
    elements |= {time_id: b"\xab\xcd\xef"} if time_id is not None else {}
    assert found.extensions == elements
    if time_id is not None:
        assert data[TIME_AT + 1 : TIME_AT + 4] == b"\xab\xcd\xef"
    assert (found.marker, found.timestamp) == (True, 9)
    if again:
        assert (found.payload_type, found.ssrc, found.sequence) == (101, 4712, 7)
        found.sequence, found.payload = unwrap_rtx(found.payload)
    else:
        assert (found.payload_type, found.ssrc) == (100, 4711)
    assert found.sequence == 135_000 & 0xFFFF
    moved = read_descriptor(found.payload)
    assert (moved.picture_id, moved.tl0) == (0x7FFE + 3 & 0x7FFF, 2)
    assert found.payload[moved.size :] == b"\x01picture"


def test_one_word_for_short_names_beside_the_time() -> None:
    assert [bool(extension(mid, 4, 3)[2]) for mid in ("0", "v1", "v12", "v123")] == [True, True, True, False]
    assert extension("v1", 4, None)[2] == 0

"""What an H264 payload says without decoding it (RFC 6184, packetization modes 0 and 1).

Unlike VP8, H264 has no bit for "a frame begins here": that is the first packet with a new timestamp, and the marker
ends it. A keyframe's access unit may begin with a delimiter or SEI message in a packet of its own; decoders do not
need those, so the first packet that counts here is the one with the parameter sets or with the first slice.
"""

from __future__ import annotations

from collections.abc import Iterator

_IDR, _SPS = 5, 7  # NAL unit types (ITU-T H.264 table 7-1)
_STAP_A, _FU_A = 24, 28  # payload structures (RFC 6184 section 5.4)
_FIRST_SLICE = 0x80  # first_mb_in_slice is the code word "1", zero (ITU-T H.264 section 7.3.3)
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})  # section 7.3.2.1.1


def starts_keyframe(payload: bytes) -> bool:
    """Whether a decoder can begin with this packet: it carries parameter sets or the first slice of an IDR picture.

    With parameter sets in a packet of their own both that packet and the slice after it say True; they share a
    timestamp. Later slices and fragments of the picture say False. Anything unreadable says False.
    """
    if len(payload) < 3:
        return False
    if payload[0] & 0x1F == _FU_A:  # indicator, header (start bit, type), slice data
        return payload[1] & 0x80 != 0 and payload[1] & 0x1F == _IDR and payload[2] & _FIRST_SLICE != 0
    return any(unit[0] & 0x1F == _SPS or (unit[0] & 0x1F == _IDR and unit[1] & _FIRST_SLICE != 0) for unit in _units(payload))


def frame_size(payload: bytes) -> tuple[int, int] | None:
    """Width and height in pixels out of a sequence parameter set in this packet (ITU-T H.264 section 7.3.2.1.1).

    None: no parameter set here, cut short, or with scaling lists (which no real-time encoder sends).
    """
    for unit in _units(payload):
        if unit[0] & 0x1F == _SPS:
            try:
                return _read_size(unit.replace(b"\0\0\3", b"\0\0"))  # emulation prevention (section 7.3.1)
            except IndexError:
                return None
    return None


def _units(payload: bytes) -> Iterator[bytes]:
    """The whole NAL units of a packet, each of at least two bytes; none of a fragment."""
    if not payload or payload[0] & 0x1F != _STAP_A:
        if len(payload) > 1 and 0 < payload[0] & 0x1F < _STAP_A:
            yield payload
        return
    position = 1
    while position + 2 <= len(payload):
        start = position + 2
        position = start + (payload[position] << 8 | payload[position + 1])
        if position > len(payload):
            return
        if position - start > 1:
            yield payload[start:position]


class _Bits:
    """Reads bits from the left; IndexError at the end."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position

    def bits(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self._data[self._position >> 3] >> (7 - (self._position & 7)) & 1
            self._position += 1
        return value

    def number(self) -> int:
        """An Exp-Golomb code word, ue(v) (section 9.1); beyond 32 bits is as good as cut short."""
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > 32:
                raise IndexError
        return (1 << zeros) - 1 + self.bits(zeros)

    def skip(self, words: int) -> None:
        for _ in range(words):
            self.number()


def _read_size(unit: bytes) -> tuple[int, int] | None:
    """Of a whole unit without emulation prevention. Raises IndexError (cut short)."""
    reader = _Bits(unit, 32)  # after the NAL header, profile, constraints, level
    reader.skip(1)  # seq_parameter_set_id
    chroma = 1  # 4:2:0
    if unit[1] in _HIGH_PROFILES:
        chroma = reader.number()
        if chroma == 3 and reader.bits(1):  # separate_colour_plane_flag
            chroma = 0
        reader.skip(2)  # bit depths
        reader.bits(1)
        if reader.bits(1):  # seq_scaling_matrix_present_flag
            return None
    reader.skip(1)  # log2_max_frame_num_minus4
    _skip_order(reader)
    reader.skip(1)  # max_num_ref_frames
    reader.bits(1)
    columns, rows = reader.number() + 1, reader.number() + 1  # in macroblocks; rows of a field if interlaced
    frames_only = reader.bits(1)
    if not frames_only:
        reader.bits(1)
    reader.bits(1)  # direct_8x8_inference_flag
    left = right = top = bottom = 0
    if reader.bits(1):  # frame_cropping_flag
        left, right, top, bottom = (reader.number() for _ in range(4))
    across = 2 if chroma in (1, 2) else 1
    down = (2 if chroma == 1 else 1) * (2 - frames_only)
    width, height = 16 * columns - across * (left + right), 16 * rows * (2 - frames_only) - down * (top + bottom)
    return (width, height) if 0 < width <= 16384 and 0 < height <= 16384 else None


def _skip_order(reader: _Bits) -> None:
    """pic_order_cnt_type and what hangs on it."""
    kind = reader.number()
    if kind == 0:
        reader.skip(1)
    elif kind == 1:
        reader.bits(1)
        reader.skip(2)
        count = reader.number()
        if count > 255:
            raise IndexError
        reader.skip(count)

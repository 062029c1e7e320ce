"""The VP8 payload descriptor (RFC 7741 section 4.2): where frames begin, which are keyframes, and the counters that a
receiver must see continue when the source behind a slot changes."""

from __future__ import annotations

from dataclasses import dataclass

from media.rtp.errors import Malformed


@dataclass(slots=True)
class Descriptor:
    """size: bytes of the descriptor. starts_frame: first packet of a frame. keyframe: first packet of a keyframe.
    picture_id with `picture_bits` (7 or 15) and tl0 are None when the sender leaves them out."""

    size: int
    starts_frame: bool
    keyframe: bool
    picture_id: int | None = None
    picture_bits: int = 15
    tl0: int | None = None
    tl0_at: int = 0


def read_descriptor(payload: bytes) -> Descriptor:
    """Parse the descriptor and the first bit of the frame header. Raises Malformed."""
    try:
        return _read(payload)
    except IndexError:
        raise Malformed("VP8 descriptor cut short") from None


def _read(payload: bytes) -> Descriptor:
    first, position = payload[0], 1
    picture_id, bits, tl0, tl0_at = None, 15, None, 0
    if first & 0x80:  # X: the extension byte says which fields follow
        flags, position = payload[1], 2
        if flags & 0x80:  # I
            picture_id, position = payload[2] & 0x7F, 3
            if payload[2] & 0x80:
                picture_id, position = picture_id << 8 | payload[3], 4
            else:
                bits = 7
        if flags & 0x40:  # L
            tl0, tl0_at = payload[position], position
            position += 1
        if flags & 0x30:  # T or K share one byte
            position += 1
    # S set and partition 0: a frame begins; its header's lowest bit is 0 in a keyframe (RFC 6386 section 9.1).
    starts = first & 0x17 == 0x10
    inverse = payload[position] & 1
    return Descriptor(position, starts, starts and not inverse, picture_id, bits, tl0, tl0_at)


def frame_size(payload: bytes, descriptor: Descriptor) -> tuple[int, int] | None:
    """Width and height in pixels out of a keyframe's header (RFC 6386 section 9.1). None: not the first packet of a
    keyframe, or its header is cut short or wrong."""
    start = descriptor.size
    if not descriptor.keyframe or payload[start + 3 : start + 6] != b"\x9d\x01\x2a" or len(payload) < start + 10:
        return None
    # Little endian; the two highest bits of each are the scale for showing it.
    width = (payload[start + 7] & 0x3F) << 8 | payload[start + 6]
    height = (payload[start + 9] & 0x3F) << 8 | payload[start + 8]
    return (width, height) if width and height else None


def rewrite_descriptor(payload: bytes, descriptor: Descriptor, picture_step: int, tl0_step: int) -> bytes:
    """The descriptor's bytes with picture id and TL0 index moved on by the given steps (modulo their width)."""
    head = bytearray(payload[: descriptor.size])
    if descriptor.picture_id is not None:
        if descriptor.picture_bits == 15:
            moved = (descriptor.picture_id + picture_step) & 0x7FFF
            head[2], head[3] = 0x80 | moved >> 8, moved & 0xFF
        else:
            head[2] = (descriptor.picture_id + picture_step) & 0x7F
    if descriptor.tl0 is not None:
        head[descriptor.tl0_at] = (descriptor.tl0 + tl0_step) & 0xFF
    return bytes(head)


def write_descriptor(starts_frame: bool, picture_id: int) -> bytes:
    """A descriptor with a 15-bit picture id, for senders of our own."""
    return bytes([0x90 if starts_frame else 0x80, 0x80, 0x80 | picture_id >> 8 & 0x7F, picture_id & 0xFF])


def is_keyframe(frame: bytes) -> bool:
    """Whether a whole frame (not a packet) is a keyframe (RFC 6386 section 9.1)."""
    return bool(frame) and not frame[0] & 1

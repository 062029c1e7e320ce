"""The way of one stream's packets to one slot, as constants: all that a packet needs between two switches.

Written and read in bulk, hence plain tuples. `write` is the definition of what goes out; whoever writes many packets at
once must write the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, NamedTuple

from media.rtp.extensions import ONE_BYTE
from media.rtp.packet import HEADER_SIZE, Packet, write_header
from media.rtp.vp8 import rewrite_descriptor

_HEAD = struct.Struct("!HH")
_WORD = struct.Struct("!I")
TIME_AT = HEADER_SIZE + 4  # where the element with the sending time stands in a packet


class Lane(NamedTuple):
    """wire: whatever the caller knows the receiver by. second: the header's second byte without the marker. sequence,
    timestamp, picture, tl0: what is added to the source's numbers. block: the header extension. time_word: the first byte
    of the sending time's element, shifted left by 24; 0 without one. mid_word: the MID's element when it is one word
    long, else 0."""

    wire: Any
    second: int
    sequence: int
    timestamp: int
    ssrc: int
    time_word: int
    mid_word: int
    block: bytes
    picture: int
    tl0: int


class Lanes(list[Lane]):
    """All lanes of a stream. Never changed: another list takes its place. `known`: what whoever writes packets has made of
    them; it is given up with the list."""

    __slots__ = ("known",)

    def __init__(self, lanes: Iterable[Lane] = ()) -> None:
        super().__init__(lanes)
        self.known: Any = None


def extension(mid: str, mid_id: int | None, time_id: int | None) -> tuple[bytes, int, int]:
    """(block, time_word, mid_word) of a lane: the sending time first, then the MID (RFC 8285 section 4.2)."""
    body, time_word, mid_word = b"", 0, 0
    if time_id is not None:
        time_word = (time_id << 4 | 2) << 24
        body += _WORD.pack(time_word)
    if mid_id is not None:
        element = bytes([mid_id << 4 | len(mid) - 1]) + mid.encode()
        element += bytes(-len(element) % 4)
        body += element
        if time_id is not None and len(element) == 4:
            mid_word = _WORD.unpack(element)[0]
    return (_HEAD.pack(ONE_BYTE, len(body) // 4) + body if body else b""), time_word, mid_word


def write(lane: Lane, packet: Packet, send_time: int) -> bytes:
    """The packet as the slot's receiver must see it, before encryption. send_time: 24 bits (6.18 seconds)."""
    second = lane.second | 0x80 if packet.marker else lane.second
    return _write(lane, packet, second, packet.sequence + lane.sequence, lane.ssrc, b"", send_time)


def write_again(lane: Lane, packet: Packet, second: int, sequence: int, ssrc: int, send_time: int) -> bytes:
    """The packet as a retransmission (RFC 4588 section 4) with the stream's own numbering."""
    number = (packet.sequence + lane.sequence & 0xFFFF).to_bytes(2, "big")
    return _write(lane, packet, second | 0x80 if packet.marker else second, sequence, ssrc, number, send_time)


def _write(lane: Lane, packet: Packet, second: int, sequence: int, ssrc: int, number: bytes, send_time: int) -> bytes:
    block = lane.block
    if lane.time_word:
        block = block[:4] + _WORD.pack(lane.time_word | send_time) + block[8:]
    header = write_header(second & 0x7F, second > 127, sequence, packet.timestamp + lane.timestamp, ssrc, block)
    payload, descriptor = packet.payload, packet.descriptor
    if descriptor is not None and (lane.picture or lane.tl0):
        payload = rewrite_descriptor(payload, descriptor, lane.picture, lane.tl0) + payload[descriptor.size :]
    return header + number + payload

"""The RTP packet (RFC 3550 section 5.1): parsed once on arrival, written once per receiver."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from media.rtp.errors import Malformed
from media.rtp.extensions import extension_block, read_extensions
from media.rtp.vp8 import Descriptor

_HEADER = struct.Struct("!BBHII")
_PAIR = struct.Struct("!HH")
HEADER_SIZE = 12
_NO_EXTENSIONS: Mapping[int, bytes] = {}


class Packet:
    """Facts of one packet. `sequence` is the wire's 16 bits, until whoever keeps the packet extends it; `keyframe` (it
    begins one), `sound` and `descriptor` (VP8) are filled in by whoever knows what the payload is. `block`: the header extension
    as it stands on the wire, profile and length included; empty without one. `at`: when it came, in seconds of the node's
    clock; it goes out, and goes out again, with this time."""

    __slots__ = (
        "at",
        "block",
        "descriptor",
        "keyframe",
        "marker",
        "payload",
        "payload_type",
        "sequence",
        "sound",
        "ssrc",
        "timestamp",
    )

    def __init__(
        self,
        payload_type: int,
        marker: bool,
        sequence: int,
        timestamp: int,
        ssrc: int,
        payload: bytes,
        extensions: Mapping[int, bytes] = _NO_EXTENSIONS,
    ) -> None:
        self.payload_type = payload_type
        self.marker = marker
        self.sequence = sequence
        self.timestamp = timestamp
        self.ssrc = ssrc
        self.payload = payload
        self.at = 0.0
        self.block = extension_block(extensions) if extensions else b""
        self.keyframe = False
        self.sound = False
        self.descriptor: Descriptor | None = None

    @property
    def extensions(self) -> Mapping[int, bytes]:
        """Elements of the header extension by id, read anew at each call: only few packets are ever asked."""
        if not self.block:
            return {}
        return read_extensions(self.block[0] << 8 | self.block[1], self.block[4:])


def read_packet(data: bytes) -> Packet:
    """Parse a decrypted packet. Raises Malformed. Padding is cut off; a padding-only packet has an empty payload."""
    if len(data) < HEADER_SIZE:
        raise Malformed("shorter than an RTP header")
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if first >> 6 != 2:
        raise Malformed("not RTP version 2")
    start, end = HEADER_SIZE + 4 * (first & 0x0F), len(data)
    block = b""
    if first & 0x10:
        if start + 4 > end:
            raise Malformed("extension header cut short")
        begin = start
        start += 4 + 4 * _PAIR.unpack_from(data, start)[1]
        block = data[begin:start]
    if first & 0x20:
        end -= data[-1] or end  # a padding count of zero is impossible (section 5.1)
    if start > end:
        raise Malformed("header or padding longer than the packet")
    packet = Packet(second & 0x7F, second > 127, sequence, timestamp, ssrc, data[start:end])
    packet.block = block
    return packet


def write_packet(packet: Packet) -> bytes:
    """Bytes of a packet with its extensions; the counterpart of `read_packet` for senders of our own."""
    return write_header(packet.payload_type, packet.marker, packet.sequence, packet.timestamp, packet.ssrc, packet.block) + bytes(
        packet.payload
    )


def write_header(payload_type: int, marker: bool, sequence: int, timestamp: int, ssrc: int, block: bytes) -> bytes:
    """Fixed header followed by a ready extension block (may be empty). `sequence` and `timestamp` are masked here."""
    return (
        _HEADER.pack(
            0x90 if block else 0x80,
            payload_type | 0x80 if marker else payload_type,
            sequence & 0xFFFF,
            timestamp & 0xFFFFFFFF,
            ssrc,
        )
        + block
    )


def is_rtcp(data: bytes | bytearray | memoryview) -> bool:
    """Tell RTCP from RTP on one port by the second byte (RFC 5761 section 4)."""
    return len(data) >= 2 and 192 <= data[1] <= 223


def unwrap_rtx(payload: bytes) -> tuple[int, bytes]:
    """Original sequence number and payload out of a retransmission (RFC 4588 section 4). Raises Malformed."""
    if len(payload) < 2:
        raise Malformed("retransmission without an original sequence number")
    return payload[0] << 8 | payload[1], payload[2:]

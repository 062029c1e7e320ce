"""STUN messages (RFC 8489) as the doctor writes and reads them, for ICE checks and for TURN."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import struct
import zlib
from dataclasses import dataclass, field

COOKIE = 0x2112A442
HEADER = struct.Struct("!HHI12s")
INTEGRITY, FINGERPRINT = 0x0008, 0x8028

Address = tuple[str, int]


class NotStun(ValueError):
    """Bytes that are no STUN message."""


@dataclass(frozen=True, slots=True)
class Message:
    """kind: method and class as they stand in the header (section 5). attributes: the first value of each type."""

    kind: int
    transaction: bytes = field(default_factory=lambda: secrets.token_bytes(12))
    attributes: dict[int, bytes] = field(default_factory=dict)

    def write(self, key: bytes = b"", fingerprint: bool = False) -> bytes:
        """key: of MESSAGE-INTEGRITY (section 14.5), which stands behind everything else but FINGERPRINT (14.7)."""
        body = b"".join(_attribute(kind, value) for kind, value in self.attributes.items())
        if key:
            covered = self._header(len(body) + 24) + body
            body += _attribute(INTEGRITY, hmac.new(key, covered, hashlib.sha1).digest())
        if fingerprint:
            checksum = zlib.crc32(self._header(len(body) + 8) + body) ^ 0x5354554E
            body += _attribute(FINGERPRINT, struct.pack("!I", checksum))
        return self._header(len(body)) + body

    def _header(self, length: int) -> bytes:
        return HEADER.pack(self.kind, length, COOKIE, self.transaction)


def length_in(header: bytes) -> int:
    """How many bytes follow a header. Raises NotStun."""
    if len(header) < HEADER.size:
        raise NotStun
    kind, length, cookie, _ = HEADER.unpack_from(header)
    if cookie != COOKIE or kind & 0xC000:
        raise NotStun
    return int(length)


def read(data: bytes) -> Message:
    """Raises NotStun."""
    if HEADER.size + length_in(data) != len(data):
        raise NotStun
    kind, _, _, transaction = HEADER.unpack_from(data)
    attributes: dict[int, bytes] = {}
    at = HEADER.size
    while at + 4 <= len(data):
        name, size = struct.unpack_from("!HH", data, at)
        attributes.setdefault(name, data[at + 4 : at + 4 + size])
        at += 4 + size + -size % 4
    return Message(kind, transaction, attributes)


def xor_address(address: Address, transaction: bytes) -> bytes:
    """The value of an XOR-...-ADDRESS attribute (section 14.2)."""
    packed = ipaddress.ip_address(address[0]).packed
    family = 1 if len(packed) == 4 else 2
    return struct.pack("!BBH", 0, family, address[1] ^ (COOKIE >> 16)) + _masked(packed, transaction)


def read_xor_address(value: bytes, transaction: bytes) -> Address:
    """Raises NotStun."""
    if len(value) not in (8, 20):
        raise NotStun
    port = struct.unpack_from("!H", value, 2)[0] ^ (COOKIE >> 16)
    return str(ipaddress.ip_address(_masked(value[4:], transaction))), port


def error_of(message: Message) -> tuple[int, str]:
    """ERROR-CODE (section 14.8): number and reason; (0, "") without one."""
    value = message.attributes.get(0x0009, b"")
    if len(value) < 4:
        return 0, ""
    return value[2] * 100 + value[3], value[4:].decode(errors="replace")


def _masked(packed: bytes, transaction: bytes) -> bytes:
    mask = struct.pack("!I", COOKIE) + transaction
    return bytes(one ^ other for one, other in zip(packed, mask, strict=False))


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)

"""Connectivity checks and their answers (RFC 8489), as browsers write them. Bytes are signed as they lie there: libnice pads
with spaces, which whoever packs an attribute again would sign differently."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import socket
import struct
import zlib

COOKIE = 0x2112A442
REQUEST, SUCCESS = 0x0001, 0x0101
_PRIORITY = 1845494271
_HEAD = struct.Struct("!HHI12s")


def request(username: str, password: str, tie_breaker: int) -> bytes:
    """A controlling agent's check that nominates."""
    body = _attribute(0x0006, username.encode()) + _attribute(0x0024, struct.pack("!I", _PRIORITY))
    body += _attribute(0x802A, struct.pack("!Q", tie_breaker)) + _attribute(0x0025, b"")
    return _signed(REQUEST, secrets.token_bytes(12), body, password)


def success(asked: bytes, password: str, address: tuple[str, int]) -> bytes:
    """The answer to a check from `address`."""
    packed = int.from_bytes(socket.inet_aton(address[0]), "big") ^ COOKIE
    mapped = struct.pack("!HHI", 1, address[1] ^ COOKIE >> 16, packed)
    return _signed(SUCCESS, asked[8:20], _attribute(0x0020, mapped), password)


def kind(data: bytes) -> int:
    """The message type; -1: no STUN message."""
    if len(data) < 20 or data[4:8] != COOKIE.to_bytes(4, "big"):
        return -1
    return data[0] << 8 | data[1]


def _attribute(number: int, value: bytes) -> bytes:
    return struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)


def _signed(number: int, transaction: bytes, body: bytes, password: str) -> bytes:
    """MESSAGE-INTEGRITY and FINGERPRINT, each over a header that already counts it (sections 14.5, 14.7)."""
    head = _HEAD.pack(number, len(body) + 24, COOKIE, transaction)
    body += _attribute(0x0008, hmac.new(password.encode(), head + body, hashlib.sha1).digest())
    head = _HEAD.pack(number, len(body) + 8, COOKIE, transaction)
    return head + body + _attribute(0x8028, struct.pack("!I", zlib.crc32(head + body) ^ 0x5354554E))

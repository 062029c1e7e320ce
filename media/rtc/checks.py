"""Which connectivity checks of a connection were taken, and from where: so that a recorded one does not work from elsewhere."""

from __future__ import annotations

import zlib
from typing import Any

REMEMBERED = 1024  # a browser's of 40 minutes
_ID = 12  # bytes of a STUN transaction id (RFC 8489 section 5): random, and under the check's integrity
_RECORD = _ID + 4


class Checks:
    """The last 1024 transaction ids with a sum of the address that each came from, in one block of memory that never grows: what
    is remembered of a call must not look like a leak for its first forty minutes."""

    __slots__ = ("_next", "_seen")

    def __init__(self) -> None:
        self._seen = bytearray(b"\xff") * (REMEMBERED * _RECORD)
        self._next = 0

    def take(self, transaction: bytes, address: Any) -> bool:
        """Remember a genuine check. False when the same one came from another address before."""
        source = zlib.crc32(repr(address).encode()).to_bytes(4)
        at = self._seen.find(transaction)
        if at >= 0 and at % _RECORD == 0:
            return self._seen[at + _ID : at + _RECORD] == source
        self._seen[self._next : self._next + _RECORD] = transaction + source
        self._next = (self._next + _RECORD) % len(self._seen)
        return True

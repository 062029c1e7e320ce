"""SRTP without copies between objects: libsrtp works in place on one buffer per direction.

pylibsrtp's own `Session.protect` allocates a length, copies twice and refuses packets above 1356 bytes; its compiled
binding does the same work on memory of ours. The private names used here are pinned by tests/media/rtc.
"""

from __future__ import annotations

from typing import Any

from pylibsrtp import Session
from pylibsrtp._binding import ffi, lib

SIZE = 2048
TRAILER = 148  # the longest authentication tag, MKI and SRTCP index
_UNPROTECT, _UNPROTECT_RTCP = lib.srtp_unprotect, lib.srtp_unprotect_rtcp


class Slab:
    """One buffer for every packet of one direction. `view` is its memory, `pointer` what libsrtp works on."""

    def __init__(self) -> None:
        self.memory = bytearray(SIZE)
        self.view = memoryview(self.memory)
        self.pointer = ffi.from_buffer("char[]", self.memory)
        self.length = ffi.new("int *")


class Cipher:
    """The SRTP sessions of one connection. A failed call is None: the packet is counted, nothing else. incoming: address of
    libsrtp's own session."""

    def __init__(self, incoming: Session, outgoing: Session) -> None:
        self._keep = (incoming, outgoing)
        self._in: Any = incoming._srtp[0]
        self.incoming = int(ffi.cast("size_t", self._in))
        self.outgoing: Any = outgoing._srtp[0]

    def unprotect(self, slab: Slab, size: int, rtcp: bool) -> bytes | None:
        """Decrypt the first `size` bytes of the slab. None: not authentic, or a replay."""
        slab.length[0] = size
        call = _UNPROTECT_RTCP if rtcp else _UNPROTECT
        if call(self._in, slab.pointer, slab.length):
            return None
        return slab.view[: slab.length[0]].tobytes()

    def protect(self, slab: Slab, data: bytes, rtcp: bool) -> memoryview | None:
        """Encrypt `data` into the slab; valid until its next use. None: too long, or refused by libsrtp."""
        size = len(data)
        if size > SIZE - TRAILER:
            return None
        slab.memory[:size] = data
        slab.length[0] = size
        call = lib.srtp_protect_rtcp if rtcp else lib.srtp_protect
        if call(self.outgoing, slab.pointer, slab.length):
            return None
        return slab.view[: slab.length[0]]

"""SRTP without copies between objects: libsrtp works in place on one buffer per direction.

pylibsrtp's own `Session.protect` allocates a length, copies twice and refuses packets above 1356 bytes; its compiled
binding does the same work on memory of ours. The private names used here are pinned by tests/media/rtc.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pylibsrtp import Session
from pylibsrtp._binding import ffi, lib

SIZE = 2048
TRAILER = 148  # the longest authentication tag, MKI and SRTCP index
_UNPROTECT, _UNPROTECT_RTCP = lib.srtp_unprotect, lib.srtp_unprotect_rtcp


def _address(pointer: Any) -> int:
    return int(ffi.cast("size_t", pointer))


UNPROTECT_AT, _PROTECT_AT = _address(ffi.addressof(lib, "srtp_unprotect")), _address(ffi.addressof(lib, "srtp_protect"))


class Outgoing(NamedTuple):
    """How RTP is encrypted for one receiver: `call(subject, pointer, length)` works in place, length is an `int *`, the result
    0 if it did. function, context: the same for C, as addresses. Valid as long as it is kept."""

    call: Callable[[Any, Any, Any], int]
    subject: Any
    function: int
    context: int
    keep: object


def by_libsrtp(session: Session) -> Outgoing:
    """Every profile; the only way without the compiled code."""
    context = session._srtp[0]
    return Outgoing(lib.srtp_protect, context, _PROTECT_AT, _address(context), session)


class Slab:
    """One buffer for every packet of one direction. `view` is its memory, `pointer` what libsrtp works on."""

    def __init__(self) -> None:
        self.memory = bytearray(SIZE)
        self.view = memoryview(self.memory)
        self.pointer = ffi.from_buffer("char[]", self.memory)
        self.length = ffi.new("int *")


class Cipher:
    """The SRTP sessions of one connection. A failed call is None: the packet is counted, nothing else. incoming: address of
    libsrtp's own session. session: encrypts RTCP, and RTP unless `outgoing` does."""

    def __init__(self, incoming: Session, session: Session, outgoing: Outgoing | None = None) -> None:
        self._keep = incoming
        self.session = session
        self._in: Any = incoming._srtp[0]
        self._out: Any = session._srtp[0]
        self.incoming = _address(self._in)
        self.outgoing = outgoing or by_libsrtp(session)

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
        if rtcp:
            failed = lib.srtp_protect_rtcp(self._out, slab.pointer, slab.length)
        else:
            failed = self.outgoing.call(self.outgoing.subject, slab.pointer, slab.length)
        if failed:
            return None
        return slab.view[: slab.length[0]]

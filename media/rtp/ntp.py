"""NTP time as RTCP carries it: 64 bits, 32.32 fixed point, of seconds since 1900 (RFC 3550 section 4)."""

from __future__ import annotations

EPOCH = 2_208_988_800  # seconds from 1900 to 1970
_MASK = (1 << 64) - 1


def to_ntp(seconds: float) -> int:
    """64-bit NTP time of Unix seconds. Any steady clock will do where only differences matter."""
    return int((seconds + EPOCH) * (1 << 32)) & _MASK


def from_ntp(ntp: int) -> float:
    """Unix seconds of a 64-bit NTP time between 1968 and 2104: with the highest bit clear the number has wrapped in
    2036 (RFC 4330 section 3)."""
    wrapped = ntp if ntp >> 63 else ntp + (1 << 64)
    return wrapped / (1 << 32) - EPOCH


def middle(ntp: int) -> int:
    """The middle 32 bits, 1/65536 s, as reports carry them back (RFC 3550 section 6.4.1)."""
    return ntp >> 16 & 0xFFFFFFFF

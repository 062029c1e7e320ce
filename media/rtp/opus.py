"""What an Opus packet says without decoding it (RFC 6716 section 3)."""

from __future__ import annotations

CLOCK = 48_000
# Frame length in 48 kHz samples by configuration number: SILK, hybrid, CELT (RFC 6716 table 2).
_SILK = (480, 960, 1920, 2880)
_HYBRID = (480, 960)
_CELT = (120, 240, 480, 960)


def is_silence(payload: bytes) -> bool:
    """A packet of at most two bytes carries no coded sound: discontinuous transmission or a comfort-noise refresh
    (RFC 6716 section 2.1.9; one TOC byte and an empty frame)."""
    return len(payload) <= 2


def duration(payload: bytes) -> int:
    """Length in samples at 48 kHz; 0 for an empty packet."""
    if not payload:
        return 0
    config, code = payload[0] >> 3, payload[0] & 3
    if config < 12:
        frame = _SILK[config & 3]
    elif config < 16:
        frame = _HYBRID[config & 1]
    else:
        frame = _CELT[config & 3]
    if code == 3:
        return frame * (payload[1] & 0x3F) if len(payload) > 1 else 0
    return frame if code == 0 else 2 * frame

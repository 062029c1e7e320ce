"""Header extensions by id: one-byte and two-byte form (RFC 8285), MID (RFC 9143), RID (RFC 8852), audio level
(RFC 6464), absolute send time (webrtc.org/experiments/rtp-hdrext/abs-send-time)."""

from __future__ import annotations

from collections.abc import Mapping

ONE_BYTE = 0xBEDE
TWO_BYTE = 0x1000  # low four bits are "appbits" (RFC 8285 section 4.3)

MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID_URI = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID_URI = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
AUDIO_LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"


def read_extensions(profile: int, block: bytes) -> dict[int, bytes]:
    """Elements of an extension block by id. Tolerant: an element cut short ends the reading, unknown profiles are
    empty; a publisher's odd extension must not cost the packet its payload."""
    if profile == ONE_BYTE:
        return _read_one_byte(block)
    if profile & 0xFFF0 == TWO_BYTE:
        return _read_two_byte(block)
    return {}


def _read_one_byte(block: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    position, end = 0, len(block)
    while position < end:
        first = block[position]
        position += 1
        if first == 0:  # padding
            continue
        identifier = first >> 4
        if identifier == 15:  # RFC 8285 section 4.2: stop here
            break
        after = position + (first & 0x0F) + 1
        if after > end:
            break
        found[identifier] = block[position:after]
        position = after
    return found


def _read_two_byte(block: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    position, end = 0, len(block)
    while position < end:
        identifier = block[position]
        position += 1
        if identifier == 0:
            continue
        if position >= end:
            break
        after = position + 1 + block[position]
        if after > end:
            break
        found[identifier] = block[position + 1 : after]
        position = after
    return found


def extension_block(elements: Mapping[int, bytes]) -> bytes:
    """The whole block (profile, length, elements, padding); empty bytes when there are no elements.

    The one-byte form where it can hold the elements (ids 1-14, 1-16 bytes each), else the two-byte form.
    """
    if not elements:
        return b""
    small = all(0 < identifier < 15 and 0 < len(value) <= 16 for identifier, value in elements.items())
    if small:
        body = b"".join(bytes([identifier << 4 | len(value) - 1]) + value for identifier, value in elements.items())
    else:
        body = b"".join(bytes([identifier, len(value)]) + value for identifier, value in elements.items())
    body += bytes(-len(body) % 4)
    profile = ONE_BYTE if small else TWO_BYTE
    return profile.to_bytes(2, "big") + (len(body) // 4).to_bytes(2, "big") + body


def audio_level(element: bytes) -> int:
    """RFC 6464: 0 is the loudest (0 dBov), 127 is silence."""
    return element[0] & 0x7F if element else 127


def send_time(now: float) -> int:
    """Absolute send time: 24 bits, 6.18 fixed point, of seconds of any steady clock; wraps every 64 seconds."""
    return int(now * (1 << 18)) & 0xFFFFFF

"""What a relay can read of encrypted packets: kinds, RTP headers and their extensions (SRTP leaves them in clear, RFC 3711)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from media.rtp.errors import Malformed
from media.rtp.packet import is_rtcp, read_packet

_FACTS = struct.Struct("!BBHII")


def kind_of(data: bytes) -> str:
    """stun, dtls, rtp, rtcp or other (RFC 7983)."""
    first = data[0] if data else 255
    if first < 4:
        return "stun"
    if 19 < first < 64:
        return "dtls"
    if 127 < first < 192:
        return "rtcp" if is_rtcp(data[:2]) else "rtp"
    return "other"


@dataclass(slots=True)
class Seen:
    """What one SSRC sent into the wire. bare: packets without the extension `mid`; gap: longest time between two packets
    of it; payload_types, mids, rids: all values that came."""

    packets: int = 0
    octets: int = 0
    lost: int = 0
    bare: int = 0
    frames: int = 0
    gap: float = 0.0
    at: float = 0.0
    payload_types: set[int] = field(default_factory=set)
    mids: set[str] = field(default_factory=set)
    rids: set[str] = field(default_factory=set)
    repaired_rids: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Extensions:
    """Ids of header extensions in this connection; None: not negotiated."""

    mid: int | None = None
    rid: int | None = None
    repaired_rid: int | None = None

    @classmethod
    def of(cls, description: str) -> Extensions:
        """From an SDP text."""
        found = cls()
        names = {"sdes:mid": "mid", "sdes:rtp-stream-id": "rid", "sdes:repaired-rtp-stream-id": "repaired_rid"}
        for line in description.splitlines():
            if line.startswith("a=extmap:"):
                number, uri = line[9:].split()[:2]
                name = names.get(uri.partition("hdrext:")[2])
                if name is not None:
                    setattr(found, name, int(number.partition("/")[0]))
        return found


class Sight:
    """Counts of one direction of one relay."""

    def __init__(self) -> None:
        self.extensions = Extensions()
        self.kinds: dict[str, int] = {}
        self.lost = 0
        self.streams: dict[int, Seen] = {}

    def take(self, data: bytes, lost: bool, now: float) -> None:
        kind = kind_of(data)
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        self.lost += lost
        if kind == "rtp" and len(data) >= 12:
            self._rtp(data, lost, now)

    def _rtp(self, data: bytes, lost: bool, now: float) -> None:
        _, second, _, _, ssrc = _FACTS.unpack_from(data)
        stream = self.streams.setdefault(ssrc, Seen(at=now))
        stream.packets += 1
        stream.octets += len(data)
        stream.lost += lost
        stream.frames += second > 127
        if stream.packets > 1:
            stream.gap = max(stream.gap, now - stream.at)
        stream.at = now
        stream.payload_types.add(second & 127)
        try:
            extensions = read_packet(bytes([data[0] & 0xDF]) + data[1:]).extensions  # padding is encrypted: not to be read
        except Malformed:
            return
        wanted = self.extensions
        stream.bare += wanted.mid not in extensions
        for number, values in ((wanted.mid, stream.mids), (wanted.rid, stream.rids), (wanted.repaired_rid, stream.repaired_rids)):
            if number is not None and number in extensions:
                values.add(bytes(extensions[number]).decode())

    def begin(self) -> None:
        """Count from zero. What streams are is kept: browsers say it in their first packets only."""
        self.kinds, self.lost = {}, 0
        for stream in self.streams.values():
            stream.packets = stream.octets = stream.lost = stream.bare = stream.frames = 0
            stream.gap = 0.0

    @property
    def packets(self) -> int:
        return sum(self.kinds.values())

    @property
    def rtp(self) -> int:
        return self.kinds.get("rtp", 0)

    @property
    def rids(self) -> set[str]:
        return {rid for stream in self.streams.values() if stream.packets for rid in stream.rids}

    def of(self, mid: str) -> list[Seen]:
        """The streams of a section."""
        return [stream for stream in self.streams.values() if mid in stream.mids]

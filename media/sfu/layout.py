"""What an offer and its answer settled for one connection: sections, payload types, extension ids, stream ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from media.gateway import Source


class Kind(StrEnum):
    AUDIO = "audio"
    VIDEO = "video"


CLOCKS = {Kind.AUDIO: 48_000, Kind.VIDEO: 90_000}


@dataclass(frozen=True, slots=True)
class PublishSection:
    """One sendonly section of a publisher. `nack`: the publisher answers generic NACKs for it."""

    mid: str
    kind: Kind
    source: Source
    payload_type: int
    rtx_payload_type: int | None = None
    nack: bool = False


@dataclass(frozen=True, slots=True)
class PublishLayout:
    """ssrcs: what the offer's a=ssrc lines say (SSRC -> mid); packet headers go before it."""

    sections: tuple[PublishSection, ...]
    mid_extension: int | None = None
    level_extension: int | None = None
    ssrcs: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReceiveSection:
    """One recvonly section of a receiver: the fixed place of a slot. The SSRCs are ours and never change;
    `first_sequence` stays below 32768, so that a first loss around the start cannot confuse the receiver's SRTP
    rollover counter (RFC 3711 section 3.3.1)."""

    mid: str
    kind: Kind
    payload_type: int
    ssrc: int
    rtx_ssrc: int
    rtx_payload_type: int | None = None
    first_sequence: int = 0


@dataclass(frozen=True, slots=True)
class ReceiveLayout:
    sections: tuple[ReceiveSection, ...]
    mid_extension: int | None = None
    cname: str = "node"

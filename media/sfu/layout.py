"""What an offer and its answer settled for one connection: sections, payload types, extension ids, stream ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from media.gateway import Source


class Kind(StrEnum):
    AUDIO = "audio"
    VIDEO = "video"


class Codec(StrEnum):
    OPUS = "opus"
    VP8 = "vp8"
    H264 = "h264"


CLOCKS = {Kind.AUDIO: 48_000, Kind.VIDEO: 90_000}


@dataclass(frozen=True, slots=True)
class Format:
    """Payload types of a codec and of its retransmissions (RFC 4588), None when those were not negotiated."""

    payload_type: int
    rtx: int | None = None


@dataclass(frozen=True, slots=True)
class PublishSection:
    """One sendonly section of a publisher. `nack`: the publisher answers generic NACKs for it. rids: its simulcast
    layers in the order of the offer, the smallest first; empty without simulcast."""

    mid: str
    kind: Kind
    source: Source
    codec: Codec
    format: Format
    nack: bool = False
    rids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishLayout:
    """Extension ids are None when not negotiated. ssrcs: what the offer's a=ssrc lines say (SSRC -> mid); packet
    headers go before it."""

    sections: tuple[PublishSection, ...]
    mid_extension: int | None = None
    level_extension: int | None = None
    rid_extension: int | None = None
    repaired_rid_extension: int | None = None
    ssrcs: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReceiveSection:
    """One recvonly section of a receiver: the fixed place of a slot. formats: what this receiver can decode there. The
    SSRCs are ours and never change; `first_sequence` stays below 32768, so that a first loss around the start cannot
    confuse the receiver's SRTP rollover counter (RFC 3711 section 3.3.1)."""

    mid: str
    kind: Kind
    formats: Mapping[Codec, Format]
    ssrc: int
    rtx_ssrc: int
    first_sequence: int = 0


@dataclass(frozen=True, slots=True)
class ReceiveLayout:
    """send_time_extension: id of abs-send-time, without which browsers do not estimate their bandwidth."""

    sections: tuple[ReceiveSection, ...]
    mid_extension: int | None = None
    send_time_extension: int | None = None
    cname: str = "node"

"""Which of a section's codecs the node takes: what a publisher shall send, and all that a receiver can be sent.

Everything else that browsers offer (VP9, AV1, RED, FEC, telephone events) is declined by leaving it out of the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media.gateway import Unsupported
from media.rtc.offer import Codec, Section
from media.sfu.layout import CLOCKS, Format, Kind
from media.sfu.layout import Codec as MediaCodec

CONSTRAINED_BASELINE = "42e01f"  # what every browser with H264 sends and shows, at level 3.1
_PUBLISHABLE = (CONSTRAINED_BASELINE, "42e0", "42", "4d", "64")  # then baseline, main and high, at any level
_SHOWABLE = (CONSTRAINED_BASELINE, "42001f")
_DEFAULT_PROFILE = "420010"  # RFC 6184 section 8.1


@dataclass(frozen=True, slots=True)
class Chosen:
    """A codec of an offer and, if it came with one, its retransmission format."""

    codec: MediaCodec
    main: Codec
    rtx: Codec | None

    @property
    def format(self) -> Format:
        return Format(self.main.payload_type, self.rtx.payload_type if self.rtx is not None else None)


def sendable(section: Section) -> Chosen:
    """The one codec that a publisher shall send. Raises Unsupported."""
    if section.kind == "audio":
        return _opus(section)
    found = _first(section, MediaCodec.VP8) or _h264(section, _PUBLISHABLE)
    if found is None:
        raise Unsupported("The picture must be sent as VP8, or as H264 with packetization-mode 1.")
    return found


def receivable(section: Section) -> list[Chosen]:
    """All codecs that a receiver's slot can be sent, the preferred one first. Raises Unsupported."""
    if section.kind == "audio":
        return [_opus(section)]
    found = [_first(section, MediaCodec.VP8), _h264(section, _SHOWABLE)]
    chosen = [each for each in found if each is not None]
    if not chosen:
        raise Unsupported("The receiver must be able to show VP8, or H264 with packetization-mode 1.")
    return chosen


def _opus(section: Section) -> Chosen:
    found = _first(section, MediaCodec.OPUS)
    if found is None:
        raise Unsupported("The sound must be Opus.")
    return found


def _candidates(section: Section, codec: MediaCodec) -> list[Codec]:
    """The section's formats of this name, in the order of its preference."""
    named = (section.codecs.get(number) for number in section.formats)
    return [each for each in named if each is not None and each.name == codec and each.clock == CLOCKS[Kind(section.kind)]]


def _first(section: Section, codec: MediaCodec) -> Chosen | None:
    found = _candidates(section, codec)
    return Chosen(codec, found[0], _rtx_of(section, found[0])) if found else None


def _h264(section: Section, ranked: Sequence[str]) -> Chosen | None:
    """H264 in a packetization that can carry large pictures (RFC 6184 section 6.3), its profile the first of `ranked`
    that some format starts with."""
    formats = [each for each in _candidates(section, MediaCodec.H264) if each.parameters.get("packetization-mode") == "1"]
    for wanted in ranked:
        for each in formats:
            if each.parameters.get("profile-level-id", _DEFAULT_PROFILE).lower().startswith(wanted):
                return Chosen(MediaCodec.H264, each, _rtx_of(section, each))
    return None


def _rtx_of(section: Section, main: Codec) -> Codec | None:
    for codec in section.codecs.values():
        if codec.name == "rtx" and codec.parameters.get("apt") == str(main.payload_type) and codec.clock == main.clock:
            return codec
    return None

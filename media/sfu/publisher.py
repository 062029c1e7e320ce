"""A publishing connection: which packet belongs to which of its tracks, and what is reported back to it."""

from __future__ import annotations

import math

from media.gateway import Grant, Source
from media.rtp.packet import Packet, unwrap_rtx
from media.rtp.rtcp import Bye, Description, Nack, Pli, ReceiverReport, Remb, Report, SenderReport
from media.sfu.layout import Kind, PublishLayout, PublishSection
from media.sfu.track import Track

SSRC_LIMIT = 32  # streams that one publisher may name before the rest is ignored
TAKEOVER_AFTER = 0.5  # a new SSRC takes a section over when the old one has been quiet for this long
FEEDBACK_INTERVAL = 0.5
OWN_SSRC = 1  # sender of our reports to publishers: we send them no media
# Without an estimate from the receiver browsers stay at their 300 kbit/s start (bit/s).
BITRATES = {Source.CAMERA: 1_500_000, Source.SCREEN: 2_500_000, Source.MICROPHONE: 64_000, Source.SCREEN_SOUND: 128_000}


class Publisher:
    """`tracks` by mid: one per section at most, made by its first packet."""

    def __init__(self, connection: str, peer: str, layout: PublishLayout) -> None:
        self.connection = connection
        self.peer = peer
        self.layout = layout
        self.tracks: dict[str, Track] = {}
        self._sections = {section.mid: section for section in layout.sections}
        self._routes: dict[int, tuple[PublishSection, bool]] = {}
        self._feedback_at = -math.inf

    def route(self, packet: Packet, grant: Grant, now: float) -> tuple[Track | None, bool]:
        """The track of a packet, and whether it is a new one. Retransmissions are unwrapped in place. None: unknown
        stream, not granted, a bandwidth probe. Raises Malformed."""
        route = self._routes.get(packet.ssrc) or self._learn(packet)
        if route is None:
            return None, False
        section, retransmitted = route
        track = self.tracks.get(section.mid)
        if section.source not in grant.sources:
            if track is not None and not retransmitted:
                track.pass_over(packet, now)
            return None, False
        if retransmitted:
            if track is None or not packet.payload:
                return None, False
            packet.sequence, packet.payload = unwrap_rtx(packet.payload)
            packet.ssrc, packet.payload_type = track.ssrc, section.format.payload_type
            return track, False
        if packet.payload_type != section.format.payload_type:
            return None, False
        if track is not None and track.ssrc == packet.ssrc:
            return track, False
        if track is not None and now - track.last_at < TAKEOVER_AFTER:
            return None, False
        track = Track(self.connection, self.peer, section, packet.ssrc, packet.sequence, now)
        self.tracks[section.mid] = track
        return track, True

    def _learn(self, packet: Packet) -> tuple[PublishSection, bool] | None:
        """Bind an SSRC: by MID in the header (RFC 9143 section 15), else by the offer, else by a payload type that
        only one section uses."""
        if len(self._routes) >= SSRC_LIMIT:
            return None
        section = self._named(packet)
        if section is None or packet.payload_type not in (section.format.payload_type, section.format.rtx):
            return None
        route = section, packet.payload_type == section.format.rtx
        self._routes[packet.ssrc] = route
        return route

    def _named(self, packet: Packet) -> PublishSection | None:
        mid = None
        if self.layout.mid_extension is not None:
            element = packet.extensions.get(self.layout.mid_extension)
            mid = element.decode("ascii", "replace") if element is not None else None
        mid = mid or self.layout.ssrcs.get(packet.ssrc)
        if mid is not None:
            return self._sections.get(mid)
        formats = [(section, section.format) for section in self.layout.sections]
        fitting = [section for section, each in formats if packet.payload_type in (each.payload_type, each.rtx)]
        return fitting[0] if len(fitting) == 1 else None

    def reported(self, report: Report, now: float) -> bool:
        """Take in what the publisher says about its own streams. True when one of them has ended."""
        if isinstance(report, SenderReport):
            for track in self.tracks.values():
                if track.ssrc == report.ssrc:
                    track.sender_reported(report.ntp, now)
        ended = [track for track in self.tracks.values() if isinstance(report, Bye) and track.ssrc in report.ssrcs]
        for track in ended:
            track.live = False
        return bool(ended)

    def requests(self, now: float) -> list[Report]:
        """Keyframe and retransmission requests that are due."""
        wanted: list[Report] = []
        for track in self.tracks.values():
            if track.slots and track.keyframe_due(now):
                wanted.append(Pli(OWN_SSRC, track.ssrc))
            lost = track.losses_due(now)
            if lost:
                wanted.append(Nack(OWN_SSRC, track.ssrc, tuple(lost)))
        return wanted

    def feedback(self, grant: Grant, now: float) -> list[Report]:
        """Reception report and bandwidth estimate, every FEEDBACK_INTERVAL from the first moment."""
        if now - self._feedback_at < FEEDBACK_INTERVAL:
            return []
        self._feedback_at = now
        blocks = [track.report(now) for track in self.tracks.values()]
        rate = sum(BITRATES[section.source] for section in self.layout.sections if section.source in grant.sources)
        ssrcs = tuple(track.ssrc for track in self.tracks.values() if track.kind is Kind.VIDEO)
        return [
            ReceiverReport(OWN_SSRC, tuple(blocks)),
            Description(((OWN_SSRC, "node"),)),
            Remb(OWN_SSRC, max(rate, 100_000), ssrcs),
        ]

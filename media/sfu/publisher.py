"""A publishing connection: which packet belongs to which of its streams, and what is reported back to it."""

from __future__ import annotations

import math

from media.gateway import Direction, Grant, PeerHealth
from media.rtp.packet import Packet, unwrap_rtx
from media.rtp.rtcp import Bye, Description, Nack, Pli, ReceiverReport, Remb, Report, SenderReport
from media.sfu.flow import Flow, calm
from media.sfu.layout import Kind, PublishLayout, PublishSection
from media.sfu.reception import WallClock
from media.sfu.stream import Stream
from media.sfu.track import LAYER_RATES, MOST, Track

SSRC_LIMIT = 32  # streams that one publisher may name before the rest is ignored
TAKEOVER_AFTER = 0.5  # a new SSRC takes a section or layer over when the old one has been quiet for this long
FEEDBACK_INTERVAL = 0.5
REPORT_BLOCKS = 31  # RFC 3550 section 6.4.2
OWN_SSRC = 1  # sender of our reports to publishers: we send them no media
FLOOR = 150_000  # bit/s: without an estimate from the receiver browsers stay at their start, and below this all is mud

Route = tuple[PublishSection, str, bool]  # section, rid, retransmission


class Publisher:
    """`tracks` by mid: one per section at most, made by its first packet."""

    def __init__(self, connection: str, peer: str, layout: PublishLayout, offered: float) -> None:
        self.connection = connection
        self.peer = peer
        self.layout = layout
        self.tracks: dict[str, Track] = {}
        self.first_packet: float | None = None
        self.first_frame: float | None = None
        self.offered = offered
        self._sections = {section.mid: section for section in layout.sections}
        self._routes: dict[int, Route] = {}
        self._wall = WallClock()
        self._feedback_at = -math.inf

    # -- packets -----------------------------------------------------------------------------------------------------

    def route(self, packet: Packet, grant: Grant, now: float) -> tuple[Track, Stream] | None:
        """Track and stream of a packet. Retransmissions are unwrapped in place. None: unknown stream, not granted, a
        bandwidth probe. Raises Malformed."""
        route = self._routes.get(packet.ssrc) or self._learn(packet)
        if route is None:
            return None
        section, rid, retransmission = route
        track = self.tracks.get(section.mid)
        stream = track.streams.get(rid) if track is not None else None
        if section.source not in grant.sources:
            if stream is not None and not retransmission:
                stream.pass_over(packet, now)
            return None
        if retransmission:
            if track is None or stream is None or not packet.payload:
                return None
            packet.sequence, packet.payload = unwrap_rtx(packet.payload)
            packet.ssrc, packet.payload_type = stream.ssrc, section.format.payload_type
            return track, stream
        if packet.payload_type != section.format.payload_type:
            return None
        if track is not None and stream is not None and stream.ssrc == packet.ssrc:
            return track, stream
        return self._enter(section, rid, packet, now)

    def follows(self, flow: Flow, grant: Grant) -> bool:
        """Whether the next packets of a flow may go as it says."""
        stream, route = flow.stream, self._routes.get(flow.ssrc)
        if route is None or stream.turn != flow.turn or stream.lanes is not flow.lanes or not calm(stream):
            return False
        if stream.section.source not in grant.sources:
            return False
        track = self.tracks.get(route[0].mid)
        return track is not None and track.live and track.streams.get(route[1]) is stream

    def _enter(self, section: PublishSection, rid: str, packet: Packet, now: float) -> tuple[Track, Stream] | None:
        """The first packet of an SSRC. It takes the place of another only when that one has gone quiet."""
        track = self.tracks.get(section.mid)
        if track is None:
            track = self.tracks[section.mid] = Track(self.connection, self.peer, section, now)
        stream = track.streams.get(rid)
        if stream is not None and now - stream.last_at < TAKEOVER_AFTER:
            return None
        if stream is not None:  # forget its SSRCs, or many changes would use up all that one publisher may name
            self._routes = {ssrc: route for ssrc, route in self._routes.items() if route[:2] != (section, rid)}
            self._routes[packet.ssrc] = section, rid, False
        stream = Stream(section, packet.ssrc, rid, packet.sequence, self._wall, now)
        track.replace(stream, now)
        return track, stream

    def _learn(self, packet: Packet) -> Route | None:
        """Bind an SSRC: by MID in the header (RFC 9143 section 15), else by the offer, else by a payload type that only
        one section uses; layers only by RID or repaired RID in the header (RFC 8852)."""
        if len(self._routes) >= SSRC_LIMIT:
            return None
        elements = packet.extensions
        section = self._named(packet, elements.get(self.layout.mid_extension or 0))
        if section is None or packet.payload_type not in (section.format.payload_type, section.format.rtx):
            return None
        repaired = packet.payload_type == section.format.rtx
        rid = ""
        if section.rids:
            number = self.layout.repaired_rid_extension if repaired else self.layout.rid_extension
            rid = elements.get(number or 0, b"").decode("ascii", "replace")
            if rid not in section.rids:
                return None
        route = section, rid, repaired
        self._routes[packet.ssrc] = route
        return route

    def _named(self, packet: Packet, element: bytes | None) -> PublishSection | None:
        mid = element.decode("ascii", "replace") if element is not None else self.layout.ssrcs.get(packet.ssrc)
        if mid is not None:
            return self._sections.get(mid)
        formats = [(section, section.format) for section in self.layout.sections]
        fitting = [section for section, each in formats if packet.payload_type in (each.payload_type, each.rtx)]
        return fitting[0] if len(fitting) == 1 else None

    # -- reports -----------------------------------------------------------------------------------------------------

    def _streams(self) -> list[Stream]:
        return [stream for track in self.tracks.values() for stream in track.streams.values()]

    def reported(self, report: Report, now: float) -> bool:
        """Take in what the publisher says about its own streams. True when one of them has ended."""
        if isinstance(report, SenderReport):
            for stream in self._streams():
                if stream.ssrc == report.ssrc:
                    stream.reception.sender_reported(report.ntp, now)
                    stream.time.reported(report.ntp, report.timestamp, now)
        if not isinstance(report, Bye):
            return False
        ended = [t for t in self.tracks.values() if all(stream.ssrc in report.ssrcs for stream in t.streams.values())]
        for track in ended:
            track.live = False
        return bool(ended)

    def requests(self, now: float) -> list[Report]:
        """Keyframe and retransmission requests that are due."""
        wanted: list[Report] = []
        for stream in self._streams():
            if (stream.waiting or stream.slots) and stream.keyframe_due(now):
                wanted.append(Pli(OWN_SSRC, stream.ssrc))
            if stream.losses.missing:
                lost = stream.losses_due(now)
                if lost:
                    wanted.append(Nack(OWN_SSRC, stream.ssrc, tuple(lost)))
        return wanted

    @property
    def waits(self) -> bool:
        """Whether there is more to ask for."""
        streams = self._streams()
        return any(stream.losses.missing or (stream.keyframe_wanted and (stream.waiting or stream.slots)) for stream in streams)

    def feedback(self, grant: Grant, now: float) -> list[Report]:
        """Reception report and bandwidth estimate, every FEEDBACK_INTERVAL from the first moment."""
        if now - self._feedback_at < FEEDBACK_INTERVAL:
            return []
        self._feedback_at = now
        streams = self._streams()
        for track in self.tracks.values():
            track.sort()
        for stream in streams:
            stream.rate.measure(stream.octets, now)
        blocks = [stream.reception.report(stream.ssrc, stream.highest, now) for stream in streams]
        granted = [section for section in self.layout.sections if section.source in grant.sources]
        rate = sum(self._ceiling(section, now) for section in granted)
        ssrcs = tuple(stream.ssrc for stream in streams if stream.section.kind is Kind.VIDEO)
        return [
            ReceiverReport(OWN_SSRC, tuple(blocks[:REPORT_BLOCKS])),
            Description(((OWN_SSRC, "node"),)),
            Remb(OWN_SSRC, max(int(rate), FLOOR), ssrcs),
        ]

    def health(self, forum: str, now: float) -> PeerHealth:
        """How this connection is doing."""
        streams = [stream for stream in self._streams() if stream.flows(now)]
        video = [stream for stream in streams if stream.section.kind is Kind.VIDEO]
        return PeerHealth(
            forum,
            self.peer,
            self.connection,
            Direction.PUBLISH,
            loss=max((stream.reception.fraction for stream in streams), default=None),
            bitrate=sum(stream.rate.value for stream in streams),
            first_packet=self.first_packet,
            first_frame=self.first_frame,
            layers={f"{stream.section.mid}{stream.rid and '/'}{stream.rid}": stream.shown for stream in video},
        )

    def _ceiling(self, section: PublishSection, now: float) -> float:
        """bit/s for one section. All at first: browsers take the first estimate as it is, and later ones in small steps."""
        track = self.tracks.get(section.mid)
        if track is not None:
            return track.ceiling(now)
        return sum(LAYER_RATES) if section.rids else MOST[section.source]

"""A receiving connection: its slots, what its connection can take and what it reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from media.gateway import Direction, PeerHealth, SlotAssignment, SlotState, Source, Tile, View
from media.rtp.ntp import middle, to_ntp
from media.rtp.rtcp import Description, Fir, Nack, Pli, ReceiverReport, Remb, Report, SenderReport, round_trip
from media.sfu.allocation import NOTHING, Wish, allocate, largest_useful, readable
from media.sfu.bandwidth import Estimate
from media.sfu.layout import Kind, ReceiveLayout
from media.sfu.reception import Rate, ReportedLosses
from media.sfu.slot import Slot
from media.sfu.track import Track

VOICE_RATE = 45_000  # bit/s kept free for each audio slot in use
ASKED_LIMIT = 1000  # packets that one receiver may ask for again between two visits
FEW = 5  # packets asked for again that say nothing about a connection yet
REPORT_CALM, REPORT_EARLY = 2.5, 0.5  # seconds between sender reports: denser while the receiver syncs
VISIT_CALM, ADJUST_CALM = 0.9, 2.5  # seconds between two visits, and two choices of layers, while nothing is about to change
CALM_AFTER = 5.0  # seconds since somebody took a seat or a picture was waited for


class Receiver:
    """`slots` in the order of the offer's sections; audio and video apart for the choice of sources. `wire` is the
    caller's; packets for this receiver go out with it."""

    def __init__(self, connection: str, peer: str, wire: Any, layout: ReceiveLayout, offered: float, now: float) -> None:
        self.connection = connection
        self.peer = peer
        self.wire = wire
        self.slots = [Slot(wire, section, layout) for section in layout.sections]
        self.audio = [slot for slot in self.slots if slot.kind is Kind.AUDIO]
        self.video = [slot for slot in self.slots if slot.kind is Kind.VIDEO]
        self.view = View()
        self.estimate = Estimate(now)
        self.sent = Rate(now)
        self.loss: float | None = None
        self.round_trip: float | None = None
        self._tiles: dict[tuple[str, Source], Tile] = {}
        self._by_ssrc = {slot.section.ssrc: slot for slot in self.slots}
        self._ranks: dict[Track, int] = {}
        self._kept: set[Track] = set()
        self._cname = layout.cname
        self._offered = offered
        self._report_at = now
        self._stirred_at = self._adjusted = now
        self._losses = ReportedLosses(now)
        self._asked = 0  # packets that were asked for again
        self._before = (0, 0)  # asked and sent at the last visit
        self._visited = now

    # -- what stands where -------------------------------------------------------------------------------------------

    def look(self, view: View) -> None:
        self.view = view
        self._tiles = {(tile.peer, tile.source): tile for tile in view.tiles}

    def rank(self, tracks: Sequence[Track], signing: Callable[[Track], bool]) -> None:
        """Take in the order in which bandwidth is given away, and whose picture is kept whatever comes."""
        self._kept = {track for track in tracks if signing(track)}
        self._ranks = {track: place for place, track in enumerate(tracks)}

    def assignments(self) -> tuple[SlotAssignment, ...]:
        return tuple(
            SlotAssignment(slot.section.mid, slot.track.peer, slot.track.source, slot.state)
            if slot.track is not None
            else SlotAssignment(slot.section.mid, None, None)
            for slot in self.slots
        )

    def empty(self, now: float) -> None:
        """Let go of all sources."""
        for slot in self.slots:
            slot.show(None, now)

    def adjust(self, now: float) -> tuple[bool, list[bytes]]:
        """Choose a layer for every slot. Returns whether a slot's state changed, and packets to be sent at once."""
        before = [slot.state for slot in self.slots]
        voices = [slot for slot in self.audio if slot.track is not None]
        for slot in voices:
            self._hear(slot, now)
        shown = [(slot, slot.track) for slot in self.video if slot.track is not None]
        shown.sort(key=lambda pair: self._ranks.get(pair[1], len(self._ranks)))
        wishes = [self._wish(slot, track, now) for slot, track in shown]
        least = sum(wish.costs[0] for wish in wishes if wish.most > NOTHING)
        voice = VOICE_RATE * len(voices)
        most = sum(wish.costs[wish.most] for wish in wishes if wish.most > NOTHING)
        self.estimate.least = 1.25 * least + voice
        self.estimate.settle(1.2 * most + voice, now)
        # Nobody is paused before there has been a sign of trouble.
        budget = self.estimate.limit - voice if self.estimate.troubled else max(self.estimate.limit - voice, least)
        sent: list[bytes] = []
        self._adjusted = now
        for (slot, track), wish, chosen in zip(shown, wishes, allocate(wishes, budget), strict=True):
            layer = slot.steps.taken(slot.layer, chosen, wish.most, now)
            stream = track.stream_for(layer, now) if layer > NOTHING else None
            if slot.format is None:
                slot.rest(SlotState.CODEC, now)
            elif stream is None:
                slot.rest(
                    SlotState.LIVE if layer > NOTHING else SlotState.PAUSED if wish.most > NOTHING else SlotState.HIDDEN, now
                )
            else:
                slot.layer = layer
                sent += slot.aim(stream, now)
                if slot.goal is not None or stream.rid != track.rids[layer]:
                    self.stir(now)
        changed = before != [slot.state for slot in self.slots]
        if changed:
            self.stir(now)
        return changed, sent

    def _hear(self, slot: Slot, now: float) -> None:
        stream = slot.track.stream_for(0, now) if slot.track is not None else None
        if stream is None or slot.format is None:
            slot.rest(SlotState.CODEC if slot.format is None else SlotState.LIVE, now)
        else:
            slot.layer = 0
            slot.aim(stream, now)

    def _wish(self, slot: Slot, track: Track, now: float) -> Wish:
        if slot.format is None:
            return Wish((0.0,), NOTHING)
        heights = track.heights()
        most = largest_useful(heights, self._tiles.get((track.peer, track.source)))
        if track not in self._kept or most == NOTHING:
            return Wish(track.costs(now), most)
        kept = readable(heights)
        return Wish(track.costs(now), max(most, kept), kept)

    # -- reports -----------------------------------------------------------------------------------------------------

    def reported(self, report: Report, now: float, arrived: float) -> list[bytes]:
        """Take in what the receiver says. Returns packets to send again, for a NACK. arrived: when it came."""
        if isinstance(report, Nack):
            slot = self._by_ssrc.get(report.ssrc)
            if slot is None:
                return []
            self._asked += len(report.sequences)
            if self._asked - self._before[0] > ASKED_LIMIT:
                return []
            return [data for number in report.sequences if (data := slot.resend(number, now)) is not None]
        if isinstance(report, Pli):
            self._want_keyframe(report.ssrc, now)
        elif isinstance(report, Fir):
            for ssrc, _ in report.requests:
                self._want_keyframe(ssrc, now)
        elif isinstance(report, Remb):
            self.estimate.remb(report.bitrate, self.sent.low, now)
        elif isinstance(report, ReceiverReport | SenderReport):
            self._received(report, now, arrived)
        return []

    def _received(self, report: ReceiverReport | SenderReport, now: float, arrived: float) -> None:
        blocks = [block for block in report.blocks if block.ssrc in self._by_ssrc]
        if not blocks:
            return
        loss = self._losses.reported(blocks, now)
        if loss is not None:
            self.loss = loss
            self.estimate.lost(loss, self.sent.value, now)
        trips = [trip for block in blocks if (trip := round_trip(block, middle(to_ntp(arrived)))) is not None]
        if trips:
            self.round_trip = min(trips)

    def _want_keyframe(self, ssrc: int, now: float) -> None:
        slot = self._by_ssrc.get(ssrc)
        if slot is not None and slot.stream is not None and slot.kind is Kind.VIDEO:
            slot.stream.want_keyframe(now)

    def stir(self, now: float) -> None:
        """Something has changed, or is about to."""
        self._stirred_at = now

    def calm(self, now: float) -> bool:
        """Whether nothing is about to change: every slot shows what it shall show, and the connection takes it."""
        return now - self._stirred_at > CALM_AFTER and not self.estimate.troubled

    def due(self, now: float) -> bool:
        """Whether it is worth a visit again; to be asked twice a second."""
        return now - self._visited >= VISIT_CALM or not self.calm(now)

    def adjustment_due(self, now: float) -> bool:
        """Whether layers are to be chosen again at this visit."""
        return now - self._adjusted >= ADJUST_CALM or not self.calm(now)

    def visit(self, now: float) -> None:
        """Measure what was sent and asked for again since the last visit."""
        self._visited = now
        sent = octets = 0
        for slot in self.slots:
            more, bytes_more = slot.sent()
            sent, octets = sent + more, octets + bytes_more
        rate = self.sent.measure(octets, now)
        asked, packets = self._asked - self._before[0], sent - self._before[1]
        self._before = self._asked, sent
        if asked > FEW:
            self.estimate.nacked(asked / max(asked, packets), rate, now)

    def sender_reports(self, now: float) -> list[Report]:
        """Sender reports of all slots that are sending, with their CNAME, when due."""
        if now < self._report_at:
            return []
        self._report_at = now + (REPORT_CALM if self.calm(now) else REPORT_EARLY) - 0.01
        sending = [slot for slot in self.slots if slot.stream is not None]
        reports: list[Report] = [slot.report(now) for slot in sending]
        if reports:
            reports.append(Description(tuple((slot.section.ssrc, self._cname) for slot in sending)))
        return reports

    def _since_offer(self, slots: Sequence[Slot]) -> float | None:
        began = [slot.began_at for slot in slots if slot.began_at is not None]
        return min(began) - self._offered if began else None

    def health(self, forum: str) -> PeerHealth:
        """How this connection is doing."""
        return PeerHealth(
            forum,
            self.peer,
            self.connection,
            Direction.RECEIVE,
            loss=self.loss,
            round_trip=self.round_trip,
            bitrate=self.sent.value,
            budget=self.estimate.limit,
            first_packet=self._since_offer(self.slots),
            first_frame=self._since_offer(self.video),
            layers={slot.section.mid: slot.stream.shown for slot in self.video if slot.stream is not None},
        )

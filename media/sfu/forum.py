"""A forum: publishers on one side, receivers with slots on the other."""

from __future__ import annotations

from collections.abc import Sequence

from media.gateway import PeerHealth
from media.rtp.errors import Malformed
from media.rtp.packet import Packet, read_packet
from media.rtp.rtcp import read_compound, write_compound
from media.sfu.flow import Flow
from media.sfu.layout import Kind
from media.sfu.messages import (
    GrantChanged,
    Input,
    Outputs,
    PublisherJoined,
    ReceiverJoined,
    RtcpArrived,
    RtpArrived,
    Tick,
    ViewChanged,
)
from media.sfu.publisher import Publisher
from media.sfu.receiver import Receiver
from media.sfu.stage import Stage
from media.sfu.stream import Stream
from media.sfu.track import Track

ROUND = 5  # ticks in which every receiver is asked once whether it is due for a visit


class Forum:
    """`handle(input, now) -> outputs`: the caller performs all outputs before the next input.

    `now` is in seconds of a clock that never goes back. Packets for a connection that is not known are ignored.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.dropped = 0
        self._publishers: dict[str, Publisher] = {}
        self._receivers: dict[str, Receiver] = {}
        self._stage = Stage(name)
        self._asking: set[Publisher] = set()  # may have something to ask of their sources
        self._ticks = 0
        self._passed: list[tuple[str, bytes, float]] = []  # packets of flows that are not in the books yet

    @property
    def empty(self) -> bool:
        return not self._publishers and not self._receivers

    def handle(self, given: Input, now: float) -> Outputs:
        """Take one input in. Never raises for anything that a peer sent."""
        out = Outputs()
        if self._passed:
            self._keep_books(out)
        match given:
            case RtpArrived():
                self._rtp(given, now, out)
            case RtcpArrived():
                self._rtcp(given, now, out)
            case Tick():
                self._tick(now, out)
            case PublisherJoined() | ReceiverJoined():
                self._joined(given, now, out)
            case GrantChanged():
                self._stage.granted(given.peer, given.grant)
            case ViewChanged():
                self._viewed(given, now, out)
            case _:
                self._left(given.connection, now)
        if self._stage.stale:
            self._arrange(now, out)
        if self._asking:
            self._ask(now, out)
        return out

    def snapshot(self) -> Outputs:
        """The present state as events, for a reader that has just come."""
        out = Outputs()
        out.events += self._stage.snapshot(self._receivers.values())
        return out

    # -- packets -----------------------------------------------------------------------------------------------------

    def _rtp(self, given: RtpArrived, now: float, out: Outputs, passed: bool = False) -> None:
        publisher = self._publishers.get(given.connection)
        if publisher is None:
            return
        try:
            packet = read_packet(given.data)
            route = publisher.route(packet, self._stage.grant(publisher.peer), now)
        except Malformed:
            self.dropped += 1
            return
        if route is None:
            self.dropped += 1
            return
        track, stream = route
        if not track.live and packet.payload:
            self._begin(publisher, track, now, out)
        known = stream.receive(packet, now, passed)
        if stream.losses.missing:
            self._asking.add(publisher)
        if not known:
            self.dropped += 1
            return
        if packet.keyframe and publisher.first_frame is None:
            publisher.first_frame = now - publisher.offered
        if stream.sound:
            track.unheard.append(packet)
        if stream.waiting and (packet.keyframe or packet is not stream.newest or stream.sound):
            self._switch(stream, packet, now, out)
        lanes = stream.lanes_for(packet)
        if lanes:
            out.fans.append((packet, lanes))
        if stream.keyframe_wanted:
            self._asking.add(publisher)
        elif not passed:
            out.flow = stream.flow(given.connection, packet)

    def follows(self, flow: Flow) -> bool:
        """Whether the next packets of a flow may go as it says; `passed` is to be told of those that did."""
        publisher = self._publishers.get(flow.connection)
        return publisher is not None and publisher.follows(flow, self._stage.grant(publisher.peer))

    def passed(self, flow: Flow, packets: Sequence[bytes], now: float) -> None:
        """Decrypted packets of a flow have gone out. They are taken in before the next input."""
        self._passed += [(flow.connection, data, now) for data in packets]

    def _keep_books(self, out: Outputs) -> None:
        passed, self._passed = self._passed, []
        for connection, data, at in passed:
            self._rtp(RtpArrived(connection, data), at, out, passed=True)
        out.fans.clear()

    def _begin(self, publisher: Publisher, track: Track, now: float, out: Outputs) -> None:
        """The first packet (after a silence): seat the track before it is taken in, so that an opening keyframe finds
        its slots waiting."""
        track.live = True
        if publisher.first_packet is None:
            publisher.first_packet = now - publisher.offered
        self._stage.entered(track)
        self._arrange(now, out)

    def _switch(self, stream: Stream, packet: Packet, now: float, out: Outputs) -> None:
        """What was waited for is here. A keyframe that comes late (retransmitted) is sent with all that followed it; any
        late packet may have completed what a slot with nothing to show can begin with."""
        for slot in list(stream.waiting):
            if packet is stream.newest:
                slot.begin(packet, now)
            elif packet.keyframe or slot.stream is None:
                out.rtp += [(slot.wire, data) for data in slot.replay(now)]
        if not stream.waiting:
            stream.keyframe_wanted = False

    def _rtcp(self, given: RtcpArrived, now: float, out: Outputs) -> None:
        publisher = self._publishers.get(given.connection)
        receiver = self._receivers.get(given.connection)
        arrived = given.arrived if given.arrived is not None else now
        for report in read_compound(given.data):
            if publisher is not None:
                if publisher.reported(report, arrived):
                    self._stage.stale = True
            elif receiver is not None:
                out.rtp += [(receiver.wire, data) for data in receiver.reported(report, now, arrived)]
        if receiver is not None:
            self._wanting(receiver)

    def _wanting(self, receiver: Receiver) -> None:
        """A slot may have asked for a keyframe."""
        for slot in receiver.video:
            if slot.track is not None:
                publisher = self._publishers.get(slot.track.connection)
                if publisher is not None and any(stream.keyframe_wanted for stream in slot.track.streams.values()):
                    self._asking.add(publisher)

    def _ask(self, now: float, out: Outputs) -> None:
        """Send what is due; who has more to ask is asked again with a later input."""
        for publisher in list(self._asking):
            wanted = publisher.requests(now)
            if wanted:
                out.rtcp.append((publisher.connection, write_compound(wanted)))
            if not publisher.waits:
                self._asking.discard(publisher)

    # -- time --------------------------------------------------------------------------------------------------------

    def _tick(self, now: float, out: Outputs) -> None:
        self._ticks += 1
        for publisher in self._publishers.values():
            for track in publisher.tracks.values():
                track.listen(publisher.layout.level_extension)
                if track.live and track.silent(now):
                    track.live = False
                    self._stage.stale = True
            reports = publisher.feedback(self._stage.grant(publisher.peer), now)
            if reports:
                out.rtcp.append((publisher.connection, write_compound(reports)))
                out.events += self._stage.watched(publisher, now)
                self._turn(publisher, now, out)
        for receiver in list(self._receivers.values())[self._ticks % ROUND :: ROUND]:
            if receiver.due(now):
                self._visit(receiver, now, out)
        out.events += self._stage.listen(now)

    def _turn(self, publisher: Publisher, now: float, out: Outputs) -> None:
        """Layers of a publisher have come or gone: who watches chooses again."""
        turned = [track for track in publisher.tracks.values() if track.kind is Kind.VIDEO and track.turned(now)]
        for receiver in self._receivers.values() if turned else ():
            if any(slot.track in turned for slot in receiver.video):
                self._adjust(receiver, now, out)

    def _visit(self, receiver: Receiver, now: float, out: Outputs) -> None:
        receiver.visit(now)
        if receiver.adjustment_due(now):
            self._adjust(receiver, now, out)
        reports = receiver.sender_reports(now)
        if reports:
            out.rtcp.append((receiver.connection, write_compound(reports)))

    def _adjust(self, receiver: Receiver, now: float, out: Outputs, told: bool = False) -> None:
        """Choose layers again; `told`: the assignment is told in any case."""
        if told:
            receiver.stir(now)
        changed, sent = receiver.adjust(now)
        out.rtp += [(receiver.wire, data) for data in sent]
        if changed or told:
            out.events.append(self._stage.slots_changed(receiver))
        self._wanting(receiver)

    # -- who is here, who sits where ---------------------------------------------------------------------------------

    def _joined(self, given: PublisherJoined | ReceiverJoined, now: float, out: Outputs) -> None:
        self._stage.granted(given.peer, given.grant, known=True)
        offered = given.offered if given.offered is not None else now
        if isinstance(given, PublisherJoined):
            self._publishers[given.connection] = Publisher(given.connection, given.peer, given.layout, offered)
            return
        wire = given.wire if given.wire is not None else given.connection
        receiver = Receiver(given.connection, given.peer, wire, given.layout, offered, now)
        self._receivers[given.connection] = receiver
        self._stage.seat(receiver, now)
        self._adjust(receiver, now, out, told=True)

    def _viewed(self, given: ViewChanged, now: float, out: Outputs) -> None:
        for receiver in self._receivers.values():
            if receiver.peer == given.peer:
                receiver.look(given.view)
                changed = self._stage.seat(receiver, now)
                self._adjust(receiver, now, out, told=changed)

    def _arrange(self, now: float, out: Outputs) -> None:
        """Drop tracks that ended or lost their grant, fill the slots of everybody, tell what changed."""
        self._stage.clear()
        for receiver in self._receivers.values():
            if self._stage.seat(receiver, now):
                self._adjust(receiver, now, out, told=True)
        out.events += self._stage.announce()

    def _left(self, connection: str, now: float) -> None:
        publisher = self._publishers.pop(connection, None)
        receiver = self._receivers.pop(connection, None)
        if receiver is not None:
            receiver.empty(now)
        if publisher is not None:
            self._asking.discard(publisher)
            for track in publisher.tracks.values():
                track.live = False
            self._stage.stale = True
        gone = publisher if publisher is not None else receiver
        others = {other.peer for other in self._publishers.values()}
        others |= {other.peer for other in self._receivers.values()}
        if gone is not None and gone.peer not in others:
            self._stage.forget(gone.peer)

    # -- sight -------------------------------------------------------------------------------------------------------

    def peers(self, now: float) -> list[PeerHealth]:
        """How all connections are doing; the transport is the caller's knowledge."""
        publishing = [publisher.health(self.name, now) for publisher in self._publishers.values()]
        return publishing + [receiver.health(self.name) for receiver in self._receivers.values()]

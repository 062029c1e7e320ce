"""A forum: publishers on one side, receivers with slots on the other."""

from __future__ import annotations

from media.gateway import Grant, SlotsChanged, Source, SpeakersChanged, TracksChanged
from media.rtp.errors import Malformed
from media.rtp.packet import read_packet
from media.rtp.rtcp import read_compound, write_compound
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
from media.sfu.selection import place, rank_audio, rank_video
from media.sfu.track import Track
from media.sfu.voice import settle_order

_NOTHING = Grant(frozenset(), 0.0)


class Forum:
    """`handle(input, now) -> outputs`: the caller performs all outputs before the next input.

    `now` is in seconds of a clock that never goes back. Packets for a connection that is not known are ignored.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.dropped = 0
        self._publishers: dict[str, Publisher] = {}
        self._receivers: dict[str, Receiver] = {}
        self._grants: dict[str, Grant] = {}
        self._voices: list[Track] = []  # live audio, louder ones in front
        self._videos: list[Track] = []  # live video, the first to come in front
        self._spoke: list[str] = []  # peers that have spoken, the latest first
        self._announced: dict[str, frozenset[Source]] = {}
        self._speakers: tuple[str, ...] = ()
        self._stale = False  # who sits where must be looked at again

    @property
    def empty(self) -> bool:
        return not self._publishers and not self._receivers

    def handle(self, given: Input, now: float) -> Outputs:
        """Take one input in. Never raises for anything that a peer sent."""
        out = Outputs()
        match given:
            case RtpArrived():
                self._rtp(given, now, out)
            case RtcpArrived():
                self._rtcp(given, now, out)
            case Tick():
                self._tick(now, out)
            case PublisherJoined():
                self._grants[given.peer] = given.grant
                self._publishers[given.connection] = Publisher(given.connection, given.peer, given.layout)
            case ReceiverJoined():
                self._grants[given.peer] = given.grant
                receiver = Receiver(given.connection, given.peer, given.layout, now)
                self._receivers[given.connection] = receiver
                self._seat(receiver)
                out.events.append(self._slots_changed(receiver))
            case GrantChanged():
                if given.peer in self._grants:  # else nothing of this peer is connected yet
                    self._grants[given.peer] = given.grant
                    self._stale = True
            case ViewChanged():
                pass
            case _:
                self._left(given.connection)
        if self._stale:
            self._arrange(out)
        if not isinstance(given, RtpArrived):
            self._ask(now, out)
        return out

    def snapshot(self) -> Outputs:
        """The present state as events, for a reader that has just come."""
        out = Outputs()
        out.events += [TracksChanged(self.name, peer, sources) for peer, sources in self._announced.items()]
        out.events += [self._slots_changed(receiver) for receiver in self._receivers.values()]
        if self._speakers:
            out.events.append(SpeakersChanged(self.name, self._speakers))
        return out

    # -- packets -----------------------------------------------------------------------------------------------------

    def _rtp(self, given: RtpArrived, now: float, out: Outputs) -> None:
        publisher = self._publishers.get(given.connection)
        if publisher is None:
            return
        try:
            packet = read_packet(given.data)
            track, new = publisher.route(packet, self._granted(publisher.peer), now)
        except Malformed:
            self.dropped += 1
            return
        if track is None or not track.receive(packet, publisher.layout.level_extension, now):
            self.dropped += 1
            return
        if not track.live:
            self._begin(track, new, out)
        for slot in track.slots:
            data = slot.forward(packet, now)
            if data is not None:
                out.rtp.append((slot.connection, data))
        if packet.descriptor is not None and packet.descriptor.keyframe:
            track.keyframe_wanted = False  # every slot has been switched in, the ones seated just now included
        elif track.keyframe_wanted:
            self._request(publisher, now, out)

    def _begin(self, track: Track, new: bool, out: Outputs) -> None:
        """The first packet (after a silence): seat the track at once, so that its opening keyframe is not lost."""
        track.live = True
        if new:
            self._forget_tracks_but(track)
        (self._voices if track.kind is Kind.AUDIO else self._videos).append(track)
        self._arrange(out)

    def _forget_tracks_but(self, track: Track) -> None:
        """A new SSRC took a section over: its predecessor is not in the publisher's tracks any more."""
        for tracks in (self._voices, self._videos):
            tracks[:] = [
                other for other in tracks if other.connection != track.connection or other.section.mid != track.section.mid
            ]

    def _rtcp(self, given: RtcpArrived, now: float, out: Outputs) -> None:
        publisher = self._publishers.get(given.connection)
        receiver = self._receivers.get(given.connection)
        for report in read_compound(given.data):
            if publisher is not None:
                self._stale = publisher.reported(report, now) or self._stale
            elif receiver is not None:
                out.rtp += [(receiver.connection, data) for data in receiver.reported(report, now)]

    def _request(self, publisher: Publisher, now: float, out: Outputs) -> None:
        wanted = publisher.requests(now)
        if wanted:
            out.rtcp.append((publisher.connection, write_compound(wanted)))

    def _ask(self, now: float, out: Outputs) -> None:
        for publisher in self._publishers.values():
            self._request(publisher, now, out)

    def _tick(self, now: float, out: Outputs) -> None:
        for publisher in self._publishers.values():
            for track in publisher.tracks.values():
                if track.live and track.silent(now):
                    track.live = False
                    self._stale = True
            reports = publisher.feedback(self._granted(publisher.peer), now)
            if reports:
                out.rtcp.append((publisher.connection, write_compound(reports)))
        for receiver in self._receivers.values():
            reports = receiver.sender_reports(now)
            if reports:
                out.rtcp.append((receiver.connection, write_compound(reports)))
        self._listen(now, out)

    # -- who speaks, who sits where ----------------------------------------------------------------------------------

    def _listen(self, now: float, out: Outputs) -> None:
        for track in self._voices:
            if track.voice.settle(now) and track.voice.speaking:
                self._spoke = [track.peer, *(peer for peer in self._spoke if peer != track.peer)]
                self._stale = True
        if settle_order(self._voices, now):
            self._stale = True
        speaking = [track for track in self._voices if track.voice.speaking]
        # Loudest first, but compared in steps of 6 dB: two people talking must not make an event per syllable.
        speaking.sort(key=lambda track: -int(track.voice.loudness / 6))
        speakers = tuple(dict.fromkeys(track.peer for track in speaking))
        if speakers != self._speakers:
            self._speakers = speakers
            out.events.append(SpeakersChanged(self.name, speakers))

    def _granted(self, peer: str) -> Grant:
        return self._grants.get(peer, _NOTHING)

    def _priority(self, peer: str) -> int:
        return self._granted(peer).priority

    def _seat(self, receiver: Receiver) -> bool:
        videos = rank_video(self._videos, self._priority, self._spoke)
        voices = rank_audio(self._voices, self._priority)
        changed = place(receiver.video, videos, receiver.peer)
        return place(receiver.audio, voices, receiver.peer) or changed

    def _arrange(self, out: Outputs) -> None:
        """Drop tracks that ended or lost their grant, fill the slots of everybody, tell what changed."""
        self._stale = False
        for tracks in (self._voices, self._videos):
            ended = [track for track in tracks if not self._may_be_seen(track)]
            for track in ended:
                track.live = False
                tracks.remove(track)
        videos = rank_video(self._videos, self._priority, self._spoke)
        voices = rank_audio(self._voices, self._priority)
        for receiver in self._receivers.values():
            changed = place(receiver.video, videos, receiver.peer)
            if place(receiver.audio, voices, receiver.peer) or changed:
                out.events.append(self._slots_changed(receiver))
        self._announce(out)

    def _may_be_seen(self, track: Track) -> bool:
        return track.live and track.source in self._granted(track.peer).sources

    def _announce(self, out: Outputs) -> None:
        present: dict[str, set[Source]] = {}
        for track in (*self._voices, *self._videos):
            present.setdefault(track.peer, set()).add(track.source)
        for peer in {**self._announced, **present}:
            sources = frozenset(present.get(peer, ()))
            if sources != self._announced.get(peer, frozenset()):
                out.events.append(TracksChanged(self.name, peer, sources))
        self._announced = {peer: frozenset(sources) for peer, sources in present.items()}

    def _slots_changed(self, receiver: Receiver) -> SlotsChanged:
        return SlotsChanged(self.name, receiver.peer, receiver.connection, receiver.assignments())

    def _left(self, connection: str) -> None:
        publisher = self._publishers.pop(connection, None)
        receiver = self._receivers.pop(connection, None)
        if receiver is not None:
            receiver.empty()
        if publisher is not None:
            for track in publisher.tracks.values():
                track.live = False
            self._stale = True
        gone = publisher if publisher is not None else receiver
        others = {other.peer for other in self._publishers.values()}
        others |= {other.peer for other in self._receivers.values()}
        if gone is not None and gone.peer not in others:
            self._grants.pop(gone.peer, None)
            self._spoke = [peer for peer in self._spoke if peer != gone.peer]

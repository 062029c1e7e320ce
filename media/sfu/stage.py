"""Who is granted what, who is live, who speaks, and from these who sits in which slot."""

from __future__ import annotations

from collections.abc import Iterable

from media.gateway import Grant, LayersWanted, MediaEvent, SlotsChanged, Source, SpeakersChanged, TracksChanged
from media.sfu.layout import Kind
from media.sfu.publisher import Publisher
from media.sfu.receiver import Receiver
from media.sfu.selection import SIGNING, place, rank_audio, rank_for, rank_video
from media.sfu.track import Track
from media.sfu.voice import settle_order

_NOTHING = Grant(frozenset(), 0.0)


class Stage:
    """`stale`: who sits where must be looked at again, by `clear`, `seat` for everybody, `announce`."""

    def __init__(self, forum: str) -> None:
        self.stale = False
        self._forum = forum
        self._grants: dict[str, Grant] = {}
        self._voices: list[Track] = []  # live audio, louder ones in front
        self._videos: list[Track] = []  # live video, the first to come in front
        self._spoke: list[str] = []  # peers that have spoken, the latest first
        self._announced: dict[str, frozenset[Source]] = {}
        self._speakers: tuple[str, ...] = ()
        self._audible: set[int] = set()  # how many voices receivers have places for
        self._ranked: tuple[list[Track], list[Track]] | None = None

    # -- grants ------------------------------------------------------------------------------------------------------

    def granted(self, peer: str, grant: Grant, known: bool = False) -> None:
        """Replace a peer's grant; of a peer that is not `known` and has none nothing is connected yet."""
        before = self._grants.get(peer)
        if known or before is not None:
            self._grants[peer] = grant
            if before is not None and (before.sources, before.priority) != (grant.sources, grant.priority):
                self.stale = True

    def grant(self, peer: str) -> Grant:
        return self._grants.get(peer, _NOTHING)

    def forget(self, peer: str) -> None:
        self._grants.pop(peer, None)
        self._spoke = [other for other in self._spoke if other != peer]

    # -- seats -------------------------------------------------------------------------------------------------------

    def entered(self, track: Track) -> None:
        """A track is live."""
        (self._voices if track.kind is Kind.AUDIO else self._videos).append(track)
        self.stale = True

    def clear(self) -> None:
        """Drop tracks that ended or lost their grant."""
        self.stale = False
        self._ranked = None
        for tracks in (self._voices, self._videos):
            ended = [track for track in tracks if not track.live or track.source not in self.grant(track.peer).sources]
            for track in ended:
                track.live = False
                tracks.remove(track)

    def seat(self, receiver: Receiver, now: float) -> bool:
        """Fill the slots of one receiver. True when one of them changed."""
        if self._ranked is None:
            ranked = rank_video(self._videos, self._priority, self._spoke)
            self._ranked = ranked, rank_audio(self._voices, self._priority)
        videos, voices = self._ranked
        mine = rank_for(receiver.view, videos, self._priority, self._spoke)
        receiver.rank(mine, self._signs)
        self._audible |= {len(receiver.audio), len(receiver.audio) + 1}  # one more: nobody hears himself
        changed = place(receiver.video, mine, receiver.peer, now)
        return place(receiver.audio, voices, receiver.peer, now) or changed

    def _signs(self, track: Track) -> bool:
        return track.source is Source.CAMERA and self._priority(track.peer) >= SIGNING

    def _priority(self, peer: str) -> int:
        return self.grant(peer).priority

    # -- news --------------------------------------------------------------------------------------------------------

    def listen(self, now: float) -> list[MediaEvent]:
        """Let voices settle; who speaks now."""
        for track in self._voices:
            if track.voice.settle(now) and track.voice.speaking:
                self._spoke = [track.peer, *(peer for peer in self._spoke if peer != track.peer)]
                self.stale = True
        before = [frozenset(map(id, self._voices[:places])) for places in self._audible]
        if settle_order(self._voices, now):
            after = [frozenset(map(id, self._voices[:places])) for places in self._audible]
            self.stale = self.stale or before != after
        speaking = [track for track in self._voices if track.voice.speaking]
        # Loudest first, but compared in steps of 6 dB: two people talking must not make an event per syllable.
        speaking.sort(key=lambda track: -int(track.voice.loudness / 6))
        speakers = tuple(dict.fromkeys(track.peer for track in speaking))
        if speakers == self._speakers:
            return []
        self._speakers = speakers
        return [SpeakersChanged(self._forum, speakers)]

    def announce(self) -> list[MediaEvent]:
        """What peers show now that they did not before, or no longer do."""
        present: dict[str, set[Source]] = {}
        for track in (*self._voices, *self._videos):
            present.setdefault(track.peer, set()).add(track.source)
        news: list[MediaEvent] = []
        for peer in {**self._announced, **present}:
            sources = frozenset(present.get(peer, ()))
            if sources != self._announced.get(peer, frozenset()):
                news.append(TracksChanged(self._forum, peer, sources))
        self._announced = {peer: frozenset(sources) for peer, sources in present.items()}
        return news

    def watched(self, publisher: Publisher, now: float) -> list[MediaEvent]:
        """Layers of a publisher that are wanted from now on, or no longer."""
        news: list[MediaEvent] = []
        for track in publisher.tracks.values():
            rids = track.watch(now) if track.live else None
            if rids is not None:
                news.append(LayersWanted(self._forum, track.peer, track.connection, track.source, rids))
        return news

    def slots_changed(self, receiver: Receiver) -> SlotsChanged:
        return SlotsChanged(self._forum, receiver.peer, receiver.connection, receiver.assignments())

    def snapshot(self, receivers: Iterable[Receiver]) -> list[MediaEvent]:
        """The present state as events."""
        state: list[MediaEvent] = [TracksChanged(self._forum, *each) for each in self._announced.items()]
        state += [self.slots_changed(receiver) for receiver in receivers]
        if self._speakers:
            state.append(SpeakersChanged(self._forum, self._speakers))
        return state

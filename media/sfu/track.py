"""A published source of one peer: its streams (one, or one per simulcast layer) and the slots that show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from media.gateway import Source
from media.rtp.extensions import audio_level
from media.rtp.opus import is_silence
from media.rtp.packet import Packet
from media.sfu.layout import PublishSection
from media.sfu.stream import Stream
from media.sfu.voice import Voice

if TYPE_CHECKING:
    from media.sfu.slot import Slot

# A camera or microphone that is silent for this long is switched off; a still screen may send one frame a second.
SILENT_AFTER = {Source.CAMERA: 2.0, Source.MICROPHONE: 2.0, Source.SCREEN: 5.0, Source.SCREEN_SOUND: 5.0}
UNKNOWN_LEVEL = 50  # assumed loudness in -dBov of a source that sends no RFC 6464 level
# bit/s that a publisher may send of a source without layers
MOST = {Source.CAMERA: 1_500_000, Source.SCREEN: 2_500_000, Source.MICROPHONE: 64_000, Source.SCREEN_SOUND: 128_000}
SLEEP_AFTER = 5.0  # seconds that nobody looks at a layer before it may sleep
DEAF_AFTER = 6.0  # seconds that an unwanted layer goes on before its publisher is taken for one that does not listen
ALONE_AFTER = 30.0  # seconds that nobody looks at a source without layers before it is held down
HEIGHT = 720  # assumed of the largest layer until a keyframe tells
# bit/s of a layer that has not been measured, counted from the smallest one of three, and of a source without layers
LAYER_RATES = (150_000, 500_000, 1_500_000)
RATES = {Source.CAMERA: 800_000, Source.SCREEN: 1_200_000}


class Track:
    """`live` turns false when packets stop and true again with the next one. `streams` by rid ("" without simulcast)."""

    def __init__(self, connection: str, peer: str, section: PublishSection, now: float) -> None:
        self.connection = connection
        self.peer = peer
        self.section = section
        self.source = section.source
        self.kind = section.kind
        self.live = False
        self.streams: dict[str, Stream] = {}
        self.slots: list[Slot] = []
        self.rids: tuple[str, ...] = section.rids or ("",)  # the smallest layer first
        self.voice = Voice(now)
        self.unheard: list[Packet] = []  # of sound, whose loudness has not been looked at yet
        self._wanted = len(self.rids) - 1  # index of the largest layer that is wanted
        self._deaf = False
        self._unwanted_since = self._awake_since = now
        self._flowing: tuple[bool, ...] = ()

    def replace(self, stream: Stream, now: float) -> None:
        """Take a stream in; slots of the one before it go on with it."""
        old = self.streams.get(stream.rid)
        self.streams[stream.rid] = stream
        if old is not None:
            for slot in [*old.slots, *old.waiting]:
                slot.aim(stream, now)

    def listen(self, level_extension: int | None) -> None:
        """Take in how loud the sound was since the last call: a few packets in a row cost much less than one by one."""
        for packet in self.unheard:
            element = None if level_extension is None else packet.extensions.get(level_extension)
            guess = 127 if is_silence(packet.payload) else UNKNOWN_LEVEL
            self.voice.hear(audio_level(element) if element is not None else guess, packet.at)
        self.unheard.clear()

    def silent(self, now: float) -> bool:
        return all(now - stream.last_at > SILENT_AFTER[self.source] for stream in self.streams.values())

    # -- layers ------------------------------------------------------------------------------------------------------

    def sort(self) -> None:
        """Order the layers by the size of their pictures as far as it is known: some studios name the largest first."""
        if len(self.rids) > 1:
            heights = dict(zip(self.rids, self.heights(), strict=True))
            self.rids = tuple(sorted(self.rids, key=heights.__getitem__))

    def heights(self) -> list[int]:
        """Pixels of each layer, in the order of `rids`; guessed where no keyframe has told yet."""
        last = len(self.rids) - 1
        found = []
        for index, rid in enumerate(self.rids):
            stream = self.streams.get(rid)
            known = stream.size if stream is not None else None
            found.append(min(known) if known is not None else HEIGHT >> (last - index))
        return found

    def costs(self, now: float) -> list[float]:
        """bit/s of each layer; guessed where none flows."""
        guesses = LAYER_RATES if self.section.rids else (RATES.get(self.source, 64_000),)
        found = []
        for index, rid in enumerate(self.rids):
            stream = self.streams.get(rid)
            measured = stream.rate.value if stream is not None and stream.flows(now) else 0.0
            found.append(measured or float(guesses[min(index, len(guesses) - 1)]))
        return found

    def stream_for(self, layer: int, now: float) -> Stream | None:
        """The flowing stream next to a layer, a smaller one first; None when nothing has come yet."""
        known = [self.streams.get(rid) for rid in self.rids]
        below = [stream for stream in known[: layer + 1] if stream is not None and stream.flows(now)]
        if below:
            return below[-1]
        above = [stream for stream in known[layer + 1 :] if stream is not None and stream.flows(now)]
        return above[0] if above else next((stream for stream in known if stream is not None), None)

    def turned(self, now: float) -> bool:
        """Whether other layers flow than at the last call."""
        before = self._flowing
        self._flowing = tuple(rid in self.streams and self.streams[rid].flows(now) for rid in self.rids)
        return self._flowing != before

    def watch(self, now: float) -> tuple[str, ...] | None:
        """The layers that somebody looks at, or looked at within the last seconds, when that has changed; else None. The
        smallest always counts, or nothing would tell that the source is there."""
        most = max(0, *(slot.layer for slot in self.slots), 0)
        if most == self._wanted or not self.section.rids:
            self._unwanted_since = now
        elif most > self._wanted or now - self._unwanted_since >= SLEEP_AFTER:
            self._deaf = self._deaf and most < self._wanted
            self._wanted = most
            self._unwanted_since = self._awake_since = now
            return self.rids[: most + 1]
        return None

    def ceiling(self, now: float) -> float:
        """bit/s that the publisher may send: all its layers while the unwanted ones sleep when they are told to. A source
        that does not listen is held down, though it will need long to come up again."""
        most = MOST[self.source]
        if not self.section.rids:
            self._awake_since = now if any(slot.stream is not None for slot in self.slots) else self._awake_since
            return most if now - self._awake_since < ALONE_AFTER else min(most, LAYER_RATES[0])
        flowing = [rid in self.streams and self.streams[rid].flows(now) for rid in self.rids]
        # A small camera may send its largest layer alone.
        needless = any(flowing[: self._wanted + 1]) and any(flowing[self._wanted + 1 :])
        self._awake_since = self._awake_since if needless else now
        # Held down until more is wanted: let go as soon as it obeys the estimate, it would begin anew.
        self._deaf = self._deaf or now - self._awake_since > DEAF_AFTER
        if self._deaf:
            return sum(LAYER_RATES[: self._wanted + 1])
        return sum(LAYER_RATES)

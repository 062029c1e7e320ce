"""The sound of all renditions (in the child), in a thread of its own beside the pictures: measured first, so that one gain serves
the whole film, levelled and encoded then."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from media.video.decoding import Decoded
from media.video.plan import Found
from media.video.sound import SILENCE, Sound, even, gain_for, levelled, loudness
from media.video.writing import Writer

RATES = (128_000, 96_000)


class Soundtrack:
    """A context: whoever leaves it has waited for the thread, and hears what went wrong in it."""

    def __init__(self, source: Path, found: Found, writers: Sequence[Writer], stop: threading.Event) -> None:
        self.source, self.found, self.writers, self.stop = source, found, writers, stop
        self.heard = False
        self.fault: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Soundtrack:
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.thread.join()
        if self.fault is not None and error[0] is None:
            raise self.fault

    def _run(self) -> None:
        try:
            gain = self._gain()
            self.heard = gain is not None
            made = self._encoded(gain) if gain is not None else [[] for _ in self.writers]
            for writer, packets in zip(self.writers, made, strict=True):
                writer.heard(packets)
        except BaseException as fault:
            self.fault = fault
            self.stop.set()

    def _sounds(self) -> Iterator[Any]:
        assert self.found.sound is not None
        return Decoded(self.source, self.found, self.found.sound, 1, self.stop).frames()

    def _gain(self) -> float | None:
        """What the sound needs, in decibels; None when there is nothing to hear."""
        if self.found.sound is None:
            return None
        loud, peak = loudness(self._sounds(), even(self.found.begins))
        return gain_for(loud, peak, self._sounds, self.found.begins) if loud > SILENCE else None

    def _encoded(self, gain: float) -> list[list[Any]]:
        """The packets for each writer."""
        streams = [writer.sound(rate) for writer, rate in zip(self.writers, RATES, strict=False)]
        made: list[list[Any]] = [[] for _ in streams]
        for frame in Sound(levelled(gain, self.found.begins)).through(self._sounds()):
            for packets, stream in zip(made, streams, strict=True):
                packets += stream.encode(frame)
        for packets, stream in zip(made, streams, strict=True):
            packets += stream.encode(None)
        return made

"""The sound of a film (in the child): 48 kHz stereo at the loudness that EBU R 128 measures, by one gain for the whole of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import av

RATE = 48_000
TARGET = -16.0
# Peaks that the gain lifts above this (linear, -1.5 dBFS) are limited; a whisper is not blown up to a roar of noise.
CEILING = 0.84
MOST_GAIN, MOST_CORRECTION = 30.0, 6.0
# Below this loudness (LUFS) there is nothing to hear.
SILENCE = -60.0
FRAME = 1024

Filters = tuple[tuple[str, str], ...]


def even(begins: float) -> Filters:
    """From any sound to 48 kHz stereo whose first sample lies at `begins` of the film; gaps are filled."""
    return (
        ("asetpts", f"PTS-{begins:.6f}/TB"),
        ("aresample", f"{RATE}:async=1:first_pts=0:min_hard_comp=0.05"),
        ("aformat", "sample_fmts=fltp:channel_layouts=stereo"),
    )


def loudness(frames: Iterator[Any], filters: Filters) -> tuple[float, float]:
    """(integrated loudness in LUFS by EBU R 128 and ITU-R BS.1770, highest sample) of what these filters make of these frames."""
    meter = Sound((*filters, ("ebur128", "metadata=1:peak=sample:framelog=quiet")))
    loud, peak = -70.0, 0.0
    for frame in meter.through(frames):
        said = frame.metadata
        loud, peak = float(said.get("lavfi.r128.I", loud)), float(said.get("lavfi.r128.sample_peak", peak))
    return loud, peak


def gain_for(loud: float, peak: float, again: Callable[[], Iterator[Any]], begins: float) -> float:
    """Decibels from this loudness to the target. Where the limiter would have to work, which takes some of it away, its work is
    measured in a pass over the sound of its own (`again` decodes it) and made good."""
    gain = min(MOST_GAIN, TARGET - loud)
    if gain <= 0 or peak * 10 ** (gain / 20) <= CEILING:
        return gain
    filters = levelled(gain, begins)
    return min(MOST_GAIN, gain + min(MOST_CORRECTION, TARGET - loudness(again(), filters)[0]))


def levelled(gain: float, begins: float) -> Filters:
    """`even` with this gain, in frames of AAC's length."""
    return (
        *even(begins),
        ("volume", f"{gain:.2f}dB"),
        *((("alimiter", f"limit={CEILING}:level=disabled:latency=1"),) if gain > 0 else ()),
        ("aformat", f"sample_fmts=fltp:sample_rates={RATE}:channel_layouts=stereo"),
        ("asetnsamples", f"n={FRAME}:p=0"),
    )


class Sound:
    """A chain of filters that is set up with the first frame."""

    def __init__(self, filters: Filters) -> None:
        self.filters = filters
        self.graph: Any = None
        self.sink: Any = None
        self.shape: tuple[int, str, str] | None = None

    def push(self, frame: Any | None) -> list[Any]:
        """What comes out after this frame (None: the last one)."""
        if frame is not None:
            shape = (frame.sample_rate, frame.format.name, frame.layout.name)
            if self.graph is None:
                self._set_up(frame)
                self.shape = shape
            elif shape != self.shape:
                # A stream that changes in its middle does not pass one chain; the rest of it is left out.
                return []
        elif self.graph is None:
            return []
        self.graph.push(frame)
        return list(pulled(self.sink.pull))

    def through(self, frames: Iterator[Any]) -> Iterator[Any]:
        for frame in frames:
            yield from self.push(frame)
        yield from self.push(None)

    def _set_up(self, frame: Any) -> None:
        self.graph = av.filter.Graph()
        source = self.graph.add_abuffer(
            sample_rate=frame.sample_rate, format=frame.format.name, layout=frame.layout.name, time_base=frame.time_base
        )
        self.sink = self.graph.add("abuffersink")
        self.graph.link_nodes(source, *(self.graph.add(name, args) for name, args in self.filters), self.sink).configure()


def pulled(pull: Callable[[], Any]) -> Iterator[Any]:
    """Everything that waits behind a filter."""
    while True:
        try:
            yield pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return

"""One stream of a film, packet by packet (in the child): what lies within the film, and how much of it does not decode."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
from av.stream import Discard

from media.video.plan import Found
from media.video.probe import opened

# A film of which more than this share does not decode is no film.
MOST_FAULTS = 0.1


class Decoded:
    """The frames of one stream; packets that do not decode are counted and left out."""

    def __init__(self, source: Path, found: Found, index: int, threads: int, stop: threading.Event) -> None:
        self.source, self.kind, self.index, self.threads, self.stop = source, found.kind, index, threads, stop
        self.earliest, self.latest = found.begins - 1, found.begins + found.seconds + 1
        self.good = self.faults = 0

    def frames(self) -> Iterator[Any]:
        """All of them, until somebody says stop."""
        with opened(self.source, self.kind, self.threads) as film:
            own = film.streams[self.index]
            own.codec_context.thread_type = "AUTO"
            for other in film.streams:
                # What is not asked for is not even read.
                if other is not own:
                    other.discard = Discard.all
            for packet in film.demux(own):
                if self.stop.is_set():
                    return
                yield from self._of(packet)

    def _of(self, packet: Any) -> list[Any]:
        try:
            frames = packet.decode()
        except av.FFmpegError:
            self.faults += 1
            return []
        within = [frame for frame in frames if frame.pts is not None and self.earliest <= frame.time <= self.latest]
        self.good += len(within)
        return within

    def broken(self) -> bool:
        return not self.good or self.faults > MOST_FAULTS * (self.good + self.faults)

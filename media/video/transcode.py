"""Makes the renditions of a film (in the child): decoded once, filtered once, written twice at the same time. Raises Refused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from media.video import tone
from media.video.model import Refused
from media.video.plan import Filter, Found, Plan, plan_of, quality
from media.video.probe import opened
from media.video.sound import RATE, SILENCE, Sound, even, gain_for, levelled, loudness, pulled

PRESET = "veryfast"
SOUND_RATES = (128_000, 96_000)
KEYFRAMES_EVERY = 2
MOST_THREADS = 4
# ITU-T H.273: matrix of what we write; its primaries and transfer are BT.709's: recordings that use the matrix of standard
# definition come from web cameras and screens, whose colours are those.
MATRICES = {"bt709": 1, "smpte170m": 6, "bt470bg": 5}
BT709, LIMITED = 1, 1
# A film of which more pictures than this share do not decode is no film.
MOST_FAULTS = 0.1
LEAST_SHOWN = 0.8
LOUDNESS_SHARE = 0.05

Told = Callable[[float], None]


def transcode(source: Path, folder: Path, found: Found, tell: Told) -> dict[str, Any]:
    """{"renditions": [[path, width, height], ...], "seconds", "sound"} written into `folder`."""
    plan = plan_of(found)
    gain = _gain(source, found, tell) if found.sound is not None else None
    heard = gain is not None
    paths = [folder / f"{min(size)}.mp4" for size in plan.sizes]
    threads = min(MOST_THREADS, len(os.sched_getaffinity(0)))
    with opened(source, found.kind, threads) as film:
        writers = [
            _Writer(path, size, plan, SOUND_RATES[place] if heard else None, threads)
            for place, (path, size) in enumerate(zip(paths, plan.sizes, strict=True))
        ]
        try:
            sound = Sound(levelled(gain, found.begins)) if gain is not None else None
            seconds = _Passage(film, found, Pictures(plan, found, folder, threads), sound, writers, tell).run()
        finally:
            for writer in writers:
                writer.close()
    return {
        "renditions": [[str(path), *size] for path, size in zip(paths, plan.sizes, strict=True)],
        "seconds": round(seconds, 3),
        "sound": heard,
    }


def _gain(source: Path, found: Found, tell: Told) -> float | None:
    """What the sound needs, in decibels; None when there is nothing to hear. Passes of their own, which cost little beside the
    pictures'."""

    def sounds() -> Iterator[Any]:
        with opened(source, found.kind, 1) as film:
            yield from _sounds(film, found, tell)

    loud, peak = loudness(sounds(), even(found.begins))
    return gain_for(loud, peak, sounds, found.begins) if loud > SILENCE else None


def _sounds(film: Any, found: Found, tell: Told) -> Iterator[Any]:
    decoded = _Decoded(found)
    for count, packet in enumerate(film.demux(film.streams[found.sound])):
        for frame in decoded.frames(packet):
            if count % 500 == 0:
                tell(LOUDNESS_SHARE * min(1.0, (frame.time - found.begins) / found.seconds))
            yield frame


class _Decoded:
    """The frames of a stream that lie within the film; packets that do not decode are counted and left out."""

    def __init__(self, found: Found) -> None:
        self.earliest, self.latest = found.begins - 1, found.begins + found.seconds + 1
        self.good = self.faults = 0

    def frames(self, packet: Any) -> list[Any]:
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


class _Passage:
    """One pass over a film."""

    def __init__(
        self, film: Any, found: Found, pictures: Pictures, sound: Sound | None, writers: list[_Writer], tell: Told
    ) -> None:
        self.film, self.found, self.pictures, self.sound, self.writers, self.tell = film, found, pictures, sound, writers, tell
        self.seconds = 0.0
        self.rate = pictures.plan.rate

    def run(self) -> float:
        """Seconds of what was written."""
        picture = self.film.streams[self.found.picture]
        picture.codec_context.thread_type = "AUTO"
        seen = _Decoded(self.found)
        sound = self.film.streams[self.found.sound] if self.sound is not None else None
        heard = _Decoded(self.found) if sound is not None else None
        for packet in self.film.demux([stream for stream in (picture, sound) if stream is not None]):
            if packet.stream is picture:
                for frame in seen.frames(packet):
                    self._show(self.pictures.push(frame))
            elif heard is not None and self.sound is not None:
                for frame in heard.frames(packet):
                    self._play(self.sound.push(frame))
        self._show(self.pictures.push(None))
        if self.sound is not None:
            self._play(self.sound.push(None))
        if seen.broken() or self.seconds < LEAST_SHOWN * self.found.shown:
            raise Refused("film_damaged")
        for writer in self.writers:
            writer.finish()
        return self.seconds

    def _show(self, rounds: Iterator[list[Any]]) -> None:
        for frames in rounds:
            for writer, frame in zip(self.writers, frames, strict=True):
                writer.show(frame)
            self.seconds = max(self.seconds, float(frames[0].time) + float(1 / self.rate))
            self.tell(LOUDNESS_SHARE + (1 - LOUDNESS_SHARE) * min(1.0, self.seconds / self.found.seconds))

    def _play(self, frames: list[Any]) -> None:
        for frame in frames:
            for writer in self.writers:
                writer.play(frame)


class Pictures:
    """The filters of a plan: one picture in, the pictures of all renditions out."""

    def __init__(self, plan: Plan, found: Found, folder: Path, threads: int) -> None:
        self.plan, self.found, self.folder, self.threads = plan, found, folder, threads
        self.graph: Any = None
        self.sinks: list[Any] = []

    def push(self, frame: Any | None) -> Iterator[list[Any]]:
        if self.graph is None:
            if frame is None:
                return
            self._set_up(frame)
        self.graph.push(frame)
        # One of each in turns: a long gap in a film becomes many pictures, which must not all lie in memory.
        for best in pulled(self.sinks[0].pull):
            yield [best, *(sink.pull() for sink in self.sinks[1:])]

    def _set_up(self, frame: Any) -> None:
        graph = av.filter.Graph()
        graph.threads = self.threads
        source = graph.add(
            "buffer",
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base={frame.time_base}"
            f":pixel_aspect=1/1:colorspace={int(frame.colorspace)}:range={int(frame.color_range)}",
        )
        last = self._chain(graph, source, self.plan.filters)
        sinks = [graph.add("buffersink") for _ in self.plan.sizes]
        if self.plan.saving:
            both = graph.add("split", "2")
            last.link_to(both)
            both.link_to(sinks[0])
            self._chain(graph, both, self.plan.saving, 1).link_to(sinks[1])
        else:
            last.link_to(sinks[0])
        graph.configure()
        self._table().unlink(missing_ok=True)
        self.graph, self.sinks = graph, sinks

    def _chain(self, graph: Any, node: Any, filters: tuple[Filter, ...], pad: int = 0) -> Any:
        for name, args in filters:
            if name == "lut3d":
                self._table().write_text(tone.cube(self.found.transfer))
                args = f"file={self._table()}:interp=tetrahedral"
            following = graph.add(name, args)
            node.link_to(following, pad)
            node, pad = following, 0
        return node

    def _table(self) -> Path:
        return self.folder / "tone.cube"


class _Writer:
    """One rendition: H.264 High with closed groups of pictures, AAC-LC, and nothing that was known about the source."""

    def __init__(self, path: Path, size: tuple[int, int], plan: Plan, sound_rate: int | None, threads: int) -> None:
        flags = {"movflags": "+faststart", "fflags": "+bitexact"}
        self.file = av.open(f"file:{path}", "w", format="mp4", container_options=flags)
        crf, most = quality(*size)
        every = max(1, round(plan.rate * KEYFRAMES_EVERY))
        stream = self.file.add_stream("libx264", rate=plan.rate)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = *size, "yuv420p"
        context.time_base = Fraction(1) / plan.rate
        context.thread_count = threads
        context.gop_size = every
        context.colorspace, context.color_range = MATRICES[plan.matrix], LIMITED
        context.color_primaries = context.color_trc = BT709
        context.options = {
            "preset": PRESET,
            "profile": "high",
            "crf": str(crf),
            "maxrate": str(most),
            "bufsize": str(2 * most),
            "flags": "+cgop",
        }
        self.picture: Any = stream
        self.sound: Any = None
        if sound_rate:
            self.sound = self.file.add_stream("aac", rate=RATE, layout="stereo")
            self.sound.codec_context.bit_rate = sound_rate

    def show(self, frame: Any) -> None:
        # The encoder chooses its keyframes itself.
        frame.pict_type = 0
        self.file.mux(self.picture.encode(frame))

    def play(self, frame: Any) -> None:
        self.file.mux(self.sound.encode(frame))

    def finish(self) -> None:
        self.file.mux(self.picture.encode(None))
        if self.sound is not None:
            self.file.mux(self.sound.encode(None))

    def close(self) -> None:
        self.file.close()

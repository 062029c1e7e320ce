"""What there is to see and to hear in a film that came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from tests.media.video.drawing import Colour

CLOSE = 0.06
SILENT = -70.0


@dataclass(frozen=True)
class Seen:
    """corners: clockwise from the upper left, grey: of the middle, each as RGB parts; distances: between pictures, in seconds."""

    width: int
    height: int
    corners: tuple[Colour, ...]
    grey: Colour
    distances: frozenset[Fraction]
    pictures: int
    keyframes: tuple[int, ...]
    profile: str
    pix_fmt: str
    sound: tuple[str, int, str] | None
    loud: float
    tags: dict[str, str]

    @property
    def seconds(self) -> float:
        return float(sum(self.distances) / max(1, len(self.distances))) * self.pictures


def seen(path: Path) -> Seen:
    """Decodes everything."""
    with av.open(str(path)) as film:
        picture = film.streams.video[0]
        frames = [(frame.pts * frame.time_base, frame) for frame in film.decode(picture)]
        times = sorted(time for time, _ in frames)
        middle = frames[len(frames) // 2][1]
        corners, grey = _patches(middle)
        sound = film.streams.audio[0] if film.streams.audio else None
        context = sound.codec_context if sound else None
        return Seen(
            width=middle.width,
            height=middle.height,
            corners=corners,
            grey=grey,
            distances=frozenset(later - earlier for earlier, later in pairwise(times)),
            pictures=len(frames),
            keyframes=tuple(number for number, (_, frame) in enumerate(frames) if frame.key_frame),
            profile=picture.codec_context.profile or "",
            pix_fmt=picture.codec_context.pix_fmt or "",
            sound=(context.codec.canonical_name, context.sample_rate, context.layout.name) if context else None,
            loud=loudness(path) if sound else SILENT,
            tags={**film.metadata, **picture.metadata},
        )


def still(path: Path) -> tuple[tuple[Colour, ...], Colour, tuple[int, int]]:
    """(corners, grey, size) of a picture file."""
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
        return (*_patches(frame), (frame.width, frame.height))


def _patches(frame: Any) -> tuple[tuple[Colour, ...], Colour]:
    shown = _rgb(frame)
    data, line = bytes(shown.planes[0]), shown.planes[0].line_size

    def at(x: float, y: float) -> Colour:
        place = int(frame.height * y) * line + int(frame.width * x) * 3
        red, green, blue = data[place : place + 3]
        return red / 255, green / 255, blue / 255

    return tuple(at(x, y) for x, y in ((0.12, 0.12), (0.88, 0.12), (0.88, 0.88), (0.12, 0.88))), at(0.5, 0.5)


def _rgb(frame: Any) -> Any:
    """By the tags that a browser goes by."""
    graph = av.filter.Graph()
    shape = f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/25:pixel_aspect=1/1"
    source = graph.add("buffer", f"{shape}:colorspace={int(frame.colorspace)}:range={int(frame.color_range)}")
    sink = graph.add("buffersink")
    graph.link_nodes(source, graph.add("scale", "flags=accurate_rnd"), graph.add("format", "rgb24"), sink).configure()
    graph.push(frame)
    return sink.pull()


def loudness(path: Path) -> float:
    """Integrated loudness in LUFS (EBU R 128) as ffmpeg's meter has it."""
    graph = av.filter.Graph()
    loud = SILENT
    with av.open(str(path)) as film:
        stream = film.streams.audio[0]
        source = graph.add_abuffer(template=stream)
        sink = graph.add("abuffersink")
        graph.link_nodes(source, graph.add("ebur128", "metadata=1:framelog=quiet"), sink).configure()
        for frame in [*film.decode(stream), None]:
            graph.push(frame)
            while True:
                try:
                    loud = float(sink.pull().metadata.get("lavfi.r128.I", loud))
                except (av.error.BlockingIOError, av.error.EOFError):
                    break
    return loud


def alike(one: Sequence[Colour], other: Sequence[Colour], most: float = CLOSE) -> bool:
    return all(abs(a - b) <= most for left, right in zip(one, other, strict=True) for a, b in zip(left, right, strict=True))


def boxes(path: Path) -> list[str]:
    """Names of the outermost boxes of an MP4 in order."""
    data, at, names = path.read_bytes(), 0, []
    while at < len(data):
        names.append(data[at + 4 : at + 8].decode())
        at += int.from_bytes(data[at : at + 4], "big")
    return names

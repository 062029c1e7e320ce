"""Stills of a rendition (in the child): a good moment, or one that somebody chose, as WebP and as JPEG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av

from media.video.container import READERS
from media.video.model import Refused
from media.video.sound import pulled

# Where to look, as parts of the film: neither its first picture nor its last ones, which are often black or titles.
MOMENTS = (0.25, 0.33, 0.15, 0.42, 0.5, 0.58, 0.67, 0.08)
GOOD_ENOUGH = 45.0
WIDEST = 1280
SMALL = (64, 36)


def posters(rendition: Path, folder: Path, at: float | None) -> dict[str, Any]:
    """{"posters": [[path, content type, width, height], ...], "at": seconds}; at None: a moment that shows something."""
    try:
        with av.open(f"file:{rendition}", format=READERS["mov"], container_options={"protocol_whitelist": "file"}) as film:
            picture = film.streams.video[0]
            frame = _best(film, picture) if at is None else _at(film, picture, at)
            if frame is None:
                raise Refused("film_damaged")
            return {"posters": [_webp(frame, folder), _jpeg(frame, folder)], "at": round(float(frame.time), 3)}
    except (av.FFmpegError, LookupError, ValueError):
        raise Refused("film_damaged") from None


def _best(film: Any, picture: Any) -> Any | None:
    seconds = float((picture.duration or 0) * picture.time_base)
    best: tuple[float, Any] | None = None
    for part in MOMENTS:
        frame = _at(film, picture, part * seconds)
        if frame is None:
            continue
        good = _interest(frame)
        if best is None or good > best[0]:
            best = good, frame
        if good >= GOOD_ENOUGH:
            break
    return best[1] if best else None


def _at(film: Any, picture: Any, at: float) -> Any | None:
    """The first picture at or after `at` seconds, else the last one before."""
    film.seek(int(max(0.0, at) / picture.time_base), stream=picture)
    last = None
    for frame in film.decode(picture):
        last = frame
        if frame.time >= at - 0.001:
            break
    return last


def _interest(frame: Any) -> float:
    """How much there is to see: the spread of brightness, less when it is dark or glaring as a whole."""
    plane = frame.reformat(*SMALL, format="gray").planes[0]
    data, line = bytes(plane), plane.line_size
    values = [data[row * line + column] for row in range(SMALL[1]) for column in range(SMALL[0])]
    mean = sum(values) / len(values)
    spread = (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5
    return float(spread * min(1.0, mean / 60, (255 - mean) / 40))


def _size(frame: Any) -> tuple[int, int]:
    scale = min(1.0, WIDEST / max(frame.width, frame.height))
    return round(frame.width * scale / 2) * 2, round(frame.height * scale / 2) * 2


def _webp(frame: Any, folder: Path) -> list[Any]:
    """libwebp takes RGB and knows itself what a WebP's colours are."""
    return _written(frame, folder / "poster.webp", "image/webp", "libwebp", "bgra", {"quality": "78", "compression_level": "4"})


def _jpeg(frame: Any, folder: Path) -> list[Any]:
    """JFIF is BT.601, full range, whatever the film was."""
    return _written(frame, folder / "poster.jpg", "image/jpeg", "mjpeg", "yuvj420p", {"qmin": "3", "qmax": "3"})


def _written(frame: Any, path: Path, content_type: str, codec: str, pix_fmt: str, options: dict[str, str]) -> list[Any]:
    width, height = _size(frame)
    graph = av.filter.Graph()
    source = graph.add(
        "buffer",
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base={frame.time_base}"
        f":pixel_aspect=1/1:colorspace={int(frame.colorspace)}:range={int(frame.color_range)}",
    )
    scale = graph.add("scale", f"{width}:{height}:flags=bicubic:out_color_matrix=bt601:out_range=pc")
    sink = graph.add("buffersink")
    graph.link_nodes(source, scale, graph.add("format", pix_fmt), sink).configure()
    graph.push(frame)
    graph.push(None)
    still = next(pulled(sink.pull))
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, pix_fmt, frame.time_base
    encoder.options = options
    still.pict_type = 0
    packets = [*encoder.encode(still), *encoder.encode(None)]
    path.write_bytes(b"".join(map(bytes, packets)))
    return [str(path), content_type, width, height]

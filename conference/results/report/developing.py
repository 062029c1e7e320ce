"""Makes a photo for the report out of what somebody brought, in a process of its own: `python -I developing.py FILE FOLDER`.

Writes one line of JSON: {"width", "height"} of FOLDER/photo.jpg, or {"refused": code}. Only the picture itself crosses over,
upright and not larger than a page needs; what cameras write beside it (place, time, device, a small second picture, colour
profiles) stays behind. It imports nothing of the platform, so that it can do nothing but this. PyAV reads and writes: it is there
for films already.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

LONGEST_SIDE = 2000
SHORTEST_SIDE = 200
MOST_PIXELS = 120_000_000
MOST_BYTES = 900 * 1024
QUALITIES = (3, 5, 8, 12)  # of the quantiser; smaller is finer
SECONDS = 20
MEMORY = 3 * 1024**3
WRITTEN = 16 * 1024**2
APP0, SOS = 0xE0, 0xDA
PICTURE_MARKERS = frozenset({APP0, 0xC0, 0xC4, SOS, 0xDB, 0xDD})  # JFIF, SOF0, DHT, SOS, DQT, DRI
BETWEEN = re.compile(rb"\xff[^\x00\xd0-\xd7]")
# Which way the camera was held (degrees, anticlockwise) -> what turns the picture upright. No camera writes mirrored pictures.
TURNS = {90: ["transpose=cclock"], -90: ["transpose=clock"], 180: ["hflip", "vflip"], -180: ["hflip", "vflip"]}


class Refused(Exception):
    """The file cannot be taken; the first argument is the code."""


def reader_of(head: bytes) -> str:
    """The decoder, by the first bytes, whatever the file's name says. Raises Refused."""
    if head[:3] == b"\xff\xd8\xff":
        return "mjpeg"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    raise Refused("photo_type")


def develop(file: Path, folder: Path) -> dict[str, Any]:
    """{"width", "height"} of the picture written as FOLDER/photo.jpg. Raises Refused."""
    import av

    av.logging.set_level(None)
    data = file.read_bytes()
    reader = reader_of(data[:16])
    limit()
    try:
        frame = _decoded(reader, data)
        if min(frame.width, frame.height) < SHORTEST_SIDE:
            raise Refused("photo_small")
        if is_finished(data, frame):
            (folder / "photo.jpg").write_bytes(data)
            return {"width": frame.width, "height": frame.height}
        picture = _upright(frame)
        for quality in QUALITIES:
            written = _jpeg(picture, quality)
            if len(written) <= MOST_BYTES:
                break
    except (av.FFmpegError, ValueError, OSError, StopIteration, MemoryError):
        raise Refused("photo_damaged") from None
    (folder / "photo.jpg").write_bytes(written)
    return {"width": picture.width, "height": picture.height}


def is_finished(data: bytes, frame: Any) -> bool:
    """Whether this is a picture as it would be written here, which loses nothing by being kept as it is: small, upright,
    baseline, and between its markers (ITU-T T.81, B.1.1.3) nothing but the picture."""
    if len(data) > MOST_BYTES or max(frame.width, frame.height) > LONGEST_SIDE or frame.format.name != "yuvj420p":
        return False
    at = 2
    while data[at : at + 1] == b"\xff" and at + 4 <= len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker not in PICTURE_MARKERS or (marker == APP0 and data[at + 4 : at + 9] != b"JFIF\0") or length > 1024:
            return False
        at += 2 + length
        if marker == SOS:
            return BETWEEN.findall(data, at) == [b"\xff\xd9"] and data.endswith(b"\xff\xd9")
    return False


def _decoded(reader: str, data: bytes) -> Any:
    """The one picture. No container is opened, so nothing in the file can name another one."""
    import av

    decoder: Any = av.CodecContext.create(reader, "r")
    decoder.options = {"max_pixels": str(MOST_PIXELS), "err_detect": "explode"}
    return next(iter([*decoder.decode(av.Packet(data)), *decoder.decode(None)]))


def _upright(frame: Any) -> Any:
    """The picture upright, on white, at most LONGEST_SIDE long, as a fresh frame that holds samples and nothing else."""
    import av

    turn = TURNS.get(round(frame.rotation), [])
    scale = min(1.0, LONGEST_SIDE / max(frame.width, frame.height))
    width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
    graph: Any = av.filter.Graph()
    last = graph.add(
        "buffer",
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/1:pixel_aspect=1/1"
        f":colorspace={int(frame.colorspace)}:range={int(frame.color_range)}",
    )
    if frame.format.name in ("rgba", "rgba64be", "ya8", "ya16be", "pal8", "yuva420p", "bgra", "argb"):
        last = _on_white(graph, last, frame.width, frame.height)
    # JFIF is BT.601 with the full range.
    steps = [f"scale={width}:{height}:flags=lanczos:out_color_matrix=bt601:out_range=pc", *turn, "format=yuvj420p", "buffersink"]
    for step in steps:
        name, _, options = step.partition("=")
        following = graph.add(name, options) if options else graph.add(name)
        last.link_to(following)
        last = following
    graph.configure()
    frame.pts, frame.time_base = 0, Fraction(1, 1)
    graph.push(frame)
    graph.push(None)
    drawn = last.pull()
    plain = av.VideoFrame(drawn.width, drawn.height, "yuvj420p")
    for source, target in zip(drawn.planes, plain.planes, strict=True):
        _copy(source, target)
    return plain


def _on_white(graph: Any, picture: Any, width: int, height: int) -> Any:
    """What shines through a picture is the paper."""
    paper = graph.add("color", f"c=white:s={width}x{height}:r=1:d=1")
    opaque, over = graph.add("format", "rgba"), graph.add("overlay", "format=rgb:shortest=1:alpha=straight")
    picture.link_to(opaque)
    paper.link_to(over, 0, 0)
    opaque.link_to(over, 0, 1)
    return over


def _copy(source: Any, target: Any) -> None:
    """A plane's lines, which may be padded to different lengths."""
    data, line, wanted = bytes(source), source.line_size, target.line_size
    rows = (data[row * line : row * line + target.width].ljust(wanted, b"\0") for row in range(target.height))
    target.update(b"".join(rows))


def _jpeg(picture: Any, quality: int) -> bytes:
    import av

    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = picture.width, picture.height, "yuvj420p", Fraction(1, 1)
    encoder.options = {"qmin": str(quality), "qmax": str(quality), "huffman": "optimal", "flags": "+bitexact"}
    picture.pts, picture.time_base = 0, Fraction(1, 1)
    return b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode(None)])


def limit() -> None:
    """After the imports: memory, time and what may be written by this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN, WRITTEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(file: str, folder: str) -> None:
    """Make the photo and say what came of it."""
    try:
        said = develop(Path(file), Path(folder))
    except Refused as refused:
        said = {"refused": refused.args[0]}
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

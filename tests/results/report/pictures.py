"""Pictures as people bring them: made with PyAV, with what cameras write beside them put in by hand."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from typing import Any

import av

BLUE, ORANGE = (41, 240, 110), (150, 60, 180)
"""Y, Cb, Cr of the upper left corner, and of the rest."""


def picture(width: int = 640, height: int = 360, pix_fmt: str = "yuvj420p") -> Any:
    """Orange, with a blue upper left quarter."""
    frame = av.VideoFrame(width, height, "yuvj420p")
    for number, plane in enumerate(frame.planes):
        rows = []
        for row in range(plane.height):
            corner = bytes([BLUE[number]]) * (plane.width // 2) if row < plane.height // 2 else b""
            rows.append((corner + bytes([ORANGE[number]]) * (plane.width - len(corner))).ljust(plane.line_size, b"\0"))
        plane.update(b"".join(rows))
    frame.pts, frame.time_base = 0, Fraction(1, 1)
    return frame if pix_fmt == "yuvj420p" else frame.reformat(format=pix_fmt)


def encoded(codec: str, frame: Any) -> bytes:
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, frame.format.name
    encoder.time_base = Fraction(1, 1)
    frame.pts, frame.time_base = 0, Fraction(1, 1)
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


def jpeg(width: int = 640, height: int = 360) -> bytes:
    return encoded("mjpeg", picture(width, height))


def png(width: int = 640, height: int = 360) -> bytes:
    return encoded("png", picture(width, height, "rgb24"))


def webp(width: int = 640, height: int = 360) -> bytes:
    return encoded("libwebp", picture(width, height, "yuv420p"))


def with_exif(data: bytes, turned: int = 1) -> bytes:
    """A JPEG as a telephone writes it (Exif 2.32): orientation, maker, and where it was taken."""
    maker = b"SecretCamera\0"
    entries = 3
    after = 8 + 2 + entries * 12 + 4
    gps = struct.pack("<H", 1) + struct.pack("<HHI4s", 1, 2, 2, b"N\0\0\0") + struct.pack("<I", 0)
    ifd = struct.pack("<H", entries)
    ifd += struct.pack("<HHII", 0x010F, 2, len(maker), after + len(gps))
    ifd += struct.pack("<HHIHH", 0x0112, 3, 1, turned, 0)
    ifd += struct.pack("<HHII", 0x8825, 4, 1, after) + struct.pack("<I", 0)
    tiff = b"II*\0" + struct.pack("<I", 8) + ifd + gps + maker
    body = b"Exif\0\0" + tiff
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


def png_of(width: int, height: int, colour: int = 6, pixels: bytes = b"") -> bytes:
    """A PNG (ISO/IEC 15948) that says it has this size, whatever is in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def clear_png(width: int, height: int) -> bytes:
    """Black, and wholly transparent."""
    return png_of(width, height, pixels=(b"\0" + b"\0\0\0\0" * width) * height)


def seen(data: bytes) -> tuple[int, int, tuple[int, int, int, int]]:
    """Width, height, and the brightness in the middle of each quarter: upper left, upper right, lower left, lower right."""
    frame = av.CodecContext.create("mjpeg", "r").decode(av.Packet(data))[0]  # type: ignore[attr-defined]
    plane = frame.planes[0]
    luma, line = bytes(plane), plane.line_size
    places = [(x, y) for y in (frame.height // 4, frame.height * 3 // 4) for x in (frame.width // 4, frame.width * 3 // 4)]
    quarters = [luma[y * line + x] for x, y in places]
    return frame.width, frame.height, (quarters[0], quarters[1], quarters[2], quarters[3])

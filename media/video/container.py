"""What a file is by its first bytes, and whether all of it has arrived. Reads headers only."""

from __future__ import annotations

from typing import BinaryIO

# Names of ffmpeg's readers by kind; no other is ever asked, so a playlist stays the text that it is.
READERS = {"mov": "mov", "matroska": "matroska", "avi": "avi"}
MOV_BOXES = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
# Pictures and sounds that come in the same boxes.
NO_FILMS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif", b"crx ", b"M4A ", b"M4B ", b"jpx ", b"jp2 "})
MOST_BOXES = 100_000
UNKNOWN = -1


def kind_of(head: bytes) -> str | None:
    """mov (MP4, MOV, 3GP), matroska (WebM) or avi by the first 64 bytes."""
    box = head[4:8]
    if box == b"ftyp":
        return None if head[8:12] in NO_FILMS else "mov"
    if box in MOV_BOXES:
        return "mov"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska" if b"matroska" in head or b"webm" in head else None
    return "avi" if head[:4] == b"RIFF" and head[8:12] == b"AVI " else None


def whole(file: BinaryIO, kind: str, size: int) -> bool:
    """Whether a file of `size` bytes holds what its outermost elements promise."""
    return {"mov": _whole_mov, "matroska": _whole_matroska, "avi": _whole_avi}[kind](file, size)


def _whole_mov(file: BinaryIO, size: int) -> bool:
    """All boxes end within the file and one of them is the index (ISO/IEC 14496-12, 4.2). What some phones append without being
    a box ends the walk."""
    at, index = 0, False
    for _ in range(MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return index
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0:
            length = size - at
        if length < 8 or not all(0x20 <= letter < 0x7F or letter == 0xA9 for letter in name):
            return index
        if at + length > size:
            return False
        index = index or name == b"moov"
        at += length
    return False


def _whole_matroska(file: BinaryIO, size: int) -> bool:
    """The segment ends within the file, or says that it does not know where (RFC 8794, 6; RFC 9559, 4)."""
    file.seek(4)
    length, begins = _vint(file.read(8))
    file.seek(4 + begins + length)
    if file.read(4) != b"\x18\x53\x80\x67":
        return False
    at = 4 + begins + length + 4
    length, begins = _vint(file.read(8))
    return length == UNKNOWN or at + begins + length <= size


def _vint(data: bytes) -> tuple[int, int]:
    """(value, bytes of it): an element's size (RFC 8794, 4)."""
    if not data or not data[0]:
        return 0, 1
    count = 9 - data[0].bit_length()
    value = int.from_bytes(data[:count], "big") & ((1 << 7 * count) - 1)
    return (UNKNOWN if value == (1 << 7 * count) - 1 else value), count


def _whole_avi(file: BinaryIO, size: int) -> bool:
    file.seek(4)
    return int.from_bytes(file.read(4), "little") + 8 <= size

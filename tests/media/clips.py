"""Clips of bytes that nobody decodes: the first bit of each VP8 frame is true, the rest is noise."""

from __future__ import annotations

from media.clip import Clip, Frame


def video(seconds: float = 2.0, rate: int = 25, every: int = 25, size: int = 2500) -> Clip:
    """A keyframe every `every` frames; frames of `size` bytes (three packets)."""
    frames = []
    for index in range(round(seconds * rate)):
        keyframe = index % every == 0
        frames.append(Frame(index / rate, bytes([0 if keyframe else 1]) + bytes(size - 1), keyframe))
    return Clip(tuple(frames), seconds)


def audio(seconds: float = 2.0, level: int = 30) -> Clip:
    """20 ms packets (CELT, fullband) of one loudness."""
    count = round(seconds * 50)
    return Clip(tuple(Frame(index / 50, b"\xfc" + bytes(60), level=level) for index in range(count)), seconds)

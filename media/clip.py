"""A clip that is sent without encoding anything: VP8 frames and Opus packets out of a file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import av

from media.rtp import opus
from media.rtp.vp8 import is_keyframe


@dataclass(frozen=True, slots=True)
class Frame:
    """One VP8 frame or Opus packet. time: seconds from the start; level: RFC 6464 (audio only, 0 loudest)."""

    time: float
    data: bytes
    keyframe: bool = False
    level: int = 127


@dataclass(frozen=True, slots=True)
class Clip:
    """frames in order of time; `length` in seconds, after which the clip begins again."""

    frames: tuple[Frame, ...]
    length: float


def read_video(path: str) -> Clip:
    """VP8 in IVF or WebM. Raises OSError (no such file) and ValueError (no VP8, no keyframe at the start)."""
    with av.open(path) as container:
        if not container.streams.video or container.streams.video[0].codec_context.name != "vp8":
            raise ValueError(f"{path}: no VP8 video")
        stream = container.streams.video[0]
        frames = [
            Frame(float(packet.pts * packet.time_base), bytes(packet), is_keyframe(bytes(packet)))
            for packet in container.demux(stream)
            if packet.size and packet.pts is not None and packet.time_base is not None
        ]
    if not frames or not frames[0].keyframe:
        raise ValueError(f"{path}: does not begin with a keyframe")
    steps = [after.time - before.time for before, after in pairwise(frames)]
    usual = sorted(steps)[len(steps) // 2] if steps else 1 / 25
    return Clip(tuple(frames), frames[-1].time - frames[0].time + usual)


def read_audio(path: str) -> Clip:
    """Opus in Ogg or WebM, with the true level of each packet. Raises OSError and ValueError (no Opus)."""
    with av.open(path) as container:
        if not container.streams.audio or not container.streams.audio[0].codec_context.name.endswith("opus"):
            raise ValueError(f"{path}: no Opus audio")
        stream = container.streams.audio[0]
        frames, time = [], 0.0
        for packet in container.demux(stream):
            data = bytes(packet)
            samples = opus.duration(data)
            if not samples:
                continue
            frames.append(Frame(time, data, level=_level(packet)))
            time += samples / opus.CLOCK
    if not frames:
        raise ValueError(f"{path}: empty")
    return Clip(tuple(frames), time)


def _level(packet: Any) -> int:
    """Root mean square of the decoded packet in -dBov (RFC 6464 section 3, RFC 6465 appendix)."""
    total, count = 0.0, 0
    for frame in packet.decode():
        samples = memoryview(bytes(frame.planes[0])).cast("f")
        total += sum(sample * sample for sample in samples)
        count += len(samples)
    if not count or total <= 0:
        return 127
    return max(0, min(127, round(-10 * math.log10(total / count))))

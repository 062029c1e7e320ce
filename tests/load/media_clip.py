"""What the load publishes: a moving picture in real VP8 at about 600 kbit/s and a voice-like tone in Opus, made once per run."""

from __future__ import annotations

import math
import random
import struct
from pathlib import Path
from typing import Any

import av

WIDTH, HEIGHT, RATE = 640, 360, 25
SECONDS = 4
VIDEO_BITRATE, AUDIO_BITRATE = 600_000, 32_000
_MARGIN = 160


def write(path: Path) -> Path:
    """A WebM file: one keyframe at the start, `SECONDS` long."""
    with av.open(str(path), "w", format="webm") as container:
        video: Any = container.add_stream("libvpx", rate=RATE)
        video.width, video.height, video.pix_fmt, video.bit_rate = WIDTH, HEIGHT, "yuv420p", VIDEO_BITRATE
        video.options = {
            "deadline": "realtime", "cpu-used": "8", "g": "1000", "keyint_min": "1000", "lag-in-frames": "0",
            "error-resilient": "1", "minrate": str(VIDEO_BITRATE), "maxrate": str(VIDEO_BITRATE), "bufsize": "600000",
        }  # fmt: skip
        audio: Any = container.add_stream("libopus", rate=48_000)
        audio.bit_rate, audio.layout, audio.format = AUDIO_BITRATE, "mono", "s16"
        audio.options = {"frame_duration": "20", "vbr": "off"}
        for frame in _pictures():
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for frame in _sounds():
            container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    return path


def _pictures() -> Any:
    """A coarse random texture that drifts, with a little fresh noise, so that there is always something to encode."""
    dice = random.Random(7)
    wide = WIDTH + _MARGIN
    rows = []
    for block in range((HEIGHT + _MARGIN) // 8):
        line = b"".join(bytes([dice.randrange(40, 220)]) * 16 for _ in range(wide // 16))
        rows += [bytes(min(255, value + (block * 3 + number) % 8) for value in line) for number in range(8)]
    for number in range(SECONDS * RATE):
        frame: Any = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        right, down = (number * 3) % _MARGIN, (number * 2) % _MARGIN
        stride = frame.planes[0].line_size
        picture = bytearray(stride * HEIGHT)
        for y in range(HEIGHT):
            picture[y * stride : y * stride + WIDTH] = rows[y + down][right : right + WIDTH]
        for _ in range(250):
            at = dice.randrange(HEIGHT) * stride + dice.randrange(WIDTH - 8)
            picture[at : at + 8] = dice.randbytes(8)
        frame.planes[0].update(bytes(picture))
        for plane in frame.planes[1:]:
            plane.update(bytes([128]) * plane.buffer_size)
        frame.pts = number
        yield frame


def _sounds() -> Any:
    """A tone with overtones that sways: about -20 dBov."""
    block = 960
    for number in range(SECONDS * 48_000 // block):
        samples = []
        for index in range(number * block, (number + 1) * block):
            time = index / 48_000
            swell = 4000 + 1500 * math.sin(2 * math.pi * 3 * time)
            samples.append(round(swell * (math.sin(2 * math.pi * 190 * time) + 0.4 * math.sin(2 * math.pi * 570 * time))))
        frame: Any = av.AudioFrame("s16", "mono", block)
        frame.planes[0].update(struct.pack(f"<{block}h", *samples))
        frame.sample_rate, frame.pts = 48_000, number * block
        yield frame

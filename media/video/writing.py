"""Renditions being written (in the child): pictures are encoded while they come, each rendition in a thread of its own; the sound
comes as a whole, as soon as its loudness is known."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from media.video.plan import Plan, quality
from media.video.sound import RATE

PRESET = "veryfast"
KEYFRAMES_EVERY = 2
# ITU-T H.273: matrix of what we write; its primaries and transfer are BT.709's: recordings that use the matrix of standard
# definition come from web cameras and screens, whose colours are those.
MATRICES = {"bt709": 1, "smpte170m": 6, "bt470bg": 5}
BT709, LIMITED = 1, 1
# Pictures that wait for their encoder.
MOST_WAITING = 4


class Writer:
    """One rendition: H.264 High with closed groups of pictures, AAC-LC, and nothing that was known about the source.

    What is encoded waits in memory until the sound is there (`heard`): only then is it known whether the file has any.
    """

    def __init__(self, path: Path, size: tuple[int, int], plan: Plan, threads: int) -> None:
        flags = {"movflags": "+faststart", "fflags": "+bitexact"}
        self.file = av.open(f"file:{path}", "w", format="mp4", container_options=flags)
        crf, most = quality(*size)
        every = max(1, round(plan.rate * KEYFRAMES_EVERY))
        stream = self.file.add_stream("libx264", rate=plan.rate)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = *size, "yuv420p"
        context.time_base = Fraction(1) / plan.rate
        context.thread_count = threads
        context.thread_type = "AUTO"  # PyAV presets slices, which wait for each other at every picture
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
        self.lock = threading.Lock()
        self.waiting: list[Any] | None = []
        self.sounds: list[Any] = []

    def sound(self, rate: int) -> Any:
        """A stream for the sound at `rate` bits per second; its packets are handed to `heard`."""
        stream = self.file.add_stream("aac", rate=RATE, layout="stereo")
        stream.codec_context.bit_rate = rate
        return stream

    def show(self, frame: Any | None) -> None:
        """The next picture, at last None."""
        if frame is not None:
            # The encoder chooses its keyframes itself.
            frame.pict_type = 0
        packets = self.picture.encode(frame)
        with self.lock:
            if self.waiting is None:
                self._write(packets)
            else:
                self.waiting += packets

    def heard(self, packets: Sequence[Any]) -> None:
        """All of the sound, or that there is none."""
        with self.lock:
            self.sounds = list(reversed(packets))
            waiting, self.waiting = self.waiting or [], None
            self._write(waiting)

    def _write(self, packets: Sequence[Any]) -> None:
        """Pictures, and before each the sound that belongs there: who plays the file needs both at once."""
        for packet in packets:
            at = packet.dts * packet.time_base
            while self.sounds and self.sounds[-1].dts * self.sounds[-1].time_base <= at:
                self.file.mux(self.sounds.pop())
            self.file.mux(packet)

    def finish(self) -> None:
        """Once pictures and sound have both come to their end."""
        while self.sounds:
            self.file.mux(self.sounds.pop())

    def close(self) -> None:
        self.file.close()


class Line:
    """A writer's own thread, and the few pictures that wait before it. Used as a context: whoever leaves it has waited for the
    thread, and hears what went wrong in it."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.pictures: queue.Queue[Any] = queue.Queue(MOST_WAITING)
        self.fault: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Line:
        self.thread.start()
        return self

    def show(self, frame: Any) -> None:
        if self.fault is not None:
            raise self.fault
        self.pictures.put(frame)

    def __exit__(self, *error: object) -> None:
        self.pictures.put(None)
        self.thread.join()
        if self.fault is not None and error[0] is None:
            raise self.fault

    def _run(self) -> None:
        frame: Any = self
        try:
            while frame is not None:
                frame = self.pictures.get()
                self.writer.show(frame)
        except BaseException as fault:
            self.fault = fault
            # Whoever feeds the line must not wait for one that stands still.
            while frame is not None:
                frame = self.pictures.get()

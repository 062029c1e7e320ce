"""Makes the renditions of a film (in the child): decoded once, filtered once, encoded twice at the same time. Raises Refused."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from media.video.decoding import Decoded
from media.video.model import Refused
from media.video.pictures import Pictures
from media.video.plan import Found, plan_of
from media.video.soundtrack import Soundtrack
from media.video.writing import Line, Writer

MOST_THREADS = 4
LEAST_SHOWN = 0.8

Told = Callable[[float], None]


def transcode(source: Path, folder: Path, found: Found, tell: Told) -> dict[str, Any]:
    """{"renditions": [[path, width, height], ...], "seconds", "sound"} written into `folder`."""
    plan = plan_of(found)
    paths = [folder / f"{min(size)}.mp4" for size in plan.sizes]
    threads = min(MOST_THREADS, len(os.sched_getaffinity(0)))
    # x264 keeps all cores busy only with some threads more than there are cores, as it says itself.
    encoding = threads + threads // 2
    stop = threading.Event()
    with ExitStack() as closing:
        writers = []
        for path, size in zip(paths, plan.sizes, strict=True):
            writers.append(Writer(path, size, plan, encoding))
            closing.callback(writers[-1].close)
        with Soundtrack(source, found, writers, stop) as sound:
            seen = Decoded(source, found, found.picture, threads, stop)
            try:
                seconds = _passage(seen, Pictures(plan, found, folder, threads), writers, found, tell)
            except BaseException:
                stop.set()
                raise
        for writer in writers:
            writer.finish()
    return {
        "renditions": [[str(path), *size] for path, size in zip(paths, plan.sizes, strict=True)],
        "seconds": round(seconds, 3),
        "sound": sound.heard,
    }


def _passage(seen: Decoded, pictures: Pictures, writers: list[Writer], found: Found, tell: Told) -> float:
    """All pictures once, from the film to the writers. Seconds of what was shown; Refused when too much of it did not decode."""
    seconds = 0.0
    length = float(1 / pictures.plan.rate)
    with ExitStack() as lines:
        ways = [lines.enter_context(Line(writer)) for writer in writers]
        for best, *others in pictures.through(seen.frames()):
            for way, frame in zip(ways, (best, *others), strict=True):
                way.show(frame)
            seconds = max(seconds, float(best.time) + length)
            tell(min(1.0, seconds / found.seconds))
    if not seen.stop.is_set() and (seen.broken() or seconds < LEAST_SHOWN * found.shown):
        raise Refused("film_damaged")
    return seconds

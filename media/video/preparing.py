"""`prepare` and `posters`: a child process for each step, watched, and cleared away with all that it wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from media.video.model import Broken, Limits, Picture, Prepared


async def prepare(source: Path, workdir: Path, limits: Limits, told: Callable[[str, float], None]) -> Prepared:
    """Look at a film and make its renditions, posters and captions.

    source: the file, whatever its name; workdir: an existing folder on a disk with room (three times the source is plenty), in
    which a new folder appears that holds the results; it is gone again after any failure. told(stage, 0..1): called in the event
    loop, at most some times a second; stages in order: "probe", "transcode", "poster". Raises Refused (the film's fault) or
    Broken (ours); cancelling kills the child and clears away.
    """
    raise Broken(f"not built yet: {source.name}, {workdir.name}, {limits}, {told}")


async def posters(rendition: Path, at: float, workdir: Path) -> list[Picture]:
    """The stills [WebP, JPEG] of a rendition made by `prepare`, `at` seconds into it (the nearest picture), in a new folder of
    workdir. Raises Refused("film_damaged") when it is none, Broken like `prepare`."""
    raise Broken(f"not built yet: {rendition.name}, {at}, {workdir.name}")

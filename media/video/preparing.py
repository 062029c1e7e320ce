"""`prepare` and `posters`: a child process for each step, watched, and cleared away with all that it wrote."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from media.video.model import Limits, Picture, Prepared, Refused, Rendition, Track
from media.video.running import Budget, MiB, run

# A film that needs more than this to be looked at is refused; a machine that is too busy for it is not the film's fault.
PROBE = Budget(resident=256 * MiB, room=184 * MiB, cpu=8, wall=40)
POSTER = Budget(resident=512 * MiB, room=768 * MiB, cpu=60, wall=300)
MEMORY, ROOM = 1024 * MiB, 1536 * MiB
# CPU seconds for a second of film: 4K HEVC with a tone map needs some 6 on a slow core.
CPU_BASE, CPU_PER_SECOND, WALL_FACTOR = 60, 40, 2


async def prepare(source: Path, workdir: Path, limits: Limits, told: Callable[[str, float], None]) -> Prepared:
    """Look at a film and make its renditions, posters and captions.

    source: the file, whatever its name; workdir: an existing folder on a disk with room (three times the source is plenty), in
    which a new folder appears that holds the results; it is gone again after any failure. told(stage, 0..1): called in the event
    loop, at most some times a second; stages in order: "probe", "transcode", "poster". Raises Refused (the film's fault) or
    Broken (ours); cancelling kills the child and clears away.
    """
    job = {"source": str(source)}
    told("probe", 0.0)
    looked = await look(source, limits, lambda part: told("probe", part))
    async with _folder(workdir) as folder:
        told("transcode", 0.0)
        cpu = CPU_BASE + round(CPU_PER_SECOND * looked["found"]["seconds"])
        made = await run(
            {**job, "do": "transcode", "folder": str(folder), "found": looked["found"]},
            Budget(MEMORY, ROOM, cpu, WALL_FACTOR * cpu),
            lambda part: told("transcode", part),
        )
        renditions = [await asyncio.to_thread(_rendition, *row) for row in made["renditions"]]
        told("poster", 0.0)
        stills, at = await _stills(renditions[0].path, None, folder)
    return Prepared(
        renditions=renditions,
        posters=stills,
        captions=[Track(language, text) for language, text in looked["captions"]],
        seconds=made["seconds"],
        sound=made["sound"],
        poster_at=at,
    )


async def posters(rendition: Path, at: float, workdir: Path) -> list[Picture]:
    """The stills [WebP, JPEG] of a rendition made by `prepare`, `at` seconds into it (the nearest picture), in a new folder of
    workdir. Raises Refused("film_damaged") when it is none, Broken like `prepare`."""
    async with _folder(workdir) as folder:
        stills, _ = await _stills(rendition, at, folder)
    return stills


async def look(source: Path, limits: Limits, told: Callable[[float], None]) -> dict[str, Any]:
    """What the probe says of a film: "found", "captions", "peak". A film of allowed size that is too heavy to be looked
    at is no sound one: damaged."""
    job = {"do": "probe", "source": str(source), "limits": asdict(limits)}
    try:
        return await run(job, PROBE, told)
    except Refused as refused:
        if refused.code == "film_too_heavy":
            raise Refused("film_damaged") from None
        raise


async def _stills(rendition: Path, at: float | None, folder: Path) -> tuple[list[Picture], float]:
    done = await run({"do": "posters", "source": str(rendition), "folder": str(folder), "at": at}, POSTER, lambda _: None)
    return [Picture(Path(path), *rest) for path, *rest in done["posters"]], done["at"]


def _rendition(path: str, width: int, height: int) -> Rendition:
    return Rendition(Path(path), width, height, Path(path).stat().st_size)


@asynccontextmanager
async def _folder(workdir: Path) -> AsyncIterator[Path]:
    """A new folder, which stays only when all went well."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="film-", dir=workdir))
    try:
        yield folder
    except BaseException:
        # Not in a thread: this must happen, also while being cancelled.
        shutil.rmtree(folder, ignore_errors=True)
        raise

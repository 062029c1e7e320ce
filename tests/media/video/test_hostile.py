"""A hundred files that nobody should open: refused with the right code, soon, in little memory; nothing stays behind."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from media.video import Limits, Refused, prepare
from media.video.preparing import PROBE
from media.video.running import MiB, asked
from tests.media.browsers.length import in_soak
from tests.media.video.hostile import Hostile, all_hostile
from tests.media.video.seeing import seen

SOON = 10.0
MOST = 256 * MiB
SAMPLE = [
    *(
        "playlist",
        "concat script",
        "empty",
        "page before film",
        "archive before film",
        "film before archive",
        "bomb",
        "bomb that lies",
    ),
    *("mp4 cut at 50 %", "faststart cut at 90 %", "webm cut at 70 %", "avi cut at 30 %", "four thousand million pictures"),
    *("sound alone", "too small", "mutation 0", "mutation 1"),
]


async def look(hostile: Hostile) -> str | None:
    """The code of the refusal; within its time and memory."""
    job = {"do": "probe", "source": str(hostile.path), "limits": asdict(Limits())}
    began = time.monotonic()
    said = await asked(job, PROBE, lambda _: None)
    assert time.monotonic() - began < SOON, hostile.name
    assert said.get("peak", 0) < MOST, hostile.name
    assert "broken" not in said, (hostile.name, said)
    code = said.get("refused")
    assert code is None or isinstance(code, str)
    return code


async def judge_all(files: list[Hostile], folder: Path) -> None:
    """Two at a time."""
    for place in range(0, len(files), 2):
        await asyncio.gather(*(judge(hostile, folder / hostile.path.stem) for hostile in files[place : place + 2]))


async def judge(hostile: Hostile, workdir: Path) -> None:
    code = await look(hostile)
    assert (code in hostile.codes) if hostile.codes else True, (hostile.name, code, hostile.codes)
    if code is None:
        await card_or_nothing(hostile, workdir)


async def card_or_nothing(hostile: Hostile, workdir: Path) -> None:
    """What passes the look becomes a sound film that carries nothing of its source, or is refused after all."""
    workdir.mkdir(exist_ok=True)
    try:
        made = await prepare(hostile.path, workdir, Limits(), lambda *_: None)
    except Refused:
        assert list(workdir.iterdir()) == [], hostile.name
        return
    for rendition in made.renditions:
        shown = await asyncio.to_thread(seen, rendition.path)
        assert shown.seconds == pytest.approx(made.seconds, abs=0.1), hostile.name
        assert b"payload.html" not in await asyncio.to_thread(rendition.path.read_bytes), hostile.name


async def test_bad_films_are_refused(films: Path, tmp_path: Path) -> None:
    files = await asyncio.to_thread(lambda: [hostile for hostile in all_hostile(films) if hostile.name in SAMPLE])
    assert len(files) == len(SAMPLE)
    await judge_all(files, tmp_path)


@in_soak
async def test_all_hundred_are_refused(films: Path, tmp_path: Path) -> None:
    files = await asyncio.to_thread(lambda: list(all_hostile(films)))
    assert len(files) >= 100
    await judge_all(files, tmp_path)

"""Killed at any point between the first part and the gallery: the card is absent or complete, and a second attempt makes it.

The points lie before, within and after everything that is asked of the store or committed, and while a film is prepared. A few
by chance here, all of them in `make soak`.
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import psutil
from sqlmodel import select

from conference.base.jobs import Job
from conference.cards.actions import remove_card
from conference.cards.model import CardState, FileRole, FilmState
from conference.cards.reconcile import reconcile
from conference.cards.store import card_of, cards_in, files_of_film, films_of
from conference.cards.sweeping import wanted_objects
from conference.initiatives.store import initiative_by_slug
from tests.cards.kill_flow import work_off
from tests.media.browsers.length import LONG
from tests.processes.running import until
from tests.results.house import House, house_at

SHORT = 6
SLUG = "wendland"
"""An initiative that has no card yet."""


class Walker:
    """The process that is forked for each attempt."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def walk(self, house: House, point: int | None = None, *, anew: bool = False) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"point": point, "now": house.clock.real(), "anew": anew}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def walker(house: House, initiative: str, film: Path, *access: str) -> Iterator[Walker]:
    settings = house.services.settings
    given = [str(settings.data_dir), settings.storage_url, initiative, house.conference.id, str(film), *access]
    argv = [sys.executable, "-m", "tests.cards.kill_flow", *given]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Walker(process)
        finally:
            process.kill()


def write_film(path: Path) -> Path:
    """Half a second of H.264, as small as a card may be."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for index in range(5):
            frame = av.VideoFrame(640, 360, "yuv420p")
            for plane, value in zip(frame.planes, (90 + index, 128, 128), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            frame.pts, frame.time_base = index, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


async def absent_or_complete(house: House, initiative: str) -> bool:
    """Whether the card is public. Whatever of it is ready has all of its files, byte for byte."""
    async with house.services.db.read() as db:
        card = await card_of(db, house.conference.id, initiative)
        films = await films_of(db, card.id) if card else []
        for film in films:
            files = await files_of_film(db, film.id)
            assert bool(files) == (film.state is FilmState.READY)
            for file in files:
                assert hashlib.sha256(await house.services.storage.get(file.key)).hexdigest() == file.etag
            assert not files or {file.role for file in files} >= {FileRole.RENDITION, FileRole.POSTER}
    assert sum(film.shown for film in films) <= 1
    public = card is not None and card.state is CardState.PUBLISHED
    status = (await house.get(f"/cards/{SLUG}/media/video.mp4")).status_code
    assert status == (302 if public else 404)
    return public


async def nothing_is_left_over(house: House) -> None:
    """Store and database are equal after the comparison that comes within the hour; no job waits for ever."""
    house.clock.advance(minutes=55)
    await work_off(house.services)
    await reconcile(house.services)
    assert (await reconcile(house.services)).missing == []
    async with house.services.db.read() as db:
        named = set(await wanted_objects(db))
        assert [job.kind for job in await db.exec(select(Job).where(Job.done_at == None))] == []  # noqa: E711
    stored = {key for prefix in ("cards/", "incoming/") for key in [key async for key in house.services.storage.list(prefix)]}
    assert stored == named
    assert await house.services.storage.list_open_parts() == []


async def begin_again(house: House, initiative: str) -> None:
    async with house.services.db.work() as work:
        card = await card_of(work.session, house.conference.id, initiative)
        if card is not None:
            await remove_card(house.services, work, card)
    await work_off(house.services)


async def killed(house: House, initiative: str, walking: Walker, point: int, *, anew: bool) -> str:
    """One attempt that dies, and a second one: what the last thing was that the first one did."""
    first = walking.walk(house, point)
    until(lambda: not _at_work(house.folder.parent), 5, "the dead one's own children have ended")
    await absent_or_complete(house, initiative)
    house.clock.advance(minutes=2)  # a dead worker's lease ends
    second = walking.walk(house, anew=anew)
    assert second["ended"] == 0, (first, second)
    assert await absent_or_complete(house, initiative)
    async with house.services.db.read() as db:
        cards = [card for card in await cards_in(db, house.conference.id) if card.initiative_id == initiative]
        assert len(cards) == 1
        assert [(film.state, film.shown) for film in await films_of(db, cards[0].id)] == [(FilmState.READY, True)]
    await nothing_is_left_over(house)
    await begin_again(house, initiative)
    assert first["ended"] in (-9, 0)
    return f"{point} {first['calls'][-1]}"


def _at_work(folder: Path) -> bool:
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any(f"{folder}/preparing" in word for word in words):
            return True
    return False


async def test_killed_between_the_first_part_and_the_gallery(tmp_path: Path) -> None:
    async with house_at(tmp_path, "folder") as house:
        async with house.services.db.read() as db:
            mine = await initiative_by_slug(db, SLUG)
        assert mine is not None
        with walker(house, mine.id, write_film(tmp_path / "film.mp4")) as walking:
            whole = walking.walk(house)
            assert whole["ended"] == 0, whole
            assert await absent_or_complete(house, mine.id)
            await nothing_is_left_over(house)
            await begin_again(house, mine.id)
            points = range(1, len(whole["calls"]) + 1)
            for turn, point in enumerate(points if LONG else sorted(random.sample(points, SHORT))):
                try:
                    await killed(house, mine.id, walking, point, anew=turn % 2 == 1)
                except AssertionError as error:
                    error.add_note(f"point {point} of {len(points)}: {whole['calls'][point - 1]}")
                    raise

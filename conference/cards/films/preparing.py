"""The worker's job that turns an arrived upload into a film of a card, and the one that takes other stills.

A job may be run twice, at the same time too, or die anywhere: all objects get fresh keys, and one transaction at the end shows
them. What a dead worker left in the store belongs to no row and is swept within the hour; what it left on the disk goes with the
next run.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

import media.video
from conference.base.captions import read_captions, webvtt
from conference.base.errors import NotFound, Unavailable
from conference.base.jobs import MOST_ATTEMPTS, Handler, Job
from conference.base.log import logger
from conference.cards.captions.rules import is_language
from conference.cards.films import ready
from conference.cards.films.store import POSTER, PREPARE
from conference.cards.model import CardFile, CardFilm, FileRole, FilmState
from conference.cards.rules import ENDINGS
from conference.cards.store import card_by_id, files_of_film, terms_of
from conference.web.services import Services
from media.video import Broken, Limits, Picture, Prepared, Refused, Rendition

PROGRESS_SECONDS = 2.0
MOST_BREAKS = 3
FORGOTTEN_SECONDS = 24 * 3600

log = logger("films")


def handlers(services: Services) -> dict[str, Handler]:
    """The jobs of this feature, for a worker of their own: each takes minutes."""

    async def prepare(job: Job) -> None:
        await prepare_film(services, job.facts["film"], attempt=job.attempts)

    async def poster(job: Job) -> None:
        await take_posters(services, job.facts["film"], job.facts["at"])

    return {PREPARE: prepare, POSTER: poster}


async def prepare_film(services: Services, film_id: str, *, attempt: int = 1) -> None:
    """Make a film out of its source, or refuse it. Raises what the next attempt may do better; after the last it has failed."""
    film = await ready.take_up(services, film_id)
    if film is None:
        return
    try:
        async with _workplace(services, film_id) as folder, _Progress(services, film_id) as told:
            source = await _fetch(services, film, folder / "source")
            prepared = await media.video.prepare(source, folder, await _limits(services, film), told)
            source.unlink(missing_ok=True)
            told("store", 0.0)
            await _keep(services, film, prepared)
    except Refused as refused:
        await ready.record_refused(services, film_id, refused.code, refused.facts)
    except NotFound:  # the source; of a film that was forgotten meanwhile nothing is left to tell
        await ready.record_refused(services, film_id, "film_gone", {})
    except (Unavailable, Broken) as error:
        log.warning("film not prepared", film=film_id, attempt=attempt, reason=str(error))
        if attempt >= (MOST_BREAKS if isinstance(error, Broken) else MOST_ATTEMPTS):
            await ready.record_failed(services, film_id, type(error).__name__)
            return
        raise


async def take_posters(services: Services, film_id: str, at: float) -> None:
    """Other stills of a ready film, out of its best rendition."""
    async with services.db.read() as db:
        film = await db.get(CardFilm, film_id)
        files = await files_of_film(db, film_id)
    best = next((file for file in files if file.role is FileRole.RENDITION), None)
    if film is None or film.state is not FilmState.READY or best is None:
        return
    async with _workplace(services, film_id) as folder:
        path = folder / "rendition"
        try:
            await _download(services, best.key, best.size, path)
            pictures = await media.video.posters(path, at, folder)
        except (NotFound, Refused) as error:  # exchanged meanwhile, or made by other means: the poster stays as it is
            log.warning("no poster", film=film_id, reason=str(error))
            return
        made = [await _file(services, film, picture, FileRole.POSTER, n) for n, picture in enumerate(pictures)]
        await _show(services, made, lambda rows: ready.record_posters(services, film_id, at, rows))


async def _limits(services: Services, film: CardFilm) -> Limits:
    async with services.db.read() as db:
        terms = await terms_of(db, (await card_by_id(db, film.card_id)).conference_id)
    return Limits(most_seconds=terms.most_seconds, most_bytes=terms.most_bytes, least_height=terms.least_height)


async def _keep(services: Services, film: CardFilm, prepared: Prepared) -> None:
    """Store what was made and let the film be ready with it."""
    made: list[tuple[CardFile, Path | bytes]] = []
    made += [await _file(services, film, each, FileRole.RENDITION, n) for n, each in enumerate(prepared.renditions)]
    made += [await _file(services, film, each, FileRole.POSTER, n) for n, each in enumerate(prepared.posters)]
    made += await _captions(services, film, prepared)
    best = prepared.renditions[0]
    film.seconds, film.width, film.height = prepared.seconds, best.width, best.height
    film.sound, film.poster_at = prepared.sound, prepared.poster_at
    await _show(services, made, lambda rows: ready.record_ready(services, film, rows))


async def _show(
    services: Services, made: Sequence[tuple[CardFile, Path | bytes]], record: Callable[[list[CardFile]], Awaitable[bool]]
) -> None:
    """Put the objects, then have the rows recorded; what nobody wants any more goes again."""
    rows = [row for row, _ in made]
    try:
        for row, data in made:
            await services.storage.put(row.key, data, row.content_type)
        if await record(rows):
            return
    except Unavailable:
        raise  # whether it was committed is unknown: rather an object too many, which is swept, than one too few
    except Exception:
        await _delete(services, rows)
        raise
    await _delete(services, rows)


async def _delete(services: Services, rows: Iterable[CardFile]) -> None:
    with suppress(Unavailable):
        for row in rows:
            await services.storage.delete(row.key)


async def _file(
    services: Services, film: CardFilm, made: Rendition | Picture, role: FileRole, position: int
) -> tuple[CardFile, Path]:
    row = _row(services, film, role, made.content_type, position)
    row.size, row.etag = made.path.stat().st_size, await asyncio.to_thread(_digest, made.path)
    row.width, row.height = made.width, made.height
    return row, made.path


async def _captions(services: Services, film: CardFilm, prepared: Prepared) -> list[tuple[CardFile, bytes]]:
    """Subtitles that lay in the film, one track for each language; a track without one is in the card's."""
    async with services.db.read() as db:
        card = await card_by_id(db, film.card_id)
    found: dict[str, tuple[CardFile, bytes]] = {}
    for track in prepared.captions:
        cues = read_captions(track.vtt_text.encode()).cues
        language = track.language if is_language(track.language) else card.language
        if language in found or not cues:
            continue
        data = webvtt(cues).encode()
        row = _row(services, film, FileRole.CAPTIONS, "text/vtt", len(found))
        row.size, row.etag, row.language = len(data), hashlib.sha256(data).hexdigest(), language
        found[language] = row, data
    return list(found.values())


def _row(services: Services, film: CardFilm, role: FileRole, content_type: str, position: int) -> CardFile:
    return CardFile(
        id=services.ids.new(), card_id=film.card_id, film_id=film.id, role=role, content_type=content_type, size=0, etag="",
        key=f"cards/{services.ids.secret()}.{ENDINGS[content_type]}", position=position,
    )  # fmt: skip


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _fetch(services: Services, film: CardFilm, path: Path) -> Path:
    """The source as a file. Raises NotFound, Unavailable."""
    await _download(services, film.key or "gone", film.size, path)
    return path


async def _download(services: Services, key: str, size: int, path: Path) -> None:
    _, chunks = await services.storage.open_range(key)
    got = 0
    with path.open("wb") as file:
        async with aclosing(chunks):
            async for data in chunks:
                got += len(data)
                if got > size:
                    break
                await asyncio.to_thread(file.write, data)
    if got != size:
        raise Unavailable("store", reason=f"{got} bytes instead of {size}")


@asynccontextmanager
async def _workplace(services: Services, film_id: str) -> AsyncIterator[Path]:
    """A folder of this attempt's own on the disk of the data, not in a temporary one, which may be memory. Those of dead workers
    are cleared away; whoever lives holds a lock on theirs, which the kernel takes back when they die."""
    root = services.settings.data_dir / "preparing"
    await asyncio.to_thread(_clear, root, services.clock.real())
    begun = root / f".{services.ids.new()}"
    begun.mkdir(parents=True)
    lock = os.open(begun, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder = begun.rename(root / f"{film_id}.{begun.name[1:]}")
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _clear(root: Path, now: float) -> None:
    """Folders on which nobody works: no lock is on them; one that has no name yet may get its lock in this very moment."""
    for left in root.glob("*"):
        with suppress(FileNotFoundError):
            young = left.name.startswith(".") and now - left.stat().st_mtime < FORGOTTEN_SECONDS
            if not young and not _is_held(left):
                shutil.rmtree(left, ignore_errors=True)


def _is_held(folder: Path) -> bool:
    looked = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(looked, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(looked)
    return False


class _Progress:
    """Takes what is told many times a second, and writes the latest of it every two seconds at most."""

    def __init__(self, services: Services, film_id: str) -> None:
        self._services = services
        self._film = film_id
        self._latest = self._written = ("fetch", 0.0)
        self._task: asyncio.Task[None] | None = None

    def __call__(self, stage: str, progress: float) -> None:
        self._latest = (stage, progress)

    async def __aenter__(self) -> _Progress:
        self._task = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            if self._latest != self._written:
                self._written = self._latest
                with suppress(Unavailable):
                    await ready.note_progress(self._services, self._film, *self._written)

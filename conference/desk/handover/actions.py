"""What is done with the pack: asked for, made by the worker, found to be of yesterday, forgotten."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, NotFound, Unavailable
from conference.base.jobs import Handler, Job, enqueue
from conference.base.log import logger
from conference.desk.handover.contents import Contents, contents_of
from conference.desk.handover.packing import digest_for, pack
from conference.desk.handover.rules import GIVEN_UP, KEPT, PREFIX, expires, key_of, shows
from conference.results.model import HandOver
from conference.web.services import Services

MAKE = "handover.make"
"""Kind of the job that makes a pack. facts: conference."""
FORGET = "handover.forget"
"""Kind of the job that deletes one from the store. facts: key."""
HANDOVER_CHANGED = "handover.changed"
"""Topic desk:ID. A pack was asked for, is there, or could not be made."""
MOST_ATTEMPTS = 3
PROGRESS_SECONDS = 2.0
FRESH = timedelta(minutes=45)
"""A younger object may belong to a row that is not committed yet."""

log = logger("handover")


def handlers(services: Services) -> dict[str, Handler]:
    """The jobs of this feature, for a worker that may take minutes."""

    async def make(job: Job) -> None:
        await make_pack(services, job.facts["conference"], attempt=job.attempts)

    async def forget(job: Job) -> None:
        await services.storage.delete(job.facts["key"])

    return {MAKE: make, FORGET: forget}


async def ask_for_pack(services: Services, work: Work, conference_id: str, *, by: str | None) -> None:
    """Let a pack be made; the one before goes. Raises Conflict("handover_on_its_way") while one is being made."""
    row = await work.session.get(HandOver, conference_id, with_for_update=True)
    if row is not None and is_on_its_way(row, work.now):
        raise Conflict("handover_on_its_way")
    if row is not None and row.object_key is not None:
        await enqueue(work, FORGET, {"key": row.object_key})
    row = row or HandOver(conference_id=conference_id, asked=work.now)
    row.asked, row.made, row.object_key, row.size, row.progress, row.fault = work.now, None, None, None, 0.0, None
    work.session.add(row)
    audit.record(work, "hand-over asked", conference_id=conference_id, person_id=by)
    await enqueue(work, MAKE, {"conference": conference_id}, unique_key=f"{MAKE}:{conference_id}")
    _tell(services, work, conference_id)


def is_on_its_way(row: HandOver, now: datetime) -> bool:
    """Whether somebody works on it. A worker that died too often does not say so; after a while it counts as failed."""
    return row.made is None and row.fault is None and now - row.asked < GIVEN_UP


async def handover_of(db: AsyncSession, conference_id: str) -> HandOver | None:
    return await db.get(HandOver, conference_id)


async def current_pack(services: Services, conference_id: str) -> HandOver:
    """The pack, if what it shows is still what may be shown. Raises NotFound("handover"), Conflict("handover_old")."""
    async with services.db.read() as db:
        row = await handover_of(db, conference_id)
    if row is None or not is_kept(row, services.clock.now()):
        raise NotFound("handover")
    if not await is_of_today(services, row, await contents_of(services, conference_id)):
        raise Conflict("handover_old")
    return row


def is_kept(row: HandOver, now: datetime) -> bool:
    """Whether it was made and is not too old."""
    return row.object_key is not None and row.made is not None and now < expires(row.made)


async def is_of_today(services: Services, row: HandOver, contents: Contents) -> bool:
    """Whether a pack shows what may be shown now."""
    return row.object_key is not None and shows(row.object_key, await asyncio.to_thread(digest_for, services, contents))


async def make_pack(services: Services, conference_id: str, *, attempt: int = 1) -> None:
    """Make the pack that was asked for, and let the desk know. Raises what the next attempt may do better."""
    async with services.db.read() as db:
        row = await handover_of(db, conference_id)
    if row is None or not is_on_its_way(row, services.clock.now()):
        return
    try:
        await _make(services, row)
    except Invalid as error:
        await _settle(services, row, fault=error.code)
    except Exception as error:
        log.warning("pack_not_made", conference=conference_id, attempt=attempt, reason=str(error))
        if attempt >= MOST_ATTEMPTS:
            await _settle(services, row, fault="handover_failed")
            return
        raise


async def _make(services: Services, row: HandOver) -> None:
    contents = await contents_of(services, row.conference_id)
    digest = await asyncio.to_thread(digest_for, services, contents)
    key = key_of(digest, services.ids.secret())
    async with _workplace(services, row.conference_id) as folder, _Progress(services, row) as told:
        target = folder / "pack.zip"
        await pack(services, contents, target, told.set)
        size = target.stat().st_size
        await services.storage.put(key, target, "application/zip")
    try:
        kept = await _settle(services, row, key=key, size=size)
    except Unavailable:
        raise  # whether it was committed is unknown: an object too many is swept
    if not kept:
        await services.storage.delete(key)


async def _settle(
    services: Services, asked: HandOver, *, key: str | None = None, size: int = 0, fault: str | None = None
) -> bool:
    """Record what came of it, unless it was asked for anew or purged meanwhile; whether that was so."""
    async with services.db.work() as work:
        row = await work.session.get(HandOver, asked.conference_id, with_for_update=True)
        if row is None or row.asked != asked.asked or row.made is not None:
            return False
        row.made, row.object_key, row.size = (work.now, key, size) if key else (None, None, None)
        row.progress, row.fault = 1.0 if key else 0.0, fault
        work.session.add(row)
        _tell(services, work, asked.conference_id)
    return True


def _tell(services: Services, work: Work, conference_id: str) -> None:
    services.outbox.tell(work, f"desk:{conference_id}", HANDOVER_CHANGED, conference_id=conference_id)


class _Progress:
    """Writes how far a pack is every now and then, while others wait for the store."""

    def __init__(self, services: Services, row: HandOver) -> None:
        self._services = services
        self._row = row
        self._part = 0.0
        self._task: asyncio.Task[None] | None = None

    def set(self, part: float) -> None:
        self._part = part

    async def __aenter__(self) -> _Progress:
        self._task = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *_error: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            with suppress(Unavailable):
                async with self._services.db.work() as work:
                    row = await work.session.get(HandOver, self._row.conference_id)
                    if row is not None and row.asked == self._row.asked and row.made is None:
                        row.progress = round(self._part, 3)
                        work.session.add(row)


@asynccontextmanager
async def _workplace(services: Services, conference_id: str) -> AsyncIterator[Path]:
    """A folder on the disk of the data, which what a dead worker has left there is cleared from."""
    root = services.settings.data_dir / "packing"
    folder = root / conference_id
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def forget_old_packs(services: Services) -> int:
    """Delete packs that are too old or show what is not so any more, those of purged conferences, and what no row names; how many
    rows. May be repeated.

    A demo keeps those of purged conferences: its clock is moved back again.
    """
    now = services.clock.now()
    forgotten = 0
    stale = await _stale(services)
    async with services.db.work() as work:
        ended = or_(col(HandOver.made) < now - KEPT, col(Conference.purge) <= now, col(HandOver.object_key).in_(stale))
        query = select(HandOver).join(Conference, col(Conference.id) == HandOver.conference_id).where(ended)
        for row in [] if services.settings.demo else list(await work.session.exec(query)):
            if row.object_key is not None:
                await enqueue(work, FORGET, {"key": row.object_key})
            await work.session.delete(row)
            forgotten += 1
    await _drop_strays(services)
    return forgotten


async def _stale(services: Services) -> list[str]:
    """Keys of packs that nobody is given any more, since something in them was changed or taken back."""
    async with services.db.read() as db:
        packs = (await db.exec(select(HandOver).where(col(HandOver.object_key).is_not(None)))).all()
    return [
        row.object_key
        for row in packs
        if row.object_key and not await is_of_today(services, row, await contents_of(services, row.conference_id))
    ]


async def _drop_strays(services: Services) -> None:
    stored = [key async for key in services.storage.list(PREFIX)]
    if not stored:
        return
    async with services.db.read() as db:
        if (await db.exec(select(Conference.id).limit(1))).first() is None:
            return  # a database that knows nothing is no reason to empty a store
        named = set(await db.exec(select(HandOver.object_key)))
    for key in set(stored) - named:
        with suppress(NotFound):
            age = datetime.fromtimestamp(services.clock.real(), UTC) - (await services.storage.head(key)).modified
            if age > FRESH:
                await services.storage.delete(key)

"""The film of the page in sign language: brought by organisers, looked at in a process of its own, kept until another comes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.compared import Comparison, compare_objects
from conference.access.model import Conference, LegalPage, Page
from conference.base import audit
from conference.base.captions import read_captions, webvtt
from conference.base.db import Work
from conference.base.editions import locked, next_edition
from conference.base.errors import Invalid, Unavailable
from conference.base.inspection import inspected
from conference.base.jobs import Handler, Job, enqueue
from conference.base.storage import ObjectStorage
from conference.desk.legal.saving import page_of, row_for_change
from conference.web.services import Services

LARGEST_FILM = 200 * 1024 * 1024
LONGEST_FILM = 600.0  # seconds
LARGEST_CAPTIONS = 512 * 1024
FORGET = "legal.forget"
"""Kind of the job that deletes a film no page refers to any more. facts: key."""
PREFIX = "legal/"
ENDINGS = {"video/mp4": "mp4", "video/webm": "webm"}


@dataclass(frozen=True)
class Checked:
    content_type: str
    size: int
    etag: str


def handlers(storage: ObjectStorage) -> Mapping[str, Handler]:
    """For the worker."""

    async def delete(job: Job) -> None:
        await storage.delete(job.facts["key"])

    return {FORGET: delete}


def captions_of(data: bytes) -> str:
    """As they are stored. Raises Invalid("captions_type"; fault)."""
    reading = read_captions(data)
    if reading.faults:
        raise Invalid("captions_type", fault=asdict(reading.faults[0]))
    return webvtt(reading.cues)


async def check_film(services: Services, path: Path) -> Checked:
    """Raises Invalid with a code for each reason why it cannot be taken; Unavailable when this machine cannot look."""
    size = (await asyncio.to_thread(path.stat)).st_size
    if size > LARGEST_FILM:
        raise Invalid("signed_too_large")
    async with services.looking:
        found = await inspected("clip", path)
    if found is None or found.get("refused") == "clip_damaged":
        raise Invalid("clip_damaged")
    if "missing" in found:
        raise Unavailable("slides_check", module=found["missing"])
    if "refused" in found:
        raise Invalid("clip_type")
    if not 0 < found["seconds"] <= LONGEST_FILM:
        raise Invalid("signed_too_long")
    return Checked(found["content_type"], size, await asyncio.to_thread(_digest, path))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def bring_film(services: Services, conference_id: str, path: Path, captions: bytes | None, by: str | None) -> None:
    """Take the place of the film before. Raises Invalid, Unavailable; then nothing has changed."""
    said = captions_of(captions) if captions is not None else ""
    checked = await check_film(services, path)
    key = f"{PREFIX}{services.ids.secret()}.{ENDINGS[checked.content_type]}"
    await services.storage.put(key, path, checked.content_type)
    async with services.db.work() as work:
        row = await _changing(services, work, conference_id, by)
        await _forget(work, row.film_key)
        row.film_key, row.film_type, row.film_size, row.film_etag = key, checked.content_type, checked.size, checked.etag
        row.film_captions = said
        audit.record(work, "signed film brought", conference_id=conference_id, person_id=by, size=checked.size)


async def remove_film(services: Services, work: Work, conference_id: str, by: str | None) -> None:
    """Its object is deleted after the commit. Nothing when there is none."""
    row = await _changing(services, work, conference_id, by)
    if row.film_key is not None:
        await _forget(work, row.film_key)
        row.film_key = row.film_type = row.film_size = row.film_etag = None
        row.film_captions = ""
        audit.record(work, "signed film removed", conference_id=conference_id, person_id=by)


async def _changing(services: Services, work: Work, conference_id: str, by: str | None) -> LegalPage:
    """The row of the page under the conference's lock; whoever writes its words meanwhile learns that somebody was faster."""
    conference = await locked(work, Conference, conference_id)
    before = await page_of(work.session, conference_id, Page.SIGNED)
    row = await row_for_change(services, work, conference_id, Page.SIGNED, str(before.version) if before else "0")
    row.own, row.changed = True, work.now
    for each in (row, conference):
        next_edition(each, by)
        work.session.add(each)
    services.outbox.tell(work, f"conference:{conference_id}", "conference.changed", conference_id=conference_id)
    return row


async def _forget(work: Work, key: str | None) -> None:
    if key is not None:
        await enqueue(work, FORGET, {"key": key})


async def reconcile_films(services: Services) -> Comparison:
    """Delete films that no page names, such as those of a process that died between store and database. Raises Unavailable."""
    return await compare_objects(services, PREFIX, _named)


async def _named(session: AsyncSession, key: str | None) -> set[str]:
    query = select(LegalPage.film_key).where(col(LegalPage.film_key).is_not(None))
    rows = await session.exec(query.where(LegalPage.film_key == key) if key else query)
    return {each for each in rows if each is not None}

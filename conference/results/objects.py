"""What results keep in the object store: under unguessable keys, and deleted only after the commit that forgets them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from conference.base.db import Work
from conference.base.jobs import Handler, Job, enqueue
from conference.base.storage import ObjectStorage
from conference.web.services import Services

FORGET = "results.forget"
"""Kind of the job that deletes an object nobody refers to any more. facts: key."""
PREFIX = "results/"


@dataclass(frozen=True)
class Kept:
    """An object in the store. size: bytes; etag: strong, of the content."""

    key: str
    size: int
    etag: str


async def keep(services: Services, data: bytes, suffix: str, content_type: str) -> Kept:
    """Put `data` into the store under a fresh key. Whoever does not name it in the database deletes it. Raises Unavailable."""
    kept = Kept(f"{PREFIX}{services.ids.secret()}.{suffix}", len(data), etag_of(data))
    await services.storage.put(kept.key, data, content_type)
    return kept


def etag_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def forget(work: Work, key: str | None) -> None:
    """Delete the object once this work is committed."""
    if key is not None:
        await enqueue(work, FORGET, {"key": key})


def handlers(storage: ObjectStorage) -> dict[str, Handler]:
    """For the worker."""

    async def delete(job: Job) -> None:
        await storage.delete(job.facts["key"])

    return {FORGET: delete}

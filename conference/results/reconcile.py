"""Store and database of results compared, so that nothing lies in the store that no row names, and missing files are told.

Every way in which a file comes or goes is made to need none of this. It is for what those ways cannot hold: a machine that dies
between store and database, an object that somebody deleted by hand. The store is read first: whatever is put or named while we
compare is either young or looked at once more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.base.errors import NotFound
from conference.base.log import logger
from conference.base.storage import check_key
from conference.results.model import ReportPhoto, ResultsDocument, ResultsLook, SheetVersion
from conference.results.objects import PREFIX
from conference.web.services import Services

FRESH = timedelta(minutes=45)
"""Younger objects may belong to a row that is not committed yet."""
MOST_STRAYS = 50
"""More strays than this, when they are more than half of all there is, speak for the wrong store or an old database."""
COLUMNS = (ResultsDocument.object_key, SheetVersion.object_key, ReportPhoto.object_key, ResultsLook.logo_key)

log = logger("results")


@dataclass(frozen=True)
class Comparison:
    """deleted: objects that no row named; missing: keys that rows name and the store has not."""

    deleted: int = 0
    missing: list[str] = field(default_factory=list)


async def reconcile_results(services: Services) -> Comparison:
    """Drop what nobody names, and log what is missing. May be repeated.

    A database without any conference, or one that names less than half of what lies in the store, proves nothing about it: then
    nothing is deleted. Raises Unavailable (store or database); what was done until then holds.
    """
    async with services.db.read() as db:
        if (await db.exec(select(Conference.id).limit(1))).first() is None:
            return Comparison()
    stored = {key async for key in services.storage.list(PREFIX)}
    async with services.db.read() as db:
        named = await named_keys(db)
    strays = sorted(stored - named)
    if len(strays) > max(MOST_STRAYS, len(stored) // 2):
        log.error("store_of_others", strays=len(strays), objects=len(stored))
        return Comparison()
    deleted = 0
    for key in strays:
        deleted += await _delete_orphan(services, key)
    missing = [key for key in sorted(named - stored) if await _is_missing(services, key)]
    if deleted or missing:
        log.warning("results_compared", deleted=deleted, missing=len(missing))
    return Comparison(deleted, missing)


async def named_keys(db: AsyncSession, key: str | None = None) -> set[str]:
    """Keys that any row of results names (only `key`, where it is given). Four queries."""
    found: set[str] = set()
    for column in COLUMNS:
        query = select(column).where(col(column).is_not(None))
        found |= {one for one in await db.exec(query.where(col(column) == key) if key else query) if one is not None}
    return found


async def _delete_orphan(services: Services, key: str) -> bool:
    try:
        facts = await services.storage.head(check_key(key))
    except NotFound:
        return False
    except ValueError:  # no name of ours: somebody put it there by hand
        log.warning("foreign_object", prefix=PREFIX)
        return False
    if datetime.fromtimestamp(services.clock.real(), UTC) - facts.modified < FRESH:
        return False
    async with services.db.read() as db:
        if await named_keys(db, key):
            return False
    await services.storage.delete(key)
    return True


async def _is_missing(services: Services, key: str) -> bool:
    """Asked of the store once more, since a row may be younger than the list, and of the database, since it may be gone."""
    try:
        await services.storage.head(key)
    except NotFound:
        async with services.db.read() as db:
            return bool(await named_keys(db, key))
    return False

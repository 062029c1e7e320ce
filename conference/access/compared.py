"""Store and database compared, so that nothing lies in the store that no row names, and missing files are told.

Every way in which a file comes or goes is made to need none of this. It is for what those ways cannot hold: a machine that dies
between store and database, an object that somebody deleted by hand. The store is read first: whatever is put or named while we
compare is either young or looked at once more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.base.errors import NotFound
from conference.base.log import logger
from conference.base.storage import check_key
from conference.web.services import Services

FRESH = timedelta(minutes=45)
"""Younger objects may belong to a row that is not committed yet."""
MOST_STRAYS = 50
"""More strays than this, when they are more than half of all there is, speak for the wrong store or an old database."""

Named = Callable[[AsyncSession, str | None], Awaitable[set[str]]]
"""Keys that any row of a feature names; only that one key, where it is given."""

log = logger("store")


@dataclass(frozen=True)
class Comparison:
    """deleted: objects that no row named; missing: keys that rows name and the store has not."""

    deleted: int = 0
    missing: list[str] = field(default_factory=list)


async def compare_objects(services: Services, prefix: str, named: Named) -> Comparison:
    """Drop what nobody names below this prefix, and log what is missing. May be repeated.

    A database without any conference, or one that names less than half of what lies in the store, proves nothing about it: then
    nothing is deleted. Raises Unavailable (store or database); what was done until then holds.
    """
    async with services.db.read() as db:
        if (await db.exec(select(Conference.id).limit(1))).first() is None:
            return Comparison()
    stored = {key async for key in services.storage.list(prefix)}
    async with services.db.read() as db:
        wanted = await named(db, None)
    strays = sorted(stored - wanted)
    if len(strays) > max(MOST_STRAYS, len(stored) // 2):
        log.error("store_of_others", prefix=prefix, strays=len(strays), objects=len(stored))
        return Comparison()
    deleted = 0
    for key in strays:
        deleted += await _delete_orphan(services, key, named)
    missing = [key for key in sorted(wanted - stored) if await _is_missing(services, key, named)]
    if deleted or missing:
        log.warning("store_compared", prefix=prefix, deleted=deleted, missing=len(missing))
    return Comparison(deleted, missing)


async def _delete_orphan(services: Services, key: str, named: Named) -> bool:
    try:
        facts = await services.storage.head(check_key(key))
    except NotFound:
        return False
    except ValueError:  # no name of ours: somebody put it there by hand
        log.warning("foreign_object", prefix=key.partition("/")[0])
        return False
    if datetime.fromtimestamp(services.clock.real(), UTC) - facts.modified < FRESH:
        return False
    async with services.db.read() as db:
        if await named(db, key):
            return False
    await services.storage.delete(key)
    return True


async def _is_missing(services: Services, key: str, named: Named) -> bool:
    """Asked of the store once more, since a row may be younger than the list, and of the database, since it may be gone."""
    try:
        await services.storage.head(key)
    except NotFound:
        async with services.db.read() as db:
            return bool(await named(db, key))
    return False

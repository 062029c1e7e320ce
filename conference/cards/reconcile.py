"""Store and database compared, so that nothing lies in the store that no card names, and no card names what is not there.

Every way that a file comes or goes is made to need none of this. It is for what those ways cannot hold: a machine that dies
between store and database, an object that somebody deleted by hand, a bucket's own rules. The store is read first: whatever is
put or named while we compare is either young or looked at once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from conference.base import audit
from conference.base.errors import NotFound
from conference.base.log import logger
from conference.base.storage import OpenUpload, check_key
from conference.cards.actions import forget_film, tell_card
from conference.cards.films.ready import record_failed
from conference.cards.store import card_for_decision, film_by_id
from conference.cards.sweeping import (
    INCOMPLETE,
    Wanted,
    abandoned_films,
    forsaken_films,
    is_empty,
    missing_files,
    wanted_object,
    wanted_objects,
)
from conference.web.services import Services

PREFIXES = ("cards/", "incoming/")
FRESH = timedelta(minutes=45)
"""Younger objects and uploads may belong to a row that is not committed yet. With a look every ten minutes nothing that
belongs to nobody is an hour old."""
ABANDONED = timedelta(days=7)
MOST_STRAYS = 50
"""More strays than this, when they are more than half of all there is, speak for the wrong store or an old database."""

log = logger("cards")


@dataclass(frozen=True)
class Comparison:
    """deleted, aborted: objects and open uploads that no row named; missing: what rows name and the store has not."""

    deleted: int = 0
    aborted: int = 0
    missing: list[Wanted] = field(default_factory=list)


async def reconcile(services: Services) -> Comparison:
    """Drop what nobody names, and report what is missing: to the log, to the desks, to readiness. May be repeated.

    A database without any conference, or one that names less than half of what lies in the store, proves nothing about it: it is
    new, older than the store, or another installation's. Then nothing is deleted, and the log says so.
    Raises Unavailable (store or database); what was done until then holds.
    """
    async with services.db.read() as db:
        if await is_empty(db):
            return Comparison()
    await _drop_abandoned(services)
    await _tell_forsaken(services)
    stored = {key for prefix in PREFIXES async for key in services.storage.list(prefix)}
    uploads = [upload for prefix in PREFIXES for upload in await services.storage.list_open_parts(prefix)]
    async with services.db.read() as db:
        wanted = await wanted_objects(db)
    strays = sorted(stored - wanted.keys())
    if len(strays) > max(MOST_STRAYS, len(stored) // 2):
        log.error("store_of_others", strays=len(strays), objects=len(stored))
        return Comparison()
    found = Comparison(
        deleted=await _delete_orphans(services, strays),
        aborted=await _abort_orphans(services, uploads, wanted),
        missing=await _missing(services, wanted.values(), stored),
    )
    await _report(services, found.missing)
    if found.deleted or found.aborted or found.missing:
        log.warning("cards_compared", deleted=found.deleted, aborted=found.aborted, missing=len(found.missing))
    return found


async def _drop_abandoned(services: Services) -> None:
    """Uploads that nobody went on with for a week. The row goes first: what then fails to be deleted is an orphan."""
    async with services.db.read() as db:
        abandoned = await abandoned_films(db, services.clock.now() - ABANDONED)
    for card_id, film_id in abandoned:
        async with services.db.work() as work:
            try:
                card = await card_for_decision(work, card_id)
                film = await film_by_id(work.session, film_id)
            except NotFound:  # withdrawn meanwhile
                continue
            if (card_id, film_id) in await abandoned_films(work.session, work.now - ABANDONED):
                await forget_film(work, film)
                tell_card(services, work, card)


async def _tell_forsaken(services: Services) -> None:
    """Films that nobody prepares any more have failed: their people learn it and can have it tried again."""
    async with services.db.read() as db:
        forsaken = await forsaken_films(db)
    for film_id in forsaken:
        await record_failed(services, film_id, "worker_lost")


async def _delete_orphans(services: Services, keys: Iterable[str]) -> int:
    deleted = 0
    for key in keys:
        try:
            facts = await services.storage.head(check_key(key))
        except NotFound:
            continue
        except ValueError:  # no name of ours: somebody put it there by hand
            log.warning("foreign_object", prefix=key.partition("/")[0])
            continue
        if _is_fresh(services, facts.modified) or await _wanted_now(services, key) is not None:
            continue
        await services.storage.delete(key)
        deleted += 1
    return deleted


async def _abort_orphans(services: Services, uploads: Iterable[OpenUpload], wanted: Mapping[str, Wanted]) -> int:
    aborted = 0
    for upload in uploads:
        if _names(wanted.get(upload.key), upload) or _is_fresh(services, upload.begun):
            continue
        if _names(await _wanted_now(services, upload.key), upload):
            continue
        await services.storage.abort_parts(upload.key, upload.upload_id)
        aborted += 1
    return aborted


def _names(wanted: Wanted | None, upload: OpenUpload) -> bool:
    return wanted is not None and wanted.upload_id == upload.upload_id


async def _missing(services: Services, wanted: Iterable[Wanted], stored: set[str]) -> list[Wanted]:
    """What rows name as whole objects, asked of the store once more, since a row may be younger than the list."""
    missing = []
    for each in wanted:
        if each.key in stored or each.upload_id is not None:
            continue
        try:
            await services.storage.head(each.key)
        except NotFound:
            if await _wanted_now(services, each.key) == each:
                missing.append(each)
    return missing


async def _wanted_now(services: Services, key: str) -> Wanted | None:
    async with services.db.read() as db:
        return await wanted_object(db, key)


def _is_fresh(services: Services, since: datetime) -> bool:
    return datetime.fromtimestamp(services.clock.real(), UTC) - since < FRESH


async def _report(services: Services, missing: Iterable[Wanted]) -> None:
    """One entry per conference that lacks files, written anew when that changes, gone when nothing is missing."""
    now: dict[str, list[Wanted]] = {}
    for each in missing:
        now.setdefault(each.conference_id, []).append(each)
        log.error("card_file_missing", conference=each.conference_id, initiative=each.initiative_id)
    async with services.db.read() as db:
        before = await missing_files(db)
    if {name: _facts(found) for name, found in now.items()} == {name: entry.facts for name, entry in before.items()}:
        return
    async with services.db.work() as work:
        for entry in (await missing_files(work.session)).values():
            await work.session.delete(entry)
        for conference_id, found in now.items():
            facts = _facts(found)
            audit.record(
                work, INCOMPLETE, conference_id=conference_id, missing=facts["missing"], initiatives=facts["initiatives"]
            )  # fmt: skip


def _facts(found: list[Wanted]) -> dict[str, int | str]:
    initiatives = sorted({each.initiative_id for each in found})
    return {"missing": len(found), "initiatives": " ".join(initiatives[:10])}

"""The purge of a conference as one act: each feature forgets its own in an order in which nothing refers to what is gone, people
go at last, and the record says what went. It may be killed at any point; the next run goes on and writes the whole record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, select

from conference.access.letters import in_one
from conference.access.model import Conference
from conference.access.store import conference_by_id, purged_conferences
from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Conflict
from conference.base.jobs import Handler, Job, Worker, enqueue
from conference.base.log import logger
from conference.base.mail import KIND, Letter, deliverable, post
from conference.base.words import LANGUAGES
from conference.cards import actions as cards
from conference.cards.purge import forget_purged_cards
from conference.desk.afterwards.record import letter_about
from conference.desk.handover import actions as handover
from conference.desk.legal import film
from conference.desk.model import PeopleTable
from conference.forums.actions_purge import forget_purged_rooms
from conference.forums.slides import actions as slides
from conference.keeping.ending import PURGE
from conference.keeping.model import PurgeRecord
from conference.keeping.purging import forget_people
from conference.keeping.records import counts_in, deleted, gone, left_over, record_for_change, record_of, remaining
from conference.keeping.rows import objects_of
from conference.live.model import OutboxRow
from conference.live.store import newest_id
from conference.mailing.purge import forget_purged_letters
from conference.people.accounts.actions import forget_accounts
from conference.people.model import Person
from conference.people.store import organisers_of
from conference.registration.purge import forget_purged_registrations
from conference.results import objects as results
from conference.results.publishing.purge import forget_purged_results
from conference.results.report.purge import forget_purged_reports
from conference.results.sheets.purge import forget_purged_sheet_work
from conference.survey.purge import forget_purged_surveys
from conference.web.services import Services

Step = Callable[[Services], Awaitable[int]]
STEPS: tuple[Step, ...] = (
    slides.forget_purged,
    forget_purged_rooms,
    handover.forget_old_packs,
    forget_purged_registrations,
    forget_purged_reports,
    forget_purged_sheet_work,
    forget_purged_results,
    forget_purged_letters,
    forget_purged_surveys,
    forget_purged_cards,
)
"""What goes before people do: all that refers to them. Each deletes its own of every purged conference, and may be repeated."""
CHOSEN: tuple[Step, ...] = (forget_purged_reports, forget_purged_results, forget_purged_cards)
"""Of these something may stay, and be let go later."""

log = logger("purging")


@dataclass(frozen=True)
class Before:
    """What there was. again: the record was whole already, and something has come since; its counts are added."""

    counts: Mapping[str, int]
    objects: int
    again: bool


def handlers(services: Services) -> dict[str, Handler]:
    """The job of purging one conference at once, for a worker that may take minutes."""

    async def run(job: Job) -> None:
        async with services.db.read() as db:
            record = await record_of(db, job.facts["conference"])
        if record is None or record.ended is None:
            await purge(services, job.facts["conference"])

    return {PURGE: run}


async def purge_due(services: Services) -> list[PurgeRecord]:
    """Purge every conference whose time has come and of which something is left to delete; their records. And what was let go of
    those that are purged already.

    A demo purges nothing: its clock is moved back again.
    """
    if services.settings.demo:
        return []
    due = []
    async with services.db.read() as db:
        for conference_id in await purged_conferences(db, services.clock.now()):
            record = await record_of(db, conference_id)
            if record is None or record.ended is None or left_over(await counts_in(db, conference_id)):
                due.append(conference_id)
    records = [await purge(services, conference_id) for conference_id in due]
    for step in CHOSEN:
        await step(services)
    return records


async def purge(services: Services, conference_id: str) -> PurgeRecord:
    """Delete all that leads to persons of one conference, whose time has come, from the database and the store; its record.

    Raises Conflict("purge_not_due"), Conflict("purge_demo"), Unavailable; then it is begun anew later.
    """
    if services.settings.demo:
        raise Conflict("purge_demo")
    before = await _begin(services, conference_id)
    for step in STEPS:
        await step(services)
    await _empty_store(services)
    record = await _finish(services, conference_id, before)
    await _empty_store(services)
    await services.db.wipe()
    return record


async def _begin(services: Services, conference_id: str) -> Before:
    """What there is before anything goes is written down first: whoever goes on after a kill finds it there."""
    async with services.db.work() as work:
        record = await record_for_change(work, conference_id)
        conference = await conference_by_id(work.session, conference_id)
        if work.now < conference.purge:
            raise Conflict("purge_not_due")
        if record.begun is not None and record.ended is None:
            return Before(record.rows, record.objects, again=False)
        counts = await counts_in(work.session, conference_id)
        before = Before(counts, len(await objects_of(work.session, conference)), again=record.ended is not None)
        # What is told last stays in the table (`_forget_told`): let that be this, which says nothing of anybody.
        services.outbox.tell(work, f"conference:{conference_id}", "conference.changed", conference_id=conference_id)
        if not before.again:
            record.begun, record.rows, record.objects = work.now, counts, before.objects
            work.session.add(record)
    log.info("purge_begun", conference=conference_id, rows=sum(counts.values()), objects=before.objects)
    return before


async def _finish(services: Services, conference_id: str, before: Before) -> PurgeRecord:
    """People, and the record, in one unit of work: the letters about it go to organisers whom nobody knows afterwards."""
    async with services.db.work() as work:
        record = await record_for_change(work, conference_id)
        if record.ended is not None and not before.again:
            return record  # another worker was quicker
        conference = await conference_by_id(work.session, conference_id)
        organisers = await organisers_of(work.session, conference_id)
        for key, _upload in await objects_of(work.session, conference):
            if key.startswith(film.PREFIX):
                await enqueue(work, film.FORGET, {"key": key})
        await _forget_mail(work, conference)
        await work.session.exec(delete(PeopleTable).where(col(PeopleTable.conference_id) == conference_id))
        await forget_people(work, conference_id)
        await forget_accounts(work)
        await _forget_told(work, conference_id)
        after = await counts_in(work.session, conference_id)
        _conclude(record, before, after, len(await objects_of(work.session, conference)))
        if left := left_over(after):
            log.error("purge_incomplete", conference=conference_id, **left)
            return record
        record.ended = work.now
        work.session.add(record)
        rows = sum(deleted(record.rows).values())
        audit.record(work, "conference purged", conference_id=conference_id, rows=rows, objects=record.objects)
        if not before.again:
            await _write(services, work, conference, record, organisers)
    log.info("purged", conference=conference_id, rows=rows, objects=record.objects)
    return record


def _conclude(record: PurgeRecord, before: Before, after: Mapping[str, int], objects: int) -> None:
    rows, files = gone(before.counts, after), max(before.objects - objects, 0)
    if before.again:
        rows = {name: record.rows.get(name, 0) + rows.get(name, 0) for name in {**record.rows, **rows}}
        files += record.objects
    record.rows, record.objects, record.remains = rows, files, remaining(after)


async def _forget_mail(work: Work, conference: Conference) -> None:
    """Letters to its people that are still on their way, or came to nothing: they name whom they go to, and hold links. Whoever
    takes part elsewhere as well still gets those that are not about this conference."""
    here = set(await work.session.exec(select(Person.email).where(Person.conference_id == conference.id)))
    others = col(Person.conference_id).is_distinct_from(conference.id)
    elsewhere = set(await work.session.exec(select(Person.email).where(others, col(Person.email).in_(here))))
    ours = here | {str(conference.contact.get("email", "")).lower()}
    query = select(Job).where(Job.kind == KIND, col(Job.done_at).is_(None))
    for job in list(await work.session.exec(query)):
        to = str(job.facts.get("to", "")).lower()
        said = str(job.facts.get("text", ""))
        if to in ours and (to not in elsewhere or job.failed_at is not None or f"/{conference.slug}/" in said):
            await work.session.delete(job)


async def _forget_told(work: Work, conference_id: str) -> None:
    """What was told of it during the last day, but that it has changed: all processes are to learn of that."""
    newest = await newest_id(work.session)  # says how far the ids have come
    told = col(OutboxRow.conference_id) == conference_id, col(OutboxRow.id) < newest
    await work.session.exec(delete(OutboxRow).where(*told, col(OutboxRow.kind) != "conference.changed"))


async def _write(services: Services, work: Work, conference: Conference, record: PurgeRecord, organisers: list[Person]) -> None:
    """The record, to the organisers and the contact: nobody of them can sign in for it any more."""
    to: dict[str, str | None] = {person.email.lower(): person.language for person in organisers}
    to.setdefault(str(conference.contact.get("email", "")).lower(), None)
    for address, code in to.items():
        if deliverable(address):
            codes = (code,) if code in LANGUAGES else LANGUAGES
            subject, text = in_one([letter_about(services.texts[each], conference, record) for each in codes])
            await post(work, Letter(to=address, subject=subject, text=text))


async def _empty_store(services: Services) -> None:
    """Delete now what waits to be deleted, also where no worker runs; what a dead worker holds is deleted all the same."""
    every: dict[str, Any] = {
        **cards.handlers(services.storage),
        **slides.handlers(services.storage),
        **results.handlers(services.storage),
        **film.handlers(services.storage),
        handover.FORGET: handover.handlers(services)[handover.FORGET],
    }
    worker = Worker(services.db, services.clock, services.ids, every)
    while await worker.run_once():
        pass
    async with services.db.read() as db:
        waits = (col(Job.done_at).is_(None), col(Job.failed_at).is_(None), col(Job.kind).in_(every))
        jobs = list(await db.exec(select(Job).where(*waits)))
    for job in jobs:
        await every[job.kind](job)

"""The worker: mail, clean-up, whatever takes longer than a request may."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from conference.base.errors import Unavailable
from conference.base.jobs import Worker, forget_finished
from conference.base.log import logger
from conference.base.mail import mail_handlers
from conference.cards.actions import handlers as cards_handlers
from conference.cards.films.preparing import handlers as films_handlers
from conference.cards.reconcile import reconcile
from conference.desk.handover.actions import forget_old_packs
from conference.desk.handover.actions import handlers as handover_handlers
from conference.desk.legal.film import handlers as legal_handlers
from conference.desk.legal.film import reconcile_films
from conference.desk.people.sweeping import forget_people_tables
from conference.desk.settings.logos import handlers as logo_handlers
from conference.desk.settings.logos import reconcile_logos
from conference.doctor.looking import handlers as doctor_handlers
from conference.forums.slides.actions import handlers as slides_handlers
from conference.forums.talk.chat_actions import forget_ended_chats
from conference.keeping.checking.actions import ask_for_due_checks
from conference.keeping.checking.actions import handlers as check_handlers
from conference.keeping.ending import remind
from conference.live.bus import CATCH_UP, WAKE
from conference.mailing.sending import Sender
from conference.mailing.store import REGISTERED
from conference.people.accounts.actions import forget_accounts
from conference.purging import handlers as purging_handlers
from conference.purging import purge_due
from conference.registration.purge import forget_needs
from conference.registration.store import registered_words
from conference.results.objects import handlers as results_handlers
from conference.results.reconcile import reconcile_results
from conference.web.services import Services

log = logger("worker")
SWEEP_EVERY = 3600.0
COMPARE_EVERY = 600.0
FINISHED_KEPT = timedelta(days=1)


async def run_worker(services: Services) -> None:
    """Work on jobs until cancelled. Several workers share the jobs of one database; films and
    hand-over packs, which take minutes, are made one after the other beside everything else, so that no letter waits for them."""
    handlers = {
        **mail_handlers(services.mail),
        **results_handlers(services.storage),
        **cards_handlers(services.storage),
        **slides_handlers(services.storage),
        **legal_handlers(services.storage),
        **logo_handlers(services.storage),
    }
    worker = Worker(services.db, services.clock, services.ids, handlers)
    slow = {
        **films_handlers(services),
        **handover_handlers(services),
        **doctor_handlers(services),
        **check_handlers(services),
        **purging_handlers(services),
    }
    films = Worker(services.db, services.clock, services.ids, slow)
    services.audiences[REGISTERED] = registered_words
    letters = Sender(services)
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run())
        group.create_task(films.run())
        group.create_task(letters.run())
        group.create_task(_wake(services, worker, films, letters))
        group.create_task(_sweep(services))
        group.create_task(_compare(services))


async def _wake(services: Services, *workers: Worker | Sender) -> None:
    """Every commit that told something may have brought a job as well."""
    async for heard in services.bus.subscribe(WAKE, CATCH_UP, "jobs"):
        del heard
        for worker in workers:
            worker.wake()


async def forget_old(services: Services) -> None:
    """Forget what nobody can ask for any more: told events, jobs (a letter that was refused holds a personal link), the
    chats of sessions that are over, access needs on their day; and all that leads to people of conferences that are purged."""
    async with services.db.work() as work:
        rows = await services.outbox.drop_old(work)
        jobs = await forget_finished(work, datetime.fromtimestamp(services.clock.real(), UTC) - FINISHED_KEPT)
    lines = await forget_ended_chats(services)
    await forget_old_packs(services)
    await forget_people_tables(services)
    await forget_needs(services)
    async with services.db.work() as work:
        await forget_accounts(work)
    letters = await remind(services)
    purged = len(await purge_due(services))
    if rows or jobs or lines or letters or purged:
        log.info("forgotten", outbox_rows=rows, jobs=jobs, chat_lines=lines, reminders=letters, conferences=purged)


async def _sweep(services: Services) -> None:
    while True:
        try:
            await forget_old(services)
        except Unavailable as error:
            log.warning("sweep put off", reason=error.code)
        await asyncio.sleep(SWEEP_EVERY)


async def _compare(services: Services) -> None:
    """Keep the store to what cards and results name; and look at conferences from outside that have closed."""
    while True:
        try:
            await reconcile(services)
            await reconcile_results(services)
            await reconcile_films(services)
            await reconcile_logos(services)
            await ask_for_due_checks(services)
        except Unavailable as error:
            log.warning("comparison put off", reason=error.code)
        await asyncio.sleep(COMPARE_EVERY)

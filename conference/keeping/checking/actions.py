"""Looking at a closed conference from outside: asked for on its page, or by the worker once after closing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlmodel import col, func, select

from conference.access.model import Conference, State
from conference.access.rules import state_at
from conference.access.store import conference_by_id, times_of
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import locked
from conference.base.errors import Conflict, NotFound, Unavailable
from conference.base.ids import digest
from conference.base.jobs import Handler, Job, enqueue
from conference.base.log import logger
from conference.doors.table import OVER
from conference.keeping.checking.asking import answers_to
from conference.keeping.checking.letters import tell_of_faults
from conference.keeping.checking.listing import Lent, probes_of
from conference.keeping.checking.rules import Outcome, is_due, is_under_way, judged, within
from conference.keeping.checking.store import ended_checks, last_check, somebody_without_rights, take_back, tokens_labelled
from conference.keeping.model import CloseCheck
from conference.people.actions import issue_link, real_now
from conference.people.model import AccessToken
from conference.program.store import sessions_of
from conference.web.services import Services

KIND = "closing.check"
"""Kind of the job. facts: check."""
CHECK_CHANGED = "check.changed"
"""Topic desk:ID. A check was asked for, or has ended."""
LENT_FOR = timedelta(minutes=40)

log = logger("checking")


def handlers(services: Services) -> Mapping[str, Handler]:
    """For a worker that may take minutes."""

    async def check(job: Job) -> None:
        await run_check(services, job.facts["check"])

    return {KIND: check}


async def ask_for_check(services: Services, work: Work, conference_id: str, *, by: str | None) -> None:
    """Have the worker look; while it does, asking again adds nothing. Raises Conflict("not_closed")."""
    conference = await locked(work, Conference, conference_id)
    if state_at(times_of(conference), work.now) not in OVER:
        raise Conflict("not_closed")
    last = await last_check(work.session, conference_id)
    if last is not None and is_under_way(last.begun, last.ended, work.now):
        return
    row = CloseCheck(id=services.ids.new(), conference_id=conference_id, begun=work.now)
    work.session.add(row)
    await enqueue(work, KIND, {"check": row.id}, unique_key=f"{KIND}:{conference_id}")
    audit.record(work, "closing check asked", conference_id=conference_id, person_id=by)
    _tell(services, work, conference_id)


async def ask_for_due_checks(services: Services) -> int:
    """Look at each conference by itself once after it has closed; how many. May be repeated. A demo, whose clock is moved to and
    fro, looks when it is asked."""
    if services.settings.demo:
        return 0
    now = services.clock.now()
    newest = select(CloseCheck.conference_id, func.max(col(CloseCheck.begun)).label("begun")).group_by(CloseCheck.conference_id)
    last = newest.subquery()
    query = select(Conference.id, Conference.closes, last.c.begun).outerjoin(last, last.c.conference_id == Conference.id)
    async with services.db.read() as session:
        rows = (await session.exec(query.where(Conference.closes <= now))).all()
    due = [conference_id for conference_id, closes, begun in rows if is_due(closes, begun, now)]
    for conference_id in due:
        async with services.db.work() as work:
            await ask_for_check(services, work, conference_id, by=None)
    return len(due)


async def run_check(services: Services, check_id: str) -> None:
    """Look, and write down what was found. Nothing when that was done, or the conference is open again or gone."""
    async with services.db.read() as session:
        row = await session.get(CloseCheck, check_id)
        conference = await session.get(Conference, row.conference_id) if row is not None else None
    if row is None or conference is None or row.ended is not None:
        return
    async with lent(services, conference) as things:
        async with services.db.read() as session:
            every = await probes_of(services, session, conference, things)
        probes = within(every)
        answers = await answers_to(services.settings.base_url, probes)
    if probes and not answers:
        raise Unavailable("check", reason="no answers")
    await _settle(services, check_id, judged(probes, answers, cut=len(every) - len(probes)))


async def _settle(services: Services, check_id: str, outcome: Outcome) -> None:
    async with services.db.work() as work:
        row = await work.session.get(CloseCheck, check_id, with_for_update=True)
        if row is None or row.ended is not None:
            return
        conference = await conference_by_id(work.session, row.conference_id)
        _tell(services, work, row.conference_id)
        if state_at(times_of(conference), work.now) not in OVER:
            await work.session.delete(row)  # opened again meanwhile: what was found says nothing
            return
        before = await ended_checks(work.session, row.conference_id, 1)
        known = any(each.faults and each.begun >= conference.closes for each in before)
        row.ended, row.tried, row.faults = work.now, outcome.tried, outcome.faults
        work.session.add(row)
        if outcome.faults and not known:  # whoever looks again sees it on the page
            await tell_of_faults(services, work, conference, outcome)
    log.info("closing_checked", conference=row.conference_id, asked=sum(outcome.tried.values()), faults=len(outcome.faults))


def _tell(services: Services, work: Work, conference_id: str) -> None:
    services.outbox.tell(work, f"desk:{conference_id}", CHECK_CHANGED, conference_id=conference_id)


@asynccontextmanager
async def lent(services: Services, conference: Conference) -> AsyncIterator[Lent]:
    """Tokens for each room and the link of somebody without rights, which must open nothing now; deleted when the block ends. Of
    a purged conference nobody is left, and nothing of the kind is made."""
    async with services.db.work() as work:
        try:
            held = await locked(work, Conference, conference.id)
        except NotFound:
            held = conference
        things = Lent() if state_at(times_of(held), work.now) is State.PURGED else await _made(services, work, conference.id)
    try:
        yield things
    finally:
        async with services.db.work() as work:
            links = [digest(things.link)] if things.link else []
            await take_back(work, [digest(secret) for secret in things.tokens.values()], links)


async def _made(services: Services, work: Work, conference_id: str) -> Lent:
    tokens, now = {}, real_now(services.clock)
    await take_back(work, await tokens_labelled(work.session, conference_id, KIND), [])  # of one that was killed
    for session in await sessions_of(work.session, conference_id):
        tokens[session.id] = secret = services.ids.secret()
        work.session.add(
            AccessToken(
                digest=digest(secret),
                conference_id=conference_id,
                session_id=session.id,
                role="publisher",
                label=KIND,
                created=now,
                expires=now + LENT_FOR,
            )
        )
    person = await somebody_without_rights(work.session, conference_id)
    return Lent(tokens, await issue_link(work, services.ids, person) if person else None)

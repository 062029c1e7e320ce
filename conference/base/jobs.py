"""Slow work as durable rows: enqueued in the unit of work that needs it, done by a worker that holds a lease.

A worker that dies loses its lease, and another takes the job again: handlers must bear being run twice. Leases go by
real time, never by the conference's clock, which a demo shifts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import JSON, Column, Index, case, delete, func, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.clock import Clock
from conference.base.db import Database, Instant, Work
from conference.base.errors import ConferenceError, Invalid, NotFound, Unavailable
from conference.base.ids import Ids, RandomIds
from conference.base.log import logger

MOST_ATTEMPTS = 8
FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 3600.0
POLL_SECONDS = 1.5

log = logger(__name__)


class Job(SQLModel, table=True):
    """run_after, leased_until, done_at, failed_at are real time; created is the conference time of the unit of work.

    facts: JSON values, ids rather than contents; emptied when the job is done. unique_key: held until the job is done or
    has failed. revision counts how often the job was asked for under its unique key. lease: names one claim.
    """

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_waiting", "done_at", "failed_at", "run_after"),)

    id: str = Field(primary_key=True)
    kind: str
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created: datetime = Field(sa_type=Instant)
    run_after: datetime | None = Field(default=None, sa_type=Instant)
    unique_key: str | None = Field(default=None, unique=True)
    revision: int = 0
    attempts: int = 0
    leased_until: datetime | None = Field(default=None, sa_type=Instant)
    lease: str | None = None
    last_error: str | None = None
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    failed_at: datetime | None = Field(default=None, sa_type=Instant)


Handler = Callable[[Job], Awaitable[None]]


class Report(Protocol):
    """A hook for metrics. outcome: done, retry, failed, lost, released."""

    def __call__(self, kind: str, outcome: str, seconds: float) -> None: ...


async def enqueue(
    work: Work,
    kind: str,
    facts: Mapping[str, Any],
    *,
    run_after: datetime | None = None,
    unique_key: str | None = None,
) -> str:
    """Ask for a job within this unit of work; its id. It begins after the commit, not before `run_after` (real time).

    While a job with this unique key is unfinished there is no second one: the first takes over these facts and the earlier
    of both times, and if it is running at that moment it runs once more afterwards, so that it has seen the newest state.
    """
    job = {
        "id": RandomIds().new(),
        "kind": kind,
        "facts": dict(facts),
        "created": work.now,
        "run_after": run_after,
        "unique_key": unique_key,
        "revision": 0,
        "attempts": 0,
    }
    insert: Any = (postgresql.insert if work.dialect == "postgresql" else sqlite.insert)(Job).values(**job)
    again = insert.on_conflict_do_update(
        index_elements=[col(Job.unique_key)],
        set_={
            "facts": insert.excluded.facts,
            "run_after": _earlier(insert.excluded.run_after),
            "revision": col(Job.revision) + 1,
        },
    )
    result = await work.session.exec(again.returning(col(Job.id)))
    return str(result.scalar_one())


def _earlier(other: Any) -> Any:
    """The earlier of the row's own run_after and another; none means at once."""
    mine = col(Job.run_after)
    return case((or_(mine.is_(None), other.is_(None)), None), (mine < other, mine), else_=other)


async def waiting(session: AsyncSession) -> dict[str, int]:
    """How many jobs of each kind are neither done nor failed."""
    query = select(col(Job.kind), func.count()).where(*_UNFINISHED).group_by(col(Job.kind))
    return dict((await session.exec(query)).all())


async def forget_finished(work: Work, before: datetime) -> int:
    """Delete what was done or failed before this real time; how many."""
    old = or_(col(Job.done_at) < before, col(Job.failed_at) < before)
    return int((await work.session.exec(delete(Job).where(old))).rowcount)


_UNFINISHED = (col(Job.done_at).is_(None), col(Job.failed_at).is_(None))


class Worker:
    """Does one job at a time, of the kinds that it has handlers for; several workers may share a database.

    A handler that raises is tried again after 5, 10, 20, ... seconds (an hour at most); after eight attempts, or at once when
    it raises Invalid or NotFound, the job has failed and stays with the code of its reason. While a handler runs its lease
    is renewed; should it be lost all the same (the database was away for too long), the handler is cancelled.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        ids: Ids,
        handlers: Mapping[str, Handler],
        *,
        lease_seconds: float = 60,
        poll_seconds: float = POLL_SECONDS,
        report: Report | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._ids = ids
        self._handlers = dict(handlers)
        self._lease = lease_seconds
        self._poll = poll_seconds
        self._report = report
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There may be work: look now rather than at the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled; a job that is under way then goes back to the others."""
        while True:
            self._woken.clear()
            try:
                if await self.run_once():
                    continue
            except Unavailable as error:
                log.warning("jobs_wait", reason=error.facts.get("reason"))
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll):  # wait_for of Python 3.11 may swallow a cancellation
                    await self._woken.wait()

    async def run_once(self) -> bool:
        """Do the job that is due first; whether there was one. Raises Unavailable when the database does not answer."""
        job = await self._claim()
        if job is None:
            return False
        begun = self._clock.monotonic()
        outcome = await self._do(job)
        if self._report is not None:
            self._report(job.kind, outcome, self._clock.monotonic() - begun)
        return True

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.real(), UTC)

    async def _claim(self) -> Job | None:
        now = self._now()
        due = (
            select(col(Job.id))
            .where(*_UNFINISHED)
            .where(col(Job.kind).in_(self._handlers))
            .where(or_(col(Job.run_after).is_(None), col(Job.run_after) <= now))
            .where(or_(col(Job.leased_until).is_(None), col(Job.leased_until) <= now))
            .order_by(col(Job.created), col(Job.id))
            .limit(1)
        )
        async with self._db.read() as session:  # an idle worker does not take the writer's turn
            if (await session.exec(due)).first() is None:
                return None
        claim = (
            update(Job)
            .where(col(Job.id) == due.with_for_update(skip_locked=True).scalar_subquery())
            .values(
                lease=self._ids.new(),
                leased_until=now + timedelta(seconds=self._lease),
                attempts=col(Job.attempts) + 1,
            )
            .returning(Job)
        )
        async with self._db.work() as work:
            job: Job | None = (await work.session.exec(claim)).scalar_one_or_none()
        return job

    async def _do(self, job: Job) -> str:
        if job.attempts > MOST_ATTEMPTS:
            return await self._fail(job, "worker_lost")
        task = asyncio.ensure_future(self._handlers[job.kind](job))
        keeper = asyncio.create_task(self._keep(job))
        try:
            await asyncio.wait({task, keeper}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await _end(task, keeper)
            await asyncio.shield(self._release(job))
            raise
        await _end(keeper)
        if not task.done():
            await _end(task)
            log.warning("job_lost", job=job.id, kind=job.kind)
            return "lost"
        return await self._conclude(job, task.exception() if not task.cancelled() else asyncio.CancelledError())

    async def _conclude(self, job: Job, error: BaseException | None) -> str:
        if error is None:
            return await self._settle(job, "done", done_at=self._now(), unique_key=None, facts={}, last_error=None)
        code = error.code if isinstance(error, ConferenceError) else type(error).__name__
        known = isinstance(error, ConferenceError)
        log.warning("job_failed", job=job.id, kind=job.kind, attempt=job.attempts, code=code, exc_info=None if known else error)
        if job.attempts >= MOST_ATTEMPTS or isinstance(error, Invalid | NotFound):
            return await self._fail(job, code)
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (job.attempts - 1), LONGEST_PAUSE_SECONDS)
        return await self._settle(job, "retry", run_after=self._now() + timedelta(seconds=pause), last_error=code)

    async def _fail(self, job: Job, code: str) -> str:
        return await self._settle(job, "failed", failed_at=self._now(), unique_key=None, last_error=code)

    async def _settle(self, job: Job, outcome: str, **values: Any) -> str:
        """Write the outcome. When the job was asked for again meanwhile, it waits for its next run instead."""
        mine = update(Job).where(col(Job.id) == job.id, col(Job.lease) == job.lease)
        free: dict[str, Any] = {"lease": None, "leased_until": None}
        async with self._db.work() as work:
            settled = await work.session.exec(mine.where(col(Job.revision) == job.revision).values(**values, **free))
            if settled.rowcount:
                return outcome
            again = await work.session.exec(mine.values(attempts=0, **free))
            return outcome if again.rowcount else "lost"

    async def _keep(self, job: Job) -> None:
        """Renew the lease; returns when it is lost."""
        renewed = self._clock.monotonic()
        while True:
            await asyncio.sleep(self._lease / 3)
            until = self._now() + timedelta(seconds=self._lease)
            mine = update(Job).where(col(Job.id) == job.id, col(Job.lease) == job.lease)
            try:
                async with self._db.work() as work:
                    if not (await work.session.exec(mine.values(leased_until=until))).rowcount:
                        return
                renewed = self._clock.monotonic()
            except Unavailable:
                if self._clock.monotonic() - renewed > self._lease:
                    return

    async def _release(self, job: Job) -> None:
        """Give the job back, so that nobody has to wait for the lease to run out."""
        mine = update(Job).where(col(Job.id) == job.id, col(Job.lease) == job.lease)
        with suppress(Unavailable):
            async with self._db.work() as work:
                await work.session.exec(mine.values(attempts=col(Job.attempts) - 1, lease=None, leased_until=None))


async def _end(*tasks: asyncio.Future[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

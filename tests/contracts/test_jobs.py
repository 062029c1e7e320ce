"""Durable jobs on both databases: nothing is lost, nothing runs twice at a time, a dead worker's job is taken again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select, update

from conference.base.clock import FixedClock, SystemClock
from conference.base.db import Database, open_database
from conference.base.errors import Invalid, Unavailable
from conference.base.ids import RandomIds
from conference.base.jobs import MOST_ATTEMPTS, Handler, Job, Worker, enqueue, forget_finished, waiting
from tests.tables import create_tables

START = datetime(2021, 5, 17, 10, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
async def db(database_url: str, clock: FixedClock) -> AsyncIterator[Database]:
    database = open_database(database_url, clock)
    await create_tables(database)
    yield database
    await database.aclose()


async def ask(
    db: Database, kind: str = "count", unique_key: str | None = None, run_after: datetime | None = None, **facts: int
) -> str:
    async with db.work() as work:
        return await enqueue(work, kind, facts, unique_key=unique_key, run_after=run_after)


async def only(db: Database) -> Job:
    async with db.read() as session:
        return (await session.exec(select(Job))).one()


class Seen:
    """A handler that remembers the facts it saw; it may raise, or wait until it is let go."""

    def __init__(self, *errors: Exception | None, hold: bool = False) -> None:
        self.facts: list[dict[str, int]] = []
        self.errors = list(errors)
        self.entered = asyncio.Event()
        self.go = asyncio.Event()
        if not hold:
            self.go.set()

    async def __call__(self, job: Job) -> None:
        self.facts.append(job.facts)
        self.entered.set()
        await self.go.wait()
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error


def worker(db: Database, clock: FixedClock, handler: Handler, **options: float) -> Worker:
    return Worker(db, clock, RandomIds(), {"count": handler}, **options)  # type: ignore[arg-type]


async def test_a_job_is_done_once(db: Database, clock: FixedClock) -> None:
    seen, reports = Seen(), []

    def report(kind: str, outcome: str, seconds: float) -> None:
        reports.append((kind, outcome, seconds))

    one = Worker(db, clock, RandomIds(), {"count": seen}, report=report)
    assert not await one.run_once()
    await ask(db, number=1)
    assert await one.run_once()
    assert not await one.run_once()
    assert (seen.facts, reports) == ([{"number": 1}], [("count", "done", 0.0)])
    job = await only(db)
    assert (job.done_at, job.facts, job.attempts, job.lease, job.leased_until) == (START, {}, 1, None, None)


async def test_no_job_without_its_unit_of_work(db: Database, clock: FixedClock) -> None:
    async def fail() -> None:
        async with db.work() as work:
            await enqueue(work, "count", {})
            raise Invalid("wrong")

    with pytest.raises(Invalid):
        await fail()
    assert not await worker(db, clock, Seen()).run_once()


async def test_oldest_first_and_only_known_kinds(db: Database, clock: FixedClock) -> None:
    await ask(db, kind="other")
    for number in (1, 2, 3):
        clock.advance(seconds=1)
        await ask(db, number=number)
    seen = Seen()
    one = worker(db, clock, seen)
    async with db.read() as session:
        assert await waiting(session) == {"count": 3, "other": 1}
    while await one.run_once():
        pass
    assert [facts["number"] for facts in seen.facts] == [1, 2, 3]
    async with db.read() as session:
        assert await waiting(session) == {"other": 1}


async def test_not_before_its_time_which_is_real_time(db: Database, clock: FixedClock) -> None:
    await ask(db, run_after=START + timedelta(minutes=5))
    one = worker(db, clock, Seen())
    clock.advance(minutes=4)
    assert not await one.run_once()
    clock.advance(minutes=1)
    assert await one.run_once()


async def test_a_shifted_conference_clock_changes_nothing(db: Database) -> None:
    """In a demo conference time is years away from the machine's."""

    class Shifted(FixedClock):
        def now(self) -> datetime:
            return START - timedelta(days=900)

    shifted = Shifted(START)
    await ask(db, run_after=START + timedelta(seconds=1))
    seen = Seen(RuntimeError())
    one = worker(db, shifted, seen)
    assert not await one.run_once()
    shifted.advance(seconds=1)
    assert await one.run_once()
    assert (await only(db)).run_after == START + timedelta(seconds=6)


async def test_trying_again_with_longer_pauses(db: Database, clock: FixedClock) -> None:
    await ask(db)
    seen = Seen(Unavailable("mail"), ValueError("contents"), None)
    one = worker(db, clock, seen)
    assert await one.run_once()
    job = await only(db)
    assert (job.last_error, job.run_after, job.attempts) == ("mail", START + timedelta(seconds=5), 1)
    clock.advance(seconds=4)
    assert not await one.run_once()
    clock.advance(seconds=1)
    assert await one.run_once()
    job = await only(db)
    assert (job.last_error, job.run_after) == ("ValueError", START + timedelta(seconds=15))
    clock.advance(seconds=10)
    assert await one.run_once()
    job = await only(db)
    assert (job.done_at, job.last_error, job.attempts) == (START + timedelta(seconds=15), None, 3)


async def test_a_job_that_fails_for_good_is_kept_with_its_reason(db: Database, clock: FixedClock) -> None:
    await ask(db, unique_key="key", number=1)
    one = worker(db, clock, Seen(*[Unavailable("mail")] * MOST_ATTEMPTS))
    for _ in range(MOST_ATTEMPTS):
        assert await one.run_once()
        clock.advance(hours=1)
    assert not await one.run_once()
    job = await only(db)
    assert (job.attempts, job.last_error, job.done_at, job.facts) == (MOST_ATTEMPTS, "mail", None, {"number": 1})
    assert job.failed_at == START + timedelta(hours=MOST_ATTEMPTS - 1)
    assert await ask(db, unique_key="key", number=2) != job.id


async def test_what_cannot_work_is_not_tried_again(db: Database, clock: FixedClock) -> None:
    await ask(db)
    assert await worker(db, clock, Seen(Invalid("mail_refused"))).run_once()
    job = await only(db)
    assert (job.failed_at, job.last_error, job.attempts) == (START, "mail_refused", 1)


async def test_the_same_key_is_one_job(db: Database, clock: FixedClock) -> None:
    later = START + timedelta(hours=1)
    first = await ask(db, unique_key="sheet", run_after=later, number=1)
    assert await ask(db, unique_key="sheet", run_after=later + timedelta(hours=1), number=2) == first
    assert (await only(db)).run_after == later
    assert await ask(db, unique_key="sheet", number=3) == first
    assert (await only(db)).run_after is None
    assert await ask(db, unique_key="sheet", run_after=later, number=4) == first
    assert (await only(db)).run_after is None
    seen = Seen()
    one = worker(db, clock, seen)
    assert await one.run_once()
    assert not await one.run_once()
    assert seen.facts == [{"number": 4}]
    assert await ask(db, unique_key="sheet", number=5) != first


async def test_asked_for_again_while_it_runs_it_runs_once_more(db: Database, clock: FixedClock) -> None:
    first = await ask(db, unique_key="sheet", number=1)
    seen = Seen(hold=True)
    one, other = worker(db, clock, seen), worker(db, clock, seen)
    running = asyncio.create_task(one.run_once())
    await seen.entered.wait()
    assert await ask(db, unique_key="sheet", number=2) == first
    assert not await other.run_once()  # never twice at a time
    seen.go.set()
    await running
    assert await other.run_once()
    assert not await other.run_once()
    assert seen.facts == [{"number": 1}, {"number": 2}]


async def test_a_dead_workers_job_is_taken_after_its_lease(db: Database, clock: FixedClock) -> None:
    await ask(db)
    dead, seen = Seen(hold=True), Seen()
    one, other = worker(db, clock, dead, lease_seconds=60), worker(db, clock, seen, lease_seconds=60)
    running = asyncio.create_task(one.run_once())
    await dead.entered.wait()
    clock.advance(seconds=59)
    assert not await other.run_once()
    clock.advance(seconds=1)
    assert await other.run_once()
    dead.go.set()
    await running  # it was not dead after all: its late outcome changes nothing
    job = await only(db)
    assert (job.done_at, job.attempts) == (START + timedelta(seconds=60), 2)


async def test_a_job_that_kills_its_workers_fails_in_the_end(db: Database, clock: FixedClock) -> None:
    identity = await ask(db)
    async with db.work() as work:
        await work.session.exec(
            update(Job).where(col(Job.id) == identity).values(attempts=MOST_ATTEMPTS, leased_until=START, lease="x")
        )
    seen = Seen()
    assert await worker(db, clock, seen).run_once()
    assert seen.facts == []
    assert (await only(db)).last_error == "worker_lost"


async def test_a_lease_is_renewed_while_the_job_runs(db: Database, clock: FixedClock) -> None:
    await ask(db)
    seen = Seen(hold=True)
    running = asyncio.create_task(worker(db, clock, seen, lease_seconds=0.3).run_once())
    await seen.entered.wait()
    clock.advance(seconds=100)
    await until(lambda: renewed(db, START + timedelta(seconds=100.3)))
    seen.go.set()
    await running
    assert (await only(db)).done_at == START + timedelta(seconds=100)


async def test_a_handler_whose_lease_was_taken_is_cancelled(db: Database, clock: FixedClock) -> None:
    identity = await ask(db)
    seen = Seen(hold=True)
    reports: list[str] = []
    one = Worker(
        db, clock, RandomIds(), {"count": seen}, lease_seconds=0.3, report=lambda kind, outcome, seconds: reports.append(outcome)
    )
    running = asyncio.create_task(one.run_once())
    await seen.entered.wait()
    async with db.work() as work:
        await work.session.exec(update(Job).where(col(Job.id) == identity).values(lease="another"))
    async with asyncio.timeout(5):
        assert await running
    assert reports == ["lost"]
    assert ((await only(db)).lease, (await only(db)).done_at) == ("another", None)


async def test_stopping_gives_the_job_back_at_once(db: Database, clock: FixedClock) -> None:
    await ask(db)
    held = Seen(hold=True)
    running = asyncio.create_task(worker(db, clock, held).run())
    await held.entered.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    seen = Seen()
    assert await worker(db, clock, seen).run_once()
    assert (await only(db)).attempts == 1


async def test_many_workers_share_the_jobs(db: Database, clock: FixedClock) -> None:
    for number in range(30):
        await ask(db, number=number)
    seen = Seen()
    runs = [asyncio.create_task(worker(db, clock, seen, poll_seconds=0.05).run()) for _ in range(4)]
    await until(lambda: emptied(db))
    for run in runs:
        run.cancel()
    await asyncio.gather(*runs, return_exceptions=True)
    assert sorted(facts["number"] for facts in seen.facts) == list(range(30))


async def test_a_worker_is_woken(db: Database, clock: FixedClock) -> None:
    seen = Seen()
    one = worker(db, clock, seen, poll_seconds=3600)
    running = asyncio.create_task(one.run())
    await asyncio.sleep(0.1)
    async with db.work() as work:
        await enqueue(work, "count", {"number": 1})
        work.after_commit(one.wake)
    async with asyncio.timeout(5):
        await seen.entered.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_finished_jobs_are_forgotten_after_a_while(db: Database, clock: FixedClock) -> None:
    await ask(db)
    await ask(db)
    await ask(db)
    one = worker(db, clock, Seen(Invalid("never"), None))
    await one.run_once()
    await one.run_once()
    clock.advance(days=1)
    async with db.work() as work:
        assert await forget_finished(work, START) == 0
        assert await forget_finished(work, START + timedelta(hours=1)) == 2
    assert (await only(db)).done_at is None


WORKER = """
import asyncio, sys
from conference.base.clock import SystemClock
from conference.base.db import open_database
from conference.base.ids import RandomIds
from conference.base.jobs import Worker

async def hang(job):
    print("running", flush=True)
    await asyncio.sleep(60)

async def main():
    clock = SystemClock()
    await Worker(open_database(sys.argv[1], clock), clock, RandomIds(), {"count": hang}, lease_seconds=1).run()

asyncio.run(main())
"""


async def test_a_killed_process(database_url: str, db: Database, tmp_path: Path) -> None:
    """SIGKILL in the middle of a job: the next worker has it about a lease later."""
    program = tmp_path / "worker.py"
    program.write_text(WORKER)
    await ask(db, number=1)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), database_url, stdout=pipe, env={**os.environ, "PYTHONPATH": "."}
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        assert await process.stdout.readline() == b"running\n"
    process.send_signal(signal.SIGKILL)
    await process.wait()
    seen = Seen()
    real = SystemClock()
    running = asyncio.create_task(Worker(db, real, RandomIds(), {"count": seen}, poll_seconds=0.1).run())
    async with asyncio.timeout(5):
        await seen.entered.wait()
    await until(lambda: emptied(db))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (await only(db)).attempts == 2


async def until(reached: object) -> None:
    assert callable(reached)
    async with asyncio.timeout(10):
        while not await reached():
            await asyncio.sleep(0.02)


async def renewed(db: Database, expected: datetime) -> bool:
    return (await only(db)).leased_until == expected


async def emptied(db: Database) -> bool:
    async with db.read() as session:
        return await waiting(session) == {}

"""Drafts and publishing under two hands at once, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from pathlib import Path

import pytest

from conference.access.model import State
from conference.base.errors import Conflict
from conference.program.drafts import add_plan, edition_of, lock_program, planned_by_slug, program_planned, save_plan
from conference.program.plan import Plan
from conference.program.publishing import publish, versions_of
from conference.program.shifting import shift_program
from tests.site import Site, open_site


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    async with open_site(tmp_path, database_url) as opened:
        yield opened


async def winners(*acts: Awaitable[None]) -> int:
    done = await asyncio.gather(*acts, return_exceptions=True)
    lost = [each for each in done if each is not None]
    assert all(isinstance(each, Conflict) for each in lost), lost
    return len(done) - len(lost)


async def test_of_two_at_once_one_is_told(site: Site) -> None:
    conference, services = await site.conference(), site.services
    async with services.db.read() as db:
        known = await planned_by_slug(db, conference.id, "forum-1")

    async def save(title: str) -> None:
        async with services.db.work() as work:
            plan = replace(known.plan, title={"de": title})
            await save_plan(work, services, conference, State.ANNOUNCED, plan, seen=known.session.version, by=None)

    assert await winners(save("eins"), save("zwei"), save("drei")) == 1
    async with services.db.read() as db:
        planned = await program_planned(db, conference.id)
    assert [each.plan.slug for each in planned if each.drafted] == ["forum-1"]

    async def show() -> None:
        async with services.db.work() as work:
            await publish(work, services, conference, {}, seen=edition_of(planned), by=None)

    assert await winners(show(), show()) == 1

    async def add(slug: str) -> None:
        async with services.db.work() as work:
            await add_plan(work, services, conference, State.ANNOUNCED, replace(known.plan, slug=slug), by=None)

    assert await winners(add("neu"), add("neu")) == 1


async def test_saving_while_others_publish_waits_for_nobody_forever(site: Site) -> None:
    conference, services = await site.conference(), site.services
    async with services.db.read() as db:
        plans = [each.plan for each in await program_planned(db, conference.id)]

    async def save(plan: Plan, title: str) -> None:
        async with services.db.work() as work:
            changed = replace(plan, title={"de": title})
            await save_plan(work, services, conference, State.ANNOUNCED, changed, seen=None, by=None)

    async def show() -> None:
        async with services.db.work() as work:
            await publish(work, services, conference, {}, seen=None, by=None)

    for n in range(5):
        assert await winners(*(save(plan, f"{plan.slug} {n}") for plan in plans), show(), show()) >= len(plans)
    await winners(show())
    async with services.db.read() as db:
        found = await program_planned(db, conference.id)
    assert {each.public.title["de"] for each in found} == {f"{plan.slug} 4" for plan in plans}


async def test_moving_the_day_takes_drafts_along(site: Site) -> None:
    conference, services = await site.conference(), site.services
    async with services.db.read() as db:
        before = {each.plan.slug: each.plan for each in await program_planned(db, conference.id)}
    plan: Plan = replace(before["abschluss"], title={"de": "Anders"})
    async with services.db.work() as work:
        await save_plan(work, services, conference, State.LIVE, plan, seen=None, by=None)
    async with services.db.work() as work:
        await shift_program(work, services, conference, 10, services.clock.now(), by=None)
    async with services.db.work() as work:
        await publish(work, services, conference, {}, seen=None, by=None)
    async with services.db.work() as work:
        planned = {each.plan.slug: each for each in await lock_program(work, conference, None)}
        versions = await versions_of(work.session, conference.id)
    after = planned["abschluss"].public
    assert after.title == {"de": "Anders"}
    assert (after.starts - before["abschluss"].starts).total_seconds() == 600
    assert planned["panel"].public == before["panel"]  # it was over
    assert [each.number for each in versions] == [2, 1]
    assert {change["what"] for change in versions[0].changes} == {"title"}
    assert {change["what"] for change in versions[1].changes} <= {"moved", "rounds"}

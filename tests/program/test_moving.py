"""What moves when the day moves, or a room ends at another time: beginnings, rounds, and plans that wait to be published."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from conference.access.model import Conference, State
from conference.base.editions import locked
from conference.base.errors import Invalid
from conference.desk.people.merging import merge_people
from conference.people.model import Role
from conference.program.actions import move_end
from conference.program.drafts import program_planned, save_plan
from conference.program.model import Session
from conference.program.plan import Named, Plan, Planned
from conference.program.publishing import publish
from conference.program.shifting import shift_program
from tests.site import MOMENTS, Site, open_site

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(MOMENTS["doors"])
        yield opened


async def program(site: Site) -> dict[str, Planned]:
    async with site.services.db.read() as db:
        return {each.plan.slug: each for each in await program_planned(db, (await site.conference()).id)}


async def save(site: Site, plan: Plan, state: State) -> None:
    async with site.services.db.work() as work:
        await save_plan(work, site.services, await site.conference(), state, plan, seen=None, by=None)


async def test_the_conference_begins_with_its_first_session(site: Site) -> None:
    before = await site.conference()
    now = site.clock.now()
    for minutes in (15, -30):
        async with site.services.db.work() as work:
            held = await site.conference()
            await shift_program(work, site.services, held, minutes, now - timedelta(hours=1), by=None)
        after = await site.conference()
        assert after.live == held.live + minutes * MINUTE
        assert after.version == held.version + 1  # pages and calendars are made anew
        assert after.doors <= after.live
    assert after.live == before.live - 15 * MINUTE
    gap = after.live - after.doors
    async with site.services.db.work() as work:
        await shift_program(work, site.services, after, -60, now - timedelta(hours=2), by=None)
    early = await site.conference()
    assert (early.live, early.doors) == (after.live - 60 * MINUTE, min(after.doors, early.live - gap))
    async with site.services.db.work() as work:
        row = await locked(work, Conference, before.id)
        row.announced = row.doors
        work.session.add(row)
    with pytest.raises(Invalid) as refused:
        async with site.services.db.work() as work:
            await shift_program(work, site.services, early, -60, now - timedelta(hours=4), by=None)
    assert refused.value.facts["why"] == "early"


async def test_what_has_begun_does_not_begin_anew(site: Site) -> None:
    site.clock.jump_to(MOMENTS["live"])
    before = await site.conference()
    async with site.services.db.work() as work:
        await shift_program(work, site.services, before, 10, site.clock.now(), by=None)
    after = await site.conference()
    assert (after.live, after.doors) == (before.live, before.doors)


@pytest.mark.parametrize("drafted", [False, True])
async def test_no_round_is_turned_upside_down(site: Site, drafted: bool) -> None:
    plan = (await program(site))["forum-1"].plan
    rounds = ((plan.starts, plan.starts + 35 * MINUTE), (plan.starts + 40 * MINUTE, plan.ends))
    await save(site, replace(plan, rounds=rounds), State.LIVE if drafted else State.DRAFT)
    moment = plan.starts + 20 * MINUTE
    with pytest.raises(Invalid) as refused:
        async with site.services.db.work() as work:
            await shift_program(work, site.services, await site.conference(), -30, moment, by=None)
    assert refused.value.facts["why"] == "past"
    async with site.services.db.work() as work:
        await shift_program(work, site.services, await site.conference(), -10, moment, by=None)
    assert (await program(site))["forum-1"].plan.rounds == (
        (plan.starts, plan.starts + 25 * MINUTE),
        (plan.starts + 30 * MINUTE, plan.ends - 10 * MINUTE),
    )


async def publish_all(site: Site) -> dict[str, Planned]:
    async with site.services.db.work() as work:
        await publish(work, site.services, await site.conference(), {}, seen=None, by=None)
    return await program(site)


async def test_publishing_takes_no_minutes_back(site: Site) -> None:
    known = (await program(site))["forum-1"]
    await save(site, replace(known.plan, title={"de": "Neu"}), State.LIVE)
    version = (await program(site))["forum-1"].session.version
    async with site.services.db.work() as work:
        row = await work.session.get_one(Session, known.session.id)
        await move_end(work, site.services.outbox, row, row.ends + 3 * MINUTE)
    assert (await program(site))["forum-1"].session.version == version + 1  # forms that were open show the old end
    after = (await publish_all(site))["forum-1"].public
    assert (after.title, after.ends) == ({"de": "Neu"}, known.plan.ends + 3 * MINUTE)


@pytest.mark.parametrize("state", [State.LIVE, State.DRAFT])
async def test_who_was_merged_meanwhile_is_no_obstacle(site: Site, state: State) -> None:
    (kept, _), (gone, _) = [await site.invite(name, Role.SPEAKER, session="forum-2") for name in ("Anna Eins", "Anna Zwei")]
    plan = (await program(site))["forum-2"].plan
    shown = Named("Anna Zwei", "panel", {}, {}, gone.id)
    await save(site, replace(plan, people=(shown,)), State.DRAFT)
    await save(site, replace(plan, people=(replace(shown, title={"de": "Rat"}), replace(shown, role="speaker"))), State.LIVE)
    conference = await site.conference()
    async with site.services.db.work() as work:
        await merge_people(work, site.services, conference.id, kept.id, gone.id, by=None)
    if state is State.LIVE:
        after = await publish_all(site)
    else:  # announced once, and a draft again: what is saved is the program at once
        await save(site, (await program(site))["forum-2"].plan, State.DRAFT)
        after = await program(site)
    assert [(each.name, each.role, each.person_id) for each in after["forum-2"].public.people] == [
        ("Anna Zwei", "panel", kept.id),
        ("Anna Zwei", "speaker", None),
    ]

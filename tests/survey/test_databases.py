"""Answering on both databases: many at once, nobody twice; what was answered follows nobody, and people may become one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlmodel import select

from conference.base.db import Work
from conference.desk.people.merging import merge_people
from conference.keeping.attendance.actions import agree, take_back
from conference.keeping.attendance.store import attendance_of
from conference.people.model import Person
from conference.survey.actions import answer, open_survey
from conference.survey.model import SurveyAnswer, SurveyAnswered
from conference.survey.store import outcome_of, survey_of
from tests.keeping.attendance.seeds import present, sat
from tests.site import MOMENTS, Site, open_site

AT_ONCE = 5


async def answers_twice(site: Site, conference_id: str, person: Person, number: int) -> list[bool]:
    async def once() -> bool:
        async with site.services.db.work() as work:
            return await answer(work, site.services, conference_id, person.id, {"first": number % 5 + 1}, f"{number}")

    return list(await asyncio.gather(once(), once()))


async def test_many_answer_at_once_and_nobody_twice(tmp_path: Path, database_url: str) -> None:
    async with open_site(tmp_path, database_url) as site:
        conference = await site.conference()
        people = [(await site.invite(f"Person {number}"))[0] for number in range(AT_ONCE)]
        async with site.services.db.work() as work:
            await open_survey(work, site.services, conference.id, by=None)
        done = await asyncio.gather(*(answers_twice(site, conference.id, person, number) for number, person in enumerate(people)))
        assert all(sorted(each) == [False, True] for each in done)
        async with site.services.db.read() as session:
            kept = list(await session.exec(select(SurveyAnswer)))
            survey = await survey_of(session, conference.id)
            assert survey is not None
            outcome = await outcome_of(session, survey)
        assert sorted(row.comment for row in kept) == [str(number) for number in range(AT_ONCE)]
        assert all(row.answers == {"first": int(row.comment) % 5 + 1} for row in kept)
        assert (outcome.count, len(outcome.comments)) == (AT_ONCE, AT_ONCE)

        async with site.services.db.work() as work:
            await merge_people(work, site.services, conference.id, people[0].id, people[1].id, by=None)
        assert await answered(site) == {person.id for person in people} - {people[1].id}

        await present(site, 2)
        await sat(site, people[2].id)
        site.clock.jump_to(MOMENTS["archive"])
        assert await listed(site) == (["Gerda Gegenwart 000", "Gerda Gegenwart 001"], 1)

        async def again(work: Work) -> None:
            await agree(work, site.services, people[2].id, language="en")

        await asyncio.gather(*(in_work(site, again) for _ in range(3)))
        assert (await listed(site))[1] == 0
        async with site.services.db.work() as work:
            await take_back(work, people[2].id)
        assert (await listed(site))[1] == 1


async def in_work(site: Site, act: object) -> None:
    assert callable(act)
    async with site.services.db.work() as work:
        await act(work)


async def answered(site: Site) -> set[str]:
    async with site.services.db.read() as session:
        return set(await session.exec(select(SurveyAnswered.person_id)))


async def listed(site: Site) -> tuple[list[str], int]:
    conference = await site.conference()
    async with site.services.db.read() as session:
        found = await attendance_of(session, conference, site.clock.now())
    return [one.name for one in found.agreed], found.others

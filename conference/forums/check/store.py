"""Queries for results of tests."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.forums.check.model import CheckResult
from conference.people.model import Person


async def result_of(session: AsyncSession, person_id: str) -> CheckResult | None:
    return await session.get(CheckResult, person_id)


async def results_of(session: AsyncSession, conference_id: str) -> dict[str, CheckResult]:
    """What the people of a conference let its organisers know, by person."""
    query = select(CheckResult).join(Person, col(Person.id) == CheckResult.person_id).where(Person.conference_id == conference_id)
    return {result.person_id: result for result in (await session.exec(query)).all()}

"""Surveys go with their conference: questions, answers, and who has answered."""

from __future__ import annotations

from sqlmodel import col, delete, select

from conference.access.store import purged_conferences
from conference.survey.model import Survey, SurveyAnswer, SurveyAnswered
from conference.web.services import Services


async def forget_purged_surveys(services: Services) -> int:
    """Surveys of conferences that are purged; how many answers. May be repeated. A demo
    forgets nothing: its clock is moved back."""
    if services.settings.demo:
        return 0
    async with services.db.read() as session:
        purged = await purged_conferences(session, services.clock.now())
        waiting = set(await session.exec(select(Survey.conference_id).where(col(Survey.conference_id).in_(purged))))
    forgotten = 0
    for conference_id in waiting:
        async with services.db.work() as work:
            for table in (SurveyAnswered, SurveyAnswer, Survey):
                gone = await work.session.exec(delete(table).where(col(table.conference_id) == conference_id))
                forgotten += int(gone.rowcount) if table is SurveyAnswer else 0
    return forgotten

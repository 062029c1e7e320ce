"""Surveys that people have answered."""

from __future__ import annotations

from conference.survey.actions import open_survey
from conference.survey.model import SurveyAnswer
from tests.site import Site


async def answers(site: Site, count: int) -> None:
    """An open survey with so many answers; they lead to nobody, so no people are needed."""
    conference = await site.conference()
    async with site.services.db.work() as work:
        await open_survey(work, site.services, conference.id, by=None)
        await work.session.flush()
        for number in range(count):
            given = {"first": 5 - number % 2, "second": 1 + number % 5, "third": 5}
            comment = f"Danke, Grüße aus Ort {number}" if number % 3 == 0 else ""
            work.session.add(
                SurveyAnswer(
                    id=site.services.ids.new(), conference_id=conference.id, answers=given, comment=comment, day=work.now.date()
                )
            )

"""Queries of the survey. None of them can join an answer to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.doors.table import Standing
from conference.doors.visit import Visit, standing_of
from conference.survey.model import Survey, SurveyAnswer, SurveyAnswered
from conference.survey.rules import ANSWERING, LEAST, Question, Told, is_open, questions_from, told_of


async def survey_of(session: AsyncSession, conference_id: str) -> Survey | None:
    return await session.get(Survey, conference_id)


async def survey_to_change(work: Work, conference_id: str) -> Survey | None:
    """As it is now. Whoever answers, opens or changes it comes one after the other from here on."""
    query = select(Survey).where(Survey.conference_id == conference_id)
    return (await work.session.exec(query.with_for_update().execution_options(populate_existing=True))).first()


async def count_of(session: AsyncSession, conference_id: str) -> int:
    """How many have answered, for rules and not to be told as it is."""
    return (await session.exec(select(func.count()).where(SurveyAnswer.conference_id == conference_id))).one()


async def has_answered(session: AsyncSession, person_id: str) -> bool:
    return await session.get(SurveyAnswered, person_id) is not None


def may_answer(visit: Visit) -> bool:
    """Whether this viewer takes part in the conference: not a guest, nor somebody who organises the installation only."""
    person = visit.viewer.person
    here = person is not None and person.conference_id == visit.conference.id
    return here and standing_of(visit.viewer) is not Standing.STRANGER


async def is_asked(session: AsyncSession, visit: Visit) -> bool:
    """Whether this viewer could answer now and has not. At most one query; none for strangers."""
    person = visit.viewer.person
    if person is None or visit.state not in ANSWERING or not may_answer(visit):
        return False
    answered = select(SurveyAnswered.person_id).where(SurveyAnswered.person_id == person.id).exists()
    query = select(Survey.open_from).where(Survey.conference_id == visit.conference.id, ~answered)
    return is_open((await session.exec(query)).first(), visit.times, visit.now)


@dataclass(frozen=True)
class Outcome:
    """What may be told of a survey. count: of all answers, None where they are fewer than LEAST (then there is nothing else
    either); told: for each question, None where too few answered it; comments: in the order of the alphabet."""

    questions: Sequence[Question]
    count: int | None
    told: Sequence[Told | None]
    comments: Sequence[str]


async def outcome_of(session: AsyncSession, survey: Survey) -> Outcome:
    """One query."""
    query = select(SurveyAnswer.answers, SurveyAnswer.comment).where(col(SurveyAnswer.conference_id) == survey.conference_id)
    rows = (await session.exec(query)).all()
    questions = questions_from(survey.questions)
    if len(rows) < LEAST:
        return Outcome(questions, None, [None] * len(questions), [])
    told = [told_of(answers[each.key] for answers, _ in rows if each.key in answers) for each in questions]
    return Outcome(questions, len(rows), told, sorted((comment for _, comment in rows if comment), key=str.casefold))

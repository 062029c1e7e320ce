"""What organisers decide about their survey, and answering it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, delete, select

from conference.access.store import conference_by_id, times_of
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import next_edition, same_edition
from conference.base.errors import Conflict, Invalid
from conference.survey.model import Survey, SurveyAnswer, SurveyAnswered
from conference.survey.rules import Question, is_open, may_open
from conference.survey.store import count_of, survey_to_change
from conference.survey.words import shipped_questions
from conference.web.services import Services


@dataclass(frozen=True)
class Wanted:
    """As Survey. questions: without faults (`rules.question_faults`)."""

    questions: Sequence[Question]
    comment: bool


async def set_survey(
    work: Work, services: Services, conference_id: str, wanted: Wanted, *, seen: str | None, by: str | None
) -> None:
    """Raises Conflict("changed_meanwhile"); Conflict("survey_answered") once somebody has answered what it asks now."""
    survey = await _present(work, services, conference_id)
    same_edition(survey, seen)
    if await count_of(work.session, conference_id):
        raise Conflict("survey_answered")
    survey.questions = [question.facts() for question in wanted.questions]
    survey.comment = wanted.comment
    next_edition(survey, by)
    work.session.add(survey)
    audit.record(work, "survey changed", conference_id=conference_id, person_id=by, questions=len(wanted.questions))


async def open_survey(work: Work, services: Services, conference_id: str, *, by: str | None) -> None:
    """People may answer from now on, or from when the day begins. Where nothing was asked yet, the shipped questions are.

    Raises Invalid("survey_over") where nobody could answer any more. Twice is once.
    """
    conference = await conference_by_id(work.session, conference_id)
    if not may_open(times_of(conference), work.now):
        raise Invalid("survey_over")
    survey = await _present(work, services, conference_id)
    if survey.open_from is None:
        survey.open_from = work.now
        next_edition(survey, by)
        work.session.add(survey)
        audit.record(work, "survey opened", conference_id=conference_id, person_id=by)


async def close_survey(work: Work, conference_id: str, *, by: str | None) -> None:
    """Nobody may answer any more; it can be opened again. Twice is once."""
    survey = await survey_to_change(work, conference_id)
    if survey is not None and survey.open_from is not None:
        survey.open_from = None
        next_edition(survey, by)
        work.session.add(survey)
        audit.record(work, "survey closed", conference_id=conference_id, person_id=by)


async def discard_answers(work: Work, conference_id: str, *, by: str | None) -> None:
    """Begin anew: all answers go, it is closed, and everybody may answer once more."""
    survey = await survey_to_change(work, conference_id)
    if survey is None:
        return
    for table in (SurveyAnswer, SurveyAnswered):
        await work.session.exec(delete(table).where(col(table.conference_id) == conference_id))
    survey.open_from = None
    next_edition(survey, by)
    work.session.add(survey)
    audit.record(work, "survey answers discarded", conference_id=conference_id, person_id=by)


async def answer(
    work: Work, services: Services, conference_id: str, person_id: str, answers: Mapping[str, int], comment: str
) -> bool:
    """Keep what somebody answers; False when they have answered before, and nothing is kept.

    answers: `rules.answers_to`. Raises Invalid("survey_closed").
    """
    survey = await survey_to_change(work, conference_id)
    conference = await conference_by_id(work.session, conference_id)
    if survey is None or not is_open(survey.open_from, times_of(conference), work.now):
        raise Invalid("survey_closed")
    if await work.session.get(SurveyAnswered, person_id) is not None:
        return False
    work.session.add(SurveyAnswered(person_id=person_id, conference_id=conference_id))
    fresh = SurveyAnswer(
        id=services.ids.new(), conference_id=conference_id, answers=dict(answers), comment=comment if survey.comment else "",
        day=work.now.date(),
    )  # fmt: skip
    await _shuffle_in(work, fresh)
    return True


async def _shuffle_in(work: Work, fresh: SurveyAnswer) -> None:
    """Add an answer so that where it stands says nothing of when it came: it changes places with any one that is there, or with
    none. (Databases keep rows in the order of coming; beside that of `SurveyAnswered` it would tell who said what.)"""
    count = await count_of(work.session, fresh.conference_id)
    place = secrets.randbelow(count + 1)
    if place < count:
        query = select(SurveyAnswer).where(SurveyAnswer.conference_id == fresh.conference_id)
        other = (await work.session.exec(query.order_by(SurveyAnswer.id).offset(place).limit(1))).one()
        for name in ("answers", "comment", "day"):
            mine, theirs = getattr(fresh, name), getattr(other, name)
            setattr(fresh, name, theirs)
            setattr(other, name, mine)
        work.session.add(other)
    work.session.add(fresh)


async def _present(work: Work, services: Services, conference_id: str) -> Survey:
    """The survey, held; a new one with the shipped questions where there is none."""
    survey = await survey_to_change(work, conference_id)
    if survey is None:
        questions = [question.facts() for question in shipped_questions(services.texts)]
        survey = Survey(conference_id=conference_id, questions=questions, version=0)
    return survey

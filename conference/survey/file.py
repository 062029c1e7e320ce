"""What a survey asks, in a conference file. Answers stay behind, and it is opened anew."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from conference.base.db import Work
from conference.base.words import Words
from conference.initiatives.file import Entry, FullText, read_entry
from conference.survey.actions import Wanted, set_survey
from conference.survey.model import Survey
from conference.survey.rules import KEYS, LONGEST_QUESTION, MOST_QUESTIONS, SCALES, Question
from conference.survey.store import count_of, survey_of
from conference.web.services import Services


def _asked(words: Words) -> Words:
    if any(len(text) > LONGEST_QUESTION for text in words.values()):
        raise ValueError(f"must have at most {LONGEST_QUESTION} characters")
    return words


class QuestionFacts(Entry):
    text: Annotated[FullText, AfterValidator(_asked)]
    scale: Literal[SCALES]  # type: ignore[valid-type]


class SurveyFacts(Entry):
    questions: Annotated[list[QuestionFacts], Field(min_length=1, max_length=MOST_QUESTIONS)]
    comment: bool = True


def survey_from(value: Any, where: str = "survey") -> SurveyFacts | None:
    """None where the file says nothing: then what is asked stays. Raises Invalid("conference_file", faults=...)."""
    facts: SurveyFacts | None = None if value is None else read_entry(SurveyFacts, value, where)
    return facts


def survey_to_file(survey: Survey | None) -> dict[str, Any] | None:
    if survey is None:
        return None
    asked = [{"text": each["text"], "scale": each["scale"]} for each in survey.questions]
    return {"questions": asked, "comment": survey.comment}


async def put_survey(work: Work, services: Services, conference_id: str, facts: SurveyFacts, *, by: str | None) -> None:
    """The same once more changes nothing, and what people have answered already stays as it was asked."""
    survey = await survey_of(work.session, conference_id)
    if survey_to_file(survey) == facts.model_dump() or await count_of(work.session, conference_id):
        return
    questions = [Question(key, each.text, each.scale) for key, each in zip(KEYS, facts.questions, strict=False)]
    wanted = Wanted(questions, facts.comment)
    await set_survey(work, services, conference_id, wanted, seen=str(survey.version if survey else 0), by=by)

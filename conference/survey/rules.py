"""What a survey may ask, when it is open, and what may be told of its answers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conference.access.model import State
from conference.access.rules import Times, state_at
from conference.base.words import Words

# What the five answers to a question mean, from 1 to 5; their words stand in `words.py`.
SCALES = ("quality", "agreement", "likelihood")
VALUES = (1, 2, 3, 4, 5)
# Of the questions, in their order. Letters alone, since figures of the report are called after them.
KEYS = ("first", "second", "third")
MOST_QUESTIONS = len(KEYS)
LONGEST_QUESTION = 200
LONGEST_COMMENT = 1000
# Of fewer answers than this nothing is told.
LEAST = 5
ANSWERING = (State.LIVE, State.ARCHIVE)
# How the five values may be put together, the finest first.
_GROUPINGS: tuple[tuple[tuple[int, ...], ...], ...] = (
    ((1,), (2,), (3,), (4,), (5,)),
    ((1, 2), (3,), (4, 5)),
    ((1, 2, 3), (4, 5)),
)


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    text: Words
    scale: str

    def facts(self) -> dict[str, Any]:
        """As the table keeps it."""
        return {"key": self.key, "text": dict(self.text), "scale": self.scale}


def questions_from(facts: Iterable[Mapping[str, Any]]) -> list[Question]:
    """Out of `Survey.questions`."""
    return [Question(each["key"], each["text"], each["scale"]) for each in facts]


def is_open(open_from: datetime | None, times: Times, now: datetime) -> bool:
    """Whether one may answer now: an organiser has opened it, the day has begun and the pages are not closed."""
    return open_from is not None and open_from <= now and state_at(times, now) in ANSWERING


def may_open(times: Times, now: datetime) -> bool:
    """Whether opening it has a point: there is a moment to come in which somebody could answer."""
    return state_at(times, now) not in (State.CLOSED, State.PURGED)


def question_faults(questions: Sequence[Question]) -> dict[str, str]:
    """Key of a question -> what is wrong with it: german (its German text is missing), long. One at least is asked."""
    faults = {}
    for question in questions:
        if not question.text.get("de"):
            faults[question.key] = "german"
        elif any(len(text) > LONGEST_QUESTION for text in question.text.values()):
            faults[question.key] = "long"
    if not questions:
        faults[KEYS[0]] = "german"
    return faults


@dataclass(frozen=True, slots=True)
class Told:
    """What may be told of one question. count: of its answers; groups: (values, how many), each of none or of LEAST at least;
    mean: where no way to put them together is large enough everywhere, their mean instead. Never both, since groups and the
    exact mean together can be solved for what the groups hide."""

    count: int
    groups: tuple[tuple[tuple[int, ...], int], ...] = ()
    mean: float | None = None


def told_of(given: Iterable[int]) -> Told | None:
    """What may be told of these answers (1 to 5); None: of so few nothing."""
    values = [value for value in given if value in VALUES]
    if len(values) < LEAST:
        return None
    for grouping in _GROUPINGS:
        groups = tuple((group, sum(value in group for value in values)) for group in grouping)
        if all(count == 0 or count >= LEAST for _, count in groups):
            return Told(len(values), groups)
    return Told(len(values), mean=round(sum(values) / len(values), 1))


def answers_to(questions: Iterable[Question], given: Mapping[str, str]) -> dict[str, int]:
    """A form's fields (key of a question -> "1" to "5") as answers; what is none of both is left out."""
    words = {str(value): value for value in VALUES}
    return {question.key: words[given[question.key]] for question in questions if given.get(question.key) in words}

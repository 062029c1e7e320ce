"""What may be told of answers, and when one may answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.access.rules import Times
from conference.results.report import figures
from conference.survey.rules import (
    KEYS,
    LEAST,
    LONGEST_QUESTION,
    SCALES,
    Question,
    Told,
    answers_to,
    is_open,
    may_open,
    question_faults,
    questions_from,
    told_of,
)
from conference.survey.words import group_word, scale_words, shipped_questions
from conference.web.texts import read_texts

DAY = datetime(2021, 5, 4, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
TIMES = Times(
    announced=DAY - 48 * HOUR, doors=DAY - HOUR, live=DAY, archive=DAY + 6 * HOUR, closes=DAY + 240 * HOUR, purge=DAY + 480 * HOUR
)


def test_fewer_than_five_are_the_same_everywhere() -> None:
    assert LEAST == figures.LEAST


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([5, 5, 5, 5], None),
        ([5] * 5, Told(5, (((1,), 0), ((2,), 0), ((3,), 0), ((4,), 0), ((5,), 5)))),
        ([5] * 5 + [4] * 6, Told(11, (((1,), 0), ((2,), 0), ((3,), 0), ((4,), 6), ((5,), 5)))),
        ([5] * 3 + [4] * 3 + [3] * 5, Told(11, (((1, 2), 0), ((3,), 5), ((4, 5), 6)))),
        ([5] * 5 + [3] * 2 + [1] * 3, Told(10, (((1, 2, 3), 5), ((4, 5), 5)))),
        ([5] * 5 + [1], Told(6, mean=4.3)),
        ([5, 4, 4, 3, 1], Told(5, mean=3.4)),
    ],
)
def test_what_may_be_told(answers: list[int], told: Told | None) -> None:
    assert told_of(answers) == told


@given(st.lists(st.integers(1, 5), max_size=60))
def test_no_group_is_small_and_groups_come_without_a_mean(answers: list[int]) -> None:
    told = told_of(answers)
    assert (told is None) == (len(answers) < LEAST)
    if told is not None:
        assert all(count == 0 or count >= LEAST for _, count in told.groups)
        assert (told.mean is None) == bool(told.groups)
        assert not told.groups or sum(count for _, count in told.groups) == told.count


def test_it_is_open_from_the_day_until_closing_once_somebody_opens_it() -> None:
    assert not is_open(None, TIMES, DAY)
    for now, expected in ((DAY - HOUR, False), (DAY, True), (DAY + 10 * HOUR, True), (TIMES.closes, False)):
        assert is_open(DAY - 24 * HOUR, TIMES, now) is expected
    assert not is_open(DAY + HOUR, TIMES, DAY)
    assert may_open(TIMES, DAY - 24 * HOUR)
    assert not may_open(TIMES, TIMES.closes)


def test_questions_and_answers() -> None:
    questions = shipped_questions(read_texts())
    assert [question.key for question in questions] == list(KEYS)
    assert [question.scale for question in questions] == list(SCALES)
    assert question_faults(questions) == {}
    assert all(set(question.text) == {"de", "en"} for question in questions)
    assert questions_from([question.facts() for question in questions]) == questions
    assert answers_to(questions, {"first": "5", "second": "6", "third": "", "other": "1"}) == {"first": 5}
    assert question_faults([]) == {"first": "german"}
    faulty = [Question("first", {"en": "x"}, "quality"), Question("second", {"de": "x" * (LONGEST_QUESTION + 1)}, "quality")]
    assert question_faults(faulty) == {"first": "german", "second": "long"}


@pytest.mark.parametrize("code", ["de", "en"])
def test_every_scale_has_five_different_words(code: str) -> None:
    language = read_texts()[code]
    for scale in SCALES:
        assert len(set(scale_words(language, scale))) == 5
    assert group_word(read_texts()["de"], "quality", (1, 2)) == "sehr schlecht oder eher schlecht"

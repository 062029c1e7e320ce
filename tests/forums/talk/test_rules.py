"""The talk's pure rules."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.forums.talk import rules
from conference.forums.talk.model import PollState, QuestionState
from conference.program.model import Floor
from tests.forums.house import NOW


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = rules.clean(text, 150)
    if once is not None:
        assert rules.clean(once, 150) == once
        assert 0 < len(once) <= 150
        assert not any(ord(letter) < 32 and letter != "\n" for letter in once)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb  \n\n\n\nc\x00\x07", "a\nb\n\nc"),
        ("\u202eabc\u2066", "abc"),
        ("👏🏽 gut", "👏🏽 gut"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("\ue000", None),
        (b"x", None),
    ],
)
def test_what_is_kept_of_a_text(text: object, cleaned: str | None) -> None:
    assert rules.clean(text, 100) == cleaned


@pytest.mark.parametrize(
    ("floor", "approval", "waits"),
    [(Floor.STAGE, None, True), (Floor.DISCUSSION, None, False), (Floor.OPEN_ROUND, None, False), (Floor.STAGE, False, False),
     (Floor.DISCUSSION, True, True)],
)  # fmt: skip
def test_when_questions_wait(floor: Floor, approval: bool | None, waits: bool) -> None:
    assert rules.needs_approval(floor, approval) is waits


def test_the_order_of_questions() -> None:
    state = QuestionState
    given_ = [
        (state.DECLINED, 9, NOW), (state.ANSWERED, 9, NOW), (state.APPROVED, 1, NOW), (state.APPROVED, 2, NOW),
        (state.APPROVED, 2, NOW - timedelta(1)), (state.PENDING, 0, NOW), (state.PINNED, 0, NOW),
    ]  # fmt: skip
    assert sorted(given_, key=lambda one: rules.place_of(*one)) == [
        *given_[:4:-1],
        given_[4],
        given_[3],
        given_[2],
        given_[1],
        given_[0],
    ]


def test_polls_only_go_on() -> None:
    allowed = {(before, after) for before in PollState for after in PollState if rules.poll_may_become(before, after)}
    state = PollState
    assert allowed == {(state.DRAFT, state.OPEN), (state.OPEN, state.CLOSED), (state.DRAFT, state.DISCARDED)}


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True)))
def test_every_choice_is_counted(ballots: list[list[int]]) -> None:
    assert sum(rules.tally(ballots, 4)) == sum(len(ballot) for ballot in ballots)
    for ballot in ballots:
        assert rules.choices_of(ballot, 4, True) == sorted(ballot)

"""Plan against actual, who is missing, what is urgent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from conference.desk.run import rules
from conference.desk.run.rules import Cast, Course
from conference.people.model import Role
from conference.program.model import Kind, Place, Session
from tests.forums.house import at, session_row


def session(**more: Any) -> Session:
    return session_row("forum", **{"starts": at(60), "ends": at(120), **more})


@pytest.mark.parametrize(
    ("minutes", "here", "began", "course"),
    [
        (29, 0, None, Course.PLANNED),
        (30, 0, None, Course.SOON),
        (61, 5, None, Course.RUNNING),
        (62, 5, None, Course.WAITS),
        (62, 5, 61, Course.RUNNING),
        (120, 5, 61, Course.OVER_TIME),
        (120, 0, 61, Course.OVER),
        (150, 5, 61, Course.OVER),
    ],
)
def test_where_a_session_is(minutes: int, here: int, began: int | None, course: Course) -> None:
    held = session(began=at(began) if began is not None else None)
    assert rules.course_of(held, here, at(minutes)) is course


@pytest.mark.parametrize("more", [{"place": Place.ON_SITE}, {"kind": Kind.BREAK}])
def test_what_has_no_room_waits_for_nobody(more: dict[str, Any]) -> None:
    held = session(**more)
    assert not rules.has_room(held)
    assert rules.course_of(held, 0, at(80)) is Course.RUNNING
    assert rules.missing_from(held, [Cast("forum", "ada", "Ada", Role.MODERATOR)], (), at(80)) == []


def test_minutes_against_the_plan() -> None:
    assert rules.moved_by(session()) == 0
    assert rules.moved_by(session(planned_starts=at(55))) == 5
    assert rules.moved_by(session(planned_starts=at(70))) == -10
    assert rules.began_late(session()) == 0
    assert rules.began_late(session(began=at(58))) == 0
    assert rules.began_late(session(began=at(63) + timedelta(seconds=40))) == 3


def test_who_is_missing_from_the_moment_the_room_opens() -> None:
    held = session()
    ada, ben = Cast("forum", "ada", "Ada", Role.MODERATOR), Cast("forum", "ben", "Ben", None)
    assert rules.missing_from(held, [ada, ben], (), at(44)) == []
    assert rules.missing_from(held, [ada, ben], {"ada"}, at(45)) == [ben]
    assert rules.missing_from(held, [ada, ben], {"ada"}, at(120)) == []


def test_what_is_urgent() -> None:
    calm: dict[str, Any] = {"calls": False, "moderated": True, "missing": 0, "waiting": 0, "poor": 0, "here": 10}

    def tone(course: Course = Course.RUNNING, **more: Any) -> str:
        return rules.need_of(course, **{**calm, **more}).tone

    assert tone() == ""
    assert tone(moderated=False) == tone(calls=True) == tone(Course.WAITS) == "bad"
    assert tone(Course.SOON, moderated=False) == ""
    assert tone(missing=1) == tone(waiting=1) == tone(poor=3) == tone(Course.OVER_TIME) == "warn"
    assert tone(poor=2) == ""
    needs = [
        rules.need_of(Course.RUNNING, **{**calm, **more}) for more in ({}, {"waiting": 1}, {"moderated": False}, {"calls": True})
    ]
    ranks = [rules.rank_of(need, at(60), 1) for need in needs]
    assert ranks == sorted(ranks, reverse=True)

"""The curtain and the places of the running order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from conference.forums.plenary import places, rules
from tests.forums.house import START

LATER = START + timedelta(minutes=1)


@dataclass
class Entry:
    began: datetime | None = None
    ended: datetime | None = None


WAITS, NOW, DONE = Entry(), Entry(START), Entry(START, LATER)


@pytest.mark.parametrize(
    ("curtain", "minutes", "closed"),
    [(None, -1, True), (None, 0, False), (None, 9, False), (True, 9, True), (False, -9, False)],
)
def test_the_curtain_opens_at_the_start_unless_somebody_has_said_otherwise(
    curtain: bool | None, minutes: int, closed: bool
) -> None:
    assert rules.is_closed(curtain, START, START + timedelta(minutes=minutes)) is closed


@pytest.mark.parametrize(
    ("order", "present", "following"),
    [
        ([], None, None),
        ([WAITS, WAITS], None, 0),
        ([NOW, WAITS], 0, 1),
        ([WAITS, NOW, WAITS], 1, 2),
        ([WAITS, NOW], 1, 0),  # who was passed over comes at the end
        ([DONE, NOW], 1, None),
        ([DONE, DONE], None, None),
        ([DONE, WAITS], None, 1),
    ],
)
def test_who_is_on_and_who_is_next(order: list[Entry], present: int | None, following: int | None) -> None:
    assert (rules.present(order), rules.following(order)) == (present, following)


@pytest.mark.parametrize(
    ("one", "before", "order"), [("c", "a", "cab"), ("a", None, "bca"), ("a", "nobody", "bca"), ("b", "b", "acb")]
)
def test_moving_an_entry(one: str, before: str | None, order: str) -> None:
    assert "".join(rules.moved("abc", one, before)) == order


def test_a_forum_behind_a_stage_is_known_by_its_name() -> None:
    assert places.session_of(places.behind_of("s1")) == ("s1", True)
    assert places.session_of("s1") == ("s1", False)

"""How long somebody was there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.keeping.attendance.rules import Stay, days_of, merged, stay_of

BERLIN = ZoneInfo("Europe/Berlin")
TEN = datetime(2021, 5, 4, 8, tzinfo=UTC)  # ten o'clock in Berlin


def at(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("left", "ended", "now", "until"),
    [
        (at(30), None, at(500), at(30)),
        (None, None, at(500), at(60)),  # nobody gave the seat up: until the session is over
        (None, at(50), at(500), at(50)),  # which was earlier than planned
        (at(90), None, at(500), at(60)),
        (None, None, at(20), at(20)),  # still there
        (at(0), None, at(500), None),
        (None, None, at(-5), None),
    ],
)
def test_a_seat_s_time(left: datetime | None, ended: datetime | None, now: datetime, until: datetime | None) -> None:
    stay = stay_of(at(0), left, at(60), ended, now)
    assert (stay.ends if stay else None) == until


def test_two_rooms_at_once_count_once() -> None:
    stays = [Stay(at(20), at(40)), Stay(at(-2), at(25)), Stay(at(60), at(151)), Stay(at(70), at(80))]
    assert merged(stays) == [Stay(at(-2), at(40)), Stay(at(60), at(151))]
    (day,) = days_of(stays, BERLIN)
    assert (day.date, f"{day.begins:%H:%M}", f"{day.ends:%H:%M}", day.minutes) == (date(2021, 5, 4), "09:58", "12:31", 133)


def test_several_days_and_less_than_a_minute() -> None:
    night = timedelta(days=1)
    found = days_of(
        [Stay(at(0), at(30)), Stay(at(0) + night, at(45) + night), Stay(at(0) + 2 * night, at(0.9) + 2 * night)], BERLIN
    )
    assert [(day.date.day, day.minutes) for day in found] == [(4, 30), (5, 45)]
    assert days_of([], BERLIN) == []


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(1, 120)), max_size=12))
def test_merging_keeps_every_minute_and_counts_none_twice(spans: list[tuple[int, int]]) -> None:
    stays = [Stay(at(begins), at(begins + lasting)) for begins, lasting in spans]
    minutes = {minute for begins, lasting in spans for minute in range(begins, begins + lasting)}
    assert sum(day.minutes for day in days_of(stays, ZoneInfo("UTC"))) == len(minutes)

"""The access window: every state, every edge, nights when the clock changes, clocks that jump."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.access.model import State
from conference.access.rules import Times, is_open, next_change, order_faults, rooms_open, signed_seconds, state_at

BERLIN = ZoneInfo("Europe/Berlin")


def local(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=BERLIN, fold=fold).astimezone(UTC)  # type: ignore[misc, arg-type]


TIMES = Times(
    announced=local(2021, 3, 15, 9),
    doors=local(2021, 5, 4, 9, 30),
    live=local(2021, 5, 4, 10),
    archive=local(2021, 5, 4, 12, 45),
    closes=local(2021, 5, 18),
    purge=local(2021, 6, 15),
)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("instant", "state"),
    [
        (TIMES.announced - SECOND, State.DRAFT),
        (TIMES.announced, State.ANNOUNCED),
        (TIMES.doors - SECOND, State.ANNOUNCED),
        (TIMES.doors, State.DOORS),
        (TIMES.live - SECOND, State.DOORS),
        (TIMES.live, State.LIVE),
        (TIMES.archive - SECOND, State.LIVE),
        (TIMES.archive, State.ARCHIVE),
        (TIMES.closes - timedelta(microseconds=1), State.ARCHIVE),
        (TIMES.closes, State.CLOSED),
        (TIMES.purge - SECOND, State.CLOSED),
        (TIMES.purge, State.PURGED),
        (TIMES.purge + timedelta(days=4000), State.PURGED),
    ],
)
def test_each_state_begins_at_its_second(instant: datetime, state: State) -> None:
    assert state_at(TIMES, instant) is state


def test_a_draft_is_opened_by_nothing_but_its_announcement_and_closes_all_the_same() -> None:
    draft = replace(TIMES, announced=None)
    assert state_at(draft, TIMES.live) is State.DRAFT
    assert state_at(draft, TIMES.closes) is State.CLOSED
    assert next_change(draft, TIMES.live) == TIMES.closes
    assert next_change(draft, TIMES.closes) == TIMES.purge
    assert order_faults(draft) == []


def test_the_next_change_is_when_the_state_changes() -> None:
    moment: datetime | None = TIMES.announced - SECOND
    seen = []
    while moment is not None:
        seen.append(state_at(TIMES, moment))
        moment = next_change(TIMES, moment)
    assert seen == list(State)


@given(st.integers(-200, 200).map(lambda hours: TIMES.live + timedelta(hours=6 * hours)))
def test_open_means_public_and_rooms_are_a_part_of_it(now: datetime) -> None:
    assert is_open(TIMES, now) == (TIMES.announced <= now < TIMES.closes)
    assert rooms_open(TIMES, now) == (TIMES.doors <= now < TIMES.archive)
    assert is_open(TIMES, now) or not rooms_open(TIMES, now)


@given(st.integers(-90_000, 90_000).map(lambda seconds: TIMES.closes + timedelta(seconds=seconds)))
def test_no_signature_outlives_the_closing_date(now: datetime) -> None:
    seconds = signed_seconds(TIMES, now)
    assert 0 <= seconds <= 15 * 60
    assert seconds == 0 or now + timedelta(seconds=seconds) <= TIMES.closes


@given(st.permutations(["announced", "doors", "live", "archive", "closes", "purge"]))
def test_wrong_orders_are_named(names: list[str]) -> None:
    moments = [TIMES.doors + timedelta(hours=hour) for hour in range(6)]
    mixed = Times(**dict(zip(names, moments, strict=True)))
    in_order = names == ["announced", "doors", "live", "archive", "closes", "purge"]
    assert (order_faults(mixed) == []) == in_order


# Nights in which Europe/Berlin skips or repeats an hour, and one in a leap year's February.
@pytest.mark.parametrize(
    ("before", "closing", "after"),
    [
        (local(2027, 3, 28, 1, 59, 59), local(2027, 3, 28, 3), local(2027, 3, 28, 3, 0, 1)),  # 02:00-03:00 does not exist
        (local(2027, 10, 31, 2, 29, 59, fold=0), local(2027, 10, 31, 2, 30, fold=0), local(2027, 10, 31, 2, 30, 0, fold=1)),
        (local(2027, 10, 31, 2, 59, 59, fold=0), local(2027, 10, 31, 2, 0, fold=1), local(2027, 10, 31, 2, 0, 1, fold=1)),
        (local(2028, 2, 29, 23, 59, 59), local(2028, 3, 1), local(2028, 3, 1, 0, 0, 1)),
    ],
)
def test_closing_in_a_night_when_the_clock_changes(before: datetime, closing: datetime, after: datetime) -> None:
    times = replace(TIMES, closes=closing, purge=closing + timedelta(days=28))
    assert state_at(times, before) is State.ARCHIVE
    assert state_at(times, closing) is State.CLOSED
    assert state_at(times, after) is State.CLOSED


@given(st.lists(st.integers(-7200, 7200), min_size=1, max_size=20))
def test_a_clock_that_jumps_changes_what_is_open_only_by_what_it_says(jumps: list[int]) -> None:
    """There is no memory: a clock set back reopens, a clock set forward closes, and a restart in between is nothing."""
    now = TIMES.closes
    for jump in jumps:
        now += timedelta(seconds=jump)
        assert is_open(TIMES, now) == (now < TIMES.closes)

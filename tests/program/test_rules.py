"""Now and next, the timeline, and when they change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from conference.program.model import Floor, Kind, Place, Session
from conference.program.rules import board_at, next_boundary, phase_of, timeline_at

START = datetime(2021, 5, 4, 8, tzinfo=UTC)


def session(slug: str, starts: int, ends: int, place: Place = Place.ONLINE, number: int | None = None) -> Session:
    return Session(
        id=slug,
        conference_id="c",
        slug=slug,
        kind=Kind.FORUM,
        number=number,
        title={"de": slug},
        question={},
        summary={},
        starts=START + timedelta(minutes=starts),
        ends=START + timedelta(minutes=ends),
        floor=Floor.DISCUSSION,
        place=place,
        where={},
        changed=START,
    )


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


DAY = [session("panel", 0, 40), session("two", 50, 130, number=2), session("one", 50, 130, number=1), session("end", 135, 165)]


def test_the_board_shows_what_runs_and_what_starts_next_together() -> None:
    assert [s.slug for s in board_at(DAY, at(10)).now] == ["panel"]
    assert [s.slug for s in board_at(DAY, at(10)).next] == ["one", "two"]
    assert board_at(DAY, at(45)).now == []
    assert [s.slug for s in board_at(DAY, at(50)).now] == ["one", "two"]
    assert board_at(DAY, at(140)).next == []
    assert board_at(DAY, at(140)).starts is None
    assert board_at([], at(0)).now == []


def test_phases_of_a_session() -> None:
    forum, tour = session("f", 50, 130), session("t", 50, 130, Place.ON_SITE)
    assert [phase_of(forum, at(m)) for m in (34.9, 35, 49.9, 50, 129.9, 130)] == [
        "planned",
        "open",
        "open",
        "live",
        "live",
        "over",
    ]
    assert [phase_of(tour, at(m)) for m in (35, 50)] == ["planned", "live"]


def test_the_timeline_puts_sessions_that_start_together_side_by_side() -> None:
    (day,) = timeline_at(DAY, at(90), ZoneInfo("Europe/Berlin"))
    assert day.day.isoformat() == "2021-05-04"
    assert [[s.slug for s in slot.sessions] for slot in day.slots] == [["panel"], ["one", "two"], ["end"]]
    assert [slot.state for slot in day.slots] == ["over", "live", "planned"]
    assert [slot.now for slot in day.slots] == [None, 5, None]
    (day,) = timeline_at(DAY, at(45), ZoneInfo("Europe/Berlin"))
    assert [slot.before for slot in day.slots] == [False, True, False]


def test_a_day_is_a_day_of_the_conference_s_zone() -> None:
    late = session("late", 13 * 60 + 30, 14 * 60 + 30)  # 23:30 to 00:30 in Berlin
    early = session("early", 14 * 60 + 10, 15 * 60)  # 00:10 in Berlin
    days = timeline_at([early, late], at(0), ZoneInfo("Europe/Berlin"))
    assert [day.day.isoformat() for day in days] == ["2021-05-04", "2021-05-05"]


@given(st.integers(-60, 300))
def test_between_two_boundaries_nothing_changes(minute: int) -> None:
    now = at(minute)
    boundary = next_boundary(DAY, now)

    def picture(moment: datetime) -> object:
        return [phase_of(s, moment) for s in DAY], [s.slug for s in board_at(DAY, moment).now]

    if boundary is not None:
        assert boundary > now
        assert picture(boundary - timedelta(seconds=1)) == picture(now)
    else:
        assert picture(now) == picture(now + timedelta(days=1))

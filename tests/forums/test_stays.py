"""Somebody who leaves a room and comes back was there both times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from conference.forums.model import Seat
from conference.forums.stays import MOST, come_back, stays_of
from conference.people.model import Role
from tests.forums.house import House

TEN = datetime(2021, 5, 4, 8, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def seat_at(minutes: float) -> Seat:
    return Seat(id="s", conference_id="c", session_id="r", person_id="p", entered=at(minutes))


def test_who_did_not_leave_stays() -> None:
    seat = seat_at(0)
    come_back(seat, at(5))
    assert stays_of(seat) == [(at(0), None)]
    assert seat.earlier is None


def test_each_stay_is_kept_in_utc() -> None:
    seat = seat_at(0)
    seat.left = at(5).astimezone(timezone(timedelta(hours=2)))
    come_back(seat, at(10))
    seat.left = at(12)
    come_back(seat, at(20))
    assert stays_of(seat) == [(at(0), at(5)), (at(10), at(12)), (at(20), None)]
    assert seat.earlier is not None
    assert seat.earlier[0] == ["2021-05-04T08:00:00+00:00", "2021-05-04T08:05:00+00:00"]


def test_waiting_in_the_lobby_is_no_stay() -> None:
    seat = seat_at(0)
    seat.knocked, seat.left = at(0), at(5)
    come_back(seat, at(10))
    assert (seat.earlier, seat.entered, seat.left) == (None, at(10), None)
    assert stays_of(seat) == []


def test_of_too_many_the_closest_become_one() -> None:
    seat = seat_at(0)
    for number in range(MOST + 5):
        seat.left = at(number * 10 + (9.9 if number == 7 else 5))
        come_back(seat, at(number * 10 + 10))
    assert seat.earlier is not None
    assert len(seat.earlier) == MOST
    kept = stays_of(seat)
    assert (kept[0][0], kept[-1]) == (at(0), (at((MOST + 5) * 10), None))
    assert (at(70), at(79.9)) not in kept


async def test_a_room_left_and_entered_again(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    person = await rooms.person("anna")
    browser = rooms.browser(person)
    seat = (await browser.enter())["you"]["seat"]
    first = rooms.clock.now()
    for _ in range(2):
        rooms.clock.advance(seconds=60)
        await browser.ask("room.leave")
        rooms.clock.advance(seconds=30)
        assert (await browser.enter())["you"]["seat"] == seat
    again = rooms.browser(person)
    await again.enter()  # a reload is no new stay
    minute, break_ = timedelta(seconds=60), timedelta(seconds=90)
    expected = [(first, first + minute), (first + break_, first + break_ + minute), (first + 2 * break_, None)]
    assert stays_of((await rooms.seated("forum", seat)).seat) == expected


async def test_put_out_and_back(rooms: House) -> None:
    moderator, _ = await rooms.joined("mo", Role.MODERATOR)
    _, seat = await rooms.joined("anna")
    rooms.clock.advance(seconds=60)
    await moderator.ask("room.remove", seat=seat)
    await rooms.browser((await rooms.seated("forum", seat)).person).enter()  # type: ignore[arg-type]
    assert len(stays_of((await rooms.seated("forum", seat)).seat)) == 2

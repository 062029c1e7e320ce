"""Who may register, who gets a place and who moves up."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from conference.access.rules import Times
from conference.program.model import Floor, Kind, Place, Session
from conference.registration.model import Choice, RegistrationState, RegistrationTerms
from conference.registration.rules import (
    Wish,
    ends_at,
    is_open,
    may_change,
    moving_up,
    needs_end,
    settled,
    slots_of,
    spare,
    state_for,
)

DAY = datetime(2021, 5, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
TIMES = Times(
    DAY - timedelta(days=20), DAY + 7 * HOUR, DAY + 8 * HOUR, DAY + 15 * HOUR, DAY + timedelta(days=14), DAY + timedelta(days=30)
)


def test_one_may_register_while_it_is_announced_until_the_deadline() -> None:
    terms = RegistrationTerms(conference_id="c", is_open=True)
    assert ends_at(terms, TIMES) == TIMES.doors
    assert is_open(terms, TIMES, DAY)
    assert not is_open(None, TIMES, DAY)
    assert not is_open(RegistrationTerms(conference_id="c"), TIMES, DAY)
    assert not is_open(terms, TIMES, DAY - timedelta(days=21))
    assert not is_open(terms, TIMES, TIMES.doors)
    terms.until = DAY
    assert not is_open(terms, TIMES, DAY)
    terms.until = TIMES.closes
    assert ends_at(terms, TIMES) == TIMES.live
    assert is_open(terms, TIMES, TIMES.doors)
    assert (may_change(TIMES, TIMES.live), may_change(TIMES, TIMES.archive)) == (True, False)
    assert needs_end(None, TIMES) == TIMES.archive
    assert needs_end(RegistrationTerms(conference_id="c", needs_kept=3), TIMES) == TIMES.archive + timedelta(days=3)


def test_nobody_overtakes_who_waits() -> None:
    assert state_for(None, 500, 0) is RegistrationState.CONFIRMED
    assert state_for(2, 1, 0) is RegistrationState.CONFIRMED
    assert state_for(2, 2, 0) is RegistrationState.WAITING
    assert state_for(2, 1, 1) is RegistrationState.WAITING
    assert moving_up(3, 1, ["a", "b", "c"]) == ["a", "b"]
    assert moving_up(1, 2, ["a"]) == []
    assert moving_up(None, 9, ["a", "b"]) == ["a", "b"]


def session(slug: str, hour: int, kind: Kind = Kind.FORUM, hidden: datetime | None = None) -> Session:
    return Session(
        id=slug, conference_id="c", slug=slug, kind=kind, title={}, question={}, summary={}, starts=DAY + hour * HOUR,
        ends=DAY + (hour + 1) * HOUR, floor=Floor.DISCUSSION, place=Place.ONLINE, where={}, changed=DAY, hidden=hidden,
    )  # fmt: skip


def test_what_begins_together_is_one_choice() -> None:
    sessions = [
        session("b", 9),
        session("late", 10),
        session("a", 9),
        session("gone", 9, hidden=DAY),
        session("open", 9, Kind.PLENARY),
    ]
    assert [[each.slug for each in slot] for slot in slots_of(sessions)] == [["a", "b"], ["late"]]


def wish(person: str, session_: str, rank: int, minute: int, placed: bool = False) -> Wish:
    return Wish(f"{person}-{session_}", person, session_, "slot", rank, DAY + timedelta(minutes=minute), placed)


def test_a_place_goes_to_who_chose_first_and_the_second_wish_catches_the_others() -> None:
    wishes = [wish("anna", "a", 1, 1), wish("bodo", "a", 1, 2), wish("bodo", "b", 2, 2), wish("carla", "b", 1, 3)]
    assert settled(wishes, {"a": 1, "b": 1}, {"anna", "bodo", "carla"}) == {"anna-a": True, "bodo-b": True}


def test_who_moves_up_makes_room_below() -> None:
    wishes = [wish("bodo", "a", 1, 2), wish("bodo", "b", 2, 2, True), wish("carla", "b", 1, 3), wish("anna", "a", 1, 1, True)]
    assert settled(wishes, {"a": 1, "b": 1}, {"bodo", "carla"}) == {
        "anna-a": False, "bodo-a": True, "bodo-b": False, "carla-b": True,
    }  # fmt: skip


def choice(session_: str, rank: int, placed: bool) -> Choice:
    return Choice(
        id=f"{session_}{rank}", conference_id="c", person_id="anna", session_id=session_, rank=rank, at=DAY,
        placed=DAY if placed else None,
    )  # fmt: skip


def test_nobody_waits_for_a_second_wish_whose_first_has_a_place() -> None:
    starts = {"a": DAY, "b": DAY, "late": DAY + HOUR}
    assert spare([choice("a", 1, True), choice("b", 2, False), choice("late", 2, False)], starts) == {"b2"}
    assert spare([choice("a", 1, False), choice("b", 2, True), choice("gone", 1, False)], starts) == set()


WISHES = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from("ab"), st.integers(0, 30)), max_size=30, unique_by=lambda each: each[:2]
)


@given(WISHES, st.integers(0, 4), st.integers(0, 4))
def test_no_session_is_overfull_and_no_place_stays_free_while_somebody_waits(
    drawn: list[tuple[int, str, int]], first: int, second: int
) -> None:
    ranks: Counter[int] = Counter()
    wishes = []
    for number, session_, minute in drawn:
        ranks[number] += 1
        wishes.append(wish(str(number), session_, ranks[number], minute))
    places: dict[str, int | None] = {"a": first, "b": second}
    people = {each.person for each in wishes}
    changes = settled(wishes, places, people)
    placed = [each for each in wishes if changes.get(each.id)]
    taken = Counter(each.session for each in placed)
    assert all(taken[name] <= (limit or 0) for name, limit in places.items())
    assert len({each.person for each in placed}) == len(placed)
    for each in wishes:
        if each.person not in {other.person for other in placed}:
            assert taken[each.session] == places[each.session]
    after = [Wish(w.id, w.person, w.session, w.slot, w.rank, w.at, changes.get(w.id, w.placed)) for w in wishes]
    assert settled(after, places, people) == {}

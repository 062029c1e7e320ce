"""What the floor allows, and when a room's door is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.access.rules import Times
from conference.forums import rules
from conference.forums.rules import Door, Hand, Slot
from conference.people.model import Role
from conference.program.model import Floor, Kind, Place
from media.gateway import Source

DAY = datetime(2021, 5, 4, 7, 30, tzinfo=UTC)


def at(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


TIMES = Times(announced=at(-100), doors=at(0), live=at(1), archive=at(8), closes=at(200), purge=at(400))
SLOT = Slot(starts=at(2), ends=at(3), place=Place.ONLINE)

ALL = frozenset(Source)
CAMERA = frozenset({Source.CAMERA})
TALK = CAMERA | {Source.MICROPHONE}


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.SPEAKER, Role.INTERPRETER, Role.ORGANISER, Role.TECHNICAL_DIRECTOR])
@pytest.mark.parametrize("floor", list(Floor))
def test_the_stage_always_publishes_everything(role: Role, floor: Floor) -> None:
    assert rules.sources_for(floor, False, role, False) == ALL


@pytest.mark.parametrize("role", [Role.ATTENDEE, Role.GUEST, Role.INITIATIVE, Role.NOTE_TAKER, Role.APPROVER])
@pytest.mark.parametrize(
    ("floor", "free", "has_floor", "expected"),
    [
        (Floor.STAGE, False, False, frozenset()),
        (Floor.STAGE, True, False, frozenset()),
        (Floor.STAGE, False, True, ALL),
        (Floor.DISCUSSION, False, False, CAMERA),
        (Floor.DISCUSSION, True, False, TALK),
        (Floor.DISCUSSION, False, True, ALL),
        (Floor.OPEN_ROUND, False, False, ALL),
    ],
)
def test_the_audience_publishes_what_the_floor_allows(
    role: Role, floor: Floor, free: bool, has_floor: bool, expected: frozenset[Source]
) -> None:
    assert rules.sources_for(floor, free, role, has_floor) == expected


@given(st.sampled_from(Floor), st.booleans(), st.booleans())
def test_a_captioner_never_publishes(floor: Floor, free: bool, has_floor: bool) -> None:
    assert rules.sources_for(floor, free, Role.CAPTIONER, has_floor) == frozenset()


@given(st.sampled_from(Floor), st.booleans(), st.sampled_from(Role))
def test_having_the_floor_never_takes_anything_away(floor: Floor, free: bool, role: Role) -> None:
    assert rules.sources_for(floor, free, role, False) <= rules.sources_for(floor, free, role, True)


def test_a_mute_holds_back_the_microphone_alone() -> None:
    assert rules.granted(ALL, True) == ALL - {Source.MICROPHONE}
    assert rules.granted(ALL, False) == ALL


def test_the_strongest_role_counts() -> None:
    assert rules.room_role({Role.ATTENDEE, Role.MODERATOR, Role.SPEAKER}) is Role.MODERATOR
    assert rules.room_role({Role.GUEST}) is Role.GUEST
    assert rules.room_role(()) is Role.ATTENDEE
    assert set(rules.PRECEDENCE) == set(Role)


def test_who_moderates_and_who_captions() -> None:
    assert {role for role in Role if rules.may_moderate(role)} == {Role.MODERATOR, Role.ORGANISER, Role.TECHNICAL_DIRECTOR}
    assert {role for role in Role if rules.may_caption(role)} == {Role.CAPTIONER}


def test_priority_at_the_node() -> None:
    assert rules.priority_of(Role.INTERPRETER) == 2
    assert rules.priority_of(Role.SPEAKER) == rules.priority_of(Role.MODERATOR) == 1
    assert rules.priority_of(Role.ATTENDEE) == rules.priority_of(Role.CAPTIONER) == 0


@pytest.mark.parametrize(
    ("role", "hours", "door"),
    [
        (Role.ATTENDEE, 1.74, Door.NOT_YET),
        (Role.ATTENDEE, 1.75, Door.OPEN),
        (Role.ATTENDEE, 3.49, Door.OPEN),
        (Role.ATTENDEE, 3.5, Door.OVER),
        (Role.MODERATOR, -0.01, Door.NOT_YET),
        (Role.MODERATOR, 0, Door.OPEN),
        (Role.CAPTIONER, 0, Door.OPEN),
        (Role.MODERATOR, 3.5, Door.OVER),
        (Role.GUEST, 2, Door.NOT_FOR_GUESTS),
    ],
)
def test_when_a_room_is_open(role: Role, hours: float, door: Door) -> None:
    assert rules.door_at(SLOT, TIMES, role, at(hours)) is door


def test_a_first_session_opens_for_guests_with_the_doors() -> None:
    first = Slot(starts=at(1), ends=at(2), place=Place.BOTH, guests=True)
    assert rules.door_at(first, TIMES, Role.ATTENDEE, at(0.8)) is Door.OPEN
    assert rules.door_at(first, TIMES, Role.GUEST, at(0.8)) is Door.OPEN
    assert rules.door_at(first, TIMES, Role.GUEST, at(0.74)) is Door.NOT_YET


def test_a_break_has_no_room() -> None:
    assert rules.door_at(Slot(at(2), at(3), Place.ONLINE, kind=Kind.BREAK), TIMES, Role.MODERATOR, at(2)) is Door.NO_ROOM


def test_on_site_there_is_no_room() -> None:
    assert rules.door_at(Slot(at(2), at(3), Place.ON_SITE), TIMES, Role.MODERATOR, at(2)) is Door.NO_ROOM


def test_rooms_end_with_the_conference() -> None:
    late = Slot(starts=at(7), ends=at(7.9), place=Place.ONLINE)
    assert rules.closes_at(late, TIMES) == TIMES.archive
    early = Times(TIMES.announced, TIMES.doors, TIMES.live, TIMES.archive, closes=at(7.2), purge=at(400))
    assert rules.closes_at(late, early) == at(7.2)


def test_a_draft_has_closed_rooms() -> None:
    draft = Times(None, TIMES.doors, TIMES.live, TIMES.archive, TIMES.closes, TIMES.purge)
    assert rules.door_at(SLOT, draft, Role.MODERATOR, at(2)) is Door.NOT_YET


def test_capacity() -> None:
    assert rules.is_full(Floor.OPEN_ROUND, 25, Role.ATTENDEE)
    assert not rules.is_full(Floor.OPEN_ROUND, 24, Role.ATTENDEE)
    assert not rules.is_full(Floor.OPEN_ROUND, 25, Role.MODERATOR)
    assert rules.is_full(Floor.DISCUSSION, 250, Role.GUEST)


def test_the_queue_is_first_come_first_served_within_a_turn() -> None:
    hands = [Hand("b", 1, at(2)), Hand("a", 1, at(1)), Hand("d", 1, at(1)), Hand("e", None, at(3)), Hand("c", 2, at(0))]
    assert rules.queue(hands) == {"e": 1, "a": 2, "d": 3, "b": 4, "c": 5}


@given(st.lists(st.text(max_size=3), unique=True, min_size=1), st.data())
def test_moving_a_hand_loses_nobody_and_keeps_the_others_in_order(order: list[str], data: st.DataObject) -> None:
    seat = data.draw(st.sampled_from(order))
    before = data.draw(st.none() | st.sampled_from(order))
    after = rules.moved(order, seat, before)
    assert [each for each in after if each != seat] == [each for each in order if each != seat]
    assert sorted(after) == sorted(order)
    if before is None or before == seat:
        assert after[-1] == seat
    else:
        assert after[after.index(seat) + 1] == before


@pytest.mark.parametrize(
    ("text", "line"),
    [("  Guten\n Tag ", "Guten Tag"), ("x" * 600, "x" * 500), ("a\x00\u202eb", "a b"), (None, None), (7, None)],
)
def test_a_caption_is_one_printable_line(text: object, line: str | None) -> None:
    assert rules.caption_line(text) == line

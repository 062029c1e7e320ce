"""The pure half of the editor: clashes and gaps, moving and ordering a day, what differs between two versions."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.access.rules import Times
from conference.base.errors import Invalid
from conference.people.model import Role
from conference.program.changes import changes_between
from conference.program.clashes import Matter, findings_in
from conference.program.model import Floor, Kind, Place
from conference.program.plan import Named, Plan, plan_from_json, plan_to_json, public_json
from conference.program.shifting import reordered, shifted, slots_of

DAY = datetime(2026, 5, 4, tzinfo=UTC)
TIMES = Times(
    None, DAY + timedelta(hours=8), DAY + timedelta(hours=9), DAY + timedelta(hours=17), DAY + timedelta(9), DAY + timedelta(40)
)


def at(clock: str) -> datetime:
    hours, minutes = clock.split(":")
    return DAY + timedelta(hours=int(hours), minutes=int(minutes))


def plan(slug: str, starts: str, ends: str, **more: Any) -> Plan:
    usual: dict[str, Any] = {
        "kind": Kind.PLENARY, "number": None, "title": {"de": slug}, "question": {}, "summary": {}, "floor": Floor.STAGE,
        "place": Place.ONLINE, "where": {}, "people": (named("Ada", "moderator"),),
    }  # fmt: skip
    return Plan(slug=slug, starts=at(starts), ends=at(ends), **usual | more)


def named(name: str, role: str = "speaker", person_id: str | None = None) -> Named:
    return Named(name, role, {}, {}, person_id)


def matters(*plans: Plan, **known: Any) -> list[tuple[Matter, tuple[str, ...]]]:
    return [(each.matter, each.sessions) for each in findings_in(plans, TIMES, **known)]


def test_a_day_without_faults() -> None:
    forum = {"kind": Kind.FORUM, "question": {"de": "Wie?"}}
    plans = [
        plan("a", "09:00", "10:00"),
        plan("pause", "10:00", "10:15", kind=Kind.BREAK, people=()),
        plan("f1", "10:15", "11:00", people=(named("Ada", "host"), named("Bea")), room="A", **forum),
        plan("f2", "10:15", "11:00", people=(named("Cem", "moderator"), named("Dana", "impulse")), room="B", **forum),
        plan("next-day", "11:10", "12:00", room="A"),
    ]
    assert matters(*plans) == []


def test_two_in_one_room_and_one_in_two_rooms() -> None:
    one = plan("one", "09:00", "10:00", room="A", people=(named("Ada  Muster", "moderator"), named("Eva", "panel", "p1")))
    other = plan("other", "09:30", "10:30", room="A", people=(named("ada muster", "moderator"), named("Eva M.", "panel", "p1")))
    after = plan("after", "10:30", "11:00", room="A", people=one.people)
    found = matters(one, other, after)
    assert found == [(Matter.ROOM, ("one", "other")), (Matter.PERSON, ("one", "other")), (Matter.PERSON, ("one", "other"))]
    assert matters(one, replace(other, hidden=True), after) == [(Matter.GAP, ("one", "after"))]


def test_what_is_empty_full_or_while_rooms_are_closed() -> None:
    early, late = plan("early", "07:00", "08:30"), plan("late", "16:30", "17:30")
    assert matters(early) == [(Matter.OUTSIDE, ("early",))]
    assert matters(late) == [(Matter.OUTSIDE, ("late",))]
    assert matters(replace(early, place=Place.ON_SITE)) == []
    found = findings_in([plan("a", "09:00", "10:00"), plan("b", "10:30", "11:00")], TIMES)
    assert [(each.matter, each.facts) for each in found] == [(Matter.GAP, {"minutes": 30})]
    assert matters(plan("a", "09:00", "10:00"), plan("b", "15:00", "16:00")) == []  # as between two days
    assert matters(plan("a", "09:00", "10:00", places=10), taken={"a": 11}) == [(Matter.FULL, ("a",))]
    assert matters(plan("a", "09:00", "10:00", places=10), taken={"a": 10}) == []


def test_who_and_what_is_missing() -> None:
    forum = plan("f", "09:00", "10:00", kind=Kind.FORUM, people=())
    assert [matter for matter, _ in matters(forum)] == [Matter.NO_MODERATOR, Matter.NO_QUESTION, Matter.NO_SPEAKER]
    assert [matter for matter, _ in matters(forum, roles={"f": frozenset({Role.MODERATOR, Role.SPEAKER})})] == [
        Matter.NO_QUESTION
    ]
    room = replace(forum, kind=Kind.THEME_ROOM, question={"de": "?"})
    assert [matter for matter, _ in matters(room)] == [Matter.NO_MODERATOR, Matter.NO_ROUNDS]


def test_everything_later_from_a_moment_on() -> None:
    past, running, next_ = plan("a", "09:00", "10:00"), plan("b", "10:00", "11:00"), plan("c", "11:00", "12:00")
    running = replace(running, rounds=((at("10:00"), at("10:20")), (at("10:20"), at("10:40")), (at("10:40"), at("11:00"))))
    assert shifted(past, 5, at("10:30")) == past
    moved = shifted(running, 5, at("10:30"))
    assert (moved.starts, moved.ends) == (at("10:00"), at("11:05"))
    assert moved.rounds == ((at("10:00"), at("10:20")), (at("10:20"), at("10:45")), (at("10:45"), at("11:05")))
    assert (shifted(next_, 5, at("10:30")).starts, shifted(next_, -5, at("10:30")).ends) == (at("11:05"), at("11:55"))


def test_another_order_keeps_lengths_and_pauses() -> None:
    day = [
        plan("a", "09:00", "10:00"),
        plan("pause", "10:00", "10:15"),
        plan("f1", "10:15", "11:00", rounds=((at("10:15"), at("10:30")),)),
        plan("f2", "10:15", "11:15", position=1),
        plan("end", "11:30", "12:00"),
    ]
    assert [[each.slug for each in slot] for slot in slots_of(day)] == [["a"], ["pause"], ["f1", "f2"], ["end"]]
    moved = {each.slug: each for each in reordered(day, "f2", "pause")}
    assert {slug: each.starts for slug, each in moved.items()} == {
        "f1": at("10:00"), "f2": at("10:00"), "pause": at("11:15"),
    }  # fmt: skip
    assert moved["f1"].rounds == ((at("10:00"), at("10:15")),)
    last = {each.slug: each.starts for each in reordered(day, "a", None)}
    assert last == {"pause": at("09:00"), "f1": at("09:15"), "f2": at("09:15"), "end": at("10:30"), "a": at("11:00")}
    assert reordered(day, "f1", "f2") == []
    assert reordered(day, "end", None) == []
    for slug, before in (("nobody", None), ("a", "nobody")):
        with pytest.raises(Invalid):
            reordered(day, slug, before)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), min_size=2, max_size=8), st.data())
def test_any_order_begins_when_the_day_did_and_lets_nothing_overlap(times: list[tuple[int, int]], data: st.DataObject) -> None:
    until, day = 0, []
    for number, (pause, length) in enumerate(times):
        starts = DAY + timedelta(minutes=5 * (until + pause))
        day.append(replace(plan(str(number), "09:00", "10:00"), starts=starts, ends=starts + timedelta(minutes=5 * length)))
        until += pause + length
    slug = data.draw(st.sampled_from([each.slug for each in day]))
    before = data.draw(st.sampled_from([None, *(each.slug for each in day)]))
    moved = {each.slug: each for each in reordered(day, slug, before)}
    after = sorted((moved.get(each.slug, each) for each in day), key=lambda each: each.starts)
    assert after[0].starts == day[0].starts
    assert all(one.ends <= other.starts for one, other in itertools.pairwise(after))
    assert sorted(each.ends - each.starts for each in after) == sorted(each.ends - each.starts for each in day)


def test_plans_survive_json() -> None:
    whole = plan(
        "a", "09:00", "10:00", rounds=((at("09:00"), at("09:30")),), hidden=True, room="A", places=7, origin={"guid": "x"},
        people=(Named("Ada", "moderator", {"de": "Leiterin"}, {}, "p1", {"id": 3}),),
    )  # fmt: skip
    assert plan_from_json(plan_to_json(whole)) == whole
    assert "p1" not in repr(public_json(whole))
    assert "guid" not in repr(public_json(whole))


def test_what_differs_between_two_versions() -> None:
    before = [plan("a", "09:00", "10:00"), plan("gone", "10:00", "11:00"), plan("c", "12:00", "13:00")]
    after = [
        replace(before[0], starts=at("09:05"), title={"de": "Neu"}, question={"de": "?"}, room="B", people=(named("Bea"),)),
        replace(before[2], rounds=((at("12:00"), at("12:30")),), summary={"de": "Mehr"}),
        plan("new", "14:00", "15:00"),
    ]
    found = changes_between([public_json(each) for each in before], [public_json(each) for each in after])
    assert [(each["session"], each["what"]) for each in found] == [
        ("a", "moved"), ("a", "title"), ("a", "question"), ("a", "place"), ("a", "people"), ("gone", "removed"), ("c", "rounds"),
        ("c", "details"), ("new", "added"),
    ]  # fmt: skip
    assert found[1]["before"] == {"de": "a"}
    assert (found[4]["before"], found[4]["after"]) == (["Ada"], ["Bea"])
    assert found[-1]["after"] == [at("14:00").isoformat(), at("15:00").isoformat()]
    assert changes_between([public_json(each) for each in after], [public_json(each) for each in after]) == []

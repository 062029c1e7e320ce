"""Who may add, who edits, where a line stands: values in, values out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.access.model import State
from conference.base.errors import Invalid
from conference.people.model import Role
from conference.program.model import Floor, Kind, Place, Round, Session
from conference.results.collecting import rules
from conference.results.model import Collecting, Finding, ResultsSheet

STARTS = datetime(2021, 5, 4, 9, tzinfo=UTC)


def session(place: Place = Place.ONLINE) -> Session:
    return Session(
        id="s", conference_id="c", slug="s", kind=Kind.FORUM, title={}, question={}, summary={}, starts=STARTS,
        ends=STARTS + timedelta(hours=1), floor=Floor.DISCUSSION, place=place, where={}, changed=STARTS,
    )  # fmt: skip


def sheet(**fields: Any) -> ResultsSheet:
    return ResultsSheet(session_id="s", conference_id="c", **fields)


def line(name: str, position: int = 0, **fields: Any) -> Finding:
    return Finding(id=name, session_id="s", heading="ideas", text={"de": name}, position=position, **fields)


def test_who_edits() -> None:
    roles = (Role.MODERATOR, Role.NOTE_TAKER, Role.SPEAKER, Role.TECHNICAL_DIRECTOR)
    assert [rules.may_edit(False, {role}) for role in roles] == [True, True, False, False]
    assert rules.may_edit(True, ())


@pytest.mark.parametrize(
    ("state", "minutes", "place", "begun"),
    [
        (State.LIVE, -16, Place.ONLINE, False),
        (State.DOORS, -15, Place.ONLINE, True),
        (State.LIVE, -15, Place.ON_SITE, False),
        (State.LIVE, 0, Place.ON_SITE, True),
        (State.ARCHIVE, 600, Place.ONLINE, True),
        (State.ANNOUNCED, 0, Place.ONLINE, False),
        (State.CLOSED, 600, Place.ONLINE, False),
        (State.DRAFT, 0, Place.ONLINE, False),
    ],
)
def test_when_it_begins(state: State, minutes: int, place: Place, begun: bool) -> None:
    assert rules.has_begun(session(place), state, STARTS + timedelta(minutes=minutes)) is begun


def test_who_adds() -> None:
    sheets = [None, sheet(), sheet(collecting=Collecting.MODERATORS), sheet(closed=STARTS), sheet(published=STARTS)]
    assert [rules.may_add(each, edits=False, begun=True) for each in sheets] == [True, True, False, False, False]
    assert [rules.may_add(each, edits=True, begun=False) for each in sheets] == [True] * 5
    assert not rules.may_add(None, edits=False, begun=False)


def test_ones_own_line_until_it_is_starred() -> None:
    own = line("a", person_id="anna")
    assert rules.may_correct(own, "anna", adds=True)
    assert not rules.may_correct(own, "bela", adds=True)
    assert not rules.may_correct(own, "anna", adds=False)
    assert not rules.may_correct(line("a"), None, adds=True)
    assert not rules.may_correct(line("a", person_id="anna", key=True), "anna", adds=True)
    assert not rules.may_correct(line("a", person_id="anna", gone=STARTS), "anna", adds=True)


def test_what_a_finding_says() -> None:
    assert rules.text_of({"de": " Ein  Bus ", "en": "", "fr": "Un bus"}) == {"de": "Ein Bus"}
    for nothing in ({}, {"de": " "}, {"fr": "Un bus"}):
        with pytest.raises(Invalid):
            rules.text_of(nothing)


def test_the_round_that_runs() -> None:
    rounds = [Round(id=str(n), session_id="s", number=n, starts=STARTS + timedelta(minutes=30 * n), ends=STARTS) for n in (1, 2)]
    found = [rules.round_at(rounds, STARTS + timedelta(minutes=minute)) for minute in (0, 30, 59, 60, 500)]
    assert found == [1, 1, 1, 2, 2]
    assert rules.round_at([], STARTS) is None


@given(st.lists(st.integers(-5000, 5000), unique=True, max_size=8), st.data())
def test_a_line_finds_its_place_or_all_are_numbered_anew(positions: list[int], data: st.DataObject) -> None:
    group = [line(str(index), position) for index, position in enumerate(sorted(positions))]
    after = data.draw(st.sampled_from([None, "elsewhere", *(one.id for one in group)]))
    position = rules.place_after(group, after)
    at = 0 if after is None else next((index + 1 for index, one in enumerate(group) if one.id == after), len(group))
    if position is None:
        assert 0 < at < len(group)
        assert group[at].position - group[at - 1].position < 2
    else:
        assert [one.position < position for one in group] == [index < at for index in range(len(group))]


def test_several_lines_as_one() -> None:
    texts = [{"de": "Bus.", "en": "Bus."}, {"de": "Bahn"}, {"en": "Train"}, {"de": "Bahn"}]
    assert rules.joined(texts) == {"de": "Bus; Bahn", "en": "Bus; Train"}
    assert rules.joined([{"de": "a" * 300}, {"de": "b" * 300}]) == {"de": "a" * 300}

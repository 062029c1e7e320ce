"""The moments, the steps of the tour, and where the visitor goes on: pure."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from conference.access.model import State
from conference.access.rules import Times, state_at
from conference.demo.actors import typed
from conference.demo.folder import origin
from conference.demo.rules import MOMENTS, instant_of, moment_of, page_after, page_for, steps_of, times_from
from conference.demo.script import FOLDERS, digest_of, read_script


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


TIMES = Times(
    announced=at("2021-03-15T08:00"),
    doors=at("2021-05-04T07:30"),
    live=at("2021-05-04T08:00"),
    archive=at("2021-05-04T10:45"),
    closes=at("2021-05-17T22:00"),
    purge=at("2021-06-14T22:00"),
)
FORUMS = [(at("2021-05-04T08:50"), at("2021-05-04T10:10"))] * 3
PLENARY = at("2021-05-04T10:15")


@pytest.mark.parametrize(
    ("moment", "instant", "state"),
    [
        ("before", "2021-04-30T07:30", State.ANNOUNCED),
        ("live", "2021-05-04T09:30", State.LIVE),
        ("plenary", "2021-05-04T10:20", State.LIVE),
        ("archive", "2021-05-06T10:45", State.ARCHIVE),
        ("closed", "2021-05-18T08:00", State.CLOSED),
    ],
)
def test_each_moment_lies_in_its_state(moment: str, instant: str, state: State) -> None:
    assert instant_of(moment, TIMES, FORUMS, PLENARY) == at(instant)
    assert state_at(TIMES, at(instant)) is state
    assert moment_of(state, at(instant) >= PLENARY) == moment


@pytest.mark.parametrize(
    "moved",
    [
        replace(TIMES, closes=TIMES.archive + timedelta(hours=1)),
        replace(TIMES, closes=TIMES.closes + timedelta(days=20), purge=TIMES.closes + timedelta(days=20, minutes=10)),
        replace(TIMES, announced=TIMES.doors - timedelta(minutes=5)),
        replace(TIMES, announced=None),
    ],
)
def test_moments_follow_when_the_organiser_moves_the_times(moved: Times) -> None:
    announced = replace(moved, announced=moved.announced or TIMES.announced)
    instants = [instant_of(moment, moved, FORUMS, PLENARY) for moment in MOMENTS]
    assert [moment_of(state_at(announced, instant), instant >= PLENARY) for instant in instants] == list(MOMENTS)
    assert instants == sorted(instants)


def test_a_closing_plenary_is_visited_while_the_day_runs_whatever_the_program_says() -> None:
    for plenary in (None, TIMES.archive + timedelta(hours=1), TIMES.live - timedelta(hours=1), TIMES.archive):
        assert TIMES.live <= instant_of("plenary", TIMES, FORUMS, plenary) < TIMES.archive


def test_the_tour_of_results_leads_from_collecting_to_the_public_page() -> None:
    steps = steps_of("m", "forum-1", "abschluss")
    assert [(key, step.moment, step.role, step.path) for key, step in steps.items()] == [
        ("collect", "live", "attendee", "/m/sessions/forum-1/findings"),
        ("sheet", "live", "moderator", "/m/sessions/forum-1/sheet"),
        ("slides", "plenary", "organiser", "/m/sessions/abschluss/closing"),
        ("results", "archive", "stranger", "/m/sessions/forum-1/results"),
    ]
    assert list(steps_of("m", "forum-1", None)) == ["collect", "sheet", "results"]


def test_a_conference_without_forums_is_live_in_its_middle() -> None:
    assert instant_of("live", TIMES, []) == TIMES.live + (TIMES.archive - TIMES.live) / 2


def test_there_are_no_other_moments() -> None:
    with pytest.raises(KeyError):
        instant_of("tomorrow", TIMES, FORUMS)
    assert moment_of(State.DRAFT) is None


def test_times_survive_being_written_down() -> None:
    texts = {name: instant.isoformat() if instant else None for name, instant in asdict(TIMES).items()}
    assert times_from(texts) == TIMES
    assert times_from({**texts, "announced": None}) == replace(TIMES, announced=None)


@pytest.mark.parametrize(
    ("moment", "path", "next_path"),
    [
        ("live", "/m/sessions/f/room", "/m/sessions/f/room"),
        ("archive", "/m/sessions/f/room", "/m/sessions/f"),
        ("closed", "/m/program", "/m/program"),
        ("live", "/sign-in", "/m/"),
    ],
)
def test_a_room_is_left_when_it_is_not_live(moment: str, path: str, next_path: str) -> None:
    assert page_after(moment, path, "m") == next_path


@pytest.mark.parametrize(
    ("role", "path", "next_path"),
    [
        ("organiser", "/desk/m", "/desk/m"),
        ("attendee", "/desk/m", "/m/"),
        ("stranger", "/me", "/m/"),
        ("attendee", "/me", "/me"),
        ("speaker", "/m/sessions/f/room", "/m/sessions/f/room"),
        ("speaker", "/sign-in/secret", "/m/"),
    ],
)
def test_a_page_that_the_role_cannot_see_is_left(role: str, path: str, next_path: str) -> None:
    assert page_for(role, path, "m") == next_path


def test_words_appear_in_groups_as_somebody_types() -> None:
    assert typed("Was war die größte Hürde?") == [
        ("Was war", False),
        ("Was war die größte", False),
        ("Was war die größte Hürde?", True),
    ]
    assert typed("Ja.") == [("Ja.", True)]


@pytest.mark.parametrize(
    ("host", "address"),
    [("0.0.0.0", "http://127.0.0.1:8000"), ("127.0.0.1", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000")],
)
def test_the_address_is_one_that_a_browser_here_can_open(host: str, address: str) -> None:
    assert origin(host, 8000) == address


def test_the_scripts_name_one_person_per_role_and_streams_for_each_forum() -> None:
    played, visited = (read_script(folder) for folder in FOLDERS)
    keys = ["organiser", "moderator", "speaker", "initiative", "attendee", "interpreter", "captioner"]
    assert [person.key for person in played.people if person.key] == keys
    assert [person.key for person in visited.people if person.key] == keys
    assert {stream.session for stream in played.streams} == {"forum-1", "forum-2", "forum-3"}
    known = {person.email for person in played.people}
    assert {stream.email for stream in played.streams} <= known
    assert all("Beispiel" in person.name for person in (*played.people, *visited.people))


def test_attendees_write_under_the_headings_of_forums_and_say_that_it_is_an_example() -> None:
    played, _ = (read_script(folder) for folder in FOLDERS)
    sitting = {person.forum for person in played.people if person.simulated}
    assert {said.session for said in played.findings} == sitting == {"forum-1", "forum-2", "forum-3"}
    assert {said.heading for said in played.findings} == {"topics", "practice", "ideas"}
    assert all(said.text.endswith("(Beispiel).") and len(said.text) < 200 for said in played.findings)


def test_a_changed_file_changes_the_digest(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("files")
    (folder / "a").write_text("one")
    before = digest_of([folder])
    assert digest_of([folder]) == before
    (folder / "a").write_text("two")
    assert digest_of([folder]) != before

"""Schedules of other programs: what is read, what comes out again, what is refused, what is left out."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conference.base.errors import Invalid
from conference.program.model import Kind
from conference.program.schedule.mapping import brought, kind_of
from conference.program.schedule.reading import LARGEST, read_schedule
from conference.program.schedule.shape import duration_from, duration_text
from tests.program.schedule.foreign import PRETALX, event, whole

BERLIN = ZoneInfo("Europe/Berlin")


def test_an_export_is_read() -> None:
    read = read_schedule(PRETALX, BERLIN)
    assert (read.title, len(read.talks), list(read.faults)) == ("Tagung auf dem Land", 4, [])
    workshop = read.talks[2]
    assert workshop.title == "Workshop: Äpfel & Birnen"
    assert workshop.starts == datetime(2021, 5, 4, 12, tzinfo=UTC)
    assert workshop.ends == datetime(2021, 5, 4, 13, 30, tzinfo=UTC)
    assert [speaker.name for speaker in workshop.speakers] == ["Ada Muster 3"]


def test_what_an_organisers_export_knows_of_people_is_left_out_and_said() -> None:
    read = read_schedule(PRETALX, BERLIN)
    for secret in ("0123 456", "geheim", "ada@example.org"):
        assert secret not in repr(read)
    assert read.left_out == {
        "conference.colors": 1, "room.description": 1, "room.capacity": 1, "event.url": 4, "event.answers": 1,
        "person.answers": 1, "person.email": 1,
    }  # fmt: skip


def test_events_become_sessions_of_the_right_kind() -> None:
    plans = [each.plan for each in brought(read_schedule(PRETALX, BERLIN).talks, {}, {})]
    assert [plan.kind for plan in plans] == [Kind.PLENARY, Kind.BREAK, Kind.FORUM, Kind.PLENARY]
    assert plans[0].title == {"de": "Eröffnung"}
    assert plans[3].title == {"de": "Closing", "en": "Closing"}
    assert plans[0].room == "Saal"
    assert len({plan.slug for plan in plans}) == 4
    assert kind_of("Themenraum", "Runde") is Kind.THEME_ROOM


def test_reading_it_again_changes_nothing_and_a_change_is_one() -> None:
    talks = read_schedule(PRETALX, BERLIN).talks
    first = {each.plan.slug: each.plan for each in brought(talks, {}, {})}
    again = brought(talks, first, {})
    assert [each.plan for each in again] == list(first.values())
    assert all(each.slug is not None for each in again)
    moved = json.loads(PRETALX)
    moved["schedule"]["conference"]["days"][0]["rooms"]["Saal"][0] |= {"date": "2021-05-04T13:05:00+02:00", "title": "Auftakt"}
    changed = brought(read_schedule(json.dumps(moved).encode(), BERLIN).talks, first, {})
    assert [each.slug for each in changed if each.plan != first[each.slug or ""]] == ["tagung-1-x"]
    assert changed[0].plan.title == {"de": "Auftakt"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"schedule": 1}',
        b'{"schedule": {"conference": {"days": [{"rooms": {"x": [1]}}]}}}',
        b"<a/>",
        b"<schedule>",
        b'<!DOCTYPE schedule [<!ENTITY a "b">]><schedule/>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><schedule/>'.encode("utf-16"),
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
    ids=range(10),
)
def test_what_is_no_schedule_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read_schedule(data, BERLIN)
    assert refused.value.code == "schedule_file"


def test_limits() -> None:
    with pytest.raises(Invalid, match="schedule_large"):
        read_schedule(b" " * (LARGEST + 1), BERLIN)
    many = whole(("2021-05-04", {"Saal": [event(n, "X", "2021-05-04T13:00:00+02:00", "Saal") for n in range(1, 202)]}))
    with pytest.raises(Invalid, match="schedule_file"):
        read_schedule(many, BERLIN)


def test_single_events_that_cannot_be_are_named() -> None:
    good = event(1, "Gut", "2021-05-04T13:00:00+02:00", "Saal")
    bad = [
        good | {"title": " "},
        good | {"id": 2, "guid": "", "duration": "lang"},
        good | {"id": 3, "guid": "", "duration": "0:00"},
        good | {"id": 4, "guid": "", "date": "bald"},
        good,
    ]
    read = read_schedule(whole(("2021-05-04", {"Saal": [good, *bad]})), BERLIN)
    assert len(read.talks) == 1
    assert [why for _title, why in read.faults] == ["title", "time", "time", "time", "twice"]


def test_old_xml_without_dates_and_guids() -> None:
    xml = """<schedule><conference><title>Alt</title></conference><day date="2012-12-27" index="1"><room name="Saal 1">
      <event id="5"><start>11:00</start><duration>01:00</duration><title>Keynote</title><slug>k</slug><type>lecture</type>
      <persons><person id="7">Grace Beispiel</person></persons><links><link href="https://example.org">Mehr</link></links>
      <recording><license>CC0</license><optout>true</optout></recording></event></room></day></schedule>"""
    (talk,) = read_schedule(xml.encode(), BERLIN).talks
    assert talk.starts == datetime(2012, 12, 27, 10, tzinfo=UTC)
    assert talk.room == "Saal 1"
    assert (talk.speakers[0].name, talk.speakers[0].extras["id"]) == ("Grace Beispiel", 7)
    assert talk.extras["links"] == [{"url": "https://example.org", "title": "Mehr"}]
    assert talk.extras["do_not_record"] is True
    assert len(talk.guid) == 36


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"<schedule>{text}</schedule>".encode()))
@settings(max_examples=150)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(Invalid):
        read_schedule(data, BERLIN)


@given(st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(hours=99)))
def test_durations_are_rounded_up_to_the_minute(length: timedelta) -> None:
    written = duration_from(duration_text(length))
    assert timedelta(seconds=-1) < written - length < timedelta(minutes=1)


def test_durations_of_other_spellings() -> None:
    assert duration_from("1:02:03:04") == timedelta(days=1, hours=2, minutes=3, seconds=4)
    assert duration_from("0:30:00") == timedelta(minutes=30)
    for wrong in ("30", "-1:30", "a:b", "1:1:1:1:1"):
        with pytest.raises(ValueError, match=r".+"):
            duration_from(wrong)


@pytest.mark.parametrize(
    "change",
    [
        {"date": "0001-01-01T00:00:00+14:00"},
        {"date": "9999-12-31T23:59:00-12:00"},
        {"date": "2999-01-01T10:00:00+02:00"},
        {"duration": "99999999999:00"},
    ],
)
def test_times_at_the_ends_of_the_calendar_are_named(change: dict[str, object]) -> None:
    read = read_schedule(hostile(**change), BERLIN)
    assert (list(read.talks), list(read.faults)) == ([], [("T", "time")])


def test_what_no_database_can_hold_is_cleaned() -> None:
    person = {"name": "P", "biography": "a\ud83d\x00b", "avatar": ["\ud800"]}
    facts = hostile(guid="g\ud800", logo="\ud800", id=10**30, persons=[person], links=[{"\ud800url": "x\x00", "n": float("nan")}])
    plan = brought(read_schedule(facts, BERLIN).talks, {}, {})[0].plan
    json.dumps([plan.origin, plan.people[0].origin], ensure_ascii=False, allow_nan=False).encode()
    assert plan.origin is not None
    assert (plan.origin["guid"], plan.origin["links"], plan.origin["id"] < 2**53) == ("g", [{"url": "x", "n": None}], True)
    assert plan.people[0].origin is not None
    assert plan.people[0].origin["biography"] == "ab"


def hostile(**change: object) -> bytes:
    event = {"title": "T", "date": "2021-05-04T10:00:00+02:00", "duration": "00:30", "persons": [], "guid": "g"} | change
    return json.dumps({"schedule": {"conference": {"title": "x", "days": [{"rooms": {"A": [event]}}]}}}).encode()

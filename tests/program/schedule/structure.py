"""What the published schemas of schedule.xml and schedule.json (c3voc) ask of a file, as plain checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

_DURATION = re.compile(r"\d{1,2}:\d{2}(:\d{1,2})?")
_START = re.compile(r"[0-2]\d:[0-5]\d(:[0-5]\d)?")
# Children of an event: whether they must be there.
_EVENT = {
    **dict.fromkeys(("room", "title", "subtitle", "type", "date", "start", "duration", "abstract", "slug", "track"), True),
    **dict.fromkeys(
        ("logo", "persons", "language", "description", "recording", "links", "attachments", "video_download_url", "url"), False
    ),
}
_CONFERENCE = {"title": True, "acronym": True} | dict.fromkeys(
    ("start", "end", "days", "timeslot_duration", "base_url", "time_zone_name"), False
)


def check_xml(data: bytes) -> None:
    root = ET.fromstring(data)
    assert root.tag == "schedule"
    assert [child.tag for child in root][:3] == ["generator", "version", "conference"]
    assert {child.tag for child in root[3:]} == {"day"}
    assert set(root[0].attrib) <= {"name", "version"}
    conference = _children(root[2], _CONFERENCE)
    for name in ("start", "end"):
        date.fromisoformat(conference[name])
    assert conference["days"] == str(len(root.findall("day")))
    assert conference["base_url"].startswith("http")
    assert _DURATION.fullmatch(conference["timeslot_duration"])
    for day in root.findall("day"):
        assert set(day.attrib) <= {"date", "start", "end", "index"}
        date.fromisoformat(day.attrib["date"])
        assert all(_aware(day.attrib[name]) for name in ("start", "end"))
        assert {room.tag for room in day} == {"room"}
        for room in day:
            assert set(room.attrib) == {"name"}
            assert {event.tag for event in room} == {"event"}
    events = list(root.iter("event"))
    for values in (
        [event.attrib["id"] for event in events],
        [event.attrib["guid"] for event in events],
        [event.findtext("slug") for event in events],
        [day.attrib["index"] for day in root.findall("day")],
    ):
        assert len(values) == len(set(values))
    for event in events:
        _xml_event(event)


def _xml_event(event: ET.Element) -> None:
    assert set(event.attrib) == {"id", "guid"}
    assert int(event.attrib["id"]) > 0
    UUID(event.attrib["guid"])
    facts = _children(event, _EVENT)
    assert _aware(facts["date"])
    assert _START.fullmatch(facts["start"])
    assert _DURATION.fullmatch(facts["duration"])
    assert facts["url"].startswith("http")
    for person in event.findall("persons/*"):
        assert person.tag == "person"
        assert set(person.attrib) <= {"id"}
        assert int(person.attrib.get("id", 1)) > 0
    assert {child.tag for child in event.findall("recording/*")} == {"license", "optout"}
    assert event.findtext("recording/optout") in ("true", "false")
    assert {child.tag for child in event.findall("links/*")} <= {"link"}


def _children(parent: ET.Element, known: Mapping[str, bool]) -> dict[str, str]:
    """Each at most once, all that must be there, none that is unknown."""
    names = [child.tag for child in parent]
    assert len(names) == len(set(names)), names
    assert set(names) <= set(known), set(names) - set(known)
    assert {name for name, needed in known.items() if needed} <= set(names)
    return {child.tag: child.text or "" for child in parent}


def _aware(text: str) -> bool:
    return datetime.fromisoformat(text).tzinfo is not None


_JSON_EVENT = frozenset(
    [
        "abstract",
        "date",
        "duration",
        "guid",
        "id",
        "language",
        "links",
        "persons",
        "room",
        "slug",
        "start",
        "subtitle",
        "title",
        "track",
        "type",
        "url",
    ]
)
_JSON_MORE = frozenset(["logo", "description", "recording_license", "do_not_record", "do_not_stream", "attachments", "answers"])
_JSON_CONFERENCE = frozenset(["title", "acronym", "days", "daysCount", "start", "end", "timeslot_duration"])
_JSON_CONFERENCE_MORE = frozenset(
    ["description", "time_zone_name", "logo", "colors", "keywords", "url", "tracks", "rooms", "meta"]
)


def check_json(whole: Mapping[str, Any], more: frozenset[str] = frozenset()) -> None:
    """more: fields of events that came along with an import."""
    assert set(whole) <= {"schedule", "$schema", "generator"}
    schedule = whole["schedule"]
    assert isinstance(schedule["version"], str)
    assert "rooms" not in schedule
    conference = schedule["conference"]
    assert _JSON_CONFERENCE <= set(conference) <= _JSON_CONFERENCE | _JSON_CONFERENCE_MORE
    assert re.fullmatch(r"[a-z0-9_-][a-z0-9_]{3,}(-2[0-9]{3}-[a-z]+)?", conference["acronym"])
    assert conference["daysCount"] == len(conference["days"])
    for room in conference["rooms"]:
        assert {"guid", "name"} <= set(room) <= {"guid", "name", "description", "capacity"}
        UUID(room["guid"])
    for day in conference["days"]:
        assert set(day) == {"index", "date", "day_start", "day_end", "rooms"}
        assert _aware(day["day_start"])
        for name, events in day["rooms"].items():
            for event in events:
                assert event["room"] == name
                _json_event(event, more)


def _json_event(event: Mapping[str, Any], more: frozenset[str]) -> None:
    assert _JSON_EVENT <= set(event) <= _JSON_EVENT | _JSON_MORE | more, set(event)
    UUID(event["guid"])
    assert isinstance(event["id"], int)
    assert event["id"] > 0
    assert _aware(event["date"])
    assert re.fullmatch(r"\d+:\d{2}", event["duration"])
    assert re.fullmatch(r"[a-z0-9_-]+[a-z0-9]", event["slug"])
    for person in event["persons"]:
        assert ("name" in person) != ({"public_name", "id"} <= set(person))  # exactly one of the two kinds of person

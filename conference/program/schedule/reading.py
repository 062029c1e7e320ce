"""Reading schedule.xml and schedule.json of other programs. Pure: bytes in, values and what is left out.

XML with a document type or entities is refused before anything of it is looked at, so nothing outside is read and nothing grows.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers import expat
from zoneinfo import ZoneInfo

from conference.base.errors import Invalid
from conference.program.schedule.shape import Speaker, Talk, duration_from, guid_of, number_of

LARGEST = 5 << 20  # bytes
MOST = 200
YEARS = range(2000, 2200)  # others are a slip, and at the ends of the calendar no time zone can be reckoned
LARGEST_NUMBER = 2**53
CUT = {"title": 200, "subtitle": 500, "abstract": 8000}  # characters
_OURS = frozenset(
    {"id", "guid", "date", "start", "duration", "room", "slug", "url", "title", "subtitle", "track", "type", "language",
     "abstract", "description", "persons"}
)  # fmt: skip
# What is kept beside our columns and written out again: what an export shows to everybody. An export made with an organiser's
# rights also holds answers to internal questions, telephone numbers among them; those must not become public by way of us.
KEPT_OF_EVENTS = frozenset(
    {"logo", "recording_license", "do_not_record", "do_not_stream", "links", "attachments", "feedback_url", "origin_url", "code",
     "video_download_url"}
)  # fmt: skip
KEPT_OF_PEOPLE = frozenset({"id", "guid", "code", "name", "public_name", "biography", "avatar", "url"})
_EMPTY: tuple[object, ...] = (None, "", [], {}, False)
_OF_CONFERENCE = frozenset(
    {"title", "acronym", "start", "end", "days", "daysCount", "timeslot_duration", "time_zone_name", "url", "base_url", "rooms"}
)
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Read:
    """faults: (title, why) of events that cannot be taken; why: "title", "time" or "twice". left_out: fields of the conference
    and its rooms that have no place here -> how often."""

    title: str
    talks: Sequence[Talk]
    faults: Sequence[tuple[str, str]]
    left_out: Mapping[str, int]


def read_schedule(data: bytes, zone: ZoneInfo) -> Read:
    """zone: of wall times that name none. Raises Invalid("schedule_file"), Invalid("schedule_large")."""
    if len(data) > LARGEST:
        raise Invalid("schedule_large")
    try:
        whole = _from_xml(data) if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else json.loads(data)
        conference = whole["schedule"]["conference"]
        days = conference.get("days") or []
        return _read(conference, days, zone)
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        OverflowError,
        expat.ExpatError,
        ET.ParseError,
    ) as error:
        raise Invalid("schedule_file") from error


def _read(conference: Mapping[str, Any], days: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> Read:
    talks: list[Talk] = []
    faults: list[tuple[str, str]] = []
    guids: set[str] = set()
    left: dict[str, int] = {}
    for name, value in conference.items():
        if name not in _OF_CONFERENCE and value not in (None, "", [], {}):
            left[f"conference.{name}"] = 1
    for room in conference.get("rooms") or []:
        for name, value in room.items():
            if name not in ("name", "guid") and value not in (None, "", [], {}):
                left[f"room.{name}"] = left.get(f"room.{name}", 0) + 1
    for day in days:
        for room, events in day["rooms"].items():
            for event in events:
                talk = _talk(event, _line(room), day, zone)
                _count(left, event)
                if isinstance(talk, str):
                    faults.append((_line(event.get("title")) or "?", talk))
                elif talk.guid in guids:
                    faults.append((talk.title, "twice"))
                else:
                    guids.add(talk.guid)
                    talks.append(talk)
    if len(talks) > MOST:
        raise ValueError(len(talks))
    return Read(_line(conference.get("title")), talks, faults, {_line(name): n for name, n in left.items()})


def _count(left: dict[str, int], event: Mapping[str, Any]) -> None:
    """What of an event and its people is not taken along."""
    gone = [f"event.{name}" for name, value in event.items() if name not in _OURS | KEPT_OF_EVENTS and value not in _EMPTY]
    gone += ["event.url"] if event.get("url") else []
    gone += [f"event.{name} > {most}" for name, most in CUT.items() if len(str(event.get(name) or "")) > most]
    for person in event.get("persons") or []:
        gone += [f"person.{name}" for name, value in person.items() if name not in KEPT_OF_PEOPLE and value not in _EMPTY]
    for name in gone:
        left[name] = left.get(name, 0) + 1


def _talk(event: Mapping[str, Any], room: str, day: Mapping[str, Any], zone: ZoneInfo) -> Talk | str:
    """The event, or why it cannot be taken."""
    title = _line(event.get("title"))
    if not title:
        return "title"
    try:
        starts = _starts(event, day, zone)
        length = duration_from(str(event["duration"]))
    except (KeyError, ValueError, OverflowError):
        return "time"
    if starts.year not in YEARS or not timedelta() < length <= timedelta(days=1):
        return "time"
    number = event.get("id")
    number = number if isinstance(number, int) and 0 < number < LARGEST_NUMBER else 0
    guid = _line(event.get("guid")) or guid_of("foreign", f"{number or title}|{starts.isoformat()}")
    return Talk(
        number=number or number_of(guid),
        guid=guid,
        slug=_SLUG.sub("-", str(event.get("slug") or title).lower()).strip("-")[:60].strip("-"),
        title=title,
        subtitle=_line(event.get("subtitle")),
        abstract=_text(event.get("abstract")),
        description=_text(event.get("description")),
        kind=_line(event.get("type")),
        track=_line(event.get("track")),
        language=_line(event.get("language")) or "de",
        starts=starts,
        ends=starts + length,
        room=_line(event.get("room")) or room,
        url=_line(event.get("url")),
        speakers=[_speaker(person) for person in event.get("persons") or [] if _name(person)],
        extras={name: _clean(value) for name, value in event.items() if name in KEPT_OF_EVENTS},
    )


def _starts(event: Mapping[str, Any], day: Mapping[str, Any], zone: ZoneInfo) -> datetime:
    """`date` with its offset; without one, or in old files that have none, the wall time on the day."""
    text = str(event.get("date") or f"{day['date']}T{event['start']}")
    starts = datetime.fromisoformat(text)
    return starts if starts.tzinfo is not None else starts.replace(tzinfo=zone)


def _name(person: Mapping[str, Any]) -> str:
    return _line(person.get("name") or person.get("public_name") or person.get("full_public_name"))


def _speaker(person: Mapping[str, Any]) -> Speaker:
    return Speaker(_name(person), {name: _clean(value) for name, value in person.items() if name in KEPT_OF_PEOPLE})


def _line(value: Any) -> str:
    return " ".join("".join(c for c in str(value) if c.isprintable() or c.isspace()).split()) if value is not None else ""


def _text(value: Any) -> str:
    return "".join(c for c in str(value) if c.isprintable() or c in "\n\t").strip() if value is not None else ""


def _clean(value: Any) -> Any:
    """What is kept as it came, without characters and numbers that no database or page can hold."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_line(name): _clean(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


# -- XML as the same shape as JSON ---------------------------------------------------------------------------------------


def _from_xml(data: bytes) -> dict[str, Any]:
    _refuse_declarations(data)
    root = ET.fromstring(data)  # noqa: S314  without document type there are no entities
    if root.tag != "schedule":
        raise ValueError(root.tag)
    head = root.find("conference")
    conference: dict[str, Any] = {child.tag: child.text or "" for child in head} if head is not None else {}
    conference["days"] = [
        {
            "date": day.get("date", ""),
            "rooms": {room.get("name", ""): [_xml_event(event) for event in room.iter("event")] for room in day.iter("room")},
        }
        for day in root.iter("day")
    ]
    return {"schedule": {"conference": conference}}


def _refuse_declarations(data: bytes) -> None:
    parser = expat.ParserCreate()

    def refuse(*_declaration: object) -> None:
        raise ValueError("a document type")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.Parse(data, True)


def _xml_event(event: ET.Element) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for child in event:
        if child.tag == "persons":
            facts["persons"] = [_xml_person(person) for person in child]
        elif child.tag in ("links", "attachments"):
            facts[child.tag] = [{"url": link.get("href", ""), "title": (link.text or "").strip()} for link in child]
        elif child.tag == "recording":
            facts["recording_license"] = (child.findtext("license") or "").strip()
            facts["do_not_record"] = (child.findtext("optout") or "").strip() == "true"
        else:
            facts[child.tag] = (child.text or "").strip()
    number = event.get("id", "")
    return facts | {"id": int(number) if number.isdigit() else 0, "guid": event.get("guid", "")}


def _xml_person(person: ET.Element) -> dict[str, Any]:
    facts: dict[str, Any] = {"public_name": (person.text or "").strip()}
    number = person.get("id", "")
    if number.isdigit():
        facts["id"] = int(number)
    return facts | {name: person.get(name) for name in ("code", "guid") if person.get(name)}

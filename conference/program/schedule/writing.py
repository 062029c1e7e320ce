"""A schedule as schedule.xml and schedule.json. Pure: values in, bytes out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from conference.program.schedule.shape import (
    Schedule,
    Speaker,
    Talk,
    bounds_of,
    days_of,
    duration_text,
    guid_of,
    number_of,
    rooms_of,
)

GENERATOR = "Meetingpoint"
SLOT = "00:05"


def to_json(schedule: Schedule) -> bytes:
    zone = ZoneInfo(schedule.zone)
    days = []
    for index, (day, rooms) in enumerate(days_of(schedule), 1):
        begins, ends = bounds_of(day, zone)
        days.append(
            {
                "index": index,
                "date": day.isoformat(),
                "day_start": begins.isoformat(),
                "day_end": ends.isoformat(),
                "rooms": {room: [_event(talk, zone) for talk in talks] for room, talks in rooms},
            }
        )
    conference = {
        "acronym": schedule.acronym,
        "title": schedule.title,
        "start": schedule.starts.isoformat(),
        "end": schedule.ends.isoformat(),
        "daysCount": len(days),
        "timeslot_duration": SLOT,
        "time_zone_name": schedule.zone,
        "url": schedule.url,
        "rooms": [{"name": room, "guid": guid_of("room", f"{schedule.url}#{room}")} for room in rooms_of(schedule.talks)],
        "days": days,
    }
    whole = {
        "generator": {"name": GENERATOR},
        "schedule": {"version": schedule.version, "base_url": schedule.url, "conference": conference},
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _event(talk: Talk, zone: ZoneInfo) -> dict[str, Any]:
    starts = talk.starts.astimezone(zone)
    return {
        **talk.extras,
        "id": talk.number,
        "guid": talk.guid,
        "date": starts.isoformat(),
        "start": f"{starts:%H:%M}",
        "duration": duration_text(talk.ends - talk.starts),
        "room": talk.room,
        "slug": talk.slug,
        "url": talk.url,
        "title": talk.title,
        "subtitle": talk.subtitle,
        "track": talk.track,
        "type": talk.kind,
        "language": talk.language,
        "abstract": talk.abstract,
        "description": talk.description,
        "persons": [_person(talk, place, speaker) for place, speaker in enumerate(talk.speakers)],
        "links": talk.extras.get("links", []),
    }


def _person(talk: Talk, place: int, speaker: Speaker) -> dict[str, Any]:
    """With `public_name` and `id` alone where nothing came along: the schema wants exactly one of the two kinds of person."""
    known = dict(speaker.extras) or {"id": number_of(f"{talk.guid}#{place}")}
    return known | {name: speaker.name for name in ("name", "public_name") if name in known or name == "public_name"}


def to_xml(schedule: Schedule) -> bytes:
    zone = ZoneInfo(schedule.zone)
    root = ET.Element("schedule")
    ET.SubElement(root, "generator", name=GENERATOR)
    _text(root, "version", schedule.version)
    conference = ET.SubElement(root, "conference")
    days = days_of(schedule)
    for name, value in (
        ("title", schedule.title), ("acronym", schedule.acronym), ("start", schedule.starts.isoformat()),
        ("end", schedule.ends.isoformat()), ("days", str(len(days))), ("timeslot_duration", SLOT), ("base_url", schedule.url),
        ("time_zone_name", schedule.zone),
    ):  # fmt: skip
        _text(conference, name, value)
    for index, (day, rooms) in enumerate(days, 1):
        begins, ends = bounds_of(day, zone)
        within = ET.SubElement(
            root, "day", index=str(index), date=day.isoformat(), start=begins.isoformat(), end=ends.isoformat()
        )
        for room, talks in rooms:
            place = ET.SubElement(within, "room", name=_printable(room))
            for talk in talks:
                _xml_event(place, talk, zone)
    ET.indent(root, " ")
    body: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return body + b"\n"


def _xml_event(place: ET.Element, talk: Talk, zone: ZoneInfo) -> None:
    event = ET.SubElement(place, "event", id=str(talk.number), guid=talk.guid)
    starts = talk.starts.astimezone(zone)
    for name, value in (
        ("room", talk.room),
        ("title", talk.title),
        ("subtitle", talk.subtitle),
        ("type", talk.kind),
        ("date", starts.isoformat()),
        ("start", f"{starts:%H:%M}"),
        ("duration", duration_text(talk.ends - talk.starts)),
        ("abstract", talk.abstract),
        ("slug", talk.slug),
        ("track", talk.track),
        ("language", talk.language),
        ("description", talk.description),
        ("url", talk.url),
    ):
        _text(event, name, value)
    if isinstance(talk.extras.get("logo"), str):
        _text(event, "logo", talk.extras["logo"])
    recording = ET.SubElement(event, "recording")
    _text(recording, "license", str(talk.extras.get("recording_license") or ""))
    _text(recording, "optout", "true" if talk.extras.get("do_not_record", True) else "false")
    persons = ET.SubElement(event, "persons")
    for number, speaker in enumerate(talk.speakers):
        person = _text(persons, "person", speaker.name)
        known = speaker.extras.get("id")
        person.set("id", str(known) if isinstance(known, int) and known > 0 else str(number_of(f"{talk.guid}#{number}")))
    links = ET.SubElement(event, "links")
    for link in _links(talk.extras.get("links")):
        _text(links, "link", link["title"]).set("href", link["url"])


def _links(links: Any) -> list[dict[str, str]]:
    found = []
    for link in links if isinstance(links, Sequence) and not isinstance(links, str) else ():
        if isinstance(link, Mapping) and isinstance(link.get("url"), str):
            found.append({"url": _printable(link["url"]), "title": str(link.get("title") or link["url"])})
        elif isinstance(link, str):
            found.append({"url": _printable(link), "title": link})
    return found


def _text(parent: ET.Element, name: str, value: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = _printable(value)
    return element


def _printable(text: str) -> str:
    """Without what XML 1.0 cannot hold (2.2): control characters and lone surrogates."""
    return "".join(c for c in text if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff"))

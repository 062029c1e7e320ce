"""A schedule as pretalx writes it, made up: two days, three rooms, people with biographies, answers that nobody may see."""

from __future__ import annotations

import json
from typing import Any


def person(number: int, name: str, **more: Any) -> dict[str, Any]:
    known = {"id": number, "code": f"P{number}", "public_name": name, "biography": f"{name} lebt auf dem Land.", "answers": []}
    return known | more


def event(number: int, title: str, date: str, room: str, **more: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "id": number, "guid": f"00000000-0000-5000-8000-{number:012}", "logo": "", "date": date, "start": date[11:16],
        "duration": "00:45", "room": room, "slug": f"tagung-{number}-x", "url": f"https://pretalx.example/tagung/talk/{number}/",
        "title": title, "subtitle": "Was nun?", "track": "Hauptprogramm", "type": "Talk", "language": "de",
        "abstract": "Kurz gesagt.", "description": "Länger gesagt.\n\nMit Absatz.", "recording_license": "CC BY",
        "do_not_record": False, "persons": [person(number, f"Ada Muster {number}")],
        "links": [{"url": "https://example.org/a", "title": "Mehr"}], "attachments": [], "answers": [],
    }  # fmt: skip
    return usual | more


def whole(*days: tuple[str, dict[str, list[dict[str, Any]]]]) -> bytes:
    conference = {
        "acronym": "tagung", "title": "Tagung auf dem Land", "start": "2021-05-04", "end": "2021-05-05", "daysCount": len(days),
        "timeslot_duration": "00:05", "time_zone_name": "Europe/Berlin", "colors": {"primary": "#123456"},
        "rooms": [{"name": "Saal", "guid": "00000000-0000-5000-8000-00000000000a", "description": "Mit Bühne", "capacity": 90}],
        "days": [
            {"index": n, "date": date, "day_start": f"{date}T04:00:00+02:00", "day_end": f"{date}T23:59:00+02:00", "rooms": rooms}
            for n, (date, rooms) in enumerate(days, 1)
        ],
    }  # fmt: skip
    return json.dumps({"schedule": {"version": "1.2", "base_url": "https://pretalx.example/", "conference": conference}}).encode()


PRETALX = whole(
    (
        "2021-05-04",
        {
            "Saal": [
                event(1, "Eröffnung", "2021-05-04T13:00:00+02:00", "Saal"),
                event(2, "Pause", "2021-05-04T13:45:00+02:00", "Saal", type="Break", persons=[], duration="00:15"),
            ],
            "Werkstatt": [
                event(
                    3, "Workshop: Äpfel & Birnen", "2021-05-04T14:00:00+02:00", "Werkstatt", type="Workshop", duration="1:30",
                    answers=[{"question": 10, "answer": "Mobil 0123 456"}],
                    persons=[person(3, "Ada Muster 3", answers=[{"answer": "geheim"}], email="ada@example.org")],
                )
            ],
        },
    ),
    ("2021-05-05", {"Saal": [event(4, "Closing", "2021-05-05T10:00:00+02:00", "Saal", language="en")]}),
)  # fmt: skip

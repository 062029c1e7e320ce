"""Programs to begin with, as pure values: what happens how many minutes after the beginning. All of it can be changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from conference.base.words import Words
from conference.program.model import Floor, Kind, Place

DOORS_BEFORE = timedelta(minutes=30)
OPEN_FOR = timedelta(days=14)  # after the day: two weeks, until midnight
PURGE_AFTER = timedelta(days=28)  # after closing
MOST_ROOMS = 12


@dataclass(frozen=True, slots=True)
class Slot:
    """One item. starts, ends, rounds: minutes after the beginning; in_rooms: once for each room wanted, numbered."""

    slug: str
    kind: Kind
    floor: Floor
    starts: int
    ends: int
    title: Words
    in_rooms: bool = False
    rounds: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """key: in the form; rooms: how many are suggested (0: it has none)."""

    key: str
    rooms: int
    slots: tuple[Slot, ...]


HALF_DAY = Template(
    "half-day",
    3,
    (
        Slot("begruessung", Kind.PLENARY, Floor.STAGE, 0, 15, {"de": "Begrüßung", "en": "Welcome"}),
        Slot("podium", Kind.PLENARY, Floor.STAGE, 15, 40, {"de": "Podiumsgespräch", "en": "Panel"}),
        Slot("pause", Kind.BREAK, Floor.OPEN_ROUND, 40, 50,
             {"de": "Pause und Wechsel in die Foren", "en": "Break, then to the forums"}),
        Slot("forum", Kind.FORUM, Floor.DISCUSSION, 50, 130, {"de": "Forum {n}", "en": "Forum {n}"}, in_rooms=True),
        Slot("wechsel", Kind.BREAK, Floor.OPEN_ROUND, 130, 140, {"de": "Wechsel ins Plenum", "en": "Back to the plenary"}),
        Slot("abschluss", Kind.PLENARY, Floor.STAGE, 140, 165, {"de": "Ergebnisse aus den Foren", "en": "Results of the forums"}),
    ),
)  # fmt: skip
THEME_ROOMS = Template(
    "theme-rooms",
    4,
    (
        Slot("begruessung", Kind.PLENARY, Floor.STAGE, 0, 20, {"de": "Grußworte", "en": "Words of welcome"}),
        Slot("impuls", Kind.PLENARY, Floor.STAGE, 20, 50, {"de": "Impulsvortrag", "en": "Opening talk"}),
        Slot("vorstellung", Kind.INTRODUCTIONS, Floor.STAGE, 50, 110,
             {"de": "Die Initiativen stellen sich vor", "en": "The initiatives introduce themselves"}),
        Slot("rundgang", Kind.TOUR, Floor.OPEN_ROUND, 110, 160, {"de": "Rundgang", "en": "Tour"}),
        Slot("mittagspause", Kind.BREAK, Floor.OPEN_ROUND, 160, 200, {"de": "Mittagspause", "en": "Lunch break"}),
        Slot("themenraum", Kind.THEME_ROOM, Floor.OPEN_ROUND, 200, 305, {"de": "Themenraum {n}", "en": "Theme room {n}"},
             in_rooms=True, rounds=((200, 245), (260, 305))),
        Slot("wechsel", Kind.BREAK, Floor.OPEN_ROUND, 305, 315, {"de": "Wechsel ins Plenum", "en": "Back to the plenary"}),
        Slot("abschluss", Kind.PLENARY, Floor.STAGE, 315, 345, {"de": "Ergebnisse und Abschluss", "en": "Results and closing"}),
    ),
)  # fmt: skip
EMPTY = Template("empty", 0, ())
TEMPLATES = {template.key: template for template in (HALF_DAY, THEME_ROOMS, EMPTY)}


@dataclass(frozen=True, slots=True)
class Planned:
    """One session to be made: columns of Session by name, and its rounds."""

    facts: dict[str, Any]
    rounds: list[tuple[datetime, datetime]]


def program_of(template: Template, begins: datetime, rooms: int) -> list[Planned]:
    """The sessions of a program that begins then (an instant), with that many forums or theme rooms."""
    planned: list[Planned] = []
    for slot in template.slots:
        for slug, title, number in _each(slot, rooms):
            facts = {
                "slug": slug, "kind": slot.kind, "number": number, "title": title, "question": {}, "summary": {},
                "starts": begins + timedelta(minutes=slot.starts), "ends": begins + timedelta(minutes=slot.ends),
                "floor": slot.floor, "place": Place.ONLINE, "where": {}, "guests": False, "position": len(planned),
            }  # fmt: skip
            rounds = [(begins + timedelta(minutes=start), begins + timedelta(minutes=end)) for start, end in slot.rounds]
            planned.append(Planned(facts, rounds))
    return planned


def _each(slot: Slot, rooms: int) -> Iterator[tuple[str, Words, int | None]]:
    """Slug, title and number of what one slot becomes."""
    if not slot.in_rooms:
        yield slot.slug, dict(slot.title), None
        return
    for number in range(1, rooms + 1):
        yield f"{slot.slug}-{number}", {code: text.format(n=number) for code, text in slot.title.items()}, number


def length_of(template: Template) -> timedelta:
    """From the beginning to the end of the last item; three hours where there is none."""
    return timedelta(minutes=max((slot.ends for slot in template.slots), default=180))

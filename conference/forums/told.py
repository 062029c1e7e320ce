"""What the browsers of a room were told last, and what is new for them. Pure: the room as it is now in, messages out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conference.forums import view
from conference.forums.store import Room, Seated

Message = dict[str, Any]


@dataclass
class Told:
    """people: by seat; room: what all are told, by message type; own: what one seat is told, by seat and type."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    room: dict[str, Message] = field(default_factory=dict)
    own: dict[str, dict[str, Message]] = field(default_factory=dict)

    def news(
        self, room: Room, seats: Iterable[Seated], people: dict[str, dict[str, Any]], mine: Collection[str]
    ) -> list[tuple[Message, str | None]]:
        """Messages with the seat that each is for (None: all). mine: seats with browsers in this process."""
        news: list[tuple[Message, str | None]] = []
        fresh = [person for seat, person in people.items() if self.people.get(seat) != person]
        gone = [seat for seat in self.people if seat not in people]
        self.people = people
        if fresh or gone:
            news.append(({"type": "room.people", "people": fresh, "gone": gone}, None))
        news += [(said, None) for said in _differing(self.room, _for_all(room))]
        for seated in seats:
            if seated.seat.id in mine:
                known = self.own.setdefault(seated.seat.id, {})
                news += [(said, seated.seat.id) for said in _differing(known, _for_one(room, seated))]
        return news


def _for_all(room: Room) -> list[Message]:
    return [{"type": "room.floor", **view.floor_of(room)}, {"type": "room.clock", **view.clock_of(room)}]


def _for_one(room: Room, seated: Seated) -> list[Message]:
    return [{"type": "room.you", **view.own_of(room, seated)}]


def _differing(known: dict[str, Message], now: Iterable[Mapping[str, Any]]) -> list[Message]:
    news = [dict(said) for said in now if known.get(said["type"]) != said]
    known.update({said["type"]: said for said in news})
    return news

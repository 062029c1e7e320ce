"""What the browsers of a room were told last, and what is new for them. Pure: the room as it is now in, messages out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conference.forums import rules, view
from conference.forums.plenary import view as plenary_view
from conference.forums.plenary.view import Staging
from conference.forums.store import Room, Seated
from conference.forums.view import Call
from conference.live.line import Shared
from conference.people.model import Role

Message = dict[str, Any]
Addressed = tuple[Message, str | None]  # with the seat that it is for; None: all

ORGANISING = frozenset({Role.ORGANISER, Role.TECHNICAL_DIRECTOR})


@dataclass(frozen=True, slots=True)
class Now:
    """A room at one moment. people: as they are shown; knocking: seats whose pages wait in the lobby; calls: rooms of the
    conference that call for help; staging: what a plenary has besides."""

    room: Room
    seats: Sequence[Seated]
    people: dict[str, dict[str, Any]]
    knocking: Collection[str] = ()
    calls: Sequence[Call] = ()
    staging: Staging | None = None


@dataclass
class Told:
    """people: by seat; room: what all are told, by message type; own: what one seat is told, by seat and type."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    room: dict[str, Message] = field(default_factory=dict)
    own: dict[str, dict[str, Message]] = field(default_factory=dict)
    _list: tuple[dict[str, dict[str, Any]], Shared] | None = None

    def news(self, now: Now, mine: Collection[str]) -> list[Addressed]:
        """What is new. mine: seats with browsers in this process."""
        news: list[Addressed] = []
        fresh = [person for seat, person in now.people.items() if self.people.get(seat) != person]
        gone = [seat for seat in self.people if seat not in now.people]
        self.people = now.people
        if fresh or gone:
            news.append(({"type": "room.people", "people": fresh, "gone": gone}, None))
        news += [(said, None) for said in _differing(self.room, _for_all(now))]
        for seated in now.seats:
            if seated.seat.id in mine:
                known = self.own.setdefault(seated.seat.id, {})
                news += [(said, seated.seat.id) for said in _differing(known, _for_one(now, seated))]
        return news

    def people_list(self) -> Shared:
        """The people, for somebody who comes in."""
        if self._list is None or self._list[0] is not self.people:
            self._list = self.people, Shared(self.people.values())
        return self._list[1]

    def forget(self, seat: str) -> None:
        """A new page of this seat has been told nothing yet."""
        self.own.pop(seat, None)


def _for_all(now: Now) -> list[Message]:
    said = [{"type": "room.floor", **view.front_of(now.room, now.people)}, {"type": "room.clock", **view.clock_of(now.room)}]
    if now.staging is not None:
        said.append({"type": "plenary.state", **plenary_view.for_all(now.room, now.staging, now.seats)})
    return said


def _for_one(now: Now, seated: Seated) -> list[Message]:
    said = [{"type": "room.you", **view.own_of(now.room, seated)}]
    if rules.may_moderate(seated.role):
        said.append({"type": "room.moderation", **view.moderation_of(now.room, now.seats, now.knocking)})
        said.append({"type": "room.notes", **view.notes_of(now.room)})
    if rules.may_caption(seated.role):
        said.append({"type": "room.captioning", **view.captioning_of(now.room, now.seats, now.people)})
    if seated.role in ORGANISING:
        said.append({"type": "room.calls", **view.calls_of(now.calls)})
    if now.staging is not None:
        said += plenary_view.for_crew(now.staging, now.seats, seated)
    return said


def _differing(known: dict[str, Message], now: Iterable[Mapping[str, Any]]) -> list[Message]:
    news = [dict(said) for said in now if known.get(said["type"]) != said]
    known.update({said["type"]: said for said in news})
    return news

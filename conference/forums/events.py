"""The live events of a room: something in it has changed (what exactly, each web process looks up and tells its browsers),
and something that the organisers should see."""

from __future__ import annotations

from dataclasses import dataclass

from conference.base.db import Work
from conference.forums.store import Room
from conference.live.outbox import Outbox

ROOM_CHANGED = "room.changed"
DESK_CHANGED = "desk.changed"
ROOM_INVITED = "room.invited"


def session_topic(session_id: str) -> str:
    """Heard by all who are in the room."""
    return f"session:{session_id}"


@dataclass(frozen=True, slots=True)
class RoomChanged:
    """Seats, hands or the floor of a room have changed."""

    session: str
    conference: str

    @classmethod
    def of(cls, room: Room) -> RoomChanged:
        return cls(room.session.id, room.session.conference_id)

    def tell(self, outbox: Outbox, work: Work) -> None:
        outbox.tell(work, session_topic(self.session), ROOM_CHANGED, conference_id=self.conference, session=self.session)


@dataclass(frozen=True, slots=True)
class DeskChanged:
    """A room needs the organisers, or has changed the program."""

    conference: str

    def tell(self, outbox: Outbox, work: Work) -> None:
        outbox.tell(work, f"desk:{self.conference}", DESK_CHANGED, conference_id=self.conference, conference=self.conference)


@dataclass(frozen=True, slots=True)
class RoomInvited:
    """The organisers ask whoever sits in `seat` of `session` over to the session `to`, where the seat `kept` is theirs."""

    session: str
    seat: str
    to: str
    kept: str

    def tell(self, outbox: Outbox, work: Work) -> None:
        facts = {"session": self.session, "seat": self.seat, "to": self.to, "kept": self.kept}
        outbox.tell(work, session_topic(self.session), ROOM_INVITED, conference_id=None, **facts)

"""Who waits in front of a room until a moderator lets them in. They hear of their place, and of nothing that happens inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conference.base.clock import Clock
from conference.base.ids import Ids
from conference.forums import rules, view
from conference.forums.presence import Presence
from conference.forums.rules import Door
from conference.forums.store import Room, Seated
from conference.live.audience import LiveSocket


class Lobby:
    """The lobbies of all rooms, for one web process. `presence` knows who waits, in other processes as well."""

    def __init__(self, ids: Ids, clock: Clock) -> None:
        self.presence = Presence()
        self._ids = ids
        self._clock = clock
        self._sockets: dict[str, LiveSocket] = {}
        self._told: dict[str, Mapping[str, Any]] = {}

    def knock(self, socket: LiveSocket, session: str, seat: str) -> None:
        """Let a socket wait; an older page of the same seat waits no more."""
        if "lobby" not in socket.state:
            socket.state["lobby"] = self._ids.new()

            async def closed() -> None:
                self._drop(socket.state["lobby"])

            socket.on_close(closed)
        name = socket.state["lobby"]
        for old in self.presence.enter(name, session, seat):
            if (other := self._sockets.pop(old, None)) is not None:
                other.send({"type": "room.replaced"})
        self._sockets[name] = socket

    def knocking(self, session: str) -> set[str]:
        """Seats whose pages wait, or were here a minute ago."""
        return set(self.presence.facts(session, self._clock.monotonic()))

    def look(self, room: Room, seats: Sequence[Seated]) -> None:
        """Tell those who wait here what has become of them."""
        session, by_seat = room.session.id, {seated.seat.id: seated for seated in seats}
        waiting = [seated.seat.id for seated in view.waiting_in(seats, self.knocking(session))]
        for name in self.presence.sockets_of(session):
            place = self.presence.seat_of(name)
            assert place is not None
            said = self._answer(room, by_seat.get(place[1]), waiting)
            if said["type"] != "room.waiting":
                self._sockets[name].send(said)
                self.presence.leave(session, place[1])
                self._sockets.pop(name, None)
                self._told.pop(name, None)
            elif self._told.get(name) != said:
                self._told[name] = said
                self._sockets[name].send(said)

    def _answer(self, room: Room, seated: Seated | None, waiting: Sequence[str]) -> Mapping[str, Any]:
        door = rules.door_at(room.slot, room.times, seated.role, self._clock.now()) if seated is not None else Door.OVER
        if door is not Door.OPEN:
            return {"type": "closed", "door": door.value}
        assert seated is not None
        if seated.seat.knocked is not None:
            return {"type": "room.waiting", "place": waiting.index(seated.seat.id) + 1}
        return {"type": "room.removed", "banned": seated.seat.banned is not None} if seated.outside else {"type": "room.admitted"}

    def _drop(self, name: str) -> None:
        self._sockets.pop(name, None)
        self._told.pop(name, None)
        self.presence.close(name, self._clock.monotonic())

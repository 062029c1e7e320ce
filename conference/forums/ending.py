"""Who must go from a room: behind closed doors, put out, without a link that counts, on a device that was signed out, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conference.base.log import logger
from conference.doors.gate import came_with
from conference.forums import rules
from conference.forums.grants import leave_media
from conference.forums.rules import Door
from conference.forums.store import Room, Seated
from conference.live.model import OutboxRow
from conference.people.actions import DEVICE_ENDED, REVOKED
from media.gateway import MediaError

if TYPE_CHECKING:
    from conference.forums.rooms import RoomKeeper

log = logger("forums")


class Ending:
    """For one web process: remembers until the room is looked at whose rights have ended, and by which browser a connection was
    made, as far as this process has answered its offer."""

    def __init__(self, rooms: RoomKeeper) -> None:
        self._rooms = rooms
        self._revoked: dict[str, set[Any]] = {}  # session -> persons whose links are worth nothing any more
        self._ended: dict[str, set[tuple[str, str]]] = {}  # session -> person and browser that was signed out
        self._made: dict[str, str] = {}  # connection -> browser, or "" for a program's token

    def made(self, connection: str, browser: str) -> None:
        """A connection was answered that this browser (the digest of its cookie) has offered; "": no browser."""
        self._made[connection] = browser

    def gone(self, connection: str) -> None:
        self._made.pop(connection, None)

    def on_row(self, row: OutboxRow) -> None:
        """Somebody's rights have ended: their rooms are looked at after this."""
        for session in self._rooms.presence.sessions():
            if row.kind == REVOKED:
                self._revoked.setdefault(session, set()).add(row.facts["person"])
            elif row.kind == DEVICE_ENDED:
                self._ended.setdefault(session, set()).add((row.facts["person"], row.facts["browser"]))

    def device(self, person: str, browser: str, sessions: Collection[str]) -> None:
        """Who the person is in these rooms by this browser counts no longer; the rooms are looked at after this."""
        for session in set(sessions) & set(self._rooms.presence.sessions()):
            self._ended.setdefault(session, set()).add((person, browser))
            self._rooms.changed(session)

    async def put_out(self, room: Room, seats: Sequence[Seated], known: Collection[str]) -> None:
        """Told, forgotten, and their media ended. known: the seats of which something was known before `seats` were read."""
        session, now = room.session.id, self._rooms.services.clock.now()
        here = self._rooms.presence.facts(session, self._rooms.services.clock.monotonic())
        revoked, ended = self._revoked.pop(session, set()), self._ended.pop(session, set())
        out: list[Awaitable[None]] = []
        for seated in seats:
            seat = seated.seat
            if seat.id not in here:
                continue
            if seat.person_id in revoked:  # the gate closes the sockets, and comes in again only by a new link
                out.append(self._leave(room, seat.id))
                continue
            browsers = {browser for person, browser in ended if person == seat.person_id}
            if browsers:
                out.append(self._without(room, seat.id, browsers))
            door = rules.door_at(room.slot, room.times, seated.role, now)
            if seat.removed is not None or door is not Door.OPEN:
                last: Mapping[str, Any] = {"type": "closed", "door": door.value}
                if seat.removed is not None:
                    last = {"type": "room.removed", "banned": seat.banned is not None}
                out.append(self._leave(room, seat.id, last))
        if revoked:  # whoever was deleted has no seat any more
            out += [self._leave(room, seat) for seat in set(known) - {seated.seat.id for seated in seats}]
        await asyncio.gather(*out)  # together: a node that stands still must not keep hundreds waiting in a row

    def _leave(self, room: Room, seat: str, last: Mapping[str, Any] | None = None) -> Awaitable[None]:
        self._rooms.unseat(room.session.id, seat, last)
        return leave_media(self._rooms.services.media, room, seat)

    async def _without(self, room: Room, seat: str, browsers: Collection[str]) -> None:
        """These browsers were signed out. The seat stays where another device of the person stands for it, and only what they
        themselves have connected ends; what nobody knows any more by whom it was connected ends as well, and is offered again."""
        session, presence = room.session.id, self._rooms.presence
        viewers = [socket.viewer for of, socket in self._rooms.sockets_in(session) if of == seat]
        theirs = [viewer for viewer in viewers if any(came_with(viewer, browser) for browser in browsers)]
        elsewhere = presence.open_seats(session, self._rooms.services.clock.monotonic())
        if theirs or (not viewers and seat not in elsewhere):
            await self._leave(room, seat)
            return
        for connection in [*presence.connections_of(session, seat), *self._rooms.behind.connections_of(session, seat)]:
            by = self._made.get(connection)
            if by in browsers or (by is None and viewers):
                await self._cut(room, seat, connection)

    async def _cut(self, room: Room, seat: str, connection: str) -> None:
        try:
            await self._rooms.services.media.leave(connection)
        except MediaError as error:
            log.warning("not_cut_off", seat=seat, reason=type(error).__name__)
            await leave_media(self._rooms.services.media, room, seat)
        again = {"type": "room.rejoin", "connection": connection, "direction": None, "within": 1.0}
        self._rooms.tell(room.session.id, again, seat)

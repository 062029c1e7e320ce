"""Looks after what nobody does while a plenary runs: the curtain opens at the start; the host's page or the studio's stage
feed drops out."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from conference.base.errors import ConferenceError, Unavailable
from conference.base.log import logger
from conference.forums import store as rooms_store
from conference.forums.grants import is_closed
from conference.forums.plenary import actions, rules, store
from conference.forums.plenary.model import Plenary
from conference.forums.rooms import RoomKeeper
from conference.forums.store import Room
from conference.people.model import Feed
from media.gateway import Source

EVERY = 1.0  # seconds
JUST_AFTER = 0.02  # seconds: timers may be early

log = logger("plenary")
_What = TypeVar("_What")


class Watch:
    """One per web process. Several may see the same; what they do then is done once."""

    def __init__(self, rooms: RoomKeeper) -> None:
        self._rooms = rooms
        self._services = rooms.services
        self._plenaries: dict[str, bool] = {}
        self._away: dict[tuple[str, str], float] = {}  # session, host -> since when the page is not there
        self._dark: dict[str, float] = {}  # session -> since when its stage feed shows nothing
        self._met: set[tuple[str, str]] = set()  # session, host -> was here since this process runs
        self._begun = self._now()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            for session in self._rooms.presence.sessions():
                await self._look_safely(session)

    async def _look_safely(self, session: str) -> None:
        try:
            await self.look(session)
        except Unavailable:
            pass  # a second later once more
        except ConferenceError:
            self._plenaries.pop(session, None)  # the session is gone
        except Exception as error:  # a fault in one room must not stop the others
            log.error("plenary_not_watched", session=session, exc_info=error)

    async def look(self, session: str) -> None:
        """Whether the host or the stage feed of a room is lost or back, and what follows. Raises ConferenceError."""
        async with self._services.db.read() as reading:
            if session not in self._plenaries:
                self._plenaries[session] = await store.is_plenary(reading, session)
            if not self._plenaries[session]:
                return
            plenary = await store.plenary_of(reading, session)
            room = await rooms_store.room_of(reading, session)
            feeds = await actions.feeds_in(reading, session) if self._has_tokens(session) else []
        self._open_in_time(session, room)
        await self._host(session, plenary)
        main = next((each.seat.id for each in feeds if each.feed is Feed.STAGE and not each.behind), None)
        spare = [each.seat.id for each in feeds if each.feed is Feed.DEPUTY and each.behind]
        dark = not is_closed(room, self._services.clock.now()) and not self._shows(session, main)
        if dark and spare and self._lasts(self._dark, session, rules.FEED_DEAD):
            if self._rooms.presence.with_media(session) & set(spare):
                await actions.feed_failed(self._services, session)
        elif not dark:
            self._dark.pop(session, None)

    def _open_in_time(self, session: str, room: Room) -> None:
        """A curtain that nobody has touched opens at the start, not when the room happens to be looked at."""
        left = (room.session.starts - self._services.clock.now()).total_seconds()
        if room.forum.curtain is None and 0 < left <= 2 * EVERY:
            asyncio.get_running_loop().call_later(left + JUST_AFTER, self._rooms.changed, session)

    async def _host(self, session: str, plenary: Plenary) -> None:
        if plenary.host is None:
            return
        host = (session, plenary.host)
        here = plenary.host in self._rooms.presence.open_seats(session, self._now())
        if here:
            self._met.add(host)
            self._away.pop(host, None)
        elif host not in self._met and self._now() - self._begun < rules.ALL_BACK:
            return  # the server has restarted, and pages come back one after the other
        gone = not here and self._lasts(self._away, host, rules.HOST_GONE)
        if (gone and plenary.host_gone is None) or (here and plenary.host_gone is not None):
            await actions.host_seen(self._services, session, plenary.host, here)

    def _shows(self, session: str, seat: str | None) -> bool:
        return seat is not None and Source.CAMERA in self._rooms.presence.sources_of(session, seat)

    def _has_tokens(self, session: str) -> bool:
        """Whether anybody sends or receives without a page of the room: only then a studio may be there."""
        presence = self._rooms.presence
        return bool(presence.with_media(session) - presence.seats_with_sockets(session)) or session in self._dark

    def _lasts(self, since: dict[_What, float], what: _What, seconds: float) -> bool:
        now = self._now()
        return now - since.setdefault(what, now) >= seconds

    def _now(self) -> float:
        return self._services.clock.monotonic()

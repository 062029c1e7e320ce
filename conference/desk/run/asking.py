"""People who are asked over to another room: a page that is loaded anew is told again, until they have come or it is long ago."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from conference.access.store import conference_by_id
from conference.doors.guard import visit_of
from conference.doors.visit import Viewer
from conference.forums import store
from conference.forums.rooms import RoomKeeper
from conference.live.audience import LiveSocket
from conference.program.view import item_of

ASKED_FOR = 900.0  # seconds


@dataclass(frozen=True)
class Asked:
    """As `forums.events.RoomInvited`. kept: the seat in the other room; until: by the loop's clock; told: pages that know."""

    session: str
    seat: str
    to: str
    kept: str
    until: float
    told: WeakSet[LiveSocket] = field(default_factory=WeakSet)


class Asking:
    """One per web process: of everybody who is asked over, wherever their page is connected now or next."""

    def __init__(self, rooms: RoomKeeper) -> None:
        self._rooms = rooms
        self._asked: dict[str, Asked] = {}  # by seat

    async def hear(self, facts: Mapping[str, Any]) -> None:
        """Of a row of `room.invited`. Raises NotFound, Unavailable."""
        until = asyncio.get_running_loop().time() + ASKED_FOR
        self._asked[facts["seat"]] = Asked(facts["session"], facts["seat"], facts["to"], facts["kept"], until)
        await self.tell()

    async def tell(self) -> None:
        """Ask whoever sits there now, each page once, in its own words. Raises NotFound, Unavailable."""
        now = asyncio.get_running_loop().time()
        for seat, asked in list(self._asked.items()):
            if asked.until < now or asked.kept in self._rooms.presence.open_seats(
                asked.to, self._rooms.services.clock.monotonic()
            ):
                del self._asked[seat]
                continue
            sockets = [socket for name, socket in self._rooms.sockets_in(asked.session) if name == seat]
            for socket in [each for each in sockets if each not in asked.told]:
                asked.told.add(socket)
                socket.send(await self._words(asked.to, socket.language))

    async def _words(self, to: str, language: str) -> dict[str, str]:
        services = self._rooms.services
        async with services.db.read() as db:
            other = await store.room_of(db, to)
            conference = await conference_by_id(db, other.session.conference_id)
        item = item_of(visit_of(services, conference, Viewer(), language), other.session)
        _ = services.texts[language].gettext
        text = _("The organisers ask you over to “{session}”. Your place there is kept.").format(session=item.title)
        return {"type": "room.invited", "text": text, "label": _("Go there"), "href": f"{item.href}/room?join"}

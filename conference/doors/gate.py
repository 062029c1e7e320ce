"""The guard of the live socket: who is connected, and which topics each may hear, by the same table as the pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from starlette.websockets import WebSocket

from conference.access.store import conference_by_id
from conference.base.errors import NotAllowed, NotFound, SignInNeeded
from conference.base.ids import digest
from conference.doors.guard import conference_at, cookie_of, require, viewer_at, viewer_now, visit_of
from conference.doors.looking import heard_as
from conference.doors.pages import LANGUAGE_COOKIE
from conference.doors.table import TABLE, Verdict, decide
from conference.doors.visit import Visit, standing_of
from conference.live.audience import LiveSocket, Viewer
from conference.live.socket import Handler, Message
from conference.web.services import Services
from conference.web.texts import preferred_language


@dataclass(frozen=True)
class SocketViewer:
    """Who looks through a socket of one conference. `visit` is as of the moment when it was last checked."""

    visit: Visit
    cookie: str | None

    @property
    def person_id(self) -> str | None:
        return self.visit.viewer.person.id if self.visit.viewer.person else None

    @property
    def conference_id(self) -> str:
        return self.visit.conference.id

    @property
    def language(self) -> str:
        return self.visit.language


# (the viewer as of now, the id behind the topic's colon) -> whether there is such a thing and this viewer may hear of it
Hearing = Callable[[Visit, str], Awaitable[bool]]


class ConferenceGate:
    """The gate that `live` asks. topics: the word before a topic's colon -> row of the table, and the question for the id."""

    def __init__(self, services: Services, topics: Mapping[str, tuple[str, Hearing]]) -> None:
        self._services = services
        self._topics = topics

    async def enter(self, websocket: WebSocket) -> SocketViewer:
        """`/live?c=SLUG`. Raises NotFound and whatever the door of the conference's public topics raises."""
        slug = websocket.query_params.get("c", "")
        conference = await conference_at(self._services, slug)
        cookie = cookie_of(websocket, self._services)
        chosen = websocket.cookies.get(LANGUAGE_COOKIE, "")
        language = preferred_language(websocket.headers.get("accept-language", ""), chosen)
        viewer = heard_as(await viewer_at(self._services, conference, cookie), conference)
        visit = visit_of(self._services, conference, viewer, language)
        require(TABLE["live:conference"], viewer, visit.state, conference)
        return SocketViewer(visit, cookie)

    async def again(self, viewer: Viewer) -> SocketViewer:
        """As of now. Raises when the conference closed, or when the browser is not this person any more."""
        assert isinstance(viewer, SocketViewer)
        async with self._services.db.read() as session:
            conference = await conference_by_id(session, viewer.conference_id)
        fresh = heard_as(await viewer_now(self._services, conference, viewer.cookie), conference)
        visit = visit_of(self._services, conference, fresh, viewer.language)
        require(TABLE["live:conference"], fresh, visit.state, conference)
        if (fresh.person.id if fresh.person else None) != viewer.person_id:
            raise SignInNeeded("signed_out")
        return SocketViewer(visit, viewer.cookie)

    async def may_hear(self, viewer: Viewer, topic: str) -> bool:
        assert isinstance(viewer, SocketViewer)
        word, _, name = topic.partition(":")
        known = self._topics.get(word)
        if known is None or not name:
            return False
        door = TABLE[known[0]]
        # What organisers alone hear: whoever has become one since the socket was opened, and nobody who is none any more.
        visit = self.visit_now(viewer) if door.people else (await self.again(viewer)).visit
        if decide(door, standing_of(visit.viewer), visit.viewer.all_roles(), visit.state) is not Verdict.PASS:
            return False
        return await known[1](visit, name)

    def visit_now(self, viewer: SocketViewer) -> Visit:
        """The viewer's visit with the state of this moment (roles as of the last check)."""
        visit = viewer.visit
        return visit_of(self._services, visit.conference, visit.viewer, visit.language)

    def guarded(self, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """Handlers by message type, each behind the row of its message in the table, which is asked at each message; none for who
        only looks."""
        return {name: self._behind(message_door(name), handler) for name, handler in handlers.items()}

    def _behind(self, row: str, handler: Handler) -> Handler:
        async def asked(socket: LiveSocket, message: Message) -> Mapping[str, Any] | None:
            visit = self.visit_now(cast(SocketViewer, socket.viewer))
            if visit.viewer.looks_as is not None:
                raise NotAllowed("looking")
            require(TABLE[row], visit.viewer, visit.state, visit.conference)
            return await handler(socket, message)

        return asked


def came_with(viewer: Viewer, browser: str) -> bool:
    """Whether the socket was opened with the cookie of this digest."""
    return isinstance(viewer, SocketViewer) and viewer.cookie is not None and digest(viewer.cookie) == browser


async def own_conference(visit: Visit, name: str) -> bool:
    """For topics that are named by the conference."""
    return name == visit.conference.id


def message_door(name: str) -> str:
    """The row of the table for a live message: its own, else that of its word before the dot. Raises NotFound."""
    for row in (f"message:{name}", f"message:{name.partition('.')[0]}"):
        if row in TABLE:
            return row
    raise NotFound("message", type=name)

"""The clock of a web process: what must happen because time passed. It only tells; what is true the clock alone decides.

Once a second it looks at each conference: when the state changed, open sockets are checked again and, at closing, ended
together with the calls; when the program reached a boundary, open pages get the fragments anew; when a result becomes public
that was planned, open pages load anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from conference.access.model import Conference, State
from conference.access.rules import state_at
from conference.access.store import conferences, times_of
from conference.base.errors import Unavailable
from conference.base.log import logger
from conference.forums.plenary.places import behind_of
from conference.live.audience import Gate
from conference.live.hub import Renderer
from conference.live.line import frame
from conference.live.model import OutboxRow
from conference.people.model import Role
from conference.program.model import Kind, Session
from conference.program.rules import next_boundary
from conference.program.store import sessions_of
from conference.results.events import REPORT_CHANGED, SHEET_CHANGED
from conference.results.store import just_published, next_publication
from conference.web.page_cache import PageCache
from conference.web.services import Services
from media.gateway import MediaError

log = logger("ticker")
EVERY = 1.0
_OVER = (State.CLOSED, State.PURGED)


@dataclass
class _Watched:
    """A conference as it looked at the last tick."""

    conference: Conference
    sessions: list[Session]
    state: State
    seen: datetime
    boundary: datetime | None = field(default=None)
    publication: datetime | None = field(default=None)


class Ticker:
    def __init__(self, services: Services, gate: Gate, cache: PageCache, renderers: Mapping[str, Renderer]) -> None:
        self._services = services
        self._gate = gate
        self._cache = cache
        self._renderers = renderers
        self._watched: dict[str, _Watched] = {}
        self._stale = True
        services.live.on_row(self._heard)

    async def run(self) -> None:
        while True:
            try:
                await self.tick()
            except Unavailable:
                self._stale = True
            except Exception as error:  # tomorrow's tick must come, whatever today's met
                log.error("tick failed", exc_info=error)
                self._stale = True
            await asyncio.sleep(EVERY)

    async def tick(self) -> None:
        """Look at every conference once."""
        now = self._services.clock.now()
        if self._stale:
            await self._read(now)
        for watched in self._watched.values():
            state = state_at(times_of(watched.conference), now)
            jumped = now < watched.seen
            if state is not watched.state or jumped:
                watched.state = state
                await self._state_changed(watched, state)
            if jumped or (watched.boundary is not None and now >= watched.boundary) or state in _OVER:
                if state not in _OVER:
                    await self._show_program(watched.conference.id)
                watched.boundary = next_boundary(watched.sessions, now)
            if watched.publication is not None and now >= watched.publication:
                await self._show_results(watched, watched.seen, now)
            watched.seen = now

    async def _read(self, now: datetime) -> None:
        self._stale = False
        async with self._services.db.read() as session:
            found = await conferences(session)
            programs = {each.id: await sessions_of(session, each.id) for each in found}
            planned = {each.id: await next_publication(session, each.id, now) for each in found}
        before, self._watched = self._watched, {}
        for each in found:
            known = before.get(each.id)
            state = known.state if known else state_at(times_of(each), now)
            sessions = programs[each.id]
            seen = known.seen if known else now
            self._watched[each.id] = _Watched(each, sessions, state, seen, next_boundary(sessions, now), planned[each.id])

    async def _state_changed(self, watched: _Watched, state: State) -> None:
        conference_id = watched.conference.id
        log.info("state", conference=watched.conference.slug, state=state.value)
        self._cache.drop(conference_id)
        if state in _OVER:
            self._services.live.end(conference_id, spare=_organiser)
            for session in watched.sessions:
                await self._close_room(session.id)
                if session.kind is Kind.PLENARY:
                    await self._close_room(behind_of(session.id))
        else:
            await self._services.live.recheck(self._gate, lambda socket: socket.viewer.conference_id == conference_id)
            self._services.live.pass_on(f"conference:{conference_id}", {"type": "conference.state", "state": state.value})

    async def _close_room(self, forum: str) -> None:
        try:
            await self._services.media.close(forum)
        except MediaError as error:  # its grants end by themselves at the same second
            log.warning("room not closed", forum=forum, reason=type(error).__name__)

    async def _show_program(self, conference_id: str) -> None:
        """Hand the fragments that depend on the clock to open pages of this process; other processes have tickers too."""
        self._cache.drop(conference_id)
        for kind in ("board", "timeline"):
            await self._hand_out(kind, f"{kind}:{conference_id}", {"conference": conference_id})

    async def _hand_out(self, kind: str, topic: str, facts: dict[str, object]) -> None:
        """What the renderer of this kind makes of the facts, to all who hear the topic, each in their language."""
        audience = self._services.live.audience
        for language in audience.languages(topic):
            data = await self._renderers[kind](facts, language)
            if data is not None:
                said = frame({"type": "fact", "topic": topic, "data": data})
                for socket in audience.hearing(topic, language):
                    socket.deliver(said)

    async def _show_results(self, watched: _Watched, since: datetime, now: datetime) -> None:
        """Something planned is public by now: pages of this process load anew, and say where there is something to read."""
        watched.publication, self._stale = None, True
        conference_id = watched.conference.id
        self._cache.drop(conference_id)
        async with self._services.db.read() as db:
            session = await just_published(db, conference_id, since, now)
        facts: dict[str, object] = {"conference": conference_id, "session": session, "news": session is not None}
        await self._hand_out(SHEET_CHANGED, f"conference:{conference_id}", facts)

    def _heard(self, row: OutboxRow) -> None:
        self._cache.conference_changed(row.conference_id)
        if row.kind in ("conference.changed", "board", SHEET_CHANGED, REPORT_CHANGED):
            self._stale = True


def _organiser(viewer: object) -> bool:
    visit = getattr(viewer, "visit", None)
    return visit is not None and (visit.viewer.organiser or Role.ORGANISER in visit.viewer.roles)

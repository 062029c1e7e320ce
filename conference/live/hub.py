"""The hub of a web process: reads each new outbox row once, renders it once per language, hands it to those who hear it."""

from __future__ import annotations

import asyncio
import inspect
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from conference.base.clock import Clock
from conference.base.db import Database
from conference.base.errors import ConferenceError, Unavailable
from conference.base.log import logger
from conference.live import store
from conference.live.audience import Audience, Gate, LiveSocket, Viewer, hears
from conference.live.bus import CATCH_UP, PASSING, WAKE, Bus
from conference.live.line import Frame, frame
from conference.live.model import OutboxRow

Renderer = Callable[[Mapping[str, Any], str], Awaitable[Mapping[str, Any] | None]]
RowListener = Callable[[OutboxRow], Awaitable[None] | None]

_log = logger(__name__)
LOOK_EVERY = 0.5
APART = 0.01  # seconds between two looks: a burst of commits is read in a few
BATCH = 200
RENDER_WITHIN = 5.0
RELOAD_WITHIN = 5
REMEMBERED = 1000


class LiveHub:
    """Started in each web process. Everything but `start`, `aclose`, `recheck` and `catch_up` returns at once."""

    def __init__(self, db: Database, clock: Clock, bus: Bus, renderers: Mapping[str, Renderer]) -> None:
        """renderers: kind -> `async (facts, language) -> data | None`; a kind without one is for `on_row` only."""
        self.audience = Audience()
        self.clock = clock
        self.last = 0
        self.checks = 0  # how often it was asked who may stay
        self.ready = asyncio.Event()
        self._db = db
        self._bus = bus
        self._renderers = renderers
        self._listeners: list[RowListener] = []
        self._mark = secrets.token_hex(8)
        self._wake = asyncio.Event()
        self._reading = asyncio.Lock()
        self._replaying = asyncio.Lock()
        self._replayed: dict[tuple[int, str], Frame | None] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to hear and to look. `ready` is set once the database has said how far the rows have come."""
        signals = self._bus.subscribe(WAKE, PASSING)

        async def hear() -> None:
            async for heard in signals:
                if heard.channel in (WAKE, CATCH_UP):
                    self._wake.set()
                else:
                    self._hear_passing(heard.data)

        self._tasks = [asyncio.create_task(hear(), name="live hear"), asyncio.create_task(self._look(), name="live look")]

    async def aclose(self) -> None:
        """Tell all browsers to come back in a while, and stop."""
        self.restart()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def on_row(self, call: RowListener) -> None:
        """Call `call` for each new row, in id order, before any browser hears of it (page caches, gates)."""
        self._listeners.append(call)

    # What passes: not stored, not replayed

    def pass_on(self, topic: str, message: Mapping[str, Any]) -> None:
        """Send a passing fact to all who hear `topic`, in every web process."""
        self._pass_here(topic, message)
        self._bus.publish(PASSING, json.dumps([self._mark, topic, message], separators=(",", ":")).encode())

    def _hear_passing(self, data: bytes) -> None:
        try:
            mark, topic, message = json.loads(data)
            if mark != self._mark and isinstance(topic, str) and isinstance(message, dict):
                self._pass_here(topic, message)
        except (ValueError, RecursionError):
            return  # from another version or from nobody of ours

    def _pass_here(self, topic: str, message: Mapping[str, Any]) -> None:
        sockets = self.audience.hearing(topic)
        if sockets:
            fact = frame({"type": "fact", "topic": topic, "data": message})
            for socket in sockets:
                socket.deliver(fact)

    # What lasts: outbox rows

    async def catch_up(self) -> None:
        """Read and hand out what is new in the outbox. Raises Unavailable."""
        async with self._reading:
            while True:
                async with self._db.read() as session:
                    rows = await store.rows_after(session, self.last, BATCH)
                    newest = (rows[-1].id if rows else await store.newest_id(session)) or 0
                    missed = bool(rows) and rows[0].id != self.last + 1 and not await self._kept(session)
                if missed or newest < self.last:  # rows were dropped unread, or an older database was put in place
                    self._skip_to(newest)
                    return
                for row in rows:
                    await self._hand_out(row)
                if len(rows) < BATCH:
                    return

    def _skip_to(self, newest: int) -> None:
        _log.warning("live_rows_missed", newest=newest)
        self.last = newest
        self._replayed.clear()
        said = frame({"type": "reload", "within": RELOAD_WITHIN})
        for socket in list(self.audience.sockets):
            socket.deliver(said)

    async def _kept(self, session: Any) -> bool:
        """Whether the row that was read last, or an older one, is still there: then nothing newer was dropped."""
        return 0 < await store.oldest_id(session) <= self.last

    async def _look(self) -> None:
        while True:
            self._wake.clear()
            try:
                if not self.ready.is_set():
                    async with self._db.read() as session:
                        self.last = await store.newest_id(session)
                    self.ready.set()
                await self.catch_up()
            except Unavailable:
                pass  # sockets stay open; the next look goes on from the same row
            except Exception as error:  # one bad row or query must not end all live pages; it is looked at again
                _log.error("live_look_failed", exc_info=error)
                await asyncio.sleep(LOOK_EVERY)
            await asyncio.sleep(APART)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):  # wait_for of Python 3.11 may swallow a cancellation
                    await self._wake.wait()

    async def _hand_out(self, row: OutboxRow) -> None:
        assert row.id is not None
        self._replayed.clear()
        for call in self._listeners:
            await self._call(call, row)
        frames: dict[str, Frame | None] = {}
        # Somebody may begin to listen in a further language while a first one is being rendered.
        while missing := [language for language in self.audience.languages(row.topic) if language not in frames]:
            for language in missing:
                frames[language] = await self.render(row, language)
        # No await from here on: who subscribes is either among these or finds `last` moved on, and replays.
        self.last = row.id
        for language, rendered in frames.items():
            if rendered is not None:
                for socket in self.audience.hearing(row.topic, language):
                    socket.deliver(rendered)

    async def _call(self, call: RowListener, row: OutboxRow) -> None:
        try:
            result = call(row)
            if inspect.isawaitable(result):
                async with asyncio.timeout(RENDER_WITHIN):
                    await result
        except Exception as error:  # a listener's fault is not the browsers'
            _log.error("live_listener_failed", kind=row.kind, exc_info=error)

    async def render(self, row: OutboxRow, language: str) -> Frame | None:
        """What browsers get for `row`; None for nothing, "reload" when it cannot be rendered."""
        renderer = self._renderers.get(row.kind)
        if renderer is None:
            return None
        try:
            async with asyncio.timeout(RENDER_WITHIN):
                data = await renderer(row.facts, language)
            if data is None:
                return None
            return frame({"type": "event", "id": row.id, "topic": row.topic, "kind": row.kind, "data": data})
        except Exception as error:  # whatever a feature does wrong: its pages load anew, the others go on
            _log.error("live_render_failed", kind=row.kind, language=language, exc_info=error)
            return frame({"type": "reload", "id": row.id, "topics": [row.topic], "within": RELOAD_WITHIN})

    async def missed(self, topics: Iterable[str], last: int, upto: int, language: str, limit: int) -> list[Frame] | None:
        """What a page that knows rows up to `last` has missed of `topics` up to row `upto`, rendered as of now.

        None when that is not known any more: more than `limit` rows, dropped ones, ids that never were. Raises Unavailable.
        """
        if last == upto:
            return []
        async with self._db.read() as session:
            if last > upto or last + 1 < await store.oldest_id(session):
                return None
            rows = await store.rows_between(session, list(topics), last, upto, limit + 1)
        if len(rows) > limit:
            return None
        async with self._replaying:  # after a restart hundreds come back at once: render for the first, reuse for the rest
            return [found for row in rows if (found := await self._render_again(row, language)) is not None]

    async def _render_again(self, row: OutboxRow, language: str) -> Frame | None:
        """As `render`, remembered until the next row comes: only rows change what pages show."""
        assert row.id is not None
        key = row.id, language
        if key not in self._replayed:
            before = self.last
            rendered = await self.render(row, language)
            if self.last != before or len(self._replayed) >= REMEMBERED:
                return rendered
            self._replayed[key] = rendered
        return self._replayed[key]

    # Who may stay

    async def recheck(self, gate: Gate, concerned: Callable[[LiveSocket], bool] = lambda _: True) -> None:
        """Ask `gate` again for the open sockets that are `concerned`: who they are, and each of their topics."""
        self.checks += 1
        for socket in list(self.audience.sockets):
            if concerned(socket) and not socket.line.closed:
                async with socket.subscribing:  # a subscription that is being checked now is checked again after it
                    await self._recheck_one(gate, socket)

    async def _recheck_one(self, gate: Gate, socket: LiveSocket) -> None:
        try:
            viewer = await gate.again(socket.viewer)
            if viewer.person_id != socket.viewer.person_id:
                raise RuntimeError("a gate made somebody else of a viewer")
            socket.viewer = viewer
            lost = [topic for topic in list(socket.topics) if not await hears(gate, viewer, topic)]
        except ConferenceError as error:
            socket.refuse(error)
        except Exception as error:  # not knowing is not allowing: the browser comes back and is asked at the door
            _log.error("live_recheck_failed", exc_info=error)
            socket.close(1013)
        else:
            self.audience.unsubscribe(socket, lost)
            if lost:
                socket.send({"type": "unsubscribed", "topics": sorted(lost)})

    def end(
        self,
        conference_id: str,
        code: int = 4403,
        message: Mapping[str, Any] | None = None,
        spare: Callable[[Viewer], bool] = lambda _: False,
    ) -> None:
        """Close the sockets of a conference in this process, but not those of viewers to `spare` (organisers)."""
        self.checks += 1
        topic = f"conference:{conference_id}"
        for socket in list(self.audience.sockets):
            if (socket.viewer.conference_id == conference_id or topic in socket.topics) and not spare(socket.viewer):
                socket.close(code, message or {"type": "closed"})
                self.audience.leave(socket)

    def restart(self, within: int = 20) -> None:
        """Send all browsers away, to come back at a random moment of the next `within` seconds."""
        for socket in list(self.audience.sockets):
            socket.close(1012, {"type": "restart", "within": within})
            self.audience.leave(socket)

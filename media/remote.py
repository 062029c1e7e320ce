"""The gateway to a node in another process."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

from media.control import parse_control
from media.gateway import (
    Answer,
    Connected,
    Direction,
    Disconnected,
    Grant,
    MediaError,
    MediaEvent,
    NodeBack,
    NodeLost,
    NodeUnavailable,
    PeerHealth,
    Restarted,
    View,
)
from media.wire import frame, pack_grant, pack_view, read_frame, unpack_error, unpack_event, unpack_health

TIMEOUT = 2.0
ASK_EVERY, SILENCE = 1.0, 4.0  # seconds between questions whether it is there, and how long it may take to answer
RETRY = (0.05, 0.1, 0.2, 0.4, 0.8)  # seconds between attempts; the last one repeats
READER_LIMIT = 20_000


class Holdings:
    """The connections of one node, as far as a gateway has heard."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[str, str, Direction]] = {}  # connection -> forum, peer, direction
        self._forums: dict[str, set[str]] = {}

    def add(self, connection: str, forum: str, peer: str, direction: Direction) -> None:
        self._places[connection] = forum, peer, direction
        self._forums.setdefault(forum, set()).add(connection)

    def discard(self, connection: str) -> None:
        if (place := self._places.pop(connection, None)) is not None:
            self._forums[place[0]].discard(connection)
            if not self._forums[place[0]]:
                del self._forums[place[0]]

    def heard(self, event: MediaEvent) -> None:
        if isinstance(event, Connected):
            self.add(event.connection, event.forum, event.peer, event.direction)
        elif isinstance(event, Disconnected):
            self.discard(event.connection)

    def of(self, forum: str) -> int:
        return len(self._forums.get(forum, ()))

    def forums(self) -> set[str]:
        return set(self._forums)

    def missing_in(self, later: Holdings) -> list[Disconnected]:
        """What has ended until `later` without anybody having heard it."""
        gone = self._places.keys() - later._places.keys()
        return [Disconnected(*self._places[name][:2], name, self._places[name][2], "lost") for name in sorted(gone)]


class RemoteGateway:
    """MediaGateway over a control socket. It comes back by itself for as long as it is open.

    A broken line is no dead node: its connections are believed to live until dialling again is refused, until nobody
    answers for TIMEOUT, or until it is another process that answers. Only that is told as NodeLost.
    """

    def __init__(self, control: str) -> None:
        parse_control(control)
        self.control = control
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[asyncio.Future[Any], Callable[[Any], None] | None]] = {}
        self._readers: set[asyncio.Queue[MediaEvent | None]] = set()
        self._writer: asyncio.StreamWriter | None = None
        self._name: str | None = None  # of the node's process
        self._holdings = Holdings()
        self._lost: set[str] = set()  # forums that went with a node, until it is back
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def open(cls, control: str) -> RemoteGateway:
        """Begin to connect, inside a running loop. Raises ValueError (bad address)."""
        gateway = cls(control)
        gateway._task = asyncio.get_running_loop().create_task(gateway._run())
        return gateway

    @property
    def available(self) -> bool:
        return self._ready.is_set()

    def holds(self, forum: str) -> int:
        """How many connections of a forum this node has, as far as is known."""
        return self._holdings.of(forum)

    async def until_available(self) -> None:
        await self._ready.wait()

    # -- the port ----------------------------------------------------------------------------------------------------

    async def connect(self, forum: str, peer: str, direction: Direction, offer: str, grant: Grant) -> Answer:
        def made(value: list[str]) -> None:  # from here on the forum lives there, long before DTLS is up
            self._holdings.add(value[0], forum, peer, direction)

        packed = pack_grant(grant)
        name, sdp = await self._ask("connect", then=made, forum=forum, peer=peer, direction=direction, offer=offer, grant=packed)
        return Answer(name, sdp)

    async def grant(self, forum: str, peer: str, grant: Grant) -> None:
        await self._ask("grant", forum=forum, peer=peer, grant=pack_grant(grant))

    async def view(self, forum: str, peer: str, view: View) -> None:
        await self._ask("view", forum=forum, peer=peer, view=pack_view(view))

    async def restart(self, connection: str, ufrag: str, password: str) -> Restarted | None:
        answer = await self._ask("restart", connection=connection, ufrag=ufrag, password=password)
        return Restarted(answer[0], answer[1], tuple(answer[2])) if answer is not None else None

    async def peers(self, forum: str) -> list[PeerHealth]:
        return [unpack_health(packed) for packed in await self._ask("peers", forum=forum)]

    async def leave(self, connection: str) -> bool:
        return bool(await self._ask("leave", connection=connection))

    async def revoke(self, forum: str, peer: str) -> None:
        await self._ask("revoke", forum=forum, peer=peer)

    async def close(self, forum: str) -> None:
        await self._ask("close", forum=forum)

    async def health(self) -> dict[str, float]:
        return dict(await self._ask("health"))

    async def events(self) -> AsyncIterator[MediaEvent]:
        queue: asyncio.Queue[MediaEvent | None] = asyncio.Queue(READER_LIMIT)
        try:
            if self.available:
                with contextlib.suppress(NodeUnavailable):
                    await self._ask("snapshot", then=lambda state: self._begin(queue, state))
            self._readers.add(queue)  # nothing to see yet: the state is told when the node is there
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._readers.discard(queue)

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for reader in self._readers:
            reader.put_nowait(None)

    # -- the line ----------------------------------------------------------------------------------------------------

    def _begin(self, queue: asyncio.Queue[MediaEvent | None], state: list[dict[str, Any]]) -> None:
        """A reader starts exactly here in the stream: what was before is in the snapshot, what follows is told."""
        for packed in state:
            queue.put_nowait(unpack_event(packed))
        self._readers.add(queue)

    async def _ask(self, do: str, then: Callable[[Any], None] | None = None, **arguments: Any) -> Any:
        """One request. Raises what the node raised, or NodeUnavailable after TIMEOUT. `then` is called with the value
        at its place in the stream, before any later frame is read."""
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._ready.wait()
                return await self._request(do, then, **arguments)
        except TimeoutError:
            raise NodeUnavailable("The media node does not answer.") from None

    async def _request(self, do: str, then: Callable[[Any], None] | None = None, **arguments: Any) -> Any:
        number = next(self._numbers)
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply, then
        try:
            if self._writer is not None:
                self._writer.write(frame({"id": number, "do": do, **arguments}))
            return await reply
        finally:
            self._waiting.pop(number, None)

    async def _run(self) -> None:
        attempt = 0
        while True:
            try:
                reader, writer = await self._dial()
            except OSError:
                self._bury()
            else:
                if await self._talk(reader, writer):
                    attempt = 0
                    continue  # it was there a moment ago: look at once whether it still is
            await asyncio.sleep(RETRY[min(attempt, len(RETRY) - 1)])
            attempt += 1

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        kind, where, port = parse_control(self.control)
        if kind == "unix":
            return await asyncio.open_unix_connection(where)
        async with asyncio.timeout(TIMEOUT):
            return await asyncio.open_connection(where, port)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One line from its begin to its end; whether the node was of use on it."""
        self._writer = writer
        greeting = asyncio.create_task(self._greet(writer))
        try:
            while True:
                content = await read_frame(reader)
                if "event" in content:
                    self._take(content)
                else:
                    self._answered(content)
        except (ConnectionError, OSError):
            return self.available
        finally:
            greeting.cancel()  # before its requests fail: a broken line says nothing about the node
            self._hang_up(writer)

    async def _greet(self, writer: asyncio.StreamWriter) -> None:
        """Learn who it is and what it has, and go on asking whether it is there. Whoever takes the call and says nothing is as
        good as gone: a process that stands still keeps its line."""
        try:
            async with asyncio.timeout(TIMEOUT):
                name = await self._request("who")
                await self._request("snapshot", then=lambda state: self._settle(name, state))
            while True:
                await asyncio.sleep(ASK_EVERY)
                async with asyncio.timeout(SILENCE):
                    await self._request("who")
        except (TimeoutError, MediaError):
            self._bury()
            writer.close()

    def _settle(self, name: str, state: list[dict[str, Any]]) -> None:
        """The node is there: tell what has ended meanwhile and what it has now."""
        if name != self._name:
            self._bury()
        self._name = name
        before, self._holdings = self._holdings, Holdings()
        events = [event for event in map(_unpacked, state) if event is not None]
        for event in events:
            self._holdings.heard(event)
        self._ready.set()
        for news in (*before.missing_in(self._holdings), *events):
            self._tell(news)
        if self._lost:
            self._tell(NodeBack(tuple(sorted(self._lost))))
            self._lost.clear()

    def _answered(self, content: dict[str, Any]) -> None:
        reply, then = self._waiting.get(content.get("id", 0), (None, None))
        if reply is None or reply.done():
            return  # it came too late
        if "error" in content:
            reply.set_exception(unpack_error(content))
            return
        if then is not None:
            then(content.get("value"))
        reply.set_result(content.get("value"))

    def _take(self, content: dict[str, Any]) -> None:
        event = _unpacked(content)
        if event is not None and self.available:  # what was before is in the state that is told then
            self._holdings.heard(event)
            self._tell(event)

    def _hang_up(self, writer: asyncio.StreamWriter) -> None:
        self._writer = None
        self._ready.clear()
        writer.close()
        for reply, _ in self._waiting.values():
            if not reply.done():
                reply.set_exception(NodeUnavailable("The media node is gone."))

    def _bury(self) -> None:
        """The node is gone, and all connections with it."""
        forums, self._holdings = self._holdings.forums(), Holdings()
        if forums:
            self._lost |= forums
            self._tell(NodeLost(tuple(sorted(forums))))

    def _tell(self, event: MediaEvent) -> None:
        for reader in list(self._readers):
            if reader.full():  # cut off: it begins again with a snapshot
                self._readers.discard(reader)
                while not reader.empty():
                    reader.get_nowait()
                reader.put_nowait(None)
            else:
                reader.put_nowait(event)


def _unpacked(content: dict[str, Any]) -> MediaEvent | None:
    try:
        return unpack_event(content)
    except (ValueError, KeyError, TypeError):
        return None  # a node of another version may say more than we know

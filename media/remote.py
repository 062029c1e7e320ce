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
    Direction,
    Grant,
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
RETRY = (0.05, 0.1, 0.2, 0.4, 0.8)  # seconds between attempts; the last one repeats
READER_LIMIT = 20_000


class RemoteGateway:
    """MediaGateway over a control socket. It comes back by itself for as long as it is open."""

    def __init__(self, control: str) -> None:
        parse_control(control)
        self.control = control
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[asyncio.Future[Any], Callable[[Any], None] | None]] = {}
        self._readers: set[asyncio.Queue[MediaEvent | None]] = set()
        self._writer: asyncio.StreamWriter | None = None
        self._forums: set[str] = set()  # forums that this node has, as far as this gateway has heard
        self._lost: set[str] = set()
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

    # -- the port ----------------------------------------------------------------------------------------------------

    async def connect(self, forum: str, peer: str, direction: Direction, offer: str, grant: Grant) -> Answer:
        self._forums.add(forum)
        name, sdp = await self._ask("connect", forum=forum, peer=peer, direction=direction, offer=offer, grant=pack_grant(grant))
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
            self._readers.add(queue)  # nothing to see yet: the node's own snapshot comes when it does
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
        number = next(self._numbers)
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply, then
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._ready.wait()
                if self._writer is not None:
                    self._writer.write(frame({"id": number, "do": do, **arguments}))
                return await reply
        except TimeoutError:
            raise NodeUnavailable("The media node does not answer.") from None
        finally:
            self._waiting.pop(number, None)

    async def _run(self) -> None:
        attempt = 0
        while True:
            try:
                reader, writer = await self._dial()
            except OSError:
                await asyncio.sleep(RETRY[min(attempt, len(RETRY) - 1)])
                attempt += 1
                continue
            attempt = 0
            try:
                await self._listen(reader, writer)
            except (ConnectionError, OSError):
                pass
            finally:
                self._hang_up(writer)
            await asyncio.sleep(RETRY[0])

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        kind, where, port = parse_control(self.control)
        if kind == "unix":
            return await asyncio.open_unix_connection(where)
        async with asyncio.timeout(TIMEOUT):
            return await asyncio.open_connection(where, port)

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._ready.set()
        if self._lost:  # the node sends a snapshot of what it has by itself, after this
            self._tell(NodeBack(tuple(sorted(self._lost))))
            self._lost.clear()
        while True:
            content = await read_frame(reader)
            if "event" in content:
                self._take(content)
                continue
            self._answered(content)

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
        try:
            event = unpack_event(content)
        except (ValueError, KeyError, TypeError):
            return  # a node of another version may say more than we know
        forum = getattr(event, "forum", None)
        if forum is not None:
            self._forums.add(forum)
        self._tell(event)

    def _hang_up(self, writer: asyncio.StreamWriter) -> None:
        self._writer = None
        self._ready.clear()
        writer.close()
        for reply, _ in self._waiting.values():
            if not reply.done():
                reply.set_exception(NodeUnavailable("The media node is gone."))
        self._lost, self._forums = self._forums, set()
        if self._lost:
            self._tell(NodeLost(tuple(sorted(self._lost))))

    def _tell(self, event: MediaEvent) -> None:
        for reader in list(self._readers):
            if reader.full():  # cut off: it begins again with a snapshot
                self._readers.discard(reader)
                while not reader.empty():
                    reader.get_nowait()
                reader.put_nowait(None)
            else:
                reader.put_nowait(event)

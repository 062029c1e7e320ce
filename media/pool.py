"""Several nodes behind one gateway: each forum lives on one of them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence

from media.gateway import (
    Answer,
    Connected,
    Direction,
    Disconnected,
    Grant,
    MediaEvent,
    NodeBack,
    NodeLost,
    NodeUnavailable,
    PeerHealth,
    Restarted,
    View,
)
from media.remote import RemoteGateway


def rank_nodes(forum: str, controls: Sequence[str]) -> list[str]:
    """Rendezvous hashing: every process ranks the nodes of a forum alike, and a dead node's forums scatter."""
    return sorted(controls, key=lambda control: hashlib.sha256(f"{control} {forum}".encode()).digest())


class PooledGateway:
    """A forum stays where its connections are; an empty one goes to the first node of its ranking that answers."""

    def __init__(self, gateways: Sequence[RemoteGateway]) -> None:
        self._nodes = {gateway.control: gateway for gateway in gateways}
        self._homes: dict[str, tuple[str, set[str]]] = {}  # forum -> (control, its connections there)
        self._readers: set[asyncio.Queue[MediaEvent | None]] = set()
        self._tasks = [asyncio.get_running_loop().create_task(self._follow(gateway)) for gateway in gateways]

    def _home(self, forum: str) -> RemoteGateway:
        known = self._homes.get(forum)
        if known is not None and self._nodes[known[0]].available:
            return self._nodes[known[0]]
        ranked = rank_nodes(forum, list(self._nodes))
        control = next((each for each in ranked if self._nodes[each].available), ranked[0])
        self._homes[forum] = (control, set())
        return self._nodes[control]

    async def connect(self, forum: str, peer: str, direction: Direction, offer: str, grant: Grant) -> Answer:
        return await self._home(forum).connect(forum, peer, direction, offer, grant)

    async def grant(self, forum: str, peer: str, grant: Grant) -> None:
        await self._home(forum).grant(forum, peer, grant)

    async def view(self, forum: str, peer: str, view: View) -> None:
        await self._home(forum).view(forum, peer, view)

    async def restart(self, connection: str, ufrag: str, password: str) -> Restarted | None:
        for gateway in self._nodes.values():
            with contextlib.suppress(NodeUnavailable):
                if gateway.available and (restarted := await gateway.restart(connection, ufrag, password)) is not None:
                    return restarted
        return None

    async def peers(self, forum: str) -> list[PeerHealth]:
        return await self._home(forum).peers(forum)

    async def leave(self, connection: str) -> bool:
        for gateway in self._nodes.values():
            with contextlib.suppress(NodeUnavailable):
                if gateway.available and await gateway.leave(connection):
                    return True
        return False

    async def revoke(self, forum: str, peer: str) -> None:
        await self._home(forum).revoke(forum, peer)

    async def close(self, forum: str) -> None:
        await self._home(forum).close(forum)

    async def health(self) -> dict[str, float]:
        """Sums over the nodes; `loop_lag` is the worst, `nodes` how many answered. Raises NodeUnavailable for none."""
        asked = [each for each in self._nodes.values() if each.available] or list(self._nodes.values())
        answers = await asyncio.gather(*(each.health() for each in asked), return_exceptions=True)
        total: dict[str, float] = {"nodes": 0.0}
        for answer in answers:
            if isinstance(answer, NodeUnavailable):
                continue
            if isinstance(answer, BaseException):
                raise answer
            for name, value in answer.items():
                total[name] = max(total.get(name, 0.0), value) if name == "loop_lag" else total.get(name, 0.0) + value
            total["nodes"] += 1
        if not total["nodes"]:
            raise NodeUnavailable("No media node answers.")
        return total

    async def events(self) -> AsyncIterator[MediaEvent]:
        queue: asyncio.Queue[MediaEvent | None] = asyncio.Queue()
        readers = [asyncio.create_task(self._copy(gateway, queue)) for gateway in self._nodes.values()]
        self._readers.add(queue)
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._readers.discard(queue)
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for gateway in self._nodes.values():
            await gateway.aclose()
        for reader in self._readers:
            reader.put_nowait(None)

    async def _copy(self, gateway: RemoteGateway, queue: asyncio.Queue[MediaEvent | None]) -> None:
        """A dead node's forums are offered to another one at once, so "lost" reads as "begin again now" here."""
        async for event in gateway.events():
            if isinstance(event, NodeBack):
                continue
            queue.put_nowait(event)
            if isinstance(event, NodeLost) and any(each.available for each in self._nodes.values()):
                queue.put_nowait(NodeBack(event.forums))

    async def _follow(self, gateway: RemoteGateway) -> None:
        """Learn where forums live, also those that another process has placed."""
        async for event in gateway.events():
            if isinstance(event, Connected):
                control, connections = self._homes.get(event.forum, (gateway.control, set()))
                if control == gateway.control or not connections:
                    self._homes[event.forum] = (gateway.control, connections | {event.connection})
            elif isinstance(event, Disconnected) and event.forum in self._homes:
                control, connections = self._homes[event.forum]
                connections.discard(event.connection)
                if control == gateway.control and not connections:
                    del self._homes[event.forum]
            elif isinstance(event, NodeLost):
                self._homes = {forum: home for forum, home in self._homes.items() if home[0] != gateway.control}

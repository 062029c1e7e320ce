"""Several nodes behind one gateway: each forum lives on one of them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence

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
from media.remote import READER_LIMIT, RETRY, RemoteGateway

PASSED_OVER = 30.0  # seconds


def rank_nodes(forum: str, controls: Sequence[str]) -> list[str]:
    """Rendezvous hashing: every process ranks the nodes of a forum alike, and a dead node's forums scatter."""
    return sorted(controls, key=lambda control: hashlib.sha256(f"{control} {forum}".encode()).digest())


class PooledGateway:
    """A forum stays where its connections are, also while the line to that node is broken; an empty one goes to the
    first node of its ranking that answers. Every process sees the same connections, so all of them decide alike."""

    def __init__(self, gateways: Sequence[RemoteGateway]) -> None:
        self._nodes = {gateway.control: gateway for gateway in gateways}
        self._readers: set[asyncio.Queue[MediaEvent | None]] = set()
        self._left: dict[tuple[str, str], float] = {}  # forum and control of a node that lost it -> until when it is passed over
        self._task = asyncio.get_running_loop().create_task(self._watch())

    def _home(self, forum: str) -> RemoteGateway:
        now = asyncio.get_running_loop().time()
        ranked = [self._nodes[control] for control in rank_nodes(forum, list(self._nodes))]
        steady = [each for each in ranked if self._left.get((forum, each.control), 0.0) <= now]
        # What a node still holds that stood still for a while are ghosts: their people have met again elsewhere.
        keeper = max(ranked, key=lambda each: (each.holds(forum) > 0, each in steady, each.holds(forum)))
        if keeper.holds(forum):
            return keeper
        standing = [each for each in ranked if each.available]
        return next(iter([each for each in standing if each in steady] or standing or ranked))

    def _homes(self, forum: str) -> list[RemoteGateway]:
        """Everywhere where a forum has connections: while it moves that can be two nodes."""
        return [each for each in self._nodes.values() if each.holds(forum)] or [self._home(forum)]

    async def connect(self, forum: str, peer: str, direction: Direction, offer: str, grant: Grant) -> Answer:
        return await self._home(forum).connect(forum, peer, direction, offer, grant)

    async def grant(self, forum: str, peer: str, grant: Grant) -> None:
        await asyncio.gather(*(each.grant(forum, peer, grant) for each in self._homes(forum)))

    async def view(self, forum: str, peer: str, view: View) -> None:
        await asyncio.gather(*(each.view(forum, peer, view) for each in self._homes(forum)))

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
        await asyncio.gather(*(each.revoke(forum, peer) for each in self._homes(forum)))

    async def close(self, forum: str) -> None:
        await asyncio.gather(*(each.close(forum) for each in self._homes(forum)))

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
        queue: asyncio.Queue[MediaEvent | None] = asyncio.Queue(READER_LIMIT)
        copying = [asyncio.create_task(self._copy(gateway, queue)) for gateway in self._nodes.values()]
        self._readers.add(queue)
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._readers.discard(queue)
            for task in copying:
                task.cancel()
            await asyncio.gather(*copying, return_exceptions=True)

    async def aclose(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        for gateway in self._nodes.values():
            await gateway.aclose()
        for reader in self._readers:
            while reader.full():
                reader.get_nowait()
            reader.put_nowait(None)

    async def _copy(self, gateway: RemoteGateway, queue: asyncio.Queue[MediaEvent | None]) -> None:
        """A dead node's forums begin again as soon as any node stands, so that is when "back" is told here. A reader that
        is too slow lets the node's own queue run full, is cut off there and begins again with a snapshot."""
        while True:
            async for event in gateway.events():
                if isinstance(event, NodeBack):
                    continue
                await queue.put(event)
                if isinstance(event, NodeLost):
                    await self._any_available()
                    await queue.put(NodeBack(event.forums))
            await asyncio.sleep(RETRY[0])

    async def _any_available(self) -> None:
        waiting = [asyncio.create_task(each.until_available()) for each in self._nodes.values()]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    async def _watch(self) -> None:
        """Remember who has just lost what: a node that is back must not draw some of a forum's people away from where the
        others are about to meet again."""
        await asyncio.gather(*(self._watch_one(gateway) for gateway in self._nodes.values()))

    async def _watch_one(self, gateway: RemoteGateway) -> None:
        while True:
            async for event in gateway.events():
                if isinstance(event, NodeLost):
                    now = asyncio.get_running_loop().time()
                    self._left = {which: until for which, until in self._left.items() if until > now}
                    self._left |= {(forum, gateway.control): now + PASSED_OVER for forum in event.forums}
            await asyncio.sleep(RETRY[0])

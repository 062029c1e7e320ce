"""The gateway to a node in this process; for tests and for one process that does everything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from media.gateway import Answer, Direction, Grant, MediaEvent
from media.node import Limits, Node


class LocalGateway:
    """MediaGateway on a node that it owns."""

    def __init__(self, node: Node) -> None:
        self.node = node

    @classmethod
    async def open(cls, hosts: Sequence[str] = (), port: int = 0, limits: Limits | None = None) -> LocalGateway:
        """Start a node. hosts: announced addresses (default: all of the machine's). Raises OSError (port taken)."""
        node = Node(hosts, limits)
        await node.open(port)
        return cls(node)

    async def connect(self, forum: str, peer: str, direction: Direction, offer: str, grant: Grant) -> Answer:
        return self.node.connect(forum, peer, direction, offer, grant)

    async def grant(self, forum: str, peer: str, grant: Grant) -> None:
        self.node.grant(forum, peer, grant)

    async def leave(self, connection: str) -> bool:
        return self.node.leave(connection)

    async def remove(self, forum: str, peer: str) -> None:
        self.node.remove(forum, peer)

    async def close(self, forum: str) -> None:
        self.node.close(forum)

    def events(self) -> AsyncIterator[MediaEvent]:
        return self.node.events()

    async def health(self) -> dict[str, float]:
        return self.node.health()

    async def aclose(self) -> None:
        await self.node.aclose()

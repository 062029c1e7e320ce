"""The gateway to a node in this process; for tests and for one process that does everything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from media.gateway import Answer, Direction, Grant, MediaEvent, PeerHealth, Restarted, View
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

    async def view(self, forum: str, peer: str, view: View) -> None:
        self.node.view(forum, peer, view)

    async def restart(self, connection: str, ufrag: str, password: str) -> Restarted | None:
        return self.node.restart(connection, ufrag, password)

    async def peers(self, forum: str) -> list[PeerHealth]:
        return self.node.peers(forum)

    async def leave(self, connection: str) -> bool:
        return self.node.leave(connection)

    async def revoke(self, forum: str, peer: str) -> None:
        self.node.revoke(forum, peer)

    async def close(self, forum: str) -> None:
        self.node.close(forum)

    def events(self) -> AsyncIterator[MediaEvent]:
        return self.node.events()

    async def health(self) -> dict[str, float]:
        return self.node.health()

    async def aclose(self) -> None:
        await self.node.aclose()

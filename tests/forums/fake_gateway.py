"""A media gateway in memory: remembers grants and connections, and tells whatever events a test injects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from media.gateway import (
    Answer,
    Connected,
    Direction,
    Disconnected,
    Grant,
    MediaError,
    MediaEvent,
    PeerFault,
    PeerHealth,
    Restarted,
    Unsupported,
    View,
)


@dataclass
class FakeGateway:
    """`fails`: what the next calls raise, first come first served; an offer "nonsense" or "odd" is refused as a node would.
    ice: the peer's credentials and the number of ours, by connection."""

    grants: dict[tuple[str, str], list[Grant]] = field(default_factory=dict)
    connections: dict[str, tuple[str, str, Direction]] = field(default_factory=dict)
    removed: list[tuple[str, str]] = field(default_factory=list)
    views: dict[tuple[str, str], View] = field(default_factory=dict)
    health_of: dict[str, list[PeerHealth]] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    ice: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    fails: list[MediaError] = field(default_factory=list)
    _readers: list[asyncio.Queue[MediaEvent | None]] = field(default_factory=list)
    _count: int = 0

    async def connect(self, forum: str, peer: str, direction: Direction, offer: str, grant: Grant) -> Answer:
        self._fail()
        if offer == "nonsense":
            raise PeerFault("no SDP")
        if offer == "odd":
            raise Unsupported("codec")
        for name, kept in list(self.connections.items()):
            if kept == (forum, peer, direction):
                self._end(name, "replaced")
        self._count += 1
        name = f"connection-{self._count}"
        self.connections[name] = (forum, peer, direction)
        self.grants.setdefault((forum, peer), []).append(grant)
        self.tell(Connected(forum, peer, name, direction))
        self.ice[name] = ("peer", "p" * 22, 1)
        return Answer(name, f"answer to {offer}\r\na=ice-ufrag:ufrag1\r\n")

    async def grant(self, forum: str, peer: str, grant: Grant) -> None:
        self._fail()
        self.grants.setdefault((forum, peer), []).append(grant)

    async def view(self, forum: str, peer: str, view: View) -> None:
        self._fail()
        self.views[forum, peer] = view

    async def restart(self, connection: str, ufrag: str, password: str) -> Restarted | None:
        self._fail()
        if connection not in self.connections:
            return None
        known = self.ice[connection]
        if (ufrag, password) not in (("", ""), known[:2]):
            if len(password) < 22:
                raise PeerFault("too short")
            known = self.ice[connection] = (ufrag, password, known[2] + 1)
        return Restarted(f"ufrag{known[2]}", "password" * 3, ("1 1 udp 1 127.0.0.1 8443 typ host",))

    async def peers(self, forum: str) -> list[PeerHealth]:
        self._fail()
        return self.health_of.get(forum, [])

    async def leave(self, connection: str) -> bool:
        self._fail()
        if connection not in self.connections:
            return False
        self._end(connection, "left")
        return True

    async def revoke(self, forum: str, peer: str) -> None:
        self._fail()
        self.removed.append((forum, peer))
        for name, (in_, of, _) in list(self.connections.items()):
            if (in_, of) == (forum, peer):
                self._end(name, "left")

    async def close(self, forum: str) -> None:
        self._fail()
        self.closed.append(forum)
        for name, (in_, _, _) in list(self.connections.items()):
            if in_ == forum:
                self._end(name, "closed")

    async def events(self) -> AsyncIterator[MediaEvent]:
        queue: asyncio.Queue[MediaEvent | None] = asyncio.Queue()
        for name, (forum, peer, direction) in self.connections.items():
            queue.put_nowait(Connected(forum, peer, name, direction))
        self._readers.append(queue)
        while (event := await queue.get()) is not None:
            yield event

    async def health(self) -> dict[str, float]:
        return {"connections": float(len(self.connections))}

    async def aclose(self) -> None:
        for queue in self._readers:
            queue.put_nowait(None)

    def tell(self, event: MediaEvent) -> None:
        """Let all readers have an event."""
        for queue in self._readers:
            queue.put_nowait(event)

    def last_grant(self, forum: str, peer: str) -> Grant:
        return self.grants[forum, peer][-1]

    def _end(self, name: str, reason: str) -> None:
        forum, peer, direction = self.connections.pop(name)
        self.tell(Disconnected(forum, peer, name, direction, reason))

    def _fail(self) -> None:
        if self.fails:
            raise self.fails.pop(0)

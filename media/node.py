"""The forwarding node: the one driver of forums and connections.

After each input all outputs are performed before the next input is taken. Everything here runs on one event loop and
nothing blocks; packets never wait for a task.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

from media.gateway import (
    Answer,
    CapacityReached,
    Connected,
    Direction,
    Disconnected,
    Grant,
    MediaEvent,
    PeerFault,
    PeerHealth,
    Restarted,
    View,
)
from media.rtc.connection import Connection
from media.rtc.endpoint import Endpoint
from media.rtc.fanout import Fanout
from media.rtc.fastpath import FastPath
from media.rtc.native import Run
from media.rtc.port import machine_addresses
from media.sfu.flow import Flow
from media.sfu.forum import Forum
from media.sfu.layout import PublishLayout
from media.sfu.messages import (
    ConnectionLeft,
    GrantChanged,
    Input,
    PublisherJoined,
    ReceiverJoined,
    RtcpArrived,
    RtpArrived,
    Tick,
    ViewChanged,
)

TICK = 0.1
SLOW_TICK = 0.5  # deadlines and dead connections
EVENTS_LIMIT = 20_000  # events that a reader may lag behind before it is cut off


@dataclass(frozen=True, slots=True)
class Limits:
    """Connections, counted per direction: two for a person who also publishes."""

    node: int = 2000
    forum: int = 1000


class Node:
    """`open` binds the port and starts the clock; `aclose` ends all connections. Not thread-safe."""

    def __init__(
        self, hosts: Sequence[str] = (), limits: Limits | None = None, unix_time: Callable[[], float] = time.time
    ) -> None:
        self._limits = limits or Limits()
        self._unix_time = unix_time
        self._endpoint = Endpoint(list(hosts) or machine_addresses(), self)
        self._forums: dict[str, Forum] = {}
        self._grants: dict[tuple[str, str], Grant] = {}
        self._readers: set[asyncio.Queue[MediaEvent | None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._slow_due = 0.0
        self._lag = 0.0
        self._dropped = 0
        self._fast: FastPath | None = None

    async def open(self, port: int) -> None:
        """Bind UDP `port` (0: any). Raises OSError when it is taken."""
        self._loop = asyncio.get_running_loop()
        self._endpoint.open(port)
        self._fanout = Fanout(self._endpoint.batches, self._endpoint.traffic)
        if self._fanout.native is not None:
            self._fast = self._endpoint.speed_up(self._fanout.native, self)
        self._due = self._loop.time() + TICK
        self._timer = self._loop.call_at(self._due, self._tick)

    @property
    def port(self) -> int:
        return self._endpoint.port

    async def aclose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._fanout.close()
        await self._endpoint.aclose()
        for reader in self._readers:
            reader.put_nowait(None)

    # -- what the gateway asks ---------------------------------------------------------------------------------------

    def connect(self, forum: str, peer: str, direction: Direction, offer: str, grant: Grant) -> Answer:
        """Answer an offer. Raises PeerFault, Unsupported, CapacityReached; then nothing has changed."""
        if grant.not_after <= self._unix_time():
            raise PeerFault("The grant has ended.")
        mine = self._of_peer(forum, peer)
        older = [connection for connection in mine if connection.direction is direction]
        self._check_capacity(forum, len(older))
        answer = self._endpoint.answer(forum, peer, direction, offer, self._loop.time())
        for other in older:
            self._endpoint.close(other, "replaced")
        self._forums.setdefault(forum, Forum(forum))
        self.grant(forum, peer, grant, known=True)
        return answer

    def _check_capacity(self, forum: str, replaced: int) -> None:
        everywhere = self._endpoint.connections.values()
        if len(everywhere) - replaced >= self._limits.node:
            raise CapacityReached("This node is full.")
        if sum(connection.forum == forum for connection in everywhere) - replaced >= self._limits.forum:
            raise CapacityReached("This forum is full.")

    def grant(self, forum: str, peer: str, grant: Grant, known: bool = False) -> None:
        """Replace a peer's grant; unknown peers are ignored."""
        if known or (forum, peer) in self._grants:
            self._grants[forum, peer] = grant
            self._act(forum, GrantChanged(peer, grant))

    def view(self, forum: str, peer: str, view: View) -> None:
        """Take in what a receiver looks at; unknown peers are ignored."""
        self._act(forum, ViewChanged(peer, view))

    def restart(self, connection: str, ufrag: str, password: str) -> Restarted | None:
        """New ICE credentials for a connection; None: not known. Raises PeerFault."""
        found = self._endpoint.connections.get(connection)
        return self._endpoint.restart(found, ufrag, password) if found is not None else None

    def peers(self, forum: str) -> list[PeerHealth]:
        """How the connections of a forum are doing."""
        known = self._forums.get(forum)
        connections = self._endpoint.connections
        found = known.peers(self._loop.time()) if known is not None else []
        return [replace(each, transport=connections[each.connection].transport) for each in found]

    def leave(self, connection: str) -> bool:
        found = self._endpoint.connections.get(connection)
        if found is not None:
            self._endpoint.close(found, "left")
        return found is not None

    def revoke(self, forum: str, peer: str) -> None:
        for connection in self._of_peer(forum, peer):
            self._endpoint.close(connection, "closed")

    def close(self, forum: str) -> None:
        for connection in list(self._endpoint.connections.values()):
            if connection.forum == forum:
                self._endpoint.close(connection, "closed")

    async def events(self) -> AsyncIterator[MediaEvent]:
        """The present state as events, then what happens. Ends when the node closes or the reader is far too slow."""
        queue: asyncio.Queue[MediaEvent | None] = asyncio.Queue(EVENTS_LIMIT)
        for event in self.snapshot():
            queue.put_nowait(event)
        self._readers.add(queue)
        try:
            while (news := await queue.get()) is not None:
                yield news
        finally:
            self._readers.discard(queue)

    def snapshot(self) -> list[MediaEvent]:
        state: list[MediaEvent] = [
            Connected(connection.forum, connection.peer, connection.name, connection.direction)
            for connection in self._endpoint.connections.values()
            if connection.connected
        ]
        for forum in self._forums.values():
            state += forum.snapshot().events
        return state

    def health(self) -> dict[str, float]:
        """Gauges and counters. `loop_lag` is the worst delay of the timer in seconds since the last call."""
        lag, self._lag = self._lag, 0.0
        traffic = self._endpoint.traffic
        connections = self._endpoint.connections.values()
        dropped = self._dropped + sum(forum.dropped for forum in self._forums.values())
        return {
            "forums": len(self._forums),
            "peers": len({(connection.forum, connection.peer) for connection in connections}),
            "connections": len(connections),
            "connected": sum(connection.connected for connection in connections),
            "packets_in": traffic.packets_in,
            "packets_out": traffic.packets_out,
            "bytes_in": traffic.bytes_in,
            "bytes_out": traffic.bytes_out,
            "dropped_rtp": dropped,
            "dropped_sending": traffic.send_drops,
            "dropped_unknown_source": traffic.unknown_source,
            "dropped_stun": traffic.bad_stun,
            "dropped_srtp": traffic.bad_srtp,
            "dropped_other": traffic.other,
            **self._endpoint.health(),
            "loop_lag": lag,
        }

    # -- what the endpoint tells -------------------------------------------------------------------------------------

    def connected(self, connection: Connection) -> None:
        self._tell(Connected(connection.forum, connection.peer, connection.name, connection.direction))
        grant = self._grants[connection.forum, connection.peer]
        layout = connection.layout
        if isinstance(layout, PublishLayout):
            publisher = PublisherJoined(connection.name, connection.peer, layout, grant, connection.created)
            self._act(connection.forum, publisher)
        else:
            receiver = ReceiverJoined(connection.name, connection.peer, layout, grant, connection, connection.created)
            self._act(connection.forum, receiver)

    def ended(self, connection: Connection, reason: str) -> None:
        forum, peer = connection.forum, connection.peer
        self._act(forum, ConnectionLeft(connection.name))
        self._tell(Disconnected(forum, peer, connection.name, connection.direction, reason))
        if not self._of_peer(forum, peer):
            self._grants.pop((forum, peer), None)
        if not any(other.forum == forum for other in self._endpoint.connections.values()):
            gone = self._forums.pop(forum, None)
            self._dropped += gone.dropped if gone is not None else 0

    def rtp(self, connection: Connection, data: bytes) -> None:
        flow = self._drive(connection.forum, RtpArrived(connection.name, data))
        if flow is not None and self._fast is not None:
            self._fast.open(connection, flow)

    def follows(self, connection: Connection, flow: Flow) -> bool:
        forum = self._forums.get(connection.forum)
        return forum is not None and forum.follows(flow)

    def passes(self, connection: Connection, flow: Flow, run: Run, packets: list[bytes], now: float) -> bool:
        forum = self._forums.get(connection.forum)
        if forum is None or not forum.follows(flow) or not self._fanout.send_run(flow.lanes, run, not flow.picture):
            return False
        forum.passed(flow, packets, now)
        return True

    def rtcp(self, connection: Connection, data: bytes, arrived: float) -> None:
        self._drive(connection.forum, RtcpArrived(connection.name, data, arrived))

    def drained(self) -> None:
        self._fanout.flush(self._loop.time())

    # -- driving -----------------------------------------------------------------------------------------------------

    def _drive(self, name: str, given: Input) -> Flow | None:
        """Give one input to a forum and perform everything that comes out. Returns how packets like it may go on."""
        forum = self._forums.get(name)
        if forum is None:
            return None
        now = self._loop.time()
        outputs = forum.handle(given, now)
        connections = self._endpoint.connections
        for wire, data in outputs.rtp:
            wire.send(data, False)
        for packet, lanes in outputs.fans:
            self._fanout.send(packet, lanes, now)
        for target, data in outputs.rtcp:
            connection = connections.get(target)
            if connection is not None:
                connection.send(data, True)
        for event in outputs.events:
            self._tell(event)
        return outputs.flow

    def _act(self, name: str, given: Input) -> None:
        """An input that is not part of a burst of packets."""
        self._drive(name, given)
        self.drained()

    def _tell(self, event: MediaEvent) -> None:
        for reader in list(self._readers):
            try:
                reader.put_nowait(event)
            except asyncio.QueueFull:  # cut off: it begins again with a snapshot
                self._readers.discard(reader)
                while not reader.empty():
                    reader.get_nowait()
                reader.put_nowait(None)

    def _of_peer(self, forum: str, peer: str) -> list[Connection]:
        everywhere = self._endpoint.connections.values()
        return [connection for connection in everywhere if connection.forum == forum and connection.peer == peer]

    def _tick(self) -> None:
        now = self._loop.time()
        self._lag = max(self._lag, now - self._due)
        self._due = now + TICK
        self._timer = self._loop.call_at(self._due, self._tick)
        self._endpoint.read_reports()
        for name in list(self._forums):
            self._drive(name, Tick())
        self.drained()
        if now >= self._slow_due:
            self._slow_due = now + SLOW_TICK
            self._endpoint.reap(now)
            if self._fast is not None:
                self._fast.sweep()
            self._expire()

    def _expire(self) -> None:
        """End what may not go on, whether or not anybody is there to say so."""
        now = self._unix_time()
        for (forum, peer), grant in list(self._grants.items()):
            if grant.not_after <= now:
                for connection in self._of_peer(forum, peer):
                    self._endpoint.close(connection, "expired")

"""A UDP relay between one connection's peer and the node: the bad network of the tests."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.media.rig.sight import Extensions, Sight
from tests.media.rig.wire import Condition, Wire

Address = tuple[str, int]
Tap = Callable[[str, bytes, bool], None]


@dataclass(slots=True)
class _Flow:
    """One address of the client and the socket that stands for it at the node, `port` its number there."""

    client: Address
    socket: socket.socket
    port: int


class Relay:
    """Listens on `port`, and speaks to the node from one socket of its own per address of the client.

    up: client to node, down: node to client; their conditions may be changed at any time. seen_up and seen_down count
    what came into the relay, lost or not. tap(direction "up" or "down", datagram, lost) is called for each datagram.
    """

    def __init__(self, node: Address, seed: int = 1, hosts: Sequence[str] = ("127.0.0.1",)) -> None:
        self.up, self.down = Wire(2 * seed), Wire(2 * seed + 1)
        self.seen_up, self.seen_down = Sight(), Sight()
        self.tap: Tap | None = None
        # Browsers try candidates in order, and a socket of another interface cannot reach a loopback address.
        self.hosts = tuple(sorted(hosts, key=lambda host: host.startswith("127.")))
        self._node = node
        self._loop = asyncio.get_running_loop()
        self._front = _udp()
        self._front.bind(("127.0.0.1" if self.hosts == ("127.0.0.1",) else "0.0.0.0", 0))
        self.port: int = self._front.getsockname()[1]
        self._flows: dict[Address, _Flow] = {}
        self._due: list[tuple[float, int, _Flow, bool, bytes]] = []
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._front.fileno(), self._from_client)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due.clear()
        for flow in self._flows.values():
            self._shut(flow)
        self._flows.clear()
        if self._front.fileno() >= 0:
            self._loop.remove_reader(self._front.fileno())
            self._front.close()

    # -- what happens to networks ------------------------------------------------------------------------------------

    def both(self, condition: Condition) -> None:
        """The same condition in both directions."""
        self.up.condition = self.down.condition = condition

    def cut(self) -> None:
        """Nothing arrives any more, until another condition is set."""
        self.both(Condition(cut=True))

    def rebind(self) -> set[int]:
        """A NAT forgets its bindings: the node sees new ports from now on, and nothing sent to the old ones arrives.
        Returns the old ports."""
        old = {flow.port for flow in self._flows.values()}
        self._due = [entry for entry in self._due if not entry[3]]
        heapq.heapify(self._due)
        for flow in self._flows.values():
            self._shut(flow)
            self._bind(flow)
        return old

    def begin(self) -> None:
        """Count from now on."""
        self.seen_up.begin()
        self.seen_down.begin()

    def lead(self, answer: str) -> str:
        """The SDP answer with this relay's addresses in the place of the node's, and no way around them."""
        self.seen_up.extensions = self.seen_down.extensions = Extensions.of(answer)
        lines: list[str] = []
        for line in answer.split("\r\n"):
            if line == "a=end-of-candidates":
                lines += [f"a=candidate:{candidate}" for candidate in self.candidates()]
            if not line.startswith("a=candidate:"):
                lines.append(line)
        return "\r\n".join(lines)

    def candidates(self) -> list[str]:
        """Values of a=candidate lines."""
        return [
            f"{index + 1} 1 udp {2130706431 - index * 256} {host} {self.port} typ host" for index, host in enumerate(self.hosts)
        ]

    # -- datagrams ---------------------------------------------------------------------------------------------------

    def _bind(self, flow: _Flow) -> None:
        flow.socket = _udp()
        flow.socket.connect(self._node)
        flow.port = flow.socket.getsockname()[1]
        self._loop.add_reader(flow.socket.fileno(), self._from_node, flow)

    def _shut(self, flow: _Flow) -> None:
        self._loop.remove_reader(flow.socket.fileno())
        flow.socket.close()

    def _from_client(self) -> None:
        for _ in range(64):
            try:
                data, client = self._front.recvfrom(2048)
            except BlockingIOError:
                return
            except OSError:
                continue
            flow = self._flows.get(client)
            if flow is None:
                flow = self._flows[client] = _Flow(client, self._front, 0)
                self._bind(flow)
            self._carry(self.up, self.seen_up, flow, True, data)

    def _from_node(self, flow: _Flow) -> None:
        for _ in range(64):
            try:
                data = flow.socket.recv(2048)
            except BlockingIOError:
                return
            except OSError:  # the node is not there (any more)
                return
            self._carry(self.down, self.seen_down, flow, False, data)

    def _carry(self, wire: Wire, sight: Sight, flow: _Flow, up: bool, data: bytes) -> None:
        now = self._loop.time()
        arrival = wire.carry(len(data), now)
        sight.take(data, arrival is None, now)
        if self.tap is not None:
            self.tap("up" if up else "down", data, arrival is None)
        if arrival is None:
            return
        if arrival <= now and not self._due:
            self._deliver(flow, up, data)
            return
        heapq.heappush(self._due, (arrival, next(self._numbers), flow, up, data))
        self._wait()

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._due[0][0], self._deliver_due) if self._due else None

    def _deliver_due(self) -> None:
        now = self._loop.time() + 0.0005
        while self._due and self._due[0][0] <= now:
            _, _, flow, up, data = heapq.heappop(self._due)
            self._deliver(flow, up, data)
        self._wait()

    def _deliver(self, flow: _Flow, up: bool, data: bytes) -> None:
        try:
            if up:
                flow.socket.send(data)
            else:
                self._front.sendto(data, flow.client)
        except OSError:  # a full buffer or a closed port: as in any network
            return


def _udp() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
    return sock


async def until(condition: Callable[[], Any], within: float = 15.0, what: str = "") -> None:
    """Wait for a condition. Raises AssertionError with `what` in it."""
    try:
        async with asyncio.timeout(within):
            while not condition():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {within} s: {what or condition}") from None

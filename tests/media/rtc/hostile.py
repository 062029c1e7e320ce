"""Hostile input for a real node: real datagrams and offers, recorded from a stage, then mutated by a seed.

Used by the tests for a share and by the soak for the whole million.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from media.gateway import Direction, Disconnected, PeerFault
from media.local import LocalGateway
from media.node import Limits, Node
from media.playing import PlayingPublisher
from media.rtc import stun
from media.rtc.client import Client, ClientSection
from media.rtc.connection import Connection
from media.rtc.counting import CountingReceiver
from media.rtc.endpoint import Endpoint
from media.rtc.srtp import Slab
from tests.media.stage import Stage, grant, open_stage

SIZE = 2048  # of the node's receive buffer: what is longer never arrives
BROWSERS = Path(__file__).parent / "offers"
KEPT = 200  # samples of each kind
_JUNK = ["", "\r\n", "\n", "9", "-1", "99999999999999999999", ":", " ", ";", "=", "ä", "\x00", "a=mid:", "m=video 9 "]


@dataclass
class Samples:
    """Real input by kind: stun, dtls and srtp (datagrams as the node got them), rtp and rtcp (in the clear)."""

    datagrams: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    @property
    def complete(self) -> bool:
        return set(self.datagrams) == {"stun", "dtls", "srtp", "rtp", "rtcp"}

    def take(self, kind: str, data: bytes) -> None:
        if len(self.datagrams[kind]) < KEPT:
            self.datagrams[kind].append(data)


@contextlib.contextmanager
def recorded() -> Iterator[Samples]:
    """While open, all that nodes of this process receive and all that clients of our own send is kept as samples."""
    samples = Samples()
    receive, send = Endpoint._datagram, Client.send

    def received(self: Endpoint, port: Any, slab: Slab, size: int, address: Any) -> None:
        if not isinstance(port, Silent):
            data = bytes(slab.view[:size])
            samples.take("stun" if data[0] < 4 else "dtls" if data[0] < 64 else "srtp", data)
        receive(self, port, slab, size, address)

    def sent(self: Client, data: bytes, rtcp: bool = False) -> bool:
        samples.take("rtcp" if rtcp else "rtp", bytes(data))
        return send(self, data, rtcp)

    Endpoint._datagram, Client.send = received, sent  # type: ignore[method-assign]
    try:
        yield samples
    finally:
        Endpoint._datagram, Client.send = receive, send  # type: ignore[method-assign]


def mutated(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """One to four changes: bits, bytes, lengths, cuts, doublings, pieces of other samples."""
    result = bytearray(data)
    for _ in range(chance.randrange(1, 5)):
        if not result:
            result += chance.randbytes(1)
        place = chance.randrange(len(result))
        match chance.randrange(7):
            case 0:
                result[place] ^= 1 << chance.randrange(8)
            case 1:
                result[place] = chance.choice((0, 1, 127, 128, 254, 255))
            case 2:
                del result[place:]
            case 3:  # somewhere a 16-bit length
                result[place : place + 2] = chance.choice((0, 1, 3, 4, 255, 65535, len(result))).to_bytes(2, "big")
            case 4:
                result[place:place] = result[place : place + chance.randrange(1, 40)]
            case 5:
                other = chance.choice(others)
                result[place:] = other[chance.randrange(len(other)) :]
            case _:
                result[place : place + chance.randrange(9)] = chance.randbytes(chance.randrange(9))
    return bytes(result[:SIZE])


def mutated_text(text: str, chance: random.Random) -> str:
    """Changes of characters and of whole lines."""
    lines = text.splitlines(keepends=True)
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, chance.choice(lines))
            case 2:
                lines[place], lines[-1 - place] = lines[-1 - place], lines[place]
            case _:
                line = lines[place]
                start = chance.randrange(len(line) + 1)
                lines[place] = line[:start] + chance.choice(_JUNK) + line[start + chance.randrange(6) :]
        if not lines:
            break
    return "".join(lines)


class Silent:
    """What stands for the socket that a datagram came in by: whatever the node sends there is an answer."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Any]] = []

    def send(self, data: bytes | memoryview, address: Any) -> bool:
        self.sent.append((bytes(data), address))
        return True


@dataclass
class Scene:
    """A node with somebody who publishes and somebody who listens, and what they sent."""

    stage: Stage
    node: Node
    samples: Samples
    publisher: PlayingPublisher
    listener: CountingReceiver

    def attack(self, seed: int) -> Attack:
        return Attack(self.node, self.samples, seed)

    def connection(self, peer: str) -> Connection:
        [found] = [each for each in self.node._endpoint.connections.values() if each.peer == peer]
        return found

    async def goes_on(self, packets: int = 20) -> None:
        """Media still flows and nobody has gone."""
        before = self.listener.packets
        await self.stage.until(lambda: self.listener.packets > before + packets)
        assert not self.stage.told(Disconnected, forum=self.stage.forum)
        assert not self.publisher.client.ended.is_set()


@contextlib.asynccontextmanager
async def open_scene() -> AsyncIterator[Scene]:
    """The scene, once media flows; fails when anything on the loop raised until it closed."""
    with recorded() as samples, nothing_raised():
        gateway = await LocalGateway.open(["127.0.0.1"], limits=Limits(node=12, forum=10))
        async with open_stage(gateway) as stage:
            publisher, listener = await stage.publish("speaker"), await stage.listen("listener")
            await stage.until(lambda: listener.of("v0").frames > 5 and listener.of("a0").packets > 20)
            await stage.until(lambda: samples.complete)
            yield Scene(stage, gateway.node, samples, publisher, listener)


def hand_in(node: Node, data: bytes, address: Any, port: Any = None) -> None:
    """Give a datagram to the node as its sockets do."""
    slab, by = Slab(), cast(Any, port or Silent())
    slab.memory[: len(data)] = data
    node._endpoint._datagram(by, slab, len(data), address)


def offers() -> list[tuple[Direction, str]]:
    """Recorded offers of browsers, then the shortest of our own for each direction."""
    found = [
        (Direction.PUBLISH if "publish" in path.name else Direction.RECEIVE, path.read_text())
        for path in sorted(BROWSERS.glob("*.sdp"))
    ]
    for direction in (Direction.RECEIVE, Direction.PUBLISH):
        client = Client(direction, [ClientSection("0", "audio"), ClientSection("1", "video")])
        client._socket.close()
        found.append((direction, client.offer()))
    return found


def state_of(node: Node) -> dict[str, Any]:
    """All that a datagram could have made or moved."""
    endpoint = node._endpoint
    return {
        "connections": {name: (each._address, sorted(each.paths)) for name, each in endpoint.connections.items()},
        "ufrags": set(endpoint._by_ufrag),
        "addresses": {address: each.name for address, each in endpoint._by_address.items()},
        "forums": set(node._forums),
        "tasks": len(asyncio.all_tasks()),
    }


@contextlib.contextmanager
def nothing_raised() -> Iterator[None]:
    """Fails when anything on the loop raised while open."""
    loop = asyncio.get_running_loop()
    before, told = loop.get_exception_handler(), []
    loop.set_exception_handler(lambda _, context: told.append(context))
    try:
        yield
    finally:
        loop.set_exception_handler(before)
    assert not told, told[:3]


class Attack:
    """Each method hands in `count` inputs; whatever comes back to a stranger is in `answers`."""

    def __init__(self, node: Node, samples: Samples, seed: int) -> None:
        self.node = node
        self.samples = samples
        self.chance = random.Random(seed)
        self.answers = Silent()
        self._pool = {kind: found for kind, found in samples.datagrams.items() if found}

    async def from_strangers(self, count: int) -> None:
        """Mutated STUN, DTLS, SRTP, RTP and RTCP from addresses that never passed a check."""
        await self._send(count, self._stranger)

    async def from_known_addresses(self, count: int) -> None:
        """The same from the addresses of people in the room, as somebody can who forges his own address. Checks are
        never left whole: a genuine one may move a connection."""
        addresses = list(self.node._endpoint._by_address)
        await self._send(count, lambda: self.chance.choice(addresses))

    def _stranger(self) -> tuple[str, int]:
        return (f"198.51.{self.chance.randrange(256)}.{self.chance.randrange(256)}", self.chance.randrange(1, 65536))

    async def _send(self, count: int, source: Callable[[], Any]) -> None:
        kinds = sorted(self._pool)
        real = {data for found in self._pool.values() for data in found}
        for number in range(count):
            samples = self._pool[self.chance.choice(kinds)]
            data = mutated(self.chance.choice(samples), self.chance, samples)
            if data and data not in real:
                hand_in(self.node, data, source(), self.answers)
            if number % 200 == 199:
                await asyncio.sleep(0)  # handshakes have their turn

    async def forged_checks(self, count: int) -> None:
        """Well-formed checks that name a connection of the node, but are signed with another password or not at all."""
        known = [*self.node._endpoint._by_ufrag, "nobody"]
        for number in range(count):
            username = f"{self.chance.choice(known)}:{self.chance.randbytes(4).hex()}"
            data = stun.request(username, self.chance.choice(("", "x" * 24)), True, self.chance.getrandbits(63))
            if self.chance.random() < 0.3:
                data = data[:2] + (len(data) - 52).to_bytes(2, "big") + data[4:-32]  # no integrity
            hand_in(self.node, data, self._stranger(), self.answers)
            if number % 200 == 199:
                await asyncio.sleep(0)

    async def authentic(self, client: Client, count: int) -> None:
        """Mutated RTP and RTCP, well encrypted, by somebody who may send."""
        for number in range(count):
            rtcp = number % 3 == 0
            samples = self._pool["rtcp" if rtcp else "rtp"]
            data = mutated(self.chance.choice(samples), self.chance, samples)
            # libsrtp wants a whole header of version 2; the SSRC stays ours in half of them
            if len(data) >= 12:
                data = bytes([0x80 | data[0] & 0x3F]) + data[1:]
                if rtcp:
                    data = data[:1] + bytes([192 + data[1] % 32]) + data[2:]
                client.send(data, rtcp)
            if number % 20 == 19:
                await asyncio.sleep(0.001)

    async def handed_to_forums(self, count: int) -> None:
        """The same without the way through the network, by everybody but the speaker and the listener: whose own packets
        are nonsense may well lose his own stream."""
        people = [each for each in self.node._endpoint.connections.values() if each.peer not in ("speaker", "listener")]
        for number in range(count):
            kind = "rtcp" if number % 2 else "rtp"
            person, data = (
                self.chance.choice(people),
                mutated(self.chance.choice(self._pool[kind]), self.chance, self._pool[kind]),
            )
            if kind == "rtcp":
                self.node.rtcp(person, data, number)
            else:
                self.node.rtp(person, data)
            if number % 100 == 99:
                await asyncio.sleep(0)

    async def offers(self, count: int) -> int:
        """Mutated offers; returns how many were refused. Whatever is not refused is closed again."""
        refused, samples = 0, offers()
        for number in range(count):
            direction, text = self.chance.choice(samples)
            try:
                self.node.connect("attacked", "liar", direction, mutated_text(text, self.chance), grant())
            except PeerFault:
                refused += 1
            if number % 20 == 19:
                await asyncio.sleep(0)
        self.node.close("attacked")
        return refused

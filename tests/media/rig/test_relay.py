"""The relay over real sockets: addresses of its own per client, rebinding, counts, and SDP that leads to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import pytest_asyncio

from media.rtp.packet import Packet, write_packet
from tests.media.rig.relay import Relay, until
from tests.media.rig.sight import Extensions, kind_of
from tests.media.rig.wire import Condition


@dataclass
class Peer(asyncio.DatagramProtocol):
    """Keeps what comes; `echo` sends it back."""

    echo: bool = False
    came: list[tuple[bytes, tuple[str, int]]] = field(default_factory=list)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.came.append((data, address))
        if self.echo:
            self.transport.sendto(data, address)

    @property
    def port(self) -> int:
        number: int = self.transport.get_extra_info("sockname")[1]
        return number


async def peer(echo: bool = False) -> Peer:
    _, protocol = await asyncio.get_running_loop().create_datagram_endpoint(lambda: Peer(echo), ("127.0.0.1", 0))
    return protocol


@dataclass
class Net:
    node: Peer
    client: Peer
    relay: Relay

    def send(self, data: bytes, client: Peer | None = None) -> None:
        (client or self.client).transport.sendto(data, ("127.0.0.1", self.relay.port))


@pytest_asyncio.fixture
async def net() -> AsyncIterator[Net]:
    node, client = await peer(echo=True), await peer()
    relay = Relay(("127.0.0.1", node.port))
    yield Net(node, client, relay)
    relay.close()
    node.transport.close()
    client.transport.close()


async def test_each_client_has_an_address_of_its_own_at_the_node(net: Net) -> None:
    other = await peer()
    net.send(b"\x80one")
    net.send(b"\x80two", other)
    await until(lambda: net.client.came and other.came)
    assert [data for data, _ in net.client.came] == [b"\x80one"]
    assert [data for data, _ in other.came] == [b"\x80two"]
    assert len({address for _, address in net.node.came}) == 2
    assert net.client.came[0][1] == ("127.0.0.1", net.relay.port)
    other.transport.close()


async def test_after_a_rebinding_the_node_sees_a_new_port(net: Net) -> None:
    net.send(b"\x80one")
    await until(lambda: net.client.came)
    assert net.relay.rebind() == {net.node.came[0][1][1]}
    net.node.transport.sendto(b"\x80late", net.node.came[0][1])
    net.send(b"\x80two")
    await until(lambda: len(net.client.came) == 2)
    assert net.client.came[1][0] == b"\x80two"
    assert net.node.came[0][1] != net.node.came[1][1]


async def test_delay_and_order(net: Net) -> None:
    net.relay.both(Condition(delay=0.05, jitter=0.01))
    start = asyncio.get_running_loop().time()
    for number in range(20):
        net.send(bytes([0x80, number]))
    await until(lambda: len(net.client.came) == 20)
    assert asyncio.get_running_loop().time() - start >= 0.1
    assert [data[1] for data, _ in net.client.came] == list(range(20))


async def test_a_cut_is_counted_and_mends(net: Net) -> None:
    net.relay.cut()
    net.send(b"\x80lost")
    await until(lambda: net.relay.seen_up.packets == 1)
    net.relay.both(Condition())
    net.send(b"\x80kept")
    await until(lambda: net.client.came)
    assert [data for data, _ in net.client.came] == [b"\x80kept"]
    assert (net.relay.seen_up.lost, net.relay.seen_down.lost) == (1, 0)


async def test_headers_of_encrypted_packets_are_seen(net: Net) -> None:
    net.relay.lead(
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
    )
    for number, extensions in enumerate([{4: b"1", 10: b"q"}, {4: b"1"}, {}]):
        net.send(write_packet(Packet(96, number == 2, number, 0, 77, b"?" * 50, extensions)))
    net.send(b"\x80\xc8" + bytes(26))
    await until(lambda: net.relay.seen_up.packets == 4)
    seen = net.relay.seen_up.streams[77]
    assert (seen.packets, seen.bare, seen.frames, seen.mids, seen.rids) == (3, 1, 1, {"1"}, {"q"})
    assert net.relay.seen_up.rids == {"q"}
    assert net.relay.seen_up.kinds == {"rtp": 3, "rtcp": 1}
    net.relay.begin()
    assert net.relay.seen_up.packets == 0


async def test_an_answer_leads_to_the_relay_only(net: Net) -> None:
    answer = "\r\n".join(
        [
            "v=0",
            "a=candidate:1 1 udp 2130706431 192.0.2.1 9999 typ host",
            "a=candidate:2 1 tcp 1518280447 192.0.2.1 9999 typ host tcptype passive",
            "a=end-of-candidates",
            "",
        ]
    )
    led = net.relay.lead(answer)
    assert [line for line in led.split("\r\n") if "candidate:" in line] == [
        f"a=candidate:1 1 udp 2130706431 127.0.0.1 {net.relay.port} typ host"
    ]
    assert "192.0.2.1" not in led


def test_kinds_and_extension_ids() -> None:
    assert [kind_of(bytes([first, 96])) for first in (0, 22, 128, 200)] == ["stun", "dtls", "rtp", "other"]
    assert kind_of(b"\x80\xc9") == "rtcp"
    assert kind_of(b"") == "other"
    found = Extensions.of("a=extmap:3/sendonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\na=extmap:5 urn:other")
    assert (found.mid, found.rid, found.repaired_rid) == (None, None, 3)

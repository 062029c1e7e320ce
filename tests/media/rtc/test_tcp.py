"""Media over TCP beside UDP, and strangers who connect and say nothing, nonsense, or too much."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from media.gateway import Connected, Direction
from media.local import LocalGateway
from media.node import Node
from media.playing import PlayingPublisher
from media.rtc import stun, tcp
from media.rtc.client import Client, ClientSection
from media.rtc.connection import Connection
from media.rtc.counting import CountingReceiver
from media.rtc.endpoint import Endpoint
from tests.media import clips
from tests.media.rtc.wire import open_wire
from tests.media.stage import Stage, grant, open_stage

LOOPBACK = "127.0.0.1"


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage(await LocalGateway.open([LOOPBACK, "::1"])) as stage:
        yield stage


def endpoint_of(stage: Stage) -> Endpoint:
    assert isinstance(stage.gateway, LocalGateway)
    return stage.gateway.node._endpoint


def lines_of(stage: Stage) -> list[tcp.TcpLine]:
    port = endpoint_of(stage)._tcp
    assert port is not None
    return list(port.lines.values())


def connection_of(stage: Stage, peer: str) -> Connection:
    [found] = [each for each in endpoint_of(stage).connections.values() if each.peer == peer]
    return found


@contextlib.asynccontextmanager
async def connected(node: Endpoint) -> AsyncIterator[Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]]:
    """Makes plain TCP connections to the node, and closes them at the end."""
    writers: list[asyncio.StreamWriter] = []

    async def dial() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(LOOPBACK, node.port)
        writers.append(writer)
        return reader, writer

    try:
        yield dial
    finally:
        for writer in writers:
            writer.close()


async def is_cut(reader: asyncio.StreamReader, within: float = 8.0) -> bool:
    try:
        async with asyncio.timeout(within):
            return not await reader.read(1)
    except ConnectionError:
        return True
    except TimeoutError:
        return False


@pytest.mark.parametrize("host", [LOOPBACK, "::1"])
async def test_sound_and_picture_go_by_tcp(stage: Stage, host: str) -> None:
    node = endpoint_of(stage)
    publisher = PlayingPublisher(clips.video(), clips.audio(), stage.identity)
    listener = CountingReceiver(1, 1, identity=stage.identity)
    async with open_wire(host, node.port) as up, open_wire(host, node.port) as down:
        offers = [("speaker", Direction.PUBLISH, publisher.client), ("listener", Direction.RECEIVE, listener.client)]
        for (peer, direction, client), wire in zip(offers, (up, down), strict=True):
            answer = await stage.gateway.connect("forum", peer, direction, client.offer(), grant())
            await client.connect(wire.through(answer.sdp))
        playing = asyncio.create_task(publisher.play())
        await stage.until(lambda: listener.of("v0").frames >= 25 and listener.of("a0").packets >= 40)
        assert [connection_of(stage, peer).transport for peer in ("speaker", "listener")] == ["tcp", "tcp"]
        assert listener.gaps == 0
        assert node.health() == {"tcp_listening": 1, "tcp_lines": 2, "tcp_refused": 0}
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        await publisher.client.close()
        await listener.close()
    await stage.until(lambda: not lines_of(stage))


async def test_media_goes_on_when_the_line_breaks_and_comes_again(stage: Stage) -> None:
    await stage.publish("speaker")
    listener = CountingReceiver(1, 1, identity=stage.identity)
    async with open_wire(LOOPBACK, endpoint_of(stage).port) as wire:
        answer = await stage.gateway.connect("forum", "listener", Direction.RECEIVE, listener.client.offer(), grant())
        await listener.client.connect(wire.through(answer.sdp))
        await stage.until(lambda: listener.of("v0").packets > 20)
        await wire.hang_up()
        connection = connection_of(stage, "listener")
        await stage.until(lambda: connection.transport == "")
        assert connection.paths == {}
        await wire.dial()
        before = listener.packets
        await stage.until(lambda: listener.packets > before + 20)
        assert len(stage.told(Connected, peer="listener")) == 1
        await listener.close()


async def test_a_slow_reader_loses_packets_and_nobody_else_does(stage: Stage) -> None:
    await stage.publish("speaker")
    fast = await stage.listen("fast", audio=1, video=1)
    slow = CountingReceiver(1, 1, identity=stage.identity)
    async with open_wire(LOOPBACK, endpoint_of(stage).port) as wire:
        answer = await stage.gateway.connect("forum", "slow", Direction.RECEIVE, slow.client.offer(), grant())
        await slow.client.connect(wire.through(answer.sdp))
        await stage.until(lambda: slow.of("v0").packets > 20)
        wire.reading.clear()
        connection = connection_of(stage, "slow")
        drops = endpoint_of(stage).traffic.send_drops
        [line] = lines_of(stage)
        for _ in range(2000):  # the loopback's own buffers are large
            line.send(os.urandom(1000), line.address)
        assert len(line._waiting) <= tcp.WAITING
        assert endpoint_of(stage).traffic.send_drops > drops + 500
        assert line.send(b"sound" * 20, line.address)  # the reserve
        before = fast.packets
        await stage.until(lambda: fast.packets > before + 50)
        assert fast.gaps == 0
        assert not connection.closed
        wire.reading.set()
        before = slow.packets
        await stage.until(lambda: slow.packets > before + 50)
        await slow.close()


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",  # a length of 18245
        b"\x00\x05\x16hell",  # a frame that is DTLS by its first byte
        b"\x00\x02\x80\x00",
        b"\xff\xff" + bytes(100),
        b"\x00\x01\x00" * 40,  # STUN by its first byte, forty times
        bytes(80),  # empty frames
    ],
)
async def test_garbage_is_cut_off(stage: Stage, said: bytes) -> None:
    node = endpoint_of(stage)
    async with connected(node) as dial:
        reader, writer = await dial()
        writer.write(said)
        assert await is_cut(reader)
    assert not lines_of(stage)
    assert not node._by_address


async def test_a_check_may_come_byte_by_byte(stage: Stage) -> None:
    client = Client(Direction.PUBLISH, [ClientSection("0", "audio")])
    await stage.gateway.connect("forum", "slow", Direction.PUBLISH, client.offer(), grant())
    credentials = connection_of(stage, "slow").credentials
    check = stun.request(f"{credentials.ufrag}:x", credentials.password, True, 1)
    async with connected(endpoint_of(stage)) as dial:
        reader, writer = await dial()
        for byte in len(check).to_bytes(2, "big") + check:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        async with asyncio.timeout(10):
            answer = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
        assert stun.is_success(answer, credentials.password)
        assert connection_of(stage, "slow").transport == "tcp"
        assert not lines_of(stage)[0].stranger
    await client.close()


async def test_a_forged_check_changes_nothing_and_the_silent_are_cut(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "STRANGER_FOR", 1.5)  # all three are there before the first is cut
    client = Client(Direction.PUBLISH, [ClientSection("0", "audio")])
    await stage.gateway.connect("forum", "victim", Direction.PUBLISH, client.offer(), grant())
    connection = connection_of(stage, "victim")
    forged = stun.request(f"{connection.credentials.ufrag}:x", "p" * 24, True, 1)
    async with connected(endpoint_of(stage)) as dial:
        forger, writer = await dial()
        writer.write(len(forged).to_bytes(2, "big") + forged)
        silent, _ = await dial()
        half, writer = await dial()
        writer.write(b"\x00")
        await stage.until(lambda: len(lines_of(stage)) == 3)
        assert [await is_cut(reader) for reader in (forger, silent, half)] == [True, True, True]
    assert connection.paths == {}
    assert connection.transport == ""
    await client.close()


async def test_strangers_of_one_source_are_few(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "STRANGERS_OF_SOURCE", 5)
    node = endpoint_of(stage)
    async with connected(node) as dial:
        lines = [await dial() for _ in range(8)]
        await stage.until(lambda: node.health()["tcp_refused"] == 3)
        assert len(lines_of(stage)) == 5
        lines[0][1].close()
        await stage.until(lambda: len(lines_of(stage)) == 4)
        again, _ = await dial()
        assert not await is_cut(again, within=0.2)
    await stage.until(lambda: not lines_of(stage))
    assert node._tcp is not None
    assert not node._tcp._of_source
    assert not node._tcp._strangers


async def test_a_taken_tcp_port_leaves_udp(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server((LOOPBACK, 0)) as web:
        node = Node([LOOPBACK])
        with caplog.at_level(logging.WARNING, logger="media"):
            await node.open(web.getsockname()[1])
        assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
            f"TCP port {node.port} is taken, so media goes by UDP only"
        ]
        client = Client(Direction.PUBLISH, [ClientSection("0", "audio")])
        answer = node.connect("forum", "peer", Direction.PUBLISH, client.offer(), grant())
        assert " tcp " not in answer.sdp
        await client.connect(answer.sdp)
        assert node.health()["tcp_listening"] == 0
        await client.close()
        await node.aclose()


async def test_who_nominates_every_path_means_udp(stage: Stage) -> None:
    client = Client(Direction.PUBLISH, [ClientSection("0", "audio")])
    await stage.gateway.connect("forum", "peer", Direction.PUBLISH, client.offer(), grant())
    connection, node = connection_of(stage, "peer"), endpoint_of(stage)
    async with connected(node) as dial:
        await dial()
        await stage.until(lambda: lines_of(stage))
        [line] = lines_of(stage)
        udp, now = node._ports[0], 100.0
        connection.learn(line, line.address, True, now)
        assert connection.transport == "tcp"
        connection.learn(udp, (LOOPBACK, 9), True, now)
        assert connection.transport == "udp"
        connection.learn(line, line.address, True, now + 1)
        assert connection.transport == "udp"
        connection.learn(line, line.address, True, now + 5)  # nothing came by UDP for a while
        assert connection.transport == "tcp"
    await client.close()


@pytest.mark.parametrize(
    ("host", "source"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("fe80::1%eth0", "fe80::/64")],
)
def test_sources(host: str, source: str) -> None:
    assert tcp.source_of(host) == source

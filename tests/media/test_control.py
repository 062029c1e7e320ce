"""The control socket and the pool, with nodes in this process: what the tests of whole processes cannot look into."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media import node as node_module
from media.control import ControlServer, parse_control
from media.gateway import (
    Connected,
    Direction,
    Disconnected,
    MediaError,
    NodeBack,
    NodeLost,
    NodeUnavailable,
    PeerFault,
    Source,
    TracksChanged,
    open_gateway,
)
from media.node import Node
from media.pool import PooledGateway, rank_nodes
from media.remote import RemoteGateway
from tests.media.stage import Stage, grant, open_stage


@contextlib.asynccontextmanager
async def serving_node(control: str) -> AsyncIterator[Node]:
    node = Node(["127.0.0.1"])
    await node.open(0)
    server = ControlServer(node)
    await server.open(control)
    try:
        yield node
    finally:
        await server.aclose()
        await node.aclose()


async def walk_through(stage: Stage) -> None:
    """Everything that a gateway does, once."""
    gateway = stage.gateway
    await stage.publish("speaker")
    listener = await stage.listen("listener")
    await stage.until(lambda: listener.of("v0").packets > 10)
    await gateway.grant("forum", "speaker", grant(frozenset({Source.MICROPHONE})))
    await stage.until(lambda: stage.told(TracksChanged, sources=frozenset({Source.MICROPHONE})))
    with pytest.raises(PeerFault):
        await gateway.connect("forum", "x", Direction.PUBLISH, "v=1", grant())
    assert (await gateway.health())["connected"] == 2
    [name] = [event.connection for event in stage.told(Connected, peer="listener")]
    assert await gateway.leave(name)
    assert not await gateway.leave(name)
    await gateway.revoke("forum", "speaker")
    await stage.until(lambda: stage.told(Disconnected, peer="speaker", reason="closed"))
    await stage.listen("listener")
    await gateway.close("forum")
    await stage.until(lambda: stage.told(Disconnected, peer="listener", reason="closed"))


async def test_a_remote_gateway(tmp_path: Path) -> None:
    control = f"unix:{tmp_path}/node"
    async with serving_node(control), open_stage(open_gateway([control])) as stage:
        await walk_through(stage)


async def test_a_pool_of_two(tmp_path: Path) -> None:
    controls = [f"unix:{tmp_path}/one", f"unix:{tmp_path}/two"]
    async with serving_node(controls[0]), serving_node(controls[1]), open_stage(open_gateway(controls)) as stage:
        await stage.gateway.health()
        await walk_through(stage)


async def test_a_pool_that_loses_one(tmp_path: Path) -> None:
    controls = [f"unix:{tmp_path}/one", f"unix:{tmp_path}/two"]
    home, refuge = rank_nodes("forum", controls)
    async with serving_node(refuge), open_stage(open_gateway(controls)) as stage:
        async with serving_node(home):
            gateway = stage.gateway
            assert isinstance(gateway, PooledGateway)
            while (await gateway.health())["nodes"] < 2:
                await asyncio.sleep(0.02)
            await stage.publish("speaker")
            await stage.until(lambda: stage.told(Connected))
        await stage.until(lambda: stage.told(NodeLost) and stage.told(NodeBack, forums=("forum",)))
        await walk_through(stage)


async def test_who_reads_too_slowly_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_module, "EVENTS_LIMIT", 3)
    node = Node(["127.0.0.1"])
    await node.open(0)
    reading = node.events()
    first = asyncio.ensure_future(anext(reading))
    await asyncio.sleep(0)
    for number in range(9):
        node._tell(NodeBack((str(number),)))
    await asyncio.gather(first, return_exceptions=True)
    assert len([event async for event in reading]) < 9
    await node.aclose()


async def test_a_node_answers_nonsense_with_an_error(tmp_path: Path) -> None:
    control = f"unix:{tmp_path}/node"
    async with serving_node(control):
        gateway = RemoteGateway.open(control)
        with pytest.raises(MediaError):
            await gateway._ask("dance")
        with pytest.raises(MediaError):
            await gateway._ask("connect", forum="f")
        assert (await gateway.health())["forums"] == 0
        await gateway.aclose()


async def test_frames_that_are_none_end_the_line(tmp_path: Path) -> None:
    async with serving_node(f"unix:{tmp_path}/node"):
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "node"))
        writer.write(b"\xff\xff\xff\xff")
        assert await reader.read() == b""
        writer.close()


async def test_a_node_that_never_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.remote.TIMEOUT", 0.1)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_unix_server(silent, str(tmp_path / "node")):
        gateway = RemoteGateway.open(f"unix:{tmp_path}/node")
        with pytest.raises(NodeUnavailable):
            await gateway.health()
        await gateway.aclose()


async def test_two_nodes_cannot_have_one_control_socket(tmp_path: Path) -> None:
    control = f"unix:{tmp_path}/node"
    async with serving_node(control) as node:
        with pytest.raises(OSError, match="another node"):
            await ControlServer(node).open(control)
        with pytest.raises(OSError, match="No such file"):
            await ControlServer(node).open(f"unix:{tmp_path}/nowhere/node")


def test_addresses() -> None:
    assert parse_control("tcp:[::1]:9") == ("tcp", "::1", 9)
    assert parse_control("unix:/a:b") == ("unix", "/a:b", 0)

"""Gateways to nodes in child processes: calls, events, a killed node, the command itself."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from pathlib import Path

import pytest

from media.control import ControlServer
from media.gateway import (
    CapacityReached,
    Connected,
    Direction,
    Disconnected,
    MediaError,
    MediaGateway,
    NodeBack,
    NodeLost,
    NodeUnavailable,
    PeerFault,
    SlotsChanged,
    Source,
    TracksChanged,
    Unsupported,
    open_gateway,
)
from media.local import LocalGateway
from media.pool import PooledGateway, rank_nodes
from media.remote import RemoteGateway
from media.wire import LIMIT, frame, pack_error, pack_event, read_frame, unpack_error, unpack_event
from tests.media.processes import end, free_port, running_node, start_node
from tests.media.stage import grant, open_stage


async def first_health(gateway: MediaGateway) -> dict[str, float]:
    """Its health as soon as it answers, however busy the machine is."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await gateway.health()
            except NodeUnavailable:
                continue


async def test_a_node_in_another_process_does_the_same(tmp_path: Path) -> None:
    control = f"unix:{tmp_path}/node"
    async with running_node(control, free_port()) as process, open_stage(open_gateway([control])) as stage:
        await stage.publish("speaker")
        listener = await stage.listen("listener")
        await stage.until(lambda: listener.of("v0").frames > 10 and listener.of("a0").packets > 20)
        assert stat.S_IMODE(os.stat(tmp_path / "node").st_mode) == 0o600
        await stage.gateway.grant("forum", "speaker", grant(frozenset({Source.CAMERA})))
        await stage.until(lambda: stage.told(TracksChanged, sources=frozenset({Source.CAMERA})))
        seen = []
        async for event in stage.gateway.events():
            seen.append(type(event))
            if len(seen) == 4:
                break
        assert seen == [Connected, Connected, TracksChanged, SlotsChanged]
        with pytest.raises(PeerFault, match="not a session description"):
            await stage.gateway.connect("forum", "x", Direction.PUBLISH, "hello", grant())
        with pytest.raises(Unsupported):
            await stage.gateway.connect("forum", "x", Direction.PUBLISH, listener.client.offer(), grant())
        health = await stage.gateway.health()
        assert (health["forums"], health["peers"], health["connected"]) == (1, 2, 2)
        await stage.gateway.revoke("forum", "listener")
        await stage.until(lambda: stage.told(Disconnected, peer="listener", reason="closed"))
        assert not await stage.gateway.leave("nobody")
        await stage.gateway.close("forum")
        assert await end(process) == 0
    assert not (tmp_path / "node").exists()


async def test_a_killed_node_comes_back_and_so_do_the_calls(tmp_path: Path) -> None:
    control, port = f"unix:{tmp_path}/node", free_port()
    async with open_stage(open_gateway([control])) as stage:
        async with running_node(control, port) as first:
            await stage.publish("speaker")
            await stage.until(lambda: stage.told(Connected))
            first.send_signal(signal.SIGKILL)
            await stage.until(lambda: stage.told(NodeLost, forums=("forum",)))
            with pytest.raises(NodeUnavailable):
                await stage.gateway.health()
        async with running_node(control, port):
            await stage.until(lambda: stage.told(NodeBack, forums=("forum",)), within=15.0)
            await stage.publish("speaker")
            listener = await stage.listen("listener")
            await stage.until(lambda: listener.packets > 10)


async def test_calls_wait_for_a_node_that_is_just_starting(tmp_path: Path) -> None:
    control = f"unix:{tmp_path}/node"
    gateway = open_gateway([control])
    asking = asyncio.create_task(gateway.health())
    await asyncio.sleep(0.2)
    node = await LocalGateway.open(["127.0.0.1"])
    server = ControlServer(node.node)
    await server.open(control)
    assert (await asking)["connections"] == 0
    await gateway.aclose()
    await server.aclose()
    await node.aclose()


async def test_tcp_control_and_json_logs(tmp_path: Path) -> None:
    control = f"tcp:127.0.0.1:{free_port()}"
    async with running_node(control, free_port(), "--log-format", "json") as process:
        gateway = open_gateway([control])
        assert (await gateway.health())["forums"] == 0
        await gateway.aclose()
        process.terminate()
        _, errors = await asyncio.wait_for(process.communicate(), 10)
    assert [json.loads(line)["level"] for line in errors.decode().splitlines()] == ["info", "info"]


async def test_a_taken_port_or_socket_is_one_line(tmp_path: Path) -> None:
    control, port = f"unix:{tmp_path}/node", free_port()
    async with running_node(control, port):
        gateway = open_gateway([control])
        await gateway.health()
        await gateway.aclose()
        other = f"unix:{tmp_path}/other"
        for wrong in ((other, port), (control, free_port()), ("carrier-pigeon", free_port())):
            process = await start_node(*wrong)
            _, errors = await asyncio.wait_for(process.communicate(), 20)
            assert process.returncode == 2
            assert len(errors.decode().splitlines()) == 1, errors
            assert errors.startswith(b"media: cannot listen on")


async def test_a_node_follows_its_parent(tmp_path: Path) -> None:
    control, port = f"unix:{tmp_path}/node", free_port()
    code = (
        "import subprocess,sys,time\n"
        f"subprocess.Popen([sys.executable,'-m','media','--control',{control!r},'--host','127.0.0.1',"
        f"'--port','{port}','--follow-parent'])\n"
        "time.sleep(60)\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stderr=asyncio.subprocess.DEVNULL)
    gateway = open_gateway([control])
    await first_health(gateway)
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(10):
        while (tmp_path / "node").exists():
            await asyncio.sleep(0.05)
    await gateway.aclose()


async def test_a_dead_nodes_forums_move_to_another(tmp_path: Path) -> None:
    controls = [f"unix:{tmp_path}/{name}" for name in ("one", "two")]
    home, refuge = rank_nodes("forum", controls)
    async with running_node(home, free_port()) as first, running_node(refuge, free_port()):
        gateway = open_gateway(controls)
        assert isinstance(gateway, PooledGateway)
        async with open_stage(gateway) as stage:
            while (await gateway.health())["nodes"] < 2:
                await asyncio.sleep(0.05)
            await stage.publish("speaker")
            await stage.until(lambda: stage.told(Connected))
            first.kill()
            await stage.until(lambda: stage.told(NodeBack, forums=("forum",)))
            await stage.publish("speaker")
            listener = await stage.listen("listener")
            await stage.until(lambda: listener.packets > 10)
            assert (await gateway.health())["nodes"] == 1
            async with running_node(home, free_port()):  # the living stay where they are
                while (await gateway.health())["nodes"] < 2:
                    await asyncio.sleep(0.05)
                another = await stage.listen("another")
                await stage.until(lambda: another.packets > 10)
                await gateway.grant("forum", "speaker", grant(frozenset()))
                await stage.until(lambda: stage.told(TracksChanged, sources=frozenset()))
                await gateway.revoke("forum", "another")
                [name] = [event.connection for event in stage.told(Connected, peer="listener")]
                assert await gateway.leave(name)
                assert not await gateway.leave(name)
                await gateway.close("forum")
                await stage.until(lambda: len(stage.told(Disconnected)) == 3)


async def test_no_node_at_all(tmp_path: Path) -> None:
    gateway = open_gateway([f"unix:{tmp_path}/one", f"unix:{tmp_path}/two"])
    with pytest.raises(NodeUnavailable):
        await gateway.health()
    assert not await gateway.leave("nobody")
    await gateway.aclose()


def test_bad_controls() -> None:
    for control in ("unix:", "tcp:host", "tcp::1", "http://x"):
        with pytest.raises(ValueError, match="neither"):
            RemoteGateway(control)
    with pytest.raises(ValueError, match="no media node"):
        open_gateway([])


async def test_frames_and_errors_of_another_version() -> None:
    async def reading(data: bytes) -> object:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        return await read_frame(reader)

    assert await reading(frame({"id": 1})) == {"id": 1}
    for bad in (b"", b"\0\0", b"\0\0\0\2x", b"\0\0\0\2[]", b"\0\0\0\2{x", (LIMIT + 1).to_bytes(4, "big")):
        with pytest.raises(ConnectionError):
            await reading(bad)
    assert type(unpack_error(pack_error(CapacityReached("full")))) is CapacityReached
    assert type(unpack_error({"error": "SomethingNew"})) is MediaError
    event = Connected("forum", "peer", "name", Direction.PUBLISH)
    assert unpack_event(pack_event(event)) == event
    with pytest.raises(ValueError, match="open_gateway"):
        unpack_event({"event": "open_gateway"})

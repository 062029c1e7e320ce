"""Several nodes: who dies takes only its own forums, whose people meet again on another; who is merely not heard for a
moment loses nothing. Nodes are real processes, killed as the kernel kills."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media.gateway import Connected, Disconnected, NodeBack, NodeLost, open_gateway
from media.pool import PooledGateway, rank_nodes
from media.remote import RemoteGateway
from tests.media.processes import free_port, running_node
from tests.media.stage import Stage, open_stage

PAGES_WAIT = 5.0  # seconds from a node's death until its forums' people have sound and picture again


def forum_at(control: str, controls: list[str], number: int = 0) -> str:
    """A forum whose first choice is `control`."""
    return [name for name in (f"forum-{each}" for each in range(99)) if rank_nodes(name, controls)[0] == control][number]


class Wire:
    """A control socket in front of a node's own, whose lines can be cut while the node lives."""

    def __init__(self, path: Path, node: str) -> None:
        self._path, self._node = path, node
        self._lines: set[asyncio.StreamWriter] = set()
        self.accepted = 0

    @contextlib.asynccontextmanager
    async def laid(self) -> AsyncIterator[None]:
        async with await asyncio.start_unix_server(self._accept, str(self._path)):
            yield
            self.cut()

    def cut(self) -> None:
        for line in self._lines:
            line.close()
        self._lines.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        inner_reader, inner_writer = await asyncio.open_unix_connection(self._node.removeprefix("unix:"))
        self._lines |= {writer, inner_writer}
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def all_answer(gateway: PooledGateway, nodes: int = 2) -> None:
    async with asyncio.timeout(20):
        while (await gateway.health())["nodes"] < nodes:
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def two_nodes(folder: Path) -> AsyncIterator[tuple[list[str], list[asyncio.subprocess.Process], PooledGateway]]:
    controls = [f"unix:{folder}/one", f"unix:{folder}/two"]
    async with running_node(controls[0], free_port()) as first, running_node(controls[1], free_port()) as second:
        gateway = open_gateway(controls)
        assert isinstance(gateway, PooledGateway)
        await all_answer(gateway)
        yield controls, [first, second], gateway


async def test_a_killed_node_takes_only_its_forums_and_they_are_up_elsewhere(tmp_path: Path) -> None:
    async with two_nodes(tmp_path) as (controls, processes, gateway), open_stage(gateway) as stage:
        stage.forum = forum_at(controls[0], controls)
        await stage.publish("speaker")
        other = Stage(gateway, forum_at(controls[1], controls))
        try:
            await other.publish("speaker")
            untouched = await other.listen("listener")
            await other.until(lambda: untouched.packets > 10)
            await stage.until(lambda: len(stage.told(Connected)) == 3)

            died = time.monotonic()
            processes[0].kill()
            await stage.until(lambda: stage.told(NodeBack))
            assert stage.told(NodeLost) == [NodeLost((stage.forum,))]
            assert stage.told(NodeBack) == [NodeBack((stage.forum,))]
            await stage.publish("speaker")
            listener = await stage.listen("listener")
            await stage.until(lambda: listener.packets > 10)
            assert time.monotonic() - died < PAGES_WAIT

            async with running_node(controls[0], free_port()):
                await all_answer(gateway)
                late = await stage.listen("late")
                await stage.until(lambda: late.packets > 10)
                before = untouched.packets, listener.packets
                await stage.until(lambda: untouched.packets > before[0] + 50 and listener.packets > before[1] + 50)
                home, refuge = (RemoteGateway.open(control) for control in controls)
                assert (await home.health())["forums"] == 0
                assert (await refuge.health())["forums"] == 2
                await home.aclose()
                await refuge.aclose()
            assert stage.told(Disconnected) == []
        finally:
            await other.clear()


async def test_a_line_that_breaks_is_no_dead_node(tmp_path: Path) -> None:
    node, other = f"unix:{tmp_path}/node", f"unix:{tmp_path}/other"
    wire = Wire(tmp_path / "wire", node)
    controls = [f"unix:{tmp_path}/wire", other]
    async with running_node(node, free_port()), running_node(other, free_port()), wire.laid():
        gateway = open_gateway(controls)
        assert isinstance(gateway, PooledGateway)
        async with open_stage(gateway) as stage:
            await all_answer(gateway)
            stage.forum = forum_at(controls[0], controls)
            await stage.publish("speaker")
            await stage.until(lambda: stage.told(Connected))
            for _ in range(3):
                lines = wire.accepted
                wire.cut()
                await stage.until(lambda: wire.accepted > lines)  # noqa: B023 -- used at once
                listener = await stage.listen("listener")
                await stage.until(lambda: listener.packets > 10)  # noqa: B023 -- used at once
            assert stage.told(NodeLost) == []
            elsewhere = RemoteGateway.open(other)
            assert (await elsewhere.health())["forums"] == 0
            await elsewhere.aclose()


async def test_what_ended_while_the_line_was_broken_is_told(tmp_path: Path) -> None:
    node = f"unix:{tmp_path}/node"
    wire = Wire(tmp_path / "wire", node)
    async with running_node(node, free_port()):
        gateway, direct = open_gateway([f"unix:{tmp_path}/wire"]), open_gateway([node])
        async with open_stage(gateway) as stage:
            async with wire.laid():
                await stage.listen("listener")
                await stage.until(lambda: stage.told(Connected))
                [connection] = [event.connection for event in stage.told(Connected)]
                await direct.health()
                wire.cut()
                assert await direct.leave(connection)
                await stage.until(lambda: stage.told(Disconnected, connection=connection))
            assert stage.told(NodeLost) == []
        await direct.aclose()


async def test_both_nodes_die_and_one_comes_back(tmp_path: Path) -> None:
    async with two_nodes(tmp_path) as (controls, processes, gateway), open_stage(gateway) as stage:
        stage.forum = forum_at(controls[0], controls)
        await stage.publish("speaker")
        await stage.until(lambda: stage.told(Connected))
        processes[1].kill()
        await processes[1].wait()
        while (await gateway.health())["nodes"] > 1:
            await asyncio.sleep(0.02)
        processes[0].kill()
        await stage.until(lambda: stage.told(NodeLost))
        assert stage.told(NodeBack) == []
        async with running_node(controls[1], free_port()):
            await stage.until(lambda: stage.told(NodeBack, forums=(stage.forum,)))
            await stage.publish("speaker")
            listener = await stage.listen("listener")
            await stage.until(lambda: listener.packets > 10)


async def test_a_reader_that_was_cut_off_begins_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool's own readers go on after they were too slow: later deaths are still told."""
    monkeypatch.setattr("media.remote.READER_LIMIT", 4)
    async with two_nodes(tmp_path) as (controls, processes, gateway), open_stage(gateway) as stage:
        stage.forum = forum_at(controls[0], controls)
        listener = await stage.listen("listener")
        await stage.until(lambda: stage.told(Connected))
        home = gateway._nodes[controls[0]]
        for number in range(9):  # in one step, so that nobody reads in between
            home._tell(NodeBack((f"flood-{number}",)))
        await stage.until(lambda: len(stage.told(Connected)) == 2)  # the snapshot
        processes[0].kill()
        await stage.until(lambda: stage.told(NodeLost, forums=(stage.forum,)) and stage.told(NodeBack))
        assert listener.packets == 0


async def test_a_node_that_takes_calls_and_says_nothing_counts_as_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.remote.TIMEOUT", 1.0)
    async with two_nodes(tmp_path) as (controls, processes, gateway), open_stage(gateway) as stage:
        stage.forum = forum_at(controls[0], controls)
        await stage.listen("listener")
        await stage.until(lambda: stage.told(Connected))
        processes[0].kill()
        await processes[0].wait()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        (tmp_path / "one").unlink()
        async with await asyncio.start_unix_server(silent, str(tmp_path / "one")):
            await stage.until(lambda: stage.told(NodeBack, forums=(stage.forum,)))
            await stage.listen("listener")


async def test_a_node_that_stands_still_counts_as_gone_and_is_taken_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.remote.SILENCE", 2.0)
    async with two_nodes(tmp_path) as (controls, processes, gateway), open_stage(gateway) as stage:
        stage.forum = forum_at(controls[0], controls)
        await stage.listen("listener")
        await stage.until(lambda: stage.told(Connected))
        processes[0].send_signal(signal.SIGSTOP)
        try:
            await stage.until(lambda: stage.told(NodeBack, forums=(stage.forum,)))
            await stage.listen("again")
            await stage.until(lambda: stage.told(Connected, peer="again"))
        finally:
            processes[0].send_signal(signal.SIGCONT)
        await stage.until(lambda: all(node.available for node in gateway._nodes.values()))
        await stage.listen("late")  # the one that stood still does not draw the room back
        assert rank_nodes(stage.forum, controls)[0] == controls[0]
        await stage.until(lambda: gateway._nodes[controls[1]].holds(stage.forum) == 2)

"""A node at several addresses of both families, on one port; and on a machine that has no IPv4 at all."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from media.gateway import Direction, open_gateway
from media.rtc.counting import CountingReceiver
from tests.browser.firefox import Network
from tests.media.processes import free_port, running_node
from tests.media.stage import Stage, grant, open_stage

ANNOUNCED = ("127.0.0.1", "127.0.0.2", "::1")


def candidates(sdp: str, transport: str = "udp") -> list[tuple[str, int]]:
    found = [line.split() for line in sdp.splitlines() if line.startswith("a=candidate:")]
    return [(fields[4], int(fields[5])) for fields in found if fields[2].lower() == transport]


def only(sdp: str, host: str) -> str:
    """An answer that names one of the node's addresses."""
    return "".join(line for line in sdp.splitlines(True) if not line.startswith("a=candidate:") or line.split()[4] == host)


async def listen_at(stage: Stage, host: str) -> CountingReceiver:
    receiver = CountingReceiver(1, 1, identity=stage.identity)
    answer = await stage.gateway.connect("forum", f"listener at {host}", Direction.RECEIVE, receiver.client.offer(), grant())
    await receiver.connect(only(answer.sdp, host), within=10)
    return receiver


@pytest.mark.parametrize("host", ANNOUNCED)
async def test_every_announced_address_leads_to_the_node(tmp_path: Path, host: str) -> None:
    control, port = f"unix:{tmp_path}/node", free_port()
    async with running_node(control, port, "--host", ",".join(ANNOUNCED)), open_stage(open_gateway([control])) as stage:
        await stage.publish("speaker")
        listener = await listen_at(stage, host)
        try:
            await stage.until(lambda: listener.packets > 20)
        finally:
            await listener.close()


async def test_both_families_are_announced_on_one_port_over_udp_and_tcp(tmp_path: Path) -> None:
    control, port = f"unix:{tmp_path}/node", free_port()
    async with running_node(control, port, "--host", ",".join(ANNOUNCED)):
        gateway = open_gateway([control])
        receiver = CountingReceiver(1, 1)
        answer = await gateway.connect("forum", "listener", Direction.RECEIVE, receiver.client.offer(), grant())
        for transport in ("udp", "tcp"):
            assert sorted(candidates(answer.sdp, transport)) == sorted((host, port) for host in ANNOUNCED)
        await receiver.close()
        await gateway.aclose()


async def test_a_machine_without_ipv4(tmp_path: Path, network: Network, six: tuple[str, str]) -> None:
    """The node finds its addresses itself, in a namespace that has none of IPv4."""
    for command in (["addr", "flush", "dev", f"{network.name}i", "scope", "global"], ["-4", "addr", "flush", "dev", "lo"]):
        subprocess.run(["ip", "-n", network.name, *command], check=True, capture_output=True, timeout=10)
    inside = ["ip", "-n", network.name, "addr", "add", f"{six[1]}/64", "dev", f"{network.name}i", "nodad"]
    subprocess.run(inside, check=True, capture_output=True, timeout=10)
    control, port = f"unix:{tmp_path}/node", free_port()
    argv = ["netns", "exec", network.name, sys.executable, "-m", "media", "--control", control, "--port", str(port)]
    process = await asyncio.create_subprocess_exec("ip", *argv, stderr=asyncio.subprocess.DEVNULL)
    try:
        async with open_stage(open_gateway([control])) as stage, asyncio.timeout(30):
            while not (tmp_path / "node").exists():
                await asyncio.sleep(0.05)
            speaker = await stage.publish("speaker")
            assert speaker.client.answer is not None
            listener = await stage.listen("listener")
            await stage.until(lambda: listener.packets > 20)
            again = CountingReceiver(1, 1)
            answer = await stage.gateway.connect("forum", "again", Direction.RECEIVE, again.client.offer(), grant())
            assert {host for host, _ in candidates(answer.sdp)} <= {six[1], "::1"}
            await again.close()
    finally:
        process.terminate()
        await process.wait()

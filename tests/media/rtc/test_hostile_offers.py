"""Offers that mean harm: refused or answered, quickly, and nothing is left of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from media.gateway import Direction, PeerFault
from media.local import LocalGateway
from media.node import Limits, Node
from media.rtc.client import Client, ClientSection
from media.rtc.offer import LIMIT
from tests.media.rtc.hostile import offers, open_scene, state_of
from tests.media.stage import Stage, grant, open_stage
from tests.spent import spent

INPUTS = int(os.environ.get("HOSTILE_INPUTS", "40000"))


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage(await LocalGateway.open(["127.0.0.1"], limits=Limits(node=12, forum=10))) as stage:
        yield stage


def node_of(stage: Stage) -> Node:
    assert isinstance(stage.gateway, LocalGateway)
    return stage.gateway.node


async def test_mutated_offers_are_answered_or_refused() -> None:
    async with open_scene() as scene:
        before = state_of(scene.node)
        refused = await scene.attack(6).offers(max(600, INPUTS // 40))
        assert refused > 100
        await asyncio.sleep(0.1)
        after = state_of(scene.node)
        assert after | {"tasks": 0} == before | {"tasks": 0}
        await scene.goes_on()


@pytest.mark.parametrize(
    "line",
    [
        "a=rid:{0} send",
        "a=ssrc:{0} cname:x",
        "a=ssrc-group:FID {0} 1",
        "a=rtpmap:96 VP8/90000",
        "a=rtpmap:{0} VP8/90000",
        "a=fmtp:{0} a=b",
        "a=fmtp:96 apt={0}",
        "a=rtcp-fb:* nack",
        "a=rtcp-fb:* {0}",
        "a=extmap:1 urn:x:{0}",
        "a=candidate:{0} 1 udp 1 198.51.100.7 9 typ host",
        "a=fingerprint:sha-256 AA:BB",
        "a=group:BUNDLE {0}",
        "a=mid:{0}",
        "a=",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
    ],
)
async def test_no_offer_takes_long_to_read(stage: Stage, line: str) -> None:
    _, text = offers()[-1]
    number = 0
    while len(text) < LIMIT - 200:
        text += line.format(number) + "\r\n"
        number += 1
    rids = ";".join(map(str, range(number)))
    for offer in (text, text[: LIMIT // 2] + "\r\na=simulcast:send " + rids[: LIMIT // 2 - 300] + "\r\n"):
        with spent() as cost, contextlib.suppress(PeerFault):
            node_of(stage).connect("forum", "liar", Direction.PUBLISH, offer, grant())
        assert cost.seconds < 0.5


async def test_a_person_has_one_connection_each_way_whatever_he_offers(stage: Stage) -> None:
    node = node_of(stage)
    for _ in range(60):
        for direction, text in offers()[-2:]:
            node.connect("forum", "greedy", direction, text, grant())
    assert node.health()["connections"] == 2
    assert len(node._endpoint._by_ufrag) == 2
    node.close("forum")
    await asyncio.sleep(0)
    assert node._endpoint._by_ufrag == {}


async def test_no_line_of_an_offer_makes_the_node_send_anything(stage: Stage) -> None:
    """Candidates, connection lines, relays: before a check has come from there, nothing goes there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        sink.setblocking(False)
        port = sink.getsockname()[1]
        for setup in ("actpass", "active", "passive"):
            client = Client(Direction.PUBLISH, [ClientSection("0", "audio")], setup=setup, identity=stage.identity)
            client._socket.close()
            text = client.offer([f"{kind} 1 udp 9 127.0.0.1 {port} typ {kind}" for kind in ("host", "srflx", "relay")])
            text = text.replace("c=IN IP4 0.0.0.0", "c=IN IP4 127.0.0.1").replace("m=audio 9", f"m=audio {port}")
            text += f"a=remote-candidates:1 127.0.0.1 {port}\r\na=rtcp:{port} IN IP4 127.0.0.1\r\n"
            await stage.gateway.connect("forum", setup, Direction.PUBLISH, text, grant())
        await asyncio.sleep(1.2)  # a client's first flight is repeated after a second
        with pytest.raises(BlockingIOError):
            sink.recv(2048)
    assert node_of(stage).health()["bytes_out"] == 0

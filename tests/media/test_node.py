"""The node over real UDP on the loopback, with peers of our own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from media.gateway import (
    CapacityReached,
    Connected,
    Direction,
    Disconnected,
    PeerFault,
    SlotsChanged,
    Source,
    SpeakersChanged,
    TracksChanged,
    Unsupported,
)
from media.local import LocalGateway
from media.node import Limits, Node
from media.rtc import connection, stun
from media.rtc.client import Client, ClientSection
from media.rtp.rtcp import Nack, SenderReport, write_compound
from tests.media.stage import ALL, Stage, grant, open_stage

BOTH = frozenset({Source.CAMERA, Source.MICROPHONE})


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    gateway = await LocalGateway.open(["127.0.0.1"], limits=Limits(node=8, forum=6))
    async with open_stage(gateway) as stage:
        yield stage


def node_of(stage: Stage) -> Node:
    assert isinstance(stage.gateway, LocalGateway)
    return stage.gateway.node


async def test_a_published_camera_and_microphone_arrive_in_the_slots(stage: Stage) -> None:
    listener = await stage.listen("listener")
    publisher = await stage.publish("speaker")
    await stage.until(lambda: listener.of("v0").frames >= 25 and listener.of("a0").packets >= 40)
    assert listener.gaps == 0
    assert listener.of("v0").keyframes >= 1
    assert [stream.mids for stream in listener.streams.values() if len(stream.mids) != 1] == []
    assert {slot.mid: (slot.peer, slot.source) for slot in stage.told(SlotsChanged, peer="listener")[-1].slots} == {
        "a0": ("speaker", Source.MICROPHONE),
        "a1": (None, None),
        "v0": ("speaker", Source.CAMERA),
        "v1": (None, None),
    }
    assert stage.told(TracksChanged)[-1] == TracksChanged("forum", "speaker", BOTH)
    await stage.until(lambda: stage.told(SpeakersChanged, peers=("speaker",)))
    await stage.until(lambda: any(isinstance(report, SenderReport) for report in listener.reports))
    await publisher.client.close()
    await stage.until(lambda: stage.told(Disconnected, peer="speaker", reason="left"))
    assert stage.told(TracksChanged)[-1] == TracksChanged("forum", "speaker", frozenset())


async def test_a_late_listener_has_a_picture_at_once(stage: Stage) -> None:
    publisher = await stage.publish("speaker")
    await stage.until(lambda: stage.told(TracksChanged, sources=BOTH))
    listener = await stage.listen("listener")
    await stage.until(lambda: listener.of("v0").keyframes, within=3.0)
    assert publisher.requests >= 1


async def test_nobody_gets_his_own_tracks(stage: Stage) -> None:
    await stage.publish("one")
    mirror = await stage.listen("one")
    other = await stage.listen("two")
    await stage.until(lambda: other.packets > 50)
    assert mirror.packets == 0


async def test_a_lost_packet_comes_again_on_request(stage: Stage) -> None:
    await stage.publish("speaker")
    listener = await stage.listen("listener", audio=0, video=1)
    await stage.until(lambda: listener.of("v0").packets > 20)
    [(ssrc, stream)] = listener.streams.items()
    listener.client.send(write_compound([Nack(1, ssrc, ((stream.last - 3) & 0xFFFF,))]), rtcp=True)
    await stage.until(lambda: len(listener.streams) == 2)
    assert [again.packets for other, again in listener.streams.items() if other != ssrc] == [1]


async def test_what_is_no_longer_granted_is_not_forwarded(stage: Stage) -> None:
    await stage.publish("speaker")
    listener = await stage.listen("listener")
    await stage.until(lambda: listener.of("v0").packets and listener.of("a0").packets)
    await stage.gateway.grant("forum", "speaker", grant(frozenset({Source.MICROPHONE})))
    await stage.until(lambda: stage.told(TracksChanged, sources=frozenset({Source.MICROPHONE})))
    await asyncio.sleep(0.1)
    before, sound = listener.of("v0").packets, listener.of("a0").packets
    await stage.until(lambda: listener.of("a0").packets > sound + 10)
    assert listener.of("v0").packets == before
    await stage.gateway.grant("forum", "speaker", grant())
    await stage.until(lambda: listener.of("v0").packets > before)


async def test_never_granted_sources_are_not_announced(stage: Stage) -> None:
    await stage.publish("speaker", sources=frozenset({Source.MICROPHONE}))
    listener = await stage.listen("listener")
    await stage.until(lambda: listener.of("a0").packets > 20)
    assert {event.sources for event in stage.told(TracksChanged)} == {frozenset({Source.MICROPHONE})}
    assert listener.of("v0").packets == 0


async def test_a_grant_ends_by_itself(stage: Stage) -> None:
    await stage.publish("speaker")
    listener = await stage.listen("listener")
    await stage.gateway.grant("forum", "listener", grant(seconds=0.6))  # not before it is connected, however long that takes
    await stage.until(lambda: stage.told(Disconnected, peer="listener", reason="expired"))
    await stage.until(listener.client.ended.is_set)
    with pytest.raises(PeerFault):
        await stage.gateway.connect("forum", "late", Direction.RECEIVE, listener.client.offer(), grant(seconds=-1))


async def test_a_new_connection_replaces_the_older_one_of_its_direction(stage: Stage) -> None:
    await stage.publish("speaker")
    first = await stage.listen("listener")
    second = await stage.listen("listener")
    await stage.until(lambda: stage.told(Disconnected, peer="listener", reason="replaced"))
    await stage.until(first.client.ended.is_set)
    await stage.until(lambda: second.packets > 20)


async def test_leave_remove_and_close(stage: Stage) -> None:
    await stage.publish("speaker")
    await stage.listen("listener")
    await stage.until(lambda: len(stage.told(Connected)) == 2)
    [name] = [event.connection for event in stage.told(Connected, peer="listener")]
    assert await stage.gateway.leave(name)
    assert not await stage.gateway.leave(name)
    await stage.gateway.revoke("forum", "speaker")
    await stage.until(lambda: stage.told(Disconnected, peer="speaker", reason="closed"))
    await stage.listen("listener")
    await stage.gateway.close("forum")
    health = await stage.gateway.health()
    assert (health["forums"], health["connections"]) == (0, 0)


async def test_full_means_full_and_replacing_is_always_possible(stage: Stage) -> None:
    for number in range(6):
        await stage.listen(f"peer{number}")
    with pytest.raises(CapacityReached):
        await stage.listen("one too many")
    await stage.listen("peer0")
    stage.forum = "other"
    await stage.listen("a")
    await stage.listen("b")
    with pytest.raises(CapacityReached):
        await stage.listen("c")


async def test_events_begin_with_the_state(stage: Stage) -> None:
    await stage.publish("speaker")
    await stage.listen("listener")
    await stage.until(lambda: stage.told(TracksChanged, sources=BOTH))
    async for event in stage.gateway.events():
        assert isinstance(event, Connected)
        break
    kinds = {type(event) for event in node_of(stage).snapshot()}
    assert kinds >= {Connected, TracksChanged, SlotsChanged}


# -- what never connects, what goes silent ---------------------------------------------------------------------------


async def test_an_offer_whose_peer_never_comes_is_forgotten(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT_WITHIN", 0.2)
    before = len(os.listdir("/proc/self/fd"))
    clients = [Client(Direction.RECEIVE, [ClientSection("v0", "video")], identity=stage.identity) for _ in range(5)]
    for number, client in enumerate(clients):
        await stage.gateway.connect("forum", f"peer{number}", Direction.RECEIVE, client.offer(), grant())
        await client.close()
    await stage.until(lambda: len(stage.told(Disconnected, reason="failed")) == 5, within=5.0)
    assert (await stage.gateway.health())["connections"] == 0
    assert len(os.listdir("/proc/self/fd")) == before


async def test_a_peer_that_vanishes_is_noticed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = await stage.listen("listener")
    monkeypatch.setattr(connection, "CONSENT_FOR", 0.3)
    assert listener.client._checks is not None
    listener.client._checks.cancel()  # no more checks: as good as a pulled cable
    await stage.until(lambda: stage.told(Disconnected, peer="listener", reason="lost"), within=5.0)


async def test_a_wrong_fingerprint_ends_before_any_media(stage: Stage) -> None:
    client = Client(Direction.RECEIVE, [ClientSection("v0", "video")], identity=stage.identity)
    offer = client.offer()
    [line] = [line for line in offer.splitlines() if line.startswith("a=fingerprint")]
    forged = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)
    answer = await stage.gateway.connect("forum", "liar", Direction.RECEIVE, offer.replace(line, forged), grant())
    with contextlib.suppress(ConnectionError):
        await client.connect(answer.sdp)
    await stage.until(lambda: stage.told(Disconnected, peer="liar", reason="failed"))
    assert stage.told(Connected, peer="liar") == []
    await client.close()


@pytest.mark.parametrize("setup", ["actpass", "active", "passive"])
async def test_both_dtls_roles(stage: Stage, setup: str) -> None:
    await stage.publish("speaker", setup=setup)
    listener = await stage.listen("listener")
    await stage.until(lambda: listener.packets > 20)


async def test_a_new_address_is_followed_after_a_genuine_check_only(stage: Stage) -> None:
    await stage.publish("speaker")
    listener = await stage.listen("listener")
    client = listener.client
    await stage.until(lambda: listener.packets > 20)
    assert client.answer is not None
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as moved:
        moved.setblocking(False)
        moved.bind(("127.0.0.1", 0))
        username = f"{client.answer.ufrag}:{client.credentials.ufrag}"
        moved.sendto(stun.request(username, "x" * 24, True, 1), client._target)
        await asyncio.sleep(0.2)
        with pytest.raises(BlockingIOError):
            moved.recv(2048)
        moved.sendto(stun.request(username, client.answer.password, True, 1), client._target)
        reply = await asyncio.wait_for(loop.sock_recv(moved, 2048), 5)
        assert stun.is_success(reply, client.answer.password)
        media = await asyncio.wait_for(loop.sock_recv(moved, 2048), 5)
        assert 127 < media[0] < 192


# -- hostile peers ---------------------------------------------------------------------------------------------------


async def test_ten_thousand_malformed_datagrams_make_nothing_and_get_no_answer(stage: Stage) -> None:
    await stage.publish("speaker")
    listener = await stage.listen("listener")
    await stage.until(lambda: listener.packets > 20)
    chance = random.Random(7)
    node = node_of(stage)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.setblocking(False)
        stranger.bind(("127.0.0.1", 0))
        real = stun.request("someone:else", "x" * 24, True, 1)
        for number in range(10_000):
            kind = number % 5
            if kind == 0:
                data = real[: chance.randrange(1, len(real) + 1)]
            elif kind == 1:
                flipped = bytearray(real)
                flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
                data = bytes(flipped)
            elif kind == 2:
                data = bytes([chance.randrange(20, 64)]) + chance.randbytes(chance.randrange(1, 200))
            elif kind == 3:
                data = bytes([chance.randrange(128, 192)]) + chance.randbytes(chance.randrange(0, 200))
            else:
                data = chance.randbytes(chance.randrange(0, 1400))
            stranger.sendto(data, ("127.0.0.1", node.port))
            if number % 50 == 49:
                await asyncio.sleep(0)
        await asyncio.sleep(0.2)
        with pytest.raises(BlockingIOError):
            stranger.recv(2048)
    health = await stage.gateway.health()
    assert (health["connections"], health["connected"], health["peers"]) == (2, 2, 2)
    assert health["dropped_unknown_source"] + health["dropped_stun"] > 9000
    before = listener.packets
    await stage.until(lambda: listener.packets > before + 20)


async def test_malformed_packets_on_a_known_path_cost_nothing_but_themselves(stage: Stage) -> None:
    publisher = await stage.publish("speaker")
    listener = await stage.listen("listener")
    await stage.until(lambda: listener.packets > 20)
    chance = random.Random(8)
    for _ in range(2000):
        data = bytes([chance.randrange(256)]) + chance.randbytes(chance.randrange(0, 100))
        publisher.client.send(b"\x80" + data)  # well encrypted nonsense
        publisher.client.send(b"\x80\xc8" + data, rtcp=True)
        if data[0] > 127:
            publisher.client.send_raw(data)  # not encrypted at all
    before = listener.packets
    await stage.until(lambda: listener.packets > before + 20)


async def test_a_stranger_cannot_kill_a_handshake_or_a_call(stage: Stage) -> None:
    hello = bytes.fromhex("16fefd0000000000000000004a") + bytes(74)
    alert = bytes.fromhex("15fefd000000000000000000020228")
    node = node_of(stage)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:

        async def attack() -> None:
            while True:
                for data in (hello, alert):
                    stranger.sendto(data, ("127.0.0.1", node.port))
                await asyncio.sleep(0.001)

        attacking = asyncio.create_task(attack())
        await stage.publish("speaker")
        listener = await stage.listen("listener")
        await stage.until(lambda: listener.packets > 50)
        attacking.cancel()
        await asyncio.gather(attacking, return_exceptions=True)
    assert not stage.told(Disconnected)


async def test_no_packet_goes_to_an_address_that_an_offer_names(stage: Stage) -> None:
    sinks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(20)]
    try:
        named = []
        for index, sink in enumerate(sinks):
            sink.bind(("127.0.0.1", 0))
            sink.setblocking(False)
            named.append(f"{index} 1 udp 2122260223 127.0.0.1 {sink.getsockname()[1]} typ host")
        named.append("99 1 udp 2122260223 a1b2c3d4.local 5353 typ host")
        client = Client(Direction.RECEIVE, [ClientSection("v0", "video")], identity=stage.identity)
        answer = await stage.gateway.connect("forum", "peer", Direction.RECEIVE, client.offer(named), grant())
        await client.connect(answer.sdp)
        await asyncio.sleep(0.3)
        for sink in sinks:
            with pytest.raises(BlockingIOError):
                sink.recv(2048)
        await client.close()
    finally:
        for sink in sinks:
            sink.close()


async def test_offers_beyond_the_limits_create_nothing(stage: Stage) -> None:
    def offer(direction: Direction, *kinds: str) -> str:
        client = Client(direction, [ClientSection(str(i), kind) for i, kind in enumerate(kinds)], identity=stage.identity)
        client._socket.close()
        return client.offer()

    publish = offer(Direction.PUBLISH, "audio", "video")
    refused = [
        (Direction.PUBLISH, "", PeerFault),
        (Direction.PUBLISH, "v=0\r\n", PeerFault),
        (Direction.PUBLISH, publish + "a=x:" + "y" * 65536 + "\r\n", PeerFault),
        (Direction.PUBLISH, offer(Direction.PUBLISH, "audio", "video", "video", "video"), Unsupported),
        (Direction.PUBLISH, offer(Direction.PUBLISH, *["video"] * 5), Unsupported),
        (Direction.RECEIVE, offer(Direction.RECEIVE, *["video"] * 25), Unsupported),
        (Direction.RECEIVE, publish, Unsupported),
        (Direction.PUBLISH, publish + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", Unsupported),
        (Direction.PUBLISH, publish.replace("VP8", "AV1"), Unsupported),
        (Direction.PUBLISH, publish.replace("a=rtcp-mux\r\n", ""), Unsupported),
        (Direction.PUBLISH, publish.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), Unsupported),
        (Direction.PUBLISH, publish.replace("a=setup:actpass", "a=setup:holdconn"), Unsupported),
        (Direction.PUBLISH, publish.replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 0"), Unsupported),
        (Direction.PUBLISH, publish.replace("a=mid:1", "a=mid:0"), PeerFault),
        (Direction.PUBLISH, publish.replace("a=mid:1", "a=mid:a b"), PeerFault),
        (Direction.PUBLISH, publish.replace("a=ice-pwd:", "a=ice-pwdx:"), PeerFault),
        (Direction.PUBLISH, publish.replace("sha-256", "sha-1"), PeerFault),
        (Direction.PUBLISH, publish.replace("a=rtpmap:96 VP8/90000", "a=rtpmap:x VP8/90000"), PeerFault),
    ]
    before = len(os.listdir("/proc/self/fd"))
    for direction, text, error in refused:
        with pytest.raises(error):
            await stage.gateway.connect("forum", "peer", direction, text, grant())
    health = await stage.gateway.health()
    assert (health["connections"], health["forums"]) == (0, 0)
    assert len(os.listdir("/proc/self/fd")) == before


async def test_mutated_offers_raise_peer_faults_only(stage: Stage) -> None:
    client = Client(Direction.PUBLISH, [ClientSection("0", "audio"), ClientSection("1", "video")])
    offer = client.offer()
    chance = random.Random(9)
    for number in range(1500):
        text = list(offer)
        for _ in range(chance.randrange(1, 6)):
            place = chance.randrange(len(text))
            text[place : place + chance.randrange(0, 12)] = chance.choice(["", "\r\n", "9", ":", " ", "ä", "\x00", "a=mid:"])
        try:
            answer = await stage.gateway.connect("forum", "peer", Direction.PUBLISH, "".join(text), grant())
        except PeerFault:
            continue
        assert answer.sdp.startswith("v=0"), number
    await stage.gateway.close("forum")
    await client.close()


async def test_an_expiring_grant_is_extended(stage: Stage) -> None:
    await asyncio.gather(stage.listen("extended"), stage.listen("other"))
    for peer in ("extended", "other"):
        await stage.gateway.grant("forum", peer, grant(seconds=1.0))
    await stage.gateway.grant("forum", "extended", replace(grant(ALL), priority=1))
    await stage.until(lambda: stage.told(Disconnected, peer="other", reason="expired"))
    assert not stage.told(Disconnected, peer="extended")

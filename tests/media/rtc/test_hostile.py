"""Peers and strangers that mean harm, against a real node: nothing raises, nothing is made, nothing goes out to them.

The number of mutated inputs is a share of the soak's million; HOSTILE_INPUTS asks for more.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import socket
import time
import tracemalloc
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from media.gateway import Disconnected
from media.rtc import stun
from media.rtc.client import Client
from media.rtc.srtp import by_libsrtp
from media.rtp.rtcp import Nack, Pli, Remb, write_compound
from tests.media.rtc.hostile import Scene, Silent, hand_in, mutated, open_scene, state_of
from tests.spent import spent

INPUTS = int(os.environ.get("HOSTILE_INPUTS", "20000"))
STRANGER = ("203.0.113.9", 4242)


@pytest_asyncio.fixture
async def scene() -> AsyncIterator[Scene]:
    async with open_scene() as scene:
        yield scene


def check(client: Client, password: str = "", number: int = 1, nominate: bool = True) -> bytes:
    """A check by a client of ours, with the right password or another one."""
    assert client.answer is not None
    username = f"{client.answer.ufrag}:{client.credentials.ufrag}"
    return stun.request(username, password or client.answer.password, nominate, number)


# -- strangers -------------------------------------------------------------------------------------------------------


async def test_mutated_datagrams_of_strangers_make_nothing_and_get_no_answer(scene: Scene) -> None:
    before, health = state_of(scene.node), scene.node.health()
    attack = scene.attack(1)
    await attack.from_strangers(INPUTS)
    await attack.forged_checks(INPUTS // 10)
    assert attack.answers.sent == []
    assert state_of(scene.node) == before
    after = scene.node.health()
    counted = sum(after[name] - health[name] for name in ("dropped_stun", "dropped_unknown_source", "dropped_other"))
    assert counted >= INPUTS  # each one, but for the few that a mutation left empty or whole
    await scene.goes_on()


async def test_a_stranger_at_a_real_socket_gets_not_one_byte(scene: Scene) -> None:
    node, chance = scene.node, random.Random(2)
    name = next(iter(node._endpoint._by_ufrag))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.setblocking(False)
        stranger.bind(("127.0.0.1", 0))
        for found in list(scene.samples.datagrams.values()):
            for data in list(found):  # all that was really sent, genuine checks and handshakes among it
                stranger.sendto(data, ("127.0.0.1", node.port))
        for number in range(2000):
            stranger.sendto(stun.request(f"{name}:x", "x" * 24, True, number), ("127.0.0.1", node.port))
            stranger.sendto(chance.randbytes(chance.randrange(1400)), ("127.0.0.1", node.port))
            if number % 50 == 49:
                await asyncio.sleep(0)
        await asyncio.sleep(0.2)
        with pytest.raises(BlockingIOError):
            stranger.recv(2048)
    await scene.goes_on()


async def test_an_answer_is_never_longer_than_its_question(scene: Scene) -> None:
    for number in range(20):
        data, port = check(scene.listener.client, number=number), Silent()
        hand_in(scene.node, data, scene.listener.client._socket.getsockname(), port)
        assert [len(answer) <= len(data) for answer, _ in port.sent] == [True]


async def test_a_strangers_datagram_costs_next_to_nothing(scene: Scene) -> None:
    """In units of parsing one check; the most elaborate messages are not parsed at all."""
    real = stun.request("nobody:else", "x" * 24, True, 1)

    def message(attributes: bytes) -> bytes:
        return b"\x00\x01" + len(attributes).to_bytes(2, "big") + real[4:20] + attributes

    addresses = message((b"\x00\x20\x00\x14\x00\x02" + bytes(18)) * 57)  # XOR-MAPPED-ADDRESS is dear to parse
    many = message(b"\x80\x22\0\0" * 150)

    def cost(*datagrams: bytes) -> float:
        with spent() as handing_in:
            for _ in range(2000):
                for data in datagrams:
                    hand_in(scene.node, data, STRANGER)
        return handing_in.seconds

    with spent() as parsing:
        for _ in range(2000):
            stun.read_check(real)
    assert cost(real, addresses, many, b"\x16\xfe\xfd" + bytes(300), b"\x80\x60" + bytes(1000)) < 8 * parsing.seconds


async def test_a_source_that_is_always_wrong_is_not_listened_to_for_a_second(scene: Scene) -> None:
    client, node = scene.listener.client, scene.node
    for number in range(60):
        hand_in(node, check(client, "x" * 24, number), ("198.51.100.7", number + 1))
    port, known = Silent(), client._socket.getsockname()
    hand_in(node, check(client), ("198.51.100.7", 999), port)
    assert port.sent == []
    hand_in(node, check(client, nominate=False), known, port)  # who is known is heard all the same
    assert [address for _, address in port.sent] == [known]
    await asyncio.sleep(1.1)
    hand_in(node, check(client, nominate=False), ("198.51.100.7", 999), port)
    assert len(port.sent) == 2


# -- replays and forged addresses ------------------------------------------------------------------------------------


async def test_replayed_and_spoofed_media_is_counted_and_changes_nothing(scene: Scene) -> None:
    await scene.stage.listen("other")
    captured = [data for data in scene.samples.datagrams["srtp"] if len(data) > 500]
    assert len(captured) > 10
    node, gaps = scene.node, scene.listener.gaps
    before, state, forwarded = node.health(), state_of(node), scene.listener.packets
    for data in captured:
        hand_in(node, data, scene.connection("speaker")._address)
        hand_in(node, data, scene.connection("other")._address)
        hand_in(node, data, STRANGER)
    after = node.health()
    assert scene.listener.packets == forwarded
    assert after["dropped_srtp"] - before["dropped_srtp"] == 2 * len(captured)
    assert after["dropped_unknown_source"] - before["dropped_unknown_source"] == len(captured)
    assert state_of(node) == state
    await scene.goes_on()
    assert scene.listener.gaps == gaps


async def test_a_captured_check_does_not_move_media_to_another_address(scene: Scene) -> None:
    """Who can read the network, but not change it, must not turn the node against a third party."""
    node, captured, port = scene.node, list(scene.samples.datagrams["stun"]), Silent()
    before, state = node.health(), state_of(node)
    for data in captured:
        hand_in(node, data, STRANGER, port)
    assert port.sent == []
    assert state_of(node) == state
    assert node.health()["dropped_stun"] - before["dropped_stun"] == len(captured)
    await scene.goes_on()


async def test_nobody_takes_the_address_of_somebody_else(scene: Scene) -> None:
    """A person in the room knows his own password; with a forged source address his checks are genuine ones."""
    thief, speaker, port = await scene.stage.listen("thief"), scene.connection("speaker"), Silent()
    hand_in(scene.node, check(thief.client), speaker._address, port)
    assert scene.node._endpoint._by_address[speaker._address] is speaker
    assert port.sent == []
    await scene.goes_on()


async def test_addresses_and_checks_of_one_person_have_an_end(scene: Scene) -> None:
    node, port = scene.node, Silent()
    before = len(node._endpoint._by_address)
    for number in range(500):
        hand_in(node, check(scene.listener.client, number=number, nominate=False), ("198.51.100.7", 1024 + number), port)
    assert len(node._endpoint._by_address) < before + 16
    assert 50 <= len(port.sent) <= 300  # a hundred in a second


# -- junk by or in the name of somebody who is there -----------------------------------------------------------------


async def test_junk_with_a_forged_address_ends_nobody(scene: Scene) -> None:
    before = state_of(scene.node)
    await scene.attack(3).from_known_addresses(INPUTS // 4)
    await asyncio.sleep(0.1)
    assert state_of(scene.node)["connections"] == before["connections"]
    assert state_of(scene.node)["addresses"] == before["addresses"]
    await scene.goes_on()


async def test_one_persons_junk_ends_no_other_connection(scene: Scene) -> None:
    liar = await scene.stage.publish("liar")
    attack = scene.attack(4)
    await attack.authentic(liar.client, INPUTS // 10)
    await attack.authentic((await scene.stage.listen("liar")).client, INPUTS // 10)
    await scene.goes_on()


async def test_authentic_nonsense_handed_straight_to_the_forum(scene: Scene) -> None:
    await scene.stage.publish("liar")
    await scene.stage.listen("liar")
    await scene.attack(5).handed_to_forums(INPUTS // 2)
    await scene.goes_on()


async def test_a_flood_of_requests_is_not_answered_with_a_flood(scene: Scene) -> None:
    """A receiver that asks again and again for all there is: what it gets stays a small multiple of the media."""
    [(ssrc, stream)] = [(ssrc, each) for ssrc, each in scene.listener.streams.items() if "v0" in each.mids]
    before, began = scene.node.health()["bytes_out"], time.monotonic()
    for _ in range(200):
        wanted = tuple((stream.last - index) & 0xFFFF for index in range(300))
        scene.listener.client.send(write_compound([Nack(1, ssrc, wanted), Pli(1, ssrc), Remb(1, 10_000_000)]), rtcp=True)
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)
    # 70 kB of media in a second and a group of pictures again for each keyframe request that is let through
    assert scene.node.health()["bytes_out"] - before < 5 * 140_000 * (time.monotonic() - began)
    await scene.goes_on()


async def test_a_flood_of_genuine_packets_is_let_in_in_part(scene: Scene) -> None:
    """24 Mbit/s of a publisher, 1.6 of a receiver: nobody else pays for more."""
    node = scene.node
    template = next(data for data in scene.samples.datagrams["rtp"] if len(data) > 500)
    request = write_compound([Nack(1, next(iter(scene.listener.streams)), tuple(range(0, 8000, 17)))])
    before = node.health()
    with spent() as cost:
        for number in range(4000):
            scene.publisher.client.send(template[:2] + (30_000 + number).to_bytes(2, "big") + template[4:])
            scene.listener.client.send(request[:1380], rtcp=True)
            if number % 20 == 19:
                await asyncio.sleep(0)
        await asyncio.sleep(0.1)
    after = node.health()
    assert after["dropped_other"] - before["dropped_other"] > 2000
    assert cost.seconds < 2.0
    await asyncio.sleep(1.1)
    assert scene.connection("speaker").allowance > 0
    assert not scene.stage.told(Disconnected)


async def test_a_new_address_leaves_no_packet_behind_that_points_at_the_old_one(scene: Scene) -> None:
    """Packets wait in a batch by the address of their receiver in memory; a check in the same burst may change it."""
    listener, speaker, sent = scene.connection("listener"), scene.connection("speaker"), []
    scene.publisher.client._send = lambda data: bool(sent.append(bytes(data)))  # type: ignore[method-assign, func-returns-value]
    await scene.stage.until(lambda: len(sent) > 5)
    batch = listener.batch
    assert batch is not None
    for data in sent:
        hand_in(scene.node, data, speaker._address)
    before = batch.traffic.packets_out
    hand_in(scene.node, check(scene.listener.client), STRANGER)
    assert listener._address == STRANGER
    assert batch.traffic.packets_out > before
    assert not batch.content.count


async def test_ever_new_sources_of_one_publisher_make_no_state_without_end(scene: Scene) -> None:
    template = next(data for data in scene.samples.datagrams["rtp"] if len(data) > 500)
    speaker = scene.connection("speaker")
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(20_000):
            scene.node.rtp(speaker, template[:8] + (0x40000000 + number).to_bytes(4, "big") + template[12:])
            if number % 100 == 99:
                await asyncio.sleep(0)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - before < 4 << 20
    finally:
        tracemalloc.stop()


async def test_libsrtp_keeps_no_stream_for_each_new_source(scene: Scene) -> None:
    """It looks them up in a list, so that a packet of a peer with 20,000 of them costs a third of a millisecond."""
    template = next(data for data in scene.samples.datagrams["rtp"] if len(data) > 500)
    before = scene.node.health()["dropped_other"]
    cipher = scene.publisher.client._cipher
    assert cipher is not None
    cipher.outgoing = by_libsrtp(cipher.session)  # our own way out refuses so many
    for number in range(400):
        scene.publisher.client.send(template[:8] + (0x50000000 + number).to_bytes(4, "big") + template[12:])
        if number % 20 == 19:
            await asyncio.sleep(0.001)
    await scene.stage.until(lambda: scene.node.health()["dropped_other"] - before > 300)
    await scene.goes_on()


def test_mutations_are_the_same_for_a_seed() -> None:
    def some(seed: int) -> list[bytes]:
        chance = random.Random(seed)
        return [mutated(bytes(range(60)), chance, [b"abcdef"]) for _ in range(50)]

    assert some(1) == some(1) != some(2)

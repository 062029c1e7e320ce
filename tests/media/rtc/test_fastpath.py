"""The short way: what goes out by it is what the usual way would have sent, and whatever is unusual does not take it."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
import pytest_asyncio
from pylibsrtp import Error, Policy, Session

from media.gateway import Direction
from media.rtc.connection import Connection
from media.rtc.fastpath import FastPath
from media.rtc.native import Run
from media.rtc.port import UdpPort
from media.rtc.srtp import Cipher, Slab
from media.rtc.stun import Credentials
from media.rtp.extensions import send_time
from media.rtp.packet import Packet, read_packet, write_packet
from media.rtp.vp8 import read_descriptor
from media.sfu.flow import Flow
from media.sfu.lane import Lanes, write
from media.sfu.layout import PublishLayout
from tests.media.rtc.batches import Rig, lane
from tests.media.rtc.receiving import udp

pytestmark = pytest.mark.parametrize("native", ["compiled"], indirect=True)  # without it there is only the usual way
SSRC, VIDEO, AUDIO = 0xCAFE0001, 96, 111
KEY = b"k" * 30
PAYLOADS = {
    "15-bit picture id and tl0": bytes.fromhex("90e0fffe fe 20 01") + bytes(500),
    "15-bit picture id": bytes.fromhex("90808005 01") + bytes(100),
    "7-bit picture id and tl0": bytes.fromhex("90c07f ff 01") + bytes(100),
    "7-bit picture id": bytes.fromhex("90807f 01") + bytes(100),
    "tl0 alone": bytes.fromhex("9040fe 01") + bytes(100),
    "no numbers": bytes.fromhex("10 01") + bytes(100),
    "within a frame": bytes.fromhex("80808005 00") + bytes(1100),
}


@dataclass
class Publisher:
    """Somebody who sends to a port that has a fast path, and what became of the packets."""

    rig: Rig
    port: UdpPort
    sock: socket.socket
    connection: Connection
    fast: FastPath
    lanes: Lanes
    follows: bool = True
    short: list[bytes] = field(default_factory=list)
    usual: list[bytes] = field(default_factory=list)
    plain: list[bytes] = field(default_factory=list)  # datagrams as they came
    times: list[float] = field(default_factory=list)
    session: Session = field(default_factory=lambda: Session(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_OUTBOUND)))

    def flow(self, number: int, picture: bool = True, absorbed: int = 0, packets: int = 1000, octets: int = 1 << 20) -> Flow:
        kind = VIDEO if picture else AUDIO
        return Flow("c", cast("Any", None), self.lanes, SSRC, kind, number, absorbed, picture, packets, octets, 0)

    def send(self, *packets: Packet | bytes) -> None:
        for packet in packets:
            data = write_packet(packet) if isinstance(packet, Packet) else packet
            self.sock.sendto(self.session.protect(data), ("127.0.0.1", self.port.number))
        self.port._drain()
        self.rig.fanout.flush(0.0)


@dataclass
class Judging:
    """As a node judges, with one publisher."""

    publishers: list[Publisher]

    def follows(self, connection: Connection, flow: Flow) -> bool:
        return self.publishers[0].follows

    def passes(self, connection: Connection, flow: Flow, run: Run, packets: list[bytes], now: float) -> bool:
        [publisher] = self.publishers
        assert connection is publisher.connection
        if not publisher.follows or not publisher.rig.fanout.send_run(flow.lanes, run, not flow.picture):
            return False
        publisher.short += packets
        publisher.times += [now] * len(packets)
        return True


def packet(number: int, payload: bytes, kind: int = VIDEO, marker: bool = False, ssrc: int = SSRC) -> Packet:
    return Packet(kind, marker, number & 0xFFFF, 1000 * number & 0xFFFFFFFF, ssrc, payload, {4: b"0", 3: b"abc"})


@pytest_asyncio.fixture
async def publisher(rig: Rig) -> AsyncIterator[Publisher]:
    with udp(socket.AF_INET, "127.0.0.1") as at, udp(socket.AF_INET, "127.0.0.1") as sock:
        found: list[Publisher] = []
        port = UdpPort(at, rig.traffic, lambda _, slab, size, __: found[0].plain.append(bytes(slab.view[:size])), lambda: None)
        layout, credentials = PublishLayout(()), Credentials("u", "p")
        connection = Connection("c", "f", "p", Direction.PUBLISH, layout, credentials, credentials, Slab(), 0.0)
        connection.learn(port, sock.getsockname(), True, 0.0)
        incoming = Session(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_INBOUND))
        connection.secure(Cipher(incoming, Session(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_OUTBOUND))))
        assert rig.fanout.native is not None
        judge = Judging(found)
        port.fast = fast = FastPath(rig.fanout.native, rig.traffic, judge, lambda _, data, __: found[0].usual.append(data))
        lanes = Lanes(lane(each, 70 + number, picture=3 * number, tl0=number) for number, each in enumerate(rig.receivers[:4]))
        found.append(Publisher(rig, port, sock, connection, fast, lanes))
        yield found[0]
        port.close()


def expected(publisher: Publisher, packets: list[Packet], absorbed: int = 0) -> list[list[bytes]]:
    """What each receiver must get."""
    for each, time in zip(packets, publisher.times, strict=True):
        each.sequence -= absorbed
        each.descriptor = read_descriptor(each.payload) if each.payload_type == VIDEO else None
        each.at = time
    return [[write(way, each, send_time(each.at)) for each in packets] for way in publisher.lanes]


@pytest.mark.parametrize("name", PAYLOADS)
async def test_what_goes_out_is_what_a_lane_says(publisher: Publisher, name: str) -> None:
    packets = [packet(number, PAYLOADS[name], marker=number % 3 == 2) for number in range(0xFFFA, 0x10006)]  # over the wrap
    publisher.fast.open(publisher.connection, publisher.flow(0xFFFA, absorbed=700))
    publisher.send(*packets[:5])
    publisher.send(*packets[5:])
    assert publisher.short == [write_packet(each) for each in packets]
    assert (publisher.usual, publisher.plain) == ([], [])
    received = [receiver.received() for receiver in publisher.rig.receivers[:4]]
    assert received == expected(publisher, packets, 700)
    assert publisher.rig.traffic.packets_in == len(packets)
    assert publisher.connection.heard > 0


async def test_sound_and_pictures_side_by_side(publisher: Publisher) -> None:
    voices = [packet(number, bytes(80), AUDIO) for number in range(3)]
    publisher.fast.open(publisher.connection, publisher.flow(0, picture=False))
    publisher.send(voices[0], packet(9, b"else", ssrc=5), voices[1], voices[2])
    assert publisher.short == [write_packet(each) for each in voices]
    assert len(publisher.plain) == 1
    assert [receiver.received() for receiver in publisher.rig.receivers[:4]] == expected(publisher, voices)


ODD = {
    "another number": packet(3, PAYLOADS["no numbers"]),
    "an older one": packet(-5, PAYLOADS["no numbers"]),
    "another payload type": packet(1, PAYLOADS["no numbers"], AUDIO),
    "another source": packet(1, PAYLOADS["no numbers"], ssrc=SSRC + 1024),
}


@pytest.mark.parametrize("name", ODD)
async def test_what_does_not_go_on_takes_the_usual_way_untouched(publisher: Publisher, name: str) -> None:
    publisher.fast.open(publisher.connection, publisher.flow(0))
    publisher.send(packet(0, PAYLOADS["no numbers"]))
    publisher.send(ODD[name])
    assert len(publisher.short) == 1
    [datagram] = publisher.plain
    slab = Slab()
    slab.memory[: len(datagram)] = datagram
    assert publisher.connection.cipher is not None
    assert publisher.connection.cipher.unprotect(slab, len(datagram), False) == write_packet(ODD[name])


KEYFRAME = bytes.fromhex("90808005 00") + bytes(100)
LOOKED_AT = {
    "a keyframe": KEYFRAME,
    "nothing in it": b"",
    "a descriptor cut short": b"\x90\x80",
    "far too large": b"\x10\x01" + bytes(1800),
}


@pytest.mark.parametrize("name", LOOKED_AT)
async def test_a_packet_that_must_be_looked_at_ends_the_flow(publisher: Publisher, name: str) -> None:
    publisher.fast.open(publisher.connection, publisher.flow(0))
    odd = packet(1, LOOKED_AT[name])
    data = write_packet(odd)
    if len(data) > 1356:  # pylibsrtp itself refuses it
        cipher, slab = Cipher(Session(), publisher.session), Slab()
        sealed = cipher.protect(slab, data, False)
        assert sealed is not None
        publisher.sock.sendto(sealed, ("127.0.0.1", publisher.port.number))
        publisher.fast.open(publisher.connection, publisher.flow(1))
        publisher.send()
    else:
        publisher.send(packet(0, PAYLOADS["no numbers"]), odd)
    assert publisher.usual == [data]
    publisher.send(packet(2, PAYLOADS["no numbers"]))
    assert len(publisher.plain) == 1


async def test_a_decision_that_changed_is_respected_at_once(publisher: Publisher) -> None:
    publisher.fast.open(publisher.connection, publisher.flow(0))
    first, second = packet(0, PAYLOADS["no numbers"]), packet(1, PAYLOADS["no numbers"])
    publisher.send(first)
    publisher.follows = False
    publisher.send(second)
    assert (publisher.short, publisher.usual) == ([write_packet(first)], [write_packet(second)])
    assert [len(receiver.received()) for receiver in publisher.rig.receivers[:4]] == [1] * 4


async def test_more_than_allowed_is_looked_at(publisher: Publisher) -> None:
    some = [packet(number, PAYLOADS["no numbers"]) for number in range(7)]
    publisher.fast.open(publisher.connection, publisher.flow(0, packets=3))
    publisher.send(*some[:4])
    assert (len(publisher.short), len(publisher.plain)) == (3, 1)
    publisher.fast.open(publisher.connection, publisher.flow(4))
    publisher.connection.allowance = 100
    publisher.send(some[4])
    assert publisher.usual == [write_packet(some[4])]
    publisher.connection.allowance = 10_000
    publisher.fast.open(publisher.connection, publisher.flow(5, octets=1))
    publisher.send(*some[5:])
    assert (len(publisher.short), len(publisher.plain)) == (4, 2)


async def test_a_forgery_is_counted_and_harms_only_the_short_way(publisher: Publisher) -> None:
    publisher.fast.open(publisher.connection, publisher.flow(0))
    forged = write_packet(packet(0, PAYLOADS["no numbers"])) + bytes(10)
    publisher.sock.sendto(forged, ("127.0.0.1", publisher.port.number))
    publisher.send(packet(0, PAYLOADS["no numbers"]))
    assert publisher.rig.traffic.bad_srtp == 1
    assert (len(publisher.short), len(publisher.plain)) == (0, 1)


async def test_a_stranger_with_the_same_source_is_a_stranger(publisher: Publisher) -> None:
    publisher.fast.open(publisher.connection, publisher.flow(0))
    sealed = publisher.session.protect(write_packet(packet(0, PAYLOADS["no numbers"])))
    with udp(socket.AF_INET, "127.0.0.1") as other:
        other.sendto(sealed, ("127.0.0.1", publisher.port.number))
        publisher.send()
    assert publisher.plain == [sealed]
    assert publisher.short == []


async def test_a_flow_ends_with_its_address_and_with_its_connection(publisher: Publisher) -> None:
    some = [packet(number, PAYLOADS["no numbers"]) for number in range(3)]
    publisher.fast.open(publisher.connection, publisher.flow(0))
    publisher.connection.learn(publisher.port, ("127.0.0.1", 9), True, 1.0)
    publisher.send(some[0])
    publisher.connection.learn(publisher.port, publisher.sock.getsockname(), True, 2.0)
    publisher.fast.open(publisher.connection, publisher.flow(1))
    publisher.connection.end()
    publisher.send(some[1])
    publisher.fast.open(publisher.connection, publisher.flow(2))  # nothing begins on what has ended
    publisher.send(some[2])
    assert (len(publisher.short), len(publisher.usual), len(publisher.plain)) == (0, 0, 3)


async def test_flows_that_lead_nowhere_are_forgotten(publisher: Publisher) -> None:
    publisher.fast.open(publisher.connection, publisher.flow(0))
    publisher.fast.sweep()
    assert len(publisher.fast._open) == 1
    publisher.follows = False
    publisher.fast.sweep()
    assert len(publisher.fast._open) == 0
    publisher.send(packet(0, PAYLOADS["no numbers"]))
    assert len(publisher.plain) == 1


async def test_a_burst_of_pictures_waits_its_turn(publisher: Publisher) -> None:
    """As on the usual way: the rest of a burst waits, and who comes meanwhile waits behind it."""
    publisher.lanes = Lanes(lane(publisher.rig.receivers[number % 4], number) for number in range(300))
    some = [packet(number, PAYLOADS["no numbers"]) for number in range(4)]
    publisher.fast.open(publisher.connection, publisher.flow(0))
    publisher.send(some[0], some[1])
    assert (publisher.short, publisher.usual) == ([], [write_packet(each) for each in some[:2]])
    publisher.send(some[2])
    assert publisher.short == [write_packet(some[2])]
    await asyncio.sleep(0)


async def test_lanes_by_tcp_need_the_usual_way(publisher: Publisher) -> None:
    publisher.lanes = Lanes(lane(receiver, number) for number, receiver in enumerate(publisher.rig.receivers))
    publisher.fast.open(publisher.connection, publisher.flow(0))
    publisher.send(packet(0, PAYLOADS["no numbers"]))
    assert (len(publisher.short), len(publisher.usual)) == (0, 1)


async def test_whatever_is_encrypted_is_read_as_the_usual_way_reads_it(publisher: Publisher) -> None:
    chance = random.Random(7)
    receiver, passed = publisher.rig.receivers[0], 0
    publisher.lanes = Lanes([lane(receiver, 70, picture=9, tl0=9)])
    for number in range(3000):
        first = chance.choice([0x80, 0x80, 0x90, 0x90, 0xA0, 0xB0, 0x81, 0x40])
        second, timestamp = VIDEO | chance.choice([0, 0x80]), chance.getrandbits(32)
        header = struct.pack("!BBHII", first, second, number, timestamp, SSRC)
        block = chance.choice([b"", b"\xbe\xde\x00\x01abcd", b"\x10\x00\x00\x00", chance.randbytes(5)])
        start = bytes([chance.choice([0x90, 0x80, 0x10, chance.getrandbits(8)])])
        data = header + block + start + chance.randbytes(chance.randrange(12))
        publisher.fast.open(publisher.connection, publisher.flow(number))
        publisher.short.clear()
        publisher.times.clear()
        try:
            sealed = publisher.session.protect(data)
        except Error:  # not even a header with its extension
            continue
        publisher.sock.sendto(sealed, ("127.0.0.1", publisher.port.number))
        publisher.send()
        if publisher.short:
            passed += 1
            read = read_packet(data)
            descriptor = read_descriptor(read.payload)
            assert read.payload
            assert not descriptor.keyframe
            assert [receiver.received()] == expected(publisher, [read])
    assert passed > 300
    assert len(publisher.usual) > 300
    assert publisher.rig.traffic.bad_srtp == 0

"""What is written in batches is what `media.sfu.lane.write` says, for every shape of packet and lane; bursts."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import struct
import weakref

import pytest
from cffi import FFI

from media.gateway import Direction
from media.rtc.connection import Connection
from media.rtc.fanout import BATCH, BURST, LARGEST, PACE, Fanout, socket_address
from media.rtc.port import UdpPort
from media.rtc.srtp import Slab
from media.rtc.stun import Credentials
from media.rtp.extensions import send_time
from media.rtp.packet import Packet
from media.sfu.lane import Lanes, write
from media.sfu.layout import ReceiveLayout
from tests.media.rtc.batches import Rig, Shape, lane, picture, sound
from tests.media.rtc.receiving import udp

PACKETS = {
    "15-bit picture id and tl0": picture(bytes.fromhex("90e0fffe fe 20 01") + bytes(500), marker=True),
    "15-bit picture id": picture(bytes.fromhex("90808005 01") + bytes(100)),
    "7-bit picture id and tl0": picture(bytes.fromhex("90c07f ff 01") + bytes(100)),
    "7-bit picture id": picture(bytes.fromhex("90807f 01") + bytes(100)),
    "tl0 alone": picture(bytes.fromhex("9040fe 01") + bytes(100)),
    "no numbers": picture(bytes.fromhex("10 01") + bytes(100)),
    "largest": picture(bytes.fromhex("90e08005 09 20 01") + bytes(LARGEST - 7)),
    "sound": sound(),
    "H264": Packet(102, True, 65_535, 0, 1, b"\x65\x88" + bytes(900)),
    "empty": Packet(96, False, 1, 2, 1, b""),
}
STEPS: tuple[dict[str, int], ...] = (
    {},
    {"picture": 1, "tl0": 1},
    {"picture": 0x7FFF, "tl0": 0},
    {"picture": 0, "tl0": 255},
    {"sequence": -300_000, "timestamp": 0xFFFFFFFF, "picture": 129, "tl0": 2},
)


@pytest.mark.parametrize("name", PACKETS)
async def test_what_goes_out_is_what_a_lane_says(rig: Rig, name: str) -> None:
    packet = PACKETS[name]
    shapes: list[Shape] = [
        (mid, mid_id, time_id)
        for mid in ("0", "v0", "v12", "v123", "0123456789abcdef")
        for mid_id in (4, 14, None)
        for time_id in (3, None)
    ]
    lanes = Lanes(
        lane(rig.receivers[number % 5], 1000 + number, shape, **steps)
        for number, (shape, steps) in enumerate((shape, steps) for shape in shapes for steps in STEPS)
    )
    assert len(lanes) > 2 * BATCH
    packet.at = now = 4711.5
    rig.fanout.send(packet, lanes, now)
    rig.fanout.flush(now)
    expected: dict[int, list[bytes]] = {number: [] for number in range(5)}
    for number, each in enumerate(lanes):
        expected[number % 5].append(write(each, packet, send_time(now)))
    assert {number: receiver.received() for number, receiver in enumerate(rig.receivers)} == expected
    assert rig.traffic.packets_out == len(lanes) - len(expected[4])
    assert rig.traffic.send_drops == 0


async def test_several_packets_share_a_batch(rig: Rig) -> None:
    lanes = Lanes(lane(receiver, 50, picture=3) for receiver in rig.receivers)
    packets = [picture(bytes.fromhex("90808005 01") + bytes([number]), number) for number in range(40)]
    for packet in packets:
        rig.fanout.send(packet, lanes, 1.0)
    assert rig.traffic.packets_out == BATCH * (80 // BATCH) * 2
    rig.fanout.flush(1.0)
    for receiver, each in zip(rig.receivers, lanes, strict=True):
        assert receiver.received() == [write(each, packet, send_time(1.0)) for packet in packets]


async def test_what_cannot_go_out_is_counted_and_disturbs_nobody(rig: Rig) -> None:
    first, second, *others = rig.receivers
    too_large = Packet(96, False, 1, 1, 1, bytes(LARGEST + 1))
    rig.fanout.send(too_large, Lanes([lane(first, 1), lane(second, 1)]), 1.0)
    assert rig.traffic.send_drops == 2
    first.sockaddr = socket_address(socket.AF_INET, ("127.0.0.1", 0))  # nobody can be sent to there
    rig.fanout.send(sound(), Lanes(lane(each, 2) for each in (first, second, *others)), 1.0)
    rig.fanout.flush(1.0)
    assert rig.traffic.send_drops == 3
    assert [len(each.received()) for each in (first, second, *others)] == [0, 1, 1, 1, 1]
    second.outgoing = None  # its connection has just ended
    rig.fanout.send(sound(sequence=8), Lanes(lane(each, 2) for each in (second, *others)), 1.0)
    rig.fanout.flush(1.0)
    assert [len(each.received()) for each in (second, *others)] == [0, 1, 1, 1]
    for number in (30_000, 60_000, 30_000):  # too far behind for SRTP
        rig.fanout.send(sound(sequence=number), Lanes([lane(others[0], 2)]), 1.0)
    rig.fanout.flush(1.0)
    assert rig.traffic.send_drops == 4
    assert len(others[0].received()) == 2


async def test_what_is_kept_of_lanes_goes_with_them(rig: Rig) -> None:
    lanes = Lanes(lane(receiver, 2) for receiver in rig.receivers)
    rig.fanout.send(sound(), lanes, 1.0)
    rig.fanout.flush(1.0)
    assert (lanes.known is not None) is rig.fanout.compiled
    kept = weakref.ref(lanes.known) if rig.fanout.compiled else lambda: None
    del lanes
    assert kept() is None


async def test_an_address_may_change_while_a_packet_waits(rig: Rig) -> None:
    one, two = rig.receivers[:2]
    with udp(socket.AF_INET, "127.0.0.1") as sock:
        port = UdpPort(sock, rig.traffic, lambda *_: None, lambda: None)
        assert port.batch is not None
        fanout = Fanout([port.batch], rig.traffic, rig.fanout.compiled)
        credentials = Credentials("u", "p")
        connection = Connection(
            "c",
            "f",
            "p",
            Direction.RECEIVE,
            ReceiveLayout(()),
            credentials,
            credentials,
            Slab(),
            asyncio.get_running_loop().time(),
        )
        connection.outgoing = one.outgoing
        for number, where in enumerate((one, two, one)):
            connection.learn(port, where.sock.getsockname(), True, number)
            for sequence in range(20):
                fanout.send(sound(sequence=20 * number + sequence), Lanes([lane(one, 2)._replace(wire=connection)]), 1.0)
        connection.unlearn(one.sock.getsockname())
        fanout.flush(1.0)
        await asyncio.sleep(0)
        assert len(one.received()) == 40
        with contextlib.suppress(BlockingIOError):
            for count in itertools.count():  # noqa: B007
                two.sock.recv(4096)
        assert count == 20
        port.close()


@pytest.mark.parametrize("sizes", [[500, 500, 500], [500, 500, 20], [20, 500, 500], [500, 20, 500], [9] * 40])
async def test_packets_of_one_picture_arrive_one_by_one(rig: Rig, sizes: list[int]) -> None:
    """Also where several leave as one message: those of one size and a last smaller one."""
    pictures = [picture(b"\x10" + bytes([number]) * size, number) for number, size in enumerate(sizes)]
    lanes = Lanes(lane(receiver, 70) for receiver in rig.receivers)
    for each in pictures:
        rig.fanout.send(each, lanes, 1.0)
    rig.fanout.flush(1.0)
    for receiver, way in zip(rig.receivers, lanes, strict=True):
        assert receiver.received() == [write(way, each, send_time(1.0)) for each in pictures]
    assert (rig.traffic.packets_out, rig.traffic.send_drops) == (4 * len(sizes), 0)


async def test_a_network_that_cannot_cut_messages_up_gets_the_packets(rig: Rig) -> None:
    no_checksums = 11  # SO_NO_CHECK: one of the reasons why the kernel refuses
    rig.batches[0]._socket.setsockopt(socket.SOL_SOCKET, no_checksums, 1)
    lanes = Lanes(lane(receiver, 70) for receiver in rig.receivers[:2])
    for turn in range(40):
        pictures = [picture(b"\x10" + bytes(300), 3 * turn + number) for number in range(3)]
        for each in pictures:
            rig.fanout.send(each, lanes, 1.0)
        rig.fanout.flush(1.0)
        for receiver, way in zip(rig.receivers, lanes, strict=False):
            assert receiver.received() == [write(way, each, send_time(1.0)) for each in pictures]
    assert (rig.traffic.packets_out, rig.traffic.send_drops) == (240, 0)
    assert rig.batches[0].content.segments == 1 or not rig.fanout.compiled  # and it is not tried for ever


def test_addresses_with_scope_and_flow() -> None:
    data = bytes(FFI().buffer(socket_address(socket.AF_INET6, ("fe80::1%2", 5, 6, 2))))
    assert struct.unpack("=H", data[:2]) == (socket.AF_INET6,)
    assert struct.unpack("!HI", data[2:8]) == (5, 6)
    assert struct.unpack("=I", data[24:28]) == (2,)


# -- bursts -------------------------------------------------------------------------------------------------------------


def burst(rig: Rig, now: float, packets: int = 8) -> int:
    """Packets of a picture for 100 slots each; how many datagrams."""
    lanes = Lanes(lane(rig.receivers[number % 4], number) for number in range(100))
    for number in range(packets):
        rig.fanout.send(picture(b"\x10\x01key", number), lanes, now)
    return packets * 100


def drain(rig: Rig) -> list[bytes]:
    return [data for receiver in rig.receivers for data in receiver.received()]


async def test_sound_passes_a_burst_of_pictures(rig: Rig) -> None:
    now = asyncio.get_running_loop().time()
    total = burst(rig, now)
    rig.fanout.send(sound(), Lanes([lane(rig.receivers[0], 999)]), now)
    rig.fanout.flush(now)
    early = drain(rig)
    assert BURST <= len(early) <= BURST + 101
    assert any(data[8:12] == (999).to_bytes(4, "big") for data in early)
    late: list[bytes] = []
    turns = 0
    while len(early) + len(late) < total + 1 and turns < 50:
        turns += 1
        await asyncio.sleep(0)
        late += drain(rig)
    assert len(early) + len(late) == total + 1
    for ssrc in (5, 77):
        numbers = [int.from_bytes(data[2:4], "big") for data in (*early, *late) if data[8:12] == ssrc.to_bytes(4, "big")]
        assert numbers == list(range(100, 108))  # in order
    assert rig.traffic.send_drops == 0


async def test_pictures_wait_two_milliseconds_at_most(rig: Rig) -> None:
    loop = asyncio.get_running_loop()
    total = burst(rig, loop.time() - 1.1 * PACE, packets=7)
    rig.fanout.flush(loop.time())
    first = len(drain(rig))
    assert first < total
    await asyncio.sleep(0)  # one turn: what is overdue goes at once
    assert first + len(drain(rig)) == total


async def test_a_later_picture_waits_behind_an_earlier_one(rig: Rig) -> None:
    now = asyncio.get_running_loop().time()
    total = burst(rig, now)
    rig.fanout.flush(now)  # a burst of its own is allowed again
    rig.fanout.send(picture(b"\x10\x01next", 8), Lanes([lane(rig.receivers[0], 4)]), now)
    rig.fanout.flush(now)
    found = drain(rig)
    assert all(data[2:4] != (108).to_bytes(2, "big") for data in found)
    for _ in range(20):
        await asyncio.sleep(0)
        found += drain(rig)
    assert len(found) == total + 1


async def test_what_waits_at_the_end_is_not_sent(rig: Rig) -> None:
    now = asyncio.get_running_loop().time()
    burst(rig, now)
    rig.fanout.flush(now)
    drain(rig)
    rig.fanout.close()
    await asyncio.sleep(2 * PACE)
    assert drain(rig) == []

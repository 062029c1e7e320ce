"""What is written in batches is what `media.sfu.lane.write` says, for every shape of packet and lane; full buffers; bursts."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from cffi import FFI

from media.gateway import Direction
from media.rtc.connection import Connection
from media.rtc.fanout import BATCH, BURST, LARGEST, PACE, SOUND_KEPT, Batch, Fanout, available, socket_address
from media.rtc.native import LIBRARY
from media.rtc.port import UdpPort
from media.rtc.srtp import Slab
from media.rtc.stun import Credentials
from media.rtc.traffic import Traffic
from media.rtp.extensions import send_time
from media.rtp.packet import Packet
from media.rtp.vp8 import read_descriptor
from media.sfu.lane import Lane, extension, write
from media.sfu.layout import ReceiveLayout
from tests.media.rtc.receiving import Receiver, udp
from tests.services import skip_or_fail


@dataclass
class Rig:
    traffic: Traffic
    fanout: Fanout
    receivers: list[Receiver]
    batches: list[Batch]


@pytest.fixture(params=["compiled", "python"])
def native(request: pytest.FixtureRequest) -> bool:
    """Both ways of writing: they must not differ."""
    if not available():
        skip_or_fail("no sendmmsg here")
    if request.param == "compiled" and not LIBRARY.exists():
        skip_or_fail("the loop was not compiled: no C compiler")
    return bool(request.param == "compiled")


@pytest.fixture
async def rig(native: bool) -> AsyncIterator[Rig]:
    """Receivers 0 and 1 by IPv4, 2 and 3 by IPv6, 4 without a batch."""
    v4, v6 = (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")
    traffic = Traffic()
    with udp(*v4) as out4, udp(*v6) as out6, udp(*v4) as a, udp(*v4) as b, udp(*v6) as c, udp(*v6) as d, udp(*v4) as e:
        batches = [Batch(out4, traffic), Batch(out6, traffic)]
        receivers = [
            Receiver(number + 1, sock, batches[number // 2], socket_address(sock.family, sock.getsockname()))
            for number, sock in enumerate((a, b, c, d))
        ]
        receivers.append(Receiver(5, e, None, None))
        fanout = Fanout(batches, traffic, native)
        assert fanout.compiled is native
        yield Rig(traffic, fanout, receivers, batches)
        fanout.close()
        for batch in batches:
            batch.close()


Shape = tuple[str, int | None, int | None]


def lane(receiver: Receiver, ssrc: int, shape: Shape = ("v0", 4, 3), **steps: int) -> Lane:
    """shape: MID, the ids of its extension and of the sending time."""
    block, time_word, mid_word = extension(*shape)
    given = {"sequence": 100, "timestamp": 5000, "picture": 0, "tl0": 0} | steps
    return Lane(
        wire=receiver,
        second=96,
        sequence=given["sequence"],
        timestamp=given["timestamp"],
        ssrc=ssrc,
        time_word=time_word,
        mid_word=mid_word,
        block=block,
        picture=given["picture"],
        tl0=given["tl0"],
    )


def picture(payload: bytes, sequence: int = 7, marker: bool = False) -> Packet:
    packet = Packet(96, marker, sequence, 0xFFFFF000, 1, payload)
    packet.descriptor = read_descriptor(payload)
    return packet


def sound(size: int = 80, sequence: int = 7) -> Packet:
    packet = Packet(111, False, sequence, 960, 1, bytes(size))
    packet.sound = True
    return packet


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
    lanes = [
        lane(rig.receivers[number % 5], 1000 + number, shape, **steps)
        for number, (shape, steps) in enumerate((shape, steps) for shape in shapes for steps in STEPS)
    ]
    assert len(lanes) > 2 * BATCH
    now = 4711.5
    rig.fanout.send(packet, lanes, now)
    rig.fanout.flush(now)
    expected: dict[int, list[bytes]] = {number: [] for number in range(5)}
    for number, each in enumerate(lanes):
        expected[number % 5].append(write(each, packet, send_time(now)))
    assert {number: receiver.received() for number, receiver in enumerate(rig.receivers)} == expected
    assert rig.traffic.packets_out == len(lanes) - len(expected[4])
    assert rig.traffic.send_drops == 0


async def test_several_packets_share_a_batch(rig: Rig) -> None:
    lanes = [lane(receiver, 50, picture=3) for receiver in rig.receivers]
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
    rig.fanout.send(too_large, [lane(first, 1), lane(second, 1)], 1.0)
    assert rig.traffic.send_drops == 2
    first.sockaddr = socket_address(socket.AF_INET, ("127.0.0.1", 0))  # nobody can be sent to there
    rig.fanout.send(sound(), [lane(each, 2) for each in (first, second, *others)], 1.0)
    rig.fanout.flush(1.0)
    assert rig.traffic.send_drops == 3
    assert [len(each.received()) for each in (first, second, *others)] == [0, 1, 1, 1, 1]
    second.context = None  # its connection has just ended
    rig.fanout.send(sound(sequence=8), [lane(each, 2) for each in (second, *others)], 1.0)
    rig.fanout.flush(1.0)
    assert [len(each.received()) for each in (second, *others)] == [0, 1, 1, 1]
    for number in (30_000, 60_000, 30_000):  # too far behind for SRTP
        rig.fanout.send(sound(sequence=number), [lane(others[0], 2)], 1.0)
    rig.fanout.flush(1.0)
    assert rig.traffic.send_drops == 4
    assert len(others[0].received()) == 2


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
        connection.context = one.context
        for number, where in enumerate((one, two, one)):
            connection.learn(port, where.sock.getsockname(), True, number)
            for sequence in range(20):
                fanout.send(sound(sequence=20 * number + sequence), [lane(one, 2)._replace(wire=connection)], 1.0)
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
    lanes = [lane(receiver, 70) for receiver in rig.receivers]
    for each in pictures:
        rig.fanout.send(each, lanes, 1.0)
    rig.fanout.flush(1.0)
    for receiver, way in zip(rig.receivers, lanes, strict=True):
        assert receiver.received() == [write(way, each, send_time(1.0)) for each in pictures]
    assert (rig.traffic.packets_out, rig.traffic.send_drops) == (4 * len(sizes), 0)


async def test_a_network_that_cannot_cut_messages_up_gets_the_packets(rig: Rig) -> None:
    no_checksums = 11  # SO_NO_CHECK: one of the reasons why the kernel refuses
    rig.batches[0]._socket.setsockopt(socket.SOL_SOCKET, no_checksums, 1)
    lanes = [lane(receiver, 70) for receiver in rig.receivers[:2]]
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


# -- a full buffer ------------------------------------------------------------------------------------------------------


@dataclass
class Narrow:
    """A datagram socket whose reader takes only a few until it reads: no UDP, for that never fills on one machine."""

    traffic: Traffic
    fanout: Fanout
    batch: Batch
    receiver: Receiver


@pytest.fixture
async def narrow(native: bool) -> AsyncIterator[Narrow]:
    name = b"\0" + f"fanout-{id(object()):018d}".encode()[-25:].rjust(25, b"-")
    kinds = socket.AF_UNIX, socket.SOCK_DGRAM
    with closing(socket.socket(*kinds)) as reader, closing(socket.socket(*kinds)) as writer:
        reader.setblocking(False)
        writer.setblocking(False)
        reader.bind(name)
        traffic = Traffic()
        batch = Batch(writer, traffic)
        address = FFI().new("char[]", struct.pack("=H", socket.AF_UNIX) + name)
        fanout = Fanout([batch], traffic, native)
        yield Narrow(traffic, fanout, batch, Receiver(9, reader, batch, address))
        fanout.close()
        batch.close()


def fill(narrow: Narrow) -> int:
    """Send pictures until nothing more goes out; how many went."""
    number = 0
    while not narrow.traffic.send_drops:
        number += 1
        narrow.fanout.send(picture(b"\x10\x01full", number), [lane(narrow.receiver, 1)], 1.0)
        narrow.fanout.flush(1.0)
    return number - 1


async def settle(narrow: Narrow) -> list[bytes]:
    found: list[bytes] = []
    for _ in range(400):
        await asyncio.sleep(0)
        found += narrow.receiver.received()
    return found


async def test_a_full_buffer_drops_pictures_and_keeps_sound(narrow: Narrow) -> None:
    went = fill(narrow)
    drops, out = narrow.traffic.send_drops, narrow.traffic.packets_out
    assert out == went
    mine = lane(narrow.receiver, 2)
    voices = [sound(sequence=number) for number in range(10)]
    for number, voice in enumerate(voices):
        narrow.fanout.send(voice, [mine], 1.0)
        narrow.fanout.send(picture(b"\x10\x01gone", 500 + number), [lane(narrow.receiver, 1)] * 2, 1.0)
    narrow.fanout.flush(1.0)
    assert narrow.traffic.send_drops == drops + 20
    await asyncio.sleep(0)
    assert narrow.traffic.packets_out == out  # still full
    found = await settle(narrow)
    assert len(found) == went + 10
    assert found[went:] == [write(mine, voice, send_time(1.0)) for voice in voices]
    assert narrow.traffic.packets_out == out + 10
    narrow.fanout.send(voices[0], [lane(narrow.receiver, 3)], 2.0)  # and on it goes
    narrow.fanout.flush(2.0)
    assert len(await settle(narrow)) == 1


async def test_only_so_much_sound_is_kept(narrow: Narrow) -> None:
    went = fill(narrow)
    drops = narrow.traffic.send_drops
    for number in range(SOUND_KEPT + 100):
        narrow.fanout.send(sound(sequence=number), [lane(narrow.receiver, 2)], 1.0)
    narrow.fanout.flush(1.0)
    assert narrow.traffic.send_drops == drops + 100
    assert len(await settle(narrow)) == went + SOUND_KEPT


async def test_what_is_kept_is_forgotten_at_the_end(narrow: Narrow) -> None:
    went = fill(narrow)
    narrow.fanout.send(sound(), [lane(narrow.receiver, 2)], 1.0)
    narrow.fanout.flush(1.0)
    narrow.batch.close()
    assert len(await settle(narrow)) == went


# -- bursts -------------------------------------------------------------------------------------------------------------


def burst(rig: Rig, now: float, packets: int = 8) -> int:
    """Packets of a picture for 100 slots each; how many datagrams."""
    lanes = [lane(rig.receivers[number % 4], number) for number in range(100)]
    for number in range(packets):
        rig.fanout.send(picture(b"\x10\x01key", number), lanes, now)
    return packets * 100


def drain(rig: Rig) -> list[bytes]:
    return [data for receiver in rig.receivers for data in receiver.received()]


async def test_sound_passes_a_burst_of_pictures(rig: Rig) -> None:
    now = asyncio.get_running_loop().time()
    total = burst(rig, now)
    rig.fanout.send(sound(), [lane(rig.receivers[0], 999)], now)
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
    rig.fanout.send(picture(b"\x10\x01next", 8), [lane(rig.receivers[0], 4)], now)
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

"""A full socket buffer drops pictures and keeps sound for a moment."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from cffi import FFI

from media.rtc.fanout import SOUND_KEPT, Batch, Fanout
from media.rtc.traffic import Traffic
from media.rtp.extensions import send_time
from media.sfu.lane import Lanes, write
from tests.media.rtc.batches import lane, picture, sound
from tests.media.rtc.receiving import Receiver


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
        narrow.fanout.send(picture(b"\x10\x01full", number), Lanes([lane(narrow.receiver, 1)]), 1.0)
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
        narrow.fanout.send(voice, Lanes([mine]), 1.0)
        narrow.fanout.send(picture(b"\x10\x01gone", 500 + number), Lanes([lane(narrow.receiver, 1)] * 2), 1.0)
    narrow.fanout.flush(1.0)
    assert narrow.traffic.send_drops == drops + 20
    await asyncio.sleep(0)
    assert narrow.traffic.packets_out == out  # still full
    found = await settle(narrow)
    assert len(found) == went + 10
    assert found[went:] == [write(mine, voice, send_time(1.0)) for voice in voices]
    assert narrow.traffic.packets_out == out + 10
    narrow.fanout.send(voices[0], Lanes([lane(narrow.receiver, 3)]), 2.0)  # and on it goes
    narrow.fanout.flush(2.0)
    assert len(await settle(narrow)) == 1


async def test_only_so_much_sound_is_kept(narrow: Narrow) -> None:
    went = fill(narrow)
    drops = narrow.traffic.send_drops
    for number in range(SOUND_KEPT + 100):
        narrow.fanout.send(sound(sequence=number), Lanes([lane(narrow.receiver, 2)]), 1.0)
    narrow.fanout.flush(1.0)
    assert narrow.traffic.send_drops == drops + 100
    assert len(await settle(narrow)) == went + SOUND_KEPT


async def test_what_is_kept_is_forgotten_at_the_end(narrow: Narrow) -> None:
    went = fill(narrow)
    narrow.fanout.send(sound(), Lanes([lane(narrow.receiver, 2)]), 1.0)
    narrow.fanout.flush(1.0)
    narrow.batch.close()
    assert len(await settle(narrow)) == went

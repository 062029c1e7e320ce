"""The compiled twin of the loop in fanout.py, where it was built with the package (fanout.c, by deploy/build_hook.py).

Lanes are copied into an array of C once and used until they or an address change: reading some hundred Python numbers per
packet is what the loop in Python spends most of its time on. The packets of a picture are collected and written together.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from media.rtc.compiled import LIBRARY, ffi, open_library
from media.rtc.srtp import UNPROTECT_AT
from media.rtc.traffic import Traffic
from media.rtp.packet import Packet
from media.sfu.lane import Lane, Lanes

TOGETHER = 16  # packets that are written at once
STRIDE = 2048  # bytes kept for a payload
BURST = 64  # datagrams that are looked at in one call
FLOWS = 1024
_FACTS = struct.Struct("@QIIIHHBBBBB3x")  # `struct packet`

_TAKEN_SIZE = ffi.sizeof("struct taken")


class Target(Protocol):
    """A batch. `state`: address of its `struct batch`; `full`: no packet more fits in; `writer`: what it calls before it
    lets an address change."""

    state: int
    writer: Callable[[], None]

    @property
    def full(self) -> bool: ...

    def begin(self, sound: bool) -> None: ...

    def flush(self) -> None: ...


class Run(NamedTuple):
    """Packets that were just taken: which of them, how many, and the bytes of their payloads together."""

    first: int
    packets: int
    octets: int


def name_of(sockaddr: Any) -> bytes:
    """An address as `fanout.socket_address` made it, without the zero that ends C's strings."""
    return bytes(ffi.buffer(sockaddr, len(sockaddr) - 1))


class _Known:
    """Lanes as C sees them: an array for each batch, and those that go another way."""

    def __init__(self, lanes: Lanes, reroutes: int) -> None:
        self.reroutes = reroutes
        self.others: list[Lane] = []
        self.arrays: list[tuple[Target, Any, int, Any]] = []
        groups: dict[int, tuple[Target, list[Lane]]] = {}
        for lane in lanes:
            batch = lane.wire.batch
            if batch is None:
                self.others.append(lane)
            elif lane.wire.outgoing is not None:
                groups.setdefault(id(batch), (batch, []))[1].append(lane)
        for batch, members in groups.values():
            array = ffi.new("struct lane[]", len(members))
            for place, lane in enumerate(members):
                _fill(array[place], lane)
            self.arrays.append((batch, array, len(members), ffi.cast("void *", batch.state)))


def _fill(record: Any, lane: Lane) -> None:
    outgoing = lane.wire.outgoing
    record.protect, record.context = ffi.cast("void *", outgoing.function), ffi.cast("void *", outgoing.context)
    record.name = lane.wire.sockaddr
    record.second = lane.second
    record.sequence = lane.sequence & 0xFFFF
    record.timestamp = lane.timestamp & 0xFFFFFFFF
    record.ssrc = lane.ssrc
    record.time_word, record.mid_word = lane.time_word, lane.mid_word
    record.picture, record.tl0 = lane.picture & 0x7FFF, lane.tl0 & 0xFF
    record.block_size = len(lane.block)
    ffi.memmove(record.block, lane.block, len(lane.block))


class Native:
    """`add` and `write` do what `Fanout` does in Python. Raises OSError when the library is missing or another version's."""

    def __init__(self, batches: Sequence[Target], traffic: Traffic, library: Path = LIBRARY) -> None:
        self._library = open_library(library)
        self.refused = 0  # packets that were not encrypted
        self._batches = batches
        self._traffic = traffic
        self._facts = bytearray(TOGETHER * _FACTS.size)
        self._packets = ffi.from_buffer("struct packet *", self._facts)
        self._payloads = bytearray(TOGETHER * STRIDE)
        base = int(ffi.cast("size_t", ffi.from_buffer("char[]", self._payloads)))
        self._starts = [base + index * STRIDE for index in range(TOGETHER)]
        self._place = ffi.new("int[2]")
        self._unprotect = ffi.cast("void *", UNPROTECT_AT)
        self._taken = ffi.new("struct taken[]", BURST)
        self._passed = ffi.new("struct packet[]", BURST)
        self._open: Lanes | None = None
        self._sound = False
        self._waiting = 0  # packets that are not written yet
        for batch in batches:
            batch.writer = self.write

    def add(self, packet: Packet, lanes: Lanes, time: int) -> list[Lane]:
        """Take a packet in for all lanes that go by a batch; it is written with those of the same picture, by `write` at
        the latest. Returns the other lanes."""
        if lanes is not self._open or self._waiting == TOGETHER or packet.sound or self._sound:
            self.write()
            self._open, self._sound = lanes, packet.sound
        at, payload, descriptor = self._waiting, packet.payload, packet.descriptor
        size = len(payload)
        self._payloads[at * STRIDE : at * STRIDE + size] = payload
        bits = picture = tl0 = tl0_at = 0
        if descriptor is not None:
            tl0, tl0_at = descriptor.tl0 or 0, descriptor.tl0_at
            if descriptor.picture_id is not None:
                picture, bits = descriptor.picture_id, descriptor.picture_bits
        numbers = packet.timestamp & 0xFFFFFFFF, time, size, packet.sequence & 0xFFFF, picture
        flags = packet.marker << 7, descriptor is not None, bits, tl0, tl0_at
        _FACTS.pack_into(self._facts, at * _FACTS.size, self._starts[at], *numbers, *flags)
        self._waiting = at + 1
        return self._know(lanes).others

    def _know(self, lanes: Lanes) -> _Known:
        """Lanes as they are now: copied anew when an address has changed, or a connection has ended."""
        known: _Known | None = lanes.known
        if known is None or known.reroutes != self._traffic.reroutes:
            known = lanes.known = _Known(lanes, self._traffic.reroutes)
        return known

    def write(self) -> None:
        """Write what waits into the batches, flushing full ones."""
        lanes, parts = self._open, self._waiting
        if lanes is None or not parts:
            return
        self._write(self._know(lanes), self._packets, parts, self._sound)
        self._open = None
        self._waiting = 0

    def _write(self, known: _Known, packets: Any, parts: int, sound: bool) -> None:
        place, function = self._place, self._library.fanout_write
        for batch, array, count, state in known.arrays:
            place[0] = place[1] = 0
            while place[0] < count:
                batch.begin(sound)
                self.refused += function(array, count, packets, parts, place, state)
                if batch.full:
                    batch.flush()

    # -- the short way -----------------------------------------------------------------------------------------------

    @staticmethod
    def flows(memory: bytearray) -> Any:
        """FLOWS empty places of C's table in this memory."""
        return ffi.from_buffer("struct flow[]", memory)

    def take(self, flows: Any, messages: Any, count: int, time: int) -> memoryview:
        """Decrypt and describe what goes on flows, of `count` messages at most. Returns a `struct taken` for each."""
        self._library.fanout_take(flows, messages, count, time, self._unprotect, self._passed, self._taken)
        return memoryview(ffi.buffer(self._taken, count * _TAKEN_SIZE))

    def write_run(self, lanes: Lanes, run: Run, sound: bool) -> bool:
        """Write packets that were just taken to all lanes. False: nothing is written, some lanes go another way."""
        known = self._know(lanes)
        if known.others:
            return False
        self.write()
        self._write(known, self._passed + run.first, run.packets, sound)
        return True

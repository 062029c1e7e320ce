"""The compiled twin of the loop in fanout.py, where it was built with the package (fanout.c, by deploy/build_hook.py).

Lanes are copied into an array of C once and used until they or an address change: reading some hundred Python numbers per
packet is what the loop in Python spends most of its time on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from cffi import FFI
from pylibsrtp._binding import ffi as srtp_ffi
from pylibsrtp._binding import lib

from media.rtp.packet import Packet
from media.sfu.lane import Lane

LIBRARY = Path(__file__).with_name("_fanout.so")
VERSION = 1
REMEMBERED = 1024  # lists of lanes
FULL = 64  # packets of a batch, as in fanout.c

_ffi = FFI()
_ffi.cdef("""
    struct lane {
        void *context, *name;
        uint32_t timestamp, ssrc, time_word, mid_word;
        uint16_t sequence, picture;
        uint8_t second, tl0, block_size, block[29];
    };
    struct packet {
        uint32_t timestamp, time, size;
        uint16_t sequence, picture;
        uint8_t marker, descriptor, picture_bits, tl0, tl0_at;
    };
    int fanout_version(void);
    int fanout_write(const struct lane *, int, const struct packet *, const char *, void *, void *, void *, int *, void *, int *);
""")


class Target(Protocol):
    """A batch: `count` packets are ready in it; `places`: addresses of its memory, vectors and messages; `routes` changes
    whenever a connection that sends by it gets another address or ends."""

    count: int
    routes: int
    places: tuple[int, int, int]
    sound: list[tuple[int, bool]]

    def flush(self) -> None: ...


class _Known:
    """Lanes as C sees them: an array for each batch, and those that go another way."""

    def __init__(self, lanes: list[Lane]) -> None:
        self.lanes = list(lanes)
        self.others: list[Lane] = []
        self.arrays: list[tuple[Target, Any, int, list[Any]]] = []
        groups: dict[int, tuple[Target, list[Lane]]] = {}
        for lane in lanes:
            batch = lane.wire.batch
            if batch is None:
                self.others.append(lane)
            elif lane.wire.context is not None:
                groups.setdefault(id(batch), (batch, []))[1].append(lane)
        for batch, members in groups.values():
            array = _ffi.new("struct lane[]", len(members))
            for place, lane in enumerate(members):
                _fill(array[place], lane)
            self.arrays.append((batch, array, len(members), [_ffi.cast("void *", place) for place in batch.places]))


def _fill(record: Any, lane: Lane) -> None:
    record.context = _ffi.cast("void *", int(srtp_ffi.cast("size_t", lane.wire.context)))
    record.name = lane.wire.sockaddr
    record.second = lane.second
    record.sequence = lane.sequence & 0xFFFF
    record.timestamp = lane.timestamp & 0xFFFFFFFF
    record.ssrc = lane.ssrc
    record.time_word, record.mid_word = lane.time_word, lane.mid_word
    record.picture, record.tl0 = lane.picture & 0x7FFF, lane.tl0 & 0xFF
    record.block_size = len(lane.block)
    _ffi.memmove(record.block, lane.block, len(lane.block))


class Native:
    """`write` does what `Fanout` does in Python. Raises OSError when the library is missing or another version's."""

    def __init__(self, batches: Sequence[Target], library: Path = LIBRARY) -> None:
        self._library = _ffi.dlopen(str(library))
        if self._library.fanout_version() != VERSION:
            raise OSError(f"{library.name} belongs to another version")
        self._batches = batches
        self._known: dict[int, _Known] = {}
        self._routes = 0
        self._packet = _ffi.new("struct packet *")
        self._filled, self._refused = _ffi.new("int *"), _ffi.new("int *")
        self._protect = _ffi.cast("void *", int(srtp_ffi.cast("size_t", srtp_ffi.addressof(lib, "srtp_protect"))))

    def write(self, packet: Packet, lanes: list[Lane], time: int) -> tuple[list[Lane], int]:
        """Write a packet for all lanes that go by a batch, flushing full ones. Returns the other lanes, and how many
        packets libsrtp refused."""
        routes = sum(batch.routes for batch in self._batches)
        key = id(lanes[0])
        if routes != self._routes or len(self._known) > REMEMBERED:
            self._known.clear()  # addresses in them may be gone
            self._routes = routes
        known = self._known.get(key)
        if known is None or known.lanes != lanes:
            known = self._known[key] = _Known(lanes)
        self._describe(packet, time)
        filled, refused, function = self._filled, self._refused, self._library.fanout_write
        refused[0] = 0
        for batch, array, count, (memory, vectors, messages) in known.arrays:
            taken = 0
            while taken < count:
                filled[0] = batch.count
                batch.sound.append((batch.count, packet.sound))
                taken += function(
                    array + taken, count - taken, self._packet, packet.payload, memory, vectors, messages, filled,
                    self._protect, refused,
                )  # fmt: skip
                batch.count = filled[0]
                if batch.count == FULL:
                    batch.flush()
        return known.others, refused[0]

    def _describe(self, packet: Packet, time: int) -> None:
        facts, descriptor = self._packet, packet.descriptor
        facts.timestamp, facts.time, facts.size = packet.timestamp & 0xFFFFFFFF, time, len(packet.payload)
        facts.sequence, facts.marker = packet.sequence & 0xFFFF, packet.marker << 7
        facts.descriptor = descriptor is not None
        if descriptor is not None:
            facts.picture, facts.tl0, facts.tl0_at = descriptor.picture_id or 0, descriptor.tl0 or 0, descriptor.tl0_at
            facts.picture_bits = descriptor.picture_bits if descriptor.picture_id is not None else 0

"""Writing one packet to many receivers: header, encryption and sending without an object per packet.

Each packet is written into a slot of one slab, encrypted in place and described to the kernel by an `mmsghdr` that was
prepared when the socket was bound; `sendmmsg` takes up to BATCH of them in one call. What is written is defined by
`media.sfu.lane.write`; where this machine has no `sendmmsg`, and for TCP, that function and the connection's own `send`
do the same packet by packet.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
import sys
from collections import deque
from collections.abc import Sequence
from typing import Any

from cffi import FFI
from pylibsrtp._binding import ffi as srtp_ffi
from pylibsrtp._binding import lib

from media.rtc.native import Native
from media.rtc.traffic import Traffic
from media.rtp.extensions import send_time
from media.rtp.packet import HEADER_SIZE, Packet
from media.sfu.lane import TIME_AT, Lane, write

BATCH, STRIDE = 64, 2048
LARGEST = STRIDE - 148 - 128  # bytes of a payload: room for the longest trailer of SRTP and for the header
BURST = 256  # packets written at a stretch; more of a picture waits for sound to go first
PACE = 0.002  # seconds that a picture's packets may wait at most
SOUND_KEPT = 2048  # packets of sound that a full socket buffer may hold back
_FULL = (errno.EAGAIN, errno.ENOBUFS)
_ONE_BYTE_TWO_WORDS = 0xBEDE0002

_HEAD = struct.Struct("!BBHII")
_HEAD_TIME_MID = struct.Struct("!BBHIIIII")
_WORD = struct.Struct("!I")

_ffi = FFI()
_ffi.cdef("""
    struct iovec { void *iov_base; size_t iov_len; };
    struct msghdr {
        void *msg_name; unsigned int msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
        void *msg_control; size_t msg_controllen; int msg_flags;
    };
    struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
    int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags);
""")


def available() -> bool:
    """Whether this machine can send in batches: Linux, and lengths whose low half comes first in memory."""
    return sys.platform == "linux" and sys.byteorder == "little"


def socket_address(family: int, address: Any) -> Any:
    """An address as the kernel wants it (`sockaddr_in`, `sockaddr_in6`), kept alive by whoever holds it."""
    host, port = address[0], address[1]
    if family == socket.AF_INET:
        return _ffi.new("char[]", struct.pack("=H", family) + struct.pack("!H", port) + socket.inet_aton(host) + bytes(8))
    flow, scope = (address[2], address[3]) if len(address) > 3 else (0, 0)
    host = host.partition("%")[0]
    head = struct.pack("=H", family) + struct.pack("!HI", port, flow)
    return _ffi.new("char[]", head + socket.inet_pton(socket.AF_INET6, host) + struct.pack("=I", scope))


class Batch:
    """Encrypted packets of one UDP socket that are about to be sent. `count` of them are ready."""

    def __init__(self, sock: socket.socket, traffic: Traffic) -> None:
        self.family = sock.family
        self.memory = bytearray(BATCH * STRIDE)
        self.count = 0
        self.routes = 0  # changes whenever a connection that sends here gets another address, or ends
        self.sound: list[tuple[int, bool]] = []  # (first packet, whether it and what follows is sound)
        self._socket = sock
        self._traffic = traffic
        self._late: deque[tuple[bytes, Any]] = deque()  # sound that waits for room
        self._call = _ffi.dlopen(None).sendmmsg
        self._vectors = _ffi.new("struct iovec[]", BATCH)
        self._messages = _ffi.new("struct mmsghdr[]", BATCH)
        base = srtp_ffi.from_buffer("char[]", self.memory)
        self.pointers = [base + index * STRIDE for index in range(BATCH)]
        for index in range(BATCH):
            self._vectors[index].iov_base = _ffi.from_buffer("char[]", self.memory) + index * STRIDE
            message = self._messages[index].msg_hdr
            message.msg_iov, message.msg_iovlen = self._vectors + index, 1
            message.msg_namelen = 16 if sock.family == socket.AF_INET else 28
        self.places = (
            int(srtp_ffi.cast("size_t", base)),
            int(_ffi.cast("size_t", self._vectors)),
            int(_ffi.cast("size_t", self._messages)),
        )
        self.headers = [self._messages[index].msg_hdr for index in range(BATCH)]
        # libsrtp keeps the length in an int, the kernel in a size_t: the low half of the one is the other.
        places = [int(_ffi.cast("size_t", _ffi.addressof(self._vectors[index], "iov_len"))) for index in range(BATCH)]
        self.lengths = [srtp_ffi.cast("int *", place) for place in places]

    def flush(self) -> None:
        """Send everything that is ready. A full socket buffer drops pictures and keeps sound for a moment."""
        count, done = self.count, 0
        descriptor = self._socket.fileno()
        while done < count:
            sent = self._call(descriptor, self._messages + done, count - done, 0)
            if sent > 0:
                done += sent
                self._traffic.packets_out += sent
                continue
            if _ffi.errno in _FULL:
                self._hold_back(done)
                break
            self._traffic.send_drops += 1  # this one cannot be sent at all; the others can
            done += 1
        self.count = 0
        self.sound.clear()

    def _hold_back(self, done: int) -> None:
        ends = [start for start, _ in self.sound[1:]] + [self.count]
        for (start, sound), end in zip(self.sound, ends, strict=True):
            for index in range(max(start, done), end):
                if sound and len(self._late) < SOUND_KEPT:
                    place = index * STRIDE
                    data = bytes(self.memory[place : place + self.lengths[index][0]])
                    name = _ffi.buffer(self.headers[index].msg_name, self.headers[index].msg_namelen)
                    # A copy: the connection that the address belongs to may be gone when there is room again.
                    self._late.append((data, _ffi.new("char[]", bytes(name))))
                else:
                    self._traffic.send_drops += 1
        if self._late:
            asyncio.get_running_loop().add_writer(self._socket.fileno(), self._catch_up)

    def _catch_up(self) -> None:
        """There is room again: the sound that was held back goes first."""
        vector, message = _ffi.new("struct iovec *"), _ffi.new("struct mmsghdr *")
        message.msg_hdr.msg_iov, message.msg_hdr.msg_iovlen = vector, 1
        message.msg_hdr.msg_namelen = 16 if self.family == socket.AF_INET else 28
        while self._late:
            data, name = self._late[0]
            kept = _ffi.from_buffer(data)
            vector.iov_base, vector.iov_len = kept, len(data)
            message.msg_hdr.msg_name = name
            sent = self._call(self._socket.fileno(), message, 1, 0)
            if sent < 1 and _ffi.errno in _FULL:
                return
            self._late.popleft()
            self._traffic.packets_out += max(0, sent)
            self._traffic.send_drops += sent < 1
        asyncio.get_running_loop().remove_writer(self._socket.fileno())

    def close(self) -> None:
        if self._late:
            self._late.clear()
            asyncio.get_running_loop().remove_writer(self._socket.fileno())


class Fanout:
    """Takes packets and their lanes. A lane's `wire` is a connection: `batch` (None: not by UDP batches), `context` (of
    libsrtp), `sockaddr` and `send`."""

    def __init__(self, batches: Sequence[Batch], traffic: Traffic, native: bool = True) -> None:
        self._native: Native | None = None
        if native and batches:
            with contextlib.suppress(OSError):
                self._native = Native(batches)
        self._batches = batches
        self._traffic = traffic
        self._waiting: deque[tuple[float, Packet, list[Lane]]] = deque()
        self._budget = BURST
        self._pump: asyncio.Handle | None = None

    def send(self, packet: Packet, lanes: list[Lane], now: float) -> None:
        """Write a packet to all its lanes; what is written leaves with the next `flush`. A burst of pictures is spread:
        the rest of it waits up to PACE, and sound passes it by."""
        if packet.sound:
            self._write(packet, lanes, now)
        elif self._waiting or self._budget <= 0:
            self._waiting.append((now, packet, list(lanes)))
        else:
            self._budget -= len(lanes)
            self._write(packet, lanes, now)

    def flush(self, now: float) -> None:
        """Send what is ready; what still waits goes on by itself in the next turns of the loop."""
        for batch in self._batches:
            if batch.count:
                batch.flush()
        self._budget = BURST
        if self._waiting and self._pump is None:
            self._pump = asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._pump = None
        now = asyncio.get_running_loop().time()
        waiting = self._waiting
        while waiting and (self._budget > 0 or now - waiting[0][0] > PACE):
            _, packet, lanes = waiting.popleft()
            self._budget -= len(lanes)
            self._write(packet, lanes, now)
        self.flush(now)

    def close(self) -> None:
        self._waiting.clear()
        if self._pump is not None:
            self._pump.cancel()

    @property
    def compiled(self) -> bool:
        """Whether the loop is the compiled one."""
        return self._native is not None

    def _write(self, packet: Packet, lanes: list[Lane], now: float) -> None:
        size = len(packet.payload)
        if size > LARGEST:
            self._traffic.send_drops += len(lanes)
            return
        time = send_time(now)
        if self._native is not None:
            others, refused = self._native.write(packet, lanes, time)
            self._traffic.send_drops += refused
            for lane in others:
                lane.wire.send(write(lane, packet, time), False)
        else:
            self._write_all(packet, lanes, time)
        self._traffic.bytes_out += (size + 40) * len(lanes)

    def _write_all(self, packet: Packet, lanes: list[Lane], time: int) -> None:
        """The loop that most of the node's time is spent in, unless it is compiled."""
        payload = packet.payload
        size = len(payload)
        protect, head, head_time_mid = lib.srtp_protect, _HEAD.pack_into, _HEAD_TIME_MID.pack_into
        marker, number, timestamp = packet.marker << 7, packet.sequence, packet.timestamp
        descriptor = packet.descriptor
        picture_id, tl0, tl0_at, wide = 0, 0, 0, True
        if descriptor is not None:
            picture_id, wide = descriptor.picture_id or 0, descriptor.picture_bits == 15
            tl0, tl0_at = descriptor.tl0 or 0, descriptor.tl0_at
            has_picture = descriptor.picture_id is not None
        batch, count = None, 0
        for lane in lanes:
            wire, second, step, time_step, ssrc, time_word, mid_word, block, picture_step, tl0_step = lane
            if batch is None or wire.batch is not batch or count == BATCH:
                if batch is not None:
                    batch.count = count
                    if count == BATCH:
                        batch.flush()
                batch = wire.batch
                if batch is None:
                    wire.send(write(lane, packet, time), False)
                    continue
                count, memory = batch.count, batch.memory
                pointers, lengths, headers = batch.pointers, batch.lengths, batch.headers
                batch.sound.append((count, packet.sound))
            context = wire.context
            if context is None:
                continue
            start = count * STRIDE
            if mid_word:
                head_time_mid(
                    memory,
                    start,
                    0x90,
                    second | marker,
                    number + step & 0xFFFF,
                    timestamp + time_step & 0xFFFFFFFF,
                    ssrc,
                    _ONE_BYTE_TWO_WORDS,
                    time_word | time,
                    mid_word,
                )
                begin = start + 24
            else:
                head(
                    memory,
                    start,
                    0x90 if block else 0x80,
                    second | marker,
                    number + step & 0xFFFF,
                    timestamp + time_step & 0xFFFFFFFF,
                    ssrc,
                )
                begin = start + HEADER_SIZE + len(block)
                memory[start + HEADER_SIZE : begin] = block
                if time_word:
                    _WORD.pack_into(memory, start + TIME_AT, time_word | time)
            memory[begin : begin + size] = payload
            if descriptor is not None and (picture_step or tl0_step):
                if has_picture and wide:
                    moved = picture_id + picture_step & 0x7FFF
                    memory[begin + 2] = 0x80 | moved >> 8
                    memory[begin + 3] = moved & 0xFF
                elif has_picture:
                    memory[begin + 2] = picture_id + picture_step & 0x7F
                if tl0_at:
                    memory[begin + tl0_at] = tl0 + tl0_step & 0xFF
            length = lengths[count]
            length[0] = begin + size - start
            if protect(context, pointers[count], length):
                self._traffic.send_drops += 1
                continue
            headers[count].msg_name = wire.sockaddr
            count += 1
        if batch is not None:
            batch.count = count
            if count == BATCH:
                batch.flush()

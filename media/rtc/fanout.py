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
from collections.abc import Callable, Sequence
from typing import Any

from cffi import FFI
from pylibsrtp._binding import ffi as srtp_ffi

from media.rtc.native import Native, Run
from media.rtc.traffic import Traffic
from media.rtp.extensions import send_time
from media.rtp.packet import HEADER_SIZE, Packet
from media.sfu.lane import TIME_AT, Lanes, write

BATCH, STRIDE = 64, 2048
LARGEST = STRIDE - 148 - 128  # bytes of a payload: room for the longest trailer of SRTP and for the header
BURST = 256  # packets written at a stretch; more of a picture waits for sound to go first
PACE = 0.002  # seconds that a picture's packets may wait at most
SOUND_KEPT = 2048  # packets of sound that a full socket buffer may hold back
_FULL = (errno.EAGAIN, errno.ENOBUFS)
_ONE_BYTE_TWO_WORDS = 0xBEDE0002
_UDP_SEGMENT, _SEGMENTS, _CONTROL = 103, 16, 18  # linux/udp.h; packets of one message; length of the control message
_UNCUT = 32  # messages that could not be cut up before we stop to try

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
    struct control { size_t length; int level, type; uint16_t size, rest[3]; };
    struct batch {
        char *memory; struct iovec *vectors; struct mmsghdr *messages; struct control *controls; int *firsts;
        int count, ready, segments;
    };
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


def _cuts(sock: socket.socket) -> bool:
    """Whether the kernel knows UDP generic segmentation (Linux 4.18)."""
    try:
        sock.getsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT)
    except OSError:
        return False
    return True


class Batch:
    """Encrypted packets of one UDP socket that are about to be sent: `count` of them, in `ready` messages. A message is one
    packet or, where the kernel cuts them up, several of one size for one receiver."""

    def __init__(self, sock: socket.socket, traffic: Traffic) -> None:
        self.family = sock.family
        self.memory = bytearray(BATCH * STRIDE)
        self.writer: Callable[[], None] = lambda: None  # writes what is collected elsewhere for this batch
        self._sound: list[tuple[int, bool]] = []  # (first packet, whether it and what follows is sound)
        self._socket = sock
        self._descriptor = sock.fileno()
        self.traffic = traffic
        self._late: deque[tuple[bytes, Any]] = deque()  # sound that waits for room
        self._uncut = 0
        self._call = _ffi.dlopen(None).sendmmsg
        self.vectors = _ffi.new("struct iovec[]", BATCH)
        self._messages = _ffi.new("struct mmsghdr[]", BATCH)
        self._controls = _ffi.new("struct control[]", [(_CONTROL, socket.IPPROTO_UDP, _UDP_SEGMENT)] * BATCH)
        self.firsts = _ffi.new("int[]", BATCH)
        memory = _ffi.from_buffer("char[]", self.memory)
        parts = memory, self.vectors, self._messages, self._controls, self.firsts
        self.content = _ffi.new("struct batch *", (*parts, 0, 0, _SEGMENTS if _cuts(sock) else 1))
        self.state = int(_ffi.cast("size_t", self.content))
        for index in range(BATCH):
            self.vectors[index].iov_base = memory + index * STRIDE
            message = self._messages[index].msg_hdr
            message.msg_control = self._controls + index
            message.msg_iov, message.msg_iovlen, self.firsts[index] = self.vectors + index, 1, index
            message.msg_namelen = 16 if sock.family == socket.AF_INET else 28
        self.headers = [self._messages[index].msg_hdr for index in range(BATCH)]
        base = srtp_ffi.from_buffer("char[]", self.memory)
        self.pointers = [base + index * STRIDE for index in range(BATCH)]
        # libsrtp keeps the length in an int, the kernel in a size_t: the low half of the one is the other.
        places = [int(_ffi.cast("size_t", _ffi.addressof(self.vectors[index], "iov_len"))) for index in range(BATCH)]
        self.lengths = [srtp_ffi.cast("int *", place) for place in places]

    @property
    def full(self) -> bool:
        return bool(self.content.count == BATCH)

    def begin(self, sound: bool) -> None:
        """What is written from now on is sound, or is not."""
        self._sound.append((self.content.count, sound))

    def settle(self) -> None:
        """An address is about to change: everything so far goes to the present one."""
        self.writer()
        self.flush()

    def flush(self) -> None:
        """Send everything that is ready. A full socket buffer drops pictures and keeps sound for a moment."""
        content, done = self.content, 0
        ready = content.ready
        while done < ready:
            sent = self._call(self._descriptor, self._messages + done, ready - done, 0)
            if sent > 0:
                done += sent
                continue
            if _ffi.errno in _FULL:
                break
            done += self._send_apart(done)
        if done < ready:
            first = self.firsts[done]  # that is left
            self.traffic.packets_out += first
            self._hold_back(first)
        else:
            self.traffic.packets_out += content.count
        content.count = content.ready = 0
        self._sound.clear()

    def _send_apart(self, message: int) -> int:
        """A message cannot be sent as it is: packet by packet then, for a path may be too narrow, or a network card unable to
        cut it up. What cannot go at all is dropped. Returns 1, the message done."""
        header = self.headers[message]
        count, header.msg_iovlen, header.msg_controllen = header.msg_iovlen, 1, 0
        if count > 1:
            self._uncut += 1
            self.content.segments = 1 if self._uncut > _UNCUT else self.content.segments
            for _ in range(count):
                if self._call(self._descriptor, self._messages + message, 1, 0) < 1:
                    self._drop()
                header.msg_iov += 1
        else:
            self._drop()
        return 1

    def _drop(self) -> None:
        self.traffic.send_drops += 1
        self.traffic.packets_out -= 1  # it is counted with its message

    def _hold_back(self, done: int) -> None:
        content = self.content
        ends = [start for start, _ in self._sound[1:]] + [content.count]
        names = {self.firsts[index]: self.headers[index].msg_name for index in range(content.ready)}
        for (start, sound), end in zip(self._sound, ends, strict=True):
            for index in range(max(start, done), end):
                if sound and len(self._late) < SOUND_KEPT:  # sound is never more than one packet a message
                    place = index * STRIDE
                    data = bytes(self.memory[place : place + self.lengths[index][0]])
                    name = _ffi.buffer(names[index], self.headers[0].msg_namelen)
                    # A copy: the connection that the address belongs to may be gone when there is room again.
                    self._late.append((data, _ffi.new("char[]", bytes(name))))
                else:
                    self.traffic.send_drops += 1
        if self._late:
            asyncio.get_running_loop().add_writer(self._descriptor, self._catch_up)

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
            sent = self._call(self._descriptor, message, 1, 0)
            if sent < 1 and _ffi.errno in _FULL:
                return
            self._late.popleft()
            self.traffic.packets_out += max(0, sent)
            self.traffic.send_drops += sent < 1
        asyncio.get_running_loop().remove_writer(self._descriptor)

    def close(self) -> None:
        if self._late:
            self._late.clear()
            asyncio.get_running_loop().remove_writer(self._descriptor)


class Fanout:
    """Takes packets and their lanes. A lane's `wire` is a connection: `batch` (None: not by UDP batches), `outgoing`
    (what encrypts; None: not connected), `sockaddr` and `send`."""

    def __init__(self, batches: Sequence[Batch], traffic: Traffic, native: bool = True) -> None:
        self.native: Native | None = None
        if native and batches:
            with contextlib.suppress(OSError):
                self.native = Native(batches, traffic)
        self._batches = batches
        self._traffic = traffic
        self._waiting: deque[tuple[float, Packet, Lanes]] = deque()
        self._budget = BURST
        self._pump: asyncio.Handle | None = None

    def send(self, packet: Packet, lanes: Lanes, now: float) -> None:
        """Write a packet to all its lanes; what is written leaves with the next `flush`. A burst
        of pictures is spread: the rest of it waits up to PACE, and sound passes it by."""
        if packet.sound:
            self._write(packet, lanes)
        elif self._waiting or self._budget <= 0:
            self._waiting.append((now, packet, lanes))
        else:
            self._budget -= len(lanes)
            self._write(packet, lanes)

    def send_run(self, lanes: Lanes, run: Run, sound: bool) -> bool:
        """Write packets that the compiled code has just taken in. False: nothing was written, for they would have to wait,
        or go another way as well."""
        if self.native is None or not (sound or (not self._waiting and self._budget > len(lanes) * (run.packets - 1))):
            return False
        if not self.native.write_run(lanes, run, sound):
            return False
        if not sound:
            self._budget -= len(lanes) * run.packets
        self._traffic.bytes_out += (run.octets + 40 * run.packets) * len(lanes)
        return True

    def flush(self, now: float) -> None:
        """Send what is ready; what still waits goes on by itself in the next turns of the loop."""
        if self.native is not None:
            self.native.write()
            self._traffic.send_drops += self.native.refused
            self.native.refused = 0
        for batch in self._batches:
            if batch.content.count:
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
            self._write(packet, lanes)
        self.flush(now)

    def close(self) -> None:
        self._waiting.clear()
        if self._pump is not None:
            self._pump.cancel()

    @property
    def compiled(self) -> bool:
        """Whether the loop is the compiled one."""
        return self.native is not None

    def _write(self, packet: Packet, lanes: Lanes) -> None:
        size = len(packet.payload)
        if size > LARGEST:
            self._traffic.send_drops += len(lanes)
            return
        time = send_time(packet.at)
        if self.native is not None:
            for lane in self.native.add(packet, lanes, time):
                lane.wire.send(write(lane, packet, time), False)
        else:
            self._write_all(packet, lanes, time)
        self._traffic.bytes_out += (size + 40) * len(lanes)

    def _write_all(self, packet: Packet, lanes: Lanes, time: int) -> None:
        """The loop that most of the node's time is spent in, unless it is compiled."""
        payload = packet.payload
        size = len(payload)
        head, head_time_mid = _HEAD.pack_into, _HEAD_TIME_MID.pack_into
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
                    batch.content.count = batch.content.ready = count
                    if count == BATCH:
                        batch.flush()
                batch = wire.batch
                if batch is None:
                    wire.send(write(lane, packet, time), False)
                    continue
                count, memory = batch.content.count, batch.memory
                pointers, lengths, headers = batch.pointers, batch.lengths, batch.headers
                batch.begin(packet.sound)
            outgoing = wire.outgoing
            if outgoing is None:
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
            if outgoing.call(outgoing.subject, pointers[count], length):
                self._traffic.send_drops += 1
                continue
            headers[count].msg_name = wire.sockaddr
            count += 1
        if batch is not None:
            batch.content.count = batch.content.ready = count
            if count == BATCH:
                batch.flush()

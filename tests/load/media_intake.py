"""Receivers that count and do not decode: RTP's sequence numbers can be read without keys, only a sample is decrypted."""

from __future__ import annotations

import struct
import time
from typing import Any

from pylibsrtp._binding import ffi as srtp_ffi
from pylibsrtp._binding import lib

from media.rtc.dtls import Identity
from tests.load.media_peer import Peer
from tests.load.media_wire import STRIDE, Batch, overflows

STAMP = struct.Struct("!4sIq")  # at the end of a payload: mark, 1 for a packet of a keyframe, nanoseconds of sending
MARK = b"load"
SAMPLE = 15  # mask: one packet in sixteen is decrypted for its stamp
BUDGET = 20_000_000  # bit/s that receivers say they can take
_HEADER = struct.Struct("!BBHII")
_REPORT = struct.Struct("!BBHI")
_BLOCK = struct.Struct("!IIIIII")
_RTCP = struct.Struct("!BBH")
_NTP_EPOCH = 2_208_988_800


class Stream:
    """One SSRC. `extended - first + 1` packets were expected, `received` came."""

    __slots__ = ("extended", "first", "last", "last_sr", "payload_type", "received", "reported", "sr_at")

    def __init__(self, payload_type: int, sequence: int) -> None:
        self.payload_type = payload_type
        self.first = self.extended = self.last = sequence
        self.received = 0
        self.reported = (0, 0)
        self.last_sr, self.sr_at = 0, 0.0

    @property
    def expected(self) -> int:
        return self.extended - self.first + 1


class Intake:
    """Drains sockets. delays: seconds from sending to arrival of sampled packets, those of keyframes apart."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self.keyframe_delays: list[float] = []
        self.sampling = False
        self.unreadable = 0  # sampled packets that were not meant for, or not made for, the one who got them
        self._batch = Batch(control=True)
        self._memory = self._batch.memory
        self._pointer: Any = srtp_ffi.from_buffer("char[]", self._memory)
        self._length: Any = srtp_ffi.new("int *")

    def drain(self, one: Receiver) -> None:
        """Count all that waits at a receiver's socket."""
        batch, memory, streams, sampling = self._batch, self._memory, one.streams, self.sampling
        while count := batch.receive(one.peer.descriptor):
            for index in range(count):
                first, second, sequence, _, ssrc = _HEADER.unpack_from(memory, index * STRIDE)
                if first < 128 or 192 <= second <= 223:
                    self._control(one, index, first)
                    continue
                stream = streams.get(ssrc)
                if stream is None:
                    stream = streams[ssrc] = Stream(second & 0x7F, sequence)
                    one.first_at = one.first_at or batch.arrived(index)
                step = (sequence - stream.last) & 0xFFFF
                if step < 0x8000:
                    stream.extended += step
                    stream.last = sequence
                stream.received += 1
                if sampling and not sequence & SAMPLE:
                    self._sample(one, index)
            batch.renew(count)

    def _plain(self, session: Any, index: int, rtcp: bool) -> memoryview | None:
        self._length[0] = self._batch.length(index)
        unprotect = lib.srtp_unprotect_rtcp if rtcp else lib.srtp_unprotect
        if session is None or unprotect(session, self._pointer + index * STRIDE, self._length):
            return None
        return self._batch.view[index * STRIDE : index * STRIDE + self._length[0]]

    def _control(self, one: Any, index: int, first: int) -> None:
        if first < 128:
            begin = index * STRIDE
            one.peer.other(bytes(self._batch.view[begin : begin + self._batch.length(index)]))
            return
        data = self._plain(one.peer.receiving, index, True)
        if data is not None:
            one.told(bytes(data))

    def _sample(self, one: Receiver, index: int) -> None:
        data = self._plain(one.peer.receiving, index, False)
        if data is None:
            self.unreadable += 1
            return
        if len(data) < STAMP.size:
            return
        mark, keyframe, sent = STAMP.unpack_from(data, len(data) - STAMP.size)
        if mark == MARK:
            (self.keyframe_delays if keyframe else self.delays).append((self._batch.arrived(index) - sent) / 1e9)

    def drain_control(self, one: Any) -> None:
        """What comes back to a publisher: `one.told(rtcp)` for each report."""
        while count := self._batch.receive(one.peer.descriptor):
            for index in range(count):
                first, second = self._memory[index * STRIDE], self._memory[index * STRIDE + 1]
                if first < 128 or 192 <= second <= 223:
                    self._control(one, index, first)
            self._batch.renew(count)


class Receiver:
    """media: payload types that count as delivered (retransmissions are counted apart)."""

    def __init__(self, intake: Intake, identity: Identity, address: str) -> None:
        self.peer = Peer(identity, address, lambda peer: intake.drain(self))
        self.streams: dict[int, Stream] = {}
        self.first_at = 0
        self.asked_at = 0
        self.retransmissions: frozenset[int] = frozenset()
        self.announced: set[int] = set()
        self._memory = bytearray(STRIDE)
        self._view = memoryview(self._memory)
        self._pointer: Any = srtp_ffi.from_buffer("char[]", self._memory)
        self._length: Any = srtp_ffi.new("int *")

    def counts(self) -> tuple[int, int, int]:
        """(delivered, lost by the sequence numbers, retransmitted or padding) so far."""
        media = [stream for stream in self.streams.values() if stream.payload_type not in self.retransmissions]
        delivered = sum(stream.received for stream in media)
        everything = sum(stream.received for stream in self.streams.values())
        return delivered, sum(stream.expected for stream in media) - delivered, everything - delivered

    @property
    def foreign(self) -> int:
        """Packets of streams that the server never announced to this receiver."""
        return sum(stream.received for ssrc, stream in self.streams.items() if ssrc not in self.announced)

    @property
    def overflows(self) -> int:
        return overflows(self.peer.socket)

    def told(self, data: bytes) -> None:
        """Sender reports are remembered for the next receiver report (RFC 3550 section 6.4.1)."""
        position, now = 0, time.monotonic()
        while position + 8 <= len(data):
            _, kind, words = _RTCP.unpack_from(data, position)
            if kind == 200 and position + 20 <= len(data):
                ssrc, ntp = struct.unpack_from("!IQ", data, position + 4)
                stream = self.streams.get(ssrc)
                if stream is not None:
                    stream.last_sr, stream.sr_at = ntp >> 16 & 0xFFFFFFFF, now
            position += 4 + 4 * words

    def report(self) -> None:
        """RR with true figures and REMB, reduced size (RFC 5506)."""
        now, blocks = time.monotonic(), []
        for ssrc, stream in list(self.streams.items())[:31]:
            expected, received = stream.expected, stream.received
            before = stream.reported
            missed = max(0, (expected - before[0]) - (received - before[1]))
            fraction = min(255, 256 * missed // max(1, expected - before[0]))
            stream.reported = expected, received
            lost = min(0x7FFFFF, max(0, expected - received))
            since = round((now - stream.sr_at) * 65536) if stream.last_sr else 0
            blocks.append(_BLOCK.pack(ssrc, fraction << 24 | lost, stream.extended & 0xFFFFFFFF, 0, stream.last_sr, since))
        exponent = max(0, BUDGET.bit_length() - 18)
        head = _REPORT.pack(0x80 | len(blocks), 201, 1 + 6 * len(blocks), 1)
        remb = struct.pack("!BBHII4sI", 0x8F, 206, 4, 1, 0, b"REMB", exponent << 18 | BUDGET >> exponent)
        data = head + b"".join(blocks) + remb
        self._memory[: len(data)] = data
        self._length[0] = len(data)
        self.peer.send(self._pointer, self._length, self._view, True)

"""The short way through the node: packets of a flow (media/sfu/flow.py) are taken out of the socket, decrypted and described
by the compiled code, written out at once, and the forum hears of them afterwards, of many in a row.

An event loop that turns for every packet finds the caches cold: what Python does with one costs twenty times what it costs
with a hundred in a row. Nothing is decided here. Whatever does not go on a flow exactly takes the usual way.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import Protocol

from media.rtc.connection import Connection
from media.rtc.inbox import AllAtOnce
from media.rtc.native import FLOWS, Native, Run, name_of
from media.rtc.port import Receive, UdpPort
from media.rtc.srtp import Slab
from media.rtc.traffic import Traffic
from media.rtp.extensions import send_time
from media.sfu.flow import Flow

_FLOW = struct.Struct("@QIiHHHBBBB28s2x")  # `struct flow`
_OPEN_AT = 24  # where its `open` stands
_TAKEN = struct.Struct("@5i")  # `struct taken`
_PASSED, _DECRYPTED, _REFUSED = 1, 2, 3

Row = tuple[int, "tuple[Connection, Flow] | None", int, int, int]  # state, whose, size, length, size of the payload


class Judge(Protocol):
    def passes(self, connection: Connection, flow: Flow, run: Run, packets: list[bytes], now: float) -> bool:
        """Write packets that follow each other in a flow. False: nothing was written, they need a decision."""

    def follows(self, connection: Connection, flow: Flow) -> bool:
        """Whether a flow still leads anywhere."""


class FastPath:
    """`open` begins a flow; it ends by itself, or with any change of an address. usual: takes one decrypted packet in the usual
    way; its last argument is the size that it came with."""

    def __init__(self, native: Native, traffic: Traffic, judge: Judge, usual: Callable[[Connection, bytes, int], None]) -> None:
        self._native = native
        self._traffic = traffic
        self._judge = judge
        self._usual = usual
        self._memory = bytearray(FLOWS * _FLOW.size)
        self._flows = native.flows(self._memory)
        self._open: dict[int, tuple[Connection, Flow]] = {}
        self._reroutes = traffic.reroutes
        self._loop = asyncio.get_running_loop()

    def open(self, connection: Connection, flow: Flow) -> None:
        """The packets that follow come by the address that is in use, or take the usual way."""
        if connection.batch is None or connection.cipher is None or flow.octets <= 0 or flow.packets <= 0:
            return
        if self._reroutes != self._traffic.reroutes:
            self._end_all()
        place, name = flow.ssrc % FLOWS, name_of(connection.sockaddr)
        self._open[place] = connection, flow
        numbers = flow.ssrc, flow.octets, flow.packets, flow.next, flow.absorbed & 0xFFFF
        kind = flow.payload_type, flow.picture, True, len(name)
        _FLOW.pack_into(self._memory, place * _FLOW.size, connection.cipher.incoming, *numbers, *kind, name)

    def _end(self, place: int) -> None:
        self._memory[place * _FLOW.size + _OPEN_AT] = 0
        self._open.pop(place, None)

    def _end_all(self) -> None:
        """Keys and addresses in the table may be those of connections that are gone."""
        for place in list(self._open):
            self._end(place)
        self._reroutes = self._traffic.reroutes

    def sweep(self) -> None:
        """Forget flows that have ended, and their streams with them. To be called now and then."""
        for place, (connection, flow) in list(self._open.items()):
            if not self._memory[place * _FLOW.size + _OPEN_AT] or not self._judge.follows(connection, flow):
                self._end(place)

    def drain(self, port: UdpPort, inbox: AllAtOnce, receive: Receive) -> None:
        """Take what waits in a socket; `receive` gets what does not go on a flow."""
        count = inbox.fetch()
        if count <= 0:
            return
        self._traffic.packets_in += count
        now = self._loop.time()
        if self._reroutes != self._traffic.reroutes:
            self._end_all()
        get = self._open.get
        taken = self._native.take(self._flows, inbox.messages, count, send_time(now))
        # Whose each is must be known before any of them changes something.
        rows: list[Row] = [(state, get(which), *sizes) for state, which, *sizes in _TAKEN.iter_unpack(taken)]
        index = passed = 0
        while index < count:
            state, whose, size, length, _ = rows[index]
            if state == _PASSED and whose is not None:
                end = index + 1
                while end < count and rows[end][0] == _PASSED and rows[end][1] is whose:
                    end += 1
                self._pass(whose, rows[index:end], inbox.slabs[index:end], passed, now)
                passed += end - index
                index = end
                continue
            self._traffic.bytes_in += size
            if state == _DECRYPTED and whose is not None:
                self._usual(whose[0], inbox.slabs[index].view[:length].tobytes(), size)
            elif state == _REFUSED:
                self._traffic.bad_srtp += 1
            elif size:
                receive(port, *inbox.datagram(index))
            index += 1

    def _pass(self, whose: tuple[Connection, Flow], rows: list[Row], slabs: list[Slab], first: int, now: float) -> None:
        """Packets in a row of one flow."""
        connection, flow = whose
        size = sum(row[2] for row in rows)
        packets = [slab.view[: row[3]].tobytes() for slab, row in zip(slabs, rows, strict=True)]
        self._traffic.bytes_in += size
        run = Run(first, len(rows), sum(row[4] for row in rows))
        if connection.allowance >= size and not connection.closed and self._judge.passes(connection, flow, run, packets, now):
            connection.heard = now
            connection.allowance -= size
            return
        for row, data in zip(rows, packets, strict=True):
            self._usual(connection, data, row[2])

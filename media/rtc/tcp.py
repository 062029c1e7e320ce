"""Media over TCP for networks that block UDP: a passive ICE-TCP candidate (RFC 6544) with RFC 4571 framing.

A line is one accepted connection. To the rest it looks like a `UdpPort`: datagrams come in one by one, and `send` is now
or never. Whoever connects is a stranger until a genuine connectivity check has come over the line; strangers are few,
say little and are cut off soon.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from media.rtc.srtp import SIZE, Slab
from media.rtc.traffic import Traffic

STRANGER_FOR = 10.0  # seconds until a line without a genuine check is cut
VOUCHED_FOR = 30.0  # seconds that a genuine check keeps a line (browsers check every 5 at most)
LINES = 2000
LINES_OF_SOURCE = 400  # an office behind one address, two lines a person
STRANGERS, STRANGERS_OF_SOURCE = 512, 64
FRAMES_OF_STRANGER = 16
CHUNK = 16 << 10  # bytes per wake-up of a line
KERNEL_BUFFER = 128 << 10  # a keyframe fits; at 2 Mbit/s that is half a second
WAITING = 64 << 10  # bytes that may wait here for a slow receiver
RESERVE = 16 << 10  # and these for sound, RTCP and checks alone
SMALL = 400  # bytes of a packet that may use the reserve
SWEEP = 1.0

Address = tuple[str, int, str]  # never equal to a UDP address, which has two or four parts


class TcpLine:
    """One connection. `address`: (ip, port, "tcp") of the other side."""

    transport = "tcp"

    def __init__(self, sock: socket.socket, address: Address, owner: TcpPort, now: float) -> None:
        self.address = address
        self.stranger = True
        self.good_until = now + STRANGER_FOR
        self._socket = sock
        self._owner = owner
        self._pending = bytearray()
        self._waiting = bytearray()
        self._frames = 0
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock.fileno(), self._readable)

    @property
    def closed(self) -> bool:
        return self._socket.fileno() < 0

    def vouch(self, now: float) -> None:
        """A genuine check came over this line."""
        self.good_until = now + VOUCHED_FOR
        if self.stranger:
            self.stranger = False
            self._owner.admitted(self)

    def close(self) -> None:
        if not self.closed:
            self._loop.remove_reader(self._socket.fileno())
            self._loop.remove_writer(self._socket.fileno())
            self._socket.close()
            self._waiting.clear()
            self._owner.gone(self)

    # -- in ----------------------------------------------------------------------------------------------------------

    def _readable(self) -> None:
        try:
            data = self._socket.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        pending = self._pending
        pending += data
        position = 0
        while not self.closed and len(pending) - position >= 2:
            size = pending[position] << 8 | pending[position + 1]
            if size > SIZE:  # nothing that we could ever take: this is not the protocol, or it is out of step
                self.close()
                return
            if len(pending) - position - 2 < size:
                break
            self._take(bytes(pending[position + 2 : position + 2 + size]))
            position += 2 + size
        del pending[:position]

    def _take(self, frame: bytes) -> None:
        """One frame. A stranger may say STUN, a little of it, and nothing else."""
        self._frames += 1
        if self.stranger and (frame[:1] > b"\x03" or self._frames > FRAMES_OF_STRANGER):
            self.close()
        elif frame:
            self._owner.arrived(self, frame)

    # -- out ---------------------------------------------------------------------------------------------------------

    def send(self, data: bytes | memoryview, address: Any) -> bool:
        """Send now, or let it wait if there is little before it. False: dropped and counted."""
        frame = b"".join((len(data).to_bytes(2, "big"), data))
        sent = 0
        if self._waiting or self.closed:
            limit = WAITING if len(data) > SMALL else WAITING + RESERVE
            if self.closed or len(self._waiting) + len(frame) > limit:
                self._owner.traffic.send_drops += 1
                return False
        else:
            try:
                sent = self._socket.send(frame)
            except (BlockingIOError, InterruptedError):
                pass
            except OSError:
                self._owner.traffic.send_drops += 1
                self.close()
                return False
        if sent < len(frame):  # half a frame must be followed by its other half
            if not self._waiting:
                self._loop.add_writer(self._socket.fileno(), self._writable)
            self._waiting += frame[sent:]
        self._owner.traffic.packets_out += 1
        self._owner.traffic.bytes_out += len(data)
        return True

    def _writable(self) -> None:
        try:
            sent = self._socket.send(self._waiting)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.close()
            return
        del self._waiting[:sent]
        if not self._waiting:
            self._loop.remove_writer(self._socket.fileno())


class TcpPort:
    """Listening sockets and their lines. Each frame lies in `slab` while `receive(line, slab, size, address)` runs; `lost(line)`
    tells that a line which was vouched for is gone."""

    def __init__(
        self,
        sockets: Iterable[socket.socket],
        traffic: Traffic,
        receive: Callable[[Any, Slab, int, Any], None],
        lost: Callable[[TcpLine], None],
    ) -> None:
        self.traffic = traffic
        self.lines: dict[Address, TcpLine] = {}
        self.refused = 0
        self._sockets = list(sockets)
        self._slab = Slab()
        self._receive = receive
        self._lost = lost
        self._of_source: Counter[str] = Counter()
        self._strangers: Counter[str] = Counter()
        self._loop = asyncio.get_running_loop()
        self._listen()
        self._timer = self._loop.call_later(SWEEP, self._sweep)

    def close(self) -> None:
        self._timer.cancel()
        for line in list(self.lines.values()):
            line.close()
        for sock in self._sockets:
            self._loop.remove_reader(sock.fileno())
            sock.close()

    def arrived(self, line: TcpLine, frame: bytes) -> None:
        size = len(frame)
        self._slab.memory[:size] = frame
        self.traffic.packets_in += 1
        self.traffic.bytes_in += size
        self._receive(line, self._slab, size, line.address)

    def admitted(self, line: TcpLine) -> None:
        _less(self._strangers, source_of(line.address[0]))

    def gone(self, line: TcpLine) -> None:
        del self.lines[line.address]
        _less(self._of_source, source_of(line.address[0]))
        if line.stranger:
            _less(self._strangers, source_of(line.address[0]))
        else:
            self._lost(line)

    def _listen(self) -> None:
        for sock in self._sockets:
            self._loop.add_reader(sock.fileno(), self._accept, sock)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(16):
            try:
                sock, where = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionError):
                return
            except OSError:  # no descriptors left: look again at the next sweep, not at once and for ever
                self._loop.remove_reader(listening.fileno())
                return
            address: Address = (str(where[0]), int(where[1]), "tcp")
            if self._full(source_of(address[0])):
                self.refused += 1
                sock.close()
                continue
            try:
                _prepare(sock)
            except OSError:  # it is gone already
                sock.close()
                continue
            self._of_source[source_of(address[0])] += 1
            self._strangers[source_of(address[0])] += 1
            self.lines[address] = TcpLine(sock, address, self, self._loop.time())

    def _full(self, source: str) -> bool:
        return (
            len(self.lines) >= LINES
            or self._of_source[source] >= LINES_OF_SOURCE
            or self._strangers[source] >= STRANGERS_OF_SOURCE
            or self._strangers.total() >= STRANGERS
        )

    def _sweep(self) -> None:
        now = self._loop.time()
        for line in list(self.lines.values()):
            if now > line.good_until:
                line.close()
        self._listen()
        self._timer = self._loop.call_later(SWEEP, self._sweep)


def source_of(host: str) -> str:
    """Who counts as one source: an IPv4 address, or the /64 network of an IPv6 address."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return host if address.version == 4 else str(ipaddress.IPv6Network((address, 64), strict=False))


def _less(counter: Counter[str], source: str) -> None:
    counter[source] -= 1
    if counter[source] <= 0:
        del counter[source]


def _prepare(sock: socket.socket) -> None:
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)


def listen_beside(sockets: Iterable[socket.socket]) -> list[socket.socket]:
    """TCP sockets on the addresses and the port of these UDP sockets. Raises OSError when one is taken."""
    found: list[socket.socket] = []
    with contextlib.ExitStack() as undo:
        for udp in sockets:
            sock = undo.enter_context(socket.socket(udp.family, socket.SOCK_STREAM))
            if udp.family is socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setblocking(False)
            sock.bind(udp.getsockname()[:2])
            sock.listen(128)
            found.append(sock)
        undo.pop_all()
    return found

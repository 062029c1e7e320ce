"""Taking datagrams out of a socket: all that wait in one call where the machine can, else one after the other."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterator
from typing import Any

from cffi import FFI

from media.rtc.srtp import SIZE, Slab

BURST = 64  # datagrams per wake-up, so that timers and other sockets are not starved
ADDRESSES = 4096  # remembered, so that only strangers' addresses are read anew

Datagram = tuple[Slab, int, Any]  # where it lies, its size, whom it came from

_ffi = FFI()
_ffi.cdef("""
    struct iovec { void *iov_base; size_t iov_len; };
    struct msghdr {
        void *msg_name; unsigned int msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
        void *msg_control; size_t msg_controllen; int msg_flags;
    };
    struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
    int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
""")


class OneByOne:
    """`take` yields the datagrams that wait, BURST at most; each lies in its slab until the next one is asked for."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._slab = Slab()

    def take(self) -> Iterator[Datagram]:
        for _ in range(BURST):
            try:
                size, address = self._socket.recvfrom_into(self._slab.memory)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # an ICMP error for something sent earlier
                continue
            yield self._slab, size, address


class AllAtOnce:
    """The same with `recvmmsg`: one call for each wake-up, and no address is made of what is known already."""

    def __init__(self, sock: socket.socket) -> None:
        self._family, self._descriptor = sock.family, sock.fileno()
        self.slabs = [Slab() for _ in range(BURST)]
        self._name_size = 16 if sock.family == socket.AF_INET else 28
        self._memory = bytearray(BURST * self._name_size)
        self._vectors = _ffi.new("struct iovec[]", BURST)
        self.messages = _ffi.new("struct mmsghdr[]", BURST)
        self._addresses: dict[bytes, Any] = {}
        self._call = _ffi.dlopen(None).recvmmsg
        names = _ffi.from_buffer("char[]", self._memory)
        for index, slab in enumerate(self.slabs):
            self._vectors[index].iov_base = _ffi.from_buffer("char[]", slab.memory)
            self._vectors[index].iov_len = SIZE
            message = self.messages[index].msg_hdr
            message.msg_name, message.msg_namelen = names + index * self._name_size, self._name_size
            message.msg_iov, message.msg_iovlen = self._vectors + index, 1
        view = memoryview(self._memory)
        self._names = [view[start : start + self._name_size] for start in range(0, len(view), self._name_size)]
        self._headers = [self.messages[index] for index in range(BURST)]

    def fetch(self) -> int:
        """How many there are now; below zero: nothing waits, or an ICMP error for something sent earlier."""
        return int(self._call(self._descriptor, self.messages, BURST, 0, _ffi.NULL))

    def datagram(self, index: int) -> Datagram:
        """One of those that were fetched."""
        name = self._names[index].tobytes()
        return self.slabs[index], self._headers[index].msg_len, self._addresses.get(name) or self._learn(name)

    def take(self) -> Iterator[Datagram]:
        for index in range(self.fetch()):
            yield self.datagram(index)

    def _learn(self, name: bytes) -> Any:
        """An address as the socket module writes it."""
        if len(self._addresses) >= ADDRESSES:
            self._addresses.clear()
        (port,) = struct.unpack_from("!H", name, 2)
        address: Any
        if self._family == socket.AF_INET:
            address = socket.inet_ntop(socket.AF_INET, name[4:8]), port
        else:
            (flow,), (scope,) = struct.unpack_from("!I", name, 4), struct.unpack_from("=I", name, 24)
            host = socket.inet_ntop(socket.AF_INET6, name[8:24])
            if scope:
                host = socket.getnameinfo((host, port, flow, scope), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0]
            address = host, port, flow, scope
        self._addresses[name] = address
        return address


def inbox(sock: socket.socket) -> AllAtOnce | OneByOne:
    """The quicker one that works on this machine. The socket must not block."""
    return AllAtOnce(sock) if sys.platform == "linux" and sys.byteorder == "little" else OneByOne(sock)

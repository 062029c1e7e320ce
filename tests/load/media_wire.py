"""Many datagrams per system call, with the kernel's own arrival times: recvmmsg(2) and sendmmsg(2) through cffi.

What is measured must not pay for who measures: sockets are drained late and in bulk, and a packet's time of arrival is the
kernel's (SO_TIMESTAMPNS, set when it was put into the socket's queue), not that of the reading.
"""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path
from typing import Any

from cffi import FFI

from media.rtc.port import machine_addresses

STRIDE = 2048
BATCH = 64
_CONTROL = 64
_SO_TIMESTAMPNS = 35
_SO_MEMINFO, _DROPS = 55, 8
_TIMES = struct.Struct("qq")
_CPUCLOCK_SCHED = 2

ffi = FFI()
ffi.cdef(
    """
    struct iovec { void *iov_base; size_t iov_len; };
    struct msghdr { void *msg_name; unsigned int msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
                    void *msg_control; size_t msg_controllen; int msg_flags; };
    struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
    struct sockaddr_in { unsigned short sin_family; unsigned short sin_port; unsigned char sin_addr[4]; char sin_zero[8]; };
    int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
    int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags);
    """
)


class Batch:
    """`BATCH` datagrams in one piece of memory, `STRIDE` bytes apart. `messages` are ready for either system call."""

    def __init__(self, control: bool) -> None:
        self.memory = bytearray(STRIDE * BATCH)
        self.view = memoryview(self.memory)
        self.messages: Any = ffi.new("struct mmsghdr[]", BATCH)
        self.vectors: Any = ffi.new("struct iovec[]", BATCH)
        self.base: Any = ffi.from_buffer(self.memory)
        self.libc: Any = ffi.dlopen(None)
        self._control = bytearray(_CONTROL * BATCH)
        self._control_base: Any = ffi.from_buffer(self._control)
        for index in range(BATCH):
            self.vectors[index].iov_base = self.base + STRIDE * index
            self.vectors[index].iov_len = STRIDE
            head = self.messages[index].msg_hdr
            head.msg_iov, head.msg_iovlen = self.vectors + index, 1
            if control:
                head.msg_control = self._control_base + _CONTROL * index
                head.msg_controllen = _CONTROL
        size = ffi.sizeof("struct mmsghdr")
        self._pristine = ffi.new("char[]", size * BATCH)
        self._size = size
        ffi.memmove(self._pristine, self.messages, size * BATCH)

    def receive(self, descriptor: int) -> int:
        """How many datagrams came; 0: none is waiting (or an ICMP error was)."""
        count = self.libc.recvmmsg(descriptor, self.messages, BATCH, socket.MSG_DONTWAIT, ffi.NULL)
        return max(0, int(count))

    def renew(self, count: int) -> None:
        """Undo what the kernel wrote into the first `count` messages."""
        ffi.memmove(self.messages, self._pristine, self._size * count)

    def length(self, index: int) -> int:
        return int(self.messages[index].msg_len)

    def arrived(self, index: int) -> int:
        """Nanoseconds of CLOCK_REALTIME when the kernel queued this datagram."""
        seconds, nanoseconds = _TIMES.unpack_from(self._control, _CONTROL * index + 16)
        return int(seconds * 1_000_000_000 + nanoseconds)


def own_address() -> str:
    """An IPv4 address of this machine: Janus does not listen on loopback. Packets to it never leave the machine."""
    found = [address for address in machine_addresses() if "." in address]
    return found[0] if found else "127.0.0.1"


def udp(address: str, room: int = 2 << 20) -> socket.socket:
    """A non-blocking socket on a free port with arrival times on and a queue of `room` bytes."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    sock.bind((address, 0))
    return sock


def overflows(sock: socket.socket) -> int:
    """Datagrams that the kernel dropped because this socket was not read in time: the client's own loss."""
    words = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 36)
    return int(struct.unpack("9I", words)[_DROPS]) if len(words) == 36 else 0


def kernel_drops() -> int:
    """Packets that the kernel dropped between any two sockets of this machine because its own queue was full, as happens on
    loopback when other work keeps a core from it (second column of softnet_stat)."""
    return sum(int(line.split()[1], 16) for line in Path("/proc/net/softnet_stat").read_text().splitlines())


def sockaddr(address: tuple[str, int]) -> Any:
    """An AF_INET address for a message header."""
    made: Any = ffi.new("struct sockaddr_in *")
    made.sin_family, made.sin_port = socket.AF_INET, socket.htons(address[1])
    made.sin_addr = list(socket.inet_aton(address[0]))
    return made


def cpu_seconds(pid: int) -> float:
    """User and system time of a whole process, threads that have ended included, in nanosecond steps (the clock of
    clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)

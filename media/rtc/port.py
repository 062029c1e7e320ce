"""UDP sockets that are drained in bursts, and the addresses that the machine has."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import ifaddr

from media.rtc.fanout import Batch, available
from media.rtc.inbox import AllAtOnce, inbox
from media.rtc.srtp import Slab
from media.rtc.traffic import Traffic

BUFFER = 4 << 20  # bytes that the kernel may keep for us in each direction
ANNOUNCED_LIMIT = 16


Receive = Callable[["UdpPort", Slab, int, Any], None]


class Fast(Protocol):
    def drain(self, port: UdpPort, inbox: AllAtOnce, receive: Receive) -> None: ...


class UdpPort:
    """One bound socket. Each datagram lies in `slab` while `receive(port, slab, size, address)` runs; `drained` follows the
    last one of each wake-up. batch: for packets that go out in numbers; None where the machine cannot. fast: who looks at them
    first."""

    def __init__(self, sock: socket.socket, traffic: Traffic, receive: Receive, drained: Callable[[], None]) -> None:
        self._socket = sock
        self._inbox = inbox(sock)
        self._traffic = traffic
        self._receive = receive
        self._drained = drained
        self.batch = Batch(sock, traffic) if available() else None
        self.family = sock.family
        self.fast: Fast | None = None
        self.number: int = sock.getsockname()[1]
        asyncio.get_running_loop().add_reader(sock.fileno(), self._drain)

    def _drain(self) -> None:
        if self.fast is not None and isinstance(self._inbox, AllAtOnce):
            self.fast.drain(self, self._inbox, self._receive)
            self._drained()
            return
        traffic, receive = self._traffic, self._receive
        for slab, size, address in self._inbox.take():
            traffic.packets_in += 1
            traffic.bytes_in += size
            if size:
                receive(self, slab, size, address)
        self._drained()

    def send(self, data: bytes | memoryview, address: Any) -> bool:
        """Send now or never: a full socket buffer drops the packet, and it is counted."""
        try:
            size = self._socket.sendto(data, address)
        except OSError:
            self._traffic.send_drops += 1
            return False
        self._traffic.packets_out += 1
        self._traffic.bytes_out += size
        return True

    def close(self) -> None:
        if self.batch is not None:
            self.batch.close()
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()


def machine_addresses() -> list[str]:
    """All addresses of this machine that another host or this one can use; loopback last, link-local never."""
    found: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = []
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            address = ipaddress.ip_address(entry.ip[0] if isinstance(entry.ip, tuple) else entry.ip)
            if not address.is_link_local and not address.is_multicast and address not in found:
                found.append(address)
    found.sort(key=lambda address: (address.is_loopback, address.version))
    return [str(address) for address in found[:ANNOUNCED_LIMIT]]


def open_sockets(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """Bind one UDP socket per address family that `hosts` needs, all on one port number (0: any free one).

    Announced addresses may be those of a router in front, so the sockets listen on all interfaces; only a node that
    announces nothing but one loopback address listens there alone. Raises OSError (the port is taken).
    """
    addresses = [ipaddress.ip_address(host) for host in hosts]
    sockets: list[socket.socket] = []
    try:
        for family, version, anywhere in ((socket.AF_INET, 4, "0.0.0.0"), (socket.AF_INET6, 6, "::")):  # noqa: S104
            wanted = [address for address in addresses if address.version == version]
            if not wanted:
                continue
            alone = len(wanted) == 1 and wanted[0].is_loopback
            sockets.append(_bind(family, str(wanted[0]) if alone else anywhere, port))
            port = sockets[0].getsockname()[1]
    except OSError:
        for sock in sockets:
            sock.close()
        raise
    return sockets


def _bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family is socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        sock.setblocking(False)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock

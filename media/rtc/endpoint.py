"""All connections of a node behind one port, UDP and TCP: who a datagram is from and what it is (RFC 7983)."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import secrets
import socket
import struct
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

from media.gateway import Answer, Direction, PeerFault, Restarted
from media.rtc import stun
from media.rtc.answer import Transport, candidate_values, publish_layout, receive_layout, write_answer
from media.rtc.connection import SOURCES, Connection
from media.rtc.doubt import Doubt
from media.rtc.dtls import DtlsLink, Identity, fingerprint_of
from media.rtc.fanout import Batch
from media.rtc.fastpath import FastPath, Judge
from media.rtc.native import Native
from media.rtc.offer import read_offer
from media.rtc.port import UdpPort, open_sockets
from media.rtc.srtp import Cipher, Slab
from media.rtc.tcp import TcpLine, TcpPort, listen_beside
from media.rtc.traffic import Traffic

REPORTS = 4096  # kept between two readings
MOVE_TRIES = 8  # connections that a packet from nowhere may belong to
TCP_CANDIDATES = 3  # of each IP version: clients open a connection to every one
logger = logging.getLogger("media")

_SOURCE = struct.Struct("!I")
_SENDER_REPORT, _RECEIVER_REPORT = 200, 201  # first in a compound packet, and not encrypted


class Listener(Protocol):
    """What the endpoint tells. Called from the loop; must not block."""

    def connected(self, connection: Connection) -> None: ...

    def ended(self, connection: Connection, reason: str) -> None: ...

    def rtp(self, connection: Connection, data: bytes) -> None: ...

    def rtcp(self, connection: Connection, data: bytes, arrived: float) -> None: ...

    def drained(self) -> None: ...


class Endpoint:
    """Nothing is created for a datagram: connections come from offers, addresses from checks with their password."""

    def __init__(self, hosts: Sequence[str], listener: Listener) -> None:
        self.traffic = Traffic()
        self.connections: dict[str, Connection] = {}
        # Browsers try candidates in order, and a socket of another interface cannot reach a loopback address.
        self._hosts = sorted(hosts, key=lambda host: ipaddress.ip_address(host).is_loopback)
        self._listener = listener
        self._identity = Identity()
        self._ports: list[UdpPort] = []
        self._tcp: TcpPort | None = None
        self._by_ufrag: dict[str, Connection] = {}
        self._by_address: dict[Any, Connection] = {}
        self._outgoing, self._again = Slab(), Slab()
        self._reports: list[tuple[Connection, bytes, float]] = []  # of receivers, with the time of arrival
        self._doubt = Doubt()
        self._farewells: set[asyncio.Task[None]] = set()

    def open(self, port: int) -> None:
        """Bind. Raises OSError when the UDP port is taken; TCP is left out when its port is."""
        sockets, listening = _bound(self._hosts, port)
        for sock in sockets:
            self._ports.append(UdpPort(sock, self.traffic, self._datagram, self._listener.drained))
        if listening:
            self._tcp = TcpPort(listening, self.traffic, self._frame, self._lost)
        else:
            logger.warning("TCP port %d is taken, so media goes by UDP only", self.port)

    def speed_up(self, native: Native, judge: Judge) -> FastPath:
        """From now on packets of flows take the short way."""
        fast = FastPath(native, self.traffic, judge, self._decrypted)
        for port in self._ports:
            port.fast = fast
        return fast

    @property
    def batches(self) -> list[Batch]:
        return [port.batch for port in self._ports if port.batch is not None]

    @property
    def port(self) -> int:
        return self._ports[0].number

    def health(self) -> dict[str, float]:
        """tcp_listening: 0 when the port was taken; tcp_lines: connections now; tcp_refused: above a limit."""
        tcp = self._tcp
        if tcp is None:
            return {"tcp_listening": 0, "tcp_lines": 0, "tcp_refused": 0}
        return {"tcp_listening": 1, "tcp_lines": len(tcp.lines), "tcp_refused": tcp.refused}

    # -- connections -------------------------------------------------------------------------------------------------

    def answer(self, forum: str, peer: str, direction: Direction, text: str, now: float) -> Answer:
        """Make a connection out of an offer. Raises PeerFault and Unsupported, and then nothing was made."""
        offer = read_offer(text)
        if direction is Direction.PUBLISH:
            layout: Any = publish_layout(offer)
        else:
            layout = receive_layout(offer, secrets.randbits)
        credentials = stun.Credentials.new()
        certificate = self._identity.certificate()
        transport = self._transport(credentials, fingerprint_of(certificate))
        answer = Answer(secrets.token_urlsafe(24), write_answer(offer, direction, layout, transport))
        connection = Connection(
            answer.connection, forum, peer, direction, layout, credentials, offer.credentials, self._outgoing, now
        )
        connection.dtls = DtlsLink(
            certificate,
            offer.fingerprints,
            server=offer.setup != "passive",
            send=connection.send_plain,
            done=partial(self._secured, connection),
            closed=partial(self.close, connection, "left"),
        )
        self.connections[connection.name] = connection
        self._by_ufrag[credentials.ufrag] = connection
        return answer

    def _transport(self, credentials: stun.Credentials, fingerprint: str) -> Transport:
        candidates = [(host, self.port) for host in self._hosts]
        tcp: list[tuple[str, int]] = []
        if self._tcp is not None:
            for version in (4, 6):
                tcp += [each for each in candidates if (":" in each[0]) == (version == 6)][:TCP_CANDIDATES]
        return Transport(credentials, fingerprint, candidates, tcp)

    def restart(self, connection: Connection, ufrag: str, password: str) -> Restarted:
        """New credentials of ours for a connection whose peer has new ones, over the same DTLS association. For those that
        the peer has already, and for empty ones, nothing changes: they bring what is in force. Raises PeerFault."""
        remote = stun.Credentials(ufrag, password)
        if remote != connection.remote and (ufrag or password):
            if not remote.valid:
                raise PeerFault("These are no ICE credentials.")
            if connection.renewed is not None:
                del self._by_ufrag[connection.renewed.ufrag]
            connection.remote, connection.renewed = remote, stun.Credentials.new()
            self._by_ufrag[connection.renewed.ufrag] = connection
        current = connection.current
        return Restarted(current.ufrag, current.password, tuple(candidate_values(self._transport(current, ""))))

    def _renew(self, connection: Connection) -> None:
        """The first genuine check with the new credentials has come: the older ones are no longer good."""
        assert connection.renewed is not None
        del self._by_ufrag[connection.credentials.ufrag]
        connection.credentials, connection.renewed = connection.renewed, None

    def _secured(self, connection: Connection, cipher: Cipher | None) -> None:
        if connection.closed:
            return
        if cipher is None:
            self.close(connection, "failed")
            return
        connection.secure(cipher)
        self._listener.connected(connection)

    def close(self, connection: Connection, reason: str) -> None:
        """End a connection at once and tell the listener; closing twice does nothing."""
        if self.connections.pop(connection.name, None) is None:
            return
        for credentials in (connection.credentials, connection.current):
            self._by_ufrag.pop(credentials.ufrag, None)
        for address in connection.paths:
            self._forget(address, connection)
        farewell = connection.end()
        if farewell is not None:
            self._farewells.add(farewell)
            farewell.add_done_callback(self._farewells.discard)
        self._listener.ended(connection, reason)

    def _forget(self, address: Any, connection: Connection) -> None:
        if self._by_address.get(address) is connection:
            del self._by_address[address]

    def reap(self, now: float) -> None:
        """End what never connected and what does not answer any more. To be called twice a second."""
        for connection in list(self.connections.values()):
            connection.refill(now)
            reason = connection.overdue(now)
            if reason is not None:
                self.close(connection, reason)

    async def aclose(self) -> None:
        """End everything (reason "shutdown") and free the port. Takes at most a second."""
        for connection in list(self.connections.values()):
            self.close(connection, "shutdown")
        if self._farewells:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await asyncio.gather(*self._farewells, return_exceptions=True)
        for port in self._ports:
            port.close()
        if self._tcp is not None:
            self._tcp.close()

    # -- datagrams ---------------------------------------------------------------------------------------------------

    def _datagram(self, port: UdpPort | TcpLine, slab: Slab, size: int, address: Any) -> None:
        first = slab.memory[0]
        if first < 4:
            self._check(port, bytes(slab.view[:size]), address)
            return
        connection = self._by_address.get(address)
        if connection is None:
            if not (127 < first < 192 and self._moved(port, slab, size, address)):
                self.traffic.unknown_source += 1
        elif 127 < first < 192:
            if connection.receives and self._may_wait(slab.memory[1]):
                self._reports.append((connection, bytes(slab.view[:size]), asyncio.get_running_loop().time()))
            else:
                self._media(connection, slab, size)
        elif 19 < first < 64 and connection.dtls is not None:
            connection.shakes_hands_at(port, address)
            if not connection.dtls.receive(bytes(slab.view[:size])):
                self.traffic.other += 1
        else:
            self.traffic.other += 1

    def _may_wait(self, kind: int) -> bool:
        """Regular reports; requests (NACK, PLI) come alone (RFC 5506)."""
        return kind in (_RECEIVER_REPORT, _SENDER_REPORT) and len(self._reports) < REPORTS

    def read_reports(self) -> None:
        """Take in the regular reports that have come since the last call. Several hundred in a row cost a third of what
        they would one by one, between packets."""
        reports, self._reports = self._reports, []
        for connection, data, arrived in reports:
            if not connection.closed:
                self._again.memory[: len(data)] = data
                self._media(connection, self._again, len(data), arrived)

    def _moved(self, port: UdpPort | TcpLine, slab: Slab, size: int, address: Any) -> bool:
        """A NAT may give a connection another port at any time; its encrypted packets tell that seconds before its next
        check does. Tried for the same host's connections that have fallen silent, and for few of them."""
        now = asyncio.get_running_loop().time()
        if isinstance(port, TcpLine) or self._doubt.excludes(address, now):
            return False
        self._doubt.count(address)
        silent = [each for each in self.connections.values() if each.may_have_moved_to(address, now)]
        datagram = bytes(slab.view[:size])
        for connection in silent[:MOVE_TRIES]:
            slab.memory[:size] = datagram
            if self._media(connection, slab, size):
                dropped = connection.moved(port, address)
                if dropped is not None:
                    self._forget(dropped, connection)
                self._by_address[address] = connection
                return True
        return False

    def _frame(self, line: TcpLine, slab: Slab, size: int, address: Any) -> None:
        self._datagram(line, slab, size, address)
        self._listener.drained()

    def _media(self, connection: Connection, slab: Slab, size: int, arrived: float = 0.0) -> bool:
        """Decrypt and hand on. False: not authentic. arrived: 0 for now."""
        if connection.cipher is None:
            self.traffic.other += 1
            return False
        rtcp = 192 <= slab.memory[1] <= 223  # RFC 5761 section 4
        (source,) = _SOURCE.unpack_from(slab.memory, 4 if rtcp else 8)
        known = source in connection.sources
        if not known and len(connection.sources) >= SOURCES:
            self.traffic.other += 1
            return False
        data = connection.cipher.unprotect(slab, size, rtcp)
        if data is None:
            self.traffic.bad_srtp += 1
            return False
        if not known:
            connection.sources.add(source)
        self._hand_on(connection, data, size, rtcp, arrived or asyncio.get_running_loop().time())
        return True

    def _hand_on(self, connection: Connection, data: bytes, size: int, rtcp: bool, now: float) -> None:
        connection.heard = now
        connection.allowance -= size
        if connection.allowance < 0:
            self.traffic.other += 1
        elif rtcp:
            self._listener.rtcp(connection, data, now)
        else:
            self._listener.rtp(connection, data)

    def _decrypted(self, connection: Connection, data: bytes, size: int) -> None:
        """An RTP packet that the fast path has decrypted. size: of the encrypted one."""
        if connection.closed:
            self.traffic.other += 1
        else:
            self._hand_on(connection, data, size, False, asyncio.get_running_loop().time())

    def _lost(self, line: TcpLine) -> None:
        """A TCP line ended: its connection waits for a check from elsewhere."""
        connection = self._by_address.get(line.address)
        if connection is not None:
            connection.unlearn(line.address)
            self._forget(line.address, connection)

    def _check(self, port: UdpPort | TcpLine, data: bytes, address: Any) -> None:
        """Answer a connectivity check. Everything else that looks like STUN, and every forgery, gets silence: an
        answer to strangers would make the node an amplifier."""
        now = asyncio.get_running_loop().time()
        ufrag = stun.addressee(data) or ""
        connection = self._by_ufrag.get(ufrag)
        holder = self._by_address.get(address)
        if connection is None or (holder is None and self._doubt.excludes(address, now)):
            self.traffic.bad_stun += 1
            return
        credentials = connection.credentials_for(ufrag)
        check = stun.read_check(data)
        if check is None or check.ufrag != ufrag or not stun.is_genuine(check, credentials):
            self.traffic.bad_stun += 1
            self._doubt.count(address)
            return
        taken = holder is not None and holder is not connection and holder.holds(now)
        if taken or not connection.admits(check.message.transaction_id, address, now):
            self.traffic.bad_stun += 1
            return
        if credentials is connection.renewed:
            self._renew(connection)
        if isinstance(port, TcpLine):
            port.vouch(now)
        dropped = connection.learn(port, address, stun.nominates(check), now)
        if dropped is not None:
            self._forget(dropped, connection)
        self._by_address[address] = connection
        port.send(stun.success(check, credentials, address[:2]), address)


def _bound(hosts: Sequence[str], port: int, tries: int = 8) -> tuple[list[socket.socket], list[socket.socket]]:
    """UDP sockets, and TCP ones on the same number: none when that is taken, but of free ports (0) others are tried first."""
    sockets = open_sockets(hosts, port)
    try:
        return sockets, listen_beside(sockets)
    except OSError:
        if port or not tries:
            return sockets, []
    for sock in sockets:
        sock.close()
    return _bound(hosts, port, tries - 1)

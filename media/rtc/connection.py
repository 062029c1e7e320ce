"""One peer connection: ICE credentials, DTLS, SRTP and the address that was learnt from checked requests."""

from __future__ import annotations

import asyncio
from typing import Any

from media.gateway import Direction
from media.rtc.checks import Checks
from media.rtc.dtls import DtlsLink
from media.rtc.fanout import Batch, socket_address
from media.rtc.port import UdpPort
from media.rtc.srtp import Cipher, Outgoing, Slab
from media.rtc.stun import Credentials
from media.rtc.tcp import TcpLine
from media.sfu.layout import PublishLayout, ReceiveLayout

CONNECT_WITHIN = 14.0  # seconds until an offer whose browser never came is forgotten
CONSENT_FOR = 14.0  # seconds that one genuine check allows us to send for (RFC 7675 section 5.1 says 30 at most)
MOVED_AFTER = 0.4  # seconds of silence after which its packets may come from elsewhere
PATHS = 16  # addresses that one peer may have checked
UDP_HOLDS = 3.0  # seconds after a check over UDP in which a nomination of a TCP path is not followed
HOLD = 8.0  # seconds after a check in which an address belongs to nobody else; browsers check every 2.5 to 6
CHECKS = 100  # genuine checks answered in a second; browsers send at most 20
SOURCES = 64  # SSRCs of one peer: libsrtp keeps a stream for each, in a list
REFILL = 0.5  # seconds in which the allowance may be used up
ALLOWANCE = {Direction.PUBLISH: 1_500_000, Direction.RECEIVE: 100_000}  # bytes of genuine packets: 24 and 1.6 Mbit/s


class Connection:
    """`name` is the unguessable id; `remote` are the peer's ICE credentials, which we never use but to know a restart
    by. Closed connections send nothing and receive nothing."""

    def __init__(
        self,
        name: str,
        forum: str,
        peer: str,
        direction: Direction,
        layout: PublishLayout | ReceiveLayout,
        credentials: Credentials,
        remote: Credentials,
        slab: Slab,
        now: float,
    ) -> None:
        self.name = name
        self.forum = forum
        self.peer = peer
        self.direction = direction
        self.receives = direction is Direction.RECEIVE
        self.layout = layout
        self.credentials = credentials
        self.renewed: Credentials | None = None
        self.remote = remote
        self.dtls: DtlsLink | None = None
        self.cipher: Cipher | None = None
        self.paths: dict[Any, UdpPort | TcpLine] = {}
        self.created = now
        self.checked = now
        self.heard = now  # when the last authentic packet came
        self.closed = False
        self.sources: set[int] = set()
        self.allowance = ALLOWANCE[direction]
        self._refilled = now
        self._checks = Checks()
        self._second, self._answered = 0, 0
        self._slab = slab
        self._address: Any = None
        self._port: UdpPort | TcpLine | None = None
        self._confirmed = now
        # What writing many packets at once needs to know; None: not connected, or not by UDP.
        self.outgoing: Outgoing | None = None
        self.batch: Batch | None = None
        self.sockaddr: Any = None

    def secure(self, cipher: Cipher) -> None:
        """The handshake is done: packets may flow."""
        self.cipher = cipher
        self.outgoing = cipher.outgoing

    @property
    def connected(self) -> bool:
        return self.cipher is not None and not self.closed

    @property
    def current(self) -> Credentials:
        """Those that were told last; until a check with them has come, the ones before are good too."""
        return self.renewed or self.credentials

    def credentials_for(self, ufrag: str) -> Credentials:
        """Ours that go with the ufrag of a check."""
        return self.renewed if self.renewed is not None and self.renewed.ufrag == ufrag else self.credentials

    def admits(self, transaction: bytes, address: Any, now: float) -> bool:
        """Whether a genuine check counts: not when it came from elsewhere before (somebody has recorded it and would
        turn our packets against a third party), nor as one of far too many."""
        if not self._checks.take(transaction, address):
            return False
        if int(now) != self._second:
            self._second, self._answered = int(now), 0
        self._answered += 1
        return self._answered <= CHECKS

    def holds(self, now: float) -> bool:
        """Whether nobody else may have our addresses now: people in the room know passwords, and addresses can be forged."""
        return not self.closed and now - self.checked < HOLD

    @property
    def transport(self) -> str:
        """ "udp", "tcp", or "" before anything came."""
        if self._port is None:
            return ""
        return "tcp" if isinstance(self._port, TcpLine) else "udp"

    def learn(self, port: UdpPort | TcpLine, address: Any, nominated: bool, now: float) -> Any:
        """A genuine check came from `address`. Returns an address that fell out of the memory, if any.

        The nominated path is the one to send on; before any nomination the first one is (some clients never nominate).
        A change of network or of a NAT's binding is just another nomination. Clients that nominate all paths mean UDP.
        """
        self.checked = now
        dropped = None
        if address not in self.paths and len(self.paths) >= PATHS:
            dropped = next(known for known in self.paths if known != self._address)
            del self.paths[dropped]
        self.paths[address] = port
        held = self.transport == "udp" and isinstance(port, TcpLine) and now - self._confirmed < UDP_HOLDS
        if self._address is None or (nominated and not held and (self._address, self._port) != (address, port)):
            self._use(port, address)
        if address == self._address:
            self._confirmed = now
        if self.dtls is not None:
            self.dtls.begin()
        return dropped

    def _rerouted(self) -> None:
        """What is remembered of our address for many packets at once is wrong from now on."""
        if self.outgoing is not None and self.batch is not None:
            self.batch.traffic.reroutes += 1

    def _use(self, port: UdpPort | TcpLine | None, address: Any) -> None:
        if self.batch is not None:
            self.batch.settle()  # what is written there points at the present address
        self._rerouted()
        self._address, self._port = address, port
        self.batch = port.batch if isinstance(port, UdpPort) else None
        self.sockaddr = socket_address(self.batch.family, address) if self.batch is not None else None
        self._rerouted()

    def shakes_hands_at(self, port: UdpPort | TcpLine, address: Any) -> None:
        """A handshake is answered where it comes from: clients with several ways begin it on one of them, and only later
        nominate."""
        if self.cipher is None and address != self._address and address in self.paths:
            self._use(port, address)

    def may_have_moved_to(self, address: Any, now: float) -> bool:
        """Whether a packet from another port of the same host may be ours: we have heard nothing else for a moment."""
        return (
            self.cipher is not None
            and self._address is not None
            and self._address[0] == address[0]
            and len(self._address) == len(address)
            and now - self.heard >= MOVED_AFTER
        )

    def moved(self, port: UdpPort | TcpLine, address: Any) -> Any:
        """An authentic packet came from another port of our host. Returns an address that fell out of the memory."""
        dropped = None
        if len(self.paths) >= PATHS:
            dropped = next(known for known in self.paths if known != self._address)
            del self.paths[dropped]
        self.paths[address] = port
        self._use(port, address)
        return dropped

    def unlearn(self, address: Any) -> None:
        """A path is gone. If it was the one to send on, nothing is sent until the next check."""
        self.paths.pop(address, None)
        if address == self._address:
            self._use(None, None)

    def refill(self, now: float) -> None:
        """Called often: what may come in the next REFILL seconds. One person's flood must not be everybody's.

        Genuine packets since the last time are a sign of life as a check is: libnice and FFmpeg check once and then only
        send media or reports (RFC 7675 would have them ask for consent again).
        """
        if now - self._refilled >= REFILL:
            if self.allowance < ALLOWANCE[self.direction]:
                self.checked = now
            self._refilled, self.allowance = now, ALLOWANCE[self.direction]

    def overdue(self, now: float) -> str | None:
        """The reason why this connection must end now, or None."""
        if self.cipher is None and now - self.created > CONNECT_WITHIN:
            return "failed"
        return "lost" if now - self.checked > CONSENT_FOR else None

    def send_plain(self, data: bytes) -> None:
        """Send DTLS records as they are."""
        if self._port is not None:
            self._port.send(data, self._address)

    def send(self, data: bytes, rtcp: bool) -> bool:
        """Encrypt and send one packet. False: not connected, refused or dropped."""
        if self.cipher is None or self._port is None or self.closed:
            return False
        protected = self.cipher.protect(self._slab, data, rtcp)
        return protected is not None and self._port.send(protected, self._address)

    def end(self) -> asyncio.Task[None] | None:
        """Stop using the connection at once; the returned task says goodbye to the other side."""
        self.closed = True
        if self.batch is not None:
            self.batch.settle()  # what is written there points at us
        self._rerouted()
        self.outgoing = self.batch = None
        if self.dtls is None:
            return None
        return asyncio.get_running_loop().create_task(self.dtls.close())

"""One connection of the load: socket, connectivity checks, DTLS, and libsrtp on memory of its own."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable
from typing import Any

from pylibsrtp._binding import lib

from media.rtc.dtls import DtlsLink, Identity, fingerprint_of
from tests.load import media_stun, media_wire
from tests.load.media_sdp import Local, Remote

CHECK_FAST = 0.1
HELLO_AGAIN = 0.05  # Chromium's first DTLS timeout; OpenSSL's would be a second
CHECK_SLOW = 2.5  # Chromium's interval on a stable connection


class Peer:
    """`connect` ends when the keys are there; until then the socket is watched, afterwards its owner drains it.

    take(peer): drain the socket now; whatever is no RTP or RTCP comes back through `other`.
    """

    def __init__(self, identity: Identity, address: str, take: Callable[[Peer], None]) -> None:
        self.socket: socket.socket = media_wire.udp(address)
        self.descriptor = self.socket.fileno()
        self.sending: Any = None  # libsrtp's sessions, once the keys are there
        self.receiving: Any = None
        self.profile = ""
        self.gone = False
        self._take = take
        self._certificate = identity.certificate()
        self._ufrag, self._password = secrets.token_hex(4), secrets.token_hex(16)
        self._tie_breaker = secrets.randbits(63)
        self._remote: Remote | None = None
        self._target: tuple[str, int] | None = None
        self._link: DtlsLink | None = None
        self._hello: list[bytes] | None = []
        self._check: asyncio.TimerHandle | None = None
        self._secured: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def local(self, ssrcs: dict[str, int] | None = None) -> Local:
        return Local(self._ufrag, self._password, fingerprint_of(self._certificate), self.socket.getsockname(), ssrcs or {})

    async def connect(self, remote: Remote, setup: str, within: float = 20.0) -> None:
        """Check, shake hands. setup: the DTLS role of the other side (active: it is the client). Raises ConnectionError."""
        self._remote = remote
        self._link = DtlsLink(
            self._certificate,
            remote.fingerprints,
            server=setup == "active",
            send=self._plain,
            done=lambda cipher: self._done(cipher is not None),
            closed=self._closed,
        )
        loop = asyncio.get_running_loop()
        loop.add_reader(self.descriptor, self._take, self)
        self._checks()
        try:
            async with asyncio.timeout(within):
                ready = await self._secured
        except TimeoutError:
            ready = False
        finally:
            loop.remove_reader(self.descriptor)
        if not ready:
            raise ConnectionError("no connection to the server")

    def _done(self, ready: bool) -> None:
        if ready and self._link is not None:
            transport: Any = self._link._transport
            self.receiving, self.sending = transport._rx_srtp._srtp[0], transport._tx_srtp._srtp[0]
            self._keep = transport._rx_srtp, transport._tx_srtp
            profile = transport._ssl.get_selected_srtp_profile()
            self.profile = profile.decode() if isinstance(profile, bytes) else str(profile)
        if not self._secured.done():
            self._secured.set_result(ready)

    def _closed(self) -> None:
        self.gone = True

    async def close(self) -> None:
        if self._check is not None:
            self._check.cancel()
        if self._link is not None:
            await self._link.close()
        self.socket.close()

    def abandon(self) -> None:
        """End without a word; the process is about to end."""
        if self._check is not None:
            self._check.cancel()
        self.socket.close()

    # -- datagrams ---------------------------------------------------------------------------------------------------

    def other(self, data: bytes) -> None:
        """STUN or DTLS."""
        remote, link = self._remote, self._link
        if remote is None or link is None:
            return
        if data[0] >= 20:
            self._hello = None
            link.receive(data)
        elif media_stun.kind(data) == media_stun.REQUEST:
            address = self._target or remote.addresses[0]
            self.socket.sendto(media_stun.success(data, self._password, address), address)
        elif self._target is None and media_stun.kind(data) == media_stun.SUCCESS:
            self._target = remote.addresses[0]
            self.socket.connect(self._target)
            link.begin()
            asyncio.get_running_loop().call_later(HELLO_AGAIN, self._again)

    def _again(self) -> None:
        """The first flight once more, as long as nothing has answered it."""
        if self._hello is not None and not self._secured.done():
            for data in list(self._hello):
                self._plain(data, again=True)
            asyncio.get_running_loop().call_later(HELLO_AGAIN, self._again)

    def send(self, pointer: Any, length: Any, view: memoryview, rtcp: bool) -> bool:
        """Encrypt in place and send. pointer, view: the same memory; length: an int * with the size."""
        protect = lib.srtp_protect_rtcp if rtcp else lib.srtp_protect
        if self.sending is None or protect(self.sending, pointer, length):
            return False
        try:
            self.socket.send(view[: length[0]])
        except OSError:
            return False
        return True

    def _plain(self, data: bytes, again: bool = False) -> None:
        if self._hello is not None and not again:
            self._hello.append(data)
        try:
            self.socket.send(data)
        except OSError:
            self.gone = True

    def _checks(self) -> None:
        """A controlling agent that nominates at once."""
        remote = self._remote
        if remote is None or self.socket.fileno() < 0:
            return
        username = f"{remote.ufrag}:{self._ufrag}"
        data = media_stun.request(username, remote.password, self._tie_breaker)
        try:
            if self._target is None:
                self.socket.sendto(data, remote.addresses[0])
            else:
                self.socket.send(data)
        except OSError:
            self.gone = self._target is not None
        delay = CHECK_FAST if self._target is None else CHECK_SLOW
        self._check = asyncio.get_running_loop().call_later(delay, self._checks)

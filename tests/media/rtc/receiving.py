"""The far end of connections that packets are sent on in batches: a socket and the keys to what comes there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from pylibsrtp import Policy, Session

from media.rtc.fanout import Batch
from media.rtc.sealing import by_openssl
from media.rtc.srtp import Cipher, Outgoing, Slab

SLAB = Slab()


@dataclass
class Receiver:
    """The other end of a connection, and what `Fanout` needs to know of this one."""

    number: int
    sock: socket.socket
    batch: Batch | None
    sockaddr: Any
    sent: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        key, profile, sealed = bytes([self.number]) * 30, Policy.SRTP_PROFILE_AES128_CM_SHA1_80, None
        if self.number % 2:  # as browsers do
            key, profile = key[:28], Policy.SRTP_PROFILE_AEAD_AES_128_GCM
            sealed = by_openssl(key[:16], key[16:])
        out = Session(Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile))
        back = Session(Policy(key=key, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=profile))
        self._cipher = Cipher(back, out, sealed)
        self.outgoing: Outgoing | None = self._cipher.outgoing

    def send(self, data: bytes, rtcp: bool) -> bool:
        assert not rtcp
        self.sent.append(data)
        return True

    def received(self) -> list[bytes]:
        """Decrypted datagrams since the last call."""
        found = self.sent
        self.sent = []
        while True:
            try:
                size = self.sock.recv_into(SLAB.memory)
            except BlockingIOError:
                return found
            data = self._cipher.unprotect(SLAB, size, False)
            assert data is not None
            found.append(data)


@contextmanager
def udp(family: socket.AddressFamily, host: str) -> Iterator[socket.socket]:
    with closing(socket.socket(family, socket.SOCK_DGRAM)) as sock:
        sock.setblocking(False)
        sock.bind((host, 0))
        yield sock

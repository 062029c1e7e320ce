"""A TURN client (RFC 8656) that goes just far enough to know whether a relay works and where it leads."""

from __future__ import annotations

import hashlib
import socket
import ssl
import struct
from typing import Self

from conference.base.settings import TURN
from conference.doctor import stun
from conference.doctor.finding import WITHIN

ALLOCATE, REFRESH, SEND, DATA, PERMISSION = 0x003, 0x004, 0x016, 0x017, 0x008  # RFC 8656 section 17
INDICATION = 0x0010
USERNAME, REALM, NONCE, LIFETIME, PEER, PAYLOAD, RELAYED, FAMILY, TRANSPORT = (
    0x0006, 0x0014, 0x0015, 0x000D, 0x0012, 0x0013, 0x0016, 0x0017, 0x0019,
)  # fmt: skip
UDP = struct.pack("!B3x", 17)
RESEND = (0.5, 1.0, 2.0)  # RFC 8489 section 6.2.1, cut short


class Refused(Exception):
    """The server's own error: code (RFC 8656 section 19) and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code


class Relay:
    """One allocation, from `with` to the end of its block. Blocking, each step at most WITHIN seconds."""

    def __init__(self, url: str, username: str, password: str, ipv6: bool = False) -> None:
        """url: as RFC 7065 writes it. ipv6: ask for a relay on that family."""
        parts = TURN.fullmatch(url)
        if parts is None:
            raise ValueError(url)
        self._tls = url.startswith("turns:")
        self.host = parts[1].strip("[]")
        self.port = int(parts[2][1:]) if parts[2] else (5349 if self._tls else 3478)
        self._stream = self._tls or parts[4] == "tcp"
        self._ipv6 = ipv6
        self._username, self._password = username, password
        self._facts: dict[int, bytes] = {}  # realm and nonce, once the server has told them
        self._socket: socket.socket | None = None
        self.address: stun.Address = ("", 0)  # of the relay

    def __enter__(self) -> Self:
        """Raises OSError (ssl.SSLError and TimeoutError among them), stun.NotStun, Refused."""
        try:
            self._socket = self._connect()
            family = {FAMILY: struct.pack("!B3x", 2)} if self._ipv6 else {}
            answer = self.ask(ALLOCATE, {TRANSPORT: UDP, **family})
            self.address = stun.read_xor_address(answer.attributes.get(RELAYED, b""), answer.transaction)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.ask(REFRESH, {LIFETIME: struct.pack("!I", 0)})
        except (OSError, stun.NotStun, Refused):
            pass  # it ends by itself
        finally:
            self._close()

    def permits(self, host: str) -> bool:
        """Whether the relay would send to `host`. Raises as `ask`."""
        try:
            self.ask(PERMISSION, {}, peer=(host, 0))
        except Refused as refusal:
            if refusal.code in (403, 443):  # forbidden, or not of this relay's family
                return False
            raise
        return True

    def carries(self, peer: stun.Address, data: bytes) -> bool:
        """Send `data` through the relay; whether `peer` answered anything. Needs `permits` first."""
        message = stun.Message(SEND | INDICATION)
        message.attributes[PEER] = stun.xor_address(peer, message.transaction)
        message.attributes[PAYLOAD] = data
        for wait in RESEND:
            self._send(message.write())
            try:
                if self._receive(wait).kind == DATA | INDICATION:
                    return True
            except TimeoutError:
                continue
        return False

    def ask(self, method: int, attributes: dict[int, bytes], peer: stun.Address | None = None) -> stun.Message:
        """One request, again with credentials when the server wants them. Raises OSError, stun.NotStun, Refused."""
        for _ in range(3):
            message = stun.Message(method, attributes={**attributes, **self._facts})
            if peer is not None:
                message.attributes[PEER] = stun.xor_address(peer, message.transaction)
            answer = self._exchange(message, self._key() if self._facts else b"")
            code, reason = stun.error_of(answer)
            if not code:
                return answer
            if code not in (401, 438) or (code == 401 and self._facts):
                raise Refused(code, reason)
            told = {name: answer.attributes.get(name, b"") for name in (REALM, NONCE)}
            self._facts = {USERNAME: self._username.encode(), **told}
        raise Refused(438, "Stale Nonce")

    def _key(self) -> bytes:
        """RFC 8489 section 9.2.2."""
        whole = b":".join([self._username.encode(), self._facts[REALM], self._password.encode()])
        return hashlib.md5(whole, usedforsecurity=False).digest()

    def _connect(self) -> socket.socket:
        if self._stream:
            line = socket.create_connection((self.host, self.port), WITHIN)
            if not self._tls:
                return line
            try:
                return ssl.create_default_context().wrap_socket(line, server_hostname=self.host)
            except BaseException:
                line.close()
                raise
        family, kind, _, _, target = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)[0]
        line = socket.socket(family, kind)
        line.connect(target)
        return line

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _exchange(self, message: stun.Message, key: bytes) -> stun.Message:
        written = message.write(key)
        for wait in (WITHIN,) if self._stream else RESEND:
            self._send(written)
            try:
                while (answer := self._receive(wait)).transaction != message.transaction:
                    pass
            except TimeoutError:
                continue
            return answer
        raise TimeoutError("no answer")

    def _send(self, data: bytes) -> None:
        assert self._socket is not None
        self._socket.sendall(data)

    def _receive(self, wait: float) -> stun.Message:
        assert self._socket is not None
        self._socket.settimeout(wait)
        if not self._stream:
            return stun.read(self._socket.recv(2048))
        head = self._exactly(stun.HEADER.size)
        return stun.read(head + self._exactly(stun.length_in(head)))

    def _exactly(self, size: int) -> bytes:
        assert self._socket is not None
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise ConnectionResetError("the server hung up")
            data += part
        return data

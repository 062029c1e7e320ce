"""aiortc's DTLS transport alone, over any way to send a datagram.

`RTCDtlsTransport` touches only `_recv`, `_send` and `role` of what it believes to be its ICE transport. The private
names used here are pinned by tests/media/rtc.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aiortc.rtcdtlstransport import (
    SRTP_PROFILES,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from OpenSSL import SSL
from pylibsrtp import Policy, Session

from media.rtc.sealing import WINDOW, by_openssl
from media.rtc.srtp import Cipher, Outgoing

BACKLOG = 64  # datagrams that may wait for the handshake; a flight is about ten
RENEW = timedelta(days=15)  # half of a certificate's life
Fingerprint = tuple[str, str]  # algorithm, hexadecimal bytes with colons


class Identity:
    """The node's self-signed certificate, made again in time."""

    def __init__(self) -> None:
        self._certificate: RTCCertificate = RTCCertificate.generateCertificate()

    def certificate(self) -> RTCCertificate:
        if self._certificate.expires - datetime.now(UTC) < RENEW:
            self._certificate = RTCCertificate.generateCertificate()
        return self._certificate


def fingerprint_of(certificate: RTCCertificate) -> str:
    """The SHA-256 fingerprint as it stands in SDP (RFC 8122 section 5)."""
    for fingerprint in certificate.getFingerprints():
        if fingerprint.algorithm == "sha-256":
            return str(fingerprint.value)
    raise LookupError("certificate without a SHA-256 fingerprint")


class _Wire:
    """What RTCDtlsTransport takes for an ICE transport."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._forward = send
        self.arrived: asyncio.Queue[bytes | None] = asyncio.Queue(BACKLOG)

    async def _recv(self) -> bytes:
        data = await self.arrived.get()
        if data is None:
            raise ConnectionError("closed")
        return data

    async def _send(self, data: bytes) -> None:
        self._forward(data)


class _Transport(RTCDtlsTransport):
    async def _write_ssl(self) -> None:
        """Send all that OpenSSL has ready; the original sends at most 1500 bytes of it and leaves the rest."""
        ssl: Any = self._ssl
        while True:
            try:
                data = ssl.bio_read(1500)
            except SSL.Error:
                return
            await self.transport._send(data)

    def outgoing(self) -> tuple[Session, Outgoing | None]:
        """A session with our keys of the handshake (RFC 5764 section 4.2), in place of aiortc's own, whose window is wider:
        libsrtp moves the whole window on with every packet."""
        ssl: Any = self._ssl
        chosen = ssl.get_selected_srtp_profile()
        (profile,) = (each for each in self._srtp_profiles if each.openssl_profile == chosen)
        material = ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (profile.key_length + profile.salt_length))
        key = profile.get_key_and_salt(material, self._role == "server")
        policy = Policy(key, Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile.libsrtp_profile)
        policy.allow_repeat_tx = True  # a lost packet may leave again, as it was
        policy.window_size = WINDOW
        return Session(policy), by_openssl(key[: profile.key_length], key[profile.key_length :])


class DtlsLink:
    """One DTLS association. `begin` runs the handshake as a task and calls `done` once, with the cipher or None."""

    def __init__(
        self,
        certificate: RTCCertificate,
        fingerprints: Sequence[Fingerprint],
        server: bool,
        send: Callable[[bytes], None],
        done: Callable[[Cipher | None], None],
        closed: Callable[[], None],
    ) -> None:
        self._wire = _Wire(send)
        wire: Any = self._wire
        self._transport: Any = _Transport(wire, [certificate])
        self._transport._set_role("server" if server else "client")
        # GCM first (its salt is the shorter one), of these the shorter key: fewer rounds for each packet and receiver.
        self._transport._srtp_profiles = sorted(SRTP_PROFILES, key=lambda profile: (profile.salt_length, profile.key_length))
        self._fingerprints = fingerprints
        self._done = done
        self._closed = closed
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start the handshake, once."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def receive(self, data: bytes) -> bool:
        """Hand in a DTLS datagram. False: dropped, too many are waiting."""
        try:
            self._wire.arrived.put_nowait(data)
        except asyncio.QueueFull:
            return False
        return True

    async def _run(self) -> None:
        parameters = RTCDtlsParameters([RTCDtlsFingerprint(*fingerprint) for fingerprint in self._fingerprints])
        try:
            await self._transport.start(parameters)
        except (SSL.Error, ValueError, AttributeError):  # a peer without a certificate ends as AttributeError
            self._done(None)
            return
        if self._transport.state != "connected":
            self._done(None)
            return
        self._transport.on("statechange", self._changed)
        self._done(Cipher(self._transport._rx_srtp, *self._transport.outgoing()))

    def _changed(self) -> None:
        if self._transport.state == "closed":
            self._closed()

    async def close(self) -> None:
        """Say goodbye (close_notify) and stop; never raises for what the other side did."""
        self._closed = lambda: None
        self._done = lambda cipher: None
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        pump = self._transport._task
        await self._transport.stop()
        if pump is not None:
            await asyncio.gather(pump, return_exceptions=True)

"""A small WebRTC peer of our own: for played-in streams, tests and load. It neither encodes nor decodes."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from media.gateway import Direction
from media.rtc import stun
from media.rtc.dtls import DtlsLink, Identity, fingerprint_of
from media.rtc.offer import Offer, read_offer
from media.rtc.srtp import Cipher, Slab
from media.rtp.extensions import AUDIO_LEVEL_URI, MID_URI
from media.rtp.packet import is_rtcp

OPUS, VP8, RTX, H264, H264_RTX = 111, 96, 97, 102, 103
MID_ID, LEVEL_ID = 1, 2
CHECK_FAST, CHECK_SLOW = 0.1, 1.0  # seconds between connectivity checks before and after the first answer
SILENT = 3.5  # seconds without a word (checks are answered at once): the node is gone without a goodbye


@dataclass(frozen=True, slots=True)
class ClientSection:
    """One m= section; `ssrc` is what we send in it (publishing only). h264: offered behind VP8."""

    mid: str
    kind: str
    ssrc: int = field(default_factory=lambda: secrets.randbits(31) | 1)
    h264: bool = False


def write_offer(
    direction: Direction,
    sections: Sequence[ClientSection],
    credentials: stun.Credentials,
    fingerprint: str,
    setup: str = "actpass",
    candidates: Sequence[str] = (),
) -> str:
    """An offer as a browser would make it, as short as possible. `candidates`: whole values, for hostile tests."""
    lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0"]
    lines.append("a=group:BUNDLE " + " ".join(section.mid for section in sections))
    lines.append(f"a=fingerprint:sha-256 {fingerprint}")
    for section in sections:
        pictures = [(VP8, RTX, "VP8")] + ([(H264, H264_RTX, "H264")] if section.h264 else [])
        formats = str(OPUS) if section.kind == "audio" else " ".join(f"{main} {rtx}" for main, rtx, _ in pictures)
        lines += [
            f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {formats}",
            "c=IN IP4 0.0.0.0",
            f"a=mid:{section.mid}",
            f"a=ice-ufrag:{credentials.ufrag}",
            f"a=ice-pwd:{credentials.password}",
            f"a=setup:{setup}",
            "a=sendonly" if direction is Direction.PUBLISH else "a=recvonly",
            "a=rtcp-mux",
            "a=rtcp-rsize",
            f"a=extmap:{MID_ID} {MID_URI}",
            *(f"a=candidate:{candidate}" for candidate in candidates),
        ]
        if section.kind == "audio":
            lines += [f"a=extmap:{LEVEL_ID} {AUDIO_LEVEL_URI}", f"a=rtpmap:{OPUS} opus/48000/2"]
        else:
            for main, rtx, name in pictures:
                lines += [f"a=rtpmap:{main} {name}/90000", f"a=rtpmap:{rtx} rtx/90000", f"a=fmtp:{rtx} apt={main}"]
                lines += [f"a=rtcp-fb:{main} {feedback}" for feedback in ("goog-remb", "ccm fir", "nack", "nack pli")]
            if section.h264:
                lines.append(f"a=fmtp:{H264} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f")
    return "\r\n".join(lines) + "\r\n"


class Client:
    """One bundled connection. `offer` first, then `connect` with the answer; packets come to the two callbacks."""

    def __init__(
        self,
        direction: Direction,
        sections: Sequence[ClientSection],
        on_rtp: Callable[[bytes], None] = lambda data: None,
        on_rtcp: Callable[[bytes], None] = lambda data: None,
        setup: str = "actpass",
        identity: Identity | None = None,
    ) -> None:
        self.direction = direction
        self.sections = tuple(sections)
        self.credentials = stun.Credentials.new()
        self.answer: Offer | None = None
        self.ended = asyncio.Event()
        self._on_rtp, self._on_rtcp = on_rtp, on_rtcp
        self._setup = setup
        self._certificate = (identity or Identity()).certificate()
        self._socket = self._bound(socket.AF_INET)
        self._in, self._out = Slab(), Slab()
        self._cipher: Cipher | None = None
        self._secured: asyncio.Future[bool] | None = None
        self._target: Any = None
        self._targets: list[tuple[str, int]] = []
        self._checks: asyncio.TimerHandle | None = None
        self._dtls: DtlsLink | None = None
        self._tie_breaker = secrets.randbits(63)
        self._heard = 0.0

    @staticmethod
    def _bound(family: int) -> socket.socket:
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.bind(("", 0))
        return sock

    def offer(self, candidates: Sequence[str] = ()) -> str:
        fingerprint = fingerprint_of(self._certificate)
        return write_offer(self.direction, self.sections, self.credentials, fingerprint, self._setup, candidates)

    @property
    def connected(self) -> bool:
        return self._cipher is not None and not self.ended.is_set()

    async def connect(self, answer: str, within: float = 5.0) -> None:
        """Check, shake hands, be ready to send. Raises ConnectionError."""
        self.answer = read_offer(answer)
        self._targets = _candidates(answer)
        if self._targets and ":" in self._targets[0][0]:
            self._socket.close()
            self._socket = self._bound(socket.AF_INET6)
        loop = asyncio.get_running_loop()
        self._secured = loop.create_future()
        self._dtls = DtlsLink(
            self._certificate,
            self.answer.fingerprints,
            server=self.answer.setup == "active",
            send=self._send_plain,
            done=self._done,
            closed=self.ended.set,
        )
        loop.add_reader(self._socket.fileno(), self._drain)
        self._check()
        try:
            async with asyncio.timeout(within):
                ready = await self._secured
        except TimeoutError:
            ready = False
        if not ready:
            await self.close()
            raise ConnectionError("no connection to the node")

    async def close(self) -> None:
        """Say goodbye and free the socket; closing twice does nothing."""
        if self._socket.fileno() < 0:
            return
        self.ended.set()
        if self._checks is not None:
            self._checks.cancel()
        if self._dtls is not None:
            await self._dtls.close()
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()

    def renew(self) -> stun.Credentials:
        """New ICE credentials of ours, to be told to the node; `resume` with its new ones follows."""
        self.credentials = stun.Credentials.new()
        return self.credentials

    def resume(self, ufrag: str, password: str) -> None:
        """Check with the node's new credentials; media goes on over the same DTLS association."""
        if self.answer is not None:
            self.answer.ufrag, self.answer.password = ufrag, password
            self._check_now()

    def move(self, check: bool = True) -> None:
        """Go on from another port, as after a change of the network, or silently (`check`: no check tells of it) as after a
        change of a NAT's binding."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._socket.fileno())
        family = self._socket.family
        self._socket.close()
        self._socket = self._bound(family)
        loop.add_reader(self._socket.fileno(), self._drain)
        if check:
            self._check_now()
        elif self._checks is not None:
            self._checks.cancel()

    def _check_now(self) -> None:
        if self._checks is not None:
            self._checks.cancel()
        self._check()

    def send(self, data: bytes, rtcp: bool = False) -> bool:
        """Encrypt and send one RTP or RTCP packet. False: not connected or dropped."""
        if self._cipher is None or self.ended.is_set():
            return False
        protected = self._cipher.protect(self._out, data, rtcp)
        return protected is not None and self._send(protected)

    def send_raw(self, data: bytes) -> bool:
        """Send bytes as they are on the checked path; for hostile tests."""
        return self._send(data)

    def _send_plain(self, data: bytes) -> None:
        self._send(data)

    def _send(self, data: bytes | memoryview) -> bool:
        if self._target is None or self._socket.fileno() < 0:
            return False
        try:
            self._socket.sendto(data, self._target)
        except OSError:
            return False
        return True

    def _done(self, cipher: Cipher | None) -> None:
        self._cipher = cipher
        if self._secured is not None and not self._secured.done():
            self._secured.set_result(cipher is not None)

    def _check(self) -> None:
        """A controlling agent with aggressive nomination: every check says USE-CANDIDATE."""
        if self.answer is None or self._socket.fileno() < 0:
            return
        username = f"{self.answer.ufrag}:{self.credentials.ufrag}"
        data = stun.request(username, self.answer.password, True, self._tie_breaker)
        for target in [self._target] if self._target is not None else self._targets:
            try:
                self._socket.sendto(data, target)
            except OSError:
                continue  # an address that cannot be reached from here
        now = asyncio.get_running_loop().time()
        if self.connected and now - self._heard > SILENT:
            self.ended.set()
            return
        delay = CHECK_FAST if self._target is None else CHECK_SLOW
        self._checks = asyncio.get_running_loop().call_later(delay, self._check)

    def _drain(self) -> None:
        for _ in range(64):
            try:
                size, address = self._socket.recvfrom_into(self._in.memory)
            except BlockingIOError:
                return
            except OSError:
                continue
            if size:
                self._heard = asyncio.get_running_loop().time()
                self._datagram(size, address)

    def _datagram(self, size: int, address: Any) -> None:
        first = self._in.memory[0]
        if first < 4:
            if self._target is None and self.answer is not None:
                data = bytes(self._in.view[:size])
                if stun.is_success(data, self.answer.password):
                    self._target = address
                    if self._dtls is not None:
                        self._dtls.begin()
        elif 19 < first < 64:
            if self._dtls is not None:
                self._dtls.receive(bytes(self._in.view[:size]))
        elif 127 < first < 192 and self._cipher is not None:
            rtcp = is_rtcp(self._in.view[:2])
            plain = self._cipher.unprotect(self._in, size, rtcp)
            if plain is not None:
                (self._on_rtcp if rtcp else self._on_rtp)(plain)


def _candidates(answer: str) -> list[tuple[str, int]]:
    """Host candidates of an answer: those of IPv4, or of IPv6 where there is nothing else; loopback first, since the node
    of a played-in stream is usually here."""
    found = []
    for line in answer.splitlines():
        if line.startswith("a=candidate:"):
            fields = line.split()
            if fields[2].lower() == "udp":
                found.append((fields[4], int(fields[5])))
    chosen = [target for target in found if "." in target[0]] or found
    return sorted(chosen, key=lambda target: target[0] != "::1" and not target[0].startswith("127."))

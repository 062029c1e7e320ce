"""One test for each private name of aiortc, aioice and pylibsrtp that the node uses: an update that moves one fails here."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
from aioice import stun
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsParameters, RTCDtlsTransport, State
from OpenSSL import SSL
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

from media.rtc.dtls import DtlsLink, Identity, fingerprint_of
from media.rtc.srtp import SIZE, TRAILER, Cipher, Slab
from media.rtc.stun import Credentials, is_success, read_check, request


class Pipe:
    """What stands for an ICE transport: `_recv`, `_send` and `role` are all that is touched."""

    role = "controlled"

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[bytes] = asyncio.Queue()
        self.other: Pipe | None = None

    async def _recv(self) -> bytes:
        return await self.incoming.get()

    async def _send(self, data: bytes) -> None:
        assert self.other is not None
        self.other.incoming.put_nowait(data)


async def connected() -> tuple[Any, Any]:
    pipes: list[Any] = [Pipe(), Pipe()]
    pipes[0].other, pipes[1].other = pipes[1], pipes[0]
    ends: list[Any] = [RTCDtlsTransport(pipe, [RTCCertificate.generateCertificate()]) for pipe in pipes]
    for end, role in zip(ends, ("server", "client"), strict=True):
        end._set_role(role)
    parameters: list[RTCDtlsParameters] = [end.getLocalParameters() for end in ends]
    await asyncio.gather(ends[0].start(parameters[1]), ends[1].start(parameters[0]))
    return ends[0], ends[1]


async def test_a_dtls_transport_alone_over_anything_that_sends() -> None:
    server, client = await connected()
    assert (server.state, client.state) == ("connected", "connected")
    assert isinstance(server._rx_srtp, Session)
    assert isinstance(server._tx_srtp, Session)
    assert isinstance(server._task, asyncio.Future)
    assert isinstance(server._ssl, SSL.Connection)
    states: list[str] = []
    server.on("statechange", lambda: states.append(server.state))
    await client.stop()
    await asyncio.gather(server._task, return_exceptions=True)
    assert states == ["closed"]
    await server.stop()


def test_what_is_overridden_is_there() -> None:
    assert inspect.iscoroutinefunction(RTCDtlsTransport._write_ssl)
    assert State.CONNECTED.name == "CONNECTED"
    assert inspect.signature(RTCDtlsTransport._set_role).parameters.keys() == {"self", "role"}


def test_certificates_tell_their_end_and_their_digest() -> None:
    certificate = Identity().certificate()
    assert certificate.expires.tzinfo is not None
    assert len(fingerprint_of(certificate)) == 32 * 3 - 1


@pytest.mark.parametrize(
    "profile",
    [Policy.SRTP_PROFILE_AEAD_AES_256_GCM, Policy.SRTP_PROFILE_AEAD_AES_128_GCM, Policy.SRTP_PROFILE_AES128_CM_SHA1_80],
)
def test_the_binding_works_in_place_on_our_memory(profile: int) -> None:
    sessions = []
    for kind in (Policy.SSRC_ANY_INBOUND, Policy.SSRC_ANY_OUTBOUND):
        sessions.append(Session(Policy(key=bytes(range(60)), ssrc_type=kind, srtp_profile=profile)))
    assert "srtp_ctx_t" in repr(ffi.typeof(sessions[0]._srtp[0])) or sessions[0]._srtp[0]
    cipher, out, back = Cipher(*sessions), Slab(), Slab()
    for rtcp, packet in (
        (False, b"\x80\x60\x00\x01" + bytes(8) + b"x" * (SIZE - TRAILER - 12)),  # far beyond pylibsrtp's own 1356
        (True, b"\x80\xc9\x00\x01\x00\x00\x00\x09"),
    ):
        protected = cipher.protect(out, packet, rtcp)
        assert protected is not None
        size = len(protected)
        back.memory[:size] = protected
        assert cipher.unprotect(back, size, rtcp) == packet
        back.memory[:size] = protected
        assert cipher.unprotect(back, size, rtcp) is None  # a replay
    back.memory[:size] = bytes(size)
    assert cipher.unprotect(back, size, False) is None
    assert cipher.protect(out, bytes(SIZE), False) is None
    assert cipher.protect(out, b"short", False) is None


def test_the_binding_has_the_four_calls() -> None:
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        assert callable(getattr(lib, name))


def test_stun_messages() -> None:
    credentials = Credentials.new()
    data = request(f"{credentials.ufrag}:other", credentials.password, True, 1)
    check = read_check(data)
    assert check is not None
    assert check.ufrag == credentials.ufrag
    assert check.message.check_message_integrity(credentials.password.encode())
    assert stun.parse_message(data).attributes["USE-CANDIDATE"] is None
    assert read_check(request(":other", "x" * 24, False, 1)) is None
    answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE)
    answer.add_message_integrity(b"secret")
    assert is_success(bytes(answer), "secret")
    assert not is_success(bytes(answer), "other")
    assert not is_success(b"\x01\x01", "secret")
    assert read_check(bytes(answer)) is None


async def test_a_link_closes_cleanly_at_any_moment() -> None:
    identity = Identity()
    told: list[object] = []

    def link() -> DtlsLink:
        fingerprints = [("sha-256", fingerprint_of(identity.certificate()))]
        return DtlsLink(identity.certificate(), fingerprints, True, lambda data: None, told.append, lambda: None)

    never = link()
    await never.close()
    waiting = link()
    waiting.begin()
    waiting.begin()
    await asyncio.sleep(0)
    assert all(waiting.receive(b"\x16garbage") for _ in range(64))
    assert not waiting.receive(b"\x16one too many")
    await waiting.close()
    assert told == []

"""One test for each private name of aiortc, aioice and pylibsrtp that the node uses: an update that moves one, or changes
what it means, fails here. PRIVATE lists them; a new one that is not listed fails too."""

from __future__ import annotations

import ast
import asyncio
import importlib.metadata
import inspect
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aioice import stun
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport, State
from OpenSSL import SSL
from pylibsrtp import Policy, Session, _binding
from pylibsrtp._binding import ffi, lib

import media.rtc
from media.rtc import sealing
from media.rtc.dtls import DtlsLink, Identity, _Transport, fingerprint_of
from media.rtc.sealing import WINDOW
from media.rtc.srtp import SIZE, TRAILER, Cipher, Slab
from media.rtc.stun import Credentials, addressee, is_success, read_check, request

PRIVATE = {
    "_set_role",  # RTCDtlsTransport: fixes who is the DTLS server
    "_ssl",  # its OpenSSL connection
    "_write_ssl",  # overridden
    "_rx_srtp",
    "_role",
    "_srtp_profiles",  # what it offers and takes, in this order
    "_task",  # its pump after the handshake
    "_recv",  # what it calls of an ICE transport
    "_send",
    "_srtp",  # Session: the `srtp_t *`
    "_binding",  # the compiled module of pylibsrtp
}
LIBRARIES = ("aiortc", "aioice", "pylibsrtp", "OpenSSL")


def sources() -> list[ast.Module]:
    return [ast.parse(path.read_text()) for path in sorted(Path(media.rtc.__path__[0]).glob("*.py"))]


def test_every_private_name_is_listed() -> None:
    """Private attributes of what is not `self`, unless this package defines them itself, and private modules."""
    own: set[str] = set()
    used: set[str] = set()
    imported: set[str] = set()
    for node in (node for tree in sources() for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            own.add(node.target.id)
        elif isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            mine = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            (own if mine and isinstance(node.ctx, ast.Store) else used).add(node.attr)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in LIBRARIES:
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            imported |= {name for name in names if name.startswith("_")}
    assert (used - own) | imported <= PRIVATE
    assert own | used | imported >= PRIVATE  # nothing is listed that is not used any more


def test_versions_are_pinned() -> None:
    project = tomllib.loads((Path(media.rtc.__path__[0]).parents[1] / "pyproject.toml").read_text())
    pins = [
        line for line in project["project"]["dependencies"] if line.startswith(("aiortc", "pylibsrtp", "aioice", "pyopenssl"))
    ]
    assert len(pins) == 4
    assert all(">=" in pin and "<" in pin for pin in pins)
    assert importlib.metadata.version("aiortc").startswith("1.16.")


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


async def connected(kind: type[RTCDtlsTransport] = RTCDtlsTransport) -> tuple[Any, Any]:
    pipes: list[Any] = [Pipe(), Pipe()]
    pipes[0].other, pipes[1].other = pipes[1], pipes[0]
    ends: list[Any] = [kind(pipe, [RTCCertificate.generateCertificate()]) for pipe in pipes]
    for end, role in zip(ends, ("server", "client"), strict=True):
        end._set_role(role)
    parameters: list[RTCDtlsParameters] = [end.getLocalParameters() for end in ends]
    await asyncio.gather(ends[0].start(parameters[1]), ends[1].start(parameters[0]))
    return ends[0], ends[1]


async def test_a_dtls_transport_alone_over_anything_that_sends() -> None:
    server, client = await connected()
    assert (server.state, client.state) == ("connected", "connected")
    assert isinstance(server._rx_srtp, Session)
    assert (server._role, client._role) == ("server", "client")
    assert isinstance(server._task, asyncio.Future)
    assert isinstance(server._ssl, SSL.Connection)
    assert server._ssl.get_selected_srtp_profile() == server._srtp_profiles[0].openssl_profile
    states: list[str] = []
    server.on("statechange", lambda: states.append(server.state))
    await client.stop()
    await asyncio.gather(server._task, return_exceptions=True)
    assert states == ["closed"]
    await server.stop()


class Counted(RTCDtlsTransport):
    """How often the private method is called that the node overrides."""

    written = 0

    async def _write_ssl(self) -> None:
        self.written += 1
        await super()._write_ssl()


async def test_the_overridden_way_out_is_the_one_that_is_used() -> None:
    pipes: list[Any] = [Pipe(), Pipe()]
    pipes[0].other, pipes[1].other = pipes[1], pipes[0]
    ends: list[Any] = [Counted(pipe, [RTCCertificate.generateCertificate()]) for pipe in pipes]
    for end, role in zip(ends, ("server", "client"), strict=True):
        end._set_role(role)
    await asyncio.gather(ends[0].start(ends[1].getLocalParameters()), ends[1].start(ends[0].getLocalParameters()))
    assert [end.written >= 2 for end in ends] == [True, True]  # two flights each
    assert [end.transport for end in ends] == pipes
    assert {"_ssl", "_rx_srtp", "_role", "_task", "_state"} <= vars(ends[0]).keys()
    await asyncio.gather(*(end.stop() for end in ends))


async def test_the_pump_lives_on_junk_and_ends_with_the_way_in() -> None:
    """What the node relies on after the handshake: records that are not genuine cost nothing, ConnectionError ends it."""

    class Ending(Pipe):
        async def _recv(self) -> bytes:
            data = await super()._recv()
            if not data:
                raise ConnectionError
            return data

    pipes: list[Any] = [Ending(), Ending()]
    pipes[0].other, pipes[1].other = pipes[1], pipes[0]
    ends: list[Any] = [RTCDtlsTransport(pipe, [RTCCertificate.generateCertificate()]) for pipe in pipes]
    for end, role in zip(ends, ("server", "client"), strict=True):
        end._set_role(role)
    await asyncio.gather(ends[0].start(ends[1].getLocalParameters()), ends[1].start(ends[0].getLocalParameters()))
    closed = asyncio.Event()
    ends[0].on("statechange", closed.set)
    alert = bytes.fromhex("15fefd000000000000000000020228")
    hello = bytes.fromhex("16fefd0000000000000000004a") + bytes(74)
    for junk in (alert, hello, b"\x17", b"\x16\xfe\xfd" + bytes(200), b"\x3f" + bytes(2000)):
        pipes[0].incoming.put_nowait(junk)
    await asyncio.sleep(0.05)
    assert ends[0].state == "connected"
    pipes[0].incoming.put_nowait(b"")
    await asyncio.wait_for(closed.wait(), 5)
    assert ends[0].state == "closed"
    await asyncio.gather(*(end.stop() for end in ends))


async def test_another_fingerprint_or_none_that_is_known_fails() -> None:
    for fingerprint in (RTCDtlsFingerprint("sha-256", ":".join(["AB"] * 32)), RTCDtlsFingerprint("sha-1", "AB:CD")):
        pipes: list[Any] = [Pipe(), Pipe()]
        pipes[0].other, pipes[1].other = pipes[1], pipes[0]
        ends: list[Any] = [RTCDtlsTransport(pipe, [RTCCertificate.generateCertificate()]) for pipe in pipes]
        for end, role in zip(ends, ("server", "client"), strict=True):
            end._set_role(role)
        wrong = RTCDtlsParameters([fingerprint])
        await asyncio.gather(ends[0].start(wrong), ends[1].start(ends[0].getLocalParameters()))
        assert (ends[0].state, ends[1].state) == ("failed", "connected")
        assert ends[0]._task is None
        await asyncio.gather(*(end.stop() for end in ends))


async def test_the_sessions_are_one_for_each_way() -> None:
    """The keys that are taken out of the handshake are those that the other end has."""
    server, client = await connected(_Transport)
    out, back = Slab(), Slab()
    ciphers = [Cipher(end._rx_srtp, *end.outgoing()) for end in (server, client)]
    for here, there in (ciphers, ciphers[::-1]):
        for rtcp, packet in ((False, b"\x80\x60" + bytes(10) + b"media"), (True, b"\x80\xc9\x00\x01\x00\x00\x00\x09")):
            assert here.protect(out, packet, rtcp) is not None
            protected = here.protect(out, packet, rtcp)  # the same number again may leave (it is allowed to repeat)
            assert protected is not None
            size = len(protected)
            back.memory[:size] = protected
            assert there.unprotect(back, size, rtcp) == packet
    await asyncio.gather(client.stop(), server.stop())


async def test_a_peer_without_a_certificate_is_a_failure_and_nothing_else() -> None:
    """The server asks for one, so that OpenSSL refuses the handshake; the peer here offers none."""
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_verify(SSL.VERIFY_NONE, lambda *_: True)
    context.set_tlsext_use_srtp(b"SRTP_AES128_CM_SHA1_80")
    peer = SSL.Connection(context)
    peer.set_connect_state()
    ended: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    identity = Identity()
    fingerprints = [("sha-256", fingerprint_of(identity.certificate()))]

    def hear(data: bytes) -> None:
        peer.bio_write(data)

    link = DtlsLink(identity.certificate(), fingerprints, True, hear, ended.set_result, lambda: None)
    link.begin()

    def flush(hand_in: Callable[[bytes], object]) -> None:
        try:
            while True:
                hand_in(peer.bio_read(1500))
        except SSL.WantReadError:
            return

    async with asyncio.timeout(5):
        while not ended.done():
            try:
                peer.do_handshake()
            except SSL.WantReadError:
                flush(link.receive)
            except SSL.Error:
                break
            await asyncio.sleep(0.01)
        assert await ended is None
    await link.close()


def test_what_is_overridden_is_there() -> None:
    assert inspect.iscoroutinefunction(RTCDtlsTransport._write_ssl)
    assert State.CONNECTED.name == "CONNECTED"
    assert inspect.signature(RTCDtlsTransport._set_role).parameters.keys() == {"self", "role"}


def test_certificates_tell_their_end_and_their_digest() -> None:
    certificate = Identity().certificate()
    assert certificate.expires.tzinfo is not None
    assert len(fingerprint_of(certificate)) == 32 * 3 - 1


async def test_what_was_sent_within_the_window_may_leave_again() -> None:
    server, client = await connected(_Transport)
    cipher, out = Cipher(server._rx_srtp, *server.outgoing()), Slab()

    def leaves(number: int) -> bool:
        return cipher.protect(out, b"\x80\x60" + number.to_bytes(2, "big") + bytes(8) + b"media", False) is not None

    assert all(leaves(number) for number in range(2 * WINDOW))
    assert [leaves(2 * WINDOW - back) for back in (1, WINDOW, WINDOW + 1)] == [True, True, False]
    await asyncio.gather(client.stop(), server.stop())


@pytest.mark.parametrize(
    "profile",
    [Policy.SRTP_PROFILE_AEAD_AES_256_GCM, Policy.SRTP_PROFILE_AEAD_AES_128_GCM, Policy.SRTP_PROFILE_AES128_CM_SHA1_80],
)
def test_the_binding_works_in_place_on_our_memory(profile: int) -> None:
    sessions = []
    for kind in (Policy.SSRC_ANY_INBOUND, Policy.SSRC_ANY_OUTBOUND):
        sessions.append(Session(Policy(key=bytes(range(60)), ssrc_type=kind, srtp_profile=profile)))
    assert "srtp_ctx_t" in repr(ffi.typeof(sessions[0]._srtp[0])) or sessions[0]._srtp[0]
    cipher, out, back = Cipher(sessions[0], sessions[1]), Slab(), Slab()
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


def test_openssl_inside_of_the_binding() -> None:
    """Without these the node goes on with libsrtp alone, at more CPU time."""
    found = sealing._evp.dlopen(_binding.__file__)
    for name in ("EVP_CipherInit_ex", "EVP_EncryptUpdate", "EVP_EncryptFinal_ex", "EVP_CIPHER_CTX_ctrl", "EVP_aes_256_gcm"):
        assert sealing._evp.addressof(found, name)


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
    assert check.message.transaction_id == data[8:20]
    assert check.message.message_method is stun.Method.BINDING
    assert check.message.message_class is stun.Class.REQUEST
    assert addressee(data) == credentials.ufrag


def test_stun_attributes_behind_the_integrity_do_not_count() -> None:
    """Or anybody on the way could nominate (RFC 8489 section 14.5)."""
    data = request("ours:theirs", "x" * 24, False, 1)[:-8]  # without the fingerprint
    late = data + b"\x00\x25\x00\x00"
    late = late[:2] + (len(late) - 20).to_bytes(2, "big") + late[4:]
    check = read_check(late)
    assert check is not None
    assert "USE-CANDIDATE" not in check.message.attributes
    assert check.message.check_message_integrity(b"x" * 24)


def test_what_stun_messages_can_raise() -> None:
    """ValueError (UnicodeDecodeError is one) and struct.error; anything else would escape."""
    head = bytes(request("ours:theirs", "x" * 24, False, 1))[:20]
    for body in (
        b"\x00\x06\x00\x02\xff\xff\0\0",  # a user name that is not UTF-8
        b"\x00\x24\x00\x01\x00\0\0\0",  # a priority of one byte
        b"\x00\x20\x00\x04\x00\x09\x00\x00",  # an address of no family
        b"\x00\x06\xff\xff",  # longer than the message
        b"\x80\x28\x00\x04\x00\x00\x00\x00",  # a wrong fingerprint
    ):
        assert read_check(head[:2] + len(body).to_bytes(2, "big") + head[4:] + body) is None
    assert read_check(b"\x3f\xff" + head[2:]) is None  # an unknown method


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        (b"\x00\x06\x00\x03a:b\0", "a"),
        (b"\x00\x06\x00\x01a\0\0\0", "a"),
        (b"\x80\x22\x00\x01x\0\0\0\x00\x06\x00\x03a:b\0", "a"),
        (b"\x00\x06\x00\x02\xff:\0\0", "\ufffd"),
        (b"", None),
        (b"\x80\x22\x00\x00" * 15 + b"\x00\x06\x00\x03a:b\0", "a"),
        (b"\x00\x06\x00\x03a:b\0" + b"\x80\x22\x00\x00" * 16, None),  # too many
        (b"\x00\x06\x02\x80" + b"a" * 640, None),  # too long
    ],
)
def test_who_a_check_is_for(attributes: bytes, found: str | None) -> None:
    head = b"\x00\x01" + len(attributes).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12)
    assert addressee(head + attributes) == found
    assert addressee(b"\x01\x01" + head[2:] + attributes) is None
    assert addressee(head[:4] + bytes(4) + head[8:] + attributes) is None


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

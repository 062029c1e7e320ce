"""Do the media nodes answer where they say that they do? Asked as a browser asks: by ICE checks over UDP, and by TCP."""

from __future__ import annotations

import errno
import ipaddress
import secrets
import socket
import struct
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from conference.base.settings import Settings
from conference.cli_words import say
from conference.doctor import stun
from conference.doctor.finding import Finding, failed, note, ok, reason_of
from media.gateway import Direction, Grant, MediaError, open_gateway

WAITS = (0.3, 0.7, 1.0)  # seconds for one check, which is then sent again
USERNAME, PRIORITY, CONTROLLING = 0x0006, 0x0024, 0x802A  # RFC 8445 section 16.1
FINGERPRINT = ":".join(["00"] * 32)  # nobody shakes hands with us
OFFER = f"""v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:0
a=recvonly
a=rtcp-mux
a=ice-ufrag:doctor
a=ice-pwd:thedoctorneedsnopassword
a=fingerprint:sha-256 {FINGERPRINT}
a=setup:actpass
a=rtpmap:111 opus/48000/2
""".replace("\n", "\r\n")


@dataclass(frozen=True, slots=True)
class Probe:
    """A connection that a running node waits for: where, and with which credentials of ICE."""

    ufrag: str
    password: str
    udp: tuple[stun.Address, ...]
    tcp: tuple[stun.Address, ...]

    def check(self) -> bytes:
        """A connectivity check (RFC 8445 section 7.2.2) as the node answers it."""
        named = {USERNAME: f"{self.ufrag}:doctor".encode(), PRIORITY: struct.pack("!I", 1), CONTROLLING: secrets.token_bytes(8)}
        return stun.Message(0x0001, attributes=named).write(self.password.encode(), fingerprint=True)


@dataclass(frozen=True, slots=True)
class Node:
    """One of the MEDIA_NODES. probe: None when it does not run, or does not answer, for the reason given."""

    port: int
    probe: Probe | None = None
    reason: str = ""


@asynccontextmanager
async def open_nodes(settings: Settings) -> AsyncIterator[list[Node]]:
    """While open, each node that runs waits for a connection of ours, which nobody ever makes."""
    async with AsyncExitStack() as stack:
        yield [await _open_node(settings, number, stack) for number in range(settings.media_nodes)]


async def _open_node(settings: Settings, number: int, stack: AsyncExitStack) -> Node:
    control, port = settings.media_control(number), settings.media_port + number
    if not _listens(control.removeprefix("unix:")):
        return Node(port)
    gateway = open_gateway([control])
    stack.push_async_callback(gateway.aclose)
    grant = Grant(frozenset(), time.time() + 60)
    try:
        answer = await gateway.connect(f"doctor {secrets.token_hex(4)}", "doctor", Direction.RECEIVE, OFFER, grant)
    except MediaError as error:
        return Node(port, reason=reason_of(error))

    async def leave() -> None:
        with suppress(MediaError):
            await gateway.leave(answer.connection)

    stack.push_async_callback(leave)
    return Node(port, read_answer(answer.sdp))


def media_findings(settings: Settings, nodes: Iterable[Node]) -> Iterator[Finding]:
    """Each node in turn. Blocking."""
    announced = set(announced_hosts(settings))
    for node in nodes:
        if node.probe is not None:
            announced |= {host for host, _ in node.probe.udp}
            yield from running_findings(node.probe)
        elif node.reason:
            yield failed("Media", "our node on port {port} does not answer ({reason}).", port=node.port, reason=node.reason)
        else:
            yield from free_findings(settings, node.port)
    if announced and is_public(settings.base_url) and not any(map(_global, announced)):
        yield note(
            "Media",
            "browsers are sent to {addresses} only, which nobody reaches from outside. Name the public address in "
            "MEETINGPOINT_MEDIA_HOST.",
            addresses=_listed(announced),
        )


def announced_hosts(settings: Settings) -> list[str]:
    """What MEETINGPOINT_MEDIA_HOST names; a node's own choice when it names nothing, which only the node knows."""
    return [host.strip() for host in settings.media_host.split(",") if host.strip()]


def read_answer(sdp: str) -> Probe:
    """What of a node's answer (RFC 8839 section 5.1) leads to it."""
    found: dict[str, list[stun.Address]] = {"udp": [], "tcp": []}
    facts: dict[str, str] = {}
    for line in sdp.splitlines():
        name, _, value = line.removeprefix("a=").partition(":")
        facts.setdefault(name, value)
        if name == "candidate":
            fields = value.split()
            address = (fields[4], int(fields[5]))
            if address not in found[fields[2].lower()]:
                found[fields[2].lower()].append(address)
    return Probe(facts.get("ice-ufrag", ""), facts.get("ice-pwd", ""), tuple(found["udp"]), tuple(found["tcp"]))


def running_findings(probe: Probe) -> list[Finding]:
    """A running node: one line for what answers, one more for each address that does not."""
    findings: list[Finding] = []
    for protocol, addresses, answers in (("UDP", probe.udp, _answers_udp), ("TCP", probe.tcp, _answers_tcp)):
        heard = [address for address in addresses if answers(address, probe)]
        if heard:
            facts = {"protocol": protocol, "port": heard[0][1], "addresses": _listed(host for host, _ in heard)}
            findings.append(ok("Media", "our node answers on {protocol} port {port} at {addresses}", **facts))
        for host, port in addresses:
            if (host, port) not in heard:
                findings.append(_silent(protocol, host, port))
    if probe.udp and not probe.tcp:
        findings.append(
            failed(
                "Media",
                "TCP port {port} is in use by another program, so networks that block UDP do not reach our node.",
                port=probe.udp[0][1],
            )
        )
    return findings


def _silent(protocol: str, host: str, port: int) -> Finding:
    if _is_here(host):
        return failed(
            "Media",
            "our node does not answer on {protocol} port {port} at {address}. Look at this machine's firewall.",
            protocol=protocol,
            port=port,
            address=host,
        )
    return note(
        "Media",
        "{address} is no address of this machine: {protocol} port {port} must be forwarded from there. From here nothing "
        "answered, which some routers do to their own network.",
        protocol=protocol,
        port=port,
        address=host,
    )


def free_findings(settings: Settings, port: int) -> list[Finding]:
    """No node runs: could one use this port, over UDP and over TCP?"""
    hosts = announced_hosts(settings)
    bound = [host for host in hosts if _is_here(host)] or [""]
    for protocol, kind in (("UDP", socket.SOCK_DGRAM), ("TCP", socket.SOCK_STREAM)):
        for host in bound:
            try:
                _bind(host, port, kind)
            except OSError as error:
                facts = {"protocol": protocol, "port": port, "reason": reason_of(error)}
                return [
                    failed("Media", "{protocol} port {port} cannot be used ({reason}). Check MEETINGPOINT_MEDIA_PORT.", **facts)
                ]
    addresses = _listed(hosts) or say("every address of this machine")
    text = "UDP and TCP port {port} are free; browsers must reach them at {addresses}"
    return [ok("Media", text, port=port, addresses=addresses)]


def is_public(base_url: str) -> bool:
    """Whether people come from the internet: the page's name leads to an address that all the world can reach."""
    host = urlsplit(base_url).hostname or ""
    try:
        return any(_global(str(entry[4][0])) for entry in socket.getaddrinfo(host, None))
    except OSError:
        return False  # not known here, so nothing can be said


def _listed(hosts: Iterable[str]) -> str:
    return ", ".join(sorted(hosts))


def _global(host: str) -> bool:
    return ipaddress.ip_address(host.partition("%")[0]).is_global


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _is_here(host: str) -> bool:
    try:
        _bind(host, 0, socket.SOCK_DGRAM)
    except OSError as error:
        return error.errno != errno.EADDRNOTAVAIL
    return True


def _bind(host: str, port: int, kind: socket.SocketKind) -> None:
    with socket.socket(_family(host), kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what only lingers is no hindrance
        probe.bind((host, port))


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def _answers_udp(address: stun.Address, probe: Probe) -> bool:
    with socket.socket(_family(address[0]), socket.SOCK_DGRAM) as line:
        try:
            line.connect(address)
            for wait in WAITS:
                line.settimeout(wait)
                line.send(probe.check())
                try:
                    return stun.read(line.recv(1500)).kind == 0x0101
                except TimeoutError:
                    continue
        except (OSError, stun.NotStun):
            pass
    return False


def _answers_tcp(address: stun.Address, _probe: Probe) -> bool:
    try:
        socket.create_connection(address, sum(WAITS)).close()
    except OSError:
        return False
    return True

"""Does our TURN server take the credentials that we hand out, does its relay reach our node, and nothing else?"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping, Sequence

from conference.base.settings import Settings
from conference.doctor.finding import Finding, failed, note, ok, reason_of
from conference.doctor.media import Node, Probe, announced_hosts
from conference.doctor.relay import Refused, Relay
from conference.doctor.stun import NotStun
from conference.forums.ice import turn_credentials

VALID = 120.0  # seconds
# One of each range that a relay must not lead into (RFC 6890), the cloud providers' own service among them.
INSIDE = ("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1")
EXPIRED, OTHER_NAME, OTHER_ADDRESS = 10, 62, 64  # X509_V_ERR_..., openssl/x509_vfy.h


def turn_findings(settings: Settings, url: str, nodes: Sequence[Node]) -> list[Finding]:
    """One address of MEETINGPOINT_TURN_URL. Blocking."""
    probes = [node.probe for node in nodes if node.probe is not None]
    if url.startswith("turns:") and url.endswith("udp"):
        return [note("TURN", "{url}: TURN over DTLS is not looked at. Browsers hardly use it.", url=url)]
    name, password = turn_credentials(settings.turn_secret.get_secret_value(), time.time() + VALID, "doctor")
    relay = Relay(url, name, password)
    try:
        with relay:
            return _inside(relay, url, settings, probes)
    except Refused as refusal:
        return [_refused(url, refusal)]
    except (OSError, NotStun) as error:
        return [_unreachable(url, relay.host, error)]


def _inside(relay: Relay, url: str, settings: Settings, probes: Sequence[Probe]) -> list[Finding]:
    """The allocation stands: where does it lead?"""
    findings = [ok("TURN", "{url} takes our credentials and relays from {address}", url=url, address=relay.address[0])]
    family = ipaddress.ip_address(relay.address[0]).version
    named = [*announced_hosts(settings), *(host for probe in probes for host, _ in probe.udp)]
    nodes = [host for host in dict.fromkeys(named) if _usable(host, family)]
    open_to = [host for host in nodes if relay.permits(host)]
    if nodes and not open_to:
        facts = {"url": url, "addresses": ", ".join(nodes)}
        findings.append(
            failed("TURN", "{url} does not relay to our node at {addresses}. Name these addresses as allowed-peer-ip.", **facts)
        )
    paths = [(address, probe) for probe in probes for address in probe.udp if address[0] in open_to]
    if paths and not any(relay.carries(address, probe.check()) for address, probe in paths):
        facts = {"url": url, "addresses": ", ".join(open_to)}
        findings.append(
            failed("TURN", "the relay of {url} does not reach our node at {addresses}. Open UDP between the two.", **facts)
        )
    leaks = [host for host in INSIDE if host not in nodes and relay.permits(host)]
    if leaks:
        findings.append(
            failed(
                "TURN",
                "{url} relays into private networks ({addresses}). Close them by denied-peer-ip, as in deploy/turnserver.conf.",
                url=url,
                addresses=", ".join(leaks),
            )
        )
    return findings


def _usable(host: str, family: int) -> bool:
    address = ipaddress.ip_address(host)
    return address.version == family and not address.is_loopback


def _refused(url: str, refusal: Refused) -> Finding:
    if refusal.code == 401:
        return failed(
            "TURN",
            "{url} refuses our credentials. MEETINGPOINT_TURN_SECRET must be its static-auth-secret, its clock right.",
            url=url,
        )
    return failed("TURN", "{url} refuses to relay ({reason}).", url=url, reason=refusal)


def _unreachable(url: str, host: str, error: OSError | NotStun) -> Finding:
    facts = {"url": url, "host": host, "reason": reason_of(error)}
    if isinstance(error, NotStun):
        return failed("TURN", "{url} answers with something that is not STUN. Check MEETINGPOINT_TURN_URL.", **facts)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _wrong_certificate(error, {**facts, "reason": error.verify_message})
    if isinstance(error, ssl.SSLError):
        return failed("TURN", "{url} does not speak TLS ({reason}).", **facts)
    if isinstance(error, socket.gaierror):
        return failed("TURN", "{url}: the name {host} is not known. Check MEETINGPOINT_TURN_URL.", **facts)
    return failed("TURN", "{url} does not answer ({reason}). Check MEETINGPOINT_TURN_URL and the firewall.", **facts)


def _wrong_certificate(error: ssl.SSLCertVerificationError, facts: Mapping[str, str]) -> Finding:
    if error.verify_code == EXPIRED:
        return failed("TURN", "the certificate of {url} has expired. Browsers will not use it.", **facts)
    if error.verify_code in (OTHER_NAME, OTHER_ADDRESS):
        return failed("TURN", "the certificate of {url} is not for {host}. Browsers will not use it.", **facts)
    return failed("TURN", "the certificate of {url} is not trusted ({reason}). Does the file contain the whole chain?", **facts)

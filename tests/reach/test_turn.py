"""coturn as deployed: credentials that end, a relay that leads to our node and nowhere else, TLS that browsers accept."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import ssl
import time
from pathlib import Path
from threading import Thread

import pytest

from conference.doctor.relay import Refused, Relay
from conference.forums.ice import turn_credentials
from tests.reach.certificates import Authority
from tests.reach.coturn import SECRET, Coturn, running_coturn

CLOSED = [
    "0.0.0.1", "10.0.0.1", "10.255.255.254", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.254",
    "192.0.0.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "203.0.113.99",
]  # fmt: skip


def relay(url: str, seconds: float = 60, secret: str = SECRET) -> Relay:
    return Relay(url, *turn_credentials(secret, time.time() + seconds, "seat"))


@pytest.mark.usefixtures("trusted")
def test_the_credentials_that_we_hand_out_are_taken_over_tls_and_over_udp(coturn: Coturn) -> None:
    for url in (coturn.turns, coturn.turn):
        with relay(url) as allocated:
            assert allocated.address[0] == coturn.host


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(("seconds", "secret"), [(-1, SECRET), (60, "another secret")])
def test_credentials_that_ended_or_are_forged_are_refused(coturn: Coturn, seconds: float, secret: str) -> None:
    with pytest.raises(Refused) as refused, relay(coturn.turns, seconds, secret):
        pass
    assert refused.value.code == 401


@pytest.mark.usefixtures("trusted")
def test_the_relay_leads_to_the_media_node_and_nowhere_else(coturn: Coturn) -> None:
    with relay(coturn.turns) as allocated:
        assert allocated.permits(coturn.host)
        assert [host for host in CLOSED if allocated.permits(host)] == []


@pytest.mark.usefixtures("trusted")
def test_packets_go_through_and_come_back(coturn: Coturn) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as node, relay(coturn.turns) as allocated:
        node.bind((coturn.host, 0))

        def echo() -> None:
            data, address = node.recvfrom(1500)
            node.sendto(data, address)

        answering = Thread(target=echo, daemon=True)
        answering.start()
        assert allocated.permits(coturn.host)
        assert allocated.carries((coturn.host, node.getsockname()[1]), b"a packet of media")
        answering.join(5)


def test_nothing_is_taken_in_clear_over_tcp(coturn: Coturn) -> None:
    with pytest.raises(OSError), relay(f"turn:{coturn.host}:{coturn.udp_port}?transport=tcp"):  # noqa: PT011 -- refused or reset
        pass


@pytest.mark.usefixtures("trusted")
def test_no_address_of_people_is_written_down(coturn: Coturn) -> None:
    with relay(coturn.turns), socket.create_connection((coturn.host, coturn.tls_port), 5) as line:
        line.sendall(b"this is no TLS")
    assert re.findall(r"session|peer", coturn.output.read_text(), re.IGNORECASE) == []


async def test_a_renewed_certificate_is_taken_by_a_signal(tmp_path: Path, own_address: str, authority: Authority) -> None:
    """As the renewal hook of deploy/README.md does it: no connection is interrupted."""
    old, new = authority.issue(own_address, 3), authority.issue(own_address, 8)
    context = ssl.create_default_context(cafile=str(authority.file))

    def ends(port: int) -> object:
        line = socket.create_connection((own_address, port), 5)
        with line, context.wrap_socket(line, server_hostname=own_address) as secured:
            return (secured.getpeercert() or {})["notAfter"]

    with running_coturn(tmp_path, own_address, old, ()) as server:
        before = ends(server.tls_port)
        shutil.copy(new.certificate, old.certificate)
        shutil.copy(new.key, old.key)
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGUSR2)
        async with asyncio.timeout(10):
            while ends(server.tls_port) == before:
                await asyncio.sleep(0.1)

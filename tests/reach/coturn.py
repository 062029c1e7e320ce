"""A real coturn with the configuration of `deploy/`: only names, addresses, ports and files are put in, as an operator does."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest

from tests.browser.firefox import Network, open_network
from tests.reach.certificates import Pair
from tests.services import child, free_ports, skip_or_fail

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "turnserver.conf"
SECRET = "what the TURN server and Meetingpoint know"
START = 20.0


@dataclass(frozen=True)
class Coturn:
    """host: an address of this machine that is not loopback, to which coturn never relays."""

    host: str
    tls_port: int
    udp_port: int
    output: Path

    @property
    def turns(self) -> str:
        return f"turns:{self.host}:{self.tls_port}?transport=tcp"

    @property
    def turn(self) -> str:
        return f"turn:{self.host}:{self.udp_port}?transport=udp"


@contextmanager
def running_coturn(
    folder: Path, host: str, pair: Pair, allowed: tuple[str, ...], *, open_relay: bool = False
) -> Iterator[Coturn]:
    """allowed: the media node's addresses. open_relay: somebody has forgotten to close it."""
    if shutil.which("turnserver") is None:
        skip_or_fail("coturn is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    tls_port, udp_port = free_ports(2)
    lines = configuration(host, tls_port, udp_port, pair, allowed)
    if open_relay:
        lines = [line for line in lines if "denied-peer-ip" not in line]
    lines.append(f"userdb={folder / 'turndb'}")
    (folder / "turnserver.conf").write_text("\n".join(lines) + "\n")
    server = Coturn(host, tls_port, udp_port, folder / "output")
    arguments = ["turnserver", "-c", str(folder / "turnserver.conf"), f"--pidfile={folder / 'pid'}"]
    with child(arguments, folder / "output") as process:
        pause, until = Event(), time.monotonic() + START
        while process.poll() is None and time.monotonic() < until:
            with suppress(OSError), socket.create_connection((host, tls_port), 1):
                break
            pause.wait(0.05)
        else:
            raise RuntimeError((folder / "output").read_text()[-2000:])
        yield server


def configuration(host: str, tls_port: int, udp_port: int, pair: Pair, allowed: tuple[str, ...]) -> list[str]:
    """The lines of deploy/turnserver.conf with the values of one machine."""
    values = {
        "listening-ip": [host],
        "relay-ip": [host],
        "tls-listening-port": [str(tls_port)],
        "listening-port": [str(udp_port)],
        "static-auth-secret": [SECRET],
        "cert": [str(pair.certificate)],
        "pkey": [str(pair.key)],
        "allowed-peer-ip": list(allowed),
    }
    lines = CONFIGURATION.read_text().splitlines()
    told = [line for line in lines if line and not line.startswith("#")]
    kept = [line for line in told if line.partition("=")[0] not in values]
    assert {line.partition("=")[0] for line in told} >= values.keys()
    return kept + [f"{name}={value}" for name, each in values.items() for value in each]


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    """A network of the tests' own, which needs no other."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        skip_or_fail("a network of the tests' own needs root and iproute2")
    with open_network() as opened:
        yield opened


@pytest.fixture(scope="session")
def own_address(network: Network) -> str:
    """An address of this machine that is not loopback, wherever the tests run."""
    return network.host_address

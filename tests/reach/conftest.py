from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.firefox import Network
from tests.media.browsers.length import LONG
from tests.reach.certificates import Authority
from tests.reach.coturn import Coturn, network, own_address, running_coturn

# Rooms behind real TURN servers, nodes that are killed: minutes, in `make soak`.
collect_ignore = [] if LONG else ["test_rooms.py", "test_check.py"]

__all__ = ["network", "own_address"]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def six(network: Network) -> tuple[str, str]:
    """Addresses of IPv6 on both ends of the network: this machine's, and the one inside the namespace."""
    ends = "fd00:213::1", "fd00:213::2"
    for address, where in zip(ends, ([], ["-n", network.name]), strict=True):
        interface = f"{network.name}{'i' if where else 'h'}"
        command = ["ip", *where, "addr", "add", f"{address}/64", "dev", interface, "nodad"]
        subprocess.run(command, check=True, capture_output=True, timeout=10)
    return ends


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Path:
    """While the test runs, Python trusts the tests' authority and nobody else."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority.file


@pytest.fixture(scope="session")
def coturn(tmp_path_factory: pytest.TempPathFactory, own_address: str, authority: Authority) -> Iterator[Coturn]:
    """As deployed, with a media node at the same address."""
    pair = authority.issue(own_address)
    with running_coturn(tmp_path_factory.mktemp("coturn"), own_address, pair, (own_address,)) as server:
        yield server

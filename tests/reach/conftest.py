from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reach.certificates import Authority
from tests.reach.coturn import Coturn, own_address, running_coturn

__all__ = ["own_address"]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


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

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.results.house import House, house_at


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """With a store in memory."""
    async with house_at(tmp_path) as house:
        yield house


@pytest.fixture(params=["memory", "folder"])
async def any_house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """With a store in memory and with one in a folder."""
    async with house_at(tmp_path, request.param) as house:
        yield house


@pytest.fixture
async def anywhere(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """On a database of each kind."""
    async with house_at(tmp_path, database_url=database_url) as house:
        yield house

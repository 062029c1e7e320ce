from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.forums.house import House, house


@pytest.fixture
async def rooms(tmp_path: Path) -> AsyncIterator[House]:
    """The rooms on SQLite."""
    async with house(f"sqlite:///{tmp_path / 'rooms.sqlite3'}", tmp_path) as built:
        yield built


@pytest.fixture
async def rooms_on_both(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """The rooms on SQLite and on PostgreSQL."""
    async with house(database_url, tmp_path) as built:
        yield built

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live.house import Web, serving


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """A web process on SQLite."""
    async with serving(f"sqlite:///{tmp_path / 'live.sqlite3'}") as web:
        yield web


@pytest.fixture
async def web_on_both(database_url: str) -> AsyncIterator[Web]:
    """A web process on SQLite and on PostgreSQL."""
    async with serving(database_url) as web:
        yield web

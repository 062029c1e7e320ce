from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.site import Site, open_site

IN_THE_PLENARY = datetime(2021, 5, 4, 10, 20, tzinfo=UTC)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """The meeting of 2021, in its closing plenary."""
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(IN_THE_PLENARY)
        yield opened

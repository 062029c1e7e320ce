"""A fresh node, its site and its relays for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.media.browsers.length import BROWSERS, LONG
from tests.media.rig.people import Browsers
from tests.media.rig.site import Rig, open_rig

# Their marks are about seconds of real time: a busy machine misses them, and they take minutes.
collect_ignore = [] if LONG else ["test_loss.py", "test_sound.py"]


@pytest_asyncio.fixture
async def rig(browsers: Browsers) -> AsyncIterator[Rig]:
    async with open_rig(browsers) as rig:
        yield rig


@pytest.fixture(params=BROWSERS)
def browser(request: pytest.FixtureRequest) -> str:
    """Which browser a test is about."""
    name: str = request.param
    return name

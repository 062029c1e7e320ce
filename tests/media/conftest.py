"""One Chromium and one Firefox for all tests of media that need them, each started when it is first wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio

from tests.media.rig.people import Browsers


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browsers() -> AsyncIterator[Browsers]:
    async with AsyncExitStack() as stack:
        yield Browsers(stack)

"""How long the tests of this folder take: short ones in `make test`, the whole ones in `make soak`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

Test = TypeVar("Test")
LONG = os.environ.get("MEETINGPOINT_SOAK") == "1"
BROWSERS = ["chromium", "firefox"]
ONE_IN_SHORT = BROWSERS if LONG else BROWSERS[:1]


def in_soak(test: Test) -> Test | None:
    """Decorator of a test that takes its time: elsewhere it is no test at all, so that nothing is skipped."""
    return test if LONG else None


def by_length(short: float, long: float) -> float:
    """Seconds or rounds."""
    return long if LONG else short


async def in_both(case: Callable[[str], Awaitable[None]]) -> None:
    """The same case in both browsers at the same time, each of them for itself."""
    results = await asyncio.gather(*(case(browser) for browser in BROWSERS), return_exceptions=True)
    faults = [result for result in results if isinstance(result, BaseException)]
    if faults:
        raise faults[0] if len(faults) == 1 else BaseExceptionGroup("in both browsers", faults)

"""How long the tests of this folder take: short ones in `make test`, the whole ones in `make soak`."""

from __future__ import annotations

import os

LONG = os.environ.get("MEETINGPOINT_SOAK") == "1"
BROWSERS = ["chromium", "firefox"]


def by_length(short: float, long: float) -> float:
    """Seconds or rounds."""
    return long if LONG else short

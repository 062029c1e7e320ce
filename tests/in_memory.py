"""The files of the tests lie in memory where the machine has room: SQLite waits for the disk at each of many thousand commits."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
NEEDED = 4 << 30  # bytes; pytest keeps the files of the last three runs, in a folder that is its user's alone


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """PYTEST_DEBUG_TEMPROOT, when it is set, says where to put them."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > NEEDED:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

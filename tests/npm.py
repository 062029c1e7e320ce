"""Packages of npm that the tests need: fetched once into a folder outside of the checkout, however many runs ask at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

CACHE = Path(os.environ.get("MEETINGPOINT_TEST_CACHE") or Path.home() / ".cache") / "meetingpoint-tests"


def folder_with(package: str) -> Path:
    """The folder whose node_modules has `package` (NAME@VERSION). Raises FileNotFoundError: why it cannot be had."""
    name, _, version = package.rpartition("@")
    folder = CACHE / f"{name}-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = folder / "ready"
        if not ready.exists():
            if shutil.which("npm") is None:
                raise FileNotFoundError("npm is not installed")
            command = ["npm", "install", "--prefix", str(folder), package, "--no-audit", "--no-fund", "--ignore-scripts"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
            if done.returncode:
                raise FileNotFoundError(f"{package} cannot be fetched: {done.stderr.strip()[-200:]}")
            ready.touch()
    return folder

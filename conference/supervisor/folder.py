"""The data folder belongs to one supervisor at a time; what a dead one left there is cleared away."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conference.supervisor.errors import StartRefused

SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes on Linux and 104 on macOS, the ending zero included


@contextmanager
def folder_held(data_dir: Path, run_dir: Path) -> Iterator[None]:
    """Hold `data_dir` alone, with a fresh `run_dir` for the parts' sockets, until the block ends.

    The lock is the kernel's, so it goes with the process however that ends. Raises StartRefused.
    """
    try:
        run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(run_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartRefused(
            "The data folder {folder} cannot be written ({reason}). Choose another one with MEETINGPOINT_DATA_DIR.",
            folder=data_dir,
            reason=error.strerror,
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartRefused(
                "Meetingpoint already runs on {folder} (process {pid}). Stop that one, or choose another MEETINGPOINT_DATA_DIR.",
                folder=data_dir,
                pid=os.pread(lock, 20, 0).decode(errors="replace").strip() or "?",
            ) from error
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        _clear(run_dir)
        yield
    finally:
        os.close(lock)


def _clear(run_dir: Path) -> None:
    if len(os.fsencode(run_dir / "media-00.sock")) > SOCKET_PATH_LIMIT:
        raise StartRefused(
            "The path {folder} is too long for the sockets in it. Choose a shorter MEETINGPOINT_DATA_DIR.", folder=run_dir
        )
    for stale in run_dir.glob("*.sock"):
        stale.unlink(missing_ok=True)

"""Children that never outlive their parent, however it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def dies_with(parent: int) -> Callable[[], None]:
    """What a child runs between fork and exec: the kernel kills it when `parent` (a process id) ends.

    The parent may have ended before the request reached the kernel, hence the second look. Elsewhere than on Linux only
    that look remains.
    """
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def after_fork() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return after_fork

"""What web and worker processes have in common."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Coroutine

import uvloop

LARGE_PAGES = {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


def in_large_pages() -> None:
    """Begin anew with all memory in pages of 2 MiB (glibc 2.35; elsewhere nothing changes): a process with much in memory and
    little to do at a time spends a good part of it on finding out where things lie, as the media node does."""
    if sys.platform == "linux" and not any(name in os.environ for name in LARGE_PAGES):
        os.execve(sys.executable, sys.orig_argv, os.environ | LARGE_PAGES)  # noqa: S606 -- ourselves again, no shell


def run(main: Coroutine[object, object, None]) -> None:
    """Run `main` on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


def collect_from_now_on() -> None:
    """What was imported stays: the collector was off while it came (a tenth of the start), and need not look at it again."""
    gc.freeze()
    gc.enable()


def end_on_signals() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT. uvicorn takes the signals over while it serves and hands them back after that."""
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    return end

"""What web and worker processes have in common."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Coroutine

import uvloop


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

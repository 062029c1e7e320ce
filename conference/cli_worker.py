"""What runs inside of a worker process."""

from __future__ import annotations

import asyncio
from contextlib import suppress

# Tables refer to each other across features; the worker does without the pages that would bring them all along.
import conference.cards.model
import conference.forums.model
import conference.program.model
import conference.results.model  # noqa: F401
from conference.base.log import configure_logging
from conference.base.settings import Settings
from conference.cli_process import collect_from_now_on, end_on_signals, run
from conference.wiring import open_services
from conference.worker import run_worker


def run_worker_part(settings: Settings) -> None:
    """Do the jobs until SIGTERM or SIGINT. A job that is under way then is taken again by its lease."""
    configure_logging(settings.log_format, "worker")
    run(_worker(settings))


async def _worker(settings: Settings) -> None:
    end = end_on_signals()
    async with open_services(settings, "worker") as services:
        collect_from_now_on()
        working = asyncio.create_task(run_worker(services), name="worker")
        ended = asyncio.create_task(end.wait())
        await asyncio.wait({working, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if working.done():
            working.result()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working

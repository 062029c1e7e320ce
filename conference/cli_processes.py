"""What runs inside of a web or a worker process: the services opened, the app served, an end on SIGTERM."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress

import uvicorn
import uvloop

from conference.app import build_app
from conference.base.log import configure_logging
from conference.base.settings import Settings
from conference.live.server import uvicorn_options
from conference.migrate import metadata_of_all
from conference.supervisor.ports import listen
from conference.wiring import open_services
from conference.worker import run_worker

GRACE = 3  # seconds for requests and sockets to end in


def run_web(settings: Settings, fd: int | None) -> None:
    """Serve pages and sockets until SIGTERM or SIGINT, on the inherited listening socket or on one of our own.

    Raises StartRefused when the port is taken.
    """
    configure_logging(settings.log_format, "web")
    listener = listen(settings.host, settings.port) if fd is None else socket.socket(fileno=fd)
    with listener:
        _run(_web(settings, listener))


async def _web(settings: Settings, listener: socket.socket) -> None:
    end = _end_on_signals()
    async with open_services(settings, "web") as services:
        _collect_from_now_on()
        server = uvicorn.Server(server_config(build_app(services), settings))
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="web server")
        ended = asyncio.create_task(end.wait())
        await asyncio.wait({serving, ended}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        ended.cancel()
        await serving


def server_config(app: Callable[..., object], settings: Settings) -> uvicorn.Config:
    """How uvicorn serves us: no headers that name it, no log of its own, a short farewell; proxies believed only as set."""
    return uvicorn.Config(
        app,
        http="httptools",
        loop="none",
        server_header=False,
        access_log=False,
        log_config=None,
        lifespan="auto",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=GRACE,
        **uvicorn_options(),
    )


def run_worker_part(settings: Settings) -> None:
    """Do the jobs until SIGTERM or SIGINT. A job that is under way then is taken again by its lease."""
    configure_logging(settings.log_format, "worker")
    _run(_worker(settings))


async def _worker(settings: Settings) -> None:
    end = _end_on_signals()
    metadata_of_all()  # tables refer to each other across features
    async with open_services(settings, "worker") as services:
        _collect_from_now_on()
        working = asyncio.create_task(run_worker(services), name="worker")
        ended = asyncio.create_task(end.wait())
        await asyncio.wait({working, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if working.done():
            working.result()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


def _collect_from_now_on() -> None:
    """What was imported stays: the collector was off while it came (a tenth of the start), and need not look at it again."""
    gc.freeze()
    gc.enable()


def _end_on_signals() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT. uvicorn takes the signals over while it serves and hands them back after that."""
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    return end


def _run(main: Coroutine[object, object, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)

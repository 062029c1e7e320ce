"""What runs inside of a web process: the services opened, the app served, an end on SIGTERM."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import uvicorn

from conference.app import build_app
from conference.base.log import configure_logging
from conference.base.settings import Settings
from conference.cli_process import collect_from_now_on, end_on_signals, run
from conference.live.server import uvicorn_options
from conference.supervisor.ports import listen
from conference.wiring import open_services

GRACE = 3  # seconds for requests and sockets to end in


def run_web(settings: Settings, fd: int | None) -> None:
    """Serve pages and sockets until SIGTERM or SIGINT, on the inherited listening socket or on one of our own.

    Raises StartRefused when the port is taken.
    """
    configure_logging(settings.log_format, "web")
    listener = listen(settings.host, settings.port) if fd is None else socket.socket(fileno=fd)
    with listener:
        run(_web(settings, listener))


async def _web(settings: Settings, listener: socket.socket) -> None:
    end = end_on_signals()
    async with open_services(settings, "web") as services:
        server = uvicorn.Server(server_config(build_app(services), settings))
        collect_from_now_on()
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
        lifespan="on",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=GRACE,
        **uvicorn_options(),
    )

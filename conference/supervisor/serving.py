"""`serve` from the first check to the last process: folder, ports, migration, bus, parts."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from conference.base.log import configure_logging
from conference.base.settings import Settings
from conference.supervisor.errors import AlreadySaid
from conference.supervisor.folder import folder_held
from conference.supervisor.parent import dies_with
from conference.supervisor.parts import Part, media_parts, web_part, worker_part
from conference.supervisor.ports import listen, media_port_free
from conference.supervisor.run import Supervisor

Extra = Callable[[], Sequence[Part]]


def serve_all(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    prepare: Sequence[str] = ("migrate",),
    extra: Extra = tuple,
    say_ready: Callable[[], None] | None = None,
    log: IO[bytes] | None = None,
) -> None:
    """Serve until a signal ends it.

    prepare: the command that brings the data up to date first, in a process of its own: what it imports is not carried
    along. extra: further parts, asked for after that. say_ready: called once the web part answers. log: where the parts'
    stderr goes instead of ours.
    Raises StartRefused, AlreadySaid, SettingsError.
    """
    configure_logging(settings.log_format, "serve")
    if settings.demo:  # whose terminal belongs to the links
        logging.getLogger().setLevel(logging.WARNING)
    with folder_held(settings.data_dir, settings.run_dir), listen(settings.host, settings.port) as listener:
        media_port_free(settings.media_port, settings.media_nodes)
        run_first(prepare, environ)
        parts = [web_part(listener.fileno()), *media_parts(settings), worker_part(), *extra()]
        supervisor = Supervisor(parts, environ, log)
        asyncio.run(_serve(supervisor, settings.bus_url, listener, say_ready))


def run_first(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run one of our commands to its end. Raises AlreadySaid when it fails: it has told the reason itself."""
    argv = [sys.executable, "-m", "conference", *command]
    ended = subprocess.run(argv, env=dict(environ), stdin=subprocess.DEVNULL, preexec_fn=dies_with(os.getpid()), check=False)  # noqa: S603
    if ended.returncode != 0:
        raise AlreadySaid(ended.returncode)


async def _serve(supervisor: Supervisor, bus_url: str, listener: socket.socket, say_ready: Callable[[], None] | None) -> None:
    async with _bus(bus_url), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(_tell_when_ready(listener, say_ready)) if say_ready else None
        await supervisor.run()
        if waiting is not None:
            waiting.cancel()


@asynccontextmanager
async def _bus(url: str) -> AsyncIterator[None]:
    """The parts' bus, where it is a socket of ours."""
    if not url.startswith("unix:"):
        yield
        return
    from conference.live.unix_bus import UnixHub

    hub = UnixHub(Path(url.removeprefix("unix:")))
    await hub.start()
    try:
        yield
    finally:
        await hub.aclose()


async def _tell_when_ready(listener: socket.socket, say_ready: Callable[[], None]) -> None:
    """The socket listens from the start, so that being connected says nothing: an answer does."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- where it is bound to; we ask on loopback
    while not await _answers(host, port):  # noqa: ASYNC110 -- it is another process that gets ready
        await asyncio.sleep(0.2)
    say_ready()


async def _answers(host: str, port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return bool(await reader.readline())
        finally:
            writer.close()
    except OSError:
        return False

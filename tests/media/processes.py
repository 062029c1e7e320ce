"""Media nodes as child processes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


async def start_node(control: str, port: int, *more: str) -> asyncio.subprocess.Process:
    """`python -m media` with its output on pipes."""
    arguments = ["-m", "media", "--control", control, "--host", "127.0.0.1", "--port", str(port), *more]
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def end(process: asyncio.subprocess.Process) -> int:
    """SIGTERM, and its exit code within 3 seconds."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    await asyncio.wait_for(process.communicate(), 3)
    assert process.returncode is not None
    return process.returncode


@contextlib.asynccontextmanager
async def running_node(control: str, port: int, *more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A node that answers on its control socket, however busy the machine is."""
    process = await start_node(control, port, *more)
    try:
        async with asyncio.timeout(20):
            while process.returncode is None and not await _answers(control):
                await asyncio.sleep(0.02)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _answers(control: str) -> bool:
    kind, _, rest = control.partition(":")
    try:
        if kind == "unix":
            _, writer = await asyncio.open_unix_connection(rest)
        else:
            host, _, port = rest.rpartition(":")
            _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    return True

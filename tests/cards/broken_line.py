"""A line to the store that can be slow, torn, or end at a server that answers nothing but errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

PIECE = 64 * 1024


@dataclass
class Line:
    """What happens on it from now on. after: bytes of a request or answer after which it is cut; pause: seconds per piece."""

    port: int = 0
    state: Literal["whole", "errors", "cut", "dead"] = "whole"
    status: int = 503
    after: int = 0
    pause: float = 0.0
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def turn(self, state: Literal["whole", "errors", "cut", "dead"], after: int = 0) -> None:
        """Be so from now on, for what is connected as well."""
        self.state, self.after = state, after
        self.tear()

    def tear(self) -> None:
        """Everything that is under way breaks off."""
        for writer in list(self.writers):
            writer.transport.abort()


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator[Line]:
    """A port of its own that leads to `port`."""
    line = Line()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line.writers.add(writer)
        try:
            if line.state == "errors":
                await _answer_errors(reader, writer, line.status)
            elif line.state != "dead":
                await _pass_on(line, reader, writer, port)
        finally:
            line.writers.discard(writer)
            writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        line.tear()
        await server.wait_closed()


async def _answer_errors(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, status: int) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        asked = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = asked.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if length and b"expect:" not in asked:  # a browser sends everything before it listens
            await reader.readexactly(int(length))
        body = b"<Error><Code>SlowDown</Code></Error>"
        head = (
            f"HTTP/1.1 {status} Busy\r\nConnection: close\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()


async def _pass_on(line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    with suppress(ConnectionError):
        back, forth = await asyncio.open_connection("127.0.0.1", port)
        try:
            ways = [asyncio.create_task(_copy(line, *way)) for way in ((reader, forth), (back, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            forth.transport.abort()


async def _copy(line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    count = 0
    while piece := await reader.read(PIECE):
        count += len(piece)
        if line.state == "cut" and count > line.after:
            return
        if line.pause:
            await asyncio.sleep(line.pause)
        writer.write(piece)
        await writer.drain()

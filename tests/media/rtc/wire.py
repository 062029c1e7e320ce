"""A line to the node's TCP port for a client that speaks UDP: every datagram becomes a frame (RFC 4571) and back."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any


class TcpWire(asyncio.DatagramProtocol):
    """`reading` cleared: nothing is taken off the TCP connection, as by a receiver that is too slow."""

    def __init__(self, where: tuple[str, int]) -> None:
        self.where = where
        self.reading = asyncio.Event()
        self.reading.set()
        self.ended = asyncio.Event()
        self._client: Any = None
        self._udp: asyncio.DatagramTransport | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._pump: asyncio.Task[None] | None = None

    def through(self, answer: str) -> str:
        """The answer with this wire for its only candidate. Raises ValueError if it has none for TCP there."""
        host, port = self.where
        if not re.search(rf"(?m)^a=candidate:\d+ 1 tcp \d+ {re.escape(host)} {port} typ host tcptype passive\r?$", answer):
            raise ValueError(answer)
        assert self._udp is not None
        own = self._udp.get_extra_info("sockname")[1]
        kept = [line for line in answer.splitlines() if not line.startswith("a=candidate")]
        return "\r\n".join([*kept, f"a=candidate:1 1 udp 1 127.0.0.1 {own} typ host", ""])

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))
        await self.dial()

    async def dial(self) -> None:
        """Connect; again after `hang_up`."""
        reader, self._writer = await asyncio.open_connection(*self.where, limit=4096)
        self.ended.clear()
        self._pump = asyncio.create_task(self._read(reader))

    async def hang_up(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()

    async def close(self) -> None:
        await self.hang_up()
        if self._udp is not None:
            self._udp.close()

    def datagram_received(self, data: bytes, where: Any) -> None:
        self._client = where
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(len(data).to_bytes(2, "big") + data)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await self.reading.wait()
                size = int.from_bytes(await reader.readexactly(2), "big")
                data = await reader.readexactly(size)
                if self._udp is not None and self._client is not None:
                    self._udp.sendto(data, self._client)
        self.ended.set()


@contextlib.asynccontextmanager
async def open_wire(host: str, port: int) -> AsyncIterator[TcpWire]:
    wire = TcpWire((host, port))
    await wire.open()
    try:
        yield wire
    finally:
        await wire.close()

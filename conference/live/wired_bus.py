"""What the buses with a wire have in common: a task that keeps the connection, and a short queue for what is to be sent."""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

from conference.base.log import logger
from conference.live.bus import CATCH_UP, LARGEST, WAITING, Heard, MemoryBus, pack

_log = logger(__name__)
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 1.0


class WiredBus(MemoryBus, ABC):
    """Publishes to this process directly and to the others over a wire that is opened again for ever.

    While the wire is down, signals to other processes wait in a queue of bounded length; the oldest go first.
    """

    def __init__(self) -> None:
        super().__init__()
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()

    def publish(self, channel: str, data: bytes) -> None:
        super().publish(channel, data)
        packed = pack(channel, data)
        if len(packed) > LARGEST or self._closed:
            return
        if self._outgoing.qsize() >= WAITING:
            self._outgoing.get_nowait()
        self._outgoing.put_nowait(packed)
        self._run()

    def subscribe(self, *channels: str) -> AsyncIterator[Heard]:
        self._run()
        return super().subscribe(*channels)

    async def aclose(self) -> None:
        await super().aclose()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _run(self) -> None:
        if self._task is None and not self._closed:
            self._task = asyncio.get_running_loop().create_task(self._stay_connected(), name="live bus")

    async def _stay_connected(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await self._connect()
                self.connected.set()
                pause = FIRST_PAUSE
                # Also after the first connection: what was published before it is unknown here.
                self._hear(Heard(CATCH_UP, b""))
                await self._carry()
            except (OSError, EOFError, ValueError, TimeoutError) as error:
                if self.connected.is_set():
                    _log.warning("bus_lost", reason=type(error).__name__)
            finally:
                self.connected.clear()
                await self._disconnect()
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - spreads reconnections, no secret
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _carry(self) -> None:
        """Send and hear until either fails; raises what failed."""
        tasks = [asyncio.create_task(self._send_on()), asyncio.create_task(self._hear_on())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send_on(self) -> None:
        while True:
            await self._send(await self._outgoing.get())

    @abstractmethod
    async def _connect(self) -> None: ...

    @abstractmethod
    async def _disconnect(self) -> None: ...

    @abstractmethod
    async def _send(self, packed: bytes) -> None: ...

    @abstractmethod
    async def _hear_on(self) -> None:
        """Hear what the others publish until the wire breaks."""

"""The parent loop: start the parts, start a crashed one again at once, end all of them in time."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

import structlog

from conference.supervisor.parent import dies_with
from conference.supervisor.parts import Part

DELAYS = (0.0, 0.1, 0.25, 0.5, 1.0, 1.5)  # seconds before a start, by how often in a row the part ended young
YOUNG = 5.0  # seconds: whoever lived longer had started well
PATIENCE = 8.0  # seconds from the request to end until SIGKILL; all is over within 10


class Child:
    """One part and its present process."""

    def __init__(self, part: Part, environ: Mapping[str, str], log: IO[bytes] | None) -> None:
        self.part = part
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None
        self._environ = environ
        self._started = 0.0
        self._failures = 0

    def start(self) -> int:
        """Start the process in a group of its own: a Ctrl-C reaches the parent alone, and SIGKILL reaches grandchildren too.

        Returns its process id. Raises OSError.
        """
        self._started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 -- our own command lines
            self.part.argv,
            stdin=subprocess.DEVNULL,
            stderr=self._log,
            pass_fds=self.part.fds,
            env=dict(self._environ),
            process_group=0,
            preexec_fn=dies_with(os.getpid()),
        )
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process is not None

    def ended(self) -> int | None:
        """The exit status (negative: the signal) if the process has just ended, None while it runs or is not there."""
        if self.process is None:
            return None
        # WNOWAIT leaves the zombie in place: while it holds its id, nobody else's process group can have that number.
        if os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        self.signal_group(signal.SIGKILL)
        status = self.process.wait()
        self.process = None
        return status

    def delay(self) -> float:
        """Seconds to wait before the next start, after the process ended."""
        young = time.monotonic() - self._started < YOUNG
        self._failures = self._failures + 1 if young else 0
        return DELAYS[min(max(self._failures - 1, 0), len(DELAYS) - 1)]

    def signal_group(self, number: int) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
                os.killpg(self.process.pid, number)

    def terminate(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)


class Supervisor:
    """`await run()` returns once SIGINT, SIGTERM, SIGHUP or `stop()` has ended everything."""

    def __init__(
        self, parts: Sequence[Part], environ: Mapping[str, str], log: IO[bytes] | None = None, *, patience: float = PATIENCE
    ) -> None:
        """log: where the parts' stderr goes; None: where ours goes. patience: seconds."""
        self._children = [Child(part, environ, log) for part in parts]
        self._patience = patience
        self._stopping = asyncio.Event()
        self._changed = asyncio.Event()
        self._log = structlog.stdlib.get_logger("supervisor")

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, self._reap)
        ends = [number for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) != signal.SIG_IGN]
        for number in ends:
            loop.add_signal_handler(number, self.stop)
        try:
            for child in self._children:
                self._start(child)
            await self._stopping.wait()
        finally:
            await self._end()
            for number in (signal.SIGCHLD, *ends):
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        self._stopping.set()

    def _start(self, child: Child) -> None:
        if self._stopping.is_set():
            return
        try:
            pid = child.start()
        except OSError as error:  # no memory or no process ids left: it will pass
            self._log.error("cannot start, trying again", part=child.part.name, reason=error.strerror)
            asyncio.get_running_loop().call_later(DELAYS[-1], self._start, child)
        else:
            self._log.info("started", part=child.part.name, pid=pid)

    def _reap(self) -> None:
        for child in self._children:
            status = child.ended()
            if status is None:
                continue
            self._changed.set()
            if self._stopping.is_set():
                continue
            delay = child.delay()
            self._log.warning("ended, starting again", part=child.part.name, status=_status(status), after_seconds=delay)
            if delay:
                asyncio.get_running_loop().call_later(delay, self._start, child)
            else:
                self._start(child)

    async def _end(self) -> None:
        self._stopping.set()
        for child in self._children:
            child.terminate()
        try:
            async with asyncio.timeout(self._patience):
                while any(child.alive for child in self._children):
                    self._changed.clear()
                    self._reap()
                    if any(child.alive for child in self._children):
                        await self._changed.wait()
        except TimeoutError:
            for child in self._children:
                if child.alive:
                    self._log.warning("did not end in time, killed", part=child.part.name)
                    child.signal_group(signal.SIGKILL)
            while any(child.alive for child in self._children):
                self._reap()
                await asyncio.sleep(0.02)
        self._log.info("all parts ended")


def _status(status: int) -> str:
    if status >= 0:
        return str(status)
    try:
        return signal.Signals(-status).name
    except ValueError:
        return str(status)

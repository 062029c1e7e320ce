"""One job in a child process: what it is told, what it says, how much it may use, and that nothing of it stays behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from media.video.model import Broken, Refused

MiB = 1024**2
LOOK_EVERY = 0.1
LONGEST_LINE = 8 * MiB
LONGEST_COMPLAINT = 4096
# Signals by which a process ends that somebody else has ended.
FROM_OUTSIDE = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


@dataclass(frozen=True)
class Budget:
    """resident: bytes of memory; room: bytes of address space beyond the imports; cpu, wall: seconds."""

    resident: int
    room: int
    cpu: int
    wall: float


async def run(job: dict[str, Any], budget: Budget, told: Callable[[float], None]) -> dict[str, Any]:
    """What the child has done, with "peak", the most resident memory in bytes. Raises Refused and Broken as model says."""
    said = await asked(job, budget, told)
    if "refused" in said:
        raise Refused(said["refused"], **said["facts"])
    if "broken" in said:
        raise Broken(said["broken"])
    done: dict[str, Any] = {**said["done"], "peak": said["peak"]}
    return done


async def asked(job: dict[str, Any], budget: Budget, told: Callable[[float], None]) -> dict[str, Any]:
    """The child's last word as it stands, or the verdict on one that died without."""
    job = {**job, "memory": budget.room, "cpu": budget.cpu}
    argv = [sys.executable, "-I", "-m", "media.video.child"]
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=PIPE, stdout=PIPE, stderr=PIPE, env={}, start_new_session=True, limit=LONGEST_LINE
    )
    watch = asyncio.create_task(_watch(process.pid, budget.resident))
    complaint = asyncio.create_task(_last_words(process))
    try:
        async with asyncio.timeout(budget.wall):
            said = await _heard(process, job, told)
            code = await process.wait()
        return said if said is not None else _verdict(code, watch.done() and watch.result(), await complaint)
    except TimeoutError:
        raise Broken(f"{job['do']} took longer than {budget.wall:.0f} s") from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        watch.cancel()
        complaint.cancel()


async def _heard(process: Process, job: dict[str, Any], told: Callable[[float], None]) -> dict[str, Any] | None:
    """Its last word, or None when it went without one. Its input stays open: when it closes, the child ends itself."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(json.dumps(job).encode() + b"\n")
        await process.stdin.drain()
    while line := await process.stdout.readline():
        said: dict[str, Any] = json.loads(line)
        if "at" not in said:
            return said
        told(said["at"])
    return None


async def _watch(pid: int, most: int) -> bool:
    """Kill the child when it has more memory resident than it may; True when that was needed."""
    page = os.sysconf("SC_PAGESIZE")
    while True:
        try:
            with open(f"/proc/{pid}/statm") as file:  # noqa: ASYNC230  (memory, not a disk)
                resident = int(file.read().split()[1]) * page
        except (OSError, IndexError):
            return False
        if resident > most:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            return True
        await asyncio.sleep(LOOK_EVERY)


async def _last_words(process: Process) -> str:
    assert process.stderr is not None
    tail = b""
    while some := await process.stderr.read(LONGEST_COMPLAINT):
        tail = (tail + some)[-LONGEST_COMPLAINT:]
    return tail.decode("utf-8", "replace")


def _verdict(code: int, too_much: bool, complaint: str) -> dict[str, Any]:
    """Of a child that went without a word: who is to blame."""
    if too_much or -code == signal.SIGXCPU:
        return {"refused": "film_too_heavy", "facts": {}}
    if code >= 0 or -code in FROM_OUTSIDE:
        return {"broken": f"exit {code}: {complaint}"}
    return {"refused": "film_damaged", "facts": {}}

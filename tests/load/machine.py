"""What the benchmarks share: the machine, cores to pin to, child processes that never stay behind."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conference.base.clock import SystemClock


def cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def pinned(core: int) -> list[str]:
    """The beginning of a command line that stays on one of our cores (0 the server's, 1 the load's)."""
    ours = cores()
    return ["taskset", "-c", str(ours[core % len(ours)])] if shutil.which("taskset") and len(ours) > 1 else []


def pinning() -> str:
    """How the benchmarks share the cores, for the table."""
    ours = cores()
    return f"server on core {ours[0]}, load on core {ours[1]}" if pinned(0) else "not pinned"


def about() -> dict[str, Any]:
    """The machine, and how busy it is with other things."""
    names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    return {
        "cpu": names[0] if names else platform.machine(),
        "cores": len(cores()),
        "pinning": pinning(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_average": [round(value, 2) for value in os.getloadavg()],
        "at": SystemClock().now().isoformat(timespec="seconds"),
    }


@contextmanager
def child(argv: list[str], environ: Mapping[str, str], log: Path, core: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """`python ARGV`, pinned if `core` is given; killed with its group when the block ends."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*([] if core is None else pinned(core)), sys.executable, *argv],
            env=dict(environ), stdin=subprocess.DEVNULL, stdout=out, stderr=out, text=True, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all threads (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

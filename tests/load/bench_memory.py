"""Memory of a whole idle `meetingpoint serve`: the proportional set size of its processes (shared pages counted once)."""

from __future__ import annotations

import json
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from tests.load.bench_page import conference_file
from tests.processes.running import environment, finished, running, until

MOST = 350.0
SETTLED = 5.0


def pss(pid: int) -> float:
    """MiB, from smaps_rollup (proc(5))."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _part(process: psutil.Process) -> str:
    words = process.cmdline()
    return next((word for word in ("web", "worker", "serve") if word in words), "media" if "media" in words else words[-1])


def run() -> list[dict[str, Any]]:
    """Each process and the sum, in MiB, after a program page was asked for once and all has come to rest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = environment(folder / "data")
        (folder / "bench.yaml").write_text(conference_file())
        for argv in (["migrate"], ["conference", "import", str(folder / "bench.yaml")]):
            if finished(argv, environ).returncode:
                raise RuntimeError(f"{argv[0]} failed")
        with running(["-m", "conference", "serve"], environ, folder / "log") as served:
            until(lambda: " ready " in served.text(), 30, "serve is ready")
            address = f"http://127.0.0.1:{environ['MEETINGPOINT_PORT']}/bench/program"
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=10) as answer:
                answer.read()
            time.sleep(SETTLED)  # what is measured is rest itself: there is nothing to wait for but time
            family = [psutil.Process(served.process.pid), *served.below()]
            parts = {_part(process): round(pss(process.pid), 1) for process in family}
    total = round(sum(parts.values()), 1)
    return [
        {
            "name": "memory of the idle serve, PSS in MiB",
            "processes": parts,
            "total": total,
            "limit": MOST,
            "passed": total <= MOST,
        }
    ]


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))

"""The process in which films are read: `python -I -m media.video.child`, a job as a line of JSON on its standard input.

It writes lines of JSON: {"at": 0..1} while it works; {"done": ...}, {"refused": code, "facts": {...}} or {"broken": why} at the
end. It has limits of memory, time, files and their size, and dies with whoever holds the other end of its input.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from media.video import poster, probe, transcode
from media.video.model import Refused
from media.video.plan import Found

MOST_FILES = 32
MOST_WRITTEN = 1024**3
TOLD_EVERY = 0.4
TO_SAY_WHY = 5
# Pages meet their visitors while films are made.
NICENESS = 10


def main() -> None:
    """Do the one job and say what came of it."""
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_die_with_parent, daemon=True).start()
    confine(job["memory"], job["cpu"])
    said: dict[str, Any]
    try:
        said = {"done": JOBS[job["do"]](job)}
    except Refused as refused:
        said = {"refused": refused.code, "facts": refused.facts}
    except MemoryError:
        said = {"refused": "film_too_heavy", "facts": {}}
    except av.FFmpegError as error:
        said = _by_errno(error.errno) or {"refused": "film_damaged", "facts": {}}
    except OSError as error:
        said = _by_errno(error.errno) or {"broken": f"{type(error).__name__}: {error.strerror}"}
    _say({**said, "peak": peak()})


def _by_errno(number: int | None) -> dict[str, Any] | None:
    """What a failed call says about who is to blame; ffmpeg hands the system's numbers on."""
    if number in (errno.ENOMEM, errno.EFBIG):
        return {"refused": "film_too_heavy", "facts": {}}
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.EMFILE, errno.ENOENT):
        return {"broken": os.strerror(number)}
    return None


def confine(memory: int, cpu: int) -> None:
    """After the imports: `memory` bytes of address space more than there is in use, `cpu` seconds, no core dump, no child.

    At the soft limit of time comes SIGXCPU, which says why; at the hard one SIGKILL, which could be from anybody.
    """
    status = Path("/proc/self/statm").read_text().split()
    mapped = int(status[0]) * resource.getpagesize()
    limits = {
        resource.RLIMIT_AS: mapped + memory,
        resource.RLIMIT_FSIZE: MOST_WRITTEN,
        resource.RLIMIT_NOFILE: MOST_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        resource.setrlimit(limit, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + TO_SAY_WHY))
    os.nice(NICENESS)


def peak() -> int:
    """The most memory that was resident at once, in bytes (VmHWM of proc(5))."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def _die_with_parent() -> None:
    while os.read(0, 64):
        pass
    os._exit(3)


def _say(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def _teller() -> Callable[[float], None]:
    last = 0.0

    def tell(part: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= TOLD_EVERY:
            last = now
            _say({"at": round(part, 3)})

    return tell


def _probe(job: dict[str, Any]) -> dict[str, Any]:
    return probe.probe(Path(job["source"]), job["limits"], _teller())


def _transcode(job: dict[str, Any]) -> dict[str, Any]:
    said = job["found"]
    found = Found(**{**said, **{name: Fraction(said[name]) for name in ("aspect", "average", "quickest")}})
    return transcode.transcode(Path(job["source"]), Path(job["folder"]), found, _teller())


def _posters(job: dict[str, Any]) -> dict[str, Any]:
    return poster.posters(Path(job["source"]), Path(job["folder"]), job["at"])


JOBS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"probe": _probe, "transcode": _transcode, "posters": _posters}

if __name__ == "__main__":
    av.logging.set_level(None)
    main()

"""Films out of the folder store through the web part, against Starlette's FileResponse: CPU seconds per GB of ranges.

Both servers are uvicorn with the same options on the same core; ours is the whole web part, each range asked for by a signed
address. The same file, the same ranges, several connections from a process on the other core. Rounds alternate.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conference.base.clock import SystemClock
from conference.base.settings import read_settings
from conference.base.storage import open_storage
from tests.load.machine import child, cpu_seconds, pinned
from tests.processes.running import environment, finished, until

MIB = 1024 * 1024
FILM = 256 * MIB
RANGES = {"1 MiB": MIB, "64 MiB": 64 * MIB}
CONNECTIONS = 6
ROUNDS = 5
BYTES = 1024 * MIB
"""Per round and server."""
MOST = 0.6


def bare(port: int, file: str) -> None:
    """The reference: Starlette's FileResponse and nothing else, under the same uvicorn."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.responses import FileResponse
    from starlette.routing import Route

    from conference.live.server import uvicorn_options

    async def film(_request: Any) -> FileResponse:
        return FileResponse(file, media_type="video/mp4")

    options = {"server_header": False, "access_log": False, "log_config": None, "proxy_headers": False, **uvicorn_options()}
    app = Starlette(routes=[Route("/film", film)])
    uvicorn.run(app, host="127.0.0.1", port=port, http="httptools", loop="uvloop", lifespan="off", **options)


def load(port: int, address: str, size: int) -> None:
    """Ask for ranges of this size on several connections until BYTES have come; say how long it took."""
    left = [BYTES // size]
    lock = threading.Lock()
    faults: list[str] = []

    def taken() -> int | None:
        with lock:
            left[0] -= 1
            return left[0] if left[0] >= 0 and not faults else None

    def ask() -> None:
        buffer = memoryview(bytearray(MIB))
        with socket.create_connection(("127.0.0.1", port), 10) as line:
            while (number := taken()) is not None:
                start = number * size % FILM
                head = f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nRange: bytes={start}-{start + size - 1}\r\n\r\n"
                line.sendall(head.encode())
                if not _answered(line, buffer, size):
                    faults.append("an answer was not the range")

    started = time.monotonic()
    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"seconds": time.monotonic() - started, "faults": faults}))


def _answered(line: socket.socket, buffer: memoryview, size: int) -> bool:
    count = 0
    while b"\r\n\r\n" not in bytes(buffer[:count]):
        got = line.recv_into(buffer[count : count + 4096])
        if not got:
            return False
        count += got
    head, _, body = bytes(buffer[:count]).partition(b"\r\n\r\n")
    left = size - len(body)
    while left:
        got = line.recv_into(buffer[: min(left, len(buffer))])
        if not got:
            return False
        left -= got
    return head.startswith(b"HTTP/1.1 206")


def _round(port: int, address: str, size: int, pid: int) -> dict[str, float]:
    """CPU seconds per GB (10^9 bytes), and how fast it went."""
    before = cpu_seconds(pid)
    argv = [*pinned(1), sys.executable, "-m", "tests.load.bench_delivery", "load", str(port), address, str(size)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    if done.returncode or json.loads(done.stdout)["faults"]:
        raise RuntimeError((done.stderr + done.stdout)[-1000:])
    seconds = json.loads(done.stdout)["seconds"]
    return {"cpu_per_gb": (cpu_seconds(pid) - before) / BYTES * 1e9, "mb_per_second": BYTES / seconds / 1e6}


async def _stored(environ: dict[str, str], folder: Path) -> tuple[str, Path]:
    """A film in the folder store: a signed address of it, and its file."""
    storage = open_storage(read_settings(environ), SystemClock())
    source = folder / "film"
    with source.open("wb") as file:
        for _ in range(FILM // MIB):
            file.write(os.urandom(MIB))
    await storage.put("cards/film.mp4", source, "video/mp4")
    source.unlink()
    (stored,) = [path for path in (folder / "data" / "objects" / "cards").rglob("*") if path.is_file()]
    return storage.sign_get("cards/film.mp4", 3600), stored


def run() -> list[dict[str, Any]]:
    """One result for each size of range."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = environment(folder / "data", bus_url="memory:")
        port, bare_port = int(environ["MEETINGPOINT_PORT"]), int(environment(folder)["MEETINGPOINT_PORT"])
        done = finished(["migrate"], environ)
        if done.returncode:
            raise RuntimeError(done.stderr)
        address, file = asyncio.run(_stored(environ, folder))
        other = ["-m", "tests.load.bench_delivery", "bare", str(bare_port), str(file)]
        with (
            child(["-m", "conference", "web"], environ, folder / "web.log", 0) as web,
            child(other, environ, folder / "bare.log", 0) as reference,
        ):
            for each in (port, bare_port):
                until(lambda each=each: _listens(each), 20, "the servers")  # type: ignore[misc]
            sides = [(bare_port, "/film", reference.pid), (port, address, web.pid)]
            return [_compared(label, size, sides) for label, size in RANGES.items()]


def _compared(label: str, size: int, sides: list[tuple[int, str, int]]) -> dict[str, Any]:
    rounds = []
    for number in range(ROUNDS + 1):
        pair = [_round(port, address, size, pid) for port, address, pid in sides]
        if number:  # the first warms both up
            rounds.append(pair)
    ratios = [ours["cpu_per_gb"] / theirs["cpu_per_gb"] for theirs, ours in rounds]
    middle = {
        figure: [round(statistics.median(pair[side][figure] for pair in rounds), 3) for side in (0, 1)] for figure in rounds[0][0]
    }
    return {
        "name": f"ranges of {label} of a film, CPU of the web part against Starlette's FileResponse",
        "connections": CONNECTIONS,
        "file_response_cpu_seconds_per_gb": middle["cpu_per_gb"][0],
        "ours_cpu_seconds_per_gb": middle["cpu_per_gb"][1],
        "mb_per_second": middle["mb_per_second"],
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(value, 2) for value in ratios],
        "path": urlsplit(sides[1][1]).path,
        "limit": MOST,
        "passed": statistics.median(ratios) <= MOST,
    }


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["bare", port, file]:
            bare(int(port), file)
        case ["load", port, address, size]:
            load(int(port), address, int(size))
        case _:
            print(json.dumps(run(), indent=1))

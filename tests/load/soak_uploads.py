"""20 uploads of 200 MB at once, as 20 browsers send them: the web process keeps its memory, its loop never waits 100 ms.

    python -m tests.load.soak_uploads [folder] [s3] [--uploads 20] [--megabytes 200]

Each browser sends three parts at a time. The lag is measured within the web process, every 10 ms; its memory from outside.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.load.bench_memory import pss
from tests.load.card_stage import LOST, Owner, Stage, missing_parts, prepare
from tests.load.machine import child, cores
from tests.processes.running import until
from tests.services import Missing, swift_server

MOST_LAG = 0.1
MOST_GROWTH = 48.0
"""MiB: sixty parts on their way, a piece of one each, and what the allocator keeps."""
LAG_EVERY = 0.01
BLOCK = random.Random(7).randbytes(1024 * 1024)
AT_A_TIME = 3


def web(lags: Path) -> None:
    """The web part, with a task in its loop that writes down how late it is woken."""
    import conference.app
    from conference import cli_web
    from conference.base.settings import read_settings

    build = conference.app.build_app

    def watched(services: Any) -> Any:
        app = build(services)

        async def asgi(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                task = asyncio.create_task(_watch(lags))
                try:
                    await app(scope, receive, send)
                finally:
                    task.cancel()
            else:
                await app(scope, receive, send)

        return asgi

    cli_web.__dict__["build_app"] = watched
    cli_web.run_web(read_settings(os.environ), None)


async def _watch(lags: Path) -> None:
    with lags.open("a", buffering=1) as file:
        while True:
            before = time.monotonic()
            await asyncio.sleep(LAG_EVERY)
            file.write(f"{before:.3f} {time.monotonic() - before - LAG_EVERY:.4f}\n")


def upload(owner: Owner, size: int) -> tuple[Any, int]:
    """All parts of a film: the upload, and how often a part had to be sent again."""
    again = 0
    owner.sign_in()
    begun = owner.begin(size)

    def part(_start: int, length: int) -> bytes:
        return BLOCK * (length // len(BLOCK)) + BLOCK[: length % len(BLOCK)]

    with ThreadPoolExecutor(AT_A_TIME) as threads:
        while numbers := missing_parts(begun):
            done = [threads.submit(owner.send, begun, [number], part) for number in numbers]
            for one in done:
                try:
                    one.result()
                except LOST:
                    again += 1
                    time.sleep(0.5)
            begun = owner.ask(begun["href"])
    return begun, again


@contextmanager
def memory_of(pid: int) -> Iterator[list[float]]:
    """MiB, twice a second until the block ends."""
    found: list[float] = [pss(pid)]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.5):
            with suppress(OSError, StopIteration):
                found.append(pss(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def run(kind: str, uploads: int, megabytes: int, **settings: object) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="meetingpoint-uploads-") as name:
        folder = Path(name)
        stage = asyncio.run(prepare(folder, uploads, bus_url="memory:", **settings))
        lags = folder / "lags"
        with child(["-m", "tests.load.soak_uploads", "web", str(lags)], stage.environ, folder / "web.log", 0) as process:
            until(lambda: _answers(stage), 30, "the web part")
            ours = cores()
            os.sched_setaffinity(0, {ours[-1]})  # the web part has the first one
            owners = [Owner(stage, slug) for slug in stage.links]
            for warm in owners[:2]:
                upload(warm, 9_000_000)
            quiet = _lags(lags)
            begun = time.monotonic()
            with memory_of(process.pid) as memory, ThreadPoolExecutor(uploads) as browsers:
                took = list(browsers.map(lambda owner: upload(owner, megabytes * 1_000_000), owners))
                parts_seconds = time.monotonic() - begun
                for state in browsers.map(lambda owner, sent: owner.complete(sent[0])["state"], owners, took):
                    assert state == "waiting", state
                all_seconds = time.monotonic() - begun
            os.sched_setaffinity(0, ours)
            lag = _lags(lags)[len(quiet) :]
        return {
            "store": kind, "uploads": uploads, "megabytes": megabytes, "sent_again": sum(again for _, again in took),
            "parts_seconds": round(parts_seconds, 1), "all_seconds": round(all_seconds, 1),
            "memory_before": round(memory[0], 1), "memory_most": round(max(memory), 1),
            "lag_most_before": round(max(quiet), 4),
            "lag_median": round(statistics.median(lag), 4), "lag_most": round(max(lag), 4),
            "lag_99_percent": round(sorted(lag)[int(len(lag) * 0.99)], 4),
            "lag_over": sum(one > MOST_LAG for one in lag), "lags": len(lag),
            "passed": max(lag) < MOST_LAG and max(memory) - memory[0] < MOST_GROWTH,
        }  # fmt: skip


def _answers(stage: Stage) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", stage.port)) == 0


def _lags(file: Path) -> list[float]:
    return [float(line.split()[1]) for line in file.read_text().splitlines()]


def main() -> int:
    if sys.argv[1:2] == ["web"]:
        web(Path(sys.argv[2]))
        return 0
    parser = argparse.ArgumentParser(description="Many large uploads at once")
    parser.add_argument("stores", nargs="*", default=["folder", "s3"])
    parser.add_argument("--uploads", type=int, default=20)
    parser.add_argument("--megabytes", type=int, default=200)
    options = parser.parse_args()
    results = []
    for kind in options.stores:
        if kind == "s3":
            try:
                with swift_server() as swift:
                    swift.create_bucket("uploads")
                    results.append(run(kind, options.uploads, options.megabytes, storage_url=swift.storage_url("uploads"),
                                       storage_access_key=swift.access_key, storage_secret_key=swift.secret_key))  # fmt: skip
            except Missing as missing:
                print(f"no S3 server here: {missing}")
                continue
        else:
            results.append(run(kind, options.uploads, options.megabytes))
        print(json.dumps(results[-1], indent=1), flush=True)
    Path("reports").mkdir(exist_ok=True)
    Path("reports/soak_uploads.json").write_text(json.dumps(results, indent=1))
    return 0 if all(result["passed"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())

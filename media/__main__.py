"""`python -m media`: one node with its control socket, until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import gc
import ipaddress
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from media.control import ControlServer
from media.node import Limits, Node

LARGE_PAGES = {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
GARBAGE = 50_000  # new objects after which the collector looks for circles
logger = logging.getLogger("media")


class JsonLines(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="media", description="Forwarding node")
    parser.add_argument("--control", required=True, help="unix:PATH or tcp:HOST:PORT")
    parser.add_argument("--host", default="", help="announced addresses, comma separated; default: all of the machine")
    parser.add_argument("--port", type=int, default=8443, help="UDP port")
    parser.add_argument("--connections", type=int, default=Limits().node, help="most connections of this node")
    parser.add_argument("--log-format", choices=("text", "json"), default="text")
    parser.add_argument("--follow-parent", action="store_true", help="end when the starting process is gone")
    return parser.parse_args(arguments)


async def run(options: argparse.Namespace) -> int:
    """0 after SIGTERM or SIGINT, 2 when an address is taken or wrong."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    hosts = [host.strip() for host in options.host.split(",") if host.strip()]
    server = None
    try:
        for host in hosts:
            ipaddress.ip_address(host)
        node = Node(hosts, Limits(node=options.connections))
        await node.open(options.port)
    except (OSError, ValueError) as error:
        print(f"media: cannot listen on UDP port {options.port}: {error}", file=sys.stderr)  # noqa: T201
        return 2
    try:
        server = ControlServer(node)
        await server.open(options.control)
    except (OSError, ValueError) as error:
        await node.aclose()
        print(f"media: cannot listen on {options.control}: {error}", file=sys.stderr)  # noqa: T201
        return 2
    logger.info("media node on UDP port %d, control %s", node.port, options.control)
    # What exists now stays, and packets are freed without the collector: it need not look after every 700 of them.
    gc.set_threshold(GARBAGE, 20, 100)
    gc.freeze()
    await _until(stop, os.getppid() if options.follow_parent else None)
    await server.aclose()
    await node.aclose()
    logger.info("media node ended")
    return 0


async def _until(stop: asyncio.Event, parent: int | None) -> None:
    while not stop.is_set():
        try:
            async with asyncio.timeout(0.5):
                await stop.wait()
        except TimeoutError:
            if parent is not None and os.getppid() != parent:
                return


def _in_large_pages() -> None:
    """Begin anew with all memory in pages of 2 MiB (glibc 2.35; elsewhere nothing changes). A node touches the keys of a
    hundred receivers for each packet, between pauses in which caches go cold: with pages of 4 KiB it spends a quarter of its
    time on finding out where they lie."""
    if sys.platform == "linux" and not any(name in os.environ for name in LARGE_PAGES):
        os.execve(sys.executable, sys.orig_argv, os.environ | LARGE_PAGES)  # noqa: S606 - no shell is wanted


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is installed (not on every platform): waking up costs the node a sixth of its time."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def main() -> None:
    _in_large_pages()
    options = read_arguments(sys.argv[1:])
    output = logging.StreamHandler()
    output.setFormatter(JsonLines() if options.log_format == "json" else logging.Formatter("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[output])
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        sys.exit(runner.run(run(options)))


if __name__ == "__main__":
    main()

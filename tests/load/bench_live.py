"""One live event to 500 sockets: CPU of the whole path against a bare Starlette send loop.

Ours has everything on: an outbox row in a committed SQLite transaction per event, bus, hub, renderer, replayable ids, bounded
lines, and one socket among the 500 that never reads. The reference has sockets in a set and `send_text` in a loop, all of
them reading. Both servers run alone on one core, the browsers of either in a process on the other core. Rounds alternate;
what counts is the process's CPU time (all threads) between the first event and the moment when the last browser has all.

    python -m tests.load.bench_live
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

SOCKETS = 500
EVENTS = 60
WARM_UP = 10
ROUNDS = 3
EVERY = 0.04
BODY = "<li class='question'>Wie kommen kleine Initiativen an Räume für ihre Treffen?</li>" * 6
END = "the-end"
TIME_LIMIT = 50


# --- The two servers


def _bare_app() -> Starlette:
    sockets: set[WebSocket] = set()

    async def live(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()
        sockets.add(websocket)
        await websocket.send_text('{"type":"welcome"}')
        try:
            while True:
                await websocket.receive_text()
        except WebSocketDisconnect:
            sockets.discard(websocket)

    async def tell(number: int, end: bool) -> None:
        text = json.dumps({"type": "event", "id": number, "html": BODY + (END if end else "")}, ensure_ascii=False)
        for websocket in list(sockets):
            await websocket.send_text(text)

    return Starlette(routes=[WebSocketRoute("/live", live), *_measured(tell)])


def _our_app(folder: Path, port: int) -> Starlette:
    from conference.base.clock import SystemClock
    from conference.base.db import metadata, open_database
    from conference.live.bus import MemoryBus
    from conference.live.hub import LiveHub
    from conference.live.limits import Limits
    from conference.live.outbox import Outbox
    from conference.live.socket import LiveEndpoint

    class Viewer:
        person_id = None
        conference_id = "c"
        language = "de"

    class Gate:
        async def enter(self, websocket: WebSocket) -> Viewer:
            return Viewer()

        async def again(self, viewer: Any) -> Any:
            return viewer

        async def may_hear(self, viewer: Any, topic: str) -> bool:
            return True

    async def render(facts: Any, language: str) -> dict[str, Any]:
        return {"html": BODY + (END if facts["end"] else "")}

    clock = SystemClock()
    bus = MemoryBus()
    db = open_database(f"sqlite:///{folder / 'bench.sqlite3'}", clock)
    outbox = Outbox(bus, clock)
    hub = LiveHub(db, clock, bus, {"asked": render})
    endpoint = LiveEndpoint(
        hub,
        Gate(),
        {},
        {},
        lambda error, language: error.code,
        base_url=f"http://127.0.0.1:{port}",
        limits=Limits(strangers_per_address=2 * SOCKETS),
    )

    async def tell(number: int, end: bool) -> None:
        async with db.work() as work:
            outbox.tell(work, "conference:c", "asked", conference_id="c", end=end)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> Any:
        async with db.engine.begin() as connection:
            await connection.run_sync(metadata.tables["outbox"].create)
        await hub.start()
        yield
        await hub.aclose()
        await bus.aclose()
        await db.aclose()

    return Starlette(routes=[WebSocketRoute("/live", endpoint), *_measured(tell)], lifespan=lifespan)


def _measured(tell: Any) -> list[Route]:
    async def go(request: Request) -> JSONResponse:
        number = int(request.query_params["events"])
        for one in range(number):
            await tell(one, one == number - 1)
            await asyncio.sleep(EVERY)
        return JSONResponse(None)

    async def cpu(request: Request) -> JSONResponse:
        return JSONResponse(time.process_time())

    return [Route("/go", go, methods=["POST"]), Route("/cpu", cpu)]


def serve(kind: str, port: int, folder: Path) -> None:
    from conference.live.server import uvicorn_options

    options = uvicorn_options()
    if kind == "bare":
        options["ws"] = "websockets-sansio"
    app = _bare_app() if kind == "bare" else _our_app(folder, port)
    uvicorn.run(app, host="127.0.0.1", port=port, http="httptools", loop="uvloop", log_level="warning", **options)


# --- The browsers


class Browser(asyncio.Protocol):
    """The cheapest thing that a server takes for a browser: shakes hands, says hello, looks for the marker of the end."""

    def __init__(self, port: int, *, reads: bool) -> None:
        self._reads = reads
        self._key = base64.b64encode(os.urandom(16)).decode()
        self._port = port
        self._tail = b""
        self._said_hello = False
        self.welcome = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(
            f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nOrigin: http://127.0.0.1:{self._port}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {self._key}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        text = self._tail + data
        self._tail = text[-200:]
        if not self._said_hello and b"\r\n\r\n" in text:
            self._said_hello = True
            hello = b'{"type":"hello","topics":["conference:c"],"last":null}'
            self._transport.write(bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)
        if not self.welcome.done() and b"welcome" in text:
            self.welcome.set_result(None)
            if not self._reads:
                self._transport.pause_reading()
        if END.encode() in text:
            self._tail = b""
            if not self.ended.done():
                self.ended.set_result(time.monotonic())

    def connection_lost(self, error: Exception | None) -> None:
        for future in (self.welcome, self.ended):
            if not future.done():
                future.set_exception(ConnectionError("a browser was dropped"))


async def browse(port: int, dead: int) -> None:
    """Connect all, then for every line on stdin wait for the end of a round and print how long it took to reach all."""
    loop = asyncio.get_running_loop()
    browsers: list[Browser] = []
    for number in range(SOCKETS):
        one = Browser(port, reads=number >= dead)
        pipe = socket.socket()
        if number < dead:
            pipe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        pipe.setblocking(False)
        await loop.sock_connect(pipe, ("127.0.0.1", port))
        await loop.create_connection(lambda one=one: one, sock=pipe)  # type: ignore[misc]
        await one.welcome
        browsers.append(one)
    print("connected", flush=True)
    reading = browsers[dead:]
    while await loop.run_in_executor(None, sys.stdin.readline):
        await asyncio.gather(*(one.ended for one in reading))
        for one in reading:
            one.ended = loop.create_future()
        print("ended", flush=True)
    os._exit(0)


# --- The measurement


@contextmanager
def _child(core: int, *arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    cores = sorted(os.sched_getaffinity(0))
    pin = ["taskset", "-c", str(cores[core % len(cores)])] if shutil.which("taskset") else []
    process = subprocess.Popen([*pin, sys.executable, "-m", "tests.load.bench_live", *arguments], text=True, **options)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _http(port: int, line: str, timeout: float = 30) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while data := connection.recv(65536):
            answer += data
    return answer.partition(b"\r\n\r\n")[2]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _pair(kind: str, folder: Path, dead: int) -> Iterator[Any]:
    """A server with its browsers; yields `round(events) -> CPU seconds`."""
    port = _free_port()
    with _child(0, "serve", kind, str(port), str(folder)) as server:
        until = time.monotonic() + 15
        while True:
            try:
                _http(port, "GET /cpu")
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"the {kind} server did not start") from None
                time.sleep(0.1)  # between two tries
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with _child(1, "browse", str(port), str(dead), **pipes) as browsers:
            said, heard = browsers.stdin, browsers.stdout
            assert said is not None
            assert heard is not None
            if heard.readline() != "connected\n":
                raise RuntimeError(f"the browsers of the {kind} server did not connect")

            def one_round(events: int) -> float:
                before = float(_http(port, "GET /cpu"))
                print("round", file=said, flush=True)
                _http(port, f"POST /go?events={events}")
                if heard.readline() != "ended\n":
                    raise RuntimeError(f"not all browsers of the {kind} server got everything")
                return float(_http(port, "GET /cpu")) - before

            yield one_round


def run() -> dict[str, Any]:
    """Milliseconds of CPU per event for both and their ratio: the median of rounds that follow each other."""
    started = time.monotonic()
    ours: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _pair("bare", folder, 0) as bare_round, _pair("ours", folder, 1) as our_round:
            bare_round(WARM_UP)
            our_round(WARM_UP)
            while len(ours) < ROUNDS and (not ours or time.monotonic() - started < TIME_LIMIT - 10):
                bare.append(1000 * bare_round(EVENTS) / EVENTS)
                ours.append(1000 * our_round(EVENTS) / EVENTS)
    ratios = [one / other for one, other in zip(ours, bare, strict=True)]
    return {
        "name": "one live event to 500 sockets, one of which never reads",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "bare_ms": round(statistics.median(bare), 2),
        "ours_ms": round(statistics.median(ours), 2),
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(one, 2) for one in ratios],
        "limit": 1.5,
        "seconds": round(time.monotonic() - started, 1),
    }


def main(arguments: list[str]) -> None:
    match arguments:
        case ["serve", kind, port, folder]:
            serve(kind, int(port), Path(folder))
        case ["browse", port, dead]:
            import uvloop

            uvloop.run(browse(int(port), int(dead)))
        case _:
            result = run()
            print(
                f"CPU per event: bare loop {result['bare_ms']} ms, ours {result['ours_ms']} ms, ratio {result['ratio']} (<= 1.5)"
            )
            print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])

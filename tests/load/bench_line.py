"""One chat line to 1,000 sockets in a room: CPU per delivered line against a bare Starlette broadcast in the same run.

Ours is the whole web process: the line is checked, written to SQLite in a transaction with its outbox row, read back by its
number, told to each socket once; everybody sits in the room, whose people are looked at all the while. The reference has the
same sockets in a set and `send_text` in a loop. Both servers run on one core, the browsers of either on the other; rounds
alternate. What counts is the process's CPU time (all threads) from before the first line until all have the last.

    python -m tests.load.bench_line
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conference.program.model import Floor
from tests.load.machine import child, cpu_seconds, pinned
from tests.load.room_hall import SLUG, prepare, served
from tests.load.room_visitor import Visitor
from tests.processes.running import free_port, until

SOCKETS = 1000
LINES = 40
ROUNDS = 3
EVERY = 0.1
MOST = 1.5
ROOM = "room-1"
WORDS = "Wie kommen kleine Initiativen an Räume für ihre Treffen, und wer hilft ihnen dabei am besten?"


def bare(port: int) -> None:
    """The reference: whatever one says is sent to all."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocket, WebSocketDisconnect

    from conference.live.server import uvicorn_options

    sockets: set[WebSocket] = set()

    async def live(websocket: WebSocket) -> None:
        await websocket.accept()
        sockets.add(websocket)
        try:
            while True:
                said = json.loads(await websocket.receive_text())
                if said["type"] == "chat.say":
                    text = json.dumps(_as_ours(said), ensure_ascii=False, separators=(",", ":"))
                    for each in list(sockets):
                        await each.send_text(text)
                if "ref" in said:
                    await websocket.send_text(json.dumps({"type": "ok", "ref": said["ref"]}, separators=(",", ":")))
        except WebSocketDisconnect:
            sockets.discard(websocket)

    options = {**uvicorn_options(), "ws": "websockets-sansio"}
    app = Starlette(routes=[WebSocketRoute("/live", live)])
    uvicorn.run(app, host="127.0.0.1", port=port, http="httptools", loop="uvloop", log_level="warning", **options)


def _as_ours(said: dict[str, Any]) -> dict[str, Any]:
    """As many bytes as our frame has."""
    line = {
        "id": "x" * 22, "change": 1, "number": 1, "seat": "x" * 22, "name": "Beispiel Person 100", "text": said["text"],
        "reply_to": None, "at": "2021-05-04T08:00:00.000000+00:00", "taken": False,
    }  # fmt: skip
    settings = {"projected": None, "approval": False, "keeps_chat": False}
    return {"type": "talk.changes", "last": 1, "polls": [], "questions": [], "lines": [line], **settings}


# --- The browsers


class Listener(Visitor):
    """Counts lines; nothing is parsed."""

    def __init__(self, port: int, cookie: str) -> None:
        super().__init__(port, SLUG, cookie, self._line)
        self.lines = 0
        self.octets = 0

    def _line(self, payload: bytes, now: float) -> None:
        if payload.startswith(b'{"type":"talk.changes"'):
            self.lines += payload.count(b'"number":')
            self.octets = len(payload)


async def browse(port: int, cookies: list[str], enter: bool) -> None:
    """Connect all, then for every line on stdin let LINES be said, and say how long each took to reach all (median, ms)."""
    listeners = [Listener(port, cookie) for cookie in cookies]
    for start in range(0, len(listeners), 20):
        await asyncio.gather(*(_come(listener, enter) for listener in listeners[start : start + 20]))
    print("connected", flush=True)
    loop, speakers = asyncio.get_running_loop(), iter(range(10**9))
    while await loop.run_in_executor(None, sys.stdin.readline):
        times = []
        for _ in range(LINES):
            number, began = next(speakers), time.monotonic()
            before = [listener.lines for listener in listeners]
            await listeners[number % len(listeners)].ask("chat.say", text=WORDS, client=f"c{number}", reply_to=None)
            while any(listener.lines <= count for listener, count in zip(listeners, before, strict=True)):
                await asyncio.sleep(0.005)
            times.append(time.monotonic() - began)
            await asyncio.sleep(max(0.0, began + EVERY - time.monotonic()))
        exact = all(listener.lines == number + 1 for listener in listeners)
        print(json.dumps({"exact": exact, "all_have_it": statistics.median(times), "bytes": listeners[0].octets}), flush=True)
    os._exit(0)


async def _come(listener: Listener, enter: bool) -> None:
    await listener.connect()
    if enter:
        await listener.ask_bytes("room.enter", session=ROOM, window="bench")


# --- The measurement


@contextmanager
def _browsing(port: int, cookies: Path, enter: bool, server: int, log: Path) -> Iterator[Callable[[], dict[str, float]]]:
    """The browsers of one server; yields one round of lines."""
    argv = [*pinned(1), sys.executable, "-m", "tests.load.bench_line", "browse", str(port), str(cookies), str(int(enter))]
    with log.open("ab") as out:
        browsers = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out, text=True)
    said, heard = browsers.stdin, browsers.stdout
    assert said is not None
    assert heard is not None
    try:
        if heard.readline() != "connected\n":
            raise RuntimeError(f"the browsers did not connect: {log.read_text()[-2000:]}")

        def one_round() -> dict[str, float]:
            before = cpu_seconds(server)
            print("round", file=said, flush=True)
            told = json.loads(heard.readline() or "{}")
            if not told.get("exact"):
                raise RuntimeError(f"not everybody got each line once: {log.read_text()[-2000:]}")
            return {**told, "us": 1e6 * (cpu_seconds(server) - before) / LINES / SOCKETS}

        yield one_round
    finally:
        browsers.kill()
        browsers.wait(10)


def run() -> list[dict[str, Any]]:
    """CPU microseconds per delivered line, ours and the reference's, and their ratio: the median of rounds in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hall = prepare(folder, SOCKETS, floor=Floor.STAGE)
        cookies, log, port = folder / "cookies.json", folder / "browsers.log", free_port()
        cookies.write_text(json.dumps(hall.cookies))
        argv = ["-m", "tests.load.bench_line", "bare", str(port)]
        with child(argv, hall.environ, folder / "bare.log", 0) as plain, served(hall, 0) as ours:
            until(lambda: _listens(port), 20, "the bare server")
            with (
                _browsing(port, cookies, False, plain.pid, log) as bare_round,
                _browsing(hall.port, cookies, True, ours, log) as our_round,
            ):
                bare_round()
                our_round()
                rounds = [(bare_round(), our_round()) for _ in range(ROUNDS)]
    ratios = [our["us"] / bare["us"] for bare, our in rounds]
    middle = {
        kind: [round(statistics.median(pair[side][key] for pair in rounds) * scale, 2) for side in (0, 1)]
        for kind, key, scale in (("us", "us", 1), ("ms", "all_have_it", 1000), ("bytes", "bytes", 1))
    }
    return [
        {
            "name": f"one chat line to {SOCKETS} sockets in a room, CPU per delivered line against a bare Starlette broadcast",
            "bare_us": middle["us"][0],
            "ours_us": middle["us"][1],
            "all_have_it_ms": {"bare": middle["ms"][0], "ours": middle["ms"][1]},
            "bytes": {"bare": middle["bytes"][0], "ours": middle["bytes"][1]},
            "ratio": round(statistics.median(ratios), 2),
            "ratios": [round(each, 2) for each in ratios],
            "limit": MOST,
            "passed": statistics.median(ratios) <= MOST,
        }
    ]


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["bare", port]:
            bare(int(port))
        case ["browse", port, cookies, enter]:
            import uvloop

            uvloop.run(browse(int(port), json.loads(Path(cookies).read_text()), enter == "1"))
        case _:
            print(json.dumps(run(), indent=1))

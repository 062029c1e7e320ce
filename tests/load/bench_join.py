"""Everybody comes at once: the room's page, the socket on `/live`, then the room and its talk; all signed in before.

    python -m tests.load.bench_join

500 people begin in the same moment; what counts is the web process's CPU time (all threads) for each of them until page and
socket are there, and that they are let in as they finish, not all at the end. The same with the room entered and its talk read is
a figure beside it. Then 1,000 come within 10 s and enter; what counts is how long each of them waits. Every round
has a room that nobody has been in and a web process that has served one person before. The reference is a bare Starlette that
says "hello" and accepts sockets, for 500 in the same way. Servers run on one core, the people on the other.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from conference.program.model import Floor
from tests.load.machine import child, cpu_seconds, pinned
from tests.load.room_hall import SLUG, Hall, prepare, served
from tests.load.room_visitor import Refused, Visitor
from tests.processes.running import free_port, until

AT_ONCE, MANY, MANY_WITHIN = 500, 1000, 10.0
ROUNDS = 3
MOST_CPU_MS = 4.0
MOST_P95 = 2.0
# The first tenth is in before this share of the time that all of them take. Whoever comes at the same moment stands in one queue
# to be accepted, so the first sockets, which come after their pages, are behind the pages of all others.
EARLY = 0.85
ENTERING: tuple[tuple[str, dict[str, Any]], ...] = (("room.enter", {"window": "bench"}), ("talk.open", {"last": None}))
TAIL = 0.6  # seconds after the last: what others are told of those who came


# --- The people


async def _page(port: int, path: str, cookie: str) -> None:
    """GET the page, all of it. Raises Refused, OSError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\nAccept-Language: de\r\n"
        f"Cookie: meetingpoint={cookie}\r\nConnection: close\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    await reader.readexactly(length)
    writer.close()
    if not head.startswith(b"HTTP/1.1 200"):
        raise Refused(head[:30].decode())


async def _one(port: int, path: str, room: str, cookie: str, after: float, kept: list[Visitor]) -> dict[str, Any]:
    """Seconds from one's own beginning until one is in (room: with all that was said there; "": connected); or the error."""
    await asyncio.sleep(after)
    began = time.monotonic()
    try:
        await _page(port, path, cookie)
        visitor = Visitor(port, SLUG, cookie)
        kept.append(visitor)
        await visitor.connect()
        await visitor.welcomed()
        for kind, fields in ENTERING if room else ():
            answer = await visitor.ask_bytes(kind, **fields, **({"session": room} if kind == "room.enter" else {}))
            if not answer.startswith(b'{"type":"ok"'):
                raise Refused(answer[:200].decode())
    except (Refused, OSError, TimeoutError, EOFError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"inside": time.monotonic() - began, "at": after + time.monotonic() - began}


async def storm(port: int, path: str, room: str, cookies: list[str], within: float) -> list[dict[str, Any]]:
    """All of them, spread evenly over `within` seconds; they stay until the process ends."""
    kept: list[Visitor] = []
    people = (_one(port, path, room, cookie, within * n / len(cookies), kept) for n, cookie in enumerate(cookies))
    came = await asyncio.gather(*people)
    await asyncio.sleep(TAIL)
    return list(came)


# --- The measurement


def _came(server: int, port: int, path: str, room: str, cookies: list[str], within: float, folder: Path) -> dict[str, Any]:
    """A storm and what it cost."""
    file = folder / "cookies.json"
    file.write_text(json.dumps(cookies))
    argv = [*pinned(1), sys.executable, "-m", "tests.load.bench_join", "storm", str(port), path, room, str(file), str(within)]
    before = cpu_seconds(server)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    busy = cpu_seconds(server) - before
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    people = json.loads(done.stdout)
    errors = [one["error"] for one in people if "error" in one]
    inside = sorted(one["inside"] for one in people if "inside" in one)
    ends = sorted(one["at"] for one in people if "at" in one)
    if not inside:
        raise RuntimeError(errors[0])
    return {
        "cpu_ms": 1000 * busy / len(cookies),
        "errors": errors,
        "first_tenth": ends[len(ends) // 10],
        "last": ends[-1],
        "p50": inside[len(inside) // 2],
        "p95": inside[min(len(inside) - 1, int(0.95 * len(inside)))],
        "worst": inside[-1],
    }


def _ours(hall: Hall, room: str, people: int, within: float, enter: bool = True) -> dict[str, Any]:
    """A storm on a fresh web process. The first person of the hall warms it up; the load's own start is idle for the server."""
    path = hall.page(room)
    with served(hall, 0) as server:
        _came(server, hall.port, path, room, hall.cookies[:1], 0.0, hall.folder)
        return _came(server, hall.port, path, room if enter else "", hall.cookies[1 : people + 1], within, hall.folder)


def _reference(hall: Hall) -> dict[str, Any]:
    port = free_port()
    with child(["-m", "tests.load.bench_join", "bare", str(port)], hall.environ, hall.folder / "bare.log", 0) as server:
        until(lambda: _answers(port), 20, "the bare server")
        _came(server.pid, port, "/", "", hall.cookies[:1], 0.0, hall.folder)
        return _came(server.pid, port, "/", "", hall.cookies[1 : AT_ONCE + 1], 0.0, hall.folder)


def _answers(port: int) -> bool:
    try:
        asyncio.run(_page(port, "/", ""))
    except OSError:
        return False
    return True


def bare(port: int) -> None:
    """The reference: says hello, accepts sockets, agrees with everything."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route, WebSocketRoute
    from starlette.websockets import WebSocket, WebSocketDisconnect

    from conference.live.server import uvicorn_options

    async def hello(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    async def live(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.receive_text()
                await websocket.send_text('{"type":"welcome"}')
        except WebSocketDisconnect:
            pass

    options = {**uvicorn_options(), "ws": "websockets-sansio"}
    app = Starlette(routes=[Route("/", hello), WebSocketRoute("/live", live)])
    uvicorn.run(app, host="127.0.0.1", port=port, http="httptools", loop="uvloop", log_level="warning", **options)


def run() -> list[dict[str, Any]]:
    """Both storms."""
    with tempfile.TemporaryDirectory() as name:
        hall = prepare(Path(name), MANY + 1, rooms=ROUNDS + 1, floor=Floor.STAGE)
        rounds = []
        for room in (f"room-{number}" for number in range(1, ROUNDS + 1)):
            rounds.append((_reference(hall), _ours(hall, room, AT_ONCE, 0.0, enter=False), _ours(hall, room, AT_ONCE, 0.0)))
        many = _ours(hall, f"room-{ROUNDS + 1}", MANY, MANY_WITHIN)
    opened = _at_once([(bare, our) for bare, our, _ in rounds], "page and socket", MOST_CPU_MS)
    return [opened, _at_once([(bare, our) for bare, _, our in rounds], "room entered and talk read as well", None), _many(many)]


def _at_once(rounds: list[tuple[dict[str, Any], dict[str, Any]]], what: str, most: float | None) -> dict[str, Any]:
    ours = [our for _, our in rounds]
    bare_ms, our_ms = (statistics.median(pair[side]["cpu_ms"] for pair in rounds) for side in (0, 1))
    errors = [error for our in ours for error in our["errors"]]
    early = max(our["first_tenth"] / our["last"] for our in ours)
    return {
        "name": f"{AT_ONCE} people at once, {what}: server CPU for each, ms",
        "ours_ms": round(our_ms, 2),
        "ours_ms_rounds": [round(our["cpu_ms"], 2) for our in ours],
        "bare_ms": round(bare_ms, 2),
        "times_bare": round(our_ms / bare_ms, 1),
        "inside_seconds": {key: round(statistics.median(our[key] for our in ours), 2) for key in ("p50", "p95", "worst")},
        "first_tenth_in_after": round(early, 2),
        "errors": len(errors),
        "first_error": errors[0] if errors else None,
        "limit": {"cpu_ms": most, "first_tenth_in_after": EARLY, "errors": 0},
        "passed": (most is None or our_ms <= most) and not errors and early <= EARLY,
    }


def _many(came: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": f"{MANY} people within {MANY_WITHIN:.0f} s, seconds until one has page, socket, room and talk",
        "p50": round(came["p50"], 3),
        "p95": round(came["p95"], 3),
        "worst": round(came["worst"], 3),
        "cpu_ms": round(came["cpu_ms"], 2),
        "errors": len(came["errors"]),
        "first_error": came["errors"][0] if came["errors"] else None,
        "limit": {"p95": MOST_P95, "errors": 0},
        "passed": came["p95"] <= MOST_P95 and not came["errors"],
    }


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["bare", port]:
            bare(int(port))
        case ["storm", port, path, room, file, within]:
            import uvloop

            people = json.loads(Path(file).read_text())
            print(json.dumps(uvloop.run(storm(int(port), path, room, people, float(within)))))
        case _:
            print(json.dumps(run(), indent=1))

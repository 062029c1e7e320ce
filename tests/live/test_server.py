"""What `server.py` and `line.py` lean on in uvicorn and websockets, and the buses between real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from conference.base.clock import SystemClock
from conference.base.db import open_database
from conference.live.bus import open_bus
from conference.live.limits import Limits
from conference.live.line import Line, frame
from conference.live.outbox import Outbox
from conference.live.server import LiveProtocol, uvicorn_options
from conference.live.unix_bus import UnixHub
from tests.live.house import TOPIC, Browser, Web, create_outbox, serving


async def test_the_names_that_the_wire_leans_on() -> None:
    protocol = WebSocketsSansIOProtocol(_config(), _state(), {})
    for name in ("transport", "writable", "close_sent", "disconnected", "handshake_complete", "conn"):
        assert hasattr(protocol, name)
    for name in ("handle_connect", "keepalive_timeout", "shutdown"):
        assert callable(getattr(WebSocketsSansIOProtocol, name))
    assert protocol.writable.is_set()
    assert protocol.conn.extensions == []


def _config() -> uvicorn.Config:
    config = uvicorn.Config(lambda: None, **uvicorn_options())
    config.load()
    return config


def _state() -> Any:
    return uvicorn.Server(_config()).server_state


async def test_the_server_uses_our_protocol_without_deflate(web: Web) -> None:
    async with web.open(compression="deflate") as connection:
        assert connection.protocol.extensions == []
        kinds = {type(one) for one in web.server.server_state.connections}
        assert kinds == {LiveProtocol}
        (protocol,) = web.server.server_state.connections
        assert isinstance(protocol, LiveProtocol)
        assert protocol.wire is not None
        extensions: Any = protocol.scope["extensions"]
        assert extensions["meetingpoint.wire"] is protocol.wire
        assert protocol.conn.max_message_size == 65_536


async def test_frames_written_directly_and_by_send_keep_their_order(web: Web) -> None:
    """All lengths of RFC 6455 section 5.2, and the peer's frames in between."""
    async with web.browser() as browser:
        (socket,) = web.hub.audience.sockets
        sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]
        for number, size in enumerate(sizes):
            socket.send({"type": "direct", "n": number, "text": "ä" * size})
            await socket.line._send({"type": "websocket.send", "text": '{"type":"sent"}'})
        for number, size in enumerate(sizes):
            assert await browser.hear() == {"type": "direct", "n": number, "text": "ä" * size}
            assert await browser.hear() == {"type": "sent"}
        await browser.silence()


async def test_a_browser_that_answers_no_pings_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when its buffer is full, where closing in good order would wait for ever."""
    from conference.live import server

    monkeypatch.setattr(server, "PING_EVERY", 0.3)
    monkeypatch.setattr(server, "PONG_WITHIN", 0.3)
    async with serving(f"sqlite:///{tmp_path / 'x.sqlite3'}") as web, web.open(max_queue=1) as connection:
        connection.transport.pause_reading()
        (protocol,) = web.server.server_state.connections
        protocol.transport.write(bytes([0x82, 127]) + (8 << 20).to_bytes(8, "big") + bytes(8 << 20))
        async with asyncio.timeout(5):
            while web.server.server_state.connections:
                await asyncio.sleep(0.05)
        connection.transport.abort()


async def test_a_line_over_a_plain_send() -> None:
    """Without a wire, by ASGI alone: order, bounds, the last words, and what a broken connection does."""
    sent: list[Any] = []
    open_ = asyncio.Event()
    open_.set()

    async def send(event: Any) -> None:
        await open_.wait()
        await asyncio.sleep(0)
        sent.append(event)

    aborted = asyncio.Event()
    line = Line(send, aborted.set, Limits(waiting_frames=3, last_words=0.05))
    line.offer(frame({"n": 1}))
    line.offer(frame({"n": 2}))
    await line.flushed()
    assert [event["text"] for event in sent] == ['{"n":1}', '{"n":2}']
    open_.clear()
    for number in range(3, 8):
        line.offer(frame({"n": number}))
    assert line.closed
    assert line.code == 1013
    open_.set()
    await line.flushed()
    assert [event["type"] for event in sent[2:]] == ["websocket.send", "websocket.close"]
    line.offer(frame({"n": 9}))
    line.close(1000)
    await asyncio.wait_for(aborted.wait(), 5)
    assert len(sent) == 4


async def test_a_line_whose_connection_breaks() -> None:
    async def broken(event: Any) -> None:
        raise OSError

    async def breaks_later(event: Any) -> None:
        await asyncio.sleep(0.01)
        raise OSError

    waiting = asyncio.Event()

    async def never(event: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            waiting.set()

    for send in (broken, breaks_later):
        line = Line(send, lambda: None, Limits())
        line.offer(frame({}))
        line.offer(frame({}))
        await line.flushed()
        assert line.closed
    line = Line(never, lambda: None, Limits())
    line.offer(frame({}))
    await asyncio.sleep(0)
    line.gone()
    await asyncio.wait_for(waiting.wait(), 5)


# Real processes


@asynccontextmanager
async def web_process(url: str, bus: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, Web]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.live.web_process", url, bus, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        port = int(await asyncio.wait_for(process.stdout.readline(), 15))
        yield process, Web(port, *[None] * 7)  # type: ignore[arg-type]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def order(process: asyncio.subprocess.Process, line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line.encode() + b"\n")
    await process.stdin.drain()


@asynccontextmanager
async def hub_process(path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The supervisor's hub in a process that can be killed."""
    code = (
        "import asyncio, pathlib, sys\nfrom conference.live.unix_bus import UnixHub\n"
        "async def main():\n"
        "    hub = UnixHub(pathlib.Path(sys.argv[1]))\n"
        "    await hub.start()\n"
        "    print('up', flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, str(path), stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 15) == b"up\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_two_web_processes_on_one_hub_that_is_killed_and_back(database_url: str, tmp_path: Path) -> None:
    """Events and facts from either process, and from one that only writes, reach browsers of both, whatever the hub does."""
    clock = SystemClock()
    db = open_database(database_url, clock)
    await create_outbox(db)
    path = tmp_path / "bus.sock"
    bus = open_bus(f"unix:{path}")
    outbox = Outbox(bus, clock)
    expected = 0

    async def tell_and_hear(*browsers: Browser) -> None:
        nonlocal expected
        expected += 1
        async with db.work() as work:
            outbox.tell(work, TOPIC, "note", conference_id="c1", n=expected)
        for browser in browsers:
            message = await browser.hear(within=3)
            assert (message["type"], message["id"]) == ("event", expected)

    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(hub_process(path))
        one, web_one = await stack.enter_async_context(web_process(database_url, f"unix:{path}"))
        two, web_two = await stack.enter_async_context(web_process(database_url, f"unix:{path}"))
        a = await stack.enter_async_context(web_one.browser(TOPIC, origin="http://127.0.0.1:1"))
        b = await stack.enter_async_context(web_two.browser(TOPIC, origin="http://127.0.0.1:1"))
        await tell_and_hear(a, b)
        await facts_go_both_ways(one, two, a, b)
        hub.send_signal(signal.SIGKILL)
        await hub.wait()
        await tell_and_hear(a, b)  # nobody wakes anybody, both look by themselves
        await stack.enter_async_context(hub_process(path))
        await facts_go_both_ways(one, two, a, b)
        os.kill(two.pid, signal.SIGKILL)
        await tell_and_hear(a)
    await bus.aclose()
    await db.aclose()


async def facts_go_both_ways(one: Any, two: Any, a: Browser, b: Browser) -> None:
    """Facts may come late or be lost while a process is not connected to the hub; soon they are not."""
    for process, near, far in ((one, a, b), (two, b, a)):
        async with asyncio.timeout(10):
            for turn in range(100):
                text = f"{process.pid}-{turn}"
                await order(process, f"pass {TOPIC} {text}")
                while (await near.hear())["data"] != {"text": text}:
                    pass
                try:
                    while (await far.hear(within=0.3))["data"] != {"text": text}:
                        pass
                    break
                except TimeoutError:
                    continue


async def test_an_event_arrives_at_once_through_the_hub(tmp_path: Path) -> None:
    """Waking, not looking every half second."""
    url, path = f"sqlite:///{tmp_path / 'x.sqlite3'}", tmp_path / "bus.sock"
    hub = UnixHub(path)
    await hub.start()
    async with (
        serving(url, bus=open_bus(f"unix:{path}")) as web,
        web_process(url, f"unix:{path}") as (_, other),
        other.browser(TOPIC, origin="http://127.0.0.1:1") as browser,
    ):
        await web.tell(0)
        await browser.hear()
        started = asyncio.get_running_loop().time()
        for number in range(20):
            await web.tell(number)
            await browser.hear()
        assert asyncio.get_running_loop().time() - started < 20 * 0.25
    await hub.aclose()
